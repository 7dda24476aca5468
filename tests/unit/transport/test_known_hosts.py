from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import Unreachable
from provision.transport import host_key
from provision.transport.known_hosts import fingerprint, known_keys, lookup_name
from provision.transport.route import Hop

BLOB = b"\x00\x00\x00\x0bssh-ed25519" + b"k" * 36
OTHER = b"\x00\x00\x00\x0bssh-ed25519" + b"o" * 36


def line(names: str, blob: bytes = BLOB, kind: str = "ssh-ed25519", marker: str = "") -> str:
    return f"{marker}{names} {kind} {base64.b64encode(blob).decode()} comment\n"


class Key:
    """As much of a paramiko key as the check asks for."""

    def __init__(self, blob: bytes) -> None:
        self.blob = blob

    def asbytes(self) -> bytes:
        return self.blob

    def get_name(self) -> str:
        return "ssh-ed25519"


def hop(file: Path, port: int = 22, check_key: bool = True) -> Hop:
    return Hop("10.0.0.1", port, "root", "10.0.0.1", (), False, (file,), check_key)


@pytest.mark.parametrize(
    ("names", "address", "port", "found"),
    [
        ("node1", "node1", 22, True),
        ("NODE1", "node1", 22, True),
        ("node1,10.0.0.1", "10.0.0.1", 22, True),
        ("[10.0.0.1]:2222", "10.0.0.1", 2222, True),
        ("[10.0.0.1]:2222", "10.0.0.1", 22, False),
        ("10.0.0.1", "10.0.0.1", 2222, True),
        ("10.0.0.*", "10.0.0.1", 22, True),
        ("10.0.0.?", "10.0.0.10", 22, False),
        ("*,!10.0.0.1", "10.0.0.1", 22, False),
        ("node10", "node1", 22, False),
        ("# node1", "node1", 22, False),
        ("@cert-authority node1", "node1", 22, False),
    ],
)
def test_names(tmp_path: Path, names: str, address: str, port: int, found: bool) -> None:
    file = tmp_path / "known_hosts"
    file.write_text("\n" + line(names))
    assert bool(known_keys([file], address, port)) is found


def test_a_line_with_the_port_goes_before_one_without(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("10.0.0.1", OTHER) + line("[10.0.0.1]:2222"))
    assert [key.blob for key in known_keys([file], "10.0.0.1", 2222)] == [BLOB]


def test_hashed_names_are_openssh_s(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    kind, text = key.with_suffix(".pub").read_text().split()[:2]
    file = tmp_path / "known_hosts"
    file.write_text(f"[node1]:2222 {kind} {text}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert "node1" not in file.read_text()
    assert known_keys([file], "node1", 2222)[0].blob == base64.b64decode(text)
    assert not known_keys([file], "node2", 2222)
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(key)], capture_output=True, text=True, check=True
    ).stdout
    assert fingerprint(base64.b64decode(text)) in shown


@given(st.text())
def test_no_content_breaks_the_parser(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("kh") / "known_hosts"
    file.write_text(text, encoding="utf-8", errors="replace")
    known_keys([file, file.parent / "absent"], "node1", 22)


def test_the_pinned_key_passes(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("10.0.0.1", OTHER) + line("10.0.0.1"))
    host_key.check(hop(file), Key(BLOB), "node")  # type: ignore[arg-type]


def test_an_unknown_key_names_the_file_and_the_line_to_add(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    with pytest.raises(Unreachable) as caught:
        host_key.check(hop(file, 2222), Key(BLOB), "node")  # type: ignore[arg-type]
    text = caught.value.render()
    assert f"not in {file}" in text
    assert f"[10.0.0.1]:2222 ssh-ed25519 {base64.b64encode(BLOB).decode()}" in text
    assert fingerprint(BLOB) in text
    assert caught.value.host == "node"


def test_a_changed_key_is_loud_and_says_how_to_forget(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("[10.0.0.1]:2222", OTHER))
    with pytest.raises(Unreachable) as caught:
        host_key.check(hop(file, 2222), Key(BLOB), "node")  # type: ignore[arg-type]
    text = caught.value.render()
    assert "THE HOST KEY HAS CHANGED" in text
    assert f"{file}:1" in text
    command = next(row for row in text.splitlines() if row.strip().startswith("ssh-keygen -f"))
    subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True)
    host_key.check(hop(file, 2222), Key(BLOB), "node")  # type: ignore[arg-type]
    assert base64.b64encode(OTHER).decode() not in file.read_text()


def test_a_cluster_s_file_is_written_anew_by_up_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "clusters" / "x" / "known_hosts"
    file.parent.mkdir(parents=True)
    file.write_text(line("[10.0.0.1]:2222", OTHER))
    with pytest.raises(Unreachable) as caught:
        host_key.check(hop(file, 2222), Key(BLOB), "node")  # type: ignore[arg-type]
    assert f"cluster_fingerprint={fingerprint(BLOB)}" in caught.value.render()


def test_a_revoked_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("10.0.0.1") + line("*", marker="@revoked "))
    with pytest.raises(Unreachable, match="revoked"):
        host_key.check(hop(file), Key(BLOB), "node")  # type: ignore[arg-type]


def test_no_checking_only_when_asked(tmp_path: Path) -> None:
    host_key.check(hop(tmp_path / "absent", check_key=False), Key(BLOB), "x")  # type: ignore[arg-type]


def test_pinned_types_are_negotiated_first(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("10.0.0.1", kind="ssh-rsa") + line("10.0.0.1", kind="ssh-unheard-of"))
    available = ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"]
    order = host_key.preferred_types(host_key.pinned(hop(file)), available)
    assert order == ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]


def test_lookup_names() -> None:
    assert lookup_name("a", 22) == "a"
    assert lookup_name("fe80::1", 2222) == "[fe80::1]:2222"
