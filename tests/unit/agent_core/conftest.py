"""A real agent in a subprocess, with modules made for the occasion."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from provision.agent import protocol
from provision.transport.payload import payload

HEAD = """
from provision.agent.spec import Param, Spec
SPEC = Spec(name="{name}", summary="x", params=(Param("value", type="raw"),))
"""
MODULES = {
    "noisy": 'def run(task):\n    print("stray")\n    return {"changed": False}',
    "unsendable": 'def run(task):\n    return {"value": {1, 2}}',
    "wrong": "def run(task):\n    return 3",
    "exits": "import sys\ndef run(task):\n    sys.exit(1)",
    "refuses": 'def run(task):\n    raise task.fail("no", rc=7)',
    "program": (
        "def run(task):\n"
        "    done = task.run(task.args['value'])\n"
        "    return {'changed': True, 'rc': done.rc, 'stdout': done.stdout}"
    ),
    "stubborn": (
        "import time\n"
        "def run(task):\n"
        "    try:\n        time.sleep(60)\n    except Exception:\n        pass\n"
        "    return {}"
    ),
    "echo": (
        "def run(task):\n    task.reply_blob = task.blob[::-1]\n    return {'size': len(task.blob)}"
    ),
    "surroundings": (
        "import os\n"
        "def run(task):\n"
        "    mask = os.umask(0)\n    os.umask(mask)\n"
        "    return {'umask': mask, 'cwd': os.getcwd(), 'locale': os.environ['LC_ALL'],"
        " 'output': task.run('echo $LC_ALL $EXTRA').stdout}"
    ),
}


class RunningAgent:
    """The agent's process and both ends of its stream."""

    def __init__(self, root: Path) -> None:
        start = (
            f"import sys; sys.path.insert(0, {str(root)!r}); from provision.agent import main;"
            " main.main()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin = self.process.stdin
        self.read = protocol.reader(cast("BinaryIO", self.process.stdout))
        self.hello: dict[str, Any] = self.receive()[0]["hello"]

    def send(self, message: dict[str, Any], blob: bytes = b"") -> None:
        self.stdin.write(protocol.encode(message, blob))
        self.stdin.flush()

    def receive(self) -> tuple[dict[str, Any], bytes]:
        return protocol.decode(self.read)

    def call(self, module: str, value: Any = None, blob: bytes = b"", **more: Any) -> Any:
        self.send({"id": 1, "module": module, "args": {"value": value}, **more}, blob)
        return self.receive()[0]


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The payload, unpacked as on a node, and the modules above."""
    root = tmp_path_factory.mktemp("payload")
    zipfile.ZipFile(io.BytesIO(payload().zipped())).extractall(root)
    for name, body in MODULES.items():
        file = root / "provision/agent/modules" / f"{name}.py"
        file.write_text(HEAD.format(name=name) + body + "\n")
    return root


@pytest.fixture
def start_agent(code: Path) -> Iterator[Callable[[], RunningAgent]]:
    started: list[RunningAgent] = []

    def start() -> RunningAgent:
        started.append(RunningAgent(code))
        return started[-1]

    yield start
    for agent in started:
        agent.stdin.close()
        agent.process.wait(10)


@pytest.fixture
def agent(start_agent: Callable[[], RunningAgent]) -> RunningAgent:
    return start_agent()
