"""Copies of lists and objects of an event, limited to the fields that the target has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from translator.compiler.source import ConstantPool
from translator.compiler.symbols import Value
from translator.runtime.values import INTEGER_PLAN
from translator.schema.types import ListOf, Object, ObjectField, Scalar, SchemaType, find_field


def emit_copy(value: Value, code: str, target_type: SchemaType, pool: ConstantPool) -> str:
    """Return the code that copies the list or object in `code`; outputs never share the input."""
    plan = _copy_plan(value.type, target_type)
    is_flat = isinstance(value.type, ListOf) and isinstance(value.type.items, Scalar)
    if is_flat and (plan is None or plan["[]"] is None):
        return f"list({code})"
    plan_argument = "" if plan is None else ", " + pool.intern("known", repr(plan))
    return f"copy_known({code}{plan_argument})"


def narrow_value(value: Value, target_type: SchemaType) -> Value:
    """Return a value as the next mapping reads it: without fields unknown to `target_type`."""
    if isinstance(value.type, Scalar):
        return value
    narrowed_type = _intersect_types(value.type, target_type)
    return replace(value, type=narrowed_type, converted=False, fields={}, field_base=[])


def _shared_fields(
    source_type: Object, target_type: Object
) -> Iterator[tuple[str, ObjectField, ObjectField]]:
    """Yield the name and both definitions of each field that is named and allowed in both."""
    for name in dict.fromkeys((*source_type.fields, *target_type.fields)):
        source_field, target_field = find_field(source_type, name), find_field(target_type, name)
        if source_field is not None and target_field is not None:
            yield name, source_field, target_field


def _intersect_types(source_type: SchemaType, target_type: SchemaType) -> SchemaType:
    """Return `source_type` without the fields that `target_type` does not have."""
    match source_type, target_type:
        case Object(additional=source_additional), Object(additional=target_additional):
            fields = {
                name: replace(source, type=_intersect_types(source.type, target.type))
                for name, source, target in _shared_fields(source_type, target_type)
            }
            additional = (
                source_additional
                and target_additional
                and _intersect_types(source_additional, target_additional)
            )
            return replace(source_type, fields=fields, additional=additional)
        case ListOf(items=source_items), ListOf(items=target_items):
            return replace(source_type, items=_intersect_types(source_items, target_items))
    return source_type


def _copy_plan(source_type: SchemaType, target_type: SchemaType) -> Any:
    """Return the plan for `copy_known`: by field name, `*` for other fields, `[]` for items."""
    match source_type, target_type:
        case Object(), Object():
            plan = {
                name: _copy_plan(source.type, target.type)
                for name, source, target in _shared_fields(source_type, target_type)
            }
            if source_type.additional is not None and target_type.additional is not None:
                plan["*"] = _copy_plan(source_type.additional, target_type.additional)
            return plan
        case Object(), _:
            return _copy_plan(source_type, source_type)
        case ListOf(), ListOf():
            return {"[]": _copy_plan(source_type.items, target_type.items)}
        case Scalar(), Scalar():
            is_integer = "integer" in target_type.types and "number" not in target_type.types
            if is_integer and source_type.types & {"integer", "number"}:
                return INTEGER_PLAN
    return None
