"""The target of a translation, from symbols to the lines that build it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from translator.code import Block, Names, Pool
from translator.copying import copied
from translator.inverse import Source
from translator.nodes import Nothing
from translator.paths import KEY, VALUE, Path, show_path
from translator.rowmatch import Refused
from translator.shapes import ListOf, Member, Object, Opaque, Scalar, Shape, member
from translator.symbols import (
    ABSENT,
    Absent,
    Merged,
    Node,
    Scope,
    Seq,
    Tree,
    Value,
    Where,
    local,
    present_if_any,
)


@dataclass(frozen=True, slots=True)
class Written:
    """The code of a part of the target, and the condition under which it is there at all."""

    code: str
    present: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Builds the target `format`. `wants` says what would have filled a place that stays empty."""

    format: str
    pool: Pool
    names: Names
    wants: Mapping[Path, Source]
    report: bool = False

    def object(self, node: Tree, shape: Object, path: Path, scope: Scope) -> Written:
        """The code that builds an object; members the target does not know are left out."""
        always: list[str] = []
        sometimes: list[tuple[str, Written]] = []
        for name, place in self._places(node, shape):
            below = (*path, name)
            written = self._node(node.children.get(name, ABSENT), place, below, scope)
            if written is None:
                continue
            if written.present:
                sometimes.append((name, written))
            else:
                always.append(f"{name!r}: {written.code}")
        literal = "{" + ", ".join(always) + "}"
        if not sometimes:
            return Written(literal)
        out = self.names.fresh(path[-1] if path else self.format)
        scope.block.add(f"{out} = {literal}")
        for name, written in sometimes:
            with scope.block.nest(f"if {written.present}:") as block:
                block.add(f"{out}[{name!r}] = {written.code}")
        return Written(out, "" if always else out)

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
                written = self._value(node, shape, scope)
            case Tree() if isinstance(shape, Object):
                written = self._inner(node, place.required, shape, path, scope)
            case Seq():
                written = self._sequence(node, shape, path, scope)
            case Merged():
                written = self._merged(node, shape, path, scope)
        if not place.required:
            return written
        if written is None:
            code, message = self._missing(path)
            raise Refused(code, where, message)
        if written.present:
            code, message = self._missing(path)
            with scope.block.nest(f"if not ({written.present}):") as block:
                block.add(f"raise Refuse({code!r}, {where.code()}, {message!r})")
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
        out = self.names.fresh(path[-1])
        scope.block.add(f"{out} = None")
        with scope.block.nest(f"if {condition}:") as block:
            block.add(f"{out} = {self.object(node, shape, path, scope.inner(block)).code}")
        return Written(out, f"{out} is not None")

    def _missing(self, path: Path) -> tuple[str, str]:
        what = f"{self.format} needs {show_path(path)}, and the event has none"
        want = self.wants.get(path)
        if want is not None and want.param:
            return "missing-param", f"{what}: give the param {want.param!r}"
        if want is not None:
            return "missing-param", f"{what}: {want.because}; or allow {want.name!r}"
        return "unmappable-value", what

    # --- values --------------------------------------------------------------------------------

    def _value(self, value: Value, shape: Shape, scope: Scope) -> Written:
        code = value.make()
        if value.optional and not code.isidentifier():
            code = local(value, scope, "value")
        present = f"{code} is not None" if value.optional else ""
        self._kept(value, present, scope)
        if isinstance(value.shape, ListOf | Object | Opaque) and not isinstance(shape, Scalar):
            code = code if value.converted else copied(value, code, shape, self.pool)
        elif isinstance(shape, Scalar) and _whole(shape, value):
            code = f"whole({code})"
        return Written(code, present)

    def _kept(self, value: Value, present: str, scope: Scope) -> None:
        if not self.report or value.origins is None:
            return
        origins = value.origins()
        if origins == "()":
            return
        if present:
            with scope.block.nest(f"if {present}:") as block:
                block.add(f"keep({origins})")
        else:
            scope.block.add(f"keep({origins})")

    def _merged(self, node: Merged, shape: Shape, path: Path, scope: Scope) -> Written:
        assert isinstance(shape, Object)
        out = self.names.fresh(path[-1])
        base = Written("None")
        if isinstance(node.base, Value):
            base = self._value(node.base, shape, scope)
        elif isinstance(node.base, Tree):
            base = self.object(node.base, shape, path, scope)
        alone = f"{base.code} if {base.present} else None" if base.present else base.code
        scope.block.add(f"{out} = {alone}")
        if node.extras.children:
            loose = replace(
                shape, members={n: Member(m.shape, False) for n, m in shape.members.items()}
            )
            extras = self.object(node.extras, loose, path, scope)
            where = node.base.where.code() if isinstance(node.base, Value) else "'$'"
            scope.block.add(f"{out} = merge({out}, {extras.code}, {where})")
        flat = node.flattened
        if flat is not None:
            code = local(flat.carried, scope, "carried")
            where = flat.carried.where.code()
            if self.report:
                over = f"for vendor in {code} or ():"
                with (
                    scope.block.nest(over) as block,
                    block.nest(f"if vendor != {flat.own!r}:") as inner,
                ):
                    inner.add(f"keep(({where} + step(vendor),), 'carried')")
            given = f"{flat.own!r}, {flat.before!r}, {flat.between!r}, {flat.slot!r}, {where}"
            if flat.schema is not None:
                judge = self.pool.constant("problem_of", f"schema_judge({flat.schema!r})")
                given = f"{given}, {judge}"
            scope.block.add(f"{out} = merge({out}, flatten({code}, {given}), {where})")
        return Written(out, f"{out} is not None")

    # --- lists ---------------------------------------------------------------------------------

    def _sequence(self, seq: Seq, shape: Shape, path: Path, scope: Scope) -> Written | None:
        if seq.keyed and isinstance(shape, Object) and shape.free is not None:
            return self._loop(
                seq,
                path,
                scope,
                "{}",
                lambda node, name, inner: self._put(node, shape.free, name, path, inner),
            )
        if not isinstance(shape, ListOf):
            return None
        items = shape.items
        if seq.fixed is not None:
            inner = self._element(seq.fixed, items, path, scope)
            if inner is None:
                return None
            listed = seq.present() if seq.present is not None else ""
            return Written(f"[{inner.code}]", inner.present or listed)
        holes = []

        def append(node: Node, name: str, inner: Scope) -> None:
            element = self._element(node, items, path, inner) or Written("None", "False")
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
        out = self.names.fresh(path[-1])
        condition = seq.present() if seq.present is not None else ""
        block = Block() if condition else scope.block
        block.add(f"{out} = {empty}")
        with seq.each(block) as (body, node):
            add(node, out, scope.inner(body))
        block.comprehend(out)
        if condition:
            scope.block.add(f"{out} = None")
            scope.block.attach(f"if {condition}:", block)
        return Written(out, f"{out} is not None" if condition else "")

    def _put(self, node: Node, free: Shape | None, name: str, path: Path, scope: Scope) -> None:
        assert free is not None
        if not isinstance(node, Tree):
            return
        key, value = node.children.get(KEY, ABSENT), node.children.get(VALUE, ABSENT)
        if not isinstance(key, Value):
            return
        written = self._node(value, Member(free, True), (*path, VALUE), scope)
        assert written is not None
        self._kept(key, "", scope)
        where = key.where.code()
        scope.block.add(f"put({name}, {key.make()}, {written.code}, {where})")

    def _element(self, node: Node, shape: Shape, path: Path, scope: Scope) -> Written | None:
        if isinstance(node, Value):
            return self._value(node, shape, scope)
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
