"""Find the table row that an event matches, at compile time.

Each variant of the source is compiled separately, so the fields that rows compare are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from translator.compiler.blocks import identifier
from translator.compiler.json_text import needs_no_escape
from translator.compiler.lineage import Origins, RuleUse, combine_origins
from translator.compiler.symbols import (
    JoinedList,
    ListNode,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
    emit_local,
    join_origins,
    presence_condition,
)
from translator.errors import Diagnostic, Location, MappingError
from translator.language.direction import DirectedRow, DirectedTable
from translator.language.nodes import (
    ABSENT,
    OTHERS,
    PRESENT,
    AnyOf,
    Cell,
    CellWord,
    Record,
    Unset,
    Variable,
    cell_values,
)
from translator.memo import memoized, replace
from translator.paths import Path, format_path
from translator.schema.types import Scalar, ScalarValue, json_equal, json_type


@dataclass(eq=False)
class StaticRefusal(Exception):
    """A variant of the source has no translation, whatever the other fields of the event.

    `declared` says whether the mapping gives a reason, or a constant that the event does not have.
    """

    code: str
    source_path: SourcePath
    message: str
    rule: Location | None = None
    declared: bool = False


@dataclass(eq=False)
class Undecided(Exception):
    """A row compares a field whose value is not known at compile time."""

    source_path: SourcePath


@dataclass(frozen=True, slots=True)
class Match:
    """A matched row: the cells it writes, and the fields of the event that decided it.

    `excluded` are values that a variable must not have, since another row uses them; `taken` is the
    code of the refusal. `bindings` are the values of the variables.
    """

    row: DirectedRow
    cells: list[tuple[Path, Cell | Value]]
    source_path: SourcePath
    emit_origins: Callable[[], str]
    origins: Origins
    description: str
    excluded: dict[Path, frozenset[ScalarValue]]
    taken: str
    bindings: dict[str, Value]


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
        partial(mark_constant, value, path),
        schema_type,
        source_path,
        constant=value,
        emit_origins=emit_origins,
        origins=origins,
        unescaped=isinstance(value, str) and needs_no_escape(value),
    )


def mark_constant(value: ScalarValue, path: Path) -> str:
    """Return the code of a constant that may differ between variants; marks are resolved later."""
    return f"\x01{identifier(path[-1] if path else 'value')}\x02{value!r}\x03"


def cell_matches(node: Node, cell: Cell) -> bool:
    """Whether a field matches a cell.

    Raises `Undecided` if that is not known at compile time.
    """
    if cell is ABSENT and isinstance(node, ListNode | JoinedList | ObjectNode):
        return not _is_present(node)
    values = cell_values(cell)
    if values is None and isinstance(node, ListNode | JoinedList | ObjectNode):
        return _is_present(node)
    if not isinstance(node, Value):
        return values is not None and None in values
    if values is None:
        return not node.optional
    if not isinstance(node.constant, Unset):
        return any(json_equal(node.constant, value) for value in values)
    if all(value in node.excluded or (value is None and not node.optional) for value in values):
        return False
    raise Undecided(node.source_path)


def _is_present(node: ListNode | JoinedList | ObjectNode) -> bool:
    """Whether a list or an object exists. Raises `Undecided` if only the event can tell."""
    condition = presence_condition(node)
    if condition is None:
        return True
    if (code := condition()) in ("", "True", "False"):
        return code != "False"
    lists = node.parts if isinstance(node, JoinedList) else (node,)
    paths = [_deciding_path(each) for each in lists if isinstance(each, ListNode)]
    raise Undecided(next((path for path in paths if path.path), SourcePath()))


def _deciding_path(node: ListNode) -> SourcePath:
    """Return the place of the event that decides whether a list exists."""
    fixed = node.fixed_element
    return fixed.source_path if isinstance(fixed, Value) else node.source_path


def enabled_rows(table: DirectedTable, opt_ins: frozenset[str]) -> list[DirectedRow]:
    """Return the rows that apply: exact ones first, then approximations, then enabled opt-ins."""
    return [row for row in table.rows if row.kind != "opt-in" or row.name in opt_ins]


def mismatch_reasons(table: DirectedTable, opt_ins: frozenset[str]) -> Iterator[tuple[Record, str]]:
    """Yield why records have no equivalent: an opt-in that is off, or a refused row."""
    for row in table.rows:
        if row.kind == "opt-in" and row.name not in opt_ins:
            yield row.source, f"{row.because}; to translate it anyway, allow {row.name!r}"
    for refused_row in table.refused_rows:
        if not refused_row.skip:
            yield refused_row.record, refused_row.because


@dataclass(frozen=True)
class RowMatcher:
    """Matches an event, whose fields `get_node` returns, against the rows of a table."""

    table: DirectedTable
    get_node: Callable[[Path], Node]
    opt_ins: frozenset[str]
    target: str

    def match(self) -> Match:
        """Return the match of the first row that applies.

        Raises `StaticRefusal` if no row matches.
        """
        try:
            for row in self._candidates():
                is_enabled = row.kind != "opt-in" or row.name in self.opt_ins
                if is_enabled and self._matches(row.source, row):
                    return self._build_match(row)
        except Undecided as undecided:
            field = undecided.source_path.display
            message = f"rows {self.table.name!r} compare {field}, which has no enum"
            hint = "give the field an enum in its spec, or translate it by a rule under 'fields'"
            diagnostic = Diagnostic("undecided", self.table.location, message, hint)
            raise MappingError([diagnostic]) from None
        paths = dict.fromkeys(path for row in self.table.rows for path, _ in row.source)
        source_path, description = self._describe_fields(paths)
        reason = self._mismatch_reason()
        message = f"{self.target} has no equivalent of {description}{reason}"
        location = self.table.location
        raise StaticRefusal("no-equivalent", source_path, message, location, bool(reason))

    def _candidates(self) -> Iterable[DirectedRow]:
        """Return the rows that may match: if possible, those with the value of one field."""
        node = self.get_node(self.table.anchor)
        if isinstance(node, Value) and not isinstance(node.constant, Unset):
            return self.table.rows_with(node.constant)
        return self.table.rows

    def _matches(self, record: Record, row: DirectedRow | None = None) -> bool:
        return all(self._cell_matches(path, cell, row) for path, cell in record)

    def _cell_matches(self, path: Path, cell: Cell, row: DirectedRow | None) -> bool:
        match cell:
            case AnyOf(paths=paths, cell=inner):
                matches = [self._cell_matches(each, inner, row) for each in paths]
                return all(matches) if inner is ABSENT else any(matches)
            case CellWord.OTHERS if not path:
                return True
            case CellWord.OTHERS:
                node = self.get_node(path)
                named = self.named_values(path, row)
                return cell_matches(node, PRESENT) and not (
                    named and cell_matches(node, tuple(sorted(named, key=repr)))
                )
            case Variable() if row is not None and row.kind == "exact":
                node = self.get_node(path)
                return cell_matches(node, cell) and not self._is_approximate(path, node)
        return cell_matches(self.get_node(path), cell)

    def named_values(self, path: Path, row: DirectedRow | None) -> frozenset[ScalarValue]:
        """Return the values that other rows name in a field of the source."""
        records = [other.source for other in self.table.rows if other is not row]
        records += [refused.record for refused in self.table.refused_rows]
        cells = [cell_values(dict(record).get(path, ())) for record in records]
        return frozenset(value for values in cells for value in values or () if value is not None)

    def _is_approximate(self, path: Path, node: Node) -> bool:
        """Whether an approximate row names the value of a variable, so that it takes the event."""
        for other in self.table.rows:
            values = cell_values(dict(other.source).get(path, ()))
            is_named = other.kind == "approximate" and values and cell_matches(node, values)
            if is_named and self._matches(other.source):
                return True
        return False

    def _build_match(self, row: DirectedRow) -> Match:
        variables = [(path, cell) for path, cell in row.source if isinstance(cell, Variable)]
        bindings = {variable.name: self.get_node(path) for path, variable in variables}
        rule_use = RuleUse("row", row.location, row.kind, row.because, row.name)
        cells: list[tuple[Path, Cell | Value]] = []
        excluded: dict[Path, frozenset[ScalarValue]] = {}
        for path, cell in row.target:
            if not isinstance(cell, Variable):
                cells.append((path, cell))
                if cell is OTHERS:
                    excluded[path] = self._excluded_values(row, path)
                continue
            value = bindings[cell.name]
            assert isinstance(value, Value)
            cells.append((path, value.with_uses(rule_use)))
            excluded[path] = self._excluded_values(row, path)
        source_path, description = self._describe_fields(path for path, _ in row.source)
        nodes = [self.get_node(path) for path, cell in row.source if _is_preserved(cell, row)]
        values = [node for node in nodes if isinstance(node, Value)]
        emit_origins = partial(join_origins, values)
        fixing = replace(rule_use, fixes=True)
        origins = combine_origins((value.origins for value in values), fixing)
        effects = (emit_origins, origins, description, excluded, self.table.taken)
        bound = {name: node for name, node in bindings.items() if isinstance(node, Value)}
        return Match(row, cells, source_path, *effects, bound)

    def _excluded_values(self, row: DirectedRow, path: Path) -> frozenset[ScalarValue]:
        """Return the values at `path` that would make the output match another row."""
        own_cells = dict(row.target)
        excluded: set[ScalarValue] = set()
        others = [
            each.target for each in self.table.rows if each is not row and each.kind == "exact"
        ]
        for record in (*others, *self.table.read_back):
            cells = dict(record)
            values = cell_values(cells.pop(path, ()))
            if values is not None and all(
                _overlap(own_cells.get(other, ()), cell) for other, cell in cells.items()
            ):
                excluded |= set(values)
        return frozenset(excluded)

    def _describe_fields(self, paths: Iterable[Path]) -> tuple[SourcePath, str]:
        """Return the path of the first present field, and the known values of all of them."""
        nodes = {path: self.get_node(path) for path in paths}
        values = {path: node for path, node in nodes.items() if isinstance(node, Value)}
        source_path = next((value.source_path for value in values.values()), SourcePath())
        known = [(path, value.constant) for path, value in values.items() if value.is_constant]
        parts = [f"{format_path(path)} {constant!r}" for path, constant in known]
        return source_path, " with ".join(parts) or "this event"

    def _mismatch_reason(self) -> str:
        for record, reason in mismatch_reasons(self.table, self.opt_ins):
            with suppress(Undecided):
                if self._matches(record):
                    return f": {reason}"
        return ""


def _is_preserved(cell: Cell, row: DirectedRow) -> bool:
    """Whether the output of a row determines the value of a cell.

    A cell with several values is lost in an exact row. In other rows the loss is reported as an
    approximation, so the cell counts as preserved.
    """
    values = cell_values(cell)
    if values is None:
        return isinstance(cell, Variable) and row.kind != "exact"
    all_ambiguous = all(isinstance(other, tuple) and len(other) > 1 for _, other in row.source)
    return len(values) <= 1 or all_ambiguous or row.kind != "exact"


def _overlap(cell: Cell, other: Cell) -> bool:
    values, other_values = cell_values(cell), cell_values(other)
    return values is None or other_values is None or bool({*values} & {*other_values})


def restrict_to(
    node: Value,
    values: tuple[ScalarValue, ...],
    description: str,
    target_path: Path,
    scope: Scope,
    literal: Value | None = None,
) -> Value:
    """Return a value restricted to the `values` that its row allows; others are refused.

    If the value is absent, it is the `literal` of the row, if there is one.
    """
    allowed = " or ".join(map(str, values))
    message = f"{description} allows only {format_path(target_path)} {allowed}"
    if not isinstance(node.constant, Unset):
        if node.constant not in values:
            raise StaticRefusal("no-equivalent", node.source_path, message)
        return node

    @memoized
    def emit_node() -> str:
        return emit_local(node, scope, target_path[-1])

    @memoized
    def emit() -> str:
        name = emit_node()
        values_constant = scope.pool.intern("row_values", repr(values))
        null_check = f"{name} is not None and " if node.optional else ""
        line = f"raise Refuse('no-equivalent', {node.source_path.code()}, {message!r})"
        scope.block.add(line, condition=f"{null_check}{name} not in {values_constant}")
        if literal is None or not node.optional:
            return name
        out = scope.names.fresh(target_path[-1])
        scope.block.add(f"{out} = {literal.emit()} if {name} is None else {name}")
        return out

    def emit_origins() -> str:
        emit()
        assert literal is not None
        return f"({literal.origins_code} if {emit_node()} is None else {node.origins_code})"

    result = replace(node, emit=emit)
    if literal is None:
        return result
    if node.optional:
        if node.emit_origins is not None or literal.emit_origins is not None:
            result = replace(result, emit_origins=emit_origins)
        origins = tuple(dict.fromkeys((*node.origins, *literal.origins)))
        result = replace(result, origins=origins)
    unescaped = node.unescaped and literal.unescaped
    return replace(result, optional=False, unescaped=unescaped, event_field=None)
