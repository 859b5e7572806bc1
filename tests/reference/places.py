"""Places: the schemas of the fields of a spec, read from its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.tools.independent_validator import SchemaValidator, format_checker
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Selection
from translator.schema.spec import output_document

Json = Any


class Place:
    """The schema of an event or a field, and access to the schemas of its fields."""

    def __init__(self, document: Mapping[str, Json], schema: Json) -> None:
        self._document = document
        self._reference = schema
        schema = merged(document, schema)
        self.schema: dict[str, Json] = schema if isinstance(schema, dict) else {}
        self._places: dict[str, Place | None] = {}
        self._variants: dict[Json, Place | None] = {}
        self._validator: Any = None

    @property
    def types(self) -> set[str]:
        """The types of the schema; empty if it does not restrict them."""
        types = self.schema.get("type", ())
        return {types} if isinstance(types, str) else set(types)

    @property
    def names(self) -> list[str]:
        """The names of the properties."""
        return list(self.schema.get("properties", ()))

    @property
    def alternatives(self) -> list[list[str]]:
        """The groups of properties of which one is required; empty if there are none."""
        schema = self._reference
        while isinstance(schema, dict) and "$ref" in schema:
            schema = resolve(self._document, schema["$ref"])
        for part in (schema, *schema.get("allOf", ())) if isinstance(schema, dict) else ():
            while "$ref" in part:
                part = resolve(self._document, part["$ref"])
            branches = part.get("anyOf") or part.get("oneOf") or []
            groups = [merged(self._document, branch).get("required") for branch in branches]
            if groups and all(groups):
                return [list(group) for group in groups]
        return []

    def requires(self, name: str) -> bool:
        """Whether a property is required."""
        return name in self.schema.get("required", ())

    def allows(self, value: Json) -> bool:
        """Whether a value is valid."""
        if self._validator is None:
            components = self._document.get("components", {})
            schema = {"$ref": "#/x-here", "x-here": self._reference, "components": components}
            self._validator = SchemaValidator(schema, format_checker=format_checker)
        return bool(self._validator.is_valid(value))

    def below(self, step: str | int) -> Place | None:
        """The place of a field, an element, a key or a value; None if the schema has none."""
        name = LIST_ITEM if isinstance(step, int) else step
        if name not in self._places:
            self._places[name] = self._below(name)
        return self._places[name]

    def _below(self, name: str) -> Place | None:
        if isinstance(name, Selection):
            elements = self.below(name.list_name) if name.picks else self
            return (
                elements
                if elements is None or name.is_list or not name.picks
                else elements.below(0)
            )
        schema: Json = None
        additional = self.schema.get("additionalProperties", "properties" not in self.schema)
        is_object = "object" in self.types or not self.types
        additional = {} if additional is True and is_object else additional
        if name == MAP_ENTRY:
            return self if isinstance(additional, dict) else None
        if name == LIST_ITEM:
            if "array" not in self.types:
                return self if isinstance(additional, dict) else None
            schema = self.schema.get("items", {})
        elif name == KEY:
            schema = {"type": "string", **self.schema.get("propertyNames", {})}
        elif name == VALUE:
            schema = additional
        else:
            schema = self.schema.get("properties", {}).get(name, additional)
        return Place(self._document, schema) if isinstance(schema, dict) else None

    def at(self, path: tuple[str | int, ...]) -> Place | None:
        """The place at a relative path."""
        place: Place | None = self
        for step in path:
            place = place.below(step) if place is not None else None
        return place

    @property
    def discriminator(self) -> str | None:
        """The name of the discriminator of a union."""
        name = self.schema.get("discriminator", {}).get("propertyName")
        return None if name is None else str(name)

    def variant(self, value: Json) -> Place | None:
        """The variant of a discriminator value."""
        mapping = self.schema["discriminator"]["mapping"]
        if value not in self._variants:
            schema = {"$ref": mapping.get(value)}
            self._variants[value] = Place(self._document, schema) if value in mapping else None
        return self._variants[value]


def event_place(document: Mapping[str, Json], *, for_output: bool) -> Place:
    """The place of a whole event that is read, or written (`for_output`)."""
    spec = output_document(dict(document)) if for_output else document
    return Place(spec, {"$ref": spec["x-event"]})


def merged(document: Mapping[str, Json], schema: Json) -> Json:
    """A schema without `$ref`, and without `allOf`, `oneOf` and `anyOf` that are about objects.

    It says what the fields of an object are, not which of them exclude one another.
    """
    while isinstance(schema, dict) and "$ref" in schema:
        schema = resolve(document, schema["$ref"])
    if not isinstance(schema, dict) or "type" in schema or not {*schema} & COMBINATIONS:
        return schema
    parts = [schema, *(merged(document, part) for part in schema.get("allOf", ()))]
    for branches in (schema.get("oneOf", ()), schema.get("anyOf", ())):
        parts += _alternatives([merged(document, branch) for branch in branches])
    if not any("properties" in part for part in parts) and "allOf" not in schema:
        return schema
    properties: dict[str, Json] = {}
    for part in parts:
        for name, field in part.get("properties", {}).items():
            properties[name] = {"allOf": [properties[name], field]} if name in properties else field
    result: dict[str, Json] = {}
    for part in reversed(parts):
        result |= {key: value for key, value in part.items() if key not in COMBINATIONS}
    required = [name for part in parts for name in part.get("required", ())]
    return {**result, **({"properties": properties, "required": required} if properties else {})}


COMBINATIONS = {"allOf", "oneOf", "anyOf"}


def _alternatives(branches: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """What several schemas say together of a value that one of them allows."""
    if not branches:
        return []
    types: list[str] = []
    fields: dict[str, list[Json]] = {}
    for branch in branches:
        names = branch.get("type", ())
        types += [names] if isinstance(names, str) else names
        for name, field in branch.get("properties", {}).items():
            fields.setdefault(name, []).append(field)
    result: dict[str, Json] = {"properties": {n: {"anyOf": each} for n, each in fields.items()}}
    required = [{*branch.get("required", ())} for branch in branches]
    result["required"] = sorted(set.intersection(*required))
    objects = [branch for branch in branches if "properties" in branch]
    if len(objects) == 1:
        result = {**objects[0]}
    if all("type" in branch for branch in branches):
        result["type"] = [*dict.fromkeys(types)]
    return [result if fields else {key: result[key] for key in ("type",) if key in result}]


def resolve(document: Mapping[str, Json], pointer: str) -> Json:
    target: Json = document
    for step in pointer.removeprefix("#/").split("/"):
        target = target[step.replace("~1", "/").replace("~0", "~")]
    return target
