from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from provision.agent import catalog, loader
from provision.transport.payload import Payload, payload


def test_the_same_files_give_the_same_bytes() -> None:
    first = payload()
    again = Payload(dict(first.files), first.name, first.checksum)
    assert again.zipped() == first.zipped()


def test_it_holds_the_agent_and_nothing_else() -> None:
    names = zipfile.ZipFile(io.BytesIO(payload().zipped())).namelist()
    assert names == sorted(names)
    assert all(name.endswith(".py") for name in names)
    assert {name for name in names if not name.startswith("provision/agent/")} == {
        "provision/__init__.py"
    }
    for module in catalog.module_names():
        assert f"provision/agent/modules/{module}.py" in names


def test_the_checksum_is_what_the_node_computes(tmp_path: Path) -> None:
    zipfile.ZipFile(io.BytesIO(payload().zipped())).extractall(tmp_path)
    assert loader.checksum(str(tmp_path)) == payload().checksum


def test_the_command_passes_through_any_login_shell() -> None:
    command = payload().command("/usr/bin/python3")
    assert not set("'\n!") & set("".join(command))
    assert sum(len(part) for part in command) < 16_000


def test_every_file_is_python_3_7() -> None:
    for name, content in payload().files.items():
        ast.parse(content, name, feature_version=(3, 7))


def test_an_old_python_says_so(tmp_path: Path) -> None:
    """This Python, made to believe that it is an old one."""
    command = payload().command(sys.executable)
    old = command[command.index("-c") + 1].replace("v=sys.version_info", "v=(3,5,2)")
    done = subprocess.run([sys.executable, "-c", old, "x", "y"], capture_output=True, check=True)
    assert done.stdout.decode() == f"{loader.MAGIC} old 3.5\n"


def test_modules_in_the_working_directory_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    (tmp_path / "zlib.py").write_text("raise SystemExit('hijacked')")
    command = payload().command(sys.executable)
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert b"PROVISION-AGENT" in done.stdout
    assert b"hijacked" not in done.stdout + done.stderr
