"""`output_document`, by which outputs are validated."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest

from tests.tools.shipped import SPEC_FILES
from translator.schema.openapi import walk_schemas
from translator.schema.spec import load_spec, output_document

SPECS = {path.stem: load_spec(path, path.stem) for path in SPEC_FILES}


def document(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": schema}},
    }


def merged(schema: dict[str, Any]) -> Any:
    return output_document(document(schema))["components"]["schemas"]["Event"]


def test_keywords_are_replaced() -> None:
    """A keyword of `x-written` replaces that of the schema, or is added."""
    schema = {"type": "string", "maxLength": 9, "x-written": {"maxLength": 5, "minLength": 1}}
    assert merged(schema) == {"type": "string", "maxLength": 5, "minLength": 1}


def test_required_is_merged() -> None:
    """`x-written` adds to the required properties, without duplicates."""
    schema = {
        "properties": {"a": {}, "b": {}, "c": {}},
        "required": ["a", "b"],
        "x-written": {"required": ["b", "c"]},
    }
    assert merged(schema)["required"] == ["a", "b", "c"]


def test_false_forbids_a_property() -> None:
    """A property that `x-written` sets to false is forbidden, and the others stay."""
    schema = {"properties": {"a": {}, "b": {}}, "x-written": {"properties": {"b": False}}}
    assert merged(schema) == {"properties": {"a": {}, "b": False}}


def test_properties_are_merged() -> None:
    """An object under `properties` is merged into the schema of the property."""
    schema = {
        "properties": {"a": {"type": "string"}},
        "x-written": {"properties": {"a": {"maxLength": 3}}},
    }
    assert merged(schema) == {"properties": {"a": {"type": "string", "maxLength": 3}}}


def test_nested_schemas_are_merged() -> None:
    """`x-written` is merged at any depth: in lists, unions and free keys."""
    narrow, narrowed = {"x-written": {"maxLength": 1}}, {"maxLength": 1}
    assert merged({"items": {"anyOf": [{"additionalProperties": narrow}]}}) == {
        "items": {"anyOf": [{"additionalProperties": narrowed}]}
    }


def test_properties_named_x_written_are_unchanged() -> None:
    """A property with the name `x-written`, and data that look like it, are unchanged."""
    schema = {
        "properties": {"x-written": {"type": "string"}},
        "examples": [{"x-written": {"maxLength": 1}}],
    }
    assert merged(schema) == schema


@pytest.mark.parametrize("name", SPECS)
def test_the_original_document_is_unchanged(name: str) -> None:
    """`output_document` returns a copy without `x-written`, and does not change its argument."""
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
def test_events_that_the_api_refuses_are_inputs_only(
    event: dict[str, Any],
) -> None:
    """An event that only the page allows is valid as an input and invalid as an output."""
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
def test_events_that_the_api_accepts_are_outputs(event: dict[str, Any]) -> None:
    """An event within the limits of the API is valid as an output, too."""
    assert valid(output_document(SPECS["miso"].document), event)


def valid(spec: dict[str, Any], event: dict[str, Any]) -> bool:
    schema = {"$ref": spec["x-event"], "components": spec["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(event)
