"""Mappings: from the YAML tree to `nodes`, with every mistake of form found in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from translator import nodes
from translator.codecs import read_codec
from translator.diagnostics import Location
from translator.nodes import Field, Mapping, Record, Table
from translator.paths import Path, is_scalar_path
from translator.reading import Reader
from translator.tables import read_rows
from translator.yamlsource import Map, Scalar, Tree, parse_yaml
from translator.yamlsource import Sequence as List

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
    return read_mapping(parse_yaml(text, file), file)


def read_mapping(tree: Tree, file: str) -> Mapping:
    """The mapping that a YAML tree holds. Raises `MappingError` as `parse_mapping` does."""
    reader = Reader(file)
    mapping = _mapping(reader, tree)
    reader.end()
    assert mapping is not None
    return mapping


def _mapping(reader: Reader, tree: Tree) -> Mapping | None:
    keys = reader.keys(tree, _TOP, "a mapping")
    if keys is None:
        return None
    version = keys.get("version")
    known = isinstance(version, Scalar) and type(version.value) is int
    if not (known and isinstance(version, Scalar) and version.value == VERSION):
        hint = f"write: version: {VERSION}"
        reader.report("mapping-version", version or tree, f"'version: {VERSION}' is missing", hint)
    named_at = _between(reader, keys.get("between"), tree)
    shared = tuple(_fields(reader, keys.get("fields")))
    cases = tuple(_cases(reader, keys.get("cases")))
    each = reader.path(keys.get("each"))
    if not cases:
        cases = (nodes.Case("", (), tree.location, each=each),)
    elif each is not None:
        hint = "move it into the cases that give one event for each element"
        reader.report("mapping-each", keys["each"], "'each' does not stand beside 'cases'", hint)
    return Mapping(
        file=reader.file,
        left=reader.formats[0],
        right=reader.formats[1],
        cases=cases,
        fields=shared,
        tables=tuple(_tables(reader, keys.get("rows"))),
        params=tuple(_params(reader, keys.get("params"))),
        constants=tuple(_sided(reader, keys.get("constants"), "constants", _constant)),
        lost=tuple(_sided(reader, keys.get("lost"), "lost", _lost)),
        carries=_carries(reader, keys.get("carries")),
        named_at=named_at,
    )


def _between(reader: Reader, tree: Tree | None, whole: Tree) -> tuple[Location, Location]:
    """Tell the reader the two formats, and give where they are named; nothing if there are none."""
    items = tree.items if isinstance(tree, List) else ()
    names = [reader.text(one, "a format's name") for one in items]
    if len(names) == 2 and names[0] != names[1]:
        reader.formats = (names[0], names[1])
        return items[0].location, items[1].location
    reader.report(
        "mapping-between",
        tree or whole,
        "'between' names the two formats that the mapping relates",
        "write for example: between: [acme, interaction]",
    )
    return whole.location, whole.location


def _params(reader: Reader, tree: Tree | None) -> Iterator[nodes.Param]:
    for name, body in reader.entries(tree, "params"):
        keys = reader.keys(body, ("fills", "to", "about"), "a param")
        if keys is None:
            continue
        fills, to = reader.path(keys.get("fills")), reader.direction(keys.get("to"))
        if ("fills" in keys) != ("to" in keys):
            reader.report(
                "mapping-param",
                name,
                "'fills' and 'to' stand together in a param",
                "'fills' is the member that it fills, 'to' the format of that member",
            )
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
    if not isinstance(value, Scalar):
        hint = "write a text, a number, true or false"
        reader.report("mapping-type", value, "a constant is a single value", hint)
        return None
    return None if path is None else nodes.Constant(left, path, value.value, key.location)


def _lost(reader: Reader, left: bool, key: Scalar, value: Tree) -> nodes.Lost | None:
    path = reader.path(key)
    because = reader.text(value, "the reason")
    return None if path is None else nodes.Lost(left, path, because, key.location)


def _carries(reader: Reader, tree: Tree | None) -> nodes.Carries | None:
    if tree is None:
        return None
    keys = reader.keys(tree, ("of", "in", "as"), "carries")
    if keys is None:
        return None
    carried = reader.path(keys.get("of"))
    slot = reader.path(keys.get("in"))
    text = reader.text(keys["as"], "as") if "as" in keys else ""
    before, vendor, rest = text.partition("{vendor}")
    between, field, after = rest.partition("{field}")
    flat = all(path is None or is_scalar_path(path) for path in (slot, carried))
    if not flat or len(keys) < 3 or not vendor or not field or after or not between:
        reader.report(
            "mapping-carries",
            tree,
            "'carries' says what is carried, where it is kept, and under which key",
            "write {of: PATH, in: PATH, as: '{vendor}_{field}'}, with text between the two names",
        )
        return None
    if slot is None or carried is None:
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
        codec = read_codec(reader, keys, left, body)
        if joined != isinstance(codec, nodes.Template):
            reader.report(
                "mapping-template",
                name,
                "several members, written 'a, b', go with 'as: {template: …}', and only they do",
                "name the template that joins them, or write a rule for each"
                if joined
                else "write all members of the template before the colon: a, b",
            )
            continue
        unfit = keys.get("unfit")
        default = keys.get("default")
        if default is not None and not isinstance(default, Scalar):
            hint = "write a text, a number, true or false"
            reader.report("mapping-type", default, "a default is a single value", hint)
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
    if joined and "|" in key.text:
        message = "a rule joins members (a, b) or chooses one (a | b), not both"
        reader.report("mapping-path", key, message, "write two rules")
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
            if "is" not in keys:
                reader.report("mapping-type", item, "'is' is missing", "write {is: PATH}")
            path, codec = reader.path(keys.get("is")), read_codec(reader, keys, left, item)
        if path is not None:
            yield nodes.Also(path, codec, item.location)


def _alternatives(
    reader: Reader, tree: Tree | None, left: tuple[Path, ...]
) -> Iterator[nodes.Alternative]:
    allowed = ("is", "as", "values", "id", "opt_in", "approximate", "unless", "because")
    for item in reader.items(tree, "or"):
        keys = reader.keys(item, allowed, "an alternative")
        path = reader.path(keys.get("is")) if keys else None
        if keys is not None and "is" not in keys:
            reader.report("mapping-type", item, "'is' is missing", "write {is: PATH}")
        if keys is None or path is None:
            continue
        if "approximate" in keys and "opt_in" in keys:
            message = "an alternative is approximate or an opt_in, not both"
            hint = "keep 'opt_in' if the caller has to allow it by name, else 'approximate'"
            reader.report("mapping-key", keys["opt_in"], message, hint)
        kind: nodes.Kind = "exact"
        name = ""
        for word in ("approximate", "opt_in"):
            if word in keys:
                kind = "opt-in" if word == "opt_in" else "approximate"
                name = reader.text(keys[word], word)
        because = reader.text(keys.get("because"), "because", item) if kind != "exact" else ""
        yield nodes.Alternative(
            path,
            read_codec(reader, {k: keys[k] for k in ("as", "values") if k in keys}, left, item),
            kind,
            name,
            because,
            _id(reader, keys.get("id")),
            reader.path(keys.get("unless")),
            item.location,
        )
