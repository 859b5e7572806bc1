"""Prefilters and inline checks accept only events that the exact validator accepts."""

from __future__ import annotations

import json
from collections import UserDict
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tools.shipped import FORMATS, PAIRS
from tests.tools.small_formats import event_schema, small_catalog
from tests.tools.strategies import events, json_values, nearly_events, non_json_values
from translator import Catalog, TranslationError, Translator
from translator.compiler.input_checks import can_check_inline
from translator.schema.reader import event_type
from translator.validation.events import EventValidator
from translator.validation.prefilter import build_prefilter_schemas
from translator.validation.schemas import Prefilter, Prefilters, build_validator

Json = Any

INLINE_FORMATS = ("aisquare", "goshops")
"""The formats whose events are small enough for inline checks."""

COMMON_EVENTS: list[tuple[str, Json]] = [
    ("goshops", {"project": "p", "data": {"event": "view", "item": "i", "customer": "c",
                                          "date": "2024-05-01T12:00:00Z"}}),
    ("aisquare", {"resource_type": "ai_note", "resource_id": 7, "interaction_type": "share"}),
]  # fmt: skip


@cache
def exact_validator(name: str) -> EventValidator:
    return EventValidator(Catalog().spec(name))


@cache
def prefilters(name: str) -> Prefilters:
    return Prefilters(build_prefilter_schemas(Catalog().spec(name)))


@cache
def translator(source: str) -> Translator:
    """A translator from a format to any other."""
    targets = (target for other_source, target in PAIRS if other_source == source)
    return Translator(source, next(targets))


def is_valid(validator: EventValidator, event: Json) -> bool:
    try:
        validator.validate(event)
    except TranslationError as error:
        assert error.code == "invalid-event"
        return False
    return True


def is_refused(translator: Translator, event: Json) -> bool:
    """Whether a translator refuses an event as invalid."""
    try:
        translator.translate_all(event)
    except TranslationError as error:
        return error.code == "invalid-event"
    return False


def passes_prefilter(name: str, event: Json) -> bool:
    discriminator = exact_validator(name).discriminator
    try:
        prefilter: Prefilter = prefilters(name)[event[discriminator] if discriminator else ""]
        return prefilter(event)
    except Exception:
        return False


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_emitted_code_refuses_exactly_the_invalid_events(name: str, data: st.DataObject) -> None:
    """A translator refuses an event as invalid if and only if the exact validator refuses it."""
    event = data.draw(events(name) | nearly_events(name) | nearly_events(name, non_json_values()))
    assert is_refused(translator(name), event) != is_valid(exact_validator(name), event)


@pytest.mark.parametrize("name", FORMATS)
@given(event=json_values() | non_json_values())
def test_emitted_code_refuses_any_other_value(name: str, event: Json) -> None:
    """A translator refuses any value if and only if the exact validator refuses it."""
    assert is_refused(translator(name), event) != is_valid(exact_validator(name), event)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_prefilters_accept_only_valid_events(name: str, data: st.DataObject) -> None:
    """An event that a prefilter accepts is valid."""
    event = data.draw(events(name) | nearly_events(name) | nearly_events(name, non_json_values()))
    assert is_valid(exact_validator(name), event) or not passes_prefilter(name, event)


@pytest.mark.parametrize("name", FORMATS)
def test_prefilters_accept_the_published_examples(name: str) -> None:
    """A prefilter accepts all example events, except those with leap days or leap seconds."""
    file = Path(__file__).parents[2] / "examples" / f"{name}.ndjson"
    for line in file.read_text(encoding="utf-8").splitlines():
        has_leap = "-02-29" in line or ":60" in line
        assert passes_prefilter(name, json.loads(line)) or has_leap


@pytest.mark.parametrize("name", FORMATS)
def test_small_events_are_checked_inline(name: str) -> None:
    """Inline checks validate small events of strings and numbers; a prefilter validates others."""
    schema_type = event_type(Catalog().spec(name), for_output=False)
    assert can_check_inline(schema_type) == (name in INLINE_FORMATS)
    assert ("VALID" in translator(name).python) == (name not in INLINE_FORMATS)


@pytest.mark.parametrize(("name", "event"), COMMON_EVENTS)
def test_common_events_pass_the_inline_checks(name: str, event: Json) -> None:
    """An event with only the fields of the spec is translated without the exact validator."""
    translator = Translator(name, "miso")
    source = translator.python.replace("validate(event)", "raise AssertionError")
    assert source != translator.python
    namespace = dict(translator.translate.__globals__)
    exec(source, namespace)
    assert namespace["translate"](event) == translator.translate(event)


class Kind(StrEnum):
    """An enum of strings."""

    VIEW = "view"


class Text(str):
    """A subclass of str, which the validator does not know."""


EVENT: Json = {"project": "p", "data": {"event": "view", "item": "i", "customer": "c",
                                  "date": "2024-05-01T12:00:00Z"}}  # fmt: skip
DATA: Json = EVENT["data"]


@pytest.mark.parametrize(
    "event",
    [
        EVENT | {"more": 1},
        EVENT | {"more": object()},
        EVENT | {5: 1},
        EVENT | {"data": {**DATA, "event": Kind.VIEW}},
        EVENT | {"data": {**DATA, "event": Text("view")}},
        EVENT | {"data": {**DATA, "item": Text("i")}},
        EVENT | {"data": {**DATA, "item": "\ud800"}},
        EVENT | {"data": UserDict(DATA)},
        EVENT | {"data": {**DATA, "event": []}},
        UserDict(EVENT),
        UserDict(EVENT | {"data": UserDict(DATA)}),
    ],
)
def test_values_that_are_not_json_are_validated(event: Any) -> None:
    """A translator refuses values that only look like JSON if and only if the validator does."""
    assert is_refused(translator("goshops"), event) != is_valid(exact_validator("goshops"), event)


# --- every kind of field that inline checks support ----------------------------------------------

LAB = {
    "type": "object",
    "required": ["kind", "text", "whole", "inner"],
    "properties": {
        "kind": {"type": "string", "enum": ["a", "b"]},
        "text": {"type": "string", "minLength": 2, "maxLength": 4},
        "whole": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10},
        "number": {"type": "number", "exclusiveMinimum": 0},
        "flag": {"type": "boolean"},
        "several": {"type": ["integer", "string", "null"], "minLength": 1, "maximum": 3},
        "listed": {"type": ["string", "null"], "enum": ["x", "y", None]},
        "strict": {"type": ["string", "null"], "enum": ["x"]},
        "inner": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "more": {"type": ["number", "boolean"]}},
            "additionalProperties": False,
        },
    },
}

MAPPING = """
version: 1
between: [lab, interaction]
fields:
  kind: {is: action, values: {a: view, b: like}}
  text: actor.id
  inner.id: "place.city"
"""

VALUES = ["", "a", "x", "ab", "abcd", "abcde", "ä€", "\ud83d\ude00", "😀😀", 0, 1, 3, 9, 10, -1,
          2**70, 10**400, 1.0, 0.5, 3.0, 1e308, -1e308, 1e309, float("nan"), True, False, None, [],
          {}, {"id": "1"}, {"id": "1", "more": 2}, {"id": "1", "more": True}, {"id": 1},
          {"id": "1", "more": None}, {"id": "1", "other": 1}]  # fmt: skip

VALID = {"kind": "a", "text": "abc", "whole": 5, "inner": {"id": "1"}}


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> tuple[Translator, EventValidator]:
    """A translator of events with every kind of field, and the exact validator of their spec."""
    folder = tmp_path_factory.mktemp("lab")
    spec = {"openapi": "3.1.0", "info": {"title": "Lab", "version": "1"},
            "x-event": "#/components/schemas/Event",
            "components": {"schemas": {"Event": LAB}}}  # fmt: skip
    (folder / "lab.json").write_text(json.dumps(spec))
    (folder / "lab.yaml").write_text(MAPPING)
    catalog = Catalog(specs=[folder], mappings=[folder])
    assert can_check_inline(event_type(catalog.spec("lab"), for_output=False))
    return Translator("lab", "interaction", catalog=catalog), EventValidator(catalog.spec("lab"))


@given(
    changes=st.dictionaries(st.sampled_from([*LAB["properties"]]), st.sampled_from(VALUES)),
    removed=st.sets(st.sampled_from([*LAB["properties"], "unknown"]), max_size=2),
)
@example(changes={}, removed=set())
def test_every_kind_of_field(
    lab: tuple[Translator, EventValidator], changes: dict[str, Json], removed: set[str]
) -> None:
    """Fields of each kind, absent, null or at their limits, are checked like the validator does."""
    translator, validator = lab
    event = {name: value for name, value in (VALID | changes).items() if name not in removed}
    assert is_refused(translator, event) != is_valid(validator, event)


@pytest.mark.parametrize("name", [*LAB["properties"]])
@pytest.mark.parametrize("value", VALUES)
def test_one_changed_field(lab: tuple[Translator, EventValidator], name: str, value: Json) -> None:
    """One field with another value is checked like the validator does."""
    translator, validator = lab
    event = VALID | {name: value}
    assert is_refused(translator, event) != is_valid(validator, event)


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"date": ...}, "$.data.date is missing"),
        ({"customer": 7}, '$.data.customer: 7 is not of type "string"'),
        ({"event": "liked"}, "$.data.event: 'liked' (did you mean 'like'?) is not one of 'view', "),
        ({"item": "\ud800"}, "$.data.item: holds '\\ud800', a lone surrogate"),
    ],
)
def test_message(changes: Json, details: str) -> None:
    """The message about an invalid event names the path of each violation."""
    _, valid_event = COMMON_EVENTS[0]
    data = valid_event["data"] | changes
    event = {"project": "p", "data": {key: data[key] for key in data if data[key] is not ...}}
    with pytest.raises(TranslationError) as raised:
        exact_validator("goshops").validate(event)
    assert raised.value.message.startswith(f"not a valid goshops event: {details}")


@pytest.mark.parametrize(
    ("excluded", "is_fast"),
    [({"const": "x"}, True), ({"type": "string", "format": "date-time"}, False), (True, True)],
)
def test_prefilters_of_exclusions(tmp_path: Path, excluded: Json, is_fast: bool) -> None:
    """A prefilter accepts no event that a `not` excludes, and stays fast if it has no times."""
    schema = event_schema({"a": {"not": excluded}, "at": {"type": "string", "format": "date-time"}})
    spec = small_catalog(tmp_path, {"l": schema}).spec("l")
    (prefilter,) = build_prefilter_schemas(spec).values()
    assert prefilter.calls_python != is_fast
    for value in ("x", "2024-02-29T00:00:00Z", "2024-05-01T00:00:00Z", 1):
        is_accepted = build_validator(prefilter.schema).is_valid({"a": value})
        assert not is_accepted or is_valid(EventValidator(spec), {"a": value})
