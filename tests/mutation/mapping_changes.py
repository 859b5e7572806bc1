"""All mutants of a mapping, with one change each.

The strings for readers, under `about`, `because` and `lost`, are only removed and emptied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from tests.mutation.mutants import Mutant
from tests.mutation.trees import Trail, added, children, dropped, renamed, replaced, scalar, swapped
from translator.language.checker import MappingSide, enum_values
from translator.language.exhaustiveness import leaf_paths
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, YamlSequence
from translator.paths import LIST_ITEM, MAP_ENTRY, format_path, parse_path
from translator.schema.types import ScalarValue

Role = Literal["path", "value", "word", "name", "codec", "string", "prose", "number", "id"]

WORDS = {
    "unfit": ("refuse", "skip", "next"),
    "or": ("epoch", "epoch-seconds", "epoch-milliseconds"),
    "taken": ("unmappable-value", "no-equivalent"),
}
CODECS = (
    "date-time", "iso-8601", "epoch", "epoch-seconds", "epoch-milliseconds", "numeric-string",
)  # fmt: skip
SEPARATOR = re.compile(r"(\s*[,&|]\s*)")


@dataclass(frozen=True)
class Spot:
    """A scalar of a mapping: its role, its place (as a key or a value), and its meaning.

    `left` is the side that a path or value belongs to, `field` the field that has the value.
    """

    role: Role
    trail: Trail
    node: YamlScalar
    label: str
    key: bool = False
    left: bool = True
    field: str = ""


@dataclass(frozen=True)
class Changes:
    """The mutants of one mapping between `formats`, whose events have the types `sides`."""

    file: str
    tree: YamlMap
    formats: tuple[str, str]
    sides: tuple[MappingSide, MappingSide]

    def mutants(self) -> Iterator[Mutant]:
        yield from self.drops(self.tree, (), "")
        spots = list(self.spots())
        for spot in spots:
            yield from self.of(spot)
        yield from self.swaps(self.tree, (), "")
        yield from self.one_way(self.tree, (), "")

    def mutant(self, kind: str, place: str, change: str, tree: YamlNode) -> Mutant:
        return Mutant(kind, self.file, place, change, lambda: tree)

    # --- dropping ---------------------------------------------------------------------------

    def drops(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Mutant]:
        for place, (name, child) in enumerate(named(tree)):
            here, at = (*trail, place), f"{label}{name}"
            yield self.mutant(drop_kind(at), at, "", dropped(self.tree, here))
            yield from self.drops(child, here, at)

    # --- changing a scalar ------------------------------------------------------------------

    def of(self, spot: Spot) -> Iterator[Mutant]:
        def change(kind: str, new: ScalarValue) -> Mutant:
            if spot.key:
                tree = renamed(self.tree, spot.trail, str(new))
            else:
                tree = replaced(self.tree, spot.trail, scalar(spot.node, new))
            return self.mutant(kind, spot.label, f"{spot.node.raw} → {new}", tree)

        text = spot.node.raw
        if spot.role == "prose":
            yield change("empty a reason", "")
        elif spot.role == "string":
            for new in changed_strings(text):
                yield change("change a string", new)
        elif spot.role == "number":
            value = spot.node.value
            assert isinstance(value, int | float)
            for number in (value + 1, value - 1, -value):
                yield change("change a number", number)
        elif spot.role == "word":
            yield change("misspell a word", misspell(text))
            lists = (WORDS[part] for part in spot.label.split(".")[:0:-1] if part in WORDS)
            for word in next(lists, self.formats):
                if word != text:
                    yield change("change a word", word)
        elif spot.role == "codec":
            yield change("misspell a codec", misspell(text))
            for codec in CODECS:
                if codec != text:
                    yield change("change a codec", codec)
        elif spot.role == "id":
            yield change("misspell a name", misspell(text))
            yield change("change an id", True if spot.node.value is not True else "items")
        elif spot.role == "name":
            yield change("misspell a name", misspell(text))
        elif spot.role == "value":
            yield change("misspell a value", misspell(text))
            side = self.sides[0 if spot.left else 1]
            types = side.types_at(parse_path(spot.field)) if spot.field else []
            for value in enum_values(types) or ():
                if value != spot.node.value and value is not None:
                    yield change("change a value", value)
        elif spot.role == "path":
            yield from self.paths(spot, change)

    def paths(self, spot: Spot, change: Callable[[str, str], Mutant]) -> Iterator[Mutant]:
        text = spot.node.raw
        parts = SEPARATOR.split(text)
        for number, part in list(enumerate(parts))[::2]:

            def whole(new: str, number: int = number) -> str:
                return "".join([*parts[:number], new, *parts[number + 1 :]])

            yield change(
                "misspell a path",
                whole(misspell(part.replace("[]", "")) + part[len(part.rstrip("[]")) :]),
            )
            try:
                path = parse_path(part)
            except ValueError:  # a selection
                continue
            if LIST_ITEM in path:
                yield change("drop a []", whole(part.replace("[]", "", 1)))
            else:
                yield change("add a []", whole(part + "[]"))
            if len(path) > 1:
                yield change("cut a path", whole(format_path(path[:-1])))
            side = self.sides[0 if spot.left else 1]
            types = type_names(side.types_at(path))
            leaves = dict.fromkeys(leaf for event in side.variants for leaf in leaf_paths(event))
            for leaf in leaves:
                if leaf != path and MAP_ENTRY not in leaf:
                    is_same = bool(type_names(side.types_at(leaf)) & types)
                    kind = "point elsewhere" if is_same else "point at another type"
                    yield change(kind, whole(format_path(leaf)))

    # --- swapping ---------------------------------------------------------------------------

    def swaps(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Mutant]:
        """Exchange the values of two entries, or the cells of two rows."""
        last = label.rpartition(".")[2]
        if isinstance(tree, YamlMap) and last in ("fields", "values", "lost", "when"):
            for (first, (key, a)), (second, (other, b)) in combinations(enumerate(named(tree)), 2):
                if a != b:
                    new = swapped(self.tree, (*trail, first), (*trail, second))
                    yield self.mutant(f"swap {last}", f"{label}{key}", f"with {other}", new)
        if isinstance(tree, YamlMap) and last == "cases":
            for index in range(len(tree.entries) - 1):
                entries = list(tree.entries)
                entries[index : index + 2] = reversed(entries[index : index + 2])
                new = replaced(self.tree, trail, YamlMap(tuple(entries), tree.location))
                yield self.mutant("reorder cases", label, f"{index} and {index + 1}", new)
        if isinstance(tree, YamlSequence) and last == "exact":
            yield from self.row_swaps(tree, trail, label)
        if isinstance(tree, YamlSequence) and last in ("approximate", "opt_in"):
            yield from self.one_way_swaps(tree, trail, label)
        for place, (name, child) in enumerate(named(tree)):
            yield from self.swaps(child, (*trail, place), f"{label}{name}")

    def row_swaps(self, tree: YamlSequence, trail: Trail, label: str) -> Iterator[Mutant]:
        for first, second in combinations(range(len(tree.items)), 2):
            new = swapped(self.tree, (*trail, first, 1), (*trail, second, 1))
            yield self.mutant("swap cells", f"{label}[{first}]", f"with [{second}]", new)
            if second == first + 1:
                new = swapped(self.tree, (*trail, first), (*trail, second))
                yield self.mutant("reorder rows", f"{label}[{first}]", f"and [{second}]", new)

    def one_way_swaps(self, tree: YamlSequence, trail: Trail, label: str) -> Iterator[Mutant]:
        for first, second in combinations(range(len(tree.items)), 2):
            for key in ("values", "rows"):
                items = tree.items[first], tree.items[second]
                if not all(key in keys(item) for item in items):
                    continue
                cells = [
                    (*trail, index, keys(tree.items[index]).index(key)) for index in (first, second)
                ]
                new = swapped(self.tree, *cells)
                if new != self.tree:
                    place = f"{label}[{first}].{key}"
                    yield self.mutant("swap cells", place, f"with [{second}]", new)

    # --- one-way rules ----------------------------------------------------------------------

    def one_way(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Mutant]:
        """Make a rule or a case one-way."""
        last = label.rpartition(".")[2]
        for place, (name, child) in enumerate(named(tree)):
            here, at = (*trail, place), f"{label}{name}"
            one_rule = not isinstance(child, YamlSequence)
            if last in ("fields", "cases") and one_rule and "to" not in keys(child):
                for to in self.formats:
                    rule = child
                    if isinstance(child, YamlScalar):
                        is_key = YamlScalar("is", child.location, "is")
                        rule = YamlMap(((is_key, child),), child.location)
                    new = replaced(self.tree, here, rule)
                    more = {"to": to} | ({"because": "so"} if last == "fields" else {})
                    yield self.mutant("make one-way", at, f"to {to}", added(new, here, more))
            yield from self.one_way(child, here, at)

    # --- the scalars of a mapping -----------------------------------------------------------

    def spots(self) -> Iterator[Spot]:
        for place, (key, tree) in enumerate(self.tree.entries):
            here = (place,)
            label = f".{key.raw}"
            yield Spot("word", here, key, label, key=True)
            match key.raw:
                case "version":
                    assert isinstance(tree, YamlScalar)
                    yield Spot("number", here, tree, label)
                case "between":
                    for number, name in enumerate(children(tree)):
                        yield from self.scalar("name", (*here, number), name, f"{label}[{number}]")
                case "each":
                    yield from self.scope(tree, here, label)
                case "params":
                    for number, (name, about) in enumerate(entries(tree)):
                        at = f"{label}.{name.raw}"
                        yield Spot("name", (*here, number), name, at, key=True)
                        yield from self.scalar("prose", (*here, number), about, at)
                case "constants" | "incomplete":
                    for number, (side, body) in enumerate(entries(tree)):
                        at = f"{label}.{side.raw}"
                        yield Spot("name", (*here, number), side, at, key=True)
                        left = side.raw == self.formats[0]
                        yield from self.by_path(body, (*here, number), at, left)
                case "fields":
                    yield from self.fields(tree, here, label)
                case "cases":
                    yield from self.cases(tree, here, label)
                case "rows":
                    for number, (name, table) in enumerate(entries(tree)):
                        at = f"{label}.{name.raw}"
                        yield Spot("name", (*here, number), name, at, key=True)
                        yield from self.table(table, (*here, number), at, "", "")
                case "carries":
                    for number, (name, value) in enumerate(entries(tree)):
                        roles: dict[str, Role] = {"as": "string", "unfit": "word"}
                        role = roles.get(name.raw, "path")
                        left = name.raw == "in"
                        at = f"{label}.{name.raw}"
                        yield from self.scalar(role, (*here, number), value, at, left=left)
                case "lost":
                    for number, (side, reasons) in enumerate(entries(tree)):
                        at = f"{label}.{side.raw}"
                        yield Spot("name", (*here, number), side, at, key=True)
                        left = side.raw == self.formats[0]
                        for n, (reason, paths) in enumerate(entries(reasons)):
                            trail, place_ = (*here, number, n), f"{at}.{reason.raw}"
                            yield Spot("prose", trail, reason, place_, key=True)
                            for spot, path in scalars(paths, trail):
                                yield from self.scalar("path", spot, path, place_, left=left)

    def scalar(
        self,
        role: Role,
        trail: Trail,
        tree: YamlNode,
        label: str,
        left: bool = True,
        field: str = "",
    ) -> Iterator[Spot]:
        """A scalar, or each of a list or an object."""
        for spot, node in scalars(tree, trail):
            assert isinstance(node, YamlScalar), label
            yield Spot(role, spot, node, label, False, left, field)

    def scope(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        """A list of the right, or one with the size of its parts."""
        yield from (
            self.scalar("path", trail, tree, label, left=False)
            if isinstance(tree, YamlScalar)
            else ()
        )
        for number, (key, value) in enumerate(entries(tree)):
            at, here = f"{label}.{key.raw}", (*trail, number)
            yield Spot("word", here, key, at, key=True)
            role: Role = "path" if key.raw == "list" else "number"
            yield from self.scalar(role, here, value, at, left=False)

    def by_path(self, tree: YamlNode, trail: Trail, label: str, left: bool) -> Iterator[Spot]:
        """The paths of a side with their constants, or with the reasons why they are incomplete."""
        for number, (path, body) in enumerate(entries(tree)):
            at, here = f"{label}.{path.raw}", (*trail, number)
            yield Spot("path", here, path, at, True, left)
            if isinstance(body, YamlScalar):
                role: Role = "prose" if "incomplete" in label else "value"
                yield from self.scalar(role, here, body, at)
            for n, (key, value) in enumerate(entries(body)):
                roles: dict[str, Role] = {"param": "name", "to": "word"}
                place, trail_ = f"{at}.{key.raw}", (*here, n)
                yield Spot("word", trail_, key, place, key=True)
                role = roles.get(key.raw, "value")
                yield from self.scalar(role, trail_, value, place, left, path.raw)

    def cases(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        for number, (name, body) in enumerate(entries(tree)):
            at, here = f"{label}.{name.raw}", (*trail, number)
            yield Spot("name", here, name, at, key=True)
            for n, (key, value) in enumerate(entries(body)):
                place, trail_ = f"{at}.{key.raw}", (*here, n)
                yield Spot("word", trail_, key, place, key=True)
                match key.raw:
                    case "when":
                        yield from self.condition(value, trail_, place)
                    case "each":
                        yield from self.scope(value, trail_, place)
                    case "to":
                        yield from self.scalar("word", trail_, value, place)
                    case "fields":
                        yield from self.fields(value, trail_, place)

    def fields(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        for number, (name, body) in enumerate(entries(tree)):
            at, here = f"{label}.{name.raw}", (*trail, number)
            yield Spot("path", here, name, at, key=True)
            yield from self.rule(body, here, at, name.raw)

    def rule(self, body: YamlNode, trail: Trail, label: str, left: str) -> Iterator[Spot]:
        if isinstance(body, YamlScalar):
            yield from self.scalar("path", trail, body, label, left=False)
            return
        is_ = next((v for k, v in entries(body) if k.raw == "is"), None)
        right = is_.raw if isinstance(is_, YamlScalar) else ""
        for number, (key, value) in enumerate(entries(body)):
            at, here = f"{label}.{key.raw}", (*trail, number)
            yield Spot("word", here, key, at, key=True)
            match key.raw:
                case "is":
                    yield from self.scalar("path", here, value, at, left=False)
                case "when":
                    yield from self.condition(value, here, at)
                case "because":
                    yield from self.scalar("prose", here, value, at)
                case "opt_in" | "approximate" | "param" if isinstance(value, YamlScalar):
                    yield from self.scalar("name", here, value, at)
                case "id":
                    yield from self.scalar("id", here, value, at)
                case "to":
                    yield from self.scalar("word", here, value, at)
                case "unfit":
                    if isinstance(value, YamlScalar):
                        yield from self.scalar("word", here, value, at)
                    for n, (side, outcome) in enumerate(entries(value)):
                        yield Spot("name", (*here, n), side, f"{at}.{side.raw}", key=True)
                        yield from self.scalar("word", (*here, n), outcome, f"{at}.{side.raw}")
                case "else":
                    for n, rule in enumerate(children(value)):
                        yield from self.rule(rule, (*here, n), f"{at}[{n}]", left)
                case "as":
                    yield from self.codec(value, here, at)
                case "values":
                    yield from self.pairs(value, here, at, left, right)
                case _:
                    yield from self.table_part(key.raw, value, here, at, left, right)

    def pairs(
        self, tree: YamlNode, trail: Trail, label: str, left: str, right: str
    ) -> Iterator[Spot]:
        """The values of two fields, of which one may have several in a one-way row."""
        for number, (source, targets) in enumerate(entries(tree)):
            place, here = f"{label}.{source.raw}", (*trail, number)
            yield Spot("value", here, source, place, True, True, left)
            for spot, target in scalars(targets, here):
                yield from self.scalar("value", spot, target, place, left=False, field=right)

    def condition(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        """A record of the left, or one of each side."""
        if isinstance(tree, YamlMap):
            yield from self.record(tree, trail, label, left=True)
        for number, record in enumerate(children(tree) if isinstance(tree, YamlSequence) else ()):
            at = f"{label}[{number}]"
            yield from self.record(record, (*trail, number), at, left=number == 0)

    def codec(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        if isinstance(tree, YamlScalar):
            yield from self.scalar("codec", trail, tree, label)
            return
        for number, (name, body) in enumerate(entries(tree)):
            at, here = f"{label}.{name.raw}", (*trail, number)
            yield Spot("codec", here, name, at, key=True)
            for n, (key, value) in enumerate(entries(body)):
                place, trail_ = f"{at}.{key.raw}", (*here, n)
                yield Spot("word", trail_, key, place, key=True)
                if isinstance(value, YamlMap):
                    for m, (path, param) in enumerate(value.entries):
                        yield Spot("path", (*trail_, m), path, f"{place}.{path.raw}", key=True)
                        yield from self.scalar("name", (*trail_, m), param, f"{place}.{path.raw}")
                else:
                    roles: dict[str, Role] = {"or": "word", "zone": "name"}
                    yield from self.scalar(roles.get(key.raw, "string"), trail_, value, place)

    def table(
        self, tree: YamlNode, trail: Trail, label: str, left: str, right: str
    ) -> Iterator[Spot]:
        for number, (key, value) in enumerate(entries(tree)):
            at, here = f"{label}.{key.raw}", (*trail, number)
            yield Spot("word", here, key, at, key=True)
            yield from self.table_part(key.raw, value, here, at, left, right)

    def table_part(
        self, part: str, tree: YamlNode, trail: Trail, label: str, left: str, right: str
    ) -> Iterator[Spot]:
        if part == "exact":
            yield from self.rows(tree, trail, label)
            return
        if part == "taken":
            yield from self.scalar("word", trail, tree, label)
            return
        for number, (name, row) in enumerate(named(tree)):
            here, at = (*trail, number), f"{label}{name}"
            if isinstance(tree, YamlMap):
                yield Spot("name", here, tree.entries[number][0], at, key=True)
            words = {k.raw: v.raw for k, v in entries(row) if isinstance(v, YamlScalar)}
            to = words.get("to", "")
            from_left = to != self.formats[0]
            for n, (key, value) in enumerate(entries(row)):
                place, trail_ = f"{at}.{key.raw}", (*here, n)
                yield Spot("word", trail_, key, place, key=True)
                match key.raw:
                    case "because":
                        yield from self.scalar("prose", trail_, value, place)
                    case "to":
                        yield from self.scalar("word", trail_, value, place)
                    case "rows":
                        yield from self.rows(value, trail_, place)
                    case "values":
                        yield from self.pairs(value, trail_, place, left, right)
                    case _ if isinstance(value, YamlMap):
                        yield from self.record(value, trail_, place, left=from_left)
                    case _:
                        field = left if from_left else right
                        for spot, scalar in scalars(value, trail_):
                            yield from self.scalar("value", spot, scalar, place, from_left, field)

    def rows(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        for number, row in enumerate(children(tree)):
            for n, record in enumerate(children(row)):
                at = f"{label}[{number}][{n}]"
                yield from self.record(record, (*trail, number, n), at, left=n == 0)

    def record(self, tree: YamlNode, trail: Trail, label: str, *, left: bool) -> Iterator[Spot]:
        for number, (key, value) in enumerate(entries(tree)):
            here, at = (*trail, number), f"{label}.{key.raw}"
            yield Spot("path", here, key, at, True, left)
            for spot, cell in scalars(value, here):
                assert isinstance(cell, YamlScalar)
                if str(cell.value).startswith("$"):
                    yield from self.scalar("name", spot, cell, at)
                else:
                    yield from self.scalar("value", spot, cell, at, left, key.raw)


def entries(tree: YamlNode) -> tuple[tuple[YamlScalar, YamlNode], ...]:
    return tree.entries if isinstance(tree, YamlMap) else ()


def keys(tree: YamlNode) -> list[str]:
    return [key.raw for key, _ in entries(tree)]


def named(tree: YamlNode) -> list[tuple[str, YamlNode]]:
    """The children of a map or list, each with its step in a place."""
    match tree:
        case YamlMap():
            return [(f".{key.raw}", value) for key, value in tree.entries]
        case YamlSequence(items=items):
            return [(f"[{number}]", item) for number, item in enumerate(items)]
    return []


def scalars(tree: YamlNode, trail: Trail) -> Iterator[tuple[Trail, YamlNode]]:
    """The scalar, or the items of a list of scalars."""
    if isinstance(tree, YamlSequence):
        for number, item in enumerate(tree.items):
            yield (*trail, number), item
    else:
        yield trail, tree


def type_names(types: Iterable[object]) -> set[str]:
    names: set[str] = set()
    for schema_type in types:
        names |= set(getattr(schema_type, "types", ())) or {type(schema_type).__name__}
    return names


def drop_kind(label: str) -> str:
    """The kind of mutant that drops the node at a place."""
    parts = label.strip(".").split(".")
    last = label.rpartition(".")[2]
    if last in ("about", "because") or (parts[0] == "lost" and len(parts) > 2):
        return "drop a reason"
    if parts[0] == "params":
        return "drop a param"
    if parts[0] == "cases" and len(parts) == 2:
        return "drop a case"
    if label.endswith("]"):
        return "drop an item"
    if ".values." in label:
        return "drop a value"
    if "fields" in parts[-3:-1] or parts[-2:-1] == ["fields"]:
        return "drop a rule"
    return "drop a key"


def misspell(text: str) -> str:
    """The string with its last two letters exchanged, or with another letter."""
    if len(text) > 2 and text[-1] != text[-2] and text[-2:].isalpha():
        return text[:-2] + text[-1] + text[-2]
    return text + "x"


def changed_strings(text: str) -> Iterator[str]:
    """Variants of a template or key: with changed literals, and with its fields exchanged."""
    inside = text.partition("{")[2].rpartition("}")[0]
    between = inside.partition("}")[2].rpartition("{")[0]
    for old, new in ((between, between + "-"), (between, "|"), (between, between * 2)):
        if old:
            yield text.replace(old, new)
    yield "x" + text
    yield text + "x"
    names = [part.partition("}")[0] for part in text.split("{")[1:]]
    if len(names) == 2:
        first, second = names
        yield text.replace(first, "\0").replace(second, first).replace("\0", second)
