"""Every change of a mapping in one place, of every kind.

What is read by people only is dropped and emptied, and not changed otherwise: the texts of
`about`, `because` and `lost`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from tests.mutation.mutants import Mutant
from tests.mutation.trees import Trail, added, children, dropped, renamed, replaced, scalar, swapped
from translator.language.checker import MappingSide, enum_values
from translator.language.exhaustiveness import leaf_paths
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, YamlSequence
from translator.paths import LIST_ITEM, format_path, parse_path
from translator.schema.types import ScalarValue

Role = Literal["path", "value", "word", "name", "codec", "text", "prose", "number", "id"]

WORDS = {"unfit": ("skip",), "or": ("epoch-seconds", "epoch-milliseconds")}
CODECS = (
    "date-time", "iso-8601", "epoch-seconds", "epoch-milliseconds", "numeric-string",
)  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """A text of a mapping: what it is, where it stands (`key`: as a key), and its meaning.

    `left` is the side that a path or value belongs to, `member` the member that has the value.
    """

    role: Role
    trail: Trail
    node: YamlScalar
    label: str
    key: bool = False
    left: bool = True
    member: str = ""


@dataclass(frozen=True)
class Changes:
    """The mutants of one mapping, between the formats `formats` with the shapes `sides`."""

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

    # --- changing one text ------------------------------------------------------------------

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
        elif spot.role == "text":
            for new in changed_texts(text):
                yield change("change a text", new)
        elif spot.role == "number":
            value = spot.node.value
            assert isinstance(value, int | float)
            for number in (value + 1, value - 1, -value):
                yield change("change a number", number)
        elif spot.role == "word":
            yield change("misspell a word", misspelt(text))
            last = spot.label.rpartition(".")[2]
            for word in WORDS.get(last) or (*self.formats, "left", "right"):
                if word != text:
                    yield change("change a word", word)
        elif spot.role == "codec":
            yield change("misspell a codec", misspelt(text))
            for codec in CODECS:
                if codec != text:
                    yield change("change a codec", codec)
        elif spot.role == "id":
            yield change("misspell a name", misspelt(text))
            yield change("change an id", True if spot.node.value is not True else "items")
        elif spot.role == "name":
            yield change("misspell a name", misspelt(text))
        elif spot.role == "value":
            yield change("misspell a value", misspelt(text))
            side = self.sides[0 if spot.left else 1]
            for value in enum_values(side.types_at(parse_path(spot.member))) or ():
                if value != spot.node.value and value is not None:
                    yield change("change a value", value)
        elif spot.role == "path":
            yield from self.paths(spot, change)

    def paths(self, spot: Spot, change: Callable[[str, str], Mutant]) -> Iterator[Mutant]:
        text = spot.node.raw
        parts = [part.strip() for part in text.split(",")]
        for number, part in enumerate(parts):

            def whole(new: str, number: int = number) -> str:
                return ", ".join([*parts[:number], new, *parts[number + 1 :]])

            path = parse_path(part)
            yield change(
                "misspell a path",
                whole(misspelt(part.replace("[]", "")) + part[len(part.rstrip("[]")) :]),
            )
            if LIST_ITEM in path:
                yield change("drop a []", whole(part.replace("[]", "", 1)))
            else:
                yield change("add a []", whole(part + "[]"))
            if len(path) > 1:
                yield change("cut a path", whole(format_path(path[:-1])))
            side = self.sides[0 if spot.left else 1]
            shapes = kinds(side.types_at(path))
            known = dict.fromkeys(leaf for shape in side.variants for leaf in leaf_paths(shape))
            for leaf in known:
                if leaf != path and "{}" not in leaf:
                    same = bool(kinds(side.types_at(leaf)) & shapes)
                    kind = "point elsewhere" if same else "point at another type"
                    yield change(kind, whole(format_path(leaf)))

    # --- swapping ---------------------------------------------------------------------------

    def swaps(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Mutant]:
        """Exchange the targets of two rules, the values of two entries, the cells of two rows."""
        last = label.rpartition(".")[2]
        if isinstance(tree, YamlMap) and last in ("fields", "values", "lost", "when"):
            for (one, (k1, a)), (two, (k2, b)) in combinations(enumerate(named(tree)), 2):
                if a != b:
                    new = swapped(self.tree, (*trail, one), (*trail, two))
                    yield self.mutant(f"swap {last}", f"{label}{k1}", f"with {k2}", new)
        if isinstance(tree, YamlMap) and last == "cases":
            for one in range(len(tree.entries) - 1):
                entries = list(tree.entries)
                entries[one : one + 2] = reversed(entries[one : one + 2])
                new = replaced(self.tree, trail, YamlMap(tuple(entries), tree.location))
                yield self.mutant("reorder cases", label, f"{one} and {one + 1}", new)
        if isinstance(tree, YamlSequence) and last == "exact":
            yield from self.row_swaps(tree, trail, label)
        if isinstance(tree, YamlSequence) and last in ("approximate", "opt_in"):
            yield from self.one_way_swaps(tree, trail, label)
        for place, (name, child) in enumerate(named(tree)):
            yield from self.swaps(child, (*trail, place), f"{label}{name}")

    def row_swaps(self, tree: YamlSequence, trail: Trail, label: str) -> Iterator[Mutant]:
        for one, two in combinations(range(len(tree.items)), 2):
            new = swapped(self.tree, (*trail, one, 1), (*trail, two, 1))
            yield self.mutant("swap cells", f"{label}[{one}]", f"with [{two}]", new)
            if two == one + 1:
                new = swapped(self.tree, (*trail, one), (*trail, two))
                yield self.mutant("reorder rows", f"{label}[{one}]", f"and [{two}]", new)

    def one_way_swaps(self, tree: YamlSequence, trail: Trail, label: str) -> Iterator[Mutant]:
        for one, two in combinations(range(len(tree.items)), 2):
            for key in ("from", "to"):
                places = [
                    next(n for n, (k, _) in enumerate(entries(tree.items[i])) if k.raw == key)
                    for i in (one, two)
                ]
                new = swapped(self.tree, (*trail, one, places[0]), (*trail, two, places[1]))
                if new != self.tree:
                    yield self.mutant("swap cells", f"{label}[{one}].{key}", f"with [{two}]", new)

    # --- one direction only -----------------------------------------------------------------

    def one_way(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Mutant]:
        """Let a rule or a case hold in one direction only."""
        last = label.rpartition(".")[2]
        for place, (name, child) in enumerate(named(tree)):
            here, at = (*trail, place), f"{label}{name}"
            if last in ("fields", "cases") and "to" not in keys(child):
                for to in self.formats:
                    rule = child
                    if isinstance(child, YamlScalar):
                        is_key = YamlScalar("is", child.location, "is")
                        rule = YamlMap(((is_key, child),), child.location)
                    new = replaced(self.tree, here, rule)
                    more = {"to": to} | ({"because": "so"} if last == "fields" else {})
                    yield self.mutant("make one-way", at, f"to {to}", added(new, here, more))
            yield from self.one_way(child, here, at)

    # --- what the texts are -----------------------------------------------------------------

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
                    for number, one in enumerate(children(tree)):
                        assert isinstance(one, YamlScalar)
                        yield Spot("name", (*here, number), one, f"{label}[{number}]")
                case "each":
                    yield self.text("path", here, tree, label, left=False)
                case "params":
                    yield from self.params(tree, here, label)
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
                        role: Role = "text" if name.raw == "as" else "path"
                        left = name.raw == "in"
                        at = f"{label}.{name.raw}"
                        yield self.text(role, (*here, number), value, at, left=left)
                case "lost":
                    for number, (side, reasons) in enumerate(entries(tree)):
                        at = f"{label}.{side.raw}"
                        yield Spot("name", (*here, number), side, at, key=True)
                        left = side.raw == self.formats[0]
                        for n, (path, reason) in enumerate(entries(reasons)):
                            trail = (*here, number, n)
                            yield Spot("path", trail, path, f"{at}.{path.raw}", True, left)
                            yield self.text("prose", trail, reason, f"{at}.{path.raw}")

    def text(
        self,
        role: Role,
        trail: Trail,
        tree: YamlNode,
        label: str,
        *,
        left: bool = True,
        member: str = "",
    ) -> Spot:
        assert isinstance(tree, YamlScalar), label
        return Spot(role, trail, tree, label, False, left, member)

    def params(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        for number, (name, body) in enumerate(entries(tree)):
            at, here = f"{label}.{name.raw}", (*trail, number)
            yield Spot("name", here, name, at, key=True)
            to = next((v for k, v in entries(body) if k.raw == "to"), None)
            left = isinstance(to, YamlScalar) and to.raw == self.formats[0]
            for n, (key, value) in enumerate(entries(body)):
                roles: dict[str, Role] = {"fills": "path", "to": "word", "about": "prose"}
                there = f"{at}.{key.raw}"
                yield Spot("word", (*here, n), key, there, key=True)
                yield self.text(roles[key.raw], (*here, n), value, there, left=left)

    def cases(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        for number, (name, body) in enumerate(entries(tree)):
            at, here = f"{label}.{name.raw}", (*trail, number)
            yield Spot("name", here, name, at, key=True)
            for n, (key, value) in enumerate(entries(body)):
                there, trail_ = f"{at}.{key.raw}", (*here, n)
                yield Spot("word", trail_, key, there, key=True)
                match key.raw:
                    case "when":
                        yield from self.record(value, trail_, there, left=True)
                    case "each" | "if":
                        yield self.text("path", trail_, value, there, left=False)
                    case "to":
                        yield self.text("word", trail_, value, there)
                    case "fields":
                        yield from self.fields(value, trail_, there)

    def fields(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        for number, (name, body) in enumerate(entries(tree)):
            at, here = f"{label}.{name.raw}", (*trail, number)
            yield Spot("path", here, name, at, key=True)
            yield from self.rule(body, here, at, name.raw)

    def rule(self, body: YamlNode, trail: Trail, label: str, left: str) -> Iterator[Spot]:
        if isinstance(body, YamlScalar):
            yield self.text("path", trail, body, label, left=False)
            return
        is_ = next((v for k, v in entries(body) if k.raw == "is"), None)
        right = is_.raw if isinstance(is_, YamlScalar) else ""
        for number, (key, value) in enumerate(entries(body)):
            at, here = f"{label}.{key.raw}", (*trail, number)
            yield Spot("word", here, key, at, key=True)
            match key.raw:
                case "is":
                    yield self.text("path", here, value, at, left=False)
                case "unless":
                    yield self.text("path", here, value, at)
                case "because":
                    yield self.text("prose", here, value, at)
                case "opt_in" | "approximate" if isinstance(value, YamlScalar):
                    yield self.text("name", here, value, at)
                case "id":
                    yield self.text("id", here, value, at)
                case "to" | "unfit":
                    yield self.text("word", here, value, at)
                case "also" | "or":
                    for n, one in enumerate(children(value)):
                        there = f"{at}[{n}]"
                        yield from self.rule(one, (*here, n), there, left)
                case "as":
                    yield from self.codec(value, here, at)
                case "values":
                    for n, (one, other) in enumerate(entries(value)):
                        there, trail_ = f"{at}.{one.raw}", (*here, n)
                        yield Spot("value", trail_, one, there, True, True, left)
                        yield self.text("value", trail_, other, there, left=False, member=right)
                case _:
                    yield from self.table_part(key.raw, value, here, at, left, right)

    def codec(self, tree: YamlNode, trail: Trail, label: str) -> Iterator[Spot]:
        if isinstance(tree, YamlScalar):
            yield self.text("codec", trail, tree, label)
            return
        for number, (name, body) in enumerate(entries(tree)):
            at, here = f"{label}.{name.raw}", (*trail, number)
            yield Spot("codec", here, name, at, key=True)
            for n, (key, value) in enumerate(entries(body)):
                there, trail_ = f"{at}.{key.raw}", (*here, n)
                yield Spot("word", trail_, key, there, key=True)
                if isinstance(value, YamlMap):
                    for m, (one, other) in enumerate(value.entries):
                        yield Spot("path", (*trail_, m), one, f"{there}.{one.raw}", key=True)
                        yield self.text("name", (*trail_, m), other, f"{there}.{one.raw}")
                else:
                    roles: dict[str, Role] = {"or": "word", "zone": "name"}
                    yield self.text(roles.get(key.raw, "text"), trail_, value, there)

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
            for number, row in enumerate(children(tree)):
                for n, record in enumerate(children(row)):
                    at = f"{label}[{number}][{n}]"
                    yield from self.record(record, (*trail, number, n), at, left=n == 0)
            return
        rows = named(tree)
        for number, (name, row) in enumerate(rows):
            here, at = (*trail, number), f"{label}{name}"
            if isinstance(tree, YamlMap):
                yield Spot("name", here, tree.entries[number][0], at, key=True)
            for n, (key, value) in enumerate(entries(row)):
                there, trail_ = f"{at}.{key.raw}", (*here, n)
                yield Spot("word", trail_, key, there, key=True)
                if key.raw == "because":
                    yield self.text("prose", trail_, value, there)
                elif key.raw in ("into", "of"):
                    yield self.text("word", trail_, value, there)
                elif isinstance(value, YamlMap):
                    yield from self.record(value, trail_, there, left=key.raw == "to")
                else:
                    on_left = key.raw == "to"
                    member = left if on_left else right
                    for spot_trail, one in singles(value, trail_):
                        yield self.text(
                            "value", spot_trail, one, there, left=on_left, member=member
                        )

    def record(self, tree: YamlNode, trail: Trail, label: str, *, left: bool) -> Iterator[Spot]:
        for number, (key, value) in enumerate(entries(tree)):
            here, at = (*trail, number), f"{label}.{key.raw}"
            yield Spot("path", here, key, at, True, left)
            for spot_trail, one in singles(value, here):
                assert isinstance(one, YamlScalar)
                if str(one.value).startswith("$"):
                    yield self.text("name", spot_trail, one, at)
                else:
                    yield self.text("value", spot_trail, one, at, left=left, member=key.raw)


def entries(tree: YamlNode) -> tuple[tuple[YamlScalar, YamlNode], ...]:
    return tree.entries if isinstance(tree, YamlMap) else ()


def keys(tree: YamlNode) -> list[str]:
    return [key.raw for key, _ in entries(tree)]


def named(tree: YamlNode) -> list[tuple[str, YamlNode]]:
    """What a map or list holds, with the text by which a place names each."""
    match tree:
        case YamlMap(entries=found):
            return [(f".{key.raw}", value) for key, value in found]
        case YamlSequence(items=items):
            return [(f"[{number}]", one) for number, one in enumerate(items)]
    return []


def singles(tree: YamlNode, trail: Trail) -> Iterator[tuple[Trail, YamlNode]]:
    """A single value, or each of a list of them."""
    if isinstance(tree, YamlSequence):
        for number, one in enumerate(tree.items):
            yield (*trail, number), one
    else:
        yield trail, tree


def kinds(shapes: Iterable[object]) -> set[str]:
    found: set[str] = set()
    for shape in shapes:
        found |= set(getattr(shape, "types", ())) or {type(shape).__name__}
    return found


def drop_kind(label: str) -> str:
    """What is dropped, by where it stands."""
    parts = label.strip(".").split(".")
    last = label.rpartition(".")[2]
    if last in ("about", "because") or (parts[0] == "lost" and len(parts) > 2):
        return "drop a reason"
    if parts[0] == "params":
        return "drop a param" if len(parts) == 2 else "drop a key"
    if parts[0] == "cases" and len(parts) == 2:
        return "drop a case"
    if label.endswith("]"):
        return "drop an item"
    if ".values." in label:
        return "drop a value"
    if "fields" in parts[-3:-1] or parts[-2:-1] == ["fields"]:
        return "drop a rule"
    return "drop a key"


def misspelt(text: str) -> str:
    """The text with its last two letters exchanged, or one more letter."""
    if len(text) > 2 and text[-1] != text[-2] and text[-2:].isalpha():
        return text[:-2] + text[-1] + text[-2]
    return text + "x"


def changed_texts(text: str) -> Iterator[str]:
    """A template or key with its literal changed, added to, cut, and its members exchanged."""
    inside = text.partition("{")[2].rpartition("}")[0]
    between = inside.partition("}")[2].rpartition("{")[0]
    for old, new in ((between, between + "-"), (between, "|"), (between, between * 2)):
        if old:
            yield text.replace(old, new)
    yield "x" + text
    yield text + "x"
    names = [part.partition("}")[0] for part in text.split("{")[1:]]
    if len(names) == 2:
        one, two = names
        yield text.replace(one, "\0").replace(two, one).replace("\0", two)
