"""Settings for all tests."""

from __future__ import annotations

from hypothesis import settings

# A deadline is an assertion on seconds, and these tests run on whatever machine there is.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
