"""How many events the laws draw under the profile of Hypothesis that is set: JSON, by module.

`python -m tests.docs.drawn MODULE ...` gives for each module how many laws there are, each counted
once for every pair or format, and how many events they draw together. It draws none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from math import prod
from typing import Any

from hypothesis import is_hypothesis_test

import tests.conftest  # noqa: F401  # which sets the profile


def laws(module: str) -> Iterator[tuple[int, int]]:
    """Of each drawn law of a module: how often it is run, and how many events it draws then."""
    found = vars(import_module(module))
    of_all = found.get("pytestmark")
    for name, function in found.items():
        if not name.startswith("test_") or not is_hypothesis_test(function):
            continue
        marks: list[Any] = [*getattr(function, "pytestmark", ()), *([of_all] if of_all else ())]
        if any(one.name == "laws" for one in marks):
            times = prod(len(one.args[1]) for one in marks if one.name == "parametrize")
            # Hypothesis has no other way to ask a test for its settings.
            yield times, function._hypothesis_internal_use_settings.max_examples


if __name__ == "__main__":
    counts = {module: list(laws(module)) for module in sys.argv[1:]}
    sums = {
        module: [sum(times for times, _ in found), sum(times * each for times, each in found)]
        for module, found in counts.items()
    }
    print(json.dumps(sums))
