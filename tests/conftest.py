"""Settings for all tests."""

from __future__ import annotations

import pytest

from tests.examples import register_profiles

register_profiles()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ansible",
        choices=("verify", "record"),
        help="run the cases under ansible-playbook too: 'verify' fails where it does not do what "
        "is recorded, 'record' writes down what it does",
    )
