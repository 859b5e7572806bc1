"""Loading a spec, and refusing a file that cannot be used as one."""

from __future__ import annotations

import importlib.resources
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from translator.errors import Diagnostic, SpecError
from translator.schema.openapi import resolve
from translator.schema.spec import MAX_NESTING, load_spec

ROOT = Path(__file__).resolve().parents[2]
EVENT = "#/components/schemas/Event"


def document(**schemas: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "x-event": EVENT, "components": {"schemas": schemas}}


def load_errors(path: Path, content: bytes | object) -> list[Diagnostic]:
    file = path / "shop.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(SpecError) as raised:
        load_spec(file, "shop")
    return list(raised.value.diagnostics)


def test_a_spec_has_an_event_schema(tmp_path: Path) -> None:
    """A spec has a name, a file, a document, and the schema that x-event points to."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document(Event=schema)), encoding="utf-8")
    spec = load_spec(file, "shop")
    assert (spec.name, spec.file, spec.event_pointer) == ("shop", str(file), EVENT)
    assert spec.event_schema == schema
    assert spec.document == document(Event=schema)


def test_a_spec_is_loaded_from_a_package() -> None:
    """A spec can be a resource of a package."""
    file = importlib.resources.files("specs") / "goshops.json"
    assert load_spec(file, "goshops").event_pointer == "#/components/schemas/Interaction"


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"", 1, 1),
        (b'{\n  "a": 1,\n}', 3, 1),
        (b"{'a': 1}", 1, 2),
        (b'{"a": NaN}', 1, 7),
        (b"\xef\xbb\xbf{}", 1, 1),
        (b'{"a": 1} {}', 1, None),
        (b'{"a": "\xff"}', 1, None),
    ],
)
def test_invalid_json_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int, column: int | None
) -> None:
    """Invalid JSON is refused with the line and column of the syntax error."""
    (error,) = load_errors(tmp_path, content)
    assert error.code == "spec-json"
    assert error.location.line == line
    assert column is None or error.location.column == column


@pytest.mark.parametrize("content", [b"[]", b"null", b'"openapi"', b"3.1"])
def test_a_spec_must_be_an_object(tmp_path: Path, content: bytes) -> None:
    """JSON that is not an object is refused."""
    assert [error.code for error in load_errors(tmp_path, content)] == ["spec-object"]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that cannot be read is refused with its name."""
    with pytest.raises(SpecError, match=r"nothing\.json.*spec-file"):
        load_spec(tmp_path / "nothing.json", "nothing")


@pytest.mark.parametrize("version", [None, 3.1, "3.0.3", "3.10.0", "2.0"])
def test_only_openapi_3_1_is_accepted(tmp_path: Path, version: object) -> None:
    """Other versions of OpenAPI are refused."""
    content = {**document(Event={"type": "object"}), "openapi": version}
    (error,) = load_errors(tmp_path, content)
    assert (error.code, error.location.pointer) == ("spec-version", "/openapi")


@pytest.mark.parametrize(
    ("event", "hint"),
    [
        (None, "x-event"),
        (7, "x-event"),
        ("Event", "#/components/schemas"),
        ("#/components/schemas/Evnt", "did you mean 'Event'?"),
        ("#/openapi", "x-event"),
    ],
)
def test_x_event_must_name_a_schema(tmp_path: Path, event: object, hint: str) -> None:
    """An x-event that is missing or names no schema is refused, and the hint says what to write."""
    content = {**document(Event={"type": "object"}), "x-event": event}
    (error,) = load_errors(tmp_path, content)
    assert error.code == "spec-event"
    assert hint in error.hint


@pytest.mark.parametrize(
    ("ref", "hint"),
    [
        ("#/components/schemas/Pge", "did you mean 'Page'?"),
        ("#/nowhere", ""),
        ("page.json", "#/components/schemas/NAME"),
        ("https://example.com/page.json#/Page", "#/components/schemas/NAME"),
        ("#page", "#/components/schemas/NAME"),
    ],
)
def test_a_reference_must_have_a_target_in_the_document(
    tmp_path: Path, ref: str, hint: str
) -> None:
    """A reference without a target, or to another document, is refused with its pointer."""
    content = document(Event={"properties": {"page": {"$ref": ref}}}, Page={})
    (error,) = load_errors(tmp_path, content)
    assert error.code == "spec-reference"
    assert error.location.pointer == "/components/schemas/Event/properties/page/$ref"
    assert hint in error.hint


def test_references_outside_the_schemas_are_checked(tmp_path: Path) -> None:
    """References of paths and bodies must have a target, too."""
    content = document(Event={})
    content["paths"] = {"/a": {"post": {"requestBody": {"$ref": "#/components/requestBodies/A"}}}}
    (error,) = load_errors(tmp_path, content)
    assert error.location.pointer == "/paths/~1a/post/requestBody/$ref"


def test_all_errors_are_reported_at_once(tmp_path: Path) -> None:
    """A spec with several errors is refused with all of them."""
    content = document(Other={"items": {"$ref": "#/a"}, "not": {"$ref": "#/b"}})
    content["openapi"] = "3.0.0"
    assert [error.code for error in load_errors(tmp_path, content)] == [
        "spec-version",
        "spec-reference",
        "spec-reference",
        "spec-event",
    ]


@pytest.mark.parametrize(
    ("event", "suffix"),
    [
        ({"properties": []}, "/properties"),
        ({"properties": {"a": None}}, "/properties/a"),
        ({"properties": {"a": {"items": 1}}}, "/properties/a/items"),
        ({"properties": {"a": {"maxItems": "9"}}}, "/properties/a/maxItems"),
        ({"oneOf": {}}, "/oneOf"),
        ({"anyOf": [{}, "A"]}, "/anyOf/1"),
        ({"required": [1]}, "/required"),
        ({"enum": "a"}, "/enum"),
        ({"$ref": 1}, "/$ref"),
        ({"discriminator": "a"}, "/discriminator"),
        ({"discriminator": {"propertyName": "a", "mapping": {"b": 1}}}, "/discriminator"),
        ({"x-violations": 1}, "/x-violations"),
        ({"x-written": {"required": "a"}}, "/x-written"),
    ],
)
def test_a_keyword_must_have_the_right_type(
    tmp_path: Path, event: dict[str, Any], suffix: str
) -> None:
    """A keyword whose value has the wrong type is refused with its pointer."""
    (error,) = load_errors(tmp_path, document(Event=event))
    assert error.code == "spec-schema"
    assert error.location.pointer == f"/components/schemas/Event{suffix}"


def test_a_discriminator_must_map_to_schemas(tmp_path: Path) -> None:
    """A discriminator that maps a value to a missing schema is refused at that value."""
    mapping = {"a/b": "#/components/schemas/A"}
    event = {"oneOf": [{}], "discriminator": {"propertyName": "kind", "mapping": mapping}}
    (error,) = load_errors(tmp_path, document(Event=event))
    assert error.code == "spec-reference"
    assert error.location.pointer.endswith("/Event/discriminator/mapping/a~1b")


@pytest.mark.parametrize(
    "schemas",
    [
        {"Event": {"$ref": EVENT}},
        {"Event": {"properties": {"parent": {"$ref": EVENT}}}},
        {
            "Event": {"items": {"$ref": "#/components/schemas/A"}},
            "A": {"additionalProperties": {"$ref": "#/components/schemas/B"}},
            "B": {"anyOf": [{"$ref": "#/components/schemas/A"}]},
        },
    ],
)
def test_a_recursive_event_is_refused(tmp_path: Path, schemas: dict[str, Any]) -> None:
    """An event schema that contains itself is refused."""
    (error,) = load_errors(tmp_path, document(**schemas))
    assert error.code == "spec-recursion"


def test_schemas_outside_the_event_may_be_recursive(tmp_path: Path) -> None:
    """A schema that the event does not use may contain itself."""
    tree = {"items": {"$ref": "#/components/schemas/Tree"}}
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document(Event={}, Tree=tree)), encoding="utf-8")
    assert load_spec(file, "shop").event_schema == {}


def test_exponentially_large_events_are_refused(tmp_path: Path) -> None:
    """References that double the size at each step are counted without expanding them."""
    schemas: dict[str, Any] = {
        f"S{step}": {
            "properties": {
                side: {"$ref": f"#/components/schemas/S{step + 1}"} for side in ("a", "b")
            }
        }
        for step in range(60)
    }
    schemas |= {"S60": {}, "Event": {"$ref": "#/components/schemas/S0"}}
    (error,) = load_errors(tmp_path, document(**schemas))
    assert error.code == "spec-size"


@pytest.mark.parametrize("depth", [MAX_NESTING, 900, 200_000])
def test_a_deeply_nested_document_is_refused(tmp_path: Path, depth: int) -> None:
    """Nesting beyond the limit is refused with its own code, however deep it is."""
    content = b'{"a":' * depth + b"1" + b"}" * depth
    assert [error.code for error in load_errors(tmp_path, content)] == ["spec-depth"]


def test_a_long_chain_of_references_is_refused(tmp_path: Path) -> None:
    """The limit of nesting also applies to references."""
    schemas: dict[str, Any] = {
        f"S{step}": {"$ref": f"#/components/schemas/S{step + 1}"} for step in range(2000)
    }
    schemas |= {"S2000": {}, "Event": {"$ref": "#/components/schemas/S0"}}
    assert [error.code for error in load_errors(tmp_path, document(**schemas))] == ["spec-depth"]


@pytest.mark.parametrize(
    "part", ["components", "paths", "info", "servers", "security", "x-decisions"]
)
@pytest.mark.parametrize("junk", [None, 1, "text", [], [[]], {"schemas": []}, {"schema": 1}])
def test_junk_raises_no_other_error(tmp_path: Path, part: str, junk: object) -> None:
    """A document with junk in any part is loaded or refused with a `SpecError`."""
    file = tmp_path / "shop.json"
    file.write_text(json.dumps({**document(Event={}), part: junk}), encoding="utf-8")
    try:
        load_spec(file, "shop")
    except SpecError as error:
        assert error.diagnostics


@pytest.mark.parametrize(
    ("ref", "value"),
    [
        ("#", {"a/b": {"~": [10, 20]}, "%": 1}),
        ("#/a~1b/~0/1", 20),
        ("#/a~1b/%7E0/0", 10),
        ("#/%25", 1),
    ],
)
def test_references_follow_rfc_6901(ref: str, value: object) -> None:
    """Slashes, tildes and percent signs are unescaped, and numbers index lists."""
    assert resolve({"a/b": {"~": [10, 20]}, "%": 1}, ref) == value


@pytest.mark.parametrize("ref", ["#/a/2", "#/a/-1", "#/a/x", "#/a/0/b", "#/b", "a", ""])
def test_a_reference_without_a_target_is_an_error(ref: str) -> None:
    """A reference without a target raises `SpecError`."""
    with pytest.raises(SpecError):
        resolve({"a": [1, 2]}, ref)


def test_loading_imports_no_validator() -> None:
    """Loading the shipped specs imports no validator of JSON Schema."""
    code = (
        "import sys\n"
        "from translator.schema.spec import load_spec, output_document\n"
        "from tests.tools.shipped import SPEC_FILES\n"
        "for path in SPEC_FILES:\n"
        "    output_document(load_spec(path, path.stem).document)\n"
        "sys.exit(bool({'jsonschema', 'jsonschema_rs', 'yaml', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


LIST = {"type": "array", "items": {"$ref": EVENT}}

TWO_LISTS = {"type": "object", "required": ["a", "b"], "properties": {"a": LIST, "b": LIST}}


def body(**changes: Any) -> dict[str, Any]:
    """The schema of a body, with some keywords replaced."""
    listed = {"type": "array", "items": {"$ref": EVENT}, **changes.pop("listed", {})}
    schema = {"type": "object", "required": ["data"], "properties": {"data": listed}}
    return schema | changes


@pytest.mark.parametrize(
    ("pointer", "schema", "message"),
    [
        (5, body(), "is not a string"),
        ("#/components/schemas/Bodi", body(), "points to nothing"),
        ("#/components/schemas/Body", body(required=[]), "requires one list of events"),
        ("#/components/schemas/Body", TWO_LISTS, "requires one list of events"),
        ("#/components/schemas/Body", body(required=["events"]), "requires one list of events"),
        ("#/components/schemas/Body", body(listed={"items": {}}), "requires one list of events"),
        ("#/components/schemas/Body", body(listed={"maxItems": 0}), "at most 0 events"),
        (EVENT, body(), "is not an object that requires one list"),
    ],
)
def test_x_envelope_must_name_a_list_of_events(
    tmp_path: Path, pointer: object, schema: Any, message: str
) -> None:
    """x-envelope must name an object that requires exactly one list of events."""
    content = document(Event={"type": "object"}, Body=schema) | {"x-envelope": pointer}
    (error,) = load_errors(tmp_path, content)
    assert (error.code, error.location.pointer) == ("spec-envelope", "/x-envelope")
    assert re.search(message, error.message)


KEYS: dict[str, Any] = {"body": "#/components/schemas/Body", "events": "in.list"}

DEEP: Any = {
    "type": "object",
    "properties": {"in": {"properties": {"list": {"type": "array", "items": {}}}}},
}


@pytest.mark.parametrize(
    ("keys", "schema", "message"),
    [
        ({"sharde": []}, DEEP, "no key 'sharde'.*did you mean 'shared'"),
        ({"events": ["in"]}, DEEP, "events of x-envelope is not a string"),
        ({"shared": "id"}, DEEP, "shared of x-envelope is not a list of names"),
        ({"body": "#/components/schemas/Bodi"}, DEEP, "points to nothing"),
        ({"events": "in"}, DEEP, "'in' is not the list of events"),
        ({"events": "list"}, DEEP, "'list' is not the list of events"),
        ({"events": ""}, DEEP, "'' is not the list of events"),
        ({"events": "", "shared": ["id"]}, {"items": {}}, "a list has no place for shared fields"),
        ({"shared": ["ids"]}, DEEP, "no field 'ids' to share.*did you mean 'id'"),
        ({"shared": ["in"]}, DEEP, "'in' holds the events of a body"),
        ({"shared": ["id"], "shared_except": []}, DEEP, "has shared and shared_except"),
        ({"read_shared": ["x"]}, DEEP, "no field 'x' to share"),
        (
            {},
            {"properties": {"in": {**DEEP["properties"]["in"], "required": ["list", "key"]}}},
            "'key' is required beside 'list'",
        ),
    ],
)
def test_keys_of_x_envelope(
    tmp_path: Path, keys: dict[str, Any], schema: Any, message: str
) -> None:
    """The keys of x-envelope must fit the schema of the body and that of the event."""
    fields = {"type": "object", "properties": {"id": {"type": "string"}, "in": {}}}
    content = document(Event=fields, Body=schema) | {"x-envelope": {**KEYS, **keys}}
    (error,) = load_errors(tmp_path, content)
    assert (error.code, error.location.pointer) == ("spec-envelope", "/x-envelope")
    assert re.search(message, str(error))
