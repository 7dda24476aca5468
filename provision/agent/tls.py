"""TLS of a client: whom it trusts, who it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Optional

from provision.agent.task import ModuleFailed

if TYPE_CHECKING:
    import ssl


class Tls(NamedTuple):
    """How to secure a TCP connection. Paths are PEM files on the node.

    Parameters:
        verify: whether the server's certificate has to be for its name and from who is trusted.
        ca_path: a file or a folder; None for whom the system trusts.
        hostname: the name to expect in place of the one that is connected to.
    """

    verify: bool = False
    ca_path: Optional[str] = None
    client_cert: Optional[str] = None
    client_key: Optional[str] = None
    hostname: Optional[str] = None


def client_context(tls: Tls) -> ssl.SSLContext:
    """What connections are made with. Raises ModuleFailed for files that are of no use."""
    import ssl  # 9 ms, which those who only name a Tls are spared

    named = [name for name in (tls.ca_path, tls.client_cert, tls.client_key) if name]
    for name in named:
        if not os.access(name, os.R_OK):
            raise ModuleFailed(f"cannot read the TLS file {name} on the node")
    try:
        if tls.ca_path and os.path.isdir(tls.ca_path):
            context = ssl.create_default_context(capath=tls.ca_path)
        else:
            context = ssl.create_default_context(cafile=tls.ca_path or None)
        if tls.client_cert:
            context.load_cert_chain(tls.client_cert, tls.client_key)
    except (ssl.SSLError, OSError) as error:
        raise ModuleFailed(f"cannot use the TLS files ({', '.join(named)}): {error}") from None
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
