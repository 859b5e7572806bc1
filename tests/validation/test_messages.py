"""Messages about keywords that concern several fields, for events that are read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, TranslationError, Translator
from translator.schema.lint import lint

FIELDS: dict[str, Any] = dict.fromkeys(("a", "b", "c", "k"), STRING)
NEEDS = [{"required": ["a"]}, {"required": ["b"]}]

MANY = [{"properties": {"a": {"minLength": size, "maxLength": size}}} for size in range(6)]

CASES: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"anyOf": NEEDS}, {}, "$", "needs a or b"),
    ({"oneOf": NEEDS}, {}, "$", "needs a or b"),
    ({"oneOf": NEEDS}, {"a": "", "b": ""}, "$", "allows only one of a and b"),
    ({"anyOf": [*NEEDS, {"required": ["c", "k"]}]}, {}, "$", "needs a, b or c and k"),
    ({"anyOf": [{"anyOf": NEEDS}]}, {}, "$", "needs a or b"),
    ({"anyOf": [*NEEDS, *NEEDS]}, {}, "$", "needs a or b;"),
    ({"anyOf": MANY}, {"a": "longer"}, "$", "fits none of the 6 alternatives of the spec;"),
    (
        {"anyOf": [{"properties": {"k": {"const": k}, k: {"minLength": 3}}} for k in "abc"]},
        {"k": "b", "a": "", "b": ""},
        "$.b",
        "is shorter than 3",
    ),
    (
        {"oneOf": [{"properties": {"k": {"pattern": k}}, "required": [k]} for k in "ab"]},
        {"k": "a"},
        "$.a",
        "is missing",
    ),
    ({"dependentRequired": {"k": ["a"]}}, {"k": ""}, "$.a", "is missing, and required where k is"),
    (
        {"dependentSchemas": {"k": {"required": ["a"]}}},
        {"k": ""},
        "$.a",
        "is missing, and required where k is given",
    ),
    ({"not": {"required": ["a"]}}, {"a": ""}, "$", "must not have a"),
    (
        {"not": {"required": ["a", "b"]}},
        {"a": "", "b": ""},
        "$",
        "must not have a and b together",
    ),
    ({"not": {"anyOf": NEEDS}}, {"b": ""}, "$", "must not have a or b"),
    (
        {"if": {"required": ["k"]}, "then": {"required": ["a"]}},
        {"k": ""},
        "$.a",
        "is missing, and required where k is given",
    ),
    (
        {"if": {"properties": {"k": {"const": "x"}}}, "else": {"required": ["a"]}},
        {"k": ""},
        "$.a",
        "is missing, and required unless k is 'x'",
    ),
    (
        {
            "if": {"properties": {"k": {"enum": ["x", "y"]}}, "required": ["k"]},
            "then": {"properties": {"a": {"minLength": 3}}},
        },
        {"k": "x", "a": ""},
        "$.a",
        "where k is 'x' or 'y'",
    ),
]


def catalog_with(tmp_path: Path, keywords: dict[str, Any]) -> Catalog:
    rules = ", ".join(f"{name}: {name}" for name in FIELDS)
    specs = {"l": event_schema(FIELDS, **keywords), "r": event_schema(FIELDS)}
    return small_catalog(tmp_path, specs, l__r=f"fields: {{{rules}}}")


@pytest.mark.parametrize(("keywords", "event", "path", "message"), CASES)
def test_what_is_needed(
    tmp_path: Path, keywords: dict[str, Any], event: dict[str, Any], path: str, message: str
) -> None:
    """A violation names the fields that are needed or excluded, read and written, with its hint."""
    (keyword,) = keywords.keys() - {"if"}
    catalog = catalog_with(tmp_path, {**keywords, "x-violations": {keyword: "ASK SALES"}})
    assert lint(catalog.spec("l")) == []
    with pytest.raises(TranslationError) as read:
        Translator("l", "r", catalog=catalog).translate(event)
    (violation,) = read.value.violations
    assert violation.path == path
    assert message in violation.message
    with pytest.raises(TranslationError) as written:
        Translator("r", "l", catalog=catalog).translate(event)
    assert message in written.value.message
    assert written.value.code == "unmappable-value"
    for text in (violation.message, written.value.message):
        assert text.endswith("; ASK SALES")


def test_a_property_named_as_a_keyword(tmp_path: Path) -> None:
    """A property with the name `then` or `dependentSchemas` is no condition."""
    for name in ("then", "dependentSchemas", "if"):
        inner = {"type": "object", "properties": {"a": STRING}, "required": ["a"]}
        specs = {"l": event_schema({name: inner}), "r": event_schema({})}
        catalog = small_catalog(tmp_path, specs, l__r="fields: {}")
        with pytest.raises(TranslationError) as refused:
            Translator("l", "r", catalog=catalog).translate({name: {}})
        (violation,) = refused.value.violations
        assert (violation.path, violation.message) == (f"$.{name}.a", "is missing")


def test_hints_behind_references(tmp_path: Path) -> None:
    """`x-violations` of a referenced schema are used for events that are read and written."""
    named = {"type": "string", "maxLength": 2, "x-violations": {"maxLength": "SHORTEN IT"}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {
            "schemas": {
                "Event": event_schema(
                    {"k": {"type": "array", "minItems": 0, "contains": {}, "items": {
                        "$ref": "#/components/schemas/Named"}}}
                ),
                "Named": named,
            }
        },
    }  # fmt: skip
    plain = event_schema({"k": {"type": "array", "items": STRING}})
    catalog = small_catalog(tmp_path, {"l": document, "r": plain}, l__r="fields: {k: k}")
    with pytest.raises(TranslationError, match="SHORTEN IT"):
        Translator("l", "r", catalog=catalog).translate({"k": ["long"]})
    with pytest.raises(TranslationError, match=r"SHORTEN IT|at most 2"):
        Translator("r", "l", catalog=catalog).translate({"k": ["long"]})


def test_a_field_that_is_not_allowed(tmp_path: Path) -> None:
    """A property whose schema is `false` is not allowed."""
    specs = {"l": event_schema({"a": False, "b": STRING}), "r": event_schema({"b": STRING})}
    catalog = small_catalog(tmp_path, specs, l__r="fields: {b: b}")
    with pytest.raises(TranslationError) as refused:
        Translator("l", "r", catalog=catalog).translate({"a": ""})
    (violation,) = refused.value.violations
    assert (violation.path, violation.message) == ("$.a", "is not allowed here")
