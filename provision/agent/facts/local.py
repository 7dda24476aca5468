"""``local``: what the administrator left in /etc/ansible/facts.d."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, Optional

from provision.agent.facts import read

DIRECTORY = "/etc/ansible/facts.d"


def collect(
    directory: str = DIRECTORY, run: Optional[Callable[[str], str]] = None
) -> Dict[str, Any]:
    """Each ``NAME.fact``, JSON or INI, under its name.

    Parameters:
        run: runs an executable fact and returns what it printed; without it those are left
            out.
    """
    found: Dict[str, Any] = {}
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".fact"))
    except OSError:
        return found
    for name in names:
        path = os.path.join(directory, name)
        if not os.access(path, os.X_OK):
            found[name[: -len(".fact")]] = parse(read.text(path))
        elif run:
            found[name[: -len(".fact")]] = parse(run(path))
    return found


def parse(text: str) -> Any:
    """JSON if it is, else INI as sections of keys, else what is wrong with it."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    import configparser  # 2 ms, and few nodes have such facts

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return "neither JSON nor INI: {}".format(error).replace("\n", " ")
    return {section: dict(parser.items(section)) for section in parser.sections()}
