"""Places in a spec: what its schema says of one place, read from the document as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import jsonschema

from tests.tools.judging import is_date_time
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE
from translator.schema.spec import output_document

Json = Any

_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_formats = jsonschema.FormatChecker(formats=())
_formats.checks("date-time")(lambda value: not isinstance(value, str) or is_date_time(value))
_formats.checks("date", ValueError)(
    lambda value: not isinstance(value, str) or value == str(date.fromisoformat(value))
)
_formats.checks("uuid")(lambda value: not isinstance(value, str) or bool(_UUID.fullmatch(value)))


class Place:
    """One place of a format: its schema, and the way to the places below it."""

    def __init__(self, document: Mapping[str, Json], schema: Json) -> None:
        self._document = document
        self._given = schema
        while isinstance(schema, dict) and "$ref" in schema:
            schema = _pointed(document, schema["$ref"])
        self.schema: dict[str, Json] = schema if isinstance(schema, dict) else {}
        self._known: dict[str, Place | None] = {}
        self._variants: dict[Json, Place | None] = {}
        self._validator: jsonschema.Draft202012Validator | None = None

    @property
    def types(self) -> set[str]:
        """The types that are listed; none where the schema names none."""
        types = self.schema.get("type", ())
        return {types} if isinstance(types, str) else set(types)

    @property
    def names(self) -> list[str]:
        """The members that are named."""
        return list(self.schema.get("properties", ()))

    def requires(self, name: str) -> bool:
        """Whether a member must be there."""
        return name in self.schema.get("required", ())

    def takes(self, value: Json) -> bool:
        """Whether the schema allows a value here."""
        if self._validator is None:
            schema = {"$ref": "#/x-here", "x-here": self._given, **_components(self._document)}
            self._validator = jsonschema.Draft202012Validator(schema, format_checker=_formats)
        return bool(self._validator.is_valid(value))

    def below(self, step: str | int) -> Place | None:
        """The place of a member, an element, a key or a value; None if there can be none."""
        name = LIST_ITEM if isinstance(step, int) else step
        if name not in self._known:
            self._known[name] = self._below(name)
        return self._known[name]

    def _below(self, name: str) -> Place | None:
        found: Json = None
        others = self.schema.get("additionalProperties")
        if name == MAP_ENTRY:
            return self if isinstance(others, dict) else None
        if name == LIST_ITEM:
            if "array" not in self.types:
                return self if isinstance(others, dict) else None
            found = self.schema.get("items", {})
        elif name == KEY:
            found = {"type": "string", **self.schema.get("propertyNames", {})}
        elif name == VALUE:
            found = others
        else:
            found = self.schema.get("properties", {}).get(name, others)
        return Place(self._document, found) if isinstance(found, dict) else None

    def at(self, path: tuple[str | int, ...]) -> Place | None:
        """The place at a path from here."""
        place: Place | None = self
        for step in path:
            place = place.below(step) if place is not None else None
        return place

    @property
    def told_by(self) -> str | None:
        """The member that tells the variants of a union apart."""
        name = self.schema.get("discriminator", {}).get("propertyName")
        return None if name is None else str(name)

    def variant(self, value: Json) -> Place | None:
        """The variant that a value of that member names."""
        mapping = self.schema["discriminator"]["mapping"]
        if value not in self._variants:
            found = Place(self._document, {"$ref": mapping[value]}) if value in mapping else None
            self._variants[value] = found
        return self._variants[value]


def event_place(document: Mapping[str, Json], *, as_written: bool) -> Place:
    """The place of a whole event: as it is read, or as it may be written."""
    whole = output_document(dict(document)) if as_written else document
    return Place(whole, {"$ref": whole["x-event"]})


def _components(document: Mapping[str, Json]) -> dict[str, Json]:
    return {"components": document.get("components", {})}


def _pointed(document: Mapping[str, Json], pointer: str) -> Json:
    found: Json = document
    for step in pointer.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found
