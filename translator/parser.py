"""Mappings: from the YAML tree to `nodes`, with every mistake of form found in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeVar

from translator import nodes
from translator.errors import MappingError
from translator.nodes import Field, Mapping, Record, Table
from translator.paths import Path
from translator.reading import Reader
from translator.tables import read_rows, read_values
from translator.yamlsource import Map, Scalar, Tree, parse_yaml

T = TypeVar("T")

VERSION = 1
"""The version of the mapping language that this package reads."""

_TOP = (
    "version", "between", "each", "params", "fields", "cases", "rows", "constants", "carries",
    "lost",
)  # fmt: skip
_FIELD = (
    "is", "as", "values", "approximate", "opt_in", "refuse", "id", "unfit", "also", "or", "to",
    "because", "default",
)  # fmt: skip


def parse_mapping(text: bytes | str, file: str) -> Mapping:
    """The mapping written in `text`; `file` is its name in messages.

    Raises `MappingError` with a diagnostic for each mistake of form. Whether the names in it exist
    in the two specs is the checker's question.
    """
    tree = parse_yaml(text, file)
    reader = Reader(file)
    mapping = _mapping(reader, tree)
    if mapping is None or reader.diagnostics:
        raise MappingError(sorted(reader.diagnostics, key=lambda d: (d.location.line, d.code)))
    return mapping


def _mapping(reader: Reader, tree: Tree) -> Mapping | None:
    keys = reader.keys(tree, _TOP, "a mapping")
    if keys is None:
        return None
    version = keys.get("version")
    if not (isinstance(version, Scalar) and version.value == VERSION):
        reader.report("mapping-version", version or tree, f"'version: {VERSION}' is missing")
    between = [
        reader.text(one, "a format's name") for one in reader.items(keys.get("between"), "between")
    ]
    if len(between) != 2 or between[0] == between[1]:
        reader.report(
            "mapping-between",
            keys.get("between", tree),
            "'between' names the two formats that the mapping relates",
            "write for example: between: [acme, interaction]",
        )
        return None
    reader.formats = (between[0], between[1])
    shared = tuple(_fields(reader, keys.get("fields")))
    cases = tuple(_cases(reader, keys.get("cases")))
    each = reader.path(keys.get("each"))
    if not cases:
        cases = (nodes.Case("", (), tree.location, each=each),)
    elif each is not None:
        reader.report("mapping-each", keys["each"], "'each' stands in each of the cases instead")
    return Mapping(
        file=reader.file,
        left=between[0],
        right=between[1],
        cases=cases,
        fields=shared,
        tables=tuple(_tables(reader, keys.get("rows"))),
        params=tuple(_params(reader, keys.get("params"))),
        constants=tuple(_sided(reader, keys.get("constants"), "constants", _constant)),
        lost=tuple(_sided(reader, keys.get("lost"), "lost", _lost)),
        carries=_carries(reader, keys.get("carries")),
    )


def _params(reader: Reader, tree: Tree | None) -> Iterator[nodes.Param]:
    for name, body in reader.entries(tree, "params"):
        keys = reader.keys(body, ("fills", "to", "about"), "a param")
        if keys is None:
            continue
        fills, to = reader.path(keys.get("fills")), reader.direction(keys.get("to"))
        if (fills is None) != (to is None):
            reader.report("mapping-param", name, "'fills' and 'to' stand together in a param")
        about = reader.text(keys.get("about"), "about", body)
        yield nodes.Param(name.text, about, name.location, fills, to != "right")


def _cases(reader: Reader, tree: Tree | None) -> Iterator[nodes.Case]:
    for name, body in reader.entries(tree, "cases"):
        keys = reader.keys(body, ("when", "each", "if", "to", "fields"), "a case")
        if keys is None:
            continue
        when: Record = ()
        if "when" in keys:
            when = reader.record(keys["when"])
        yield nodes.Case(
            name.text,
            tuple(_fields(reader, keys.get("fields"))),
            name.location,
            when,
            reader.path(keys.get("if")),
            reader.path(keys.get("each")),
            reader.direction(keys.get("to")),
        )


def _tables(reader: Reader, tree: Tree | None) -> Iterator[Table]:
    for name, body in reader.entries(tree, "rows"):
        yield read_rows(reader, name, body)


def _sided(
    reader: Reader,
    tree: Tree | None,
    what: str,
    make: Callable[[Reader, bool, Scalar, Tree], T | None],
) -> Iterator[T]:
    for name, body in reader.entries(tree, what):
        side = reader.side(name)
        if side is None:
            continue
        for key, value in reader.entries(body, what):
            made = make(reader, side, key, value)
            if made is not None:
                yield made


def _constant(reader: Reader, left: bool, key: Scalar, value: Tree) -> nodes.Constant | None:
    path = reader.path(key)
    if path is None or not isinstance(value, Scalar):
        reader.report("mapping-type", value, "a constant is a single value")
        return None
    return nodes.Constant(left, path, value.value, key.location)


def _lost(reader: Reader, left: bool, key: Scalar, value: Tree) -> nodes.Lost | None:
    path = reader.path(key)
    because = reader.text(value, "the reason")
    return None if path is None else nodes.Lost(left, path, because, key.location)


def _carries(reader: Reader, tree: Tree | None) -> nodes.Carries | None:
    if tree is None:
        return None
    keys = reader.keys(tree, ("of", "in", "as"), "carries") or {}
    carried = reader.path(keys.get("of"))
    slot, text = reader.path(keys.get("in")), reader.text(keys.get("as"), "as", tree)
    before, vendor, rest = text.partition("{vendor}")
    between, field, after = rest.partition("{field}")
    if slot is None or carried is None or not vendor or not field or after or not between:
        reader.report(
            "mapping-carries",
            tree,
            "'carries' says what, where and under which key: "
            "{of: PATH, in: PATH, as: '{vendor}_{field}'}",
        )
        return None
    return nodes.Carries(slot, carried, before, between, tree.location)


# --- fields ------------------------------------------------------------------------------------


def _fields(reader: Reader, tree: Tree | None) -> Iterator[Field]:
    for name, body in reader.entries(tree, "fields"):
        left, joined = _left_paths(reader, name)
        if isinstance(body, Scalar):
            body = Map(((Scalar("is", body.location, "is"), body),), body.location)
        keys = reader.keys(body, _FIELD, "a rule")
        if keys is None:
            continue
        right = tuple(_right_paths(reader, keys.get("is"), body))
        codec = _codec(reader, keys, left, body)
        if joined != isinstance(codec, nodes.Template):
            reader.report(
                "mapping-template",
                name,
                "several members, written 'a, b', go with 'as: {template: …}', and only they do",
            )
            continue
        unfit = keys.get("unfit")
        default = keys.get("default")
        yield Field(
            left=left,
            right=right,
            codec=codec,
            location=name.location,
            id=_id(reader, keys.get("id")),
            skip_unfit=unfit is not None and reader.word(unfit, ("skip",)) == "skip",
            also=tuple(_also(reader, keys.get("also"), left)),
            alternatives=tuple(_alternatives(reader, keys.get("or"), left)),
            only=reader.direction(keys.get("to")),
            because=reader.text(keys["because"], "because") if "because" in keys else "",
            default=default.value if isinstance(default, Scalar) else nodes.NOTHING,
        )


def _left_paths(reader: Reader, key: Scalar) -> tuple[tuple[Path, ...], bool]:
    joined = "," in key.text
    texts = key.text.split("," if joined else "|")
    paths = [reader.path_text(text.strip(), key) for text in texts]
    return tuple(path for path in paths if path is not None), joined


def _right_paths(reader: Reader, tree: Tree | None, body: Tree) -> Iterator[Path]:
    text = reader.text(tree, "is", body)
    for part in text.split("|") if text else ():
        path = reader.path_text(part.strip(), tree or body)
        if path is not None:
            yield path


def _id(reader: Reader, tree: Tree | None) -> str | None:
    if tree is None:
        return None
    if isinstance(tree, Scalar) and tree.value is True:
        return ""
    return reader.text(tree, "id: true, or the name of a crosswalk,")


def _also(reader: Reader, tree: Tree | None, left: tuple[Path, ...]) -> Iterator[nodes.Also]:
    for item in reader.items(tree, "also"):
        if isinstance(item, Scalar):
            path = reader.path(item)
            codec: nodes.Codec = nodes.Same()
        else:
            keys = reader.keys(item, ("is", "as", "values"), "'also'") or {}
            path, codec = reader.path(keys.get("is")), _codec(reader, keys, left, item)
        if path is not None:
            yield nodes.Also(path, codec, item.location)


def _alternatives(
    reader: Reader, tree: Tree | None, left: tuple[Path, ...]
) -> Iterator[nodes.Alternative]:
    allowed = ("is", "as", "values", "id", "opt_in", "approximate", "unless", "because")
    for item in reader.items(tree, "or"):
        keys = reader.keys(item, allowed, "an alternative")
        path = reader.path(keys.get("is")) if keys else None
        if keys is None or path is None:
            continue
        kind: nodes.Kind = "exact"
        name = ""
        for word in ("approximate", "opt_in"):
            if word in keys:
                kind = "opt-in" if word == "opt_in" else "approximate"
                name = reader.text(keys[word], word)
        because = reader.text(keys.get("because"), "because", item) if kind != "exact" else ""
        yield nodes.Alternative(
            path,
            _codec(reader, keys, left, item),
            kind,
            name,
            because,
            _id(reader, keys.get("id")),
            reader.path(keys.get("unless")),
            item.location,
        )


# --- codecs ------------------------------------------------------------------------------------


def _codec(reader: Reader, keys: dict[str, Tree], left: tuple[Path, ...], at: Tree) -> nodes.Codec:
    if "values" in keys:
        return nodes.Values(read_values(reader, keys, at))
    for word in ("approximate", "opt_in", "refuse"):
        if word in keys and not isinstance(keys[word], Scalar):
            reader.report("mapping-key", keys[word], f"{word!r} goes with 'values'")
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
            return nodes.Epoch("seconds")
        case "epoch-milliseconds":
            return nodes.Epoch("milliseconds")
        case "numeric-string":
            return nodes.NumericString()
        case "linear":
            options = reader.options(arguments, ("from", "to"))
            bounds = [_bounds(reader, options.get(word), at) for word in ("from", "to")]
            return nodes.Linear(bounds[0], bounds[1])
        case "template":
            return _template(reader, arguments, left, at)
    return nodes.Same()


def _bounds(reader: Reader, tree: Tree | None, at: Tree) -> tuple[float, float]:
    values = [one.value for one in reader.items(tree, "bounds") if isinstance(one, Scalar)]
    match values:
        case [int() | float() as low, int() | float() as high] if low < high:
            return (low, high)
    reader.report("mapping-linear", tree or at, "'linear' needs bounds: {from: [1, 5], to: [0, 1]}")
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
            reader.report("mapping-template", name, f"{name.text!r} is not a member of this rule")
    text, short = options.get("text"), options.get("short")
    if not isinstance(text, Scalar):
        reader.report("mapping-template", tree or at, "'template' needs a text with {members}")
        return nodes.Template(())
    short_parts = _parts(reader, short, left, {i for i, _ in params}) if short else ()
    return nodes.Template(_parts(reader, text, left), short_parts, tuple(params))


def _parts(
    reader: Reader, tree: Tree, left: tuple[Path, ...], given: set[int] | None = None
) -> tuple[str | int, ...]:
    parts: list[str | int] = []
    rest = reader.text(tree, "a template")
    while rest:
        literal, brace, rest = rest.partition("{")
        if literal:
            parts.append(literal)
        if brace:
            name, _, rest = rest.partition("}")
            path = reader.path_text(name, tree)
            if path in left:
                parts.append(left.index(path))
            elif path is not None:
                reader.report("mapping-template", tree, f"{name!r} is not a member of this rule")
    named = [part for part in parts if isinstance(part, int)]
    if sorted([*named, *(given or ())]) != list(range(len(left))):
        reader.report("mapping-template", tree, "a template names each member of its rule once")
    for one, other in pairwise(parts):
        if isinstance(one, int) and isinstance(other, int):
            reader.report("mapping-template", tree, "text must stand between two members")
    return tuple(parts)
