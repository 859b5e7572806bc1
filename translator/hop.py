"""One mapping applied in one direction: symbols of the source in, symbols of the target out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from translator import converting, rowmatch
from translator.code import Block
from translator.converting import Context, Refusal
from translator.diagnostics import Diagnostic
from translator.errors import MappingError
from translator.guards import checks
from translator.inverse import Directed, DirectedCase, Move, Source
from translator.nodes import NOTHING, Plain, Same, Template, Values
from translator.paths import FREE, Path, list_prefix, show_path
from translator.rowmatch import Refused, constant
from translator.shapes import ListOf, Object, Opaque, Scalar, Shape, Union, fits, member, shape_at
from translator.symbols import (
    ABSENT,
    TEXT,
    Absent,
    Merged,
    Node,
    Scope,
    Seq,
    Tree,
    Value,
    Where,
    child,
    elements,
    local,
    once,
    resolve,
    zipped,
)

Env = Mapping[Path, Node]


@dataclass(slots=True)
class Hop:
    """A mapping in one direction, with what the caller gave and what is known of this variant.

    `crosswalks` are the constants that hold the tables to use in this hop. `report` asks for code
    that notes what became of each member.
    """

    directed: Directed
    context: Context
    crosswalks: Mapping[str, str]
    report: bool = False
    row_values: dict[Path, Node] = field(default_factory=dict)
    allowed: dict[Path, tuple[tuple[Plain, ...], str]] = field(default_factory=dict)
    target: Shape = field(default_factory=lambda: Object({}))
    wants: dict[Path, Source] = field(default_factory=dict)

    # --- rows ------------------------------------------------------------------------------

    def decide(self, root: Node, scope: Scope, target: Object | Union) -> None:
        """Apply the tables of rows, and with what they say choose the target's variant."""
        to_left = self.directed.to_left
        for table in self.directed.tables:
            matched = rowmatch.match(
                table,
                lambda path: resolve(path, {(): root}, scope),
                self.context.allow,
                target=self.directed.target,
                to_left=to_left,
            )
            if self.report and matched.pair.kind != "exact":
                self._note(scope.block, "approximated", matched.origins, matched.pair.because)
            for path, cell in matched.cells:
                if isinstance(cell, tuple):
                    self.allowed[path] = (cell, matched.shown)
                    if len(cell) != 1:
                        continue
                    node: Node = constant(cell[0], path, matched.where, matched.origins)
                else:
                    node = self._variable(cell, path, matched, scope)
                self.row_values[path] = node
        self.target = self._variant(root, scope, target)

    def _variable(
        self, value: Value, path: Path, matched: rowmatch.Match, scope: Scope
    ) -> Value:
        taken = matched.taken.get(path, frozenset())
        if not taken:
            return value

        def make() -> str:
            name = local(value, scope, path[-1])
            names = self.context.pool.constant("taken", repr(sorted(map(str, taken))))
            with scope.block.nest(f"if {name} in {names}:") as block:
                refusal = Refusal("no-equivalent", value.where, show_path(path))
                refusal.emit(block, name, "is the name of another action there")
            return name

        return replace(value, make=once(make))

    def _variant(self, root: Node, scope: Scope, target: Object | Union) -> Object:
        if isinstance(target, Object):
            return target
        path = (target.discriminator,)
        node = self.row_values.get(path, ABSENT)
        if isinstance(node, Absent):
            for case in self.directed.cases:
                for move in case.moves:
                    if move.targets == (path,):
                        found = self._static(move, root, scope)
                        node = found if found is not None else node
        if not isinstance(node, Value) or node.constant not in target.variants:
            location = self.directed.mapping.cases[0].location
            message = f"no rule decides {show_path(path)}, which tells the target's variants apart"
            raise MappingError([Diagnostic("undecided", location, message)])
        return target.variants[node.constant]  # type: ignore[index]

    def _static(self, move: Move, root: Node, scope: Scope) -> Value | None:
        """The value of a move if it is known beforehand. Raises `Refused` if it has none."""
        source = move.sources[0]
        if len(source.paths) != 1:
            return None
        node = resolve(source.paths[0], {(): root}, scope)
        if not isinstance(node, Value) or node.constant is NOTHING:
            return None
        if isinstance(source.codec, Values):
            return self._looked_up(source, node, move.targets[0], scope)
        return node if isinstance(source.codec, Same) else None

    def _looked_up(self, source: Source, node: Value, target: Path, scope: Scope) -> Value:
        assert isinstance(source.codec, Values)
        to_left = self.directed.to_left
        value = node.constant
        assert not isinstance(value, type(NOTHING))
        found = converting.lookup(source.codec.table, self.context.allow, to_left=to_left)
        if value not in found:
            why = converting.why_refused(
                source.codec.table, self.context.allow, value, to_left=to_left
            )
            raise Refused(
                "no-equivalent",
                node.where,
                f"{self.directed.target} has no {show_path(target)} for {value!r}"
                + (f": {why}" if why else ""),
            )
        result, kind, because = found[value]
        if self.report and kind != "exact" and node.origins is not None:
            self._note(scope.block, "approximated", node.origins(), because)
        return constant(result, target, node.where, node.origins)

    # --- cases and moves ---------------------------------------------------------------------

    def case(self, root: Node, scope: Scope) -> DirectedCase:
        """The one case of the source's side that this variant of the source is."""
        for case in self.directed.cases:
            if all(
                rowmatch.cell_matches(resolve(path, {(): root}, scope), cell)
                for path, cell in case.when
            ):
                return case
        raise Refused(
            "no-equivalent", Where(), f"no case of {self.directed.mapping.file} covers this event"
        )

    def build(self, case: DirectedCase, env: Env, scope: Scope, each: Path | None = None) -> Tree:
        """The target of a case, as a tree. `each` is the list that gets one element per event."""
        moves = list(self._with_rows(case.moves))
        node = self._level(moves, 0, env, scope, each)
        tree = node if isinstance(node, Tree) else Tree()
        for one in self.directed.constants(written=True):
            place(tree, one.path, constant(one.value, one.path, Where(), None))
        self._carry(tree, env, scope)
        return tree

    def _with_rows(self, moves: tuple[Move, ...]) -> Iterator[Move]:
        written = {path for move in moves for path in move.targets}
        yield from moves
        for path in self.row_values:
            if path not in written:
                yield Move((path,), (), self.directed.mapping.tables[0].location)

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
            for path, node in self._moved(move, env, scope):
                if len(path) == start:
                    return node
                place(tree, path[start:], node)
        for prefix, group in grouped.items():
            node = self._sequence(group, prefix, env, scope, each)
            place(tree, prefix[start:-1], node)
        return tree

    def _sequence(
        self, moves: list[Move], prefix: Path, env: Env, scope: Scope, each: Path | None
    ) -> Node:
        keyed = prefix[-1] == FREE
        if prefix == each:
            element = self._level(moves, len(prefix), env, scope, each)
            return Seq(_no_loop, None, element)
        opened: dict[Path, Node] = {}
        for move in moves:
            for source in move.sources:
                for path in source.paths:
                    above = max((p for p in env if path[: len(p)] == p), key=len)
                    inside = list_prefix(path, len(above))
                    if inside is not None and inside not in opened:
                        opened[inside] = resolve(inside[:-1], env, scope)
        present = {path: node for path, node in opened.items() if not isinstance(node, Absent)}
        if not present:
            return ABSENT
        if len(present) > 1:
            return self._zip(moves, prefix, present, env, scope)
        (path, node), = present.items()
        seq = elements(node, scope)
        if seq is None:
            return ABSENT
        if seq.fixed is not None:
            fixed = self._level(moves, len(prefix), {**env, path: seq.fixed}, scope, each)
            return Seq(_no_loop, seq.present, fixed, keyed)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            with seq.each(block) as (body, element):
                inner = scope.inner(body)
                yield body, self._level(moves, len(prefix), {**env, path: element}, inner, None)

        return Seq(loop, seq.present, None, keyed)

    def _zip(
        self, moves: list[Move], prefix: Path, lists: dict[Path, Node], env: Env, scope: Scope
    ) -> Node:
        seq, paths = zipped(lists, scope)
        values = [node for node in lists.values() if isinstance(node, Value)]
        if len(values) != len(lists):
            message = "lists that are lined up must stand in the event itself"
            raise MappingError([Diagnostic("lined-up", moves[0].location, message)])

        def lined_up() -> str:
            given = ", ".join(f"({show_path(p[:-1])!r}, {n.make()})" for p, n in
                              zip(paths, values, strict=True))
            where = values[-1].where.code()
            scope.block.add(f'line_up("unmappable-value", {where}, {given})')
            return ""

        check = once(lined_up)

        @contextmanager
        def loop(block: Block) -> Iterator[tuple[Block, Node]]:
            check()
            with seq.each(block) as (body, element):
                assert isinstance(element, Tree)
                items = dict(zip(paths, element.children.values(), strict=True))
                yield body, self._level(moves, len(prefix), {**env, **items}, scope.inner(body), None)

        def present() -> str:
            check()
            return seq.present() if seq.present is not None else "True"

        return Seq(loop, present, None, prefix[-1] == FREE)

    # --- one move ----------------------------------------------------------------------------

    def _moved(self, move: Move, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        target = move.targets[0]
        if target in self.row_values and not move.sources:
            yield target, self.row_values[target]
            return
        if len(move.targets) > 1:
            yield from self._split(move, env, scope)
            return
        shape = shape_at(self.target, target)
        if shape is None:
            return
        node = self._chosen(move, shape, env, scope)
        if target in self.allowed:
            node = self._constrained(node, target, scope)
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
            if not move.skip_unfit and not _optional(node):
                break
        if not found:
            if isinstance(move.default, type(NOTHING)):
                return ABSENT
            return constant(move.default, move.targets[0], Where(), None)
        first = found[0][1]
        if len(found) == 1 and not isinstance(first, Value):
            return first
        if len(found) == 1 and isinstance(first, Value) and first.constant is not NOTHING:
            source = found[0][0]
            if isinstance(source.codec, Values):
                return self._static_or_skip(source, first, move, scope)
            if isinstance(source.codec, Same):
                return first
        return self._chain(move, found, shape, scope)

    def _static_or_skip(self, source: Source, node: Value, move: Move, scope: Scope) -> Node:
        try:
            return self._looked_up(source, node, move.targets[0], scope)
        except Refused:
            if move.skip_unfit:
                return ABSENT
            raise

    def _found(self, source: Source, env: Env, scope: Scope) -> Node:
        if source.param:
            name = self.context.param(source.param)
            if name is None:
                return ABSENT
            return Value(lambda: name, Scalar(frozenset({"string"}), schema={"param": source.param}),
                         Where(), origins=lambda: "()")
        if len(source.paths) > 1:
            return self._join(source, env, scope)
        return resolve(source.paths[0], env, scope)

    def _chain(
        self, move: Move, found: list[tuple[Source, Node]], shape: Shape, scope: Scope
    ) -> Value:
        values = [(source, node) for source, node in found if isinstance(node, Value)]
        first_source, first = values[0]
        hint = move.targets[0][-1] if move.targets[0][-1].isidentifier() else "value"
        hint = first_source.param or hint
        certain = not move.skip_unfit and not values[-1][1].optional
        single = len(values) == 1
        simple = single and self._is_plain(first_source, first, shape)
        default = move.default
        origins = first.origins
        if simple and isinstance(default, type(NOTHING)):
            return first
        from_name: list[str] = []

        def make() -> str:
            if single and certain:
                code, _ = self._converted(first_source, first, move, shape, scope.block, scope)
                return code
            out = scope.names.fresh(hint)
            if self.report:
                from_name.append(scope.names.fresh(f"from_{hint}"))
                scope.block.add(f"{from_name[0]} = ()")
            scope.block.add(f"{out} = None")
            for index, (source, value) in enumerate(values):
                conditions = [f"{out} is None"] if index else []
                if source.unless is not None:
                    conditions += self._unless(source.unless, scope)
                if value.optional:
                    conditions.append(f"{local(value, scope, hint)} is not None")
                if conditions:
                    with scope.block.nest(f"if {' and '.join(conditions)}:") as block:
                        self._take(out, source, value, move, shape, block, scope, from_name)
                else:
                    self._take(out, source, value, move, shape, scope.block, scope, from_name)
            if not isinstance(default, type(NOTHING)):
                with scope.block.nest(f"if {out} is None:") as block:
                    block.add(f"{out} = {default!r}")
            return out

        code = once(make)
        if not (single and certain):
            origins = (lambda: (code(), from_name[0])[1]) if self.report else None
        optional = not certain and isinstance(default, type(NOTHING))
        result = first.shape if simple else self._shape_after(values, shape)
        return Value(code, result, first.where, optional, origins=origins, converted=True)

    def _unless(self, path: Path, scope: Scope) -> list[str]:
        node = self.written.get(path, ABSENT) if self.written else ABSENT
        if isinstance(node, Value):
            return [f"{node.make()} is None"] if node.optional else ["False"]
        return []

    written: dict[Path, Node] = field(default_factory=dict)

    def _shape_after(self, values: list[tuple[Source, Value]], shape: Shape) -> Shape:
        if len(values) == 1 and isinstance(values[0][0].codec, Same):
            return values[0][1].shape if fits(values[0][1].shape, shape) else shape
        return shape

    def _is_plain(self, source: Source, value: Value, shape: Shape) -> bool:
        crosses = source.id is not None and source.id in self.crosswalks
        return isinstance(source.codec, Same) and not crosses and fits(value.shape, shape)

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
        code, _ = self._converted(source, value, move, shape, block, scope)
        block.add(f"{out} = {code}")
        if not self.report or value.origins is None:
            return
        origins = value.origins()
        with block.nest(f"if {out} is not None:") as inner:
            inner.add(f"{from_name[0]} = {origins}")
            if source.kind != "exact":
                self._note(inner, "approximated", origins, source.because)

    def _converted(
        self,
        source: Source,
        value: Value,
        move: Move,
        shape: Shape,
        block: Block,
        scope: Scope,
    ) -> tuple[str, Shape]:
        """Emit into `block` what turns a present value into one the target takes."""
        to_left = self.directed.to_left
        code = value.make()
        now: Shape = value.shape
        what = show_path(move.targets[0])
        is_id = source.id is not None or move.id is not None
        failing = "unmappable-id" if is_id else "unmappable-value"
        refusal = Refusal(failing, value.where, f"{self.directed.target} {what}", move.skip_unfit)
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
            if self.report and code != before and not isinstance(source.codec, Values):
                with block.nest(f"if {code} != {before}:") as noted:
                    origins = value.origins() if value.origins else "()"
                    self._note(noted, "normalised", origins, "")
        if not isinstance(now, Scalar) and not _copies(now, shape):
            return code, now
        needed = checks(now, shape, "{}", self.context.pool)
        if needed:
            code = named()
            if move.skip_unfit:
                copy = scope.names.fresh(what.rpartition(".")[2])
                block.add(f"{copy} = {code}")
                code = copy
            guard = f"{code} is not None and " if move.skip_unfit else ""
            for check in checks(now, shape, code, self.context.pool):
                with block.nest(f"if {guard}not ({check.test}):") as failed:
                    refusal.emit(failed, code, check.demand)
            now = shape
        return code, now

    def _constrained(self, node: Node, target: Path, scope: Scope) -> Node:
        """Hold a value to the ones that the matched row allows at `target`."""
        values, shown = self.allowed[target]
        if isinstance(node, Absent):
            return self.row_values.get(target, ABSENT)
        if not isinstance(node, Value):
            return node
        message = f"{shown} goes with {show_path(target)} {' or '.join(map(str, values))} only"
        if node.constant is not NOTHING:
            if node.constant not in values:
                raise Refused("no-equivalent", node.where, message)
            return node

        def make() -> str:
            name = local(node, scope, target[-1])
            names = self.context.pool.constant("row_values", repr(values))
            absent = f"{name} is not None and " if node.optional else ""
            with scope.block.nest(f"if {absent}{name} not in {names}:") as block:
                block.add(f"raise Refuse('no-equivalent', {node.where.code()}, {message!r})")
            return name

        return replace(node, make=once(make))

    # --- templates ---------------------------------------------------------------------------

    def _join(self, source: Source, env: Env, scope: Scope) -> Node:
        nodes = [resolve(path, env, scope) for path in source.paths]
        values = [node for node in nodes if isinstance(node, Value)]
        if len(values) != len(nodes):
            return ABSENT
        assert isinstance(source.codec, Template)
        codec = source.codec
        where = values[-1].where
        optional = any(value.optional for value in values)

        def make() -> str:
            names = [value.make() for value in values]
            shapes = [value.shape for value in values]
            refusal = Refusal("unmappable-value", where, show_path(source.paths[-1]))
            if not optional:
                return converting.joined(codec, names, shapes, scope.block, self.context, refusal)
            out = scope.names.fresh("joined")
            scope.block.add(f"{out} = None")
            present = " and ".join(f"{name} is not None" for name in names)
            with scope.block.nest(f"if {present}:") as block:
                code = converting.joined(codec, names, shapes, block, self.context, refusal)
                block.add(f"{out} = {code}")
            return out

        def origins() -> str:
            parts = [value.origins() for value in values if value.origins is not None]
            return " + ".join(parts)

        return Value(once(make), TEXT, where, optional, origins=origins, converted=True)

    def _split(self, move: Move, env: Env, scope: Scope) -> Iterator[tuple[Path, Node]]:
        source = move.sources[0]
        node = resolve(source.paths[0], env, scope)
        assert isinstance(source.codec, Template)
        codec = source.codec
        if not isinstance(node, Value):
            return
        shapes = [shape_at(self.target, path) or TEXT for path in move.targets]
        parts: list[str] = []

        def emit() -> str:
            outs = [scope.names.fresh(path[-1]) for path in move.targets]
            is_id = source.id is not None
            code = "unmappable-id" if is_id else "unmappable-value"
            what = f"{self.directed.target} {', '.join(map(show_path, move.targets))}"
            refusal = Refusal(code, node.where, what, move.skip_unfit)
            single = replace(source, codec=Same())
            text = Move((), (single,), move.location, move.id, move.skip_unfit)
            name = local(node, scope, "text")

            def into(block: Block) -> None:
                given, _ = self._converted(single, node, replace(text, targets=move.targets),
                                           TEXT, block, scope)
                made = converting.split(codec, given, shapes, block, self.context, refusal)
                for out, part in zip(outs, made, strict=True):
                    block.add(f"{out} = {part}")

            if node.optional:
                scope.block.add(f"{' = '.join(outs)} = None")
                with scope.block.nest(f"if {name} is not None:") as block:
                    into(block)
            else:
                into(scope.block)
            parts.extend(outs)
            return ""

        ready = once(emit)
        for index, (path, shape) in enumerate(zip(move.targets, shapes, strict=True)):
            yield path, Value(
                once(lambda index=index: (ready(), parts[index])[1]),  # type: ignore[misc]
                shape,
                node.where,
                node.optional or move.skip_unfit,
                origins=node.origins,
                converted=True,
            )

    # --- carried values ----------------------------------------------------------------------

    def _carry(self, tree: Tree, env: Env, scope: Scope) -> None:
        carries = self.directed.carries
        if carries is None:
            return
        own = self.directed.mapping.left
        if not self.directed.to_left:
            slot = resolve(carries.slot, env, scope)

            def vendor(name: str) -> Node:
                def read(key: str) -> Node:
                    flat = f"{carries.before}{name}{carries.between}{key}"
                    return child(slot, flat, scope)

                return ABSENT if name == own else Tree(virtual=read)

            carried = tree
            for segment in carries.carried:
                below = carried.children.setdefault(segment, Tree())
                assert isinstance(below, Tree)
                carried = below
            carried.virtual = vendor
            return
        node = resolve(carries.carried, env, scope)
        slot_shape = shape_at(self.target, carries.slot)
        free = member(slot_shape, "") if slot_shape is not None else None
        if isinstance(node, Tree) and free is not None:
            for name, fields in node.children.items():
                for key, value in _fields(fields) if name != own else ():
                    flat = f"{carries.before}{name}{carries.between}{key}"
                    move = Move(((*carries.slot, flat),), (Source((), Same(), _at(self)),), _at(self))
                    if isinstance(value, Value) and not self._is_plain(move.sources[0], value, free.shape):
                        value = self._chain(move, [(move.sources[0], value)], free.shape, scope)
                    place(tree, (*carries.slot, flat), value)
        elif isinstance(node, Value):
            place(tree, carries.slot, ABSENT)
            top = carries.slot[0]
            base = tree.children.get(top, ABSENT)
            flatten = (node, own, carries.before, carries.between)
            if isinstance(base, Value):
                tree.children[top] = Merged(base, carries.slot[1:], Tree(), flatten)

    def _note(self, block: Block, kind: str, origins: str, because: str) -> None:
        block.add(f"note({kind!r}, {origins}, {because!r})")


def _at(hop: Hop):  # type: ignore[no-untyped-def]
    return hop.directed.mapping.cases[0].location


def _fields(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Tree):
        yield from node.children.items()


@contextmanager
def _no_loop(block: Block) -> Iterator[tuple[Block, Node]]:
    yield block, ABSENT


def _optional(node: Node) -> bool:
    return isinstance(node, Value) and node.optional


def _copies(source: Shape, target: Shape) -> bool:
    return isinstance(source, ListOf | Object | Opaque) or isinstance(target, Scalar)


def place(tree: Tree, path: Path, node: Node) -> None:
    """Put a node at a path of a tree."""
    for index, segment in enumerate(path[:-1]):
        below = tree.children.setdefault(segment, Tree())
        if isinstance(below, Value):
            merged = Merged(below, (), Tree())
            tree.children[segment] = merged
            below = merged
        if isinstance(below, Merged):
            place(below.extras, path[index + 1 :], node)
            return
        if not isinstance(below, Tree):
            return
        tree = below
    if not isinstance(node, Absent):
        tree.children[path[-1]] = node
