"""Commands that stand in for Vagrant and the hypervisors below it.

They are the edge that cannot exist where unit tests run: no VM can be made there. What the real
ones do is proven by `make test-vm`. A fake writes down how it was called and answers from files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

_SCRIPT = """\
#!{python} -SE
import json, os, pathlib, sys, time
folder = pathlib.Path({folder!r})
command = [pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps(command) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
line = " ".join(command)
for prefix, answer in sorted(answers.items(), key=lambda each: -len(each[0])):
    if line.startswith(prefix):
        time.sleep(answer.get("sleep", 0))
        sys.stdout.write(answer.get("out", ""))
        sys.stderr.write(answer.get("err", ""))
        sys.exit(answer.get("code", 0))
sys.exit(1)
"""


class Fakes:
    """Fake commands in a folder that becomes the whole PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._answers: dict[str, dict[str, object]] = {}

    def install(self, *names: str) -> None:
        for name in names:
            path = self.folder / name
            path.write_text(_SCRIPT.format(python=sys.executable, folder=str(self.folder)))
            path.chmod(0o755)

    def answer(
        self, prefix: str, out: str = "", err: str = "", code: int = 0, sleep: float = 0
    ) -> None:
        """What a command line that begins so is answered; the longest beginning wins."""
        self._answers[prefix] = {"out": out, "err": err, "code": code, "sleep": sleep}
        whole = self.folder / "answers.new"
        whole.write_text(json.dumps(self._answers))
        whole.replace(self.folder / "answers.json")

    def calls(self, command: str) -> list[list[str]]:
        """The arguments of each call of a command, in order."""
        try:
            lines = (self.folder / "calls").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [words[1:] for words in map(json.loads, lines) if words[0] == command]


def status(**machines: str) -> str:
    """What ``vagrant status --machine-readable`` says; underscores stand for hyphens."""
    lines = []
    for name, state in machines.items():
        machine = name.replace("_", "-")
        lines += [
            f"1700000000,{machine},metadata,provider,libvirt",
            f"1700000000,{machine},provider-name,libvirt",
            f"1700000000,{machine},state,{state}",
            f"1700000000,{machine},state-human-short,{state}",
        ]
    return "\n".join(lines) + "\n"
