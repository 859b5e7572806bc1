"""Giant inputs: too deep, too long or too many; created on demand.

Each has the expected prefix of its outcome: for errors, the result of `errors.summarize`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = Any

MILLION = 1_000_000
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Giant:
    """A large input, created by `make`, and the expected prefix of its outcome."""

    make: Callable[[], bytes]
    expected: str


def _line(text: bytes) -> Callable[[], bytes]:
    return lambda: b"goshops\n" + text


def _event(change: Callable[[Json], Json]) -> Callable[[], bytes]:
    """A Go Shops event with a change."""
    event = {
        "project": "shop",
        "data": {"event": "view", "item": "a", "customer": "c", "date": "2024-05-01T12:00:00Z"},
    }
    return lambda: b"goshops\n" + json.dumps(change(event)).encode()


def _unknown(count: int) -> Callable[[Json], Json]:
    return lambda event: event | {f"m{number}": 0 for number in range(count)}


def _with(**fields: Json) -> Callable[[Json], Json]:
    return lambda event: event | {"data": event["data"] | fields}


_EVENTS = {
    "unknown fields": Giant(_event(_unknown(100_000)), "written"),
    "an ID of 8 MiB": Giant(_event(_with(item="a" * 8 * _MIB)), "written"),
    "a list in place of a string": Giant(_event(_with(item=[1] * MILLION)), "invalid-event"),
    "a name of 8 MiB": Giant(_event(lambda event: {**event, "a" * 8 * _MIB: 1}), "written"),
    "a million violations": Giant(_event(lambda event: {"data": [{}] * MILLION}), "invalid-event"),
}

LINES = {
    **_EVENTS,
    "a million unknown fields": Giant(_event(_unknown(MILLION)), "written"),
    "a million brackets": Giant(_line(b"[" * MILLION), "too-deep"),
    "closed brackets": Giant(_line(b"[" * MILLION + b"]" * MILLION), "too-deep"),
    "nested objects": Giant(_line(b'{"a":' * MILLION), "too-deep"),
    "an integer of a million digits": Giant(_line(b"9" * MILLION), "too-many-digits"),
    "an exponent of a million digits": Giant(_line(b"1e" + b"9" * MILLION), "not-finite"),
    "a line of 17 MiB": Giant(_line(b'"' + b"a" * 17 * _MIB + b'"'), "too-long"),
    "an open string of backslashes": Giant(_line(b'"' + b"\\" * (4 * _MIB)), "invalid-json"),
    "quotes": Giant(_line(b'"' * (4 * _MIB)), "invalid-json"),
    "quotes and brackets": Giant(_line(b'"[' * MILLION), "too-deep"),
    "lines that are not JSON": Giant(_line(b"{\n" * 20_000), "invalid-json"),
    "line ends": Giant(_line(b"\n" * MILLION), ""),
}

EVENTS = {
    **_EVENTS,
    "an integer of 4300 digits": Giant(
        lambda: b"goshops\n" + b'{"project": ' + b"9" * 4300 + b"}", "invalid-event"
    ),
    "900 nested lists": Giant(
        lambda: b'goshops\n{"project": ' + b"[" * 900 + b"]" * 900 + b"}", "invalid-event"
    ),
}


# --- mappings -----------------------------------------------------------------------------------

_HEAD = b"version: 1\nbetween: [goshops, interaction]\n"


def _fields(text: bytes) -> bytes:
    return _HEAD + b"fields:\n" + text


def _bomb() -> bytes:
    """Each list refers ten times to the one before: a billion entries in a kilobyte."""
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        names = b", ".join([b"*a%d" % (level - 1)] * 10)
        lines.append(b"a%d: &a%d [%s]" % (level, level, names))
    return b"\n".join(lines)


def _numbered(text: bytes, count: int) -> bytes:
    return b"".join(text % number for number in range(count))


_VALUES = b"  data.event: {is: action, values: {%s}}\n"

MAPPINGS = {
    "brackets": Giant(lambda: b"[" * 500_000, "yaml-depth"),
    "braces": Giant(lambda: b"{a: " * 200_000, "yaml-depth"),
    "dashes": Giant(lambda: b"- " * 400_000, "yaml-depth"),
    "question marks": Giant(lambda: b"? " * 400_000, "yaml-depth"),
    "aliases of aliases": Giant(_bomb, "yaml-"),
    "anchors": Giant(lambda: _numbered(b"- &a%d x\n", 50_000), "yaml-"),
    "tags": Giant(lambda: _numbered(b"- !t%d x\n", 50_000), "yaml-"),
    "an open quote": Giant(lambda: b"a: '" + b"x " * 450_000, "yaml-syntax"),
    "a key of 900 KB": Giant(lambda: b"a" * 900_000 + b": 1\n", "yaml-syntax"),
    "a quoted key of 900 KB": Giant(lambda: b"? '" + b"a" * 900_000 + b"'\n: 1\n", "mapping-"),
    "a number of 900,000 digits": Giant(lambda: b"version: " + b"9" * 900_000, "yaml-"),
    "more than a mebibyte": Giant(lambda: b"#" * (_MIB + 1), "yaml-size"),
    "line ends": Giant(lambda: b"\n" * 900_000, "yaml-empty"),
    "unknown keys": Giant(lambda: _HEAD + _numbered(b"k%d: 1\n", 40_000), "mapping-"),
    "the same key": Giant(lambda: b"a: 1\n" * 100_000, "yaml-duplicate-key"),
    "unknown fields": Giant(
        lambda: _fields(_numbered(b"  data.m%d: actor.id\n", 20_000)), "unknown-member"
    ),
    "a path of 100,000 fields": Giant(
        lambda: _fields(b"  ? " + b"a." * 100_000 + b"a\n  : actor.id\n"), ""
    ),
    "a path of brackets": Giant(
        lambda: _fields(b"  ? 'a" + b"[]" * 100_000 + b"'\n  : actor.id\n"), ""
    ),
    "values": Giant(
        lambda: _fields(_VALUES % _numbered(b"v%d: view, ", 20_000)), ""
    ),
    "a template of braces": Giant(
        lambda: _fields(b"  data.item: {is: 'items[].id', as: {template: '" + b"{a}" * 50_000)
        + b"'}}\n",
        "mapping-",
    ),
    "a template of open braces": Giant(
        lambda: _fields(b"  data.item: {is: 'items[].id', as: {template: '" + b"{" * 200_000)
        + b"'}}\n",
        "mapping-",
    ),
}  # fmt: skip


# --- specs --------------------------------------------------------------------------------------

_EVENT = "#/components/schemas/Event"


def _spec(**schemas: Json) -> bytes:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "giant", "version": "1"},
        "x-event": _EVENT,
        "components": {"schemas": schemas},
    }
    return json.dumps(document).encode()


def _object(**properties: Json) -> bytes:
    return _spec(Event={"type": "object", "properties": properties})


def _doubling() -> bytes:
    """Each schema refers twice to the next: a billion schemas in some kilobytes."""
    schemas: dict[str, Json] = {
        f"S{level}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/S{level + 1}"} for name in "ab"},
        }
        for level in range(30)
    }
    return _spec(Event={"$ref": "#/components/schemas/S0"}, **schemas, S30={"type": "string"})


def _chain(length: int) -> bytes:
    schemas: dict[str, Json] = {
        f"S{level}": {"$ref": f"#/components/schemas/S{level + 1}"} for level in range(length)
    }
    last = {f"S{length}": {"type": "object"}}
    return _spec(Event={"$ref": "#/components/schemas/S0"}, **schemas, **last)


def _variants(count: int) -> bytes:
    mapping = {f"v{number}": "#/components/schemas/One" for number in range(count)}
    variant = {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": [*mapping]}},
        "required": ["kind"],
    }
    return _spec(
        Event={
            "oneOf": [{"$ref": "#/components/schemas/One"}],
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        },
        One=variant,
    )


SPECS = {
    "brackets": Giant(lambda: b"[" * MILLION, "spec-"),
    "nested objects": Giant(lambda: b'{"a":' * MILLION, "spec-"),
    "properties": Giant(lambda: _object(**{f"m{n}": {} for n in range(200_000)}), "spec-size"),
    "empty objects": Giant(lambda: b"[" + b"{}," * (4 * MILLION) + b"{}]", "spec-"),
    "more than 16 MiB": Giant(lambda: b" " * (16 * _MIB + 1), "spec-size"),
    "a name of 8 MiB": Giant(lambda: _object(**{"a" * 8 * _MIB: {"type": "string"}}), ""),
    "a large enum": Giant(lambda: _object(a={"enum": [*range(200_000)]}), ""),
    "a million required": Giant(
        lambda: _spec(Event={"type": "object", "required": [str(n) for n in range(MILLION)]}),
        "spec-size",
    ),
    "exponentially many schemas": Giant(_doubling, "spec-size"),
    "a chain of references": Giant(lambda: _chain(50_000), "spec-depth"),
    "a schema that contains itself": Giant(lambda: _spec(Event={"$ref": _EVENT}), "spec-recursion"),
    "variants": Giant(lambda: _variants(3000), ""),
    "too many variants": Giant(lambda: _variants(100_000), "spec-size"),
    "an integer of 4300 digits": Giant(lambda: _object(a={"minimum": 10**4299}), ""),
    "an integer of a million digits": Giant(
        lambda: _object(a={"minimum": 1}).replace(b'"minimum": 1', b'"minimum": ' + b"9" * MILLION),
        "spec-",
    ),
    "a pattern of nested repetitions": Giant(lambda: _object(a={"pattern": "^(a+)+$"}), "loaded"),
    "a pattern of choices": Giant(lambda: _object(a={"pattern": "^(a|a|a)*$"}), "loaded"),
    "a pattern of a large repetition": Giant(
        lambda: _object(a={"pattern": "(((a{99}){99}){99}){99}"}), "spec-schema"
    ),
    "a pattern of open brackets": Giant(
        lambda: _object(a={"pattern": "(" * 50_000}), "spec-schema"
    ),
    "a pattern of brackets": Giant(
        lambda: _object(a={"pattern": "(" * 50_000 + ")" * 50_000}), "spec-schema"
    ),
    "look-around": Giant(lambda: _object(a={"pattern": "(?=a)b"}), "spec-schema"),
    "a name pattern of nested repetitions": Giant(
        lambda: _spec(Event={"type": "object", "patternProperties": {"^(a+)+$": False}}), "loaded"
    ),
}  # fmt: skip


# --- crosswalks ---------------------------------------------------------------------------------

CROSSWALKS = {
    "columns": Giant(lambda: b"," * MILLION, "invalid-crosswalk"),
    "a quoted field of 8 MiB": Giant(
        lambda: b'goshops,miso\n"' + b"a" * 8 * _MIB + b'",b\n', ""
    ),
    "an open quote": Giant(lambda: b'goshops,miso\n"' + b"a\n" * MILLION, ""),
    "rows": Giant(lambda: b"goshops,miso\n" + _numbered(b"a%d,b\n", 200_000), "invalid-crosswalk"),
}  # fmt: skip

GIANTS: dict[str, dict[str, Giant]] = {
    "lines": LINES,
    "events": EVENTS,
    "mappings": MAPPINGS,
    "specs": SPECS,
    "crosswalks": CROSSWALKS,
}
"""By target, then by name."""

SLOW = frozenset(
    {"a million unknown fields", "a million violations", "a name of 8 MiB", "empty objects",
     "lines that are not JSON", "properties", "nested objects", "quotes", "rows",
     "unknown fields"}
)  # fmt: skip
"""Giants that take more than half a second."""
