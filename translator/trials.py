"""Running the examples of a mapping through the code that is made of it, in both directions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from translator.diagnostics import Diagnostic
from translator.emitter import emit
from translator.errors import MappingError, SpecError, TranslationError
from translator.examples import Example, Json
from translator.fillings import known
from translator.given import given
from translator.inverse import directed
from translator.loading import as_event, load, titled
from translator.losses import Reporter, strictly
from translator.nodes import Mapping, Plain
from translator.paths import Path
from translator.plan import compiled
from translator.selectors import OTHER, Choice, Step, choices, selectors
from translator.shapes import Object, Union, event_shape, same
from translator.spec import Spec
from translator.validation import Events


def trials(
    mapping: Mapping, specs: tuple[Spec, Spec], examples: Sequence[Example]
) -> Iterator[Diagnostic]:
    """What is wrong with examples, or with the mapping that does not do what they say."""
    try:
        judges = (Events(specs[0]), Events(specs[1]))
    except SpecError as error:
        yield from error.diagnostics
        return
    wrong = set()
    for found in _invalid(examples, judges):
        wrong.add(found.location)
        yield found
    sound = [one for one in examples if one.location not in wrong]
    try:
        for to_left in (False, True):
            direction = _Direction(mapping, to_left, specs, judges)
            yield from direction.findings([one for one in sound if one.holds(to_left=to_left)])
    except (MappingError, SpecError) as error:
        yield from error.diagnostics


def _invalid(examples: Sequence[Example], judges: tuple[Events, Events]) -> Iterator[Diagnostic]:
    for one in examples:
        if one.refused == "invalid-event":
            continue
        for events, judge in ((one.left, judges[0]), (one.right, judges[1])):
            for event in events or ():
                if found := judge.violations(event):
                    message = f"no valid event of {judge.format}: {found[0]}"
                    hint = "correct the event, or expect invalid-event of it with 'refused'"
                    yield Diagnostic("example-invalid", one.location, message, hint)


@dataclass(frozen=True, slots=True)
class _Direction:
    """The examples of a mapping that are translated to one of its sides."""

    mapping: Mapping
    to_left: bool
    specs: tuple[Spec, Spec]
    judges: tuple[Events, Events]

    @property
    def source(self) -> int:
        return 1 if self.to_left else 0

    def findings(self, examples: Sequence[Example]) -> Iterator[Diagnostic]:
        alike: dict[str, list[Example]] = {}
        for one in examples:
            alike.setdefault(json.dumps(one.arguments, sort_keys=True), []).append(one)
        for group in alike.values():
            try:
                run = self.translation(group)
            except TranslationError as error:
                at, hint = group[0].location, "correct what the example gives"
                yield Diagnostic("example-invalid", at, error.message, hint)
                continue
            for one in group:
                yield from self.finding(one, run)

    def translation(self, examples: Sequence[Example]) -> Callable[[Json], Any]:
        """The translation of events of those kinds that the examples are of."""
        step = Step(
            directed(self.mapping, to_left=self.to_left),
            event_shape(self.specs[1 - self.source], writing=True),
        )
        said = examples[0].arguments
        what = given(
            known([step]),
            said.get("params", {}),
            said.get("crosswalks", {}),
            said.get("allow", ()),
        )
        shape = event_shape(self.specs[self.source], writing=False)
        events = [self.events(one)[0] for one in examples]
        options = replace(what.options, report=bool(said.get("strict")))
        emitted = emit(shape, [step], options, kinds(shape, step, events))
        code = compiled(emitted.source, titled(self.mapping.file))
        run = load(code, self.judges[self.source], what.constants)
        if not options.report:
            return run
        return strictly(Reporter(run, emitted.entries, [step]), as_event)

    def events(self, example: Example) -> tuple[Json, ...]:
        return (example.right if self.to_left else example.left) or ()

    def finding(self, example: Example, run: Callable[[Json], Any]) -> Iterator[Diagnostic]:
        (event,) = self.events(example)
        wanted = example.left if self.to_left else example.right
        made, refused, why = _tried(run, event)
        to = self.specs[1 - self.source].name
        problem = ""
        if refused != example.refused:
            problem = f"is refused with {refused}: {why}" if refused else "is not refused"
            problem += f", and the example says {example.refused}" if example.refused else ""
        elif not refused and wanted is not None:
            problem = _difference(made, list(wanted), several=len(wanted) > 1)
        if problem:
            yield Diagnostic(
                "example-differs",
                example.location,
                f"on the way to {to}, it {problem}",
                "correct the mapping, or the example",
            )


def _tried(run: Callable[[Json], Any], event: Json) -> tuple[list[Json], str, str]:
    """What becomes of an event: its translations; or a code, and a path and message."""
    try:
        made = run(event)
    except TranslationError as error:
        return [], error.code, f"{error.path}: {error.message}"
    except Exception as error:
        return [], type(error).__name__, str(error)
    events = [made] if isinstance(made, dict) else made
    return (events, "", "") if events else ([], "no-item", "$: nothing is left of it")


def _difference(made: Json, wanted: Json, *, several: bool) -> str:
    if len(made) != len(wanted):
        return f"becomes {len(made)} events where the example has {len(wanted)}"
    for number, (one, other) in enumerate(zip(made, wanted, strict=True)):
        at, got, due = _first(one, other, "$")
        if at:
            which = f"event {number + 1}, " if several else ""
            return f"has {got} at {which}{at} where the example has {due}"
    return ""


_NONE = object()


def _first(one: Json, other: Json, at: str) -> tuple[str, str, str]:
    """Where two values first differ, and how; empty texts if they do not."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**other, **one}:
            found = _first(one.get(name, _NONE), other.get(name, _NONE), f"{at}.{name}")
            if found[0]:
                return found
        return "", "", ""
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            found = _first(a, b, f"{at}[{number}]")
            if found[0]:
                return found
        return "", "", ""
    if type(one) is type(other) and one == other:
        return "", "", ""
    return at, _shown(one), _shown(other)


def _shown(value: Json) -> str:
    if value is _NONE:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 60 else f"{text[:50]}…"


def kinds(source: Object | Union, step: Step, events: Sequence[Json]) -> list[Choice]:
    """The kinds of a source's events that `events` are of."""
    chosen = selectors(source, [step])
    told = {tuple(_told(event, one.path) for one in chosen) for event in events}
    places = {one.path: place for place, one in enumerate(chosen)}
    return [
        choice
        for choice in choices(source, chosen, [step])
        if any(_is(choice, values, places) for values in told)
    ]


def _told(event: Json, path: Path) -> Plain:
    for name in path:
        event = event.get(name) if isinstance(event, dict) else None
    return event if isinstance(event, str | int | float | bool) else None


def _is(choice: Choice, values: tuple[Plain, ...], places: dict[Path, int]) -> bool:
    for path, decided in choice.items():
        value = values[places[path]]
        if isinstance(decided, OTHER):
            if value is None or value in decided.than:
                return False
        elif not same(value, decided):
            return False
    return True
