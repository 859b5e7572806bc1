"""Events that have every member which their kind may have, built from the shape of its spec."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.tools.judging import reads
from translator.analysis.kinds import EventKind
from translator.compiler.specialize import AnyOther, Choice
from translator.paths import Path
from translator.schema.types import ListOf, Object, RawSchema, Scalar, SchemaType, Union

TEXTS = ("a text", "ai_note:15", "123e4567-e89b-42d3-a456-426614174000")
"""What texts say: an id of no form, one with a type and a number, and a UUID."""

LEFT_OUT = ("", "customer", "user_id", "anonymous_id", "custom_context", "carried")
"""Members of which the presence decides what becomes of others, left out one at a time."""


def fullest(name: str, shape: Object | Union, kind: EventKind) -> Iterator[Any]:
    """Valid events of a kind that have all members, but for one at most, in several texts."""
    if isinstance(shape, Union):
        value = kind.choice[(shape.discriminator,)]
        assert not isinstance(value, AnyOther)
        shape = shape.variants[value]
    seen: set[str] = set()
    for text in TEXTS:
        for without in LEFT_OUT:
            event = _value(shape, (), kind.choice, text, without)
            shown = json.dumps(event)
            if shown not in seen and reads(name).is_valid(event):
                seen.add(shown)
                yield event


def _value(shape: SchemaType, at: Path, choice: Choice, text: str, without: str) -> Any:
    match shape:
        case Object(fields=members, additional=free):
            known = {
                name: _value(one.type, (*at, name), choice, text, without)
                for name, one in members.items()
                if choice.get((*at, name), "") is not None and (one.required or name != without)
            }
            if free is not None and not known and at[-1:] != (without,):
                known = {"goshops": _value(free, (*at, "goshops"), choice, text, without)}
            return known
        case ListOf(items=items):
            return [_value(items, (*at, "[]"), choice, text, without)]
        case Scalar():
            return _scalar(shape, at, choice, text)
        case RawSchema(schema=schema):
            types = schema.get("type", "string")
            return ["text"] if types == "array" else text
    raise AssertionError(f"no value of {shape}")


def _scalar(shape: Scalar, at: Path, choice: Choice, text: str) -> Any:
    if at in choice:
        value = choice[at]
        return "another" if isinstance(value, AnyOther) else value
    if shape.enum is not None:
        return shape.enum[0]
    if "string" in shape.types:
        return {"uuid": TEXTS[2], "date-time": "2023-07-08T09:10:11+02:00"}.get(
            shape.format, "2023-07-08T09:10:11+02:00" if at[-1] == "date" else text
        )
    return True if "boolean" in shape.types else 4
