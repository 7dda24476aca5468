"""pip, with a stand-in for the program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from provision.agent.modules import pip


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Knows what is installed by a file for each package; notes its arguments."""
    path = tmp_path / "pip"
    path.write_text(
        f"""#!/bin/sh
cd {tmp_path}
echo "$*" >> asked
case "$1" in
list) for i in *.dist; do [ -f "$i" ] && echo "${{i%.dist}}==1.0"; done;;
install) shift; for i; do case $i in -*) ;; *) [ -f "${{i%%[=<>]*}}.dist" ] ||
  {{ touch "${{i%%[=<>]*}}.dist"; echo "Successfully installed $i"; }};; esac; done;;
uninstall) shift 2; for i; do [ -f "$i.dist" ] && rm "$i.dist" &&
  echo "Successfully uninstalled $i"; done; exit 0;;
esac
"""
    )
    path.chmod(0o755)
    return str(path)


def test_install_and_remove(call: Any, program: str, tmp_path: Path) -> None:
    args = {"executable": program, "name": "One,two>=1,<2"}
    assert call("pip", check=True, **args)["changed"]
    made = call("pip", extra_args="--no-deps -q", **args)
    assert made["changed"] and made["name"] == ["One", "two>=1,<2"]
    assert made["cmd"] == [program, "install", "--no-deps", "-q", "One", "two>=1,<2"]
    assert not call("pip", **args)["changed"]
    same = {"executable": program, "name": "one", "version": "1.0", "check": True}
    assert not call("pip", **same)["changed"]
    assert call("pip", **{**same, "version": "2.0"})["changed"]
    gone = {"executable": program, "name": ["two"], "state": "absent"}
    assert call("pip", check=True, **gone)["changed"]
    assert call("pip", **gone)["changed"] and not call("pip", **gone)["changed"]
    assert not call("pip", check=True, **gone)["changed"]


def test_a_virtual_environment_is_made(call: Any, program: str, tmp_path: Path) -> None:
    maker = tmp_path / "maker"
    maker.write_text(
        f'#!/bin/sh\necho "$*" > {tmp_path}/made\nfor last; do :; done\n'
        f'mkdir -p "$last/bin" && touch "$last/bin/activate" && cp {program} "$last/bin/pip"\n'
    )
    maker.chmod(0o755)
    env = tmp_path / "env"
    args = {"virtualenv": str(env), "virtualenv_command": str(maker), "name": "one"}
    assert call("pip", check=True, **args)["changed"] and not env.exists()
    made = call("pip", virtualenv_site_packages=True, virtualenv_python="python3", **args)
    assert made["changed"] and made["cmd"][0] == f"{env}/bin/pip"
    assert (tmp_path / "made").read_text() == f"-p python3 --system-site-packages {env}\n"
    assert not call("pip", **args)["changed"]
    os.unlink(env / "bin" / "pip")  # noqa: PTH108


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"name": "a", "version": "1", "state": "latest"}, "incompatible"),
        ({"name": "a,b", "version": "1"}, "exactly one"),
        ({"name": "a==1", "version": "1"}, "not in both"),
        ({"name": "a", "chdir": "/nonexistent"}, "does not exist"),
        ({"name": "a", "umask": "9"}, "octal"),
    ],
)
def test_refusals(call: Any, args: dict[str, Any], said: str) -> None:
    assert said in call("pip", **args)["msg"]


def test_names_with_commas_are_put_together_again() -> None:
    assert pip.recombined(["a>=1", "<2", "b", "c[x]", "!=3"]) == ["a>=1,<2", "b", "c[x],!=3"]
