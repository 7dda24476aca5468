"""known_hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ONE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne="
TWO = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAITwo="
RSA = "ssh-rsa AAAAB3NzaC1yc2E="


def test_keys_of_a_host(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "kh"
    path.write_text("# kept\n@cert-authority *.example ssh-rsa AAAA\nother ssh-rsa AAAA\n")
    args = {"path": str(path), "name": "Host"}
    head = path.read_text()
    assert call("known_hosts", key=f"host {ONE}", check=True, **args)["changed"]
    assert path.read_text() == head
    assert call("known_hosts", key=f"host {ONE}\nhost {RSA}", **args)["changed"]
    assert not call("known_hosts", key=f"host {RSA}", **args)["changed"]
    assert path.read_text() == head + f"host {ONE}\nhost {RSA}\n"
    # Another key of its kind takes the old one's place.
    assert call("known_hosts", key=f"host,10.0.0.1 {TWO}", **args)["changed"]
    assert path.read_text() == head + f"host {RSA}\nhost,10.0.0.1 {TWO}\n"
    assert call("known_hosts", key=f"host {ONE}", state="absent", **args)["changed"]
    assert path.read_text() == head + f"host {RSA}\n"
    assert call("known_hosts", state="absent", **args)["changed"]
    assert not call("known_hosts", state="absent", **args)["changed"]
    assert path.read_text() == head


def test_hashed_names(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "kh"
    args = {"path": str(path), "name": "[host]:2222", "key": f"[host]:2222 {ONE}"}
    assert call("known_hosts", hash_host=True, **args)["changed"]
    assert path.read_text().startswith("|1|") and "host" not in path.read_text()
    assert not call("known_hosts", hash_host=True, **args)["changed"]
    assert call("known_hosts", **args)["changed"]
    assert path.read_text() == f"[host]:2222 {ONE}\n"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (f"other {ONE}", "of other, not of host"),
        (ONE, "a line of a known_hosts file"),
        ("host ssh-rsa not!base64", "a line of a known_hosts file"),
        ("# nothing", "no key"),
    ],
)
def test_keys_that_are_none(call: Any, tmp_path: Path, key: str, said: str) -> None:
    path = tmp_path / "kh"
    result = call("known_hosts", path=str(path), name="host", key=key)
    assert said in result["msg"] and not path.exists()
