"""Running the examples of a mapping through the code that is made of it, in both directions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from translator.diagnostics import Diagnostic
from translator.emitter import emit_module
from translator.errors import MappingError, SpecError, TranslationError
from translator.examples import Example, Json
from translator.fillings import known
from translator.given import given
from translator.inverse import direct
from translator.loading import as_event, load, unique_module_name
from translator.losses import LossReporter, make_strict
from translator.nodes import Mapping, ScalarValue
from translator.paths import Path
from translator.plan import compile_module
from translator.selectors import AnyOther, Choice, Step, enumerate_choices, find_selectors
from translator.shapes import Object, Union, event_type, json_equal
from translator.spec import Spec
from translator.validation import EventValidator


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
        bindings = given(
            known([step]),
            arguments.get("params", {}),
            arguments.get("crosswalks", {}),
            arguments.get("allow", ()),
        )
        source_type = event_type(self.specs[self.source_index], for_output=False)
        events = [self.source_events(example)[0] for example in examples]
        options = replace(bindings.options, report=bool(arguments.get("strict")))
        emitted = emit_module(
            source_type, [step], options, choices_of_events(source_type, step, events)
        )
        code = compile_module(emitted.source, unique_module_name(self.mapping.file))
        translate = load(code, self.validators[self.source_index], bindings.constants)
        if not options.report:
            return translate
        return make_strict(LossReporter(translate, emitted.written_fields, [step]), as_event)

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
