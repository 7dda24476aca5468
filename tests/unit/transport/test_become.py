from __future__ import annotations

import subprocess

import pytest

from provision.errors import UsageError
from provision.transport.become import elevate, refusal
from provision.transport.target import Become


def test_sudo_without_password_never_asks() -> None:
    found = elevate(Become("app"), ["prog", "a b"])
    assert found.argv == ["sudo", "-H", "-u", "app", "-n", "--", "prog", "a b"]
    assert found.prompt is None


def test_sudo_with_password_has_a_prompt_of_its_own_and_no_secret_in_argv() -> None:
    one, two = (elevate(Become("app", password="s3cret"), ["prog"]) for _ in range(2))
    assert "s3cret" not in " ".join(one.argv)
    assert one.prompt != two.prompt
    assert one.prompt is not None
    assert one.prompt.decode() in one.argv
    assert "s3cret" not in repr(Become("app", password="s3cret"))


def test_su_quotes_the_command() -> None:
    argv = elevate(Become("app", "su"), ["printf", "%s", "it's $HOME"]).argv
    assert argv[:4] == ["env", "LC_ALL=C", "LANGUAGE=C", "su"]
    line = argv[argv.index("-c") + 1]
    shown = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True)
    assert shown.stdout == "it's $HOME"


def test_flags_replace_the_default_and_leave_the_password_alone() -> None:
    assert elevate(Become("app", flags="-E -n -S"), ["x"]).argv == [
        *("sudo", "-E", "-u", "app", "-n", "--", "x")
    ]
    asked = elevate(Become("app", password="p", flags="-i -n"), ["x"]).argv
    assert asked[:4] == ["sudo", "-i", "-u", "app"] and "-n" not in asked
    assert "-l" in elevate(Become("app", "su", flags="-l"), ["x"]).argv
    with pytest.raises(UsageError, match="become_flags"):
        elevate(Become(flags="'"), ["x"])


def test_another_method_is_refused() -> None:
    with pytest.raises(UsageError, match="become_method 'doas' is not supported"):
        elevate(Become(method="doas"), ["true"])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("bash: line 1: sudo: command not found", "there is no sudo"),
        ("sh: 1: sudo: not found", "there is no sudo"),
        ("joe is not in the sudoers file.", "sudo does not allow it"),
        ("Sorry, user joe is not allowed to execute 'x' as root on h.", "does not allow"),
        ("sudo: a password is required", "asks for a password"),
        ("sudo: sorry, you must have a tty to run sudo", "insists on a terminal"),
        ("sudo: unknown user nobdy", "no such user"),
        ("sudo: unrecognized option '--bogus'\nusage: sudo -h", "one of its flags"),
        ("su: user nobdy does not exist or the user entry ...", "no such user"),
        ("su: Authentication failure", "the password is wrong"),
        ("sudo: 1 incorrect password attempt", "the password is wrong"),
    ],
)
def test_what_sudo_and_su_mean(text: str, what: str) -> None:
    found = refusal(text)
    assert found is not None
    assert what in found[0]


def test_python_not_being_there_is_no_refusal() -> None:
    assert refusal("sudo: /usr/bin/python3: command not found") is None
