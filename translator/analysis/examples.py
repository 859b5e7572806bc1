"""What the examples of a mapping leave out: rules, rows and values that none of them shows.

Running the examples of a mapping through the code that is made of it, in both directions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from translator.compiler.module import emit_module
from translator.compiler.specialize import AnyOther, Choice, enumerate_choices, find_selectors
from translator.engine.bindings import ParamChecker, bind
from translator.engine.linker import as_event, load, unique_module_name
from translator.engine.losses import LossReporter, translate_strictly
from translator.engine.plan import compile_module
from translator.engine.planner import binding_spec
from translator.errors import Diagnostic, Location, MappingError, SpecError, TranslationError
from translator.language.direction import Step, direct
from translator.language.examples import Example, Json
from translator.language.nodes import (
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
from translator.schema.spec import Spec
from translator.schema.types import Object, ScalarValue, Union, event_type, json_equal
from translator.validation.events import EventValidator

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


def run_examples(
    mapping: Mapping, specs: tuple[Spec, Spec], examples: Sequence[Example]
) -> Iterator[Diagnostic]:
    """What is wrong with examples, or with the mapping that does not do what they say."""
    try:
        validators = (EventValidator(specs[0]), EventValidator(specs[1]))
    except SpecError as error:
        yield from error.diagnostics
        return
    invalid_locations = set()
    for finding in _check_events(examples, validators):
        invalid_locations.add(finding.location)
        yield finding
    valid_examples = [example for example in examples if example.location not in invalid_locations]
    try:
        for to_left in (False, True):
            runner = _DirectionRunner(mapping, to_left, specs, validators)
            yield from runner.check_examples(
                [example for example in valid_examples if example.applies(to_left=to_left)]
            )
    except (MappingError, SpecError) as error:
        yield from error.diagnostics


def _check_events(
    examples: Sequence[Example], validators: tuple[EventValidator, EventValidator]
) -> Iterator[Diagnostic]:
    for example in examples:
        if example.refusal_code == "invalid-event":
            continue
        for events, validator in ((example.left, validators[0]), (example.right, validators[1])):
            for event in events or ():
                if violations := validator.violations(event):
                    message = f"no valid event of {validator.format}: {violations[0]}"
                    hint = "correct the event, or expect invalid-event of it with 'refused'"
                    yield Diagnostic("example-invalid", example.location, message, hint)


@dataclass(frozen=True, slots=True)
class _DirectionRunner:
    """The examples of a mapping that are translated to one of its sides."""

    mapping: Mapping
    to_left: bool
    specs: tuple[Spec, Spec]
    validators: tuple[EventValidator, EventValidator]

    @property
    def source_index(self) -> int:
        return 1 if self.to_left else 0

    def check_examples(self, examples: Sequence[Example]) -> Iterator[Diagnostic]:
        groups: dict[str, list[Example]] = {}
        for example in examples:
            groups.setdefault(json.dumps(example.arguments, sort_keys=True), []).append(example)
        for group in groups.values():
            try:
                translate = self.compile_translation(group)
            except TranslationError as error:
                location, hint = group[0].location, "correct what the example gives"
                yield Diagnostic("example-invalid", location, error.message, hint)
                continue
            for example in group:
                yield from self.check_example(example, translate)

    def compile_translation(self, examples: Sequence[Example]) -> Callable[[Json], Any]:
        """The translation of events of those kinds that the examples are of."""
        step = Step(
            direct(self.mapping, to_left=self.to_left),
            event_type(self.specs[1 - self.source_index], for_output=True),
        )
        arguments = examples[0].arguments
        spec = binding_spec([step])
        params = ParamChecker(spec).check(arguments.get("params", {}))
        bindings = bind(spec, arguments.get("crosswalks", {}), arguments.get("allow", ()))
        source_type = event_type(self.specs[self.source_index], for_output=False)
        events = [self.source_events(example)[0] for example in examples]
        options = replace(
            bindings.options, params=frozenset(params), report=bool(arguments.get("strict"))
        )
        emitted = emit_module(
            source_type, [step], options, choices_of_events(source_type, step, events)
        )
        code = compile_module(emitted.source, unique_module_name(self.mapping.file))
        constants = {**bindings.constants, "PARAMS": params}
        translate = load(code, self.validators[self.source_index], constants)
        if not options.report:
            return translate
        reporter = LossReporter(translate, emitted.written_fields, [step])
        return lambda event: translate_strictly(reporter, as_event(event))

    def source_events(self, example: Example) -> tuple[Json, ...]:
        return (example.right if self.to_left else example.left) or ()

    def check_example(
        self, example: Example, translate: Callable[[Json], Any]
    ) -> Iterator[Diagnostic]:
        (event,) = self.source_events(example)
        expected = example.left if self.to_left else example.right
        outputs, code, reason = _run_translation(translate, event)
        target = self.specs[1 - self.source_index].name
        problem = ""
        if code != example.refusal_code:
            problem = f"is refused with {code}: {reason}" if code else "is not refused"
            problem += (
                f", and the example says {example.refusal_code}" if example.refusal_code else ""
            )
        elif not code and expected is not None:
            problem = _describe_difference(outputs, list(expected), several=len(expected) > 1)
        if problem:
            yield Diagnostic(
                "example-differs",
                example.location,
                f"on the way to {target}, it {problem}",
                "correct the mapping, or the example",
            )


def _run_translation(translate: Callable[[Json], Any], event: Json) -> tuple[list[Json], str, str]:
    """What becomes of an event: its translations; or a code, and a path and message."""
    try:
        output = translate(event)
    except TranslationError as error:
        return [], error.code, f"{error.path}: {error.message}"
    except Exception as error:
        return [], type(error).__name__, str(error)
    events = [output] if isinstance(output, dict) else output
    return (events, "", "") if events else ([], "no-item", "$: nothing is left of it")


def _describe_difference(actual: Json, expected: Json, *, several: bool) -> str:
    if len(actual) != len(expected):
        return f"becomes {len(actual)} events where the example has {len(expected)}"
    for number, (actual_event, expected_event) in enumerate(zip(actual, expected, strict=True)):
        path, actual_value, expected_value = _first_difference(actual_event, expected_event, "$")
        if path:
            which = f"event {number + 1}, " if several else ""
            return f"has {actual_value} at {which}{path} where the example has {expected_value}"
    return ""


_MISSING = object()


def _first_difference(actual: Json, expected: Json, path: str) -> tuple[str, str, str]:
    """Where two values first differ, and how; empty texts if they do not."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        for name in {**expected, **actual}:
            difference = _first_difference(
                actual.get(name, _MISSING), expected.get(name, _MISSING), f"{path}.{name}"
            )
            if difference[0]:
                return difference
        return "", "", ""
    if isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        for number, (actual_item, expected_item) in enumerate(zip(actual, expected, strict=True)):
            difference = _first_difference(actual_item, expected_item, f"{path}[{number}]")
            if difference[0]:
                return difference
        return "", "", ""
    if type(actual) is type(expected) and actual == expected:
        return "", "", ""
    return path, _format_value(actual), _format_value(expected)


def _format_value(value: Json) -> str:
    if value is _MISSING:
        return "nothing"
    string = json.dumps(value, ensure_ascii=False)
    return string if len(string) < 60 else f"{string[:50]}…"


def choices_of_events(
    source_type: Object | Union, step: Step, events: Sequence[Json]
) -> list[Choice]:
    """The kinds of a source's events that `events` are of."""
    deciding = find_selectors(source_type, [step])
    value_tuples = {
        tuple(_value_at(event, selector.path) for selector in deciding) for event in events
    }
    positions = {selector.path: position for position, selector in enumerate(deciding)}
    return [
        choice
        for choice in enumerate_choices(source_type, deciding, [step])
        if any(_matches_choice(choice, values, positions) for values in value_tuples)
    ]


def _value_at(event: Json, path: Path) -> ScalarValue:
    for name in path:
        event = event.get(name) if isinstance(event, dict) else None
    return event if isinstance(event, str | int | float | bool) else None


def _matches_choice(
    choice: Choice, values: tuple[ScalarValue, ...], positions: dict[Path, int]
) -> bool:
    for path, expected in choice.items():
        value = values[positions[path]]
        if isinstance(expected, AnyOther):
            if value is None or value in expected.excluded:
                return False
        elif not json_equal(value, expected):
            return False
    return True
