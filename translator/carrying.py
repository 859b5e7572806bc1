"""Carried values on data: into the one free slot that a format has for them, and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from translator.fitting import is_subtype
from translator.inverse import Assignment, Source
from translator.moving import AssignmentEmitter
from translator.nodes import Identity
from translator.origins import RuleUse, extend_origins
from translator.sameness import is_passthrough
from translator.shapes import Object, SchemaType, find_field, type_at
from translator.symbols import (
    ABSENT,
    Env,
    FlattenedFields,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    Value,
    child,
    resolve,
)
from translator.trees import insert_node


def apply_carries(tree: ObjectNode, env: Env, scope: Scope, assigner: AssignmentEmitter) -> None:
    """Add to a target what its mapping says of carried values, if it says anything."""
    if assigner.directed.carry_slot is None:
        return
    if assigner.directed.to_left:
        _write_slot(tree, env, scope, assigner)
    else:
        _read_slot(tree, env, scope, assigner)


def _read_slot(tree: ObjectNode, env: Env, scope: Scope, assigner: AssignmentEmitter) -> None:
    """Let the next mapping find in the slot what it once carried, and nobody else anything."""
    carry_slot = assigner.directed.carry_slot
    assert carry_slot is not None
    own_format = assigner.directed.mapping.left
    slot = resolve(carry_slot.slot, env, scope)

    def read_format(format_name: str) -> Node:
        def read_field(name: str) -> Node:
            node = child(
                slot, f"{carry_slot.prefix}{format_name}{carry_slot.separator}{name}", scope
            )
            if isinstance(node, Value):
                return replace(
                    node,
                    origins=extend_origins(node.origins, RuleUse("restored", carry_slot.location)),
                )
            return node

        return ABSENT if format_name == own_format else ObjectNode(lazy_child=read_field)

    parent = tree
    for segment in carry_slot.carried:
        child_node = parent.children.setdefault(segment, ObjectNode())
        if not isinstance(child_node, ObjectNode):
            return
        parent = child_node
    parent.lazy_child = read_format


def _write_slot(tree: ObjectNode, env: Env, scope: Scope, assigner: AssignmentEmitter) -> None:
    carry_slot = assigner.directed.carry_slot
    assert carry_slot is not None
    own_format = assigner.directed.mapping.left
    node = resolve(carry_slot.carried, env, scope)
    if isinstance(node, ObjectNode):
        for format_name, name, value in _carried_fields(node):
            if format_name == own_format:
                continue
            path = (
                *carry_slot.slot,
                f"{carry_slot.prefix}{format_name}{carry_slot.separator}{name}",
            )
            slot_type = type_at(assigner.target_type, carry_slot.slot)
            slot_field = find_field(slot_type, path[-1]) if slot_type is not None else None
            if slot_field is None:
                continue
            source = Source((), Identity(), carry_slot.location)
            assignment = Assignment((path,), (source,), carry_slot.location)
            if isinstance(value, Value) and not is_passthrough(
                source, value, slot_field.type, assigner
            ):
                value = assigner.chain_sources(
                    assignment, [(source, value)], slot_field.type, scope
                )
            if isinstance(value, Value):
                rule_use = RuleUse("carried", carry_slot.location)
                value = replace(value, origins=extend_origins(value.origins, rule_use))
            insert_node(tree, path, value)
    elif isinstance(node, Value):
        slot_type = type_at(assigner.target_type, carry_slot.slot)
        if not isinstance(slot_type, Object) or slot_type.additional is None:
            return
        proved = not assigner.guarded or all(
            is_subtype(value_type, slot_type.additional)
            for format_type in _field_types(node.type)
            for value_type in _field_types(format_type)
        )
        schema = None if proved else getattr(slot_type.additional, "schema", {})
        slot_name = carry_slot.slot[0]
        base = tree.children.get(slot_name, ABSENT)
        node = replace(
            node, origins=extend_origins(node.origins, RuleUse("carried", carry_slot.location))
        )
        flattened = FlattenedFields(
            node, own_format, carry_slot.prefix, carry_slot.separator, carry_slot.slot[1:], schema
        )
        if isinstance(base, MergedObject):
            tree.children[slot_name] = MergedObject(base.base, base.extras, flattened)
        else:
            tree.children[slot_name] = MergedObject(
                ABSENT if isinstance(base, ListNode) else base, ObjectNode(), flattened
            )


def _field_types(schema_type: SchemaType) -> Iterator[SchemaType]:
    """The shapes of what an object holds."""
    if isinstance(schema_type, Object):
        yield from (field.type for field in schema_type.fields.values())
        yield from () if schema_type.additional is None else (schema_type.additional,)


def _carried_fields(node: ObjectNode) -> Iterator[tuple[str, str, Node]]:
    for format_name, fields in node.children.items():
        if isinstance(fields, ObjectNode):
            for name, value in fields.children.items():
                yield format_name, name, value
