"""A cluster's ACL tokens, all derived from one seed as role consul does it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field

# Ansible's, so that `to_uuid` in the role gives the same.
_NAMESPACE = uuid.UUID("361E6D51-FAEC-444A-9079-341386DA8E2E")


@dataclass(frozen=True, slots=True)
class ConsulTokens:
    """The secrets by which Consul knows who asks.

    Parameters:
        seed: 32 random bytes in base64; "" where none was made yet.
    """

    seed: str = field(repr=False)

    @property
    def management(self) -> str:
        """May do everything, ACLs included."""
        return self._token("management")

    @property
    def operator(self) -> str:
        """May do everything but read and change ACLs, and therefore take snapshots."""
        return self._token("operator")

    def agent(self, node: str) -> str:
        """May register that node."""
        return self._token(f"agent {node}")

    def _token(self, what: str) -> str:
        digest = hashlib.sha256(f"{self.seed} {what}".encode()).hexdigest()
        return str(uuid.uuid5(_NAMESPACE, digest))
