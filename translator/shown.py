"""What the examples of a mapping leave out: rules, rows and values that none of them shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from translator.diagnostics import Diagnostic, Location
from translator.examples import Example, Json
from translator.nodes import (
    UNSET,
    Case,
    Cell,
    FieldRule,
    Mapping,
    Record,
    TableRow,
    Template,
    Unset,
    ValueMap,
    Variable,
)
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path, format_path
from translator.shapes import json_equal

_Predicate = Callable[[Json, Json], bool]


def check_example_coverage(mapping: Mapping, examples: Sequence[Example]) -> Iterator[Diagnostic]:
    """A finding for each rule, row and value, in each of its directions, that no example shows."""
    checker = _CoverageChecker(mapping, examples)
    for case in mapping.cases:
        if case.name:
            yield from checker.check_case(case)
        for rule in case.rules:
            yield from checker.check_rule(rule, case)
    for rule in mapping.shared_rules:
        yield from checker.check_rule(rule, None)
    for table in mapping.tables:
        for row in table.rows:
            for to_left in (False, True):
                yield from checker.check_row(row, ((), ()), f"row of {table.name!r}", to_left)
    yield from checker.check_arguments()


class _CoverageChecker:
    """Looks through the examples, by the direction in which they hold."""

    def __init__(self, mapping: Mapping, examples: Sequence[Example]) -> None:
        self.mapping = mapping
        self.translated_examples = [example for example in examples if not example.refusal_code]
        self.event_pairs = {
            to_left: [
                (left, right)
                for example in self.translated_examples
                if example.applies(to_left=to_left)
                for left in example.left or ()
                for right in example.right or ()
            ]
            for to_left in (False, True)
        }

    def require(
        self, description: str, location: Location, to_left: bool, predicate: _Predicate
    ) -> Iterator[Diagnostic]:
        """A finding if no example of a direction shows something."""
        if not any(predicate(left, right) for left, right in self.event_pairs[to_left]):
            target = self.mapping.left if to_left else self.mapping.right
            message = f"no example shows {description} on the way to {target}"
            yield Diagnostic("example-missing", location, message, "add one beside the mapping")

    def check_case(self, case: Case) -> Iterator[Diagnostic]:
        def predicate(left: Json, right: Json) -> bool:
            is_present = all(
                path is None or _has_value(right, path) for path in (case.if_present, case.each)
            )
            return is_present and _matches_record(left, case.when, ())

        for to_left in _directions(case.only_to):
            yield from self.require(f"the case {case.name!r}", case.location, to_left, predicate)

    def check_rule(self, rule: FieldRule, case: Case | None) -> Iterator[Diagnostic]:
        """What of a rule no example shows, in the directions in which it and its case hold."""
        directions = [
            to_left
            for to_left in _directions(rule.only_to)
            if not case or to_left in _directions(case.only_to)
        ]
        for to_left in directions:
            # The case is told by the event on the way right, and by what there is to say else.
            when: Record = case.when if case and not to_left else ()
            yield from self.check_paths(rule, to_left, when)
            if isinstance(rule.codec, ValueMap):
                for row in rule.codec.table.rows:
                    description = f"value of {format_path(rule.left[0])}"
                    yield from self.check_row(
                        row, (rule.left[0], rule.right[0]), description, to_left, when
                    )

    def check_paths(self, rule: FieldRule, to_left: bool, when: Record) -> Iterator[Diagnostic]:
        first = rule.left[0]
        left_paths = rule.left[1:] if isinstance(rule.codec, Template) else rule.left
        path_pairs = [(path, right, rule.location) for path in left_paths for right in rule.right]
        path_pairs += [(first, extra.path, extra.location) for extra in rule.also]
        if to_left:
            path_pairs += [(first, extra.path, extra.location) for extra in rule.alternatives]
        for left, right, location in path_pairs:
            description = f"{format_path(left)} as {format_path(right)}"
            yield from self.require(description, location, to_left, _has_both(left, right, when))
        if not isinstance(rule.default, Unset) and not to_left:
            description = f"{format_path(rule.right[0])} with the default"
            yield from self.require(
                description, rule.location, to_left, _fills_default(rule, rule.default)
            )

    def check_row(
        self,
        row: TableRow,
        value_paths: tuple[Path, Path],
        description: str,
        to_left: bool,
        when: Record = (),
    ) -> Iterator[Diagnostic]:
        """A finding for each value of a row's cells that no example has together with the row."""
        if row.kind != "exact" and row.to_left != to_left:
            return
        if not all(_is_possible(path or value_paths[0], cell, when) for path, cell in row.left):
            return
        for on_left, record in ((True, row.left), (False, row.right)):
            if row.kind != "exact" and on_left == to_left:
                continue
            for path, cell in record:
                field_path = path or value_paths[0 if on_left else 1]
                for value in _cell_values(cell):
                    label = format_path(field_path) if value is UNSET else repr(value)
                    predicate = _shows_row(row, value_paths, when, (on_left, field_path, value))
                    yield from self.require(
                        f"{label} in a {description}", row.location, to_left, predicate
                    )

    def check_arguments(self) -> Iterator[Diagnostic]:
        """A finding for each param, opt-in and crosswalk that no example gives."""
        used_names: dict[str, set[str]] = {"params": set(), "allow": set(), "crosswalks": set()}
        for example in self.translated_examples:
            for key, names in used_names.items():
                names.update(example.arguments.get(key, ()))
        for param in self.mapping.params:
            if param.name not in used_names["params"]:
                yield _missing_argument("param", param.name, param.location)
        top = Location(self.mapping.file, 1, 1)
        for name in self.mapping.opt_ins:
            if name not in used_names["allow"]:
                yield _missing_argument("opt-in", name, top)
        for name in self.mapping.crosswalks:
            if name not in used_names["crosswalks"]:
                yield _missing_argument("crosswalk", name, top)


def _missing_argument(description: str, name: str, location: Location) -> Diagnostic:
    message = f"no example gives the {description} {name!r}"
    return Diagnostic("example-missing", location, message, "add one beside the mapping")


def _directions(only_to: str | None) -> tuple[bool, ...]:
    return (False, True) if only_to is None else (only_to == "left",)


def _has_both(left_path: Path, right_path: Path, when: Record) -> _Predicate:
    return lambda left, right: (
        _matches_record(left, when, ())
        and _has_value(left, left_path)
        and _has_value(right, right_path)
    )


def _fills_default(rule: FieldRule, default: Json) -> _Predicate:
    def predicate(left: Json, right: Json) -> bool:
        is_present = any(_has_value(left, path) for path in rule.left)
        return not is_present and any(
            json_equal(value, default) for value in _values_at(right, rule.right[0])
        )

    return predicate


def _shows_row(
    row: TableRow, value_paths: tuple[Path, Path], when: Record, cell: tuple[bool, Path, Json]
) -> _Predicate:
    on_left, field_path, value = cell

    def predicate(left: Json, right: Json) -> bool:
        values = _values_at(left if on_left else right, field_path)
        return (
            _matches_record(left, when, ())
            and _matches_record(left, row.left, value_paths[0])
            and _matches_record(right, row.right, value_paths[1])
            and any(value is UNSET or json_equal(candidate, value) for candidate in values)
        )

    return predicate


def _is_possible(field_path: Path, cell: Cell, when: Record) -> bool:
    """Whether a member can have one of a cell's values where its case holds."""
    return all(
        any(json_equal(value, case_value) for value in cell for case_value in case_cell)
        for path, case_cell in when
        if path == field_path
        and not isinstance(case_cell, Variable)
        and not isinstance(cell, Variable)
    )


def _cell_values(cell: Cell) -> Sequence[Json]:
    return (UNSET,) if isinstance(cell, Variable) else cell


def _matches_record(event: Json, record: Record, path: Path) -> bool:
    for field_path, cell in record:
        values = _values_at(event, field_path or path)
        if isinstance(cell, Variable):
            if not values:
                return False
        elif not any(json_equal(value, expected) for value in values for expected in cell):
            return False
    return True


def _has_value(event: Json, path: Path) -> bool:
    return bool(_values_at(event, path))


def _values_at(event: Json, path: Path) -> list[Json]:
    """What an event has at a path, null apart: several values where it goes through lists."""
    values = [event]
    for segment in path:
        next_values: list[Json] = []
        for value in values:
            if segment == LIST_ITEM:
                next_values += value if isinstance(value, list) else []
            elif segment == MAP_ENTRY:
                next_values.append(value)
            elif segment in (KEY, VALUE):
                next_values += (
                    (list(value) if segment == KEY else value.values())
                    if isinstance(value, dict)
                    else []
                )
            elif isinstance(value, dict) and segment in value:
                next_values.append(value[segment])
        values = next_values
    return [value for value in values if value is not None]
