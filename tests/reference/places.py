"""Places: the schemas of the fields of a spec, read from its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.tools.independent_validator import SchemaValidator, format_checker
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, NamedPick, Pick, Selection
from translator.schema.spec import output_document

Json = Any


class Place:
    """The schema of an event or a field, and access to the schemas of its fields."""

    def __init__(self, document: Mapping[str, Json], schema: Json) -> None:
        self._document = document
        self._reference = schema
        self.schema: dict[str, Json] = _merged([*_parts(document, schema)])
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
            places = [Place(self._document, branch) for branch in branches]
            groups = [place.schema.get("required") for place in places]
            if groups and all(groups):
                return [list(group or ()) for group in groups]
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
            if not name.picks:
                required = [
                    each for each in self.schema.get("required", ()) if each not in name.named
                ]
                own = {key: value for key, value in self.schema.items() if key != "maxProperties"}
                return Place(self._document, {**own, "required": required})
            elements = self.below(name.list_name)
            return None if elements is None else elements.selected(name)
        schema: Json = None
        additional = self.schema.get("additionalProperties", "properties" not in self.schema)
        is_object = "object" in self.types or not self.types
        additional = {} if additional is True and is_object else additional
        if name == MAP_ENTRY:
            return self if isinstance(additional, dict) else None
        if name == LIST_ITEM:
            if self.types and "array" not in self.types:
                return self if isinstance(additional, dict) else None
            schema = self.schema.get("items", {})
        elif name == KEY:
            schema = {"type": "string", **self.schema.get("propertyNames", {})}
        elif name == VALUE:
            schema = additional
        else:
            schema = self.schema.get("properties", {}).get(name, additional)
        schema = {} if schema is True and name in self.schema.get("properties", ()) else schema
        return Place(self._document, schema) if isinstance(schema, dict) else None

    def selected(self, selection: Selection) -> Place | None:
        """The place of what a selection selects of the list at this place."""
        branch = self.branch(selection.picks[0])
        if branch is None:
            return self if selection.is_list else self.below(0)
        if not selection.is_list:
            return branch
        return Place(self._document, {"type": "array", "items": branch._reference})

    def branch(self, pick: Pick) -> Place | None:
        """The alternative of a list's elements that allows what a named selection writes."""
        items = self.below(0) if isinstance(pick, NamedPick) else None
        for schema in [] if items is None else items.schema.get("anyOf", []):
            branch = Place(self._document, schema)
            by = branch.below(pick[0])  # type: ignore[index]
            if by is not None and by.allows(pick[1]):  # type: ignore[index]
                return branch
        return None

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


def _parts(document: Mapping[str, Json], schema: Json) -> Iterator[dict[str, Json]]:
    """Yield a schema without references, and those that it refers to beside its own keywords."""
    if isinstance(schema, dict):
        own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        if own or schema.keys() <= {"$ref"}:
            yield own
        for key in () if "type" in own else ("oneOf", "anyOf"):
            branches = [_merged([*_parts(document, part)]) for part in own.get(key, ())]
            yield from _alternatives(branches)
        for part in schema.get("allOf", ()):
            yield from _parts(document, part)
        if "$ref" in schema:
            yield from _parts(document, resolve(document, schema["$ref"]))


def _merged(parts: list[dict[str, Json]]) -> dict[str, Json]:
    """Return one schema for what several require of a value."""
    merged: dict[str, Json] = {}
    for part in parts:
        for key, value in part.items():
            known = merged.get(key)
            if known is None:
                merged[key] = value
            elif key == "properties":
                merged[key] = known | {
                    name: _both(known.get(name), schema) for name, schema in value.items()
                }
            elif key == "required":
                merged[key] = list(dict.fromkeys([*known, *value]))
            elif key in ("items", "additionalProperties", "propertyNames"):
                merged[key] = _both(known, value)
    return merged


def _both(first: Json, second: Json) -> Json:
    """Return the schema of a value that has two schemas, if the first is one."""
    if first is None or second is False:
        return second
    return first if first is False or second is True else {"allOf": [first, second]}


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
    rests = [
        branch.get("additionalProperties", "properties" not in branch)
        for branch in branches
        if "type" not in branch or "object" in branch["type"]
    ]
    if True in rests or {} in rests:
        result["additionalProperties"] = True
    objects = [branch for branch in branches if "properties" in branch]
    if len(objects) == 1 and "additionalProperties" not in result:
        result = {**objects[0]}
    if all("type" in branch for branch in branches):
        result["type"] = [*dict.fromkeys(types)]
    return [result if fields else {key: result[key] for key in ("type",) if key in result}]


def resolve(document: Mapping[str, Json], pointer: str) -> Json:
    target: Json = document
    for step in pointer.removeprefix("#/").split("/"):
        target = target[step.replace("~1", "/").replace("~0", "~")]
    return target
