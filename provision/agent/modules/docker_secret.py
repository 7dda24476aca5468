"""Secrets of a swarm."""

from __future__ import annotations

from provision.agent.docker.connection import COLLECTION, with_engine
from provision.agent.docker.stored_data import params, runner
from provision.agent.spec import Spec

SPEC = Spec(
    name="docker_secret",
    collection=COLLECTION,
    summary="Make, replace or remove a swarm secret; run on a manager.",
    params=params("secret"),
    mutually_exclusive=(("data", "data_src"),),
    returns=(
        ("secret_id", "Its ID."),
        ("secret_name", "Its name, with the version if rolling."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Secret)",
)


run = with_engine(runner("secret", lambda task: {}))
