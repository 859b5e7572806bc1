"""One bad document for each thing that the lint finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from translator.schema.lint import lint
from translator.schema.openapi import FORMATS, KEYWORDS
from translator.schema.spec import Spec

EVENT = "#/components/schemas/Event"
HERE = "/components/schemas/Event"
A, B = "#/components/schemas/A", "#/components/schemas/B"


@dataclass(frozen=True)
class Bad:
    """An event schema with one thing wrong, and what the lint says: code, place, words."""

    name: str
    event: dict[str, Any]
    code: str
    below: str
    says: str
    others: dict[str, Any] | None = None


def spec(event: object, **others: Any) -> Spec:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "x-event": EVENT,
        "components": {"schemas": {"Event": event, **others}},
    }
    return Spec("shop", document, "shop.json")


def union(mapping: dict[str, str], *members: object) -> dict[str, Any]:
    return {
        "oneOf": list(members) or [{"$ref": A}, {"$ref": B}],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }


def member(**kind: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"kind": kind}, "required": ["kind"]}


GOOD = {"A": member(const="a"), "B": member(enum=["b", "c"])}
MAPPING = {"a": A, "b": B, "c": B}
NARROW: dict[str, Any] = {"type": "object", "properties": {"quantity": {}}}

BAD = [
    Bad(
        "null that is not listed",
        {"properties": {"a": {"type": ["string", "null"], "enum": ["x"]}}},
        "schema-type",
        "/properties/a/type",
        "no value of the enum is of the type null",
    ),
    Bad(
        "a const of another type",
        {"properties": {"a": {"type": "integer", "const": 1.5}}},
        "schema-type",
        "/properties/a/type",
        "no value of the enum is of the type integer",
    ),
    Bad(
        "nullable",
        {"properties": {"a": {"type": "string", "nullable": True}}},
        "schema-nullable",
        "/properties/a/nullable",
        '["string", "null"]',
    ),
    Bad("a misspelled keyword", {"propertys": {}}, "schema-keyword", "/propertys", "'properties'"),
    Bad(
        "a keyword in snake case", {"max_length": 3}, "schema-keyword", "/max_length", "'maxLength'"
    ),
    Bad("a keyword of draft 4", {"divisibleBy": 3}, "schema-keyword", "/divisibleBy", "no keyword"),
    Bad(
        "a keyword inside a list",
        {"anyOf": [{}, {"items": {"requierd": []}}]},
        "schema-keyword",
        "/anyOf/1/items/requierd",
        "'required'",
    ),
    Bad("a misspelled format", {"format": "datetime"}, "schema-format", "/format", "'date-time'"),
    Bad("a format of OpenAPI 3.0", {"format": "int64"}, "schema-format", "/format", "'int64'"),
    Bad("a misspelled type", {"type": "strng"}, "schema-invalid", "/type", "'string'"),
    Bad(
        "a bound that is text",
        {"properties": {"a": {"maxLength": "9"}}},
        "spec-schema",
        "/properties/a/maxLength",
        "a number",
    ),
    Bad(
        "a pattern that is none",
        {"properties": {"a": {"pattern": "(a"}}},
        "schema-invalid",
        "/properties/a/pattern",
        "regular expression",
    ),
    Bad(
        "a pattern of names that is none",
        {"patternProperties": {"a/[": {}}},
        "schema-invalid",
        "/patternProperties/a~1[",
        "regular expression",
    ),
    Bad(
        "another language",
        {"$schema": "http://json-schema.org/draft-04/schema#"},
        "schema-invalid",
        "/$schema",
        "2020-12",
    ),
    Bad("a required that is no list", {"required": "a"}, "spec-schema", "/required", "a list"),
    Bad("items that are a list", {"items": [{}]}, "spec-schema", "/items", "a schema"),
    Bad(
        "a required that is no property",
        {"properties": {"user_id": {}}, "required": ["user_id", "userid"]},
        "schema-required",
        "/required/1",
        "'user_id'",
    ),
    Bad(
        "a mapping to no schema",
        union({**MAPPING, "d": "#/components/schemas/D"}),
        "spec-reference",
        "/discriminator/mapping/d",
        "points to nothing",
        GOOD,
    ),
    Bad(
        "a mapping to a bare name",
        union({"a": "A", "b": B, "c": B}),
        "spec-reference",
        "/discriminator/mapping/a",
        "#/components/schemas/NAME",
        GOOD,
    ),
    Bad(
        "a mapping to a schema outside the union",
        {**union(MAPPING, {"$ref": B}), "properties": {"other": {"$ref": A}}},
        "schema-discriminator",
        "/discriminator/mapping/a",
        "no member of the union",
        GOOD,
    ),
    Bad(
        "a value that the member does not allow",
        union({**MAPPING, "d": B}),
        "schema-discriminator",
        "/discriminator/mapping/d",
        "does not allow kind 'd'",
        GOOD,
    ),
    Bad(
        "a value that is missing",
        union({"a": A, "b": B}),
        "schema-discriminator",
        "/oneOf/1",
        "'c'",
        GOOD,
    ),
    Bad(
        "a member without the property",
        union(MAPPING),
        "schema-discriminator",
        "/oneOf/0",
        "no property 'kind'",
        {**GOOD, "A": {"type": "object", "properties": {}}},
    ),
    Bad(
        "a member that does not require it",
        union(MAPPING),
        "schema-discriminator",
        "/oneOf/0",
        "does not require 'kind'",
        {**GOOD, "A": {"type": "object", "properties": {"kind": {"const": "a"}}}},
    ),
    Bad(
        "a member that takes any value",
        union(MAPPING),
        "schema-discriminator",
        "/oneOf/0",
        "neither const nor enum",
        {**GOOD, "A": member(type="string")},
    ),
    Bad(
        "a member that is no reference",
        union(MAPPING, {"$ref": A}, {"$ref": B}, {"type": "object"}),
        "schema-discriminator",
        "/oneOf/2",
        "no reference",
        GOOD,
    ),
    Bad(
        "a discriminator of nothing",
        {"discriminator": {"propertyName": "kind", "mapping": {}}},
        "schema-discriminator",
        "/discriminator",
        "no oneOf",
    ),
    Bad(
        "a discriminator without a property",
        {"oneOf": [{}], "discriminator": {"propertyName": "kind"}},
        "spec-schema",
        "/discriminator",
        "propertyName",
    ),
    Bad(
        "an example that is refused",
        {"properties": {"a": {"type": "integer"}}, "examples": [{"a": 1}, {"a": "1"}]},
        "schema-example",
        "/examples/1/a",
        "integer",
    ),
    Bad(
        "an example with a date that is none",
        {"properties": {"a": {"format": "date-time"}}, "examples": [{"a": "2023-02-29T00:00:00Z"}]},
        "schema-example",
        "/examples/0/a",
        "date-time",
    ),
    Bad(
        "a default that is refused",
        {"properties": {"a": {"enum": ["x"], "default": "y"}}},
        "schema-example",
        "/properties/a/default",
        "y",
    ),
    Bad(
        "an example of a schema elsewhere",
        {"properties": {"a": {"$ref": A, "examples": [7]}}},
        "schema-example",
        "/properties/a/examples/0",
        "string",
        {"A": {"type": "string"}},
    ),
    Bad(
        "an x-written of another property",
        {**NARROW, "x-written": {"properties": {"quantities": False}}},
        "written-nothing",
        "/x-written/properties/quantities",
        "'quantity'",
    ),
    Bad(
        "an x-written that requires what is not there",
        {**NARROW, "x-written": {"required": ["url"]}},
        "written-nothing",
        "/x-written/required/0",
        "'url'",
    ),
    Bad(
        "an x-written with a misspelled keyword",
        {"x-written": {"maxLenght": 5}},
        "written-nothing",
        "/x-written/maxLenght",
        "'maxLength'",
    ),
    Bad(
        "an x-written that changes nothing",
        {"maxLength": 5, "x-written": {"maxLength": 5}},
        "written-nothing",
        "/x-written/maxLength",
        "same",
    ),
    Bad("an empty x-written", {"x-written": {}}, "written-nothing", "/x-written", "empty"),
    Bad(
        "an x-written that is false", {"x-written": False}, "spec-schema", "/x-written", "keywords"
    ),
    Bad(
        "an x-written with a property that is true",
        {**NARROW, "x-written": {"properties": {"quantity": True}}},
        "spec-schema",
        "/x-written",
        "properties are false",
    ),
    Bad(
        "an x-violations of another keyword",
        {"maximum": 5, "x-violations": {"maximun": "too much"}},
        "violations-nothing",
        "/x-violations/maximun",
        "'maximum'",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_the_lint_finds_it(bad: Bad) -> None:
    """A document with one thing wrong gets one diagnostic: of that code, there, with the hint."""
    (found,) = lint(spec(bad.event, **(bad.others or {})))
    assert found.code == bad.code
    assert found.location.pointer == HERE + bad.below
    assert bad.says in str(found)
    assert found.hint
    assert found.severity == "error"


def test_a_component_that_nothing_refers_to_is_a_warning() -> None:
    """A schema that neither the event nor a body leads to is named, as a warning."""
    event = {"properties": {"a": {"$ref": A}}}
    (found,) = lint(spec(event, A={"items": {"$ref": B}}, B={}, C={"not": {"$ref": A}}))
    assert (found.code, found.severity) == ("schema-unreachable", "warning")
    assert found.location.pointer == "/components/schemas/C"


def test_a_body_is_reached() -> None:
    """What x-envelope names is in use."""
    listed = {"type": "array", "items": {"$ref": EVENT}}
    shop = spec({}, A={"type": "object", "properties": {"b": listed}, "required": ["b"]})
    shop.document["x-envelope"] = A
    assert lint(shop) == []


def test_a_component_of_a_response_is_reached() -> None:
    """What a body, a response or a parameter refers to is in use."""
    shop = spec({}, A={"type": "string"})
    media = {"application/json": {"schema": {"$ref": A}}}
    shop.document["components"]["responses"] = {"R": {"description": "d", "content": media}}
    assert lint(shop) == []


@pytest.mark.parametrize(
    ("holder", "below"),
    [
        ({"example": 7}, "/example"),
        ({"examples": {"bad/one": {"value": 7}}}, "/examples/bad~1one/value"),
    ],
)
def test_the_example_of_a_body_is_held_against_its_schema(
    holder: dict[str, Any], below: str
) -> None:
    """An example beside a schema, as bodies and parameters have them, is checked as well."""
    shop = spec({"type": "object"})
    media = {"schema": {"$ref": EVENT}, **holder}
    shop.document["components"]["requestBodies"] = {"R": {"content": {"application/json": media}}}
    (found,) = lint(shop)
    assert found.code == "schema-example"
    at = "/components/requestBodies/R/content/application~1json"
    assert found.location.pointer == at + below


def test_what_keeps_a_spec_from_loading_is_found_by_the_lint_too() -> None:
    """The lint of a document that cannot be loaded says why, and what else is wrong."""
    shop = spec({"properties": {"a": {"$ref": A, "nullable": True}}})
    shop.document["x-event"] = None
    assert [one.code for one in lint(shop)] == ["spec-reference", "spec-event", "schema-nullable"]


def test_an_endless_schema_is_said_to_be_endless() -> None:
    """The lint ends, whatever leads back to itself."""
    assert [one.code for one in lint(spec({"items": {"$ref": EVENT}}))] == ["spec-recursion"]


@pytest.mark.parametrize(
    "event",
    [
        {"x-anything": {"nullable": True}},
        {"properties": {"nullable": {}, "requierd": {}}, "required": ["nullable"]},
        {"examples": [{"nullable": True, "$ref": "#/nowhere"}]},
        {"const": {"propertys": 1}},
        {"enum": [{"format": "datetime"}]},
        {"default": {"x-written": {}}},
        {"properties": {"a": True}, "additionalProperties": False},
    ],
)
def test_data_and_names_are_no_keywords(event: dict[str, Any]) -> None:
    """Members' names, examples, constants and extensions are not taken for schemas."""
    assert lint(spec(event)) == []


@pytest.mark.parametrize(
    "event",
    [None, 1, "text", [], {"properties": 1}, {"required": [1]}, {"oneOf": {}}, {"x-written": 1},
     {"x-violations": 1}, {"enum": 1}, {"examples": 1}, {"$ref": 1}, {"format": 1},
     {"discriminator": {"propertyName": 1}}, {"oneOf": [1], "discriminator": {"propertyName": "a"}},
     {"x-written": {"properties": 1}}, {"x-written": {"required": 1}}, {"properties": {"a": 1}},
     {"oneOf": [{"$ref": A}], "discriminator": {"propertyName": "a", "mapping": {"a": 1}}}],
)  # fmt: skip
def test_junk_is_found_and_ends_in_no_exception(event: object) -> None:
    """A schema that is no schema gets diagnostics, never an exception."""
    assert lint(spec(event, A={}))


def test_the_keywords_are_those_of_the_metaschema() -> None:
    """The known keywords are those of draft 2020-12 and the four that OpenAPI 3.1 adds."""
    import jsonschema_specifications  # type: ignore[import-untyped]

    known = {"discriminator", "xml", "externalDocs", "example"}
    base = "https://json-schema.org/draft/2020-12/"
    for name in [
        "core",
        "applicator",
        "unevaluated",
        "validation",
        "meta-data",
        "format-annotation",
        "content",
    ]:
        meta: Any = jsonschema_specifications.REGISTRY.contents(f"{base}meta/{name}")
        known |= set(meta["properties"])
    assert known == KEYWORDS


def test_every_known_format_is_checked() -> None:
    """A format that the lint knows is one that the validator of events knows."""
    import jsonschema_rs

    for name in FORMATS:
        jsonschema_rs.Draft202012Validator(
            {"format": name}, validate_formats=True, ignore_unknown_formats=False
        )
