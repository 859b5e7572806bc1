"""Validate a few values without jsonschema_rs, whose import takes longer than their translation.

`accepts` reads a schema directly. It never accepts an invalid value, but may refuse a valid one: it
knows only common keywords, and compares only what Python and jsonschema_rs compare alike. So its
caller asks a compiled validator about each value that it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from translator.runtime.formats import is_common_rfc3339, is_uuid
from translator.runtime.times import COMMON_RFC3339

_FORMATS = {"date-time": is_common_rfc3339, "uuid": is_uuid}

_DATE_TIME_PATTERN = f"^(?:{COMMON_RFC3339})$"

_ITEM = r"(?:\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9_.:+])+-?\]|[A-Za-z0-9_:-]|\\\.)(?:\{\d\d?\})?"

_SIMPLE_PATTERN = re.compile(rf"\^((?:{_ITEM})+(?:[*+](?:{_ITEM})*)?)\$", re.ASCII)
"""Patterns that all dialects read alike, and that Python matches in linear time."""

_MAX_INTEGER = 2**53
"""Up to this one, every integer is a double too, so it does not matter how they are compared."""

_CLASSES_BY_TYPE: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}

_ANNOTATIONS = frozenset({"$defs", "title", "description", "default", "examples"})


def accepts(schema: Any, value: Any) -> bool:
    """Whether a value is certainly valid; references that leave the schema's `$defs` never are."""
    definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
    try:
        return _is_comparable(value) and _accepts(schema, value, definitions)
    except Exception:  # whatever the schema or the value is, a validator decides about it
        return False


def _is_comparable(value: Any) -> bool:
    """Whether Python and jsonschema_rs read a value alike. May raise if it is not JSON."""
    kind = value.__class__
    if kind is str:
        return value.isascii() or bool(value.encode())
    if kind is int or kind is float:
        return bool(-_MAX_INTEGER < value < _MAX_INTEGER)
    if kind is dict:
        return all(name.__class__ is str and _is_comparable(name) for name in value) and all(
            map(_is_comparable, value.values())
        )
    if kind is list:
        return all(map(_is_comparable, value))
    return kind is bool or value is None


def _accepts(schema: Any, value: Any, definitions: Mapping[str, Any]) -> bool:
    if schema is True:
        return True
    return schema.__class__ is dict and all(
        _satisfies(keyword, schema, value, definitions) for keyword in schema
    )


def _satisfies(
    keyword: str, schema: dict[str, Any], value: Any, definitions: Mapping[str, Any]
) -> bool:
    """Whether a value certainly satisfies a keyword of a schema."""
    argument, kind = schema[keyword], value.__class__
    match keyword:
        case "$ref":
            prefix, _, name = argument.rpartition("/")
            return prefix == "#/$defs" and _accepts(definitions[name], value, definitions)
        case "allOf":
            return all(_accepts(branch, value, definitions) for branch in argument)
        case "anyOf":
            return any(_accepts(branch, value, definitions) for branch in argument)
        case "not":
            is_string = argument.keys() == {"const"} and isinstance(argument["const"], str)
            return is_string and bool(value != argument["const"])
        case "type":
            types = (argument,) if isinstance(argument, str) else argument
            return any(kind in _CLASSES_BY_TYPE[name] for name in types)
        case "enum" | "const":
            constants = argument if keyword == "enum" else (argument,)
            return (kind is str or value is None) and value in constants
    if keyword in _ANNOTATIONS or (keyword.startswith("x-") and keyword not in _KEYWORDS):
        return True
    if kind is dict:
        return _satisfies_object(keyword, schema, value, definitions)
    if kind is list:
        return _satisfies_list(keyword, argument, value, definitions)
    if kind is str:
        return _satisfies_string(keyword, argument, value)
    if kind is int or kind is float:
        return _satisfies_number(keyword, argument, value)
    return keyword in _KEYWORDS


def _satisfies_object(
    keyword: str, schema: dict[str, Any], value: dict[Any, Any], definitions: Mapping[str, Any]
) -> bool:
    argument = schema[keyword]
    match keyword:
        case "properties":
            return all(
                _accepts(argument[name], item, definitions)
                for name, item in value.items()
                if name in argument
            )
        case "required":
            return all(name in value for name in argument)
        case "additionalProperties":
            known = schema.get("properties", {})
            return "patternProperties" not in schema and all(
                _accepts(argument, item, definitions)
                for name, item in value.items()
                if name not in known
            )
        case "propertyNames":
            return all(_accepts(argument, name, definitions) for name in value)
        case "minProperties":
            return bool(len(value) >= argument)
        case "maxProperties":
            return bool(len(value) <= argument)
    return keyword in _KEYWORDS


def _satisfies_list(
    keyword: str, argument: Any, value: list[Any], definitions: Mapping[str, Any]
) -> bool:
    match keyword:
        case "items":
            return all(_accepts(argument, item, definitions) for item in value)
        case "minItems":
            return bool(len(value) >= argument)
        case "maxItems":
            return bool(len(value) <= argument)
    return keyword in _KEYWORDS


def _satisfies_string(keyword: str, argument: Any, value: str) -> bool:
    match keyword:
        case "minLength":
            return bool(len(value) >= argument)
        case "maxLength":
            return bool(len(value) <= argument)
        case "x-max-bytes":
            return bool(len(value.encode()) <= argument)
        case "format":
            return _FORMATS[argument](value)
        case "pattern":
            if argument == _DATE_TIME_PATTERN:
                return is_common_rfc3339(value)
            simple = _SIMPLE_PATTERN.fullmatch(argument)
            return simple is not None and re.fullmatch(simple[1], value, re.ASCII) is not None
    return keyword in _KEYWORDS


def _satisfies_number(keyword: str, argument: float, value: float) -> bool:
    match keyword:
        case "minimum":
            return bool(value >= argument)
        case "maximum":
            return bool(value <= argument)
        case "exclusiveMinimum":
            return bool(value > argument)
        case "exclusiveMaximum":
            return bool(value < argument)
    return keyword in _KEYWORDS


_KEYWORDS = frozenset(
    {"properties", "required", "additionalProperties", "propertyNames", "minProperties",
     "maxProperties", "items", "minItems", "maxItems", "minLength", "maxLength", "format",
     "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "x-max-bytes"}
)  # fmt: skip
"""Keywords that are satisfied by all values of another type than the one they concern."""
