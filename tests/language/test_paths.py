"""Field paths and JSON paths."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.paths import (
    RESERVED_NAMES,
    field_path,
    format_path,
    json_path_ancestors,
    parse_path,
    values_at,
)

EVENT: dict[str, Any] = {
    "data": {"item": "a"},
    "items": [{"id": 1}, {"id": 2}, {}],
    "attributes": {"color": "red", "a b": None},
}

NAMES = st.text(min_size=1).filter(lambda name: name not in RESERVED_NAMES)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("data.item", [("$.data.item", "a")]),
        ("items[].id", [("$.items[0].id", 1), ("$.items[1].id", 2)]),
        ("attributes{key}", [("$.attributes.color", "color"), ("$.attributes['a b']", "a b")]),
        ("attributes{value}", [("$.attributes.color", "red"), ("$.attributes['a b']", None)]),
        ("data.missing", []),
        ("data[]", []),
        ("items{value}", []),
    ],
)
def test_values_at(path: str, expected: list[tuple[str, Any]]) -> None:
    """A path selects every place that it names, in order, and none if the types differ."""
    assert list(values_at(EVENT, parse_path(path))) == expected


def test_json_path_ancestors() -> None:
    """The ancestors go from the event to the path itself; names in quotes are one step."""
    path = "$.a[0]['b.c[1]'].d"
    assert json_path_ancestors(path) == ["$", "$.a", "$.a[0]", "$.a[0]['b.c[1]']", path]


@given(st.lists(NAMES, min_size=1))
def test_a_formatted_path_parses_to_itself(names: list[str]) -> None:
    """`parse_path` reads what `format_path` writes, whatever characters names have."""
    assert parse_path(format_path(tuple(names))) == tuple(names)


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_json_path_leads_back_to_its_field(names: list[str]) -> None:
    """`field_path` returns the names in the JSON path of a value."""
    event: Any = 1
    for name in reversed(names):
        event = {name: event}
    [(json_path, value)] = values_at(event, tuple(names))
    assert value == 1
    assert field_path(json_path) == tuple(names)
