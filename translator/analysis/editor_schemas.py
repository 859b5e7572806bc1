"""The JSON Schemas of mappings, specs and examples, as editors use them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain
from typing import Any, Final

from translator.catalog.catalog import Catalog
from translator.catalog.discovery import HUB
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path, format_path
from translator.schema.types import ListOf, Object, Scalar, SchemaType, type_at, variants_of

PACKAGES: Final = {
    "mapping": "translator.language",
    "mapping-1": "translator.language",
    "spec": "translator.schema",
    "examples": "translator.language",
}
"""The package that has the schema of each kind of file."""

_MAX_PATHS: Final = 5000
"""Maximum number of paths that a narrowed schema lists."""


def load_schema(kind: str) -> dict[str, Any]:
    """Load the JSON Schema of a kind of file, a key of `PACKAGES`."""
    text = files(PACKAGES[kind]).joinpath(f"{kind}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def narrow_mapping_schema(catalog: Catalog, name: str) -> dict[str, Any]:
    """Narrow the schema of mappings to the fields and values of a format and of the hub.

    It describes mappings with the format on the left. Raises `SpecError`, and `TranslationError`
    for an unknown format.
    """
    schema = load_schema("mapping-1")  # the version that `translator new` writes
    schema["$id"] = f"{schema['$id']}:{name}"
    schema["title"] = f"A mapping between {name} and {HUB}"
    left, right = _Side(catalog, name), _Side(catalog, HUB)
    between = schema["properties"]["between"]
    between["items"] = [{"const": name}, {"const": HUB}]
    definitions, properties = schema["definitions"], schema["properties"]
    definitions["leftPath"], definitions["rightPath"] = left.paths(), right.paths()
    rule = definitions["rule"]
    right_paths = {"anyOf": [{"$ref": "#/definitions/rightPath"}, {"pattern": r"[|\\]"}]}
    rule["properties"]["is"]["allOf"].append(right_paths)
    # A rule is the path of the right, or a map with `is`.
    rule["if"], rule["then"] = {"type": "string"}, right_paths
    several = {"pattern": r"[|,\\]"}
    definitions["fields"]["propertyNames"] = {
        "anyOf": [{"$ref": "#/definitions/leftPath"}, several]
    }
    definitions["fields"]["properties"] = {
        path: {"description": text, "allOf": rules}
        for path, text in left.described()
        for rules in (_rule_of(left, path),)
    }
    properties["each"]["allOf"] = [{"$ref": "#/definitions/rightPath"}]
    properties["lost"]["propertyNames"] = {"enum": [name, HUB]}
    properties["lost"]["properties"] = {
        side: {
            "description": f"Fields of {side} without an equivalent, and why.",
            "type": "object",
            "propertyNames": {"$ref": f"#/definitions/{definition}"},
            "additionalProperties": {"$ref": "#/definitions/string"},
        }
        for side, definition in ((name, "leftPath"), (HUB, "rightPath"))
    }
    return schema


def _rule_of(left: _Side, path: str) -> list[dict[str, Any]]:
    """Return the schemas of a rule for one field of the left; its enum narrows `values`."""
    schemas: list[dict[str, Any]] = [
        {"$ref": "#/definitions/rule"},
        {"$ref": "#/definitions/single"},
    ]
    values = left.values(path)
    if values and all(isinstance(value, str) for value in values):
        names = {"if": {"type": "object"}, "then": {"propertyNames": {"enum": values}}}
        schemas.append({"properties": {"values": names}})
    return schemas


class _Side:
    """The fields of one format."""

    def __init__(self, catalog: Catalog, name: str) -> None:
        catalog.spec(name)
        self._variants = variants_of(catalog.event_type(name, for_output=False))
        walks = (_walk(variant, ()) for variant in self._variants)
        self._fields = list(dict.fromkeys(chain.from_iterable(walks)))[:_MAX_PATHS]
        self._by_text = {format_path(path): path for path in self._fields}

    def paths(self) -> dict[str, Any]:
        """Return a schema for the path of one field; free keys may have any name."""
        open_paths = [format_path(path[:-2]) for path in self._fields if path[-1] == KEY]
        free = [{"pattern": f"^{re.escape(text)}\\."} for text in open_paths]
        return {"type": "string", "anyOf": [{"enum": list(self._by_text)}, *free]}

    def described(self) -> Iterator[tuple[str, str]]:
        """Yield each path, with the description of its field in the spec."""
        for text, path in self._by_text.items():
            types = [found for variant in self._variants if (found := type_at(variant, path))]
            described = (found.schema.get("description", "") for found in types)
            yield text, next(filter(None, described), f"The field `{text}`.")

    def values(self, text: str) -> list[Any]:
        """List the enum values of a field; empty if it has none."""
        path, values = self._by_text[text], dict[Any, None]()
        for variant in self._variants:
            found = type_at(variant, path)
            if isinstance(found, Scalar) and found.enum is not None:
                values.update(dict.fromkeys(found.enum))
            elif found is not None:
                return []
        return [value for value in values if value is not None]


def _walk(schema_type: SchemaType, at: Path) -> Iterator[Path]:
    """Yield the path of each field in a type, outer fields first."""
    match schema_type:
        case Object(fields=fields, additional=additional):
            for name, field in fields.items():
                yield (*at, name)
                yield from _walk(field.type, (*at, name))
            if additional is not None and at:
                yield (*at, MAP_ENTRY, KEY)
                yield (*at, MAP_ENTRY, VALUE)
                yield from _walk(additional, (*at, MAP_ENTRY, VALUE))
        case ListOf(items=items):
            yield (*at, LIST_ITEM)
            yield from _walk(items, (*at, LIST_ITEM))
