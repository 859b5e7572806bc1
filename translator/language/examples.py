"""Parse the examples of a mapping: events of its two formats that are equivalent, or refused.

`examples/NAME.yaml` belongs to the mapping `NAME.yaml`. An item with `where` is one example per row
of that table. An item with `with` or `without` is an event that must translate, and one refusal
for each of these changes to it. `analysis.examples` runs the examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from typing import Any

from translator.errors import ERROR_CODES, Location
from translator.language.decoder import Decoder, Keys
from translator.language.nodes import Mapping, Side, applies
from translator.language.yaml_tree import YamlNode, YamlScalar, YamlSequence, parse_yaml
from translator.paths import LIST_ITEM, Path

Json = Any

Events = tuple[Json, ...]

Names = Dict[str, YamlNode]
"""The values of the `$names` in a row of `where`."""

MAX_REPEAT = 100_000
"""Maximum number of times that `$repeat` repeats a string."""

_ARGUMENT_KEYS = ("params", "allow", "crosswalks", "strict")

_EXAMPLE_KEYS = ("about", "to", "refused", "where", "with", "without", *_ARGUMENT_KEYS)

_REMOVED = object()
"""The value of a field to remove."""


@dataclass(frozen=True, slots=True)
class Example:
    """Equivalent events of the left and the right, given `arguments`.

    If one side is None, an event of the other side is translated to any events, or refused with
    `refusal_code`. `only_to` is the side that is written, if not both are. `about` describes it.
    """

    left: Events | None
    right: Events | None
    location: Location
    only_to: Side | None = None
    refusal_code: str = ""
    arguments: Dict[str, Json] = field(default_factory=dict)
    about: str = ""

    def applies(self, *, to_left: bool) -> bool:
        """Whether the example tests the direction; only a single event can be translated."""
        source = self.right if to_left else self.left
        has_one_event = source is not None and len(source) == 1
        return has_one_event and applies(self.only_to, to_left=to_left)


def parse_examples(text: bytes | str, file: str, mapping: Mapping) -> list[Example]:
    """Parse the YAML `text` of a file of examples for `mapping`.

    Raises `MappingError` with a diagnostic for each error.
    """
    decoder = Decoder(file)
    decoder.formats = (mapping.left, mapping.right)
    node = parse_yaml(text, file)
    keys = decoder.keys(node, ("tables", "examples"), "a file of examples") or {}
    tables = {key.raw: value for key, value in decoder.entries(keys.get("tables"), "tables")}
    items = decoder.items(keys.get("examples"), "examples")
    examples = [example for item in items for example in _decode_item(decoder, item, tables)]
    decoder.raise_errors()
    return examples


def _decode_item(decoder: Decoder, node: YamlNode, tables: Names) -> Iterator[Example]:
    keys = decoder.keys(node, (*decoder.formats, *_EXAMPLE_KEYS), "an example")
    if keys is None:
        return
    formats = [name for name in decoder.formats if name in keys]
    if len(formats) != (1 if "refused" in keys else 2):
        message = "an example needs events of both formats, a refused one of one format only"
        decoder.report("mapping-row", node, message, "name the formats, or add 'refused'")
        return
    has_changes = "with" in keys or "without" in keys
    if has_changes and "refused" not in keys:
        message = "'with' and 'without' need 'refused'"
        decoder.report("mapping-row", node, message, "add refused: CODE")
        return
    about = decoder.string(keys.get("about"), "about")
    where = keys.get("where")
    if isinstance(where, YamlScalar):
        where = tables.get(decoder.choice(where, tables))
    for names, location in _table_rows(decoder, where, node.location):
        example = replace(_decode_example(decoder, keys, names, location), about=about)
        if not has_changes:
            yield example
            continue
        yield replace(example, refusal_code="")
        for path, value, change_location in _decode_changes(decoder, keys, names):
            left, right = (
                events and tuple(_changed(event, path, value) for event in events)
                for events in (example.left, example.right)
            )
            yield replace(example, left=left, right=right, location=change_location)


def _decode_example(decoder: Decoder, keys: Keys, names: Names, location: Location) -> Example:
    left, right = (_decode_events(decoder, keys.get(name), names) for name in decoder.formats)
    side = decoder.side(keys.get("to"))
    code = decoder.choice(keys.get("refused"), ERROR_CODES)
    given = [key for key in _ARGUMENT_KEYS if key in keys]
    arguments = {key: _substitute(decoder, keys[key], names) for key in given}
    return Example(left, right, location, side, code, arguments)


def _decode_events(decoder: Decoder, node: YamlNode | None, names: Names) -> Events | None:
    if node is None:
        return None
    value = _substitute(decoder, node, names)
    return tuple(value) if isinstance(value, list) else (value,)


def _table_rows(
    decoder: Decoder, node: YamlNode | None, location: Location
) -> Iterator[tuple[Names, Location]]:
    """Yield the names and location of each row of a table; without a table, one row of no names."""
    if node is None:
        yield {}, location
        return
    header, *rows = decoder.items(node, "where") or (node,)
    names = [_decode_name(decoder, item) for item in decoder.items(header, "the names")]
    if not names or not rows:
        message = "'where' must be a list: a row of $names, then rows of cells"
        decoder.report("mapping-row", node, message, "write [[$name], [cell]]")
    for row in rows:
        cells = decoder.items(row, "a row")
        if len(cells) == len(names):
            yield dict(zip(names, cells, strict=True)), row.location
        else:
            message = f"a row needs one cell for each of {', '.join(names)}"
            decoder.report("mapping-row", row, message, f"write {len(names)} cells")


def _decode_name(decoder: Decoder, node: YamlNode) -> str:
    if isinstance(node, YamlScalar) and node.raw.startswith("$") and len(node.raw) > 1:
        return node.raw
    message = "the first row of 'where' must consist of names such as $item"
    decoder.report("mapping-row", node, message, "write a name behind a $")
    return ""


def _substitute(decoder: Decoder, node: YamlNode, names: Names) -> Json:
    """Convert a tree to JSON, with names replaced and `$repeat` expanded."""
    match node:
        case YamlScalar(value=value):
            if isinstance(value, str) and value in names:
                return _substitute(decoder, names[value], {})
            return value
        case YamlSequence(items=items):
            return [_substitute(decoder, item, names) for item in items]
    fields = {key.raw: _substitute(decoder, value, names) for key, value in node.entries}
    match fields:
        case {"$repeat": str(string), "times": int(times)} if 0 <= times <= MAX_REPEAT:
            return string * times
        case {"$repeat": _}:
            message = "a repetition must be {$repeat: STRING, times: NUMBER}"
            hint = f"write a string, and an integer from 0 to {MAX_REPEAT}"
            decoder.report("mapping-row", node, message, hint)
    return fields


def _decode_changes(
    decoder: Decoder, keys: Keys, names: Names
) -> Iterator[tuple[Path, Json, Location]]:
    for item in decoder.items(keys.get("without"), "without"):
        path = decoder.path(item)
        if path is not None:
            yield path, _REMOVED, item.location
    for key, values in decoder.entries(keys.get("with"), "with"):
        paths = [decoder.path_from_string(part.strip(), key) for part in key.raw.split(",")]
        for value in decoder.items(values, "the values of a field"):
            for path in paths:
                yield path or (), _substitute(decoder, value, names), value.location


def _changed(event: Json, path: Path, value: Json) -> Json:
    """Copy an event with another value at `path`; of a list, only the first item changes."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step == LIST_ITEM:
        items = event if isinstance(event, list) else []
        item = _changed(items[0] if items else None, rest, value)
        return [] if item is _REMOVED else [item, *items[1:]]
    fields = dict(event) if isinstance(event, dict) else {}
    changed = _changed(fields.get(step), rest, value)
    if changed is _REMOVED:
        fields.pop(step, None)
    else:
        fields[step] = changed
    return fields
