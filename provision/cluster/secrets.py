"""What a cluster's nodes share and nobody else may know."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

GOSSIP_KEY = "consul_gossip_key"
ACL_SEED = "consul_acl_seed"
"""What all of Consul's ACL tokens are derived from."""


def with_missing_made(known: Mapping[str, str]) -> dict[str, str]:
    """The secrets that there are, plus new ones for those that are missing.

    Each is 32 random bytes in base64, as ``consul keygen`` makes gossip keys:
    https://developer.hashicorp.com/consul/commands/keygen
    """
    return {name: new_secret() for name in (GOSSIP_KEY, ACL_SEED)} | dict(known)


def new_secret() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()
