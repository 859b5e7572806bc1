"""What keeps a Python value from being JSON data, and where in it."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any, Final

from translator.diagnostics import shortened
from translator.errors import Violation
from translator.runtime import step

MAX_DEPTH: Final = 64
"""So many lists and objects may stand in one another."""

LARGE: Final = 10_000
"""An event of more values than this is large."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")


def not_json(event: Any) -> Iterator[Violation]:
    """Each part of an event that JSON cannot say, with its JSON path."""
    open_ids: set[int] = set()
    waiting: list[tuple[str, Any, bool]] = [("$", event, False)]
    while waiting:
        path, value, ends = waiting.pop()
        if ends:
            open_ids.discard(id(value))
            continue
        if not isinstance(value, dict | list | tuple):
            if problem := _problem(value):
                yield Violation(path, problem)
            continue
        if id(value) in open_ids:
            yield Violation(path, "contains itself")
            continue
        if len(open_ids) >= MAX_DEPTH:
            message = f"lists and objects stand more than {MAX_DEPTH} deep in one another"
            yield Violation(path, message)
            continue
        open_ids.add(id(value))
        waiting.append((path, value, True))
        inside: list[tuple[str, Any, bool]] = []
        if isinstance(value, dict):
            for key, below in value.items():
                if type(key) is not str:
                    message = f"a member's name is a string, not a {type(key).__name__}"
                    yield Violation(path, message)
                elif problem := _problem(key):
                    yield Violation(path, f"the name {shortened(key)!r} {problem}")
                else:
                    inside.append((path + step(shortened(key)), below, False))
        else:
            inside += [(f"{path}[{index}]", below, False) for index, below in enumerate(value)]
        waiting += reversed(inside)


def is_large(event: Any) -> bool:
    """Whether an event holds more values than a list of all that is wrong with them can."""
    numbers = count(1)
    waiting = [iter((event,))]
    while waiting:
        for value in waiting[-1]:
            if next(numbers) > LARGE or len(waiting) > LARGE:
                return True
            if isinstance(value, dict | list | tuple):
                waiting.append(iter(value.values() if isinstance(value, dict) else value))
                break
        else:
            waiting.pop()
    return False


def _problem(value: Any) -> str:
    """Why a value that holds no other values is no JSON; empty if it is."""
    if isinstance(value, enum.Enum):
        value = value.value
    if type(value) is str:
        found = SURROGATE.search(value)
        return f"holds {found[0]!r}, half of a surrogate pair and no character" if found else ""
    if type(value) in (float, Decimal):
        return "" if math.isfinite(value) else f"is {value}, which JSON does not have"
    if value is None or type(value) in (int, bool):
        return ""
    return f"is a Python {type(value).__name__}, which is no JSON data"
