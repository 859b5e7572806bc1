"""The codecs that a rule of a mapping can name: from the YAML tree to `nodes`."""

from __future__ import annotations

import re
from itertools import pairwise

from translator import nodes
from translator.diagnostics import did_you_mean
from translator.paths import Path, format_path
from translator.reading import Decoder
from translator.tables import decode_values
from translator.yamlsource import YamlMap, YamlNode, YamlScalar

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
