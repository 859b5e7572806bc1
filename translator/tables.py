"""Tables in a mapping: `rows` over several members, `values` over one on either side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from translator.nodes import Pair, Plain, Record, Refusal, Table, Variable
from translator.reading import Reader
from translator.yamlsource import Map, Scalar, Tree
from translator.yamlsource import Sequence as List

_Read = Callable[[Tree], Record]


def read_rows(reader: Reader, name: Scalar, tree: Tree) -> Table:
    """A table of `rows`: each exact row is a record of the left and one of the right."""
    keys = reader.keys(tree, ("exact", "approximate", "opt_in", "refuse"), "a table") or {}
    pairs: list[Pair] = []
    for row in reader.items(keys.get("exact"), "exact"):
        if isinstance(row, List) and len(row.items) == 2:
            left, right = (reader.record(item) for item in row.items)
            _check_variables(reader, row, left, right)
            pairs.append(Pair(left, right, location=row.location))
        else:
            message = "a row is a list of two records, left and right"
            reader.report("mapping-row", row, message, "write [{member: value}, {member: value}]")
    pairs += _inexact(reader, keys, reader.record)
    refusals = tuple(_refusals(reader, keys.get("refuse"), reader.record))
    return Table(name.text, tuple(pairs), refusals, name.location)


def read_values(reader: Reader, keys: dict[str, Tree], at: Tree) -> Table:
    """The table of a rule with `values`: its records have one member, at the empty path."""
    tree = keys["values"]
    pairs: list[Pair] = []
    if isinstance(tree, Map):
        for key, value in tree.entries:
            if not isinstance(value, Scalar):
                hint = "one value stands for one; more go under 'approximate'"
                reader.report("mapping-type", value, "a single value is expected", hint)
                continue
            left: Plain = key.text
            pairs.append(Pair(_single(left), _single(value.value), location=key.location))
    else:
        for row in reader.items(tree, "values"):
            values = reader.plain_values(row)
            if isinstance(row, List) and len(values) == 2:
                pairs.append(Pair(_single(values[0]), _single(values[1]), location=row.location))
            else:
                message = "a row is a list of two values, left and right"
                reader.report("mapping-row", row, message, "write [left value, right value]")

    for side in ("left", "right"):
        known: set[tuple[bool, Plain]] = set()
        for pair in pairs:
            cell = getattr(pair, side)[0][1]
            single: Plain = cell[0] if isinstance(cell, tuple) and cell else None
            if (isinstance(single, bool), single) in known:
                reader.report(
                    "mapping-row",
                    pair,
                    f"{single!r} stands twice on the {side}; exact values pair off one by one",
                    "the second goes under 'approximate', with 'into' where it is written",
                )
            known.add((isinstance(single, bool), single))

    def read(value: Tree) -> Record:
        return (((), reader.plain_values(value)),)

    pairs += _inexact(reader, keys, read)
    refusals = tuple(_refusals(reader, keys.get("refuse"), read))
    return Table("", tuple(pairs), refusals, at.location)


def _single(value: Plain) -> Record:
    return (((), (value,)),)


def _inexact(reader: Reader, keys: dict[str, Tree], read: _Read) -> Iterator[Pair]:
    for item in reader.items(keys.get("approximate"), "approximate"):
        yield from _one_way(reader, item, read, "approximate", "")
    for name, item in reader.entries(keys.get("opt_in"), "opt_in"):
        yield from _one_way(reader, item, read, "opt-in", name.text)


def _one_way(
    reader: Reader, tree: Tree, read: _Read, kind: Literal["approximate", "opt-in"], name: str
) -> Iterator[Pair]:
    keys = reader.keys(tree, ("from", "to", "into", "because"), "a one-way row")
    if keys is None:
        return
    if "from" not in keys or "to" not in keys:
        hint = "write {from: VALUE, to: VALUE, because: REASON}"
        reader.report("mapping-row", tree, "a one-way row has 'from' and 'to'", hint)
        return
    because = reader.text(keys.get("because"), "because", tree)
    source, target = read(keys["from"]), read(keys["to"])
    if target and target[0][0] == () and isinstance(target[0][1], tuple) and len(target[0][1]) > 1:
        hint = "keep one; the list of values that lead to it goes under 'from'"
        reader.report("mapping-row", keys["to"], "'to' is the one value that is written", hint)
    to_left = reader.direction(keys.get("into")) != "right"
    left, right = (target, source) if to_left else (source, target)
    bound = {cell.name for _, cell in source if isinstance(cell, Variable)}
    used = {cell.name for _, cell in target if isinstance(cell, Variable)}
    if used - bound:
        hint = "a variable takes its value from a member in 'from'"
        reader.report("mapping-row", tree, f"${min(used - bound)} stands in 'to' only", hint)
    yield Pair(left, right, kind, to_left, name, because, tree.location)


def _refusals(reader: Reader, tree: Tree | None, read: _Read) -> Iterator[Refusal]:
    for item in reader.items(tree, "refuse"):
        keys = reader.keys(item, ("from", "of", "because"), "a refusal")
        if keys is None:
            continue
        if "from" not in keys:
            message = "a refusal names the values that it refuses"
            hint = "write {from: VALUES, because: REASON}"
            reader.report("mapping-row", item, message, hint)
            continue
        because = reader.text(keys.get("because"), "because", item)
        of_left = reader.direction(keys.get("of")) == "left"
        yield Refusal(of_left, read(keys["from"]), because, item.location)


def _check_variables(reader: Reader, row: Tree, left: Record, right: Record) -> None:
    names = [
        sorted(cell.name for _, cell in side if isinstance(cell, Variable))
        for side in (left, right)
    ]
    if names[0] != names[1]:
        hint = "what one side says with $name, the other side needs to hold"
        reader.report("mapping-row", row, "a variable stands on both sides of its row", hint)
