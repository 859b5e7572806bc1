"""One mapping applied in one direction: symbols of the source in, symbols of the target out.

Carried values on data: into the one free slot that a format has for them, and out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from translator.compiler import rows
from translator.compiler.assignments import AssignmentEmitter, emit_note
from translator.compiler.checks import is_passthrough
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.lineage import RuleUse, extend_origins
from translator.compiler.rows import StaticRefusal, constant_value
from translator.compiler.source import Block
from translator.compiler.symbols import (
    ABSENT,
    Absent,
    Env,
    FlattenedFields,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
    as_list_node,
    child,
    emit_local,
    insert_node,
    once,
    presence_condition,
    resolve,
    zip_list_nodes,
)
from translator.errors import Diagnostic, MappingError
from translator.language.direction import Assignment, DirectedCase, Source
from translator.language.nodes import Constant, Identity, Unset
from translator.paths import LIST_ITEM, MAP_ENTRY, Path, format_path, list_prefix
from translator.schema.types import (
    Object,
    SchemaType,
    Union,
    find_field,
    is_subtype,
    json_equal,
    type_at,
)


def apply_carries(tree: ObjectNode, env: Env, scope: Scope, assigner: AssignmentEmitter) -> None:
    """Add to a target what its mapping says of carried values, if it says anything."""
    if assigner.directed.carry_slot is None:
        return
    if assigner.directed.to_left:
        _write_slot(tree, env, scope, assigner)
    else:
        _read_slot(tree, env, scope, assigner)


def _read_slot(tree: ObjectNode, env: Env, scope: Scope, assigner: AssignmentEmitter) -> None:
    """Let the next mapping find in the slot what it once carried, and nobody else anything."""
    carry_slot = assigner.directed.carry_slot
    assert carry_slot is not None
    own_format = assigner.directed.mapping.left
    slot = resolve(carry_slot.slot, env, scope)

    def read_format(format_name: str) -> Node:
        def read_field(name: str) -> Node:
            node = child(
                slot, f"{carry_slot.prefix}{format_name}{carry_slot.separator}{name}", scope
            )
            if isinstance(node, Value):
                return replace(
                    node,
                    origins=extend_origins(node.origins, RuleUse("restored", carry_slot.location)),
                )
            return node

        return ABSENT if format_name == own_format else ObjectNode(lazy_child=read_field)

    parent = tree
    for segment in carry_slot.carried:
        child_node = parent.children.setdefault(segment, ObjectNode())
        if not isinstance(child_node, ObjectNode):
            return
        parent = child_node
    parent.lazy_child = read_format


def _write_slot(tree: ObjectNode, env: Env, scope: Scope, assigner: AssignmentEmitter) -> None:
    carry_slot = assigner.directed.carry_slot
    assert carry_slot is not None
    own_format = assigner.directed.mapping.left
    node = resolve(carry_slot.carried, env, scope)
    if isinstance(node, ObjectNode):
        for format_name, name, value in _carried_fields(node):
            if format_name == own_format:
                continue
            path = (
                *carry_slot.slot,
                f"{carry_slot.prefix}{format_name}{carry_slot.separator}{name}",
            )
            slot_type = type_at(assigner.target_type, carry_slot.slot)
            slot_field = find_field(slot_type, path[-1]) if slot_type is not None else None
            if slot_field is None:
                continue
            source = Source((), Identity(), carry_slot.location)
            assignment = Assignment((path,), (source,), carry_slot.location)
            if isinstance(value, Value) and not is_passthrough(
                source, value, slot_field.type, assigner
            ):
                value = assigner.chain_sources(
                    assignment, [(source, value)], slot_field.type, scope
                )
            if isinstance(value, Value):
                rule_use = RuleUse("carried", carry_slot.location)
                value = replace(value, origins=extend_origins(value.origins, rule_use))
            insert_node(tree, path, value)
    elif isinstance(node, Value):
        slot_type = type_at(assigner.target_type, carry_slot.slot)
        if not isinstance(slot_type, Object) or slot_type.additional is None:
            return
        proved = not assigner.guarded or all(
            is_subtype(value_type, slot_type.additional)
            for format_type in _field_types(node.type)
            for value_type in _field_types(format_type)
        )
        schema = None if proved else getattr(slot_type.additional, "schema", {})
        slot_name = carry_slot.slot[0]
        base = tree.children.get(slot_name, ABSENT)
        node = replace(
            node, origins=extend_origins(node.origins, RuleUse("carried", carry_slot.location))
        )
        flattened = FlattenedFields(
            node, own_format, carry_slot.prefix, carry_slot.separator, carry_slot.slot[1:], schema
        )
        if isinstance(base, MergedObject):
            tree.children[slot_name] = MergedObject(base.base, base.extras, flattened)
        else:
            tree.children[slot_name] = MergedObject(
                ABSENT if isinstance(base, ListNode) else base, ObjectNode(), flattened
            )


def _field_types(schema_type: SchemaType) -> Iterator[SchemaType]:
    """The shapes of what an object holds."""
    if isinstance(schema_type, Object):
        yield from (field.type for field in schema_type.fields.values())
        yield from () if schema_type.additional is None else (schema_type.additional,)


def _carried_fields(node: ObjectNode) -> Iterator[tuple[str, str, Node]]:
    for format_name, fields in node.children.items():
        if isinstance(fields, ObjectNode):
            for name, value in fields.children.items():
                yield format_name, name, value


@dataclass(frozen=True, slots=True)
class Lowering:
    """A mapping in one direction: what rows decide first, then the moves, list by list."""

    assigner: AssignmentEmitter

    def apply_rows(self, root: Node, scope: Scope, target_type: Object | Union) -> None:
        """Apply the tables of rows, and with what they say choose the target's variant."""
        to_left = self.assigner.directed.to_left
        for table in self.assigner.directed.tables:
            row_match = rows.match_row(
                table,
                lambda path: resolve(path, {(): root}, scope),
                self.assigner.context.opt_ins,
                target=self.assigner.directed.target,
                to_left=to_left,
            )
            if self.assigner.report and row_match.row.kind != "exact":
                emit_note(
                    scope.block, "approximated", row_match.emit_origins(), row_match.row.because
                )
            for path, cell in row_match.cells:
                if cell == (None,):
                    continue
                if isinstance(cell, tuple):
                    self.assigner.allowed_values[path] = (cell, row_match.description)
                    if len(cell) != 1:
                        continue
                    node: Node = constant_value(
                        cell[0],
                        path,
                        row_match.source_path,
                        row_match.emit_origins,
                        row_match.origins,
                    )
                else:
                    node = self._bind_variable(cell, path, row_match, scope)
                self.assigner.row_values[path] = node
        self.assigner.target_type = self._select_variant(root, scope, target_type)
        for constant_rule in self.assigner.directed.constants(written=False):
            self._check_constant(
                resolve(constant_rule.path, {(): root}, scope), constant_rule, scope
            )
        self._refuse_early(root, scope)

    def _refuse_early(self, root: Node, scope: Scope) -> None:
        """Refuse what is known to have no equivalent, before asking for what else it lacks."""
        cases = self.assigner.directed.cases
        if not self.assigner.directed.to_left:
            cases = (self.select_case(root, scope),)
        refusals: list[StaticRefusal] = []
        for case in cases:
            try:
                for assignment in case.assignments:
                    if assignment.sources and not assignment.sources[0].skip_unfit:
                        self.assigner.static_value(assignment, root, scope)
            except StaticRefusal as error:
                refusals.append(error)
        if refusals and len(refusals) == len(cases):
            raise refusals[0]

    def _check_constant(self, node: Node, constant_rule: Constant, scope: Scope) -> None:
        """Refuse an event whose constant member holds something else."""
        if not isinstance(node, Value):
            return
        if not isinstance(node.constant, Unset):
            if not json_equal(node.constant, constant_rule.value):
                field, value = format_path(constant_rule.path), constant_rule.value
                message = f"{field} must be {value!r}, the only value translated"
                raise StaticRefusal(
                    "unmappable-value", node.source_path, message, constant_rule.location
                )
            return
        name = emit_local(node, scope, constant_rule.path[-1])
        null_check = f"{name} is not None and " if node.optional else ""
        with scope.block.nest(
            f"if {null_check}not is_one_of({name}, [{constant_rule.value!r}]):"
        ) as block:
            rule = constant_rule.location if self.assigner.report else None
            refusal = RefusalEmitter(
                "unmappable-value", node.source_path, format_path(constant_rule.path), rule=rule
            )
            refusal.emit(block, name, f"must be {constant_rule.value!r}, the only value translated")

    def _check_element_constants(self, prefix: Path, env: Env, scope: Scope) -> None:
        """The same for constants of the elements of a list, inside the loop over it."""
        for constant_rule in self.assigner.directed.constants(written=False):
            if (
                constant_rule.path[: len(prefix)] == prefix
                and LIST_ITEM not in constant_rule.path[len(prefix) :]
            ):
                self._check_constant(resolve(constant_rule.path, env, scope), constant_rule, scope)

    def _bind_variable(
        self, value: Value, path: Path, row_match: rows.Match, scope: Scope
    ) -> Value:
        excluded = row_match.excluded.get(path, frozenset())
        if not excluded:
            return value

        def emit() -> str:
            name = emit_local(value, scope, path[-1])
            excluded_constant = self.assigner.context.pool.intern(
                "taken", repr(sorted(map(str, excluded)))
            )
            with scope.block.nest(f"if {name} in {excluded_constant}:") as block:
                rule = row_match.row.location if self.assigner.report else None
                refusal = RefusalEmitter(
                    "no-equivalent", value.source_path, format_path(path), rule=rule
                )
                refusal.emit(block, name, "is the name of another action there")
            return name

        return replace(value, emit=once(emit))

    def _select_variant(self, root: Node, scope: Scope, target_type: Object | Union) -> Object:
        if isinstance(target_type, Object):
            return target_type
        path = (target_type.discriminator,)
        node = self.assigner.row_values.get(path, ABSENT)
        for constant_rule in self.assigner.directed.constants(written=True):
            if constant_rule.path == path:
                node = constant_value(constant_rule.value, path, SourcePath())
        if isinstance(node, Absent):
            for case in self.assigner.directed.cases:
                for assignment in case.assignments:
                    if assignment.targets == (path,):
                        value = self.assigner.static_value(assignment, root, scope)
                        node = value if value is not None else node
        if not isinstance(node, Value) or node.constant not in target_type.variants:
            location = self.assigner.directed.mapping.cases[0].location
            message = (
                f"no rule decides {format_path(path)}, which tells the target's variants apart"
            )
            hint = "write it by a rule, a row or a constant whose value is known beforehand"
            raise MappingError([Diagnostic("undecided", location, message, hint)])
        return target_type.variants[node.constant]  # type: ignore[index]

    def select_case(self, root: Node, scope: Scope) -> DirectedCase:
        """The one case of the source's side that this variant of the source is."""
        try:
            for case in self.assigner.directed.cases:
                if all(
                    rows.cell_matches(resolve(path, {(): root}, scope), cell)
                    for path, cell in case.when
                ):
                    return case
        except rows.Undecided as undecided:
            field = undecided.source_path.display
            location = self.assigner.directed.mapping.cases[0].location
            message = f"the cases hang on {field}, whose values are not listed anywhere"
            hint = "give the member an enum in its spec"
            raise MappingError([Diagnostic("undecided", location, message, hint)]) from None
        raise StaticRefusal(
            "no-equivalent",
            SourcePath(),
            f"no case of {self.assigner.directed.mapping.file} covers this event",
        )

    def build(
        self, case: DirectedCase, env: Env, scope: Scope, fan_out_path: Path | None = None
    ) -> ObjectNode:
        """The target of a case, as a tree. `each` is the list that gets one element per event."""
        for prefix in env:
            if prefix:
                self._check_element_constants(prefix, env, scope)
        assignments = list(self._all_assignments(case.assignments))
        node = self._build_level(assignments, 0, env, scope, fan_out_path)
        tree = node if isinstance(node, ObjectNode) else ObjectNode()
        apply_carries(tree, env, scope, self.assigner)
        return tree

    def _all_assignments(self, assignments: tuple[Assignment, ...]) -> Iterator[Assignment]:
        target_paths = {path for assignment in assignments for path in assignment.targets}
        yield from assignments
        for path in self.assigner.row_values:
            if path not in target_paths:
                yield Assignment((path,), (), self.assigner.directed.mapping.tables[0].location)
        for constant_rule in self.assigner.directed.constants(written=True):
            yield Assignment(
                (constant_rule.path,), (), constant_rule.location, default=constant_rule.value
            )

    def _build_level(
        self,
        assignments: list[Assignment],
        start: int,
        env: Env,
        scope: Scope,
        fan_out_path: Path | None,
    ) -> Node:
        """What stands at one level of the target: `start` segments of each path are above it."""
        tree = ObjectNode()
        grouped: dict[Path, list[Assignment]] = {}
        for assignment in assignments:
            target = assignment.targets[0]
            prefix = list_prefix(target, start)
            if prefix is not None:
                grouped.setdefault(prefix, []).append(assignment)
                continue
            for path, node in self.assigner.assign(assignment, env, scope):
                if len(path) == start:
                    return node
                insert_node(tree, path[start:], node)
        for prefix, group in grouped.items():
            node = self._build_list(group, prefix, env, scope, fan_out_path)
            if len(prefix) == start + 1:
                return node
            insert_node(tree, prefix[start:-1], node)
        return tree

    def _build_list(
        self,
        assignments: list[Assignment],
        prefix: Path,
        env: Env,
        scope: Scope,
        fan_out_path: Path | None,
    ) -> Node:
        keyed = prefix[-1] == MAP_ENTRY
        if prefix == fan_out_path:
            element = self._build_level(assignments, len(prefix), env, scope, fan_out_path)
            return ListNode(_no_loop, presence_condition(element), element)
        list_nodes: dict[Path, Node] = {}
        for assignment in assignments:
            for source in assignment.sources:
                for path in source.paths:
                    parent = max((p for p in env if path[: len(p)] == p), key=len)
                    list_path = list_prefix(path, len(parent))
                    if list_path is not None and list_path not in list_nodes:
                        list_nodes[list_path] = resolve(list_path[:-1], env, scope)
        present_lists: dict[Path, Node] = {
            path: node for path, node in list_nodes.items() if not isinstance(node, Absent)
        }
        if not present_lists:
            return ABSENT
        if len(present_lists) > 1:
            return self._build_zipped_list(assignments, prefix, present_lists, env, scope)
        ((path, node),) = present_lists.items()
        list_node = as_list_node(node, scope)
        if list_node is None:
            return ABSENT
        if list_node.fixed_element is not None:
            inner_env = {**env, path: list_node.fixed_element}
            self._check_element_constants(path, inner_env, scope)
            fixed_element = self._build_level(
                assignments, len(prefix), inner_env, scope, fan_out_path
            )
            return ListNode(_no_loop, list_node.presence, fixed_element, keyed)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            with list_node.loop(block) as (body, element):
                inner = scope.inner(body)
                inner_env = {**env, path: element}
                self._check_element_constants(path, inner_env, inner)
                yield body, self._build_level(assignments, len(prefix), inner_env, inner, None)

        return ListNode(
            loop,
            list_node.presence,
            None,
            keyed,
            source_value=list_node.source_value,
            source_path=list_node.source_path,
            source_lists=list_node.source_lists,
        )

    def _build_zipped_list(
        self,
        assignments: list[Assignment],
        prefix: Path,
        lists: dict[Path, Node],
        env: Env,
        scope: Scope,
    ) -> Node:
        paths = list(lists)
        values = [node for node in lists.values() if isinstance(node, Value)]
        if len(values) != len(lists):
            message = (
                "these lists, which are read side by side, do not all stand in the event itself"
            )
            hint = "relate the two formats in a mapping of their own, ONE--OTHER.yaml"
            raise MappingError([Diagnostic("lined-up", assignments[0].location, message, hint)])

        def check_same_length(block: Block) -> str:
            arguments = ", ".join(
                f"({format_path(p[:-1])!r}, {n.emit()})" for p, n in zip(paths, values, strict=True)
            )
            source_path = values[-1].source_path.code()
            block.add(f'check_same_length("unmappable-value", {source_path}, {arguments})')
            return ""

        checks_always = self.assigner.guarded
        check_once = once(lambda: check_same_length(scope.block) if checks_always else "")
        list_node = zip_list_nodes(lists, scope, None if checks_always else check_same_length)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            check_once()
            with list_node.loop(block) as (body, element):
                assert isinstance(element, ObjectNode)
                items = dict(zip(paths, element.children.values(), strict=True))
                inner_env = {**env, **items}
                for path in paths:
                    self._check_element_constants(path, inner_env, scope.inner(body))
                yield (
                    body,
                    self._build_level(assignments, len(prefix), inner_env, scope.inner(body), None),
                )

        def presence() -> str:
            check_once()
            return list_node.presence() if list_node.presence is not None else "True"

        # The lists are of one length, and there is none without the first.
        return ListNode(
            loop,
            presence,
            None,
            prefix[-1] == MAP_ENTRY,
            source_value=values[0],
            source_lists=tuple(values),
        )


@contextmanager
def _no_loop(block: Block) -> Iterator[tuple[Block, Node]]:
    yield block, ABSENT
