"""Events with every field that their kind may have, built from the types of a spec."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.tools.independent_validator import input_validator
from translator.analysis.kinds import EventKind
from translator.compiler.specialize import AnyOther, Choice
from translator.paths import LIST_ITEM, Path
from translator.schema.types import ListOf, Mixed, Object, Scalar, SchemaType, Union

STRINGS = ("a string", "ai_note:15", "123e4567-e89b-42d3-a456-426614174000")
"""String values: without a form, with a type and a number, and a UUID."""

OMITTED = ("", "customer", "user_id", "anonymous_id", "custom_context", "carried")
"""Fields whose presence affects other fields; omitted one at a time."""


def fullest(name: str, event_type: Object | Union, kind: EventKind) -> Iterator[Any]:
    """Valid events of a kind with all fields, or all but one, with different strings."""
    if isinstance(event_type, Union):
        value = kind.choice[(event_type.discriminator,)]
        assert not isinstance(value, AnyOther)
        event_type = event_type.variants[value]
    seen: set[str] = set()
    for string in STRINGS:
        for omitted in OMITTED:
            event = _value(event_type, (), kind.choice, string, omitted)
            encoded = json.dumps(event)
            if encoded not in seen and input_validator(name).is_valid(event):
                seen.add(encoded)
                yield event


def _value(schema_type: SchemaType, at: Path, choice: Choice, string: str, omitted: str) -> Any:
    match schema_type:
        case Object(fields=fields, additional=additional):
            value = {
                name: _value(field.type, (*at, name), choice, string, omitted)
                for name, field in fields.items()
                if choice.get((*at, name), "") is not None and (field.required or name != omitted)
            }
            if additional is not None and not value and at[-1:] != (omitted,):
                value = {"goshops": _value(additional, (*at, "goshops"), choice, string, omitted)}
            return value
        case ListOf(items=items):
            return [_value(items, (*at, LIST_ITEM), choice, string, omitted)]
        case Scalar():
            return _scalar(schema_type, at, choice, string)
        case Mixed(schema=schema):
            return ["text"] if schema.get("type", "string") == "array" else string
    raise AssertionError(f"no value of {schema_type}")


def _scalar(scalar: Scalar, at: Path, choice: Choice, string: str) -> Any:
    if at in choice:
        value = choice[at]
        return "another" if isinstance(value, AnyOther) else value
    if scalar.enum is not None:
        return scalar.enum[0]
    if "string" in scalar.types:
        date_time = "2023-07-08T09:10:11+02:00"
        default = {"date": date_time, "currency": "EUR"}.get(at[-1], string)
        return {"uuid": STRINGS[2], "date-time": date_time}.get(scalar.format, default)
    return True if "boolean" in scalar.types else 4
