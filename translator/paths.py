"""Paths to the members of an event, as mappings write them.

`data.item` is a member inside a member; `items[].id` the `id` of each element of a list;
`attributes{key}` and `attributes{value}` each key and each value of an object with free keys. A
dot, bracket or brace that belongs to a name is written behind a backslash.
"""

from __future__ import annotations

import re

LIST_ITEM = "[]"
"""The segment that stands for each element of a list."""

MAP_ENTRY = "{}"
"""The segment that stands for each member of an object with free keys."""

KEY = "{key}"
"""Behind `FREE`: the key."""

VALUE = "{value}"
"""Behind `FREE`: the value."""

RESERVED_NAMES = frozenset((LIST_ITEM, MAP_ENTRY, KEY, VALUE))
"""What no member of a spec may be named, since a path would not tell it from these segments."""

Path = tuple[str, ...]
"""Segments: names of members, `EACH`, or `FREE` with `KEY` or `VALUE` behind it."""

_TOKEN = re.compile(r"((?:[^.\[\]{}\\\s]++|\\.)++)|(\[\])|(\{key\})|(\{value\})|(\.)")


def parse_path(text: str) -> Path:
    """The path that `text` writes. Raises `ValueError` with a message for the writer."""
    segments: list[str] = []
    position, after_dot = 0, True
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is not a path: {text[position:]!r} cannot stand there")
        position = match.end()
        name, each, key, value, dot = match.groups()
        if name is not None and after_dot:
            segments.append(re.sub(r"\\(.)", r"\1", name))
            if segments[-1] in RESERVED_NAMES:
                raise ValueError(f"{text!r} is not a path: no member is named {segments[-1]!r}")
        elif each and segments and not after_dot:
            segments.append(LIST_ITEM)
        elif (key or value) and segments and not after_dot:
            segments += [MAP_ENTRY, KEY if key else VALUE]
        elif dot and segments and not after_dot:
            after_dot = True
            continue
        else:
            raise ValueError(f"{text!r} is not a path: {match[0]!r} cannot stand there")
        after_dot = False
    if after_dot:
        raise ValueError(f"{text!r} is not a path: a name is missing at its end")
    return tuple(segments)


def format_path(path: Path) -> str:
    """The text that `parse_path` reads back as `path`."""
    text = ""
    for segment in path:
        if segment in (LIST_ITEM, KEY, VALUE):
            text += segment
        elif segment != MAP_ENTRY:
            name = re.sub(r"([.\[\]{}\\\s])", r"\\\1", segment)
            text += f".{name}" if text else name
    return text


def list_prefix(path: Path, start: int = 0) -> Path | None:
    """`path` up to the first list (or object with free keys) that begins at or after `start`."""
    for index in range(start, len(path)):
        if path[index] in (LIST_ITEM, MAP_ENTRY):
            return path[: index + 1]
    return None


def is_scalar_path(path: Path) -> bool:
    """Whether `path` names one place of an event, and not one for each element of a list."""
    return LIST_ITEM not in path and MAP_ENTRY not in path
