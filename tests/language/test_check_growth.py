"""The work of checking a mapping grows in proportion to its values, not to their square."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.tools.small_formats import event_schema, small_catalog
from translator.language.exhaustiveness import check_exhaustive


def count_lines(call: Callable[[], object]) -> int:
    """Return the number of Python lines that a call executes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event in ("line", "call")
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(previous)
    return count


def mapping_of(kind: str, lefts: list[str], rights: list[str]) -> str:
    pairs = list(zip(lefts, rights, strict=True))
    if kind == "values":
        return f"fields: {{k: {{is: k, values: {{{', '.join(map(': '.join, pairs))}}}}}}}"
    if kind == "copy":
        return "fields: {k: k}"
    rows = "".join(f"      - [{{k: {left}}}, {{k: {right}}}]\n" for left, right in pairs)
    if kind == "rows":
        return f"rows:\n  x:\n    exact:\n{rows}"
    names = ", ".join(rights)
    row = f"[{{k: {lefts[0]}}}, {{k: {rights[0]}}}]"
    return f"rows: {{x: {{exact: [{row}], refuse: [{{from: {{k: [{names}]}}, because: x}}]}}}}"


@pytest.mark.parametrize("kind", ["values", "copy", "rows", "refused"])
def test_twice_the_values_are_twice_the_work(kind: str, tmp_path: Path) -> None:
    """An enum with twice as many values takes about twice as many steps to check."""
    counts: list[int] = []
    for size in (100, 200):
        folder = tmp_path / str(size)
        folder.mkdir()
        lefts = [f"v{number}" for number in range(size)]
        rights = lefts if kind == "copy" else [f"w{number}" for number in range(size)]
        left, right = (
            event_schema({"k": {"type": "string", "enum": names}}, ["k"])
            for names in (lefts, rights)
        )
        yaml = mapping_of(kind, lefts, rights)
        catalog = small_catalog(folder, {"l": left, "r": right}, l__r=yaml)
        mapping = catalog.mapping(frozenset(("l", "r")))
        types = [catalog.event_type(name, for_output=False) for name in ("l", "r")]
        count = count_lines(partial(catalog.mapping_errors, mapping))
        counts.append(count + count_lines(partial(check_exhaustive, mapping, *types)))
    assert counts[1] < 2.2 * counts[0]
