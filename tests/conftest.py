"""How hard Hypothesis searches: `HYPOTHESIS_PROFILE` chooses, `ci` where nothing is said."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# What is tested is the code as it stands: a test that is about kept plans says where they are.
os.environ["TRANSLATOR_CACHE"] = "off"

# A slow machine is no defect of what is tested.
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
