"""One mapping applied in one direction: symbols of the source in, symbols of the target out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from translator import rowmatch
from translator.carrying import carry
from translator.code import Block
from translator.converting import Refusal
from translator.diagnostics import Diagnostic
from translator.errors import MappingError
from translator.inverse import DirectedCase, Move
from translator.moving import Mover
from translator.nodes import Constant, Nothing
from translator.noting import note
from translator.paths import EACH, FREE, Path, list_prefix, show_path
from translator.rowmatch import Refused, constant
from translator.shapes import Object, Union, same
from translator.symbols import (
    ABSENT,
    Absent,
    Env,
    Node,
    Scope,
    Seq,
    Tree,
    Value,
    Where,
    elements,
    local,
    once,
    resolve,
    zipped,
)
from translator.trees import place, present_if_any


@dataclass(frozen=True, slots=True)
class Hop:
    """A mapping in one direction: what rows decide first, then the moves, list by list."""

    mover: Mover

    def decide(self, root: Node, scope: Scope, target: Object | Union) -> None:
        """Apply the tables of rows, and with what they say choose the target's variant."""
        to_left = self.mover.directed.to_left
        for table in self.mover.directed.tables:
            matched = rowmatch.match(
                table,
                lambda path: resolve(path, {(): root}, scope),
                self.mover.context.allow,
                target=self.mover.directed.target,
                to_left=to_left,
            )
            if self.mover.report and matched.pair.kind != "exact":
                note(scope.block, "approximated", matched.origins(), matched.pair.because)
            for path, cell in matched.cells:
                if cell == (None,):
                    continue
                if isinstance(cell, tuple):
                    self.mover.allowed[path] = (cell, matched.shown)
                    if len(cell) != 1:
                        continue
                    node: Node = constant(
                        cell[0], path, matched.where, matched.origins, matched.came
                    )
                else:
                    node = self._variable(cell, path, matched, scope)
                self.mover.row_values[path] = node
        self.mover.target = self._variant(root, scope, target)
        for one in self.mover.directed.constants(written=False):
            self._expect(resolve(one.path, {(): root}, scope), one, scope)
        self._refuse_early(root, scope)

    def _refuse_early(self, root: Node, scope: Scope) -> None:
        """Refuse what is known to have no equivalent, before asking for what else it lacks."""
        cases = self.mover.directed.cases
        if not self.mover.directed.to_left:
            cases = (self.case(root, scope),)
        refusals: list[Refused] = []
        for case in cases:
            try:
                for move in case.moves:
                    if move.sources and not move.sources[0].skips:
                        self.mover.static(move, root, scope)
            except Refused as error:
                refusals.append(error)
        if refusals and len(refusals) == len(cases):
            raise refusals[0]

    def _expect(self, node: Node, one: Constant, scope: Scope) -> None:
        """Refuse an event whose constant member holds something else."""
        if not isinstance(node, Value):
            return
        if not isinstance(node.constant, Nothing):
            if not same(node.constant, one.value):
                what = f"{show_path(one.path)} must be {one.value!r}, the only value translated"
                raise Refused("unmappable-value", node.where, what, one.location)
            return
        name = local(node, scope, one.path[-1])
        absent = f"{name} is not None and " if node.optional else ""
        with scope.block.nest(f"if {absent}not is_one_of({name}, [{one.value!r}]):") as block:
            rule = one.location if self.mover.report else None
            refusal = Refusal("unmappable-value", node.where, show_path(one.path), rule=rule)
            refusal.emit(block, name, f"must be {one.value!r}, the only value translated")

    def _expect_below(self, prefix: Path, env: Env, scope: Scope) -> None:
        """The same for constants of the elements of a list, inside the loop over it."""
        for one in self.mover.directed.constants(written=False):
            if one.path[: len(prefix)] == prefix and EACH not in one.path[len(prefix) :]:
                self._expect(resolve(one.path, env, scope), one, scope)

    def _variable(self, value: Value, path: Path, matched: rowmatch.Match, scope: Scope) -> Value:
        taken = matched.taken.get(path, frozenset())
        if not taken:
            return value

        def make() -> str:
            name = local(value, scope, path[-1])
            names = self.mover.context.pool.constant("taken", repr(sorted(map(str, taken))))
            with scope.block.nest(f"if {name} in {names}:") as block:
                rule = matched.pair.location if self.mover.report else None
                refusal = Refusal("no-equivalent", value.where, show_path(path), rule=rule)
                refusal.emit(block, name, "is the name of another action there")
            return name

        return replace(value, make=once(make))

    def _variant(self, root: Node, scope: Scope, target: Object | Union) -> Object:
        if isinstance(target, Object):
            return target
        path = (target.discriminator,)
        node = self.mover.row_values.get(path, ABSENT)
        for one in self.mover.directed.constants(written=True):
            if one.path == path:
                node = constant(one.value, path, Where())
        if isinstance(node, Absent):
            for case in self.mover.directed.cases:
                for move in case.moves:
                    if move.targets == (path,):
                        found = self.mover.static(move, root, scope)
                        node = found if found is not None else node
        if not isinstance(node, Value) or node.constant not in target.variants:
            location = self.mover.directed.mapping.cases[0].location
            message = f"no rule decides {show_path(path)}, which tells the target's variants apart"
            hint = "write it by a rule, a row or a constant whose value is known beforehand"
            raise MappingError([Diagnostic("undecided", location, message, hint)])
        return target.variants[node.constant]  # type: ignore[index]

    def case(self, root: Node, scope: Scope) -> DirectedCase:
        """The one case of the source's side that this variant of the source is."""
        try:
            for case in self.mover.directed.cases:
                if all(
                    rowmatch.cell_matches(resolve(path, {(): root}, scope), cell)
                    for path, cell in case.when
                ):
                    return case
        except rowmatch.Undecided as undecided:
            at = undecided.where.plain
            location = self.mover.directed.mapping.cases[0].location
            message = f"the cases hang on {at}, whose values are not listed anywhere"
            hint = "give the member an enum in its spec"
            raise MappingError([Diagnostic("undecided", location, message, hint)]) from None
        raise Refused(
            "no-equivalent",
            Where(),
            f"no case of {self.mover.directed.mapping.file} covers this event",
        )

    def build(self, case: DirectedCase, env: Env, scope: Scope, each: Path | None = None) -> Tree:
        """The target of a case, as a tree. `each` is the list that gets one element per event."""
        for prefix in env:
            if prefix:
                self._expect_below(prefix, env, scope)
        moves = list(self._with_rows(case.moves))
        node = self._level(moves, 0, env, scope, each)
        tree = node if isinstance(node, Tree) else Tree()
        carry(tree, env, scope, self.mover)
        return tree

    def _with_rows(self, moves: tuple[Move, ...]) -> Iterator[Move]:
        written = {path for move in moves for path in move.targets}
        yield from moves
        for path in self.mover.row_values:
            if path not in written:
                yield Move((path,), (), self.mover.directed.mapping.tables[0].location)
        for one in self.mover.directed.constants(written=True):
            yield Move((one.path,), (), one.location, default=one.value)

    def _level(
        self, moves: list[Move], start: int, env: Env, scope: Scope, each: Path | None
    ) -> Node:
        """What stands at one level of the target: `start` segments of each path are above it."""
        tree = Tree()
        grouped: dict[Path, list[Move]] = {}
        for move in moves:
            target = move.targets[0]
            prefix = list_prefix(target, start)
            if prefix is not None:
                grouped.setdefault(prefix, []).append(move)
                continue
            for path, node in self.mover.moved(move, env, scope):
                if len(path) == start:
                    return node
                place(tree, path[start:], node)
        for prefix, group in grouped.items():
            node = self._sequence(group, prefix, env, scope, each)
            if len(prefix) == start + 1:
                return node
            place(tree, prefix[start:-1], node)
        return tree

    def _sequence(
        self, moves: list[Move], prefix: Path, env: Env, scope: Scope, each: Path | None
    ) -> Node:
        keyed = prefix[-1] == FREE
        if prefix == each:
            element = self._level(moves, len(prefix), env, scope, each)
            return Seq(_no_loop, present_if_any(element), element)
        opened: dict[Path, Node] = {}
        for move in moves:
            for source in move.sources:
                for path in source.paths:
                    above = max((p for p in env if path[: len(p)] == p), key=len)
                    inside = list_prefix(path, len(above))
                    if inside is not None and inside not in opened:
                        opened[inside] = resolve(inside[:-1], env, scope)
        present: dict[Path, Node] = {
            path: node for path, node in opened.items() if not isinstance(node, Absent)
        }
        if not present:
            return ABSENT
        if len(present) > 1:
            return self._zip(moves, prefix, present, env, scope)
        ((path, node),) = present.items()
        seq = elements(node, scope)
        if seq is None:
            return ABSENT
        if seq.fixed is not None:
            below = {**env, path: seq.fixed}
            self._expect_below(path, below, scope)
            fixed = self._level(moves, len(prefix), below, scope, each)
            return Seq(_no_loop, seq.present, fixed, keyed)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            with seq.each(block) as (body, element):
                inner = scope.inner(body)
                below = {**env, path: element}
                self._expect_below(path, below, inner)
                yield body, self._level(moves, len(prefix), below, inner, None)

        return Seq(
            loop, seq.present, None, keyed, plain=seq.plain, where=seq.where, lists=seq.lists
        )

    def _zip(
        self, moves: list[Move], prefix: Path, lists: dict[Path, Node], env: Env, scope: Scope
    ) -> Node:
        paths = list(lists)
        values = [node for node in lists.values() if isinstance(node, Value)]
        if len(values) != len(lists):
            message = (
                "these lists, which are read side by side, do not all stand in the event itself"
            )
            hint = "relate the two formats in a mapping of their own, ONE--OTHER.yaml"
            raise MappingError([Diagnostic("lined-up", moves[0].location, message, hint)])

        def line_up(block: Block) -> str:
            given = ", ".join(
                f"({show_path(p[:-1])!r}, {n.make()})" for p, n in zip(paths, values, strict=True)
            )
            where = values[-1].where.code()
            block.add(f'line_up("unmappable-value", {where}, {given})')
            return ""

        always = self.mover.guarded
        check = once(lambda: line_up(scope.block) if always else "")
        seq = zipped(lists, scope, None if always else line_up)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            check()
            with seq.each(block) as (body, element):
                assert isinstance(element, Tree)
                items = dict(zip(paths, element.children.values(), strict=True))
                below = {**env, **items}
                for path in paths:
                    self._expect_below(path, below, scope.inner(body))
                yield body, self._level(moves, len(prefix), below, scope.inner(body), None)

        def present() -> str:
            check()
            return seq.present() if seq.present is not None else "True"

        # The lists are of one length, and there is none without the first.
        return Seq(loop, present, None, prefix[-1] == FREE, plain=values[0], lists=tuple(values))


@contextmanager
def _no_loop(block: Block) -> Iterator[tuple[Block, Node]]:
    yield block, ABSENT
