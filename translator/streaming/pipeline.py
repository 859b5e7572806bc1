"""Translate NDJSON: one event per line in, one per line out, in bounded memory, losing no line.

A line without a valid, translatable event becomes a reject. Blank lines are skipped and not counted
as read, but they count in line numbers. Losses are counted by kind and path.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from typing import Any, BinaryIO, Final, Protocol, cast, get_args

import msgspec

from translator.errors import TranslationError
from translator.results import (
    ENCODER,
    EventResult,
    Loss,
    LossKind,
    Rejected,
    Translated,
    TranslatedLines,
)
from translator.streaming import ndjson
from translator.streaming.batch_decoder import AdaptiveStructReader, Batch
from translator.streaming.compression import Sink
from translator.streaming.ndjson import CHUNK_SIZE, Chunk, LongLine, Unreadable, read_chunks

MAX_PATHS: Final = 1000
"""Maximum number of pairs of kind and path with a count of their own; the first ones get it."""

MAX_PATH_LENGTH: Final = 200
"""Maximum length of a counted path in characters; longer ones are truncated."""

_MAX_WRITE: Final = 1024 * 1024

LossCount = tuple[LossKind, str, int]
"""A kind, a path without list indexes (`$.items[].quantity`), and the number of losses."""

_KINDS: Final[tuple[LossKind, ...]] = get_args(LossKind)

_STRING_OR_INDEX: Final = re.compile(
    r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\[\d+\]""", re.DOTALL
)


class EventTranslator(Protocol):
    """A translator, as far as streams use it."""

    def translate_all(
        self, event: dict[str, Any], params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Translate an event into one or more events. Raises `TranslationError`."""
        ...


class WithLosses:
    """Wraps a translator that has `translate_with_losses`, to make streams report losses."""

    def __init__(self, translator: Any) -> None:
        self.translator = translator
        self.translate_with_losses: Callable[..., Any] = translator.translate_with_losses
        self.translate_with_shared_losses: Callable[..., tuple[list[Any], Sequence[Loss]]] = (
            translator.translate_with_shared_losses
        )

    def translate_all(
        self, event: Any, params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Translate an event into one or more events. Raises `TranslationError`."""
        events: list[dict[str, Any]] = self.translate_with_losses(event, params).events
        return events


class LossTotals:
    """Number of losses by kind and path, and by kind only for all paths after the first ones."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[LossKind, str]] = Counter()
        self.other_counts: Counter[LossKind] = Counter()

    def add(self, counts: Iterable[LossCount]) -> None:
        """Add counts, in the order of the stream."""
        for kind, path, count in counts:
            if (kind, path) in self.counts or len(self.counts) < MAX_PATHS:
                self.counts[kind, path] += count
            else:
                self.other_counts[kind] += count

    def sorted_counts(self) -> list[tuple[LossKind, str | None, int]]:
        """List kinds, paths and counts, sorted; the path of all others is None, at the end."""
        keys = sorted(self.counts, key=lambda key: (_KINDS.index(key[0]), key[1]))
        rows: list[tuple[LossKind, str | None, int]] = []
        rows += [(kind, path, self.counts[kind, path]) for kind, path in keys]
        other_kinds = sorted(self.other_counts, key=_KINDS.index)
        return rows + [(kind, None, self.other_counts[kind]) for kind in other_kinds]

    def format_lines(self) -> Iterator[str]:
        """Format a table with the columns kind, count and path, sorted by kind and path."""
        rows = self.sorted_counts()
        if not rows:
            yield "nothing lost, approximated, normalised or carried"
            return
        kind_width = max(len(kind) for kind, _, _ in rows)
        count_width = len(str(max(count for _, _, count in rows)))
        for kind, path, count in rows:
            yield f"{kind:{kind_width}}  {count:{count_width}}  {path or 'and others'}"


def fold_path(path: str) -> str:
    """Remove the list indexes from a JSON path, and truncate it."""
    if "[" in path:
        path = _fold_short_path(path) if len(path) <= MAX_PATH_LENGTH else _remove_indexes(path)
    return path if len(path) <= MAX_PATH_LENGTH else f"{path[: MAX_PATH_LENGTH - 1]}…"


def _remove_indexes(path: str) -> str:
    return _STRING_OR_INDEX.sub(lambda match: match[1] or "[]", path)


_fold_short_path = lru_cache(maxsize=4096)(_remove_indexes)


Framing = Callable[[int, Any, EventTranslator], Iterable[EventResult]]
"""Translates the events in a line: called with its number and JSON value, gives their results.

The value is an `Unreadable` if the line has none.
"""


def bare_framing(number: int, value: Any, translator: EventTranslator) -> Iterator[EventResult]:
    """Framing of lines that are events."""
    yield translate_event(number, value, translator)


def translate_event(
    number: int,
    event: Any,
    translator: EventTranslator,
    path: str = "$",
    rejected_value: Any = None,
    params: Mapping[str, Any] | None = None,
) -> EventResult:
    """Translate the event at `path` of a line; a reject shows `rejected_value` instead, if given.

    An `Unreadable` in place of the event is rejected.
    Exceptions other than `TranslationError` are raised with the line's number as a note.
    """
    if isinstance(event, Unreadable):
        return Rejected(number, event.code, path + event.path[1:], event.message, event.content)
    try:
        if isinstance(translator, WithLosses):
            events, losses = translator.translate_with_losses(event, params)
            return Translated(number, events, losses, path)
        return Translated(number, translator.translate_all(event, params))
    except TranslationError as error:
        shown = event if rejected_value is None else rejected_value
        return Rejected(number, error.code, path + error.path[1:], error.message, shown)
    except Exception as error:
        error.add_note(f"in line {number} of the input")
        raise


def _translate_line(
    number: int,
    line: bytes | LongLine,
    translator: EventTranslator,
    framing: Framing = bare_framing,
) -> Iterable[EventResult]:
    return framing(number, ndjson.read_line(line, is_first=number == 1), translator)


def translate_lines(
    lines: Iterable[bytes | str] | BinaryIO,
    translator: EventTranslator,
    framing: Framing = bare_framing,
) -> Iterator[EventResult]:
    """Yield the result of each event in a binary file, or in lines with or without newlines."""
    if hasattr(lines, "read"):
        for part in read_chunks(cast("BinaryIO", lines)):
            for number, line in part.numbered_lines():
                yield from _translate_line(number, line, translator, framing)
        return
    for number, raw in enumerate(lines, 1):
        raw_line = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
        if raw_line and not raw_line.isspace():
            yield from _translate_line(number, raw_line, translator, framing)


class ChunkResult(msgspec.Struct):
    """The results of a chunk: events and losses as lines of JSON, rejects, and counts.

    `line` is the last line that was translated. If an unexpected exception, the `defect`, ended the
    work, that is the line that raised it, and the results are those of the lines before it.
    """

    line: int
    read: int = 0
    written: int = 0
    events: bytes = b""
    rejects: list[Rejected] = []
    defect: Exception | None = None
    losses: bytes = b""
    loss_counts: list[LossCount] = []

    def set_events(self, events: list[Any]) -> None:
        """Encode and count the translated events."""
        self.events, self.written = ENCODER.encode_lines(events), len(events)


InputPart = Chunk | LongLine

TranslatePart = Callable[[InputPart], ChunkResult]
"""Translates a part of the input."""

StreamMapper = Callable[[TranslatePart, BinaryIO, Sink], Iterator[ChunkResult]]
"""Applies work to the parts of a source and yields the results in order.

Events that a result does not have any more were written to the target.
"""


def part_translator(translator: EventTranslator, framing: Framing = bare_framing) -> TranslatePart:
    """Return a function that translates parts of a stream."""
    struct_reader = AdaptiveStructReader(translator)

    def work(part: InputPart) -> ChunkResult:
        if framing is not bare_framing or isinstance(part, LongLine):
            return _translate_part(part, translator, framing)[0]
        batch = struct_reader.translate_chunk(part)
        if batch is not None:
            with suppress(Exception):  # raised again line by line below, which reports it
                return _complete_batch(batch, part, translator)
        values = ndjson.read_lines(part.lines)
        if values is None:
            return _translate_part(part, translator, framing)[0]
        return _translate_values(values, part, translator.translate_all)

    return work


def loss_translator(
    translator: WithLosses, framing: Framing = bare_framing, *, list_losses: bool
) -> TranslatePart:
    """Return a function that translates parts of a stream and counts losses.

    It also lists each loss, if `list_losses` is set.
    """
    struct_reader = AdaptiveStructReader(
        translator.translator, "fast_loss_reader", "general_loss_reader"
    )

    def work(part: InputPart) -> ChunkResult:
        if not list_losses and framing is bare_framing and isinstance(part, Chunk):
            batch = struct_reader.translate_chunk(part)
            if batch is not None:
                with suppress(Exception):  # raised again line by line below, which reports it
                    return _complete_batch(batch, part, translator)
            values = ndjson.read_lines(part.lines)
            if values is not None:
                return _count_losses(values, part, translator)
        chunk_result, translations = _translate_part(part, translator, framing)
        chunk_result.loss_counts = count_losses([each.losses or () for each in translations])
        if list_losses:
            records = [
                {
                    "line": translated.line,
                    "at": translated.at,
                    "kind": loss.kind,
                    "path": loss.path,
                    "because": loss.because,
                }
                for translated in translations
                for loss in translated.losses or ()
            ]
            chunk_result.losses = ENCODER.encode_lines(records)
        return chunk_result

    return work


def _count_losses(values: list[object], chunk: Chunk, translator: WithLosses) -> ChunkResult:
    """Translate a chunk of which each line was parsed into a value, and count the losses."""
    found: list[Sequence[Loss]] = []

    def translate(event: Any) -> list[dict[str, Any]]:
        events, losses = translator.translate_with_shared_losses(event)
        found.append(losses)
        return events

    chunk_result = _translate_values(values, chunk, translate)
    chunk_result.loss_counts = count_losses(found)
    return chunk_result


def count_losses(losses_by_event: Sequence[Sequence[Loss]]) -> list[LossCount]:
    """Count the losses of events by kind and path; a sequence that events share is read once."""
    sequences = {id(losses): losses for losses in losses_by_event}
    counts: Counter[tuple[LossKind, str]] = Counter()
    for key, number in Counter(map(id, losses_by_event)).items():
        for loss in sequences[key]:
            counts[loss.kind, fold_path(loss.path)] += number
    return [(*key, count) for key, count in counts.items()]


def _translate_part(
    part: InputPart, translator: EventTranslator, framing: Framing
) -> tuple[ChunkResult, list[Translated]]:
    """Translate a part of the input line by line."""
    chunk_result = ChunkResult(part.last)
    translations: list[Translated] = []
    number = part.last
    try:
        for number, line in part.numbered_lines():
            for result in _translate_line(number, line, translator, framing):
                chunk_result.read += 1
                if isinstance(result, Translated):
                    translations.append(result)
                else:
                    chunk_result.rejects.append(result)
    except Exception as defect:
        chunk_result.line, chunk_result.defect = number, defect
        chunk_result.read += 1
    chunk_result.set_events([event for result in translations for event in result.events])
    return chunk_result, translations


def _translate_values(
    values: list[object], chunk: Chunk, translate: Callable[[Any], list[dict[str, Any]]]
) -> ChunkResult:
    """Translate a chunk of which each line was parsed into a value."""
    chunk_result = ChunkResult(chunk.last)
    events: list[dict[str, Any]] = []
    for number, value in enumerate(values, chunk.first):
        chunk_result.read += 1
        try:
            events += translate(value)
        except TranslationError as error:
            reject = Rejected(number, error.code, error.path, error.message, value)
            chunk_result.rejects.append(reject)
        except Exception as defect:
            defect.add_note(f"in line {number} of the input")
            chunk_result.line, chunk_result.defect = number, defect
            break
    chunk_result.set_events(events)
    return chunk_result


def _complete_batch(batch: Batch, chunk: Chunk, translator: EventTranslator) -> ChunkResult:
    """Turn a batch into a result; translate the lines that it skipped."""
    chunk_result = ChunkResult(chunk.last, batch.count - len(batch.skipped))
    inserted = 0
    for index, events_before, line in batch.skipped:
        if line and not line.isspace():
            chunk_result.read += 1
            (result,) = _translate_line(chunk.first + index, line.removesuffix(b"\n"), translator)
            if isinstance(result, Rejected):
                chunk_result.rejects.append(result)
            else:
                batch.insert(events_before + inserted, result.events)
                inserted += len(result.events)
                batch.losses.append(result.losses or ())
    chunk_result.events, chunk_result.written = batch.encode(), len(batch.outputs)
    if batch.losses:
        chunk_result.loss_counts = count_losses(batch.losses)
    return chunk_result


def combine_results(results: Iterable[ChunkResult]) -> ChunkResult:
    """Combine the results of successive chunks, up to the first defect."""
    combined = ChunkResult(0)
    events: list[bytes] = []
    losses: list[bytes] = []
    for result in results:
        combined.line, combined.defect = result.line, result.defect
        combined.read += result.read
        combined.written += result.written
        combined.rejects += result.rejects
        combined.loss_counts += result.loss_counts
        events.append(result.events)
        losses.append(result.losses)
        if result.defect is not None:
            break
    combined.events, combined.losses = b"".join(events), b"".join(losses)
    return combined


def translate_chunk(lines: bytes, work: TranslatePart) -> TranslatedLines:
    """Apply `work` to lines that are in memory."""
    result = combine_results(map(work, read_chunks(BytesIO(lines))))
    if result.defect is not None:
        raise result.defect
    losses: Counter[tuple[LossKind, str]] = Counter()
    for kind, path, count in result.loss_counts:
        losses[kind, path] += count
    return TranslatedLines(result.events, result.rejects, result.read, result.written, losses)


class Counts(msgspec.Struct):
    """Progress of a stream: events read, events written, rejects by code.

    `line` is the number of the last line translated, counting blank lines. `loss_totals` are
    counted if they are not None.
    """

    read: int = 0
    written: int = 0
    rejects_by_code: Counter[str] = msgspec.field(default_factory=Counter)
    line: int = 0
    loss_totals: LossTotals | None = None

    def add(self, chunk_result: ChunkResult) -> None:
        """Add the counts of one more chunk."""
        self.line = chunk_result.line
        self.read += chunk_result.read
        self.written += chunk_result.written
        if chunk_result.rejects:
            self.rejects_by_code.update(reject.code for reject in chunk_result.rejects)
        if self.loss_totals is not None:
            self.loss_totals.add(chunk_result.loss_counts)

    @property
    def reject_count(self) -> int:
        """Number of rejects."""
        return self.rejects_by_code.total()

    def summary(self) -> str:
        """Format the counts: `read 3, written 4, rejected 1 (no-equivalent 1)`."""
        totals = f"read {self.read}, written {self.written}, rejected {self.reject_count}"
        codes = ", ".join(f"{code} {count}" for code, count in sorted(self.rejects_by_code.items()))
        return f"{totals} ({codes})" if codes else totals


def _split_lines(lines: bytes) -> Iterator[bytes]:
    """Split data between lines into blocks that fit a buffer, unless one line does not.

    A buffer takes such a block as a whole or, if writing is interrupted, not at all.
    """
    start = 0
    while len(lines) - start > _MAX_WRITE:
        end = lines.rfind(b"\n", start, start + _MAX_WRITE) + 1 or lines.find(b"\n", start) + 1
        yield lines[start:end]
        start = end
    yield lines[start:] if start else lines


def _start_records(lines: bytes, start: bytes) -> bytes:
    """Replace the first character of each line."""
    return b"".join(start + line[1:] for line in lines.splitlines(keepends=True))


def translate_stream(
    source: BinaryIO,
    target: Sink,
    translator: EventTranslator,
    *,
    framing: Framing = bare_framing,
    map_stream: StreamMapper | None = None,
    chunk_size: int = CHUNK_SIZE,
    work: TranslatePart | None = None,
    rejects: Sink | None = None,
    losses: Sink | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    on_progress: Callable[[Counts], None] | None = None,
    counts: Counts | None = None,
    file: str | None = None,
) -> Counts:
    """Translate each line of `source`, write the events to `target`, and return the counts.

    `work`, by default `part_translator(translator, framing)`, is applied to chunks of about
    `chunk_size` bytes, or by `map_stream`, if it is given. `rejects` and `losses` receive rejects
    and listed losses as NDJSON. `on_reject` is called with each reject, `on_progress` after each
    chunk. `counts` is updated after each chunk, so it shows how far an interrupted stream came.
    `file` is the name that rejects and losses give as theirs, if there is one.

    Nothing is written for a rejected event. An exception other than `TranslationError` is raised
    after everything before it is written, with the line's number as a note.
    """
    counts = Counts() if counts is None else counts
    work = work or part_translator(translator, framing)
    flush_each = not source.seekable()
    record_start = b"{" if file is None else b'{"file":' + ENCODER.encode(file) + b","
    if map_stream is not None:
        results = map_stream(work, source, target)
    else:
        results = map(work, read_chunks(source, chunk_size))
    for chunk_result in results:
        if rejects is not None:
            for reject in chunk_result.rejects:
                record = reject.to_json()
                rejects.write(record if file is None else record_start + record[1:])
        for block in _split_lines(chunk_result.events):
            target.write(block)
        if losses is not None:
            for block in _split_lines(chunk_result.losses):
                records = block if file is None else _start_records(block, record_start)
                losses.write(records)
            losses.flush()
        counts.add(chunk_result)
        if on_reject is not None:
            for reject in chunk_result.rejects:
                on_reject(reject)
        if flush_each or chunk_result.defect is not None:
            target.flush()
        if chunk_result.defect is not None:
            raise chunk_result.defect
        if on_progress is not None:
            on_progress(counts)
    target.flush()
    return counts
