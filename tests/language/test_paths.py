"""Field paths and JSON paths."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from translator.paths import (
    RESERVED_NAMES,
    field_path,
    format_path,
    json_path_ancestors,
    parse_path,
)
from translator.runtime.values import path_step

NAMES = st.text(min_size=1).filter(lambda name: name not in RESERVED_NAMES)


def test_json_path_ancestors() -> None:
    """The ancestors go from the first field to the path itself; names in quotes are one step."""
    path = "$.a[0]['b.c[1]'].d"
    assert json_path_ancestors(path) == ["$.a", "$.a[0]", "$.a[0]['b.c[1]']", path]


@given(st.lists(NAMES, min_size=1))
def test_a_formatted_path_parses_to_itself(names: list[str]) -> None:
    """`parse_path` reads what `format_path` writes, whatever characters names have."""
    assert parse_path(format_path(tuple(names))) == tuple(names)


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_json_path_leads_back_to_its_field(names: list[str]) -> None:
    """`field_path` returns the names in the JSON path of a value."""
    json_path = "$" + "".join(map(path_step, names))
    assert field_path(json_path) == tuple(names)
