"""Values that a format carries for others: the slot that stores them, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from translator.compiler import symbols
from translator.compiler.assignments import AssignmentEmitter
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.lineage import RuleUse
from translator.compiler.rows import StaticRefusal
from translator.compiler.symbols import (
    ABSENT,
    Env,
    JoinedList,
    ListNode,
    MergedObject,
    Node,
    ObjectNode,
    Scope,
    SourcePath,
    Value,
)
from translator.compiler.whole_values import build_value
from translator.language import nodes
from translator.language.direction import Assignment
from translator.language.nodes import CarrySlot
from translator.memo import replace
from translator.paths import Path, format_path
from translator.runtime.values import is_restorable
from translator.schema.openapi import Schema
from translator.schema.types import ANYTHING, ListOf, Object, SchemaType, key_type, type_at
from translator.validation.subtypes import is_subtype

_PLAIN_NAMES = re.compile(r"\^(?:\[(?:a-z|A-Z|0-9)+\][*+?]?)+\$")
"""Patterns of names that consist of letters and digits only."""


def read_slot(tree: ObjectNode, slot: CarrySlot, own_format: str, env: Env, scope: Scope) -> None:
    """Make the values in the slot available to the next mapping, under `carried`."""
    slot_node = symbols.resolve(slot.slot, env, scope)
    restored = RuleUse("restored", slot.location)

    def read_format(format_name: str) -> Node:
        def read_field(name: str) -> Node:
            node = symbols.child(slot_node, _slot_key(slot, format_name, name), scope)
            return node.with_uses(restored) if isinstance(node, Value) else node

        is_stored = format_name != own_format and is_restorable(format_name, slot.separator)
        return ObjectNode(lazy_child=read_field) if is_stored else ABSENT

    parent = tree
    for step in slot.carried:
        child_node = parent.children.setdefault(step, ObjectNode())
        if not isinstance(child_node, ObjectNode):
            return
        parent = child_node
    parent.lazy_child = read_format


def write_slot(
    tree: ObjectNode,
    slot: CarrySlot,
    assigner: AssignmentEmitter,
    env: Env,
    scope: Scope,
) -> None:
    """Write the values that are carried for other formats into the slot."""
    own_format = assigner.directed.mapping.left
    slot_type = type_at(assigner.target_type, slot.slot)
    node = symbols.resolve(slot.carried, env, scope)
    carried = RuleUse("carried", slot.location, skip_unfit=slot.skip_unfit)
    if isinstance(node, ObjectNode) and slot_type is not None:
        for format_name, fields in node.children.items():
            if format_name == own_format or not isinstance(fields, ObjectNode):
                continue
            for name, value in fields.children.items():
                if not is_restorable(format_name, slot.separator):
                    _refuse_carried(value, slot, format_name, scope)
                    continue
                path = (*slot.slot, _slot_key(slot, format_name, name))
                field_type = type_at(slot_type, path[-1:])
                if field_type is None:
                    continue
                use = carried
                if slot.skip_unfit:
                    built = _as_value(value, (*slot.carried, format_name, name), scope)
                    if built is not value:
                        place = format_path(slot.slot)
                        conditions = f"where {place} can hold all of the list or the object"
                        use = replace(carried, conditional=True, conditions=conditions)
                    value = built
                if isinstance(value, Value):
                    assignment = Assignment((path,), (), slot.location)
                    unfit: nodes.Outcome = "skip" if slot.skip_unfit else "refuse"
                    fitted = assigner.fit_value(value, assignment, field_type, scope, unfit)
                    value = fitted.with_uses(use)
                symbols.insert_node(tree, path, value)
    elif isinstance(node, Value):
        if not isinstance(slot_type, Object) or slot_type.additional is None:
            return
        is_checked = scope.options.guarded or slot.skip_unfit
        proved = not is_checked or _is_storable(node.type, slot_type, slot.separator)
        schema = None if proved else _entry_schema(slot_type)
        value = node.with_uses(carried)
        flattened = symbols.FlattenedFields(value, own_format, slot, schema)
        base = tree.children.get(slot.slot[0], ABSENT)
        if not isinstance(base, MergedObject):
            base = MergedObject(base, ObjectNode())
        tree.children[slot.slot[0]] = replace(base, flattened=flattened)


def _refuse_carried(node: Node, slot: CarrySlot, format_name: str, scope: Scope) -> None:
    """Refuse a value of a format whose name contains the separator of the slot."""
    condition = symbols.presence_condition(node)
    source_path = node.source_path if isinstance(node, Value) else SourcePath()
    message = (
        f"cannot be carried: the format name {format_name!r} contains the separator "
        f"{slot.separator!r}"
    )
    if condition is None:
        raise StaticRefusal("unmappable-value", source_path, message, slot.location)
    rule = slot.location if scope.options.report else None
    refusal = RefusalEmitter("unmappable-value", source_path, "", rule=rule)
    scope.block.add(refusal.raise_line(repr(message)), condition=condition())


def _as_value(node: Node, path: Path, scope: Scope) -> Node:
    """Return a list or an object as one value, of which it is not known whether it fits."""
    if isinstance(node, ListNode | JoinedList):
        return build_value(node, ListOf(ANYTHING), path, path[-2], scope)
    if isinstance(node, ObjectNode | MergedObject):
        return build_value(node, Object({}, ANYTHING), path, path[-2], scope)
    return node


def _slot_key(slot: CarrySlot, format_name: str, name: str) -> str:
    return f"{slot.prefix}{format_name}{slot.separator}{name}"


def _entry_schema(slot_type: Object) -> Schema:
    """Return the schema of an object that has a single key of the slot."""
    fields = slot_type.fields.items()
    properties = {name: getattr(field.type, "schema", {}) for name, field in fields}
    return {
        "properties": properties | dict.fromkeys(slot_type.forbidden, False),
        "additionalProperties": getattr(slot_type.additional, "schema", {}),
        "propertyNames": getattr(key_type(slot_type), "schema", {}),
    }


def _is_storable(carried_type: SchemaType, slot_type: Object, separator: str) -> bool:
    """Whether a slot is proved to hold all values of a type, and to give them back."""
    value_type = slot_type.additional
    if value_type is None or slot_type.names or getattr(key_type(slot_type), "schema", {}):
        return False
    if not isinstance(carried_type, Object):
        return False
    are_restorable = all(is_restorable(name, separator) for name in carried_type.fields)
    if not carried_type.closed:
        pattern = getattr(key_type(carried_type), "schema", {}).get("pattern", "")
        are_plain = _PLAIN_NAMES.fullmatch(pattern) and not separator[0].isalnum()
        are_restorable = are_restorable and bool(are_plain)
    format_types = list(_field_types(carried_type))
    return (
        are_restorable
        and all(isinstance(format_type, Object) for format_type in format_types)
        and all(
            is_subtype(field_type, value_type)
            for format_type in format_types
            for field_type in _field_types(format_type)
        )
    )


def _field_types(schema_type: SchemaType) -> Iterator[SchemaType]:
    """Yield the types of the fields that a value may have; for a field without a schema, any."""
    if not isinstance(schema_type, Object):
        yield ANYTHING
        return
    yield from (field.type for field in schema_type.fields.values())
    if schema_type.additional is not None:
        yield schema_type.additional
    elif not schema_type.closed:
        yield ANYTHING
