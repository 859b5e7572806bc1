"""The document that outputs are judged by."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from translator.schema.openapi import walk_schemas
from translator.schema.spec import load_spec, output_document

ROOT = Path(__file__).resolve().parents[2] / "specs"
SPECS = {path.stem: load_spec(path, path.stem) for path in sorted(ROOT.glob("*.json"))}


def document(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": schema}},
    }


def merged(schema: dict[str, Any]) -> Any:
    return output_document(document(schema))["components"]["schemas"]["Event"]


def test_a_keyword_replaces() -> None:
    """A keyword of `x-written` takes the place of the schema's own, or joins it."""
    schema = {"type": "string", "maxLength": 9, "x-written": {"maxLength": 5, "minLength": 1}}
    assert merged(schema) == {"type": "string", "maxLength": 5, "minLength": 1}


def test_required_is_united() -> None:
    """What `x-written` requires is required beside what already was, once."""
    schema = {
        "properties": {"a": {}, "b": {}, "c": {}},
        "required": ["a", "b"],
        "x-written": {"required": ["b", "c"]},
    }
    assert merged(schema)["required"] == ["a", "b", "c"]


def test_false_removes_a_property() -> None:
    """A property that `x-written` sets to false is gone, and the others stay."""
    schema = {"properties": {"a": {}, "b": {}}, "x-written": {"properties": {"b": False}}}
    assert merged(schema) == {"properties": {"a": {}}}


def test_a_property_is_narrowed_from_outside() -> None:
    """An object under `properties` is merged over the property's own schema."""
    schema = {
        "properties": {"a": {"type": "string"}},
        "x-written": {"properties": {"a": {"maxLength": 3}}},
    }
    assert merged(schema) == {"properties": {"a": {"type": "string", "maxLength": 3}}}


def test_it_reaches_every_schema() -> None:
    """`x-written` is merged however deep it stands: in lists, unions and free keys."""
    narrow, narrowed = {"x-written": {"maxLength": 1}}, {"maxLength": 1}
    assert merged({"items": {"anyOf": [{"additionalProperties": narrow}]}}) == {
        "items": {"anyOf": [{"additionalProperties": narrowed}]}
    }


def test_a_property_of_that_name_is_a_property() -> None:
    """A member that is itself called `x-written`, and data that look like it, are left alone."""
    schema = {
        "properties": {"x-written": {"type": "string"}},
        "examples": [{"x-written": {"maxLength": 1}}],
    }
    assert merged(schema) == schema


@pytest.mark.parametrize("name", SPECS)
def test_the_document_itself_is_not_changed(name: str) -> None:
    """`written` gives a copy without any `x-written`, and leaves what it was given as it was."""
    before = copy.deepcopy(SPECS[name].document)
    after = output_document(SPECS[name].document)
    assert SPECS[name].document == before
    assert [pointer for pointer, schema in walk_schemas(after) if "x-written" in schema] == []


@pytest.mark.parametrize(
    "event",
    [
        {"type": "like", "user_id": "u" * 513},
        {"type": "like", "anonymous_id": "u" * 1025},
        {"type": "like", "product_ids": ["a", "p" * 513]},
        {"type": "like", "context": {"page": {"title": "t"}}},
        {"type": "remove_from_cart", "product_ids": ["a"], "quantities": [1]},
        {"type": "product_image_view", "duration": 1},
        {"type": "home_page_view", "product_ids": ["a"]},
        {"type": "home_page_view", "product_group_ids": ["a"]},
        {"type": "category_page_view", "product_ids": ["a"]},
        {"type": "category_page_view", "product_group_ids": ["a"]},
    ],
    ids=lambda event: "-".join(event)[:60],
)
def test_what_the_page_allows_and_the_api_refuses_is_read_and_not_written(
    event: dict[str, Any],
) -> None:
    """What only the page allows is valid as an input and not valid as an output."""
    assert valid(SPECS["miso"].document, event)
    assert not valid(output_document(SPECS["miso"].document), event)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "like", "user_id": "u" * 512, "anonymous_id": "u" * 1024},
        {"type": "like", "product_ids": ["p" * 512], "product_group_ids": ["g" * 2000]},
        {"type": "like", "context": {"page": {"url": "https://example.com/"}}},
        {"type": "add_to_cart", "product_ids": ["a"], "quantities": [1]},
        {"type": "home_page_view", "duration": 1},
        {"type": "promo_page_view", "product_ids": ["a"], "duration": 1},
    ],
    ids=lambda event: "-".join(event)[:60],
)
def test_what_both_allow_is_written(event: dict[str, Any]) -> None:
    """Up to the bounds of the API an event is valid as an output too."""
    assert valid(output_document(SPECS["miso"].document), event)


def valid(spec: dict[str, Any], event: dict[str, Any]) -> bool:
    schema = {"$ref": spec["x-event"], "components": spec["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(event)
