from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from provision.agent import protocol
from provision.errors import Unreachable
from provision.transport import agent_session
from provision.transport.agent_session import AgentSession
from provision.transport.session import Request
from provision.transport.startup import Inbox
from provision.transport.target import Target
from tests.unit.transport.fakes import FakeChannel


def session(channel: FakeChannel, hang_up: Callable[[], None] = lambda: None) -> AgentSession:
    inbox = Inbox(channel, bytearray())
    return AgentSession(Target("node"), channel, {}, inbox, "root@node:22", hang_up)


def reply(number: int, **message: object) -> bytes:
    return protocol.encode({"id": number, **message})


def test_answers_find_their_requests_in_any_order() -> None:
    channel = FakeChannel(ends=False)
    one = session(channel)
    futures = [one.submit(Request("ping", {"n": n})) for n in range(3)]
    for number in (3, 1, 2):
        channel.arrive(reply(number, result={"number": number}))
    assert [f.result(5).result["number"] for f in futures] == [1, 2, 3]
    assert futures[0].result().result == {"changed": False, "number": 1}


def sent(channel: FakeChannel) -> list[list[int]]:
    """The numbers of the requests in each packet."""
    packets = []
    for data in channel.sent:
        read = _reader(data)
        numbers: list[int] = []
        while len(numbers) < data.count(b'"module"'):
            numbers.append(protocol.decode(read)[0]["id"])
        packets.append(numbers)
    return packets


def test_what_is_submitted_together_travels_together() -> None:
    channel = FakeChannel(ends=False)
    one = session(channel)
    with one.together():
        for _ in range(agent_session.TOGETHER + 2):
            one.submit(Request("ping", {}))
        assert sent(channel) == [[1, 2, 3, 4, 5, 6, 7, 8]]
    assert sent(channel) == [[1, 2, 3, 4, 5, 6, 7, 8], [9, 10]]
    one.submit(Request("ping", {}))
    assert sent(channel)[2:] == [[11]]


def test_a_call_does_not_wait_for_what_it_could_travel_with() -> None:
    class Answering(FakeChannel):
        def send(self, data: bytes | memoryview) -> None:
            super().send(data)
            self.arrive(reply(2, result={"pong": 1}))

    channel = Answering(ends=False)
    one = session(channel)
    with one.together():
        one.submit(Request("ping", {}))
        assert one.call(Request("ping", {})).result["pong"] == 1
        assert sent(channel) == [[1, 2]]


def test_another_thread_does_not_wait_for_the_one_that_collects() -> None:
    channel = FakeChannel(ends=False)
    one = session(channel)
    with one.together():
        one.submit(Request("ping", {}))
        other = threading.Thread(target=lambda: one.submit(Request("ping", {})))
        other.start()
        other.join()
        assert sent(channel) == [[1, 2]]


def test_what_cannot_be_sent_together_breaks_for_all_that_wait() -> None:
    channel = FakeChannel(ends=False)
    one = session(channel)
    with one.together():
        futures = [one.submit(Request("ping", {})) for _ in range(3)]
        channel.close()
    for future in futures:
        with pytest.raises(Unreachable):
            future.result(5)


def test_large_content_is_not_copied_into_a_packet() -> None:
    channel = FakeChannel(ends=False)
    one = session(channel)
    large = bytes(2 * agent_session.APART + 1)
    with one.together():
        one.submit(Request("ping", {}))
        one.submit(Request("copy", {}, blob=large))
        one.submit(Request("ping", {}, blob=b"small"))
    assert [len(data) for data in channel.sent[1:4]] == [agent_session.APART] * 2 + [1]
    read = _reader(b"".join(channel.sent))
    frames = [protocol.decode(read) for _ in range(3)]
    assert [message["id"] for message, _ in frames] == [1, 2, 3]
    assert [blob for _, blob in frames] == [b"", large, b"small"]


def test_a_blob_comes_with_its_reply() -> None:
    channel = FakeChannel(ends=False)
    future = session(channel).submit(Request("slurp", {}))
    channel.arrive(protocol.encode({"id": 1, "result": {}}, b"bytes"))
    assert future.result(5).blob == b"bytes"


@pytest.mark.parametrize("kind", ["failed", "timeout", "arguments", "crash"])
def test_errors_are_failed_results(kind: str) -> None:
    channel = FakeChannel(ends=False)
    future = session(channel).submit(Request("x", {}))
    error = {"kind": kind, "message": "no", "result": {"rc": 3}, "traceback": "tb"}
    channel.arrive(reply(1, error=error))
    found = future.result(5)
    assert found.result == {"failed": True, "msg": "no", "rc": 3, "changed": False}
    assert found.crash == "tb"


def test_output_goes_to_its_request() -> None:
    channel = FakeChannel(ends=False)
    seen: list[str] = []
    one = session(channel)
    future = one.submit(Request("x", {}, on_output=seen.append))
    silent = one.submit(Request("x", {}))
    for number in (1, 2):
        channel.arrive(reply(number, output=f"from {number}"))
        channel.arrive(reply(number, result={}))
    assert future.result(5)
    assert silent.result(5)
    assert seen == ["from 1"]
    assert [protocol.decode(_reader(data))[0]["stream"] for data in channel.sent] == [True, False]


def test_a_broken_callback_reaches_the_caller_and_nobody_else() -> None:
    channel = FakeChannel(ends=False)
    one = session(channel)

    def broken(text: str) -> None:
        raise KeyError(text)

    future = one.submit(Request("x", {}, on_output=broken))
    channel.arrive(reply(1, output="boom"))
    channel.arrive(reply(1, result={}))
    with pytest.raises(KeyError, match="boom"):
        future.result(5)
    other = one.submit(Request("x", {}))
    channel.arrive(reply(2, result={}))
    assert other.result(5)


@pytest.mark.parametrize(
    ("arriving", "says"),
    [(b"", "closed from the other side"), (b"\xff" * 9, "garbled"), (b"\0\0\0\4", "closed from")],
)
def test_a_broken_stream_fails_all_that_wait_and_all_that_come(arriving: bytes, says: str) -> None:
    channel = FakeChannel(ends=False)
    one = session(channel)
    futures = [one.submit(Request("x", {})) for _ in range(3)]
    channel.arrive(arriving)
    channel.arrive(b"")
    for future in futures:
        with pytest.raises(Unreachable, match=says):
            future.result(5)
    assert not one.alive
    assert channel.closed
    with pytest.raises(Unreachable, match=says):
        one.call(Request("x", {}))


def test_close_fails_what_is_under_way() -> None:
    one = session(FakeChannel(ends=False))
    future = one.submit(Request("x", {}))
    one.close()
    one.close()
    with pytest.raises(Unreachable, match="the session was closed"):
        future.result(5)


def test_silence_while_an_answer_is_due_is_questioned_then_fatal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(agent_session, "SILENCE", 0.05)
    channel = FakeChannel(ends=False)
    hung_up = threading.Event()
    future = session(channel, hung_up.set).submit(Request("x", {}))
    with pytest.raises(Unreachable, match="no sign of life"):
        future.result(5)
    assert hung_up.wait(5)
    assert "ping" in protocol.decode(_reader(channel.sent[1]))[0]


def test_a_pong_is_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_session, "SILENCE", 0.1)
    channel = FakeChannel(ends=False)
    future = session(channel).submit(Request("x", {}))
    stop = threading.Event()

    def answer() -> None:
        while not stop.wait(0.1):
            channel.arrive(protocol.encode({"pong": 1}))

    threading.Thread(target=answer, daemon=True).start()
    with pytest.raises(TimeoutError):
        future.result(1)
    channel.arrive(reply(1, result={}))
    assert future.result(5)
    stop.set()


def test_content_that_is_taken_slowly_is_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_session, "SILENCE", 0.1)
    monkeypatch.setattr(agent_session, "APART", 1000)

    class Slow(FakeChannel):
        def send(self, data: bytes | memoryview) -> None:
            threading.Event().wait(len(data) / 10_000)
            super().send(data)

    channel = Slow(ends=False)
    one = session(channel)
    future = one.submit(Request("copy", {}, blob=bytes(10 * agent_session.APART)))
    channel.arrive(reply(1, result={}))
    assert future.result(5)
    assert one.alive


def test_an_idle_session_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_session, "SILENCE", 0.02)
    channel = FakeChannel(ends=False)
    one = session(channel)
    assert not threading.Event().wait(0.2)
    assert one.alive
    assert channel.sent == []


def test_a_request_too_large_is_a_failed_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_MESSAGE", 500)
    one = session(FakeChannel(ends=False))
    assert "too large" in one.call(Request("x", {"content": "y" * 1000})).result["msg"]
    assert one.alive


def _reader(data: bytes) -> Callable[[int], bytes]:
    import io

    return protocol.reader(io.BytesIO(data))
