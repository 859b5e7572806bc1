"""NDJSON in, NDJSON out: one event a line, in constant memory, and no line ever disappears.

A line that is no JSON, no valid event, or has no translation becomes a reject: one JSON object
with its `line`, a `code` (of `lines.STREAM_CODES` or `errors.CODES`), the JSON `path` of the
member at fault, a `message`, and the `event` itself. Blank lines are skipped and not counted as
read, but they count in line numbers.

The work of a stream of which losses are asked for: chunks translated, and what they lost.

Apart from the work of other streams, so that those pay nothing for it.

Losses summed by kind and path, in bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Protocol, cast, get_args

from translator.errors import TranslationError
from translator.results import (
    ENCODER,
    EventResult,
    LossKind,
    Rejected,
    Translated,
    TranslationWithLosses,
)
from translator.streaming.batch_decoder import AdaptiveStructReader, Batch
from translator.streaming.compression import Sink
from translator.streaming.ndjson import (
    CHUNK_SIZE,
    Chunk,
    LongLine,
    UnreadableLine,
    explain_long_line,
    read_chunks,
    read_line,
    read_lines,
)


class LossReportingTranslator(Protocol):
    """A translator that can report what it loses."""

    def translate_with_losses(
        self, event: Any, params: Mapping[str, Any] | None = None
    ) -> TranslationWithLosses:
        """Translate one event, and report its losses. Raises `TranslationError`."""
        ...


class WithLosses:
    """A translator whose translations in streams come with their losses."""

    def __init__(self, translator: LossReportingTranslator) -> None:
        self.translate_with_losses = translator.translate_with_losses

    def translate_all(
        self, event: Any, params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Translate one event. Raises `TranslationError`."""
        return self.translate_with_losses(event, params).events


MAX_PATHS: Final = 1000
"""So many pairs of a kind and a path are counted apart, the first that come; others by kind."""

MAX_PATH_LENGTH: Final = 200
"""A path is cut at so many characters; those that begin alike are counted together."""

LossCount = tuple[LossKind, str, int]
"""A kind, a path without the places in lists (`$.items[].quantity`), and how many."""

_KINDS: Final[tuple[LossKind, ...]] = get_args(LossKind)

_LIST_INDEX: Final = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\[\d+\]""", re.DOTALL)


class LossTotals:
    """How often which member was lost, approximated, normalised or carried."""

    def __init__(self, max_paths: int = MAX_PATHS) -> None:
        self._max_paths = max_paths
        self._counts: dict[tuple[LossKind, str], int] = {}
        self._other_counts: dict[LossKind, int] = {}

    def add(self, counts: Iterable[LossCount]) -> None:
        """Count some more, in the order in which they came."""
        for kind, path, count in counts:
            key = kind, path
            if key in self._counts or len(self._counts) < self._max_paths:
                self._counts[key] = self._counts.get(key, 0) + count
            else:
                self._other_counts[kind] = self._other_counts.get(kind, 0) + count

    @property
    def counts(self) -> list[LossCount]:
        """What was counted apart: what is lost first, by path."""
        keys = sorted(self._counts, key=lambda key: (_KINDS.index(key[0]), key[1]))
        return [(*key, self._counts[key]) for key in keys]

    @property
    def other_counts(self) -> dict[LossKind, int]:
        """How many more of each kind there were, of further paths."""
        return {kind: self._other_counts[kind] for kind in _KINDS if kind in self._other_counts}

    def format_lines(self) -> Iterator[str]:
        """The sums for people, as aligned columns: the kind, how many, and the path."""
        rows: list[tuple[str, str, str]] = [
            (kind, str(count), path) for kind, path, count in self.counts
        ]
        rows += [(kind, str(count), "and others") for kind, count in self.other_counts.items()]
        if not rows:
            yield "nothing lost, approximated, normalised or carried"
        kind_width = max((len(row[0]) for row in rows), default=0)
        count_width = max((len(row[1]) for row in rows), default=0)
        for kind, count, path in rows:
            yield f"{kind.ljust(kind_width)}  {count.rjust(count_width)}  {path}"


def fold_path(path: str) -> str:
    """A JSON path without the places in lists, cut where it is very long."""
    if "[" in path:
        path = _LIST_INDEX.sub(lambda match: match[1] or "[]", path)
    return path if len(path) <= MAX_PATH_LENGTH else f"{path[: MAX_PATH_LENGTH - 1]}…"


class EventTranslator(Protocol):
    """What a stream needs of a translator."""

    def translate_all(
        self, event: dict[str, Any], params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Translate one event into all that it becomes. Raises `TranslationError`."""
        ...


_MAX_WRITE: Final = 1024 * 1024

_LINE_NOTE: Final = "in line {} of the input"

Framing = Callable[[int, Any, EventTranslator], Iterable[EventResult]]
"""How the JSON value of a line holds events: gives the result of each, with the line's number."""


def bare_framing(number: int, value: Any, translator: EventTranslator) -> Iterator[EventResult]:
    """The form of a line that is an event."""
    yield translate_event(number, value, translator)


def translate_event(
    number: int,
    event: Any,
    translator: EventTranslator,
    path: str = "$",
    rejected_value: Any = None,
    params: Mapping[str, Any] | None = None,
) -> EventResult:
    """What became of an event that stands at `path` in its line; its reject shows `held`, if given.

    An exception other than `TranslationError` is a defect and passes, with the line as a note.
    """
    try:
        if isinstance(translator, WithLosses):
            return Translated(number, *translator.translate_with_losses(event, params), path)
        return Translated(number, translator.translate_all(event, params))
    except TranslationError as error:
        error_path = path + error.path[1:]
        return Rejected(
            number,
            error.code,
            error_path,
            error.message,
            event if rejected_value is None else rejected_value,
        )
    except Exception as error:
        error.add_note(_LINE_NOTE.format(number))
        raise


def translate_line(
    number: int, line: bytes, translator: EventTranslator, framing: Framing = bare_framing
) -> Iterable[EventResult]:
    """What became of the events of one line."""
    value = read_line(line, is_first=number == 1)
    if isinstance(value, UnreadableLine):
        return (Rejected(number, value.code, "$", value.message, value.content),)
    return framing(number, value, translator)


def translate_lines(
    lines: Iterable[bytes | str] | BinaryIO,
    translator: EventTranslator,
    framing: Framing = bare_framing,
) -> Iterator[EventResult]:
    """What became of each event of a file opened for bytes, or of lines with or without ends."""
    if hasattr(lines, "read"):
        for part in read_chunks(cast("BinaryIO", lines)):
            if isinstance(part, LongLine):
                yield reject_long_line(part)
            else:
                for number, line in part.numbered_lines():
                    yield from translate_line(number, line, translator, framing)
        return
    for number, raw_line in enumerate(lines, 1):
        line = raw_line.encode("utf-8", "surrogatepass") if isinstance(raw_line, str) else raw_line
        if line and not line.isspace():
            yield from translate_line(number, line, translator, framing)


def reject_long_line(line: LongLine) -> Rejected:
    """The reject of a line above the bound."""
    unreadable = explain_long_line(line.head, line.length)
    return Rejected(line.number, unreadable.code, "$", unreadable.message, unreadable.content)


@dataclass(slots=True)
class ChunkResult:
    """What became of a chunk: its events as lines of JSON, and its rejects.

    Where losses are asked for, they are lines of JSON too, and `sums` of them.
    `line` is the last line that was handled. Where a `defect` ended it, that is the line at fault,
    and what came before it is here.
    """

    line: int
    read: int = 0
    written: int = 0
    events: bytes = b""
    rejects: list[Rejected] = field(default_factory=list)
    defect: Exception | None = None
    losses: bytes = b""
    loss_counts: list[LossCount] = field(default_factory=list)


InputPart = Chunk | LongLine

Work = Callable[[InputPart], ChunkResult]

MapParts = Callable[[Work, Iterator[InputPart]], Iterator[ChunkResult]]
"""Does the work on each part and gives the outcomes in order, as `map` does."""


def make_work(translator: EventTranslator, framing: Framing = bare_framing) -> Work:
    """What is done with each chunk of a stream."""
    translate: Callable[[Any], list[dict[str, Any]]] = translator.translate_all
    struct_reader = AdaptiveStructReader(translator) if framing is bare_framing else None

    def work(part: InputPart) -> ChunkResult:
        if isinstance(part, LongLine):
            return ChunkResult(part.number, 1, rejects=[reject_long_line(part)])
        if struct_reader is not None and (batch := struct_reader.translate_chunk(part)) is not None:
            with suppress(Exception):  # a defect, which is come by and told line by line below
                return _finish_batch(batch, part, translator)
        events: list[dict[str, Any]] = []
        chunk_result = ChunkResult(part.last)
        number = part.first
        values = None
        if framing is bare_framing:
            values = read_lines(part.data, part.last - part.first + 1)
        try:
            for number, value in enumerate(values or (), part.first):
                chunk_result.read += 1
                try:
                    events += translate(value)
                except TranslationError as error:
                    reject_fields = number, error.code, error.path, error.message, value
                    chunk_result.rejects.append(Rejected(*reject_fields))
            for number, line in part.numbered_lines() if values is None else ():
                for result in translate_line(number, line, translator, framing):
                    chunk_result.read += 1
                    if isinstance(result, Translated):
                        events += result.events
                    else:
                        chunk_result.rejects.append(result)
        except Exception as defect:
            chunk_result.line, chunk_result.defect = number, defect
            if values is None:
                chunk_result.read += 1
            else:
                defect.add_note(_LINE_NOTE.format(number))
        chunk_result.events, chunk_result.written = ENCODER.encode_lines(events), len(events)
        return chunk_result

    return work


def _finish_batch(batch: Batch, part: Chunk, translator: EventTranslator) -> ChunkResult:
    """The outcome of a chunk that was read into structs; the lines that were left are read here."""
    chunk_result = ChunkResult(part.last, batch.count - len(batch.skipped))
    events = batch.outputs
    inserted = 0
    for index, events_before, line in batch.skipped:
        if line and not line.isspace():
            chunk_result.read += 1
            (result,) = translate_line(part.first + index, line.removesuffix(b"\n"), translator)
            if isinstance(result, Rejected):
                chunk_result.rejects.append(result)
            else:
                events[events_before + inserted : events_before + inserted] = result.events
                inserted += len(result.events)
    chunk_result.events, chunk_result.written = ENCODER.encode_lines(events), len(events)
    return chunk_result


@dataclass(slots=True)
class Counts:
    """How far a stream came: events read, events written, rejects by code.

    `line` is the number of the last line that was handled, blank lines included. `losses` are
    there where they are asked for.
    """

    read: int = 0
    written: int = 0
    rejects_by_code: dict[str, int] = field(default_factory=dict)
    line: int = 0
    loss_totals: LossTotals | None = None

    def add(self, chunk_result: ChunkResult) -> None:
        """Count what became of one more chunk."""
        self.line = chunk_result.line
        self.read += chunk_result.read
        self.written += chunk_result.written
        for reject in chunk_result.rejects:
            self.rejects_by_code[reject.code] = self.rejects_by_code.get(reject.code, 0) + 1
        if self.loss_totals is not None:
            self.loss_totals.add(chunk_result.loss_counts)

    @property
    def reject_count(self) -> int:
        """How many were rejected, whatever the code."""
        return sum(self.rejects_by_code.values())

    def summary(self) -> str:
        """`read 3, written 4, rejected 1 (no-equivalent 1)`."""
        totals = f"read {self.read}, written {self.written}, rejected {self.reject_count}"
        codes = ", ".join(f"{code} {count}" for code, count in sorted(self.rejects_by_code.items()))
        return f"{totals} ({codes})" if codes else totals


def _split_lines(lines: bytes) -> Iterator[bytes]:
    """The lines in pieces that end with a line, and fit into a buffer if the lines do.

    What fits is taken as a whole or, where writing is interrupted, not at all.
    """
    start = 0
    while len(lines) - start > _MAX_WRITE:
        end = lines.rfind(b"\n", start, start + _MAX_WRITE) + 1 or lines.find(b"\n", start) + 1
        yield lines[start:end]
        start = end
    yield lines[start:] if start else lines


def translate_stream(
    source: BinaryIO,
    target: Sink,
    translator: EventTranslator,
    *,
    framing: Framing = bare_framing,
    map_parts: MapParts = map,
    chunk_size: int = CHUNK_SIZE,
    work: Work | None = None,
    rejects: Sink | None = None,
    losses: Sink | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    on_progress: Callable[[Counts], None] | None = None,
    counts: Counts | None = None,
) -> Counts:
    """Translate each line of `source`, write the results to `target`, and say how many.

    `form` says how a line holds events; `each` does the work on chunks of about `size` bytes:
    `work`, if it is given. `rejects` gets each refused event as a line of JSON, `losses` what such
    work lists of them; `on_reject` is called with each reject; `progress`
    is called after each chunk. `counts`, when given, is filled as the stream goes, so that whoever
    interrupts it knows how far it came. Of an event that is refused nothing is written. An
    exception other than `TranslationError` is a defect and passes through when what came before
    it is written, with the line's number as a note.
    """
    counts = Counts() if counts is None else counts
    flush_each = not source.seekable()
    for chunk_result in map_parts(
        work or make_work(translator, framing), read_chunks(source, chunk_size)
    ):
        if rejects is not None:
            for reject in chunk_result.rejects:
                rejects.write(reject.to_json())
        for block in _split_lines(chunk_result.events):
            target.write(block)
        if losses is not None:
            for block in _split_lines(chunk_result.losses):
                losses.write(block)
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


@dataclass(frozen=True, slots=True)
class _LossRecord:
    """A loss as the file of losses has it: `at` is where the event stands in its line."""

    line: int
    at: str
    kind: LossKind
    path: str
    because: str


class _ChunkLosses:
    """What the events of one chunk came to, so far."""

    def __init__(self, *, list_losses: bool) -> None:
        self.events = bytearray()
        self.losses = bytearray()
        self.loss_counts: dict[tuple[LossKind, str], int] = {}
        self._list_losses = list_losses

    def add(self, translated: Translated) -> None:
        """Take in an event that was translated."""
        self.events += ENCODER.encode_lines(translated.events)
        for loss in translated.losses or ():
            key = loss.kind, fold_path(loss.path)
            self.loss_counts[key] = self.loss_counts.get(key, 0) + 1
            if self._list_losses:
                record = _LossRecord(
                    translated.line, translated.at, loss.kind, loss.path, loss.because
                )
                self.losses += ENCODER.encode(record)
                self.losses += b"\n"


def make_loss_work(
    translator: WithLosses, framing: Framing = bare_framing, *, list_losses: bool
) -> Work:
    """What is done with each chunk of a stream; the losses are `listed`, or only summed."""

    def work(part: InputPart) -> ChunkResult:
        if isinstance(part, LongLine):
            return ChunkResult(part.number, 1, rejects=[reject_long_line(part)])
        chunk_result = ChunkResult(part.last)
        chunk_losses = _ChunkLosses(list_losses=list_losses)
        number = part.first
        try:
            for number, line in part.numbered_lines():
                for result in translate_line(number, line, translator, framing):
                    chunk_result.read += 1
                    if isinstance(result, Translated):
                        chunk_result.written += len(result.events)
                        chunk_losses.add(result)
                    else:
                        chunk_result.rejects.append(result)
        except Exception as defect:
            chunk_result.line, chunk_result.defect = number, defect
            chunk_result.read += 1
        chunk_result.events, chunk_result.losses = (
            bytes(chunk_losses.events),
            bytes(chunk_losses.losses),
        )
        chunk_result.loss_counts = [
            (kind, path, count) for (kind, path), count in chunk_losses.loss_counts.items()
        ]
        return chunk_result

    return work
