"""Events that each shipped spec allows or forbids, checked by two independent validators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from tests.tools.make_examples import published
from tests.tools.shipped import SPEC_FILES
from translator.schema.openapi import OPENAPI_FORMATS
from translator.schema.spec import Spec, load_spec

HERE = Path(__file__).parent
SPECS = {path.stem: load_spec(path, path.stem) for path in SPEC_FILES}
Error = tuple[tuple[str | int, ...], str]


def schema_for(spec: Spec, event: Any) -> dict[str, Any]:
    """The schema of an event; in a union, the one that its discriminator selects."""
    schema = spec.event_schema
    discriminator = schema.get("discriminator")
    if discriminator and isinstance(event, dict):
        value = event.get(discriminator["propertyName"])
        ref = discriminator["mapping"].get(value) if isinstance(value, str) else None
        schema = {"$ref": ref} if ref else schema
    return {**schema, "components": spec.document["components"]}


def jsonschema_errors(schema: dict[str, Any], event: Any) -> set[Error]:
    formats = jsonschema.FormatChecker()
    assert {"date-time", "uuid"} <= set(formats.checkers)
    validator = jsonschema.Draft202012Validator(schema, format_checker=formats)
    return {
        (tuple(error.absolute_path), str(error.absolute_schema_path[-1]))
        for error in validator.iter_errors(event)
    }


def jsonschema_rs_errors(schema: dict[str, Any], event: Any) -> set[Error]:
    validator = jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        ignore_unknown_formats=False,
        formats=dict.fromkeys(OPENAPI_FORMATS, lambda _: True),
        offline=True,
    )
    return {
        (tuple(error.instance_path), str(error.schema_path[-1]))
        for error in validator.iter_errors(event)
    }


def errors(spec: Spec, event: Any) -> set[Error]:
    schema = schema_for(spec, event)
    expected = jsonschema_errors(schema, event)
    assert jsonschema_rs_errors(schema, event) == expected, "the two validators differ"
    return expected


def cases(folder: str) -> list[Any]:
    return [
        pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
        for path in sorted((HERE / folder).glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def examples() -> list[Any]:
    return [
        pytest.param(name, event, id=f"{name}: {index}")
        for name in SPECS
        for index, event in enumerate(published(name))
    ]


@pytest.mark.parametrize(("name", "event"), examples())
def test_examples_are_valid(name: str, event: Any) -> None:
    """Both validators accept every example of a spec."""
    assert errors(SPECS[name], event) == set()


@pytest.mark.parametrize(
    ("name", "count"), [("aisquare", 3), ("cobi", 2), ("miso", 2), ("goshops", 2)]
)
def test_the_examples_of_the_page_are_included(name: str, count: int) -> None:
    """A spec has the examples of its vendor's page, or two if the page has none."""
    assert len(SPECS[name].event_schema["examples"]) == count


@pytest.mark.parametrize(("name", "case"), cases("accepted"))
def test_allowed_events_are_valid(name: str, case: dict[str, Any]) -> None:
    """Both validators accept events at the limits of a spec."""
    assert errors(SPECS[name], case["event"]) == set()


@pytest.mark.parametrize(("name", "case"), cases("refused"))
def test_forbidden_events_have_the_expected_error(name: str, case: dict[str, Any]) -> None:
    """Both validators refuse an invalid event at the right path, by the right keyword."""
    path = tuple(case["path"])
    event_errors = errors(SPECS[name], case["event"])
    assert (path, case["keyword"]) in event_errors
    assert {error_path for error_path, _ in event_errors} == {path}


@pytest.mark.parametrize("name", ["aisquare", "cobi", "goshops", "interaction", "miso"])
def test_each_value_of_a_discriminator_selects_one_schema(name: str) -> None:
    """A minimal event of each kind is valid, and matches one schema of the union."""
    discriminator = SPECS[name].event_schema.get("discriminator")
    if discriminator is None:
        return
    for value in discriminator["mapping"]:
        event = {discriminator["propertyName"]: value}
        if value == "custom":
            event |= (
                {"custom_action": "a"} if name == "interaction" else {"custom_action_name": "a"}
            )
        assert errors(SPECS[name], event) == set()
        union = {**SPECS[name].event_schema, "components": SPECS[name].document["components"]}
        assert jsonschema_errors(union, event) == jsonschema_rs_errors(union, event) == set()


@pytest.mark.parametrize("time", ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60.5+01:00"])
def test_leap_seconds_are_valid(time: str) -> None:
    """RFC 3339 has leap seconds, so the validator accepts them."""
    event = {"action": "view", "time": time}
    spec = SPECS["interaction"]
    assert jsonschema_rs_errors(schema_for(spec, event), event) == set()


def test_uploads_are_limited() -> None:
    """An upload has up to 10,000 valid events under `data`, and no other fields."""
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
