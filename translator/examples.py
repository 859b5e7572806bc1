"""Examples beside a mapping: events of its two formats that say the same, or are refused.

`examples/NAME.yaml` lies beside `NAME.yaml`. An item with a table (`where`) is an example for each
of its rows; the table stands there, or under `tables` by name. An item with changes (`with`,
`without`) is an event that is translated, and a refusal for each of the changes.
Here they are read; `trials` runs them, `shown` says what they leave out.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from translator import errors
from translator.diagnostics import Location
from translator.errors import MappingError
from translator.nodes import Mapping
from translator.paths import EACH, Path
from translator.reading import Reader
from translator.yamlsource import Map, Scalar, Tree, parse_yaml
from translator.yamlsource import Sequence as List

Json = Any
Events = tuple[Json, ...]

_GIVEN = ("params", "allow", "crosswalks", "strict")
_KEYS = ("about", "to", "refused", "where", "with", "without", *_GIVEN)

MAX_REPEAT = 100_000
"""So often a text may be repeated."""


@dataclass(frozen=True, slots=True)
class Example:
    """Events of the left and of the right that become one another, given `arguments`.

    A side that is None is not told: an event of the other side is translated to something, or is
    `refused` with a code. `only` names the side that is written where that is not both.
    """

    left: Events | None
    right: Events | None
    location: Location
    only: Literal["left", "right"] | None = None
    refused: str = ""
    arguments: Dict[str, Json] = field(default_factory=dict)

    def holds(self, *, to_left: bool) -> bool:
        """Whether it says something of the translation to that side: of one event, always."""
        source = self.right if to_left else self.left
        told = source is not None and len(source) == 1
        return told and self.only in (None, "left" if to_left else "right")


def read_examples(text: bytes | str, file: str, mapping: Mapping) -> list[Example]:
    """The examples written in `text`. Raises `MappingError` with a diagnostic for each mistake."""
    reader = Reader(file)
    reader.formats = (mapping.left, mapping.right)
    tree = parse_yaml(text, file)
    keys = reader.keys(tree, ("tables", "examples"), "a file of examples") or {}
    tables = {key.text: value for key, value in reader.entries(keys.get("tables"), "tables")}
    items = reader.items(keys.get("examples"), "examples")
    found = [one for item in items for one in _item(reader, item, tables)]
    if reader.diagnostics:
        raise MappingError(sorted(reader.diagnostics, key=lambda d: (d.location.line, d.code)))
    return found


def _item(reader: Reader, tree: Tree, tables: Dict[str, Tree]) -> Iterator[Example]:
    keys = reader.keys(tree, (*reader.formats, *_KEYS), "an example")
    if keys is None:
        return
    sides = [name for name in reader.formats if name in keys]
    if len(sides) != (1 if "refused" in keys else 2):
        message = "an example has an event of either format; one that is 'refused' of one"
        reader.report("mapping-row", tree, message, "name the formats, or add 'refused'")
        return
    changed = "with" in keys or "without" in keys
    if changed and "refused" not in keys:
        message = "'with' and 'without' say what is refused, and why"
        reader.report("mapping-row", tree, message, "add refused: CODE")
        return
    if "about" in keys:
        reader.text(keys["about"], "about")
    where = keys.get("where")
    if isinstance(where, Scalar):
        where = tables.get(reader.word(where, tuple(tables)))
    for names, location in _rows(reader, where, tree.location):
        yield from _examples(reader, keys, names, location)


def _examples(
    reader: Reader, keys: dict[str, Tree], names: Dict[str, Tree], location: Location
) -> Iterator[Example]:
    left, right = (
        _events(_plain(reader, keys[name], names)) if name in keys else None
        for name in reader.formats
    )
    refused = ""
    if "refused" in keys:
        refused = reader.word(keys["refused"], tuple(errors.CODES))
    whole = Example(
        left,
        right,
        location,
        reader.direction(keys.get("to")),
        refused,
        {key: _plain(reader, keys[key], names) for key in _GIVEN if key in keys},
    )
    if "with" not in keys and "without" not in keys:
        yield whole
        return
    yield replace(whole, refused="")
    for path, value, where in _changes(reader, keys, names):
        yield replace(
            whole,
            left=left and tuple(_changed(event, path, value) for event in left),
            right=right and tuple(_changed(event, path, value) for event in right),
            location=where,
        )


def _events(value: Json) -> Events:
    return tuple(value) if isinstance(value, list) else (value,)


def _rows(
    reader: Reader, tree: Tree | None, location: Location
) -> Iterator[tuple[Dict[str, Tree], Location]]:
    """The rows of a table: what each of the names in its first row stands for."""
    if tree is None:
        yield {}, location
        return
    head, *rows = reader.items(tree, "where") or (tree,)
    names = [_name(reader, one) for one in reader.items(head, "the names")]
    if not names or not rows:
        message = "'where' is a list: a row of $names, then rows of cells"
        reader.report("mapping-row", tree, message, "write [[$name], [cell]]")
    for row in rows:
        cells = reader.items(row, "a row")
        if len(cells) == len(names):
            yield dict(zip(names, cells, strict=True)), row.location
        else:
            message = f"a row has a cell for each of {', '.join(names)}"
            reader.report("mapping-row", row, message, f"write {len(names)} cells")


def _name(reader: Reader, tree: Tree) -> str:
    if isinstance(tree, Scalar) and tree.text.startswith("$") and len(tree.text) > 1:
        return tree.text
    message = "the first row of 'where' holds names such as $item"
    reader.report("mapping-row", tree, message, "write a name behind a $")
    return ""


def _plain(reader: Reader, tree: Tree, names: Dict[str, Tree]) -> Json:
    """The value that a tree holds, with names replaced and repetitions written out."""
    match tree:
        case Scalar(value=value):
            if isinstance(value, str) and value in names:
                return _plain(reader, names[value], {})
            return value
        case List(items=items):
            return [_plain(reader, one, names) for one in items]
        case Map(entries=entries):
            found = {key.text: _plain(reader, value, names) for key, value in entries}
            if "$repeat" in found:
                return _repeated(reader, tree, found)
            return found


def _repeated(reader: Reader, tree: Tree, found: dict[str, Json]) -> Json:
    match found:
        case {"$repeat": str(text), "times": int(times)} if 0 <= times <= MAX_REPEAT:
            return text * times
    message = "a repeated text is {$repeat: TEXT, times: NUMBER}"
    hint = f"write a text, and a whole number from 0 to {MAX_REPEAT}"
    reader.report("mapping-row", tree, message, hint)
    return ""


# --- changes --------------------------------------------------------------------------------------


_REMOVED = object()
"""No value: the member is left out."""

_NOTHING: Json = None


def _changes(
    reader: Reader, keys: dict[str, Tree], names: Dict[str, Tree]
) -> Iterator[tuple[Path, Json, Location]]:
    for one in reader.items(keys.get("without"), "without"):
        path = reader.path(one)
        if path is not None:
            yield path, _REMOVED, one.location
    for key, values in reader.entries(keys.get("with"), "with"):
        paths = [reader.path_text(text.strip(), key) for text in key.text.split(",")]
        for value in reader.items(values, "the values of a member"):
            for path in paths:
                yield path or (), _plain(reader, value, names), value.location


def _changed(event: Json, path: Path, value: Json) -> Json:
    """A copy of an event with another value at a path: of a list, in its first element."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step == EACH:
        first = event[0] if isinstance(event, list) and event else _NOTHING
        changed = _changed(first, rest, value)
        return [] if changed is _REMOVED else [changed, *event[1:]] if event else [changed]
    made = dict(event) if isinstance(event, dict) else {}
    changed = _changed(made.get(step, _NOTHING), rest, value)
    if changed is _REMOVED:
        made.pop(step, None)
    else:
        made[step] = changed
    return made
