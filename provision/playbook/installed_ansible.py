"""The Ansible that is installed here, of which only the files are used: modules, what they import,
collections. It is found in provision's own environment (``provision[ansible]``) or as the
``ansible-playbook`` on the PATH.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

_VERSION = r"^__version__ = ['\"]([^'\"]+)"


class InstalledAnsible(NamedTuple):
    """Parameters:
    core: the folder of the Python package ``ansible``.
    version: as in ``2.19.1``.
    """

    core: Path
    version: str

    @property
    def site(self) -> Path:
        """The folder of packages it is in; the collections of the package ``ansible`` too."""
        return self.core.parent


@cache
def installed_ansible() -> InstalledAnsible | None:
    """None where there is none."""
    for core in _candidates():
        # A folder of that name in the current directory is none.
        if (core / "module_utils" / "basic.py").is_file():
            found = re.search(
                _VERSION, (core / "release.py").read_text(encoding="utf-8"), re.MULTILINE
            )
            return InstalledAnsible(core, found[1] if found else "0.0")
    return None


def _candidates() -> Iterator[Path]:
    spec = importlib.util.find_spec("ansible")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location)
    program = shutil.which("ansible-playbook")
    if program:
        # A venv, pipx, ``pip --user`` and Debian's package differ in what is below lib.
        prefix = Path(program).resolve().parent.parent
        yield from sorted(prefix.glob("lib/python3*/*-packages/ansible"), reverse=True)
