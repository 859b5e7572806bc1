"""Run the examples beside a mapping in both directions, and find what no example shows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from translator.analysis.knowledge import matches_choice, present_values
from translator.compiler.module import emit_module
from translator.compiler.specialize import enumerate_choices, find_selectors
from translator.engine.bindings import ParamChecker, bind
from translator.engine.linker import as_event, load, unique_module_name
from translator.engine.losses import LossReporter, translate_strictly
from translator.engine.plan import compile_module
from translator.engine.planner import binding_spec
from translator.errors import Diagnostic, Location, MappingError, SpecError, TranslationError
from translator.language import nodes
from translator.language.direction import Step, direct
from translator.language.examples import Example, Json
from translator.language.nodes import Case, Cell, FieldRule, Mapping, Record, TableRow, Variable
from translator.paths import Path, format_path
from translator.runtime.values import iter_leaves
from translator.schema.reader import event_type
from translator.schema.spec import Spec
from translator.schema.types import json_equal
from translator.validation.events import EventValidator

_ANY_VALUE = Variable("any value")


@dataclass(frozen=True, slots=True)
class _Requirement:
    """A pair of events that an example has to show in one direction.

    The events have the values of `left` and `right`, the left one nothing at the paths `absent`.
    """

    subject: str
    location: Location
    to_left: bool
    left: Record
    right: Record
    absent: Sequence[Path] = ()

    def is_met(self, example: Example) -> bool:
        return example.applies(to_left=self.to_left) and any(
            _has_values(left, self.left)
            and _has_values(right, self.right)
            and not any(present_values(left, path) for path in self.absent)
            for left in example.left or ()
            for right in example.right or ()
        )


def check_example_coverage(mapping: Mapping, examples: Sequence[Example]) -> Iterator[Diagnostic]:
    """Yield a finding for each rule, row and value, in each direction, that no example shows."""
    translated = [example for example in examples if not example.refusal_code]
    for requirement in _find_requirements(mapping):
        if not any(map(requirement.is_met, translated)):
            target = mapping.left if requirement.to_left else mapping.right
            message = f"no example shows {requirement.subject} in a translation to {target}"
            yield _missing_example(message, requirement.location)
    top = Location(mapping.file, 1, 1)
    for key, label, locations in (
        ("params", "param", {param.name: param.location for param in mapping.params}),
        ("allow", "opt-in", dict.fromkeys(mapping.opt_ins, top)),
        ("crosswalks", "crosswalk", dict.fromkeys(mapping.crosswalks, top)),
    ):
        names = {name for example in translated for name in example.arguments.get(key, ())}
        for name, location in locations.items():
            if name not in names:
                yield _missing_example(f"no example gives the {label} {name!r}", location)


def _missing_example(message: str, location: Location) -> Diagnostic:
    return Diagnostic("example-missing", location, message, "add one beside the mapping")


def _find_requirements(mapping: Mapping) -> Iterator[_Requirement]:
    for case in mapping.cases:
        if case.name:
            right = case.when.right
            if case.scope is not None:
                right += ((case.scope.path[:-1], _ANY_VALUE),)
            for to_left in _directions(case.only_to):
                subject = f"the case {case.name!r}"
                yield _Requirement(subject, case.location, to_left, case.when.left, right)
        for rule in case.rules:
            yield from _rule_requirements(rule, case)
    for rule in mapping.shared_rules:
        yield from _rule_requirements(rule, None)
    for table in mapping.tables:
        for row in table.rows:
            for to_left in (False, True):
                yield from _row_requirements(row, ((), ()), f"row of {table.name!r}", to_left)


def _rule_requirements(rule: FieldRule, case: Case | None) -> Iterator[_Requirement]:
    """Require a rule in the directions of itself and its case."""
    for to_left in _directions(rule.only_to):
        if case and to_left not in _directions(case.only_to):
            continue
        # To the right, the event selects the case; to the left, any event may be of it.
        when: Record = case.when.left if case and not to_left else ()
        yield from _path_requirements(rule, to_left, when)
        if isinstance(rule.codec, nodes.ValueMap):
            paths = (rule.left[0], rule.right[0])
            subject = f"value of {format_path(rule.left[0])}"
            for row in rule.codec.table.rows:
                yield from _row_requirements(row, paths, subject, to_left, when)


def _path_requirements(rule: FieldRule, to_left: bool, when: Record) -> Iterator[_Requirement]:
    left_paths = rule.left[1:] if isinstance(rule.codec, nodes.Template) else rule.left
    path_pairs = [(left, right, rule.location) for left in left_paths for right in rule.right]
    path_pairs += [
        (end.left, end.right, end.location)
        for end in rule.ends()
        if end.fallback is not None and end.fallback.to_left == to_left
    ]
    for left, right, location in path_pairs:
        subject = f"{format_path(left)} as {format_path(right)}"
        left_record = (*when, (left, _ANY_VALUE))
        yield _Requirement(subject, location, to_left, left_record, ((right, _ANY_VALUE),))
    default = rule.default(to_left=to_left)
    if not isinstance(default, nodes.Unset) and not to_left:
        subject = f"{format_path(rule.right[0])} with the default"
        record: Record = ((rule.right[0], (default,)),)
        yield _Requirement(subject, rule.location, to_left, (), record, rule.left)


def _row_requirements(
    row: TableRow, paths: tuple[Path, Path], subject: str, to_left: bool, when: Record = ()
) -> Iterator[_Requirement]:
    """Require each value of a row's cells; `paths` are the fields of a value map."""
    left, right = (
        tuple((path or map_path, cell) for path, cell in record)
        for record, map_path in zip((row.left, row.right), paths, strict=True)
    )
    is_of_direction = row.kind == "exact" or row.to_left == to_left
    if not is_of_direction or not all(_is_possible(*item, when) for item in left):
        return
    for on_left, record in ((True, left), (False, right)):
        if row.kind != "exact" and on_left == to_left:
            continue
        for path, cell in record:
            values = nodes.cell_values(cell)
            for value in (cell,) if values is None else [(item,) for item in values]:
                label = repr(value[0]) if isinstance(value, tuple) else format_path(path)
                name = f"{label} in a {subject}"
                extra: Record = ((path, value),)
                left_record = (*when, *left, *(extra if on_left else ()))
                right_record = (*right, *(() if on_left else extra))
                yield _Requirement(name, row.location, to_left, left_record, right_record)


def _directions(only_to: str | None) -> tuple[bool, ...]:
    return (False, True) if only_to is None else (only_to == "left",)


def _is_possible(field_path: Path, cell: Cell, when: Record) -> bool:
    """Whether a field can have one of a cell's values in events of a case."""
    cases = [case_cell for path, case_cell in when if path == field_path]
    values = nodes.cell_values(cell)
    return values is None or all(
        any(_matches(value, case_cell) for value in values) for case_cell in cases
    )


def _has_values(event: Json, record: Record) -> bool:
    return all(_has_value(event, path, cell) for path, cell in record)


def _has_value(event: Json, path: Path, cell: Cell) -> bool:
    """Whether an event has a value that a cell names; for an absent field, none."""
    values = [*present_values(event, path)]
    if not values:
        return cell is nodes.ABSENT or None in (nodes.cell_values(cell) or ())
    return any(_matches(value, cell) for value in values)


def _matches(value: Any, cell: Cell) -> bool:
    values = nodes.cell_values(cell)
    return values is None or any(json_equal(value, expected) for expected in values)


# --- running the examples -------------------------------------------------------------------------


def run_examples(
    mapping: Mapping, specs: tuple[Spec, Spec], examples: Sequence[Example]
) -> Iterator[Diagnostic]:
    """Yield a finding for each example that is invalid, or that translates to something else."""
    try:
        validators = (EventValidator(specs[0]), EventValidator(specs[1]))
        invalid = list(_check_events(examples, validators))
        yield from invalid
        invalid_locations = {finding.location for finding in invalid}
        valid = [example for example in examples if example.location not in invalid_locations]
        for to_left in (False, True):
            runner = _DirectionRunner(mapping, to_left, specs, validators)
            applicable = [example for example in valid if example.applies(to_left=to_left)]
            yield from runner.check_examples(applicable)
    except (MappingError, SpecError) as error:
        yield from error.diagnostics


def _check_events(
    examples: Sequence[Example], validators: tuple[EventValidator, EventValidator]
) -> Iterator[Diagnostic]:
    hint = "correct the event, or add 'refused: invalid-event'"
    for example in examples:
        if example.refusal_code == "invalid-event":
            continue
        for events, validator in zip((example.left, example.right), validators, strict=True):
            for event in events or ():
                if violations := validator.violations(event):
                    message = f"invalid event of {validator.format}: {violations[0]}"
                    yield Diagnostic("example-invalid", example.location, message, hint)


@dataclass(frozen=True, slots=True)
class _DirectionRunner:
    """Runs the examples of a mapping in one direction."""

    mapping: Mapping
    to_left: bool
    specs: tuple[Spec, Spec]
    validators: tuple[EventValidator, EventValidator]

    def check_examples(self, examples: Sequence[Example]) -> Iterator[Diagnostic]:
        groups: dict[str, list[Example]] = defaultdict(list)
        for example in examples:
            groups[json.dumps(example.arguments, sort_keys=True)].append(example)
        for group in groups.values():
            try:
                translate = self.compile_translation(group)
            except TranslationError as error:
                hint = "correct the arguments of the example"
                yield Diagnostic("example-invalid", group[0].location, error.message, hint)
                continue
            for example in group:
                if problem := self.find_problem(example, translate):
                    target = self.mapping.left if self.to_left else self.mapping.right
                    message = f"translated to {target}, it {problem}"
                    hint = "correct the mapping, or the example"
                    yield Diagnostic("example-differs", example.location, message, hint)

    def compile_translation(self, examples: Sequence[Example]) -> Callable[[Json], Any]:
        """Compile the translation of the kinds of events in examples with the same arguments."""
        source, target = (1, 0) if self.to_left else (0, 1)
        directed = direct(self.mapping, to_left=self.to_left)
        step = Step(directed, event_type(self.specs[target], for_output=True))
        arguments = examples[0].arguments
        spec = binding_spec([step])
        params = ParamChecker(spec).check(arguments.get("params", {}))
        bindings = bind(spec, arguments.get("crosswalks", {}), arguments.get("allow", ()))
        is_strict = bool(arguments.get("strict"))
        options = bindings.options._replace(params=frozenset(params), report=is_strict)
        source_type = event_type(self.specs[source], for_output=False)
        events = [self.source_event(example) for example in examples]
        selectors = find_selectors(source_type, [step])
        choices = [
            choice
            for choice in enumerate_choices(source_type, selectors, [step])
            if any(matches_choice(event, choice) for event in events)
        ]
        emitted = emit_module(source_type, [step], options, choices)
        code = compile_module(emitted.source, unique_module_name(self.mapping.file))
        constants = {**bindings.constants, "PARAMS": params}
        translate = load(code, self.validators[source].prefiltered, constants)
        if not is_strict:
            return translate
        reporter = LossReporter(translate, emitted.written_fields, [step])
        return lambda event: translate_strictly(reporter, as_event(event))

    def source_event(self, example: Example) -> Json:
        (event,) = (example.right if self.to_left else example.left) or ()
        return event

    def find_problem(self, example: Example, translate: Callable[[Json], Any]) -> str:
        """Describe how the translation of an example differs from what it expects, if it does."""
        expected = example.left if self.to_left else example.right
        outputs, code, reason = _run_translation(translate, self.source_event(example))
        if code == example.refusal_code:
            is_compared = not code and expected is not None
            return _describe_difference(outputs, list(expected or ())) if is_compared else ""
        problem = f"is refused with {code}: {reason}" if code else "is not refused"
        if example.refusal_code:
            problem += f", but the example expects {example.refusal_code}"
        return problem


def _run_translation(translate: Callable[[Json], Any], event: Json) -> tuple[list[Json], str, str]:
    """Return the translations of an event; or none, a refusal code, and a path and message."""
    try:
        output = translate(event)
    except TranslationError as error:
        return [], error.code, f"{error.path}: {error.message}"
    except Exception as error:
        return [], type(error).__name__, str(error)
    events = [output] if isinstance(output, dict) else output
    return (events, "", "") if events else ([], "no-item", "$: it has no translation")


def _describe_difference(actual: list[Json], expected: list[Json]) -> str:
    """Describe the first leaf that differs, or return nothing."""
    if len(actual) != len(expected):
        return f"becomes {len(actual)} events, but the example has {len(expected)}"
    for number, events in enumerate(zip(actual, expected, strict=True), 1):
        actual_leaves, expected_leaves = (
            {path: json.dumps(value, ensure_ascii=False) for path, value in iter_leaves(event)}
            for event in events
        )
        for path in expected_leaves | actual_leaves:
            has, wants = actual_leaves.get(path, "nothing"), expected_leaves.get(path, "nothing")
            if has != wants:
                place = f"event {number}, {path}" if len(expected) > 1 else path
                return f"has {_shorten(has)} at {place}, but the example has {_shorten(wants)}"
    return ""


def _shorten(value: str) -> str:
    return value if len(value) < 60 else f"{value[:50]}…"
