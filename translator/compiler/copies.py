"""Copies of lists and objects of an event, limited to the fields that the target has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from translator.compiler.blocks import ConstantPool
from translator.compiler.symbols import Value
from translator.memo import by_identity, replace
from translator.runtime.values import INTEGER_PLAN, CopyPlan
from translator.schema.types import (
    ListOf,
    Mixed,
    Object,
    ObjectField,
    Scalar,
    SchemaType,
    find_field,
)
from translator.validation.subtypes import accepts


def needs_copy(source_type: SchemaType, target_type: SchemaType) -> bool:
    """Whether a value is a list or an object; outputs never share one with the input."""
    return not isinstance(source_type, Scalar) and not isinstance(target_type, Scalar)


def may_be_integral_float(source_type: SchemaType, target_type: SchemaType) -> bool:
    """Whether an integer may be a float at run time, such as 15.0, which is written as 15."""
    if not isinstance(target_type, Scalar) or "number" in target_type.types:
        return False
    source_types = source_type.types if isinstance(source_type, Scalar) else {"integer"}
    return "integer" in target_type.types and bool(source_types & {"integer", "number"})


def emit_copy(value: Value, code: str, target_type: SchemaType, pool: ConstantPool) -> str:
    """Return the code that copies the list or object in `code`."""
    plan = _copy_plan(value.type, target_type)
    is_flat = isinstance(value.type, ListOf) and isinstance(value.type.items, Scalar)
    if is_flat and (plan is None or plan.items is None):
        return f"list({code})"
    plan_argument = "" if plan is None else ", " + pool.intern("known", repr(plan))
    return f"copy_known({code}{plan_argument})"


def narrow_value(value: Value, target_type: SchemaType) -> Value:
    """Return a value as the next mapping reads it: without fields unknown to `target_type`."""
    if isinstance(value.type, Scalar):
        return value
    narrowed_type = _intersect_types(value.type, target_type)
    return replace(value, type=narrowed_type, converted=False, fields={}, field_base=[])


def _field_pairs(source: Object, target: Object) -> Iterator[tuple[str, ObjectField, ObjectField]]:
    """Yield the name and both definitions of each field that is named and allowed in both."""
    for name in dict.fromkeys((*source.fields, *target.fields)):
        source_field, target_field = find_field(source, name), find_field(target, name)
        if source_field is not None and target_field is not None:
            yield name, source_field, target_field


@by_identity
def _intersect_types(source: SchemaType, target: SchemaType) -> SchemaType:
    """Return `source` without the fields that `target` does not have."""
    match source, target:
        case Object(), Object():
            fields = {
                name: replace(field, type=_intersect_types(field.type, target_field.type))
                for name, field, target_field in _field_pairs(source, target)
            }
            additional = None
            if source.additional is not None and target.additional is not None:
                additional = _intersect_types(source.additional, target.additional)
            return replace(source, fields=fields, additional=additional)
        case ListOf(), ListOf():
            return replace(source, items=_intersect_types(source.items, target.items))
    return source


def copy_plans(source_type: SchemaType, target_type: SchemaType) -> tuple[CopyPlan, ...]:
    """Return the plan by which a list or an object is copied; none if nothing is left out."""
    plan = _copy_plan(source_type, target_type)
    is_list_of_scalars = isinstance(source_type, ListOf) and isinstance(source_type.items, Scalar)
    return (plan,) if isinstance(plan, CopyPlan) and not is_list_of_scalars else ()


@by_identity
def _copy_plan(source_type: SchemaType, target_type: SchemaType) -> Any:
    """Return the plan for `copy_known`."""
    match source_type, target_type:
        case Object(), Object():
            pairs = list(_field_pairs(source_type, target_type))
            plans = {name: _copy_plan(source.type, target.type) for name, source, target in pairs}
            nulls = frozenset(
                name for name, _, target in pairs if target.required and accepts(target.type, None)
            )
            plans |= dict.fromkeys(sorted(source_type.forbidden | target_type.forbidden), False)
            others: Any = False
            if source_type.additional is not None and target_type.additional is not None:
                others = _copy_plan(source_type.additional, target_type.additional)
            return CopyPlan(plans, others, nulls=nulls)
        case ((Object() | Mixed()), Mixed(object=Object() as part)):
            return _copy_plan(source_type, part)
        case Object(), _:
            return _copy_plan(source_type, source_type)
        case ListOf(), ListOf():
            return CopyPlan(items=_copy_plan(source_type.items, target_type.items))
        case Scalar(), _ if may_be_integral_float(source_type, target_type):
            return INTEGER_PLAN
    return None
