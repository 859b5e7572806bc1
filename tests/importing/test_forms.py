"""Each published form is imported: what becomes of its own spellings."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translator.errors import SpecError
from translator.importing import ImportedSpec, import_spec
from translator.schema.lint import lint
from translator.schema.spec import load_spec

WriteSpec = Callable[..., Path]
Accepts = Callable[[ImportedSpec, Any], bool]


def _event(imported: ImportedSpec) -> Any:
    name = imported.document["x-event"].rpartition("/")[2]
    return imported.document["components"]["schemas"][name]


def _package_file(package: str, *steps: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(f"the package {package} is not installed")
    return Path(spec.origin).parent.joinpath(*steps)


def _assert_loads_and_lints(imported: ImportedSpec, folder: Path) -> None:
    path = folder / "imported.json"
    path.write_text(json.dumps(imported.document), "utf-8")
    assert lint(load_spec(path, "imported")) == []


SWAGGER = """
swagger: '2.0'
info: {title: Shop, version: 2024-01-02}
paths:
  /events:
    post:
      parameters:
        - {in: body, name: body, schema: {$ref: '#/definitions/Event'}}
definitions:
  Event:
    type: object
    required: [kind, on]
    properties:
      kind: {type: string, enum: [on, off, 12:30, 010]}
      on: {type: string, example: 2024-01-02, x-nullable: true}
      price: {type: number, minimum: 0, exclusiveMinimum: true}
  Other: {type: object}
"""


def test_swagger_2_in_yaml_is_imported(write: WriteSpec, accepts: Accepts) -> None:
    """The only body is the event; dates, `on` and `12:30` are strings, as in YAML 1.2."""
    imported = import_spec(write(SWAGGER, "shop.yaml"), "shop")
    assert imported.event == "#/definitions/Event"
    assert list(imported.document["components"]["schemas"]) == ["Event"]
    assert imported.document["info"] == {"title": "Shop", "version": "2024-01-02"}
    assert accepts(imported, {"kind": "on", "on": None, "price": 1})
    assert accepts(imported, {"kind": "12:30", "on": "x"})
    assert not accepts(imported, {"kind": "on", "on": None, "price": 0})
    assert "nullable became type null" in imported.changes


def test_the_same_document_in_json_and_yaml_is_imported_alike(write: WriteSpec) -> None:
    """YAML and JSON are two spellings of one document."""
    document = {"type": "object", "properties": {"a": {"enum": [1, "b", None, True]}}}
    from_json = import_spec(write(document, "a.json"), "a")
    assert import_spec(write(document, "a.yml"), "a").document == from_json.document


def test_files_that_refer_to_one_another_are_read(write: WriteSpec, accepts: Accepts) -> None:
    """References by path, `$id` and anchor are followed within the folder."""
    write({"definitions": {"Id": {"type": "string", "minLength": 2}}}, "common.json")
    write(
        {
            "$id": "https://acme.example/item.json",
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"$ref": "common.json#/definitions/Id"}},
        },
        "part.json",
    )
    write(
        {"$id": "#price", "$schema": "http://json-schema.org/draft-07/schema#", "type": "number"},
        "price.json",
    )
    main = write({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://acme.example/event.json",
        "type": "object",
        "properties": {"item": {"$ref": "item.json"}, "price": {"$ref": "#price"}},
    }, "event.json")  # fmt: skip
    imported = import_spec(main, "acme")
    names = [path.name for path in imported.files]
    assert names[0] == "event.json"
    assert sorted(names[1:]) == ["common.json", "part.json", "price.json"]
    assert accepts(imported, {"item": {"id": "ab"}, "price": 1})
    assert not accepts(imported, {"item": {"id": "a"}})
    assert not accepts(imported, {"price": "1"})


def test_a_schema_that_contains_itself_is_cut(write: WriteSpec, accepts: Accepts) -> None:
    """The inner level keeps what it says without references, and this is noted."""
    event = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "parent": {"$ref": "#"}},
        "required": ["id"],
    }
    imported = import_spec(write(event), "acme")
    assert accepts(imported, {"id": "a", "parent": {"id": "b", "parent": {"id": 1}}})
    assert not accepts(imported, {"id": "a", "parent": {"id": 1}})
    (note,) = imported.unsupported
    assert note.startswith("vendor.json#/properties/parent: ")
    assert "contains itself" in note


def test_what_cannot_be_checked_is_removed_and_noted(write: WriteSpec, accepts: Accepts) -> None:
    """Unknown formats and patterns with look-around are named with their places."""
    event = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "a": {"type": "string", "format": "langtag"},
            "b": {"type": "string", "pattern": "^(?!x)"},
            "c": {"patternProperties": {"(?=x)": {"type": "integer"}}},
            "d": {"type": "string", "default": 1},
            "e": {"type": ["string", "null"], "enum": ["x"]},
        },
        "required": ["z"],
    }
    imported = import_spec(write(event), "acme")
    assert accepts(imported, {"a": "?", "b": "x", "z": 1})
    assert not accepts(imported, {"a": "?"})
    assert [note.partition(": ")[0] for note in imported.unsupported] == [
        "vendor.json#/properties/c",
        "vendor.json#/properties/b",
        "vendor.json#/properties/a",
    ]
    assert "default" not in _event(imported)["properties"]["d"]


def test_a_discriminator_lists_the_values_of_its_variants(write: WriteSpec) -> None:
    """The values are those of the variants' enums; a discriminator that selects nothing goes."""

    def variant(*kinds: str) -> dict[str, Any]:
        kind = {"type": "string", "enum": list(kinds)} if kinds else {"type": "string"}
        return {"type": "object", "required": ["kind"], "properties": {"kind": kind}}

    union = {
        "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
        "discriminator": {"propertyName": "kind"},
    }
    schemas = {"Event": union, "A": variant("a", "aa"), "B": variant("b")}
    document = {"openapi": "3.0.3", "components": {"schemas": schemas}}
    imported = import_spec(write(document), "acme", "Event")
    assert list(_event(imported)["discriminator"]["mapping"]) == ["a", "aa", "b"]
    schemas["B"] = variant()
    imported = import_spec(write(document), "acme", "Event")
    assert "discriminator" not in _event(imported)
    assert any("discriminator" in note for note in imported.unsupported)


def test_a_self_describing_schema_is_imported(write: WriteSpec, accepts: Accepts) -> None:
    """`self` names the format's version; the schema is read as draft 04."""
    uri = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
    schema = {
        "$schema": uri,
        "self": {"vendor": "com.acme", "name": "cart", "format": "jsonschema", "version": "1-0-2"},
        "type": "object",
        "properties": {"total": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
        "additionalProperties": False,
    }
    imported = import_spec(write(schema), "acme")
    assert imported.document["info"] == {"title": "cart", "version": "1-0-2"}
    assert imported.document["x-event"] == "#/components/schemas/cart"
    assert not accepts(imported, {"total": 0})
    assert not accepts(imported, {"other": 1})


def test_a_discovery_document_is_imported(write: WriteSpec, accepts: Accepts) -> None:
    """Names are references, integers of 64 bits are strings, and bounds are numbers."""
    document = {
        "title": "Shop",
        "version": "v2",
        "resources": {
            "events": {
                "methods": {"write": {"httpMethod": "POST", "request": {"$ref": "UserEvent"}}}
            }
        },
        "schemas": {
            "UserEvent": {
                "id": "UserEvent",
                "type": "object",
                "properties": {
                    "type": {"type": "string", "annotations": {"required": ["shop.write"]}},
                    "count": {"type": "string", "format": "int64"},
                    "tags": {"type": "string", "repeated": True},
                    "rank": {"type": "integer", "minimum": "1", "default": "3"},
                    "extra": {"type": "any"},
                    "item": {"$ref": "Item"},
                },
            },
            "Item": {"type": "object", "properties": {"kind": {
                "type": "string", "enum": ["A"], "enumDescriptions": ["The first."]}}},
            "Other": {"type": "object"},
        },
    }  # fmt: skip
    imported = import_spec(write(document), "shop")
    assert imported.event == "#/schemas/UserEvent"
    assert list(imported.document["components"]["schemas"]) == ["UserEvent", "Item"]
    event = {"type": "x", "count": "12", "tags": ["a"], "rank": 1, "extra": [1]}
    assert accepts(imported, {**event, "item": {"kind": "A"}})
    for wrong in ({"count": 1}, {"tags": "a"}, {"rank": 0}, {"item": {"kind": "B"}}):
        assert not accepts(imported, {**event, **wrong})
    assert not accepts(imported, {"count": "12"})


def test_a_service_model_is_imported(write: WriteSpec, accepts: Accepts) -> None:
    """Fields are called as they are sent, and have the types that they are sent with."""
    shapes = {
        "PutRequest": {
            "type": "structure",
            "required": ["At", "Id"],
            "members": {
                "At": {"shape": "Time", "locationName": "at"},
                "Id": {"shape": "Name", "location": "uri"},
                "Note": {"shape": "Name", "jsonvalue": True},
                "Tags": {"shape": "Tags"},
                "Names": {"shape": "Names"},
                "Inner": {"shape": "PutRequest"},
                "Iso": {"shape": "Time", "timestampFormat": "iso8601"},
                "Data": {"shape": "Data"},
                "Either": {"shape": "Either"},
            },
        },
        "Time": {"type": "timestamp"},
        "Name": {"type": "string", "min": 1, "max": 3, "pattern": "^[a-z]*$"},
        "Tags": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Name"}, "max": 1},
        "Names": {"type": "list", "member": {"shape": "Name"}, "max": 2, "flattened": True},
        "Data": {"type": "blob", "max": 10},
        "Either": {
            "type": "structure",
            "union": True,
            "members": {"a": {"shape": "Name"}, "b": {"shape": "Name"}},
        },
        "Unused": {"type": "string"},
    }
    model = {
        "metadata": {"protocol": "rest-json", "apiVersion": "2018-03-22"},
        "operations": {"Put": {"http": {"method": "POST"}, "input": {"shape": "PutRequest"}}},
        "shapes": shapes,
    }
    imported = import_spec(write(model), "acme")
    assert imported.event == "#/shapes/PutRequest"
    assert "Unused" not in imported.document["components"]["schemas"]
    for event in (
        {"at": 1.5},
        {"at": 1, "Note": "abc", "Tags": {"a": "b"}, "Names": ["a", "b"]},
        {"at": 1, "Inner": {"at": 2}, "Iso": "2024-01-02T00:00:00Z", "Either": {"a": "x"}},
    ):
        assert accepts(imported, event)
    for wrong in (
        {"At": 1},
        {"at": "2024-01-02T00:00:00Z"},
        {"at": 1, "Note": {}},
        {"at": 1, "Tags": {"A": "b"}},
        {"at": 1, "Tags": {"a": "b", "c": "d"}},
        {"at": 1, "Names": ["a", "b", "c"]},
        {"at": 1, "Either": {"a": "x", "b": "x"}},
        {"at": 1, "Inner": {}},
    ):
        assert not accepts(imported, wrong)
    assert len(imported.unsupported) == 3


@pytest.mark.parametrize("event", ["Event", "PutEventsRequest"])
def test_a_model_of_botocore_is_imported(event: str, tmp_path: Path, accepts: Accepts) -> None:
    """The compressed file of the package is imported as it is, and botocore agrees with it."""
    folder = ("data", "personalize-events", "2018-03-22")
    path = _package_file("botocore", *folder, "service-2.json.gz")
    imported = import_spec(path, "personalize", event)
    _assert_loads_and_lints(imported, tmp_path)
    plain = tmp_path / "service-2.json"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    assert import_spec(plain, "personalize", event).document == imported.document
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    shape = ServiceModel(json.loads(plain.read_text("utf-8"))).shape_for(event)
    seen = {"eventType": "click", "sentAt": 1.5}
    inner: dict[str, list[Any]] = {
        "eventId": ["e", 1],
        "eventValue": [2.5, "2"],
        "itemId": ["i", ""],
        "impression": [["a"], [], ["a", 1]],
        "metricAttribution": [{"eventAttributionSource": "x"}, {}],
        "eventType": ["view", None],
    }
    for name, values in inner.items():
        for value in values:
            body: Any = {**seen, name: value}
            if event != "Event":
                body = {"trackingId": "t", "sessionId": "s", "eventList": [body]}
            is_valid = not ParamValidator().validate(body, shape).has_errors()
            assert accepts(imported, body) == is_valid, body


def test_a_large_discovery_document_is_imported_in_time(tmp_path: Path) -> None:
    """`retail.v2` is imported in less than 3 seconds, with what its user events need."""
    folder = ("discovery_cache", "documents")
    path = _package_file("googleapiclient", *folder, "retail.v2.json")
    start = time.perf_counter()
    imported = import_spec(path, "retail", "GoogleCloudRetailV2UserEvent")
    assert time.perf_counter() - start < 3
    assert len(imported.document["components"]["schemas"]) < 40
    assert any("variants" in note for note in imported.unsupported)
    _assert_loads_and_lints(imported, tmp_path)


_NOT_EVENTS = {
    "activity_list_or_obj.json": "import-event",
    "extensions.json": "import-event",
    "formats.json": "import-form",
    "interactioncomponent_list.json": "import-event",
    "statement_list.json": "import-event",
}
"""Lists and fragments among the vendors' files, with the error that says so."""


def test_the_vendors_own_files_are_imported(tmp_path: Path) -> None:
    """Every file that describes an object loads and passes the lint."""
    folder = os.environ.get("EVENT_TRANSLATOR_UPSTREAM")
    if not folder:
        pytest.skip("EVENT_TRANSLATOR_UPSTREAM names no folder of vendors' files")
    events = {"insights.yml": "EventsItems"}
    paths = [path for path in sorted(Path(folder).rglob("*.*")) if path.suffix in (".json", ".yml")]
    assert len(paths) > 50
    for path in paths:
        if path.name in _NOT_EVENTS:
            with pytest.raises(SpecError) as error:
                import_spec(path, "vendor")
            assert error.value.diagnostics[0].code == _NOT_EVENTS[path.name]
        else:
            _assert_loads_and_lints(import_spec(path, "vendor", events.get(path.name)), tmp_path)
