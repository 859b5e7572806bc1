"""Parse a mapping: from its YAML tree to `nodes`, reporting every syntax error at once.

A file of version 1 is rewritten as one of version 2 first. Whether the names in a mapping exist in
its specs is checked by `checker`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Literal, get_args

from translator.errors import Location, MappingError, suggest, truncate
from translator.language import nodes, version1
from translator.language.decoder import Decoder, Keys, UnknownSelectionError
from translator.language.selections import link_selections
from translator.language.yaml_tree import (
    YamlMap,
    YamlNode,
    YamlScalar,
    YamlSequence,
    parse_yaml,
    to_data,
)
from translator.paths import (
    LIST_ITEM,
    FindName,
    NamedPick,
    Path,
    Paths,
    format_path,
    is_scalar_path,
    split_paths,
)
from translator.schema.types import ScalarValue

VERSION = 2
"""The version of the mapping language that this package reads, besides version 1."""

_MAPPING_KEYS = (
    "version", "between", "each", "all", "params", "selections", "fields", "cases", "rows",
    "constants", "incomplete", "carries", "lost",
)  # fmt: skip

_SCOPE_KEYS = ("each", "all")

_BLOCKS = ("approximate", "opt_in", "skip", "refuse")
"""The blocks of a table besides its exact rows."""

_RULE_KEYS = (
    "is", "as", "values", *_BLOCKS, "id", "when", "unfit", "null", "else", "agree", "omit", "once",
    "to", "because",
)  # fmt: skip

_SOURCES = ("is", "param", "value")

_FALLBACK_KEYS = (
    *_SOURCES, "to", "as", "values", "id", "approximate", "opt_in", "because", "when", "unfit",
    "required",
)  # fmt: skip

_INEXACT_KINDS: dict[str, nodes.RuleKind] = {"approximate": "approximate", "opt_in": "opt-in"}

_OUTCOMES: tuple[nodes.Outcome, ...] = get_args(nodes.Outcome)

_UNITS: tuple[nodes.EpochUnit, ...] = get_args(nodes.EpochUnit)

_EPOCHS = {f"epoch-{unit}": unit for unit in _UNITS[:2]}

_SIMPLE_CODECS: dict[str, nodes.Codec] = {
    **{name: nodes.Epoch(unit) for name, unit in _EPOCHS.items()},
    "numeric-string": nodes.NumericString(),
    "duration": nodes.Duration(),
    "string": nodes.Text(),
    "upper-case": nodes.LetterCase(upper=True),
    "lower-case": nodes.LetterCase(upper=False),
    "json": nodes.JsonText(),
}
"""The codecs without options."""

_CODEC_NAMES = (
    "date-time", "iso-8601", "epoch", *_SIMPLE_CODECS, "number", "shift", "linear", "prefix",
    "split", "pairs", "template",
)  # fmt: skip

_PICK_NAME = re.compile(r"[^\W\d][^=\[\]]*")
"""The name of a selection."""

_TAKEN_CODES = ("unmappable-value", "no-equivalent")

_TEMPLATE_PART = re.compile(r"([^{]+)|\{((?:[^}\\]|\\.)*+)(\}?)", re.DOTALL)
"""A part of a template: a literal string, or the name of a field in braces."""


def parse_mapping(text: bytes | str, file: str) -> nodes.Mapping:
    """Parse the YAML `text` of a mapping. Messages name its `file`.

    Raises `MappingError` with a diagnostic for each syntax error.
    """
    return decode_mapping(parse_yaml(text, file), file)


def decode_mapping(node: YamlNode, file: str) -> nodes.Mapping:
    """Parse the YAML tree of a mapping. Raises `MappingError` as `parse_mapping` does."""
    decoder = Decoder(file)
    if not isinstance(node, YamlMap):
        decoder.keys(node, _MAPPING_KEYS, "a mapping")
        raise MappingError(decoder.diagnostics)
    entries = {key.raw: value for key, value in node.entries}
    version = _read_version(decoder, entries.get("version"), node)
    decoder.raise_errors()
    format_locations = _read_formats(decoder, entries.get("between"), node)
    if version != VERSION:
        node = version1.rewrite(decoder, node)
    keys = decoder.keys(node, _MAPPING_KEYS, "a mapping") or {}
    selections = tuple(_read_selections(decoder, keys.get("selections")))
    if version == VERSION:
        decoder.find_name = _name_finder(selections)
    shared_rules = tuple(_read_rules(decoder, keys.get("fields")))
    cases = tuple(_read_cases(decoder, keys.get("cases")))
    scope = _read_scope(decoder, keys)
    if not cases:
        cases = (nodes.Case("", (), node.location, scope=scope),)
    elif scope is not None:
        hint = "move 'each' into the cases with one event per element"
        scope_node = keys.get("each", keys.get("all", node))
        decoder.report("mapping-each", scope_node, "'each' and 'cases' exclude each other", hint)
    constants = tuple(_read_constants(decoder, keys.get("constants")))
    mapping = nodes.Mapping(
        file=decoder.file,
        left=decoder.formats[0],
        right=decoder.formats[1],
        cases=cases,
        shared_rules=shared_rules,
        tables=tuple(_read_tables(decoder, keys.get("rows"))),
        params=tuple(_read_params(decoder, keys.get("params"))),
        constants=tuple(item for item in constants if isinstance(item, nodes.Constant)),
        param_fields=tuple(item for item in constants if isinstance(item, nodes.ParamField)),
        incomplete=tuple(
            nodes.Incomplete(on_left, path, decoder.string(value, "the reason"), key.location)
            for on_left, path, key, value in _paths_by_side(decoder, keys, "incomplete")
        ),
        selections=selections,
        lost_fields=tuple(_read_lost_fields(decoder, keys.get("lost"))),
        carry_slot=_read_carry_slot(decoder, keys.get("carries")),
        format_locations=format_locations,
    )
    if version == VERSION:
        _check_chain_order(decoder, mapping)
    decoder.raise_errors()
    link_selections(mapping)
    return mapping


def _check_chain_order(decoder: Decoder, mapping: nodes.Mapping) -> None:
    """Report a source of a field that a less certain one precedes."""
    for rule in mapping.all_rules():
        for to_left in (True, False):
            for first, second in pairwise(rule.chain(to_left=to_left)):
                if _certainty(first) > _certainty(second):
                    message = "this source comes after one that is less certain"
                    hint = "write exact fields, approximate ones, params, opt-ins and values"
                    decoder.report_at("chain-order", second.location, message, f"{hint}, in order")


def _certainty(fallback: nodes.Fallback) -> int:
    """Return the position of a source in the order that chains must have."""
    if not isinstance(fallback.value, nodes.Unset):
        return 4
    if fallback.param:
        return 2
    return {"exact": 0, "approximate": 1, "opt-in": 3}[fallback.kind]


def _read_version(decoder: Decoder, node: YamlNode | None, mapping_node: YamlNode) -> int:
    value = node.value if isinstance(node, YamlScalar) else None
    if type(value) is int and 1 <= value <= VERSION:
        return value
    message, hint = f"'version: {VERSION}' is missing", f"write: version: {VERSION}"
    if value is not None:
        message = f"this translator reads versions 1 and {VERSION} of the mapping language"
        message += f", not {truncate(repr(value))}"
    decoder.report("mapping-version", node or mapping_node, message, hint)
    return VERSION


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
        about: YamlNode | None = body
        if not isinstance(body, YamlScalar):
            about = (decoder.keys(body, ("about",), "a param") or {}).get("about")
        yield nodes.Param(name.raw, decoder.string(about, "about", body), name.location)


def _read_selections(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Selections]:
    for name, body in decoder.entries(node, "selections"):
        keys = decoder.keys(body, ("by", "write", "many", "only"), "selections") or {}
        list_path, by = decoder.path(name), decoder.path(keys.get("by"))
        write = decoder.string(keys.get("write"), "write", body)
        picks: dict[str, NamedPick] = {}
        many: set[str] = set()
        for key in (each for each in keys if each in ("many", "only")):
            for item in decoder.items(keys[key], key):
                pick_name = decoder.string(item, "a name")
                if pick_name in (*picks, "last", "only") or not _PICK_NAME.fullmatch(pick_name):
                    message = f"{pick_name!r} cannot be the name of this selection"
                    hint = "write a name of its own that begins with a letter, without [ ] and ="
                    decoder.report("mapping-word", item, message, hint)
                value = write.replace("{name}", pick_name)
                picks[pick_name] = NamedPick(pick_name, (by or ("",))[0], value)
                many |= {pick_name} if key == "many" else set()
        if by is None or len(by) != 1:
            decoder.report("mapping-type", body, "by is missing", "name a field of the elements")
        elif list_path is not None:
            location = name.location
            yield nodes.Selections(list_path, (*picks.values(),), frozenset(many), location)


def _name_finder(selections: tuple[nodes.Selections, ...]) -> FindName:
    """Return what finds a named selection, and whether it is a list."""
    by_list = {item.list: item for item in selections}

    def find_name(path: Path, name: str) -> tuple[NamedPick, bool]:
        item = by_list.get(path)
        picks = {} if item is None else {pick.name: pick for pick in item.picks}
        if item is None or name not in picks:
            message = f"{format_path(path)!r} has no selection {name!r}"
            hint = suggest(name, picks) or "declare it under 'selections'"
            raise UnknownSelectionError(message, hint)
        return picks[name], name in item.many

    return find_name


def _read_cases(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.Case]:
    for name, body in decoder.entries(node, "cases"):
        keys = decoder.keys(body, ("when", *_SCOPE_KEYS, "to", "fields"), "a case")
        if keys is not None:
            yield nodes.Case(
                name.raw,
                tuple(_read_rules(decoder, keys.get("fields"))),
                name.location,
                _read_condition(decoder, keys.get("when")),
                _read_scope(decoder, keys),
                decoder.side(keys.get("to")),
            )


def _read_condition(decoder: Decoder, node: YamlNode | None) -> nodes.Condition:
    """Read a record of the left, or a list of a record of each side."""
    if node is None:
        return nodes.ALWAYS
    sides = node.items if isinstance(node, YamlSequence) else (node,)
    records = [decoder.record(side, may_be_empty=len(sides) == 2) for side in sides]
    if len(records) not in (1, 2):
        message = "a condition must be a record of the left, or a list of two records"
        decoder.report("mapping-record", node, message, "write [{field: value}, {field: value}]")
        return nodes.ALWAYS
    if any(map(_variables, records)):
        hint = "write $present for any value"
        decoder.report("mapping-record", node, "a condition cannot have a variable", hint)
    return nodes.Condition(*records)


def _read_scope(decoder: Decoder, keys: Keys) -> nodes.Scope | None:
    given = [key for key in _SCOPE_KEYS if key in keys]
    if not given:
        return None
    if len(given) > 1:
        hint = "keep 'each' for several events, or 'all' for one"
        decoder.report("mapping-key", keys["all"], "'each' and 'all' exclude each other", hint)
    node, size = keys[given[0]], 1
    if isinstance(node, YamlMap):
        options = decoder.options(node, ("list", "at_most"))
        size_node = options.get("at_most", node)
        value = size_node.value if isinstance(size_node, YamlScalar) else None
        if type(value) is not int or value < 1:
            hint = 'write for example: each: {list: "items[]", at_most: 20}'
            decoder.report("mapping-type", size_node, "at_most must be a positive integer", hint)
        else:
            size = value
        node = options.get("list", node)
    path = decoder.path(node)
    if path is not None and type(path[-1]) is str:  # a name, not the elements of a list
        text = format_path(path)
        message = f"`{text}` is not the elements of a list"
        decoder.report("mapping-path", node, message, f'write for example "{text}[]"')
    return None if path is None else nodes.Scope(path, None if given == ["all"] else size)


def _read_constants(
    decoder: Decoder, node: YamlNode | None
) -> Iterator[nodes.Constant | nodes.ParamField]:
    for on_left, path, key, value in _entries_by_side(decoder, node, "constants"):
        keys: Keys = {"value": value}
        if isinstance(value, YamlMap):
            keys = decoder.keys(value, ("value", "to", "param"), "a constant") or {}
            if ("value" in keys) == ("param" in keys):
                message = "a constant needs a value or a param"
                decoder.report("mapping-type", value, message, "write {value: …} or {param: …}")
        if path is not None and "param" in keys:
            param = decoder.string(keys["param"], "param")
            yield nodes.ParamField(on_left, path, param, key.location)
        elif path is not None and "value" in keys:
            only_to = decoder.side(keys.get("to"))
            yield nodes.Constant(on_left, path, _read_json(keys["value"]), key.location, only_to)


def _read_json(node: YamlNode) -> nodes.Json:
    data: nodes.Json = to_data(node)  # type: ignore[assignment]
    return data


def _read_lost_fields(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.LostField]:
    for name, body in decoder.entries(node, "lost"):
        if not (side := decoder.side(name)):
            continue
        for key, value in decoder.entries(body, "lost"):
            places: list[tuple[YamlNode, str]] = [(key, "")]
            if isinstance(value, YamlSequence):
                places = [(item, key.raw) for item in value.items]
            for place, because in places:
                path = decoder.path(place)
                reason = because or decoder.string(value, "the reason")
                if path is not None:
                    yield nodes.LostField(side == "left", path, reason, place.location)


def _paths_by_side(
    decoder: Decoder, keys: Keys, section: str
) -> Iterator[tuple[bool, Path, YamlScalar, YamlNode]]:
    for on_left, path, key, value in _entries_by_side(decoder, keys.get(section), section):
        if path is not None:
            yield on_left, path, key, value


def _entries_by_side(
    decoder: Decoder, node: YamlNode | None, section: str
) -> Iterator[tuple[bool, Path | None, YamlScalar, YamlNode]]:
    """Yield the entries of a section that groups them by format, first whether that is the left."""
    for name, body in decoder.entries(node, section):
        if side := decoder.side(name):
            for key, value in decoder.entries(body, section):
                yield side == "left", decoder.path(key), key, value


def _read_carry_slot(decoder: Decoder, node: YamlNode | None) -> nodes.CarrySlot | None:
    keys = None if node is None else decoder.keys(node, ("of", "in", "as", "unfit"), "carries")
    if node is None or keys is None:
        return None
    carried, slot = decoder.path(keys.get("of")), decoder.path(keys.get("in"))
    key_template = decoder.string(keys.get("as"), "as")
    prefix, vendor, rest = key_template.partition("{vendor}")
    separator, field, suffix = rest.partition("{field}")
    are_scalar_paths = all(path is None or is_scalar_path(path) for path in (slot, carried))
    if (
        not are_scalar_paths
        or not {"of", "in", "as"} <= keys.keys()
        or not vendor
        or not field
        or suffix
        or not separator
    ):
        message = "'carries' must name the carried field, the slot, and the form of its keys"
        hint = "write {of: PATH, in: PATH, as: '{vendor}_{field}'}, with a separator in 'as'"
        decoder.report("mapping-carries", node, message, hint)
        return None
    if slot is None or carried is None:
        return None
    skip_unfit = decoder.choice(keys.get("unfit"), ("skip",)) == "skip"
    return nodes.CarrySlot(slot, carried, prefix, separator, node.location, skip_unfit)


# --- fields ---------------------------------------------------------------------------------------


def _read_rules(decoder: Decoder, node: YamlNode | None) -> Iterator[nodes.FieldRule]:
    for name, body in decoder.entries(node, "fields"):
        not_when: tuple[nodes.Condition, ...] = ()
        is_hidden = False
        items = body.items if isinstance(body, YamlSequence) else (body,)
        for number, item in enumerate(items):
            location = item.location if number else name.location
            rule = _read_rule(decoder, name, item, location, not_when)
            if rule is None:
                continue
            # A rule of one direction may stand beside one without a condition.
            is_two_way = rule.only_to is None
            if is_hidden and is_two_way:
                rule = replace(rule, not_when=(*not_when, nodes.ALWAYS))
            yield rule
            not_when += (rule.when,) if rule.when else ()
            is_hidden = is_hidden or (is_two_way and not rule.when)


def _read_rule(
    decoder: Decoder,
    name: YamlScalar,
    body: YamlNode,
    location: Location,
    not_when: tuple[nodes.Condition, ...],
) -> nodes.FieldRule | None:
    if isinstance(body, YamlScalar):
        body = YamlMap(((YamlScalar("is", body.location, "is"), body),), body.location)
    left, left_sign = _read_sides(decoder, name.raw, ",|&", name)
    keys = decoder.keys(body, _RULE_KEYS, "a rule")
    if keys is None:
        return None
    string = decoder.string(keys.get("is"), "is", body)
    right, right_sign = _read_sides(decoder, string, "|&", keys["is"]) if string else ((), "|")
    codec = _read_codec(decoder, keys, left, body)
    if isinstance(nodes.codec_parts(codec)[-1], nodes.Split):  # it has whole lists on the right
        right = tuple(path[:-1] if path[-1] == LIST_ITEM else path for path in right)
    is_joined = left_sign == ","
    if is_joined != isinstance(codec, nodes.Template):
        message = "a rule has several fields ('a, b') if and only if its codec is a template"
        hint = "write all fields of the template before the colon: a, b"
        if is_joined:
            hint = "add 'as: {template: …}', or write a rule for each field"
        decoder.report("mapping-template", name, message, hint)
        return None
    fallbacks = tuple(_read_fallbacks(decoder, keys.get("else"), left))
    if is_joined and any(fallback.to_left for fallback in fallbacks):
        message = "the fields of a template have no other sources"
        decoder.report("mapping-template", keys["else"], message, "write a rule for each field")
    unfit = _read_unfit(decoder, keys.get("unfit"))
    return nodes.FieldRule(
        left=left,
        right=right,
        left_all=left_sign == "&",
        right_all=right_sign == "&",
        codec=codec,
        location=location,
        id=_read_id(decoder, keys.get("id")),
        unfit_left=unfit["left"],
        unfit_right=unfit["right"],
        keep_null=decoder.choice(keys.get("null"), ("keep",)) == "keep",
        fallbacks=fallbacks,
        only_to=decoder.side(keys.get("to")),
        because=decoder.string(keys.get("because"), "because"),
        once=_read_flag(decoder, keys, "once"),
        when=_read_condition(decoder, keys.get("when")),
        not_when=not_when,
        agree=_read_flag(decoder, keys, "agree"),
        omit_default=decoder.choice(keys.get("omit"), ("default",)) == "default",
    )


def _read_sides(
    decoder: Decoder, string: str, separators: str, node: YamlNode
) -> tuple[Paths, str]:
    """Read the paths of one side of a rule, and the separator between them (`|` if none)."""
    signs = [sign for sign in separators if len(split_paths(string, sign)) > 1] or ["|"]
    if len(signs) > 1:
        message = "a rule joins fields (a, b), writes all (a & b) or one (a | b), not several"
        decoder.report("mapping-path", node, message, "write two rules")
    return decoder.paths(string, signs[0], node), signs[0]


def _read_unfit(decoder: Decoder, node: YamlNode | None) -> dict[nodes.Side, nodes.Outcome]:
    """Read what happens to values that a side does not allow."""
    outcomes: dict[nodes.Side, nodes.Outcome] = {"left": "refuse", "right": "refuse"}
    if not isinstance(node, YamlMap):
        return dict.fromkeys(outcomes, _read_outcome(decoder, node))
    for name, value in decoder.entries(node, "unfit"):
        if side := decoder.side(name):
            outcomes[side] = _read_outcome(decoder, value)
    return outcomes


def _read_outcome(decoder: Decoder, node: YamlNode | None) -> nodes.Outcome:
    name = decoder.choice(node, _OUTCOMES)
    return next((outcome for outcome in _OUTCOMES if outcome == name), "refuse")


def _read_flag(decoder: Decoder, keys: Keys, name: str) -> bool:
    node = keys.get(name)
    if node is not None and not (isinstance(node, YamlScalar) and node.value is True):
        hint = "write true, or remove the key"
        decoder.report("mapping-word", node, f"{name!r} must be true", hint)
    return node is not None


def _read_id(decoder: Decoder, node: YamlNode | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, YamlScalar) and node.value is True:
        return ""
    return decoder.string(node, "id, unless it is true,")


def _read_fallbacks(
    decoder: Decoder, node: YamlNode | None, left: Paths
) -> Iterator[nodes.Fallback]:
    for item in decoder.items(node, "else"):
        keys = decoder.keys(item, _FALLBACK_KEYS, "an item of 'else'")
        if keys is None:
            continue
        sources = [key for key in _SOURCES if key in keys]
        if len(sources) != 1:
            hint = "write one of {is: PATH}, {param: NAME} and {value: VALUE}"
            message = "an item of 'else' needs a field, a param or a value"
            decoder.report("mapping-type", item, message, hint)
            continue
        inexact = [key for key in _INEXACT_KINDS if key in keys]
        if len(inexact) > 1:
            message = "'approximate' and 'opt_in' exclude each other"
            hint = "keep 'opt_in' if the caller has to allow it by name, else 'approximate'"
            decoder.report("mapping-key", keys["opt_in"], message, hint)
        kind: nodes.RuleKind = "exact"
        name = because = ""
        for key in inexact:
            kind, name = _INEXACT_KINDS[key], decoder.string(keys[key], key)
            because = decoder.string(keys.get("because"), "because", item)
        codec_keys: Keys = {key: keys[key] for key in ("as", "values") if key in keys}
        yield nodes.Fallback(
            decoder.side(keys.get("to")) != "right",
            item.location,
            decoder.path(keys.get("is")),
            decoder.string(keys.get("param"), "param"),
            _read_json(keys["value"]) if "value" in keys else nodes.UNSET,
            _read_codec(decoder, codec_keys, left, item),
            kind,
            name,
            because,
            _read_id(decoder, keys.get("id")),
            _read_condition(decoder, keys.get("when")),
            _read_outcome(decoder, keys.get("unfit")),
            _read_flag(decoder, keys, "required"),
        )


# --- codecs ---------------------------------------------------------------------------------------


def _read_codec(decoder: Decoder, keys: Keys, left: Paths, rule_node: YamlNode) -> nodes.Codec:
    """Read the codec of a rule for the paths `left`; `Identity` if its keys name none."""
    if "values" in keys:
        if "as" in keys:
            hint = "keep 'values' for a list of values, or 'as' for a conversion"
            decoder.report("mapping-key", keys["as"], "'as' and 'values' exclude each other", hint)
        return nodes.ValueMap(_read_values(decoder, keys, rule_node))
    for key in _BLOCKS:
        if key in keys:
            message = f"{key!r} needs 'values'"
            decoder.report("mapping-key", keys[key], message, f"add 'values', or remove {key!r}")
    if "as" not in keys:
        return nodes.Identity()
    if isinstance(keys["as"], YamlSequence) and len(keys["as"].items) > 1:
        parts = (_read_one_codec(decoder, item, left, rule_node) for item in keys["as"].items)
        return nodes.Pipeline(tuple(parts))
    return _read_one_codec(decoder, keys["as"], left, rule_node)


def _read_one_codec(
    decoder: Decoder, node: YamlNode, left: Paths, rule_node: YamlNode
) -> nodes.Codec:
    name_node, arguments = node, None
    if isinstance(name_node, YamlMap) and len(name_node.entries) == 1:
        name_node, arguments = name_node.entries[0]
    name = decoder.choice(name_node, _CODEC_NAMES)
    if name in _SIMPLE_CODECS:
        decoder.options(arguments, ())
        return _SIMPLE_CODECS[name]
    match name:
        case "date-time":
            options = decoder.options(arguments, ("or", "plain"))
            epoch = _read_epoch_option(decoder, options.get("or"))
            return nodes.DateTime(epoch, _read_flag(decoder, options, "plain"))
        case "iso-8601":
            options = decoder.options(arguments, ("zone", "plain"))
            zone = decoder.string(options.get("zone"), "zone")
            return nodes.Iso8601(zone, _read_flag(decoder, options, "plain"))
        case "epoch":
            options = decoder.options(arguments, ("unit", "finer", "fraction"))
            return nodes.Epoch(
                _read_unit(decoder, options.get("unit")),
                "cut"
                if decoder.choice(options.get("finer"), ("refuse", "cut")) == "cut"
                else "refuse",
                _read_flag(decoder, options, "fraction"),
            )
        case "number":
            write = decoder.options(arguments, ("write",)).get("write")
            is_string = decoder.choice(write, ("number", "string")) == "string"
            return nodes.Number("string" if is_string else "number")
        case "shift":
            value = arguments.value if isinstance(arguments, YamlScalar) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                return nodes.Shift(value)
            hint = "write for example: as: {shift: 1}"
            decoder.report("mapping-type", node, "'shift' needs a number", hint)
        case "prefix":
            return nodes.Prefix(*_read_text(decoder, arguments, node))
        case "split":
            options = decoder.options(arguments, ("at", "without", "name"))
            is_last = decoder.choice(options.get("without"), ("last",)) == "last"
            at = _read_text(decoder, options.get("at"), node)
            return nodes.Split(*at, is_last, decoder.string(options.get("name"), "name"))
        case "pairs":
            options = decoder.options(arguments, ("key", "value"))
            names = [decoder.string(options.get(key), key, node) for key in ("key", "value")]
            return nodes.Pairs(*names)
        case "linear":
            options = decoder.options(arguments, ("from", "to"))
            left_bounds = _read_bounds(decoder, options.get("from"), rule_node)
            return nodes.Linear(left_bounds, _read_bounds(decoder, options.get("to"), rule_node))
        case "template":
            return _read_template(decoder, arguments, left, rule_node)
    return nodes.Identity()


def _read_epoch_option(decoder: Decoder, node: YamlNode | None) -> nodes.EpochUnit | Literal[""]:
    """Read the unit of the numbers that a date-time may also be; without a unit, seconds."""
    if isinstance(node, YamlMap):
        options = decoder.keys(node, ("epoch",), "'or'") or {}
        return _read_unit(decoder, decoder.options(options.get("epoch"), ("unit",)).get("unit"))
    name = decoder.choice(node, ("epoch", *_EPOCHS))
    return _EPOCHS.get(name, "seconds") if name else ""


def _read_unit(decoder: Decoder, node: YamlNode | None) -> nodes.EpochUnit:
    name = decoder.choice(node, _UNITS)
    return next((unit for unit in _UNITS if unit == name), "seconds")


def _read_text(decoder: Decoder, node: YamlNode | None, codec_node: YamlNode) -> tuple[str, str]:
    """Read a fixed string, or the name of the param with the string."""
    if isinstance(node, YamlMap):
        return "", decoder.string(decoder.options(node, ("param",)).get("param"), "param", node)
    return decoder.string(node, "the string of a codec", codec_node), ""


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
    def read_rows(node: YamlNode) -> Iterator[nodes.TableRow]:
        for item in decoder.items(node, "rows"):
            yield from _read_row(decoder, item)

    def read_records(node: YamlNode) -> list[nodes.Record]:
        if isinstance(node, YamlScalar) and node.value == nodes.OTHERS.value:
            return [(((), nodes.OTHERS),)]
        items = node.items if isinstance(node, YamlSequence) else (node,)
        return [decoder.record(item) for item in items]

    for name, body in decoder.entries(node, "rows"):
        keys = decoder.keys(body, ("exact", *_BLOCKS, "taken"), "a table") or {}
        rows: list[nodes.TableRow] = []
        for row in read_rows(keys["exact"]) if "exact" in keys else ():
            rows.append(row)
            if _variables(row.left) != _variables(row.right):
                message = "a variable must be on both sides of its row"
                hint = "add the same $name to the other side"
                decoder.report_at("mapping-row", row.location, message, hint)
        rows += _read_one_way_rows(decoder, keys, "rows", read_rows)
        refused_rows = tuple(_read_refusals(decoder, keys, read_records))
        taken = decoder.choice(keys.get("taken"), _TAKEN_CODES) or _TAKEN_CODES[0]
        yield nodes.Table(name.raw, tuple(rows), refused_rows, name.location, taken)


def _read_row(decoder: Decoder, node: YamlNode) -> Iterator[nodes.TableRow]:
    """Read a row of two records, and the defaults of the left, if any."""
    items = node.items if isinstance(node, YamlSequence) else ()
    if len(items) not in (2, 3):
        message = "a row must be a list of two records, left and right"
        decoder.report("mapping-row", node, message, "write [{field: value}, {field: value}]")
        return
    left, right = (decoder.record(item) for item in items[:2])
    defaults: list[tuple[Path, nodes.Json | nodes.Variable]] = []
    for key, value in decoder.entries(items[2] if len(items) == 3 else None, "defaults"):
        path, data = decoder.path(key), _read_json(value)
        is_variable = isinstance(data, str) and data.startswith("$")
        if path is not None:
            defaults.append((path, nodes.Variable(str(data)[1:]) if is_variable else data))
    yield nodes.TableRow(left, right, node.location, defaults=tuple(defaults))


def _read_values(decoder: Decoder, keys: Keys, rule_node: YamlNode) -> nodes.Table:
    """Read the table of a rule with `values`: its records have one field, at the path `()`."""

    def read_rows(node: YamlNode, *, is_exact: bool = False) -> Iterator[nodes.TableRow]:
        pairs: list[tuple[YamlNode, YamlNode, YamlNode]] = []
        if isinstance(node, YamlMap):
            pairs += ((key, key, value) for key, value in node.entries)
        for row in () if isinstance(node, YamlMap) else decoder.items(node, "values"):
            if isinstance(row, YamlSequence) and len(row.items) == 2:
                pairs.append((row, *row.items))
            else:
                message = "a row must be a list of two values, left and right"
                decoder.report("mapping-row", row, message, "write [left value, right value]")
        for place, *sides in pairs:
            if not is_exact or all(decoder.scalar(side, "a value of 'values'") for side in sides):
                left, right = (read_records(side)[0] for side in sides)
                yield nodes.TableRow(left, right, place.location)

    def read_records(node: YamlNode) -> list[nodes.Record]:
        is_word = isinstance(node, YamlScalar) and node.value == nodes.OTHERS.value
        return [(((), nodes.OTHERS if is_word else decoder.scalar_values(node)),)]

    rows = list(read_rows(keys["values"], is_exact=True))
    for side, records in (
        ("left", [row.left for row in rows]),
        ("right", [row.right for row in rows]),
    ):
        seen: set[tuple[bool, ScalarValue]] = set()
        for row, ((_, cell),) in zip(rows, records, strict=True):
            for value in cell if isinstance(cell, tuple) else ():
                typed_value = (isinstance(value, bool), value)
                if typed_value in seen:
                    message = f"{value!r} is twice on the {side}; values must be one-to-one"
                    hint = "keep one pair under 'values'; "
                    hint += "write the other as a one-way row under 'approximate'"
                    decoder.report_at("mapping-row", row.location, message, hint)
                seen.add(typed_value)
    rows += _read_one_way_rows(decoder, keys, "values", read_rows)
    refused_rows = tuple(_read_refusals(decoder, keys, read_records))
    return nodes.Table("", tuple(rows), refused_rows, rule_node.location)


def _read_one_way_rows(
    decoder: Decoder,
    table: Keys,
    key: str,
    read_rows: Callable[[YamlNode], Iterator[nodes.TableRow]],
) -> Iterator[nodes.TableRow]:
    """Read the blocks of one-way rows; `key` is the one under which a block has its rows."""
    items = decoder.items(table.get("approximate"), "approximate")
    entries = decoder.entries(table.get("opt_in"), "opt_in")
    blocks: list[tuple[nodes.RuleKind, str, YamlNode]] = [("approximate", "", row) for row in items]
    blocks += [("opt-in", name.raw, row) for name, row in entries]
    for kind, name, node in blocks:
        keys = decoder.keys(node, ("to", key, "because"), "a one-way row")
        if keys is None:
            continue
        if "to" not in keys or key not in keys:
            message, hint = f"a one-way row needs 'to' and {key!r}", "name the format to write"
            decoder.report("mapping-row", node, message, hint)
            continue
        because = decoder.string(keys.get("because"), "because", node)
        to_left = decoder.side(keys["to"]) != "right"
        for row in read_rows(keys[key]):
            source, target = (row.right, row.left) if to_left else (row.left, row.right)
            for path, cell in target:
                if path == () and isinstance(cell, tuple) and len(cell) > 1:
                    hint = "keep one; several values that lead to it go on the other side"
                    message = "the value to write must be one value"
                    decoder.report_at("mapping-row", row.location, message, hint)
            unbound = sorted({*_variables(target)} - {*_variables(source)})
            if unbound:
                message = f"${unbound[0]} is only on the side that is written"
                hint = "add the variable to a field of the other side"
                decoder.report_at("mapping-row", row.location, message, hint)
            yield replace(row, kind=kind, to_left=to_left, name=name, because=because)


def _read_refusals(
    decoder: Decoder, table: Keys, read_records: Callable[[YamlNode], list[nodes.Record]]
) -> Iterator[nodes.RefusedRow]:
    blocks = [(key, item) for key in _BLOCKS[2:] for item in decoder.items(table.get(key), key)]
    for block, item in blocks:
        keys = decoder.keys(item, ("to", "from", "because"), "a refusal")
        if keys is None:
            continue
        if "to" not in keys or "from" not in keys:
            hint = "write {to: FORMAT, from: VALUES, because: REASON}"
            decoder.report("mapping-row", item, "a refusal needs 'to' and 'from'", hint)
            continue
        because = decoder.string(keys.get("because"), "because", item)
        on_left = decoder.side(keys["to"]) == "right"
        for record in read_records(keys["from"]):
            skip = block == "skip"
            yield nodes.RefusedRow(on_left, record, because, item.location, skip)


def _variables(record: nodes.Record) -> list[str]:
    return sorted(cell.name for _, cell in record if isinstance(cell, nodes.Variable))
