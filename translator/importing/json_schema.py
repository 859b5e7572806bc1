"""Convert schemas of every draft of JSON Schema, and of OpenAPI, to JSON Schema 2020-12."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from translator.importing.notes import Notes
from translator.importing.references import Library, Place
from translator.schema.openapi import COMPONENTS, Schema, escape_step, spec_error
from translator.schema.spec import KEYWORD_VALUES

_MAX_SCHEMAS = 200_000

_DRAFT_04 = frozenset((
    "$ref", "additionalItems", "additionalProperties", "allOf", "anyOf", "default", "dependencies",
    "description", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems",
    "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum",
    "multipleOf", "not", "oneOf", "pattern", "patternProperties", "properties", "required",
    "title", "type", "uniqueItems",
))  # fmt: skip
_DRAFT_06 = _DRAFT_04 | {"const", "contains", "examples", "propertyNames"}
_DRAFT_07 = _DRAFT_06 | {
    "$comment", "contentEncoding", "contentMediaType", "else", "if", "readOnly", "then",
    "writeOnly",
}  # fmt: skip
_DRAFT_2019 = (_DRAFT_07 - {"dependencies"}) | {
    "$recursiveRef", "contentSchema", "dependentRequired", "dependentSchemas", "deprecated",
    "maxContains", "minContains", "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip
_DRAFT_2020 = (_DRAFT_2019 - {"$recursiveRef", "additionalItems"}) | {"$dynamicRef", "prefixItems"}
_OPENAPI = {"deprecated", "discriminator", "example", "externalDocs", "xml"}
_OPENAPI_30 = (_DRAFT_04 | _OPENAPI | {"nullable", "readOnly", "writeOnly"}) - {
    "additionalItems", "dependencies", "patternProperties",
}  # fmt: skip
_SWAGGER_2 = (_OPENAPI_30 | {"x-nullable"}) - {"anyOf", "nullable", "oneOf", "writeOnly"}

_IGNORED = frozenset((
    "$anchor", "$defs", "$dynamicAnchor", "$id", "$recursiveAnchor", "$schema", "$vocabulary",
    "definitions", "id", "self",
))  # fmt: skip
"""Keywords that only name or hold schemas, and are not needed once references are resolved."""

_DROPPED_ANNOTATIONS = frozenset(("contentSchema", "externalDocs", "xml"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a schema may say: its `keywords`, and whether some may stand beside a `$ref`."""

    name: str
    keywords: frozenset[str]
    ref_siblings: bool = False
    boolean_bounds: bool = False
    list_items: bool = True


DIALECTS = {
    "draft-04": Dialect("draft 04", _DRAFT_04, boolean_bounds=True),
    "draft-06": Dialect("draft 06", _DRAFT_06),
    "draft-07": Dialect("draft 07", _DRAFT_07),
    "2019-09": Dialect("draft 2019-09", _DRAFT_2019, ref_siblings=True),
    "2020-12": Dialect("draft 2020-12", _DRAFT_2020, ref_siblings=True, list_items=False),
    "openapi-3.1": Dialect(
        "OpenAPI 3.1", _DRAFT_2020 | _OPENAPI, ref_siblings=True, list_items=False
    ),
    "openapi-3.0": Dialect("OpenAPI 3.0", _OPENAPI_30, boolean_bounds=True),
    "swagger-2": Dialect("Swagger 2", _SWAGGER_2, boolean_bounds=True),
}


def find_dialect(document: Any, file: str, notes: Notes, default: Dialect | None = None) -> Dialect:
    """Return the dialect that a file of JSON Schema is written in."""
    declared = document.get("$schema") if isinstance(document, dict) else None
    if isinstance(declared, str):
        match = re.search(r"draft[-/](\d\d\d\d-\d\d|\d\d)", declared)
        if match and match[1] in ("04", "06", "07"):
            return DIALECTS[f"draft-{match[1]}"]
        if match and match[1] in DIALECTS:
            return DIALECTS[match[1]]
        if "self-desc" in declared:
            notes.change("a self-describing schema is read as draft 04")
            return DIALECTS["draft-04"]
        if match:
            message = f"draft {match[1]} of JSON Schema is not supported"
            hint = "convert it to draft 04 or a later one"
            raise spec_error("import-form", file, "/$schema", message, hint)
    if default is not None:
        return default
    dialect = DIALECTS["2020-12"]
    if isinstance(document, dict):
        if isinstance(document.get("id"), str) and "$id" not in document:
            dialect = DIALECTS["draft-04"]
        elif "definitions" in document and "$defs" not in document:
            dialect = DIALECTS["draft-07"]
    notes.change(f"a file without a known $schema is read as {dialect.name}")
    return dialect


@dataclass
class Converter:
    """Converts schemas and everything they refer to into `components`."""

    library: Library
    notes: Notes
    default: Dialect | None = None
    components: dict[str, Schema] = field(default_factory=dict)
    _names: dict[Place, str] = field(default_factory=dict)
    _pending: list[Place] = field(default_factory=list)
    _dialects: dict[Path, Dialect] = field(default_factory=dict)
    _count: int = 0

    def convert(self, place: Place) -> str:
        """Convert the schema at a place with all that it refers to; return its component's name."""
        name = self._name(self.target(place))
        while self._pending:
            target = self._pending.pop()
            schema = self._schema(self._node(target), target)
            if isinstance(schema, bool):
                schema = {} if schema else {"not": {}}
            self.components[self._names[target]] = schema
        return name

    def target(self, place: Place) -> Place:
        """Follow a schema that is nothing but a reference."""
        for _ in range(100):
            node = self._node(place)
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                break
            if self._dialect(place).ref_siblings and any(
                key in KEYWORD_VALUES for key in node.keys() - {"$ref", "title", "description"}
            ):
                break
            place = self.library.resolve(node["$ref"], place)
        return place

    def _node(self, place: Place) -> Any:
        return self.library.node(place)

    def _dialect(self, place: Place) -> Dialect:
        if place.path not in self._dialects:
            document = self.library.document(place.path)
            file = str(place.path)
            self._dialects[place.path] = find_dialect(document, file, self.notes, self.default)
        return self._dialects[place.path]

    def _name(self, place: Place) -> str:
        if place not in self._names:
            name = _component_name(place, self.library.document(place.path))
            taken = set(self._names.values())
            number, unique = 1, name
            while unique in taken:
                number += 1
                unique = f"{name}_{number}"
            self._names[place] = unique
            self.notes.origins[unique] = str(place)
            self._pending.append(place)
        return self._names[place]

    def _reference(self, ref: str, place: Place) -> str:
        return f"{COMPONENTS}/{escape_step(self._name(self.library.resolve(ref, place)))}"

    def _schema(self, node: Any, place: Place) -> Any:
        self._count += 1
        if self._count > _MAX_SCHEMAS:
            message = f"the event has more than {_MAX_SCHEMAS} schemas"
            raise spec_error("spec-size", str(place.path), "", message, "name a smaller event")
        if isinstance(node, bool):
            return node
        if not isinstance(node, dict):
            raise self._malformed(place, "a schema")
        dialect = self._dialect(place)
        if isinstance(node.get("$ref"), str) and not dialect.ref_siblings:
            return self._lone_reference(node, place)
        schema = self._known_keywords(node, place, dialect)
        self._convert_bounds(schema, dialect)
        self._convert_items(schema, place, dialect)
        self._convert_dependencies(schema)
        self._convert_references(schema, place)
        self._convert_inner(schema, place)
        self._convert_nullable(schema)
        if "example" in schema:
            self.notes.change("example became examples")
            schema["examples"] = [schema.pop("example"), *schema.get("examples", ())]
        for keyword, value in schema.items():
            is_valid, expected = KEYWORD_VALUES.get(keyword, (None, ""))
            if is_valid is not None and not is_valid(value):
                raise self._malformed(place.child(keyword), expected)
        return schema

    def _malformed(self, place: Place, expected: str) -> Exception:
        message, hint = f"expected {expected}", f"write {expected}"
        return spec_error("spec-schema", str(place.path), place.pointer, message, hint)

    def _lone_reference(self, node: Schema, place: Place) -> Schema:
        """Convert a reference of a dialect in which keywords beside it mean nothing."""
        ignored = [key for key in node if key in KEYWORD_VALUES and key not in _NO_CONSTRAINTS]
        if ignored:
            names = ", ".join(ignored)
            self.notes.drop(
                str(place), f"{names}: ignored beside a $ref, as the source's form does"
            )
        texts = {key: node[key] for key in _TEXTS if isinstance(node.get(key), str)}
        return {"$ref": self._reference(node["$ref"], place), **texts}

    def _known_keywords(self, node: Schema, place: Place, dialect: Dialect) -> Schema:
        schema: Schema = {}
        for keyword, value in node.items():
            if keyword in dialect.keywords:
                if keyword not in _DROPPED_ANNOTATIONS:
                    schema[keyword] = value
            elif keyword not in _IGNORED and not keyword.startswith("x-"):
                self.notes.drop(
                    str(place),
                    f"{keyword!r} is no keyword of {dialect.name} and constrains nothing",
                )
        if not dialect.list_items or isinstance(schema.get("items"), list):
            return schema
        schema.pop("additionalItems", None)
        return schema

    def _convert_bounds(self, schema: Schema, dialect: Dialect) -> None:
        if not dialect.boolean_bounds:
            return
        for inclusive, exclusive in (
            ("minimum", "exclusiveMinimum"),
            ("maximum", "exclusiveMaximum"),
        ):
            if isinstance(schema.get(exclusive), bool):
                is_exclusive = schema.pop(exclusive)
                if is_exclusive and inclusive in schema:
                    schema[exclusive] = schema.pop(inclusive)
                    self.notes.change(f"{exclusive}: true became a number")

    def _convert_items(self, schema: Schema, place: Place, dialect: Dialect) -> None:
        if not dialect.list_items or not isinstance(schema.get("items"), list):
            return
        self.notes.change("items with a list became prefixItems")
        prefix = schema.pop("items")
        if prefix:
            schema["prefixItems"] = prefix
        if "additionalItems" in schema:
            schema["items"] = schema.pop("additionalItems")
        if "contains" in schema and "unevaluatedItems" in schema:
            text = "contains does not evaluate items in draft 2019-09, but does in 2020-12"
            self.notes.drop(str(place), text)

    def _convert_dependencies(self, schema: Schema) -> None:
        dependencies = schema.pop("dependencies", None)
        if not isinstance(dependencies, dict):
            return
        self.notes.change("dependencies became dependentRequired and dependentSchemas")
        for name, value in dependencies.items():
            if isinstance(value, list):
                schema.setdefault("dependentRequired", {})[name] = value
            else:
                schema.setdefault("dependentSchemas", {})[name] = value

    def _convert_references(self, schema: Schema, place: Place) -> None:
        for keyword in ("$recursiveRef", "$dynamicRef"):
            if keyword in schema:
                text = f"{keyword} became $ref: schemas that extend this one do not replace it"
                self.notes.drop(str(place), text)
                schema.setdefault("$ref", schema.pop(keyword))
        if "$ref" in schema:
            if not isinstance(schema["$ref"], str):
                raise self._malformed(place.child("$ref"), "a string")
            schema["$ref"] = self._reference(schema["$ref"], place)
        discriminator = schema.pop("discriminator", None)
        if discriminator is None:
            return
        name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
        if not isinstance(name, str) or not ("oneOf" in schema or "anyOf" in schema):
            self.notes.drop(str(place), "discriminator: it has no oneOf beside it to choose from")
            return
        mapping = discriminator.get("mapping", {})
        resolved: dict[str, str] = {}
        for value, ref in mapping.items() if isinstance(mapping, dict) else ():
            if isinstance(ref, str):
                is_name = re.fullmatch(r"[A-Za-z0-9._-]+", ref) and not ref.endswith(_FILES)
                ref = f"{COMPONENTS}/{ref}" if is_name else ref
                resolved[value] = self._reference(ref, place)
        schema["discriminator"] = {"propertyName": name, "mapping": resolved}

    def _convert_inner(self, schema: Schema, place: Place) -> None:
        # `place` names the source's keywords: `prefixItems` was `items`, and so on.
        source = self._node(place)

        def inner(value: Any, *steps: str) -> Any:
            return self._schema(value, place.child(*steps))

        for keyword, value in list(schema.items()):
            origin = _origin(keyword, source)
            if keyword in _ONE:
                schema[keyword] = inner(value, origin)
            elif keyword in _LISTS:
                if not isinstance(value, list):
                    raise self._malformed(place.child(origin), "a list of schemas, not empty")
                schema[keyword] = [inner(each, origin, str(i)) for i, each in enumerate(value)]
            elif keyword in _MAPS:
                if not isinstance(value, dict):
                    raise self._malformed(place.child(origin), "an object of schemas")
                schema[keyword] = {key: inner(each, origin, key) for key, each in value.items()}

    def _convert_nullable(self, schema: Schema) -> None:
        extension = schema.pop("x-nullable", False)
        if schema.pop("nullable", extension) is not True:
            return
        if not isinstance(schema.get("type"), str):
            self.notes.change("nullable without a type was removed: it means nothing")
        elif "enum" in schema and None not in schema["enum"]:
            self.notes.change("nullable beside an enum without null was removed: it means nothing")
        else:
            schema["type"] = [schema["type"], "null"]
            self.notes.change("nullable became type null")


_TEXTS = ("title", "description")
_NO_CONSTRAINTS = frozenset(
    ("$comment", "$id", "$ref", "$schema", "deprecated", "examples", *_TEXTS)
)
_FILES = (".json", ".yaml", ".yml")
_ONE = frozenset((
    "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
))  # fmt: skip
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_MAPS = frozenset(("dependentSchemas", "patternProperties", "properties"))


def _origin(keyword: str, source: Schema) -> str:
    """Return the keyword of the source that a keyword was converted from."""
    if keyword in source and not (keyword == "items" and "additionalItems" in source):
        return keyword
    if keyword == "items":
        return "additionalItems" if isinstance(source.get("items"), list) else "items"
    return {"prefixItems": "items", "dependentSchemas": "dependencies"}.get(keyword, keyword)


def _component_name(place: Place, document: Any) -> str:
    """Return a name for the schema at a place: as the source calls it, if it does."""
    generic = ("schema", "content", "requestBody", "items", "oneOf", "anyOf", "allOf", "post")
    steps = [step for step in place.steps if step not in generic and not step.isdecimal()]
    name = steps[-1] if steps else place.path.name.partition(".")[0]
    if not place.steps and isinstance(document, dict) and isinstance(document.get("self"), dict):
        name = str(document["self"].get("name", name))
    if len(steps) > 1 and steps[0] == "paths":
        name = "Body"
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name) or "Event"
