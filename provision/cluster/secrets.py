"""What a cluster's nodes share and nobody else may know."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

GOSSIP_KEY = "consul_gossip_key"


def with_missing_made(known: Mapping[str, str]) -> dict[str, str]:
    """The secrets that there are, plus new ones for those that are missing.

    The gossip key is 32 random bytes in base64, as ``consul keygen`` makes it:
    https://developer.hashicorp.com/consul/commands/keygen
    """
    made = dict(known)
    if GOSSIP_KEY not in made:
        made[GOSSIP_KEY] = base64.b64encode(secrets.token_bytes(32)).decode()
    return made
