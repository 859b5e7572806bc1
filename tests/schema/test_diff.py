"""Differences between two versions of a small spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.shipped import SPEC_FILES
from translator.language.yaml_tree import parse_yaml, to_data
from translator.report.impact import describe_changes
from translator.schema.diff import CHANGE_KINDS, diff_specs
from translator.schema.spec import Spec, load_spec

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"
DIFFERENCES: Any = to_data(parse_yaml((HERE / "differences.yaml").read_bytes(), "differences.yaml"))


def spec(properties: Any, required: list[str]) -> Spec:
    """A spec whose events have these properties."""
    event = {"type": "object", "properties": properties, "required": required}
    return _spec({"Event": event})


def union(variants: Any) -> Spec:
    """A spec with several kinds of events, each with its properties."""
    schemas: dict[str, Any] = {
        name: {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string", "const": name}, **properties},
        }
        for name, properties in variants.items()
    }
    mapping = {name: f"#/components/schemas/{name}" for name in variants}
    event = {
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    return _spec({**schemas, "Event": event})


def _spec(schemas: Any) -> Spec:
    document = {"x-event": "#/components/schemas/Event", "components": {"schemas": schemas}}
    return Spec("acme", document, "acme.json")


def versions(case: Any) -> tuple[Spec, Spec]:
    if "union" in case:
        return union(case["old"]), union(case["new"])
    required = case.get("required", [[], []])
    return spec(case["old"], required[0]), spec(case["new"], required[1])


@pytest.mark.parametrize("case", DIFFERENCES, ids=lambda case: str(case["lines"]))
def test_each_difference_is_reported(case: Any) -> None:
    """Each difference is one change at its path, and there are no other changes."""
    changes = diff_specs(*versions(case))
    assert describe_changes(changes) == case["lines"]
    assert [change.kind for change in changes] == case["kinds"]


def test_every_kind_of_change_has_a_case() -> None:
    """Each kind of change occurs in one of the cases."""
    assert {kind for case in DIFFERENCES for kind in case["kinds"]} == set(CHANGE_KINDS)


@pytest.mark.parametrize("name", [path.stem for path in SPEC_FILES])
def test_a_spec_equals_itself(name: str) -> None:
    """A spec has no differences from itself."""
    file = SPECS / f"{name}.json"
    assert diff_specs(load_spec(file, name), load_spec(file, name)) == ()


def test_inlining_a_reference_is_no_difference() -> None:
    """Replacing a reference by its target is not a difference."""
    inline = spec({"a": {"type": "string", "minLength": 1}}, [])
    named = _spec(
        {
            "Event": {
                "type": "object",
                "properties": {"a": {"$ref": "#/components/schemas/Name"}},
            },
            "Name": {"type": "string", "minLength": 1},
        }
    )
    assert diff_specs(inline, named) == diff_specs(named, inline) == ()


def test_an_object_becomes_a_union() -> None:
    """If an object becomes a union, its properties are removed and those of the kinds are new."""
    lines = describe_changes(
        diff_specs(spec({"a": {"type": "string"}}, []), union({"x": {}, "y": {}}))
    )
    assert lines == [
        "~ the event: object → object of 2 kinds, by kind",
        "- a: gone, was string, optional",
        '+ kind: new, string (one of "x"), required',
        '+ kind: new, string (one of "y"), required',
    ]


NAMED: dict[str, Any] = {"type": "string", "enum": ["a", "b"]}
REF = {"$ref": "#/components/schemas/Named"}

SPELLINGS: list[tuple[Any, Any]] = [
    (REF, {"allOf": [REF]}),
    (REF, NAMED),
    (REF, {"allOf": [REF], "description": "described"}),
    (REF, {"anyOf": [REF]}),
    (REF, {"oneOf": [REF]}),
    ({**REF, "maxLength": 9}, {"allOf": [REF, {"maxLength": 9}]}),
    ({"enum": ["a", "b"]}, REF),
    ({"const": "x"}, {"enum": ["x"]}),
    ({"const": "x"}, {"type": "string", "const": "x"}),
    ({"enum": [1, 2]}, {"type": "integer", "enum": [2, 1.0]}),
    ({"type": ["string"]}, {"type": "string"}),
    ({"type": ["integer", "string"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
    ({"type": ["integer", "number"]}, {"type": "number"}),
    ({"type": ["string", "null"]}, {"oneOf": [{"type": "null"}, {"type": "string"}]}),
    ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ({"type": ["string", "null"], "enum": ["a", "b", None]}, {"oneOf": [REF, {"type": "null"}]}),
    ({"oneOf": [{"const": "a"}, {"const": "b"}]}, REF),
    ({"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}], "type": "string"}, REF),
    (
        {"type": ["object", "null"], "properties": {"x": REF}},
        {"anyOf": [{"type": "object", "properties": {"x": NAMED}}, {"type": "null"}]},
    ),
    (
        {"type": "object", "properties": {"x": {}, "y": {}}, "required": ["x", "y"]},
        {"type": "object", "required": ["y", "x"], "properties": {"y": True, "x": {}}},
    ),
    (
        {"type": "object", "properties": {"x": NAMED, "y": REF}, "required": ["x"]},
        {
            "allOf": [
                {"type": "object", "properties": {"x": REF}},
                {"properties": {"y": REF}},
                {"required": ["x"]},
            ]
        },
    ),
    (
        {"type": "object", "properties": {}, "additionalProperties": True},
        {"type": "object", "required": []},
    ),
    ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
    ({"type": "integer", "exclusiveMaximum": 9.5}, {"type": "integer", "maximum": 9}),
    (
        {"type": "number", "minimum": 0, "exclusiveMinimum": 0},
        {"type": "number", "exclusiveMinimum": 0},
    ),
    ({"type": "number", "minimum": 1.0}, {"type": "number", "minimum": 1}),
    ({"type": "integer", "maxLength": 3}, {"type": "integer"}),
    ({"type": "string", "minLength": 0}, {"type": "string", "default": "a"}),
    ({"type": "array", "items": {}, "uniqueItems": False}, {"type": "array", "items": True}),
    ({"type": "array", "items": {"allOf": [REF]}}, {"type": "array", "items": REF}),
    ({"not": {"enum": ["b", "a"]}}, {"not": {"description": "none of them", "enum": ["a", "b"]}}),
    (
        {"anyOf": [{"minLength": 1}, {"pattern": "a"}]},
        {"anyOf": [{"pattern": "a"}, {"minLength": 1}]},
    ),
    (
        {"type": "integer", "format": "int32"},
        {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    ),
    ({"type": "string", "x-written": {"enum": ["a", "b"]}}, {"type": "string", "x-written": REF}),
]


def named_spec(schema: Any) -> Spec:
    event = {"type": "object", "properties": {"a": schema}}
    return _spec({"Event": event, "Named": NAMED})


@pytest.mark.parametrize(("old", "new"), SPELLINGS)
def test_spellings_are_no_difference(old: Any, new: Any) -> None:
    """Schemas that allow the same values and differ only in spelling have no differences."""
    assert diff_specs(named_spec(old), named_spec(new)) == ()
    assert diff_specs(named_spec(new), named_spec(old)) == ()


TRUE_CHANGES: list[tuple[Any, Any, list[str]]] = [
    ({"allOf": [REF]}, {"allOf": [{"type": "string", "enum": ["a"]}]}, ['~ a: value "b" is gone']),
    (
        {"oneOf": [REF, {"type": "null"}]},
        {"oneOf": [{"enum": ["a", "b", "c"]}, {"type": "null"}]},
        ['~ a: new value "c"'],
    ),
    (
        {"oneOf": [REF, {"type": "null"}]},
        REF,
        ["~ a: string or null → string", "~ a: value null is gone"],
    ),
    (
        {"allOf": [{"type": "string"}, {"pattern": "^a"}]},
        {"allOf": [{"type": "string"}, {"pattern": "^b"}]},
        ['~ a: pattern "^a" → "^b"'],
    ),
    (
        {"allOf": [{"type": "object", "properties": {"x": {"type": "string"}}}]},
        {"allOf": [{"type": "object", "properties": {"x": {"type": "integer"}}}]},
        ["~ a.x: string → integer"],
    ),
    (
        {"type": "string", "x-written": {"allOf": [{"maxLength": 9}]}},
        {"type": "string", "x-written": {"allOf": [{"maxLength": 5}]}},
        ["~ a: maxLength 9 → 5 (in events that are written)"],
    ),
    (
        {"enum": [1, True]},
        {"enum": [1]},
        ["~ a: boolean or integer → integer", "~ a: value true is gone"],
    ),
    ({"enum": [1, 1.5]}, {"enum": [1]}, ["~ a: number → integer", "~ a: value 1.5 is gone"]),
    (
        {"type": "integer", "exclusiveMinimum": 0},
        {"type": "integer", "minimum": 0},
        ["~ a: minimum 1 → 0"],
    ),
    (
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {"type": "number"},
        ["~ a: any value → number", '~ a: oneOf [{"type": "integer"}, {"type": "number"}] → none'],
    ),
]


@pytest.mark.parametrize(("old", "new", "lines"), TRUE_CHANGES)
def test_true_changes_are_reported(old: Any, new: Any, lines: list[str]) -> None:
    """A change behind a reference, an `allOf`, a `oneOf` or `x-written` is reported."""
    assert describe_changes(diff_specs(named_spec(old), named_spec(new))) == lines


def test_what_a_union_says_beside_its_variants() -> None:
    """A change beside the `oneOf` of a union is reported."""
    old, new = union({"x": {"a": {}}, "y": {"a": {}}}), union({"x": {"a": {}}, "y": {"a": {}}})
    new.event_schema["required"] = ["a"]
    assert describe_changes(diff_specs(old, new)) == ["~ a: now required"]
    assert describe_changes(diff_specs(new, old)) == ["~ a: no longer required"]
