"""Hypothesis profiles; the environment variable `HYPOTHESIS_PROFILE` selects one."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Tests run the code as it is; tests of cached plans name a cache of their own.
os.environ["TRANSLATOR_CACHE"] = "off"

_EXAMPLES = {"test": 8, "nightly": 16, "laws": 2_000, "quick": 10}

for _name, _count in _EXAMPLES.items():
    settings.register_profile(
        _name,
        max_examples=_count,
        deadline=None,
        derandomize=_name in ("test", "nightly"),
        print_blob=True,
        # Neither a slow machine nor a format whose smallest event is large is a bug.
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.large_base_example),
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))
