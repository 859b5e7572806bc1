"""Differences between two versions of a small spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECS.glob("*.json")))
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
