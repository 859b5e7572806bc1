r"""Parse, format and apply the two notations for places in an event.

Mappings write field paths: `data.item` is a nested field, `items[].id` the `id` of each element of
a list, `attributes{key}` and `attributes{value}` the keys and values of an object with arbitrary
keys; `items[0]`, `facets[kind=filter]` and `params{*}` select. A character of a name that separates
paths or steps is escaped: `a\.b`, `a\|b`; the empty name is written `''`. Errors and losses name
one place by its JSON path: `$.items[0].id`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Self


class _Step(str):
    """A step that is not the name of a field, and equals no name, though written alike."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Step) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class NamedPick(tuple[str, str]):
    """A named selection: a field of the elements, and the value that is written there.

    An element belongs to it if the field has one of `values`, or, if these are None, a string that
    `pattern` matches: those that the spec allows where it allows the value that is written.
    """

    name: str
    values: tuple[Any, ...] | None
    pattern: str

    def __new__(cls, name: str, field: str, value: str) -> Self:
        """Create the selection; elements belong to it by the value that is written."""
        pick = super().__new__(cls, (field, value))
        pick.name, pick.values, pick.pattern = name, (value,), ""
        return pick

    def accepts(self, value: Any) -> bool:
        """Whether an element with this value in the field belongs to the selection."""
        if self.values is not None:
            is_bool = isinstance(value, bool)
            return any(value == each and isinstance(each, bool) == is_bool for each in self.values)
        return isinstance(value, str) and re.search(self.pattern, value) is not None


Pick = int | str | tuple[str, str]
"""What selects of a list: an index, `last`, `only`, `*`, a field and its value, or a name."""


Named = Mapping[str, "Named | None"]
"""Fields of an object that paths name: as a whole (None), or in part."""


class Selection(_Step):
    """A virtual field of an object: what `picks` select of its field `list_name`.

    Without `picks`, it is all fields of the object that no path of the mapping names (`{*}`). The
    picks of a name that stands for one element end in `only`.
    `is_list` says whether it is a list, so that `LIST_ITEM` follows. The parser of mappings sets
    the rest: `order` is the position among the selections of the list, `others` are those that
    `[*]` excludes, and `named` is what `{*}` excludes.
    """

    __slots__ = ("is_list", "list_name", "named", "order", "others", "picks")

    list_name: str
    picks: tuple[Pick, ...]
    is_list: bool
    order: tuple[bool, int, int]
    others: tuple[Selection, ...]
    named: Named

    def __new__(cls, list_name: str, picks: tuple[Pick, ...] = (), is_list: bool = False) -> Self:
        """Create the selection, a string as the path writes it."""
        text = _format_name(list_name) + "".join(f"[{step}]" for step in _steps(picks))
        selection = super().__new__(cls, text if picks else "{*}")
        selection.list_name, selection.picks, selection.is_list = list_name, picks, is_list
        selection.order, selection.others, selection.named = (False, 0, 0), (), {}
        return selection

    def __getnewargs__(self) -> tuple[str, tuple[Pick, ...], bool]:  # type: ignore[override]
        """Return the arguments of a copy."""
        return self.list_name, self.picks, self.is_list


def _steps(picks: tuple[Pick, ...]) -> Iterator[str]:
    """Yield picks as a path writes them."""
    for position, pick in enumerate(picks):
        if isinstance(pick, NamedPick):
            yield pick.name
        elif isinstance(pick, tuple):
            yield "=".join(pick)
        elif pick != "only" or not isinstance(picks[position - 1], NamedPick):
            yield str(pick)


LIST_ITEM: Final[str] = _Step("[]")
"""The step for each element of a list."""

MAP_ENTRY: Final[str] = _Step("{}")
"""The step for each entry of an object with arbitrary keys; `KEY` or `VALUE` follows."""

KEY: Final[str] = _Step("{key}")
"""The key of an entry."""

VALUE: Final[str] = _Step("{value}")
"""The value of an entry."""

Path = tuple[str, ...]
"""Steps of a field path: names, selections, `LIST_ITEM`, or `MAP_ENTRY` and `KEY` or `VALUE`."""

Paths = tuple[Path, ...]

_EMPTY_NAME = "''"

_TOKEN = re.compile(
    r"((?:[^.\[\]{}\\\s]++|\\.)++)|(\[\])|(\{key\})|(\{value\})|(\.)|(\[[^\]]++\]|\{\*\})",
    re.DOTALL,
)

_PICK = re.compile(r"(0|[1-9][0-9]*+)|([^=]++)|([^=]++)=(.++)", re.DOTALL)

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

_TO_ESCAPE = re.compile(r"[.\[\]{}\\\s,|&]")

_ESCAPED_OR_SEPARATOR = re.compile(r"\\.|[,|&]", re.DOTALL)

_JSON_STEP = re.compile(r"\.[^.\[]+|\[\d+\]|\['(?:[^'\\]++|\\.)*+'\]|\[\"(?:[^\"\\]++|\\.)*+\"\]")

_MAX_CACHED_LENGTH = 200

MAX_STEPS = 200
"""Maximum number of steps of a path; no spec nests its fields as deeply."""


FindName = Callable[[Path, str], tuple[NamedPick, bool]]


def parse_path(text: str, find_name: FindName | None = None) -> Path:
    """Parse a field path. Raises `ValueError` with a message for the author of the mapping.

    `find_name` returns the named selection of a list, and whether it is a list; it raises
    `ValueError` for a name without a selection. Without it, a path cannot select.
    """
    steps: list[str] = []
    position, expects_name = 0, True
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or (match[6] and find_name is None):
            raise ValueError(f"{text!r} is not a path: unexpected {text[position:]!r}")
        position = match.end()
        name, item, key, value, dot, pick = match.groups()
        if name is not None and expects_name:
            steps.append("" if name == _EMPTY_NAME else _ESCAPED.sub(r"\1", name))
        elif pick and find_name is not None and (not expects_name or pick == "{*}"):
            _select(steps, pick, find_name)
        elif expects_name or name is not None:
            raise ValueError(f"{text!r} is not a path: unexpected {match[0]!r}")
        elif item:
            steps.append(LIST_ITEM)
        elif key or value:
            steps += [MAP_ENTRY, KEY if key else VALUE]
        if len(steps) > MAX_STEPS:
            raise ValueError(f"a path has at most {MAX_STEPS} steps")
        expects_name = dot is not None
    if expects_name:
        raise ValueError(f"{text!r} is not a path: a name is missing at the end")
    return tuple(steps)


def _select(steps: list[str], text: str, find_name: FindName) -> None:
    """Let a pick select of the list at the end of a path."""
    if text == "{*}":
        steps.append(Selection(""))
        return
    if isinstance(steps[-2:][0], Selection) and steps[-1] == LIST_ITEM:
        steps.pop()
    previous, picks = steps[-1], tuple[Pick, ...]()
    if isinstance(selection := steps[-1], Selection):
        previous, picks = selection.list_name, selection.picks
    match = _PICK.fullmatch(text[1:-1])
    if match is None or previous in (LIST_ITEM, KEY, VALUE):
        raise ValueError(f"{text!r} selects nothing")
    index, name, field, value = match.groups()
    pick: Pick = int(index) if index else name or (field, value)
    holds_list = bool(field) or name == "*"
    picks = (*picks, pick)
    if name and name not in ("last", "only", "*"):
        named, holds_list = find_name((*steps[:-1], previous), name)
        picks = (*picks[:-1], named) if holds_list else (*picks[:-1], named, "only")
    steps[-1] = Selection(previous, picks, holds_list)
    if holds_list:
        steps.append(LIST_ITEM)


def split_paths(text: str, separator: str) -> list[str]:
    """Split paths at each `separator` (`,`, `|` or `&`) that is not escaped; strip each part."""
    if separator not in text:
        return [_strip(text)]
    parts: list[str] = []
    start = 0
    for match in _ESCAPED_OR_SEPARATOR.finditer(text):
        if match[0] == separator:
            parts.append(_strip(text[start : match.start()]))
            start = match.end()
    return [*parts, _strip(text[start:])]


def _strip(text: str) -> str:
    """Remove the whitespace around a path, except an escaped character at its end."""
    stripped = text.rstrip()
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return text[: len(stripped) + backslashes % 2].lstrip()


def format_path(path: Path) -> str:
    """Write `path` in the notation that `parse_path` reads."""
    text, is_selection = "", False
    for step in path:
        if isinstance(step, Selection) and step.picks:
            text += f".{step}" if text else step
        elif isinstance(step, Selection) or step in (KEY, VALUE):
            text += step
        elif step == LIST_ITEM:
            text += "" if is_selection else step
        elif step != MAP_ENTRY:
            name = _format_name(step)
            text += f".{name}" if text else name
        is_selection = isinstance(step, Selection) and step.is_list
    return text


def _format_name(name: str) -> str:
    if name == _EMPTY_NAME:
        return f"\\{_EMPTY_NAME}"
    return _TO_ESCAPE.sub(r"\\\g<0>", name) or _EMPTY_NAME


def path_below(pattern: Path, path: Path) -> Path | None:
    """Return the part of `path` below `pattern`, whose free keys match any name; or None."""
    while pattern:
        if not path:
            return None
        if pattern[:2] == (MAP_ENTRY, VALUE) and path[0] != MAP_ENTRY:
            pattern = pattern[2:]
        elif pattern[0] == path[0]:
            pattern = pattern[1:]
        else:
            return None
        path = path[1:]
    return path


def starts_with(path: Path, prefix: Path) -> bool:
    """Whether `path` is `prefix` or a place inside it."""
    return path[: len(prefix)] == prefix


def list_prefix(path: Path, start: int = 0) -> Path | None:
    """Cut `path` after its first `LIST_ITEM` or `MAP_ENTRY` at or after `start`, if any."""
    lists = (index for index, step in enumerate(path) if step in (LIST_ITEM, MAP_ENTRY))
    return next((path[: index + 1] for index in lists if index >= start), None)


def real_path(path: Path) -> Path:
    """Return a path with each selection replaced by what it selects of: `items[0]` by `items[]`."""
    if not any(isinstance(step, Selection) for step in path):
        return path
    steps: list[str] = []
    for step, following in pairwise((*path, "")):
        if not isinstance(step, Selection):
            steps.append(step)
        elif step.picks:
            steps.append(step.list_name)
            if following != LIST_ITEM:
                steps.append(LIST_ITEM)
    return tuple(steps)


def is_scalar_path(path: Path) -> bool:
    """Whether `path` names one place of an event, not one per element of a list."""
    return list_prefix(path) is None


def values_at(value: Any, path: Path, json_path: str = "$") -> Iterator[tuple[str, Any]]:
    """Yield the JSON path and the value of each place of an event that `path` names, in order.

    For `attributes{key}`, the value is the key, and the JSON path is that of its entry. `{*}` is
    the object itself, if it has a field that is not named.
    """
    if not path:
        yield json_path, value
    elif path[0] == LIST_ITEM:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from values_at(item, path[1:], f"{json_path}[{index}]")
    elif path[0] == MAP_ENTRY:
        for key, item in value.items() if isinstance(value, dict) else ():
            selected = key if path[1:2] == (KEY,) else item
            yield from values_at(selected, path[2:], json_path + json_path_step(key))
    elif isinstance(selection := path[0], Selection) and not selection.picks:
        if _has_unnamed(value, selection.named):
            yield json_path, value
    elif isinstance(selection, Selection):
        elements = value.get(selection.list_name) if isinstance(value, dict) else None
        elements = elements if isinstance(elements, list) else []
        below = path[2:] if path[1:2] == (LIST_ITEM,) else path[1:]
        for index in selected_indexes(selection, elements):
            inner = f"{json_path}{json_path_step(selection.list_name)}[{index}]"
            yield from values_at(elements[index], below, inner)
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:], json_path + json_path_step(path[0]))


def _has_unnamed(value: Any, named: Named) -> bool:
    """Whether an object has a field that is not named, at any depth."""
    return any(
        name not in named or ((inner := named[name]) is not None and _has_unnamed(item, inner))
        for name, item in (value.items() if isinstance(value, dict) else ())
        if item is not None
    )


def selected_indexes(selection: Selection, elements: Sequence[Any]) -> list[int]:
    """Return the indexes of the elements of a list that a selection selects.

    `only` selects every one of several elements, though a translation refuses them.
    """
    indexes = [*range(len(elements))]
    for pick in selection.picks:
        if isinstance(pick, tuple):
            indexes = [each for each in indexes if _has_value(elements[each], pick)]
        elif isinstance(pick, int):
            indexes = indexes[pick : pick + 1]
        elif pick == "last":
            indexes = indexes[-1:]
        elif pick == "*":
            others = [selected_indexes(each, elements) for each in selection.others]
            indexes = [each for each in indexes if not any(each in other for other in others)]
    return indexes


def _has_value(element: Any, pick: tuple[str, str]) -> bool:
    return is_picked(element.get(pick[0]) if isinstance(element, dict) else None, pick)


def is_picked(value: Any, pick: tuple[str, str]) -> bool:
    """Whether a pick selects elements with this value in its field."""
    if isinstance(pick, NamedPick):
        return pick.accepts(value)
    return (value if isinstance(value, str) else json.dumps(value)) == pick[1]


def json_path_step(name: str) -> str:
    """Write the step of a JSON path to the field `name`."""
    return f".{name}" if name.isidentifier() else f"[{name!r}]"


def json_path_ancestors(json_path: str) -> list[str]:
    """List the JSON paths on the way from `$` (excluded) to `json_path` (included)."""
    return [json_path[: match.end()] for match in _JSON_STEP.finditer(json_path, 1)]


def json_path_steps(json_path: str) -> list[str | int]:
    """List the names and indexes on a JSON path."""
    steps = _JSON_STEP.findall(json_path, 1)
    return [step[1:] if step[0] == "." else _parse_bracketed(step[1:-1]) for step in steps]


def _parse_bracketed(step: str) -> str | int:
    """Return an index, or a name that is written as Python writes a string.

    `ast.literal_eval` would do this, but it may fail where several threads call it.
    """
    if step.isdigit():
        return int(step)
    name = step[1:-1]
    if "\\" not in name:
        return name
    return name.encode("latin-1", "backslashreplace").decode("unicode_escape")


def field_path(json_path: str) -> Path:
    """Turn a JSON path into the field path of all its siblings: `$.a[0].b` into `a[].b`."""
    # Events repeat their fields, so caching pays; longer paths would fill the memory.
    is_short = len(json_path) <= _MAX_CACHED_LENGTH
    return _cached_field_path(json_path) if is_short else _parse_json_path(json_path)


def _parse_json_path(json_path: str) -> Path:
    steps: list[str] = []
    for part in _JSON_STEP.findall(json_path, 1):
        if part[0] == ".":
            steps.append(part[1:])
        else:
            step = _parse_bracketed(part[1:-1])
            steps.append(LIST_ITEM if isinstance(step, int) else step)
    return tuple(steps)


_cached_field_path = lru_cache(maxsize=4096)(_parse_json_path)
