"""The collectors of facts, by Ansible's names for them, and what gather_subset chooses.

What each name brings, and how names and their negations add up, was seen in what ansible-core
2.19's setup returns for them.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, List, NamedTuple, Set, Tuple

from provision.agent.facts import (
    clock,
    devices,
    distribution,
    dmi,
    hardware,
    identity,
    lvm,
    mounts,
    network,
    platform,
    security,
    services,
    storage,
    virtual,
)
from provision.agent.facts.programs import Asked, Command
from provision.agent.task import ModuleFailed

Names = FrozenSet[str]


class Collector(NamedTuple):
    """One collector.

    Parameters:
        collect: gives the facts; it may ask programs what they said.
        minimal: whether it belongs to ``min``.
        also: further names for it.
        needs: collectors that Ansible runs with it, so that their facts are there too.
        programs: to be started before.
    """

    name: str
    collect: Callable[[Asked], Dict[str, Any]]
    minimal: bool = False
    also: Names = frozenset()
    needs: Tuple[str, ...] = ()
    programs: Tuple[Command, ...] = ()


def _hardware(asked: Asked) -> Dict[str, Any]:
    found = hardware.collect()
    found.update(dmi.collect())
    found.update(devices.collect())
    found["mounts"] = mounts.collect(asked.timeout)
    found["lvm"] = lvm.collect(asked)
    return found


def _also(names: str) -> Names:
    return frozenset(names.split())


def _nothing(asked: Asked) -> Dict[str, Any]:
    return {}


_ALL = (
    Collector("apparmor", lambda asked: security.apparmor(), True),
    Collector(
        "caps",
        security.capabilities,
        True,
        _also("system_capabilities system_capabilities_enforced"),
        programs=(security.CAPSH,),
    ),
    Collector("cmdline", lambda asked: platform.kernel_command_line(), True),
    Collector("date_time", lambda asked: clock.collect(), True),
    Collector(
        "distribution",
        lambda asked: distribution.collect(),
        True,
        _also("distribution_major_version distribution_release distribution_version os_family"),
    ),
    Collector("dns", lambda asked: network.resolver(), True),
    Collector("env", lambda asked: identity.environment(), True),
    Collector("fips", lambda asked: security.fips(), True),
    # Puppet's and Chef's fact programs are not asked: their facts are left out, as in Ansible
    # where they are not installed.
    Collector("facter", _nothing),
    Collector("ohai", _nothing),
    Collector("local", _nothing, True),
    Collector("lsb", lambda asked: distribution.lsb(), True),
    Collector(
        "pkg_mgr", lambda asked: distribution.package_manager(), True, needs=("distribution",)
    ),
    Collector(
        "platform",
        lambda asked: platform.collect(),
        True,
        _also("architecture kernel kernel_version machine machine_id python_version system"),
    ),
    Collector("python", lambda asked: platform.python(), True),
    Collector("selinux", lambda asked: security.selinux(), True),
    Collector(
        "service_mgr",
        lambda asked: {"service_mgr": services.manager()},
        True,
        needs=("platform", "distribution"),
    ),
    Collector(
        "ssh_pub_keys",
        lambda asked: identity.ssh_host_keys(),
        True,
        _also("ssh_host_pub_keys ssh_host_key_dsa_public ssh_host_key_ecdsa_public")
        | _also("ssh_host_key_ed25519_public ssh_host_key_rsa_public"),
    ),
    Collector(
        "user",
        lambda asked: identity.user(),
        True,
        _also("effective_group_ids effective_user_id real_user_id user_dir user_gecos user_gid")
        | _also("user_id user_shell user_uid"),
    ),
    Collector("chroot", lambda asked: platform.chroot(), also=_also("is_chroot")),
    Collector("fibre_channel_wwn", lambda asked: storage.fibre_channel()),
    Collector(
        "hardware",
        _hardware,
        also=_also("devices mounts processor processor_cores processor_count"),
        needs=("platform",),
        programs=lvm.COMMANDS,
    ),
    Collector("iscsi", lambda asked: storage.iscsi()),
    Collector("loadavg", lambda asked: hardware.load()),
    Collector(
        "network",
        lambda asked: network.collect(),
        also=_also("all_ipv4_addresses all_ipv6_addresses default_ipv4 default_ipv6 interfaces"),
        needs=("platform", "distribution"),
    ),
    Collector("nvme", lambda asked: storage.nvme()),
    Collector("systemd", services.systemd, programs=(services.SYSTEMCTL,)),
    Collector(
        "virtual",
        lambda asked: virtual.collect(),
        also=_also("virtualization_role virtualization_tech_guest virtualization_tech_host")
        | _also("virtualization_type"),
    ),
)
COLLECTORS: Dict[str, Collector] = {collector.name: collector for collector in _ALL}
EVERYTHING: Names = frozenset(COLLECTORS)
_OWNER = {name: c.name for c in _ALL for name in (c.name, *c.also)}
_MINIMAL = frozenset(c.name for c in _ALL if c.minimal)


def chosen(words: List[str]) -> Names:
    """The collectors meant by gather_subset.

    The minimum is always among them unless ``!min`` is said. A word said plainly counts more
    than its negation.

    Raises:
        ModuleFailed: a word that is no subset.
    """
    said: Set[str] = set()
    wanted: Set[str] = set(_MINIMAL)
    unwanted: Set[str] = set()
    for word in words:
        name = word.lstrip("!")
        if name not in _OWNER and name not in ("all", "min"):
            known = ", ".join(["all", "min", *sorted(_OWNER)])
            raise ModuleFailed("gather_subset: there is no '{}'; known: {}".format(name, known))
        if not word.startswith("!"):
            wanted.update(_OWNER if name == "all" else _MINIMAL if name == "min" else [name])
            said.update([] if name in ("all", "min") else [name])
        elif name == "all":
            unwanted.update(set(_OWNER) - _MINIMAL)
        elif name == "min":
            unwanted.update(_MINIMAL)
        else:
            unwanted.update({name, *(COLLECTORS[name].also if name in COLLECTORS else ())})
    names = {_OWNER[name] for name in wanted - (unwanted - said)}
    for name in list(names):
        names.update(COLLECTORS[name].needs)
    return frozenset(names)
