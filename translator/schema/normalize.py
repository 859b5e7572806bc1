"""Normalize schemas: give those that only differ in spelling the same form.

For example, `allOf: [{$ref: X}]` becomes what X holds, `const: a` becomes `enum: [a]`, and `oneOf`
with null becomes a list of types. Each step keeps the set of valid values, unless a schema around
uses `unevaluatedProperties` or `unevaluatedItems`, which depend on how a schema is written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from translator.schema.openapi import (
    ANNOTATIONS,
    BOUND_KEYWORDS,
    Schema,
    has_type,
    map_subschemas,
    resolve,
)

_TYPES_BY_KEYWORD: dict[str, frozenset[str]] = {
    keyword: frozenset(types.split())
    for types, keywords in {
        "string": "maxLength minLength pattern format x-max-bytes",
        "number integer": "maximum minimum exclusiveMaximum exclusiveMinimum multipleOf",
        "array": "contains items maxContains maxItems minContains minItems prefixItems "
        "unevaluatedItems uniqueItems",
        "object": "additionalProperties dependentRequired dependentSchemas maxProperties "
        "minProperties patternProperties properties propertyNames required unevaluatedProperties",
    }.items()
    for keyword in keywords.split()
}
"""The types that a keyword says something about."""

_GROUPS = (
    {"if", "then", "else"},
    {"contains", "minContains", "maxContains"},
    {"prefixItems", "items"},
)
"""Keywords that depend on each other."""

_DEFAULTS: dict[str, Any] = {
    "additionalProperties": {},
    "items": {},
    "minItems": 0,
    "minLength": 0,
    "minProperties": 0,
    "patternProperties": {},
    "dependentRequired": {},
    "dependentSchemas": {},
    "properties": {},
    "propertyNames": {},
    "required": [],
    "unevaluatedItems": {},
    "unevaluatedProperties": {},
    "uniqueItems": False,
}
"""The values of keywords that are the same as none."""

_DROPPED = ANNOTATIONS | {"$defs", "$schema", "contentEncoding", "contentMediaType"}
_DROPPED |= {"contentSchema", "xml"}


def normalize(document: Schema, schema: Schema) -> tuple[Schema, Schema]:
    """Return the normalized schema, and the document that its references point into.

    References remain only in unions with a discriminator. No schema may contain itself.
    """
    normalizer = _Normalizer(document)
    normalized = normalizer.schema(schema)
    return {"targets": normalizer.targets}, normalized


@dataclass(slots=True)
class _Normalizer:
    document: Schema
    targets: list[Schema] = field(default_factory=list)
    refs: dict[tuple[str, str], str] = field(default_factory=dict)

    def schema(self, schema: Any) -> Schema:
        if not isinstance(schema, dict):
            return {} if schema else {"not": {}}
        own = {
            keyword: value
            for keyword, value in schema.items()
            if keyword in BOUND_KEYWORDS
            or (keyword not in _DROPPED and not keyword.startswith("x-"))
        }
        if "oneOf" in own and "discriminator" in own:
            return self.union(own)
        own.pop("discriminator", None)
        parts = [self.schema(part) for part in own.pop("allOf", ())]
        if "$ref" in own:
            parts.append(self.schema(resolve(self.document, own.pop("$ref"))))
        for keyword in ("anyOf", "oneOf"):
            if keyword in own:
                parts.append(_join(keyword, [self.schema(part) for part in own.pop(keyword)]))
        return _merge_all([_tidy(map_subschemas(own, self.schema)), *parts])

    def union(self, schema: Schema) -> Schema:
        """Normalize a union; what it says beside its variants becomes part of each of them."""
        discriminator, branches = schema.pop("discriminator"), schema.pop("oneOf")
        shared = self.schema(schema)
        mapping = {v: self.target(ref, shared) for v, ref in discriminator["mapping"].items()}
        variants = [
            {"$ref": self.target(branch["$ref"], shared)}
            if isinstance(branch, dict) and "$ref" in branch
            else self.schema(branch)
            for branch in branches
        ]
        name = discriminator["propertyName"]
        return {"oneOf": variants, "discriminator": {"propertyName": name, "mapping": mapping}}

    def target(self, ref: str, shared: Schema) -> str:
        """Normalize what a reference points to, and return the reference to the result."""
        key = (ref, to_json(shared))
        if key not in self.refs:
            target = self.schema(resolve(self.document, ref))
            self.refs[key] = f"#/targets/{len(self.targets)}"
            self.targets.append(_merge_all([target, shared]))
        return self.refs[key]


def _merge_all(schemas: Iterable[Schema]) -> Schema:
    """Combine schemas that all apply; those that cannot be merged stay in an `allOf`."""
    merged: Schema = {}
    others: list[Schema] = []
    for schema in schemas:
        inner = schema.get("allOf", ())
        plain = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
        combined = _merge(merged, plain)
        if combined is None:
            others.append(plain)
        else:
            merged = combined
        others += inner
    if others:
        unique = {to_json(schema): schema for schema in others}
        merged["allOf"] = [unique[key] for key in sorted(unique)]
    return _tidy(merged)


def _merge(left: Schema, right: Schema) -> Schema | None:
    """Return one schema that both say the same as; None if there is no simple one."""
    if not left or not right:
        return dict(left or right)
    if not _are_independent(left, right) or not _are_independent(right, left):
        return None
    merged = dict(left)
    for keyword, value in right.items():
        combined = _merge_keyword(keyword, left[keyword], value) if keyword in left else value
        if combined is None:
            return None
        merged[keyword] = combined
    return _tidy(merged)


def _are_independent(schema: Schema, other: Schema) -> bool:
    """Whether the keywords of a schema mean the same beside those of the other."""
    if "discriminator" in schema or any(keyword.startswith("unevaluated") for keyword in schema):
        return False
    for group in _GROUPS:
        used = (schema.keys() | other.keys()) & group
        if schema.keys() & group and other.keys() & group and used != {"items"}:
            return False
    if "additionalProperties" not in schema:
        return True
    if other.keys() & {"additionalProperties", "patternProperties"}:
        return False
    return set(other.get("properties", {})) <= set(schema.get("properties", {}))


def _merge_keyword(keyword: str, left: Any, right: Any) -> Any:
    if to_json(left) == to_json(right):
        return left
    match keyword:
        case "type":
            return _intersect_types(left, right)
        case "enum":
            keys = {to_json(value) for value in right}
            return [value for value in left if to_json(value) in keys]
        case "required":
            return [*left, *right]
        case "properties":
            names = dict.fromkeys([*left, *right])
            return {
                name: _merge_all(side[name] for side in (left, right) if name in side)
                for name in names
            }
        case "items":
            return _merge_all((left, right))
        case "uniqueItems":
            return True
        case "multipleOf":
            return None
        case _ if keyword in BOUND_KEYWORDS:
            return max(left, right) if "min" in keyword.lower() else min(left, right)
    return None


def _type_list(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _intersect_types(left: str | list[str], right: str | list[str]) -> list[str] | None:
    sides = [set(_type_list(left)), set(_type_list(right))]
    sides = [side | {"integer"} if "number" in side else side for side in sides]
    return sorted(sides[0] & sides[1]) or None


def _join(keyword: str, branches: list[Schema]) -> Schema:
    """Return one schema for an `anyOf` or `oneOf`, without the keyword where that is possible."""
    if len(branches) == 1:
        return branches[0]
    if (joined := _join_values(keyword, branches) or _join_types(branches)) is not None:
        return _tidy(joined)
    by_json = sorted((to_json(branch), index) for index, branch in enumerate(branches))
    if keyword == "anyOf":
        by_json = sorted(dict(by_json).items())
    return {keyword: [branches[index] for _, index in by_json]}


def _join_values(keyword: str, branches: list[Schema]) -> Schema | None:
    values: list[Any] = []
    for branch in branches:
        if branch == {"type": "null"}:
            values.append(None)
        elif "enum" in branch and branch.keys() <= {"enum", "type"}:
            values += branch["enum"]
        else:
            return None
    unique = {to_json(value): value for value in values}
    if keyword == "oneOf" and len(unique) < len(values):
        return None
    return {"enum": list(unique.values())}


def _join_types(branches: list[Schema]) -> Schema | None:
    """Join schemas of different types, each of which says something about its own type only."""
    joined: Schema = {"type": []}
    for branch in branches:
        types = set(_type_list(branch.get("type", [])))
        known = {"number" if name == "integer" else name for name in joined["type"]}
        is_other = not known & {"number" if name == "integer" else name for name in types}
        specific = branch.keys() - {"type"}
        if not types or not is_other:
            return None
        if not all(_TYPES_BY_KEYWORD.get(keyword, set()) & types for keyword in specific):
            return None
        joined = {**joined, **branch, "type": [*joined["type"], *types]}
    return joined


def _tidy(schema: Schema) -> Schema:
    """Order what has no order, and remove what says nothing."""
    tidy = dict(schema)
    if "const" in tidy:
        values = [tidy.pop("const")]
        tidy["enum"] = _merge_keyword("enum", values, tidy["enum"]) if "enum" in tidy else values
    if "type" in tidy:
        types = set(_type_list(tidy["type"]))
        types -= {"integer"} if "number" in types else set()
    else:
        types = set()
    if "enum" in tidy:
        unique = {to_json(value): value for value in map(_plain_number, tidy["enum"])}
        allowed = [v for v in unique.values() if not types or _has_any_type(v, types)]
        tidy["enum"] = allowed
        types = types or ({"number"} if any(isinstance(v, float) for v in allowed) else {"integer"})
        types |= _OTHER_TYPES if "type" not in tidy else set()
        types = {name for name in types if any(has_type(value, name) for value in allowed)}
    if types:
        tidy["type"] = min(types) if len(types) == 1 else sorted(types)
        tidy = {
            keyword: value
            for keyword, value in tidy.items()
            if keyword not in _TYPES_BY_KEYWORD or _TYPES_BY_KEYWORD[keyword] & types
        }
    for keyword in tidy.keys() & {"additionalProperties", "unevaluatedProperties"}:
        tidy[keyword] = False if tidy[keyword] == {"not": {}} else tidy[keyword]
    for keyword in tidy.keys() & BOUND_KEYWORDS:
        tidy[keyword] = _plain_number(tidy[keyword])
    _tidy_bounds(tidy, is_integer=types == {"integer"})
    if "required" in tidy:
        tidy["required"] = sorted(set(tidy["required"]))
    if "dependentRequired" in tidy:
        needs = tidy["dependentRequired"]
        tidy["dependentRequired"] = {name: sorted(needs[name]) for name in needs if needs[name]}
    return {
        keyword: value
        for keyword, value in tidy.items()
        if keyword not in _DEFAULTS
        or value != _DEFAULTS[keyword]
        or (keyword == "items" and "prefixItems" in tidy)
        or (keyword == "additionalProperties" and "unevaluatedProperties" in tidy)
    }


_OTHER_TYPES = {"array", "boolean", "null", "object", "string"}


def _has_any_type(value: Any, names: Iterable[str]) -> bool:
    return any(has_type(value, name) for name in names)


def _plain_number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _tidy_bounds(schema: Schema, *, is_integer: bool) -> None:
    """Keep one lower and one upper bound of a number."""
    for inclusive, exclusive, sign in (
        ("minimum", "exclusiveMinimum", 1),
        ("maximum", "exclusiveMaximum", -1),
    ):
        if is_integer and exclusive in schema:
            bound = schema.pop(exclusive)
            nearest = (math.floor(bound) if sign == 1 else math.ceil(bound)) + sign
            bounds = [nearest, schema.get(inclusive, nearest)]
            schema[inclusive] = max(bounds) if sign == 1 else min(bounds)
        if is_integer and inclusive in schema:
            bound = schema[inclusive]
            schema[inclusive] = math.ceil(bound) if sign == 1 else math.floor(bound)
        if inclusive in schema and exclusive in schema:
            is_weaker = sign * schema[inclusive] <= sign * schema[exclusive]
            del schema[inclusive if is_weaker else exclusive]


def to_json(value: Any) -> str:
    """Return the JSON of a schema or value, the same for orders of the same keys and values."""
    return json.dumps(_sorted(value), ensure_ascii=False, sort_keys=True)


def _sorted(value: Any, keyword: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _sorted(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        items = [_sorted(item) for item in value]
        is_set = keyword in ("enum", "required", "type")
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if is_set else items
    return value
