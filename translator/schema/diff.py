"""Diff two versions of a format's spec: properties, enum values and constraints.

The types of normalized schemas are compared, so documents that differ only in spelling (in another
order, with other descriptions, with references inlined) have no differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal, assert_never

from translator.paths import LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema import types
from translator.schema.normalize import normalize, to_json
from translator.schema.openapi import BOUND_KEYWORDS, Schema, map_subschemas, resolve
from translator.schema.reader import event_type, type_of_schema
from translator.schema.spec import Spec, input_document, output_document
from translator.schema.types import (
    ANYTHING,
    EventType,
    ListOf,
    Mixed,
    Object,
    Scalar,
    SchemaType,
    Union,
)

CHANGE_KINDS: dict[str, str] = {
    "added": "a new property",
    "removed": "a property was removed",
    "type": "another type, or null is newly allowed or refused",
    "format": "another format of a string",
    "bound": "another bound of a length, number or count",
    "constraint": "another value of any other keyword",
    "value-added": "a new enum value",
    "value-removed": "an enum value was removed",
    "values-closed": "only the values of an enum are allowed now",
    "values-opened": "there is no enum any more",
    "required": "the property is required now",
    "optional": "the property is no longer required",
    "closed": "unknown properties are no longer allowed",
    "opened": "unknown properties are allowed now",
    "variant-added": "a new kind of event",
    "variant-removed": "a kind of event was removed",
}
"""Every kind of change, with its meaning."""

ChangeSide = Literal["both", "read", "written"]

_SCALAR_KEYWORDS = frozenset(("type", "enum", "const", "format"))


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: its `kind` (see `CHANGE_KINDS`) and its `path`, `()` for the event itself.

    `old` and `new` describe both versions: JSON for a value or for the value of `keyword`, words
    for a type. `variants` lists the kinds of events with the change, unless all that have the path
    do. `side` restricts the change to events that are read, or written (because of `x-written`).
    """

    kind: str
    path: Path
    old: str = ""
    new: str = ""
    keyword: str = ""
    variants: tuple[types.ScalarValue, ...] = ()
    side: ChangeSide = "both"


def diff_specs(old: Spec, new: Spec) -> tuple[Change, ...]:
    """Return the differences between the events, in the order of the specs. Raises `SpecError`."""
    read, written = (
        dict.fromkeys(_diff_types(_normalized_type(old, out), _normalized_type(new, out)))
        for out in (False, True)
    )
    changes = [change if change in written else replace(change, side="read") for change in read]
    changes += [replace(change, side="written") for change in written if change not in read]
    return tuple(changes)


def _normalized_type(spec: Spec, for_output: bool) -> SchemaType:
    document = (output_document if for_output else input_document)(spec.document)
    schema_type = type_of_schema(*normalize(document, resolve(document, spec.event_pointer)))
    if isinstance(schema_type, EventType):
        return schema_type
    return event_type(spec, for_output=for_output)


def _diff_types(old: SchemaType, new: SchemaType, path: Path = ()) -> Iterator[Change]:
    if not isinstance(old, Union) and not isinstance(new, Union) and old.schema == new.schema:
        return
    match old, new:
        case Object(), Object():
            yield from _diff_nullable(old, new, path)
            yield from _diff_objects(old, new, path)
        case ListOf(), ListOf():
            yield from _diff_nullable(old, new, path)
            yield from _diff_keywords(old.schema, new.schema, path, {"type", "items"})
            yield from _diff_types(old.items, new.items, (*path, LIST_ITEM))
        case Union(), Union() if old.discriminator == new.discriminator:
            yield from _diff_unions(old, new, path)
        case ((Scalar() | Mixed()), (Scalar() | Mixed())):
            yield from _diff_scalars(old.schema, new.schema, path)
            yield from _diff_keywords(old.schema, new.schema, path, _SCALAR_KEYWORDS)
        case _:
            yield Change("type", path, describe_type(old), describe_type(new))
            yield from _nested_changes("removed", old, path)
            yield from _nested_changes("added", new, path)


def _diff_scalars(old: Schema, new: Schema, path: Path) -> Iterator[Change]:
    names = _format_type_names(old), _format_type_names(new)
    if names[0] != names[1]:
        yield Change("type", path, *names)
    formats = old.get("format", ""), new.get("format", "")
    if formats[0] != formats[1]:
        yield Change("format", path, *formats)
    old_enum, new_enum = _enum_values(old), _enum_values(new)
    if old_enum is not None and new_enum is not None:
        yield from _diff_values("value", old_enum, new_enum, path)
    elif new_enum is not None:
        yield Change("values-closed", path, new=", ".join(new_enum))
    elif old_enum is not None:
        yield Change("values-opened", path, old=", ".join(old_enum))


def _diff_values(kind: str, old: list[str], new: list[str], path: Path) -> Iterator[Change]:
    for value in old:
        if value not in new:
            yield Change(f"{kind}-removed", path, old=value)
    for value in new:
        if value not in old:
            yield Change(f"{kind}-added", path, new=value)


def _format_type_names(schema: Schema) -> str:
    names = types.type_names(schema)
    ordered = [*sorted(names - {"null"}), *(["null"] if "null" in names else [])]
    return " or ".join(ordered) or "any value"


def _enum_values(schema: Schema) -> list[str] | None:
    if "const" in schema:
        return [to_json(schema["const"])]
    return [to_json(value) for value in schema["enum"]] if "enum" in schema else None


def _diff_keywords(old: Schema, new: Schema, path: Path, ignored: Set[str]) -> Iterator[Change]:
    """Yield the keywords, except `ignored`, whose values differ."""
    before, after = strip_annotations(old), strip_annotations(new)
    for key in dict.fromkeys([*before, *after]):
        values = [to_json(schema[key]) if key in schema else "" for schema in (before, after)]
        if key not in ignored and values[0] != values[1]:
            kind = "bound" if key in BOUND_KEYWORDS else "constraint"
            yield Change(kind, path, values[0], values[1], key)


def strip_annotations(schema: Any) -> Any:
    """Remove annotations from a schema and its subschemas."""
    if not isinstance(schema, dict):
        return schema
    return map_subschemas(types.without_annotations(schema), strip_annotations)


def _diff_objects(old: Object, new: Object, path: Path) -> Iterator[Change]:
    yield from _diff_additional(old, new, path)
    compared = {"type", "properties", "required", "additionalProperties"}
    yield from _diff_keywords(old.schema, new.schema, path, compared)
    for name, old_field in old.fields.items():
        field_path = (*path, name)
        new_field = new.fields.get(name)
        if new_field is None:
            yield from _field_changes("removed", old_field, field_path)
            continue
        if old_field.required != new_field.required:
            yield Change("required" if new_field.required else "optional", field_path)
        yield from _diff_types(old_field.type, new_field.type, field_path)
    for name, new_field in new.fields.items():
        if name not in old.fields:
            yield from _field_changes("added", new_field, (*path, name))


def _diff_nullable(old: Object | ListOf, new: Object | ListOf, path: Path) -> Iterator[Change]:
    if old.nullable != new.nullable:
        yield Change("type", path, describe_type(old), describe_type(new))


def _diff_additional(old: Object, new: Object, path: Path) -> Iterator[Change]:
    is_open = all(item.additional in (None, ANYTHING) for item in (old, new))
    if old.closed != new.closed and is_open:
        yield Change("closed" if new.closed else "opened", path)
    elif old.additional is not None and new.additional is not None:
        yield from _diff_types(old.additional, new.additional, (*path, MAP_ENTRY, VALUE))
    elif old.additional is not None or new.additional is not None:
        keyword = "additionalProperties"
        values = [strip_annotations(item.schema.get(keyword, True)) for item in (old, new)]
        yield Change("constraint", path, to_json(values[0]), to_json(values[1]), keyword)


def _field_changes(kind: str, object_field: types.ObjectField, path: Path) -> Iterator[Change]:
    requirement = "required" if object_field.required else "optional"
    description = f"{describe_type(object_field.type)}, {requirement}"
    sides = (description, "") if kind == "removed" else ("", description)
    yield Change(kind, path, *sides)
    yield from _nested_changes(kind, object_field.type, path)


def _nested_changes(kind: str, schema_type: SchemaType, path: Path) -> Iterator[Change]:
    match schema_type:
        case Object(fields=fields):
            for name, nested in fields.items():
                yield from _field_changes(kind, nested, (*path, name))
        case ListOf(items=items):
            yield from _nested_changes(kind, items, (*path, LIST_ITEM))
        case Union(variants=variants):
            changes = [_nested_changes(kind, variant, path) for variant in variants.values()]
            yield from dict.fromkeys(chain.from_iterable(changes))


def _diff_unions(old: Union, new: Union, path: Path) -> Iterator[Change]:
    before, after = ([to_json(value) for value in union.variants] for union in (old, new))
    yield from _diff_values("variant", before, after, (*path, old.discriminator))
    common = [value for value in old.variants if value in new.variants]
    values_by_change: dict[Change, list[types.ScalarValue]] = {}
    for value in common:
        for change in _diff_types(_variant_type(old, value), _variant_type(new, value), path):
            values_by_change.setdefault(change, []).append(value)
    for change, values in values_by_change.items():
        inner = change.path[len(path) :]
        with_path = [value for value in common if _has_path(value, inner, old, new)]
        yield change if values == with_path else replace(change, variants=tuple(values))
    yield from _one_sided_changes("removed", old, new, path, values_by_change)
    yield from _one_sided_changes("added", new, old, path, values_by_change)


def _variant_type(union: Union, value: types.ScalarValue) -> Object:
    variant = union.variants[value]
    fields = {name: inner for name, inner in variant.fields.items() if name != union.discriminator}
    return replace(variant, fields=fields)


def _has_path(value: types.ScalarValue, path: Path, *unions: Union) -> bool:
    return any(types.type_at(union.variants[value], path) is not None for union in unions)


def _one_sided_changes(
    kind: str, union: Union, other: Union, path: Path, reported: Iterable[Change]
) -> Iterator[Change]:
    """Yield the properties that exist only in variants which the other version lacks."""
    variants = [variant for value, variant in union.variants.items() if value not in other.variants]
    changes = [_nested_changes(kind, variant, path) for variant in variants]
    for change in dict.fromkeys(chain.from_iterable(changes)):
        inner = change.path[len(path) :]
        is_in_other = any(_has_path(value, inner, other) for value in other.variants)
        if change not in reported and not is_in_other:
            yield change


def describe_type(schema_type: SchemaType) -> str:
    """Describe a schema type in a few words: `string or null (minLength 1)`, `list of integer`."""
    match schema_type:
        case Scalar() | Mixed():
            return _describe_scalar(schema_type.schema)
        case Union():
            return f"object of {len(schema_type.variants)} kinds, by {schema_type.discriminator}"
        case ListOf(items=items):
            description = f"list of {describe_type(items)}"
        case Object(additional=additional):
            description = "object"
            if additional is not None and additional != ANYTHING:
                description = f"map of {describe_type(additional)}"
        case _:
            assert_never(schema_type)
    return f"{description} or null" if schema_type.nullable else description


def _describe_scalar(schema: Schema) -> str:
    enum_values = _enum_values(schema)
    details = [f"format {schema['format']}"] if "format" in schema else []
    if enum_values is not None:
        details.append(f"one of {', '.join(enum_values)}")
    details += [f"{key} {to_json(value)}" for key, value in schema.items() if key in BOUND_KEYWORDS]
    if types.without_annotations(schema).keys() - BOUND_KEYWORDS - _SCALAR_KEYWORDS:
        details.append("…")
    names = _format_type_names(schema)
    return f"{names} ({', '.join(details)})" if details else names
