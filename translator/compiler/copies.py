"""Copies of whole parts of an event: what of them the target has a place for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from translator.compiler.source import ConstantPool
from translator.compiler.symbols import Value
from translator.runtime.values import INTEGER_PLAN
from translator.schema.types import ListOf, Object, ObjectField, Scalar, SchemaType, find_field


def emit_copy(value: Value, code: str, target_type: SchemaType, pool: ConstantPool) -> str:
    """The code of a copy of the list or object in `code`, so that the event is never shared."""
    plan = _copy_plan(value.type, target_type)
    is_flat = isinstance(value.type, ListOf) and isinstance(value.type.items, Scalar)
    if is_flat and (plan is None or plan["[]"] is None):
        return f"list({code})"
    plan_argument = "" if plan is None else ", " + pool.intern("known", repr(plan))
    return f"copy_known({code}{plan_argument})"


def narrow_value(value: Value, target_type: SchemaType) -> Value:
    """A value as the next mapping reads it: without what `target`, in between, has no place for."""
    if isinstance(value.type, Scalar):
        return value
    return replace(
        value,
        type=_intersect_types(value.type, target_type),
        converted=False,
        fields={},
        field_base=[],
    )


def _intersect_types(source_type: SchemaType, target_type: SchemaType) -> SchemaType:
    """The shape of what is left of `source` in `target`."""
    match source_type, target_type:
        case Object(), Object():
            fields: dict[str, ObjectField] = {}
            for name in dict.fromkeys((*source_type.fields, *target_type.fields)):
                source_field, target_field = (
                    find_field(source_type, name),
                    find_field(target_type, name),
                )
                if source_field is not None and target_field is not None:
                    fields[name] = replace(
                        source_field, type=_intersect_types(source_field.type, target_field.type)
                    )
            additional = (
                source_type.additional
                and target_type.additional
                and _intersect_types(source_type.additional, target_type.additional)
            )
            return replace(source_type, fields=fields, additional=additional)
        case ListOf(), ListOf():
            return replace(
                source_type, items=_intersect_types(source_type.items, target_type.items)
            )
    return source_type


def _copy_plan(source_type: SchemaType, target_type: SchemaType) -> Any:
    """What `runtime.copy_known` copies: members by name, `*` for all others, `[]` for items."""
    match source_type, target_type:
        case Object(), Object():
            plan: dict[str, Any] = {}
            for name in dict.fromkeys((*source_type.fields, *target_type.fields)):
                source_field, target_field = (
                    find_field(source_type, name),
                    find_field(target_type, name),
                )
                if source_field is not None and target_field is not None:
                    plan[name] = _copy_plan(source_field.type, target_field.type)
            if source_type.additional is not None and target_type.additional is not None:
                plan["*"] = _copy_plan(source_type.additional, target_type.additional)
            return plan
        case Object(), _:
            plan = {
                name: _copy_plan(copied_field.type, copied_field.type)
                for name, copied_field in source_type.fields.items()
            }
            if source_type.additional is not None:
                plan["*"] = _copy_plan(source_type.additional, source_type.additional)
            return plan
        case ListOf(), ListOf():
            return {"[]": _copy_plan(source_type.items, target_type.items)}
        case Scalar(), Scalar():
            is_integer = "integer" in target_type.types and "number" not in target_type.types
            return (
                INTEGER_PLAN if is_integer and source_type.types & {"integer", "number"} else None
            )
    return None
