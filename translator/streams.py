"""NDJSON in, NDJSON out: one event a line, in constant memory, and no line ever disappears.

A line that is no JSON, no valid event, or has no translation becomes a reject: one JSON object
with its `line`, a `code` (of `lines.STREAM_CODES` or `errors.CODES`), the JSON `path` of the
member at fault, a `message`, and the `event` itself. Blank lines are skipped and not counted as
read, but they count in line numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Protocol, cast

import msgspec

from translator.accounting import Accounting, Loss
from translator.chunks import SIZE, Chunk, LongLine, chunks
from translator.compressed import Sink
from translator.errors import TranslationError
from translator.lines import Unread, read_line, read_lines, too_long
from translator.reader import Batch, Quick
from translator.sums import Count, Sums


class Translates(Protocol):
    """What a stream asks of a translator."""

    def translate_all(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """The translations of one event; raises `TranslationError` where there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Translated:
    """An event that was translated: the number of its line, and what it became, in order.

    Where losses were asked for, they have paths in the event, which stands `at` a path in its line.
    """

    line: int
    events: list[dict[str, Any]]
    losses: list[Loss] | None = None
    at: str = "$"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was refused. `event` is what came: parsed, or the line's text where no JSON."""

    line: int
    code: str
    path: str
    message: str
    event: Any

    def to_json(self) -> bytes:
        """One line of JSON with its end."""
        return ENCODER.encode(self) + b"\n"

    def __str__(self) -> str:
        return f"line {self.line}: {self.code} at {self.path}: {self.message}"


Result = Translated | Rejected

ENCODER: Final = msgspec.json.Encoder()
_BUFFERED: Final = 1024 * 1024
_NOTE: Final = "in line {} of the input"

Form = Callable[[int, Any, Translates], Iterable[Result]]
"""How the JSON value of a line holds events: gives the result of each, with the line's number."""


def plain(number: int, value: Any, translator: Translates) -> Iterator[Result]:
    """The form of a line that is an event."""
    yield result(number, value, translator)


def result(
    number: int, event: Any, translator: Translates, path: str = "$", held: Any = None
) -> Result:
    """What became of an event that stands at `path` in its line; its reject shows `held`, if given.

    An exception other than `TranslationError` is a defect and passes, with the line as a note.
    """
    try:
        if isinstance(translator, Accounting):
            return Translated(number, *translator.translate_with_losses(event), path)
        return Translated(number, translator.translate_all(event))
    except TranslationError as error:
        at = path + error.path[1:]
        return Rejected(number, error.code, at, error.message, event if held is None else held)
    except Exception as error:
        error.add_note(_NOTE.format(number))
        raise


def results(
    number: int, line: bytes, translator: Translates, form: Form = plain
) -> Iterable[Result]:
    """What became of the events of one line."""
    value = read_line(line, first=number == 1)
    if isinstance(value, Unread):
        return (Rejected(number, value.code, "$", value.message, value.held),)
    return form(number, value, translator)


def stream(
    lines: Iterable[bytes | str] | BinaryIO, translator: Translates, form: Form = plain
) -> Iterator[Result]:
    """What became of each event of a file opened for bytes, or of lines with or without ends."""
    if hasattr(lines, "read"):
        for part in chunks(cast("BinaryIO", lines)):
            if isinstance(part, LongLine):
                yield rejected_line(part)
            else:
                for number, line in part.lines():
                    yield from results(number, line, translator, form)
        return
    for number, text in enumerate(lines, 1):
        line = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if line and not line.isspace():
            yield from results(number, line, translator, form)


def rejected_line(line: LongLine) -> Rejected:
    """The reject of a line above the bound."""
    why = too_long(line.head, line.length)
    return Rejected(line.number, why.code, "$", why.message, why.held)


@dataclass(slots=True)
class Outcome:
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
    sums: list[Count] = field(default_factory=list)


Part = Chunk | LongLine
Work = Callable[[Part], Outcome]
Each = Callable[[Work, Iterator[Part]], Iterator[Outcome]]
"""Does the work on each part and gives the outcomes in order, as `map` does."""


def work_of(translator: Translates, form: Form = plain) -> Work:
    """What is done with each chunk of a stream."""
    translate: Callable[[Any], list[dict[str, Any]]] = translator.translate_all
    quick = Quick(translator) if form is plain else None

    def work(part: Part) -> Outcome:
        if isinstance(part, LongLine):
            return Outcome(part.number, 1, rejects=[rejected_line(part)])
        if quick is not None and (rows := quick.rows(part)) is not None:
            with suppress(Exception):  # a defect, which is come by and told line by line below
                return _of_rows(rows, part, translator)
        made: list[dict[str, Any]] = []
        outcome = Outcome(part.last)
        number = part.first
        values = None
        if form is plain:
            values = read_lines(part.data, part.last - part.first + 1)
        try:
            for number, value in enumerate(values or (), part.first):
                outcome.read += 1
                try:
                    made += translate(value)
                except TranslationError as error:
                    told = number, error.code, error.path, error.message, value
                    outcome.rejects.append(Rejected(*told))
            for number, line in part.lines() if values is None else ():
                for one in results(number, line, translator, form):
                    outcome.read += 1
                    if isinstance(one, Translated):
                        made += one.events
                    else:
                        outcome.rejects.append(one)
        except Exception as defect:
            outcome.line, outcome.defect = number, defect
            if values is None:
                outcome.read += 1
            else:
                defect.add_note(_NOTE.format(number))
        outcome.events, outcome.written = ENCODER.encode_lines(made), len(made)
        return outcome

    return work


def _of_rows(rows: Batch, part: Chunk, translator: Translates) -> Outcome:
    """The outcome of a chunk that was read into structs; the lines that were left are read here."""
    outcome = Outcome(part.last, rows.count - len(rows.left))
    made = rows.made
    added = 0
    for place, before, line in rows.left:
        if line and not line.isspace():
            outcome.read += 1
            (one,) = results(part.first + place, line.removesuffix(b"\n"), translator)
            if isinstance(one, Rejected):
                outcome.rejects.append(one)
            else:
                made[before + added : before + added] = one.events
                added += len(one.events)
    outcome.events, outcome.written = ENCODER.encode_lines(made), len(made)
    return outcome


@dataclass(slots=True)
class Counts:
    """How far a stream came: events read, events written, rejects by code.

    `line` is the number of the last line that was handled, blank lines included. `losses` are
    there where they are asked for.
    """

    read: int = 0
    written: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    line: int = 0
    losses: Sums | None = None

    def add(self, outcome: Outcome) -> None:
        """Count what became of one more chunk."""
        self.line = outcome.line
        self.read += outcome.read
        self.written += outcome.written
        for one in outcome.rejects:
            self.rejected[one.code] = self.rejected.get(one.code, 0) + 1
        if self.losses is not None:
            self.losses.add(outcome.sums)

    @property
    def rejects(self) -> int:
        """How many were rejected, whatever the code."""
        return sum(self.rejected.values())

    def summary(self) -> str:
        """`read 3, written 4, rejected 1 (no-equivalent 1)`."""
        text = f"read {self.read}, written {self.written}, rejected {self.rejects}"
        codes = ", ".join(f"{code} {count}" for code, count in sorted(self.rejected.items()))
        return f"{text} ({codes})" if codes else text


def _slices(lines: bytes) -> Iterator[bytes]:
    """The lines in pieces that end with a line, and fit into a buffer if the lines do.

    What fits is taken as a whole or, where writing is interrupted, not at all.
    """
    start = 0
    while len(lines) - start > _BUFFERED:
        end = lines.rfind(b"\n", start, start + _BUFFERED) + 1 or lines.find(b"\n", start) + 1
        yield lines[start:end]
        start = end
    yield lines[start:] if start else lines


def translate_stream(
    source: BinaryIO,
    target: Sink,
    translator: Translates,
    *,
    form: Form = plain,
    each: Each = map,
    size: int = SIZE,
    work: Work | None = None,
    rejects: Sink | None = None,
    losses: Sink | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    progress: Callable[[Counts], None] | None = None,
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
    waits = not source.seekable()
    for outcome in each(work or work_of(translator, form), chunks(source, size)):
        if rejects is not None:
            for one in outcome.rejects:
                rejects.write(one.to_json())
        for some in _slices(outcome.events):
            target.write(some)
        if losses is not None:
            for some in _slices(outcome.losses):
                losses.write(some)
            losses.flush()
        counts.add(outcome)
        if on_reject is not None:
            for one in outcome.rejects:
                on_reject(one)
        if waits or outcome.defect is not None:
            target.flush()
        if outcome.defect is not None:
            raise outcome.defect
        if progress is not None:
            progress(counts)
    target.flush()
    return counts
