"""What differs between two specs, on small ones."""

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


def spec(members: Any, required: list[str]) -> Spec:
    """A spec whose events have these members."""
    event = {"type": "object", "properties": members, "required": required}
    return _spec({"Event": event})


def union(variants: Any) -> Spec:
    """A spec whose events are of kinds, each with its members."""
    schemas: dict[str, Any] = {
        name: {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string", "const": name}, **members},
        }
        for name, members in variants.items()
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


@pytest.mark.parametrize("case", DIFFERENCES, ids=lambda case: str(case["says"]))
def test_a_difference_is_told(case: Any) -> None:
    """Each difference is one statement about the place it is at, and there are no others."""
    found = diff_specs(*versions(case))
    assert describe_changes(found) == case["says"]
    assert [one.kind for one in found] == case["kinds"]


def test_every_kind_of_change_is_shown() -> None:
    """Each kind of change there is, is made by one of the cases."""
    assert {kind for case in DIFFERENCES for kind in case["kinds"]} == set(CHANGE_KINDS)


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECS.glob("*.json")))
def test_a_spec_does_not_differ_from_itself(name: str) -> None:
    """A spec read twice has no differences."""
    file = SPECS / f"{name}.json"
    assert diff_specs(load_spec(file, name), load_spec(file, name)) == ()


def test_a_reference_is_what_it_leads_to() -> None:
    """A schema put where a reference led to it changes nothing."""
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


def test_an_event_that_becomes_kinds_of_events() -> None:
    """Where one object becomes a union, what it had is gone and what the kinds have is new."""
    found = describe_changes(
        diff_specs(spec({"a": {"type": "string"}}, []), union({"x": {}, "y": {}}))
    )
    assert found == [
        "~ the event: object → object of 2 kinds, by kind",
        "- a: gone, was string, optional",
        '+ kind: new, string (one of "x"), required',
        '+ kind: new, string (one of "y"), required',
    ]
