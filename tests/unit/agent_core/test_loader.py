"""The node's cache, exercised on this machine through the loader's own functions."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from provision.agent import loader
from provision.transport.payload import payload


@pytest.fixture
def final(tmp_path: Path) -> Path:
    return tmp_path / f"agent-{payload().name}"


def install(final: Path) -> None:
    loader.install(payload().zipped(), str(final), payload().checksum)


def intact(final: Path) -> bool:
    return loader.intact(str(final), payload().checksum)


def test_installed_is_intact_and_private(final: Path) -> None:
    install(final)
    assert intact(final)
    assert final.stat().st_mode & 0o777 == 0o700
    assert (final / "provision/agent/main.py").is_file()


@pytest.mark.parametrize("damage", ["empty", "missing", "extra", "readable"])
def test_damage_is_noticed_and_healed(final: Path, damage: str) -> None:
    install(final)
    file = final / "provision/agent/spec.py"
    if damage == "empty":
        file.write_bytes(b"")
    elif damage == "missing":
        file.unlink()
    elif damage == "extra":
        (final / "provision/agent/json.py").write_text("evil")
    else:
        final.chmod(0o755)
    assert not intact(final)
    install(final)
    assert intact(final)
    assert [path.name for path in final.parent.iterdir()] == [final.name]


def test_many_at_once(final: Path) -> None:
    errors: list[Exception] = []

    def one() -> None:
        try:
            install(final)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert intact(final)
    assert [path.name for path in final.parent.iterdir()] == [final.name]


def test_old_payloads_are_pruned_but_not_what_is_in_use(final: Path) -> None:
    long_ago = time.time() - 2 * loader.IN_USE
    for number in range(6):
        old = final.parent / f"agent-old{number}"
        old.mkdir()
        os.utime(old, (long_ago + number, long_ago + number))
    (final.parent / "agent-in-use").mkdir()
    (final.parent / "somebody-elses").mkdir()
    abandoned = final.parent / "tmp-agent-abandoned"
    abandoned.mkdir()
    os.utime(abandoned, (long_ago, long_ago))
    install(final)
    left = {path.name for path in final.parent.iterdir()}
    assert left == {final.name, "agent-in-use", "somebody-elses", "agent-old5"}


@pytest.mark.parametrize("home", ["/", "/nonexistent"])
def test_no_home_no_cache(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    import pwd

    entry = pwd.struct_passwd(("x", "x", 0, 0, "", home, "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: entry)
    assert loader.cache_directory() is None


def test_a_cache_others_can_write_to_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import pwd

    entry = pwd.struct_passwd(("x", "x", 0, 0, "", str(tmp_path), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: entry)
    path = loader.cache_directory()
    assert path == str(tmp_path / ".cache/provision")
    Path(path).chmod(0o777)
    assert loader.cache_directory() is None
