"""ansible.cfg and Ansible's environment variables: the settings that mean something here.

The file is the first of $ANSIBLE_CONFIG, ./ansible.cfg, ~/.ansible.cfg and
/etc/ansible/ansible.cfg. A variable beats the file, an option of the command line beats both.

https://docs.ansible.com/ansible/latest/reference_appendices/config.html
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from provision.agent.spec import FALSE_WORDS, TRUE_WORDS
from provision.cli.ansible_settings import (
    OF_NO_CONSEQUENCE,
    OTHER_SECTIONS,
    ROLES_PATH,
    SETTINGS,
    Setting,
)
from provision.errors import Location, UsageError


@dataclass(slots=True)
class AnsibleSettings:
    """What was found; None or empty where nothing is said.

    Parameters:
        file: the ansible.cfg that counts.
        unused: its settings that would change what a playbook does, and do not here.
    """

    file: Path | None = None
    unused: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self.values.get(name, otherwise)

    def fill(self, chosen: dict[str, Any]) -> None:
        """What the command line leaves open."""
        for name in ("user", "private_key", "forks", "become_user", "become_method"):
            if chosen[name] is None:
                chosen[name] = self.get(name)
        for name in ("become", "ask_become_pass"):
            chosen[name] = chosen[name] or self.get(name, False)

    @property
    def roles_path(self) -> tuple[Path, ...]:
        said = self.values.get("roles_path")
        return said or tuple(Path(path).expanduser() for path in ROLES_PATH)

    @property
    def ssh_arguments(self) -> dict[str, str]:
        """By the names of the variables that say the same."""
        names = ("ssh_args", "ssh_common_args", "ssh_extra_args")
        return {f"ansible_{name}": self.values[name] for name in names if self.values.get(name)}


def ansible_settings() -> AnsibleSettings:
    """Those of this folder and environment, read once a command. Raises as ``read_settings``."""
    known = click.get_current_context().find_root().meta
    found: AnsibleSettings | None = known.get(__name__)
    if found is None:
        found = known[__name__] = read_settings(os.environ)
    return found


def read_settings(environment: Mapping[str, str]) -> AnsibleSettings:
    """Those of this folder and an environment. Unused ones are said on stderr.

    Raises:
        UsageError: the file is no ini file, or a value has the wrong type.
    """
    found = AnsibleSettings(_file(environment))
    written = _read(found.file) if found.file else {}
    for setting in SETTINGS:
        text = environment.get(setting.variable)
        base, where = Path.cwd(), f"${setting.variable}"
        if text is None and found.file:
            text = written.get((setting.section, setting.key))
            base, where = found.file.parent, f"{found.file}: {setting.key}"
        if text:
            found.values[setting.field] = _value(setting, text, base, where)
    for (section, key), text in written.items():
        discovers = key == "interpreter_python" and text.startswith("auto")
        if not (_is_known(section, key) or discovers):
            found.unused.append(f"{key} in [{section}]")
    if found.unused:
        click.echo(
            f"[WARNING]: {found.file}: has no effect here: {', '.join(found.unused)}", err=True
        )
    return found


def _file(environment: Mapping[str, str]) -> Path | None:
    said = environment.get("ANSIBLE_CONFIG")
    if said:
        path = Path(said).expanduser()
        return path / "ansible.cfg" if path.is_dir() else path
    here = Path("ansible.cfg")
    if here.is_file():
        if not Path.cwd().stat().st_mode & stat.S_IWOTH:
            return here.absolute()
        click.echo(f"[WARNING]: {here} is not used: everybody can write in its folder", err=True)
    for path in (Path("~/.ansible.cfg").expanduser(), Path("/etc/ansible/ansible.cfg")):
        if path.is_file():
            return path
    return None


def _read(file: Path) -> dict[tuple[str, str], str]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    try:
        parser.read_string(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except (configparser.Error, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise UsageError(
            "this is no configuration file of Ansible's: " + str(error).splitlines()[0],
            at=Location(str(file), line) if line else Location(str(file)),
        ) from None
    return {
        (section, key): value.strip()
        for section in parser.sections()
        for key, value in parser.items(section)
    }


def _is_known(section: str, key: str) -> bool:
    used = any(one.section == section and one.key == key for one in SETTINGS)
    harmless = section in OTHER_SECTIONS or key in OF_NO_CONSEQUENCE.get(section, ())
    return used or harmless or section.endswith("_plugin") or section.startswith("callback_")


def _value(setting: Setting, text: str, base: Path, where: str) -> Any:
    def path(said: str) -> Path:
        return (
            base / Path(os.path.expandvars(said.replace("{{CWD}}", str(Path.cwd())))).expanduser()
        )

    if setting.kind == "path":
        return str(path(text))
    if setting.kind == "paths":
        return tuple(path(part) for part in text.split(":") if part)
    if setting.kind == "list":
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if setting.field != "inventory":
            return tuple(parts)
        return (text,) if not path(parts[0]).exists() else tuple(str(path(one)) for one in parts)
    if setting.kind == "number":
        if not text.isdigit() or int(text) < 1:
            raise UsageError(f"{where}: '{text}' is not a positive number")
        return int(text)
    if setting.kind == "flag":
        if text.lower() not in TRUE_WORDS | FALSE_WORDS:
            raise UsageError(f"{where}: '{text}' is neither true nor false")
        return text.lower() in TRUE_WORDS
    return text
