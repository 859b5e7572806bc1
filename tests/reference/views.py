"""Views of an event: the event itself, and the output of a mapping.

Views are lazy: reading a field of a mapping's output reads its source. So values that the target
does not use are not converted, as docs/decisions.md specifies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tests.reference.places import Place
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, NamedPick, Path, Selection

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


OTHER_LENGTH = 10**6
"""Added to the length of a list that is not as long as the first one of a run."""


class Run:
    """An event in which lists have only the elements of a run; paths name those of the event.

    The lists at `paths` are parallel; those that are not as long as the first one never match.
    """

    def __init__(self, view: View, paths: Sequence[Steps], start: int, end: int | None) -> None:
        self._view, self._paths, self._start, self._end = view, paths, start, end

    def get(self, path: Steps) -> Located | None:
        for cut in self._paths:
            if path == cut:
                located = self._view.get(path)
                if located is None or not isinstance(located.value, list):
                    return located
                return replace(located, value=located.value[self._start : self._end])
            if is_below(cut, path) and isinstance(index := path[len(cut)], int):
                if index + self._start >= (self._view.length(cut) or 0):
                    return None
                return self._view.get((*cut, index + self._start, *path[len(cut) + 1 :]))
        return self._view.get(path)

    def length(self, path: Steps) -> int | None:
        for cut in self._paths:
            if path == cut:
                length = self._view.length(path)
                if length is None or length != self._view.length(self._paths[0]):
                    return None if length is None else length + OTHER_LENGTH
                return len(range(length)[self._start : self._end])
            if is_below(cut, path) and isinstance(index := path[len(cut)], int):
                return self._view.length((*cut, index + self._start, *path[len(cut) + 1 :]))
        return self._view.length(path)

    def knows(self, pattern: Pattern) -> bool:
        return self._view.knows(pattern)


def walk(located: Located | None, path: Steps) -> Located | None:
    """The value at a path below another value."""
    for position, step in enumerate(path):
        if located is None:
            return None
        if isinstance(step, Selection):
            located = selected(located, step)
            continue
        if located.place is None:
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
            index = value.indexes[step] if isinstance(value, Selected) else step
            inner, json_path = value[step], f"{located.path}[{index}]"
        elif isinstance(value, dict):
            inner, json_path = value.get(step), located.path + named(step)
        else:
            return None
        located = None if inner is None else Located(inner, place, json_path)
    return located


class Selected(list[Json]):
    """Some elements of a list, which had these indexes."""

    def __init__(self, elements: list[Json], indexes: list[int]) -> None:
        super().__init__(elements[index] for index in indexes)
        self.indexes = indexes


def selected(located: Located, selection: Selection) -> Located | None:
    """What a selection selects of an object; None if that is nothing."""
    place = located.place
    is_any = place is not None and not place.types
    if is_any and not selection.picks and not isinstance(located.value, dict):
        return located
    if place is None or not isinstance(located.value, dict):
        return None
    if not selection.picks:
        rest = without(located.value, selection.named)
        return Located(rest, place, located.path) if rest else None
    elements, json_path = located.value.get(selection.list_name), named(selection.list_name)
    if not isinstance(elements, list):
        return None
    try:
        indexes = selected_indexes(elements, selection, place.below(selection.list_name))
    except IndexError:
        path = located.path and located.path + json_path
        raise Refused("unmappable-value", path) from None
    inner, path = place.below(selection), located.path + json_path
    if not indexes:
        return None
    if selection.is_list:
        return Located(Selected(elements, indexes), inner, path)
    value = elements[indexes[0]]
    return None if value is None else Located(value, inner, f"{path}[{indexes[0]}]")


def selected_indexes(elements: list[Json], selection: Selection, place: Place | None) -> list[int]:
    """The indexes of the elements that a selection selects. Raises `IndexError` for `[only]`.

    `place` is that of the list.
    """
    indexes = [*range(len(elements))]
    for pick in selection.picks:
        if isinstance(pick, NamedPick):
            branch = None if place is None else place.branch(pick)
            indexes = [index for index in indexes if is_named(elements[index], pick, branch)]
        elif isinstance(pick, tuple):
            indexes = [index for index in indexes if has_field(elements[index], *pick)]
        elif isinstance(pick, int):
            indexes = indexes[pick : pick + 1]
        elif pick == "last":
            indexes = indexes[-1:]
        elif pick == "only" and len(indexes) > 1:
            raise IndexError
        elif pick == "*":
            others = [selected_indexes(elements, other, place) for other in selection.others]
            indexes = [index for index in indexes if not any(index in each for each in others)]
    return indexes


def is_named(element: Json, pick: NamedPick, branch: Place | None) -> bool:
    """Whether an element belongs to a named selection, whose branch is at a place."""
    name, written = pick
    if branch is None:
        return has_field(element, name, written)
    by = branch.below(name)
    return isinstance(element, dict) and by is not None and by.allows(element.get(name))


def has_field(element: Json, name: str, text: str) -> bool:
    value = element.get(name) if isinstance(element, dict) else None
    return (value if isinstance(value, str) else json.dumps(value)) == text


def tagged(element: Json, selection: Selection, place: Place | None) -> Json:
    """An element with the values by which a selection selects it."""
    for pick in selection.picks:
        if isinstance(pick, tuple):
            name, text = pick
            field = None if place is None else place.below(name)
            is_text = field is None or not field.types or "string" in field.types
            element = {**element, name: text if is_text else json.loads(text)}
    return element


def without(value: dict[str, Json], names: Mapping[str, Json]) -> dict[str, Json]:
    """The fields of an object that are not named, not even in part."""
    rest: dict[str, Json] = {}
    for name, item in value.items():
        inner = names.get(name)
        if name not in names and item is not None:
            rest[name] = item
        elif inner is not None and isinstance(item, dict) and (part := without(item, inner)):
            rest[name] = part
    return rest


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
