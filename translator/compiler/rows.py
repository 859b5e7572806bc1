"""Find the table row that an event matches, at compile time.

Each variant of the source is compiled separately, so the fields that rows compare are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from translator.compiler.lineage import Origins, RuleUse, combine_origins, extend_origins
from translator.compiler.source import ConstantPool, identifier
from translator.compiler.symbols import Node, Scope, SourcePath, Value, emit_local, once
from translator.errors import Diagnostic, Location, MappingError
from translator.language.nodes import Cell, Record, Table, TableRow, Unset, Variable
from translator.paths import Path, format_path
from translator.schema.types import Scalar, ScalarValue, json_equal, json_type


@dataclass(eq=False)
class StaticRefusal(Exception):
    """A variant of the source has no translation, whatever the other fields of the event."""

    code: str
    source_path: SourcePath
    message: str
    rule: Location | None = None


@dataclass(eq=False)
class Undecided(Exception):
    """A row compares a field whose value is not known at compile time."""

    source_path: SourcePath


@dataclass(frozen=True, slots=True)
class Match:
    """A matched row: the cells it writes, and the fields of the event that decided it.

    `excluded` are values that a variable must not have, since another row uses them.
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
    """Return a value that is known at compile time, marked as a constant for `path`."""
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
    """Return the code of a constant that may differ between variants; marks are resolved later."""
    return f"\x01{identifier(path[-1] if path else 'value')}\x02{value!r}\x03"


def cell_matches(node: Node, cell: Cell) -> bool:
    """Whether a field matches a cell; a null cell matches an absent field.

    Raises `Undecided` if that is not known at compile time.
    """
    if not isinstance(node, Value):
        return isinstance(cell, tuple) and None in cell
    if isinstance(cell, Variable):
        return not node.optional
    if not isinstance(node.constant, Unset):
        return any(json_equal(node.constant, value) for value in cell)
    if all(value in node.excluded or (value is None and not node.optional) for value in cell):
        return False
    raise Undecided(node.source_path)


@dataclass(frozen=True, slots=True)
class RowMatcher:
    """Matches an event, whose fields `get_node` returns, against the rows of a table."""

    table: Table
    get_node: Callable[[Path], Node]
    opt_ins: frozenset[str]
    target: str
    to_left: bool

    def match(self) -> Match:
        """Return the first match: exact rows first, then approximations, then allowed opt-ins.

        Raises `StaticRefusal` if no row matches.
        """
        try:
            for row in self._candidate_rows():
                if self._matches(self._source_record(row)):
                    return self._build_match(row)
        except Undecided as undecided:
            field = undecided.source_path.display
            message = f"rows {self.table.name!r} compare {field}, which has no enum"
            hint = "give the field an enum in its spec, or translate it by a rule under 'fields'"
            diagnostic = Diagnostic("undecided", self.table.location, message, hint)
            raise MappingError([diagnostic]) from None
        paths = dict.fromkeys(
            path for row in self.table.rows for path, _ in self._source_record(row)
        )
        source_path, description = self._describe_fields(list(paths))
        reason = self._mismatch_reason()
        message = f"{self.target} has no equivalent of {description}"
        message += f": {reason}" if reason else ""
        raise StaticRefusal("no-equivalent", source_path, message, self.table.location)

    def _source_record(self, row: TableRow) -> Record:
        return row.right if self.to_left else row.left

    def _target_record(self, row: TableRow) -> Record:
        return row.left if self.to_left else row.right

    def _matches(self, record: Record) -> bool:
        return all(cell_matches(self.get_node(path), cell) for path, cell in record)

    def _candidate_rows(self) -> Iterator[TableRow]:
        yield from (row for row in self.table.rows if row.kind == "exact")
        for kind in ("approximate", "opt-in"):
            for row in self.table.rows:
                allowed = kind == "approximate" or row.name in self.opt_ins
                if row.kind == kind and row.to_left == self.to_left and allowed:
                    yield row

    def _build_match(self, row: TableRow) -> Match:
        source, target = self._source_record(row), self._target_record(row)
        bindings = {
            cell.name: self.get_node(path) for path, cell in source if isinstance(cell, Variable)
        }
        rule_use = RuleUse("row", row.location, row.kind, row.because, row.name)
        cells: list[tuple[Path, tuple[ScalarValue, ...] | Value]] = []
        excluded: dict[Path, frozenset[ScalarValue]] = {}
        for path, cell in target:
            if not isinstance(cell, Variable):
                cells.append((path, cell))
                continue
            value = bindings[cell.name]
            assert isinstance(value, Value)
            cells.append((path, replace(value, origins=extend_origins(value.origins, rule_use))))
            excluded[path] = self._excluded_values(row, path)
        source_path, description = self._describe_fields([path for path, _ in source])
        nodes = [self.get_node(path) for path, cell in source if _is_preserved(cell, row, source)]
        values = [node for node in nodes if isinstance(node, Value)]

        def emit_origins() -> str:
            emitters = [value.emit_origins for value in values if value.emit_origins is not None]
            return " + ".join(emit() for emit in emitters) or "()"

        origins = combine_origins((value.origins for value in values), rule_use)
        return Match(row, tuple(cells), source_path, emit_origins, origins, description, excluded)

    def _excluded_values(self, row: TableRow, path: Path) -> frozenset[ScalarValue]:
        """Return the values at `path` that would make the output match another row."""
        own_cells = dict(self._target_record(row))
        excluded: set[ScalarValue] = set()
        for other_row in self.table.rows:
            if other_row is row or other_row.kind != "exact":
                continue
            cells = dict(self._target_record(other_row))
            values = cells.pop(path, ())
            if not isinstance(values, Variable) and all(
                _overlap(own_cells.get(other_path, ()), cell) for other_path, cell in cells.items()
            ):
                excluded |= set(values)
        return frozenset(excluded)

    def _describe_fields(self, paths: list[Path]) -> tuple[SourcePath, str]:
        """Return the path of the first present field, and the known values of all of them."""
        nodes = [(path, self.get_node(path)) for path in paths]
        values = [(path, node) for path, node in nodes if isinstance(node, Value)]
        source_path = values[0][1].source_path if values else SourcePath()
        parts = [
            f"{format_path(path)} {value.constant!r}" for path, value in values if value.is_constant
        ]
        return source_path, " with ".join(parts) or "this event"

    def _mismatch_reason(self) -> str:
        """Return why the event has no equivalent: an opt-in that is off, or a refused row."""

        def matches(record: Record) -> bool:
            try:
                return self._matches(record)
            except Undecided:
                return False

        for row in self.table.rows:
            is_opt_in = row.kind == "opt-in" and row.to_left == self.to_left
            if is_opt_in and row.name not in self.opt_ins and matches(self._source_record(row)):
                return f"{row.because}; to translate it all the same, allow {row.name!r}"
        for refusal in self.table.refused_rows:
            if refusal.on_left != self.to_left and matches(refusal.record):
                return refusal.because
        return ""


def _is_preserved(cell: Cell, row: TableRow, record: Record) -> bool:
    """Whether the output of a row determines the value of a cell.

    A cell with several values is lost in an exact row. In other rows the loss is reported as an
    approximation, so the cell counts as preserved.
    """
    if isinstance(cell, Variable):
        return False
    all_ambiguous = all(isinstance(other, tuple) and len(other) > 1 for _, other in record)
    return len(cell) <= 1 or all_ambiguous or row.kind != "exact"


def _overlap(cell: Cell, other: Cell) -> bool:
    if isinstance(cell, Variable) or isinstance(other, Variable):
        return True
    return bool(set(cell) & set(other))


def restrict_to(
    node: Value,
    values: tuple[ScalarValue, ...],
    description: str,
    target_path: Path,
    scope: Scope,
    pool: ConstantPool,
) -> Value:
    """Return a value restricted to the `values` that its row allows; others are refused."""
    allowed = " or ".join(map(str, values))
    message = f"{description} allows only {format_path(target_path)} {allowed}"
    if not isinstance(node.constant, Unset):
        if node.constant not in values:
            raise StaticRefusal("no-equivalent", node.source_path, message)
        return node

    def emit() -> str:
        name = emit_local(node, scope, target_path[-1])
        values_constant = pool.intern("row_values", repr(values))
        null_check = f"{name} is not None and " if node.optional else ""
        line = f"raise Refuse('no-equivalent', {node.source_path.code()}, {message!r})"
        scope.block.add(line, condition=f"{null_check}{name} not in {values_constant}")
        return name

    return replace(node, emit=once(emit))
