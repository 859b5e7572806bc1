"""Parse a mapping: from its YAML tree to `nodes`, reporting every syntax error at once.

Whether the names in a mapping exist in its specs is checked by `checker`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from translator.errors import Location, MappingError, suggest, truncate
from translator.language import nodes
from translator.language.decoder import Decoder, Keys
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, YamlSequence, parse_yaml
from translator.paths import Path, format_path, is_scalar_path, split_paths
from translator.schema.types import ScalarValue

Paths = tuple[Path, ...]

ReadRecord = Callable[[YamlNode], nodes.Record]

VERSION = 1
"""The version of the mapping language that this package reads."""

_SECTIONS = ("params", "fields", "cases", "rows", "constants", "carries", "lost")

_MAPPING_KEYS = ("version", "between", "each", *_SECTIONS)

_ONE_WAY_KEYS = ("approximate", "opt_in", "refuse")

_VALUES_KEYS = (*_ONE_WAY_KEYS, "others")

_INEXACT_KINDS: dict[str, nodes.RuleKind] = {"approximate": "approximate", "opt_in": "opt-in"}

_OTHER_RULE_KEYS = (
    "id", "unfit", "null", "also", "or", "to", "because", "default", "once", "others",
)  # fmt: skip

_RULE_KEYS = ("is", "as", "values", *_ONE_WAY_KEYS, *_OTHER_RULE_KEYS)

_ALTERNATIVE_KEYS = ("is", "as", "values", "id", "opt_in", "approximate", "unless", "because")

_EPOCHS = {
    "epoch-seconds": nodes.Epoch("seconds"),
    "epoch-milliseconds": nodes.Epoch("milliseconds"),
}

_SIMPLE_CODECS: dict[str, nodes.Codec] = {**_EPOCHS, "numeric-string": nodes.NumericString()}
"""The codecs without options."""

_CODEC_NAMES = ("date-time", "iso-8601", *_SIMPLE_CODECS, "linear", "template")

_TEMPLATE_PART = re.compile(r"([^{]+)|\{((?:[^}\\]|\\.?)*+)(\}?)", re.DOTALL)
"""A part of a template: a literal string, or the name of a field in braces."""


def parse_mapping(text: bytes | str, file: str) -> nodes.Mapping:
    """Parse the YAML `text` of a mapping. Messages name its `file`.

    Raises `MappingError` with a diagnostic for each syntax error.
    """
    return decode_mapping(parse_yaml(text, file), file)


def decode_mapping(node: YamlNode, file: str) -> nodes.Mapping:
    """Parse the YAML tree of a mapping. Raises `MappingError` as `parse_mapping` does."""
    decoder = Decoder(file)
    keys = decoder.keys(node, _MAPPING_KEYS, "a mapping")
    if keys is None:
        raise MappingError(decoder.diagnostics)
    version = keys.get("version")
    value = version.value if isinstance(version, YamlScalar) else None
    if type(value) is not int or value != VERSION:
        message, hint = f"'version: {VERSION}' is missing", f"write: version: {VERSION}"
        if value is not None:
            message = f"this translator reads version {VERSION} of the mapping language"
            message += f", not {truncate(repr(value))}"
        decoder.report("mapping-version", version or node, message, hint)
    format_locations = _read_formats(decoder, keys.get("between"), node)
    shared_rules = tuple(_read_rules(decoder, keys.get("fields")))
    cases = tuple(_read_cases(decoder, keys.get("cases")))
    each = decoder.path(keys.get("each"))
    if not cases:
        cases = (nodes.Case("", (), node.location, each=each),)
    elif each is not None:
        hint = "move 'each' into the cases with one event per element"
        decoder.report("mapping-each", keys["each"], "'each' and 'cases' exclude each other", hint)
    mapping = nodes.Mapping(
        file=decoder.file,
        left=decoder.formats[0],
        right=decoder.formats[1],
        cases=cases,
        shared_rules=shared_rules,
        tables=tuple(_read_tables(decoder, keys.get("rows"))),
        params=tuple(_read_params(decoder, keys.get("params"))),
        constants=tuple(_read_constants(decoder, keys.get("constants"))),
        lost_fields=tuple(_read_lost_fields(decoder, keys.get("lost"))),
        carry_slot=_read_carry_slot(decoder, keys.get("carries")),
        format_locations=format_locations,
    )
    decoder.raise_errors()
    return mapping


def _read_formats(
    decoder: Decoder, node: YamlNode | None, mapping_node: YamlNode
) -> tuple[Location, Location]:
    """Set the decoder's formats, and return the locations of their names."""
    items = node.items if isinstance(node, YamlSequence) else ()
    names = [decoder.string(item, "the name of a format") for item in items]
    if len(names) == 2 and names[0] != names[1]:
        decoder.formats = (names[0], names[1])
        return items[0].location, items[1].location
    message = "'between' must name the two formats that the mapping relates"
    hint = "write for example: between: [acme, interaction]"
    decoder.report("mapping-between", node or mapping_node, message, hint)
    return mapping_node.location, mapping_node.location


def _read_params(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Param]:
    for name, body in decoder.entries(node, "params"):
        keys = decoder.keys(body, ("fills", "to", "about"), "a param")
        if keys is None:
            continue
        fills, side = decoder.path(keys.get("fills")), decoder.side(keys.get("to"))
        if ("fills" in keys) != ("to" in keys):
            message = "a param needs both 'fills' and 'to', or neither"
            hint = "name the field in 'fills', and its format in 'to'"
            decoder.report("mapping-param", name, message, hint)
        about = decoder.string(keys.get("about"), "about", body)
        yield nodes.Param(name.raw, about, name.location, fills, side != "right")


def _read_cases(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Case]:
    for name, body in decoder.entries(node, "cases"):
        keys = decoder.keys(body, ("when", "each", "if", "to", "fields"), "a case")
        if keys is not None:
            yield nodes.Case(
                name.raw,
                tuple(_read_rules(decoder, keys.get("fields"))),
                name.location,
                decoder.record(keys["when"]) if "when" in keys else (),
                decoder.path(keys.get("if")),
                decoder.path(keys.get("each")),
                decoder.side(keys.get("to")),
            )


def _read_constants(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Constant]:
    for on_left, path, key, value in _entries_by_side(decoder, node, "constants"):
        scalar = decoder.scalar(value, "a constant")
        if path is not None and scalar is not None:
            yield nodes.Constant(on_left, path, scalar.value, key.location)


def _read_lost_fields(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.LostField]:
    for on_left, path, key, value in _entries_by_side(decoder, node, "lost"):
        because = decoder.string(value, "the reason")
        if path is not None:
            yield nodes.LostField(on_left, path, because, key.location)


def _entries_by_side(
    decoder: Decoder, node: YamlNode | None, section: str
) -> Iterator[tuple[bool, Path | None, YamlScalar, YamlNode]]:
    """Yield the entries of a section that groups them by format, first whether that is the left."""
    for name, body in decoder.entries(node, section):
        if side := decoder.side(name):
            for key, value in decoder.entries(body, section):
                yield side == "left", decoder.path(key), key, value


def _read_carry_slot(decoder: Decoder, node: YamlNode | None) -> nodes.CarrySlot | None:
    keys = None if node is None else decoder.keys(node, ("of", "in", "as"), "carries")
    if node is None or keys is None:
        return None
    carried, slot = decoder.path(keys.get("of")), decoder.path(keys.get("in"))
    key_template = decoder.string(keys.get("as"), "as")
    prefix, vendor, rest = key_template.partition("{vendor}")
    separator, field, suffix = rest.partition("{field}")
    are_scalar_paths = all(path is None or is_scalar_path(path) for path in (slot, carried))
    if not are_scalar_paths or len(keys) < 3 or not vendor or not field or suffix or not separator:
        message = "'carries' must name the carried field, the slot, and the form of its keys"
        hint = "write {of: PATH, in: PATH, as: '{vendor}_{field}'}, with a separator in 'as'"
        decoder.report("mapping-carries", node, message, hint)
        return None
    if slot is None or carried is None:
        return None
    return nodes.CarrySlot(slot, carried, prefix, separator, node.location)


# --- fields ---------------------------------------------------------------------------------------


def _read_rules(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.FieldRule]:
    for name, body in decoder.entries(node, "fields"):
        is_joined = len(split_paths(name.raw, ",")) > 1
        if is_joined and len(split_paths(name.raw, "|")) > 1:
            message = "a rule joins fields (a, b) or chooses one (a | b), not both"
            decoder.report("mapping-path", name, message, "write two rules")
        left = decoder.paths(name.raw, "," if is_joined else "|", name)
        if isinstance(body, YamlScalar):
            body = YamlMap(((YamlScalar("is", body.location, "is"), body),), body.location)
        keys = decoder.keys(body, _RULE_KEYS, "a rule")
        if keys is None:
            continue
        right = decoder.string(keys.get("is"), "is", body)
        codec = _read_codec(decoder, keys, left, body)
        if is_joined != isinstance(codec, nodes.Template):
            message = "a rule has several fields ('a, b') if and only if its codec is a template"
            hint = "write all fields of the template before the colon: a, b"
            if is_joined:
                hint = "add 'as: {template: …}', or write a rule for each field"
            decoder.report("mapping-template", name, message, hint)
            continue
        default = decoder.scalar(keys.get("default"), "a default")
        yield nodes.FieldRule(
            left=left,
            right=decoder.paths(right, "|", keys["is"]) if right else (),
            codec=codec,
            location=name.location,
            id=_read_id(decoder, keys.get("id")),
            skip_unfit=decoder.choice(keys.get("unfit"), ("skip",)) == "skip",
            keep_null=decoder.choice(keys.get("null"), ("keep",)) == "keep",
            also=tuple(_read_also(decoder, keys.get("also"), left)),
            alternatives=tuple(_read_or(decoder, keys.get("or"), left)),
            only_to=decoder.side(keys.get("to")),
            because=decoder.string(keys.get("because"), "because"),
            default=nodes.UNSET if default is None else default.value,
            once=_read_once(decoder, keys.get("once")),
            skip_others=decoder.choice(keys.get("others"), ("skip",)) == "skip",
        )


def _read_once(decoder: Decoder, node: YamlNode | None) -> bool:
    if node is not None and not (isinstance(node, YamlScalar) and node.value is True):
        hint = "remove the key if the value may be repeated"
        decoder.report("mapping-word", node, "'once' must be true", hint)
    return node is not None


def _read_id(decoder: Decoder, node: YamlNode | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, YamlScalar) and node.value is True:
        return ""
    return decoder.string(node, "id, unless it is true,")


def _read_also(decoder: Decoder, node: YamlNode | None, left: Paths) -> Iterator[nodes.OtherField]:
    for item in decoder.items(node, "also"):
        codec: nodes.Codec = nodes.Identity()
        if isinstance(item, YamlScalar):
            path = decoder.path(item)
        else:
            keys = decoder.keys(item, ("is", "as", "values"), "'also'") or {}
            path = _read_is(decoder, keys, item)
            codec = _read_codec(decoder, keys, left, item)
        if path is not None:
            yield nodes.OtherField(path, codec, item.location)


def _read_or(decoder: Decoder, node: YamlNode | None, left: Paths) -> Iterator[nodes.OtherField]:
    for item in decoder.items(node, "or"):
        keys = decoder.keys(item, _ALTERNATIVE_KEYS, "an alternative")
        path = None if keys is None else _read_is(decoder, keys, item)
        if keys is None or path is None:
            continue
        if "approximate" in keys and "opt_in" in keys:
            message = "'approximate' and 'opt_in' exclude each other"
            hint = "keep 'opt_in' if the caller has to allow it by name, else 'approximate'"
            decoder.report("mapping-key", keys["opt_in"], message, hint)
        kind: nodes.RuleKind = "exact"
        name = because = ""
        for key, inexact_kind in _INEXACT_KINDS.items():
            if key in keys:
                kind, name = inexact_kind, decoder.string(keys[key], key)
        if kind != "exact":
            because = decoder.string(keys.get("because"), "because", item)
        codec_keys: Keys = {key: keys[key] for key in ("as", "values") if key in keys}
        codec = _read_codec(decoder, codec_keys, left, item)
        crosswalk, unless = _read_id(decoder, keys.get("id")), decoder.path(keys.get("unless"))
        yield nodes.OtherField(path, codec, item.location, kind, name, because, crosswalk, unless)


def _read_is(decoder: Decoder, keys: Keys, node: YamlNode) -> Path | None:
    if "is" not in keys:
        decoder.report("mapping-type", node, "'is' is missing", "write {is: PATH}")
    return decoder.path(keys.get("is"))


# --- codecs ---------------------------------------------------------------------------------------


def _read_codec(decoder: Decoder, keys: Keys, left: Paths, rule_node: YamlNode) -> nodes.Codec:
    """Read the codec of a rule for the paths `left`; `Identity` if its keys name none."""
    if "values" in keys:
        if "as" in keys:
            hint = "keep 'values' for a list of values, or 'as' for a conversion"
            decoder.report("mapping-key", keys["as"], "'as' and 'values' exclude each other", hint)
        return nodes.ValueMap(_read_values(decoder, keys, rule_node))
    for key in _VALUES_KEYS:
        if key in keys:
            message = f"{key!r} needs 'values'"
            decoder.report("mapping-key", keys[key], message, f"add 'values', or remove {key!r}")
    if "as" not in keys:
        return nodes.Identity()
    name_node, arguments = keys["as"], None
    if isinstance(name_node, YamlMap) and len(name_node.entries) == 1:
        name_node, arguments = name_node.entries[0]
    name = decoder.choice(name_node, _CODEC_NAMES)
    match name:
        case "date-time":
            epoch = decoder.choice(decoder.options(arguments, ("or",)).get("or"), _EPOCHS)
            return nodes.DateTime(_EPOCHS[epoch].unit if epoch else "")
        case "iso-8601":
            zone = decoder.options(arguments, ("zone",)).get("zone")
            return nodes.Iso8601(decoder.string(zone, "zone"))
        case "linear":
            options = decoder.options(arguments, ("from", "to"))
            left_bounds = _read_bounds(decoder, options.get("from"), rule_node)
            return nodes.Linear(left_bounds, _read_bounds(decoder, options.get("to"), rule_node))
        case "template":
            return _read_template(decoder, arguments, left, rule_node)
    if name in _SIMPLE_CODECS:
        decoder.options(arguments, ())
        return _SIMPLE_CODECS[name]
    return nodes.Identity()


def _read_bounds(decoder: Decoder, node: YamlNode | None, rule: YamlNode) -> tuple[float, float]:
    items = decoder.items(node, "bounds")
    match [item.value if isinstance(item, YamlScalar) else None for item in items]:
        case [bool(), _] | [_, bool()]:
            pass
        case [int() | float() as low, int() | float() as high] if low < high:
            return (low, high)
    message = "'linear' needs two bounds on each side, the lower one first"
    hint = "write for example: as: {linear: {from: [1, 5], to: [0, 1]}}"
    decoder.report("mapping-linear", node or rule, message, hint)
    return (0, 1)


def _read_template(
    decoder: Decoder, node: YamlNode | None, left: Paths, rule_node: YamlNode
) -> nodes.Template:
    if isinstance(node, YamlScalar):
        return nodes.Template(_read_parts(decoder, node, left))
    options = decoder.options(node, ("text", "short", "params"))
    params: list[tuple[int, str]] = []
    for name, value in decoder.entries(options.get("params"), "params"):
        position = _field_position(decoder, name.raw, left, name)
        if position is not None:
            params.append((position, decoder.string(value, "the name of a param")))
    main, short = options.get("text"), options.get("short")
    if not isinstance(main, YamlScalar):
        message = "'template' must be a string with the fields in braces"
        hint = 'write for example: as: {template: "{type}:{number}"}'
        decoder.report("mapping-template", node or rule_node, message, hint)
        return nodes.Template(())
    supplied = {position for position, _ in params}
    short_parts = _read_parts(decoder, short, left, supplied) if short else ()
    return nodes.Template(_read_parts(decoder, main, left), short_parts, tuple(params))


def _read_parts(
    decoder: Decoder, node: YamlNode, left: Paths, supplied: Iterable[int] = ()
) -> tuple[str | int, ...]:
    """Read a template that names the fields of `left` except those in `supplied`."""
    parts: list[str | int] = []
    template = decoder.string(node, "a template")
    for literal, name, closing_brace in _TEMPLATE_PART.findall(template):
        if literal:
            parts.append(literal)
            continue
        if not closing_brace:
            message = f"the brace of {name!r} is not closed"
            decoder.report("mapping-template", node, message, f"write {{{name}}}")
        position = _field_position(decoder, name, left, node)
        if position is not None:
            parts.append(position)
    positions = [part for part in parts if isinstance(part, int)]
    if template and sorted([*positions, *supplied]) != list(range(len(left))):
        placeholders = ", ".join(f"{{{format_path(path)}}}" for path in left)
        message = "a template must name each field of its rule once"
        decoder.report("mapping-template", node, message, f"name {placeholders}")
    for first, second in pairwise(parts):
        if isinstance(first, int) and isinstance(second, int):
            message = "a template needs a separator between two fields"
            hint = "put a string between them that no field contains, such as ':'"
            decoder.report("mapping-template", node, message, hint)
    return tuple(parts)


def _field_position(decoder: Decoder, name: str, left: Paths, node: YamlNode) -> int | None:
    path = decoder.path_from_string(name, node)
    if path in left:
        return left.index(path)
    if path is not None:
        hint = suggest(name, map(format_path, left))
        message = f"{name!r} is not a field of this rule"
        decoder.report("mapping-template", node, message, hint)
    return None


# --- tables ---------------------------------------------------------------------------------------


def _read_tables(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Table]:
    for name, body in decoder.entries(node, "rows"):
        keys = decoder.keys(body, ("exact", *_ONE_WAY_KEYS), "a table") or {}
        rows: list[nodes.TableRow] = []
        for row in decoder.items(keys.get("exact"), "exact"):
            if isinstance(row, YamlSequence) and len(row.items) == 2:
                left, right = (decoder.record(item) for item in row.items)
                if _variables(left) != _variables(right):
                    message = "a variable must be on both sides of its row"
                    hint = "add the same $name to the other side"
                    decoder.report("mapping-row", row, message, hint)
                rows.append(nodes.TableRow(left, right, row.location))
            else:
                message = "a row must be a list of two records, left and right"
                hint = "write [{field: value}, {field: value}]"
                decoder.report("mapping-row", row, message, hint)
        rows += _read_one_way_rows(decoder, keys, decoder.record)
        refused_rows = tuple(_read_refusals(decoder, keys, decoder.record))
        yield nodes.Table(name.raw, tuple(rows), refused_rows, name.location)


def _read_values(decoder: Decoder, keys: Keys, rule_node: YamlNode) -> nodes.Table:
    """Read the table of a rule with `values`: its records have one field, at the path `()`."""
    node = keys["values"]
    pairs: list[tuple[YamlNode, tuple[ScalarValue, ...]]] = []
    if isinstance(node, YamlMap):
        for key, value in node.entries:
            scalar = decoder.scalar(value, "the right side of 'values'")
            if scalar is not None:
                pairs.append((key, (key.raw, scalar.value)))
    else:
        for row in decoder.items(node, "values"):
            values = decoder.scalar_values(row)
            if isinstance(row, YamlSequence) and len(values) == 2:
                pairs.append((row, values))
            else:
                message = "a row must be a list of two values, left and right"
                decoder.report("mapping-row", row, message, "write [left value, right value]")
    for position, side in enumerate(("left", "right")):
        seen: set[tuple[bool, ScalarValue]] = set()
        for row, values in pairs:
            typed_value = (isinstance(values[position], bool), values[position])
            if typed_value in seen:
                message = f"{typed_value[1]!r} is twice on the {side}; values must be one-to-one"
                hint = "keep one pair under 'values'; "
                hint += "write the other as a one-way row under 'approximate'"
                decoder.report("mapping-row", row, message, hint)
            seen.add(typed_value)
    rows = [
        nodes.TableRow(_value_record(values[:1]), _value_record(values[1:]), row.location)
        for row, values in pairs
    ]

    def read_record(value: YamlNode) -> nodes.Record:
        return _value_record(decoder.scalar_values(value))

    rows += _read_one_way_rows(decoder, keys, read_record)
    refused_rows = tuple(_read_refusals(decoder, keys, read_record))
    return nodes.Table("", tuple(rows), refused_rows, rule_node.location)


def _value_record(values: tuple[ScalarValue, ...]) -> nodes.Record:
    return (((), values),)


def _read_one_way_rows(decoder: Decoder, table: Keys, read: ReadRecord) -> Iterator[nodes.TableRow]:
    items = decoder.items(table.get("approximate"), "approximate")
    entries = decoder.entries(table.get("opt_in"), "opt_in")
    rows: list[tuple[nodes.RuleKind, str, YamlNode]] = [("approximate", "", row) for row in items]
    rows += [("opt-in", name.raw, row) for name, row in entries]
    for kind, name, node in rows:
        keys = decoder.keys(node, ("from", "to", "into", "because"), "a one-way row")
        if keys is None:
            continue
        if "from" not in keys or "to" not in keys:
            hint = "write {from: VALUE, to: VALUE, because: REASON}"
            decoder.report("mapping-row", node, "a one-way row needs 'from' and 'to'", hint)
            continue
        because = decoder.string(keys.get("because"), "because", node)
        source, target = read(keys["from"]), read(keys["to"])
        for path, cell in target:
            if path == () and isinstance(cell, tuple) and len(cell) > 1:
                hint = "keep one; several values that lead to it go under 'from'"
                decoder.report("mapping-row", keys["to"], "'to' must be one value", hint)
        to_left = decoder.side(keys.get("into")) != "right"
        left, right = (target, source) if to_left else (source, target)
        unbound = sorted({*_variables(target)} - {*_variables(source)})
        if unbound:
            message = f"${unbound[0]} is in 'to' only"
            decoder.report("mapping-row", node, message, "add the variable to a field in 'from'")
        yield nodes.TableRow(left, right, node.location, kind, to_left, name, because)


def _read_refusals(decoder: Decoder, table: Keys, read: ReadRecord) -> Iterator[nodes.RefusedRow]:
    for item in decoder.items(table.get("refuse"), "refuse"):
        keys = decoder.keys(item, ("from", "of", "because"), "a refusal")
        if keys is None:
            continue
        if "from" not in keys:
            hint = "write {from: VALUES, because: REASON}"
            decoder.report("mapping-row", item, "a refusal needs 'from'", hint)
            continue
        because = decoder.string(keys.get("because"), "because", item)
        on_left = decoder.side(keys.get("of")) == "left"
        yield nodes.RefusedRow(on_left, read(keys["from"]), because, item.location)


def _variables(record: nodes.Record) -> list[str]:
    return sorted(cell.name for _, cell in record if isinstance(cell, nodes.Variable))
