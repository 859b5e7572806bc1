"""Events are judged first by what is quick, and the spec alone decides."""

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

from tests.tools.judging import FORMATS, PAIRS
from tests.tools.strategies import careless, events, nearly_events, wild
from translator import Catalog, TranslationError, Translator
from translator.compiler.input_checks import can_check_inline
from translator.schema.types import event_type
from translator.validation.events import EventValidator
from translator.validation.prefilter import build_prefilter_schemas
from translator.validation.schemas import Prefilter, Prefilters

Json = Any

BY_TESTS = ("aisquare", "goshops")
"""The formats whose events are small enough for emitted tests."""


USUAL = [
    ("goshops", {"project": "p", "data": {"event": "view", "item": "i", "customer": "c",
                                          "date": "2024-05-01T12:00:00Z"}}),
    ("aisquare", {"resource_type": "ai_note", "resource_id": 7, "interaction_type": "share"}),
]  # fmt: skip


@cache
def spec_judge(name: str) -> EventValidator:
    """The judge that decides."""
    return EventValidator(Catalog().spec(name))


@cache
def first_judges(name: str) -> Prefilters:
    """The judges that are asked first."""
    return Prefilters(build_prefilter_schemas(Catalog().spec(name)))


@cache
def translator(source: str) -> Translator:
    """Some translator from a format."""
    return Translator(source, next(target for one, target in PAIRS if one == source))


def satisfies(judge: EventValidator, event: Json) -> bool:
    """Whether the spec takes an event."""
    try:
        judge.validate(event)
    except TranslationError as error:
        assert error.code == "invalid-event"
        return False
    return True


def invalid(made: Translator, event: Json) -> bool:
    """Whether a translator finds an event invalid."""
    try:
        made.translate_all(event)
    except TranslationError as error:
        return error.code == "invalid-event"
    return False


def first(name: str, event: Json) -> bool:
    """Whether the judges that are asked first take an event."""
    told_by = spec_judge(name).discriminator
    try:
        judge: Prefilter = first_judges(name)["" if told_by is None else event[told_by]]
        return judge(event)
    except Exception:
        return False


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_the_emitted_code_takes_what_the_spec_takes(name: str, data: st.DataObject) -> None:
    """An event is refused as invalid exactly where the spec's own validator refuses it."""
    event = data.draw(events(name) | nearly_events(name) | nearly_events(name, careless()))
    assert invalid(translator(name), event) != satisfies(spec_judge(name), event)


@pytest.mark.parametrize("name", FORMATS)
@given(event=wild() | careless())
def test_nothing_else_is_taken(name: str, event: Json) -> None:
    """Any value whatever is invalid exactly where the spec's own validator refuses it."""
    assert invalid(translator(name), event) != satisfies(spec_judge(name), event)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_what_is_taken_at_first_is_valid(name: str, data: st.DataObject) -> None:
    """The judges that are asked first take only what the spec takes."""
    event = data.draw(events(name) | nearly_events(name) | nearly_events(name, careless()))
    assert satisfies(spec_judge(name), event) or not first(name, event)


@pytest.mark.parametrize("name", FORMATS)
def test_the_published_examples_are_taken_at_first(name: str) -> None:
    """No event of the examples needs to be judged twice, but for leap days and leap seconds."""
    file = Path(__file__).parents[2] / "examples" / f"{name}.ndjson"
    for line in file.read_text(encoding="utf-8").splitlines():
        leaps = "-02-29" in line or ":60" in line
        assert first(name, json.loads(line)) or leaps


@pytest.mark.parametrize("name", FORMATS)
def test_small_events_are_judged_by_tests(name: str) -> None:
    """Emitted tests judge small events of plain texts and numbers; the validator all others."""
    shape = event_type(Catalog().spec(name), for_output=False)
    assert can_check_inline(shape) == (name in BY_TESTS)
    assert ("VALID" in translator(name).python) == (name not in BY_TESTS)


@pytest.mark.parametrize(("name", "event"), USUAL)
def test_usual_events_pass_the_tests(name: str, event: Json) -> None:
    """An event of the members that the spec names is judged without the validator."""
    made = Translator(name, "miso")
    unasked = made.python.replace("validate(event)", "raise AssertionError")
    assert unasked != made.python
    space = dict(made.translate.__globals__)
    exec(unasked, space)
    assert space["translate"](event) == made.translate(event)


class Kind(StrEnum):
    """A text of a class of its own."""

    VIEW = "view"


class Text(str):
    """A text of a class that the validator does not know."""


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
def test_values_that_are_no_json_are_judged_as_before(event: Any) -> None:
    """What only looks like JSON is valid where the validator takes it, and nowhere else."""
    assert invalid(translator("goshops"), event) != satisfies(spec_judge("goshops"), event)


# --- every kind of member that tests can judge -------------------------------------------------

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
    """A translator of events with every kind of member, and the judge of their spec."""
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
    gone=st.sets(st.sampled_from([*LAB["properties"], "unknown"]), max_size=2),
)
@example(changes={}, gone=set())
def test_every_kind_of_member(
    lab: tuple[Translator, EventValidator], changes: dict[str, Json], gone: set[str]
) -> None:
    """Members of each kind, absent, null and at their edges, are judged as the spec judges them."""
    made, judge = lab
    event = {name: value for name, value in (VALID | changes).items() if name not in gone}
    assert invalid(made, event) != satisfies(judge, event)


@pytest.mark.parametrize("name", [*LAB["properties"]])
@pytest.mark.parametrize("value", VALUES)
def test_one_member_of_each_kind(
    lab: tuple[Translator, EventValidator], name: str, value: Json
) -> None:
    """One member that holds something else is judged as the spec judges it."""
    made, judge = lab
    event = VALID | {name: value}
    assert invalid(made, event) != satisfies(judge, event)
