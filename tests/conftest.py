"""Settings for all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A deadline is an assertion on seconds, and these tests run on whatever machine there is.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ansible",
        choices=("verify", "record"),
        help="run the cases under ansible-playbook too: 'verify' fails where it does not do what "
        "is recorded, 'record' writes down what it does",
    )
