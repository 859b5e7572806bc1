"""Field paths and JSON paths."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.paths import (
    KEY,
    LIST_ITEM,
    MAP_ENTRY,
    VALUE,
    field_path,
    format_path,
    json_path_ancestors,
    parse_path,
    split_paths,
)
from translator.runtime.values import path_step

SEGMENTS = (LIST_ITEM, MAP_ENTRY, KEY, VALUE)

NAMES = (
    st.text() | st.text(alphabet="a.,|[]{}\\' \n", max_size=4) | st.sampled_from(SEGMENTS).map(str)
)

PATHS = st.lists(
    st.tuples(
        NAMES, st.lists(st.sampled_from([(LIST_ITEM,), (MAP_ENTRY, KEY), (MAP_ENTRY, VALUE)]))
    ),
    min_size=1,
).map(lambda steps: tuple(s for name, lists in steps for s in (name, *sum(lists, ()))))


def test_json_path_ancestors() -> None:
    """The ancestors go from the first field to the path itself; names in quotes are one step."""
    path = "$.a[0]['b.c[1]'].d"
    assert json_path_ancestors(path) == ["$.a", "$.a[0]", "$.a[0]['b.c[1]']", path]


@given(PATHS)
@example(("[]", "{}", "{key}", "{value}"))
@example(("", "''", "\n"))
def test_a_formatted_path_parses_to_itself(path: tuple[str, ...]) -> None:
    """`parse_path` reads what `format_path` writes, whatever characters names have."""
    assert parse_path(format_path(path)) == path


@given(st.lists(PATHS, min_size=1), st.sampled_from([",", "|"]), st.sampled_from(["", " ", "\n "]))
def test_formatted_paths_are_split_at_separators_only(
    paths: list[tuple[str, ...]], separator: str, space: str
) -> None:
    """`split_paths` returns each path, whatever characters names have."""
    formatted = [format_path(path) for path in paths]
    joined = f"{space}{separator}{space}".join(formatted)
    assert split_paths(f"{space}{joined}{space}", separator) == formatted


@pytest.mark.parametrize("segment", SEGMENTS)
def test_no_name_equals_a_segment(segment: str) -> None:
    """A field whose name is written like a segment is another one; copies are the segment."""
    name = str(segment)
    assert name != segment
    assert segment != name
    assert {segment: 1, name: 2}[segment] == 1
    assert copy.deepcopy(segment) == pickle.loads(pickle.dumps(segment)) == segment


@given(st.lists(NAMES, min_size=1))
def test_a_json_path_leads_back_to_its_field(names: list[str]) -> None:
    """`field_path` returns the names in the JSON path of a value."""
    json_path = "$" + "".join(map(path_step, names))
    assert field_path(json_path) == tuple(names)
