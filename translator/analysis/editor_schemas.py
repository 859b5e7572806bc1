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


def narrow_mapping_schema(catalog: Catalog, name: str, kind: str) -> dict[str, Any]:
    """Narrow the schema of mappings to the fields and values of a format and of the hub.

    `kind` is `mapping` or `mapping-1`. The schema describes mappings with the format on the left.
    Raises `SpecError`, and `TranslationError` for an unknown format.
    """
    schema = load_schema(kind)
    schema["$id"] = f"{schema['$id']}:{name}"
    schema["title"] = f"A mapping between {name} and {HUB}"
    left, right = _Side(catalog, name), _Side(catalog, HUB)
    between = schema["properties"]["between"]
    between["items"] = [{"const": name}, {"const": HUB}]
    definitions, properties = schema["definitions"], schema["properties"]
    definitions["leftPath"], definitions["rightPath"] = left.paths(), right.paths()
    rule = definitions["rule"]
    right_path = {"$ref": "#/definitions/rightPath"}
    right_paths = {"anyOf": [right_path, {"pattern": r"[|&\\]"}]}
    rule["properties"]["is"]["allOf"].append(right_paths)
    # A rule is the path of the right, or a map with `is`.
    rule["if"], rule["then"] = {"type": "string"}, right_paths
    definitions["fields"]["propertyNames"] = {
        "anyOf": [{"$ref": "#/definitions/leftPath"}, {"pattern": r"[|&,\\]"}]
    }
    form = "rules" if "rules" in definitions else "rule"
    definitions["fields"]["properties"] = {
        path: {"description": text, "allOf": _rule_of(left, path, form)}
        for path, text in left.described()
    }
    if "scope" in definitions:
        scope = definitions["scope"]
        scope["if"], scope["then"] = {"type": "string"}, right_path
        scope["properties"]["list"]["allOf"] = [right_path]
        properties["all"]["allOf"] = [right_path]
    else:
        properties["each"]["allOf"] = [right_path]
    # Only version 2 allows a list: the fields that are lost for the reason in the key.
    by_reason = "items" in properties["lost"]["additionalProperties"]["additionalProperties"]
    properties["lost"]["propertyNames"] = {"enum": [name, HUB]}
    properties["lost"]["properties"] = {
        side_name: {
            "description": f"Fields of {side_name} without an equivalent, and why.",
            "type": "object",
            **side.lost(),
            "additionalProperties": by_reason and _list_of(definition),
        }
        for side_name, side, definition in ((name, left, "leftPath"), (HUB, right, "rightPath"))
    }
    return schema


def _list_of(definition: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/definitions/{definition}"}}


def _rule_of(left: _Side, path: str, form: str) -> list[dict[str, Any]]:
    """Return the schemas of the rule or rules for one field; its enum narrows `values`."""
    schemas: list[dict[str, Any]] = [
        {"$ref": f"#/definitions/{form}"},
        {"$ref": "#/definitions/single"},
    ]
    values = left.values(path)
    if values and all(isinstance(value, str) for value in values):
        names = {"if": {"type": "object"}, "then": {"propertyNames": {"enum": values}}}
        narrowed = {"properties": {"values": names}}
        schemas.append(narrowed | {"items": narrowed} if form == "rules" else narrowed)
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
        """Return a schema for the path of one field; see `_others` for those not listed."""
        others = [{"pattern": pattern} for pattern in self._others()]
        return {"type": "string", "anyOf": [{"enum": list(self._by_text)}, *others]}

    def lost(self) -> dict[str, Any]:
        """Return the keywords for the fields of a map from lost fields to reasons."""
        reason = {"$ref": "#/definitions/string"}
        return {
            "properties": {
                text: {"description": about, "allOf": [reason]} for text, about in self.described()
            },
            "patternProperties": dict.fromkeys(self._others(), reason),
        }

    def _others(self) -> Iterator[str]:
        """Yield patterns for paths with free keys, which may have any name, and selections."""
        for path in self._fields:
            if path[-1] == KEY:
                yield rf"^{re.escape(format_path(path[:-2]))}\."
        yield r"\[[^\]]|\{\*\}"

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
