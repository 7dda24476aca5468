"""Where a session goes and as whom: plain values, no inventory."""

from __future__ import annotations

from dataclasses import dataclass, field

CONNECTIONS = ("ssh", "local")
SSH = ("smart", "paramiko", "paramiko_ssh")
"""Other names of Ansible's for ssh."""

BECOME_METHODS = ("sudo", "su")


@dataclass(frozen=True, slots=True)
class Become:
    """Another user on the node.

    Parameters:
        user: whom to become.
        method: ``sudo`` or ``su``.
        password: sent over stdin when asked for, never in argv.
        flags: for sudo (``-H`` if None) or su, as a shell would split them.
        program: the one to run, where it is not ``method``.
    """

    user: str = "root"
    method: str = "sudo"
    password: str | None = field(default=None, repr=False)
    flags: str | None = None
    program: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One way to reach one host.

    Parameters:
        name: the inventory's name for it, for messages.
        connection: ``ssh`` or ``local``.
        address: host name or IP; the name when not given.
        port, user: None means what ssh_config says, else 22 and the current user.
        key_files: private keys to offer, in order; empty means ssh_config's, the agent's
            and the usual ones in ~/.ssh.
        known_hosts: a file that pins host keys; None means ssh_config's or ~/.ssh/known_hosts.
        host_key_checking: False only if the user asked for it.
        ssh_config: a configuration file to honour instead of ~/.ssh/config.
        jump_hosts: ``[user@]host[:port]`` in order, nearest first.
        python: the interpreter on the node.
        directory: where a local agent starts; relative paths are below it.
        connect_timeout: seconds for TCP, key exchange and authentication together.
    """

    name: str
    connection: str = "ssh"
    address: str = ""
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    key_files: tuple[str, ...] = ()
    known_hosts: str | None = None
    host_key_checking: bool = True
    ssh_config: str | None = None
    jump_hosts: tuple[str, ...] = ()
    python: str = "/usr/bin/python3"
    directory: str | None = None
    connect_timeout: float = 10.0
