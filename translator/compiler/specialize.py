"""Specialize a translation by the source fields that decide it, and their values."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from translator.compiler.conversions import directed_entries
from translator.compiler.symbols import may_be_absent
from translator.errors import Diagnostic, Location, MappingError
from translator.language.direction import (
    Assignment,
    DirectedMapping,
    DirectedTable,
    Step,
    origin_paths,
    value_origins,
)
from translator.language.nodes import Cell, Identity, ValueMap, cell_values, single_cells
from translator.memo import replace
from translator.paths import (
    LIST_ITEM,
    Path,
    Selection,
    format_path,
    is_scalar_path,
    list_prefix,
    starts_with,
)
from translator.schema import types
from translator.schema.types import Object, ObjectField, Scalar, ScalarValue, SchemaType, Union

MAX_CHOICES = 4096
"""Maximum number of variants of a source; more indicate a mistake in the rows."""


@dataclass(frozen=True, slots=True)
class AnyOther:
    """Any value except those in `excluded`."""

    excluded: frozenset[ScalarValue]


Choice = Mapping[Path, "ScalarValue | AnyOther"]


class _HashableChoice(dict[Path, "ScalarValue | AnyOther"]):
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


@dataclass(frozen=True, slots=True)
class Selector:
    """A deciding field: its listed values, whether it may have others, whether it may be absent."""

    path: Path
    values: tuple[ScalarValue, ...]
    is_open: bool
    optional: bool


def find_selectors(source_type: Object | Union, steps: Sequence[Step]) -> list[Selector]:
    """Return the deciding fields of a source, its discriminator first."""
    values_by_path: dict[Path, set[ScalarValue]] = {}
    variants = source_type.variants.values() if isinstance(source_type, Union) else (source_type,)
    if isinstance(source_type, Union):
        values_by_path[(source_type.discriminator,)] = set(source_type.variants)
    deciding_values, variable_paths = _deciding_paths(steps)
    for path, values in deciding_values.items():
        values_by_path.setdefault(path, set()).update(values)
    selectors: list[Selector] = []
    for path, named_values in values_by_path.items():
        routes = [_fields_along(variant, path) for variant in variants]
        leaf_types = [fields[-1].type for fields in routes if len(fields) == len(path)]
        scalars = [leaf for leaf in leaf_types if isinstance(leaf, Scalar)]
        optional = any(map(may_be_absent, itertools.chain.from_iterable(routes)))
        if not scalars:
            if leaf_types and optional and path in variable_paths:
                selectors.append(Selector(path, (), is_open=True, optional=True))
            continue
        listed = list(types.distinct_values(scalars))
        is_open = any(scalar.enum is None for scalar in scalars)
        if is_open:
            listed += sorted((value for value in named_values if value not in listed), key=repr)
        json_types = frozenset().union(*(scalar.types for scalar in scalars))
        if json_types > {"boolean"} and (listed or optional):
            message = f"rows over {format_path(path)} cannot tell true from 1"
            hint = "give the field a single type in the spec"
            raise MappingError([Diagnostic("undecided", _rows_location(steps), message, hint)])
        if listed or (optional and path in variable_paths):
            selectors.append(Selector(path, tuple(listed), is_open, optional))
    return selectors


def enumerate_choices(
    source_type: Object | Union, selectors: Sequence[Selector], steps: Sequence[Step]
) -> Iterator[Choice]:
    """Yield every combination of values of the deciding fields, variant by variant.

    Raises `MappingError` if there are more than `MAX_CHOICES`.
    """
    if not isinstance(source_type, Union):
        yield from _combinations(source_type, selectors, steps)
        return
    for value, variant in source_type.variants.items():
        for choice in _combinations(variant, selectors[1:], steps):
            yield _HashableChoice({(source_type.discriminator,): value, **choice})


def _combinations(
    source_type: Object, selectors: Sequence[Selector], steps: Sequence[Step]
) -> Iterator[Choice]:
    domains: dict[Path, list[ScalarValue | AnyOther]] = {}
    for selector in selectors:
        fields = _fields_along(source_type, selector.path)
        if len(fields) < len(selector.path):
            continue
        schema_type = fields[-1].type
        if selector.values and not isinstance(schema_type, Scalar):
            continue
        enum = schema_type.enum if isinstance(schema_type, Scalar) else None
        domain: list[ScalarValue | AnyOther] = list(selector.values if enum is None else enum)
        if enum is None:
            domain.append(AnyOther(frozenset(selector.values)))
        if selector.optional and any(map(may_be_absent, fields)):
            domain.append(None)
        domains[selector.path] = domain
    count = math.prod(len(domain) for domain in domains.values())
    if count > MAX_CHOICES:
        names = ", ".join(".".join(path) for path in domains)
        message = f"rows over {names} have {count} combinations of values, more than {MAX_CHOICES}"
        hint = "relate fewer fields in rows, or translate some of them by rules under 'fields'"
        raise MappingError([Diagnostic("too-many-variants", _rows_location(steps), message, hint)])
    unread = _unread_selections(selectors, steps)
    for values in itertools.product(*domains.values()):
        choice = dict(zip(domains, values, strict=True))
        omitted = unread.get(values[0], set()) if unread else set()
        first = {path: domains[path][0] for path in omitted}
        if all(choice[path] is first[path] for path in omitted):
            yield _HashableChoice({path: choice[path] for path in choice if path not in omitted})


def _unread_selections(
    selectors: Sequence[Selector], steps: Sequence[Step]
) -> dict[object, set[Path]]:
    """Return, by the value of the first selector, the selected elements that do not matter.

    Only rows of the first mapping compare them, and all of these compare the first selector.
    """
    selected = [each.path for each in selectors[1:] if _is_selected(each.path)]
    if not selected:
        return {}
    anchor, directed = selectors[0], steps[0].directed
    if anchor.is_open or _is_compared_elsewhere(selected, steps):
        return {}
    records = [row.source for table in directed.tables for row in table.rows]
    records += [row.record for table in directed.tables for row in table.refused_rows]
    unread: dict[object, set[Path]] = {}
    for value in (*anchor.values, *([None] if anchor.optional else [])):
        read: set[Path] = set()
        for record in map(dict, records):
            cell = record.get(anchor.path)
            if not isinstance(cell, tuple) or value in cell:
                read.update(path for path, _ in single_cells(tuple(record.items())))
        unread[value] = set(selected) - read
    return unread


def _rows_location(steps: Sequence[Step]) -> Location:
    """Return the location of the first table of rows on the route, else of the first mapping."""
    tables = [table.location for step in steps for table in step.directed.mapping.tables]
    return tables[0] if tables else Location(steps[0].directed.mapping.file, 1, 1)


def _fields_along(schema_type: SchemaType, path: Path) -> list[ObjectField]:
    """Return the field at each step of a path, up to the first that is missing."""
    fields: list[ObjectField] = []
    for step in path:
        if not isinstance(schema_type, Object):
            break
        is_selection = isinstance(step, Selection)
        field = (types.find_field if is_selection else _named_field)(schema_type, step)
        if field is None:
            break
        fields.append(field)
        schema_type = field.type
    return fields


def _is_selected(path: Path) -> bool:
    return any(isinstance(step, Selection) for step in path)


def _named_field(schema_type: Object, name: str) -> ObjectField | None:
    return schema_type.fields.get(name)


def _is_compared_elsewhere(paths: Sequence[Path], steps: Sequence[Step]) -> bool:
    """Whether anything but the rows of the first mapping depends on one of some fields."""
    values_by_path, variable_paths = _deciding_paths(steps, with_rows=False)
    return any(path in values_by_path or path in variable_paths for path in paths)


def _deciding_paths(
    steps: Sequence[Step], *, with_rows: bool = True
) -> tuple[dict[Path, set[ScalarValue]], set[Path]]:
    """Return the source fields that decide a step, with the values that mappings name.

    Also return the fields whose presence decides, because of a variable, null, or `a[] | b[]`. The
    discriminator of a step's target must be decided too, so it is traced back to the source. The
    rows of the first mapping can be left out.
    """
    values_by_path: dict[Path, set[ScalarValue]] = defaultdict(set)
    variable_paths: set[Path] = set()
    for step in reversed(steps):
        directed, target_values = step.directed, values_by_path
        reads_rows = with_rows or step is not steps[0]
        if not reads_rows:
            directed = replace(directed, tables=())
        if isinstance(step.target_type, Union):
            target_values[(step.target_type.discriminator,)] |= set()
        values_by_path = defaultdict(set)
        for path, values in target_values.items():
            for origin in filter(is_scalar_path, value_origins(directed, path)):
                values_by_path[origin] |= values
        for path, values in _written_when_values(directed):
            values_by_path[path] |= values
        variable_paths = {
            origin
            for path in variable_paths
            for origin in (*origin_paths(directed, path), *_list_origins(directed, path))
        }
        variable_paths.update(_alternative_lists(directed))
        for path, cell in _compared_cells(directed, with_rows=reads_rows):
            listed = cell_values(cell)
            if listed is None or None in listed:
                variable_paths.add(path)
            if is_scalar_path(path):
                values_by_path[path] |= set(listed or ()) - {None}
        for path in filter(is_scalar_path, variable_paths):
            values_by_path[path] |= set()
    return values_by_path, variable_paths


def _list_origins(directed: DirectedMapping, path: Path) -> Iterator[Path]:
    """Yield the lists of the source from which the list at a path of the target is written."""
    for case in directed.cases:
        for assignment in case.assignments:
            if any(starts_with(target, (*path, LIST_ITEM)) for target in assignment.targets):
                yield from _lists_read(assignment)


def _alternative_lists(directed: DirectedMapping) -> Iterator[Path]:
    """Yield the lists among which an assignment chooses the first that is present."""
    for case in directed.cases:
        for assignment in case.assignments:
            lists = list(dict.fromkeys(_lists_read(assignment)))
            yield from lists if len(lists) > 1 and not is_scalar_path(assignment.targets[0]) else ()


def _lists_read(assignment: Assignment) -> Iterator[Path]:
    for source in assignment.sources:
        for path in source.paths[:1]:
            if (prefix := list_prefix(path)) is not None:
                yield prefix[:-1]


def _written_when_values(
    directed: DirectedMapping,
) -> Iterator[tuple[Path, set[ScalarValue]]]:
    """Yield the fields that a case writes to those in its `when`, with the values that decide."""
    for case in directed.cases if directed.to_left else ():
        cells = {path: cell_values(cell) for path, cell in case.when.target}
        for assignment in case.assignments:
            cell = cells.get(assignment.targets[0]) or ()
            for source in assignment.sources if cell else ():
                values = set(cell) - {None}
                if isinstance(source.codec, ValueMap):
                    entries = directed_entries(source.codec.table, frozenset(), to_left=True)
                    values = {value for _, value in entries}
                elif not isinstance(source.codec, Identity):
                    continue
                yield from ((path, values) for path in source.paths if is_scalar_path(path))


def _compared_cells(directed: DirectedMapping, *, with_rows: bool) -> Iterator[tuple[Path, Cell]]:
    """Yield the paths and cells that an event of the source is compared with."""
    for table in directed.mapping.tables if with_rows else ():
        for row in DirectedTable.from_table(table, to_left=directed.to_left).rows:
            yield from single_cells(row.source)
    if not directed.to_left:
        for case in directed.cases:
            yield from single_cells(case.when.source)
