"""Events as the emitter sees them: trees whose leaves know how to compute themselves.

A symbol stands for a part of an event that will be there at run time. Nothing is emitted for it
until its code is asked for, so what no target wants costs nothing, and what several want is
computed once. Hubs are never built: the second mapping of a route reads the symbols that the
first one made.

Trees that are being written: whether anything is in them, and how parts are put there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from translator.compiler.lineage import Origin, Origins
from translator.compiler.source import Block, UniqueNames
from translator.language.nodes import UNSET, Unset
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema.types import (
    ListOf,
    Object,
    ObjectField,
    RawSchema,
    Scalar,
    ScalarValue,
    SchemaType,
    find_field,
    key_type,
)
from translator.validation.structs import (
    attribute_name,
    has_structs,
    is_struct,
    raise_not_structable,
)

STRING = Scalar(frozenset({"string"}))


@dataclass(frozen=True, slots=True)
class SourcePath:
    """A JSON path in the source event; `{0}` stands for an index that is known at run time."""

    template: str = "$"
    indexes: tuple[str, ...] = ()
    path: Path = ()

    def child(self, name: str) -> SourcePath:
        """The path of a member."""
        is_identifier = name.isidentifier()
        step = (
            f".{name}"
            if is_identifier
            else "[" + repr(name).replace("{", "{{").replace("}", "}}") + "]"
        )
        return SourcePath(self.template + step, self.indexes, (*self.path, name))

    def element(self, index: str) -> SourcePath:
        """The path of the element at the index that the variable `index` holds."""
        return SourcePath(
            f"{self.template}[{{{index}}}]", (*self.indexes, index), (*self.path, LIST_ITEM)
        )

    def key(self, name: str) -> SourcePath:
        """The path of the member whose name the variable `name` holds."""
        path = (*self.path, MAP_ENTRY, VALUE)
        return SourcePath(f"{self.template}{{path_step({name})}}", (*self.indexes, name), path)

    def code(self) -> str:
        """A Python expression for the path."""
        return f"f{self.template!r}" if self.indexes else repr(self.display)

    @property
    def display(self) -> str:
        """The path as a text, with the names of indexes where they are not known."""
        return self.template.replace("{{", "{").replace("}}", "}")


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

    emit: Callable[[], str]
    type: SchemaType
    source_path: SourcePath
    optional: bool = False
    constant: ScalarValue | Unset = UNSET
    excluded: frozenset[ScalarValue] = frozenset()
    emit_origins: Callable[[], str] | None = None
    origins: Origins = ()
    converted: bool = False
    in_struct: bool = False
    container: Callable[[], str] | None = None
    scope: Scope | None = field(default=None, compare=False, repr=False)
    fields: dict[str, Node] = field(default_factory=dict, compare=False, repr=False)
    field_base: list[str] = field(default_factory=list, compare=False, repr=False)


@dataclass(slots=True)
class ObjectNode:
    """An object being written: members by name, and where to find those that are virtual."""

    children: dict[str, Node] = field(default_factory=dict)
    lazy_child: Callable[[str], Node] | None = None


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list being written (or, if `keyed`, an object with free keys).

    `fixed` holds its one element where that is known; otherwise `each` opens the loop over it.
    `present` gives the condition under which the list is there at all; None where it always is.
    `where` is where it comes from, `lists` what it is made of, where that may be empty.
    """

    loop: Callable[[Block], AbstractContextManager[tuple[Block, Node]]]
    presence: Callable[[], str] | None = None
    fixed_element: Node | None = None
    keyed: bool = False
    source_value: Value | None = None
    source_path: SourcePath = field(default_factory=SourcePath)
    source_lists: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class FlattenedFields:
    """Carried values of the source, by format and field, that go under flat keys into `slot`.

    Those of the format `own` stay out. `schema` is that of the slot's values where they have to be
    held to it.
    """

    carried: Value
    own_format: str
    prefix: str
    separator: str
    slot: Path
    schema: Any = None


@dataclass(frozen=True, slots=True)
class MergedObject:
    """An object with members added to it: those of `extras`, and carried ones."""

    base: Value | ObjectNode | Absent
    extras: ObjectNode
    flattened: FlattenedFields | None = None


class Absent:
    """The type of `ABSENT`: nothing is there, whatever the event."""


ABSENT = Absent()

Node = Value | ObjectNode | ListNode | MergedObject | Absent

Env = Mapping[Path, "Node"]
"""What paths start from: the event at `()`, and elements of lists inside the loops over them."""


class Scope:
    """Where values are computed: the block of lines they belong to, and the names in use."""

    def __init__(self, block: Block, names: UniqueNames) -> None:
        self.block = block
        self.names = names

    def inner(self, block: Block) -> Scope:
        """The scope of a block inside this one."""
        return Scope(block, self.names)


def once(emit: Callable[[], str]) -> Callable[[], str]:
    """`make`, called at the first time only."""
    results: list[str] = []

    def code() -> str:
        if not results:
            results.append(emit())
        return results[0]

    return code


def child(node: Node, name: str, scope: Scope) -> Node:
    """The member `name` of an object."""
    match node:
        case ObjectNode(children=children, lazy_child=lazy_child):
            if name in children:
                return children[name]
            return lazy_child(name) if lazy_child is not None else ABSENT
        case Value(type=schema_type):
            schema_field = find_field(schema_type, name)
            if schema_field is None:
                return ABSENT
            if name not in node.fields:
                node.fields[name] = _field_value(node, name, schema_field, node.scope or scope)
            return node.fields[name]
    return ABSENT


def _field_value(parent: Value, name: str, schema_field: ObjectField, scope: Scope) -> Value:
    field_type = schema_field.type
    nullable = (
        field_type.nullable
        if isinstance(field_type, Scalar | ListOf | Object | RawSchema)
        else False
    )
    optional = parent.optional or not schema_field.required or nullable
    is_object = isinstance(field_type, Object)

    def emit() -> str:
        code = container_emitter(parent)()
        by_attribute = parent.in_struct and is_struct(parent.type)
        empty = "NO_FIELDS" if by_attribute else "EMPTY_OBJECT"
        base = _field_base(parent, code, empty, scope) if parent.optional else code
        is_present = schema_field.required and not parent.optional
        expression = f"{base}[{name!r}]" if is_present else f"{base}.get({name!r})"
        expression = f"{base}.{attribute_name(name)}" if by_attribute else expression
        if not optional and not is_object:
            return expression
        variable = scope.names.fresh(name)
        scope.block.add(f"{variable} = {expression}")
        return variable

    source_path = parent.source_path.child(name)
    origins = tuple(origin.child(name) for origin in parent.origins)
    emit_origins = _origin_emitter(source_path)
    value = Value(
        once(emit),
        field_type,
        source_path,
        optional,
        emit_origins=emit_origins,
        origins=origins,
        scope=scope,
    )
    return mark_in_struct(value) if parent.in_struct else value


def mark_in_struct(value: Value) -> Value:
    """A value that is read from events that are structs.

    No struct of theirs is ever written: it would be written with its empty members.
    """
    container = value.emit if has_structs(value.type) else None
    return replace(
        value,
        in_struct=True,
        container=container,
        emit=raise_not_structable if container else value.emit,
    )


def container_emitter(value: Value) -> Callable[[], str]:
    """What computes a value of which parts are read."""
    return value.container or value.emit


def _field_base(value: Value, code: str, empty: str, scope: Scope) -> str:
    """A name for what members are read from: an empty object where `value` is not there."""
    if not value.field_base:
        value.field_base.append(scope.names.fresh(f"in_{code}"))
        scope.block.add(f"{value.field_base[0]} = {code} or {empty}")
    return value.field_base[0]


def _origin_emitter(source_path: SourcePath) -> Callable[[], str]:
    return lambda: f"({source_path.code()},)"


def emit_local(value: Value, scope: Scope, hint: str) -> str:
    """The value's code as a name that may be repeated."""
    code = value.emit()
    if code.isidentifier():
        return code
    name = scope.names.fresh(hint)
    scope.block.add(f"{name} = {code}")
    return name


def as_list_node(node: Node, scope: Scope) -> ListNode | None:
    """A list (or an object with free keys) that can be looped over, or None."""
    match node:
        case ListNode():
            return node
        case Value(type=ListOf()) | Value(type=Object()) if _is_iterable(node.type):
            return ListNode(
                lambda block: _open_loop(node, scope.inner(block)),
                (lambda: f"{container_emitter(node)()} is not None") if node.optional else None,
                keyed=isinstance(node.type, Object),
                source_value=node,
                source_path=node.source_path,
                source_lists=(node,),
            )
    return None


def _is_iterable(schema_type: SchemaType) -> bool:
    return isinstance(schema_type, ListOf) or (
        isinstance(schema_type, Object) and schema_type.additional is not None
    )


@contextmanager
def _open_loop(value: Value, scope: Scope) -> Iterator[tuple[Block, Node]]:
    if isinstance(value.type, ListOf):
        with _open_list_loop([value], scope) as (block, nodes):
            yield block, nodes[0]
        return
    assert isinstance(value.type, Object) and value.type.additional is not None
    code = container_emitter(value)()
    key, item = scope.names.fresh("key"), scope.names.fresh("item")
    block = Block()
    source_path = value.source_path.key(key)
    body_scope = scope.inner(block)
    key_value = _loop_value(
        key, key_type(value.type), source_path, body_scope, origins_below(value, MAP_ENTRY, KEY)
    )
    origins = origins_below(value, MAP_ENTRY, VALUE)
    item_value = _loop_value(item, value.type.additional, source_path, body_scope, origins)
    yield (
        block,
        ObjectNode(
            {KEY: key_value, VALUE: mark_in_struct(item_value) if value.in_struct else item_value}
        ),
    )
    scope.block.attach(f"for {key}, {item} in {code}.items():", block)


def origins_below(value: Value, *segments: str) -> Origins:
    """The origins of what stands below a value."""
    return tuple(reduce(Origin.child, segments, origin) for origin in value.origins)


def _loop_value(
    name: str, schema_type: SchemaType, source_path: SourcePath, scope: Scope, origins: Origins
) -> Value:
    nullable = (
        schema_type.nullable
        if isinstance(schema_type, Scalar | ListOf | Object | RawSchema)
        else False
    )
    emit_origins = _origin_emitter(source_path)
    return Value(
        lambda: name,
        schema_type,
        source_path,
        nullable,
        emit_origins=emit_origins,
        origins=origins,
        scope=scope,
    )


@contextmanager
def _open_list_loop(
    values: list[Value], scope: Scope, before_zip: Callable[[Block], object] | None = None
) -> Iterator[tuple[Block, list[Value]]]:
    codes = [container_emitter(value)() for value in values]
    index = scope.names.fresh("index")
    items = [scope.names.fresh("item") for _ in values]
    nodes: list[Value] = []
    block = Block()
    body_scope = scope.inner(block)
    for value, item in zip(values, items, strict=True):
        assert isinstance(value.type, ListOf)
        source_path, origins = value.source_path.element(index), origins_below(value, LIST_ITEM)
        element = _loop_value(item, value.type.items, source_path, body_scope, origins)
        element = mark_in_struct(element) if value.in_struct else element
        # There is no element without one of the first list.
        nodes.append(replace(element, optional=True) if value.optional and nodes else element)
    yield block, nodes
    lines = [*block.lines()]
    if len(values) > 1 and not any(item in line for line in lines for item in items[1:]):
        # The lists are of one length, and there is none without the first.
        codes, items = [f"{codes[0]} or ()"], items[:1]
    elif before_zip is not None:
        before_zip(scope.block)
    iterable = codes[0] if len(codes) == 1 else f"zip_lists({', '.join(codes)})"
    target = ", ".join(items)
    if any(index in line for line in lines):
        target = f"({target})" if len(items) > 1 else target
        scope.block.attach(f"for {index}, {target} in enumerate({iterable}):", block)
    else:
        scope.block.attach(f"for {target} in {iterable}:", block)


def zip_list_nodes(
    nodes: Mapping[Path, Node], scope: Scope, before_zip: Callable[[Block], object] | None = None
) -> ListNode:
    """Parallel lists, seen as one list whose element is a tree by the lists' paths.

    `several` is given the block before the loop where the loop needs more than one of them.
    """
    values = [node for node in nodes.values() if isinstance(node, Value)]

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        with _open_list_loop(values, scope.inner(block), before_zip) as (body, items):
            children = {str(position): item for position, item in enumerate(items)}
            yield body, ObjectNode(dict(children.items()))

    def presence() -> str:
        return " or ".join(f"{container_emitter(value)()} is not None" for value in values)

    always_present = any(not value.optional for value in values)
    return ListNode(loop, None if always_present else presence, source_lists=tuple(values))


def resolve(path: Path, env: Mapping[Path, Node], scope: Scope) -> Node:
    """What stands at `path`: `env` holds the event at `()`, and elements of lists in their loops.

    A path through a list that no loop has opened is absent here.
    """
    start = max((prefix for prefix in env if path[: len(prefix)] == prefix), key=len)
    node = env[start]
    for segment in path[len(start) :]:
        if segment in (LIST_ITEM, MAP_ENTRY):
            return ABSENT
        node = child(node, segment, scope)
    return node


def presence_condition(node: Node) -> Callable[[], str] | None:
    """The condition that anything of a node is there; None where something always is."""
    conditions: list[Callable[[], str]] = []
    for condition in _presence_conditions(node):
        if condition is None:
            return None
        conditions.append(condition)
    return lambda: " or ".join(condition() for condition in conditions) or "False"


def _presence_conditions(node: Node) -> Iterator[Callable[[], str] | None]:
    """For each part of a node the condition that it is there; None where it always is."""
    match node:
        case Value():
            yield (lambda: f"{container_emitter(node)()} is not None") if node.optional else None
        case ListNode():
            yield node.presence
        case ObjectNode():
            for child_node in node.children.values():
                yield from _presence_conditions(child_node)
        case MergedObject():
            yield from _presence_conditions(node.base)
            yield from _presence_conditions(node.extras)


def insert_node(tree: ObjectNode, path: Path, node: Node) -> None:
    """Put a node at a path of a tree."""
    for index, segment in enumerate(path[:-1]):
        child_node = tree.children.setdefault(segment, ObjectNode())
        if isinstance(child_node, Value):
            merged = MergedObject(child_node, ObjectNode())
            tree.children[segment] = merged
            child_node = merged
        if isinstance(child_node, MergedObject):
            insert_node(child_node.extras, path[index + 1 :], node)
            return
        if not isinstance(child_node, ObjectNode):
            return
        tree = child_node
    if not isinstance(node, Absent):
        tree.children[path[-1]] = node
