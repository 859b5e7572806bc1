"""Subtypes and the checks for what is not a subtype, tested with JSON values."""

from __future__ import annotations

import json
import re
from collections import ChainMap
from itertools import product
from typing import Any

import jsonschema
import pytest

from tests.tools.independent_validator import is_date_time
from translator.compiler.blocks import ConstantPool
from translator.compiler.checks import required_checks
from translator.runtime import formats, numbers, times
from translator.runtime import values as runtime_values
from translator.schema.reader import type_of_schema
from translator.schema.types import Mixed, Scalar
from translator.validation.subtypes import is_subtype

Json = Any

STRING, INTEGER, NUMBER, BOOLEAN = (
    {"type": name} for name in ("string", "integer", "number", "boolean")
)
ID = "123e4567-e89b-42d3-a456-426614174000"

SCALARS: tuple[Json, ...] = (
    STRING,
    {"type": "string", "minLength": 1},
    {"type": "string", "minLength": 2},
    {"type": "string", "maxLength": 2},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "enum": ["a", "bb"]},
    {"type": "string", "enum": ["a", "bb", "ccc"]},
    {"type": "string", "enum": ["a"]},
    INTEGER,
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
    BOOLEAN,
)
OTHERS: tuple[Json, ...] = (
    {"type": "array", "items": STRING},
    {"type": "array", "items": INTEGER},
    {"type": "array", "items": NUMBER},
    {"type": "array", "items": {"type": ["string", "null"]}},
    {"type": "array", "items": STRING, "minItems": 1},
    {"type": "object", "properties": {"a": STRING}},
    {"type": "object", "properties": {"a": STRING}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]},
    {"type": "object", "properties": {"a": INTEGER}},
    {"type": "object", "properties": {"a": STRING, "b": INTEGER}, "additionalProperties": False},
    {"type": "object", "additionalProperties": STRING},
    {"type": "object", "additionalProperties": NUMBER},
    {"type": "object", "propertyNames": {"pattern": "^b"}, "additionalProperties": STRING},
    {},
    {"type": ["string", "number", "boolean", "array"], "anyOf": [{"items": STRING}]},
    {"type": ["number", "array"], "anyOf": [{"items": NUMBER}]},
    {"type": ["string", "array"], "anyOf": [{"items": {"type": "string", "minLength": 2}}]},
    {"type": ["string", "array"], "anyOf": [True, {"items": {"type": ["string", "integer"]}}]},
)  # fmt: skip
VALUES: tuple[Json, ...] = (
    "", "a", "bb", "ccc", ID, "2024-05-01T12:00:00Z", "2024-05-01", "1",
    0, 1, 2, 3, 4, -1, 0.0, 0.5, 1.0, 1.5, 2.5, 3.0, 3.5, -0.5, True, False,
    [], ["a"], [1], [1.5], ["a", None], [True],
    {}, {"a": "x"}, {"a": None}, {"a": 1}, {"a": 1.5}, {"b": 1}, {"b": "x"}, {"a": "x", "b": 2},
    {"c": "x"}, {"c": 1}, {"bc": "x"},
)  # fmt: skip

_formats = jsonschema.FormatChecker(formats=())
_formats.checks("date-time")(lambda value: not isinstance(value, str) or is_date_time(value))
UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_formats.checks("uuid")(lambda value: not isinstance(value, str) or bool(re.fullmatch(UUID, value)))


def values(schema: Json) -> list[Json]:
    """The test values that a schema accepts."""
    validator = jsonschema.Draft202012Validator(schema, format_checker=_formats)
    return [value for value in VALUES if validator.is_valid(value)]


def copied(value: Json, source: Json, target: Json) -> Json:
    """A copy as emitted code makes it: with the fields of both schemas only.

    Null is copied if the target requires the field and allows null.
    """
    if not isinstance(value, dict):
        return value

    def has_field(schema: Json, name: str) -> bool:
        return name in schema.get("properties", {}) or bool(schema.get("additionalProperties"))

    def needs_null(name: str) -> bool:
        types = target.get("properties", {}).get(name, {}).get("type", ())
        return name in target.get("required", ()) and "null" in types

    return {
        name: inner
        for name, inner in value.items()
        if (inner is not None or needs_null(name))
        and has_field(source, name)
        and has_field(target, name)
    }


@pytest.mark.parametrize("source", (*SCALARS, *OTHERS), ids=json.dumps)
def test_values_of_a_subtype_are_valid(source: Json) -> None:
    """Each value of a subtype is valid for its supertype."""
    for target in (*SCALARS, *OTHERS):
        if is_subtype(type_of_schema({}, source), type_of_schema({}, target)):
            validator = jsonschema.Draft202012Validator(target, format_checker=_formats)
            for value in values(source):
                assert validator.is_valid(copied(value, source, target)), (source, target, value)


def test_subtypes_of_scalars_are_complete() -> None:
    """A scalar is a subtype of another if all its values are valid for that."""
    for source, target in product(SCALARS, SCALARS):
        # If only the target has an enum or a format, the source has values that are not tested.
        # The maximum length of a string with a format is unknown.
        has_more_values = "enum" not in source and {"enum", "format"} & (
            target.keys() - source.keys()
        )
        if has_more_values or ("format" in source and "minLength" in target):
            continue
        accepted = [id(value) for value in values(target)]
        expected = all(id(value) in accepted for value in values(source))
        assert expected == is_subtype(type_of_schema({}, source), type_of_schema({}, target)), (
            source,
            target,
        )


SUBTYPES: tuple[tuple[Json, Json], ...] = (
    (OTHERS[0], OTHERS[0]), (OTHERS[1], OTHERS[2]), (OTHERS[4], OTHERS[0]),
    (OTHERS[6], OTHERS[5]), (OTHERS[6], OTHERS[6]), (OTHERS[6], OTHERS[10]),
    (OTHERS[8], OTHERS[11]), (OTHERS[12], OTHERS[10]), (OTHERS[12], OTHERS[12]),
    (OTHERS[7], OTHERS[5]), (OTHERS[0], OTHERS[14]), (OTHERS[1], OTHERS[15]),
    (OTHERS[2], OTHERS[15]), (INTEGER, OTHERS[14]), (NUMBER, OTHERS[15]), (INTEGER, OTHERS[15]),
    (STRING, OTHERS[14]), (BOOLEAN, OTHERS[14]), (STRING, {}),
)  # fmt: skip


@pytest.mark.parametrize(("source", "target"), SUBTYPES, ids=json.dumps)
def test_known_subtypes(source: Json, target: Json) -> None:
    """Lists, objects and raw schemas have subtypes."""
    assert is_subtype(type_of_schema({}, source), type_of_schema({}, target))


def holds(test: str, value: Json, pool: ConstantPool) -> bool:
    """Whether a value passes the test of a check, as emitted code evaluates it."""
    namespaces = (vars(formats), vars(times), vars(numbers), vars(runtime_values))
    scope = {**ChainMap(*namespaces), "re": re, "x": value}
    for name, source in pool.sources.items():
        scope[name] = eval(source, scope)
    return bool(eval(test, scope))


@pytest.mark.parametrize("source", SCALARS, ids=json.dumps)
def test_checks_accept_exactly_the_valid_values(source: Json) -> None:
    """A value of one scalar passes the checks for another if and only if it is valid for it."""
    source_type = type_of_schema({}, source)
    for target in SCALARS:
        target_type, accepted = type_of_schema({}, target), values(target)
        pool = ConstantPool()
        checks = required_checks(source_type, target_type, "x", pool)
        assert all(check.requirement for check in checks)
        for value in values(source):
            passes = all(holds(check.test, value, pool) for check in checks)
            assert passes == any(value is candidate for candidate in accepted), (
                source,
                target,
                value,
            )


def test_checks_state_their_requirement() -> None:
    """The requirement of a check names the bound, the type or the values."""

    def requirements(source: Json, target: Json) -> list[str]:
        checks = required_checks(
            type_of_schema({}, source), type_of_schema({}, target), "x", ConstantPool()
        )
        return [check.requirement for check in checks]

    assert requirements(STRING, {"type": "string", "minLength": 1}) == [
        "must have at least 1 character"
    ]
    assert requirements(STRING, {"type": "string", "minLength": 2}) == [
        "must have at least 2 characters"
    ]
    assert requirements(STRING, {"type": "string", "enum": ["a", "b"]}) == [
        "must be one of 'a', 'b'"
    ]
    many = {"type": "string", "enum": [f"value {number:03}" for number in range(40)]}
    assert requirements(STRING, many) == ["is not listed"]
    assert requirements(NUMBER, {"type": "number", "minimum": 1}) == ["must be at least 1"]
    assert requirements(NUMBER, {"type": "integer"}) == ["must be of type integer"]
    assert requirements(INTEGER, {"type": "number", "exclusiveMinimum": 1}) == [
        "must be more than 1"
    ]
    assert requirements({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 1}) == []
    assert isinstance(type_of_schema({}, {}), Mixed)
    assert isinstance(type_of_schema({}, STRING), Scalar)
