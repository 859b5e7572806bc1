"""What of a mapping applies to an event: its rows, its case, and the variant of the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from translator.compiler import rows, symbols
from translator.compiler.assignments import AssignmentEmitter, bind_variable
from translator.compiler.conditions import Truth, all_of, any_of, test_node
from translator.compiler.implied import ImpliedValues
from translator.compiler.lineage import Lineage
from translator.compiler.rows import RowMatcher, StaticRefusal, Undecided
from translator.compiler.symbols import ABSENT, Absent, Node, Scope, SourcePath, Value
from translator.compiler.value_chains import emit_note
from translator.errors import Diagnostic, MappingError
from translator.language import nodes
from translator.language.direction import Assignment, DirectedCase, DirectedMapping
from translator.language.nodes import Identity, Unset, Variable
from translator.paths import Path, format_path, starts_with
from translator.schema.types import Object, Union


@dataclass(frozen=True, slots=True)
class CaseChooser:
    """Matches the nodes of an event with the rows and the cases of a mapping in one direction."""

    assigner: AssignmentEmitter
    lineage: Lineage | None

    @property
    def _directed(self) -> DirectedMapping:
        return self.assigner.directed

    @property
    def _implied(self) -> ImpliedValues:
        return ImpliedValues(self.assigner, self.lineage)

    def apply_rows(self, root: Node, scope: Scope) -> None:
        """Match the tables of rows, and check the constants of the source."""
        assigner, directed = self.assigner, self._directed
        get_node = partial(symbols.resolve, env={(): root}, scope=scope)
        opt_ins = assigner.options.opt_ins
        for table in directed.tables:
            matcher = RowMatcher(table, get_node, opt_ins, directed.target)
            match = matcher.match()
            if assigner.options.report and match.row.kind != "exact":
                emit_note(scope.block, "approximated", match.emit_origins(), match.row.because)
            if self.lineage is not None:
                self.lineage.matched_rows.add(match.row.location)
                if match.row.kind == "exact":
                    self._implied.account(match.emit_origins(), match.origins, scope.block)
            for path, default in match.row.defaults:
                value = (
                    match.bindings.get(default.name) if isinstance(default, Variable) else default
                )
                if directed.to_left:
                    assigner.row_defaults[path] = (value, match.row)
                elif not isinstance(default, Variable):
                    assigner.read_defaults[path] = default
                    self._implied.account_default(path, default, get_node, scope)
            for path, cell in match.cells:
                if isinstance(cell, Value):
                    assigner.row_values[path] = bind_variable(
                        cell, path, match, scope, assigner.options
                    )
                elif cell is nodes.ABSENT:
                    assigner.row_values[path] = ABSENT
                elif isinstance(cell, nodes.AnyOf | nodes.CellWord):
                    assigner.row_demands[path] = (cell, match)
                elif isinstance(cell, tuple):
                    assigner.allowed_values[path] = (cell, match.description)
                    if len(cell) == 1:
                        assigner.row_values[path] = rows.constant_value(
                            cell[0], path, match.source_path, match.emit_origins, match.origins
                        )
        for constant in directed.constants(written=False):
            self._implied.check_constant(get_node(constant.path), constant, scope)
        for constant in directed.fixed_by_source():
            self._implied.account_fixed(get_node(constant.path), constant.value, scope)
        self._refuse_early(root, scope)

    def meets_when(self, case: DirectedCase, root: Node, scope: Scope) -> bool:
        """Whether the event that a case writes may satisfy its own `when`.

        Values that are known only at run time may satisfy it.
        """
        for path, cell in case.when.target:
            demanded = self.assigner.row_demands.get(path)
            if cell is nodes.ABSENT and demanded is not None and demanded[0] is nodes.PRESENT:
                return False
            if nodes.cell_values(cell) is None:
                continue
            try:
                node = self._known_value(case, path, root, scope)
            except StaticRefusal:
                return False
            with suppress(rows.Undecided):
                if node is not None and not rows.cell_matches(node, cell):
                    return False
        return True

    def is_read_before(self, case: DirectedCase, root: Node, scope: Scope) -> Truth:
        """Return whether an earlier case is certain to read the event that a case writes."""
        earlier = self._directed.cases[: self._directed.cases.index(case)]
        return any_of(
            all_of(
                self._is_certain(case, path, cell, root, scope) for path, cell in other.when.target
            )
            for other in earlier
            if other.both_ways and other.when.target
        )

    def _is_certain(
        self, case: DirectedCase, path: Path, cell: nodes.Cell, root: Node, scope: Scope
    ) -> Truth:
        """Return whether what a case writes to a field is known to match a cell."""
        if isinstance(cell, nodes.AnyOf):
            found = (self._is_certain(case, each, cell.cell, root, scope) for each in cell.paths)
            return all_of(found) if cell.cell is nodes.ABSENT else any_of(found)
        if cell is nodes.ABSENT:
            return self._never_writes(case, path)
        try:
            node: Node | None = self._known_value(case, path, root, scope)
            node = self.assigner.row_values.get(path) if node is None else node
            if isinstance(node, Value) and isinstance(cell, tuple):
                return test_node(node, cell, scope)
            return isinstance(node, Value) and rows.cell_matches(node, cell)
        except (StaticRefusal, Undecided):
            return False

    def _never_writes(self, case: DirectedCase, path: Path) -> bool:
        """Whether a case writes nothing to a field, nor inside it, for any event."""
        written = {target for assignment in case.assignments for target in assignment.targets}
        written |= {each.path for each in self._directed.constants(written=True)}
        written |= {
            other
            for other, node in self.assigner.row_values.items()
            if not isinstance(node, Absent)
        }
        written |= {*self.assigner.row_defaults}
        if (slot := self._directed.mapping.carry_slot) is not None:
            written.add(slot.slot)
        return not any(starts_with(each, path) or starts_with(path, each) for each in written)

    def _known_value(
        self, case: DirectedCase, path: Path, root: Node, scope: Scope
    ) -> Value | Absent | None:
        """Return what a case writes to a field; None if nothing of it is known at compile time.

        Raises `StaticRefusal` if the value is known to have no equivalent.
        """
        for constant in self._directed.constants(written=True):
            if constant.path == path and not isinstance(constant.value, list | dict):
                return rows.constant_value(constant.value, path, SourcePath())
        node = self.assigner.row_values.get(path)
        if isinstance(node, Value):
            return node if node.is_constant or node.excluded else None
        for assignment in case.assignments:
            if assignment.targets == (path,):
                return self._known_assignment(assignment, root, scope)
        return node if isinstance(node, Absent) else None

    def _known_assignment(
        self, assignment: Assignment, root: Node, scope: Scope
    ) -> Value | Absent | None:
        """Return what an assignment writes; None if that is not known at compile time."""
        get_node = partial(symbols.resolve, env={(): root}, scope=scope)
        sources = [source for source in assignment.sources if not source.param]
        nodes = [get_node(path) for source in sources for path in source.paths]
        if any(not isinstance(node, Absent) for node in nodes):
            is_copied = len(nodes) == 1 and isinstance(sources[0].codec, Identity)
            if is_copied and isinstance(nodes[0], Value) and nodes[0].excluded:
                return nodes[0]
            return self.assigner.static_value(assignment, root, scope)
        if sources != list(assignment.sources) or isinstance(assignment.default, Unset):
            return None
        return rows.constant_value(assignment.default, assignment.targets[0], SourcePath())

    def _refuse_early(self, root: Node, scope: Scope) -> None:
        """Refuse values without equivalent before missing fields are reported."""
        all_cases = self._directed.cases
        cases: Sequence[DirectedCase] = all_cases
        refusals: list[StaticRefusal] = []
        if self._directed.to_left:
            cases = [case for case in all_cases if self.meets_when(case, root, scope)]
        else:
            cases = [self.select_case(root, scope)]
        for case in cases:
            try:
                for assignment in case.assignments:
                    if assignment.sources and not assignment.sources[0].skips_unfit:
                        self.assigner.static_value(assignment, root, scope)
            except StaticRefusal as error:
                refusals.append(error)
        if refusals and len(refusals) == len(cases):
            raise refusals[0]

    def select_variant(
        self, case: DirectedCase, root: Node, scope: Scope, target_type: Object | Union
    ) -> Object:
        """Return the variant of the target that a case writes.

        Raises `StaticRefusal` if its discriminator has no equivalent.
        """
        if isinstance(target_type, Object):
            return target_type
        path = (target_type.discriminator,)
        node = self._known_value(case, path, root, scope)
        if not isinstance(node, Value) or node.constant not in target_type.variants:
            message = f"no rule determines {format_path(path)}, the discriminator of the target"
            hint = "write it by a rule, a row or a constant with a value known in advance"
            raise self._undecided(message, hint)
        return target_type.variants[node.constant]  # type: ignore[index]

    def _undecided(self, message: str, hint: str) -> MappingError:
        location = self._directed.mapping.cases[0].location
        return MappingError([Diagnostic("undecided", location, message, hint)])

    def select_case(self, root: Node, scope: Scope) -> DirectedCase:
        """Return the case whose conditions this variant of the source meets.

        Raises `StaticRefusal` if there is none.
        """
        get_node = partial(symbols.resolve, env={(): root}, scope=scope)
        try:
            for case in self._directed.cases:
                if self._meets(case.when.source, get_node):
                    if self.lineage is not None:
                        self.lineage.chosen_cases.add(case.name)
                    if self.assigner.options.report and len(self._directed.cases) > 1:
                        chosen = (self._directed.mapping.left, case.name)
                        emit_note(scope.block, "case", repr(chosen), "")
                    return case
        except Undecided as undecided:
            message = f"the cases depend on {undecided.source_path.display}, which has no enum"
            hint = "give the field an enum in its spec"
            raise self._undecided(message, hint) from None
        message = f"no case of {self._directed.mapping.file} covers this event"
        raise StaticRefusal("no-equivalent", SourcePath(), message)

    @classmethod
    def _meets(cls, record: nodes.Record, get_node: Callable[[Path], Node]) -> bool:
        for path, cell in record:
            if isinstance(cell, nodes.AnyOf):
                found = [cls._meets(((each, cell.cell),), get_node) for each in cell.paths]
                if not (all(found) if cell.cell is nodes.ABSENT else any(found)):
                    return False
            elif not rows.cell_matches(get_node(path), cell):
                return False
        return True
