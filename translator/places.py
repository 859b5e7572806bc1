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
        shown = at = _space(text, 0)
        for step in steps:
            found = _member(text, at, step) if text[at] == "{" else _element(text, at, step)
            if found is None:
                return None
            shown, at = found
    except (ValueError, IndexError, RecursionError):
        return None
    return text.count("\n", 0, shown) + 1, shown - text.rfind("\n", 0, shown)


def _member(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Where a member of the object at `at` has its name and its value."""
    found: tuple[int, int] | None = None
    at = _space(text, at + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        value = _space(text, _space(text, end) + 1)
        if key == name:
            found = (at, value)
        at = _next(text, value)
    return found


def _element(text: str, at: int, number: str) -> tuple[int, int] | None:
    """Where an element of the list at `at` begins, twice."""
    if text[at] != "[" or not number.isdecimal():
        return None
    at = _space(text, at + 1)
    for _ in range(int(number)):
        if text[at] == "]":
            return None
        at = _next(text, at)
    return None if text[at] == "]" else (at, at)


def _next(text: str, at: int) -> int:
    """Where what follows the value at `at` begins, behind the comma if there is one."""
    at = _space(text, _DECODER.raw_decode(text, at)[1])
    return _space(text, at + 1) if text[at] == "," else at


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
