"""--vault-password-file, --vault-id and --ask-vault-pass, as ansible-playbook takes them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from provision.cli.ansible_cfg import ansible_settings
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.inventory.vault import Vault

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULT_ID = "default"
_ASK = "prompt"


def vault_options(function: F) -> F:
    """Add the options; the command gets ``vault_files``, ``vault_ids`` and ``ask_vault_pass``."""
    for option in (
        click.option(
            "-J",
            "--ask-vault-pass",
            "--ask-vault-password",
            is_flag=True,
            help="Ask for the vault password.",
        ),
        click.option(
            "--vault-id",
            "vault_ids",
            multiple=True,
            metavar="ID@SOURCE",
            help="A vault password by id, from a file, a script or 'prompt'. Repeatable.",
        ),
        click.option(
            "--vault-password-file",
            "--vault-pass-file",
            "vault_files",
            multiple=True,
            metavar="FILE",
            help="A file with the vault password, or a script that prints it.",
        ),
    ):
        function = option(function)
    return function


def vault_from(
    vault_files: tuple[str, ...], vault_ids: tuple[str, ...], ask_vault_pass: bool
) -> Vault | None:
    """The passwords that were given, or that ansible.cfg names; None if none were.

    Raises:
        UsageError: a file that cannot be read, a script that fails, an empty password.
    """
    if not (vault_files or vault_ids or ask_vault_pass):
        configured = ansible_settings()
        vault_ids = configured.get("vault_ids", ())
        file = configured.get("vault_password_file")
        vault_files = (file,) if file else ()
    sources: list[tuple[str, str]] = []
    for given in vault_ids:
        name, at, source = given.rpartition("@")
        sources.append((name if at else _DEFAULT_ID, source))
    sources += [(_DEFAULT_ID, file) for file in vault_files]
    if ask_vault_pass:
        sources.append((_DEFAULT_ID, _ASK))
    if not sources:
        return None
    from provision.inventory.vault import Vault

    return Vault({name: _password(name, source) for name, source in sources})


def _password(name: str, source: str) -> str:
    if source == _ASK:
        label = "Vault password" + ("" if name == _DEFAULT_ID else f" ({name})")
        return str(click.prompt(label, hide_input=True))
    return password_from(source, "vault", name)


def password_from(source: str, kind: str, name: str = _DEFAULT_ID) -> str:
    """A password from a file, or from a script that prints it.

    Parameters:
        kind: what it is for, for messages.
        name: the vault id that scripts are asked for.

    Raises:
        UsageError: the file cannot be read, the script fails, the password is empty.
    """
    try:
        path = Path(source).expanduser()
        missing = not path.is_file()
    except (OSError, RuntimeError, ValueError):  # no name of a file, the home of nobody
        missing = True
    if missing:
        raise UsageError(f"there is no {kind} password file {source}")
    found = _from_script(path, kind, name) if os.access(path, os.X_OK) else _read(path, kind)
    if not found:
        raise UsageError(f"the {kind} password from {source} is empty")
    return found


def _read(path: Path, kind: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"cannot read the {kind} password file {path}: {reason}") from None


def _from_script(path: Path, kind: str, name: str) -> str:
    """Scripts named ``*-client`` are told the id, as Ansible does."""
    command = [str(path.absolute())]
    if path.stem.endswith("-client"):
        command += ["--vault-id", name]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    except OSError as error:
        raise UsageError(
            f"cannot run the {kind} password script {path}: {error.strerror}",
            hint="a password file that is no script must not be executable: chmod -x",
        ) from None
    except subprocess.CalledProcessError as error:
        raise UsageError(
            f"the {kind} password script {path} ended with {error.returncode}"
        ) from None
    return done.stdout.strip()
