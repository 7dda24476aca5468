from __future__ import annotations

import pytest

from provision.agent import protocol
from provision.agent.loader import MAGIC
from provision.errors import TaskFailed, Unreachable
from provision.transport import startup
from provision.transport.payload import payload
from provision.transport.startup import StartUp
from provision.transport.target import Become, Target
from tests.unit.transport.fakes import FakeChannel

HELLO = protocol.encode({"hello": {"hostname": "n"}})
BECOME = Become("app", password="s3cret")


def line(status: str, detail: str = "") -> bytes:
    return f"{MAGIC} {status} {detail}\n".encode()


def start(channel: FakeChannel, become: Become | None = None, prompt: bytes | None = None) -> str:
    """The message and hint of the refusal, or the facts' host name."""
    try:
        facts, _ = StartUp(
            channel, Target("node"), "root@node:22", lambda: None, become, prompt
        ).run()
    except (TaskFailed, Unreachable) as error:
        assert error.host == "node"
        return error.render()
    return str(facts["hostname"])


def test_a_cached_agent() -> None:
    assert start(FakeChannel(line("have") + HELLO)) == "n"


def test_bytes_may_arrive_one_by_one() -> None:
    data = b"noise " + line("have") + HELLO
    assert start(FakeChannel(*(bytes([byte]) for byte in data))) == "n"


def test_what_follows_the_hello_is_kept() -> None:
    channel = FakeChannel(line("have") + HELLO + b"more")
    _, inbox = StartUp(channel, Target("node"), "w", lambda: None).run()
    assert inbox.take(4) == b"more"


def test_the_payload_is_sent_when_needed() -> None:
    channel = FakeChannel(line("need"), line("have") + HELLO)
    assert start(channel) == "n"
    data = payload().zipped()
    assert channel.sent == [len(data).to_bytes(8, "big") + data]


def test_a_talkative_login_script_is_read_past() -> None:
    banner = b"Welcome!\nPROVISION-AGENT is not this\n\xff\xfe" * 50
    assert start(FakeChannel(banner, line("have") + HELLO)) == "n"


def test_endless_noise_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "NOISE_LIMIT", 1000)
    text = start(FakeChannel(b"spam" * 1000))
    assert "prints without end" in text
    assert ".bashrc" in text


def test_a_node_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "PATIENCE", 0.1)
    assert "did not start within 0.1 s" in start(FakeChannel(ends=False))


@pytest.mark.parametrize(
    ("output", "status", "says"),
    [
        (b"sh: 1: /usr/bin/python3: not found\n", 127, "there is no Python at /usr/bin/python3"),
        (b"sudo: /usr/bin/python3: command not found", 1, "there is no Python"),
        (b"Permission denied", 126, "cannot be executed: Permission denied"),
        (b"This account is not available", 1, "status 1: This account is not available"),
        (b"", None, "ended and said nothing"),
        (line("old", "3.5"), 0, "is Python 3.5; the agent needs 3.7"),
        (line("error", "OSError: No space left"), 0, "cannot start: OSError: No space left"),
        (line("have") + b"\xff" * 20, 0, "garbled"),
    ],
)
def test_why_there_is_no_agent(output: bytes, status: int | None, says: str) -> None:
    assert says in start(FakeChannel(output, status=status))


def test_a_missing_python_has_a_way_out() -> None:
    text = start(FakeChannel(b"not found", status=127))
    assert "raw" in text
    assert "ansible_python_interpreter" in text


def test_the_password_is_sent_once_and_only_to_the_prompt() -> None:
    channel = FakeChannel(b"banner\n[prompt]", line("have") + HELLO)
    assert start(channel, BECOME, b"[prompt]") == "n"
    assert channel.sent == [b"s3cret\n"]
    channel = FakeChannel(line("have") + HELLO)
    assert start(channel, BECOME, b"[prompt]") == "n"
    assert channel.sent == []


def test_a_second_prompt_is_a_wrong_password() -> None:
    channel = FakeChannel(b"[prompt]", b"Sorry, try again.\n[prompt]", ends=False)
    text = start(channel, BECOME, b"[prompt]")
    assert "cannot become app with sudo: the password is wrong" in text
    assert "s3cret" not in text
    assert channel.sent == [b"s3cret\n"]


def test_a_prompt_without_a_password() -> None:
    channel = FakeChannel(b"Password: ", ends=False)
    assert "none was given" in start(channel, Become("app", "su"), b"Password:")


def test_sudo_s_refusal_is_explained() -> None:
    channel = FakeChannel(b"joe is not in the sudoers file.\n", status=1)
    assert "sudo does not allow it" in start(channel, BECOME, b"[prompt]")


def test_nothing_is_installed_without_leave() -> None:
    def refuse() -> None:
        raise Unreachable("not now", host="node")

    channel = FakeChannel(line("need"), line("have") + HELLO)
    with pytest.raises(Unreachable, match="not now"):
        StartUp(channel, Target("node"), "w", refuse).run()
    assert channel.sent == []
