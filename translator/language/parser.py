"""Mappings: from the YAML tree to `nodes`, with every mistake of form found in one go.

The codecs that a rule of a mapping can name: from the YAML tree to `nodes`.

Tables in a mapping: `rows` over several members, `values` over one on either side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal, TypeVar

from translator.errors import Location, did_you_mean
from translator.language import nodes
from translator.language.decoder import Decoder
from translator.language.nodes import (
    FieldRule,
    Mapping,
    Record,
    RefusedRow,
    Table,
    TableRow,
    Variable,
)
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, parse_yaml
from translator.language.yaml_tree import YamlSequence as List
from translator.paths import Path, format_path, is_scalar_path
from translator.schema.types import ScalarValue

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


_TEMPLATE_PART = re.compile(r"([^{]+)|\{([^}]*)(\}?)")
"""A part of a template: text as it stands, or a member's name in braces."""


def decode_codec(
    decoder: Decoder, keys: dict[str, YamlNode], left: tuple[Path, ...], rule_node: YamlNode
) -> nodes.Codec:
    """The codec of a rule with these keys, whose left side is `left`; `Same` if it names none."""
    if "values" in keys:
        if "as" in keys:
            hint = "keep 'values' for a list of values, 'as' for a conversion"
            decoder.report("mapping-key", keys["as"], "'as' and 'values' exclude each other", hint)
        return nodes.ValueMap(decode_values(decoder, keys, rule_node))
    for key in ("approximate", "opt_in", "refuse"):
        if key in keys:
            hint = "add 'values', or remove it"
            decoder.report("mapping-key", keys[key], f"{key!r} goes with 'values'", hint)
    codec_node = keys.get("as")
    if codec_node is None:
        return nodes.Identity()
    name_node, arguments = codec_node, None
    if isinstance(codec_node, YamlMap) and len(codec_node.entries) == 1:
        name_node, arguments = codec_node.entries[0]
    codec_names = ("date-time", "iso-8601", "epoch-seconds", "epoch-milliseconds", "numeric-string",
             "linear", "template")  # fmt: skip
    match decoder.choice(name_node, codec_names):
        case "date-time":
            options = decoder.options(arguments, ("or",))
            epoch_node = options.get("or")
            epoch = (
                decoder.choice(epoch_node, ("epoch-seconds", "epoch-milliseconds"))
                if epoch_node
                else ""
            )
            return nodes.DateTime(
                "seconds" if epoch == "epoch-seconds" else "milliseconds" if epoch else ""
            )
        case "iso-8601":
            zone = decoder.options(arguments, ("zone",)).get("zone")
            return nodes.Iso8601(decoder.string(zone, "zone") if zone else "")
        case "epoch-seconds":
            decoder.options(arguments, ())
            return nodes.Epoch("seconds")
        case "epoch-milliseconds":
            decoder.options(arguments, ())
            return nodes.Epoch("milliseconds")
        case "numeric-string":
            decoder.options(arguments, ())
            return nodes.NumericString()
        case "linear":
            options = decoder.options(arguments, ("from", "to"))
            bounds = [
                _decode_bounds(decoder, options.get(key), rule_node) for key in ("from", "to")
            ]
            return nodes.Linear(bounds[0], bounds[1])
        case "template":
            return _decode_template(decoder, arguments, left, rule_node)
    return nodes.Identity()


def _decode_bounds(
    decoder: Decoder, node: YamlNode | None, rule_node: YamlNode
) -> tuple[float, float]:
    items = decoder.items(node, "bounds")
    values = [item.value if isinstance(item, YamlScalar) else None for item in items]
    match values:
        case [bool(), _] | [_, bool()]:
            pass
        case [int() | float() as low, int() | float() as high] if low < high:
            return (low, high)
    decoder.report(
        "mapping-linear",
        node or rule_node,
        "'linear' needs two bounds on each side, the lower one first",
        "write for example: as: {linear: {from: [1, 5], to: [0, 1]}}",
    )
    return (0, 1)


def _decode_template(
    decoder: Decoder, node: YamlNode | None, left: tuple[Path, ...], rule_node: YamlNode
) -> nodes.Template:
    if isinstance(node, YamlScalar):
        return nodes.Template(_decode_template_parts(decoder, node, left))
    options = decoder.options(node, ("text", "short", "params"))
    params: list[tuple[int, str]] = []
    for name, value in decoder.entries(options.get("params"), "params"):
        path = decoder.path_from_string(name.raw, name)
        if path in left:
            params.append((left.index(path), decoder.string(value, "a param's name")))
        elif path is not None:
            hint = did_you_mean(name.raw, map(format_path, left))
            message = f"{name.raw!r} is not a member of this rule"
            decoder.report("mapping-template", name, message, hint)
    main, short = options.get("text"), options.get("short")
    if not isinstance(main, YamlScalar):
        message = "'template' needs a text with the members in braces"
        hint = 'write for example: as: {template: "{type}:{number}"}'
        decoder.report("mapping-template", node or rule_node, message, hint)
        return nodes.Template(())
    short_parts = (
        _decode_template_parts(decoder, short, left, {index for index, _ in params})
        if short
        else ()
    )
    return nodes.Template(_decode_template_parts(decoder, main, left), short_parts, tuple(params))


def _decode_template_parts(
    decoder: Decoder, node: YamlNode, left: tuple[Path, ...], supplied: set[int] | None = None
) -> tuple[str | int, ...]:
    parts: list[str | int] = []
    positions = {path: index for index, path in reversed(list(enumerate(left)))}
    template = decoder.string(node, "a template")
    for match in _TEMPLATE_PART.finditer(template):
        literal, name, closing_brace = match.groups()
        if literal:
            parts.append(literal)
            continue
        if not closing_brace:
            message = f"the brace of {name!r} is not closed"
            decoder.report("mapping-template", node, message, f"write {{{name}}}")
        path = decoder.path_from_string(name, node)
        if path in positions:
            parts.append(positions[path])
        elif path is not None:
            hint = did_you_mean(name, map(format_path, left))
            message = f"{name!r} is not a member of this rule"
            decoder.report("mapping-template", node, message, hint)
    used_positions = [part for part in parts if isinstance(part, int)]
    if template and sorted([*used_positions, *(supplied or ())]) != list(range(len(left))):
        placeholders = ", ".join(f"{{{format_path(path)}}}" for path in left)
        message = "a template names each member of its rule once"
        decoder.report("mapping-template", node, message, f"name {placeholders}")
    for first, second in pairwise(parts):
        if isinstance(first, int) and isinstance(second, int):
            message = "text must stand between two members"
            hint = "put a text between them that no member holds, such as ':'"
            decoder.report("mapping-template", node, message, hint)
    return tuple(parts)


T = TypeVar("T")

VERSION = 1
"""The version of the mapping language that this package reads."""

_MAPPING_KEYS = (
    "version", "between", "each", "params", "fields", "cases", "rows", "constants", "carries",
    "lost",
)  # fmt: skip

_RULE_KEYS = (
    "is", "as", "values", "approximate", "opt_in", "refuse", "id", "unfit", "also", "or", "to",
    "because", "default",
)  # fmt: skip


def parse_mapping(text: bytes | str, file: str) -> Mapping:
    """The mapping written in `text`; `file` is its name in messages.

    Raises `MappingError` with a diagnostic for each mistake of form. Whether the names in it exist
    in the two specs is the checker's question.
    """
    return decode_mapping(parse_yaml(text, file), file)


def decode_mapping(node: YamlNode, file: str) -> Mapping:
    """The mapping that a YAML tree holds. Raises `MappingError` as `parse_mapping` does."""
    decoder = Decoder(file)
    mapping = _decode_mapping(decoder, node)
    decoder.raise_errors()
    assert mapping is not None
    return mapping


def _decode_mapping(decoder: Decoder, node: YamlNode) -> Mapping | None:
    keys = decoder.keys(node, _MAPPING_KEYS, "a mapping")
    if keys is None:
        return None
    version = keys.get("version")
    is_integer = isinstance(version, YamlScalar) and type(version.value) is int
    if not (is_integer and isinstance(version, YamlScalar) and version.value == VERSION):
        hint = f"write: version: {VERSION}"
        decoder.report("mapping-version", version or node, f"'version: {VERSION}' is missing", hint)
    named_at = _decode_formats(decoder, keys.get("between"), node)
    shared_rules = tuple(_decode_rules(decoder, keys.get("fields")))
    cases = tuple(_decode_cases(decoder, keys.get("cases")))
    each = decoder.path(keys.get("each"))
    if not cases:
        cases = (nodes.Case("", (), node.location, each=each),)
    elif each is not None:
        hint = "move it into the cases that give one event for each element"
        decoder.report("mapping-each", keys["each"], "'each' does not stand beside 'cases'", hint)
    return Mapping(
        file=decoder.file,
        left=decoder.formats[0],
        right=decoder.formats[1],
        cases=cases,
        shared_rules=shared_rules,
        tables=tuple(_decode_tables(decoder, keys.get("rows"))),
        params=tuple(_decode_params(decoder, keys.get("params"))),
        constants=tuple(
            _decode_sides(decoder, keys.get("constants"), "constants", _decode_constant)
        ),
        lost_fields=tuple(_decode_sides(decoder, keys.get("lost"), "lost", _decode_lost_field)),
        carry_slot=_decode_carry_slot(decoder, keys.get("carries")),
        format_locations=named_at,
    )


def _decode_formats(
    decoder: Decoder, node: YamlNode | None, mapping_node: YamlNode
) -> tuple[Location, Location]:
    """Tell the reader the two formats, and give where they are named; nothing if there are none."""
    items = node.items if isinstance(node, List) else ()
    names = [decoder.string(item, "a format's name") for item in items]
    if len(names) == 2 and names[0] != names[1]:
        decoder.formats = (names[0], names[1])
        return items[0].location, items[1].location
    decoder.report(
        "mapping-between",
        node or mapping_node,
        "'between' names the two formats that the mapping relates",
        "write for example: between: [acme, interaction]",
    )
    return mapping_node.location, mapping_node.location


def _decode_params(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Param]:
    for name, body in decoder.entries(node, "params"):
        keys = decoder.keys(body, ("fills", "to", "about"), "a param")
        if keys is None:
            continue
        fills, side = decoder.path(keys.get("fills")), decoder.direction(keys.get("to"))
        if ("fills" in keys) != ("to" in keys):
            decoder.report(
                "mapping-param",
                name,
                "'fills' and 'to' stand together in a param",
                "'fills' is the member that it fills, 'to' the format of that member",
            )
        about = decoder.string(keys.get("about"), "about", body)
        yield nodes.Param(name.raw, about, name.location, fills, side != "right")


def _decode_cases(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Case]:
    for name, body in decoder.entries(node, "cases"):
        keys = decoder.keys(body, ("when", "each", "if", "to", "fields"), "a case")
        if keys is None:
            continue
        when: Record = ()
        if "when" in keys:
            when = decoder.record(keys["when"])
        yield nodes.Case(
            name.raw,
            tuple(_decode_rules(decoder, keys.get("fields"))),
            name.location,
            when,
            decoder.path(keys.get("if")),
            decoder.path(keys.get("each")),
            decoder.direction(keys.get("to")),
        )


def _decode_tables(decoder: Decoder, node: YamlNode | None) -> Iterator[Table]:
    for name, body in decoder.entries(node, "rows"):
        yield decode_rows(decoder, name, body)


def _decode_sides(
    decoder: Decoder,
    node: YamlNode | None,
    section: str,
    decode_entry: Callable[[Decoder, bool, YamlScalar, YamlNode], T | None],
) -> Iterator[T]:
    for name, body in decoder.entries(node, section):
        on_left = decoder.side(name)
        if on_left is None:
            continue
        for key, value in decoder.entries(body, section):
            entry = decode_entry(decoder, on_left, key, value)
            if entry is not None:
                yield entry


def _decode_constant(
    decoder: Decoder, on_left: bool, key: YamlScalar, value: YamlNode
) -> nodes.Constant | None:
    path = decoder.path(key)
    if not isinstance(value, YamlScalar):
        hint = "write a text, a number, true or false"
        decoder.report("mapping-type", value, "a constant is a single value", hint)
        return None
    return None if path is None else nodes.Constant(on_left, path, value.value, key.location)


def _decode_lost_field(
    decoder: Decoder, on_left: bool, key: YamlScalar, value: YamlNode
) -> nodes.LostField | None:
    path = decoder.path(key)
    because = decoder.string(value, "the reason")
    return None if path is None else nodes.LostField(on_left, path, because, key.location)


def _decode_carry_slot(decoder: Decoder, node: YamlNode | None) -> nodes.CarrySlot | None:
    if node is None:
        return None
    keys = decoder.keys(node, ("of", "in", "as"), "carries")
    if keys is None:
        return None
    carried = decoder.path(keys.get("of"))
    slot = decoder.path(keys.get("in"))
    key_template = decoder.string(keys["as"], "as") if "as" in keys else ""
    prefix, vendor, rest = key_template.partition("{vendor}")
    separator, field, after = rest.partition("{field}")
    are_scalar_paths = all(path is None or is_scalar_path(path) for path in (slot, carried))
    if not are_scalar_paths or len(keys) < 3 or not vendor or not field or after or not separator:
        decoder.report(
            "mapping-carries",
            node,
            "'carries' says what is carried, where it is kept, and under which key",
            "write {of: PATH, in: PATH, as: '{vendor}_{field}'}, with text between the two names",
        )
        return None
    if slot is None or carried is None:
        return None
    return nodes.CarrySlot(slot, carried, prefix, separator, node.location)


# --- fields ------------------------------------------------------------------------------------


def _decode_rules(decoder: Decoder, node: YamlNode | None) -> Iterator[FieldRule]:
    for name, body in decoder.entries(node, "fields"):
        left, is_joined = _left_paths(decoder, name)
        if isinstance(body, YamlScalar):
            body = YamlMap(((YamlScalar("is", body.location, "is"), body),), body.location)
        keys = decoder.keys(body, _RULE_KEYS, "a rule")
        if keys is None:
            continue
        right = tuple(_right_paths(decoder, keys.get("is"), body))
        codec = decode_codec(decoder, keys, left, body)
        if is_joined != isinstance(codec, nodes.Template):
            decoder.report(
                "mapping-template",
                name,
                "several members, written 'a, b', go with 'as: {template: …}', and only they do",
                "name the template that joins them, or write a rule for each"
                if is_joined
                else "write all members of the template before the colon: a, b",
            )
            continue
        unfit = keys.get("unfit")
        default = keys.get("default")
        if default is not None and not isinstance(default, YamlScalar):
            hint = "write a text, a number, true or false"
            decoder.report("mapping-type", default, "a default is a single value", hint)
        yield FieldRule(
            left=left,
            right=right,
            codec=codec,
            location=name.location,
            id=_decode_id(decoder, keys.get("id")),
            skip_unfit=unfit is not None and decoder.choice(unfit, ("skip",)) == "skip",
            also=tuple(_decode_also(decoder, keys.get("also"), left)),
            alternatives=tuple(_decode_alternatives(decoder, keys.get("or"), left)),
            only_to=decoder.direction(keys.get("to")),
            because=decoder.string(keys["because"], "because") if "because" in keys else "",
            default=default.value if isinstance(default, YamlScalar) else nodes.UNSET,
        )


def _left_paths(decoder: Decoder, key: YamlScalar) -> tuple[tuple[Path, ...], bool]:
    is_joined = "," in key.raw
    if is_joined and "|" in key.raw:
        message = "a rule joins members (a, b) or chooses one (a | b), not both"
        decoder.report("mapping-path", key, message, "write two rules")
    parts = key.raw.split("," if is_joined else "|")
    paths = [decoder.path_from_string(part.strip(), key) for part in parts]
    return tuple(path for path in paths if path is not None), is_joined


def _right_paths(decoder: Decoder, node: YamlNode | None, body: YamlNode) -> Iterator[Path]:
    alternatives = decoder.string(node, "is", body)
    for part in alternatives.split("|") if alternatives else ():
        path = decoder.path_from_string(part.strip(), node or body)
        if path is not None:
            yield path


def _decode_id(decoder: Decoder, node: YamlNode | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, YamlScalar) and node.value is True:
        return ""
    return decoder.string(node, "id: true, or the name of a crosswalk,")


def _decode_also(
    decoder: Decoder, node: YamlNode | None, left: tuple[Path, ...]
) -> Iterator[nodes.Also]:
    for item in decoder.items(node, "also"):
        if isinstance(item, YamlScalar):
            path = decoder.path(item)
            codec: nodes.Codec = nodes.Identity()
        else:
            keys = decoder.keys(item, ("is", "as", "values"), "'also'") or {}
            if "is" not in keys:
                decoder.report("mapping-type", item, "'is' is missing", "write {is: PATH}")
            path, codec = decoder.path(keys.get("is")), decode_codec(decoder, keys, left, item)
        if path is not None:
            yield nodes.Also(path, codec, item.location)


def _decode_alternatives(
    decoder: Decoder, node: YamlNode | None, left: tuple[Path, ...]
) -> Iterator[nodes.Alternative]:
    allowed_keys = ("is", "as", "values", "id", "opt_in", "approximate", "unless", "because")
    for item in decoder.items(node, "or"):
        keys = decoder.keys(item, allowed_keys, "an alternative")
        path = decoder.path(keys.get("is")) if keys else None
        if keys is not None and "is" not in keys:
            decoder.report("mapping-type", item, "'is' is missing", "write {is: PATH}")
        if keys is None or path is None:
            continue
        if "approximate" in keys and "opt_in" in keys:
            message = "an alternative is approximate or an opt_in, not both"
            hint = "keep 'opt_in' if the caller has to allow it by name, else 'approximate'"
            decoder.report("mapping-key", keys["opt_in"], message, hint)
        kind: nodes.RuleKind = "exact"
        name = ""
        for kind_key in ("approximate", "opt_in"):
            if kind_key in keys:
                kind = "opt-in" if kind_key == "opt_in" else "approximate"
                name = decoder.string(keys[kind_key], kind_key)
        because = decoder.string(keys.get("because"), "because", item) if kind != "exact" else ""
        yield nodes.Alternative(
            path,
            decode_codec(
                decoder, {key: keys[key] for key in ("as", "values") if key in keys}, left, item
            ),
            kind,
            name,
            because,
            _decode_id(decoder, keys.get("id")),
            decoder.path(keys.get("unless")),
            item.location,
        )
