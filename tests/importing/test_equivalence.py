"""An imported spec accepts the events that the published one accepts, and no others."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from translator.importing import ImportedSpec, import_spec

pytestmark = pytest.mark.nightly

DRAFTS: dict[str, tuple[str, Any]] = {
    "04": ("http://json-schema.org/draft-04/schema#", jsonschema.Draft4Validator),
    "06": ("http://json-schema.org/draft-06/schema#", jsonschema.Draft6Validator),
    "07": ("http://json-schema.org/draft-07/schema#", jsonschema.Draft7Validator),
    "2019-09": (
        "https://json-schema.org/draft/2019-09/schema",
        jsonschema.Draft201909Validator,
    ),
    "2020-12": (
        "https://json-schema.org/draft/2020-12/schema",
        jsonschema.Draft202012Validator,
    ),
}

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.sampled_from([0.5, 1.5, 9.75, -0.25]),
    st.sampled_from(["", "a", "ab", "abc", "view", "buy", "x1", "2024-01-02"]),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["a", "b", "n", "s", "x1"]), inner, max_size=4),
    ),
    max_leaves=8,
)
_EVENTS = st.dictionaries(st.sampled_from(["a", "b", "n", "s", "t", "x1"]), _VALUES, max_size=6)

_SETTINGS = settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def _import(document: Any, event: str | None = None) -> ImportedSpec:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vendor.json")
        path.write_text(json.dumps(document), "utf-8")
        return import_spec(path, "vendor", event)


def _validator(imported: ImportedSpec) -> Any:
    schema = {**imported.document, "$ref": imported.document["x-event"]}
    return jsonschema.Draft202012Validator(schema)


def _bound(draft: str, value: int, sign: str) -> dict[str, Any]:
    if draft == "04":
        return {f"{sign}imum": value, f"exclusive{sign.title()}imum": True}
    return {f"exclusive{sign.title()}imum": value}


@st.composite
def _property_schemas(draw: Any, draft: str, depth: int = 2) -> Any:
    """Draw the schema of a property, as the draft spells it."""
    definitions = "$defs" if draft[:2] == "20" else "definitions"
    simple = [
        st.just({}),
        st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"]).map(
            lambda name: {"type": name}
        ),
        st.just({"type": ["string", "null"], "maxLength": 2}),
        st.just({"enum": ["view", "buy", 3, None]}),
        st.just({"$ref": f"#/{definitions}/Name"}),
        st.just({"$ref": f"#/{definitions}/Name", "maxLength": 1}),
        st.integers(0, 9).map(lambda value: {"minimum": value}),
        st.integers(0, 9).map(lambda value: _bound(draft, value, "min")),
        st.integers(0, 9).map(lambda value: _bound(draft, value, "max")),
        st.just({"type": "string", "pattern": "^[a-z]+$"}),
        st.just({"const": "view"}),
        st.just({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 4}}),
        st.just({"contains": {"type": "integer"}, "minContains": 2}),
        st.just({"propertyNames": {"maxLength": 1}}),
        st.just({"dependencies": {"a": ["b"], "b": {"required": ["n"]}}}),
        st.just({"dependentRequired": {"a": ["n"]}}),
        st.just({"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}),
        st.just({"items": {"type": "string"}, "additionalItems": False}),
    ]
    if draft != "2020-12":
        simple.append(st.just({"items": [{"type": "integer"}], "additionalItems": False}))
        simple.append(st.just({"items": [{"type": "integer"}, {}]}))
    if draft not in ("04",):
        simple.append(st.booleans())
    if depth == 0:
        return draw(st.one_of(simple))
    inner = _property_schemas(draft, depth - 1)
    nested = [
        st.lists(inner, min_size=1, max_size=2).map(lambda each: {"allOf": each}),
        st.lists(inner, min_size=1, max_size=2).map(lambda each: {"anyOf": each}),
        st.lists(inner, min_size=1, max_size=2).map(lambda each: {"oneOf": each}),
        inner.map(lambda each: {"not": each}),
        inner.map(lambda each: {"type": "array", "items": each, "maxItems": 3}),
        inner.map(lambda each: {"properties": {"a": each}, "required": ["a", "x1"]}),
        inner.map(
            lambda each: {
                "patternProperties": {"^[ab]$": each},
                "additionalProperties": False,
            }
        ),
        inner.map(lambda each: {"required": ["s"], "additionalProperties": each}),
    ]
    return draw(st.one_of(*simple, *nested))


@pytest.mark.parametrize("draft", DRAFTS)
@_SETTINGS
@given(data=st.data())
def test_a_schema_of_each_draft_accepts_the_same_events(draft: str, data: Any) -> None:
    """A validator of the draft agrees with one of the imported spec about every event."""
    uri, validator = DRAFTS[draft]
    definitions = "$defs" if draft[:2] == "20" else "definitions"
    names = ["a", "b", "n", "s", "t"]
    schema = {
        "$schema": uri,
        definitions: {"Name": {"type": "string", "minLength": 2}},
        "type": "object",
        "properties": {name: data.draw(_property_schemas(draft)) for name in names},
        "required": data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1)),
    }
    imported = _import(schema)
    published, converted = validator(schema), _validator(imported)
    for event in data.draw(st.lists(_EVENTS, min_size=10, max_size=20)):
        assert published.is_valid(event) == converted.is_valid(event), (schema, event)


def _openapi(version: str, schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": version,
        "info": {"title": "Events", "version": "7"},
        "paths": {},
        "components": {"schemas": schemas},
    }


_TWINS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    (
        {"type": "integer", "minimum": 2, "exclusiveMinimum": True},
        {"type": "integer", "exclusiveMinimum": 2},
    ),
    (
        {"type": "number", "maximum": 9, "exclusiveMaximum": False},
        {"type": "number", "maximum": 9},
    ),
    ({"type": "string", "enum": ["view", "buy"]}, {"enum": ["view", "buy"]}),
    (
        {"type": "string", "nullable": True, "enum": ["view", None]},
        {"enum": ["view", None]},
    ),
    ({"type": "string", "example": "a"}, {"type": "string", "examples": ["a"]}),
    (
        {"type": "array", "items": {"$ref": "#/components/schemas/Name"}},
        {"type": "array", "items": {"$ref": "#/components/schemas/Name"}},
    ),
    (
        {"type": "object", "nullable": True, "additionalProperties": {"type": "integer"}},
        {"type": ["object", "null"], "additionalProperties": {"type": "integer"}},
    ),
    (
        {"$ref": "#/components/schemas/Name", "maxLength": 2},
        {"$ref": "#/components/schemas/Name"},
    ),
]


@_SETTINGS
@given(data=st.data())
def test_twins_in_openapi_30_and_31_accept_the_same_events(data: Any) -> None:
    """Two spellings of one API accept the same events, as a validator of OpenAPI 3.0 does."""
    names = ["a", "b", "n", "s", "t"]
    twins = {name: data.draw(st.sampled_from(_TWINS)) for name in names}
    required = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    documents = []
    for index, version in ((0, "3.0.3"), (1, "3.1.0")):
        properties = {name: pair[index] for name, pair in twins.items()}
        event = {"type": "object", "properties": properties, "required": required}
        schemas = {"Name": {"type": "string", "minLength": 2}, "Event": event}
        documents.append(_openapi(version, schemas))
    old, new = (_validator(_import(document, "Event")) for document in documents)
    published = OAS30Validator({**documents[0], "$ref": "#/components/schemas/Event"})
    for event in data.draw(st.lists(_EVENTS, min_size=10, max_size=20)):
        assert old.is_valid(event) == new.is_valid(event), (twins, event)
        assert old.is_valid(event) == published.is_valid(event), (twins, event)
