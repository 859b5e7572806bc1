"""What is proved to fit needs no check, and what is not proved is checked: by values of JSON."""

from __future__ import annotations

import json
import re
from collections import ChainMap
from itertools import product
from typing import Any

import jsonschema
import pytest

from tests.tools.judging import is_date_time
from translator.compiler.checks import required_checks
from translator.compiler.source import ConstantPool
from translator.runtime import formats, numbers, times
from translator.runtime import values as runtime_values
from translator.schema.types import RawSchema, Scalar, is_subtype, type_of_schema

Json = Any

TEXT, WHOLE, NUMBER, FLAG = ({"type": one} for one in ("string", "integer", "number", "boolean"))
ID = "123e4567-e89b-42d3-a456-426614174000"

SCALARS: tuple[Json, ...] = (
    TEXT,
    {"type": "string", "minLength": 1},
    {"type": "string", "minLength": 2},
    {"type": "string", "maxLength": 2},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "enum": ["a", "bb"]},
    {"type": "string", "enum": ["a", "bb", "ccc"]},
    {"type": "string", "enum": ["a"]},
    WHOLE,
    {"type": "integer", "minimum": 1},
    {"type": "integer", "minimum": 1, "maximum": 3},
    NUMBER,
    {"type": "number", "minimum": 0},
    {"type": "number", "maximum": 3},
    {"type": "number", "exclusiveMinimum": 0},
    {"type": "number", "exclusiveMaximum": 3},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 3},
    {"type": "number", "exclusiveMinimum": 1, "maximum": 2},
    {"type": ["string", "integer"]},
    {"type": ["string", "number"], "minimum": 1, "minLength": 2},
    {"type": ["integer", "string", "boolean"], "enum": [1, "a", True]},
    {"type": "integer", "enum": [0, 1, 2]},
    FLAG,
)
OTHERS: tuple[Json, ...] = (
    {"type": "array", "items": TEXT},
    {"type": "array", "items": WHOLE},
    {"type": "array", "items": NUMBER},
    {"type": "array", "items": {"type": ["string", "null"]}},
    {"type": "array", "items": TEXT, "minItems": 1},
    {"type": "object", "properties": {"a": TEXT}},
    {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]},
    {"type": "object", "properties": {"a": WHOLE}},
    {"type": "object", "properties": {"a": TEXT, "b": WHOLE}, "additionalProperties": False},
    {"type": "object", "additionalProperties": TEXT},
    {"type": "object", "additionalProperties": NUMBER},
    {"type": "object", "propertyNames": {"pattern": "^b"}, "additionalProperties": TEXT},
    {},
    {"type": ["string", "number", "boolean", "array"], "anyOf": [{"items": TEXT}]},
    {"type": ["number", "array"], "anyOf": [{"items": NUMBER}]},
)  # fmt: skip
VALUES: tuple[Json, ...] = (
    "", "a", "bb", "ccc", ID, "2024-05-01T12:00:00Z", "2024-05-01", "1",
    0, 1, 2, 3, 4, -1, 0.0, 0.5, 1.0, 1.5, 2.5, 3.0, 3.5, -0.5, True, False,
    [], ["a"], [1], [1.5], ["a", None], [True],
    {}, {"a": "x"}, {"a": None}, {"a": 1}, {"a": 1.5}, {"b": 1}, {"b": "x"}, {"a": "x", "b": 2},
    {"c": "x"}, {"c": 1}, {"bc": "x"},
)  # fmt: skip

_formats = jsonschema.FormatChecker(formats=())
_formats.checks("date-time")(lambda one: not isinstance(one, str) or is_date_time(one))
UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_formats.checks("uuid")(lambda one: not isinstance(one, str) or bool(re.fullmatch(UUID, one)))


def values(schema: Json) -> list[Json]:
    """Those of the values that a schema takes."""
    judge = jsonschema.Draft202012Validator(schema, format_checker=_formats)
    return [one for one in VALUES if judge.is_valid(one)]


def copied(value: Json, source: Json, target: Json) -> Json:
    """A value as it is copied: an object without nulls, and with what both schemas know of."""
    if not isinstance(value, dict):
        return value

    def knows(schema: Json, name: str) -> bool:
        return name in schema.get("properties", {}) or bool(schema.get("additionalProperties"))

    return {
        name: inner
        for name, inner in value.items()
        if inner is not None and knows(source, name) and knows(target, name)
    }


@pytest.mark.parametrize("source", (*SCALARS, *OTHERS), ids=json.dumps)
def test_what_fits_is_valid(source: Json) -> None:
    """Each value of a schema that is proved to fit another is a value of that other."""
    given = values(source)
    for target in (*SCALARS, *OTHERS):
        if is_subtype(type_of_schema({}, source), type_of_schema({}, target)):
            judge = jsonschema.Draft202012Validator(target, format_checker=_formats)
            for one in given:
                assert judge.is_valid(copied(one, source, target)), (source, target, one)


def test_scalars_fit_wherever_their_values_do() -> None:
    """Of two scalars the first is proved to fit the second wherever all its values do."""
    for source, target in product(SCALARS, SCALARS):
        # Where only the target lists values or has a format, the source has more than those here;
        # how long the texts of a format are is not known.
        more = "enum" not in source and {"enum", "format"} & (target.keys() - source.keys())
        if more or ("format" in source and "minLength" in target):
            continue
        taken = [id(one) for one in values(target)]
        wanted = all(id(one) in taken for one in values(source))
        assert wanted == is_subtype(type_of_schema({}, source), type_of_schema({}, target)), (
            source,
            target,
        )


FIT: tuple[tuple[Json, Json], ...] = (
    (OTHERS[0], OTHERS[0]), (OTHERS[1], OTHERS[2]), (OTHERS[4], OTHERS[0]),
    (OTHERS[6], OTHERS[5]), (OTHERS[6], OTHERS[6]), (OTHERS[6], OTHERS[10]),
    (OTHERS[8], OTHERS[11]), (OTHERS[12], OTHERS[10]), (OTHERS[12], OTHERS[12]),
    (OTHERS[7], OTHERS[5]), (OTHERS[0], OTHERS[14]), (OTHERS[1], OTHERS[15]),
    (OTHERS[2], OTHERS[15]), (WHOLE, OTHERS[14]), (NUMBER, OTHERS[15]), (WHOLE, OTHERS[15]),
    (TEXT, OTHERS[14]), (FLAG, OTHERS[14]), (TEXT, {}),
)  # fmt: skip


@pytest.mark.parametrize(("source", "target"), FIT, ids=json.dumps)
def test_what_need_not_be_checked(source: Json, target: Json) -> None:
    """Lists, objects and open values that plainly fit are proved to."""
    assert is_subtype(type_of_schema({}, source), type_of_schema({}, target))


def holds(test: str, value: Json, pool: ConstantPool) -> bool:
    """Whether the test of a check holds of a value, as emitted code would find."""
    called = (vars(formats), vars(times), vars(numbers), vars(runtime_values))
    scope = {**ChainMap(*called), "re": re, "x": value}
    for name, source in pool.sources.items():
        scope[name] = eval(source, scope)
    return bool(eval(test, scope))


@pytest.mark.parametrize("source", SCALARS, ids=json.dumps)
def test_checks_let_pass_what_is_valid(source: Json) -> None:
    """A value of one scalar passes the checks for another just where it is a value of it."""
    before = type_of_schema({}, source)
    for target in SCALARS:
        after, taken = type_of_schema({}, target), values(target)
        pool = ConstantPool()
        found = required_checks(before, after, "x", pool)
        assert all(one.requirement for one in found)
        for value in values(source):
            passes = all(holds(one.test, value, pool) for one in found)
            assert passes == any(one is value for one in taken), (source, target, value)


def test_checks_say_what_they_demand() -> None:
    """The demand of a check names the bound, the type or the values."""

    def demands(source: Json, target: Json) -> list[str]:
        found = required_checks(
            type_of_schema({}, source), type_of_schema({}, target), "x", ConstantPool()
        )
        return [one.requirement for one in found]

    assert demands(TEXT, {"type": "string", "minLength": 1}) == ["must have at least 1 character"]
    assert demands(TEXT, {"type": "string", "minLength": 2}) == ["must have at least 2 characters"]
    assert demands(TEXT, {"type": "string", "enum": ["a", "b"]}) == ["must be one of 'a', 'b'"]
    many = {"type": "string", "enum": [f"value {number:03}" for number in range(40)]}
    assert demands(TEXT, many) == ["is not listed"]
    assert demands(NUMBER, {"type": "number", "minimum": 1}) == ["must be at least 1"]
    assert demands(NUMBER, {"type": "integer"}) == ["must be of type integer"]
    assert demands(WHOLE, {"type": "number", "exclusiveMinimum": 1}) == ["must be more than 1"]
    assert demands({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 1}) == []
    assert isinstance(type_of_schema({}, {}), RawSchema)
    assert isinstance(type_of_schema({}, TEXT), Scalar)
