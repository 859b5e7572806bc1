"""Convert strings: upper and lower case, prefixes, parts, JSON within a string; pairs to keys.

Emitted code calls these functions. Outside its domain, each raises ValueError with a message for
the author of the value.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from translator.runtime.values import format_value

MAX_DEPTH = 60
"""How deep the lists and objects of JSON within a string may be nested."""

_LOWER_CASE = re.compile("[a-z]+")

_UPPER_CASE = re.compile("[A-Z]+")


def require_string(string: object) -> str:
    """Return a string unchanged; raise ValueError for any other value."""
    if not isinstance(string, str):
        raise ValueError(f"{format_value(string)} is not a string")
    return string


def require_nonempty(string: str) -> str:
    """Return a string unchanged; raise ValueError for an empty one and for any other value."""
    if not require_string(string):
        raise ValueError("the string is empty")
    return string


# --- upper and lower case -------------------------------------------------------------------------


def to_upper_case(string: str) -> str:
    """Replace the letters a to z by capitals. `require_upper_case` goes the other way."""
    return _LOWER_CASE.sub(lambda match: match[0].upper(), require_string(string))


def to_lower_case(string: str) -> str:
    """Replace the letters A to Z by small ones. `require_lower_case` goes the other way."""
    return _UPPER_CASE.sub(lambda match: match[0].lower(), require_string(string))


def require_upper_case(string: str) -> str:
    """Return a string without the letters a to z unchanged; raise ValueError for others."""
    if _LOWER_CASE.search(require_string(string)):
        raise ValueError(f"{format_value(string)} has small letters; write capitals")
    return string


def require_lower_case(string: str) -> str:
    """Return a string without the letters A to Z unchanged; raise ValueError for others."""
    if _UPPER_CASE.search(require_string(string)):
        raise ValueError(f"{format_value(string)} has capitals; write small letters")
    return string


# --- prefixes -------------------------------------------------------------------------------------


def strip_prefix(string: str, prefix: str) -> str:
    """Remove the prefix of a string that has it and more. The inverse is `add_prefix`."""
    if not require_string(string).startswith(prefix):
        raise ValueError(f"{format_value(string)} does not begin with {format_value(prefix)}")
    if len(string) == len(prefix):
        raise ValueError(f"nothing follows the prefix {format_value(prefix)}")
    return string[len(prefix) :]


def add_prefix(string: str, prefix: str) -> str:
    """Put a prefix before a string that is not empty. The inverse is `strip_prefix`."""
    return prefix + require_nonempty(string)


# --- parts ----------------------------------------------------------------------------------------


def split_parts(string: str, separator: str) -> list[str]:
    """Split a string into parts, none of which may be empty. The inverse is `join_parts`."""
    parts = require_string(string).split(separator)
    if "" in parts:
        problem = f"has nothing before, between or after {format_value(separator)}"
        raise ValueError(f"{format_value(string)} {problem}" if string else "the string is empty")
    return parts


def join_parts(parts: list[str], separator: str) -> str | None:
    """Join strings so that `split_parts` gives them back; an empty list gives None."""
    parts = _require_strings(parts)
    if not parts:
        return None
    string = separator.join(parts)
    if string.split(separator) != parts:
        problem = f"cannot be joined by {format_value(separator)}, which one of them contains"
        raise ValueError(f"{format_value(parts)} {problem}; use another separator")
    return string


def only_string(parts: list[str]) -> str | None:
    """Return the one string of a list; an empty list gives None. The inverse is `[string]`."""
    if len(_require_strings(parts)) > 1:
        raise ValueError(f"{format_value(parts)} has several strings; give the separator")
    return parts[0] if parts else None


def last_string(parts: list[str]) -> str | None:
    """Return the last string of a list; an empty list gives None."""
    return parts[-1] if _require_strings(parts) else None


def list_of_one(string: str) -> list[str]:
    """Return a list with one string that is not empty. The inverse is `only_string`."""
    return [require_nonempty(string)]


def _require_strings(parts: Any) -> list[str]:
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError(f"{format_value(parts)} is not a list of strings")
    if "" in parts:
        raise ValueError(f"{format_value(parts)} has an empty string")
    return [*parts]


# --- JSON -----------------------------------------------------------------------------------------


def parse_json(string: str) -> Any:
    """Parse a string as JSON. Raises ValueError for anything else, duplicate keys and null."""
    try:
        value = json.loads(
            require_string(string),
            parse_constant=_refuse_constant,
            parse_float=_parse_float,
            object_pairs_hook=_parse_object,
        )
    except (ValueError, RecursionError) as error:
        problem = str(error) if isinstance(error, _NotJson) else "is not JSON"
        raise ValueError(f"{format_value(string)} {problem}") from None
    if value is None:
        raise ValueError("the string is null, and null carries nothing")
    _check_depth(value)
    if "\\u" in string:
        _check_characters(string, value)
    return value


def _check_characters(string: str, value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{format_value(string)} has a lone surrogate") from None


def write_json(value: Any) -> str:
    """Write a value as compact JSON, its keys in order. The inverse is `parse_json`."""
    if value is None:
        raise ValueError("null carries nothing")
    _check_depth(value)
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError):
        raise ValueError(f"{format_value(value)} cannot be written as JSON") from None


class _NotJson(ValueError):
    """JSON that other readers may understand differently."""


def _refuse_constant(name: str) -> NoReturn:
    raise _NotJson(f"is not JSON: {name} is no number")


def _parse_float(string: str) -> float:
    number = float(string)
    if number in (float("inf"), float("-inf")):
        raise _NotJson("has a number that is too large")
    return number


def _parse_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _NotJson("has a key twice in one object")
    return fields


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list | tuple)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"JSON within a string may be nested {MAX_DEPTH} levels deep")
        children: list[Any] = []
        for item in level:
            children += item.values() if isinstance(item, dict) else item
        level = children


# --- pairs ----------------------------------------------------------------------------------------


def group_pairs(pairs: Any, key: str, value: str) -> dict[str, list[Any]]:
    """Group objects with a key and a value: the values of each key, in order.

    The inverse is `flatten_pairs`, which puts the pairs of one key together.
    """
    if not isinstance(pairs, list | tuple):
        raise ValueError(f"{format_value(pairs)} is not a list")
    grouped: dict[str, list[Any]] = {}
    for pair in pairs:
        fields = (
            {}
            if not isinstance(pair, dict)
            else {name: item for name, item in pair.items() if item is not None}
        )
        if fields.keys() != {key, value} or not isinstance(fields[key], str):
            problem = f"must have a string in {key!r}, a value in {value!r} and nothing else"
            raise ValueError(f"{format_value(pair)} {problem}")
        grouped.setdefault(fields[key], []).append(fields[value])
    return grouped


def flatten_pairs(fields: Any, key: str, value: str) -> list[dict[str, Any]]:
    """Return an object with a key and a value for each value of each list, in order.

    The inverse is `group_pairs`.
    """
    if not isinstance(fields, dict):
        raise ValueError(f"{format_value(fields)} is not an object")
    pairs: list[dict[str, Any]] = []
    for name, items in fields.items():
        if items is None:
            continue
        if not isinstance(items, list | tuple) or not items or None in items:
            problem = "must be a list with at least one value, and without null"
            raise ValueError(f"{format_value(items)}, the field {name!r}, {problem}")
        pairs += ({key: name, value: item} for item in items)
    return pairs
