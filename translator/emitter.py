"""A route, turned into Python: one straight-line function for each kind of source event.

The variants of the source are its events told apart by the members that decide what happens: the
discriminator of its schema, the members that rows and cases look at. For each variant the route's
hops run on symbols. Variants whose code is the same but for constants share one function, which
looks those constants up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from translator.code import Block, Names, Pool
from translator.converting import Context
from translator.hop import Hop
from translator.moving import Mover
from translator.nodes import Plain
from translator.paths import Path
from translator.rowmatch import Refused, mark
from translator.selectors import OTHER, Choice, Selector, Step, choices, selectors
from translator.shapes import Object, Union
from translator.symbols import (
    ABSENT,
    Absent,
    Node,
    Scope,
    Tree,
    Value,
    Where,
    child,
    elements,
    once,
    resolve,
)
from translator.writing import Writer

_MARK = re.compile("\x01(.*?)\x02(.*?)\x03", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for. `crosswalks` names the tables given; `params` those given.

    `checked` events are validated first; `report` asks for code that notes what becomes of each
    member instead of code that is fast.
    """

    params: Mapping[str, str] = field(default_factory=dict)
    crosswalks: Sequence[str] = ()
    allow: frozenset[str] = frozenset()
    checked: bool = True
    report: bool = False


@dataclass(frozen=True, slots=True)
class Emitted:
    """The source of a module with the function `translate`, and the constants it is to be given.

    `translate` returns a dict, or a list of dicts where `fans_out` says that it may.
    """

    source: str
    fans_out: bool


@dataclass(frozen=True, slots=True)
class _Body:
    """The code of one variant, with its constants marked; or why it is refused."""

    text: str
    constants: tuple[tuple[str, str], ...]
    refused: tuple[str, str, str] | None = None


def emit(source: Object | Union, steps: Sequence[Step], options: Options) -> Emitted:
    """The code that takes events of the shape `source` along `steps`."""
    pool = Pool()
    chosen = selectors(source, steps)
    bodies: dict[Choice, _Body] = {}
    fans_out = False
    for choice in choices(source, chosen):
        variant = _Variant(source, steps, options, pool, choice)
        bodies[choice] = variant.body()
        fans_out = fans_out or variant.fans_out
    text = _module(source, chosen, bodies, pool, options, steps)
    return Emitted(text, fans_out)


class _Variant:
    def __init__(
        self,
        source: Object | Union,
        steps: Sequence[Step],
        options: Options,
        pool: Pool,
        choice: Choice,
    ) -> None:
        self.shape = (
            source.variants[choice[(source.discriminator,)]]  # type: ignore[index]
            if isinstance(source, Union)
            else source
        )
        self.steps, self.options, self.choice = steps, options, choice
        self.names = Names(
            frozenset({"event", "key", "events", "note", "keep", "problem", "variant", "constants"})
        )
        self.context = Context(pool, self.names, options.params, options.allow)
        self.fans_out = False

    def body(self) -> _Body:
        block = Block()
        scope = Scope(block, self.names)
        try:
            node = self._root(scope)
            for step in self.steps[:-1]:
                hop = self._hop(step, last=False)
                hop.decide(node, scope, step.target)
                case = hop.case(node, scope)
                node = hop.build(case, {(): node}, scope, case.each)
            self._write(node, scope)
        except Refused as refused:
            if not block:
                return _Body("", (), (refused.code, refused.where.plain, refused.message))
            where = refused.where.code() if not refused.where.indexes else repr("$")
            block.add(f"raise Refuse({refused.code!r}, {where}, {refused.message!r})")
        text = block.text(1)
        return _Body(_MARK.sub("\x01", text), tuple(_MARK.findall(text)))

    def _root(self, scope: Scope) -> Node:
        root = Value(lambda: "event", self.shape, Where(), origins=lambda: "('$',)")
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
        tables = {name: f"CROSSWALK_{name.upper()}" for name in self.options.crosswalks}
        mover = Mover(step.directed, self.context, tables if last else {}, self.options.report)
        return Hop(mover)

    def _write(self, root: Node, scope: Scope) -> None:
        step = self.steps[-1]
        hop = self._hop(step, last=True)
        hop.decide(root, scope, step.target)
        assert isinstance(hop.mover.target, Object)
        if not step.directed.to_left:
            case = hop.case(root, scope)
            tree = hop.build(case, {(): root}, scope, case.each)
            self._finish(tree, hop, scope, "return {}")
            return
        self._cases(root, hop, scope)

    def _finish(self, tree: Tree, hop: Hop, scope: Scope, line: str) -> None:
        assert isinstance(hop.mover.target, Object)
        writer = Writer(
            hop.mover.directed.target,
            self.context.pool,
            self.names,
            hop.mover.wants,
            self.options.report,
        )
        written = writer.object(tree, hop.mover.target, (), scope)
        scope.block.add(line.format(written.code))

    def _cases(self, root: Node, hop: Hop, scope: Scope) -> None:
        """Try the cases in their order; the first that the event has decides what is written."""
        nothing: list[str] = []
        refused: Refused | None = None
        for case in hop.mover.directed.cases:
            condition = ""
            if case.present is not None:
                node = resolve(case.present, {(): root}, scope)
                if not isinstance(node, Value):
                    continue
                condition = f"{node.make()} is not None" if node.optional else ""
            if case.each is None:
                with _under(scope, condition) as inner:
                    try:
                        self._finish(hop.build(case, {(): root}, inner), hop, inner, "return {}")
                    except Refused as error:
                        self._refuse(error, inner)
            else:
                nothing.append(case.each[-2])
                seq = elements(resolve(case.each[:-1], {(): root}, scope), scope)
                if seq is None:
                    continue
                condition = seq.present() if seq.present is not None else ""
                if seq.fixed is not None:
                    with _under(scope, condition) as inner:
                        env = {(): root, case.each: seq.fixed}
                        self._finish(hop.build(case, env, inner), hop, inner, "return {}")
                else:
                    self.fans_out = True
                    plain = seq.plain.make() if seq.plain is not None else ""
                    with _under(scope, plain or condition) as inner:
                        inner.block.add("events = []")
                        with seq.each(inner.block) as (body, element):
                            deeper = inner.inner(body)
                            env = {(): root, case.each: element}
                            tree = hop.build(case, env, deeper)
                            self._finish(tree, hop, deeper, "events.append({})")
                        if plain:
                            inner.block.add("return events")
                        else:
                            with inner.block.nest("if events:") as returning:
                                returning.add("return events")
                    condition = "?"
            if not condition:
                return
        if refused is not None:
            raise refused
        what = " or ".join(nothing) or "what it names"
        raise Refused(
            "no-item",
            Where(),
            f"{hop.mover.directed.target} records one event for each of {what}, and this event has none",
        )

    def _refuse(self, error: Refused, scope: Scope) -> None:
        where = error.where.code()
        scope.block.add(f"raise Refuse({error.code!r}, {where}, {error.message!r})")


class _under:
    """A scope under an `if`, or the scope itself where there is no condition."""

    def __init__(self, scope: Scope, condition: str) -> None:
        self._scope, self._condition = scope, condition
        self._inner = Scope(Block(), scope.names) if condition else scope

    def __enter__(self) -> Scope:
        return self._inner

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._condition and error is None:
            self._scope.block.attach(f"if {self._condition}:", self._inner.block)


# --- the module ----------------------------------------------------------------------------------


def _module(
    source: Object | Union,
    chosen: Sequence[Selector],
    bodies: Mapping[Choice, _Body],
    pool: Pool,
    options: Options,
    steps: Sequence[Step],
) -> str:
    dispatch = _Dispatch(chosen, bodies)
    functions = Block()
    extra = ", note, keep" if options.report else ""
    groups = dispatch.groups()
    lines = Block()
    with lines.nest(f"def translate(event{extra}):") as main:
        main.add("if event.__class__ is not dict:")
        main.add("    event = as_event(event)")
        if options.checked:
            _check(source, main)
        if options.checked:
            dispatch.emit(main, groups, functions, extra)
        else:
            with main.nest("try:") as inner:
                dispatch.emit(inner, groups, functions, extra)
            with main.nest("except Refuse:") as inner:
                inner.add("raise")
            with main.nest("except Exception as error:") as inner:
                inner.add("raise invalid(event, error) from None")
    constants = [f"{name} = {text}" for name, text in (pool.sources | dispatch.sources).items()]
    title = " -> ".join([steps[0].directed.source, *(s.directed.target for s in steps)])
    parts = [f"# {title}", "\n".join(constants), functions.text(), lines.text()]
    return "\n\n".join(part.rstrip("\n") for part in parts if part.strip()) + "\n"


def _check(source: Object | Union, block: Block) -> None:
    if isinstance(source, Union):
        with block.nest("try:") as inner:
            inner.add(f"valid = VALID[event[{source.discriminator!r}]](event)")
        with block.nest("except Exception:") as inner:
            inner.add("valid = False")
    else:
        with block.nest("try:") as inner:
            inner.add("valid = VALID(event)")
        with block.nest("except Exception:") as inner:
            inner.add("valid = False")
    with block.nest("if not valid:") as inner:
        inner.add("raise invalid(event)")


class _Dispatch:
    """From the deciding members of an event to the code of its variant."""

    def __init__(self, chosen: Sequence[Selector], bodies: Mapping[Choice, _Body]) -> None:
        self.chosen, self.bodies = chosen, bodies
        self.sources: dict[str, str] = {}

    def groups(self) -> dict[str, list[Choice]]:
        """Choices by the code they share; those refused outright apart."""
        found: dict[str, list[Choice]] = {}
        for choice, body in self.bodies.items():
            if body.refused is None:
                found.setdefault(body.text, []).append(choice)
        return found

    def key(self, choice: Choice) -> object:
        """What the emitted code looks a choice up by."""
        parts = [choice[one.path] for one in self.chosen if one.path in choice]
        shown = [... if isinstance(part, OTHER) else part for part in parts]
        return shown[0] if len(shown) == 1 else tuple(shown)

    def emit(
        self, block: Block, groups: dict[str, list[Choice]], functions: Block, extra: str
    ) -> None:
        refused = {
            self.key(choice): body.refused
            for choice, body in self.bodies.items()
            if body.refused is not None
        }
        if self.chosen:
            self._key(block)
        if refused:
            self.sources["REFUSED"] = _pretty(refused)
        if len(groups) == 1 and not refused:
            ((text, members),) = groups.items()
            self._inline(block, text, members, None)
            return
        if len(groups) == 1:
            ((text, members),) = groups.items()
            self._inline(block, text, members, "REFUSED")
            return
        keyed = any(self._differs(members) for members in groups.values())
        arguments = f"{'key, ' if keyed else ''}event{extra}"
        variants: dict[object, str] = {}
        for number, (text, members) in enumerate(groups.items(), 1):
            name = f"_variant_{number}"
            with functions.nest(f"def {name}({arguments}):") as body:
                self._inline(body, text, members, None)
            functions.add("")
            for choice in members:
                variants[self.key(choice)] = name
        if not groups:
            block.add("raise Refuse(*REFUSED[key])")
            return
        self._late(functions, variants)
        block.add("variant = VARIANTS.get(key)")
        with block.nest("if variant is None:") as inner:
            inner.add("raise Refuse(*REFUSED[key])" if refused else "raise invalid(event)")
        block.add(f"return variant({arguments})")

    def _late(self, functions: Block, by_key: Mapping[object, str]) -> None:
        functions.add("VARIANTS = {")
        for key, name in by_key.items():
            functions.add(f"    {repr_key(key)}: {name},")
        functions.add("}")

    def _key(self, block: Block) -> None:
        """Emit the lookup key: the deciding members, in their order."""
        always = [one for one in self.chosen if all(one.path in c for c in self.bodies)]
        first = [self._member(one) for one in always]
        if len(always) == len(self.chosen):
            block.add(f"key = {first[0] if len(first) == 1 else '(' + ', '.join(first) + ')'}")
            return
        block.add(f"key = {first[0]}")
        tails: dict[tuple[Selector, ...], list[Plain]] = {}
        for choice in self.bodies:
            more = tuple(o for o in self.chosen if o.path in choice and o not in always)
            decided = choice[always[0].path]
            if more and decided not in tails.setdefault(more, []):
                tails[more].append(decided)  # type: ignore[arg-type]
        for more, values in tails.items():
            parts = ["key", *(first[1:]), *(self._member(one) for one in more)]
            test = f"key == {values[0]!r}" if len(values) == 1 else f"key in {tuple(values)!r}"
            with block.nest(f"if {test}:") as inner:
                inner.add(f"key = ({', '.join(parts)})")

    def _member(self, one: Selector) -> str:
        code = "event"
        for segment in one.path[:-1]:
            code = f"({code}.get({segment!r}) or {{}})" if one.optional else f"{code}[{segment!r}]"
        last = one.path[-1]
        get = f"{code}.get({last!r})" if one.optional else f"{code}[{last!r}]"
        if not one.open:
            return get
        known = f"KNOWN_{re.sub(chr(92) + 'W', '_', last).upper()}"
        self.sources[known] = repr(dict.fromkeys(one.values) | {})
        table = "{" + ", ".join(f"{v!r}: {v!r}" for v in one.values) + "}"
        if one.optional:
            table = table[:-1] + ", None: None}"
        self.sources[known] = table
        return f"{known}.get({get}, ...)"

    def _differs(self, members: Sequence[Choice]) -> bool:
        return len({self.bodies[choice].constants for choice in members}) > 1

    def _inline(
        self, block: Block, text: str, members: Sequence[Choice], refused: str | None
    ) -> None:
        """Emit the code that `members` share, its constants looked up where they differ."""
        columns = list(zip(*(self.bodies[choice].constants for choice in members), strict=True))
        names: list[str] = []
        looked_up: dict[tuple[str, ...], str] = {}
        for column in columns:
            values = tuple(value for _, value in column)
            if len(set(values)) == 1:
                names.append(values[0])
                continue
            if values not in looked_up:
                hint = re.sub(r"\W", "_", column[0][0])
                taken = set(looked_up.values())
                name = f"{hint}_"
                while name in taken:
                    name += "_"
                looked_up[values] = name
            names.append(looked_up[values])
        if looked_up or refused:
            self._constants(block, members, looked_up, refused)
        parts = text.split("\x01")
        filled = "".join(part + name for part, name in zip(parts, [*names, ""], strict=True))
        for line in filled.splitlines():
            block.add(line[4:])

    def _constants(
        self,
        block: Block,
        members: Sequence[Choice],
        looked_up: Mapping[tuple[str, ...], str],
        refused: str | None,
    ) -> None:
        if not looked_up:
            with block.nest(f"if key in {refused}:") as inner:
                inner.add(f"raise Refuse(*{refused}[key])")
            return
        number = sum(1 for name in self.sources if name.startswith("CONSTANTS")) + 1
        table = f"CONSTANTS_{number}"
        rows = list(zip(*looked_up, strict=True))
        single = len(looked_up) == 1
        lines = [
            f"    {repr_key(self.key(choice))}: {row[0] if single else '(' + ', '.join(row) + ')'},"
            for choice, row in zip(members, rows, strict=True)
        ]
        self.sources[table] = "{\n" + "\n".join(lines) + "\n}"
        names = list(looked_up.values())
        if refused is None:
            block.add(f"{', '.join(names)} = {table}[key]")
            return
        found = names[0] if len(names) == 1 else "constants"
        block.add(f"{found} = {table}.get(key)")
        with block.nest(f"if {found} is None:") as inner:
            inner.add(f"raise Refuse(*{refused}[key])")
        if len(names) > 1:
            block.add(f"{', '.join(names)} = constants")


def repr_key(key: object) -> str:
    """A lookup key as Python writes it."""
    if isinstance(key, tuple):
        return "(" + ", ".join(map(repr_key, key)) + ")"
    return "..." if key is ... else repr(key)


def _pretty(table: Mapping[object, object]) -> str:
    lines = [f"    {repr_key(key)}: {value!r}," for key, value in table.items()]
    return "{\n" + "\n".join(lines) + "\n}"
