"""Check what a mapping repeats in each of several events, where one event becomes several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from translator.errors import Diagnostic, Location
from translator.language import nodes
from translator.language.checker import MappingSide, Sides
from translator.language.direction import Assignment, DirectedCase, direct
from translator.paths import LIST_ITEM, Path, format_path, list_prefix, starts_with
from translator.schema.openapi import subschemas
from translator.schema.types import find_field


def check_repetition(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    """Yield findings about sums that are repeated, and about `once`."""
    effective: set[Location] = set()
    findings: dict[Diagnostic, None] = {}
    for case in direct(mapping, to_left=True).cases:
        is_several = case.scope is not None and case.scope.size is not None
        for assignment in case.assignments if is_several else ():
            if not _is_repeated(assignment, case):
                continue
            effective.add(assignment.location)
            effective.update(source.location for source in assignment.sources)
            if not assignment.once:
                findings |= dict.fromkeys(_check_sums(assignment, sides))
            elif (path := _required_path(assignment, case, sides[True])) is not None:
                message = f"{mapping.left} requires `{format_path(path)}`, but 'once' omits it"
                hint = "remove 'once', or map a field that the spec does not require"
                findings[Diagnostic("once-required", assignment.location, message, hint)] = None
    yield from findings
    for rule in mapping.all_rules():
        if rule.once and rule.location not in effective:
            message = "'once' has no effect: the rule does not repeat a value in several events"
            yield Diagnostic("once-nothing", rule.location, message, "remove 'once'")


def _is_repeated(assignment: Assignment, case: DirectedCase) -> bool:
    """Whether an assignment reads the same value for each of the events of a case."""
    assert case.scope is not None
    elements = case.scope.path if case.scope.size == 1 else case.scope.path[:-1]
    paths = [path for source in assignment.sources for path in source.paths]
    return bool(paths) and not any(starts_with(path, elements) for path in paths)


def _check_sums(assignment: Assignment, sides: Sides) -> Iterator[Diagnostic]:
    ends = [(sides[True], path) for path in assignment.targets]
    ends += [(sides[False], path) for source in assignment.sources for path in source.paths]
    for side, path in ends:
        if any(_holds_sum(each.schema) for each in side.types_at(path)):
            message = f"`{format_path(path)}` of {side.format} counts once, but it is repeated"
            message += " in each of several events"
            hint = "add 'once: true' to write it only where one event results"
            yield Diagnostic("repeated-sum", assignment.location, message, hint)
            return


def _holds_sum(schema: Any) -> bool:
    """Whether a schema, or one inside it, is marked as that of a sum."""
    is_sum = isinstance(schema, dict) and schema.get("x-sum") is True
    return is_sum or any(_holds_sum(inner) for _, inner in subschemas(schema))


def _required_path(assignment: Assignment, case: DirectedCase, left: MappingSide) -> Path | None:
    """Return the required field that is missing wherever several events result, if any."""
    kept = [path for other in case.assignments if not other.once for path in other.targets]
    for target in assignment.targets:
        path = (list_prefix(target) or (*target, LIST_ITEM))[:-1]
        while path and _is_required(path, left):
            parent = path[:-1]
            if not parent or any(starts_with(other, parent) for other in kept):
                return path
            path = parent
    return None


def _is_required(path: Path, left: MappingSide) -> bool:
    fields = [find_field(parent, path[-1]) for parent in left.types_at(path[:-1])]
    return any(field is not None and field.required for field in fields)
