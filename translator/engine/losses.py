"""What a translation lost: every leaf of the event, less those that were kept.

The losses that a caller of strict accepts: members of the source, by their paths.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from translator.compiler.lineage import Origin, WrittenField
from translator.engine.bindings import argument
from translator.errors import TranslationError, suggest, truncate
from translator.language.direction import DirectedMapping, Step
from translator.paths import LIST_ITEM, MAP_ENTRY, Path, parse_path
from translator.results import Loss, LossKind, TranslationWithLosses
from translator.runtime.values import iter_leaves
from translator.schema.types import Object, SchemaType, Union, type_at

MAX_LISTED = 100
"""So many losses does the refusal of one event name at most."""

UNREAD, UNPLACED = "no rule reads it", "the target has no place for it"

"""Why a leaf is lost of which no mapping says so."""


class LossNotes:
    """Collects what the reporting code of one translation says."""

    def __init__(self) -> None:
        self.written: list[tuple[int, tuple[str, ...]]] = []
        self.losses: dict[Loss, None] = {}

    def note_loss(self, kind: LossKind, paths: Sequence[str], because: str) -> None:
        """What `paths` say came out in another way."""
        for path in paths:
            self.losses[Loss(kind, path, because)] = None

    def note_written(self, paths: tuple[str, ...], number: int) -> None:
        """What stands at `paths` is in an output, as the entry of that number says."""
        self.written.append((number, paths))


@dataclass(frozen=True, slots=True)
class LossReporter:
    """The reporting code of a translator: `run` takes an event and what notes it.

    `entries` are what the numbers it gives stand for, `steps` the mappings on the way.
    """

    run: Callable[..., Any]
    written_fields: tuple[WrittenField, ...]
    steps: Sequence[Step]

    def translate(self, event: Any) -> tuple[list[dict[str, Any]], LossNotes]:
        """The translations of an event, and what was noted. Raises `TranslationError`."""
        notes = LossNotes()
        output = self.run(event, notes.note_loss, notes.note_written)
        return [output] if isinstance(output, dict) else output, notes

    def translate_with_losses(self, event: Any) -> TranslationWithLosses:
        """The translations of an event, and its losses. Raises `TranslationError`."""
        outputs, notes = self.translate(event)
        return TranslationWithLosses(outputs, self.find_losses(event, notes))

    def find_losses(self, event: Any, notes: LossNotes) -> list[Loss]:
        """The losses of an event, from what was noted."""
        losses = list(notes.losses)
        noted_paths = {loss.path for loss in losses}
        written_paths: set[str] = set()
        carried_paths: set[str] = set()
        for number, paths in notes.written:
            uses = find_origin(self.written_fields[number], paths).uses
            (
                carried_paths if any(use.operation == "carried" for use in uses) else written_paths
            ).update(paths)
        for path, value in iter_leaves(event):
            ancestors = _path_ancestors(path)
            if not written_paths.isdisjoint(ancestors):
                continue
            if not carried_paths.isdisjoint(ancestors) and value == {}:
                losses.append(Loss("normalised", path, "an empty object carries nothing"))
            elif not carried_paths.isdisjoint(ancestors):
                losses.append(Loss("carried", path, "it goes with the event for whom it concerns"))
            elif value is None:
                losses.append(Loss("normalised", path, "null says no more than leaving it out"))
            elif path not in noted_paths:
                losses.append(Loss("lost", path, loss_reason_at(path, self.steps)))
        return losses


def make_strict(
    reporter: LossReporter, as_event: Callable[[Any], Any], accept: Collection[Path] = ()
) -> Callable[[Any], Any]:
    """A translation that refuses events of which anything is lost or approximated.

    The loss of what stands at or below a path of `accept` is fine.
    """

    def translate(event: Any) -> Any:
        outputs, losses = reporter.translate_with_losses(as_event(event))
        refuse_losses(losses, accept)
        return outputs[0] if len(outputs) == 1 else outputs

    return translate


def refuse_losses(losses: Sequence[Loss], accept: Collection[Path]) -> None:
    """Raise `TranslationError` where anything is lost or approximated that is not accepted."""
    unaccepted = [
        loss
        for loss in losses
        if loss.kind in ("lost", "approximated") and not is_accepted(loss, accept)
    ]
    if unaccepted:
        raise TranslationError(
            "would-lose", unaccepted[0].path, f"strict: {_format_losses(unaccepted)}"
        )


def _format_losses(losses: Sequence[Loss]) -> str:
    """So many losses as a person reads."""
    listing = "; ".join(truncate(str(loss)) for loss in losses[:MAX_LISTED])
    more = len(losses) - MAX_LISTED
    return f"{listing}; and {more} more" if more > 0 else listing


def find_origin(written_field: WrittenField, paths: Sequence[str]) -> Origin:
    """The one of an entry's origins from which a value came that stood at the JSON `paths`."""
    read_paths = {field_path(path) for path in paths}
    for origin in written_field.origins:
        if set(origin.paths) == read_paths:
            return origin
    for origin in written_field.origins:
        fixed_prefixes = [
            one[: one.index(MAP_ENTRY)] if MAP_ENTRY in one else one for one in origin.paths
        ]
        if any(path[: len(one)] == one for path in read_paths for one in fixed_prefixes):
            return origin
    return written_field.origins[0] if written_field.origins else Origin()


def is_accepted(loss: Loss, accept: Collection[Path]) -> bool:
    """Whether a loss is at or below one of the paths that are fine to lose."""
    lost_path = field_path(loss.path)
    return any(lost_path[: len(path)] == path for path in accept)


_PATH_STEP = re.compile(r"\.[^.\[]+|\[\d+\]|\['(?:[^'\\]++|\\.)*+'\]|\[\"(?:[^\"\\]++|\\.)*+\"\]")


def _path_ancestors(path: str) -> list[str]:
    """A JSON path and all those above it."""
    ancestors = ["$"]
    for match in _PATH_STEP.finditer(path, 1):
        ancestors.append(path[: match.end()])
    return ancestors[1:]


def loss_reason_at(path: str, steps: Sequence[Step]) -> str:
    """The reason that the mappings on the way give for losing what stands at a JSON path."""
    return loss_reason(field_path(path), steps)


def loss_reason(path: Path, steps: Sequence[Step]) -> str:
    """The same for a member of the source, by its path as mappings write it."""
    return find_loss(path, steps)[1]


def find_loss(path: Path, steps: Sequence[Step]) -> tuple[int, str]:
    """The step on the way, from 0, that loses what stands at a path, and the reason it gives."""
    current_paths = [path]
    for number, step in enumerate(steps):
        for current_path in current_paths:
            because = step.directed.loss_reason(current_path)
            if because:
                return number, because
        next_paths = dict.fromkeys(
            next_path
            for current_path in current_paths
            for next_path in _target_paths(step.directed, current_path)
        )
        if not next_paths:
            return number, UNREAD
        current_paths = list(next_paths)
    return len(steps) - 1, UNPLACED


def field_path(json_path: str) -> Path:
    """The path, as mappings write it, of which a JSON path is an instance."""
    return (
        _cached_field_path(json_path)
        if len(json_path) <= _MAX_CACHED_LENGTH
        else _parse_json_path(json_path)
    )


def _parse_json_path(json_path: str) -> Path:
    segments: list[str] = []
    for match in _PATH_STEP.finditer(json_path, 1):
        path_step = match[0]
        if path_step[0] == ".":
            segments += (
                parse_path(path_step[1:]) if path_step[1:].isidentifier() else (path_step[1:],)
            )
        elif path_step[1].isdigit():
            segments.append(LIST_ITEM)
        else:
            segments.append(ast.literal_eval(path_step[1:-1]))
    return tuple(segments)


_MAX_CACHED_LENGTH = 200

_cached_field_path = lru_cache(maxsize=4096)(_parse_json_path)
"""Events have the same members again and again; longer paths would fill memory."""


def _target_paths(mapping: DirectedMapping, path: Path) -> Iterator[Path]:
    """The members of a hop's target that a member goes to, in the order of the rules."""
    for case in mapping.cases:
        for assignment in case.assignments:
            for source in assignment.sources:
                for source_path in source.paths:
                    if path[: len(source_path)] == source_path:
                        yield from (
                            (*target, *path[len(source_path) :]) for target in assignment.targets
                        )


def accepted_paths(
    accept: Iterable[str], shape: Object | Union, *, strict: bool
) -> tuple[Path, ...]:
    """The members of events of `shape` whose loss a caller accepts, which only strict asks for."""
    texts = (accept,) if isinstance(accept, str) else accept
    argument("accept", texts, Iterable)
    found: list[Path] = []
    for text in texts:
        argument("accept", text, str)
        try:
            path = parse_path(text.removeprefix("$."))
        except ValueError as error:
            raise TranslationError("unknown-path", "$", f"accept: {error}") from None
        if not strict:
            message = f"accept {text!r} says nothing without strict, which alone refuses losses"
            raise TranslationError("invalid-param", "$", message)
        if (names := _unknown_at(shape, path)) is not None:
            near = suggest(path[-1], names) if names else ""
            message = f"accept: the source has no member {text!r}" + (f"; {near}" if near else "")
            raise TranslationError("unknown-path", "$", message)
        found.append(path)
    return tuple(found)


def _unknown_at(shape: Object | Union, path: Path) -> set[str] | None:
    """The names there are where `path` names another one, or None where it may exist."""
    variants: list[SchemaType] = (
        list(shape.variants.values()) if isinstance(shape, Union) else [shape]
    )
    known: set[str] = set()
    for variant in variants:
        at: SchemaType | None = variant
        for segment in path:
            below = type_at(at, (segment,)) if at is not None else None
            if below is None and isinstance(at, Object) and at.closed:
                known |= set(at.fields)
                break
            at = below
        else:
            return None
    return known
