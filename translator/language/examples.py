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
from translator.errors import Location, MappingError
from translator.language.decoder import Decoder
from translator.language.nodes import Mapping
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, parse_yaml
from translator.language.yaml_tree import YamlSequence as List
from translator.paths import LIST_ITEM, Path

Json = Any

Events = tuple[Json, ...]

_ARGUMENT_KEYS = ("params", "allow", "crosswalks", "strict")

_EXAMPLE_KEYS = ("about", "to", "refused", "where", "with", "without", *_ARGUMENT_KEYS)

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
    only_to: Literal["left", "right"] | None = None
    refusal_code: str = ""
    arguments: Dict[str, Json] = field(default_factory=dict)

    def applies(self, *, to_left: bool) -> bool:
        """Whether it says something of the translation to that side: of one event, always."""
        source = self.right if to_left else self.left
        has_one_event = source is not None and len(source) == 1
        return has_one_event and self.only_to in (None, "left" if to_left else "right")


def parse_examples(text: bytes | str, file: str, mapping: Mapping) -> list[Example]:
    """The examples written in `text`. Raises `MappingError` with a diagnostic for each mistake."""
    decoder = Decoder(file)
    decoder.formats = (mapping.left, mapping.right)
    node = parse_yaml(text, file)
    keys = decoder.keys(node, ("tables", "examples"), "a file of examples") or {}
    tables = {key.raw: value for key, value in decoder.entries(keys.get("tables"), "tables")}
    items = decoder.items(keys.get("examples"), "examples")
    examples = [example for item in items for example in _decode_item(decoder, item, tables)]
    if decoder.diagnostics:
        raise MappingError(
            sorted(
                decoder.diagnostics,
                key=lambda diagnostic: (diagnostic.location.line, diagnostic.code),
            )
        )
    return examples


def _decode_item(
    decoder: Decoder, node: YamlNode, tables: Dict[str, YamlNode]
) -> Iterator[Example]:
    keys = decoder.keys(node, (*decoder.formats, *_EXAMPLE_KEYS), "an example")
    if keys is None:
        return
    formats = [name for name in decoder.formats if name in keys]
    if len(formats) != (1 if "refused" in keys else 2):
        message = "an example has an event of either format; one that is 'refused' of one"
        decoder.report("mapping-row", node, message, "name the formats, or add 'refused'")
        return
    has_changes = "with" in keys or "without" in keys
    if has_changes and "refused" not in keys:
        message = "'with' and 'without' say what is refused, and why"
        decoder.report("mapping-row", node, message, "add refused: CODE")
        return
    if "about" in keys:
        decoder.string(keys["about"], "about")
    where = keys.get("where")
    if isinstance(where, YamlScalar):
        where = tables.get(decoder.choice(where, tuple(tables)))
    for names, location in _table_rows(decoder, where, node.location):
        yield from _expand_item(decoder, keys, names, location)


def _expand_item(
    decoder: Decoder, keys: dict[str, YamlNode], names: Dict[str, YamlNode], location: Location
) -> Iterator[Example]:
    left, right = (
        _as_events(_substitute(decoder, keys[name], names)) if name in keys else None
        for name in decoder.formats
    )
    refusal_code = ""
    if "refused" in keys:
        refusal_code = decoder.choice(keys["refused"], tuple(errors.ERROR_CODES))
    example = Example(
        left,
        right,
        location,
        decoder.direction(keys.get("to")),
        refusal_code,
        {key: _substitute(decoder, keys[key], names) for key in _ARGUMENT_KEYS if key in keys},
    )
    if "with" not in keys and "without" not in keys:
        yield example
        return
    yield replace(example, refusal_code="")
    for path, value, change_location in _decode_changes(decoder, keys, names):
        yield replace(
            example,
            left=left and tuple(_apply_change(event, path, value) for event in left),
            right=right and tuple(_apply_change(event, path, value) for event in right),
            location=change_location,
        )


def _as_events(value: Json) -> Events:
    return tuple(value) if isinstance(value, list) else (value,)


def _table_rows(
    decoder: Decoder, node: YamlNode | None, location: Location
) -> Iterator[tuple[Dict[str, YamlNode], Location]]:
    """The rows of a table: what each of the names in its first row stands for."""
    if node is None:
        yield {}, location
        return
    header, *rows = decoder.items(node, "where") or (node,)
    names = [_decode_name(decoder, item) for item in decoder.items(header, "the names")]
    if not names or not rows:
        message = "'where' is a list: a row of $names, then rows of cells"
        decoder.report("mapping-row", node, message, "write [[$name], [cell]]")
    for row in rows:
        cells = decoder.items(row, "a row")
        if len(cells) == len(names):
            yield dict(zip(names, cells, strict=True)), row.location
        else:
            message = f"a row has a cell for each of {', '.join(names)}"
            decoder.report("mapping-row", row, message, f"write {len(names)} cells")


def _decode_name(decoder: Decoder, node: YamlNode) -> str:
    if isinstance(node, YamlScalar) and node.raw.startswith("$") and len(node.raw) > 1:
        return node.raw
    message = "the first row of 'where' holds names such as $item"
    decoder.report("mapping-row", node, message, "write a name behind a $")
    return ""


def _substitute(decoder: Decoder, node: YamlNode, names: Dict[str, YamlNode]) -> Json:
    """The value that a tree holds, with names replaced and repetitions written out."""
    match node:
        case YamlScalar(value=value):
            if isinstance(value, str) and value in names:
                return _substitute(decoder, names[value], {})
            return value
        case List(items=items):
            return [_substitute(decoder, item, names) for item in items]
        case YamlMap(entries=entries):
            fields = {key.raw: _substitute(decoder, value, names) for key, value in entries}
            if "$repeat" in fields:
                return _repeat(decoder, node, fields)
            return fields


def _repeat(decoder: Decoder, node: YamlNode, fields: dict[str, Json]) -> Json:
    match fields:
        case {"$repeat": str(string), "times": int(times)} if 0 <= times <= MAX_REPEAT:
            return string * times
    message = "a repeated text is {$repeat: TEXT, times: NUMBER}"
    hint = f"write a text, and a whole number from 0 to {MAX_REPEAT}"
    decoder.report("mapping-row", node, message, hint)
    return ""


# --- changes --------------------------------------------------------------------------------------


_REMOVED = object()
"""No value: the member is left out."""

_NULL: Json = None


def _decode_changes(
    decoder: Decoder, keys: dict[str, YamlNode], names: Dict[str, YamlNode]
) -> Iterator[tuple[Path, Json, Location]]:
    for item in decoder.items(keys.get("without"), "without"):
        path = decoder.path(item)
        if path is not None:
            yield path, _REMOVED, item.location
    for key, values in decoder.entries(keys.get("with"), "with"):
        paths = [decoder.path_from_string(part.strip(), key) for part in key.raw.split(",")]
        for value in decoder.items(values, "the values of a member"):
            for path in paths:
                yield path or (), _substitute(decoder, value, names), value.location


def _apply_change(event: Json, path: Path, value: Json) -> Json:
    """A copy of an event with another value at a path: of a list, in its first element."""
    if not path:
        return value
    segment, rest = path[0], path[1:]
    if segment == LIST_ITEM:
        first = event[0] if isinstance(event, list) and event else _NULL
        changed = _apply_change(first, rest, value)
        return [] if changed is _REMOVED else [changed, *event[1:]] if event else [changed]
    copy = dict(event) if isinstance(event, dict) else {}
    changed = _apply_change(copy.get(segment, _NULL), rest, value)
    if changed is _REMOVED:
        copy.pop(segment, None)
    else:
        copy[segment] = changed
    return copy
