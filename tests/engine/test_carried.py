"""Carried values of formats that no shipped format has: all of them return, or are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, MappingError, TranslationError, Translator

SLOT = {
    "type": "object",
    "additionalProperties": STRING,
    "properties": {"a_own": {"enum": ["TWO"]}},
}
CARRIES = """
fields: {v: v}
carries: {of: carried, in: x, as: "{vendor}_{field}"}
"""


def fields_of(*names: str, **keywords: Any) -> dict[str, Any]:
    return event_schema(dict.fromkeys(names, STRING), **keywords)


def catalog_of(folder: Path, carried: dict[str, Any]) -> Catalog:
    left = event_schema({"v": STRING, "x": SLOT})
    right = event_schema({"v": STRING, "carried": carried})
    return small_catalog(folder, {"l": left, "r": right}, l__r=CARRIES)


def run(catalog: Catalog, source: str, target: str, event: Any, **options: Any) -> Any:
    """Return the translation of an event, or the code and path of its refusal."""
    try:
        return Translator(source, target, catalog=catalog, **options).translate(event)
    except TranslationError as refusal:
        return refusal.code, refusal.path


OPEN = event_schema({"a": fields_of("b_c"), "a_b": fields_of("c")})


@pytest.mark.parametrize(
    ("carried", "path"),
    [
        ({"a": {"b_c": "ONE"}, "a_b": {"c": "TWO"}}, "$.carried.a_b.c"),
        ({"a_b": {"c": "TWO"}}, "$.carried.a_b.c"),
        ({"zz": "ONE"}, "$.carried.zz"),
        ({"zz": [{}]}, "$.carried.zz"),
        ({"a": {"own": "ONE"}}, "$.carried.a.own"),
        ({"a": {"n": 7}}, "$.carried.a.n"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_value_that_cannot_return_is_refused(
    tmp_path: Path, carried: Any, path: str, strict: bool
) -> None:
    """Two values never share a key, and each fits the slot under its key."""
    catalog, event = catalog_of(tmp_path, OPEN), {"v": "x", "carried": carried}
    assert run(catalog, "r", "l", event, strict=strict) == ("unmappable-value", path)


def test_a_field_name_may_contain_the_separator(tmp_path: Path) -> None:
    """The first separator of a key ends the name of the format."""
    event = {"v": "x", "carried": {"a": {"b_c": "ONE"}, "z": {"": "TWO"}}}
    output = run(catalog_of(tmp_path, OPEN), "r", "l", event)
    assert output == {"v": "x", "x": {"a_b_c": "ONE", "z_": "TWO"}}


def test_formats_that_keys_would_confuse_are_a_finding(tmp_path: Path) -> None:
    """If the spec lists all formats, the mapping is refused before any event."""
    closed = event_schema(
        {"a": fields_of("b_c"), "a_b": fields_of("c")}, additionalProperties=False
    )
    catalog = catalog_of(tmp_path, closed)
    with pytest.raises(MappingError) as caught:
        run(catalog, "r", "l", {"v": "x"})
    assert [each.code for each in caught.value.diagnostics] == ["mapping-carries"]


@pytest.mark.parametrize("required", [["w"], []])
def test_a_value_from_another_mapping_must_be_able_to_return(
    tmp_path: Path, required: list[str]
) -> None:
    """What a mapping writes under `carried` obeys the same rule: a slot never confuses formats."""
    left = event_schema({"v": STRING, "x": SLOT})
    other = event_schema({"v": STRING, "w": STRING, "u": STRING}, required)
    carries = CARRIES.replace("{vendor}_", "{vendor}own").replace("v: v", "v: custom_action")
    fields = "fields: {v: custom_action, w: carried.downer.w, u: carried.o.u}"
    actions = "constants: {interaction: {action: custom}}\n"
    mappings = {"l": actions + carries, "o": actions + fields}
    catalog = small_catalog(tmp_path, {"l": left, "o": other}, **mappings)
    assert run(catalog, "o", "l", {"v": "x", "w": "y"}) == ("unmappable-value", "$.w")
    if not required:
        event = {"v": "x", "u": "y"}
        stored = run(catalog, "o", "l", event)
        assert stored == {"v": "x", "x": {"oownu": "y"}}
        assert run(catalog, "l", "o", stored) == event
        confused = {"v": "x", "x": {"downerownw": "y"}}
        assert run(catalog, "l", "o", confused) == {"v": "x"}


@pytest.mark.parametrize("key", ["constants: {r: {m.x_y: no}}", "fields: {v: m.x_y}"])
def test_a_name_that_an_object_does_not_allow_is_a_finding(tmp_path: Path, key: str) -> None:
    """A field under free keys must satisfy `propertyNames`."""
    names = {"additionalProperties": STRING, "propertyNames": {"pattern": "^[a-z]+$"}}
    right = event_schema({"m": {"type": "object", **names}})
    catalog = small_catalog(tmp_path, {"l": event_schema({"v": STRING}), "r": right}, l__r=key)
    with pytest.raises(MappingError) as caught:
        run(catalog, "l", "r", {"v": "x"})
    (finding,) = caught.value.diagnostics
    assert finding.code == "unknown-member"
    assert "'x_y'" in finding.message
