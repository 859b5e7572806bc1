"""Hypothesis profiles; the environment variable `HYPOTHESIS_PROFILE` selects one."""

from __future__ import annotations

import os
import pkgutil
from contextlib import suppress
from importlib import import_module

import pytest
from hypothesis import HealthCheck, settings

import translator

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

# Hypothesis also draws the constants of modules that are loaded. Load all of them, so that what is
# drawn does not depend on the tests that ran before.
for _module in pkgutil.walk_packages(translator.__path__, "translator."):
    if not _module.name.endswith("__main__"):
        with suppress(ImportError):
            import_module(_module.name)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests of each pair of formats, so that one process compiles it for all of them.

    This takes effect with `--dist loadgroup`, as in `make nightly`.
    """
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if isinstance(case := params.get("case"), dict) and "from" in case:
            params = {"source": case["from"], "target": case["to"]}
        ends = [params.get(name) for name in ("source", "target")]
        if all(isinstance(name, str) for name in ends):
            item.add_marker(pytest.mark.xdist_group(" to ".join(map(str, ends))))
