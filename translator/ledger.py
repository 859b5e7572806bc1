"""The closed ledger: the members a mapping says nothing of, and reasons that have become stale.

In each direction every member of the source is read by a rule, or lost with a reason. What is not
was not thought of. A param or an opt-in reads nothing: they do not account for a member; nor does
a rule of one case for what another case leaves out. Values are the question of `vocabulary`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from translator.checker import MappingSide
from translator.diagnostics import Diagnostic, did_you_mean
from translator.inverse import DirectedCase, direct
from translator.nodes import Identity, LostField, Mapping, Table
from translator.paths import LIST_ITEM, MAP_ENTRY, VALUE, Path, format_path
from translator.shapes import ListOf, Object, SchemaType, Union
from translator.vocabulary import check_values


def check_exhaustive(
    mapping: Mapping, left_type: Object | Union, right_type: Object | Union
) -> list[Diagnostic]:
    """What a mapping says nothing of, and reasons that have become stale."""
    sides = (
        MappingSide.from_type(mapping.left, left_type),
        MappingSide.from_type(mapping.right, right_type),
    )
    findings = [
        *_check_leaves(mapping, sides),
        *_check_reasons(mapping),
        *check_values(mapping, sides),
    ]
    return sorted(
        findings,
        key=lambda finding: (finding.location.line, finding.location.column, finding.message),
    )


def leaf_paths(schema_type: SchemaType, parent: Path = ()) -> Iterator[Path]:
    """The members of an event that hold values of their own, and not only other members.

    `shape` is of one variant of the events, or of a part of it.
    """
    match schema_type:
        case Object(fields=properties, additional=free) if properties or free is not None:
            for name, prop in properties.items():
                yield from leaf_paths(prop.type, (*parent, name))
            if free is not None:
                yield from leaf_paths(free, (*parent, MAP_ENTRY, VALUE))
        case ListOf(items=items):
            yield from leaf_paths(items, (*parent, LIST_ITEM))
        case _:
            yield parent


@dataclass(frozen=True, slots=True)
class _ReadPath:
    """A member that is read, and where it is copied to if it is copied as it is."""

    path: Path
    copied_to: Path | None = None

    def covers(self, leaf: Path, target: MappingSide) -> bool:
        """Whether a leaf of the source gets to the target by this reading."""
        if self.path[: len(leaf)] == leaf:
            return True
        if leaf[: len(self.path)] != self.path:
            return False
        return self.copied_to is None or bool(
            target.types_at((*self.copied_to, *leaf[len(self.path) :]))
        )


def _check_leaves(mapping: Mapping, sides: tuple[MappingSide, MappingSide]) -> Iterator[Diagnostic]:
    for to_left in (False, True):
        location = mapping.format_locations[1 if to_left else 0]
        source, target = (sides[1], sides[0]) if to_left else sides
        all_leaves = list(
            dict.fromkeys(leaf for variant in source.variants for leaf in leaf_paths(variant))
        )
        reads = list(_case_reads(mapping, to_left=to_left))
        lost_fields = [entry for entry in mapping.lost_fields if entry.on_left != to_left]
        # On the way right a case is told by the event: each of them has to read every member.
        # On the way left a case is what of the event is taken: one of them has to.
        read_groups = [[entry for case in reads for entry in case]] if to_left else reads
        mapped = {
            leaf
            for leaf in all_leaves
            if all(any(entry.covers(leaf, target) for entry in case) for case in read_groups)
        }
        for leaf in all_leaves:
            if leaf not in mapped and not any(_is_lost(entry, leaf) for entry in lost_fields):
                message = f"nothing is said of {format_path(leaf)} of {source.format}"
                hint = f"map it, or give the reason under lost: {source.format}:"
                yield Diagnostic("unaccounted-member", location, message, hint)
        yield from _check_stale_reasons(lost_fields, source, all_leaves, mapped)


def _is_lost(lost_field: LostField, leaf: Path) -> bool:
    return leaf[: len(lost_field.path)] == lost_field.path or lost_field.path[: len(leaf)] == leaf


def _check_stale_reasons(
    lost_fields: list[LostField], source: MappingSide, all_leaves: list[Path], mapped: set[Path]
) -> Iterator[Diagnostic]:
    for lost_field in lost_fields:
        if not source.types_at(lost_field.path):
            message = f"{source.format} has no {format_path(lost_field.path)} to lose"
            suggestion = did_you_mean(lost_field.path[-1], source.field_names(lost_field.path[:-1]))
            hint = suggestion if suggestion.startswith("did") else "remove it"
            yield Diagnostic("stale-reason", lost_field.location, message, hint)
            continue
        if all(leaf in mapped for leaf in all_leaves if _is_lost(lost_field, leaf)):
            message = f"{format_path(lost_field.path)} of {source.format} is mapped, and not lost"
            yield Diagnostic("stale-reason", lost_field.location, message, "remove it")


# --- what is read ---------------------------------------------------------------------------------


def _case_reads(mapping: Mapping, *, to_left: bool) -> Iterator[list[_ReadPath]]:
    """What each case reads of the source in one direction."""
    shared = [*_one_way_reads(mapping, to_left=to_left)]
    shared += [
        _ReadPath(constant.path) for constant in mapping.constants if constant.on_left != to_left
    ]
    for table in mapping.tables:
        shared += _table_reads(table, to_left=to_left)
    if mapping.carry_slot is not None:
        shared.append(_ReadPath(mapping.carry_slot.carried if to_left else mapping.carry_slot.slot))
    for case in direct(mapping, to_left=to_left).cases:
        yield [*shared, *_assignment_reads(case)]


def _assignment_reads(case: DirectedCase) -> Iterator[_ReadPath]:
    for assignment in case.assignments:
        for source in assignment.sources:
            if source.kind != "opt-in":
                copied_to = assignment.targets[0] if isinstance(source.codec, Identity) else None
                for path in source.paths:
                    yield _ReadPath(path, copied_to)


def _table_reads(table: Table, *, to_left: bool) -> Iterator[_ReadPath]:
    for row in table.rows:
        if row.kind == "exact" or (row.kind == "approximate" and row.to_left == to_left):
            for path, _ in row.right if to_left else row.left:
                yield _ReadPath(path)


def _one_way_reads(mapping: Mapping, *, to_left: bool) -> Iterator[_ReadPath]:
    """What a rule without an inverse names, in the direction that it says it does not hold in."""
    for rule in mapping.all_rules():
        if rule.only_to == ("right" if to_left else "left") and rule.because:
            for path in rule.right if to_left else rule.left:
                yield _ReadPath(path)


def _check_reasons(mapping: Mapping) -> Iterator[Diagnostic]:
    for rule in mapping.all_rules():
        if rule.only_to is not None and not rule.because:
            target = mapping.left if rule.only_to == "left" else mapping.right
            message = f"a rule that holds on the way to {target} only says why: 'because'"
            hint = f"add because: why nothing leads back from {target}"
            yield Diagnostic("no-reason", rule.location, message, hint)
