"""Events with every field that their kind may have, built from the types of a spec, and examples.

Not every spec has a type that says all about its events; examples are valid.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from tests.tools.independent_validator import input_validator
from tests.tools.outcomes import leaves
from tests.tools.strategies import examples
from translator.analysis.kinds import EventKind
from translator.compiler.specialize import AnyOther, Choice
from translator.paths import LIST_ITEM, Path, values_at
from translator.schema.types import ListOf, Mixed, Object, Scalar, SchemaType, Union
from translator.validation.subtypes import accepts

UUID = "123e4567-e89b-42d3-a456-426614174000"

STRINGS = ("a_string", "ai_note:15", "https://example.com/ai_note:15", UUID)
"""String values: a word, with a type and a number, an IRI, and a UUID."""

OMITTED = ("", "customer", "user_id", "anonymous_id", "custom_context", "carried")
"""Fields whose presence affects other fields; omitted one at a time."""


def fullest(name: str, event_type: Object | Union, kind: EventKind) -> Iterator[Any]:
    """Valid events of a kind with all fields, or all but one, with different strings.

    Examples of the kind come after them, those with the most fields first.
    """
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
    of_kind = [event for event in examples(name) if _has(event, kind.choice)]
    if not seen and of_kind:
        for string in STRINGS:
            event = copy.deepcopy(of_kind[0])
            _extend(event, event, _value(event_type, (), kind.choice, string, ""), name)
            yield event
    yield from sorted(of_kind, key=lambda event: -len(dict(leaves(event))))


def _extend(part: Any, event: Any, full: Any, name: str) -> None:
    """Set the fields of a part of an event as in a full one, where the event remains valid."""
    for key, value in full.items():
        before = part.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            _extend(before, event, value, name)
            continue
        part[key] = value
        if not input_validator(name).is_valid(event):
            del part[key]
            if before is not None:
                part[key] = before


def _has(event: Any, choice: Choice) -> bool:
    """Whether an event has the values that select its kind."""
    for path, expected in choice.items():
        value = next((value for _, value in values_at(event, path)), None)
        if isinstance(expected, AnyOther):
            if value is None or value in list(expected.excluded):
                return False
        elif value != expected:
            return False
    return True


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
            value = _value(items, (*at, LIST_ITEM), choice, string, omitted)
            if at == ("facets",):
                return [value, *({**value, "kind": kind} for kind in ("category", "filter"))]
            return [value]
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
        named = {"date": date_time, "currency": "EUR"}.get(at[-1], string)
        values = (named, date_time, *STRINGS)
        return next((value for value in values if accepts(scalar, value)), string)
    return True if "boolean" in scalar.types else 4
