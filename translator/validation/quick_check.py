"""Validate a few values without jsonschema_rs, whose import takes longer than their translation.

`accepts` reads a schema directly. It never accepts an invalid value, but may refuse a valid one: it
knows only common keywords, and compares only what Python and jsonschema_rs compare alike. So its
caller asks a compiled validator about each value that it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from translator.runtime.formats import is_common_rfc3339, is_uuid
from translator.runtime.times import COMMON_RFC3339

_FORMATS = {"date-time": is_common_rfc3339, "uuid": is_uuid}

_DATE_TIME_PATTERN = f"^(?:{COMMON_RFC3339})$"

_BOUND = r"(?:[A-Za-z0-9 !~]|\\x[0-7][0-9A-Fa-f])"
_ITEM = re.compile(
    rf"(\[\^?(?:{_BOUND}-{_BOUND}|[A-Za-z0-9_.:+/= ])+-?\]|[A-Za-z0-9_:/ -]|\\\.|\.)"
    r"([*+?]|\{\d{1,3}(?:,\d{0,3})?\})?",
    re.ASCII,
)
"""A part of a pattern that all dialects read alike for printable ASCII: a class, how often."""

_PRINTABLE = "".join(map(chr, range(32, 127)))

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

_ANNOTATIONS = frozenset(
    {"$defs", "components", "title", "description", "default", "examples", "contentMediaType"}
)


def accepts(schema: Any, value: Any) -> bool:
    """Whether a value is certainly valid; only references to named schemas are followed."""
    try:
        definitions = _definitions(schema) if isinstance(schema, dict) else {}
        return _is_comparable(value) and _accepts(schema, value, definitions)
    except Exception:  # whatever the schema or the value is, a validator decides about it
        return False


def _definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the named schemas by the references to them."""
    places = {
        "#/$defs/": schema.get("$defs", {}),
        "#/components/schemas/": schema.get("components", {}).get("schemas", {}),
    }
    return {
        prefix + name: named
        for prefix, schemas in places.items()
        for name, named in schemas.items()
        if "~" not in name and "%" not in name
    }


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
            return _accepts(definitions[argument], value, definitions)
        case "allOf":
            return all(_accepts(branch, value, definitions) for branch in argument)
        case "anyOf":
            return any(_accepts(branch, value, definitions) for branch in argument)
        case "oneOf":
            fitting = [each for each in argument if not _refuses(each, value, definitions)]
            return len(fitting) == 1 and _accepts(fitting[0], value, definitions)
        case "not":
            return _refuses(argument, value, definitions)
        case "if":
            if _refuses(argument, value, definitions):
                return _accepts(schema.get("else", True), value, definitions)
            is_met = _accepts(argument, value, definitions)
            return is_met and _accepts(schema.get("then", True), value, definitions)
        case "then" | "else":
            return True  # `if` decides
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


def _refuses(schema: Any, value: Any, definitions: Mapping[str, Any]) -> bool:
    """Whether a value is certainly not valid."""
    if schema.__class__ is not dict:
        return schema is False
    return any(
        _violates(keyword, argument, value, definitions) for keyword, argument in schema.items()
    )


def _violates(keyword: str, argument: Any, value: Any, definitions: Mapping[str, Any]) -> bool:
    """Whether a value certainly violates a keyword of a schema."""
    kind = value.__class__
    match keyword:
        case "$ref":
            return _refuses(definitions[argument], value, definitions)
        case "allOf":
            return any(_refuses(branch, value, definitions) for branch in argument)
        case "anyOf":
            return all(_refuses(branch, value, definitions) for branch in argument)
        case "type":
            types = (argument,) if isinstance(argument, str) else argument
            may_be_integer = kind is float and "integer" in types
            return not may_be_integer and all(kind not in _CLASSES_BY_TYPE[name] for name in types)
        case "enum" | "const":
            constants = argument if keyword == "enum" else (argument,)
            are_strings = all(isinstance(constant, str) for constant in constants)
            return (kind is str or are_strings) and value not in constants
        case "required":
            return kind is dict and any(name not in value for name in argument)
        case "properties":
            return kind is dict and any(
                _refuses(argument[name], item, definitions)
                for name, item in value.items()
                if name in argument
            )
    return False


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
        case "dependentRequired":
            return all(
                other in value for name in argument if name in value for other in argument[name]
            )
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
            is_plain = value.isascii() and (not value or value.isprintable())
            return is_plain and any(re.fullmatch(each, value) for each in _alternatives(argument))
    return keyword in _KEYWORDS


@cache
def _alternatives(pattern: str) -> tuple[str, ...]:
    """Return patterns of which a string matches one if it matches a simple pattern.

    A simple pattern is anchored, and is a sequence of items, with one optional group at its end, or
    several sequences. Python matches each in linear time. There are none for any other pattern.
    """
    if pattern[:1] != "^" or pattern[-1:] != "$":
        return ()
    body = pattern[1:-1]
    if group := re.fullmatch(r"\((?:\?:)?([^()]*)\)", body):
        sequences = group[1].split("|")
    elif group := re.fullmatch(r"([^()]*)\(\?:([^()]*)\)\?", body):
        sequences = [group[1], group[1] + group[2]]
    else:
        sequences = [body]
    return tuple(sequences) if all(map(_is_linear, sequences)) else ()


def _is_linear(sequence: str) -> bool:
    """Whether a pattern is a sequence of items that can match a string in one way only.

    Each item that is repeated has no character in common with what follows it, up to the next item
    that is not optional. A single repeated item is matched in linear time, too.
    """
    items = list(_ITEM.finditer(sequence))
    if "".join(item[0] for item in items) != sequence:
        return False
    classes = [set(re.findall(item[1], _PRINTABLE)) for item in items]
    varying = [re.fullmatch(r"|\{\d+\}", item[2] or "") is None for item in items]
    if sum(varying) <= 1:
        return True
    for index, characters in enumerate(classes):
        for other in range(index + 1, len(items)) if varying[index] else ():
            if characters & classes[other]:
                return False
            if (items[other][2] or "")[:1] not in ("?", "*") and "{0" not in items[other][0]:
                break
    return True


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
        case "multipleOf":
            is_exact = argument >= 0.001 and -1e9 < value < 1e9
            return is_exact and Decimal(repr(value)) % Decimal(repr(argument)) == 0
    return keyword in _KEYWORDS


_KEYWORDS = frozenset(
    {"properties", "required", "dependentRequired", "additionalProperties", "propertyNames",
     "minProperties", "maxProperties", "items", "minItems", "maxItems", "minLength", "maxLength",
     "format", "pattern", "multipleOf", "minimum", "maximum", "exclusiveMinimum",
     "exclusiveMaximum", "x-max-bytes"}
)  # fmt: skip
"""Keywords that are satisfied by all values of another type than the one they concern."""
