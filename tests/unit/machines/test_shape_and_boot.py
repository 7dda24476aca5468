"""What may be asked of an engine, and how a boot's answer is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.errors import UsageError
from provision.machines import host_limits
from provision.machines.docker.boot import Boot, parse_boot
from provision.machines.docker.labels import CLUSTER, owner_labels, require_owner
from provision.machines.docker.shape import check_shape, disk_note
from provision.machines.driver import ClusterSpec, MachineSpec

INFO = {
    "MemTotal": 4096 << 20,
    "NCPU": 2,
    "Driver": "overlay2",
    "DriverStatus": [["Backing Filesystem", "extfs"]],
}


def specs(count: int, **wanted: float) -> list[MachineSpec]:
    return [MachineSpec(f"n-{i}", i, **wanted) for i in range(1, count + 1)]  # type: ignore[arg-type]


def test_what_fits_is_accepted() -> None:
    check_shape(INFO, specs(4, memory=1024, cpus=2))
    check_shape(INFO, [])


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"memory": 2048}, ["6144", "4096", "2048 + 2048 + 2048"]),
        ({"memory": 128}, ["n-1", "128", "256"]),
        ({"memory": 512, "cpus": 2.5}, ["2.5", "has 2"]),
        ({"memory": 512, "cpus": 0}, ["0 CPUs"]),
        ({"memory": 512, "disk": 0}, ["0 GiB"]),
    ],
)
def test_refusals_name_the_numbers(wanted: dict[str, float], numbers: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        check_shape(INFO, specs(3, **wanted))
    assert all(number in caught.value.message for number in numbers)
    assert caught.value.hint


def test_a_disk_size_that_cannot_be_enforced_is_said() -> None:
    assert disk_note(INFO, specs(1)) is None
    note = disk_note(INFO, specs(1, disk=10))
    assert note is not None
    assert "overlay2 on extfs" in note
    xfs = {**INFO, "DriverStatus": [["Backing Filesystem", "xfs"]]}
    assert disk_note(xfs, specs(1, disk=10)) is None
    assert disk_note({**INFO, "Driver": "btrfs"}, specs(1, disk=10)) is None


def test_ownership_is_by_label() -> None:
    lab = ClusterSpec("lab", Path("/w/.provision/clusters/lab"), "key", Path("/k"))
    require_owner("volume", "v", {CLUSTER: "lab"}, lab)
    with pytest.raises(UsageError, match="belongs to cluster other"):
        require_owner("volume", "v", {CLUSTER: "other"}, lab)
    for labels in (None, {}, {"x": "lab"}):
        with pytest.raises(UsageError, match="volume that provision did not create"):
            require_owner("volume", "v", labels, lab)


def test_clusters_of_one_name_are_told_apart_by_identity_and_place() -> None:
    def lab(root: str, identity: str) -> ClusterSpec:
        directory = Path(root) / ".provision/clusters/lab"
        return ClusterSpec("lab", directory, "key", Path("/k"), identity=identity)

    own = owner_labels(lab("/here", "1"))
    require_owner("volume", "v", own, lab("/here", "1"))
    require_owner("volume", "v", own, lab("/moved", "1"))
    require_owner("volume", "v", own, lab("/here", "2"))  # the state was lost
    require_owner("volume", "v", own, lab("/there", ""))
    with pytest.raises(UsageError, match=r"another workspace: /here/\.provision") as caught:
        require_owner("volume", "v", own, lab("/there", "2"))
    assert "PROVISION_DIR=/here/.provision provision --cluster lab down" in (
        caught.value.hint or ""
    )
    with pytest.raises(UsageError, match="another workspace, which it does not name"):
        require_owner("volume", "v", {CLUSTER: "lab"}, lab("/here", "1"))


def test_a_boots_answer() -> None:
    text = (
        "state degraded\n"
        "failed docker.service loaded failed failed Docker Application Container Engine\n"
        "failed \n"
        "key ssh-ed25519 AAAA root@n\n"
        "key \n"
    )
    assert parse_boot(text) == Boot("degraded", ("docker.service",), ("ssh-ed25519 AAAA",))
    assert parse_boot("").state == "unknown"


def test_the_inotify_limit_is_raised_only_when_too_low(tmp_path: Path) -> None:
    file = tmp_path / "max_user_instances"
    assert host_limits.raise_inotify(file) is None
    file.write_text("8192\n")
    assert host_limits.raise_inotify(file) is None
    file.write_text("128\n")
    assert "from 128 to 1024" in (host_limits.raise_inotify(file) or "")
    assert file.read_text() == "1024"


def test_name_servers_on_the_loopback_are_no_use_to_a_node(tmp_path: Path) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("nameserver 127.0.0.53\nnameserver ::1\n")
    real.write_text("# by hand\nsearch x\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n")
    assert host_limits.nameservers([stub, real]) == ["192.0.2.1", "192.0.2.2"]
    assert host_limits.nameservers([stub, tmp_path / "none"]) == []
