"""Where a JSON pointer leads to in the text of a document: the line and column of the value."""

from __future__ import annotations

import json
import re

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def line_and_column(text: str, pointer: str) -> tuple[int, int] | None:
    """Where what `pointer` (`/info/title`) leads to begins in `text`, both from 1.

    A member of an object begins with its name. None where the text is no JSON, or has no such
    place. Of a name that stands twice the last one counts, as to those who read the document.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    try:
        start = offset = _skip_space(text, 0)
        for step in steps:
            position = (
                _find_field(text, offset, step)
                if text[offset] == "{"
                else _find_element(text, offset, step)
            )
            if position is None:
                return None
            start, offset = position
    except (ValueError, IndexError, RecursionError):
        return None
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _find_field(text: str, offset: int, name: str) -> tuple[int, int] | None:
    """Where a member of the object at `at` has its name and its value."""
    position: tuple[int, int] | None = None
    offset = _skip_space(text, offset + 1)
    while text[offset] != "}":
        key, end = _DECODER.raw_decode(text, offset)
        value_offset = _skip_space(text, _skip_space(text, end) + 1)
        if key == name:
            position = (offset, value_offset)
        offset = _skip_value(text, value_offset)
    return position


def _find_element(text: str, offset: int, index: str) -> tuple[int, int] | None:
    """Where an element of the list at `at` begins, twice."""
    if text[offset] != "[" or not index.isdecimal():
        return None
    offset = _skip_space(text, offset + 1)
    for _ in range(int(index)):
        if text[offset] == "]":
            return None
        offset = _skip_value(text, offset)
    return None if text[offset] == "]" else (offset, offset)


def _skip_value(text: str, offset: int) -> int:
    """Where what follows the value at `at` begins, behind the comma if there is one."""
    offset = _skip_space(text, _DECODER.raw_decode(text, offset)[1])
    return _skip_space(text, offset + 1) if text[offset] == "," else offset


def _skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset
