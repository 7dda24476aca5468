"""reboot: a new session after it, and word of what is waited for."""

from __future__ import annotations

from typing import Any

from provision.engine.events import Output
from provision.errors import Unreachable
from provision.transport.session import Request
from provision.transport.target import Target
from tests.unit.engine.harness import Kitchen
from tests.unit.engine.local_sessions import LocalSessions


class Rebooting(LocalSessions):
    """Each session ends with the boot that it was opened in."""

    def __init__(self) -> None:
        super().__init__(self.boot)
        self.boots = 1

    def boot(self, target: Target, request: Request) -> dict[str, Any] | None:
        said = str(request.args.get("cmd", ""))
        assert request.module != "shell" or request.on_output is None
        if "systemctl reboot" in said:
            self.boots += 1
            ended, self._open = self._open, {}
            for session in ended.values():
                session.call = session.submit = self.gone  # type: ignore[method-assign]
            return {"changed": True, "rc": 0, "stdout": ""}
        if "boot_id" in said:
            return {"changed": True, "rc": 0, "stdout": f"boot {self.boots}"}
        return {"changed": False, "rc": 0, "stdout": ""} if request.module == "shell" else None

    def gone(self, request: Request) -> Any:
        raise Unreachable("the session was closed")


def test_reboot_works_on_a_new_session_and_says_what_it_waits_for(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("- reboot:\n- command: echo back\n", hosts="a", sessions=Rebooting())
    assert seen.exit_code == 0
    assert [result["changed"] for result in seen.results("a")] == [True, True]
    assert "waiting for it to be back, 600 s at most\n" in [one.text for one in seen.of(Output)]
