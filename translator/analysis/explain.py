"""Explain the translation of one event, leaf by leaf: where values come from and what is lost.

The explanation is recorded by the emitted code itself while it translates the event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from translator.catalog.catalog import Catalog
from translator.compiler.lineage import RuleUse, WrittenField
from translator.engine.bindings import CrosswalkLike, Params
from translator.engine.linker import as_event
from translator.engine.losses import (
    LossReporter,
    Note,
    find_loss_location,
    find_origin,
    written_notes,
)
from translator.engine.translator import Event, Translator
from translator.errors import Location, TranslationError
from translator.language.direction import Step
from translator.paths import KEY, MAP_ENTRY, VALUE, Path, field_path, json_path_step, values_at
from translator.results import Loss

InputOutcome = Literal["kept", "implied", "normalised", "approximated", "carried", "lost"]

HELP = {
    "invalid-event": "correct the event: the path names the invalid field",
    "no-equivalent": "skip such events, or allow the opt-in if the message names one",
    "missing-param": "pass the param that the message names",
    "unmappable-id": "correct the id, or pass a crosswalk that has a row for it",
    "unmappable-value": "correct the value: the message says what the target accepts",
    "no-item": "name at least one item in the event",
    "would-lose": "accept the loss of the fields listed, or translate without strict",
}
"""What to do about each refusal code of an event."""


@dataclass(frozen=True, slots=True)
class OutputLeaf:
    """A leaf of a translation: the index of its event (from 0), its JSON path and its value.

    `sources` are the JSON paths of the values it comes from (none if a param or the mapping
    supplied it), and `uses` the rules that were applied to them. A source is a list or an object if
    the leaf comes from all of it, such as a string of joined parts.
    """

    event_index: int
    path: str
    value: Any
    sources: tuple[str, ...]
    uses: tuple[RuleUse, ...]


@dataclass(frozen=True, slots=True)
class InputLeaf:
    """A leaf of the event: its JSON path and value, its outcome, and the reason for it.

    A leaf that is `implied` is in no output: the mapping says that its value is the only one.
    `location` is the place in a mapping that says that the leaf is lost, if there is one.
    """

    path: str
    value: Any
    outcome: InputOutcome
    because: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class ExplainedRefusal:
    """Why there is no translation: the fields of a `TranslationError`, and what to do about it.

    `tried` is the value at `path` in the event, or None.
    """

    code: str
    path: str
    message: str
    rule: str
    tried: Any
    help: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one event; `route` has the formats of its translation, source first.

    `events` are the translations, none if the event is refused. If only strict refuses it,
    `written` and `read` describe the translation without strict.
    """

    route: tuple[str, ...]
    events: tuple[dict[str, Any], ...]
    written: tuple[OutputLeaf, ...]
    read: tuple[InputLeaf, ...]
    refusal: ExplainedRefusal | None = None


def explain(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, CrosswalkLike] | None = None,
    allow: Iterable[str] = (),
    strict: bool = False,
    accept: Iterable[str] = (),
    catalog: Catalog | None = None,
) -> Explanation:
    """Translate one event and explain the result.

    `event` is a dict or an instance of a generated model; the other arguments are those of
    `Translator`. A refusal of the event is part of the explanation, and is not raised.

    Raises `TranslationError` if a format, param, opt-in or crosswalk is unknown or unusable,
    `SpecError` or `MappingError` if a spec or mapping on the route is unusable.
    """
    translator = Translator(
        source,
        target,
        params=params,
        crosswalks=crosswalks,
        allow=allow,
        strict=strict,
        accept=accept,
        catalog=catalog,
    )
    return explain_event(translator, event)


def explain_event(
    translator: Translator, event: Event, params: Params | None = None
) -> Explanation:
    """Explain one event, as `explain` does, with a translator that exists already."""
    reporter = translator.loss_reporter(params)
    route = (translator.source, *(step.directed.target for step in reporter.steps))
    try:
        event_data = as_event(event)
        outputs, notes = reporter.translate(event_data)
        if not outputs:
            translator.translate_all(event_data, params)  # raises the refusal
    except TranslationError as error:
        event_data = event if isinstance(event, dict) else {}
        reason, leaves = "the event is refused", _iter_leaves(event_data)
        read = tuple(InputLeaf(paths[0], value, "lost", reason) for paths, value in leaves)
        return Explanation(route, (), (), read, _explain_refusal(error, event_data))
    written = tuple(_output_leaves(event_data, outputs, notes, reporter))
    losses = reporter.find_losses(event_data, notes)
    arrived = {path for leaf in written for path in leaf.sources}
    implied = {path for note in notes if note[0] is None for path in note[1]} - arrived
    read = tuple(_input_leaves(event_data, losses, implied, reporter.steps))
    try:
        if translator.strict:
            translator.translate_all(event_data, params)
    except TranslationError as error:
        uses = (use for leaf in written if error.path in leaf.sources for use in leaf.uses)
        rule = next((str(use.location) for use in uses if use.kind != "exact"), "")
        refusal = replace(_explain_refusal(error, event_data), rule=rule)
        return Explanation(route, (), written, read, refusal)
    return Explanation(route, tuple(outputs), written, read)


def _explain_refusal(error: TranslationError, event: Any) -> ExplainedRefusal:
    value = next((value for paths, value in _iter_nodes(event) if paths[0] == error.path), None)
    advice = HELP.get(error.code, "")
    return ExplainedRefusal(error.code, error.path, error.message, error.rule, value, advice)


def _input_leaves(
    event: Any, losses: Sequence[Loss], implied: Container[str], steps: Sequence[Step]
) -> Iterator[InputLeaf]:
    """Yield each leaf of the event with its worst outcome.

    An approximation of the whole event reads no leaf, so it changes none.
    """
    severity = ("lost", "approximated", "carried", "normalised")
    worst: dict[str, Loss] = {}
    of_leaves = (loss for loss in losses if (loss.kind, loss.path) != ("approximated", "$"))
    for loss in sorted(of_leaves, key=lambda loss: severity.index(loss.kind)):
        worst.setdefault(loss.path, loss)
    for paths, value in _iter_leaves(event):
        found = next((worst[path] for path in paths if path in worst), None)
        if found is None:
            if any(path in implied for path in paths):
                yield InputLeaf(paths[0], value, "implied", "the output implies this value")
            else:
                yield InputLeaf(paths[0], value, "kept")
            continue
        location = None
        if found.kind == "lost":
            location = find_loss_location(field_path(found.path), steps)
        yield InputLeaf(paths[0], value, found.kind, found.because, location)


EventNode = tuple[tuple[str, ...], Any]
"""A node of an event: its JSON path and those of its parents, and its value."""


def _iter_leaves(event: Any) -> Iterator[EventNode]:
    nodes = _iter_nodes(event)
    return (node for node in nodes if not isinstance(node[1], dict | list | tuple) or not node[1])


def _iter_nodes(value: Any, paths: tuple[str, ...] = ("$",)) -> Iterator[EventNode]:
    yield paths, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _iter_nodes(item, (paths[0] + json_path_step(str(key)), *paths))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _iter_nodes(item, (f"{paths[0]}[{index}]", *paths))


# --- outputs -------------------------------------------------------------------------------------

Place = tuple[int, str]
"""A place in the translations: the index of an event, and a JSON path in it."""

Written = tuple[WrittenField, tuple[str, ...]]
"""A field that was written, and the JSON paths of the values it was written from."""


def _output_leaves(
    event: Any, outputs: Sequence[dict[str, Any]], notes: Sequence[Note], reporter: LossReporter
) -> Iterator[OutputLeaf]:
    """Yield each leaf of the translations with its sources.

    The notes of one field are in the order of its instances in the translations.
    """
    notes_by_target: dict[Path, list[Written]] = defaultdict(list)
    for number, sources in written_notes(notes):
        field = reporter.written_fields[number]
        notes_by_target[field.target].append((field, sources))
    notes_by_place: dict[Place, Written] = {}
    for target, target_notes in notes_by_target.items():
        values = [
            ((index, path), value)
            for index, output in enumerate(outputs)
            for path, value in values_at(output, target)
            if KEY not in target
        ]
        # A null that stands for an element without a value has no note.
        is_sparse = len(values) > len(target_notes)
        places = [place for place, value in values if value is not None or not is_sparse]
        if _is_flattened(target_notes[0][0]):
            notes_by_place |= _flattened_notes(event, places, target_notes, reporter)
        else:
            notes_by_place |= dict(zip(places, target_notes, strict=False))
    event_paths = {paths[0] for paths, _ in _iter_nodes(event)}
    for index, output in enumerate(outputs):
        for paths, value in _iter_leaves(output):
            place = next((path for path in paths if (index, path) in notes_by_place), None)
            if place is None:
                uses = _constant_uses(index, paths[0], notes_by_place)
                yield OutputLeaf(index, paths[0], value, (), uses)
                continue
            field, sources = notes_by_place[index, place]
            origin = find_origin(field, sources)
            if sources == ("$",) and not origin.paths:
                sources = ()
            elif len(sources) == 1 and sources[0] + paths[0][len(place) :] in event_paths:
                sources = (sources[0] + paths[0][len(place) :],)
            uses = origin.uses or _constant_uses(index, place, notes_by_place)
            yield OutputLeaf(index, paths[0], value, sources, uses)


def _constant_uses(
    index: int, path: str, notes_by_place: Mapping[Place, Written]
) -> tuple[RuleUse, ...]:
    """Return the use of the rule that wrote the element of a list by which its constant is told."""
    end = max(path.rfind("."), path.rfind("["))
    for (event_index, place), (field, sources) in notes_by_place.items():
        if index == event_index and "[" in path[:end] and place.startswith(path[:end]):
            for use in find_origin(field, sources).uses[-1:]:
                return (RuleUse("constant", use.location),)
    return ()


def _is_flattened(field: WrittenField) -> bool:
    return field.target[-2:] == (MAP_ENTRY, VALUE) and any(
        use.operation == "carried" for origin in field.origins for use in origin.uses
    )


def _flattened_notes(
    event: Any, places: Iterable[Place], target_notes: Iterable[Written], reporter: LossReporter
) -> dict[Place, Written]:
    """Find the carried value that each flat key of the carry slot was made from."""
    slot = reporter.steps[-1].directed.mapping.carry_slot
    assert slot is not None
    event_paths = {paths[0] for paths, _ in _iter_nodes(event)}
    notes: dict[Place, Written] = {}
    for place in places:
        key = field_path(place[1])[-1]
        for field, (carried_path,) in target_notes:
            vendor, *names = field_path(carried_path)[len(slot.carried) :]
            prefix = f"{slot.prefix}{vendor}{slot.separator}"
            name = names[0] if names else key.removeprefix(prefix)
            source = carried_path if names else carried_path + json_path_step(name)
            if key == prefix + name and source in event_paths:
                notes[place] = (field, (source,))
    return notes
