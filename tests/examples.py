"""How many examples hypothesis tries: as many as a test can afford, more where asked for.

pytest tests/unit --hypothesis-profile thorough
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings

USUAL = 100
PROFILES = {"project": USUAL, "thorough": 20 * USUAL}
"""Profiles, and how many examples a test has that does not say."""


def register_profiles() -> None:
    """Make them known, and the first the one that counts unless another is asked for."""
    for name, number in PROFILES.items():
        # A deadline is an assertion on seconds, and tests run on whatever machine there is.
        settings.register_profile(name, deadline=None, max_examples=number)
    settings.load_profile("project")


def examples(number: int, **more: Any) -> settings:
    """A test's own number of examples; other profiles multiply it."""
    return settings(max_examples=number * settings().max_examples // USUAL, **more)
