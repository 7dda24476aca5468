"""Capability masks, and what Docker knows of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.machines import capabilities


def test_bits_are_in_the_kernels_order() -> None:
    assert capabilities.names(1 << 0) == ["CHOWN"]
    assert capabilities.names(1 << 21) == ["SYS_ADMIN"]
    assert capabilities.names(1 << 37) == ["AUDIT_READ"]


def test_newer_bits_that_old_engines_refuse_are_left_out() -> None:
    assert capabilities.names(0b111 << 38) == []
    assert "PERFMON" not in capabilities.names(-1)


def test_nodes_get_all_but_the_hosts_clock() -> None:
    assert set(capabilities.NAMES) - set(capabilities.names(-1)) == {"SYS_TIME"}


def test_what_is_missing_is_named() -> None:
    assert capabilities.missing(0x1FFFEFFFFFF) == ["SYS_RESOURCE"]
    assert capabilities.missing(0x1FFFFFFFFFF) == []


def test_the_mask_of_a_status_file() -> None:
    assert capabilities.bounding_mask("Name:\tx\nCapBnd:\t000001fffeffffff\n") == 0x1FFFEFFFFFF
    with pytest.raises(ValueError, match="CapBnd"):
        capabilities.bounding_mask("Name:\tx\n")


def test_our_own_set_where_the_daemon_cannot_be_seen(tmp_path: Path) -> None:
    gone = tmp_path / "docker.pid"
    gone.write_text("999999999\n")
    own = capabilities.bounding_mask(Path("/proc/self/status").read_text())
    assert capabilities.engine_bounding_mask([tmp_path / "none", gone]) == own
