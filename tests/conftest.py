"""Hypothesis profiles, chosen by `HYPOTHESIS_PROFILE` (default: `ci`)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Test the current code, not cached plans. Tests of the cache set the folder themselves.
os.environ["TRANSLATOR_CACHE"] = "off"

# Slow machines must not fail tests.
_slow = (HealthCheck.too_slow,)

settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=_slow,
)
settings.register_profile(
    "laws", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=_slow
)
settings.register_profile(
    "quick", max_examples=15, deadline=None, print_blob=True, suppress_health_check=_slow
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
