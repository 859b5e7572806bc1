"""Apply one mapping in one direction: turn nodes of the source into nodes of the target.

Rows of tables are matched first, then assignments are built list by list, then carried values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain

from translator.compiler import rows, symbols
from translator.compiler.alignment import align_lists
from translator.compiler.assignments import AssignmentEmitter
from translator.compiler.blocks import Block
from translator.compiler.conditions import (
    ConditionEmitter,
    Truth,
    all_of,
    any_of,
    has_conditions,
    limit_node,
)
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.implied import ImpliedValues
from translator.compiler.incomplete import mark_incomplete
from translator.compiler.lineage import Lineage, RuleUse, limit_origins
from translator.compiler.rows import StaticRefusal, Undecided
from translator.compiler.selections import join_selections, merge_rest
from translator.compiler.slots import read_slot, write_slot
from translator.compiler.symbols import (
    ABSENT,
    Absent,
    Env,
    JoinedList,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.errors import Diagnostic, Location, MappingError
from translator.language import nodes
from translator.language.direction import (
    Assignment,
    DirectedCase,
    DirectedCondition,
    DirectedMapping,
    Source,
)
from translator.language.nodes import UNSET, Constant, Identity
from translator.language.selections import selections_in
from translator.memo import memoized, replace
from translator.paths import (
    LIST_ITEM,
    MAP_ENTRY,
    Path,
    Selection,
    format_path,
    list_prefix,
    real_path,
    starts_with,
)
from translator.schema.types import ANYTHING, Object, find_field, type_at


@dataclass(frozen=True, slots=True)
class Lowering:
    """Applies a mapping in one direction to the nodes of an event.

    Within a loop over events, `event_list` is the variable of a list of the elements that they are
    about, and `event_size` the number of elements of an event.
    With a `lineage`, emitted code also notes the values that the output implies.
    """

    assigner: AssignmentEmitter
    event_list: str = ""
    event_size: int = 1
    lineage: Lineage | None = None

    @property
    def _directed(self) -> DirectedMapping:
        return self.assigner.directed

    @property
    def _implied(self) -> ImpliedValues:
        return ImpliedValues(self.assigner, self.lineage)

    def writes_when(self, case: DirectedCase, env: Env, scope: Scope) -> Truth:
        """Return whether a case writes what its `when` requires.

        That is the presence of fields, and the values of those that a row writes.
        """
        cells = [
            (path, cell)
            for path, cell in case.when.target
            if isinstance(cell, nodes.AnyOf)
            or (cell in (nodes.PRESENT, nodes.ABSENT) and not self._reads_element(case, path))
            or isinstance(self.assigner.row_values.get(path), Value)
        ]
        if not cells:
            return True
        conditions = self._conditions(case.assignments, env, scope, ())
        self.assigner.conditions = conditions
        self.assigner.forget_case()
        is_split = self._directed.to_left and case.scope is not None
        self.assigner.event_elements = case.scope.path if is_split and case.scope else None
        try:
            return all_of(conditions.honours(path, cell) for path, cell in cells)
        except StaticRefusal:
            return True  # the case that is built refuses the event
        finally:
            self.assigner.conditions = None

    def _reads_element(self, case: DirectedCase, path: Path) -> bool:
        """Whether a case writes a field from the one element that its event is about."""
        reading = (
            assignment
            for assignment in case.assignments
            if any(starts_with(target, path) for target in assignment.targets)
        )
        return case.each is not None and any(
            starts_with(source, case.each)
            for assignment in reading
            for each in assignment.sources
            for source in each.paths
        )

    def build(
        self, case: DirectedCase, env: Env, scope: Scope, fan_out: Path = ()
    ) -> ObjectNode | MergedObject:
        """Return the target of a case as a tree.

        `fan_out` is the target list in which the source event becomes one element, if any.
        """
        self.assigner.forget_case()
        is_split = self._directed.to_left and case.scope is not None
        self.assigner.event_elements = case.scope.path if is_split and case.scope else None
        for prefix in env:
            if prefix:
                self._implied.check_element_constants(prefix, env, scope)
        absent = [path for path, node in self.assigner.row_values.items() if node is ABSENT]
        assignments = [
            assignment
            for assignment in self._all_assignments(case.assignments)
            if not assignment.sources
            or not any(starts_with(real_path(assignment.targets[0]), path) for path in absent)
        ]
        has_demands = bool(self.assigner.row_demands)
        if has_demands or any(map(has_conditions, case.assignments)):
            self.assigner.conditions = self._conditions(case.assignments, env, scope, fan_out)
        node = self._build_level(assignments, 0, env, scope, fan_out)
        tree = node if isinstance(node, ObjectNode | MergedObject) else ObjectNode()
        target_type = self.assigner.target_type
        for entry in self._directed.mapping.incomplete:
            is_written = entry.on_left == self._directed.to_left and self.assigner.final
            if is_written and isinstance(target_type, Object):
                marked = mark_incomplete(tree, entry, target_type, scope)
                assert isinstance(marked, ObjectNode | MergedObject)
                tree = marked
        self._check_demands(scope)
        self.assigner.conditions = None
        carry_slot = self._directed.mapping.carry_slot
        if carry_slot is not None:
            fields = tree if isinstance(tree, ObjectNode) else tree.extras
            if self._directed.to_left:
                write_slot(fields, carry_slot, self.assigner, env, scope)
            else:
                read_slot(fields, carry_slot, self._directed.mapping.left, env, scope)
        return tree

    def _check_demands(self, scope: Scope) -> None:
        """Refuse events of which nothing is written to a field that their row requires."""
        conditions = self.assigner.conditions
        for path, (cell, match) in self.assigner.row_demands.items():
            assert conditions is not None
            truth = conditions.honours(path, cell)
            if truth is True:
                continue
            names = [path] if not isinstance(cell, nodes.AnyOf) else list(cell.paths)
            listed = " or ".join(map(format_path, names))
            message = f"{match.description} needs {self._directed.target} {listed}"
            message += ", and the event has no value for it"
            location = match.row.location
            if truth is False:
                raise StaticRefusal("unmappable-value", match.source_path, message, location)
            rule = location if self.assigner.options.report else None
            refusal = RefusalEmitter("unmappable-value", match.source_path, "", rule=rule)
            line = refusal.raise_line(repr(message))
            scope.block.add(line, condition=f"not ({truth})")

    def _all_assignments(self, assignments: tuple[Assignment, ...]) -> Iterator[Assignment]:
        """Yield the assignments of a case, of matched rows, and of constants."""
        target_paths = {path for assignment in assignments for path in assignment.targets}
        yield from assignments
        for path in (*self.assigner.row_values, *self.assigner.row_defaults):
            if path not in target_paths:
                target_paths.add(path)
                yield Assignment((path,), (), self._directed.mapping.tables[0].location)
        for constant in self._directed.constants(written=True):
            yield _constant_assignment(constant)

    def _build_level(
        self, group: list[Assignment], start: int, env: Env, scope: Scope, fan_out: Path = ()
    ) -> Node:
        """Return the node at one level of the target, after the first `start` path steps."""
        tree = ObjectNode()
        grouped: dict[Path, list[Assignment]] = {}
        dependent: list[Assignment] = []
        for assignment in group:
            prefix = list_prefix(assignment.targets[0], start)
            if prefix is not None:
                grouped.setdefault(prefix, []).append(assignment)
                continue
            if assignment.dependent:
                dependent.append(assignment)
                continue
            for path, node in self._assign(assignment, env, scope):
                if len(path) == start:
                    return node
                symbols.insert_node(tree, path[start:], node)
        for prefix, part in grouped.items():
            part, truth = self._limit_list(part, prefix, fan_out)
            node = self._build_list(part, prefix, env, scope, fan_out) if part else ABSENT
            if isinstance(truth, str):
                node = limit_node(node, truth, scope)
            if any(self._is_once(assignment, env) for assignment in part):
                node = self._write_once(node, part[0], scope)
            if len(prefix) == start + 1:
                return node
            symbols.insert_node(tree, prefix[start:-1], node)
        self._insert_dependent(tree, dependent, start, env, scope)
        return self._join_selections(tree, group, start, scope)

    def _insert_dependent(
        self, tree: ObjectNode, group: list[Assignment], start: int, env: Env, scope: Scope
    ) -> None:
        """Insert the values that are written only into an object with other content.

        An object that the target requires needs no other content.
        """
        found: list[tuple[Path, Node]] = []
        for assignment in group:
            for path, node in self._assign(assignment, env, scope):
                holder = _child_under_construction(tree, path[start:-1], scope)
                condition = symbols.presence_condition(holder)
                if not self._is_in_required_object(path, start):
                    if isinstance(holder, Absent):
                        continue
                    if condition is not None:
                        node = limit_node(node, condition, scope)
                        if isinstance(node, Value):
                            rest = f"with more of {format_path(path[:-1])}"
                            node = replace(node, origins=limit_origins(node.origins, rest))
                self.assigner.written[path] = node
                found.append((path, node))
        for path, node in found:
            symbols.insert_node(tree, path[start:], node)

    def _is_in_required_object(self, path: Path, start: int) -> bool:
        """Whether the target requires the object around a field, below the level at `start`."""
        schema_type = type_at(self.assigner.target_type, path[:start])
        for step in path[start:-1]:
            field = find_field(schema_type, step) if isinstance(schema_type, Object) else None
            if field is None or not field.required:
                return False
            schema_type = field.type
        return len(path) > start + 1

    def _join_selections(
        self, tree: ObjectNode, group: list[Assignment], start: int, scope: Scope
    ) -> Node:
        targets = [path for assignment in group for path in assignment.targets]
        if not any(isinstance(step, Selection) for path in targets for step in path[start:]):
            return tree
        target_type = type_at(self.assigner.target_type, targets[0][:start])
        return merge_rest(join_selections(tree, target_type, scope), target_type, scope)

    def _conditions(
        self, assignments: Sequence[Assignment], env: Env, scope: Scope, fan_out: Path
    ) -> ConditionEmitter:
        """Return what evaluates the conditions of assignments."""
        fixed = dict(self.assigner.row_values)
        for constant in self._directed.constants(written=True):
            if isinstance(constant.value, list | dict):
                value_type = type_at(self.assigner.target_type, constant.path) or ANYTHING
                (source,) = _constant_assignment(constant).sources
                fixed[constant.path] = self.assigner.written_value(source, value_type)
                continue
            fixed[constant.path] = rows.constant_value(constant.value, constant.path, SourcePath())
        fixed = {
            path: node
            for path, node in fixed.items()
            if path not in self.assigner.allowed_values
            or len(self.assigner.allowed_values[path][0]) == 1
        }

        def build(assignment: Assignment, target: Path, env: Env, scope: Scope) -> Node:
            return dict(self._assign(assignment, env, scope)).get(target, ABSENT)

        def build_list(assignment: Assignment, prefix: Path, env: Env, scope: Scope) -> Node:
            return self._build_list([assignment], prefix, env, scope, fan_out)

        by_target = {path: each for each in assignments for path in each.targets}
        options = self.assigner.options
        return ConditionEmitter(
            by_target,
            fixed,
            build,
            build_list,
            self.assigner.written,
            env,
            scope,
            options.opt_ins,
            self._directed.to_left,
            self._directed.incomplete(),
        )

    def _limit_list(
        self, group: list[Assignment], prefix: Path, fan_out: Path
    ) -> tuple[list[Assignment], Truth]:
        """Return the assignments to a list that may apply, and the condition of the whole list."""
        dependent = [assignment for assignment in group if assignment.dependent]
        group = [assignment for assignment in group if not assignment.dependent]
        limited, truth = self._limit_content(group, prefix, fan_out)
        return limited + dependent if limited else [], truth

    def _limit_content(
        self, group: list[Assignment], prefix: Path, fan_out: Path
    ) -> tuple[list[Assignment], Truth]:
        """Return the same for assignments that make elements."""
        conditions = self.assigner.conditions
        if conditions is None or prefix == fan_out or not any(map(has_conditions, group)):
            return group, True
        limited: list[Assignment] = []
        truths: list[Truth] = []
        all_same = True
        for assignment in group:
            sources: list[Source] = []
            for source in assignment.sources:
                truth: Truth = True
                is_same = True
                if source.has_conditions:
                    truth, is_same = conditions.list_truth(source, assignment)
                if truth is False:
                    continue
                all_same = all_same and is_same
                truths.append(truth)
                if truth is True and is_same:
                    source = replace(source, when=DirectedCondition(), not_when=())
                sources.append(source)
            if sources or not assignment.sources:
                limited.append(replace(assignment, sources=tuple(sources)))
        can_limit = all(assignment.sources for assignment in limited)
        whole: Truth = any_of(truths) if can_limit else True
        if isinstance(whole, str) and all_same and len(set(truths)) == 1:
            limited = [
                replace(
                    assignment,
                    sources=tuple(
                        replace(source, when=DirectedCondition(), not_when=(), is_conditional=True)
                        for source in assignment.sources
                    ),
                )
                for assignment in limited
            ]
        return limited, whole

    def _assign(
        self, assignment: Assignment, env: Env, scope: Scope
    ) -> Iterator[tuple[Path, Node]]:
        """Yield what an assignment writes; with `once`, only if one event results."""
        conditions = self.assigner.conditions
        is_built = conditions is not None and any(
            path in conditions.built for path in assignment.targets
        )
        if conditions is not None and is_built:
            for path in assignment.targets:
                if not isinstance(node := conditions.built.get(path, ABSENT), Absent):
                    yield path, node
            return
        selected = [
            (*parent, selection)
            for path in chain.from_iterable(source.paths for source in assignment.sources)
            for parent, selection in selections_in(path)
            if not selection.is_list
        ]
        self.assigner.single_event = ""
        if self._is_once(assignment, env):
            self.assigner.single_event = self.is_single_event
        for path, node in self.assigner.assign(assignment, env, scope):
            # A list is limited as a whole.
            if LIST_ITEM not in path and MAP_ENTRY not in path and self._is_once(assignment, env):
                node = self.assigner.written[path] = self._write_once(node, assignment, scope)
            yield path, self._with_account(node, selected, env, scope)

    def _with_account(self, node: Node, selected: list[Path], env: Env, scope: Scope) -> Node:
        """Return a node whose code also accounts for what selects the elements it is read from.

        Nothing is read for a value that is not written: reading may refuse the event.
        """
        if self.lineage is None or not selected:
            return node

        def account() -> None:
            for elements in selected:
                self._implied.account_selection(elements, env, scope)

        if not isinstance(node, Value):
            account()
            return node
        inner = node.emit

        @memoized
        def emit() -> str:
            code = inner()  # first, so that an event is refused for the same reason without reports
            account()
            return code

        return replace(node, emit=emit)

    @property
    def is_single_event(self) -> str:
        """The condition that one event results."""
        size = self.event_size
        return f"len({self.event_list}) {'==' if size == 1 else '<='} {size}"

    def _is_once(self, assignment: Assignment, env: Env) -> bool:
        """Whether an assignment is limited to one event, within a loop over several."""
        paths = [path for source in assignment.sources for path in source.paths]
        is_element = any(starts_with(path, prefix) for path in paths for prefix in env if prefix)
        return bool(assignment.once and self.event_list) and not is_element

    def _write_once(self, node: Node, assignment: Assignment, scope: Scope) -> Node:
        """Return a node that is absent if several events result."""
        is_single, name = self.is_single_event, assignment.targets[-1][-1]
        rule_use = RuleUse("once", assignment.location, because=assignment.once)

        def limit(node: Node) -> Node:
            match node:
                case Value():
                    # A value without a scope of its own was computed in this one.
                    is_inside = node.scope is None or node.scope is scope
                    place = scope if is_inside else self.assigner.outer_scope or scope
                    limited = replace(
                        node, emit=memoized(partial(emit, node, place)), optional=True
                    )
                    limited = replace(limited, constant=UNSET, fields={}, field_base=[])
                    return replace(limited, scope=place).with_uses(rule_use)
                case ListNode():
                    return symbols.mark_uses(
                        replace(node, presence=partial(is_present, node)), rule_use
                    )
                case JoinedList(parts=parts):
                    limited_parts = [
                        replace(part, presence=partial(is_present, part)) for part in parts
                    ]
                    marked = (symbols.mark_uses(part, rule_use) for part in limited_parts)
                    listed = tuple(part for part in marked if isinstance(part, ListNode))
                    return replace(node, parts=listed)
                case ObjectNode(children=children):
                    return ObjectNode({name: limit(child) for name, child in children.items()})
                case MergedObject(base=base, extras=extras):
                    base, extras = limit(base), limit(extras)  # type: ignore[assignment]
                    return replace(node, base=base, extras=extras)
            return node

        def emit(value: Value, place: Scope) -> str:
            code, out = value.emit(), place.names.fresh(name)
            place.block.add(f"{out} = {code} if {is_single} else None")
            return out

        def is_present(node: ListNode) -> str:
            return both(is_single, node.presence_code)

        return limit(node)

    def _build_list(
        self, group: list[Assignment], prefix: Path, env: Env, scope: Scope, fan_out: Path
    ) -> Node:
        """Return the list (or object with free keys) at `prefix`, from the lists it reads."""
        if prefix == fan_out or any(assignment.beside for assignment in group):
            element = self._build_level(group, len(prefix), env, scope, fan_out)
            return symbols.fixed_list(element, symbols.presence_condition(element))
        conditions = self.assigner.conditions
        group = self._choose_lists(group, env, scope)
        lists = self._source_lists(group, env, scope)
        lists, skipped = self._order_lists(lists, group, env, scope)
        first = next(iter(lists.values()), ABSENT)
        source = None if isinstance(first, JoinedList) else symbols.as_list_node(first, scope)
        is_plain = all(isinstance(node, Value) and not node.run for node in lists.values())
        if len(lists) > 1 and (skipped or not is_plain):
            source = align_lists(lists, skipped, group[0].location, scope)
        elif len(lists) > 1:
            source = self._zip_lists(lists, scope)
        if source is None and not isinstance(first, JoinedList):
            return ABSENT
        conditions = self.assigner.conditions

        def build_element(element: Node, scope: Scope, fan_out: Path = ()) -> Node:
            elements = [element]
            if len(lists) > 1:
                assert isinstance(element, ObjectNode)
                elements = list(element.children.values())
            inner_env = {**env, **dict(zip(lists, elements, strict=True))}
            for path in lists:
                self._implied.check_element_constants(path, inner_env, scope)
                self._implied.account_selection(path, inner_env, scope)
            for target in chain.from_iterable(assignment.targets for assignment in group):
                self.assigner.written.pop(target, None)
            # Elements are built when the list is emitted.
            with self.assigner.use_conditions(conditions):
                return self._build_level(group, len(prefix), inner_env, scope, fan_out)

        keyed = prefix[-1] == MAP_ENTRY

        def build_part(source: ListNode) -> ListNode:
            if source.fixed_element is not None:
                fixed_element = build_element(source.fixed_element, scope, fan_out)
                return symbols.fixed_list(fixed_element, source.presence, keyed)

            @contextmanager
            def loop(block: Block) -> Iterator[tuple[Block, Node]]:
                with source.loop(block) as (body, element):
                    yield body, build_element(element, scope.inner(body))

            return replace(source, loop=loop, keyed=keyed)

        if source is not None:
            return build_part(source)
        assert isinstance(first, JoinedList)
        parts = tuple(map(build_part, first.parts))
        return JoinedList(parts, (None,) * len(parts))

    def _choose_lists(self, group: list[Assignment], env: Env, scope: Scope) -> list[Assignment]:
        """Limit a group to the first of the lists among which an assignment chooses (`a | b`).

        Lists that different assignments read are parallel.
        """
        chosen, rejected = set[Path](), set[Path]()
        for assignment in group:
            paths = chain.from_iterable(source.paths[:1] for source in assignment.sources)
            lists = dict.fromkeys(filter(None, (_open_list(path, env) for path in paths)))
            nodes = {path: symbols.resolve(path[:-1], env, scope) for path in lists}
            present = [path for path, node in nodes.items() if not isinstance(node, Absent)]
            if len(present) > 1:
                self._require_decided(nodes[present[0]], present, assignment.location)
            chosen |= {*present[:1]}
            rejected |= {*present[1:]}

        def limit(assignment: Assignment) -> Assignment:
            sources = [
                source
                for source in assignment.sources
                if not any(_open_list(path, env) in rejected - chosen for path in source.paths)
            ]
            return replace(assignment, sources=tuple(sources))

        return [limit(assignment) for assignment in group] if rejected - chosen else group

    def _require_decided(self, node: Node, lists: list[Path], location: Location) -> None:
        """Raise `MappingError` if only the event can tell whether a list is present."""
        try:
            rows.cell_matches(node, nodes.PRESENT)
            is_decided = not isinstance(node, Value) or not node.optional
        except Undecided:
            is_decided = False
        if not is_decided:
            names = " or ".join(format_path(path) for path in lists)
            message = f"which of {names} is present is not known before the event is read"
            hint = "choose among lists that no other list contains"
            raise MappingError([Diagnostic("undecided", location, message, hint)])

    def _source_lists(self, group: list[Assignment], env: Env, scope: Scope) -> dict[Path, Node]:
        """Return the lists that a group reads and no loop has opened yet, if not absent."""
        lists: dict[Path, Node] = {}
        sources = (source for assignment in group for source in assignment.sources)
        for path in chain.from_iterable(source.paths for source in sources):
            list_path = _open_list(path, env)
            if list_path is not None and list_path not in lists:
                lists[list_path] = symbols.resolve(list_path[:-1], env, scope)
        return {path: node for path, node in lists.items() if not isinstance(node, Absent)}

    def _order_lists(
        self, lists: dict[Path, Node], group: list[Assignment], env: Env, scope: Scope
    ) -> tuple[dict[Path, Node], list[Path]]:
        """Put the list first that gives the length; also return those that may be left out.

        The first is that of the events, else one from which a required field is written. Lists that
        may be left out make no elements where the source has no list beside them.
        """
        readers: dict[Path, list[tuple[Assignment, Source]]] = {path: [] for path in lists}
        for assignment in group:
            for source in assignment.sources:
                for path in source.paths:
                    if (opened := _open_list(path, env)) in readers and opened is not None:
                        readers[opened].append((assignment, source))
        events = self.assigner.event_elements
        skipped = [
            path
            for path, found in readers.items()
            if path != events and all(source.unfit == "skip" for _, source in found)
        ]
        if skipped and events is not None and events not in env and events not in lists:
            node = symbols.resolve(events[:-1], env, scope)
            lists = lists if isinstance(node, Absent) else {events: node, **lists}
        if lists.keys() <= set(skipped) and self._lacks_lists(group, readers):
            return {}, []
        if len(lists) < 2:
            return lists, []

        def rank(path: Path) -> tuple[bool, bool, bool]:
            required = any(self._is_required_in_elements(each) for each, _ in readers.get(path, ()))
            return path != events, path in skipped, not required

        ordered = sorted(lists, key=rank)
        return {path: lists[path] for path in ordered}, [
            path for path in ordered[1:] if path in skipped
        ]

    @staticmethod
    def _lacks_lists(
        group: list[Assignment], readers: dict[Path, list[tuple[Assignment, Source]]]
    ) -> bool:
        """Whether a field of the elements is read from lists that the source does not have."""
        found = {id(each) for pairs in readers.values() for each, _ in pairs}
        return any(
            id(assignment) not in found
            and assignment.default is nodes.UNSET
            and all(source.paths and source.unfit != "skip" for source in assignment.sources)
            for assignment in group
        )

    def _is_required_in_elements(self, assignment: Assignment) -> bool:
        """Whether an assignment writes a field that each element of its list must have."""
        path = assignment.targets[0]
        parent = type_at(self.assigner.target_type, path[:-1])
        field = find_field(parent, path[-1]) if isinstance(parent, Object) else None
        return path[-1] == LIST_ITEM or (field is not None and field.required)

    def _zip_lists(self, lists: dict[Path, Node], scope: Scope) -> ListNode:
        """Return a list whose elements combine those of several parallel lists of the event."""
        values = [node for node in lists.values() if isinstance(node, Value)]

        def check_same_length(block: Block) -> str:
            pairs = zip(lists, values, strict=True)
            named = [
                f"({format_path(path[:-1])!r}, {symbols.whole_list(value).emit()})"
                for path, value in pairs
            ]
            arguments = ", ".join([values[-1].source_path.code(), *named])
            block.add(f'check_same_length("unmappable-value", {arguments})')
            return ""

        checks_always = self.assigner.options.guarded
        check_once = memoized(lambda: check_same_length(scope.block) if checks_always else "")
        zipped = symbols.zip_list_nodes(lists, scope, None if checks_always else check_same_length)

        def loop(block: Block) -> AbstractContextManager[tuple[Block, Node]]:
            check_once()
            return zipped.loop(block)

        def presence() -> str:
            check_once()
            return zipped.presence_code or "True"

        return replace(zipped, loop=loop, presence=presence)


def _open_list(path: Path, env: Env) -> Path | None:
    """Return the first list on a path that no loop has opened yet, if any."""
    parent = max((prefix for prefix in env if starts_with(path, prefix)), key=len)
    return list_prefix(path, len(parent))


def _constant_assignment(constant: Constant) -> Assignment:
    """Return what writes a constant."""
    path, value, location = (constant.path,), constant.value, constant.location
    if isinstance(value, list | dict):
        return Assignment(path, (Source((), Identity(), location, value=value),), location)
    return Assignment(path, (), location, default=value)


def _child_under_construction(tree: ObjectNode, path: Path, scope: Scope) -> Node:
    """Return the part of a tree at a path; parts of lists are found by their selections."""
    node: Node = tree
    for step in path:
        if isinstance(node, MergedObject):
            extra = node.extras.children.get(step)
            node = extra if extra is not None else node.base
            if extra is not None:
                continue
        if isinstance(node, ObjectNode):
            node = node.children.get(step, ABSENT)
        elif isinstance(node, Value):
            node = symbols.child(node, step, scope)
        else:
            return ABSENT
    return node


def both(first: str, second: str) -> str:
    """Return the condition that two conditions hold; an empty one always does."""
    if not first or not second:
        return first or second
    return f"({first}) and ({second})"
