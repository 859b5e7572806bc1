"""Losses of a translation: every leaf of the event that is not in the output unchanged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator.compiler.lineage import Origin, WrittenField
from translator.errors import Location, TranslationError, suggest, truncate
from translator.language.direction import Assignment, DirectedMapping, Step
from translator.language.nodes import ValueMap
from translator.paths import (
    MAP_ENTRY,
    Path,
    field_path,
    json_path_ancestors,
    parse_path,
    starts_with,
)
from translator.results import Loss, LossKind, TranslationWithLosses
from translator.runtime.values import CopyPlan, is_kept, iter_leaves
from translator.schema.types import Object, SchemaType, Union, type_at

MAX_LISTED = 100
"""Maximum number of losses that the refusal of one event lists."""

UNREAD, UNPLACED = "no rule reads it", "the target has no place for it"
UNLISTED = "its rule lists no equivalent of the value"
"""Reasons for losses that no mapping declares."""


class LossNotes:
    """What the emitted code notes during one translation."""

    def __init__(self) -> None:
        self.written: list[tuple[int, tuple[str, ...]]] = []
        self.accounted: set[str] = set()
        self.losses: dict[Loss, None] = {}

    def note_loss(self, kind: LossKind, paths: Sequence[str], because: str) -> None:
        """Note that the values at these JSON paths were changed."""
        self.losses |= dict.fromkeys(Loss(kind, path, because) for path in paths)

    def note_written(self, paths: tuple[str, ...], number: int | None) -> None:
        """Note that the values at these JSON paths were written to the field of that number.

        Without a number, no field has them, but the output implies them.
        """
        if number is None:
            self.accounted.update(paths)
        else:
            self.written.append((number, paths))


@dataclass(frozen=True, slots=True)
class LossReporter:
    """Emitted code that reports losses.

    `run` takes an event, two functions that it notes losses with, and checked params if `bound`
    holds any. `written_fields` are what its numbers refer to, `steps` the mappings of the route.
    """

    run: Callable[..., Any]
    written_fields: tuple[WrittenField, ...]
    steps: Sequence[Step]
    bound: tuple[Mapping[str, Any]] | tuple[()] = ()

    def translate(self, event: Any) -> tuple[list[dict[str, Any]], LossNotes]:
        """Translate an event; return the outputs and notes. Raises `TranslationError`."""
        notes = LossNotes()
        output = self.run(event, notes.note_loss, notes.note_written, *self.bound)
        return [output] if isinstance(output, dict) else output, notes

    def translate_with_losses(self, event: Any) -> TranslationWithLosses:
        """Translate an event; return the outputs and losses. Raises `TranslationError`."""
        outputs, notes = self.translate(event)
        return TranslationWithLosses(outputs, self.find_losses(event, notes))

    def find_losses(self, event: Any, notes: LossNotes) -> list[Loss]:
        """Derive the losses of an event from the notes of its translation."""
        losses = list(notes.losses)
        noted_paths = {loss.path for loss in losses}
        written_paths: set[str] = set()
        carried_paths: set[str] = set()
        copies_by_path: dict[str, list[tuple[CopyPlan, ...]]] = {}
        for number, paths in notes.written:
            origin = find_origin(self.written_fields[number], paths)
            if any(use.operation == "carried" for use in origin.uses):
                carried_paths.update(paths)
            elif origin.copies:
                for path in paths:
                    copies_by_path.setdefault(path, []).append(origin.copies)
            else:
                written_paths.update(paths)
        for path, value in iter_leaves(event) if event else ():
            ancestors = json_path_ancestors(path)
            if not written_paths.isdisjoint(ancestors):
                continue
            if any(
                all(is_kept(plan, field_path(path)[depth:], value) for plan in copies)
                for depth, ancestor in enumerate(ancestors, 1)
                for copies in copies_by_path.get(ancestor, ())
            ):
                continue
            if not carried_paths.isdisjoint(ancestors):
                if value == {}:
                    losses.append(Loss("normalised", path, "an empty object carries nothing"))
                else:
                    losses.append(Loss("carried", path, "it is carried along for other formats"))
            elif value is None:
                losses.append(Loss("normalised", path, "null means the same as absent"))
            elif path not in noted_paths and notes.accounted.isdisjoint(ancestors):
                losses.append(Loss("lost", path, loss_reason(field_path(path), self.steps)))
        return losses


def translate_strictly(
    reporter: LossReporter, event: Any, accept: Collection[Path] = ()
) -> list[dict[str, Any]]:
    """Translate an event; raise `TranslationError` if anything is lost or approximated.

    Losses at or below a path of `accept` are allowed.
    """
    outputs, losses = reporter.translate_with_losses(event)
    refuse_losses(losses, accept)
    return outputs


def refuse_losses(losses: Sequence[Loss], accept: Collection[Path]) -> None:
    """Raise `TranslationError` (`would-lose`) if a loss or approximation is not accepted."""
    unaccepted = [
        loss
        for loss in losses
        if loss.kind in ("lost", "approximated")
        and not any(starts_with(field_path(loss.path), path) for path in accept)
    ]
    if unaccepted:
        listing = "; ".join(truncate(str(loss)) for loss in unaccepted[:MAX_LISTED])
        more = len(unaccepted) - MAX_LISTED
        message = f"strict: {listing}; and {more} more" if more > 0 else f"strict: {listing}"
        raise TranslationError("would-lose", unaccepted[0].path, message)


def find_origin(written_field: WrittenField, paths: Sequence[str]) -> Origin:
    """Return the origin of a written field that read the values at these JSON paths."""
    read_paths = {field_path(path) for path in paths}
    for origin in written_field.origins:
        if set(origin.paths) == read_paths:
            return origin
    for origin in written_field.origins:
        for origin_path in origin.paths:
            if MAP_ENTRY in origin_path:
                origin_path = origin_path[: origin_path.index(MAP_ENTRY)]
            if any(starts_with(path, origin_path) for path in read_paths):
                return origin
    return written_field.origins[0] if written_field.origins else Origin()


def loss_reason(path: Path, steps: Sequence[Step]) -> str:
    """Return the reason that the mappings of a route give for losing a source field."""
    return find_loss(path, steps)[1]


def find_loss(path: Path, steps: Sequence[Step]) -> tuple[int, str]:
    """Return the index of the step that loses a source field, and its reason."""
    return _find_loss(path, steps)[:2]


def find_loss_location(path: Path, steps: Sequence[Step]) -> Location | None:
    """Return where a mapping says that a source field is lost, or the rule that omits it."""
    return _find_loss(path, steps)[2]


def _find_loss(path: Path, steps: Sequence[Step]) -> tuple[int, str, Location | None]:
    paths = [path]
    unplaced: tuple[int, str, Location | None] = (len(steps) - 1, UNPLACED, None)
    for number, step in enumerate(steps):
        if lost := next(filter(None, map(step.directed.lost_field, paths)), None):
            return number, lost.because, lost.location
        readers = [assignment for assignment, _ in _readers(step.directed, paths)]
        for reader in readers:
            if reader.once:
                return number, reader.once, reader.sources[0].location
        if unplaced[1] != UNLISTED:
            for reader in filter(_skips_unlisted, readers):
                unplaced = number, UNLISTED, reader.sources[0].location
                break
        paths = list(dict.fromkeys(path for _, path in _readers(step.directed, paths)))
        if not paths:
            return number, UNREAD, None
    return unplaced


def _skips_unlisted(assignment: Assignment) -> bool:
    """Whether an assignment does not write values that its value map does not list."""
    return any(
        source.skip_unfit and isinstance(source.codec, ValueMap) for source in assignment.sources
    )


def _readers(mapping: DirectedMapping, paths: list[Path]) -> Iterator[tuple[Assignment, Path]]:
    """Yield the assignments that read source fields, with the target field of each."""
    for path in paths:
        for case in mapping.cases:
            for assignment in case.assignments:
                for source in assignment.sources:
                    for source_path in source.paths:
                        if starts_with(path, source_path):
                            rest = path[len(source_path) :]
                            yield from ((assignment, to + rest) for to in assignment.targets)


def accepted_paths(
    accept: Iterable[str], source_type: Object | Union, *, strict: bool
) -> tuple[Path, ...]:
    """Parse the source fields whose loss a caller of `strict` accepts.

    Raises `TranslationError` (`unknown-path`, and `invalid-param` without `strict`).
    """
    paths: list[Path] = []
    for string in accept:
        try:
            path = parse_path(string.removeprefix("$."))
        except ValueError as error:
            raise TranslationError("unknown-path", "$", f"accept: {error}") from None
        if not strict:
            message = f"accepting the loss of {string!r} has no effect unless strict mode is on"
            raise TranslationError("invalid-param", "$", message)
        if (names := _known_names(source_type, path)) is not None:
            suggestion = suggest(path[-1], names) if names else ""
            hint = f"; {suggestion}" if suggestion else ""
            message = f"accept: the source has no field {string!r}{hint}"
            raise TranslationError("unknown-path", "$", message)
        paths.append(path)
    return tuple(paths)


def _known_names(source_type: Object | Union, path: Path) -> set[str] | None:
    """Return the field names to choose from if `path` cannot exist; None if it can."""
    variants = source_type.variants.values() if isinstance(source_type, Union) else (source_type,)
    names: set[str] = set()
    for variant in variants:
        current: SchemaType | None = variant
        for segment in path:
            child = type_at(current, (segment,)) if current is not None else None
            if child is None and isinstance(current, Object) and current.closed:
                names |= set(current.fields)
                break
            current = child
        else:
            return None
    return names
