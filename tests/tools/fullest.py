"""Events with every field that their kind may have, built from the types of a spec, and examples.

Not every spec has a type that says all about its events; examples are valid.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.tools.independent_validator import input_validator
from tests.tools.outcomes import leaves
from tests.tools.strategies import examples
from translator.analysis.kinds import EventKind
from translator.compiler.specialize import AnyOther, Choice
from translator.paths import LIST_ITEM, Path, starts_with, values_at
from translator.schema.types import ListOf, Mixed, Object, Scalar, SchemaType, Union
from translator.validation.subtypes import accepts

UUID = "123e4567-e89b-42d3-a456-426614174000"

STRINGS = ("a_string", "ai_note:15", "https://example.com/ai_note:15", UUID)
"""String values: a word, with a type and a number, an IRI, and a UUID."""

OMITTED = ("", "customer", "user_id", "anonymous_id", "custom_context", "carried")
"""Fields whose presence affects other fields; omitted one at a time."""


def fullest(name: str, event_type: Object | Union, kind: EventKind) -> Iterator[Any]:
    """Valid events of a kind with all fields, or all but one, with different strings.

    After them come events whose values all differ, those with required fields only, and examples of
    the kind, the ones with the most fields first.
    """
    if isinstance(event_type, Union):
        value = kind.choice[(event_type.discriminator,)]
        assert not isinstance(value, AnyOther)
        event_type = event_type.variants[value]
    builders = [
        *(_Builder(kind.choice, string, omitted) for string in STRINGS for omitted in OMITTED),
        *(_Builder(kind.choice, string, differs=True) for string in STRINGS),
        *(_Builder(kind.choice, string, least=True) for string in STRINGS),
    ]
    seen: set[str] = set()
    for builder in builders:
        event = builder.value(event_type, ())
        encoded = json.dumps(event)
        if encoded not in seen and input_validator(name).is_valid(event):
            seen.add(encoded)
            yield event
    of_kind = [event for event in examples(name) if _has(event, kind.choice)]
    if not seen and of_kind:
        for string, differs in product(STRINGS, (False, True)):
            event = copy.deepcopy(of_kind[0])
            full = _Builder(kind.choice, string, differs=differs).value(event_type, ())
            _extend(event, event, full, name)
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


@dataclass
class _Builder:
    """Builds values of types. `differs`: no two strings or numbers are equal, where types allow."""

    choice: Choice
    string: str
    omitted: str = ""
    differs: bool = False
    least: bool = False
    count: int = 10

    def value(self, schema_type: SchemaType, at: Path) -> Any:
        match schema_type:
            case Object(fields=fields, additional=additional):
                value = {
                    name: self.value(field.type, (*at, name))
                    for name, field in fields.items()
                    if self._is_set((*at, name), required=field.required)
                }
                is_open = additional is not None and not value and at[-1:] != (self.omitted,)
                if is_open and additional is not None and not self.least:
                    value = {"goshops": self.value(additional, (*at, "goshops"))}
                return value
            case ListOf(items=items):
                value = self.value(items, (*at, LIST_ITEM))
                if at == ("facets",):
                    return [value, *({**value, "kind": kind} for kind in ("category", "filter"))]
                return [value]
            case Scalar():
                return self._scalar(schema_type, at)
            case Mixed(schema=schema):
                return ["text"] if schema.get("type", "string") == "array" else self._next_string()
        raise AssertionError(f"no value of {schema_type}")

    def _is_set(self, path: Path, *, required: bool) -> bool:
        if path in self.choice:
            return self.choice[path] is not None
        is_chosen = any(starts_with(each, path) and value for each, value in self.choice.items())
        return required or is_chosen or (not self.least and path[-1] != self.omitted)

    def _scalar(self, scalar: Scalar, at: Path) -> Any:
        chosen = self.choice.get(at)
        if at in self.choice and not isinstance(chosen, AnyOther):
            return chosen
        if scalar.enum is not None:
            return scalar.enum[0]
        if "string" in scalar.types:
            date_time = "2023-07-08T09:10:11+02:00"
            named = {"date": date_time, "currency": "EUR"}.get(at[-1], self._next_string())
            values = (named, self.string, date_time, *STRINGS)
            return next((value for value in values if accepts(scalar, value)), self.string)
        if "boolean" in scalar.types:
            return True
        return self.count if self.differs and accepts(scalar, self.count) else 4

    def _next_string(self) -> str:
        """The string, or one of the same form with another number."""
        if not self.differs:
            return self.string
        self.count += 1
        form = {"a_string": "a_string_{}", UUID: UUID[:-3] + "{}"}
        return form.get(self.string, self.string + "{}").format(self.count)
