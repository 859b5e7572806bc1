"""Validate a few values without jsonschema_rs, whose import takes longer than their translation.

`accepts` reads a schema directly. It never accepts an invalid value, but may refuse a valid one: it
knows only common keywords, and compares only what Python and jsonschema_rs compare alike. So its
caller asks a compiled validator about each value that it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from translator.runtime.formats import is_common_rfc3339, is_uuid
from translator.runtime.times import COMMON_RFC3339

_FORMATS: dict[str, Callable[[str], object]] = {
    "date-time": is_common_rfc3339,
    "uuid": is_uuid,
    "iri": re.compile(
        r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/[\w.~/-]*)?|urn:[a-z]+:[\w.:/-]+", re.ASCII
    ).fullmatch,
}
"""Functions that accept common strings of a format, and no others."""

_DATE_TIME_PATTERN = f"^(?:{COMMON_RFC3339})$"

_ESCAPE = r"\\(?:[^A-Za-z0-9]|[dsw]|x[0-9A-Fa-f]{2})"

_PATTERN_TOKEN = re.compile(
    rf"""(?P<item> \[ (?!.[^\]]*(?:--|&&|~~)) \^? (?:[^\[\]\\]|{_ESCAPE})+ \]
        | {_ESCAPE} | [\w .,:;/"'<>=!@#%&~_-] | [|)^$])
    | (?P<group> \((?:\?:)?(?!\?))
    | (?P<repeat> (?:[*+?]|\{{\d+(?:,\d*)?\}})(?![*+?{{]))""",
    re.ASCII | re.VERBOSE,
)
"""The parts of patterns that all dialects read alike, for printable ASCII strings."""

_START_PATTERN = re.compile(r"\^[\w :/-]+", re.ASCII)
"""Patterns of the strings that start with a text."""

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
    {"$defs", "components", "title", "description", "default", "examples", "then", "else"}
)
"""Keywords that refuse no value; `if` reads `then` and `else`."""


def accepts(schema: Any, value: Any) -> bool:
    """Whether a value is certainly valid; references to other documents never are."""
    try:
        return _is_comparable(value) and _accepts(schema, value, schema)
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


def _accepts(schema: Any, value: Any, root: Any) -> bool:
    if schema is True:
        return True
    return schema.__class__ is dict and all(
        _satisfies(keyword, schema, value, root) for keyword in schema
    )


def _satisfies(keyword: str, schema: dict[str, Any], value: Any, root: Any) -> bool:
    """Whether a value certainly satisfies a keyword of a schema."""
    argument, kind = schema[keyword], value.__class__
    match keyword:
        case "$ref":
            return _accepts(_resolve(argument, root), value, root)
        case "allOf":
            return all(_accepts(branch, value, root) for branch in argument)
        case "anyOf":
            return any(_accepts(branch, value, root) for branch in argument)
        case "oneOf":
            rest = [branch for branch in argument if not _rejects(branch, value, root)]
            return len(rest) == 1 and _accepts(rest[0], value, root)
        case "not":
            return _rejects(argument, value, root)
        case "if":
            then, otherwise = schema.get("then", True), schema.get("else", True)
            return (_rejects(argument, value, root) or _accepts(then, value, root)) and (
                _accepts(argument, value, root) or _accepts(otherwise, value, root)
            )
        case "type":
            types = (argument,) if isinstance(argument, str) else argument
            return any(kind in _CLASSES_BY_TYPE[name] for name in types)
        case "enum" | "const":
            constants = argument if keyword == "enum" else (argument,)
            return (kind is str or value is None) and value in constants
    if keyword in _ANNOTATIONS or (keyword.startswith("x-") and keyword not in _KEYWORDS):
        return True
    if kind is dict:
        return _satisfies_object(keyword, schema, value, root)
    if kind is list:
        return _satisfies_list(keyword, argument, value, root)
    if kind is str:
        return _satisfies_string(keyword, argument, value)
    if kind is int or kind is float:
        return _satisfies_number(keyword, argument, value)
    return keyword in _KEYWORDS


def _resolve(reference: str, root: Any) -> Any:
    """Return the schema that a reference names; raise KeyError if that is not certain."""
    document, *names = reference.split("/")
    if document != "#" or "~" in reference or "%" in reference:
        raise KeyError(reference)
    for name in names:
        root = root[name]
    return root


def _rejects(schema: Any, value: Any, root: Any) -> bool:
    """Whether a value is certainly invalid."""
    if schema.__class__ is not dict:
        return schema is False
    return any(_violates(keyword, schema[keyword], value, root) for keyword in schema)


def _violates(keyword: str, argument: Any, value: Any, root: Any) -> bool:
    """Whether a value certainly violates a keyword of a schema."""
    kind = value.__class__
    match keyword:
        case "$ref":
            return _rejects(_resolve(argument, root), value, root)
        case "allOf":
            return any(_rejects(branch, value, root) for branch in argument)
        case "anyOf":
            return all(_rejects(branch, value, root) for branch in argument)
        case "not":
            return _accepts(argument, value, root)
        case "type":
            types = (argument,) if isinstance(argument, str) else argument
            if kind is float and "integer" in types:  # 15.0 is an integer
                return False
            return all(kind not in _CLASSES_BY_TYPE[name] for name in types)
        case "enum" | "const":
            constants = argument if keyword == "enum" else (argument,)
            comparable = kind is str or all(constant.__class__ is str for constant in constants)
            return comparable and value not in constants
        case "required" if kind is dict:
            return not all(name in value for name in argument)
        case "properties" if kind is dict:
            return any(
                name in argument and _rejects(argument[name], item, root)
                for name, item in value.items()
            )
        case "pattern" if kind is str:
            return bool(_START_PATTERN.fullmatch(argument)) and not value.startswith(argument[1:])
    return False


def _satisfies_object(
    keyword: str, schema: dict[str, Any], value: dict[Any, Any], root: Any
) -> bool:
    argument = schema[keyword]
    match keyword:
        case "properties":
            return all(
                _accepts(argument[name], item, root)
                for name, item in value.items()
                if name in argument
            )
        case "required":
            return all(name in value for name in argument)
        case "additionalProperties":
            known = schema.get("properties", {})
            return "patternProperties" not in schema and all(
                _accepts(argument, item, root) for name, item in value.items() if name not in known
            )
        case "dependentRequired":
            return all(
                name not in value or all(other in value for other in others)
                for name, others in argument.items()
            )
        case "propertyNames":
            return all(_accepts(argument, name, root) for name in value)
        case "minProperties":
            return bool(len(value) >= argument)
        case "maxProperties":
            return bool(len(value) <= argument)
    return keyword in _KEYWORDS


def _satisfies_list(keyword: str, argument: Any, value: list[Any], root: Any) -> bool:
    match keyword:
        case "items":
            return all(_accepts(argument, item, root) for item in value)
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
            return bool(_FORMATS[argument](value))
        case "pattern":
            if argument == _DATE_TIME_PATTERN:
                return is_common_rfc3339(value)
            return value.isascii() and value.isprintable() and _matches(argument, value)
    return keyword in _KEYWORDS


def _matches(pattern: str, value: str) -> bool:
    """Whether printable ASCII text certainly matches a pattern.

    No repetition or group gives back what it has matched. So it may miss a match, but takes linear
    time from each start.
    """
    parts, position = [], 0
    while position < len(pattern):
        token = _PATTERN_TOKEN.match(pattern, position)
        if token is None:
            return False
        parts.append("(?>" if token["group"] else token[0] + "+" * bool(token["repeat"]))
        position = token.end()
    return re.search("".join(parts), value, re.ASCII) is not None


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
            from decimal import Decimal

            return Decimal(repr(value)) % Decimal(repr(argument)) == 0
    return keyword in _KEYWORDS


_KEYWORDS = frozenset(
    {"properties", "required", "additionalProperties", "propertyNames", "dependentRequired",
     "minProperties", "maxProperties", "items", "minItems", "maxItems", "minLength", "maxLength",
     "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
     "multipleOf", "x-max-bytes"}
)  # fmt: skip
"""Keywords that are satisfied by all values of another type than the one they concern."""
