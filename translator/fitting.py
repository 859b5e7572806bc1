"""Whether every value of one shape is proved to be one of another."""

from __future__ import annotations

from translator.shapes import (
    SCALAR_TYPES,
    ListOf,
    Object,
    RawSchema,
    Scalar,
    SchemaType,
    Union,
    accepts,
    find_field,
    without_annotations,
)


def is_subtype(source: SchemaType, target: SchemaType) -> bool:
    """Whether every value of `source`, null apart, is proved to be one of `target`."""
    match source, target:
        case Scalar(), Scalar():
            return _is_scalar_subtype(source, target)
        case Scalar(), RawSchema():
            return source.types <= _accepted_scalar_types(target)
        case ListOf(), ListOf():
            is_comparable = target.exact and not _is_nullable(source.items)
            return is_comparable and is_subtype(source.items, target.items)
        case ListOf(), RawSchema():
            return not _is_nullable(source.items) and _accepts_list_of(source.items, target)
        case Object(), Object():
            return _is_object_subtype(source, target)
        case RawSchema(), RawSchema():
            return source.canonical == target.canonical
    return False


def _accepted_scalar_types(target: RawSchema) -> set[str]:
    """The scalar types of which an opaque shape takes every value."""
    keywords = set(without_annotations(target.schema))
    if not keywords:
        return set(SCALAR_TYPES)
    types = target.schema.get("type", ())
    type_names = {types} if isinstance(types, str) else set(types)
    if keywords <= {"type", "anyOf"} and all(
        set(branch) <= {"items"} for branch in target.schema.get("anyOf", ())
    ):
        return (type_names & SCALAR_TYPES) | ({"integer"} if "number" in type_names else set())
    return set()


def _accepts_list_of(element_type: SchemaType, target: RawSchema) -> bool:
    if not isinstance(element_type, Scalar) or not _accepted_scalar_types(target):
        return False
    branches = target.schema.get("anyOf", [{}])
    item_types = [branch.get("items", {}).get("type") for branch in branches]
    return any(
        element_type.types <= {item_type, "integer" if item_type == "number" else item_type}
        for item_type in item_types
    )


def _is_object_subtype(source: Object, target: Object) -> bool:
    """Whether a copy fits that leaves out nulls and whatever the target has no place for."""
    if not target.exact:
        return False
    for name, target_field in target.fields.items():
        source_field = find_field(source, name)
        if target_field.required and not (
            source_field and source_field.required and not _is_nullable(source_field.type)
        ):
            return False
        if source_field is not None and not is_subtype(source_field.type, target_field.type):
            return False
    if target.additional is None:
        return True
    other_types = [
        other_field.type for name, other_field in source.fields.items() if name not in target.fields
    ]
    other_types += [source.additional] if source.additional is not None else []
    same_keys = not target.key_pattern or source.key_pattern == target.key_pattern
    return same_keys and all(
        is_subtype(other_type, target.additional) for other_type in other_types
    )


_FORMAT_MIN_LENGTHS = {"date-time": len("2024-05-01T12:00:00Z"), "uuid": 36}


def min_string_length(scalar: Scalar) -> int:
    """How many characters a text of a shape has at least."""
    return max(scalar.min_length, _FORMAT_MIN_LENGTHS.get(scalar.format, 0))


def _is_nullable(schema_type: SchemaType) -> bool:
    return not isinstance(schema_type, Union) and schema_type.nullable


def _is_scalar_subtype(source: Scalar, target: Scalar) -> bool:
    if source.enum is not None:
        return all(accepts(target, value) for value in source.enum)
    if target.enum is not None:
        return False
    numbers = {"integer", "number"}
    for type_name in source.types:
        if type_name not in target.types and not (
            type_name == "integer" and "number" in target.types
        ):
            return False
        if type_name == "string":
            max_length = target.max_length
            if min_string_length(source) < target.min_length:
                return False
            if max_length is not None and (
                source.max_length is None or source.max_length > max_length
            ):
                return False
            if target.format and source.format != target.format:
                return False
        if type_name in numbers and not _is_subrange(source, target):
            return False
    return True


def _is_subrange(source: Scalar, target: Scalar) -> bool:
    low = max(
        (bound for bound in (source.minimum, source.above) if bound is not None), default=None
    )
    high = min(
        (bound for bound in (source.maximum, source.below) if bound is not None), default=None
    )
    if target.minimum is not None and (low is None or low < target.minimum):
        return False
    if target.maximum is not None and (high is None or high > target.maximum):
        return False
    # At the very bound the source has to leave it out, too.
    if target.above is not None and (low is None or low <= target.above != source.above):
        return False
    return target.below is None or (high is not None and not high >= target.below != source.below)
