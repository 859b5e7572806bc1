"""One event explained: where each member of its translations comes from, what became of its own.

Everything said here is noted by the code that translates, while it translates this event.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from translator.catalog.catalog import Catalog
from translator.compiler.lineage import RuleUse, WrittenField
from translator.engine.bindings import Params, Rows
from translator.engine.linker import as_event
from translator.engine.losses import LossNotes, LossReporter, field_path, find_origin
from translator.engine.translator import Event, Translator
from translator.errors import TranslationError
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.results import Loss
from translator.runtime.values import iter_leaves, path_step

InputOutcome = Literal["kept", "normalised", "approximated", "carried", "lost"]

HELP = {
    "invalid-event": "correct the event: the path names the member at fault",
    "no-equivalent": "leave such events out, or allow the opt-in if the message names one",
    "missing-param": "give the param that the message names",
    "unmappable-id": "correct the id, or give a crosswalk that names its equal",
    "unmappable-value": "correct the value: the message says what the target takes",
    "no-item": "the event has to name an item",
    "would-lose": "accept the loss of the members named, or translate without strict",
}
"""What would help against each refusal of an event."""


@dataclass(frozen=True, slots=True)
class OutputLeaf:
    """A member of a translation: the number of the event (from 0), its JSON path and value.

    `sources` are the JSON paths it comes from, none for what a param or the mapping supplied, and
    `uses` the rules that it went through.
    """

    event_index: int
    path: str
    value: Any
    sources: tuple[str, ...]
    uses: tuple[RuleUse, ...]


@dataclass(frozen=True, slots=True)
class InputLeaf:
    """A leaf of the event: its JSON path and value, what became of it, and why."""

    path: str
    value: Any
    outcome: InputOutcome
    because: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedRefusal:
    """Why there is no translation: as `TranslationError` says it, and what would help.

    `tried` is what stands at `path` in the event, where anything does.
    """

    code: str
    path: str
    message: str
    rule: str
    value: Any
    help: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of one event on the `way` from source to target, member by member.

    `events` are the translations: none where it is `refused`. Where strict refuses it, `written`
    and `read` say what there would be otherwise.
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
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Sequence[str] = (),
    strict: bool = False,
    accept: Sequence[str] = (),
    catalog: Catalog | None = None,
) -> Explanation:
    """Translate one event and say what became of each member. See `Translator` for the arguments.

    A refusal of the event is explained and not raised; a mistake in the arguments is raised.
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
    """Explain what a translator makes of one event; a refusal is explained, not raised."""
    reporter = translator.loss_reporter(params)
    route = (translator.source, *(route_step.directed.target for route_step in reporter.steps))
    try:
        event_data = as_event(event)
        outputs, notes = reporter.translate(event_data)
        if not outputs:
            translator.translate_all(event_data, params)
    except TranslationError as error:
        event_data = event if isinstance(event, dict) else {}
        return Explanation(
            route, (), (), tuple(_refused_leaves(event_data)), _explain_refusal(error, event_data)
        )
    output_leaves = tuple(_output_leaves(event_data, outputs, notes, reporter))
    input_leaves = tuple(_input_leaves(event_data, reporter.find_losses(event_data, notes)))
    try:
        if translator.strict:
            translator.translate_all(event_data, params)
    except TranslationError as error:
        refusal = replace(
            _explain_refusal(error, event_data), rule=_first_inexact_rule(error.path, output_leaves)
        )
        return Explanation(route, (), output_leaves, input_leaves, refusal)
    return Explanation(route, tuple(outputs), output_leaves, input_leaves)


def _first_inexact_rule(path: str, output_leaves: Sequence[OutputLeaf]) -> str:
    """The rule that does not keep what stands at a path as it is; none where nothing reads it."""
    uses = [use for leaf in output_leaves if path in leaf.sources for use in leaf.uses]
    return next((str(use.location) for use in uses if use.kind != "exact"), "")


def _explain_refusal(error: TranslationError, event: Any) -> ExplainedRefusal:
    value = _value_at(event, error.path)
    help_ = HELP.get(error.code, "")
    return ExplainedRefusal(error.code, error.path, error.message, error.rule, value, help_)


def _value_at(value: Any, target_path: str, path: str = "$") -> Any:
    """What stands at a JSON path in an event, None where nothing does."""
    if path == target_path:
        return value
    if isinstance(value, dict):
        children = ((item, path + path_step(str(key))) for key, item in value.items())
    elif isinstance(value, list):
        children = ((item, f"{path}[{index}]") for index, item in enumerate(value))
    else:
        return None
    return next(
        (
            _value_at(item, target_path, child_path)
            for item, child_path in children
            if _is_at_or_above(child_path, target_path)
        ),
        None,
    )


def _is_at_or_above(path: str, target_path: str) -> bool:
    return target_path == path or target_path.startswith((f"{path}.", f"{path}["))


def _refused_leaves(event: Any) -> Iterator[InputLeaf]:
    for path, value in iter_leaves(event):
        yield InputLeaf(path, value, "lost", "the event is refused")


def _input_leaves(event: Any, losses: Sequence[Loss]) -> Iterator[InputLeaf]:
    """Each leaf with what became of it; where several things did, the worst."""
    severity: dict[str, int] = {"lost": 0, "approximated": 1, "carried": 2, "normalised": 3}
    losses_by_path: dict[str, Loss] = {}
    for event_loss in sorted(losses, key=lambda loss: severity[loss.kind]):
        losses_by_path.setdefault(event_loss.path, event_loss)
    for path, value in iter_leaves(event):
        candidates = (
            losses_by_path[loss_path]
            for loss_path in (path, *_parent_paths(path))
            if loss_path in losses_by_path
        )
        loss = next(candidates, None)
        if loss is not None:
            yield InputLeaf(path, value, loss.kind, loss.because)
        else:
            yield InputLeaf(path, value, "kept")


def _parent_paths(path: str) -> Iterator[str]:
    """The JSON paths above one, from the nearest."""
    parts = re.findall(r"\$|\.[^.\[]+|\[\d+\]|\['(?:[^'\\]|\\.)*'\]|\[\"(?:[^\"\\]|\\.)*\"\]", path)
    for length in range(len(parts) - 1, 0, -1):
        yield "".join(parts[:length])


# --- what is written -----------------------------------------------------------------------------


def _output_leaves(
    event: Any, outputs: Sequence[dict[str, Any]], notes: LossNotes, reporter: LossReporter
) -> Iterator[OutputLeaf]:
    """Each leaf of the translations with where it comes from.

    The notes of one member come in the order in which its places stand in the translations.
    """
    notes_by_target: dict[Path, list[tuple[WrittenField, tuple[str, ...]]]] = defaultdict(list)
    for index, paths in notes.written:
        field = reporter.written_fields[index]
        notes_by_target[field.target].append((field, paths))
    sources_by_place: list[dict[str, tuple[WrittenField, tuple[str, ...]]]] = [{} for _ in outputs]
    for target, target_notes in notes_by_target.items():
        places = [
            (index, place)
            for index, output in enumerate(outputs)
            for place in _matching_paths(output, target, "$")
        ]
        if _is_flattened(target_notes[0][0]):
            carries = reporter.steps[-1].directed.carry_slot
            input_paths = [path for path, _ in iter_leaves(event)]
            assert carries is not None
            for index, place in places:
                for field, (carried_path,) in target_notes:
                    prefix = f"{carries.prefix}{field_path(carried_path)[-1]}{carries.separator}"
                    key = field_path(place)[-1]
                    source = carried_path + path_step(key.removeprefix(prefix))
                    if key.startswith(prefix) and any(
                        source in (input_path, *_parent_paths(input_path))
                        for input_path in input_paths
                    ):
                        sources_by_place[index][place] = (field, (source,))
        else:
            for (index, place), target_note in zip(places, target_notes, strict=False):
                sources_by_place[index][place] = target_note
    for index, output in enumerate(outputs):
        for path, value in iter_leaves(output):
            for parent_path in (path, *_parent_paths(path)):
                if parent_path in sources_by_place[index]:
                    yield _output_leaf(
                        index, path, value, parent_path, *sources_by_place[index][parent_path]
                    )
                    break
            else:
                yield OutputLeaf(index, path, value, (), ())


def _is_flattened(field: WrittenField) -> bool:
    return field.target[-2:] == (MAP_ENTRY, VALUE) and any(
        use.operation == "carried" for origin in field.origins for use in origin.uses
    )


def _output_leaf(
    index: int, path: str, value: Any, place: str, field: WrittenField, paths: tuple[str, ...]
) -> OutputLeaf:
    origin = find_origin(field, paths)
    suffix = path[len(place) :]
    sources = tuple(source_path + suffix for source_path in paths) if len(paths) == 1 else paths
    return OutputLeaf(index, path, value, sources, origin.uses)


def _matching_paths(value: Any, path: Path, json_path: str) -> Iterator[str]:
    """The JSON paths of a translation that are instances of `path`, in order."""
    if not path:
        yield json_path
        return
    segment, rest = path[0], path[1:]
    if segment == LIST_ITEM:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _matching_paths(item, rest, f"{json_path}[{index}]")
    elif segment == MAP_ENTRY:
        if isinstance(value, dict) and rest[:1] != (KEY,):
            for key, item in value.items():
                yield from _matching_paths(item, rest[1:], json_path + path_step(key))
    elif isinstance(value, dict) and segment in value:
        yield from _matching_paths(value[segment], rest, json_path + path_step(segment))
