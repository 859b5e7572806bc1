"""Mappings: from the YAML tree to `nodes`, with every mistake of form found in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from translator import nodes
from translator.codecs import decode_codec
from translator.diagnostics import Location
from translator.nodes import FieldRule, Mapping, Record, Table
from translator.paths import Path, is_scalar_path
from translator.reading import Decoder
from translator.tables import decode_rows
from translator.yamlsource import YamlMap, YamlNode, YamlScalar, parse_yaml
from translator.yamlsource import YamlSequence as List

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
