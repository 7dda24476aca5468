"""What a session's start imports of Paramiko, and that the rest is there when asked for."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_session_imports_no_metadata_client_or_invoke() -> None:
    loaded = run(
        "import sys\n"
        "from provision.transport import ssh\n"
        "ssh.load()\n"
        "from paramiko import Ed25519Key, util\n"
        "from paramiko.pkey import PKey\n"
        "print(*sys.modules)"
    )
    assert {"paramiko.transport", "paramiko.ed25519key"} <= set(loaded)
    unwanted = {"paramiko.client", "paramiko.agent", "importlib.metadata", "invoke.config"}
    assert not unwanted & set(loaded)


def test_asked_for_more_paramiko_is_all_there() -> None:
    said = run(
        "from provision.transport import ssh\n"
        "import paramiko\n"
        "from paramiko.transport import Transport\n"
        "print(paramiko.SSHClient.__name__, paramiko.Transport is Transport)\n"
        "from importlib.metadata import version\n"
        "print(paramiko.__version__ == version('paramiko'))\n"
        "import fabric\n"
        "print(fabric.Connection.__name__)"
    )
    assert said == ["SSHClient", "True", "True", "Connection"]


def test_a_name_that_nothing_has_is_an_attribute_error() -> None:
    said = run(
        "from provision.transport import ssh\n"
        "import paramiko\n"
        "print(hasattr(paramiko, 'NoSuchThing'), hasattr(paramiko, '__nothing__'))"
    )
    assert said == ["False", "False"]


def test_paramiko_imported_before_stays_as_it_is() -> None:
    said = run(
        "import paramiko\n"
        "from provision.transport import ssh\n"
        "ssh.load()\n"
        "print(type(paramiko).__name__)"
    )
    assert said == ["module"]
