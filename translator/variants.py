"""The code of one variant of the source: the hops of a route, run on symbols."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from translator import numbers, runtime, times
from translator.code import Block, Names, Pool, constant_name
from translator.converting import Context, Refusal
from translator.diagnostics import Location
from translator.hop import Hop
from translator.inverse import DirectedCase
from translator.moving import Mover
from translator.options import Options
from translator.origins import Entry, Origin, Trail
from translator.paths import Path
from translator.rowmatch import Refused, mark
from translator.selectors import OTHER, Choice, Step
from translator.shapes import Object, Opaque, Scalar, Union
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
    child,
    elements,
    holder,
    local,
    once,
    resolve,
    typed,
)
from translator.vetting import ask, vet, vettable
from translator.writing import Writer

_MARK = re.compile("\x01(.*?)\x02(.*?)\x03", re.DOTALL)

_TAKEN = frozenset(
    {"event", "key", "events", "note", "keep", "problem", "variant", "constants", "as_event",
     "invalid", "judge", "made", "only", "refusal", "unlooked", *dir(builtins),
     *dir(runtime), *dir(numbers), *dir(times), "is_uuid", "matches_rfc3339", "usual_rfc3339"}
)  # fmt: skip


def vets(source: Object | Union, options: Options) -> bool:
    """Whether emitted tests judge the events."""
    judged = options.checked and not options.report and not options.typed
    return judged and vettable(source)


@dataclass(frozen=True, slots=True)
class Body:
    """The code of one variant, with its constants marked; or why it is refused, by what rule."""

    text: str
    constants: tuple[tuple[str, str], ...]
    refused: tuple[str, str, str] | None = None
    rule: Location | None = None

    @property
    def lines(self) -> str:
        """The code with its constants in their places."""
        values = iter([value for _, value in self.constants])
        return re.sub("\x01", lambda _: next(values), self.text)


@dataclass(frozen=True, slots=True)
class Made:
    """One form that a translation can take: the shape that is written, and its members."""

    shape: Object
    entries: tuple[Entry, ...]


class Variant:
    """Emits the code for the events of a source that `choice` describes."""

    def __init__(
        self,
        source: Object | Union,
        steps: Sequence[Step],
        options: Options,
        pool: Pool,
        choice: Choice,
        trail: Trail | None = None,
    ) -> None:
        self.shape = (
            source.variants[choice[(source.discriminator,)]]  # type: ignore[index]
            if isinstance(source, Union)
            else source
        )
        self.steps, self.options, self.choice = steps, options, choice
        self.names = Names(_TAKEN)
        self.context = Context(pool, self.names, options.params, options.allow, options.guarded)
        self.vets = vets(source, options)
        self.read: tuple[Block, ...] = ()
        self.outside: tuple[Block, ...] = ()
        self.trail = trail
        self.made: list[Made] = []
        self.fans_out = False

    def body(self) -> Body:
        """The variant's code, or why it is refused."""
        first, block = self.read = (Block(), Block())
        scope = Scope(block, self.names)
        try:
            asks = self.vets or self.options.typed
            node = self._root(Scope(first, self.names) if asks else scope)
            for step in self.steps[:-1]:
                hop = self._hop(step, last=False)
                hop.decide(node, scope, step.target)
                case = hop.case(node, scope)
                node = hop.build(case, {(): node}, scope, case.each)
            self._write(node, scope)
        except Refused as refused:
            if not block:
                said = (refused.code, refused.where.plain, refused.message)
                return Body("", (), said, refused.rule if self.options.report else None)
            where = Where() if refused.where.indexes else refused.where
            block.add(self._refusal(refused, where))
        text = first.text(1) + block.text(1)
        return Body(_MARK.sub("\x01", text), tuple(_MARK.findall(text)))

    def _root(self, scope: Scope) -> Node:
        root = Value(
            lambda: "event",
            self.shape,
            Where(),
            origins=lambda: "('$',)",
            came=(Origin(((),)),),
            scope=scope,
        )
        if self.options.typed:
            root = typed(root)
            ask(root, scope)
        elif self.vets:
            vet(root, self.choice, scope, self.context.pool)
        return self._decided(root, (), scope)

    def _decided(self, node: Value, path: Path, scope: Scope) -> Node:
        """The event with the members that are decided in this variant as constants."""
        below = {at[len(path)] for at in self.choice if at[: len(path)] == path and at != path}
        if not below:
            return node
        known: dict[str, Node] = {}
        for name in sorted(below):
            at = (*path, name)
            found = child(node, name, scope)
            if isinstance(found, Absent):
                known[name] = ABSENT
            elif at in self.choice:
                assert isinstance(found, Value)
                known[name] = self._constant(found, at)
            else:
                assert isinstance(found, Value)
                known[name] = self._decided(found, at, scope)
        rest: dict[str, Node] = {}

        def others(name: str) -> Node:
            if name not in rest:
                rest[name] = child(node, name, scope)
            return rest[name]

        return Tree(known, others)

    def _constant(self, value: Value, path: Path) -> Node:
        decided = self.choice[path]
        if decided is None:
            return ABSENT
        if isinstance(decided, OTHER):
            return replace(value, optional=False, excluded=decided.than)
        return replace(
            value, make=once(lambda: mark(decided, path)), optional=False, constant=decided
        )

    def _hop(self, step: Step, *, last: bool) -> Hop:
        tables = {name: constant_name("CROSSWALK", name) for name in self.options.crosswalks}
        mover = Mover(
            step.directed, self.context, tables if last else {}, self.options.report, last
        )
        return Hop(mover)

    def _write(self, root: Node, scope: Scope) -> None:
        step = self.steps[-1]
        hop = self._hop(step, last=True)
        hop.decide(root, scope, step.target)
        if not step.directed.to_left:
            case = hop.case(root, scope)
            tree = hop.build(case, {(): root}, scope, case.each)
            self._finish(tree, hop, scope, "return {}")
            return
        self._cases(root, hop, scope)

    def _finish(self, tree: Tree, hop: Hop, scope: Scope, line: str) -> str:
        """Emit what builds an event, and `line` with the code that it is; gives that code."""
        assert isinstance(hop.mover.target, Object)
        writer = Writer(
            hop.mover.directed.target,
            self.context.pool,
            self.names,
            hop.mover.wants,
            self.trail,
            self.outside,
            self.options.typed,
        )
        start = len(self.trail.order) if self.trail is not None else 0
        written = writer.object(tree, hop.mover.target, (), scope)
        if self.trail is not None:
            self.made.append(Made(hop.mover.target, tuple(self.trail.order[start:])))
        if line:
            scope.block.add(line.format(written.code))
        return written.code

    def _cases(self, root: Node, hop: Hop, scope: Scope) -> None:
        """Try the cases in their order; the first that the event has decides what is written."""
        nothing: list[str] = []
        for case in hop.mover.directed.cases:
            condition = ""
            if case.present is not None:
                node = resolve(case.present, {(): root}, scope)
                if not isinstance(node, Value):
                    continue
                condition = f"{node.make()} is not None" if node.optional else ""
            if case.each is None:
                self._single(case, {(): root}, hop, scope, condition)
                if not condition:
                    return
                continue
            nothing.append(case.each[-2])
            seq = elements(resolve(case.each[:-1], {(): root}, scope), scope)
            if seq is None:
                continue
            if seq.fixed is not None:
                condition = seq.present() if seq.present is not None else ""
                env = {(): root, case.each: seq.fixed}
                self._single(case, env, hop, scope, condition)
                if not condition:
                    return
            else:
                self._several(case, root, seq, hop, scope)
        what = " or ".join(dict.fromkeys(nothing)) or "what it names"
        target = hop.mover.directed.target
        raise Refused(
            "no-item", Where(), f"{target} records one event for each of {what}, and there is none"
        )

    def _single(self, case: DirectedCase, env: Env, hop: Hop, scope: Scope, condition: str) -> None:
        """The one event of a case, under a condition if there is one."""
        if not condition:
            self._finish(hop.build(case, env, scope), hop, scope, "return {}")
            return
        if case.present is not None and case.each is None:
            env = {**env, **_there(case.present, env, scope)}
        with scope.block.nest(f"if {condition}:") as block:
            inner = scope.inner(block)
            self._try(
                lambda: self._finish(hop.build(case, env, inner), hop, inner, "return {}"), inner
            )

    def _several(self, case: DirectedCase, root: Node, seq: Seq, hop: Hop, scope: Scope) -> None:
        """The events of a case that has one for each element of a list."""
        assert case.each is not None
        self.fans_out = True
        condition = seq.present() if seq.present is not None else "True"
        listed = seq.plain
        plain = local(replace(listed, make=holder(listed)), scope, "items") if listed else ""
        condition = plain or condition
        env: dict[Path, Node] = {(): root}
        each, empty = case.each, ["[]"]
        with scope.block.nest(f"if {condition}:") as block:
            inner = scope.inner(block)
            hop.mover.outer = inner
            self.outside = (*self.read, block) if plain else ()
            with seq.each(block) as (body, element):
                deeper = scope.inner(body)

                def one() -> None:
                    tree = hop.build(case, {**env, each: element}, deeper)
                    code = self._finish(tree, hop, deeper, "")
                    if plain and code.isidentifier() and not self.options.report:
                        # In most events there is one element: no list is made for it.
                        empty.insert(0, f"None if len({plain}) == 1 else []")
                        with deeper.block.nest("if events is None:") as alone:
                            alone.add(f"return {code}")
                    deeper.block.add(f"events.append({code})")

                self._try(one, deeper)
                block.add(f"events = {empty[0]}")
            block.comprehend("events")
            hop.mover.outer, self.outside = None, ()
            if plain:
                block.add("return events")
            else:
                with inner.block.nest("if events:") as returning:
                    returning.add("return events")

    def _refusal(self, refused: Refused, where: Where) -> str:
        rule = refused.rule if self.options.report else None
        return Refusal(refused.code, where, "", rule=rule).line(repr(refused.message))

    def _try(self, emit: Callable[[], object], scope: Scope) -> None:
        """Emit; what is refused beforehand is refused where the code would have stood."""
        try:
            emit()
        except Refused as error:
            scope.block.add(self._refusal(error, error.where))


def _there(path: Path, env: Env, scope: Scope) -> Env:
    """What stands at `path` where it is known to be there."""
    node = resolve(path, env, scope)
    if isinstance(node, Value) and isinstance(node.shape, Scalar | Opaque):
        return {path: replace(node, optional=False)}
    return {}
