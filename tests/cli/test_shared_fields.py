"""Request bodies with fields that their events share, lists as bodies, and lists deep in bodies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document

Run = Callable[..., Any]

EVENT = "#/components/schemas/Event"

ITEMS = {"type": "array", "maxItems": 2, "items": {"type": "object"}}

PLACE = {"type": "object", "properties": {"city": STRING, "street": STRING}}

FIELDS = {"user": STRING, "visit": STRING, "place": PLACE, "at": {"type": "integer"}, "id": STRING}

BODIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "some": (
        {
            "type": "object",
            "required": ["key", "user", "list"],
            "properties": {"key": STRING, "user": STRING, "list": ITEMS},
            "additionalProperties": False,
        },
        {"events": "list", "shared": ["user", "place"]},
    ),
    "most": (
        {"type": "object", "required": ["list"], "properties": {"list": ITEMS}},
        {"events": "list", "shared_except": ["id", "at"], "read_shared": ["at"]},
    ),
    "deep": (
        {
            "type": "object",
            "properties": {
                "mode": STRING,
                "input": {"type": "object", "properties": {"kind": STRING, "list": ITEMS}},
            },
        },
        {"events": "input.list"},
    ),
    "bare": (ITEMS, {"events": ""}),
}
"""The schema of a body and the keys of `x-envelope`, by format."""


def document(body: Any, keys: dict[str, Any]) -> dict[str, Any]:
    envelope = {"body": "#/components/schemas/Body", **keys}
    return spec_document(event_schema(FIELDS, ["id"]), {"Body": body}, **{"x-envelope": envelope})


@pytest.fixture
def translate(run: Run, tmp_path: Path) -> Run:
    """Translate lines between one of the formats and `plain`, which has the same events."""
    specs: dict[str, Any] = {name: document(*body) for name, body in BODIES.items()}
    fields = "fields: {user: user, visit: visit, place.city: place.city, "
    fields += "place.street: place.street, at: at, id: id}"
    mappings = {f"{name}__plain": fields for name in BODIES}
    small_catalog(tmp_path, specs | {"plain": event_schema(FIELDS, ["id"])}, **mappings)
    folders = ("--specs", tmp_path / "specs", "--mappings", tmp_path / "mappings")

    def call(source: str, target: str, text: object, *options: object) -> Any:
        file = tmp_path / "in.ndjson"
        file.write_text(text if isinstance(text, str) else lines(text))
        return run("translate", source, target, file, *folders, "--envelope", *options)

    return call


def lines(values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


READ: list[tuple[str, Any, list[Any]]] = [
    ("some", {"key": 5, "user": "u", "list": [{"id": "a"}, {"id": "b", "user": "v"}]},
     [{"user": "u", "id": "a"}, {"user": "v", "id": "b"}]),
    ("some", {"place": {"city": "Ulm", "street": "A"}, "list": [
        {"id": "a", "place": {"city": "Bonn"}}, {"id": "b"}, {"id": "c", "place": {}}]},
     [{"place": {"city": "Bonn", "street": "A"}, "id": "a"},
      {"place": {"city": "Ulm", "street": "A"}, "id": "b"},
      {"place": {"city": "Ulm", "street": "A"}, "id": "c"}]),
    ("most", {"visit": "v", "at": 7, "list": [{"id": "a"}, {"id": "b", "at": 8}]},
     [{"visit": "v", "at": 7, "id": "a"}, {"visit": "v", "at": 8, "id": "b"}]),
    ("deep", {"mode": "x", "input": {"kind": 1, "list": [{"id": "a"}, {"id": "b"}]}},
     [{"id": "a"}, {"id": "b"}]),
    ("bare", [{"id": "a"}, {"id": "b"}], [{"id": "a"}, {"id": "b"}]),
    ("bare", {"id": "a"}, [{"id": "a"}]),
    ("bare", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "body", "events"), READ)
def test_events_of_a_body(translate: Run, source: str, body: Any, events: list[Any]) -> None:
    """An event gets what the body shares and it lacks; its own fields win, within an object too."""
    assert translate(source, "plain", [body]).events == events


INVALID: list[tuple[str, Any]] = [
    ("some", {"visit": "v", "list": []}),
    ("some", {"list": {}}),
    ("most", {"id": "a", "list": []}),
    ("deep", {"list": []}),
    ("deep", {"input": [], "list": []}),
    ("deep", {"input": {"list": [], "mode": 1}}),
    ("deep", {"user": "u", "input": {"list": []}}),
    ("bare", "a"),
]


@pytest.mark.parametrize(("source", "body"), INVALID)
def test_no_body(translate: Run, source: str, body: Any) -> None:
    """A line without the list, or with fields that the spec does not name, is rejected."""
    result = translate(source, "plain", [body])
    assert result.out == ""
    assert "line 1: invalid-body at $: expected a request body " in result.err


def test_paths_of_rejects(translate: Run, tmp_path: Path) -> None:
    """A path leads to the place in the body, be it in the event or shared; the event is whole."""
    rejects = tmp_path / "rejects"
    body = {"user": 5, "key": "hush", "list": [{"id": "a"}, {"id": 1, "user": "u"}, 7]}
    deep = {"input": {"list": [{"id": "a"}, {"x": 1}]}}
    for source, line, expected in (
        ("some", body, [("$.user", {"user": 5, "id": "a"}),
                        ("$.list[1].id", {"user": "u", "id": 1}), ("$.list[2]", 7)]),
        ("deep", deep, [("$.input.list[1].id", {"x": 1})]),
        ("bare", [{"id": "a"}, {"x": 1}], [("$[1].id", {"x": 1})]),
    ):  # fmt: skip
        translate(source, "plain", [line], "--rejects", rejects)
        found = [json.loads(line) for line in rejects.read_text().splitlines()]
        assert [(reject["path"], reject["event"]) for reject in found] == expected


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("some", '{"user":"u","list":[{"id":"a"},{"id":1e999}]}'),
        ("deep", '{"input":{"kind":1,"list":[{"id":"a"},{"id":1e999}]},"mode":""}'),
        ("bare", '[{"id":"a"},{"id":1e999}]'),
    ],
)
def test_unreadable_values(translate: Run, source: str, line: str) -> None:
    """A value that cannot be read rejects only its event."""
    result = translate(source, "plain", line + "\n")
    assert [event["id"] for event in result.events] == ["a"]
    assert "not-finite at $" in result.err
    assert "[1].id" in result.err


def test_a_list_over_several_lines(translate: Run) -> None:
    """A list that is written over several lines is read event by event."""
    text = json.dumps([{"id": "a"}, {"id": "b"}], indent=2)
    assert translate("bare", "plain", text).events == [{"id": "a"}, {"id": "b"}]


EVENTS: list[Any] = [
    {"user": "u", "visit": "v", "at": 1, "id": "a"},
    {"user": "u", "visit": "w", "at": 2, "id": "b"},
    {"user": "u", "visit": "w", "id": "c"},
    {"visit": "w", "id": "d"},
    {"user": "u", "place": {"city": "Ulm", "street": "A"}, "id": "e"},
    {"user": "u", "place": {"street": "A", "city": "Ulm"}, "id": "f"},
    {"user": "u", "place": {"street": "A"}, "id": "g"},
]

WRITTEN: list[tuple[str, list[Any]]] = [
    (
        "some",
        [
            {"key": "k", "user": "u", "list": ["a", "b"]},
            {"key": "k", "user": "u", "list": ["c"]},
            {"key": "k", "list": ["d"]},
            {"key": "k", "user": "u", "place": {"city": "Ulm", "street": "A"}, "list": ["e", "f"]},
            {"key": "k", "user": "u", "place": {"street": "A"}, "list": ["g"]},
        ],
    ),
    (
        "most",
        [
            {"user": "u", "visit": "v", "list": ["a"]},
            {"user": "u", "visit": "w", "list": ["b", "c"]},
            {"visit": "w", "list": ["d"]},
            {"user": "u", "place": {"city": "Ulm", "street": "A"}, "list": ["e", "f"]},
            {"user": "u", "place": {"street": "A"}, "list": ["g"]},
        ],
    ),
    ("deep", [{"input": {"list": [*pair]}} for pair in ("ab", "cd", "ef", "g")]),
    ("bare", [[*pair] for pair in ("ab", "cd", "ef", "g")]),
]
"""The bodies of `EVENTS`, with ids instead of events."""


def shorten(body: Any) -> Any:
    if isinstance(body, list):
        return [event["id"] for event in body]
    return {
        name: shorten(value) if name in ("list", "input") else value for name, value in body.items()
    }


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("target", "bodies"), WRITTEN)
def test_bodies(translate: Run, target: str, bodies: list[Any], jobs: int) -> None:
    """Neighbours with equal shared fields go into one body, up to the limit."""
    own = ("--body", "key=k") if target == "some" else ()
    result = translate("plain", target, EVENTS, "--jobs", jobs, *own)
    assert [shorten(body) for body in result.events] == bodies
    assert "read 7, written 7, rejected 0" in result.err


@pytest.mark.parametrize("target", BODIES)
def test_bodies_are_read_as_they_were_written(translate: Run, target: str) -> None:
    """Reading the bodies gives the same events in the same order."""
    own = ("--body", "key=k") if target == "some" else ()
    written = translate("plain", target, EVENTS, *own).out
    assert translate(target, "plain", written).events == EVENTS


def test_shared_fields_are_not_supplied(translate: Run) -> None:
    """Shared fields come from events; only the other fields of a body are supplied."""
    result = translate("plain", "some", EVENTS)
    assert "a body needs 'key'" in result.err
    result = translate("plain", "some", EVENTS, "--body", "key=k", "--body", "user=u")
    assert result.code == 2
    assert "a body has no field 'user' to supply" in result.err
