"""A machine's Docker Engine, asked from here over TLS, as `docker` itself would."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any

from provision.cluster import tls
from provision.cluster.engine_address import ENGINE_PORT, engine_address
from provision.cluster.machine.found import Found
from provision.errors import MachineError


class EngineClient:
    """Parameters:
    timeout: seconds for one answer.

    Raises:
        UsageError: there are no certificates that would work.
    """

    def __init__(self, found: Found, timeout: float = 10.0) -> None:
        self._found = found
        self._timeout = timeout
        files = tls.client_files(found.cluster, found.name)
        self._context = ssl.create_default_context(cafile=files.authority[0])
        self._context.load_cert_chain(*files.client)

    def get(self, path: str) -> dict[str, Any]:
        """The JSON object that a GET answers.

        Raises:
            MachineError: no connection, or another answer.
        """
        address = engine_address(self._found.endpoint)
        connection = http.client.HTTPSConnection(
            address, ENGINE_PORT, timeout=self._timeout, context=self._context
        )
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status >= 400:
                raise ValueError(f"status {answer.status}: {body[:200].decode(errors='replace')}")
            document = json.loads(body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise MachineError(
                f"the Docker Engine at {address}:{ENGINE_PORT} gives no answer: {error}",
                host=self._found.name,
                hint=f"`provision machine status {self._found.name}`; "
                f"`provision machine provision {self._found.name}` sets it up again",
            ) from error
        finally:
            connection.close()
        return dict(document)
