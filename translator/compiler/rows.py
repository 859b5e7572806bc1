"""Finding the row of a table that an event matches, as far as it is known beforehand.

Rows are decided when a pair is compiled, once for each variant of the source: by then the members
that rows look at are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from translator.compiler.lineage import Origins, RuleUse, combine_origins, extend_origins
from translator.compiler.source import ConstantPool, identifier
from translator.compiler.symbols import Absent, Node, Scope, SourcePath, Value, emit_local, once
from translator.errors import Diagnostic, Location, MappingError
from translator.language.nodes import Cell, Record, Table, TableRow, Unset, Variable
from translator.paths import Path, format_path
from translator.schema.types import Scalar, ScalarValue, json_equal, json_type

GetNode = Callable[[Path], Node]


class StaticRefusal(Exception):
    """A variant of the source has no translation, whatever the rest of the event."""

    def __init__(
        self, code: str, source_path: SourcePath, message: str, rule: Location | None = None
    ) -> None:
        super().__init__(code, source_path, message)
        self.code, self.source_path, self.message, self.rule = code, source_path, message, rule


@dataclass(frozen=True, slots=True)
class Match:
    """The row that matched: what it writes, and where in the event that was decided.

    `taken` are the values that a variable must not have, since other rows own them there.
    """

    row: TableRow
    cells: tuple[tuple[Path, tuple[ScalarValue, ...] | Value], ...]
    source_path: SourcePath
    emit_origins: Callable[[], str]
    origins: Origins
    description: str
    excluded: dict[Path, frozenset[ScalarValue]]


def constant_value(
    value: ScalarValue,
    path: Path,
    source_path: SourcePath,
    emit_origins: Callable[[], str] | None = None,
    origins: Origins = (),
) -> Value:
    """A value that is known beforehand; its code is marked with the member it is for."""
    schema_type = Scalar(frozenset({json_type(value)}) - {"null"}, value is None, (value,))
    return Value(
        lambda: mark_constant(value, path),
        schema_type,
        source_path,
        constant=value,
        emit_origins=emit_origins,
        origins=origins,
    )


def mark_constant(value: ScalarValue, path: Path) -> str:
    """The code of a constant that may differ between variants; the emitter resolves the mark."""
    return f"\x01{identifier(path[-1] if path else 'value')}\x02{value!r}\x03"


def cell_matches(node: Node, cell: Cell) -> bool:
    """Whether what stands at a cell's member is what the cell says; null says nothing is there."""
    if not isinstance(node, Value):
        return isinstance(cell, tuple) and None in cell
    if isinstance(cell, Variable):
        return not node.optional
    if not isinstance(node.constant, Unset):
        return any(json_equal(node.constant, value) for value in cell)
    if all(value in node.excluded or (value is None and not node.optional) for value in cell):
        return False
    raise Undecided(node.source_path)


class Undecided(Exception):
    """A row hangs on a member whose value is not known when the pair is compiled."""

    def __init__(self, source_path: SourcePath) -> None:
        super().__init__(source_path)
        self.source_path = source_path


def match_row(
    table: Table, get_node: GetNode, opt_ins: frozenset[str], *, target: str, to_left: bool
) -> Match:
    """The first row that matches: exact ones first, then approximations, then opt-ins allowed.

    Raises `Refused` where there is none.
    """
    try:
        for row in _candidate_rows(table, opt_ins, to_left=to_left):
            record = row.right if to_left else row.left
            if all(cell_matches(get_node(path), cell) for path, cell in record):
                return _build_match(table, row, get_node, to_left=to_left)
    except Undecided as undecided:
        field = undecided.source_path.display
        message = f"the rows {table.name!r} hang on {field}, whose values are not listed anywhere"
        hint = "give the member an enum in its spec, or let a rule under 'fields' translate it"
        raise MappingError([Diagnostic("undecided", table.location, message, hint)]) from None
    paths = [path for row in table.rows for path, _ in (row.right if to_left else row.left)]
    source_path, description = _describe_fields(dict.fromkeys(paths), get_node)
    reason = _mismatch_reason(table, get_node, opt_ins, to_left=to_left)
    message = f"{target} has no equivalent of {description}" + (f": {reason}" if reason else "")
    raise StaticRefusal("no-equivalent", source_path, message, table.location)


def _candidate_rows(table: Table, opt_ins: frozenset[str], *, to_left: bool) -> Iterator[TableRow]:
    yield from (row for row in table.rows if row.kind == "exact")
    for kind in ("approximate", "opt-in"):
        for row in table.rows:
            allowed = kind == "approximate" or row.name in opt_ins
            if row.kind == kind and row.to_left == to_left and allowed:
                yield row


def _build_match(table: Table, row: TableRow, get_node: GetNode, *, to_left: bool) -> Match:
    source, target = (row.right, row.left) if to_left else (row.left, row.right)
    bindings = {cell.name: get_node(path) for path, cell in source if isinstance(cell, Variable)}
    cells: list[tuple[Path, tuple[ScalarValue, ...] | Value]] = []
    for path, cell in target:
        if isinstance(cell, Variable):
            value = bindings[cell.name]
            assert isinstance(value, Value)
            rule_use = RuleUse("row", row.location, row.kind, row.because, row.name)
            cells.append((path, replace(value, origins=extend_origins(value.origins, rule_use))))
        else:
            cells.append((path, cell))
    source_path, description = _describe_fields({path: None for path, _ in source}, get_node)
    nodes = [get_node(path) for path, cell in source if _is_preserved(cell, row, source)]
    origin_emitters = [node.emit_origins for node in nodes if isinstance(node, Value)]

    def emit_origins() -> str:
        return (
            " + ".join(
                origin_emitter() for origin_emitter in origin_emitters if origin_emitter is not None
            )
            or "()"
        )

    excluded = {
        path: _excluded_values(table, row, path, to_left=to_left)
        for path, cell in target
        if isinstance(cell, Variable)
    }
    rule_use = RuleUse("row", row.location, row.kind, row.because, row.name)
    origins = combine_origins((node.origins for node in nodes if isinstance(node, Value)), rule_use)
    return Match(row, tuple(cells), source_path, emit_origins, origins, description, excluded)


def _is_preserved(cell: Cell, row: TableRow, record: Record) -> bool:
    """Whether what an exact row writes tells the value of a cell: of several, it tells none.

    What is less than exact is reported as such, and so counts as told.
    """
    is_ambiguous = isinstance(cell, tuple) and len(cell) > 1
    all_ambiguous = all(isinstance(other, tuple) and len(other) > 1 for _, other in record)
    return not isinstance(cell, Variable) and (
        not is_ambiguous or all_ambiguous or row.kind != "exact"
    )


def _excluded_values(
    table: Table, row: TableRow, path: Path, *, to_left: bool
) -> frozenset[ScalarValue]:
    """The values at `path` by which a reader would take this row for another one."""
    own_cells = dict(row.left if to_left else row.right)
    excluded: set[ScalarValue] = set()
    for other_row in table.rows:
        if other_row is row or other_row.kind != "exact":
            continue
        cells = dict(other_row.left if to_left else other_row.right)
        values = cells.pop(path, ())
        if isinstance(values, Variable):
            continue
        if all(_overlap(own_cells.get(other_path, ()), cell) for other_path, cell in cells.items()):
            excluded |= set(values)
    return frozenset(excluded)


def _overlap(cell: Cell, other: Cell) -> bool:
    if isinstance(cell, Variable) or isinstance(other, Variable):
        return True
    return bool(set(cell) & set(other))


def _describe_fields(paths: dict[Path, None], get_node: GetNode) -> tuple[SourcePath, str]:
    source_path: SourcePath | None = None
    parts: list[str] = []
    for path in paths:
        node = get_node(path)
        if isinstance(node, Absent):
            continue
        if isinstance(node, Value):
            source_path = source_path or node.source_path
            if not isinstance(node.constant, Unset):
                parts.append(f"{format_path(path)} {node.constant!r}")
    return source_path or SourcePath(), " with ".join(parts) or "this event"


def _mismatch_reason(
    table: Table, get_node: GetNode, opt_ins: frozenset[str], *, to_left: bool
) -> str:
    def matches(record: Record) -> bool:
        try:
            return all(cell_matches(get_node(path), cell) for path, cell in record)
        except Undecided:
            return False

    for row in table.rows:
        record = row.right if to_left else row.left
        is_disabled = row.kind == "opt-in" and row.to_left == to_left and row.name not in opt_ins
        if is_disabled and matches(record):
            return f"{row.because}; to translate it all the same, allow {row.name!r}"
    for refusal in table.refused_rows:
        if refusal.on_left != to_left and matches(refusal.record):
            return refusal.because
    return ""


def restrict_to(
    node: Value,
    values: tuple[ScalarValue, ...],
    description: str,
    target_path: Path,
    scope: Scope,
    pool: ConstantPool,
) -> Value:
    """A value that a matched row allows to be one of `values` only; refused where it is not."""
    message = (
        f"{description} goes with {format_path(target_path)} {' or '.join(map(str, values))} only"
    )
    if not isinstance(node.constant, Unset):
        if node.constant not in values:
            raise StaticRefusal("no-equivalent", node.source_path, message)
        return node

    def emit() -> str:
        name = emit_local(node, scope, target_path[-1])
        values_constant = pool.intern("row_values", repr(values))
        null_check = f"{name} is not None and " if node.optional else ""
        with scope.block.nest(f"if {null_check}{name} not in {values_constant}:") as block:
            block.add(f"raise Refuse('no-equivalent', {node.source_path.code()}, {message!r})")
        return name

    return replace(node, emit=once(emit))
