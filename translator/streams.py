"""NDJSON in, NDJSON out: one event a line, in constant memory, and no line ever disappears.

A line that is no JSON, no valid event, or has no translation becomes a reject: one JSON object
with its `line`, a `code` (of `STREAM_CODES` or `translator.errors.CODES`), the JSON `path` of
the member at fault, a `message`, and the `event` itself. Blank lines are skipped and not counted
as read, but they count in line numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import BinaryIO, Final, Protocol

import msgspec

from translator.errors import TranslationError

STREAM_CODES: Final[dict[str, str]] = {
    "invalid-json": "the line is not one JSON value",
    "not-finite": "the line holds NaN, Infinity, or a number too large for a double",
    "too-many-digits": "the line holds an integer of more than 4300 digits",
    "lone-surrogate": "a text in the line holds half of a surrogate pair",
    "not-utf8": "the line is not UTF-8",
    "byte-order-mark": "the input begins with a byte order mark",
    "too-deep": "lists and objects stand more than 64 deep in one another",
    "too-long": "the line is longer than 16 MiB",
}
"""Every code of a line that could not be read as JSON, with what it means."""

MAX_LINE: Final = 16 * 1024 * 1024
"""So many bytes may stand in one line, its end not counted."""

MAX_DEPTH: Final = 64
"""So many lists and objects may stand in one another."""

HEAD: Final = 1024
"""So many bytes of a line that is too long are kept in its reject."""

_SKIP: Final = 64 * 1024
_BOM: Final = b"\xef\xbb\xbf"


class Translates(Protocol):
    """What a stream asks of a translator."""

    def translate_all(self, event: dict[str, object]) -> list[dict[str, object]]:
        """The translations of one event; raises `TranslationError` where there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was refused. `event` is what it held: parsed, or its text where no JSON."""

    line: int
    code: str
    path: str
    message: str
    event: object

    def to_json(self) -> bytes:
        """One line of JSON with its end."""
        return _ENCODER.encode(self) + b"\n"

    def __str__(self) -> str:
        return f"line {self.line}: {self.code} at {self.path}: {self.message}"


@dataclass(slots=True)
class Counts:
    """How far a stream came: lines read that were not blank, events written, rejects by code.

    `line` is the number of the last line that was read, blank lines included.
    """

    read: int = 0
    written: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    line: int = 0

    @property
    def rejects(self) -> int:
        """How many lines were rejected, whatever the code."""
        return sum(self.rejected.values())

    def summary(self) -> str:
        """`read 3, written 4, rejected 1 (no-equivalent 1)`."""
        text = f"read {self.read}, written {self.written}, rejected {self.rejects}"
        codes = ", ".join(f"{code} {count}" for code, count in sorted(self.rejected.items()))
        return f"{text} ({codes})" if codes else text


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder()


def translate_stream(
    source: BinaryIO,
    target: BinaryIO,
    translator: Translates,
    *,
    rejects: BinaryIO | None = None,
    on_reject: Callable[[Reject], None] | None = None,
    progress: Callable[[Counts], None] | None = None,
    counts: Counts | None = None,
) -> Counts:
    """Translate each line of `source`, write the results to `target`, and say how many.

    `rejects` gets each refused line as a line of JSON; `on_reject` is called with it; `progress`
    is called after each line. `counts`, when given, is filled as the stream goes, so that whoever
    interrupts it knows how far it came. Of a line that is refused nothing is written. An
    exception other than `TranslationError` is a defect and passes through, with the line's number
    as a note.
    """
    counts = Counts() if counts is None else counts
    flush_each = target.isatty()
    for number, line in _lines(source):
        counts.line = number
        if isinstance(line, bytes) and line.isspace():
            continue
        counts.read += 1
        outcome = _outcome(number, line, translator)
        if isinstance(outcome, Reject):
            counts.rejected[outcome.code] = counts.rejected.get(outcome.code, 0) + 1
            if rejects is not None:
                rejects.write(outcome.to_json())
            if on_reject is not None:
                on_reject(outcome)
        else:
            target.write(_ENCODER.encode_lines(outcome))
            counts.written += len(outcome)
            if flush_each:
                target.flush()
        if progress is not None:
            progress(counts)
    return counts


@dataclass(frozen=True, slots=True)
class _TooLong:
    """A line of which only the first bytes were kept."""

    head: bytes
    length: int


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes | _TooLong]]:
    """The lines of a stream with their numbers, from 1; no more than `MAX_LINE` is ever held."""
    number = 0
    while line := source.readline(MAX_LINE + 1):
        number += 1
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield number, line
            continue
        length, head = len(line), line[:HEAD]
        del line
        while part := source.readline(_SKIP):
            length += len(part)
            if part.endswith(b"\n"):
                length -= 1
                break
        yield number, _TooLong(head, length)


def _outcome(
    number: int, line: bytes | _TooLong, translator: Translates
) -> list[dict[str, object]] | Reject:
    """The translations of one line, or its reject."""
    if isinstance(line, _TooLong):
        message = (
            f"the line is {line.length} bytes long and {MAX_LINE} are allowed; "
            f"`event` holds its first {len(line.head)}"
        )
        return Reject(number, "too-long", "$", message, _text(line.head))
    if number == 1 and line.startswith(_BOM):
        rest = line[len(_BOM) :]
        event = _parsed(1, rest)
        message = "the input begins with a byte order mark; save it as UTF-8 without one"
        held = event.event if isinstance(event, Reject) else event
        return Reject(1, "byte-order-mark", "$", message, held)
    event = _parsed(number, line)
    if isinstance(event, Reject):
        return event
    try:
        return translator.translate_all(event)  # type: ignore[arg-type]  # it judges any value
    except TranslationError as error:
        return Reject(number, error.code, error.path, error.message, event)
    except Exception as error:
        error.add_note(f"in line {number} of the input")
        raise


def _parsed(number: int, line: bytes) -> object:
    """The JSON value of a line, or a `Reject` that says why there is none."""
    if line.count(b"[") + line.count(b"{") > MAX_DEPTH and (depth := _depth(line)) > MAX_DEPTH:
        message = f"lists and objects stand {depth} deep in one another, {MAX_DEPTH} are allowed"
        return Reject(number, "too-deep", "$", message, _text(line))
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        code, message = _reason(line, error)
        return Reject(number, code, "$", message, _text(line))


_STRING = rb'"(?:[^"\\]++|\\.)*+"?+'
_STRINGS = re.compile(_STRING, re.DOTALL)
_STRING_OR_WORD = re.compile(_STRING + rb"|(NaN|-?Infinity)", re.DOTALL)
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


def _depth(line: bytes) -> int:
    """How deep lists and objects stand in one another; brackets within texts do not count."""
    brackets = _STRINGS.sub(b"", line).translate(None, _NOT_BRACKETS)
    steps = memoryview(brackets.translate(_STEPS)).cast("b")
    return max(accumulate(steps), default=0)


def _reason(line: bytes, error: Exception) -> tuple[str, str]:
    """Code and message for a line that could not be read; looked into only once that is so."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as wrong:
        advice = "save the input as UTF-8"
        if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in line[:4]:
            advice = "it looks like UTF-16; save the input as UTF-8"
        return "not-utf8", f"byte {wrong.start + 1} of the line is not UTF-8; {advice}"
    for found in _STRING_OR_WORD.finditer(line):
        if word := found[1]:
            name = word.decode()
            return "not-finite", f"{name} at byte {found.start() + 1} is not JSON; leave it out"
    for found in _ESCAPES.finditer(line):
        if half := found[1]:
            message = f"{half.decode()} is half of a surrogate pair and no character"
            return "lone-surrogate", message
    complaint = str(error)
    if complaint.startswith("Integer value out of range"):
        return "too-many-digits", "an integer has more than 4300 digits"
    if complaint.startswith("Number out of range"):
        return "not-finite", "a number is larger than a double can hold"
    if isinstance(error, RecursionError):
        return "too-deep", f"more than {MAX_DEPTH} lists and objects stand in one another"
    return "invalid-json", _not_json(line, complaint)


def _not_json(line: bytes, complaint: str) -> str:
    """What is wrong with a line that is no JSON, as a sentence to its writer."""
    if line.strip() in (b"[", b"{", b"]", b"}"):
        return "JSON over several lines; write each event on one line (NDJSON)"
    if complaint.startswith("Input data was truncated"):
        return "not JSON: the line ends in the middle of a value"
    what = complaint.removeprefix("JSON is malformed: ")
    if found := re.fullmatch(r"(.*) \(byte (\d+)\)", what):
        what = f"{found[1]} at byte {int(found[2]) + 1}"
    return f"not JSON: {what}"


def _text(line: bytes) -> str:
    r"""A line as text, without its end; bytes that are not UTF-8 are written `\xff`."""
    return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "backslashreplace")
