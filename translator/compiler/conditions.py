"""Conditions of rules and fallbacks: tested on the source, honoured on the target.

What a condition says of the target depends on what other rules write, which may have conditions of
their own. Of conditions that refer to one another in a circle, the greatest solution counts: all
rules of the circle write, or none does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from translator.compiler import rows, symbols
from translator.compiler.conversions import directed_entries, table_key
from translator.compiler.rows import Undecided
from translator.compiler.symbols import (
    Absent,
    Env,
    JoinedList,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    Value,
)
from translator.errors import Diagnostic, MappingError
from translator.language import nodes
from translator.language.direction import Assignment, DirectedCondition, Source
from translator.language.nodes import ABSENT, OTHERS, PRESENT, UNSET, AnyOf, Cell, Unset
from translator.memo import memoized, replace
from translator.paths import (
    LIST_ITEM,
    MAP_ENTRY,
    Path,
    Selection,
    format_path,
    real_path,
    starts_with,
)
from translator.schema.types import ScalarValue, json_equal

Truth = bool | str
"""Whether a condition holds, or the code of the test if only the event can tell."""


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return whether all of several conditions hold."""
    return _join(truths, "and", neutral=True)


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return whether one of several conditions holds."""
    return _join(truths, "or", neutral=False)


def _join(truths: Iterable[Truth], operator: str, *, neutral: bool) -> Truth:
    codes: list[str] = []
    for truth in truths:
        if truth is (not neutral):
            return truth
        if isinstance(truth, str) and truth not in codes:
            codes.append(truth)
    if len(codes) > 1:
        return f" {operator} ".join(f"({code})" for code in codes)
    return codes[0] if codes else neutral


def negate(truth: Truth) -> Truth:
    """Return whether a condition does not hold."""
    return f"not ({truth})" if isinstance(truth, str) else not truth


def presence_of(node: Node) -> Truth:
    """Return whether a node is present."""
    if isinstance(node, Absent):
        return False
    condition = symbols.presence_condition(node)
    if condition is None:
        return True
    code = condition()
    return code == "True" if code in ("", "True", "False") else code


def exists(node: Node, scope: Scope) -> Truth:
    """Return whether a node is present; of a list of selected elements, whether it has one."""
    if not isinstance(node, JoinedList) and not (isinstance(node, ListNode) and node.filtered):
        return presence_of(node)

    def test(element: Node, scope: Scope) -> Truth:
        return presence_of(element) if isinstance(element, Value) else True

    return any_element(node, test, scope)


def limit_node(node: Node, condition: str | Callable[[], str], scope: Scope) -> Node:
    """Return a node that is absent unless a condition holds, the code of a test."""
    limit = partial(limit_node, condition=condition, scope=scope)

    def test_code() -> str:
        return condition if isinstance(condition, str) else condition()

    match node:
        case Value():

            @memoized
            def emit() -> str:
                code = node.emit()
                return symbols.emit_variable("value", f"{code} if {test_code()} else None", scope)

            def emit_null_test() -> str:
                test = node.null_test() if node.null_test is not None else "False"
                return test_code() if test == "True" else f"({test_code()}) and ({test})"

            limited = replace(node, emit=emit, optional=True, scope=scope)
            limited = replace(limited, constant=UNSET, fields={}, field_base=[], event_field=None)
            limited = replace(limited, conditional=True)
            if node.null_test is not None:
                limited = replace(limited, null_test=emit_null_test)
            return limited
        case ListNode():
            fixed = None if node.fixed_element is None else limit(node.fixed_element)

            def is_present() -> str:
                code = node.presence_code
                return f"({test_code()}) and ({code})" if code else test_code()

            return replace(node, presence=is_present, fixed_element=fixed)
        case JoinedList(parts=parts):
            limited_parts = [limit(part) for part in parts]
            listed = tuple(part for part in limited_parts if isinstance(part, ListNode))
            return replace(node, parts=listed)
        case ObjectNode(source=Value() as source):
            return limit(source)
        case ObjectNode(children=children):
            return ObjectNode({name: limit(child) for name, child in children.items()})
        case MergedObject(base=base, extras=extras):
            base, extras = limit(base), limit(extras)  # type: ignore[assignment]
            return replace(node, base=base, extras=extras)
    return node


@dataclass(slots=True)
class ConditionEmitter:
    """Evaluates the conditions of the assignments of a case.

    `assignments` are those of the case by what they write, `fixed` the values that the matched rows
    and constants write, `written` what has been built already. `build` returns what an assignment
    writes to a path, given the nodes and the scope; `build_list` the list with what it writes to
    elements.
    `env` and `scope` are those outside lists. The lists in `incomplete` are written only if all
    their elements have a value.
    """

    assignments: Mapping[Path, Assignment]
    fixed: Mapping[Path, Node]
    build: Callable[[Assignment, Path, Env, Scope], Node]
    build_list: Callable[[Assignment, Path, Env, Scope], Node]
    written: Mapping[Path, Node]
    env: Env
    scope: Scope
    opt_ins: frozenset[str]
    to_left: bool
    incomplete: Collection[Path]
    built: dict[Path, Node] = field(default_factory=dict)
    _open: list[Path] = field(default_factory=list)
    _assumed: set[Path] = field(default_factory=set)
    _presence: dict[Path, Truth] = field(default_factory=dict)

    def applies(
        self, source: Source, assignment: Assignment, raw: Node, env: Env, scope: Scope
    ) -> Truth:
        """Return whether the conditions of a source hold; `raw` is its value."""
        place = _Place(assignment.targets[0], env, scope)
        self._open += assignment.targets
        try:
            truths: list[Truth] = []
            for condition in source.not_when:
                # A condition on the field itself is one on the value of the earlier rule.
                earlier = next(
                    (each for each in assignment.sources if each.when == condition), source
                )
                earlier_raw = self._raw(earlier, env, scope)
                truths.append(negate(self._holds(condition, place, earlier, earlier_raw)))
                if truths[-1] is False:
                    return False
            truths.append(self._holds(source.when, place, source, raw))
            return all_of(truths)
        finally:
            del self._open[-len(assignment.targets) :]

    def honours(self, path: Path, cell: Cell) -> Truth:
        """Return whether what is written to a field of the target matches a cell."""
        return self._honour(path, cell, _Place((), self.env, self.scope))

    def list_truth(self, source: Source, assignment: Assignment) -> tuple[Truth, bool]:
        """Return whether the conditions of a source may hold for some element of its list.

        Also return whether that is the same for all elements.
        """
        target, place = assignment.targets[0], _Place((), self.env, self.scope)

        def depends_on_element(condition: DirectedCondition) -> bool:
            return any(
                other == target or LIST_ITEM in other or MAP_ENTRY in other
                for path, cell in (*condition.source, *condition.target)
                for other in (cell.paths if isinstance(cell, AnyOf) else (path,))
            )

        self._open.append(target)
        try:
            conditions = [source.when, *source.not_when]
            is_same = not any(map(depends_on_element, conditions))
            truths = [
                negate(self._holds(condition, place, source, symbols.ABSENT))
                for condition in source.not_when
                if not depends_on_element(condition)
            ]
            if False not in truths:
                when = DirectedCondition(
                    tuple(cell for cell in source.when.source if not _is_in_list(cell)),
                    tuple(
                        cell
                        for cell in source.when.target
                        if not _is_in_list(cell) and cell[0] != target
                    ),
                )
                truths.append(self._holds(when, place, source, symbols.ABSENT))
            return all_of(truths), is_same
        finally:
            self._open.pop()

    def _raw(self, source: Source, env: Env, scope: Scope) -> Node:
        if len(source.paths) == 1:
            return symbols.resolve(source.paths[0], env, scope)
        return symbols.ABSENT

    def _holds(
        self, condition: DirectedCondition, place: _Place, source: Source, raw: Node
    ) -> Truth:
        truths: list[Truth] = []
        for path, cell in condition.source:
            truths.append(test_source(path, cell, place.env, place.scope, self.scope))
            if truths[-1] is False:
                return False
        for path, cell in condition.target:
            if path == place.target and not isinstance(cell, AnyOf):
                truths.append(self._test_own(cell, source, raw, place.scope))
            else:
                truths.append(self._honour(path, cell, place))
            if truths[-1] is False:
                return False
        return all_of(truths)

    # --- the target -----------------------------------------------------------------------------

    def _test_own(self, cell: Cell, source: Source, raw: Node, scope: Scope) -> Truth:
        """Return whether the value that a source writes matches a cell."""
        if cell is PRESENT or cell is OTHERS:
            return presence_of(raw)
        if not isinstance(cell, tuple):
            return False
        values: list[ScalarValue] = list(cell)
        match source.codec:
            case nodes.ValueMap(table=table):
                entries = directed_entries(table, self.opt_ins, to_left=self.to_left)
                keys = {table_key(value) for value in cell}
                pairs = [(value, result) for (_, value), (result, *_) in entries.items()]
                values = [value for value, result in pairs if table_key(result) in keys]
            case nodes.Identity():
                pass
            case _:
                message = "a condition on the value that a codec writes cannot be tested"
                hint = "compare another field, or use 'values'"
                raise MappingError([Diagnostic("undecided", source.location, message, hint)])
        return test_node(raw, tuple(values), scope)

    def _honour(self, path: Path, cell: Cell, place: _Place) -> Truth:
        """Return whether what is written to a field of the target matches a cell."""
        match cell:
            case AnyOf(paths=paths, cell=inner):
                truths = [self._honour(each, inner, place) for each in paths]
                return all_of(truths) if inner is ABSENT else any_of(truths)
            case tuple():
                node = self.node_at(path, place)
                return test_node(node, cell, place.scope)
            case nodes.CellWord.ABSENT:
                return negate(self.presence(path, place))
        return self.presence(path, place)

    def presence(self, path: Path, place: _Place | None = None) -> Truth:
        """Return whether anything is written to a field of the target, or inside it."""
        place = place or _Place((), self.env, self.scope)
        truths: list[Truth] = []
        for other, node in self.fixed.items():
            if starts_with(other, path):
                truths.append(presence_of(node))
        for target, assignment in self.assignments.items():
            if target in self.fixed and not isinstance(self.fixed[target], Absent):
                continue
            if any(isinstance(self.fixed.get(target[:end]), Absent) for end in range(len(target))):
                continue
            written = _written_place(target, path)
            if assignment.dependent and len(path) < len(written):
                continue
            if starts_with(written, path) or starts_with(path, written):
                truths.append(self._is_available(target, assignment, path, place))
            if truths and truths[-1] is True:
                return True
        return any_of(truths)

    def _is_available(
        self, target: Path, assignment: Assignment, path: Path, place: _Place
    ) -> Truth:
        """Return whether an assignment writes something at a path."""
        if target in self._open:
            self._assumed.add(target)
            return True
        if assignment.dependent:
            node = self._build(target, assignment, place)
            return all_of([exists(node, place.scope), self.presence(target[:-1], place)])
        list_end = _list_end(target)
        if list_end is not None and not _is_inside(target, place):
            if target in self._presence:
                return self._presence[target]
            before, self._assumed = self._assumed, set()
            truth = self._elements_presence(assignment, target)
            self._assumed.discard(target)
            if not self._assumed:
                self._presence[target] = truth
            self._assumed |= before
            return truth
        node = self._build(target, assignment, place)
        rest = path[len(_written_place(target, path)) :]
        for step in rest:
            if step in (LIST_ITEM, MAP_ENTRY):
                break
            node = symbols.child(node, step, place.scope)
        return exists(node, place.scope)

    def _elements_presence(self, assignment: Assignment, target: Path) -> Truth:
        """Return whether some element of a list of the target has a value."""
        end = _list_end(target)
        assert end is not None
        list_node = self.build_list(assignment, target[: end + 1], self.env, self.scope)
        if not isinstance(list_node, ListNode | JoinedList):
            return exists(list_node, self.scope)
        rest = target[end + 1 :]
        if target[:end] in self.incomplete and not rest:
            return has_all_elements(list_node, self.scope)

        def test(element: Node, scope: Scope) -> Truth:
            node = element
            for position, step in enumerate(rest):
                if step in (LIST_ITEM, MAP_ENTRY):
                    break
                if not isinstance(node, ObjectNode | MergedObject | Value):
                    return False
                node = symbols.child(node, rest[position], scope)
            return presence_of(node)

        return any_element(list_node, test, self.scope)

    def node_at(self, path: Path, place: _Place) -> Node:
        """Return what is written to a field of the target."""
        if path in self.fixed:
            return self.fixed[path]
        assignment = self.assignments.get(path)
        if assignment is None:
            return symbols.ABSENT
        if path in self._open:
            message = f"whether `{format_path(path)}` is written depends on its own value"
            hint = "name a field that does not depend on this one"
            location = assignment.location
            raise MappingError([Diagnostic("waits-for-itself", location, message, hint)])
        return self._build(path, assignment, place)

    def _build(self, target: Path, assignment: Assignment, place: _Place) -> Node:
        """Return what an assignment writes, outside lists only once."""
        if target in self.built:
            return self.built[target]
        if target in self.written and not has_conditions(assignment):
            return self.written[target]
        is_inside = _is_inside(target, place) and _list_end(target) is not None
        env, scope = (place.env, place.scope) if is_inside else (self.env, self.scope)
        before, self._assumed = self._assumed, set()
        node = self.build(assignment, target, env, scope)
        self._assumed.discard(target)
        if not is_inside and not self._assumed and len(assignment.targets) == 1:
            self.built[target] = node
        self._assumed |= before
        return node


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a condition is evaluated: for which field of the target, and with which nodes."""

    target: Path
    env: Env
    scope: Scope


def has_conditions(assignment: Assignment) -> bool:
    """Whether a source of an assignment is used only under conditions."""
    return any(source.has_conditions for source in assignment.sources)


def _written_place(target: Path, path: Path) -> Path:
    """Return what an assignment writes, by the lists themselves if a condition names no selection.

    A condition on a list is about all its elements.
    """
    return target if any(isinstance(each, Selection) for each in path) else real_path(target)


def _is_in_list(item: tuple[Path, Cell]) -> bool:
    path, cell = item
    paths = cell.paths if isinstance(cell, AnyOf) else (path,)
    return any(LIST_ITEM in each or MAP_ENTRY in each for each in paths)


def _list_end(path: Path) -> int | None:
    """Return the index of the first list on a path."""
    return next((end for end, each in enumerate(path) if each in (LIST_ITEM, MAP_ENTRY)), None)


def _is_inside(path: Path, place: _Place) -> bool:
    """Whether a field is in the same element as the field whose condition is evaluated."""
    last = max((end for end, each in enumerate(path) if each in (LIST_ITEM, MAP_ENTRY)), default=-1)
    return starts_with(place.target, path[: last + 1])


def test_source(path: Path, cell: Cell, env: Env, scope: Scope, outer: Scope) -> Truth:
    """Return whether a field of the source matches a cell; `outer` is the scope of loops."""
    if isinstance(cell, AnyOf):
        truths = [test_source(each, cell.cell, env, scope, outer) for each in cell.paths]
        return all_of(truths) if cell.cell is ABSENT else any_of(truths)
    start = max((prefix for prefix in env if starts_with(path, prefix)), key=len)
    end = _list_end(path[len(start) :])
    if end is None:
        return test_node(symbols.resolve(path, env, scope), cell, scope)
    if cell is ABSENT:
        return negate(test_source(path, PRESENT, env, scope, outer))
    end += len(start)
    node = symbols.resolve(path[:end], env, outer)
    list_node = node if isinstance(node, JoinedList) else symbols.as_list_node(node, outer)
    if list_node is None:
        return False

    def test(element: Node, scope: Scope) -> Truth:
        return test_source(path, cell, {**env, path[: end + 1]: element}, scope, scope)

    return any_element(list_node, test, outer)


def has_element(node: Node, scope: Scope) -> Truth:
    """Return whether a list has an element."""
    if isinstance(node, JoinedList):
        return any_of([has_element(part, scope) for part in node.parts])
    list_node = symbols.as_list_node(node, scope)
    if list_node is None:
        return False
    if list_node.fixed_element is not None or not list_node.source_lists:
        return any_element(list_node, lambda *_: True, scope)
    return symbols.emit_elements(list_node, scope)


def test_node(node: Node, cell: Cell, scope: Scope) -> Truth:
    """Return whether a node matches a cell: values, `$present` or `$absent`."""
    if cell is ABSENT:
        return negate(exists(node, scope))
    if not isinstance(cell, tuple):
        return exists(node, scope)
    try:
        return rows.cell_matches(node, cell)
    except Undecided:
        pass
    assert isinstance(node, Value)
    name = symbols.emit_local(node, scope, "value")
    values = [value for value in cell if value is not None]
    if all(isinstance(value, str) for value in values):
        test = f"{name} == {values[0]!r}" if len(values) == 1 else f"{name} in {tuple(values)!r}"
    else:
        test = f"is_one_of({name}, {values!r})"
    return f"{name} is None or {test}" if None in cell else test


def equals(node: Value, value: nodes.Json, scope: Scope) -> Truth:
    """Return whether a value equals a JSON value."""
    if not isinstance(node.constant, Unset):
        return not isinstance(value, list | dict) and json_equal(node.constant, value)
    return f"is_one_of({symbols.emit_local(node, scope, 'value')}, [{value!r}])"


def has_all_elements(list_node: ListNode | JoinedList, scope: Scope) -> Truth:
    """Emit loops that test whether a list has elements, all of which have a value."""

    def lacks_value(element: Node, scope: Scope) -> Truth:
        return negate(presence_of(element))

    is_there = any_element(list_node, lambda element, scope: True, scope)
    return all_of([is_there, negate(any_element(list_node, lacks_value, scope))])


def any_element(
    list_node: ListNode | JoinedList, test: Callable[[Node, Scope], Truth], scope: Scope
) -> Truth:
    """Emit loops that test whether a condition holds for some element of a list."""
    if isinstance(list_node, JoinedList):
        return any_of([any_element(part, test, scope) for part in list_node.parts])
    presence = list_node.presence_code
    if list_node.fixed_element is not None:
        truth = test(list_node.fixed_element, scope)
        return all_of([presence, truth]) if presence else truth
    found = scope.names.fresh("found")
    scope.block.add(f"{found} = False")
    with scope.block.nest_if(presence) as block, list_node.loop(block) as (body, element):
        truth = test(element, scope.inner(body))
        if truth is not False:
            body.add(f"{found} = True", condition=truth if isinstance(truth, str) else "")
    return found
