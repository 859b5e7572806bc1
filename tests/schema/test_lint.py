"""Each finding of the lint, shown by a document with one mistake."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time
from typing import Any

import pytest

from translator.schema.lint import lint
from translator.schema.openapi import FORMATS, KEYWORDS, OPENAPI_FORMATS
from translator.schema.spec import Spec

EVENT = "#/components/schemas/Event"
HERE = "/components/schemas/Event"
A, B = "#/components/schemas/A", "#/components/schemas/B"


@dataclass(frozen=True)
class Bad:
    """An event schema with one mistake, and the finding: its code, pointer and part of its text."""

    name: str
    event: dict[str, Any]
    code: str
    suffix: str
    text: str
    others: dict[str, Any] | None = None


def spec(event: object, **others: Any) -> Spec:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "x-event": EVENT,
        "components": {"schemas": {"Event": event, **others}},
    }
    return Spec("shop", document, "shop.json")


def union(mapping: dict[str, str], *variants: object) -> dict[str, Any]:
    return {
        "oneOf": list(variants) or [{"$ref": A}, {"$ref": B}],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }


def variant(**kind: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"kind": kind}, "required": ["kind"]}


GOOD = {"A": variant(const="a"), "B": variant(enum=["b", "c"])}
MAPPING = {"a": A, "b": B, "c": B}
NARROW: dict[str, Any] = {"type": "object", "properties": {"quantity": {}}}

BAD = [
    Bad(
        "null missing from an enum",
        {"properties": {"a": {"type": ["string", "null"], "enum": ["x"]}}},
        "schema-type",
        "/properties/a/type",
        "no value of the enum has the type null",
    ),
    Bad(
        "a const of another type",
        {"properties": {"a": {"type": "integer", "const": 1.5}}},
        "schema-type",
        "/properties/a/type",
        "no value of the enum has the type integer",
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
    Bad(
        "a keyword of draft 4",
        {"divisibleBy": 3},
        "schema-keyword",
        "/divisibleBy",
        "not a keyword",
    ),
    Bad(
        "a keyword inside a list",
        {"anyOf": [{}, {"items": {"requierd": []}}]},
        "schema-keyword",
        "/anyOf/1/items/requierd",
        "'required'",
    ),
    Bad("a misspelled format", {"format": "datetime"}, "schema-format", "/format", "'date-time'"),
    Bad(
        "a misspelled format of OpenAPI", {"format": "int46"}, "schema-format", "/format", "'int64'"
    ),
    Bad("a misspelled type", {"type": "strng"}, "spec-schema", "/type", "string"),
    Bad(
        "a bound that is a string",
        {"properties": {"a": {"maxLength": "9"}}},
        "spec-schema",
        "/properties/a/maxLength",
        "a whole number",
    ),
    Bad(
        "an invalid pattern",
        {"properties": {"a": {"pattern": "(a"}}},
        "schema-invalid",
        "/properties/a/pattern",
        "regular expression",
    ),
    Bad(
        "an invalid pattern of names",
        {"patternProperties": {"a/[": {}}},
        "schema-invalid",
        "/patternProperties/a~1[",
        "regular expression",
    ),
    Bad(
        "another dialect",
        {"$schema": "http://json-schema.org/draft-04/schema#"},
        "spec-schema",
        "/$schema",
        "2020-12",
    ),
    Bad("a required that is not a list", {"required": "a"}, "spec-schema", "/required", "a list"),
    Bad("items that are a list", {"items": [{}]}, "spec-schema", "/items", "a schema"),
    Bad(
        "a required name without a property",
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
        "not in the oneOf",
        GOOD,
    ),
    Bad(
        "a value that the variant does not allow",
        union({**MAPPING, "d": B}),
        "schema-discriminator",
        "/discriminator/mapping/d",
        "does not allow kind 'd'",
        GOOD,
    ),
    Bad(
        "a value missing from the mapping",
        union({"a": A, "b": B}),
        "schema-discriminator",
        "/oneOf/1",
        "'c'",
        GOOD,
    ),
    Bad(
        "a variant without the discriminator",
        union(MAPPING),
        "schema-discriminator",
        "/oneOf/0",
        "no property 'kind'",
        {**GOOD, "A": {"type": "object", "properties": {}}},
    ),
    Bad(
        "a variant that does not require the discriminator",
        union(MAPPING),
        "schema-discriminator",
        "/oneOf/0",
        "does not require 'kind'",
        {**GOOD, "A": {"type": "object", "properties": {"kind": {"const": "a"}}}},
    ),
    Bad(
        "a variant with any value of the discriminator",
        union(MAPPING),
        "schema-discriminator",
        "/oneOf/0",
        "neither const nor enum",
        {**GOOD, "A": variant(type="string")},
    ),
    Bad(
        "a variant that is not a reference",
        union(MAPPING, {"$ref": A}, {"$ref": B}, {"type": "object"}),
        "schema-discriminator",
        "/oneOf/2",
        "not a reference",
        GOOD,
    ),
    Bad(
        "a discriminator without oneOf",
        {"discriminator": {"propertyName": "kind", "mapping": {}}},
        "schema-discriminator",
        "/discriminator",
        "without oneOf",
    ),
    Bad(
        "a discriminator without a mapping",
        {"oneOf": [{}], "discriminator": {"propertyName": "kind"}},
        "spec-schema",
        "/discriminator",
        "propertyName",
    ),
    Bad(
        "an invalid example",
        {"properties": {"a": {"type": "integer"}}, "examples": [{"a": 1}, {"a": "1"}]},
        "schema-example",
        "/examples/1/a",
        "integer",
    ),
    Bad(
        "an example with an invalid date",
        {"properties": {"a": {"format": "date-time"}}, "examples": [{"a": "2023-02-29T00:00:00Z"}]},
        "schema-example",
        "/examples/0/a",
        "date-time",
    ),
    Bad(
        "an invalid default",
        {"properties": {"a": {"enum": ["x"], "default": "y"}}},
        "schema-example",
        "/properties/a/default",
        "y",
    ),
    Bad(
        "an invalid example next to a reference",
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
        "an x-written that requires an unknown property",
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
        "same value",
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
    Bad("an unknown kind of id", {"x-id": "usr"}, "schema-invalid", "/x-id", "'user'"),
    Bad("a kind of id that is no string", {"x-id": ["user"]}, "schema-invalid", "/x-id", "'user'"),
    Bad("an x-token that is false", {"x-token": False}, "schema-invalid", "/x-token", "true"),
    Bad(
        "an x-violations of another keyword",
        {"maximum": 5, "x-violations": {"maximun": "too much"}},
        "violations-nothing",
        "/x-violations/maximun",
        "'maximum'",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_each_mistake_is_reported(bad: Bad) -> None:
    """A document with one mistake gets one error with the right code and pointer, and a hint."""
    (finding,) = lint(spec(bad.event, **(bad.others or {})))
    assert finding.code == bad.code
    assert finding.location.pointer == HERE + bad.suffix
    assert bad.text in str(finding)
    assert finding.hint
    assert finding.severity == "error"


@pytest.mark.parametrize(
    "keywords",
    [
        {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"oneOf": [{"required": ["a"]}, {"not": {"required": ["b"]}}]},
        {"allOf": [{"required": ["a"]}, {"anyOf": [{"required": ["b"]}]}]},
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["a"]}},
        {"dependentSchemas": {"a": {"required": ["b"]}}},
        {"allOf": [{"properties": {"c": {}}}, {"required": ["c"]}], "required": ["c"]},
        {"allOf": [{"$ref": A}], "anyOf": [{"required": ["d"]}], "required": ["d"]},
        {"if": {"properties": {"c": {}}}, "then": {"required": ["c"]}},
        {"x-written": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}},
    ],
)
def test_required_names_are_looked_up_around(keywords: dict[str, Any]) -> None:
    """A required name may be a property of a schema around, or of another one that applies."""
    event = {"type": "object", "properties": {"a": {}, "b": {}}, **keywords}
    findings = lint(spec(event, A={"properties": {"d": {}}}))
    assert [finding for finding in findings if finding.severity == "error"] == []


@pytest.mark.parametrize(
    ("keywords", "suffix"),
    [
        ({"anyOf": [{"required": ["a"]}, {"required": ["x"]}]}, "/anyOf/1/required/0"),
        ({"oneOf": [{"properties": {"c": {}}}, {"required": ["c"]}]}, "/oneOf/1/required/0"),
        ({"not": {"anyOf": [{"required": ["x"]}]}}, "/not/anyOf/0/required/0"),
        (
            {"properties": {"a": {"anyOf": [{"required": ["b"]}]}}},
            "/properties/a/anyOf/0/required/0",
        ),
        ({"x-written": {"anyOf": [{"required": ["x"]}]}}, "/x-written/anyOf/0/required/0"),
    ],
)
def test_required_names_of_no_property(keywords: dict[str, Any], suffix: str) -> None:
    """A required name that is a property nowhere, or only in another branch, is reported."""
    event = {"type": "object", "properties": {"a": {}, "b": {}}, **keywords}
    (finding,) = lint(spec(event))
    assert (finding.code, finding.location.pointer) == ("schema-required", HERE + suffix)


def test_a_discriminator_behind_references() -> None:
    """The discriminator of a variant may be a const without type, behind `allOf` and `$ref`."""
    kinds: dict[str, Any] = {
        "A": {"type": "object", "properties": {"kind": {"const": "a"}}, "required": ["kind"]},
        "B": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["kind"]}]},
        "Base": {"type": "object", "properties": {"kind": {"allOf": [{"enum": ["b", "c"]}]}}},
    }
    assert lint(spec(union(MAPPING), **kinds)) == []


def test_large_specs_are_linted_fast() -> None:
    """An enum of 20,000 values, 2,000 properties and a union of 500 variants take a second."""
    values = [f"value-{index}" for index in range(20_000)]
    fields = {f"p{index}": {"type": "string", "examples": ["x"]} for index in range(2_000)}
    required: dict[str, Any] = {"anyOf": [{"required": [name]} for name in fields]}
    kinds = {f"K{index}": variant(const=f"k{index}") for index in range(500)}
    mapping = {f"k{index}": f"#/components/schemas/K{index}" for index in range(500)}
    many = union(mapping, *({"$ref": ref} for ref in mapping.values()))
    event = {"properties": {**fields, "k": {"enum": values}, "u": many}, **required}
    large = spec(event, **kinds)
    start = process_time()
    assert lint(large) == []
    assert process_time() - start < 5  # about a second on an idle machine


def test_an_unused_component_is_a_warning() -> None:
    """A schema that neither the event nor a body refers to is reported as a warning."""
    event = {"properties": {"a": {"$ref": A}}}
    (finding,) = lint(spec(event, A={"items": {"$ref": B}}, B={}, C={"not": {"$ref": A}}))
    assert (finding.code, finding.severity) == ("schema-unreachable", "warning")
    assert finding.location.pointer == "/components/schemas/C"


def test_the_envelope_is_used() -> None:
    """The schema that x-envelope names is used."""
    listed = {"type": "array", "items": {"$ref": EVENT}}
    shop = spec({}, A={"type": "object", "properties": {"b": listed}, "required": ["b"]})
    shop.document["x-envelope"] = A
    assert lint(shop) == []


def test_the_schema_of_a_response_is_used() -> None:
    """A schema that a body, a response or a parameter refers to is used."""
    shop = spec({}, A={"type": "string"})
    media = {"application/json": {"schema": {"$ref": A}}}
    shop.document["components"]["responses"] = {"R": {"description": "d", "content": media}}
    assert lint(shop) == []


@pytest.mark.parametrize(
    ("holder", "suffix"),
    [
        ({"example": 7}, "/example"),
        ({"examples": {"bad/one": {"value": 7}}}, "/examples/bad~1one/value"),
    ],
)
def test_the_example_of_a_body_is_validated(holder: dict[str, Any], suffix: str) -> None:
    """An example next to a schema, as bodies and parameters have them, is validated as well."""
    shop = spec({"type": "object"})
    media = {"schema": {"$ref": EVENT}, **holder}
    shop.document["components"]["requestBodies"] = {"R": {"content": {"application/json": media}}}
    (finding,) = lint(shop)
    assert finding.code == "schema-example"
    base = "/components/requestBodies/R/content/application~1json"
    assert finding.location.pointer == base + suffix


def test_the_lint_reports_errors_of_loading() -> None:
    """The lint of a document that cannot be loaded reports why, and its other mistakes."""
    shop = spec({"properties": {"a": {"$ref": A, "nullable": True}}})
    shop.document["x-event"] = None
    assert [finding.code for finding in lint(shop)] == [
        "spec-reference",
        "spec-event",
        "schema-nullable",
    ]


def test_a_recursive_schema_is_reported() -> None:
    """The lint of a schema that contains itself ends."""
    assert [finding.code for finding in lint(spec({"items": {"$ref": EVENT}}))] == [
        "spec-recursion"
    ]


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
def test_data_and_names_are_not_keywords(event: dict[str, Any]) -> None:
    """Names of properties, examples, constants and extensions are not treated as schemas."""
    assert lint(spec(event)) == []


@pytest.mark.parametrize(
    "event",
    [None, 1, "text", [], {"properties": 1}, {"required": [1]}, {"oneOf": {}}, {"x-written": 1},
     {"x-violations": 1}, {"enum": 1}, {"examples": 1}, {"$ref": 1}, {"format": 1},
     {"discriminator": {"propertyName": 1}}, {"oneOf": [1], "discriminator": {"propertyName": "a"}},
     {"x-written": {"properties": 1}}, {"x-written": {"required": 1}}, {"properties": {"a": 1}},
     {"oneOf": [{"$ref": A}], "discriminator": {"propertyName": "a", "mapping": {"a": 1}}}],
)  # fmt: skip
def test_junk_is_reported_without_an_exception(event: object) -> None:
    """A malformed schema gets diagnostics and raises nothing."""
    assert lint(spec(event, A={}))


def test_the_keywords_match_the_metaschema() -> None:
    """The known keywords are those of draft 2020-12, four of OpenAPI 3.1, and `x-max-bytes`."""
    import jsonschema_specifications  # type: ignore[import-untyped]

    known = {"discriminator", "xml", "externalDocs", "example", "x-max-bytes"}
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


def test_all_known_formats_are_checked() -> None:
    """Validators support every format that the lint accepts, but those of OpenAPI.

    The latter become bounds, or are annotations (see tests/schema/test_formats.py).
    """
    import jsonschema_rs

    for name in FORMATS - OPENAPI_FORMATS.keys():
        jsonschema_rs.Draft202012Validator(
            {"format": name}, validate_formats=True, ignore_unknown_formats=False
        )


@pytest.mark.parametrize(
    ("event", "step", "message"),
    [
        ({"dependentRequired": {"a": "b"}}, "/dependentRequired/a", "'b' is not of type 'array'"),
        ({"required": ["a", 1]}, "/required/1", "1 is not of type 'string'"),
    ],
)
def test_the_part_of_a_value_is_located(event: Any, step: str, message: str) -> None:
    """A finding about a keyword names the part of its value that is wrong."""
    (finding,) = lint(spec(event))
    assert finding.code == "spec-schema"
    assert finding.location.pointer.endswith(step)
    assert finding.message.endswith(f": {message}")
