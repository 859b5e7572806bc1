"""Finding the row of a table that an event matches, as far as it is known beforehand.

Rows are decided when a pair is compiled, once for each variant of the source: by then the members
that rows look at are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from translator.code import Pool, identifier
from translator.diagnostics import Diagnostic, Location
from translator.errors import MappingError
from translator.nodes import Cell, Nothing, Pair, Plain, Record, Table, Variable
from translator.origins import Origins, Use, through, together
from translator.paths import Path, show_path
from translator.shapes import Scalar, json_type, same
from translator.symbols import Absent, Node, Scope, Value, Where, local, once

Get = Callable[[Path], Node]


class Refused(Exception):
    """A variant of the source has no translation, whatever the rest of the event."""

    def __init__(self, code: str, where: Where, message: str, rule: Location | None = None) -> None:
        super().__init__(code, where, message)
        self.code, self.where, self.message, self.rule = code, where, message, rule


@dataclass(frozen=True, slots=True)
class Match:
    """The row that matched: what it writes, and where in the event that was decided.

    `taken` are the values that a variable must not have, since other rows own them there.
    """

    pair: Pair
    cells: tuple[tuple[Path, tuple[Plain, ...] | Value], ...]
    where: Where
    origins: Callable[[], str]
    came: Origins
    shown: str
    taken: dict[Path, frozenset[Plain]]


def constant(
    value: Plain,
    path: Path,
    where: Where,
    origins: Callable[[], str] | None = None,
    came: Origins = (),
) -> Value:
    """A value that is known beforehand; its code is marked with the member it is for."""
    shape = Scalar(frozenset({json_type(value)}) - {"null"}, value is None, (value,))
    return Value(
        lambda: mark(value, path), shape, where, constant=value, origins=origins, came=came
    )


def mark(value: Plain, path: Path) -> str:
    """The code of a constant that may differ between variants; the emitter resolves the mark."""
    return f"\x01{identifier(path[-1] if path else 'value')}\x02{value!r}\x03"


def cell_matches(node: Node, cell: Cell) -> bool:
    """Whether what stands at a cell's member is what the cell says; null says nothing is there."""
    if not isinstance(node, Value):
        return isinstance(cell, tuple) and None in cell
    if isinstance(cell, Variable):
        return not node.optional
    if not isinstance(node.constant, Nothing):
        return any(same(node.constant, one) for one in cell)
    if all(one in node.excluded or (one is None and not node.optional) for one in cell):
        return False
    raise Undecided(node.where)


class Undecided(Exception):
    """A row hangs on a member whose value is not known when the pair is compiled."""

    def __init__(self, where: Where) -> None:
        super().__init__(where)
        self.where = where


def match(table: Table, get: Get, allow: frozenset[str], *, target: str, to_left: bool) -> Match:
    """The first row that matches: exact ones first, then approximations, then opt-ins allowed.

    Raises `Refused` where there is none.
    """
    try:
        for pair in _usable(table, allow, to_left=to_left):
            source = pair.right if to_left else pair.left
            if all(cell_matches(get(path), cell) for path, cell in source):
                return _matched(table, pair, get, to_left=to_left)
    except Undecided as undecided:
        at = undecided.where.plain
        message = f"the rows {table.name!r} hang on {at}, whose values are not listed anywhere"
        hint = "give the member an enum in its spec, or let a rule under 'fields' translate it"
        raise MappingError([Diagnostic("undecided", table.location, message, hint)]) from None
    members = [path for pair in table.pairs for path, _ in (pair.right if to_left else pair.left)]
    where, shown = _shown(dict.fromkeys(members), get)
    why = _why(table, get, allow, to_left=to_left)
    message = f"{target} has no equivalent of {shown}" + (f": {why}" if why else "")
    raise Refused("no-equivalent", where, message, table.location)


def _usable(table: Table, allow: frozenset[str], *, to_left: bool) -> Iterator[Pair]:
    yield from (pair for pair in table.pairs if pair.kind == "exact")
    for kind in ("approximate", "opt-in"):
        for pair in table.pairs:
            allowed = kind == "approximate" or pair.name in allow
            if pair.kind == kind and pair.to_left == to_left and allowed:
                yield pair


def _matched(table: Table, pair: Pair, get: Get, *, to_left: bool) -> Match:
    source, target = (pair.right, pair.left) if to_left else (pair.left, pair.right)
    bound = {cell.name: get(path) for path, cell in source if isinstance(cell, Variable)}
    cells: list[tuple[Path, tuple[Plain, ...] | Value]] = []
    for path, cell in target:
        if isinstance(cell, Variable):
            value = bound[cell.name]
            assert isinstance(value, Value)
            use = Use("row", pair.location, pair.kind, pair.because, pair.name)
            cells.append((path, replace(value, came=through(value.came, use))))
        else:
            cells.append((path, cell))
    where, shown = _shown({path: None for path, _ in source}, get)
    nodes = [get(path) for path, cell in source if _is_told(cell, pair, source)]
    parts = [node.origins for node in nodes if isinstance(node, Value)]

    def origins() -> str:
        return " + ".join(part() for part in parts if part is not None) or "()"

    taken = {
        path: _taken(table, pair, path, to_left=to_left)
        for path, cell in target
        if isinstance(cell, Variable)
    }
    use = Use("row", pair.location, pair.kind, pair.because, pair.name)
    came = together((node.came for node in nodes if isinstance(node, Value)), use)
    return Match(pair, tuple(cells), where, origins, came, shown, taken)


def _is_told(cell: Cell, pair: Pair, record: Record) -> bool:
    """Whether what an exact row writes tells the value of a cell: of several, it tells none.

    What is less than exact is reported as such, and so counts as told.
    """
    several = isinstance(cell, tuple) and len(cell) > 1
    alone = all(isinstance(one, tuple) and len(one) > 1 for _, one in record)
    return not isinstance(cell, Variable) and (not several or alone or pair.kind != "exact")


def _taken(table: Table, pair: Pair, path: Path, *, to_left: bool) -> frozenset[Plain]:
    """The values at `path` by which a reader would take this row for another one."""
    own = dict(pair.left if to_left else pair.right)
    taken: set[Plain] = set()
    for other in table.pairs:
        if other is pair or other.kind != "exact":
            continue
        cells = dict(other.left if to_left else other.right)
        values = cells.pop(path, ())
        if isinstance(values, Variable):
            continue
        if all(_overlap(own.get(at, ()), cell) for at, cell in cells.items()):
            taken |= set(values)
    return frozenset(taken)


def _overlap(one: Cell, other: Cell) -> bool:
    if isinstance(one, Variable) or isinstance(other, Variable):
        return True
    return bool(set(one) & set(other))


def _shown(paths: dict[Path, None], get: Get) -> tuple[Where, str]:
    where: Where | None = None
    parts: list[str] = []
    for path in paths:
        node = get(path)
        if isinstance(node, Absent):
            continue
        if isinstance(node, Value):
            where = where or node.where
            if not isinstance(node.constant, Nothing):
                parts.append(f"{show_path(path)} {node.constant!r}")
    return where or Where(), " with ".join(parts) or "this event"


def _why(table: Table, get: Get, allow: frozenset[str], *, to_left: bool) -> str:
    def matches(record: Record) -> bool:
        try:
            return all(cell_matches(get(path), cell) for path, cell in record)
        except Undecided:
            return False

    for pair in table.pairs:
        record = pair.right if to_left else pair.left
        off = pair.kind == "opt-in" and pair.to_left == to_left and pair.name not in allow
        if off and matches(record):
            return f"{pair.because}; to translate it all the same, allow {pair.name!r}"
    for one in table.refusals:
        if one.of_left != to_left and matches(one.record):
            return one.because
    return ""


def held_to(
    node: Value, values: tuple[Plain, ...], shown: str, target: Path, scope: Scope, pool: Pool
) -> Value:
    """A value that a matched row allows to be one of `values` only; refused where it is not."""
    message = f"{shown} goes with {show_path(target)} {' or '.join(map(str, values))} only"
    if not isinstance(node.constant, Nothing):
        if node.constant not in values:
            raise Refused("no-equivalent", node.where, message)
        return node

    def make() -> str:
        name = local(node, scope, target[-1])
        names = pool.constant("row_values", repr(values))
        absent = f"{name} is not None and " if node.optional else ""
        with scope.block.nest(f"if {absent}{name} not in {names}:") as block:
            block.add(f"raise Refuse('no-equivalent', {node.where.code()}, {message!r})")
        return name

    return replace(node, make=once(make))
