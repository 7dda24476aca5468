"""Units as systemd knows them, asked for and changed with systemctl."""

from __future__ import annotations

from typing import Dict

from provision.agent.task import Completed, ModuleTask

_SUFFIXES = (
    ".service",
    ".socket",
    ".target",
    ".timer",
    ".mount",
    ".automount",
    ".path",
    ".slice",
    ".scope",
    ".device",
    ".swap",
)
ENABLED = ("enabled", "enabled-runtime", "alias", "static", "indirect", "generated", "transient")


class Systemd:
    """systemctl for one scope: system, user or global."""

    def __init__(self, task: ModuleTask, scope: str = "system") -> None:
        self.task = task
        self.options = [] if scope == "system" else [f"--{scope}"]
        self.env = {"LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}

    def control(self, *words: str) -> Completed:
        """Run ``systemctl WORDS``."""
        return self.task.run(["systemctl", *self.options, *words], env=self.env)

    def must(self, *words: str) -> None:
        """As ``control``. Raises ModuleFailed if it fails."""
        done = self.control(*words)
        if done.rc != 0:
            said = (done.stderr or done.stdout).strip()
            raise self.task.fail(f"systemctl {' '.join(words)} failed: {said}", rc=done.rc)

    def show(self, unit: str) -> Dict[str, str]:
        """All properties of a unit.

        Raises:
            ModuleFailed: systemd does not answer.
        """
        done = self.control("show", "--no-pager", unit)
        if done.rc != 0:
            said = (done.stderr or done.stdout).strip()
            hint = ""
            if "not been booted with systemd" in said or "Failed to connect to bus" in said:
                hint = "; this module needs a node whose process 1 is systemd"
            raise self.task.fail(f"systemctl show {unit} failed: {said}{hint}", rc=done.rc)
        return properties(done.stdout)

    def why(self, unit: str) -> str:
        """The end of what the unit's status and journal say."""
        done = self.control("status", "--no-pager", "--full", "--lines=20", unit)
        kept = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
        return "\n".join(kept[-25:])


def full_name(name: str) -> str:
    """A unit's name with its suffix; a plain name means a service."""
    return name if name.endswith(_SUFFIXES) else name + ".service"


def properties(text: str) -> Dict[str, str]:
    """``systemctl show``'s output as a dict; a value in braces may span lines."""
    out: Dict[str, str] = {}
    key = ""
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        if key and out[key].count("{") > out[key].count("}"):
            out[key] += "\n" + line
        elif equals:
            key = name
            out[key] = value
    return out
