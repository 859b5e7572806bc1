"""Read schemas into schema types.

References are followed, and every keyword either becomes an attribute of the type or one of its
constraints. `allOf` is the intersection of types. `oneOf` and `anyOf` become the smallest type that
includes all alternatives, with a constraint unless it includes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from typing import Any, TypeVar

from translator.errors import suggest
from translator.schema.openapi import MARKS, TYPES, Schema, has_type, resolve, spec_error
from translator.schema.spec import MAX_NESTING, Spec, input_document, output_document
from translator.schema.types import (
    ANYTHING,
    SCALAR_TYPES,
    UNKNOWN_CONSTRAINT,
    Constraints,
    EventType,
    ListOf,
    Mixed,
    Object,
    ObjectField,
    Scalar,
    ScalarValue,
    SchemaType,
    Union,
    canonical,
    find_field,
    is_nullable,
    json_type,
    may_accept,
    type_names,
    value_key,
    without_annotations,
)

_BOUNDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "format": "format",
}
"""The keywords that become an attribute of a `Scalar` of the same meaning."""

_CONSTRAINTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "scalar": (("pattern",), ("multipleOf",), ("x-max-bytes",)),
    "list": (
        ("minItems",), ("maxItems",), ("uniqueItems",), ("prefixItems", "items"),
        ("contains", "minContains", "maxContains"),
    ),
    "object": (
        ("minProperties",), ("maxProperties",), ("dependentRequired",), ("dependentSchemas",),
        ("patternProperties", "properties", "additionalProperties"), ("propertyNames",),
    ),
    "all": (("not",), ("if", "then", "else")),
}  # fmt: skip
"""Keywords that become constraints of one kind of value, or of all; those that depend on each
other together, the one that needs the others first."""

_READ = frozenset({
    "type", "enum", "const", "required", "properties", "additionalProperties", "items", "$ref",
    "allOf", "anyOf", "oneOf", "discriminator", *_BOUNDS,
    *(name for groups in _CONSTRAINTS.values() for group in groups for name in group),
})  # fmt: skip

_IGNORED = frozenset({
    "$anchor", "$comment", "$defs", "$id", "$schema", "$vocabulary", "contentEncoding",
    "contentMediaType", "contentSchema", "xml",
})  # fmt: skip
"""Keywords that constrain no value, besides annotations."""

_MAX_DEPTH = 40

_NOTHING = Mixed(frozenset())


@lru_cache(maxsize=256)
def event_type(spec: Spec, *, for_output: bool) -> EventType:
    """Return the type of a spec's events: of accepted ones, or (narrower) of those to be written.

    Raises `SpecError` if the event schema is not of an object.
    """
    document = (output_document if for_output else input_document)(spec.document)
    schema_type = _SchemaReader(document, spec.file).read(resolve(document, document["x-event"]))
    if not isinstance(schema_type, EventType):
        message = "the event schema is not of an object"
        hint = "x-event names the schema of an object, or a oneOf with a discriminator"
        raise spec_error("spec-event", spec.file, spec.event_pointer.lstrip("#"), message, hint)
    # A path cannot name the free keys of an event itself.
    if isinstance(schema_type, Object):
        return replace(schema_type, additional=None)
    variants = {
        value: replace(variant, additional=None) for value, variant in schema_type.variants.items()
    }
    return replace(schema_type, variants=variants)


def join_types(alternatives: Sequence[SchemaType]) -> SchemaType:
    """Return the type of values that have at least one of several types."""
    joined, is_exact = reduce(
        lambda joined, other: _join_exactly(joined, other, one=False),
        alternatives[1:],
        (alternatives[0], True),
    )
    if is_exact:
        return joined
    schemas = [getattr(each, "schema", {}) for each in alternatives]
    return _constrain(joined, {canonical({"anyOf": schemas})})


def type_of_schema(document: Schema, schema: Any) -> SchemaType:
    """Return the type of `schema`, whose references point into `document`."""
    return _SchemaReader(document).read(schema)


@dataclass(slots=True)
class _SchemaReader:
    """Reads schemas of one document. The target of each reference is read only once."""

    document: Schema
    file: str = ""
    types_by_ref: dict[str, SchemaType] = field(default_factory=dict)
    inlined_by_ref: dict[str, Any] = field(default_factory=dict)

    def read(self, schema: Any, depth: int = 0) -> SchemaType:
        """Return the type of a schema."""
        if depth > _MAX_DEPTH:
            constraints = frozenset({UNKNOWN_CONSTRAINT})
            return replace(ANYTHING, constraints=constraints, schema=self.inline(schema))
        schema = _as_object(schema)
        extensions = {key: schema[key] for key in ("x-violations", *MARKS) if key in schema}
        schema = without_annotations(schema)
        if schema.keys() == {"$ref"}:
            ref = schema["$ref"]
            if ref not in self.types_by_ref:
                self.types_by_ref[ref] = self.read(resolve(self.document, ref), depth + 1)
            target = self.types_by_ref[ref]
            return replace(target, schema=target.schema | extensions) if extensions else target
        parts = [self.read_keywords(schema, depth)]
        parts += [self.read(branch, depth + 1) for branch in schema.get("allOf", ())]
        if "$ref" in schema:
            parts.append(self.read({"$ref": schema["$ref"]}, depth))
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema and (keyword == "anyOf" or "discriminator" not in schema):
                parts.append(self.read_alternatives(keyword, schema[keyword], depth))
        if "oneOf" in schema and "discriminator" in schema:
            parts.append(self.read_union(schema, depth))
        parts = [part for part in parts if part != ANYTHING] or parts[:1]
        return replace(reduce(_intersect, parts), schema=self.inline(schema | extensions))

    def inline(self, schema: Any, depth: int = 0) -> Any:
        """Replace references by their targets."""
        if depth > MAX_NESTING:
            return {}
        if isinstance(schema, list):
            return [self.inline(item, depth + 1) for item in schema]
        if not isinstance(schema, dict):
            return schema
        ref = schema.get("$ref")
        if not isinstance(ref, str):
            return {key: self.inline(value, depth + 1) for key, value in schema.items()}
        if ref not in self.inlined_by_ref:
            self.inlined_by_ref[ref] = self.inline(resolve(self.document, ref), depth + 1)
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        if not without_annotations(siblings) and siblings.keys().isdisjoint(MARKS):
            return self.inlined_by_ref[ref]
        return {"allOf": [self.inlined_by_ref[ref], self.inline(siblings, depth + 1)]}

    def read_keywords(self, schema: Schema, depth: int) -> SchemaType:
        """Return the type of a schema without references and without combined schemas."""
        types = type_names(schema)
        if unknown := types - TYPES:
            message, hint = f"{min(unknown)!r} is not a type", suggest(min(unknown), TYPES)
            raise spec_error("spec-schema", self.file, "", message, hint)
        values = _enum_values(schema)
        if values is not None:
            names = {_json_type(value) for value in values}
            types = {name for name in types if any(has_type(value, name) for value in values)}
            types = types if "type" in schema else names
        elif "type" not in schema:
            types = set(TYPES)
        constraints = self.constraints(schema, "all")
        if schema.keys() - _READ - _IGNORED:  # such as `unevaluatedProperties`
            constraints |= {canonical(self.inline(schema))}
        if values is not None and not all(isinstance(value, ScalarValue) for value in values):
            constraints |= {canonical({"enum": values})}
        mixed = Mixed(
            frozenset(types - {"null"}),
            self.read_scalar(schema, types, values),
            self.read_list(schema, depth) if "array" in types else None,
            self.read_object(schema, depth) if "object" in types else None,
            "null" in types and (values is None or None in values),
            constraints,
        )
        return _single_kind(mixed)

    def constraints(self, schema: Schema, kind: str) -> Constraints:
        """Return the constraints on values of a kind."""
        return frozenset(
            canonical(self.inline({name: schema[name] for name in group if name in schema}))
            for group in _CONSTRAINTS[kind]
            if group[0] in schema
        )

    def read_scalar(
        self, schema: Schema, types: set[str], values: list[Any] | None
    ) -> Scalar | None:
        """Return the type of the scalars that the keywords allow; None if they allow all."""
        bounds = {name: schema[key] for key, name in _BOUNDS.items() if key in schema}
        constraints = self.constraints(schema, "scalar")
        if not bounds and not constraints and values is None:
            return None
        scalar = Scalar(frozenset(types & SCALAR_TYPES), constraints=constraints, **bounds)
        if values is None:
            return scalar
        scalars = [value for value in values if isinstance(value, str | int | float)]
        enum = tuple(value for value in scalars if may_accept(scalar, value))
        # Numbers and lengths of the enum's values need no further check.
        return Scalar(scalar.types, enum=enum, format=scalar.format, constraints=constraints)

    def read_list(self, schema: Schema, depth: int) -> ListOf | None:
        """Return the type of the lists that the keywords allow; None if they allow all."""
        constraints = self.constraints(schema, "list")
        if schema.get("uniqueItems") is False:
            constraints -= {canonical({"uniqueItems": False})}
        if "items" not in schema and not constraints:
            return None
        items = self.read(schema.get("items", {}), depth + 1)
        for element_schema in schema.get("prefixItems", ()):
            items = _join(items, self.read(element_schema, depth + 1))[0]
        branches = self.read_branches(schema.get("items"), depth)
        return ListOf(items, constraints=constraints, branches=branches)

    def read_branches(self, schema: Any, depth: int) -> tuple[Object, ...]:
        """Return the types of the alternatives of a schema, if these are objects."""
        followed = 0
        while isinstance(schema, dict) and schema.keys() == {"$ref"} and followed <= _MAX_DEPTH:
            schema, followed = resolve(self.document, schema["$ref"]), followed + 1
        if not isinstance(schema, dict) or len(schema.keys() & {"anyOf", "oneOf"}) != 1:
            return ()
        (keyword,) = schema.keys() & {"anyOf", "oneOf"}
        others = without_annotations(schema)
        branches = others.pop(keyword)
        types = [self.read(branch, depth + 1) for branch in branches]
        if others.keys() - {"discriminator"}:
            shared = self.read(others, depth + 1)
            types = [_intersect(shared, each) for each in types]
        objects = tuple(each for each in types if isinstance(each, Object))
        return objects if len(objects) == len(types) else ()

    def read_object(self, schema: Schema, depth: int) -> Object | None:
        """Return the type of the objects that the keywords allow; None if they allow all.

        An object whose schema names no fields has free keys.
        """
        required, properties = set(schema.get("required", ())), schema.get("properties", {})
        constraints = self.constraints(schema, "object")
        names_schema = schema.get("propertyNames", {})
        pattern = ""
        if isinstance(names_schema, dict) and without_annotations(names_schema).keys() <= {
            "pattern"
        }:
            constraints -= {canonical({"propertyNames": names_schema})}
            pattern = str(names_schema.get("pattern", ""))
        named = {name: value for name, value in properties.items() if value is not False}
        if unnamed := sorted(required - named.keys()):
            constraints |= {canonical({"required": unnamed})}
        if "properties" not in schema and not constraints and not pattern:
            if "additionalProperties" not in schema:
                return None
            if schema["additionalProperties"] is True:
                return Object({}, ANYTHING)
        fields = {
            name: ObjectField(self.read(value, depth + 1), name in required)
            for name, value in named.items()
        }
        forbidden = frozenset(properties) - frozenset(fields)
        has_names = "properties" in schema or "unevaluatedProperties" in schema
        others = schema.get("additionalProperties", None if has_names else True)
        additional = None
        if others is True or isinstance(others, dict):
            additional = self.read(others, depth + 1)
        for other_schema in schema.get("patternProperties", {}).values():
            other = self.read(other_schema, depth + 1)
            additional = other if additional is None else _join(additional, other)[0]
        is_closed = others is False and "patternProperties" not in schema
        if forbidden and additional is not None:
            constraints |= {canonical({"properties": dict.fromkeys(sorted(forbidden), False)})}
        return Object(fields, additional, is_closed, pattern, forbidden, constraints=constraints)

    def read_alternatives(self, keyword: str, branches: list[Any], depth: int) -> SchemaType:
        """Return the type of values that match one of the branches, or at least one."""
        alternatives = [self.read(branch, depth + 1) for branch in branches]
        joined, is_exact = reduce(
            lambda joined, other: _join_exactly(joined, other, one=keyword == "oneOf"),
            alternatives[1:],
            (alternatives[0] if alternatives else _NOTHING, True),
        )
        if not is_exact:
            constraint = canonical({keyword: self.inline(branches)})
            joined = _constrain(joined, {constraint})
        return joined

    def read_union(self, schema: Schema, depth: int) -> Union:
        """Return the type of a `oneOf` with a discriminator."""
        discriminator = schema["discriminator"]
        name = discriminator["propertyName"]
        variants: dict[ScalarValue, Object] = {}
        for value, reference in discriminator["mapping"].items():
            variant = self.read({"$ref": reference}, depth)
            fields = dict(variant.fields) if isinstance(variant, Object) else {}
            discriminator_type = fields[name].type if name in fields else None
            if not isinstance(variant, Object) or not isinstance(discriminator_type, Scalar):
                message = f"{reference!r} is not an object with the discriminator {name!r}"
                hint = f"give {name!r} there a const, or an enum of the values that select it"
                raise spec_error("spec-event", self.file, reference.lstrip("#"), message, hint)
            enum = (value,) if may_accept(discriminator_type, value) else ()
            fields[name] = ObjectField(replace(discriminator_type, enum=enum), True)
            variants[value] = replace(variant, fields=fields)
        return Union(name, variants)


def _as_object(schema: Any) -> Schema:
    """Replace a schema that is true or false by an equivalent object."""
    if isinstance(schema, dict):
        return schema
    return {} if schema else {"not": {}}


def _json_type(value: Any) -> str:
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else json_type(value)


def _enum_values(schema: Schema) -> list[Any] | None:
    """Return the values that `enum` and `const` allow; None if there is neither."""
    values = schema.get("enum")
    if "const" not in schema:
        return values
    const = schema["const"]
    if values is None or value_key(const) in map(value_key, values):
        return [const]
    return []


# --- combinations of types ------------------------------------------------------------------------


def _as_mixed(schema_type: Scalar | ListOf | Object | Mixed) -> Mixed:
    """Return a type as one of several kinds; constraints stay with their kind."""
    mixed = Mixed(frozenset(), nullable=schema_type.nullable, schema=schema_type.schema)
    match schema_type:
        case Scalar(types=types):
            return replace(mixed, types=types, scalar=replace(schema_type, nullable=False))
        case ListOf():
            part = replace(schema_type, nullable=False)
            return replace(mixed, types=frozenset({"array"}), list=part)
        case Object():
            return replace(
                mixed, types=frozenset({"object"}), object=replace(schema_type, nullable=False)
            )
    return schema_type


def _single_kind(mixed: Mixed) -> SchemaType:
    """Return the type of a value that turns out to have only one kind, as that kind."""
    part: Scalar | ListOf | Object
    if mixed.types and mixed.types <= SCALAR_TYPES:
        part = replace(mixed.scalar or Scalar(mixed.types), types=mixed.types)
    elif mixed.types == {"array"}:
        part = mixed.list or ListOf(ANYTHING)
    elif mixed.types == {"object"}:
        part = mixed.object or Object({}, ANYTHING)
    else:
        return mixed
    return replace(
        part,
        constraints=part.constraints | mixed.constraints,
        nullable=mixed.nullable,
        schema=mixed.schema,
    )


def _constrain(schema_type: SchemaType, constraints: Iterable[str]) -> SchemaType:
    if isinstance(schema_type, Union):
        variants = {
            value: replace(variant, constraints=variant.constraints | frozenset(constraints))
            for value, variant in schema_type.variants.items()
        }
        return replace(schema_type, variants=variants)
    return replace(schema_type, constraints=schema_type.constraints | frozenset(constraints))


_Part = TypeVar("_Part", Scalar, ListOf, Object)


def _combine_parts(
    left: _Part | None, right: _Part | None, combine: Callable[[_Part, _Part], _Part]
) -> _Part | None:
    if left is None or right is None:
        return left or right
    return combine(left, right)


def _intersect(left: SchemaType, right: SchemaType) -> SchemaType:
    """Return the type of the values that have both types."""
    if isinstance(left, Union) and isinstance(right, Union):
        return _constrain(left, {UNKNOWN_CONSTRAINT})
    if isinstance(right, Union):
        left, right = right, left
    if isinstance(left, Union):
        variants = {value: _intersect(item, right) for value, item in left.variants.items()}
        objects = {value: item for value, item in variants.items() if isinstance(item, Object)}
        return replace(left, variants=objects)
    assert not isinstance(right, Union)
    one, other = _as_mixed(left), _as_mixed(right)
    types = _with_integers(one.types) & _with_integers(other.types)
    types -= {"integer"} if "number" in types else set()
    scalars: list[Scalar] = []
    if one.scalar is not None or other.scalar is not None:
        scalars = [side.scalar or Scalar(side.types & SCALAR_TYPES) for side in (one, other)]
    mixed = Mixed(
        types,
        _intersect_scalars(scalars[0], scalars[1], types) if scalars else None,
        _combine_parts(one.list, other.list, _intersect_lists),
        _combine_parts(one.object, other.object, _intersect_objects),
        one.nullable and other.nullable,
        one.constraints | other.constraints,
        {"allOf": [left.schema, right.schema]},
    )
    return _single_kind(mixed)


def _with_integers(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types


def _tightest(choose: Callable[..., float], *bounds: float | None) -> float | None:
    given = [bound for bound in bounds if bound is not None]
    return choose(given) if given else None


def _intersect_scalars(left: Scalar, right: Scalar, types: frozenset[str]) -> Scalar:
    constraints = left.constraints | right.constraints
    if left.format and right.format and left.format != right.format:
        constraints |= {canonical({"format": right.format})}
    longest = _tightest(min, left.max_length, right.max_length)
    scalar = Scalar(
        types & SCALAR_TYPES,
        min_length=max(left.min_length, right.min_length),
        max_length=None if longest is None else int(longest),
        minimum=_tightest(max, left.minimum, right.minimum),
        maximum=_tightest(min, left.maximum, right.maximum),
        above=_tightest(max, left.above, right.above),
        below=_tightest(min, left.below, right.below),
        format=left.format or right.format,
        constraints=constraints,
    )
    if left.enum is None and right.enum is None:
        return scalar
    first, second = (left, right) if left.enum is not None else (right, left)
    values = first.enum or ()
    enum = [value for value in values if may_accept(scalar, value)]
    enum = [value for value in enum if second.enum is None or may_accept(second, value)]
    return Scalar(scalar.types, enum=tuple(enum), format=scalar.format, constraints=constraints)


def _intersect_lists(left: ListOf, right: ListOf) -> ListOf:
    constraints = left.constraints | right.constraints
    return ListOf(_intersect(left.items, right.items), constraints=constraints)


def _intersect_objects(left: Object, right: Object) -> Object:
    constraints = left.constraints | right.constraints
    if left.key_pattern and right.key_pattern and left.key_pattern != right.key_pattern:
        constraints |= {canonical({"propertyNames": {"pattern": right.key_pattern}})}
    fields: dict[str, ObjectField] = {}
    forbidden = left.forbidden | right.forbidden
    for name in dict.fromkeys((*left.fields, *right.fields)):
        if name in forbidden:
            continue
        found = [item for side in (left, right) if (item := find_field(side, name)) is not None]
        if any(side.closed and name not in side.fields for side in (left, right)):
            constraints |= {UNKNOWN_CONSTRAINT}  # one schema rules out a field of the other
        field_type = reduce(_intersect, (item.type for item in found))
        fields[name] = ObjectField(field_type, any(item.required for item in found))
    additional = None
    if left.additional is not None and right.additional is not None:
        additional = _intersect(left.additional, right.additional)
    elif any(side.additional not in (None, ANYTHING) for side in (left, right)):
        constraints |= {UNKNOWN_CONSTRAINT}  # fields that the other schema does not name
    return Object(
        fields,
        additional,
        left.closed or right.closed,
        left.key_pattern or right.key_pattern,
        forbidden,
        constraints=constraints,
    )


def _join_exactly(
    previous: tuple[SchemaType, bool], other: SchemaType, *, one: bool
) -> tuple[SchemaType, bool]:
    """Add an alternative to the type of earlier ones; with `one`, only one of them may match."""
    left, was_exact = previous
    joined, is_exact = _join(left, other)
    if one and is_exact:
        both = _intersect(left, other)
        is_exact = not is_nullable(both) and not list(_possible_kinds(both))
    return joined, was_exact and is_exact


def _possible_kinds(schema_type: SchemaType) -> Iterator[str]:
    """Yield the JSON types that a value may have, except null; an empty enum allows none."""
    if isinstance(schema_type, Union):
        yield "object"
        return
    mixed = _as_mixed(schema_type)
    is_impossible = mixed.scalar is not None and mixed.scalar.enum == ()
    yield from mixed.types - (SCALAR_TYPES if is_impossible else frozenset())


def _join(left: SchemaType, right: SchemaType) -> tuple[SchemaType, bool]:
    """Return the type of values that have one of two types, and whether it includes no others."""
    if isinstance(left, Union) or isinstance(right, Union):
        return ANYTHING, False
    one, other = _as_mixed(left), _as_mixed(right)
    # A constraint of several kinds is one of a value that has any of them.
    is_exact = not one.constraints and not other.constraints
    kinds: dict[str, Any] = {}
    parts: tuple[Any, ...]
    for kind, names in (("scalar", SCALAR_TYPES), ("list", {"array"}), ("object", {"object"})):
        has_left, has_right = bool(one.types & names), bool(other.types & names)
        parts = getattr(one, kind), getattr(other, kind)
        if not has_left or not has_right:
            kinds[kind] = parts[0] if has_left else parts[1]
            continue
        if kind == "scalar" and parts != (None, None):
            sides = zip(parts, (one, other), strict=True)
            parts = tuple(part or Scalar(side.types & SCALAR_TYPES) for part, side in sides)
        if None not in parts:
            kinds[kind], is_same = _JOINS[kind](*parts)
        else:
            is_same = parts == (None, None)
        is_exact = is_exact and is_same
    nullable = one.nullable or other.nullable
    schema = {"anyOf": [left.schema, right.schema]}
    mixed = Mixed(one.types | other.types, **kinds, nullable=nullable, schema=schema)
    return _single_kind(mixed), is_exact


def _join_scalars(left: Scalar, right: Scalar) -> tuple[Scalar, bool]:
    if left == right:
        return left, True
    types = left.types | right.types
    if left.enum is not None and right.enum is not None:
        values = {(isinstance(value, bool), value): value for value in (*left.enum, *right.enum)}
        is_plain = not (left.format or right.format or left.constraints or right.constraints)
        return Scalar(types, enum=tuple(values.values())), is_plain
    if left.enum is not None or right.enum is not None or left.constraints or right.constraints:
        return Scalar(types), False
    numbers = {"integer", "number"}
    if left.types & right.types or (left.types & numbers and right.types & numbers):
        return Scalar(types), left == replace(right, types=left.types)
    # Each bound applies to values of one type, and only one side has values of it.
    bounds: dict[str, Any] = {}
    for name in _BOUNDS.values():
        type_names = {"string"} if name in ("min_length", "max_length", "format") else numbers
        owner = left if left.types & type_names else right
        bounds[name] = getattr(owner, name)
    return Scalar(types, **bounds), True


def _join_lists(left: ListOf, right: ListOf) -> tuple[ListOf, bool]:
    if left == right:
        return left, True
    return ListOf(_join(left.items, right.items)[0]), False


def _join_objects(left: Object, right: Object) -> tuple[Object, bool]:
    if left == right:
        return left, True
    fields: dict[str, ObjectField] = {}
    for name in dict.fromkeys((*left.fields, *right.fields)):
        found = [find_field(side, name) for side in (left, right)]
        sides = zip((left, right), found, strict=True)
        present = [
            item.type if item is not None else ANYTHING
            for side, item in sides
            if item is not None or not side.closed
        ]
        field_type = reduce(lambda a, b: _join(a, b)[0], present)
        required = all(item is not None and item.required for item in found)
        fields[name] = ObjectField(field_type, required)
    additional = None
    if left.additional is not None and right.additional is not None:
        additional = _join(left.additional, right.additional)[0]
    is_closed, forbidden = left.closed and right.closed, left.forbidden & right.forbidden
    return Object(fields, additional, is_closed, forbidden=forbidden), False


_JOINS: dict[str, Callable[..., tuple[Any, bool]]] = {
    "scalar": _join_scalars,
    "list": _join_lists,
    "object": _join_objects,
}
