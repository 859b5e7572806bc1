"""Events as the emitter sees them: trees whose leaves know how to compute themselves.

A symbol stands for a part of an event that will be there at run time. Nothing is emitted for it
until its code is asked for, so what no target wants costs nothing, and what several want is
computed once. Hubs are never built: the second mapping of a route reads the symbols that the
first one made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from translator.code import Block, Names
from translator.nodes import NOTHING, Nothing, Plain
from translator.origins import Origin, Origins
from translator.paths import EACH, FREE, KEY, VALUE, Path
from translator.shapes import ListOf, Member, Object, Opaque, Scalar, Shape, key_shape, member
from translator.structs import attribute, has_structs, is_struct, never

TEXT = Scalar(frozenset({"string"}))


@dataclass(frozen=True, slots=True)
class Where:
    """A JSON path in the source event; `{0}` stands for an index that is known at run time."""

    text: str = "$"
    indexes: tuple[str, ...] = ()
    path: Path = ()

    def child(self, name: str) -> Where:
        """The path of a member."""
        plain = name.isidentifier()
        step = f".{name}" if plain else "[" + repr(name).replace("{", "{{").replace("}", "}}") + "]"
        return Where(self.text + step, self.indexes, (*self.path, name))

    def element(self, index: str) -> Where:
        """The path of the element at the index that the variable `index` holds."""
        return Where(f"{self.text}[{{{index}}}]", (*self.indexes, index), (*self.path, EACH))

    def key(self, name: str) -> Where:
        """The path of the member whose name the variable `name` holds."""
        path = (*self.path, FREE, VALUE)
        return Where(f"{self.text}{{step({name})}}", (*self.indexes, name), path)

    def code(self) -> str:
        """A Python expression for the path."""
        return f"f{self.text!r}" if self.indexes else repr(self.plain)

    @property
    def plain(self) -> str:
        """The path as a text, with the names of indexes where they are not known."""
        return self.text.replace("{{", "{").replace("}}", "}")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the source event, or one computed from it.

    `make` emits what computes it and gives the expression; an `optional` value is None where it is
    absent. `constant` is set where it is known beforehand, `excluded` lists values it cannot have.
    `origins` is code for the places in the event that it comes from, `came` what is known of them
    beforehand. Its `members` are computed once, in its own `scope`; `inside` is the variable they
    are read from where it is not always there. Where events are read into structs, what stands in
    them is `typed`: `held` then gives what has structs in it, for their attributes to be read, and
    `make` refuses to.
    """

    make: Callable[[], str]
    shape: Shape
    where: Where
    optional: bool = False
    constant: Plain | Nothing = NOTHING
    excluded: frozenset[Plain] = frozenset()
    origins: Callable[[], str] | None = None
    came: Origins = ()
    converted: bool = False
    typed: bool = False
    held: Callable[[], str] | None = None
    scope: Scope | None = field(default=None, compare=False, repr=False)
    members: dict[str, Node] = field(default_factory=dict, compare=False, repr=False)
    inside: list[str] = field(default_factory=list, compare=False, repr=False)


@dataclass(slots=True)
class Tree:
    """An object being written: members by name, and where to find those that are virtual."""

    children: dict[str, Node] = field(default_factory=dict)
    virtual: Callable[[str], Node] | None = None


@dataclass(frozen=True, slots=True)
class Seq:
    """A list being written (or, if `keyed`, an object with free keys).

    `fixed` holds its one element where that is known; otherwise `each` opens the loop over it.
    `present` gives the condition under which the list is there at all; None where it always is.
    `where` is where it comes from, `lists` what it is made of, where that may be empty.
    """

    each: Callable[[Block], AbstractContextManager[tuple[Block, Node]]]
    present: Callable[[], str] | None = None
    fixed: Node | None = None
    keyed: bool = False
    plain: Value | None = None
    where: Where = field(default_factory=Where)
    lists: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Flattened:
    """Carried values of the source, by format and field, that go under flat keys into `slot`.

    Those of the format `own` stay out. `schema` is that of the slot's values where they have to be
    held to it.
    """

    carried: Value
    own: str
    before: str
    between: str
    slot: Path
    schema: Any = None


@dataclass(frozen=True, slots=True)
class Merged:
    """An object with members added to it: those of `extras`, and carried ones."""

    base: Value | Tree | Absent
    extras: Tree
    flattened: Flattened | None = None


class Absent:
    """The type of `ABSENT`: nothing is there, whatever the event."""


ABSENT = Absent()

Node = Value | Tree | Seq | Merged | Absent

Env = Mapping[Path, "Node"]
"""What paths start from: the event at `()`, and elements of lists inside the loops over them."""


class Scope:
    """Where values are computed: the block of lines they belong to, and the names in use."""

    def __init__(self, block: Block, names: Names) -> None:
        self.block = block
        self.names = names

    def inner(self, block: Block) -> Scope:
        """The scope of a block inside this one."""
        return Scope(block, self.names)


def once(make: Callable[[], str]) -> Callable[[], str]:
    """`make`, called at the first time only."""
    made: list[str] = []

    def code() -> str:
        if not made:
            made.append(make())
        return made[0]

    return code


def child(node: Node, name: str, scope: Scope) -> Node:
    """The member `name` of an object."""
    match node:
        case Tree(children=children, virtual=virtual):
            if name in children:
                return children[name]
            return virtual(name) if virtual is not None else ABSENT
        case Value(shape=shape):
            found = member(shape, name)
            if found is None:
                return ABSENT
            if name not in node.members:
                node.members[name] = _member_value(node, name, found, node.scope or scope)
            return node.members[name]
    return ABSENT


def _member_value(parent: Value, name: str, found: Member, scope: Scope) -> Value:
    shape = found.shape
    nullable = shape.nullable if isinstance(shape, Scalar | ListOf | Object | Opaque) else False
    optional = parent.optional or not found.required or nullable
    nested = isinstance(shape, Object)

    def make() -> str:
        code = holder(parent)()
        by_attribute = parent.typed and is_struct(parent.shape)
        nothing = "NO_MEMBERS" if by_attribute else "NOTHING"
        held = _inside(parent, code, nothing, scope) if parent.optional else code
        known = found.required and not parent.optional
        get = f"{held}[{name!r}]" if known else f"{held}.get({name!r})"
        get = f"{held}.{attribute(name)}" if by_attribute else get
        if not optional and not nested:
            return get
        local = scope.names.fresh(name)
        scope.block.add(f"{local} = {get}")
        return local

    where = parent.where.child(name)
    came = tuple(one.child(name) for one in parent.came)
    origins = _origins(where)
    value = Value(once(make), shape, where, optional, origins=origins, came=came, scope=scope)
    return typed(value) if parent.typed else value


def typed(value: Value) -> Value:
    """A value that is read from events that are structs.

    No struct of theirs is ever written: it would be written with its empty members.
    """
    held = value.make if has_structs(value.shape) else None
    return replace(value, typed=True, held=held, make=never if held else value.make)


def holder(value: Value) -> Callable[[], str]:
    """What computes a value of which parts are read."""
    return value.held or value.make


def _inside(value: Value, code: str, nothing: str, scope: Scope) -> str:
    """A name for what members are read from: an empty object where `value` is not there."""
    if not value.inside:
        value.inside.append(scope.names.fresh(f"in_{code}"))
        scope.block.add(f"{value.inside[0]} = {code} or {nothing}")
    return value.inside[0]


def _origins(where: Where) -> Callable[[], str]:
    return lambda: f"({where.code()},)"


def local(value: Value, scope: Scope, hint: str) -> str:
    """The value's code as a name that may be repeated."""
    code = value.make()
    if code.isidentifier():
        return code
    name = scope.names.fresh(hint)
    scope.block.add(f"{name} = {code}")
    return name


def elements(node: Node, scope: Scope) -> Seq | None:
    """A list (or an object with free keys) that can be looped over, or None."""
    match node:
        case Seq():
            return node
        case Value(shape=ListOf()) | Value(shape=Object()) if _loops(node.shape):
            return Seq(
                lambda block: _each(node, scope.inner(block)),
                (lambda: f"{holder(node)()} is not None") if node.optional else None,
                keyed=isinstance(node.shape, Object),
                plain=node,
                where=node.where,
                lists=(node,),
            )
    return None


def _loops(shape: Shape) -> bool:
    return isinstance(shape, ListOf) or (isinstance(shape, Object) and shape.free is not None)


@contextmanager
def _each(value: Value, scope: Scope) -> Iterator[tuple[Block, Node]]:
    if isinstance(value.shape, ListOf):
        with _each_item([value], scope) as (block, nodes):
            yield block, nodes[0]
        return
    assert isinstance(value.shape, Object) and value.shape.free is not None
    code = holder(value)()
    key, item = scope.names.fresh("key"), scope.names.fresh("item")
    block = Block()
    where = value.where.key(key)
    within = scope.inner(block)
    named = _loop_value(key, key_shape(value.shape), where, within, came_below(value, FREE, KEY))
    came = came_below(value, FREE, VALUE)
    below = _loop_value(item, value.shape.free, where, within, came)
    yield block, Tree({KEY: named, VALUE: typed(below) if value.typed else below})
    scope.block.attach(f"for {key}, {item} in {code}.items():", block)


def came_below(value: Value, *segments: str) -> Origins:
    """The origins of what stands below a value."""
    return tuple(reduce(Origin.child, segments, one) for one in value.came)


def _loop_value(name: str, shape: Shape, where: Where, scope: Scope, came: Origins) -> Value:
    nullable = shape.nullable if isinstance(shape, Scalar | ListOf | Object | Opaque) else False
    origins = _origins(where)
    return Value(lambda: name, shape, where, nullable, origins=origins, came=came, scope=scope)


@contextmanager
def _each_item(
    values: list[Value], scope: Scope, several: Callable[[Block], object] | None = None
) -> Iterator[tuple[Block, list[Value]]]:
    codes = [holder(value)() for value in values]
    index = scope.names.fresh("index")
    items = [scope.names.fresh("item") for _ in values]
    nodes: list[Value] = []
    block = Block()
    within = scope.inner(block)
    for value, item in zip(values, items, strict=True):
        assert isinstance(value.shape, ListOf)
        where, came = value.where.element(index), came_below(value, EACH)
        element = _loop_value(item, value.shape.items, where, within, came)
        element = typed(element) if value.typed else element
        # There is no element without one of the first list.
        nodes.append(replace(element, optional=True) if value.optional and nodes else element)
    yield block, nodes
    lines = [*block.lines()]
    if len(values) > 1 and not any(item in line for line in lines for item in items[1:]):
        # The lists are of one length, and there is none without the first.
        codes, items = [f"{codes[0]} or ()"], items[:1]
    elif several is not None:
        several(scope.block)
    over = codes[0] if len(codes) == 1 else f"zip_lists({', '.join(codes)})"
    target = ", ".join(items)
    if any(index in line for line in lines):
        target = f"({target})" if len(items) > 1 else target
        scope.block.attach(f"for {index}, {target} in enumerate({over}):", block)
    else:
        scope.block.attach(f"for {target} in {over}:", block)


def zipped(
    nodes: Mapping[Path, Node], scope: Scope, several: Callable[[Block], object] | None = None
) -> Seq:
    """Parallel lists, seen as one list whose element is a tree by the lists' paths.

    `several` is given the block before the loop where the loop needs more than one of them.
    """
    values = [node for node in nodes.values() if isinstance(node, Value)]

    @contextmanager
    def each(block: Block) -> Iterator[tuple[Block, Node]]:
        with _each_item(values, scope.inner(block), several) as (body, items):
            named = {str(n): item for n, item in enumerate(items)}
            yield body, Tree(dict(named.items()))

    def present() -> str:
        return " or ".join(f"{holder(value)()} is not None" for value in values)

    always = any(not value.optional for value in values)
    return Seq(each, None if always else present, lists=tuple(values))


def resolve(path: Path, env: Mapping[Path, Node], scope: Scope) -> Node:
    """What stands at `path`: `env` holds the event at `()`, and elements of lists in their loops.

    A path through a list that no loop has opened is absent here.
    """
    start = max((prefix for prefix in env if path[: len(prefix)] == prefix), key=len)
    node = env[start]
    for segment in path[len(start) :]:
        if segment in (EACH, FREE):
            return ABSENT
        node = child(node, segment, scope)
    return node
