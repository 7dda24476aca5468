"""service and systemd with real units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.node

UNIT = "provision-test"
PATH = f"/etc/systemd/system/{UNIT}.service"
GOOD = """[Service]
ExecStart=/bin/sleep 1000
ExecReload=/bin/true
[Install]
WantedBy=multi-user.target
"""
BAD = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo the reason why; exit 3'\n"


@pytest.fixture
def unit(call: Any) -> Iterator[str]:
    call("copy", dest=PATH, content=GOOD)
    call("systemd", daemon_reload=True)
    yield UNIT
    call("systemd", name=UNIT, state="stopped", enabled=False, masked=False)
    call("file", path=PATH, state="absent")
    call("systemd", daemon_reload=True)


def test_lifecycle(call: Any, unit: str) -> None:
    looked = call("service", name=unit, state="started", enabled=True, check=True)
    assert looked["changed"] and looked["status"]["ActiveState"] == "inactive"
    made = call("service", name=unit, state="started", enabled=True)
    assert made["changed"] and made["state"] == "started" and made["enabled"] is True
    again = call("systemd", name=f"{unit}.service", state="started", enabled=True)
    assert not again["changed"] and again["status"]["ActiveState"] == "active"
    pid = again["status"]["MainPID"]
    assert call("systemd", name=unit, state="reloaded")["changed"]
    assert call("systemd", name=unit, state="started")["status"]["MainPID"] == pid
    assert call("systemd", name=unit, state="restarted", daemon_reload=True)["changed"]
    assert call("systemd", name=unit, state="started")["status"]["MainPID"] != pid
    facts = call("service_facts")["ansible_facts"]["services"]
    assert facts[f"{unit}.service"] == {
        "name": f"{unit}.service",
        "state": "running",
        "status": "enabled",
        "source": "systemd",
    }
    stopped = call("service", name=unit, state="stopped", enabled=False)
    assert stopped["changed"] and stopped["state"] == "stopped"
    assert not call("service", name=unit, state="stopped", enabled=False)["changed"]


def test_mask(call: Any) -> None:
    name = "provision-test-masked"
    assert call("systemd", name=name, masked=True)["changed"]
    assert not call("systemd", name=name, masked=True)["changed"]
    assert call("systemd", name=name, masked=False)["changed"]


def test_a_unit_that_does_not_start_says_why(call: Any, unit: str) -> None:
    call("copy", dest=PATH, content=BAD)
    result = call("systemd", name=unit, state="started", daemon_reload=True)
    assert result["failed"] and "the reason why" in result["msg"]
    assert result["status"]["ActiveState"] == "failed"


def test_no_such_unit(call: Any) -> None:
    result = call("service", name="no-such-unit", state="started")
    assert result["failed"] and "no-such-unit" in result["msg"]
    assert call("service", name="no-such-unit", state="started", check=True)["changed"]


def test_a_name_alone_asks(call: Any, unit: str) -> None:
    for module in ("service", "systemd"):
        asked = call(module, name=unit)
        assert not asked["changed"] and asked["status"]["FragmentPath"] == PATH
    assert call("systemd", name="no-such-unit")["status"]["LoadState"] == "not-found"
