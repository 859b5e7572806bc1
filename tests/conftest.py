"""Hypothesis profiles; the environment variable `HYPOTHESIS_PROFILE` selects one."""

from __future__ import annotations

import os
import pkgutil
import re
from contextlib import suppress
from importlib import import_module
from typing import Any

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadgroup`, run tests that share much in one process.

    These are the tests of a pair of formats, which is compiled once for all of them, and those of
    files whose tests share a cache.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            pair = _PAIR.search(nodeid)
            file = nodeid.partition("::")[0]
            return pair[1] if pair else file if file in _SHARING else nodeid

    return GroupScheduling(config, log)


_PAIR = re.compile(r"\[([a-z0-9]+-[a-z0-9]+)\]$")

_SHARING = {
    "tests/analysis/test_coverage.py",
    "tests/cli/test_commands.py",
    "tests/docs/test_ci_page.py",
    "tests/laws/test_draw.py",
}
