"""Values of the source that the output implies without containing them.

These are constants, values that rows fix, and those that select the elements of a list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from translator.compiler import symbols
from translator.compiler.assignments import AssignmentEmitter
from translator.compiler.blocks import Block
from translator.compiler.conditions import equals, negate
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.lineage import Lineage, Origins
from translator.compiler.rows import StaticRefusal
from translator.compiler.symbols import Env, Node, Scope, Value
from translator.compiler.value_chains import emit_note
from translator.errors import Location
from translator.language import nodes
from translator.language.direction import DirectedMapping
from translator.language.nodes import Constant, Unset
from translator.language.selections import selections_in
from translator.paths import LIST_ITEM, NamedPick, Path, format_path, starts_with
from translator.schema.types import json_equal, parse_scalar


@dataclass(frozen=True, slots=True)
class ImpliedValues:
    """Checks constants of the source, and notes in the lineage what the output implies."""

    assigner: AssignmentEmitter
    lineage: Lineage | None

    @property
    def _directed(self) -> DirectedMapping:
        return self.assigner.directed

    def check_constant(self, node: Node, constant: Constant, scope: Scope) -> None:
        """Refuse an event in which a field has another value than its constant."""
        if not isinstance(node, Value):
            return
        expected, path, location = constant.value, constant.path, constant.location
        requirement = f"must be {expected!r}, the only value translated"
        if not isinstance(node.constant, Unset):
            if isinstance(expected, list | dict) or not json_equal(node.constant, expected):
                message = f"{format_path(path)} {requirement}"
                raise StaticRefusal("unmappable-value", node.source_path, message, location, True)
            self._account_constant(node, constant, scope.block)
            return
        name = symbols.emit_local(node, scope, path[-1])
        null_check = f"{name} is not None and " if node.optional else ""
        with scope.block.nest(f"if {null_check}not is_one_of({name}, [{expected!r}]):") as block:
            refusal = self._refusal("unmappable-value", path, node, location)
            refusal.emit(block, name, requirement)
        if self.lineage is not None and any(origin.paths for origin in node.origins):
            with scope.block.nest_if(f"{name} is not None" if node.optional else "") as block:
                self._account_constant(node, constant, block)

    def check_element_constants(self, prefix: Path, env: Env, scope: Scope) -> None:
        """Check the constants in the elements of a list, inside the loop over it."""
        for constant in self._directed.constants(written=False):
            path = constant.path
            if starts_with(path, prefix) and LIST_ITEM not in path[len(prefix) :]:
                self.check_constant(symbols.resolve(path, env, scope), constant, scope)

    def _refusal(self, code: str, path: Path, value: Value, location: Location) -> RefusalEmitter:
        rule = location if self.assigner.options.report else None
        return RefusalEmitter(code, value.source_path, format_path(path), rule=rule)

    def _account_constant(self, node: Value, constant: Constant, block: Block) -> None:
        """Note that the output implies a constant of the source, which may be absent as well."""
        if self.lineage is not None and any(origin.paths for origin in node.origins):
            self.account(node.origins_code, node.origins, block)
            if constant.only_to is not None:
                because = f"{constant.value!r} means the same as absent"
                emit_note(block, "normalised", node.origins_code, because)

    def account_default(
        self, path: Path, default: nodes.Json, get_node: Callable[[Path], Node], scope: Scope
    ) -> None:
        """Note that the output implies a value that is omitted as the default of its row."""
        assignments = (item for case in self._directed.cases for item in case.assignments)
        sources = (source for item in assignments for source in item.sources)
        node = get_node(path)
        is_omitted = any(each.omits_default and each.paths == (path,) for each in sources)
        if self.lineage is None or not is_omitted or not isinstance(node, Value):
            return
        test = equals(node, default, scope)
        if test is not False:
            with scope.block.nest_if(test if isinstance(test, str) else "") as block:
                self.account(node.origins_code, node.origins, block)

    def account_selection(self, elements: Path, env: Env, scope: Scope) -> None:
        """Note that the values that select elements of a list are implied by what is written."""
        selection = next((item for _, item in selections_in(elements[-2:])), None)
        key = (elements, scope.block)
        if self.lineage is None or selection is None or key in self.assigner.accounted:
            return
        self.assigner.accounted.add(key)
        for pick in (pick for pick in selection.picks if isinstance(pick, tuple)):
            node = symbols.child(symbols.resolve(elements, env, scope), pick[0], scope)
            if isinstance(node, Value):
                value = parse_scalar(node.type, pick[1])
                has_one_value = not isinstance(pick, NamedPick) or pick.values == (value,)
                self.account_fixed(node, nodes.UNSET if has_one_value else value, scope)

    def account_fixed(self, node: Node, value: nodes.Json | Unset, scope: Scope) -> None:
        """Note that a value of the source is implied, since it is always written as `value`.

        Without `value`, it cannot be another.
        """
        is_read = isinstance(node, Value) and any(origin.paths for origin in node.origins)
        if self.lineage is None or not isinstance(node, Value) or not is_read:
            return
        condition = f"{symbols.emit_local(node, scope, 'value')} is not None"
        with scope.block.nest_if(condition if node.optional else "") as block:
            self.account(node.origins_code, node.origins, block)
            inner = scope.inner(block)
            truth = False if isinstance(value, Unset) else negate(equals(node, value, inner))
            if truth is not False:
                with block.nest_if(truth if isinstance(truth, str) else "") as changed:
                    emit_note(changed, "normalised", node.origins_code, f"{value!r} stands for it")

    def account(self, origins_code: str, origins: Origins, block: Block) -> None:
        """Note that the output implies the values of these origins."""
        if self.lineage is not None and any(origin.paths for origin in origins):
            self.lineage.accounted |= dict.fromkeys(origins)
            block.add(f"notes.append((None, {origins_code}))")
