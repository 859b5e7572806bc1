"""Lists side by side: the elements at the same index of several lists belong together.

The first list has the elements; the lists beside it have something for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from translator.compiler import symbols
from translator.compiler.blocks import Block
from translator.compiler.conversions import RefusalEmitter, escape_literal
from translator.compiler.lineage import Origins, RuleUse
from translator.compiler.symbols import (
    Absent,
    JoinedList,
    ListNode,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.errors import Diagnostic, Location, MappingError
from translator.memo import memoized, replace
from translator.paths import LIST_ITEM, Path, format_path
from translator.schema.types import ANYTHING, ListOf, SchemaType

OTHER_LENGTH = "it does not have one element for each of those beside it"
"""Why the elements of a list are lost that is skipped."""

SAME_LENGTH = "where it is in a list of the same length"
"""The condition on which the elements of such a list are written."""


@dataclass(frozen=True, slots=True)
class _Side:
    """A list beside another: `emit` returns its variable, `element` what it has at an index."""

    emit: Callable[[], str]
    element: Callable[[str, str, Scope], Value]
    source_path: SourcePath
    emit_origins: Callable[[str], str] | None
    value: Value | None = None


def align_lists(
    lists: Mapping[Path, Node], skipped: Sequence[Path], location: Location, scope: Scope
) -> ListNode:
    """Return the first of several lists, with the elements of the others at the same index.

    Lists of another length are refused, or those in `skipped` left out. The element of the result
    has a field for each list, by number.
    """
    (first_path, first), *others = lists.items()
    main = symbols.as_list_node(first, scope)
    if main is None:
        raise _unaligned(location)
    aligner = Aligner(first_path, main, scope)
    for path, node in others:
        aligner.add(path, node, location, skips=path in skipped)
    return aligner.aligned()


class Aligner:
    """Opens loops over a list, with what the lists beside it have at the same index."""

    def __init__(self, path: Path, main: ListNode, scope: Scope) -> None:
        self._path, self._main, self._scope = path, main, scope
        self._sides: dict[Path, tuple[_Side, Callable[[], str]]] = {}
        self._skipped: dict[Path, RuleUse] = {}
        self._length = memoized(partial(length_of, main, scope))
        self._index = scope.names.fresh("position")

    def add(self, path: Path, node: Node, location: Location, *, skips: bool) -> None:
        """Add a list beside the first; with `skips`, one of another length is left out."""
        side = _as_side(node, location, self._scope)
        emit = memoized(partial(self._emit_fitting, path, side, location, skips=skips))
        self._sides[path] = (side, emit)
        if skips:
            limit = RuleUse("same", location, conditions=SAME_LENGTH, conditional=True)
            self._skipped[path] = limit

    def check(self) -> None:
        """Emit the checks of all lengths."""
        for _, emit in self._sides.values():
            emit()

    def elements(self, scope: Scope) -> dict[Path, Node]:
        """Return what each list beside the first has, by the path of its elements."""
        index = "0" if self._main.fixed_element is not None else self._index
        elements: dict[Path, Node] = {}
        for path, (side, emit) in self._sides.items():
            element = side.element(emit(), index, scope)
            limit = self._skipped.get(path)
            elements[path] = element if limit is None else element.with_uses(limit)
        return elements

    def aligned(self) -> ListNode:
        """Return the list with all elements side by side."""
        main = self._main
        if (fixed := main.fixed_element) is not None:
            sides = self.elements(self._scope)
            return replace(main, fixed_element=_side_by_side(fixed, sides))

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            self.check()
            with self.open(block) as (body, element):
                sides = self.elements(self._scope.inner(body))
                yield body, _side_by_side(element, sides)

        def presence() -> str:
            self.check()
            return main.presence_code or "True"

        values = (side.value for side, _ in self._sides.values() if side.value is not None)
        return replace(
            main, loop=loop, presence=presence, source_lists=(*main.source_lists, *values)
        )

    @contextmanager
    def open(self, block: Block) -> Iterator[tuple[Block, Node]]:
        """Open a loop over the list, which counts the elements."""
        main, index = self._main, self._index
        runs = (value.run or next(reversed(value.open_runs), None) for value in main.looped)
        run = next(filter(None, runs), None) or main.run
        block.add(f"{index} = {run.start} - 1" if run is not None else f"{index} = -1")
        with main.loop(block) as (body, element):
            body.add(f"{index} += 1")
            yield body, element

    def _emit_fitting(self, path: Path, side: _Side, location: Location, *, skips: bool) -> str:
        """Emit a list if it has the right length; returns its variable, which may be None."""
        scope, block = self._scope, self._scope.block
        code, length = side.emit(), self._length()
        is_other = f"{code} is not None and len({code}) != {length}"
        if not skips:
            names = [format_path(each[:-1]) for each in (path, self._path)]
            first, second = map(escape_literal, names)
            message = f"{first} has {{len({code})}} elements and {second} has {{{length}}}"
            rule = location if scope.options.report else None
            refusal = RefusalEmitter("unmappable-value", side.source_path, "", rule=rule)
            message = f'f"{message}: parallel lists must have the same length"'
            if scope.options.guarded:
                block.add(refusal.raise_line(message), condition=is_other)
            return code
        out = scope.names.fresh("fitting")
        block.add(f"{out} = {code}")
        with block.nest(f"if {is_other}:") as inner:
            inner.add(f"{out} = None")
            if scope.options.report and side.emit_origins is not None:
                with inner.nest(f"for lost in range(len({code})):") as body:
                    note = f"notes.append(('lost', {side.emit_origins('lost')}, {OTHER_LENGTH!r}))"
                    body.add(note, condition=f"{code}[lost] is not None")
        return out


def _unaligned(location: Location) -> MappingError:
    message = "these parallel lists are not all lists of the source event itself"
    hint = "add a direct mapping between the two formats, ONE--OTHER.yaml"
    return MappingError([Diagnostic("lined-up", location, message, hint)])


def _side_by_side(element: Node, sides: Mapping[Path, Node]) -> ObjectNode:
    return ObjectNode({str(number): node for number, node in enumerate((element, *sides.values()))})


def length_of(node: ListNode, scope: Scope) -> str:
    """Return the code of the number of elements of a list, all of them if it is a run."""
    presence = node.presence_code
    if node.fixed_element is not None:
        return f"int(bool({presence}))" if presence else "1"
    if node.looped and not node.filtered:
        value = node.looped[0]
        value = value.run.whole or value if value.run is not None else value
        code = symbols.container_emitter(value)()
        is_sure = not value.optional and (not presence or node.run is not None)
        if presence and node.run is None and presence != f"{code} is not None":
            return f"(len({code} or ()) if {presence} else 0)"
        return f"len({code})" if is_sure else f"len({code} or ())"
    count = scope.names.fresh("count")
    scope.block.add(f"{count} = 0")
    with scope.block.nest_if(presence) as block, node.loop(block) as (body, _):
        body.add(f"{count} += 1")
    return count


def _as_side(node: Node, location: Location, scope: Scope) -> _Side:
    """Return a list that can be read by index."""
    if isinstance(node, Value):
        value = symbols.as_list_value(node, scope)
        if value is not None:
            return _side_of_value(value, scope)
    list_node = node if isinstance(node, ListNode | JoinedList) else None
    if list_node is None:
        raise _unaligned(location)
    return _side_of_nodes(list_node, location, scope)


def _side_of_value(value: Value, scope: Scope) -> _Side:
    assert isinstance(value.type, ListOf)
    items = value.type.items

    @memoized
    def emit() -> str:
        container = replace(value, emit=symbols.container_emitter(value))
        return symbols.emit_local(container, scope, "beside")

    def element(code: str, index: str, scope: Scope) -> Value:
        @memoized
        def emit_element() -> str:
            item = f"{code}[{index}]"
            item = f"{item} if {code} is not None else None"
            return symbols.emit_variable("item", item, scope)

        path = (
            value.source_path.element(index)
            if not index.isdigit()
            else (value.source_path.position(int(index)))
        )
        return symbols.value_part(
            value, (LIST_ITEM,), emit_element, items, path, scope, optional=True
        )

    def emit_origins(index: str) -> str:
        return f"({value.source_path.element(index).code()},)"

    return _Side(emit, element, value.source_path, emit_origins, value)


def _side_of_nodes(node: ListNode | JoinedList, location: Location, scope: Scope) -> _Side:
    """Return a list that another mapping writes, collected in a variable."""
    parts = node.parts if isinstance(node, JoinedList) else (node,)
    types: list[SchemaType] = []
    origins: list[Origins] = []

    def visit(scope: Scope, use: Callable[[Value | None, Scope], None]) -> None:
        for part in parts:
            with scope.block.nest_if(part.presence_code) as block:
                if part.fixed_element is not None:
                    use(_value_of(part.fixed_element, location), scope.inner(block))
                    continue
                with part.loop(block) as (body, element):
                    use(_value_of(element, location), scope.inner(body))

    def collect(value: Value | None, _: Scope) -> None:
        if value is not None:
            types.append(value.type)
            origins.append(value.origins)

    visit(scope.inner(Block()), collect)
    names = [scope.names.fresh(name) for name in ("beside", "from_beside")]
    out, sources = names
    is_reported = scope.options.report

    @memoized
    def emit() -> str:
        present = [part.presence_code for part in parts]
        condition = "" if "" in present else " or ".join(f"({each})" for each in present)
        scope.block.add(f"{out} = {f'[] if {condition} else None' if condition else '[]'}")
        if is_reported:
            scope.block.add(f"{sources} = []")

        def append(value: Value | None, scope: Scope) -> None:
            scope.block.add(f"{out}.append({'None' if value is None else value.emit()})")
            if is_reported:
                code = "()" if value is None else value.origins_code
                scope.block.add(f"{sources}.append({code})")

        visit(scope, append)
        return out

    def emit_origins(index: str) -> str:
        return f"{sources}[{index}]"

    source_path = node.source_path if isinstance(node, ListNode) else SourcePath()
    item_type = types[0] if len(types) == 1 else ANYTHING

    def element(code: str, index: str, scope: Scope) -> Value:
        @memoized
        def emit_element() -> str:
            item = f"{code}[{index}] if {code} is not None else None"
            return symbols.emit_variable("item", item, scope)

        path = source_path.position(int(index)) if index.isdigit() else source_path.element(index)
        return Value(
            emit_element,
            item_type,
            path,
            optional=True,
            emit_origins=(lambda: emit_origins(index)) if is_reported else None,
            origins=tuple(dict.fromkeys(each for group in origins for each in group)),
            converted=True,
            conditional=True,
            scope=scope,
        )

    return _Side(emit, element, source_path, emit_origins)


def _value_of(node: Node, location: Location) -> Value | None:
    if isinstance(node, Absent):
        return None
    if not isinstance(node, Value):
        raise _unaligned(location)
    return node
