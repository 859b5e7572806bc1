"""What keeps a Python value from being JSON data, and where in it."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any, Final

from translator.diagnostics import truncate
from translator.errors import Violation
from translator.runtime import path_step

MAX_DEPTH: Final = 64
"""So many lists and objects may stand in one another."""

LARGE_EVENT: Final = 10_000
"""An event of more values than this is large."""

SURROGATE: Final = re.compile("[\ud800-\udfff]")


def find_non_json(event: Any) -> Iterator[Violation]:
    """Each part of an event that JSON cannot say, with its JSON path."""
    open_ids: set[int] = set()
    stack: list[tuple[str, Any, bool]] = [("$", event, False)]
    while stack:
        path, value, is_exit = stack.pop()
        if is_exit:
            open_ids.discard(id(value))
            continue
        if not isinstance(value, dict | list | tuple):
            if problem := _scalar_problem(value):
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
        stack.append((path, value, True))
        children: list[tuple[str, Any, bool]] = []
        if isinstance(value, dict):
            for key, child in value.items():
                if type(key) is not str:
                    message = f"a member's name is a string, not a {type(key).__name__}"
                    yield Violation(path, message)
                elif problem := _scalar_problem(key):
                    yield Violation(path, f"the name {truncate(key)!r} {problem}")
                else:
                    children.append((path + path_step(truncate(key)), child, False))
        else:
            children += [(f"{path}[{index}]", child, False) for index, child in enumerate(value)]
        stack += reversed(children)


def is_large(event: Any) -> bool:
    """Whether an event holds more values than a list of all that is wrong with them can."""
    counter = count(1)
    stack = [iter((event,))]
    while stack:
        for value in stack[-1]:
            if next(counter) > LARGE_EVENT or len(stack) > LARGE_EVENT:
                return True
            if isinstance(value, dict | list | tuple):
                stack.append(iter(value.values() if isinstance(value, dict) else value))
                break
        else:
            stack.pop()
    return False


def _scalar_problem(value: Any) -> str:
    """Why a value that holds no other values is no JSON; empty if it is."""
    if isinstance(value, enum.Enum):
        value = value.value
    if type(value) is str:
        surrogate = SURROGATE.search(value)
        return (
            f"holds {surrogate[0]!r}, half of a surrogate pair and no character"
            if surrogate
            else ""
        )
    if type(value) in (float, Decimal):
        return "" if math.isfinite(value) else f"is {value}, which JSON does not have"
    if value is None or type(value) in (int, bool):
        return ""
    return f"is a Python {type(value).__name__}, which is no JSON data"
