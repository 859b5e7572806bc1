"""Selections on symbols: pick or filter the elements of a list that is read, join those written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from translator.compiler import symbols
from translator.compiler.blocks import Block
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.lineage import copy_origins
from translator.compiler.rows import StaticRefusal, constant_value
from translator.compiler.symbols import (
    ABSENT,
    Absent,
    JoinedList,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.errors import Diagnostic, Location, MappingError
from translator.language.nodes import Unset
from translator.memo import memoized, replace
from translator.paths import LIST_ITEM, Named, NamedPick, Path, Selection, format_path
from translator.runtime.values import CopyPlan
from translator.schema.types import (
    ANYTHING,
    ListOf,
    Object,
    Scalar,
    ScalarValue,
    SchemaType,
    as_list,
    as_object,
    find_field,
    json_equal,
    parse_scalar,
    rest_type,
    selected_type,
    type_at,
)
from translator.validation import structs
from translator.validation.subtypes import is_subtype

_SELECTED = "another selection of the list selects this element: write it there"

_TOO_MANY = "it has several elements, and only a list of one can be translated"


class UnsupportedSelectionError(Exception):
    """What a selection selects of values that are built of parts cannot be compiled."""

    def __init__(
        self, message: str = "an element of a list is not known before the list is built"
    ) -> None:
        super().__init__(message)
        self.selection: Selection | None = None

    def at(self, location: Location, source: str, target: str) -> MappingError:
        """Return the error of a mapping, found in a translation."""
        path = f"`{format_path((self.selection,))}`: " if self.selection is not None else ""
        message = f"{path}{self} (in a translation from {source} to {target})"
        hint = "write it by one rule, or map the two formats directly, by ONE--OTHER.yaml"
        return MappingError([Diagnostic("selection-built", location, message, hint)])


# --- read -----------------------------------------------------------------------------------------


def select(node: Node, selection: Selection, scope: Scope) -> Node:
    """Return what a selection selects of an object; it is computed once in a block."""
    if isinstance(node, Value):
        if selection not in node.fields:
            node.fields[selection] = _select(node, selection, node.scope or scope)
        return node.fields[selection]
    if isinstance(node, ObjectNode):
        if selection in node.children:
            return node.children[selection]
        key = (selection, scope.block)
        if key not in node.selected:
            node.selected[key] = _select(node, selection, scope)
        return node.selected[key]
    return ABSENT


def _select(parent: Node, selection: Selection, scope: Scope) -> Node:
    try:
        return _select_parts(parent, selection, scope)
    except UnsupportedSelectionError as error:
        error.selection = error.selection or selection
        raise


def _select_parts(parent: Node, selection: Selection, scope: Scope) -> Node:
    if not selection.picks:
        return _rest(parent, selection.named, scope)
    elements = symbols.child(parent, selection.list_name, scope)
    if isinstance(elements, Value):
        if not isinstance(elements.type, ListOf):
            return ABSENT
        scope = elements.scope or scope
    selected: ListNode | JoinedList | None
    selected = (
        elements if isinstance(elements, JoinedList) else symbols.as_list_node(elements, scope)
    )
    if selected is None:
        return ABSENT
    list_type = as_list(elements.type) if isinstance(elements, Value) else None
    is_filtered = False
    for pick in selection.picks:
        if isinstance(pick, tuple):
            selected, is_filtered = _filter(selected, pick, scope), True
            if selected is None:
                return ABSENT
            if list_type is not None and isinstance(selected, ListNode):
                selected = _narrow(selected, selected_type(list_type, selection))
        elif pick == "*":
            others = _exclude(selected, parent, selection.others, scope)
            if list_type is not None and isinstance(others, ListNode):
                others = _narrow(others, selected_type(list_type, selection))
            return others or ABSENT
        elif isinstance(elements, Value):
            filtered = selected if is_filtered and isinstance(selected, ListNode) else None
            return _pick_value(elements, filtered, selection, pick, scope)
        else:
            return _pick_part(selected, pick, scope)
    return selected


def _rest(parent: Node, named: Named, scope: Scope) -> Node:
    """Return an object without the fields that are named; absent if nothing is left."""
    match parent:
        case ObjectNode(source=Value() as source):
            return _rest(source, named, scope)
        case ObjectNode(children=children, lazy_child=None):
            rest = ObjectNode()
            for name, child in children.items():
                if (inner := named.get(name)) is not None:
                    child = _rest(child, inner, scope)
                if (name not in named or inner is not None) and not isinstance(child, Absent):
                    rest.children[name] = child
            return rest if rest.children else ABSENT
        case Value(type=schema_type) if as_object(schema_type) is not None:
            return _rest_value(parent, named, scope)
        case MergedObject():
            raise UnsupportedSelectionError(
                "what is left of an object with added fields cannot be read"
            )
    return ABSENT


def _rest_value(parent: Value, named: Named, scope: Scope) -> Value:
    rest = rest_type(parent.type, named) if isinstance(parent.type, Object) else ANYTHING
    scope = parent.scope or scope

    @memoized
    def emit() -> str:
        if parent.in_struct and structs.is_struct(parent.type):
            structs.raise_not_structable()
        names = scope.pool.intern("named", repr(named))
        container = replace(parent, emit=symbols.container_emitter(parent))
        code = symbols.emit_local(container, scope, "object")
        test = f"{code} is not None" if parent.optional else ""
        if rest is ANYTHING:
            test = f"isinstance({code}, dict)"
        otherwise = f" if {test} else {code if rest is ANYTHING else None}" if test else ""
        return symbols.emit_variable("rest", f"rest_of({code}, {names}){otherwise}", scope)

    return Value(
        emit,
        rest,
        parent.source_path,
        optional=True,
        emit_origins=lambda: f"({parent.source_path.code()},)",
        origins=copy_origins(parent.origins, (_rest_plan(named),)),
        scope=scope,
    )


def _rest_plan(named: Named) -> CopyPlan:
    plans = {name: False if inner is None else _rest_plan(inner) for name, inner in named.items()}
    return CopyPlan(plans, others=None)


def _exclude(
    node: ListNode | JoinedList, parent: Node, others: tuple[Selection, ...], scope: Scope
) -> ListNode | JoinedList | None:
    """Return the elements of a list that no other selection selects; None if there are none."""
    if isinstance(node, JoinedList):
        rests = [_exclude(part, ABSENT, others, scope) for part in node.parts]
        parts = tuple(part for part in rests if isinstance(part, ListNode))
        return JoinedList(parts, (None,) * len(parts)) if parts else None
    tests: list[bool | str] = []
    for other in others:
        sample, inner = _sample_element(node), _sample_scope(node, scope)
        tests.append(_is_selected(sample, parent, other, inner))
    if True in tests:
        return None
    if not any(tests):
        return node
    if node.fixed_element is not None:
        conditions = [*([node.presence_code] if node.presence_code else []), *_negate(tests)]
        return replace(node, presence=lambda: " and ".join(conditions), source_lists=())

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        with node.loop(block) as (body, element):
            inner = scope.inner(body)
            tests = [_is_selected(element, parent, other, inner) for other in others]
            body.add("continue", condition=f"not ({' and '.join(_negate(tests))})")
            yield body, element

    return replace(node, loop=loop, filtered=True, source_lists=())


def _negate(tests: Iterable[bool | str]) -> list[str]:
    return [f"not ({test})" for test in tests if isinstance(test, str)]


def _is_selected(element: Node, parent: Node, selection: Selection, scope: Scope) -> bool | str:
    """Return whether a selection selects an element, or the code of the test."""
    filters = [pick for pick in selection.picks if isinstance(pick, tuple)]
    if len(filters) < len(selection.picks) and not _is_named(selection):
        picked = symbols.child(parent, selection, scope)
        if not isinstance(element, Value) or not isinstance(picked, Value):
            raise UnsupportedSelectionError()
        picked.emit()
        position = picked.source_path.indexes[-1:]
        if not filters and selection.picks != ("last",):
            position = ("0" if selection.picks == ("only",) else str(selection.picks[0]),)
        return f"{element.source_path.indexes[-1]} == {position[0]}"
    tests = [_test(element, pick, scope) for pick in filters]
    if False in tests:
        return False
    return " and ".join(f"({test})" for test in tests if isinstance(test, str)) or True


def _is_named(selection: Selection) -> bool:
    """Whether a selection is all elements that belong to a name."""
    return isinstance(selection.picks[0], NamedPick) and selection.picks[1:] in ((), ("only",))


def _filter(
    node: ListNode | JoinedList, pick: tuple[str, str], scope: Scope
) -> ListNode | JoinedList | None:
    """Return the elements of a list whose field has a value; None if there are none."""
    if isinstance(node, JoinedList):
        filtered = [_filter(part, pick, scope) for part in node.parts]
        parts = tuple(part for part in filtered if isinstance(part, ListNode))
        return JoinedList(parts, (None,) * len(parts)) if parts else None
    test = _test(_sample_element(node), pick, _sample_scope(node, scope))
    if isinstance(test, bool):
        return replace(node, filtered=True, source_lists=()) if test else None
    if node.fixed_element is not None:
        presence = node.presence

        def is_present() -> str:
            return f"({presence()}) and ({test})" if presence is not None else str(test)

        return replace(node, presence=is_present, source_lists=())

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        with node.loop(block) as (body, element):
            test = _test(element, pick, scope.inner(body))
            body.add("continue", condition=f"not ({test})")
            yield body, element

    return replace(node, loop=loop, filtered=True, source_lists=())


def _narrow(node: ListNode, element_type: SchemaType) -> ListNode:
    """Return a list of the event whose elements are known to have a narrower type."""

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        with node.loop(block) as (body, element):
            assert isinstance(element, Value)
            if element.type is not element_type:
                element = replace(element, type=element_type, fields={}, field_base=[])
                element = symbols.mark_in_struct(element) if element.in_struct else element
            yield body, element

    return replace(node, loop=loop)


def _test(element: Node, pick: tuple[str, str], scope: Scope) -> bool | str:
    """Return whether a field of an element has a value, or the code of the test."""
    name, string = pick
    field = symbols.child(element, name, scope)
    if not isinstance(field, Value):
        return False
    if isinstance(pick, NamedPick):
        if not isinstance(field.constant, Unset):
            return pick.accepts(field.constant)
        return _named_test(field, pick, scope)
    value = parse_scalar(field.type, string)
    if not isinstance(field.constant, Unset):
        return json_equal(field.constant, value)
    if isinstance(value, str):
        return f"{field.emit()} == {value!r}"
    return f"is_one_of({field.emit()}, [{value!r}])"


def _named_test(field: Value, pick: NamedPick, scope: Scope) -> str:
    """Return the code that tests whether a field has a value of a named selection."""
    if pick.values is not None and len(pick.values) == 1 and isinstance(pick.values[0], str):
        return f"{field.emit()} == {pick.values[0]!r}"
    if pick.values is not None:
        return f"is_one_of({field.emit()}, {[*pick.values]!r})"
    code = symbols.emit_local(field, scope, "value")
    is_string = isinstance(field.type, Scalar) and field.type.types == {"string"}
    guard = f"{code} is not None and " if field.optional else ""
    guard = guard if is_string else f"isinstance({code}, str) and "
    return f"{guard}{named_matcher(pick, scope)}({code})"


def named_matcher(pick: NamedPick, scope: Scope) -> str:
    """Return the name of the function that finds the pattern of a named selection."""
    return scope.pool.intern("match", f"re.compile({pick.pattern!r}).search")


def _sample_element(node: ListNode) -> Node:
    """Return an element of a list, whose code must not be emitted."""
    if node.fixed_element is not None:
        return node.fixed_element
    with node.loop(Block()) as (_, element):
        return element


def _pick_value(
    elements: Value,
    filtered: ListNode | None,
    selection: Selection,
    pick: int | str,
    scope: Scope,
) -> Value:
    """Return an element of a list of the event, by its position in the list or among some."""
    assert isinstance(elements.type, ListOf)
    number, index = pick if isinstance(pick, int) else 0, ""
    source_path = elements.source_path.position(number)
    if filtered is not None or pick == "last":
        index = scope.names.fresh("index")
        source_path = elements.source_path.element(index)

    @memoized
    def emit() -> str:
        container = replace(elements, emit=symbols.container_emitter(elements))
        code = symbols.emit_local(container, scope, "elements")
        if filtered is None:
            if pick == "only":
                _emit_only(code, elements, scope)
            if pick == "last":
                scope.block.add(f"{index} = len({code}) - 1 if {code} else None")
                element = f"{code}[-1] if {code} else None"
            else:
                element = _item_code(code, number, is_optional=elements.optional)
            return symbols.emit_variable("item", element, scope)
        indexes = scope.names.fresh("indexes")
        scope.block.add(f"{indexes} = []")
        with scope.block.nest_if(filtered.presence_code) as block, filtered.loop(block) as opened:
            body, element_node = opened
            assert isinstance(element_node, Value)
            body.append_element(indexes, element_node.source_path.indexes[-1])
        if pick == "only":
            _emit_only(indexes, elements, scope)
        position = f"{indexes}[-1] if {indexes} else None"
        if pick != "last":
            position = _item_code(indexes, number)
        scope.block.add(f"{index} = {position}")
        return symbols.emit_variable(
            "item", f"{code}[{index}] if {index} is not None else None", scope
        )

    item_type = selected_type(elements.type, selection)
    value = symbols.value_part(
        elements, (LIST_ITEM,), emit, item_type, source_path, scope, optional=True
    )
    return replace(value, null_test=None)


def _item_code(code: str, number: int, *, is_optional: bool = False) -> str:
    """Return the code of an element of a list, None if there is none."""
    if number == 0:
        return f"{code}[0] if {code} else None"
    null_check = f"{code} is not None and " if is_optional else ""
    return f"{code}[{number}] if {null_check}len({code}) > {number} else None"


def _emit_only(code: str, elements: Value | None, scope: Scope) -> None:
    """Emit the refusal of several elements where only one is possible."""
    source_path = SourcePath() if elements is None else elements.source_path
    refusal = RefusalEmitter("unmappable-value", source_path, "")
    null_check = f"{code} is not None and " if elements is not None and elements.optional else ""
    line = refusal.raise_line(repr(_TOO_MANY))
    scope.block.add(line, condition=f"{null_check}len({code}) > 1")


def _pick_part(node: ListNode | JoinedList, pick: int | str, scope: Scope) -> Node:
    """Return an element of a list that another mapping writes."""
    parts = node.parts if isinstance(node, JoinedList) else (node,)
    if isinstance(pick, int) and all(map(_is_certain, parts[: pick + 1])):
        element = parts[pick].fixed_element if pick < len(parts) else ABSENT
        return ABSENT if element is None else element
    if pick == "last" and _is_certain(parts[-1]):
        return parts[-1].fixed_element or ABSENT
    if pick == "only" and all(map(_is_certain, parts)):
        if len(parts) > 1:
            raise StaticRefusal("unmappable-value", SourcePath(), _TOO_MANY)
        return parts[0].fixed_element or ABSENT
    element = parts[0].fixed_element
    is_single = len(parts) == 1 and pick in (0, "last", "only")
    # Values that are always present would be read even where the element is absent.
    if is_single and element is not None and symbols.presence_condition(element) is not None:
        return element
    leaves: dict[Path, list[Value]] = {}
    for part in parts:
        for path, value in _leaves(_sample_element(part)):
            leaves.setdefault(path, []).append(value)
    picked = {path: _pick_leaf(parts, path, values, pick, scope) for path, values in leaves.items()}
    if () in picked:
        if len(picked) > 1:
            raise UnsupportedSelectionError()
        return picked[()]
    tree = ObjectNode()
    for path, value in picked.items():
        symbols.insert_node(tree, path, value)
    return tree


def _is_certain(part: ListNode) -> bool:
    """Whether a part is one element that always exists."""
    return part.fixed_element is not None and part.presence is None


def _leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    match node:
        case Value():
            yield path, node
        case ObjectNode(children=children, lazy_child=None):
            for name, child in children.items():
                yield from _leaves(child, (*path, name))
        case Absent():
            return
        case _:
            raise UnsupportedSelectionError()


def _pick_leaf(
    parts: Iterable[ListNode], path: Path, values: list[Value], pick: int | str, scope: Scope
) -> Value:
    """Return a value of an element: one of the values of all elements."""

    def code_in(element: Node, inner: Scope, code: Callable[[Value], str], default: str) -> str:
        node = element
        for name in path:
            node = symbols.child(node, name, inner)
        return code(node) if isinstance(node, Value) else default

    number = pick if isinstance(pick, int) else 0
    hint = path[-1] if path else "element"

    def emit_pick(code: Callable[[Value], str], default: str, suffix: str) -> str:
        out = scope.names.fresh(f"{hint}_{suffix}")
        scope.block.add(f"{out} = []")
        for part in parts:
            with scope.block.nest_if(part.presence_code) as block:
                if part.fixed_element is not None:
                    element_code = code_in(part.fixed_element, scope.inner(block), code, default)
                    block.append_element(out, element_code)
                else:
                    with part.loop(block) as (body, element):
                        element_code = code_in(element, scope.inner(body), code, default)
                        body.append_element(out, element_code)
        if pick == "only":
            _emit_only(out, None, scope)
        item = (
            f"{out}[-1] if {out}" if pick == "last" else f"{out}[{number}] if len({out}) > {number}"
        )
        return symbols.emit_variable(hint, f"{item} else {default}", scope)

    emit = memoized(lambda: emit_pick(lambda value: value.emit(), "None", "values"))
    emit_origins = memoized(lambda: emit_pick(lambda value: value.origins_code, "()", "origins"))
    origins = tuple(dict.fromkeys(origin for value in values for origin in value.origins))
    first_path = values[0].source_path
    return Value(
        emit,
        _common_type([value.type for value in values]),
        SourcePath() if first_path.indexes else first_path,
        optional=True,
        emit_origins=emit_origins,
        origins=origins,
        converted=all(value.converted for value in values),
        unescaped=all(value.unescaped for value in values),
        scope=scope,
    )


def _common_type(schema_types: list[SchemaType]) -> SchemaType:
    """Return one of several types that includes the others; else, the type of any value."""
    for schema_type in schema_types:
        if all(other is schema_type or is_subtype(other, schema_type) for other in schema_types):
            return schema_type
    return ANYTHING


def _sample_scope(node: ListNode, scope: Scope) -> Scope:
    """Return the scope for tests of the sample of a list; it is thrown away inside a loop."""
    return scope if node.fixed_element is not None else scope.inner(Block())


# --- write ----------------------------------------------------------------------------------------


def join_selections(tree: ObjectNode, target: SchemaType | None, scope: Scope) -> ObjectNode:
    """Return a tree of a type in which the selections of each list are joined to one list."""
    children: dict[str, Node] = {}
    selected: dict[str, list[tuple[Selection, Node]]] = {}
    for name, node in tree.children.items():
        if isinstance(name, Selection) and name.picks:
            selected.setdefault(name.list_name, []).append((name, node))
        elif isinstance(node, ObjectNode) and node.lazy_child is None and node.source is None:
            field_type = None if target is None else type_at(target, (name,))
            children[name] = merge_rest(join_selections(node, field_type, scope), field_type, scope)
        else:
            children[name] = node
    for name, nodes in selected.items():
        nodes = [(each, _join_inside(node, each, target, scope)) for each, node in nodes]
        nodes.sort(key=lambda entry: entry[0].order)
        parts = [
            (selection, part)
            for selection, node in nodes
            for part in _parts(selection, node, target, scope)
        ]
        if parts:
            selections, listed = zip(*parts, strict=True)
            children[name] = JoinedList(listed, selections)
    return replace(tree, children=children)


def _join_inside(node: Node, selection: Selection, target: SchemaType | None, scope: Scope) -> Node:
    """Return an element that is selected, with the selections in it joined."""
    if selection.is_list or target is None or not isinstance(node, ObjectNode):
        return node
    if node.lazy_child is not None or node.source is not None:
        return node
    element_type = type_at(target, (selection,))
    return merge_rest(join_selections(node, element_type, scope), element_type, scope)


def _parts(
    selection: Selection, node: Node, target: SchemaType | None, scope: Scope
) -> Iterator[ListNode]:
    """Yield the parts of a list that a selection writes; filters write the value they compare."""
    if selection.picks == ("*",):
        yield from _rest_parts(selection, node, target, scope)
        return
    tags: dict[str, Node] = {}
    element_path = (selection, LIST_ITEM) if selection.is_list else (selection,)
    for pick in selection.picks:
        if isinstance(pick, tuple):
            field_type = target and type_at(target, (*element_path, pick[0]))
            value = parse_scalar(field_type, pick[1])
            tags[pick[0]] = constant_value(value, (pick[0],), SourcePath())
    match node:
        case JoinedList(parts=parts):
            for part in parts:
                yield _tag_elements(part, tags)
        case ListNode():
            yield _tag_elements(node, tags)
        case Value() | ObjectNode() | MergedObject():
            part = symbols.fixed_list(node, symbols.presence_condition(node))
            if part.presence is None or part.presence() != "False":
                yield _tag_elements(part, tags)


def _rest_parts(
    selection: Selection, node: Node, target: SchemaType | None, scope: Scope
) -> Iterator[ListNode]:
    """Yield the parts of a list that `[*]` writes: elements that no other selection selects."""
    filters: list[tuple[str, str]] = []
    for other in selection.others:
        if isinstance(pick := other.picks[0], tuple) and (
            len(other.picks) == 1 or _is_named(other)
        ):
            filters.append(pick)

    def is_selected(code: str, pick: tuple[str, str]) -> str:
        name, string = pick
        if isinstance(pick, NamedPick) and pick.values is None:
            return f"has_match({code}, {name!r}, {named_matcher(pick, scope)})"
        field_type = target and type_at(target, (selection, LIST_ITEM, name))
        values: tuple[ScalarValue, ...] = (parse_scalar(field_type, string),)
        if isinstance(pick, NamedPick) and pick.values is not None:
            values = pick.values
        return " or ".join(f"has_field({code}, {name!r}, {value!r})" for value in values)

    def check(element: Node, inner: Scope) -> Node:
        if not filters:
            return element
        if not isinstance(element, Value):
            raise UnsupportedSelectionError("only whole elements can be written to [*]")
        code = symbols.emit_local(element, inner, "element")
        refusal = RefusalEmitter("unmappable-value", element.source_path, "")
        line = refusal.raise_line(repr(_SELECTED))
        tests = [is_selected(code, pick) for pick in filters]
        inner.block.add(line, condition=" or ".join(tests))
        return replace(element, emit=lambda: code)

    for part in node.parts if isinstance(node, JoinedList) else (node,):
        if not isinstance(part, ListNode):
            continue
        if part.fixed_element is not None:
            yield replace(part, fixed_element=check(part.fixed_element, scope))
            continue

        @contextmanager
        def loop(block: Block, part: ListNode = part) -> Iterator[tuple[Block, Node]]:
            with part.loop(block) as (body, element):
                yield body, check(element, scope.inner(body))

        yield replace(part, loop=loop)


def refuse_named_fields(value: Value, rest: Selection, scope: Scope) -> Value:
    """Return an object that `{*}` writes, refused if it has a field that a path names."""

    @memoized
    def emit() -> str:
        code = symbols.emit_local(value, scope, "rest")
        names = scope.pool.intern("named", repr(rest.named))
        scope.block.add(f"refuse_named({code}, {names}, {value.source_path.code()})")
        return code

    is_object = isinstance(value.type, Object)
    may_have_named = not is_object or any(find_field(value.type, name) for name in rest.named)
    return replace(value, emit=emit) if may_have_named else value


def merge_rest(
    tree: ObjectNode, target: SchemaType | None, scope: Scope
) -> ObjectNode | MergedObject:
    """Return an object with what `{*}` writes merged in."""
    rest = next((name for name in tree.children if isinstance(name, Selection)), None)
    target_object = None if target is None else as_object(target)
    if rest is None or target_object is None:
        return tree
    children = {name: node for name, node in tree.children.items() if name is not rest}
    node, extras = tree.children[rest], replace(tree, children=children)
    if not isinstance(node, Value):
        raise UnsupportedSelectionError("the rest of an object has to be a value of the event")
    return MergedObject(node, extras, base_type=rest_type(target_object, rest.named))


def _tag_elements(node: ListNode, tags: dict[str, Node]) -> ListNode:
    if not tags:
        return node
    if node.fixed_element is not None:
        return replace(node, fixed_element=_tag(node.fixed_element, tags))

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        with node.loop(block) as (body, element):
            yield body, _tag(element, tags)

    return replace(node, loop=loop)


def _tag(element: Node, tags: dict[str, Node]) -> Node:
    if isinstance(element, ObjectNode):
        return replace(element, children={**element.children, **tags}, selected={})
    if isinstance(element, MergedObject):
        extras = _tag(element.extras, tags)
        assert isinstance(extras, ObjectNode)
        return replace(element, extras=extras)
    raise UnsupportedSelectionError("a rule cannot write whole elements that a field selects")
