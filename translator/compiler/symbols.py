"""Symbolic events: trees of nodes that stand for the parts of an event at run time.

A node emits its code on first use. So a value that no target needs costs nothing, and one that
several need is computed once. The hub event is never built: the second mapping of a route reads
the nodes that the first one produced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from translator.compiler.blocks import Block, ConstantPool, ForLoop, UniqueNames
from translator.compiler.lineage import Origin, Origins, RuleUse, extend_origins
from translator.compiler.options import Options
from translator.language.nodes import UNSET, CarrySlot, Unset
from translator.memo import memoized, replace
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path, Selection, format_path
from translator.schema import types
from translator.schema.types import (
    ListOf,
    Object,
    ObjectField,
    Scalar,
    ScalarValue,
    SchemaType,
)
from translator.validation import structs

STRING = Scalar(frozenset({"string"}))


@dataclass(frozen=True, slots=True)
class SourcePath:
    """A JSON path in the source event; the template contains the variables of list indexes."""

    template: str = "$"
    indexes: tuple[str, ...] = ()
    path: Path = ()

    def child(self, name: str) -> SourcePath:
        """Return the path of a field."""
        step = f".{name}"
        if not name.isidentifier():
            step = "[" + repr(name).replace("{", "{{").replace("}", "}}") + "]"
        return SourcePath(self.template + step, self.indexes, (*self.path, name))

    def position(self, index: int) -> SourcePath:
        """Return the path of the element at a known index."""
        path = (*self.path, LIST_ITEM)
        return SourcePath(f"{self.template}[{index}]", self.indexes, path)

    def element(self, index: str) -> SourcePath:
        """Return the path of the element at the index in the variable `index`."""
        template = f"{self.template}[{{{index}}}]"
        return SourcePath(template, (*self.indexes, index), (*self.path, LIST_ITEM))

    def key(self, name: str) -> SourcePath:
        """Return the path of the field whose name is in the variable `name`."""
        path = (*self.path, MAP_ENTRY, VALUE)
        return SourcePath(f"{self.template}{{path_step({name})}}", (*self.indexes, name), path)

    def code(self) -> str:
        """Return a Python expression for the path."""
        return f"f{self.template!r}" if self.indexes else repr(self.display)

    @property
    def display(self) -> str:
        """The path as a string, with the variables in place of unknown indexes.

        For one of several places, it is the path of the first.
        """
        if self.template.startswith("{"):
            return f"$.{format_path(self.path)}" if self.path else "$"
        return self.template.replace("{{", "{").replace("}}", "}")


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive elements of a list: the code of the first index, and of the index after the last.

    `whole` is the list if a value stands for the elements themselves.
    """

    start: str
    end: str
    whole: Value | None = None


@dataclass(frozen=True)
class Value:
    """A value of the source event, or one computed from it.

    `emit` emits the code that computes the value and returns its expression, which is None at run
    time where an `optional` value is absent. `constant` is set if the value is known at compile
    time; `excluded` lists values it cannot have. `emit_origins` returns code for the paths in the
    event that the value comes from, `origins` what is known of them at compile time.

    If the value may be null, `null_test` returns the condition that it is null where the value is
    None, rather than absent. `holds_null` is false after a mapping whose target does not allow
    null there; `keep_null` asks to write null even to an optional field.

    `fields` caches the nodes of its fields, which are computed in its own `scope`; `field_base`
    holds the variable they are read from if the value is optional. If events are read into
    structs, values are `in_struct`: `container` then returns a value that contains structs, for
    reading attributes, and `emit` raises.

    A string that is `unescaped` needs no escapes in JSON if no string of the event needs any.
    `event_field` is set if the value is that field of a struct. A `conditional` value is absent
    where the condition of a rule does not hold. A list or an object that is `built` was made by a
    codec: its parts come from all that the codec read.

    A list that is a `run` has some elements of the list in the event. The last of `open_runs` are
    the elements to which a loop over the list that is opened now is limited.
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
    null_test: Callable[[], str] | None = None
    holds_null: bool = True
    keep_null: bool = False
    in_struct: bool = False
    container: Callable[[], str] | None = None
    unescaped: bool = False
    event_field: Path | None = None
    conditional: bool = False
    built: bool = False
    run: Run | None = None
    open_runs: list[Run] = field(default_factory=list, compare=False, repr=False)
    scope: Scope | None = field(default=None, compare=False, repr=False)
    fields: dict[str, Node] = field(default_factory=dict, compare=False, repr=False)
    field_base: list[str] = field(default_factory=list, compare=False, repr=False)

    @property
    def is_constant(self) -> bool:
        """Whether the value is known at compile time."""
        return not isinstance(self.constant, Unset)

    def with_uses(self, *uses: RuleUse) -> Value:
        """Return the value with further rules applied."""
        return replace(self, origins=extend_origins(self.origins, *uses))

    @property
    def origins_code(self) -> str:
        """The code for the paths in the event that the value comes from."""
        return self.emit_origins() if self.emit_origins is not None else "()"


@dataclass
class ObjectNode:
    """An object under construction; `lazy_child` finds fields that are not in `children`.

    `source` is set for an object of the event some of whose fields are constants. `selected` caches
    what selections select of it, by the block in which that was computed.
    """

    children: dict[str, Node] = field(default_factory=dict)
    lazy_child: Callable[[str], Node] | None = None
    source: Value | None = None
    selected: dict[tuple[Selection, Block], Node] = field(default_factory=dict)


@dataclass(frozen=True)
class ListNode:
    """A list under construction or, if `keyed`, an object with free keys.

    `fixed_element` is its only element if that is known; otherwise `loop` opens a loop over the
    elements. `presence` returns the condition under which the list exists; None if it always does.
    `source_lists` are the source lists behind it, if any; without the first, it does not exist.
    A list that is `filtered` does not exist without an element. `looped` are the lists of the event
    over which the loop runs; if it is limited to some of their elements, these are its `run`.
    """

    loop: Callable[[Block], AbstractContextManager[tuple[Block, Node]]]
    presence: Callable[[], str] | None = None
    fixed_element: Node | None = None
    keyed: bool = False
    source_path: SourcePath = field(default_factory=SourcePath)
    source_lists: tuple[Value, ...] = ()
    filtered: bool = False
    looped: tuple[Value, ...] = ()
    run: Run | None = None

    @property
    def presence_code(self) -> str:
        """The condition under which the list exists; empty if it always does."""
        return self.presence() if self.presence is not None else ""


@dataclass(frozen=True)
class JoinedList:
    """A list of parts in this order. It does not exist without an element.

    `selections` are those by which the mapping that wrote the list selects each part, if known.
    """

    parts: tuple[ListNode, ...]
    selections: tuple[Selection | None, ...]


@dataclass(frozen=True, slots=True)
class FlattenedFields:
    """Carried values by format and field, to be written under flat keys into `slot`.

    Values of `own_format` are skipped. `schema` is set if values must be validated against it.
    """

    carried: Value
    own_format: str
    slot: CarrySlot
    schema: Any = None


@dataclass(frozen=True)
class MergedObject:
    """An object, or free keys, with fields added: `extras`, and carried values.

    `base_type` is set if the base is what `{*}` writes: the type of the other fields.
    """

    base: Value | ObjectNode | ListNode | JoinedList | Absent
    extras: ObjectNode
    flattened: FlattenedFields | None = None
    base_type: Object | None = None


class Absent:
    """The type of `ABSENT`, a node that exists in no event."""


ABSENT = Absent()

Node = Value | ObjectNode | ListNode | JoinedList | MergedObject | Absent

Env = Mapping[Path, "Node"]
"""Nodes that paths start from: the event at `()`, and the current elements of open loops."""


@dataclass(frozen=True)
class Scope:
    """Where values are computed: a block of lines, and what the code of a variant shares."""

    block: Block
    names: UniqueNames
    pool: ConstantPool
    options: Options
    lengths: dict[Path, tuple[int, int | None]] = field(default_factory=dict)
    """Bounds of the lengths of strings of the event, which its decoder has to check."""

    def require_lengths(self, path: Path, shortest: int, longest: int | None) -> None:
        """Make the decoder refuse strings at `path` that are shorter or longer."""
        least, most = self.lengths.get(path, (0, None))
        limits = [limit for limit in (most, longest) if limit is not None]
        self.lengths[path] = max(least, shortest), min(limits, default=None)

    def inner(self, block: Block) -> Scope:
        """Return the scope of a nested block."""
        return replace(self, block=block)

    def param_code(self, name: str) -> str | None:
        """Return the expression for a param's value; None if the param is not given."""
        return f"bound[{name!r}]" if name in self.options.params else None


def child(node: Node, name: str, scope: Scope) -> Node:
    """Return the field `name` of an object."""
    if isinstance(name, Selection):
        from translator.compiler import selections

        return selections.select(node, name, scope)
    match node:
        case ObjectNode(children=children, lazy_child=lazy_child):
            if name in children:
                return children[name]
            return lazy_child(name) if lazy_child is not None else ABSENT
        case Value(type=schema_type):
            schema_field = types.find_field(schema_type, name)
            if schema_field is not None and name not in node.fields:
                node.fields[name] = _field_value(node, name, schema_field, node.scope or scope)
            return node.fields.get(name, ABSENT)
        case MergedObject(base_type=Object()):
            return _merged_child(node, name, scope)
    return ABSENT


def _merged_child(node: MergedObject, name: str, scope: Scope) -> Node:
    """Return a field of an object that `{*}` writes in part."""
    base, extra = child(node.base, name, scope), child(node.extras, name, scope)
    if isinstance(base, Absent) or not isinstance(extra, ObjectNode):
        return base if isinstance(extra, Absent) else extra
    if not isinstance(base, Value):
        return extra
    base_type = base.type if isinstance(base.type, Object) else None
    return MergedObject(base, extra, base_type=base_type)


def _field_value(parent: Value, name: str, schema_field: ObjectField, scope: Scope) -> Value:
    is_object = isinstance(parent.type, Object)
    is_present = schema_field.required and is_object and not parent.optional
    optional = parent.optional or not is_object or may_be_absent(schema_field)
    by_attribute = parent.in_struct and structs.is_struct(parent.type)

    @memoized
    def emit_base() -> str:
        code = container_emitter(parent)()
        if isinstance(parent.type, types.Mixed):
            if not parent.field_base:
                code = emit_local(parent, scope, "value")
                fields = f"{code} if isinstance({code}, dict) else EMPTY_OBJECT"
                parent.field_base.append(emit_variable(f"in_{code}", fields, scope))
            return parent.field_base[0]
        if not parent.optional:
            return code
        if not parent.field_base:
            empty = "NO_FIELDS" if by_attribute else "EMPTY_OBJECT"
            parent.field_base.append(emit_variable(f"in_{code}", f"{code} or {empty}", scope))
        return parent.field_base[0]

    @memoized
    def emit() -> str:
        base = emit_base()
        if by_attribute:
            expression = f"{base}.{structs.attribute_name(name)}"
        else:
            expression = f"{base}[{name!r}]" if is_present else f"{base}.get({name!r})"
        if not optional and not isinstance(schema_field.type, Object):
            return expression
        return emit_variable(name, expression, scope)

    def emit_null_test() -> str:
        if is_present:
            return "True"
        if by_attribute:  # a struct does not tell null from absent
            structs.raise_not_structable()
        return f"{name!r} in {emit_base()}"

    path = parent.source_path.child(name)
    field = value_part(
        parent, (name,), emit, schema_field.type, path, scope, optional, emit_null_test
    )
    if by_attribute and parent.event_field is not None:
        field = replace(field, event_field=(*parent.event_field, name))
    return field


def may_be_absent(schema_field: ObjectField) -> bool:
    """Return whether a field may be missing or null."""
    return not schema_field.required or types.is_nullable(schema_field.type)


def value_part(
    parent: Value,
    steps: Path,
    emit: Callable[[], str],
    schema_type: SchemaType,
    source_path: SourcePath,
    scope: Scope,
    optional: bool = False,
    null_test: Callable[[], str] = lambda: "True",
) -> Value:
    """Return the part of a value of the event at a relative path; it is optional if nullable."""
    nullable = types.is_nullable(schema_type)
    value = Value(
        emit,
        schema_type,
        source_path,
        optional or nullable,
        null_test=null_test if nullable else None,
        emit_origins=lambda: f"({source_path.code()},)",
        origins=origins_below(parent, *steps),
        unescaped=True,
        scope=scope,
    )
    if parent.built:
        path, emit_origins = parent.source_path, parent.emit_origins
        value = replace(value, source_path=path, emit_origins=emit_origins, origins=parent.origins)
        value = replace(value, unescaped=False, built=True)
    return mark_in_struct(value) if parent.in_struct else value


def mark_in_struct(value: Value) -> Value:
    """Return a value as read from an event that is a struct.

    Structs of the event are never written, since they would include their empty fields.
    """
    if not structs.has_structs(value.type):
        return replace(value, in_struct=True)
    return replace(value, in_struct=True, container=value.emit, emit=structs.raise_not_structable)


def container_emitter(value: Value) -> Callable[[], str]:
    """Return the function that emits a value whose parts are read."""
    return value.container or value.emit


def _presence(value: Value) -> Callable[[], str] | None:
    """Return the condition under which a value is present; None if it always is."""
    return (lambda: f"{container_emitter(value)()} is not None") if value.optional else None


def emit_local(value: Value, scope: Scope, hint: str) -> str:
    """Emit a value and return its code as a variable, which may be repeated."""
    code = value.emit()
    return code if code.isidentifier() else emit_variable(hint, code, scope)


def emit_variable(hint: str, code: str, scope: Scope) -> str:
    """Emit an expression into a new variable; returns the variable."""
    name = scope.names.fresh(hint)
    scope.block.add(f"{name} = {code}")
    return name


def as_list_node(node: Node, scope: Scope) -> ListNode | None:
    """Return a list (or an object with free keys) that can be looped over, or None."""
    if isinstance(node, Value):
        keyed = isinstance(node.type, Object) and node.type.additional is not None
        value = node if keyed else as_list_value(node, scope)
        if value is None:
            return None
        node = value
        return ListNode(
            lambda block: _open_loop(node, scope.inner(block)),
            _presence(node),
            keyed=keyed,
            source_path=node.source_path,
            source_lists=(node,),
            looped=(node,),
        )
    if isinstance(node, JoinedList):
        return node.parts[0] if len(node.parts) == 1 else None
    return node if isinstance(node, ListNode) else None


def as_list_value(value: Value, scope: Scope) -> Value | None:
    """Return a value that is a list, or absent; None if it never is a list."""
    if isinstance(value.type, ListOf):
        return value
    list_type = types.as_list(value.type)
    if list_type is None:
        return None
    scope = value.scope or scope

    @memoized
    def emit() -> str:
        code = emit_local(value, scope, "value")
        return emit_variable("list", f"{code} if isinstance({code}, list) else None", scope)

    return replace(value, emit=emit, type=list_type, optional=True, null_test=None)


def fixed_list(element: Node, presence: Callable[[], str] | None, keyed: bool = False) -> ListNode:
    """Return a list with one element."""
    return ListNode(lambda block: nullcontext((block, ABSENT)), presence, element, keyed)


@contextmanager
def _open_loop(value: Value, scope: Scope) -> Iterator[tuple[Block, Node]]:
    if isinstance(value.type, ListOf):
        with _open_list_loop([value], scope) as (block, nodes):
            yield block, nodes[0]
        return
    assert isinstance(value.type, Object) and value.type.additional is not None
    code = container_emitter(value)()
    key, item = scope.names.fresh("key"), scope.names.fresh("item")
    path, block = value.source_path.key(key), Block()
    body = scope.inner(block)
    key_path, item_path = (MAP_ENTRY, KEY), (MAP_ENTRY, VALUE)
    key_value = value_part(value, key_path, lambda: key, types.key_type(value.type), path, body)
    item_value = value_part(value, item_path, lambda: item, value.type.additional, path, body)
    yield block, ObjectNode({KEY: key_value, VALUE: item_value})
    iterable = f"{code}.items()"
    if value.type.names:
        named = scope.pool.intern("named", f"frozenset({sorted(value.type.names)!r})")
        iterable = f"free_items({code}, {named}, nulls=True)"
    scope.block.attach(ForLoop(f"{key}, {item}", iterable), block)


def join_origins(values: Iterable[Value]) -> str:
    """Return the code for the paths in the event that any of several values come from."""
    codes = [value.emit_origins() for value in values if value.emit_origins is not None]
    return " + ".join(codes) or "()"


def read_paths(value: Value) -> Iterator[Path]:
    """Yield the fields of the event behind a value."""
    return (path for origin in value.origins for path in origin.paths)


def values_in(node: Node) -> Iterator[Value]:
    """Yield the values in a node, but not those in its lists."""
    match node:
        case Value():
            yield node
        case ObjectNode(children=children):
            for child_node in children.values():
                yield from values_in(child_node)


def origins_below(value: Value, *steps: str) -> Origins:
    """Return the origins of the part of a value at a relative path."""
    return tuple(reduce(Origin.child, steps, origin) for origin in value.origins)


@contextmanager
def _open_list_loop(
    values: list[Value], scope: Scope, before_zip: Callable[[Block], object] | None = None
) -> Iterator[tuple[Block, list[Value]]]:
    codes = [container_emitter(value)() for value in values]
    runs = (value.run or next(reversed(value.open_runs), None) for value in values)
    run = next(filter(None, runs), None)
    if run is not None:
        codes = [
            code
            if value.run
            else f"{code}[{run.start}:{run.end}]"
            if not value.optional
            else f"({code} and {code}[{run.start}:{run.end}])"
            for value, code in zip(values, codes, strict=True)
        ]
    index = scope.names.fresh("index")
    items = [scope.names.fresh("item") for _ in values]
    block = Block()
    body = scope.inner(block)

    def element(value: Value, item: str) -> Value:
        assert isinstance(value.type, ListOf)
        path = value.source_path.element(index)
        part = value_part(value, (LIST_ITEM,), lambda: item, value.type.items, path, body)
        # There is no element without one of the first list.
        return replace(part, optional=part.optional or (value.optional and value is not values[0]))

    elements = list(map(element, values, items))
    yield block, elements
    lines = [*block.lines()]
    if len(values) > 1 and not any(item in line for line in lines for item in items[1:]):
        # The lists are of one length, and there is none without the first.
        codes, items = [f"{codes[0]} or ()"], items[:1]
    elif before_zip is not None:
        before_zip(scope.block)
    iterable = codes[0] if len(codes) == 1 else f"zip_lists({', '.join(codes)})"
    used_index = index if any(index in line for line in lines) else ""
    start = run.start if run is not None else ""
    scope.block.attach(ForLoop(", ".join(items), iterable, used_index, start), block)


def zip_list_nodes(
    nodes: Mapping[Path, Node], scope: Scope, before_zip: Callable[[Block], object] | None = None
) -> ListNode:
    """Combine parallel lists into one list, whose element has a field for each of them.

    `before_zip` is called with the block before the loop if the loop needs several of the lists.
    """
    values = [node for node in nodes.values() if isinstance(node, Value)]

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        with _open_list_loop(values, scope.inner(block), before_zip) as (body, items):
            yield body, ObjectNode({str(position): item for position, item in enumerate(items)})

    lists = tuple(values)
    return ListNode(loop, _any_present(map(_presence, values)), source_lists=lists, looped=lists)


def emit_elements(list_node: ListNode, scope: Scope) -> str:
    """Return the variable of the first list behind a list, which is true if there is an element."""
    source = list_node.source_lists[0]
    return emit_local(replace(source, emit=container_emitter(source)), scope, "items")


def presence_of_lists(list_node: ListNode) -> tuple[str, ...]:
    """Return the conditions that say no more of a list than that its source lists exist."""
    presence = _any_present(map(_presence, list_node.source_lists))
    return ("True",) if presence is None else ("True", presence())


def is_limited(list_node: ListNode) -> bool:
    """Whether a list may not exist though the lists of the event over which it loops do."""
    presence = _any_present(map(_presence, list_node.looped))
    return list_node.presence_code not in ("", "True", presence() if presence is not None else "")


def run_of(value: Value, start: str, size: int, piece: str, scope: Scope) -> Value:
    """Return a list of some elements of a list of the event; `piece` is their code."""
    assert isinstance(value.type, ListOf)
    end = f"{start} + {size}"

    @memoized
    def emit() -> str:
        return emit_variable("run", piece, scope)

    run = replace(
        value,
        emit=emit,
        optional=False,
        null_test=None,
        run=Run(start, end, value),
        fields={},
        field_base=[],
        open_runs=[],
        container=None,
        event_field=None,
        scope=scope,
    )
    return mark_in_struct(run) if value.in_struct else run


def whole_list(value: Value) -> Value:
    """Return the list of the event of which a value has some elements, or all."""
    return value.run.whole if value.run is not None and value.run.whole is not None else value


def limit_to_run(list_node: ListNode, run: Run) -> ListNode:
    """Return a list with only those elements that come from some elements of its source lists."""

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        for value in list_node.looped:
            value.open_runs.append(run)
        with ExitStack() as stack:
            try:
                opened = stack.enter_context(list_node.loop(block))
            finally:
                for value in list_node.looped:
                    value.open_runs.pop()
            yield opened

    return replace(list_node, loop=loop, presence=None, source_lists=(), filtered=False, run=run)


def resolve(path: Path, env: Mapping[Path, Node], scope: Scope) -> Node:
    """Return the node at `path`, which starts from the longest matching prefix in `env`.

    A path through a list without an open loop is absent.
    """
    start: Path = ()
    if len(env) > 1 or start not in env:
        start = max((prefix for prefix in env if path[: len(prefix)] == prefix), key=len)
    node = env[start]
    for step in path[len(start) :]:
        if step in (LIST_ITEM, MAP_ENTRY):
            return ABSENT
        node = child(node, step, scope)
    return node


def presence_condition(node: Node) -> Callable[[], str] | None:
    """Return the condition that any part of a node is present; None if one always is."""
    return _any_present(_presence_conditions(node))


def all_present(parts: Iterable[Node]) -> Callable[[], str] | None:
    """Return the condition that all of some nodes are present; None if they always are."""
    conditions = [condition for node in parts if (condition := presence_condition(node))]
    if not conditions:
        return None
    return lambda: " and ".join(in_brackets(condition()) for condition in conditions)


def in_brackets(condition: str) -> str:
    """Return a condition that can be joined to another by `and`."""
    return f"({condition})" if " or " in condition else condition


def _any_present(conditions: Iterable[Callable[[], str] | None]) -> Callable[[], str] | None:
    listed = list(conditions)
    if None in listed:
        return None
    return lambda: " or ".join(condition() for condition in listed if condition) or "False"


def _presence_conditions(node: Node) -> Iterator[Callable[[], str] | None]:
    """Yield the condition that each part of a node is present; None for one that always is."""
    match node:
        case Value():
            yield _presence(node)
        case ListNode():
            yield node.presence
        case JoinedList(parts=parts):
            yield from (part.presence for part in parts)
        case ObjectNode(source=Value() as source):
            yield _presence(source)
        case ObjectNode():
            for child_node in node.children.values():
                yield from _presence_conditions(child_node)
        case MergedObject():
            yield from _presence_conditions(node.base)
            yield from _presence_conditions(node.extras)


def mark_uses(node: Node, rule_use: RuleUse) -> Node:
    """Return a list or an element of one with a further rule applied to its values."""
    match node:
        case Value():
            return node.with_uses(rule_use)
        case ListNode():

            @contextmanager
            def loop(block: Block) -> Iterator[tuple[Block, Node]]:
                with node.loop(block) as (body, element):
                    yield body, mark_uses(element, rule_use)

            lists = tuple(value.with_uses(rule_use) for value in node.source_lists)
            fixed = node.fixed_element
            fixed = fixed if fixed is None else mark_uses(fixed, rule_use)
            return replace(node, loop=loop, source_lists=lists, fixed_element=fixed)
        case JoinedList(parts=parts):
            marked_parts = [mark_uses(part, rule_use) for part in parts]
            listed = tuple(part for part in marked_parts if isinstance(part, ListNode))
            return replace(node, parts=listed)
        case ObjectNode(children=children):
            marked = {name: mark_uses(child, rule_use) for name, child in children.items()}
            return ObjectNode(marked)
        case MergedObject(base=base, extras=extras):
            marked_base, marked_extras = mark_uses(base, rule_use), mark_uses(extras, rule_use)
            assert isinstance(marked_base, Value | ObjectNode | ListNode | JoinedList | Absent)
            assert isinstance(marked_extras, ObjectNode)
            return replace(node, base=marked_base, extras=marked_extras)
    return node


def insert_node(tree: ObjectNode, path: Path, node: Node) -> None:
    """Insert a node at a path of a tree."""
    for index, step in enumerate(path[:-1]):
        child_node = tree.children.setdefault(step, ObjectNode())
        if isinstance(child_node, Value | ListNode):
            child_node = tree.children[step] = MergedObject(child_node, ObjectNode())
        if isinstance(child_node, MergedObject):
            insert_node(child_node.extras, path[index + 1 :], node)
            return
        if not isinstance(child_node, ObjectNode):
            return
        tree = child_node
    previous = tree.children.get(path[-1])
    if isinstance(node, ListNode) and node.keyed and isinstance(previous, ObjectNode):
        node = MergedObject(node, previous)
    if not isinstance(node, Absent):
        tree.children[path[-1]] = node
