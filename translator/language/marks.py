"""Check that rules relate fields with the same marks: sums, identifiers and tokens of the specs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from translator.errors import Diagnostic, Location
from translator.language import nodes
from translator.language.checker import Sides
from translator.paths import LIST_ITEM, MAP_ENTRY, VALUE, Path, format_path, starts_with
from translator.schema.types import ListOf, Object, SchemaType

_CARRIED = "carried"
"""The field of the hub that keeps what only one format has, by format."""


def check_marks(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    """Yield findings about fields that a rule relates, though their marks differ."""
    findings: dict[tuple[str, Location], Diagnostic] = {}
    for left, right, location, is_exact in _related(mapping):
        # The variants of an event share most of their schemas.
        left_types, right_types = (
            {id(each.schema): each for each in sides[on_left].types_at(path)}.values()
            for on_left, path in ((True, left), (False, right))
        )
        for left_type, right_type in product(left_types, right_types):
            ends = (
                _End(mapping.left, left, left_type),
                _End(mapping.right, right, right_type),
            )
            for finding in _check_ends(*ends, location, is_exact=is_exact):
                findings.setdefault((finding.code, location), finding)
    yield from findings.values()


def _related(mapping: nodes.Mapping) -> Iterator[tuple[Path, Path, Location, bool]]:
    """Yield the fields that rules and the variables of rows relate, and whether exactly."""
    for rule in mapping.all_rules():
        for end in rule.ends():
            is_exact = end.fallback is None or end.fallback.kind == "exact"
            yield end.left, end.right, end.location, is_exact
    for table in mapping.tables:
        for row in table.rows:
            for (left, one), (right, other) in product(
                nodes.single_cells(row.left), nodes.single_cells(row.right)
            ):
                if isinstance(one, nodes.Variable) and one == other:
                    yield left, right, row.location, row.kind == "exact"


class _End:
    """One of two fields that are related."""

    def __init__(self, format_: str, path: Path, schema_type: SchemaType) -> None:
        self.format, self.path, self.type = format_, path, schema_type
        schema: Any = schema_type.schema
        self.is_sum = schema.get("x-sum") is True
        self.is_token = schema.get("x-token") is True
        self.id: str | None = schema.get("x-id")

    def __str__(self) -> str:
        return f"`{format_path(self.path)}` of {self.format}"

    @property
    def parts(self) -> dict[str, _End]:
        """What the field holds, by the step of the path."""
        parts: dict[str, SchemaType] = {}
        if isinstance(self.type, ListOf):
            parts[LIST_ITEM] = self.type.items
        elif isinstance(self.type, Object):
            parts |= {name: field.type for name, field in self.type.fields.items()}
            if self.type.additional is not None:
                parts[MAP_ENTRY] = self.type.additional
        steps = {step: (step, VALUE) if step == MAP_ENTRY else (step,) for step in parts}
        return {
            step: _End(self.format, (*self.path, *steps[step]), part)
            for step, part in parts.items()
        }

    @property
    def is_in_list(self) -> bool:
        return LIST_ITEM in self.path or MAP_ENTRY in self.path


def _check_ends(
    left: _End, right: _End, location: Location, *, is_exact: bool
) -> Iterator[Diagnostic]:
    for one, other in ((left, right), (right, left)):
        yield from _check_token(one, other, location)
        if problem := _sum_problem(one, other):
            message = f"{one} counts once in an event, but {other} {problem}"
            hint = "map it to a field that counts the same, or list it as lost"
            yield Diagnostic("sum-mixed", location, message, hint)
    if is_exact and left.id and right.id and left.id != right.id:
        message = f"{left} identifies {_thing(left.id)}, but {right} {_thing(right.id)}"
        hint = "map fields that identify the same, or make it an approximate or opt-in source"
        yield Diagnostic("id-mixed", location, message, hint)
    right_parts = right.parts
    for step, part in left.parts.items():
        if step in right_parts:
            yield from _check_ends(part, right_parts[step], location, is_exact=is_exact)


def _thing(mark: str) -> str:
    return f"an {mark}" if mark[0] in "aeio" else f"a {mark}"


def _sum_problem(one: _End, other: _End) -> str:
    """Say what is wrong with a field that a sum is related to; empty if nothing is."""
    if not one.is_sum or (one.id is not None and one.id == other.id):
        return ""
    if other.is_sum:
        differs = one.id is None and other.id is not None
        return f"identifies {_thing(other.id)}" if differs and other.id else ""
    if other.id is not None:
        return f"identifies {_thing(other.id)}"
    if other.is_token:
        return "is a token"
    return "is in each element of a list" if other.is_in_list and not one.is_in_list else ""


def _check_token(one: _End, other: _End, location: Location) -> Iterator[Diagnostic]:
    """Report a token, or one inside an object or a list, that is not carried."""
    if starts_with(other.path, (_CARRIED, one.format)):
        return
    token = _find_token(one)
    if token is not None:
        message = f"{token} is a token, which means nothing to other formats, but {other} gets it"
        hint = f"map it to a field under `{format_path((_CARRIED, one.format))}`"
        yield Diagnostic("token-mixed", location, message, hint)


def _find_token(end: _End) -> _End | None:
    if end.is_token:
        return end
    return next(filter(None, map(_find_token, end.parts.values())), None)
