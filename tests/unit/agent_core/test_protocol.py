from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.agent import protocol

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
messages = st.dictionaries(st.text(), json_values)


def decode(data: bytes) -> tuple[dict[str, object], bytes]:
    return protocol.decode(protocol.reader(io.BytesIO(data)))


@given(st.lists(st.tuples(messages, st.binary())))
def test_frames_come_back_as_they_went(frames: list[tuple[dict[str, object], bytes]]) -> None:
    stream = io.BytesIO(b"".join(protocol.encode(*frame) for frame in frames))
    read = protocol.reader(stream)
    assert [protocol.decode(read) for _ in frames] == frames
    with pytest.raises(EOFError):
        protocol.decode(read)


@given(messages, st.binary(), st.data())
def test_a_cut_frame_is_an_end_not_a_message(
    message: dict[str, object], blob: bytes, data: st.DataObject
) -> None:
    frame = protocol.encode(message, blob)
    cut = data.draw(st.integers(0, len(frame) - 1))
    with pytest.raises(EOFError):
        decode(frame[:cut])


@given(st.binary(max_size=200))
def test_anything_else_is_refused_cleanly(data: bytes) -> None:
    try:
        message, _ = decode(data)
    except (EOFError, protocol.FrameError):
        return
    assert isinstance(message, dict)


def test_undecodable_output_survives() -> None:
    text = b"caf\xe9 \xff".decode("utf-8", "surrogateescape")
    message, _ = decode(protocol.encode({"stdout": text, "alone": "\ud800"}))
    assert message == {"stdout": text, "alone": "\ud800"}


def test_garbage_before_a_frame_is_named() -> None:
    with pytest.raises(protocol.FrameError, match="bytes is announced"):
        decode(b"Welcome to the node!\n" + protocol.encode({}))


@pytest.mark.parametrize("body", [b"[1]", b"nonsense", b"\xff\xfe"])
def test_a_body_that_is_no_object(body: bytes) -> None:
    with pytest.raises(protocol.FrameError):
        decode(protocol.HEADER.pack(len(body), 0) + body)


def test_too_large_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_MESSAGE", 10)
    with pytest.raises(protocol.FrameError, match="too large"):
        protocol.encode({"key": "a long value"})
