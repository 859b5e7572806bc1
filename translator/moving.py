"""One move of a mapping on data: the first source that is present, converted and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from translator import converting
from translator.code import Block
from translator.converting import Context, Refusal
from translator.copying import copied, narrowed
from translator.fitting import fits
from translator.guards import checks, sift
from translator.inverse import Directed, Move, Source
from translator.joining import join, split
from translator.nodes import Nothing, Plain, Same, Template, Values
from translator.noting import note, note_values
from translator.origins import Origin, Use, through, uses
from translator.paths import Path, show_path
from translator.rowmatch import Refused, constant, held_to
from translator.sameness import is_held, is_plain, is_sifted, may_be_none
from translator.shapes import ListOf, Object, Opaque, Scalar, Shape, shape_at
from translator.symbols import (
    ABSENT,
    TEXT,
    Absent,
    Env,
    Node,
    Scope,
    Value,
    Where,
    local,
    once,
    resolve,
)


@dataclass(slots=True)
class Mover:
    """Makes the moves of one mapping in one direction, for one variant of the source.

    `crosswalks` are the constants that hold the tables to use here. `report` asks for code that
    notes what became of each member. `final` moves write what the caller gets. `target` is the
    variant that is written; `row_values` and `allowed` are what rows say of its members. `written`
    collects what the moves gave, `wants` what would have filled a place that stayed empty. `outer`
    is the scope around the loop over the elements that events are made of, for what is the same in
    all of them.
    """

    directed: Directed
    context: Context
    crosswalks: Mapping[str, str]
    report: bool = False
    final: bool = True
    target: Shape = field(default_factory=lambda: Object({}))
    row_values: dict[Path, Node] = field(default_factory=dict)
    allowed: dict[Path, tuple[tuple[Plain, ...], str]] = field(default_factory=dict)
    written: dict[Path, Node] = field(default_factory=dict)
    wants: dict[Path, Source] = field(default_factory=dict)
    outer: Scope | None = None

    @property
    def guarded(self) -> bool:
        """Whether values are held to what only the target demands of them."""
        return self.context.guarded

    def moved(self, move: Move, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        """What a move writes, by the members it writes to; nothing where nothing is there."""
        target = move.targets[0]
        if target in self.row_values and not move.sources:
            yield from self._row_value(target, move, scope)
            return
        if len(move.targets) > 1:
            yield from self._split(move, env, scope)
            return
        shape = shape_at(self.target, target)
        if shape is None:
            return
        node = self._chosen(move, shape, env, scope)
        if target in self.allowed:
            if isinstance(node, Absent):
                node = self.row_values.get(target, ABSENT)
            elif isinstance(node, Value):
                values, shown = self.allowed[target]
                where = self.outer if self.outer is not None and node.scope is self.outer else scope
                node = held_to(node, values, shown, target, where, self.context.pool)
        self.written[target] = node
        if not isinstance(node, Absent):
            yield target, node

    def _chosen(self, move: Move, shape: Shape, env: Env, scope: Scope) -> Node:
        """The first of a move's sources that is present, converted and checked."""
        found: list[tuple[Source, Node]] = []
        for source in move.sources:
            node = self._found(source, env, scope)
            if source.kind == "opt-in" and source.name not in self.context.allow:
                self.wants.setdefault(move.targets[0], source)
                continue
            if isinstance(node, Absent):
                if source.param:
                    self.wants[move.targets[0]] = source
                continue
            found.append((source, node))
            optional = isinstance(node, Value) and node.optional
            if not source.skips and source.unless is None and not optional:
                break
        if not found:
            if isinstance(move.default, Nothing):
                return ABSENT
            came = (Origin((), (Use("default", move.location),)),)
            return constant(move.default, move.targets[0], Where(), came=came)
        first = found[0][1]
        if len(found) == 1 and not isinstance(first, Value):
            return first
        if len(found) == 1 and isinstance(first, Value) and not isinstance(first.constant, Nothing):
            source = found[0][0]
            if isinstance(source.codec, Values):
                return self._static_or_skip(source, first, move, scope)
            if isinstance(source.codec, Same):
                return replace(first, came=through(first.came, *uses(source, self.crosswalks)))
        return self.chain(move, found, shape, scope)

    def _static_or_skip(self, source: Source, node: Value, move: Move, scope: Scope) -> Node:
        try:
            return self._looked_up(source, node, move.targets[0], scope)
        except Refused:
            if source.skips:
                return ABSENT
            raise

    def _found(self, source: Source, env: Env, scope: Scope) -> Node:
        if source.param:
            name = self.context.param(source.param)
            if name is None:
                return ABSENT
            return Value(
                lambda: name,
                Scalar(frozenset({"string"}), schema={"param": source.param}),
                Where(),
                origins=lambda: "()",
                came=(Origin((), (Use("param", source.location, name=source.param),)),),
            )
        if len(source.paths) > 1:
            return join(source, env, scope, self.context)
        return resolve(source.paths[0], env, scope)

    def chain(
        self, move: Move, found: list[tuple[Source, Node]], shape: Shape, scope: Scope
    ) -> Value:
        """The first of several values that is present at run time, converted and checked."""
        values = [(source, node) for source, node in found if isinstance(node, Value)]
        if self.outer is not None and all(self._is_same(*one) for one in values):
            scope = self.outer
        first_source, first = values[0]
        hint = move.targets[0][-1] if move.targets[0][-1].isidentifier() else "value"
        hint = first_source.param or hint
        last_source, last = values[-1]
        certain = not last_source.skips and not last.optional and last_source.unless is None
        single = len(values) == 1
        simple = single and is_plain(first_source, first, shape, self)
        default = move.default
        held = single and is_held(first_source, first, shape, self)
        sifted = is_sifted(first_source, first, shape, self)
        origins = first.origins
        came = [one for s, v in values for one in through(v.came, *uses(s, self.crosswalks))]
        if not isinstance(default, Nothing):
            came.append(Origin((), (Use("default", move.location),)))
        if simple and isinstance(default, Nothing):
            first = replace(first, shape=self._shape_after(values, shape), came=tuple(came))
            return first if self.final else narrowed(first, shape)
        from_name: list[str] = []

        def make() -> str:
            if single and certain:
                return self.converted(first_source, first, move, shape, scope.block, scope)[0]
            if held and isinstance(default, Nothing):
                code = local(first, scope, hint)
                with scope.block.nest(f"if {code} is not None:") as block:
                    self.converted(first_source, first, move, shape, block, scope)
                return code
            out = scope.names.fresh(hint)
            if self.report:
                from_name.append(scope.names.fresh(f"from_{hint}"))
                scope.block.add(f"{from_name[0]} = ()")
            begins = sifted or may_be_none(first_source, first, shape, self)
            scope.block.add(f"{out} = {first.make() if begins else None}")
            if sifted:
                sift(out, first.shape, shape, scope.block, self.context.pool, first.optional)
            for index, (source, value) in enumerate(values[begins:], int(begins)):
                conditions = [f"{out} is None"] if index else []
                if source.unless is not None:
                    conditions += self._unless(source.unless, scope)
                alone = replace(source, unless=None)
                if value.optional and not may_be_none(alone, value, shape, self):
                    conditions.append(f"{local(value, scope, hint)} is not None")
                if conditions:
                    with scope.block.nest(f"if {' and '.join(conditions)}:") as block:
                        self._take(out, source, value, move, shape, block, scope, from_name)
                else:
                    self._take(out, source, value, move, shape, scope.block, scope, from_name)
            if not isinstance(default, Nothing):
                with scope.block.nest(f"if {out} is None:") as block:
                    block.add(f"{out} = {default!r}")
            return out

        code = once(make)
        if not (single and certain):
            origins = (lambda: (code(), from_name[0])[1]) if self.report else None
        optional = not certain and isinstance(default, Nothing)
        made = Value(
            code,
            self._shape_after(values, shape),
            first.where,
            optional,
            origins=origins,
            came=tuple(came),
            converted=True,
            scope=scope,
        )
        return made if self.final else narrowed(made, shape)

    def _row_value(self, target: Path, move: Move, scope: Scope) -> Iterator[tuple[Path, Node]]:
        """What a row writes: a constant, or the value its variable stands for, checked."""
        node, shape = self.row_values[target], shape_at(self.target, target)
        if shape is None:
            return
        source = Source((), Same(), move.location)
        if isinstance(node, Value) and not is_plain(source, node, shape, self):
            node = self.chain(move, [(source, node)], shape, scope)
        yield target, node

    def static(self, move: Move, root: Node, scope: Scope) -> Value | None:
        """The value of a move if it is known beforehand. Raises `Refused` if it has none."""
        source = move.sources[0]
        if len(source.paths) != 1:
            return None
        node = resolve(source.paths[0], {(): root}, scope)
        if not isinstance(node, Value) or isinstance(node.constant, Nothing):
            return None
        if isinstance(source.codec, Values):
            return self._looked_up(source, node, move.targets[0], scope)
        return node if isinstance(source.codec, Same) else None

    def _looked_up(self, source: Source, node: Value, target: Path, scope: Scope) -> Value:
        assert isinstance(source.codec, Values)
        to_left = self.directed.to_left
        value = node.constant
        assert not isinstance(value, Nothing)
        found = converting.lookup(source.codec.table, self.context.allow, to_left=to_left)
        key = converting.key_of(value)
        if key not in found:
            why = converting.reasons(source.codec.table, self.context.allow, to_left=to_left)
            reason = f": {why[key]}" if key in why else ""
            what = f"{self.directed.target} has no {show_path(target)} for {value!r}{reason}"
            raise Refused("no-equivalent", node.where, what, source.location)
        result, kind, because = found[key]
        if self.report and kind != "exact" and node.origins is not None:
            note(scope.block, "approximated", node.origins(), because)
        use = Use("values", source.location, kind, because, table=source.codec.table)
        return constant(result, target, node.where, node.origins, through(node.came, use))

    def _unless(self, path: Path, scope: Scope) -> list[str]:
        node = self.written.get(path, ABSENT)
        if isinstance(node, Value):
            return [f"{node.make()} is None"] if node.optional else ["False"]
        return []

    def _shape_after(self, values: list[tuple[Source, Value]], shape: Shape) -> Shape:
        if len(values) > 1:
            return shape
        source, value = values[0]
        to_left = self.directed.to_left
        after = converting.shape_after(source.codec, value.shape, shape, to_left=to_left)
        return after if fits(after, shape) else shape

    def _is_same(self, source: Source, value: Value) -> bool:
        """Whether a source gives the same in each round of the loop over the events."""
        other = self.written.get(source.unless) if source.unless is not None else None
        if isinstance(other, Value) and (other.converted or other.where.indexes):
            return other.scope is self.outer
        return not value.where.indexes

    def _take(
        self,
        out: str,
        source: Source,
        value: Value,
        move: Move,
        shape: Shape,
        block: Block,
        scope: Scope,
        from_name: list[str],
    ) -> None:
        code, _ = self.converted(source, value, move, shape, block, scope)
        block.add(f"{out} = {code}")
        if not self.report or value.origins is None:
            return
        origins = value.origins()
        with block.nest(f"if {out} is not None:") as inner:
            inner.add(f"{from_name[0]} = {origins}")
            if source.kind != "exact":
                note(inner, "approximated", origins, source.because)

    def converted(
        self,
        source: Source,
        value: Value,
        move: Move,
        shape: Shape,
        block: Block,
        scope: Scope,
        *,
        always: bool = False,
    ) -> tuple[str, Shape]:
        """Emit into `block` what turns a present value into one the target takes.

        `always` where the value has to be of `shape` for what is done next.
        """
        to_left = self.directed.to_left
        code = value.make()
        now: Shape = value.shape
        what = show_path(move.targets[0])
        is_id = source.id is not None or move.id is not None
        failing = "unmappable-id" if is_id else "unmappable-value"
        place = f"{self.directed.target} {what}"
        if not self.final and source.paths:
            place = f"{self.directed.source} {show_path(source.paths[0])}"
        rule = source.location if self.report else None
        refusal = Refusal(failing, value.where, place, source.skips, rule)
        inner = scope.inner(block)

        def named() -> str:
            if code.isidentifier():
                return code
            name = scope.names.fresh(what.rpartition(".")[2])
            inner.block.add(f"{name} = {code}")
            return name

        table = self.crosswalks.get(source.id or "")
        if table is not None and not source.param:
            name = scope.names.fresh(what.rpartition(".")[2])
            block.add(f"{name} = look_up({table}, {source.id!r}, {code}, {value.where.code()})")
            code, now = name, TEXT
        if source.param:
            return code, shape
        if not isinstance(source.codec, Same | Template):
            code = named()
            before = code
            code, now = converting.convert(
                source.codec, code, now, shape, block, self.context, refusal, to_left=to_left
            )
            if self.report and isinstance(source.codec, Values):
                note_values(source.codec, before, code, value, block, self.context, to_left=to_left)
            elif self.report and code != before:
                with block.nest(f"if {code} != {before}:") as noted:
                    origins = value.origins() if value.origins else "()"
                    note(noted, "normalised", origins, "the same in another spelling")
        if isinstance(now, ListOf | Object | Opaque) and not isinstance(shape, Scalar):
            name = scope.names.fresh(what.rpartition(".")[2])
            block.add(
                f"{name} = {copied(replace(value, shape=now), code, shape, self.context.pool)}"
            )
            code = name
            if fits(now, shape):
                return code, shape
        looks = self.guarded or source.skips or always
        if looks and checks(now, shape, "{}", self.context.pool):
            code = named()
            if source.skips:
                copy = scope.names.fresh(what.rpartition(".")[2])
                block.add(f"{copy} = {code}")
                code = copy
            guard = f"{code} is not None and " if source.skips else ""
            for check in checks(now, shape, code, self.context.pool):
                with block.nest(f"if {guard}not ({check.test}):") as failed:
                    refusal.emit(failed, code, check.demand, check.problem)
            now = shape
        return code, now

    def _split(self, move: Move, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        source = move.sources[0]
        node = resolve(source.paths[0], env, scope)
        if not isinstance(node, Value):
            return
        single = replace(source, codec=Same())
        shapes = [shape_at(self.target, path) or TEXT for path in move.targets]

        def given(block: Block) -> str:
            return self.converted(single, node, move, TEXT, block, scope, always=True)[0]

        what = f"{self.directed.target} {', '.join(map(show_path, move.targets))}"
        failing = "unmappable-value" if source.id is None else "unmappable-id"
        rule = source.location if self.report else None
        refusal = Refusal(failing, node.where, what, source.skips, rule)
        hint = f"; a crosswalk {source.id!r} can say which one it is"
        if not source.id or source.id in self.crosswalks:
            hint = ""
        crossed = replace(node, came=through(node.came, *uses(source, self.crosswalks)[:-1]))
        yield from split(move, crossed, shapes, given, scope, self.context, refusal, hint)
