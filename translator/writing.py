"""The target of a translation, from symbols to the lines that build it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from translator.code import Block, Names, Pool
from translator.converting import Refusal, literal
from translator.copying import copied
from translator.diagnostics import Location
from translator.inverse import Source
from translator.nodes import Nothing
from translator.origins import Entry, Trail, together
from translator.paths import EACH, FREE, KEY, VALUE, Path, show_path
from translator.rowmatch import Refused, mark
from translator.shapes import ListOf, Member, Object, Opaque, Scalar, Shape, member, shape_at
from translator.structs import Untyped
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
    came_below,
    local,
)
from translator.trees import present_if_any

_ANYTHING = Opaque("{}", nullable=True)


@dataclass(frozen=True, slots=True)
class Written:
    """The code of a part of the target, and the condition under which it is there at all."""

    code: str
    present: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Builds the target `format`. `wants` says what would have filled a place that stays empty.

    With a `trail`, each member written is entered there, and emitted code says when it is written.
    `outside` are the blocks around a loop that is sure to have an element: what they compute is
    required once, before the loop. With `structs`, an object that is sure to have a member becomes
    a struct, which is quicker to make and to encode than a dict.
    """

    format: str
    pool: Pool
    names: Names
    wants: Mapping[Path, Source]
    trail: Trail | None = None
    outside: tuple[Block, ...] = ()
    structs: bool = False

    def object(
        self, node: Tree, shape: Object, path: Path, scope: Scope, *, merged: bool = False
    ) -> Written:
        """The code that builds an object; members the target does not know are left out.

        One that is to be `merged` with others is always a dict.
        """
        always: list[tuple[str, str]] = []
        sometimes: list[tuple[str, Written]] = []
        for name, place in self._places(node, shape):
            below = (*path, name)
            written = self._node(node.children.get(name, ABSENT), place, below, scope)
            if written is None:
                continue
            if written.present:
                sometimes.append((name, written))
            else:
                always.append((name, written.code))
        if self.structs and always and not merged:
            made = Written(self._struct(always, sometimes))
            return self._judged(made, shape, path, scope)
        braced = "{" + ", ".join(f"{name!r}: {code}" for name, code in always) + "}"
        if not sometimes:
            made = Written(braced)
            return made if path and not always else self._judged(made, shape, path, scope)
        out = self._name(path)
        scope.block.add(f"{out} = {braced}")
        for name, written in sometimes:
            with scope.block.nest(f"if {written.present}:") as block:
                block.add(f"{out}[{name!r}] = {written.code}")
        return self._judged(Written(out, "" if always or not path else out), shape, path, scope)

    def _judged(self, made: Written, shape: Object | ListOf, path: Path, scope: Scope) -> Written:
        """What was built, judged as a whole where the spec says more of it than of its parts."""
        if shape.exact:
            return made
        if self.structs:
            raise Untyped
        out = made.code
        if not out.isidentifier():
            out = self._name(path)
            scope.block.add(f"{out} = {made.code}")
        judge = self.pool.constant("problem_of", f"schema_judge({shape.schema!r})")
        present = f"{made.present} and " if made.present else ""
        what = " ".join(filter(None, (self.format, show_path(path))))
        with scope.block.nest(f"if {present}(problem := {judge}({out})) is not None:") as block:
            block.add(f"raise Refuse('unmappable-value', '$', f\"{literal(what)}: {{problem}}\")")
        return Written(out, made.present)

    def _struct(self, always: list[tuple[str, str]], sometimes: list[tuple[str, Written]]) -> str:
        """The code that makes a struct, in which a member that is None is absent."""
        names = (tuple(name for name, _ in always), tuple(name for name, _ in sometimes))
        made = self.pool.constant("made", f"struct_of{names!r}")
        codes = [code for _, code in always]
        for _, one in sometimes:
            known = one.present == f"{one.code} is not None"
            codes.append(one.code if known else f"{one.code} if {one.present} else None")
        return f"{made}({', '.join(codes)})"

    def _places(self, node: Tree, shape: Object) -> list[tuple[str, Member]]:
        places = list(shape.members.items())
        for name in node.children:
            found = member(shape, name)
            if name not in shape.members and found is not None:
                places.append((name, found))
        return places

    def _node(self, node: Node, place: Member, path: Path, scope: Scope) -> Written | None:
        """One member: None where nothing is written. Refuses where a required one is missing."""
        shape = place.shape
        written: Written | None = None
        where = Where()
        match node:
            case Absent():
                pass
            case Value():
                where = node.where
                written = self._value(node, place.shape, path, scope)
            case Tree() if isinstance(shape, Object):
                written = self._inner(node, place.required, shape, path, scope)
            case Seq():
                written = self._sequence(node, shape, path, scope)
            case Merged():
                written = self._merged(node, shape, path, scope)
        if not place.required:
            return written
        if written is None:
            code, message, rule = self._missing(path)
            raise Refused(code, where, message, rule)
        if written.present:
            code, message, rule = self._missing(path)
            refusal = Refusal(code, where, "", rule=rule if self.trail is not None else None)
            given = node.scope.block if isinstance(node, Value) and node.scope else None
            needed = self.outside[-1] if given in self.outside else scope.block
            with needed.nest(f"if {_absent(written.present)}:") as block:
                block.add(refusal.line(repr(message)))
        return Written(written.code)

    def _inner(
        self, node: Tree, required: bool, shape: Object, path: Path, scope: Scope
    ) -> Written | None:
        """An object inside another: left out if nothing is in it, unless it is required."""
        needs = any(one.required for one in shape.members.values())
        some = None if required or not needs else present_if_any(node)
        if some is None:
            written = self.object(node, shape, path, scope)
            return None if written.code == "{}" else written
        if (condition := some()) == "False":
            return None
        out = self._name(path)
        scope.block.add(f"{out} = None")
        with scope.block.nest(f"if {condition}:") as block:
            block.add(f"{out} = {self.object(node, shape, path, scope.inner(block)).code}")
        return Written(out, f"{out} is not None")

    def _missing(self, path: Path) -> tuple[str, str, Location | None]:
        """The refusal where a required member is missing, and the rule that could fill it."""
        what = f"{self.format} needs {show_path(path)}, and the event has none"
        want = self.wants.get(path)
        if want is not None and want.param:
            return "missing-param", f"{what}: give the param {want.param!r}", want.location
        if want is not None:
            message = f"{what}: {want.because}; or allow {want.name!r}"
            return "missing-param", message, want.location
        return "unmappable-value", what, None

    # --- values --------------------------------------------------------------------------------

    def _name(self, path: Path) -> str:
        """A variable for what is written at `path`."""
        named = [segment for segment in path if segment not in (EACH, FREE, VALUE)]
        return self.names.fresh(named[-1] if named else self.format)

    def _value(self, value: Value, shape: Shape, path: Path, scope: Scope) -> Written:
        code = value.make()
        if value.optional and not code.isidentifier():
            code = local(value, scope, "value")
        present = f"{code} is not None" if value.optional else ""
        self._kept(value, shape, path, present, scope)
        if isinstance(value.shape, ListOf | Object | Opaque) and not isinstance(shape, Scalar):
            code = code if value.converted else copied(value, code, shape, self.pool)
        elif isinstance(shape, Scalar) and _whole(shape, value):
            code = f"whole({code})"
        return Written(code, present)

    def _kept(self, value: Value, shape: Shape, path: Path, present: str, scope: Scope) -> None:
        if self.trail is None:
            return
        entry = Entry(path, value.came, value.shape, shape, value.optional, not value.converted)
        number = mark(self.trail.number(entry), ("entry",))
        origins = value.origins() if value.origins is not None else "()"
        line = f"keep({origins}, {number})"
        if present:
            with scope.block.nest(f"if {present}:") as block:
                block.add(line)
        else:
            scope.block.add(line)

    def _merged(self, node: Merged, shape: Shape, path: Path, scope: Scope) -> Written:
        assert isinstance(shape, Object)
        whole, shape = shape, replace(shape, exact=True)
        out = self._name(path)
        base = Written("None")
        if isinstance(node.base, Value):
            base = self._value(node.base, shape, path, scope)
        elif isinstance(node.base, Tree):
            base = self.object(node.base, shape, path, scope, merged=True)
        alone = f"{base.code} if {base.present} else None" if base.present else base.code
        scope.block.add(f"{out} = {alone}")
        if node.extras.children:
            loose = replace(
                shape, members={n: Member(m.shape, False) for n, m in shape.members.items()}
            )
            extras = self.object(node.extras, loose, path, scope, merged=True)
            where = node.base.where.code() if isinstance(node.base, Value) else "'$'"
            scope.block.add(f"{out} = merge({out}, {extras.code}, {where})")
        flat = node.flattened
        if flat is not None:
            code = local(flat.carried, scope, "carried")
            where = flat.carried.where.code()
            if self.trail is not None:
                target = (*path, *flat.slot, FREE, VALUE)
                came = came_below(flat.carried, FREE, VALUE, FREE, VALUE)
                held = shape_at(flat.carried.shape, (FREE, VALUE, FREE, VALUE)) or _ANYTHING
                wanted = shape_at(shape, (*flat.slot, VALUE)) or _ANYTHING
                entry = Entry(target, came, held, wanted, True, True)
                number = mark(self.trail.number(entry), ("entry",))
                over = f"for vendor in {code} or ():"
                with (
                    scope.block.nest(over) as block,
                    block.nest(f"if vendor != {flat.own!r}:") as inner,
                ):
                    inner.add(f"keep(({where} + step(vendor),), {number})")
            given = f"{flat.own!r}, {flat.before!r}, {flat.between!r}, {flat.slot!r}, {where}"
            if flat.schema is not None:
                judge = self.pool.constant("problem_of", f"schema_judge({flat.schema!r})")
                given = f"{given}, {judge}"
            scope.block.add(f"{out} = merge({out}, flatten({code}, {given}), {where})")
        return self._judged(Written(out, f"{out} is not None"), whole, path, scope)

    # --- lists ---------------------------------------------------------------------------------

    def _sequence(self, seq: Seq, shape: Shape, path: Path, scope: Scope) -> Written | None:
        if seq.keyed and isinstance(shape, Object) and shape.free is not None:
            made = self._loop(
                seq,
                path,
                scope,
                "{}",
                lambda node, name, inner: self._put(node, shape.free, name, path, inner),
            )
            return self._judged(made, shape, path, scope)
        if not isinstance(shape, ListOf):
            return None
        listed = self._list(seq, shape.items, path, scope)
        return listed and self._judged(listed, shape, path, scope)

    def _list(self, seq: Seq, items: Shape, path: Path, scope: Scope) -> Written | None:
        if seq.fixed is not None:
            inner = self._element(seq.fixed, items, (*path, EACH), scope)
            if inner is None:
                return None
            listed = seq.present() if seq.present is not None else ""
            return Written(f"[{inner.code}]", inner.present or listed)
        holes = []

        def append(node: Node, name: str, inner: Scope) -> None:
            element = self._element(node, items, (*path, EACH), inner) or Written("None", "False")
            if element.present:
                holes.append(name)
                inner.block.add(f"{name}.append({element.code} if {element.present} else None)")
            else:
                inner.block.add(f"{name}.append({element.code})")

        written = self._loop(seq, path, scope, "[]", append)
        if holes:
            out = written.code
            where = seq.where.code()
            call = f"{out} = all_or_none({out}, {where}, {show_path(path)!r})"
            if written.present:
                with scope.block.nest(f"if {out} is not None:") as block:
                    block.add(call)
            else:
                scope.block.add(call)
            return Written(out, f"{out} is not None")
        return written

    def _loop(
        self,
        seq: Seq,
        path: Path,
        scope: Scope,
        empty: str,
        add: Callable[[Node, str, Scope], None],
    ) -> Written:
        out = self._name(path)
        condition = seq.present() if seq.present is not None else ""
        block = Block() if condition else scope.block
        block.add(f"{out} = {empty}")
        with seq.each(block) as (body, node):
            add(node, out, scope.inner(body))
        block.comprehend(out)
        self._empty(seq, out, path, scope.inner(block))
        if condition:
            scope.block.add(f"{out} = None")
            scope.block.attach(f"if {condition}:", block)
        return Written(out, f"{out} is not None" if condition else "")

    def _empty(self, seq: Seq, out: str, path: Path, scope: Scope) -> None:
        """Say where an empty list comes from, of which no element can say it."""
        if self.trail is None or not seq.lists:
            return
        first = seq.lists[0]
        came = together(one.came for one in seq.lists)
        number = mark(
            self.trail.number(Entry(path, came, first.shape, first.shape, True, True)), ("entry",)
        )
        with scope.block.nest(f"if not {out}:") as block:
            origins = []
            for one in seq.lists:
                code = one.origins() if one.origins is not None else "()"
                absent = f" if {one.make()} is not None else ()"
                origins.append(f"({code}{absent if one.optional else ''})")
            block.add(f"keep({' + '.join(origins)}, {number})")

    def _put(self, node: Node, free: Shape | None, name: str, path: Path, scope: Scope) -> None:
        assert free is not None
        if not isinstance(node, Tree):
            return
        key, value = node.children.get(KEY, ABSENT), node.children.get(VALUE, ABSENT)
        if not isinstance(key, Value):
            return
        written = self._node(value, Member(free, True), (*path, FREE, VALUE), scope)
        assert written is not None
        self._kept(key, TEXT, (*path, FREE, KEY), "", scope)
        where = key.where.code()
        scope.block.add(f"put({name}, {key.make()}, {written.code}, {where})")

    def _element(self, node: Node, shape: Shape, path: Path, scope: Scope) -> Written | None:
        if isinstance(node, Value):
            return self._value(node, shape, path, scope)
        if isinstance(node, Tree) and isinstance(shape, Object):
            written = self.object(node, shape, path, scope)
            return Written(written.code)
        if isinstance(node, Seq):
            return self._sequence(node, shape, path, scope)
        return None


def _whole(shape: Scalar, value: Value) -> bool:
    """Whether an integer might be held as a float such as 15.0, which is written 15."""
    constant = not isinstance(value.constant, Nothing)
    known = value.shape.types if isinstance(value.shape, Scalar) else {"integer"}
    number = bool(known & {"integer", "number"})
    return "integer" in shape.types and "number" not in shape.types and number and not constant


def _absent(present: str) -> str:
    """The condition that what is there under a condition is not there."""
    name = present.removesuffix(" is not None")
    return f"{name} is None" if name.isidentifier() and name != present else f"not ({present})"
