"""Tables in a mapping: `rows` over several members, `values` over one on either side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from translator.nodes import Record, RefusedRow, ScalarValue, Table, TableRow, Variable
from translator.reading import Decoder
from translator.yamlsource import YamlMap, YamlNode, YamlScalar
from translator.yamlsource import YamlSequence as List

_RecordDecoder = Callable[[YamlNode], Record]


def decode_rows(decoder: Decoder, name: YamlScalar, node: YamlNode) -> Table:
    """A table of `rows`: each exact row is a record of the left and one of the right."""
    keys = decoder.keys(node, ("exact", "approximate", "opt_in", "refuse"), "a table") or {}
    rows: list[TableRow] = []
    for row in decoder.items(keys.get("exact"), "exact"):
        if isinstance(row, List) and len(row.items) == 2:
            left, right = (decoder.record(item) for item in row.items)
            _check_variables(decoder, row, left, right)
            rows.append(TableRow(left, right, location=row.location))
        else:
            message = "a row is a list of two records, left and right"
            decoder.report("mapping-row", row, message, "write [{member: value}, {member: value}]")
    rows += _decode_inexact_rows(decoder, keys, decoder.record)
    refused_rows = tuple(_decode_refused_rows(decoder, keys.get("refuse"), decoder.record))
    return Table(name.raw, tuple(rows), refused_rows, name.location)


def decode_values(decoder: Decoder, keys: dict[str, YamlNode], rule_node: YamlNode) -> Table:
    """The table of a rule with `values`: its records have one member, at the empty path."""
    node = keys["values"]
    rows: list[TableRow] = []
    if isinstance(node, YamlMap):
        for key, value in node.entries:
            if not isinstance(value, YamlScalar):
                hint = "one value stands for one; more go under 'approximate'"
                decoder.report("mapping-type", value, "a single value is expected", hint)
                continue
            left: ScalarValue = key.raw
            rows.append(
                TableRow(_value_record(left), _value_record(value.value), location=key.location)
            )
    else:
        for row in decoder.items(node, "values"):
            values = decoder.scalar_values(row)
            if isinstance(row, List) and len(values) == 2:
                rows.append(
                    TableRow(
                        _value_record(values[0]), _value_record(values[1]), location=row.location
                    )
                )
            else:
                message = "a row is a list of two values, left and right"
                decoder.report("mapping-row", row, message, "write [left value, right value]")

    for side in ("left", "right"):
        seen: set[tuple[bool, ScalarValue]] = set()
        for table_row in rows:
            cell = getattr(table_row, side)[0][1]
            cell_value: ScalarValue = cell[0] if isinstance(cell, tuple) and cell else None
            if (isinstance(cell_value, bool), cell_value) in seen:
                decoder.report(
                    "mapping-row",
                    table_row,
                    f"{cell_value!r} stands twice on the {side}; exact values pair off one by one",
                    "the second goes under 'approximate', with 'into' where it is written",
                )
            seen.add((isinstance(cell_value, bool), cell_value))

    def decode_record(value: YamlNode) -> Record:
        return (((), decoder.scalar_values(value)),)

    rows += _decode_inexact_rows(decoder, keys, decode_record)
    refused_rows = tuple(_decode_refused_rows(decoder, keys.get("refuse"), decode_record))
    return Table("", tuple(rows), refused_rows, rule_node.location)


def _value_record(value: ScalarValue) -> Record:
    return (((), (value,)),)


def _decode_inexact_rows(
    decoder: Decoder, keys: dict[str, YamlNode], decode_record: _RecordDecoder
) -> Iterator[TableRow]:
    for item in decoder.items(keys.get("approximate"), "approximate"):
        yield from _decode_one_way_row(decoder, item, decode_record, "approximate", "")
    for name, item in decoder.entries(keys.get("opt_in"), "opt_in"):
        yield from _decode_one_way_row(decoder, item, decode_record, "opt-in", name.raw)


def _decode_one_way_row(
    decoder: Decoder,
    node: YamlNode,
    decode_record: _RecordDecoder,
    kind: Literal["approximate", "opt-in"],
    name: str,
) -> Iterator[TableRow]:
    keys = decoder.keys(node, ("from", "to", "into", "because"), "a one-way row")
    if keys is None:
        return
    if "from" not in keys or "to" not in keys:
        hint = "write {from: VALUE, to: VALUE, because: REASON}"
        decoder.report("mapping-row", node, "a one-way row has 'from' and 'to'", hint)
        return
    because = decoder.string(keys.get("because"), "because", node)
    source, target = decode_record(keys["from"]), decode_record(keys["to"])
    if target and target[0][0] == () and isinstance(target[0][1], tuple) and len(target[0][1]) > 1:
        hint = "keep one; the list of values that lead to it goes under 'from'"
        decoder.report("mapping-row", keys["to"], "'to' is the one value that is written", hint)
    to_left = decoder.direction(keys.get("into")) != "right"
    left, right = (target, source) if to_left else (source, target)
    bound_names = {cell.name for _, cell in source if isinstance(cell, Variable)}
    used_names = {cell.name for _, cell in target if isinstance(cell, Variable)}
    if used_names - bound_names:
        hint = "a variable takes its value from a member in 'from'"
        decoder.report(
            "mapping-row", node, f"${min(used_names - bound_names)} stands in 'to' only", hint
        )
    yield TableRow(left, right, kind, to_left, name, because, node.location)


def _decode_refused_rows(
    decoder: Decoder, node: YamlNode | None, decode_record: _RecordDecoder
) -> Iterator[RefusedRow]:
    for item in decoder.items(node, "refuse"):
        keys = decoder.keys(item, ("from", "of", "because"), "a refusal")
        if keys is None:
            continue
        if "from" not in keys:
            message = "a refusal names the values that it refuses"
            hint = "write {from: VALUES, because: REASON}"
            decoder.report("mapping-row", item, message, hint)
            continue
        because = decoder.string(keys.get("because"), "because", item)
        of_left = decoder.direction(keys.get("of")) == "left"
        yield RefusedRow(of_left, decode_record(keys["from"]), because, item.location)


def _check_variables(decoder: Decoder, row_node: YamlNode, left: Record, right: Record) -> None:
    names = [
        sorted(cell.name for _, cell in side if isinstance(cell, Variable))
        for side in (left, right)
    ]
    if names[0] != names[1]:
        hint = "what one side says with $name, the other side needs to hold"
        decoder.report("mapping-row", row_node, "a variable stands on both sides of its row", hint)
