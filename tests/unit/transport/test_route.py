from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from provision.errors import UsageError
from provision.transport.route import route
from provision.transport.target import Target


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def configure(home: Path, text: str) -> None:
    (home / ".ssh/config").write_text(text)


def test_nothing_configured() -> None:
    (hop,) = route(Target("node1"))
    assert (hop.address, hop.port, hop.user) == ("node1", 22, getpass.getuser())
    assert hop.use_agent
    assert hop.check_key
    assert hop.where == f"{getpass.getuser()}@node1:22"


def test_ssh_config_is_honoured_and_the_target_wins(home: Path) -> None:
    configure(
        home,
        "Host node1\n  HostName 10.0.0.1\n  Port 2222\n  User admin\n  IdentityFile ~/k\n"
        "  HostKeyAlias pinned\n  IdentitiesOnly yes\n  UserKnownHostsFile ~/kh\n",
    )
    (hop,) = route(Target("node1"))
    assert hop.where == "admin@10.0.0.1:2222"
    assert hop.key_files == (home / "k",)
    assert (hop.name, hop.use_agent, hop.known_hosts[0]) == ("pinned", False, home / "kh")
    (hop,) = route(Target("node1", port=22, user="root", key_files=("/key",), known_hosts="/kh"))
    assert hop.where == "root@10.0.0.1:22"
    assert hop.key_files == (Path("/key"),)
    assert hop.known_hosts == (Path("/kh"),)
    assert not hop.use_agent


def test_the_usual_keys_are_offered_if_they_exist(home: Path) -> None:
    (home / ".ssh/id_rsa").touch()
    (home / ".ssh/id_ed25519").touch()
    (hop,) = route(Target("node1"))
    assert [path.name for path in hop.key_files] == ["id_ed25519", "id_rsa"]


def test_another_ssh_config(home: Path, tmp_path: Path) -> None:
    configure(home, "Host *\n  User wrong\n")
    other = tmp_path / "other"
    other.write_text("Host *\n  User right\n")
    assert route(Target("n", ssh_config=str(other)))[0].user == "right"
    with pytest.raises(UsageError, match="there is no ssh_config file"):
        route(Target("n", ssh_config=str(tmp_path / "absent")))


def test_include(home: Path) -> None:
    (home / ".ssh/conf.d").mkdir()
    (home / ".ssh/conf.d/one").write_text("Host node1\n  User included\n")
    configure(home, "Include conf.d/*\nHost node1\n  User later\n")
    assert route(Target("node1"))[0].user == "included"


def test_proxy_jump(home: Path) -> None:
    configure(
        home,
        "Host node1\n  ProxyJump a@first:2201,second\nHost second\n  HostName 10.0.0.2\n  User b\n",
    )
    assert [hop.where for hop in route(Target("node1", user="root"))] == [
        "a@first:2201",
        "b@10.0.0.2:22",
        "root@node1:22",
    ]


def test_jump_hosts_of_the_target_win_and_get_no_password(home: Path) -> None:
    configure(home, "Host node1\n  ProxyJump unused\n")
    target = Target("node1", jump_hosts=("u@[fe80::1]:2222", "plain"), password="s3cret")
    hops = route(target)
    assert [(hop.address, hop.port) for hop in hops] == [
        ("fe80::1", 2222),
        ("plain", 22),
        ("node1", 22),
    ]
    assert [hop.password for hop in hops] == [None, None, "s3cret"]
    target = Target("node1", jump_hosts=("j",), known_hosts="/kh", key_files=("/key",))
    jump, last = route(target)
    assert jump.use_agent
    assert (jump.key_files, last.key_files) == ((Path("/key"),), (Path("/key"),))
    assert (jump.known_hosts[0], len(jump.known_hosts)) == (Path("/kh"), 3)
    assert "s3cret" not in repr(hops)


def test_proxy_command(home: Path) -> None:
    configure(home, "Host node1\n  ProxyCommand nc %h %p\n  Port 2222\n")
    (hop,) = route(Target("node1"))
    assert hop.proxy_command == "nc node1 2222"
    hops = route(Target("node1", jump_hosts=("jump",)))
    assert [h.proxy_command for h in hops] == [None, None]


@pytest.mark.parametrize("text", ["a b@", "host:port", "[::1", ""])
def test_a_bad_jump_host(text: str) -> None:
    with pytest.raises(UsageError, match="is not a jump host"):
        route(Target("node1", jump_hosts=(text,)))


def test_checking_can_be_switched_off_in_either_place(home: Path) -> None:
    assert not route(Target("n", host_key_checking=False))[0].check_key
    configure(home, "Host n\n  StrictHostKeyChecking no\n")
    assert not route(Target("n"))[0].check_key
