"""Something broken on a node, which is mended whatever comes.

Three things see to that: the drill itself, ``arena.cleanup`` when it fails or is interrupted, and
a timer on the node for when the controller dies or loses the node.
"""

from __future__ import annotations

from provision.cluster.drills.drill import Arena
from provision.errors import MachineError
from provision.verify.probes.base import ClusterView, Finding, Node

UNIT = "provision-drill-undo"
"""The timer and its service. A node has one: there is one drill at a time, and one fault in it."""

HOLD = 900.0
"""Seconds after which a node mends itself: longer than any drill waits."""


class Fault:
    """One fault on one node.

    Parameters:
        cause: shell script that breaks it.
        undo: shell script that mends it, however often it runs.

    Attributes:
        since: when it was told to break, in seconds since the drill began. What comes of it is
            timed from then: when it was heard that it is done may be a second later, on a busy
            machine, and a recovery would seem quicker than it can be.
    """

    def __init__(self, arena: Arena, node: Node, cause: str, undo: str) -> None:
        self.node = node
        self._arena = arena
        self._undo = undo
        self._mended = False
        arena.do(node, "sh", "-ec", _ARM, "arm", UNIT, f"{HOLD:.0f}", undo)
        arena.cleanup.callback(self._mend_at_last)
        self.since = arena.now
        arena.do(node, "sh", "-ec", cause)

    def mend(self) -> None:
        """Undo it.

        Raises:
            MachineError: it cannot be.
        """
        self._arena.do(self.node, "sh", "-ec", self._undo)
        self._mended = True
        self._arena.view.run(self.node, "sh", "-c", _DISARM, "disarm", UNIT)

    def _mend_at_last(self) -> None:
        if self._mended:
            return
        try:
            self.mend()
            self._arena.note(f"{self.node.name}: mended")
        except MachineError as error:
            self._arena.note(f"{error}; {self.node.name} mends itself within {HOLD:.0f} s")


def mend_leftovers(view: ClusterView) -> list[Node]:
    """Undo what a drill that was killed has left broken, without waiting for the timers.

    Returns: the nodes where there was something.
    """
    found: list[Node] = []

    def mend(node: Node) -> list[Finding]:
        if view.run(node, "sh", "-c", f"{_FIRE} exit 1", "fire", UNIT).rc == 0:
            found.append(node)
        return []

    view.each(view.nodes, mend)
    return found


# Armed before anything is broken. One that a killed drill has left does its work first.
_FIRE = """
if systemctl is-active --quiet "$1.timer"; then
  systemctl start "$1.service"
  systemctl stop "$1.timer"
  exit 0
fi
"""

_ARM = f"""({_FIRE})
systemctl reset-failed "$1.service" 2>/dev/null || true
systemd-run --quiet --unit "$1" --on-active "$2" --timer-property AccuracySec=1s \
  --description "mends what a drill of provision broke" /bin/sh -c "$3"
"""

_DISARM = 'systemctl stop "$1.timer"; systemctl reset-failed "$1.service" 2>/dev/null; true'
