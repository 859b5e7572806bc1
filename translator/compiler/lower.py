"""Apply one mapping in one direction: turn nodes of the source into nodes of the target.

Rows of tables are matched first, then assignments are built list by list, then carried values.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from translator.compiler.assignments import AssignmentEmitter, emit_note
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.lineage import RuleUse, extend_origins
from translator.compiler.rows import (
    Match,
    RowMatcher,
    StaticRefusal,
    Undecided,
    cell_matches,
    constant_value,
)
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
from translator.language.direction import Assignment, DirectedCase, DirectedMapping
from translator.language.nodes import CarrySlot, Constant, Unset
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


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a part of the target is built: the nodes in reach, and where code is emitted.

    `fan_out_path` is the target list in which the source event becomes one element, if any.
    """

    env: Env
    scope: Scope
    fan_out_path: Path | None = None

    def inside(self, elements: Env, scope: Scope) -> _Position:
        """Return the position in a loop, where `elements` are in reach too."""
        return _Position({**self.env, **elements}, scope)


@dataclass(frozen=True, slots=True)
class Lowering:
    """Applies a mapping in one direction to the nodes of an event."""

    assigner: AssignmentEmitter

    @property
    def _directed(self) -> DirectedMapping:
        return self.assigner.directed

    def apply_rows(self, root: Node, scope: Scope, target_type: Object | Union) -> None:
        """Match the tables of rows, and select the variant of the target."""
        assigner, directed = self.assigner, self._directed

        def get_node(path: Path) -> Node:
            return resolve(path, {(): root}, scope)

        opt_ins = assigner.context.opt_ins
        for table in directed.tables:
            matcher = RowMatcher(table, get_node, opt_ins, directed.target, directed.to_left)
            match = matcher.match()
            if assigner.report and match.row.kind != "exact":
                emit_note(scope.block, "approximated", match.emit_origins(), match.row.because)
            for path, cell in match.cells:
                if isinstance(cell, Value):
                    assigner.row_values[path] = self._bind_variable(cell, path, match, scope)
                elif cell != (None,):
                    assigner.allowed_values[path] = (cell, match.description)
                    if len(cell) == 1:
                        assigner.row_values[path] = constant_value(
                            cell[0], path, match.source_path, match.emit_origins, match.origins
                        )
        assigner.target_type = self._select_variant(root, scope, target_type)
        for constant_rule in directed.constants(written=False):
            self._check_constant(get_node(constant_rule.path), constant_rule, scope)
        self._refuse_early(root, scope)

    def _refuse_early(self, root: Node, scope: Scope) -> None:
        """Refuse values without equivalent before missing fields are reported."""
        cases = self._directed.cases
        if not self._directed.to_left:
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
        """Refuse an event whose constant field has another value."""
        if not isinstance(node, Value):
            return
        field = format_path(constant_rule.path)
        requirement = f"must be {constant_rule.value!r}, the only value translated"
        if not isinstance(node.constant, Unset):
            if not json_equal(node.constant, constant_rule.value):
                message, location = f"{field} {requirement}", constant_rule.location
                raise StaticRefusal("unmappable-value", node.source_path, message, location)
            return
        name = emit_local(node, scope, constant_rule.path[-1])
        null_check = f"{name} is not None and " if node.optional else ""
        test = f"not is_one_of({name}, [{constant_rule.value!r}])"
        with scope.block.nest(f"if {null_check}{test}:") as block:
            rule = constant_rule.location if self.assigner.report else None
            refusal = RefusalEmitter("unmappable-value", node.source_path, field, rule=rule)
            refusal.emit(block, name, requirement)

    def _check_element_constants(self, prefix: Path, env: Env, scope: Scope) -> None:
        """Check the constants in the elements of a list, inside the loop over it."""
        for constant_rule in self._directed.constants(written=False):
            path = constant_rule.path
            if path[: len(prefix)] == prefix and LIST_ITEM not in path[len(prefix) :]:
                self._check_constant(resolve(path, env, scope), constant_rule, scope)

    def _bind_variable(self, value: Value, path: Path, match: Match, scope: Scope) -> Value:
        """Return the value of a row's variable, refused if it would read as another row."""
        excluded = match.excluded.get(path)
        if not excluded:
            return value

        def emit() -> str:
            name = emit_local(value, scope, path[-1])
            pool = self.assigner.context.pool
            excluded_constant = pool.intern("taken", repr(sorted(map(str, excluded))))
            rule = match.row.location if self.assigner.report else None
            field = format_path(path)
            refusal = RefusalEmitter("no-equivalent", value.source_path, field, rule=rule)
            with scope.block.nest(f"if {name} in {excluded_constant}:") as block:
                refusal.emit(block, name, "already has another meaning in the target")
            return name

        return replace(value, emit=once(emit))

    def _select_variant(self, root: Node, scope: Scope, target_type: Object | Union) -> Object:
        if isinstance(target_type, Object):
            return target_type
        path = (target_type.discriminator,)
        node = self.assigner.row_values.get(path, ABSENT)
        for constant_rule in self._directed.constants(written=True):
            if constant_rule.path == path:
                node = constant_value(constant_rule.value, path, SourcePath())
        if isinstance(node, Absent):
            for case in self._directed.cases:
                for assignment in case.assignments:
                    if assignment.targets == (path,):
                        node = self.assigner.static_value(assignment, root, scope) or node
        if not isinstance(node, Value) or node.constant not in target_type.variants:
            message = f"no rule determines {format_path(path)}, the discriminator of the target"
            hint = "write it by a rule, a row or a constant with a value known in advance"
            raise MappingError([self._undecided(message, hint)])
        return target_type.variants[node.constant]  # type: ignore[index]

    def _undecided(self, message: str, hint: str) -> Diagnostic:
        location = self._directed.mapping.cases[0].location
        return Diagnostic("undecided", location, message, hint)

    def select_case(self, root: Node, scope: Scope) -> DirectedCase:
        """Return the case whose conditions this variant of the source meets.

        Raises `StaticRefusal` if there is none.
        """
        try:
            for case in self._directed.cases:
                if all(
                    cell_matches(resolve(path, {(): root}, scope), cell) for path, cell in case.when
                ):
                    return case
        except Undecided as undecided:
            message = f"the cases depend on {undecided.source_path.display}, which has no enum"
            hint = "give the field an enum in its spec"
            raise MappingError([self._undecided(message, hint)]) from None
        message = f"no case of {self._directed.mapping.file} covers this event"
        raise StaticRefusal("no-equivalent", SourcePath(), message)

    def build(
        self, case: DirectedCase, env: Env, scope: Scope, fan_out_path: Path | None = None
    ) -> ObjectNode:
        """Return the target of a case as a tree.

        `fan_out_path` is the target list in which the source event becomes one element, if any.
        """
        for prefix in env:
            if prefix:
                self._check_element_constants(prefix, env, scope)
        assignments = list(self._all_assignments(case.assignments))
        node = self._build_level(assignments, 0, _Position(env, scope, fan_out_path))
        tree = node if isinstance(node, ObjectNode) else ObjectNode()
        carry_slot = self._directed.carry_slot
        if carry_slot is not None and self._directed.to_left:
            _write_slot(tree, carry_slot, env, scope, self.assigner)
        elif carry_slot is not None:
            _read_slot(
                tree, carry_slot, resolve(carry_slot.slot, env, scope), scope, self._directed
            )
        return tree

    def _all_assignments(self, assignments: tuple[Assignment, ...]) -> Iterator[Assignment]:
        """Yield the assignments of a case, of matched rows, and of constants."""
        target_paths = {path for assignment in assignments for path in assignment.targets}
        yield from assignments
        for path in self.assigner.row_values:
            if path not in target_paths:
                yield Assignment((path,), (), self._directed.mapping.tables[0].location)
        for constant in self._directed.constants(written=True):
            yield Assignment((constant.path,), (), constant.location, default=constant.value)

    def _build_level(self, assignments: list[Assignment], start: int, position: _Position) -> Node:
        """Return the node at one level of the target, after the first `start` path segments."""
        tree = ObjectNode()
        grouped: dict[Path, list[Assignment]] = {}
        for assignment in assignments:
            prefix = list_prefix(assignment.targets[0], start)
            if prefix is not None:
                grouped.setdefault(prefix, []).append(assignment)
                continue
            for path, node in self.assigner.assign(assignment, position.env, position.scope):
                if len(path) == start:
                    return node
                insert_node(tree, path[start:], node)
        for prefix, group in grouped.items():
            node = self._build_list(group, prefix, position)
            if len(prefix) == start + 1:
                return node
            insert_node(tree, prefix[start:-1], node)
        return tree

    def _build_list(self, assignments: list[Assignment], prefix: Path, position: _Position) -> Node:
        """Return the list (or object with free keys) at `prefix`, from the lists it reads."""
        if prefix == position.fan_out_path:
            element = self._build_level(assignments, len(prefix), position)
            return ListNode(_no_loop, presence_condition(element), element)
        scope = position.scope
        lists = self._source_lists(assignments, position)
        if not lists:
            return ABSENT
        if len(lists) > 1:
            return self._build_zipped_list(assignments, prefix, lists, position)
        ((path, node),) = lists.items()
        list_node = as_list_node(node, scope)
        if list_node is None:
            return ABSENT
        keyed = prefix[-1] == MAP_ENTRY
        if list_node.fixed_element is not None:
            inner = replace(position, env={**position.env, path: list_node.fixed_element})
            self._check_element_constants(path, inner.env, scope)
            fixed_element = self._build_level(assignments, len(prefix), inner)
            return ListNode(_no_loop, list_node.presence, fixed_element, keyed)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            with list_node.loop(block) as (body, element):
                inner = position.inside({path: element}, scope.inner(body))
                self._check_element_constants(path, inner.env, inner.scope)
                yield body, self._build_level(assignments, len(prefix), inner)

        return replace(list_node, loop=loop, keyed=keyed)

    def _source_lists(self, assignments: list[Assignment], position: _Position) -> dict[Path, Node]:
        """Return the lists that assignments read and no loop has opened yet, if not absent."""
        lists: dict[Path, Node] = {}
        for assignment in assignments:
            for path in (path for source in assignment.sources for path in source.paths):
                parent = max((p for p in position.env if path[: len(p)] == p), key=len)
                list_path = list_prefix(path, len(parent))
                if list_path is not None and list_path not in lists:
                    lists[list_path] = resolve(list_path[:-1], position.env, position.scope)
        return {path: node for path, node in lists.items() if not isinstance(node, Absent)}

    def _build_zipped_list(
        self,
        assignments: list[Assignment],
        prefix: Path,
        lists: dict[Path, Node],
        position: _Position,
    ) -> Node:
        """Return a list whose elements combine those of several parallel lists."""
        scope = position.scope
        paths = list(lists)
        values = [node for node in lists.values() if isinstance(node, Value)]
        if len(values) != len(lists):
            message = "these parallel lists are not all lists of the source event itself"
            hint = "add a direct mapping between the two formats, ONE--OTHER.yaml"
            raise MappingError([Diagnostic("lined-up", assignments[0].location, message, hint)])

        def check_same_length(block: Block) -> str:
            arguments = ", ".join(
                f"({format_path(path[:-1])!r}, {value.emit()})"
                for path, value in zip(paths, values, strict=True)
            )
            source_path = values[-1].source_path.code()
            block.add(f'check_same_length("unmappable-value", {source_path}, {arguments})')
            return ""

        checks_always = self.assigner.context.guarded
        check_once = once(lambda: check_same_length(scope.block) if checks_always else "")
        list_node = zip_list_nodes(lists, scope, None if checks_always else check_same_length)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            check_once()
            with list_node.loop(block) as (body, element):
                assert isinstance(element, ObjectNode)
                elements = dict(zip(paths, element.children.values(), strict=True))
                inner = position.inside(elements, scope.inner(body))
                for path in paths:
                    self._check_element_constants(path, inner.env, inner.scope)
                yield body, self._build_level(assignments, len(prefix), inner)

        def presence() -> str:
            check_once()
            return list_node.presence_code or "True"

        # The lists are of one length, and there is none without the first.
        return replace(
            list_node,
            loop=loop,
            presence=presence,
            keyed=prefix[-1] == MAP_ENTRY,
            source_value=values[0],
        )


@contextmanager
def _no_loop(block: Block) -> Iterator[tuple[Block, Node]]:
    yield block, ABSENT


# --- carried values ------------------------------------------------------------------------------


def _read_slot(
    tree: ObjectNode, carry_slot: CarrySlot, slot: Node, scope: Scope, directed: DirectedMapping
) -> None:
    """Make the values in the slot available to the next mapping, under `carried`."""

    def read_format(format_name: str) -> Node:
        def read_field(name: str) -> Node:
            node = child(slot, _slot_key(carry_slot, format_name, name), scope)
            return _with_rule(node, "restored", carry_slot) if isinstance(node, Value) else node

        own_format = directed.mapping.left
        return ABSENT if format_name == own_format else ObjectNode(lazy_child=read_field)

    parent = tree
    for segment in carry_slot.carried:
        child_node = parent.children.setdefault(segment, ObjectNode())
        if not isinstance(child_node, ObjectNode):
            return
        parent = child_node
    parent.lazy_child = read_format


def _write_slot(
    tree: ObjectNode, carry_slot: CarrySlot, env: Env, scope: Scope, assigner: AssignmentEmitter
) -> None:
    """Write the values that are carried for other formats into the slot."""
    own_format = assigner.directed.mapping.left
    slot_type = type_at(assigner.target_type, carry_slot.slot)
    node = resolve(carry_slot.carried, env, scope)
    if isinstance(node, ObjectNode) and slot_type is not None:
        for format_name, name, value in _carried_fields(node):
            path = (*carry_slot.slot, _slot_key(carry_slot, format_name, name))
            slot_field = find_field(slot_type, path[-1])
            if format_name == own_format or slot_field is None:
                continue
            if isinstance(value, Value):
                assignment = Assignment((path,), (), carry_slot.location)
                value = assigner.fit_value(value, assignment, slot_field.type, scope)
                value = _with_rule(value, "carried", carry_slot)
            insert_node(tree, path, value)
    elif isinstance(node, Value):
        if not isinstance(slot_type, Object) or slot_type.additional is None:
            return
        proved = not assigner.context.guarded or all(
            is_subtype(value_type, slot_type.additional)
            for format_type in _field_types(node.type)
            for value_type in _field_types(format_type)
        )
        flattened = FlattenedFields(
            _with_rule(node, "carried", carry_slot),
            own_format,
            carry_slot.prefix,
            carry_slot.separator,
            carry_slot.slot[1:],
            None if proved else getattr(slot_type.additional, "schema", {}),
        )
        slot_name = carry_slot.slot[0]
        base = tree.children.get(slot_name, ABSENT)
        if not isinstance(base, MergedObject):
            base = MergedObject(ABSENT if isinstance(base, ListNode) else base, ObjectNode())
        tree.children[slot_name] = replace(base, flattened=flattened)


def _slot_key(carry_slot: CarrySlot, format_name: str, name: str) -> str:
    return f"{carry_slot.prefix}{format_name}{carry_slot.separator}{name}"


def _with_rule(value: Value, operation: str, carry_slot: CarrySlot) -> Value:
    rule_use = RuleUse(operation, carry_slot.location)
    return replace(value, origins=extend_origins(value.origins, rule_use))


def _field_types(schema_type: SchemaType) -> Iterator[SchemaType]:
    """Yield the types of the values of an object."""
    if isinstance(schema_type, Object):
        yield from (field.type for field in schema_type.fields.values())
        yield from () if schema_type.additional is None else (schema_type.additional,)


def _carried_fields(node: ObjectNode) -> Iterator[tuple[str, str, Node]]:
    for format_name, fields in node.children.items():
        if isinstance(fields, ObjectNode):
            for name, value in fields.children.items():
                yield format_name, name, value
