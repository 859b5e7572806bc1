"""What each shipped spec allows and refuses, under two validators that know nothing of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from translator.schema.spec import Spec, load_spec

HERE = Path(__file__).parent
SPECS = {
    path.stem: load_spec(path, path.stem)
    for path in sorted((HERE.parents[1] / "specs").glob("*.json"))
}
Fault = tuple[tuple[str | int, ...], str]


def judged(spec: Spec, event: Any) -> dict[str, Any]:
    """The schema to judge an event by: of a union the member that the event's own value names."""
    schema = spec.event_schema
    discriminator = schema.get("discriminator")
    if discriminator and isinstance(event, dict):
        value = event.get(discriminator["propertyName"])
        ref = discriminator["mapping"].get(value) if isinstance(value, str) else None
        schema = {"$ref": ref} if ref else schema
    return {**schema, "components": spec.document["components"]}


def by_jsonschema(schema: dict[str, Any], event: Any) -> set[Fault]:
    checks = jsonschema.FormatChecker()
    assert {"date-time", "uuid"} <= set(checks.checkers)
    validator = jsonschema.Draft202012Validator(schema, format_checker=checks)
    return {
        (tuple(one.absolute_path), str(one.absolute_schema_path[-1]))
        for one in validator.iter_errors(event)
    }


def by_jsonschema_rs(schema: dict[str, Any], event: Any) -> set[Fault]:
    validator = jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, ignore_unknown_formats=False, offline=True
    )
    return {
        (tuple(one.instance_path), str(one.schema_path[-1])) for one in validator.iter_errors(event)
    }


def faults(spec: Spec, event: Any) -> set[Fault]:
    schema = judged(spec, event)
    found = by_jsonschema(schema, event)
    assert found == by_jsonschema_rs(schema, event), "the two validators differ"
    return found


def cases(folder: str) -> list[Any]:
    return [
        pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
        for path in sorted((HERE / folder).glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def examples() -> list[Any]:
    return [
        pytest.param(name, event, id=f"{name}: {index}")
        for name, spec in SPECS.items()
        for index, event in enumerate(spec.event_schema["examples"])
    ]


@pytest.mark.parametrize(("name", "event"), examples())
def test_every_example_is_valid(name: str, event: Any) -> None:
    """Both validators accept every example that a spec gives."""
    assert faults(SPECS[name], event) == set()


@pytest.mark.parametrize(
    ("name", "count"), [("aisquare", 3), ("cobi", 2), ("miso", 2), ("goshops", 2)]
)
def test_the_pages_examples_are_kept(name: str, count: int) -> None:
    """Each example of a vendor's page is among the spec's own; a page without any has two."""
    assert len(SPECS[name].event_schema["examples"]) == count


@pytest.mark.parametrize(("name", "case"), cases("accepted"))
def test_what_the_spec_allows_is_valid(name: str, case: dict[str, Any]) -> None:
    """Both validators accept the events at the edge of what a spec allows."""
    assert faults(SPECS[name], case["event"]) == set()


@pytest.mark.parametrize(("name", "case"), cases("refused"))
def test_what_the_spec_forbids_is_refused_for_its_reason(name: str, case: dict[str, Any]) -> None:
    """Both validators refuse a bad event at the member at fault, by the keyword that forbids it."""
    at = tuple(case["at"])
    found = faults(SPECS[name], case["event"])
    assert (at, case["keyword"]) in found
    assert {where for where, _ in found} == {at}


@pytest.mark.parametrize("name", SPECS)
def test_each_value_of_a_union_leads_to_a_member_that_takes_it(name: str) -> None:
    """An event of its type and what that type requires is valid, and fits one member alone."""
    discriminator = SPECS[name].event_schema.get("discriminator")
    if discriminator is None:
        return
    for value in discriminator["mapping"]:
        event = {discriminator["propertyName"]: value}
        if value == "custom":
            event |= (
                {"custom_action": "a"} if name == "interaction" else {"custom_action_name": "a"}
            )
        assert faults(SPECS[name], event) == set()
        whole = {**SPECS[name].event_schema, "components": SPECS[name].document["components"]}
        assert by_jsonschema(whole, event) == by_jsonschema_rs(whole, event) == set()


@pytest.mark.parametrize("time", ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60.5+01:00"])
def test_a_leap_second_is_a_time(time: str) -> None:
    """RFC 3339 has leap seconds, so the validator that judges events takes them."""
    event = {"action": "view", "time": time}
    spec = SPECS["interaction"]
    assert by_jsonschema_rs(judged(spec, event), event) == set()


def test_an_upload_is_judged_as_a_whole() -> None:
    """A batch holds up to 10000 valid events under `data` and nothing else."""
    document = SPECS["miso"].document
    schema = {
        "$ref": "#/components/schemas/InteractionUpload",
        "components": document["components"],
    }
    event = {"type": "like"}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert validator.is_valid({"data": []})
    assert validator.is_valid({"data": [event] * 10_000})
    assert not validator.is_valid({"data": [event] * 10_001})
    assert not validator.is_valid({"data": [event, {"type": "liked"}]})
    assert not validator.is_valid({"data": [event], "async": True})
    assert not validator.is_valid([event])
