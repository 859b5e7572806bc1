"""Formats as they are read: the event itself, and what a mapping makes of another format.

Nothing is built until somebody asks for it: a mapping's target is asked for a member, and asks its
source in turn. So what no target wants is not looked at, as docs/decisions.md has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tests.reference.places import Place
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path

Json = Any
Pattern = Path
"""A path as mappings write it, in which `EACH` or `FREE` stands for every element."""

Steps = tuple[str | int, ...]
"""A path in which each list, or object with free keys, is followed by the number of an element."""


@dataclass(frozen=True)
class Reason:
    """Why an event may be refused: the code, and the paths that may be named (any, if none)."""

    code: str
    paths: tuple[str, ...] = ()


class Refused(Exception):
    """What was asked for cannot be had, for this reason."""

    def __init__(self, code: str, *paths: str) -> None:
        super().__init__(code, *paths)
        self.reason = Reason(code, tuple(dict.fromkeys(one for one in paths if one)))


@dataclass(frozen=True)
class Found:
    """A value that is there: never null.

    Its place in the format it is read from, if it has one; where in the event it comes from, the
    empty text where it is not of the event.
    """

    value: Json
    place: Place | None
    where: str


class View(Protocol):
    """A format as the next mapping reads it."""

    def get(self, path: Steps) -> Found | None:
        """What stands at a path; None where nothing does. Raises `Refused`."""

    def length(self, path: Steps) -> int | None:
        """How many elements a list has; None where there is no list. Raises `Refused`."""

    def knows(self, pattern: Pattern) -> bool:
        """Whether anything may ever stand there."""


class Event:
    """The event itself. What its spec does not know is not seen."""

    def __init__(self, event: Json, place: Place) -> None:
        self._root = Found(event, place, "$")

    def get(self, path: Steps) -> Found | None:
        return walk(self._root, path)

    def length(self, path: Steps) -> int | None:
        return size(self.get(path))

    def knows(self, pattern: Pattern) -> bool:
        place = self._root.place
        return place is not None and place.at(pattern) is not None


def walk(found: Found | None, path: Steps) -> Found | None:
    """What stands beneath a value."""
    for position, step in enumerate(path):
        if found is None or found.place is None:
            return None
        value, place = found.value, found.place.below(step)
        if place is None:
            return None
        if isinstance(step, int) and isinstance(value, dict):
            key, item = list(value.items())[step]
            if position + 1 < len(path) and path[position + 1] == KEY:
                return Found(key, place.below(KEY), found.where + named(key))
            below = place.below(VALUE)
            if item is None or below is None:
                return None
            rest = path[position + 2 :]
            return walk(Found(item, below, found.where + named(key)), rest)
        if isinstance(step, int):
            inner, where = value[step], f"{found.where}[{step}]"
        elif isinstance(value, dict):
            inner, where = value.get(step), found.where + named(step)
        else:
            return None
        found = None if inner is None else Found(inner, place, where)
    return found


def size(found: Found | None) -> int | None:
    """How many elements a value has."""
    return len(found.value) if found is not None and isinstance(found.value, list | dict) else None


def named(step: str) -> str:
    return f".{step}" if step.isidentifier() else f"[{step!r}]"


def is_at(path: Steps, pattern: Pattern) -> bool:
    """Whether a path is one that a pattern stands for."""
    return len(path) == len(pattern) and is_below(path, pattern)


def is_below(path: Steps, pattern: Steps) -> bool:
    """Whether a pattern stands for a path, or for one beneath it."""
    return len(path) <= len(pattern) and all(
        one in (LIST_ITEM, MAP_ENTRY) if isinstance(step, int) else one == step
        for step, one in zip(path, pattern, strict=False)
    )


def is_loop(segment: str | int) -> bool:
    return segment in (LIST_ITEM, MAP_ENTRY)


def goes_into(path: Steps, pattern: Pattern) -> bool:
    """Whether a pattern leads into the elements of what is at a path."""
    return len(pattern) > len(path) and is_below(path, pattern) and is_loop(pattern[len(path)])
