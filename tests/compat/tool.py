"""Run a case with a tool in a fresh folder, and see what came of it."""

from __future__ import annotations

import base64
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.compat import ansible_venv
from tests.compat.case import INVENTORY, Case
from tests.compat.node import Node

PROVISION = Path(sys.executable).with_name("provision")
LIMIT = 600.0
_RECAP = re.compile(r"^(?P<host>\S+)\s+: (?P<counts>ok=.*)$", re.MULTILINE)
_UNWANTED = ("ANSIBLE_", "PROVISION_", "PYTEST_", "COVERAGE_")


def with_ansible(case: Case, scratch: Path, node: Node | None = None) -> tuple[dict[str, Any], str]:
    """What ansible-playbook does: the outcome, and all that it printed."""
    program = ansible_venv.program("ansible-playbook")
    environment = {
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_HOME": str(scratch / ".ansible"),
        # A socket's path must be short, and a shared connection must not outlive its node.
        "ANSIBLE_SSH_CONTROL_PATH_DIR": f"/tmp/compat-{os.getuid()}",
        "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=5s",
        "PATH": f"{program.parent}:{os.environ['PATH']}",
    }
    return _run(case, scratch, node, [str(program)], environment)


def with_provision(
    case: Case, scratch: Path, node: Node | None = None
) -> tuple[dict[str, Any], str]:
    """What `provision play` does: the outcome, and all that it printed."""
    environment = {}
    if case.ansible:
        programs = ansible_venv.program("ansible-playbook").parent
        environment["PATH"] = f"{os.environ['PATH']}:{programs}"
    return _run(case, scratch, node, [str(PROVISION), "play"], environment)


def _run(
    case: Case, scratch: Path, node: Node | None, command: list[str], extra: dict[str, str]
) -> tuple[dict[str, Any], str]:
    project, work = scratch / "project", scratch / "work"
    work.mkdir(parents=True)
    if case.companion.is_dir():
        shutil.copytree(case.companion, project)
    project.mkdir(exist_ok=True)
    shutil.copy(case.path, project)
    inventory = next(
        (name for name in ("hosts", "hosts.yml", "inventory") if (project / name).exists()), None
    )
    if inventory is None:
        inventory = "hosts"
        (project / inventory).write_text(node.inventory if node else INVENTORY)
    kept = {key: text for key, text in os.environ.items() if not key.startswith(_UNWANTED)}
    environment = {**kept, "LC_ALL": "C.UTF-8", "COMPAT": "from the environment", **extra}
    printed, runs = "", []
    with (
        _server(project) if case.server else nullcontext(0) as port,
        node.folder(work) if node else nullcontext(),
    ):
        for words in case.runs:
            done = subprocess.run(
                [*command, case.path.name]
                + ([] if "-i" in words else ["-i", inventory])
                + ["-e", f"work={work}", *(["-e", f"port={port}"] if port else []), *words],
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=LIMIT,
                umask=0o022,
            )
            printed += done.stdout
            runs.append({"exit": done.returncode, "recap": _recap(done.stdout)})
    return {"runs": runs, "files": _tree(work, scratch)}, printed


def _recap(printed: str) -> dict[str, dict[str, int]]:
    """host -> count -> number; the counts that are zero left out."""
    _, _, recap = printed.rpartition("PLAY RECAP")
    found = {}
    for line in _RECAP.finditer(recap):
        pairs = (word.split("=") for word in line["counts"].split())
        found[line["host"]] = {name: int(number) for name, number in pairs if number != "0"}
    return dict(sorted(found.items()))


def _tree(work: Path, scratch: Path) -> dict[str, Any]:
    """relative path -> what is there."""
    found: dict[str, Any] = {}
    for path in sorted(work.rglob("*")):
        status = path.lstat()
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        name = str(path.relative_to(work))
        if path.is_symlink():
            found[name] = {"link": str(path.readlink()).replace(str(scratch), "SCRATCH")}
        elif path.is_dir():
            found[name] = {"folder": mode}
        else:
            found[name] = {"mode": mode, "content": _content(path, scratch)}
    return found


def _content(path: Path, scratch: Path) -> list[str]:
    """Lines, with the one path that differs from run to run taken out."""
    data = path.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ["base64", base64.b64encode(data).decode()]
    return text.replace(str(scratch), "SCRATCH").split("\n")


class _Handler(SimpleHTTPRequestHandler):
    """Files, and what is posted comes back."""

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(201 if self.path == "/created" else 200)
        self.send_header("Content-Type", self.headers.get("Content-Type", "text/plain"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST  # noqa: N815


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
