"""Losses of a translation: every leaf of the event that is not in the output unchanged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import msgspec

from translator.compiler.lineage import Origin, WrittenField
from translator.errors import Location, TranslationError, suggest, truncate
from translator.language.direction import Assignment, DirectedCase, DirectedMapping, Source, Step
from translator.language.nodes import Incomplete, ValueMap
from translator.language.selections import (
    compared_fields,
    named_paths,
    reads,
    rest_below,
    selected_path,
    selections_by_list,
    specificity,
)
from translator.paths import (
    LIST_ITEM,
    MAP_ENTRY,
    Path,
    Selection,
    field_path,
    format_path,
    json_path_steps,
    parse_path,
    real_path,
    starts_with,
    values_at,
)
from translator.results import Loss, LossKind
from translator.runtime.values import CopyPlan, StaticNotes, is_kept, iter_children
from translator.schema.types import Object, SchemaType, Union, type_at
from translator.validation.shapes import json_shape, may_hold_null, struct_shapes
from translator.validation.structs import NotStructable

MAX_LISTED = 100
"""Maximum number of losses that the refusal of one event lists."""

UNREAD, UNPLACED = "no rule reads it", "the target has no place for it"
UNLISTED = "its rule lists no equivalent of the value"
BESIDE_OTHERS = "it is written only into objects that have other fields"
"""Reasons for losses that no mapping declares."""


Note = tuple[int | None, tuple[str, ...]] | tuple[LossKind | Literal["case"], tuple[str, ...], str]
"""What emitted code notes about the values at some JSON paths of the event.

Either they were written to the field of a number or, without a number, no field has them, but the
output implies them; or they were changed: a kind of loss and its reason. A note of the kind `case`
has the case of a mapping that reads the event instead: the left format and the case's name.
"""

_Cases = frozenset[tuple[str, ...]]

_MAX_CACHE_SIZE: Final = 4 * 1024 * 1024
"""Approximate maximum size of the cached losses of a reporter in bytes."""

_MAX_CACHED_EVENT: Final = _MAX_CACHE_SIZE // 64
"""Approximate maximum size of the cached losses of one event in bytes."""

_MAX_REASONS: Final = 4096
"""Maximum number of fields with a cached reason for their loss."""

_DECODER: Final = msgspec.json.Decoder()

_MAX_CACHED_PATH: Final = 200
"""Maximum length of the names in the path of such a field."""

Signature = tuple[Any, ...]
"""All that the losses of an event depend on: its shape, and the notes of its translation."""


class _LossCache:
    """Losses of events by their signature; emptied when it grows too large.

    `selections` are those of the source's lists, `compared` the fields whose values select,
    `elements` those of the lists that are read, and `rests` the objects whose other fields are.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        directed = steps[0].directed
        paths = [
            path
            for on_left, path, _ in named_paths(directed.mapping)
            if on_left != directed.to_left
        ]
        self.selections = selections_by_list(paths)
        self.rests = {
            path[:-1]
            for path in paths
            if isinstance(rest := path[-1], Selection) and not rest.picks
        }
        self.elements = {
            path[: position + 1]
            for path in map(real_path, paths)
            for position, step in enumerate(path)
            if step == LIST_ITEM
        }
        self.compared = [*dict.fromkeys(map(real_path, compared_fields(paths)))]
        self.losses: dict[Signature, tuple[Loss, ...]] = {}
        self.reasons: dict[tuple[Path, _Cases], str] = {}
        self._size = 0

    def add(self, signature: Signature, losses: tuple[Loss, ...]) -> None:
        """Cache the losses of an event unless they are too many."""
        size = _size(signature) + sum(150 + len(loss.path) for loss in losses)
        if size <= _MAX_CACHED_EVENT:
            if self._size + size > _MAX_CACHE_SIZE:
                self.losses.clear()
                self._size = 0
            self._size += size
            self.losses[signature] = losses


def _size(part: Any) -> int:
    """Estimate the size of a part of a signature in bytes."""
    if isinstance(part, tuple):
        return 50 + sum(map(_size, part))
    return 10 + len(part) if isinstance(part, str) else 10


def written_notes(notes: Iterable[Note]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the number of each written field with the JSON paths that it was written from."""
    for note in notes:
        if isinstance(note[0], int):
            yield note[0], note[1]


def _flatten(notes: Iterable[Note | StaticNotes]) -> Iterator[Note]:
    for note in notes:
        if isinstance(note, StaticNotes):
            yield from note.notes
        else:
            yield note


class _LossFinder:
    """Derives the losses of one event from the notes of its translation."""

    def __init__(self, reporter: LossReporter, event: Any, notes: Iterable[Note]) -> None:
        self._reporter, self._event = reporter, event
        self._written_paths: set[str] = set()
        self._carried_paths: set[str] = set()
        self._implied_paths: set[str] = set()
        self._copies: dict[str, list[tuple[CopyPlan, ...]]] = {}
        losses: dict[Loss, None] = {}
        cases: set[tuple[str, ...]] = set()
        for note in notes:
            if len(note) == 3:
                kind, paths, because = note
                if kind == "case":
                    cases.add(paths)
                    continue
                losses |= dict.fromkeys(Loss(kind, path, because) for path in paths)
            elif note[0] is None:
                self._implied_paths.update(note[1])
            else:
                self._add_written(note[0], note[1])
        self.losses = list(losses)
        self._cases = frozenset(cases)
        self._respelled_paths = {loss.path for loss in losses if loss.kind == "normalised"}
        self._noted_paths = {loss.path for loss in losses} - self._respelled_paths

    def _add_written(self, number: int, paths: tuple[str, ...]) -> None:
        origin = find_origin(self._reporter.written_fields[number], paths)
        if any(use.operation == "carried" for use in origin.uses):
            self._carried_paths.update(paths)
        elif origin.copies:
            for path in paths:
                self._copies.setdefault(path, []).append(origin.copies)
        else:
            self._written_paths.update(paths)

    def add_all_losses(self) -> None:
        """Add the losses of all leaves of the event."""
        copies = tuple((0, plans) for plans in self._copies.get("$", ()))
        self.add_losses_below(self._event, copies=copies, is_carried="$" in self._carried_paths)

    def add_losses_below(
        self,
        parent: Any,
        parent_path: str = "$",
        parent_field: Path = (),
        copies: tuple[tuple[int, tuple[CopyPlan, ...]], ...] = (),
        is_carried: bool = False,
        is_implied: bool = False,
    ) -> None:
        """Add the losses of all leaves below an object or a list.

        `copies` are the copies that may contain them: how deep their paths are, and their plans.
        """
        for path, step, value in iter_children(parent, parent_path):
            if path in self._written_paths:
                continue
            field = (*parent_field, step)
            plans = self._copies.get(path, ())
            state = (
                (*copies, *((len(field), each) for each in plans)) if plans else copies,
                is_carried or path in self._carried_paths,
                is_implied or path in self._implied_paths,
            )
            if value and isinstance(value, dict | list | tuple):
                self.add_losses_below(value, path, field, *state)
            else:
                self._add_loss(value, path, field, *state)

    def _add_loss(
        self,
        value: Any,
        path: str,
        field: Path,
        copies: tuple[tuple[int, tuple[CopyPlan, ...]], ...],
        is_carried: bool,
        is_implied: bool,
    ) -> None:
        """Add the loss of a leaf that is not written as a whole, if it is one."""
        for depth, plans in copies:
            if all(is_kept(plan, field[depth:], value) for plan in plans):
                return
        if is_carried:
            if value == {}:
                loss = Loss("normalised", path, "an empty object carries nothing")
            else:
                loss = Loss("carried", path, "it is carried along for other formats")
        elif value is None:
            loss = Loss("normalised", path, "null means the same as absent")
        elif value == [] and (*field, LIST_ITEM) in self._reporter.cache.selections:
            loss = Loss("normalised", path, "an empty list has no element to select")
        elif value == {} and field in self._reporter.cache.elements:
            loss = Loss("normalised", path, "an empty object says nothing")
        elif value == {} and field in self._reporter.cache.rests:
            loss = Loss("normalised", path, "an empty object has no field to select")
        elif is_implied or path in self._noted_paths:
            return
        else:
            if selections := self._reporter.cache.selections:
                field = selected_path(self._event, json_path_steps(path), selections)
            if path in self._respelled_paths:  # only to test a condition
                self.losses = [loss for loss in self.losses if loss.path != path]
            loss = Loss("lost", path, self._reporter.loss_reason(field, self._cases))
        self.losses.append(loss)


StructLossFinder = Callable[
    [Iterable[Any], Iterable[bytes], list[Any], Iterable[int]], Iterator[tuple[Loss, ...]]
]


@dataclass(frozen=True, slots=True)
class LossReporter:
    """Emitted code that reports losses.

    `run` takes an event, a list to which it appends each `Note`, and checked params if `bound`
    holds any. `written_fields` are what its numbers refer to, `steps` the mappings of the route.
    """

    run: Callable[..., Any]
    written_fields: tuple[WrittenField, ...]
    steps: Sequence[Step]
    bound: tuple[Mapping[str, Any]] | tuple[()] = ()
    cache: _LossCache = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cache", _LossCache(self.steps))

    def translate(self, event: Any) -> tuple[list[dict[str, Any]], list[Note]]:
        """Translate an event; return the outputs and notes. Raises `TranslationError`."""
        notes: list[Note] = []
        output = self.run(event, notes, *self.bound)
        return [output] if isinstance(output, dict) else output, notes

    def translate_with_losses(self, event: Any) -> tuple[list[dict[str, Any]], tuple[Loss, ...]]:
        """Translate an event; return the outputs and losses. Raises `TranslationError`."""
        outputs, notes = self.translate(event)
        return outputs, self.find_losses(event, notes)

    def find_losses(self, event: Any, notes: Sequence[Note]) -> tuple[Loss, ...]:
        """Derive the losses of an event from the notes of its translation.

        They depend on its shape, not on its values, and most events of a stream have the same few
        shapes: such events get the same tuple.
        """
        try:
            signature = (json_shape(event), *self._selecting_values(event), *notes)
        except KeyError:
            return self.derive_losses(event, notes)
        losses = self.cache.losses.get(signature)
        if losses is None:
            losses = self.derive_losses(event, notes)
            self.cache.add(signature, losses)
        return losses

    def _selecting_values(self, event: Any) -> Iterator[tuple[str, Any]]:
        """Yield the values by which elements of lists are selected."""
        for path in self.cache.compared:
            yield from values_at(event, path)

    def struct_loss_finder(self, struct_type: Any) -> StructLossFinder:
        """Return a function that derives the losses of events that were decoded into structs.

        It takes the events, their lines, the notes of all of them in order, and where those of each
        event end. Raises `NotStructable`.
        """
        if self.cache.compared:
            raise NotStructable
        shapes, cache = struct_shapes(struct_type), self.cache
        has_nulls = may_hold_null(struct_type)

        def find_losses(
            events: Iterable[Any], lines: Iterable[bytes], notes: list[Any], ends: Iterable[int]
        ) -> Iterator[tuple[Loss, ...]]:
            start = 0
            for event, line, end in zip(events, lines, ends, strict=True):
                if has_nulls and b"null" in line:  # in a struct, null is the same as absent
                    own_notes = [*_flatten(notes[start:end])]
                    yield self.find_losses(_DECODER.decode(line), own_notes)
                else:
                    signature = (shapes[event.__class__](event), *notes[start:end])
                    losses = cache.losses.get(signature)
                    if losses is None:
                        own_notes = [*_flatten(notes[start:end])]
                        losses = self.derive_losses(_DECODER.decode(line), own_notes)
                        cache.add(signature, losses)
                    yield losses
                start = end

        return find_losses

    def derive_losses(self, event: Any, notes: Iterable[Note]) -> tuple[Loss, ...]:
        """Derive the losses of an event as `find_losses` does, but without the cache."""
        finder = _LossFinder(self, event, notes)
        finder.add_all_losses()
        return tuple(finder.losses)

    def loss_reason(self, path: Path, cases: _Cases) -> str:
        """Return the reason that the mappings give for losing a source field in these cases."""
        reasons = self.cache.reasons
        reason = reasons.get((path, cases))
        if reason is None:
            reason = loss_reason(path, self.steps, cases)
            if len(reasons) < _MAX_REASONS and sum(map(len, path)) <= _MAX_CACHED_PATH:
                reasons[path, cases] = reason
        return reason


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
    if read_paths == {()}:  # an approximation that reads no field is one of the whole event
        for origin in written_field.origins:
            if not origin.paths:
                return origin
    for origin in written_field.origins:
        for origin_path in origin.paths:
            if MAP_ENTRY in origin_path:
                origin_path = origin_path[: origin_path.index(MAP_ENTRY)]
            if any(starts_with(path, origin_path) for path in read_paths):
                return origin
    return written_field.origins[0] if written_field.origins else Origin()


def loss_reason(path: Path, steps: Sequence[Step], cases: _Cases = frozenset()) -> str:
    """Return the reason that the mappings of a route give for losing a source field.

    `cases` are the cases that read the event, as far as they are known.
    """
    return find_loss(path, steps, cases)[1]


def find_loss(path: Path, steps: Sequence[Step], cases: _Cases = frozenset()) -> tuple[int, str]:
    """Return the index of the step that loses a source field, and its reason."""
    return _find_loss(path, steps, cases)[:2]


def find_loss_location(path: Path, steps: Sequence[Step]) -> Location | None:
    """Return where a mapping says that a source field is lost, or the rule that omits it."""
    return _find_loss(path, steps)[2]


def _find_loss(
    path: Path, steps: Sequence[Step], cases: _Cases = frozenset()
) -> tuple[int, str, Location | None]:
    paths = [path]
    unplaced: tuple[int, str, Location | None] = (len(steps) - 1, UNPLACED, None)
    for number, step in enumerate(steps):
        chosen = _chosen_case(step.directed, cases)
        directed = step.directed if chosen is None else replace(step.directed, cases=(chosen,))
        readings = list(_readers(directed, paths, surely=not number))
        targets = [target for _, target in readings]
        if step is steps[-1] and (entry := _incomplete_object(step, targets)):
            return number, entry.because, entry.location
        lost = next(filter(None, map(directed.lost_field, paths)), None)
        if lost and not (chosen and _is_surely_read(chosen, paths, lost.path)):
            return number, lost.because, lost.location
        readers = [assignment for assignment, _ in readings]
        for reader in readers:
            if reader.once:
                return number, reader.once, reader.sources[0].location
        if unplaced[1] == UNPLACED and readers and all(each.dependent for each in readers):
            unplaced = number, BESIDE_OTHERS, readers[0].location
        if unplaced[1] == UNPLACED:
            for reader in filter(_skips_unlisted, readers):
                unplaced = number, UNLISTED, reader.sources[0].location
                break
            if conditional := _conditional_source(directed, paths, surely=not number):
                reason = f"it is written only {conditional.conditions}"
                unplaced = number, reason, conditional.location
        slot = step.directed.mapping.carry_slot
        is_skipped = step.directed.to_left and slot is not None and slot.skip_unfit
        if slot is not None and is_skipped and any(starts_with(p, slot.carried) for p in paths):
            place = f"{step.directed.target} field {format_path(slot.slot)}"
            return number, f"the {place} cannot hold it", slot.location
        paths = list(dict.fromkeys(target for _, target in readings))
        if not paths:
            return number, UNREAD, None
    return unplaced


def _incomplete_object(step: Step, targets: Iterable[Path]) -> Incomplete | None:
    """Return the entry of the object that one of some fields of the target belongs to, if any.

    The loss of a list is noted with its reason.
    """
    for entry in step.directed.mapping.incomplete:
        if entry.on_left == step.directed.to_left:
            for path in targets:
                below = path[len(entry.path) :]
                if starts_with(path, entry.path) and below[:1] != (LIST_ITEM,):
                    return entry
    return None


def _chosen_case(mapping: DirectedMapping, cases: _Cases) -> DirectedCase | None:
    """Return the case of a mapping that reads the event, if it is known."""
    left = mapping.mapping.left
    return next((case for case in mapping.cases if (left, case.name) in cases), None)


def _is_surely_read(case: DirectedCase, paths: Iterable[Path], lost: Path) -> bool:
    """Whether a case reads one of some fields in any event, and names it as closely as `lost`."""
    return any(
        not source.when
        and reads(source_path, path)
        and (specificity(source_path), not source.skips_unfit) >= (specificity(lost), True)
        for path in paths
        for assignment in case.assignments
        for source in assignment.sources
        for source_path in source.paths
    )


def _skips_unlisted(assignment: Assignment) -> bool:
    """Whether an assignment does not write values that its value map does not list."""
    return any(
        source.skips_unfit and isinstance(source.codec, ValueMap) for source in assignment.sources
    )


def _conditional_source(
    mapping: DirectedMapping, paths: list[Path], *, surely: bool
) -> Source | None:
    """Return the first source that reads one of some fields, if all have conditions."""
    sources = [
        source
        for case in mapping.cases
        for assignment in case.assignments
        for source in assignment.sources
        if any(reads(each, path, surely=surely) for path in paths for each in source.paths)
    ]
    is_conditional = sources and all(source.when or source.not_when for source in sources)
    return sources[0] if is_conditional else None


def _readers(
    mapping: DirectedMapping, paths: list[Path], *, surely: bool
) -> Iterator[tuple[Assignment, Path]]:
    """Yield the assignments that read source fields, with the target field of each.

    Unless `surely`, it is not known which selections select the elements that the paths are in.
    """
    for path in paths:
        for case in mapping.cases:
            for assignment in case.assignments:
                for source in assignment.sources:
                    for source_path in source.paths:
                        rest = rest_below(source_path, path, surely=surely)
                        if rest is not None:
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
        for step in path:
            child = type_at(current, (step,)) if current is not None else None
            if child is None and isinstance(current, Object) and current.closed:
                names |= set(current.fields)
                break
            current = child
        else:
            return None
    return names
