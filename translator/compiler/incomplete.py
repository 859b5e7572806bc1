"""Objects and lists that are written only when complete: mark their parts in the target's tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from translator.compiler import symbols
from translator.compiler.blocks import Block
from translator.compiler.lineage import RuleUse
from translator.compiler.symbols import (
    Absent,
    JoinedList,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    Value,
)
from translator.language.nodes import Incomplete
from translator.memo import replace
from translator.paths import Path, Selection
from translator.schema.types import ListOf, Object, SchemaType, find_field


def mark_incomplete(node: Node, entry: Incomplete, target_type: Object, scope: Scope) -> Node:
    """Return the tree of a target whose part at the path of `entry` can be left out.

    A part that is copied with the object around it becomes an object of its own.
    """
    use = RuleUse("incomplete", entry.location, because=entry.because)
    return _mark_at(node, entry.path, target_type, use, scope)


def required_fields(target: Object) -> list[str]:
    """Return the names of the fields that an object requires."""
    return [name for name, field in target.fields.items() if field.required]


_T = TypeVar("_T", bound=SchemaType)


def without_required(target: _T, path: Path = ()) -> _T:
    """Return a type in which all fields of the object at a path are optional."""
    if not isinstance(target, Object):
        return target
    if path:
        field = target.fields.get(path[0])
        if field is None:
            return target
        fields = {path[0]: replace(field, type=without_required(field.type, path[1:]))}
        return replace(target, fields={**target.fields, **fields})
    fields = {name: replace(field, required=False) for name, field in target.fields.items()}
    return replace(target, fields=fields)


def _mark_at(node: Node, path: Path, target: SchemaType, use: RuleUse, scope: Scope) -> Node:
    if not path:
        return _mark(node, target, use, scope)
    if isinstance(target, ListOf):
        return _mark_elements(node, path[1:], target.items, use, scope)
    field = find_field(target, path[0])
    if field is None:
        return node
    match node:
        case ObjectNode(children=children):
            if isinstance(selection := path[0], Selection) and selection.picks:
                joined = children.get(selection.list_name)
                if isinstance(joined, JoinedList):
                    part = _mark_selected(joined, selection, path[1:], field.type, use, scope)
                    return replace(node, children={**children, selection.list_name: part})
            if path[0] in children:
                marked = _mark_at(children[path[0]], path[1:], field.type, use, scope)
                return replace(node, children={**children, path[0]: marked})
        case MergedObject(base=base, extras=extras):
            marked_base = _mark_at(base, path, target, use, scope)
            if isinstance(marked_base, MergedObject):
                for name, child in marked_base.extras.children.items():
                    symbols.insert_node(extras, (name,), child)
                marked_base = marked_base.base
            marked_extras = _mark_at(extras, path, target, use, scope)
            assert isinstance(marked_extras, ObjectNode)
            assert isinstance(marked_base, Value | ObjectNode | ListNode | JoinedList | Absent)
            return replace(node, base=marked_base, extras=marked_extras)
        case Value(type=Object() as source) if path[0] in source.fields:
            copied = symbols.child(node, path[0], scope)
            if _is_complete(copied, path[1:], field.type):
                return node
            fields = {name: each for name, each in source.fields.items() if name != path[0]}
            forbidden = source.forbidden | ({path[0]} if source.additional is not None else set())
            rest = replace(source, fields=fields, forbidden=forbidden)
            base = replace(node, type=rest, fields={}, field_base=[])
            marked = _mark_at(copied, path[1:], field.type, use, scope)
            return MergedObject(base, ObjectNode({path[0]: marked}))
    return node


def _mark_selected(
    node: JoinedList,
    selection: Selection,
    path: Path,
    target: SchemaType,
    use: RuleUse,
    scope: Scope,
) -> JoinedList:
    """Return a list with the parts marked that a selection writes."""
    parts = [
        replace(part, fixed_element=_mark_at(part.fixed_element, path, target, use, scope))
        if each == selection and part.fixed_element is not None
        else part
        for part, each in zip(node.parts, node.selections, strict=True)
    ]
    return replace(node, parts=tuple(parts))


def required_tree(target: SchemaType) -> dict[str, Any]:
    """Return the fields that an object requires, with those of the objects in it."""
    assert isinstance(target, Object)
    return {
        name: required_tree(inner)
        if isinstance(inner := target.fields[name].type, Object)
        else None
        for name in required_fields(target)
    }


def with_optional_fields(target: SchemaType) -> SchemaType:
    """Return a type of objects that requires no field, nor do the objects that it required."""
    if not isinstance(target, Object):
        return target
    fields = {
        name: replace(field, required=False, type=with_optional_fields(field.type))
        if field.required
        else field
        for name, field in target.fields.items()
    }
    schema = {key: value for key, value in target.schema.items() if key != "required"}
    properties = dict(schema.get("properties", {}))
    for name, field in target.fields.items():
        if field.required and name in properties:
            properties[name] = getattr(fields[name].type, "schema", {})
    if properties:
        schema["properties"] = properties
    return replace(target, fields=fields, schema=schema)


def _is_complete(part: Node, path: Path, target: SchemaType) -> bool:
    """Whether a value that is copied is proved to be complete where it is present."""
    source = part.type if isinstance(part, Value) else None
    for step in path:
        source_field = find_field(source, step) if isinstance(source, Object) else None
        target_field = find_field(target, step) if isinstance(target, Object) else None
        if source_field is None or target_field is None:
            return True
        source, target = source_field.type, target_field.type
    if not isinstance(source, Object) or not isinstance(target, Object):
        return True
    fields = source.fields
    return all(name in fields and fields[name].required for name in required_fields(target))


def _mark(node: Node, target: SchemaType, use: RuleUse, scope: Scope) -> Node:
    """Return an object, in parts, or a list, whose values are written on a condition."""
    if isinstance(node, ListNode | JoinedList):
        return symbols.mark_uses(node, use)
    if not isinstance(target, Object):
        return node
    if isinstance(node, Value) and isinstance(node.type, Object):
        names = [name for name in node.type.fields if find_field(target, name) is not None]
        node = ObjectNode({name: symbols.child(node, name, scope) for name in names})
    if not isinstance(node, ObjectNode):
        return node
    required = required_fields(target)
    marked = {
        name: symbols.mark_uses(child, use) if any(each != name for each in required) else child
        for name, child in node.children.items()
    }
    return replace(node, children=marked)


def _mark_elements(node: Node, path: Path, target: SchemaType, use: RuleUse, scope: Scope) -> Node:
    if isinstance(node, JoinedList):
        parts = [_mark_elements(part, path, target, use, scope) for part in node.parts]
        return replace(node, parts=tuple(part for part in parts if isinstance(part, ListNode)))
    if not isinstance(node, ListNode):
        return node
    if node.fixed_element is not None:
        return replace(node, fixed_element=_mark_at(node.fixed_element, path, target, use, scope))

    @contextmanager
    def loop(block: Block) -> Iterator[tuple[Block, Node]]:
        with node.loop(block) as (body, element):
            yield body, _mark_at(element, path, target, use, scope.inner(body))

    return replace(node, loop=loop)
