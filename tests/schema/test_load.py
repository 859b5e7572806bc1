"""What a file must be to be read as a spec."""

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


def refused(path: Path, content: bytes | object) -> list[Diagnostic]:
    file = path / "shop.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(SpecError) as caught:
        load_spec(file, "shop")
    return list(caught.value.diagnostics)


def test_a_spec_knows_its_event(tmp_path: Path) -> None:
    """A spec gives its name, its file, its document, and the schema that x-event points to."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document(Event=schema)), encoding="utf-8")
    spec = load_spec(file, "shop")
    assert (spec.name, spec.file, spec.event_pointer) == ("shop", str(file), EVENT)
    assert spec.event_schema == schema
    assert spec.document == document(Event=schema)


def test_a_spec_is_read_from_a_package() -> None:
    """A spec that a package brings is read as one in a folder is."""
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
def test_what_is_not_json_is_refused_by_line(
    tmp_path: Path, content: bytes, line: int, column: int | None
) -> None:
    """A file that is not JSON is refused with the line and column where it stops being JSON."""
    (found,) = refused(tmp_path, content)
    assert found.code == "spec-json"
    assert found.location.line == line
    assert column is None or found.location.column == column


@pytest.mark.parametrize("content", [b"[]", b"null", b'"openapi"', b"3.1"])
def test_a_spec_is_an_object(tmp_path: Path, content: bytes) -> None:
    """JSON that is no object is refused."""
    assert [one.code for one in refused(tmp_path, content)] == ["spec-object"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read is refused by name."""
    with pytest.raises(SpecError, match=r"nothing\.json.*spec-file"):
        load_spec(tmp_path / "nothing.json", "nothing")


@pytest.mark.parametrize("version", [None, 3.1, "3.0.3", "3.10.0", "2.0"])
def test_only_openapi_3_1_is_read(tmp_path: Path, version: object) -> None:
    """Another version has other keywords, so it is refused."""
    content = {**document(Event={"type": "object"}), "openapi": version}
    (found,) = refused(tmp_path, content)
    assert (found.code, found.location.pointer) == ("spec-version", "/openapi")


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
def test_a_spec_names_its_event(tmp_path: Path, event: object, hint: str) -> None:
    """An x-event that is missing, or points to no schema, is refused with what to write."""
    content = {**document(Event={"type": "object"}), "x-event": event}
    (found,) = refused(tmp_path, content)
    assert found.code == "spec-event"
    assert hint in found.hint


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
def test_a_reference_leads_somewhere_in_the_document(tmp_path: Path, ref: str, hint: str) -> None:
    """A reference to nothing, or to elsewhere, is refused at its place."""
    content = document(Event={"properties": {"page": {"$ref": ref}}}, Page={})
    (found,) = refused(tmp_path, content)
    assert found.code == "spec-reference"
    assert found.location.pointer == "/components/schemas/Event/properties/page/$ref"
    assert hint in found.hint


def test_a_reference_around_the_schemas_is_followed_too(tmp_path: Path) -> None:
    """References of paths and bodies are held to the same rule as those of schemas."""
    content = document(Event={})
    content["paths"] = {"/a": {"post": {"requestBody": {"$ref": "#/components/requestBodies/A"}}}}
    (found,) = refused(tmp_path, content)
    assert found.location.pointer == "/paths/~1a/post/requestBody/$ref"


def test_every_error_is_reported_at_once(tmp_path: Path) -> None:
    """A spec with several errors is refused with all of them."""
    content = document(Other={"items": {"$ref": "#/a"}, "not": {"$ref": "#/b"}})
    content["openapi"] = "3.0.0"
    assert [one.code for one in refused(tmp_path, content)] == [
        "spec-version",
        "spec-reference",
        "spec-reference",
        "spec-event",
    ]


@pytest.mark.parametrize(
    ("event", "below"),
    [
        ({"properties": []}, "/properties"),
        ({"properties": {"a": None}}, "/properties/a"),
        ({"properties": {"a": {"items": 1}}}, "/properties/a/items"),
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
def test_a_schema_is_put_together_as_one(tmp_path: Path, event: dict[str, Any], below: str) -> None:
    """Where a schema, a list of names or the like is due and something else stands, it is named."""
    (found,) = refused(tmp_path, document(Event=event))
    assert found.code == "spec-schema"
    assert found.location.pointer == f"/components/schemas/Event{below}"


def test_a_union_is_told_apart_by_references_that_lead_somewhere(tmp_path: Path) -> None:
    """A discriminator that maps a value to nothing is refused at that value."""
    mapping = {"a/b": "#/components/schemas/A"}
    event = {"oneOf": [], "discriminator": {"propertyName": "kind", "mapping": mapping}}
    (found,) = refused(tmp_path, document(Event=event))
    assert found.code == "spec-reference"
    assert found.location.pointer.endswith("/Event/discriminator/mapping/a~1b")


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
def test_an_event_that_contains_itself_is_refused(tmp_path: Path, schemas: dict[str, Any]) -> None:
    """An event schema that leads back to itself has no end of leaves."""
    (found,) = refused(tmp_path, document(**schemas))
    assert found.code == "spec-recursion"


def test_schemas_outside_the_event_may_contain_themselves(tmp_path: Path) -> None:
    """A tree in a response is no concern of the event."""
    tree = {"items": {"$ref": "#/components/schemas/Tree"}}
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document(Event={}, Tree=tree)), encoding="utf-8")
    assert load_spec(file, "shop").event_schema == {}


def test_a_schema_that_doubles_at_each_step_is_refused(tmp_path: Path) -> None:
    """References that multiply are counted and not expanded."""
    schemas: dict[str, Any] = {
        f"S{step}": {
            "properties": {
                side: {"$ref": f"#/components/schemas/S{step + 1}"} for side in ("a", "b")
            }
        }
        for step in range(60)
    }
    schemas |= {"S60": {}, "Event": {"$ref": "#/components/schemas/S0"}}
    (found,) = refused(tmp_path, document(**schemas))
    assert found.code == "spec-size"


@pytest.mark.parametrize("depth", [MAX_NESTING, 900, 200_000])
def test_a_document_that_nests_too_deep_is_refused(tmp_path: Path, depth: int) -> None:
    """Nesting beyond the limit is refused as such, however deep it goes."""
    content = b'{"a":' * depth + b"1" + b"}" * depth
    assert [one.code for one in refused(tmp_path, content)] == ["spec-depth"]


def test_a_chain_of_references_too_long_is_refused(tmp_path: Path) -> None:
    """A schema may be as deep by reference as by nesting, and no deeper."""
    schemas: dict[str, Any] = {
        f"S{step}": {"$ref": f"#/components/schemas/S{step + 1}"} for step in range(2000)
    }
    schemas |= {"S2000": {}, "Event": {"$ref": "#/components/schemas/S0"}}
    assert [one.code for one in refused(tmp_path, document(**schemas))] == ["spec-depth"]


@pytest.mark.parametrize(
    "part", ["components", "paths", "info", "servers", "security", "x-decisions"]
)
@pytest.mark.parametrize("junk", [None, 1, "text", [], [[]], {"schemas": []}, {"schema": 1}])
def test_junk_never_ends_in_another_error(tmp_path: Path, part: str, junk: object) -> None:
    """Whatever stands in a part of the document, it is read or refused with a `SpecError`."""
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
def test_a_pointer_is_read_as_rfc_6901_says(ref: str, value: object) -> None:
    """A reference's slashes, tildes and percent signs are unescaped; numbers index lists."""
    assert resolve({"a/b": {"~": [10, 20]}, "%": 1}, ref) == value


@pytest.mark.parametrize("ref", ["#/a/2", "#/a/-1", "#/a/x", "#/a/0/b", "#/b", "a", ""])
def test_a_pointer_to_nothing_is_an_error(ref: str) -> None:
    """A reference that leads to nothing raises a `SpecError`."""
    with pytest.raises(SpecError):
        resolve({"a": [1, 2]}, ref)


def test_loading_is_light() -> None:
    """Loading the shipped specs imports no validator."""
    code = (
        "import sys; from pathlib import Path\n"
        "from translator.schema.spec import load_spec, output_document\n"
        "for path in Path('specs').glob('*.json'):\n"
        "    output_document(load_spec(path, path.stem).document)\n"
        "sys.exit(bool({'jsonschema', 'jsonschema_rs', 'yaml', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def body(**changes: Any) -> dict[str, Any]:
    """A schema of a body, with these keywords in place of its own."""
    listed = {"type": "array", "items": {"$ref": EVENT}, **changes.pop("listed", {})}
    schema = {"type": "object", "required": ["data"], "properties": {"data": listed}}
    return schema | changes


@pytest.mark.parametrize(
    ("pointer", "schema", "says"),
    [
        (5, body(), "points to nothing|leaves the document"),
        ("#/components/schemas/Bodi", body(), "points to nothing"),
        ("#/components/schemas/Body", body(required=[]), "requires one member"),
        ("#/components/schemas/Body", body(required=["data", "x"]), "requires one member"),
        ("#/components/schemas/Body", body(required=["events"]), "a list of events"),
        ("#/components/schemas/Body", body(listed={"items": {}}), "a list of events"),
        ("#/components/schemas/Body", body(listed={"maxItems": 0}), "at most 0 events"),
        ("#/components/schemas/Body", body(listed={"maxItems": "9"}), "at most '9' events"),
        (EVENT, body(), "is not an object that requires one member"),
    ],
)
def test_an_envelope_holds_events(tmp_path: Path, pointer: object, schema: Any, says: str) -> None:
    """What x-envelope names is an object that requires one member, a list of events."""
    content = document(Event={"type": "object"}, Body=schema) | {"x-envelope": pointer}
    (found,) = refused(tmp_path, content)
    assert (found.code, found.location.pointer) == ("spec-envelope", "/x-envelope")
    assert re.search(says, found.message)
