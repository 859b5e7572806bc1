"""The codecs that a rule of a mapping can name: from the YAML tree to `nodes`."""

from __future__ import annotations

import re
from itertools import pairwise

from translator import nodes
from translator.diagnostics import did_you_mean
from translator.paths import Path, show_path
from translator.reading import Reader
from translator.tables import read_values
from translator.yamlsource import Map, Scalar, Tree

_PART = re.compile(r"([^{]+)|\{([^}]*)(\}?)")
"""A part of a template: text as it stands, or a member's name in braces."""


def read_codec(
    reader: Reader, keys: dict[str, Tree], left: tuple[Path, ...], at: Tree
) -> nodes.Codec:
    """The codec of a rule with these keys, whose left side is `left`; `Same` if it names none."""
    if "values" in keys:
        if "as" in keys:
            hint = "keep 'values' for a list of values, 'as' for a conversion"
            reader.report("mapping-key", keys["as"], "'as' and 'values' exclude each other", hint)
        return nodes.Values(read_values(reader, keys, at))
    for word in ("approximate", "opt_in", "refuse"):
        if word in keys:
            hint = "add 'values', or remove it"
            reader.report("mapping-key", keys[word], f"{word!r} goes with 'values'", hint)
    tree = keys.get("as")
    if tree is None:
        return nodes.Same()
    name, arguments = tree, None
    if isinstance(tree, Map) and len(tree.entries) == 1:
        name, arguments = tree.entries[0]
    known = ("date-time", "iso-8601", "epoch-seconds", "epoch-milliseconds", "numeric-string",
             "linear", "template")  # fmt: skip
    match reader.word(name, known):
        case "date-time":
            options = reader.options(arguments, ("or",))
            also = options.get("or")
            epoch = reader.word(also, ("epoch-seconds", "epoch-milliseconds")) if also else ""
            return nodes.DateTime(
                "seconds" if epoch == "epoch-seconds" else "milliseconds" if epoch else ""
            )
        case "iso-8601":
            zone = reader.options(arguments, ("zone",)).get("zone")
            return nodes.Iso8601(reader.text(zone, "zone") if zone else "")
        case "epoch-seconds":
            reader.options(arguments, ())
            return nodes.Epoch("seconds")
        case "epoch-milliseconds":
            reader.options(arguments, ())
            return nodes.Epoch("milliseconds")
        case "numeric-string":
            reader.options(arguments, ())
            return nodes.NumericString()
        case "linear":
            options = reader.options(arguments, ("from", "to"))
            bounds = [_bounds(reader, options.get(word), at) for word in ("from", "to")]
            return nodes.Linear(bounds[0], bounds[1])
        case "template":
            return _template(reader, arguments, left, at)
    return nodes.Same()


def _bounds(reader: Reader, tree: Tree | None, at: Tree) -> tuple[float, float]:
    items = reader.items(tree, "bounds")
    values = [one.value if isinstance(one, Scalar) else None for one in items]
    match values:
        case [bool(), _] | [_, bool()]:
            pass
        case [int() | float() as low, int() | float() as high] if low < high:
            return (low, high)
    reader.report(
        "mapping-linear",
        tree or at,
        "'linear' needs two bounds on each side, the lower one first",
        "write for example: as: {linear: {from: [1, 5], to: [0, 1]}}",
    )
    return (0, 1)


def _template(
    reader: Reader, tree: Tree | None, left: tuple[Path, ...], at: Tree
) -> nodes.Template:
    if isinstance(tree, Scalar):
        return nodes.Template(_parts(reader, tree, left))
    options = reader.options(tree, ("text", "short", "params"))
    params: list[tuple[int, str]] = []
    for name, value in reader.entries(options.get("params"), "params"):
        path = reader.path_text(name.text, name)
        if path in left:
            params.append((left.index(path), reader.text(value, "a param's name")))
        elif path is not None:
            hint = did_you_mean(name.text, map(show_path, left))
            message = f"{name.text!r} is not a member of this rule"
            reader.report("mapping-template", name, message, hint)
    text, short = options.get("text"), options.get("short")
    if not isinstance(text, Scalar):
        message = "'template' needs a text with the members in braces"
        hint = 'write for example: as: {template: "{type}:{number}"}'
        reader.report("mapping-template", tree or at, message, hint)
        return nodes.Template(())
    short_parts = _parts(reader, short, left, {i for i, _ in params}) if short else ()
    return nodes.Template(_parts(reader, text, left), short_parts, tuple(params))


def _parts(
    reader: Reader, tree: Tree, left: tuple[Path, ...], given: set[int] | None = None
) -> tuple[str | int, ...]:
    parts: list[str | int] = []
    places = {path: index for index, path in reversed(list(enumerate(left)))}
    whole = reader.text(tree, "a template")
    for found in _PART.finditer(whole):
        literal, name, closed = found.groups()
        if literal:
            parts.append(literal)
            continue
        if not closed:
            message = f"the brace of {name!r} is not closed"
            reader.report("mapping-template", tree, message, f"write {{{name}}}")
        path = reader.path_text(name, tree)
        if path in places:
            parts.append(places[path])
        elif path is not None:
            hint = did_you_mean(name, map(show_path, left))
            message = f"{name!r} is not a member of this rule"
            reader.report("mapping-template", tree, message, hint)
    named = [part for part in parts if isinstance(part, int)]
    if whole and sorted([*named, *(given or ())]) != list(range(len(left))):
        listed = ", ".join(f"{{{show_path(path)}}}" for path in left)
        message = "a template names each member of its rule once"
        reader.report("mapping-template", tree, message, f"name {listed}")
    for one, other in pairwise(parts):
        if isinstance(one, int) and isinstance(other, int):
            message = "text must stand between two members"
            hint = "put a text between them that no member holds, such as ':'"
            reader.report("mapping-template", tree, message, hint)
    return tuple(parts)
