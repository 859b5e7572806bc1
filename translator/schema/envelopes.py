"""Read and check `x-envelope`, which says how request bodies hold events."""

from __future__ import annotations

from typing import Any, Final

from translator.errors import suggest
from translator.schema.openapi import Envelope, Schema, find_target, resolve

_KEYS: Final = ("body", "events", "shared", "shared_except", "read_shared")

_STRINGS: Final = ("body", "events")
"""The keys whose value is a string; the others have lists of names."""

_MAX_REFERENCES: Final = 200


def read_envelope(document: Schema) -> Envelope:
    """Return how request bodies hold events, without the schema of a body."""
    settings = _settings(document)
    path, levels = _find_list(document, settings)
    max_events = levels[-1].get("maxItems")
    if not path:
        return Envelope((), max_events)
    first, *inner = [tuple(_field_names(level)) for level in levels[:-1]]
    read_shared = tuple(settings["read_shared"])
    if "shared_except" in settings:
        kept = tuple(settings["shared_except"])
        return Envelope(path, max_events, (), tuple(inner), kept, True, read_shared)
    shared = tuple(settings["shared"])
    own = tuple(name for name in first if name not in (path[0], *shared, *read_shared))
    return Envelope(path, max_events, own, tuple(inner), shared, False, read_shared)


def own_schema(written: Schema, envelope: Envelope) -> Schema:
    """Return the self-contained schema of a written body, as far as its own fields go.

    `written` is the document that outputs are validated by.
    """
    body = _follow(written, resolve(written, envelope_body(written)))
    properties = {name: body.get("properties", {}).get(name, True) for name in envelope.own_fields}
    required = [name for name in body.get("required", ()) if name in properties]
    fields = {"properties": {**properties, envelope.path[0]: True}, "required": required}
    return {**body, **fields, "components": written["components"]}


def envelope_problem(document: Schema) -> tuple[str, str]:
    """Return what is wrong with `x-envelope`, and a hint; empty strings if nothing is."""
    if "x-envelope" not in document:
        return "", ""
    settings = _settings(document)
    if unknown := [name for name in settings if name not in _KEYS]:
        return f"x-envelope has no key {unknown[0]!r}", suggest(unknown[0], _KEYS)
    for name, value in settings.items():
        if name in _STRINGS and not isinstance(value, str):
            return f"{name} of x-envelope is not a string", "write a string"
        if name not in _STRINGS and not _is_name_list(value):
            return f"{name} of x-envelope is not a list of names", "write a list of names"
    pointer = settings["body"]
    body, cause = find_target(document, pointer)
    if cause is not None:
        return f"x-envelope: {cause.message}", cause.hint
    if "events" not in settings and len(_event_lists(document, _follow(document, body))) != 1:
        hint = f'its items are {{"$ref": "{document["x-event"]}"}}'
        return f"{pointer!r} is not an object that requires one list of events", hint
    path, levels = _find_list(document, settings)
    if levels[-1].get("type", "array") != "array" or "items" not in levels[-1]:
        hint = "write its path in the body, such as data.events; empty if the body is the list"
        return f"{settings['events']!r} is not the list of events in {pointer!r}", hint
    max_items = levels[-1].get("maxItems", 1)
    if max_items < 1:
        return f"a body cannot hold at most {max_items!r} events", ""
    for level, step in zip(levels[1:-1], path[1:], strict=True):
        if others := [name for name in level.get("required", ()) if name != step]:
            return f"{others[0]!r} is required beside {step!r}, and nothing supplies it", ""
    return _sharing_problem(document, settings, path)


def envelope_body(document: Schema) -> str:
    """Return the pointer of the schema of a body; empty if there is none."""
    return str(_settings(document)["body"]) if "x-envelope" in document else ""


def _sharing_problem(document: Schema, settings: Schema, path: tuple[str, ...]) -> tuple[str, str]:
    if "shared_except" in settings and settings["shared"]:
        return "x-envelope has shared and shared_except", "remove one of them"
    names = [*settings["shared"], *settings["read_shared"], *settings.get("shared_except", ())]
    if not path and (names or "shared_except" in settings):
        return "a body that is a list has no place for shared fields", "share none"
    fields = _event_fields(document, {"$ref": document["x-event"]}, set())
    for name in names:
        if name in path[:1]:
            return f"{name!r} holds the events of a body and cannot be shared", ""
        if name not in fields:
            return f"an event has no field {name!r} to share", suggest(name, fields)
    return "", ""


def _settings(document: Schema) -> Schema:
    """Return the keys of `x-envelope`, which may be only the pointer of a body."""
    value = document["x-envelope"]
    given = value if isinstance(value, dict) else {"body": value}
    return {"body": "", "shared": [], "read_shared": [], **given}


def _find_list(document: Schema, settings: Schema) -> tuple[tuple[str, ...], list[Schema]]:
    """Return the path of the list of events, and the schemas of the body and of each step."""
    levels = [_follow(document, resolve(document, settings["body"]))]
    if "events" in settings:
        path = tuple(filter(None, settings["events"].split(".")))
    else:
        path = tuple(_event_lists(document, levels[0])[:1])
    for step in path:
        levels.append(_follow(document, levels[-1].get("properties", {}).get(step)))
    return path, levels


def _event_lists(document: Schema, body: Schema) -> list[str]:
    """List the required properties of a request body that are lists of events."""
    items = {"$ref": document["x-event"]}
    properties = body.get("properties", {})
    schemas = {name: properties.get(name) for name in body.get("required", ())}
    return [
        name
        for name, schema in schemas.items()
        if isinstance(schema, dict) and schema.get("items") == items
    ]


def _follow(document: Schema, schema: Any) -> Schema:
    """Return the target of a schema that refers to another; an empty one if it is no object."""
    for _ in range(_MAX_REFERENCES):
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        schema = resolve(document, schema["$ref"])
    return schema if isinstance(schema, dict) else {}


def _field_names(schema: Schema) -> list[str]:
    return list(dict.fromkeys([*schema.get("properties", ()), *schema.get("required", ())]))


def _event_fields(document: Schema, schema: Any, seen: set[str]) -> list[str]:
    """Return the names of the fields that an event may have."""
    if not isinstance(schema, dict):
        return []
    parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in schema.get(keyword, ())]
    if "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        parts.append(resolve(document, schema["$ref"]))
    names = dict.fromkeys(schema.get("properties", ()))
    for part in parts:
        names.update(dict.fromkeys(_event_fields(document, part, seen)))
    return list(names)


def _is_name_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)
