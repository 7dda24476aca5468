"""From a Target to the hops that lead there, ssh_config included."""

from __future__ import annotations

import dataclasses
import getpass
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from provision.errors import Location, UsageError
from provision.transport.target import Target

if TYPE_CHECKING:
    from paramiko.config import SSHConfig

DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
MAX_HOPS = 8
_INCLUDE = re.compile(r"^\s*include[\s=]+(.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hop:
    """One SSH server on the way, everything decided.

    Parameters:
        name: what to call it in known_hosts, its address unless HostKeyAlias says else.
        key_files: offered in order.
        use_agent: offer ssh-agent's keys too.
        known_hosts: files that pin keys.
        check_key: False only if the user asked for it.
        proxy_command: reaches it instead of a TCP connection.
    """

    address: str
    port: int
    user: str
    name: str
    key_files: tuple[Path, ...]
    use_agent: bool
    known_hosts: tuple[Path, ...]
    check_key: bool = True
    password: str | None = dataclasses.field(default=None, repr=False)
    proxy_command: str | None = None

    @property
    def where(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.user}@{host}:{self.port}"


def route(target: Target) -> list[Hop]:
    """The hops to a target, nearest first, the target itself last.

    Raises:
        UsageError: an ssh_config or jump host that cannot be understood.
    """
    config = _read_config(target)
    address = target.address or target.name
    last = _hop(target, config, address, target.port, target.user)
    if last.proxy_command is not None and not target.jump_hosts:
        return [last]
    jumps = list(target.jump_hosts) or _proxy_jump(config, address)
    hops = [_jump(target, config, jump) for jump in jumps]
    if len(hops) > MAX_HOPS:
        raise UsageError(f"more than {MAX_HOPS} jump hosts", host=target.name)
    return [*hops, dataclasses.replace(last, proxy_command=None)]


def _jump(target: Target, config: SSHConfig, text: str) -> Hop:
    found = re.fullmatch(r"(?:ssh://)?(?:([^@\s]+)@)?(\[[^\]]+\]|[^:@\s\[\]]+)(?::(\d+))?/?", text)
    if not found:
        raise UsageError(
            f"'{text}' is not a jump host", hint="write it as [user@]host[:port]", host=target.name
        )
    user, host, port = found.groups()
    # The target's own key and pinned hosts may not be all that its jump hosts need.
    alone = dataclasses.replace(target, key_files=(), known_hosts=None, password=None)
    hop = _hop(alone, config, host.strip("[]"), int(port) if port else None, user)
    keys = tuple(Path(name).expanduser() for name in target.key_files)
    hosts = (Path(target.known_hosts).expanduser(),) if target.known_hosts else ()
    return dataclasses.replace(
        hop,
        key_files=tuple(dict.fromkeys(keys + hop.key_files)),
        known_hosts=hosts + hop.known_hosts,
    )


def _hop(target: Target, config: SSHConfig, host: str, port: int | None, user: str | None) -> Hop:
    found = config.lookup(host)
    address = found.get("hostname", host)
    chosen_port = port or int(found.get("port", 22))
    own_keys = [Path(name).expanduser() for name in target.key_files]
    configured = [Path(name).expanduser() for name in found.get("identityfile", [])]
    usual = [Path("~/.ssh", name).expanduser() for name in DEFAULT_KEYS]
    only_these = found.get("identitiesonly", "no").lower() == "yes"
    return Hop(
        address=address,
        port=chosen_port,
        user=user or found.get("user") or getpass.getuser(),
        name=found.get("hostkeyalias", address),
        key_files=tuple(
            own_keys or [key for key in configured or usual if configured or key.exists()]
        ),
        use_agent=not own_keys and not only_these,
        known_hosts=_known_hosts(target, found.get("userknownhostsfile")),
        check_key=target.host_key_checking
        and found.get("stricthostkeychecking", "yes").lower() not in ("no", "off"),
        password=target.password,
        proxy_command=found.get("proxycommand"),
    )


def _known_hosts(target: Target, configured: str | None) -> tuple[Path, ...]:
    if target.known_hosts:
        return (Path(target.known_hosts).expanduser(),)
    names = configured.split() if configured else ["~/.ssh/known_hosts"]
    return (*(Path(n).expanduser() for n in names), Path("/etc/ssh/ssh_known_hosts"))


def _proxy_jump(config: SSHConfig, address: str) -> list[str]:
    text = config.lookup(address).get("proxyjump", "none")
    return [] if text.lower() == "none" else [part.strip() for part in text.split(",")]


def _read_config(target: Target) -> SSHConfig:
    from paramiko.config import SSHConfig
    from paramiko.ssh_exception import ConfigParseError

    path = Path(target.ssh_config or "~/.ssh/config").expanduser()
    if target.ssh_config and not path.is_file():
        raise UsageError(
            f"there is no ssh_config file {path}",
            host=target.name,
            hint="correct ansible_ssh_common_args or remove -F",
        )
    try:
        return SSHConfig.from_text("\n".join(_lines(path, 0)))
    except (ConfigParseError, ValueError) as error:
        raise UsageError(f"cannot understand it: {error}", at=Location(str(path))) from None


def _lines(path: Path, depth: int) -> list[str]:
    """The file with its Include lines replaced, which Paramiko does not do."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    out: list[str] = []
    for line in text.splitlines():
        found = _INCLUDE.match(line)
        if not found or depth > MAX_HOPS:
            out.append(line)
            continue
        for name in found[1].split():
            pattern = Path(name).expanduser()
            base = Path("/" if pattern.is_absolute() else "~/.ssh").expanduser()
            for included in sorted(base.glob(str(pattern).lstrip("/"))):
                out += _lines(included, depth + 1)
    return out
