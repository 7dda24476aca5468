from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.agent.docker.units import nanoseconds, size
from provision.agent.task import ModuleFailed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1s", 10**9),
        ("1m30s", 90 * 10**9),
        ("500ms", 5 * 10**8),
        ("1.5h", 5400 * 10**9),
        ("2us", 2000),
        ("7", 7),
        (0, 0),
        ("0s", 0),
    ],
)
def test_durations(text, expected):
    assert nanoseconds("delay", text) == expected


@pytest.mark.parametrize("text", ["", "s", "5 parsecs", "1s junk", "-1s", "1m 30s", "1.s"])
def test_what_is_no_duration(text):
    with pytest.raises(ModuleFailed, match="delay: "):
        nanoseconds("delay", text)


@given(st.integers(0, 100), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_parts_add_up(hours, minutes, seconds, milliseconds):
    text = f"{hours}h{minutes}m{seconds}s{milliseconds}ms"
    expected = ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
    assert nanoseconds("x", text) == expected * 10**6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1048576", 2**20),
        ("1M", 2**20),
        ("1m", 2**20),
        ("1MiB", 2**20),
        ("1.5G", 3 * 2**29),
        ("2 GB", 2**31),
        ("10b", 10),
        (4096, 4096),
        ("1K", 1024),
    ],
)
def test_sizes(text, expected):
    assert size("memory", text) == expected


@pytest.mark.parametrize("text", ["", "M", "lots", "1X", "-5", "1MM", "1 2"])
def test_what_is_no_size(text):
    with pytest.raises(ModuleFailed, match="memory: "):
        size("memory", text)
