"""The members of a source that decide what is done with an event, and the choices they make."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from translator.errors import Diagnostic, Location, MappingError
from translator.language.direction import DirectedMapping, Step, origin_paths
from translator.language.nodes import Record, Variable
from translator.paths import Path, format_path, is_scalar_path
from translator.schema.types import (
    Object,
    ObjectField,
    Scalar,
    ScalarValue,
    SchemaType,
    Union,
    distinct_values,
)

MAX_CHOICES = 4096
"""More variants of a source than this are refused: rows over so many values are a mistake."""


@dataclass(frozen=True, slots=True)
class AnyOther:
    """Any value but those in `than`."""

    excluded: frozenset[ScalarValue]


Choice = Mapping[Path, "ScalarValue | AnyOther"]


class _HashableChoice(dict[Path, "ScalarValue | AnyOther"]):
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


@dataclass(frozen=True, slots=True)
class Selector:
    """A deciding member: its values, whether there may be others, whether it may be absent."""

    path: Path
    values: tuple[ScalarValue, ...]
    is_open: bool
    optional: bool


def find_selectors(source_type: Object | Union, steps: Sequence[Step]) -> list[Selector]:
    """The deciding members of a source, its discriminator first."""
    values_by_path: dict[Path, set[ScalarValue]] = {}
    if isinstance(source_type, Union):
        values_by_path[(source_type.discriminator,)] = set(source_type.variants)
    deciding_values, variable_paths = _deciding_paths(steps)
    for path, values in deciding_values.items():
        values_by_path.setdefault(path, set()).update(values)
    selectors: list[Selector] = []
    for path, named_values in values_by_path.items():
        fields = [field for field in _fields_at(source_type, path) if field is not None]
        scalar_types = [field.type for field in fields if isinstance(field.type, Scalar)]
        if not scalar_types:
            continue
        listed = list(distinct_values(scalar_types))
        is_open = any(scalar_type.enum is None for scalar_type in scalar_types)
        if is_open:
            listed += sorted((value for value in named_values if value not in listed), key=repr)
        optional = (
            any(not field.required for field in fields)
            or any(scalar_type.nullable for scalar_type in scalar_types)
            or any(_has_optional_parent(variant, path) for variant in _object_types(source_type))
        )
        is_mixed = {
            json_type for scalar_type in scalar_types for json_type in scalar_type.types
        } > {"boolean"}
        if is_mixed and (listed or optional):
            message = f"rows over {format_path(path)} cannot tell true from 1"
            hint = "give the member one type in the spec"
            raise MappingError([Diagnostic("undecided", _rows_location(steps), message, hint)])
        if listed or (optional and path in variable_paths):
            selectors.append(Selector(path, tuple(listed), is_open, optional))
    return selectors


def enumerate_choices(
    source_type: Object | Union, selectors: Sequence[Selector], steps: Sequence[Step]
) -> Iterator[Choice]:
    """Every combination of values of the deciding members, variant by variant."""
    if not isinstance(source_type, Union):
        yield from _combinations(source_type, selectors, steps)
        return
    for value, variant in source_type.variants.items():
        for choice in _combinations(variant, selectors[1:], steps):
            yield _HashableChoice({(source_type.discriminator,): value, **choice})


def _combinations(
    source_type: Object, selectors: Sequence[Selector], steps: Sequence[Step]
) -> Iterator[Choice]:
    domains: list[list[ScalarValue | AnyOther]] = []
    paths: list[Path] = []
    for selector in selectors:
        field = _field_at(source_type, selector.path)
        if field is None or not isinstance(field.type, Scalar):
            continue
        scalar_type = field.type
        domain: list[ScalarValue | AnyOther] = list(
            selector.values if scalar_type.enum is None else scalar_type.enum
        )
        if scalar_type.enum is None:
            domain.append(AnyOther(frozenset(selector.values)))
        if selector.optional and (
            not field.required
            or scalar_type.nullable
            or _has_optional_parent(source_type, selector.path)
        ):
            domain.append(None)
        domains.append(domain)
        paths.append(selector.path)
    count = 1
    for domain in domains:
        count *= len(domain)
    if count > MAX_CHOICES:
        names = ", ".join(".".join(path) for path in paths)
        message = f"rows over {names} come to {count} combinations, more than {MAX_CHOICES}"
        hint = "tie fewer members together in rows, or let fields translate some of them"
        raise MappingError([Diagnostic("too-many-variants", _rows_location(steps), message, hint)])
    for values in itertools.product(*domains):
        yield _HashableChoice(zip(paths, values, strict=True))


def _rows_location(steps: Sequence[Step]) -> Location:
    """The first table of rows on the way, or else the first mapping."""
    tables = [table.location for step in steps for table in step.directed.tables]
    return tables[0] if tables else Location(steps[0].directed.mapping.file, 1, 1)


def _has_optional_parent(source_type: Object, path: Path) -> bool:
    """Whether an object above a member may be absent."""
    parents = [_field_at(source_type, path[:length]) for length in range(1, len(path))]
    return any(
        not parent.required or (isinstance(parent.type, Object) and parent.type.nullable)
        for parent in parents
        if parent is not None
    )


def _object_types(source_type: Object | Union) -> Iterator[Object]:
    yield from source_type.variants.values() if isinstance(source_type, Union) else (source_type,)


def _fields_at(source_type: Object | Union, path: Path) -> Iterator[ObjectField | None]:
    for object_type in _object_types(source_type):
        yield _field_at(object_type, path)


def _field_at(schema_type: SchemaType, path: Path) -> ObjectField | None:
    field: ObjectField | None = None
    for segment in path:
        if not isinstance(schema_type, Object) or segment not in schema_type.fields:
            return None
        field = schema_type.fields[segment]
        schema_type = field.type
    return field


def _deciding_paths(steps: Sequence[Step]) -> tuple[dict[Path, set[ScalarValue]], set[Path]]:
    """The members of the source that decide something in any hop, with the values named there.

    Second, those whose presence decides, since a variable stands for them. What tells a target's
    variants apart has to be decided too, so it is followed back.
    """
    needed: dict[Path, set[ScalarValue]] = {}
    variable_paths: set[Path] = set()
    for step in reversed(steps):
        if isinstance(step.target_type, Union):
            needed.setdefault((step.target_type.discriminator,), set())
        source_values: dict[Path, set[ScalarValue]] = {}
        for path, values in needed.items():
            for source_path in origin_paths(step.directed, path):
                if is_scalar_path(source_path):
                    source_values.setdefault(source_path, set()).update(values)
        for path, cell in (entry for record in _match_records(step.directed) for entry in record):
            if is_scalar_path(path):
                named_values = () if isinstance(cell, Variable) else cell
                source_values.setdefault(path, set()).update(
                    value for value in named_values if value is not None
                )
        variable_paths = {
            source_path
            for path in variable_paths
            for source_path in origin_paths(step.directed, path)
        } | {
            path
            for record in _match_records(step.directed)
            for path, cell in record
            if isinstance(cell, Variable)
        }
        needed = source_values
    return needed, variable_paths


def _match_records(directed: DirectedMapping) -> Iterator[Record]:
    for table in directed.tables:
        for row in table.rows:
            yield row.right if directed.to_left else row.left
    if not directed.to_left:
        for case in directed.cases:
            yield case.when
