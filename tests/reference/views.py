"""Views of an event: the event itself, and the output of a mapping.

Views are lazy: reading a field of a mapping's output reads its source. So values that the target
does not use are not converted, as docs/decisions.md specifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tests.reference.places import Place
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path

Json = Any
Pattern = Path
"""A path as in mappings: `LIST_ITEM` or `MAP_ENTRY` matches every element."""

Steps = tuple[str | int, ...]
"""A path with the index of an element after each list or object with free keys."""


@dataclass(frozen=True)
class Reason:
    """A reason to refuse an event: the code, and the possible paths (any, if empty)."""

    code: str
    paths: tuple[str, ...] = ()


class Refused(Exception):
    """A value cannot be read or written."""

    def __init__(self, code: str, *paths: str) -> None:
        super().__init__(code, *paths)
        self.reason = Reason(code, tuple(dict.fromkeys(path for path in paths if path)))


@dataclass(frozen=True)
class Located:
    """A value, never null, with its schema if it has one.

    `path` is its JSON path in the original event, empty if it does not come from the event.
    """

    value: Json
    place: Place | None
    path: str


class View(Protocol):
    """An event as the next mapping reads it."""

    def get(self, path: Steps) -> Located | None:
        """The value at a path, None if absent. Raises `Refused`."""

    def length(self, path: Steps) -> int | None:
        """The length of a list, None if absent. Raises `Refused`."""

    def knows(self, pattern: Pattern) -> bool:
        """Whether there can be a value at a path."""


class Event:
    """The event itself, without fields that its spec does not have."""

    def __init__(self, event: Json, place: Place) -> None:
        self._root = Located(event, place, "$")

    def get(self, path: Steps) -> Located | None:
        return walk(self._root, path)

    def length(self, path: Steps) -> int | None:
        return size(self.get(path))

    def knows(self, pattern: Pattern) -> bool:
        place = self._root.place
        return place is not None and place.at(pattern) is not None


def walk(located: Located | None, path: Steps) -> Located | None:
    """The value at a path below another value."""
    for position, step in enumerate(path):
        if located is None or located.place is None:
            return None
        value, place = located.value, located.place.below(step)
        if place is None:
            return None
        if isinstance(step, int) and isinstance(value, dict):
            key, item = list(value.items())[step]
            if position + 1 < len(path) and path[position + 1] == KEY:
                return Located(key, place.below(KEY), located.path + named(key))
            below = place.below(VALUE)
            if item is None or below is None:
                return None
            rest = path[position + 2 :]
            return walk(Located(item, below, located.path + named(key)), rest)
        if isinstance(step, int):
            inner, json_path = value[step], f"{located.path}[{step}]"
        elif isinstance(value, dict):
            inner, json_path = value.get(step), located.path + named(step)
        else:
            return None
        located = None if inner is None else Located(inner, place, json_path)
    return located


def size(located: Located | None) -> int | None:
    """The length of a list or object, None for other values."""
    return (
        len(located.value)
        if located is not None and isinstance(located.value, list | dict)
        else None
    )


def named(step: str) -> str:
    return f".{step}" if step.isidentifier() else f"[{step!r}]"


def is_at(path: Steps, pattern: Pattern) -> bool:
    """Whether a path matches a pattern."""
    return len(path) == len(pattern) and is_below(path, pattern)


def is_below(path: Steps, pattern: Steps) -> bool:
    """Whether a pattern matches a path or a path below it."""
    return len(path) <= len(pattern) and all(
        segment in (LIST_ITEM, MAP_ENTRY) if isinstance(step, int) else segment == step
        for step, segment in zip(path, pattern, strict=False)
    )


def is_loop(segment: str | int) -> bool:
    return segment in (LIST_ITEM, MAP_ENTRY)


def goes_into(path: Steps, pattern: Pattern) -> bool:
    """Whether a pattern continues with the elements of the list at a path."""
    return len(pattern) > len(path) and is_below(path, pattern) and is_loop(pattern[len(path)])
