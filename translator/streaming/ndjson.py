"""Read NDJSON in bounded memory: cut a byte stream into chunks of lines, and parse lines.

msgspec parses: integers of any size are exact; NaN, Infinity and lone surrogates are refused. This
module adds limits on length and depth, and explains what is wrong with a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import accumulate
from typing import Any, BinaryIO, Final

import msgspec

STREAM_CODES: Final[dict[str, str]] = {
    "invalid-json": "the line is not one JSON value",
    "not-finite": "the line has NaN, Infinity, or a number too large for a double",
    "too-many-digits": "the line has an integer of more than 4300 digits",
    "lone-surrogate": "a string in the line has a lone surrogate",
    "not-utf8": "the line is not UTF-8",
    "byte-order-mark": "the input begins with a byte order mark",
    "too-deep": "lists and objects are nested more than 64 levels deep",
    "too-long": "the line is longer than 16 MiB",
    "invalid-body": "with --envelope: the line is not a request body with events",
    "invalid-wrapper": "with --wrapped: the line is not an event with its params",
}
"""Every code of a line without an event, and its meaning."""

_VALUE_CODES: Final = frozenset({"not-finite", "too-many-digits", "lone-surrogate", "too-deep"})
"""Codes of lines that are JSON except for single values."""

MAX_LINE: Final = 16 * 1024 * 1024
"""Maximum length of a line in bytes, without its newline."""

MAX_DEPTH: Final = 64
"""Maximum nesting of lists and objects."""

HEAD_SIZE: Final = 1024
"""Bytes of a line above the limit that its reject shows."""

CHUNK_SIZE: Final = 32 * 1024
"""Bytes to read at a time; the data of larger chunks no longer fits the CPU's caches."""

LOOKAHEAD: Final = 1024 * 1024
"""Bytes of an unfinished line after which its end is searched for before more of it is stored."""

_MAX_SEARCHED: Final = 1024 * 1024
"""Bytes of a line above which the value that cannot be read is not searched for."""

_BOM: Final = b"\xef\xbb\xbf"

_DECODER: Final = msgspec.json.Decoder()

_DECODE_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_COMPRESSION_MAGIC: Final = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}

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

_DEPTH_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


class Unreadable(msgspec.Struct, frozen=True):
    """Why a line, or an event of a body, has no JSON value.

    `content` is the value or string that its reject shows, `path` the JSON path of what is wrong.
    """

    code: str
    message: str
    content: object
    path: str = "$"


class LongLine(msgspec.Struct, frozen=True):
    """A line above the limit: its number, its first bytes, and its length in bytes."""

    last: int
    head: bytes
    length: int

    def numbered_lines(self) -> Iterator[tuple[int, LongLine]]:
        """Yield the number and the line, as a `Chunk` does."""
        yield self.last, self


def document_kind(head: bytes, *, has_list_lines: bool = False) -> str | None:
    """Return what an input that begins with `head` is if it is not NDJSON: JSON of another form.

    An object goes on in the next line if its first line ends where a field or a value has to
    follow, and the next line begins with the name of a field or ends the object. With
    `has_list_lines`, a line may be a list; a list that goes on in the next line is none.
    """
    text = head.removeprefix(_BOM).lstrip()
    if text.startswith(b"["):
        end = text.find(b"\n")
        if has_list_lines and not text[: max(end, 0)].rstrip().endswith((b"{", b"[", b",")):
            return None
        return "a JSON array"
    end = text.find(b"\n")
    ends_within = text.startswith(b"{") and text[: max(end, 0)].rstrip().endswith(
        (b"{", b"[", b",")
    )
    if ends_within and text[end:].lstrip().startswith((b'"', b"}")):
        return "JSON over several lines"
    return None


def read_line(line: bytes | LongLine, *, is_first: bool) -> object:
    """Parse a line, with or without its newline, into a JSON value or an `Unreadable`.

    Only the first line of the input can have a byte order mark.
    """
    if isinstance(line, LongLine):
        message = (
            f"the line is {line.length} bytes long; the limit is {MAX_LINE}; "
            f"`event` has its first {len(line.head)}"
        )
        return Unreadable("too-long", message, _decode_line(line.head))
    if len(line) > MAX_LINE and (length := len(line.removesuffix(b"\n"))) > MAX_LINE:
        return read_line(LongLine(1, line[:HEAD_SIZE], length), is_first=is_first)
    if is_first and line.startswith(_BOM):
        value = read_line(line[len(_BOM) :], is_first=False)
        content = value.content if isinstance(value, Unreadable) else value
        message = "the input begins with a byte order mark; save it as UTF-8 without one"
        return Unreadable("byte-order-mark", message, content)
    return _read_value(line)


def read_body(body: Unreadable, path: tuple[str, ...]) -> object:
    """Read a request body of which some events cannot be read, each an `Unreadable`.

    `path` leads to the list of events. Returns `body` if it is not such a body.
    """
    if body.code not in _VALUE_CODES or not isinstance(body.content, str):
        return body
    from translator.streaming.recovery import split_body

    max_depth = MAX_DEPTH if body.code == "too-deep" else None
    try:
        levels, items = split_body(body.content, path, max_depth)
    except (ValueError, RecursionError):
        return body
    events = [_read_value(item.encode(), outer_depth=len(path) + 1) for item in items]
    codes = {event.code for event in events if isinstance(event, Unreadable)}
    if not codes <= _VALUE_CODES:
        return body
    value: Any = events
    for name, others in zip(reversed(path), reversed(levels), strict=True):
        value = {**others, name: value}
    return value


def _read_value(text: bytes, outer_depth: int = 0) -> object:
    """Parse a JSON value that is nested in `outer_depth` lists and objects."""
    max_depth = MAX_DEPTH - outer_depth
    if _may_be_too_deep(text, max_depth) and (depth := _nesting_depth(text)) > max_depth:
        message = f"JSON is nested {depth + outer_depth} levels deep; the limit is {MAX_DEPTH}"
        code = "too-deep"
    else:
        try:
            return _DECODER.decode(text)
        except _DECODE_ERRORS as error:
            code, message = _explain_failure(text, error)
    content, path = _decode_line(text), "$"
    if code in _VALUE_CODES and len(text) <= _MAX_SEARCHED:
        from translator.streaming.recovery import find_unreadable_value

        path = find_unreadable_value(content, code, max_depth)
    return Unreadable(code, message, content, path)


def read_lines(lines: list[bytes]) -> list[object] | None:
    """Parse many lines, in half the time; None if they must be parsed by `read_line`."""
    # A valid line also closes its brackets: if it is shorter than this, it is not too deep.
    long_lines = (line for line in lines if len(line) > 2 * MAX_DEPTH)
    if any(len(line) > MAX_LINE or _may_be_too_deep(line) for line in long_lines):
        return None
    try:
        return list(map(_DECODER.decode, lines))
    except _DECODE_ERRORS:
        return None


def _may_be_too_deep(text: bytes, max_depth: int = MAX_DEPTH) -> bool:
    return text.count(b"[") + text.count(b"{") > max_depth


def _nesting_depth(line: bytes) -> int:
    """Count how deep lists and objects are nested, ignoring brackets within strings."""
    brackets = _STRINGS.sub(b"", line).translate(None, _NOT_BRACKETS)
    steps = memoryview(brackets.translate(_DEPTH_STEPS)).cast("b")
    return max(accumulate(steps), default=0)


def _explain_failure(line: bytes, error: Exception) -> tuple[str, str]:
    """Return the code and message for a line that could not be parsed."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as decode_error:
        advice = "save the input as UTF-8"
        if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in line[:4]:
            advice = "it looks like UTF-16; save the input as UTF-8"
        for suffix, magic in _COMPRESSION_MAGIC.items():
            if line.startswith(magic):
                advice = f"it looks compressed; give the file a name that ends in {suffix}"
        return "not-utf8", f"byte {decode_error.start + 1} of the line is not UTF-8; {advice}"
    for match in _STRING_OR_WORD.finditer(line):
        if word := match[1]:
            message = f"{word.decode()} at byte {match.start() + 1} is not JSON; leave it out"
            return "not-finite", message
    for match in _ESCAPES.finditer(line):
        if surrogate := match[1]:
            message = f"{surrogate.decode()} is a lone surrogate, not a character"
            return "lone-surrogate", message
    reason = str(error)
    if reason.startswith("Integer value out of range"):
        return "too-many-digits", "an integer has more than 4300 digits"
    if reason.startswith("Number out of range"):
        return "not-finite", "a number is larger than a double can be"
    if isinstance(error, RecursionError):
        return "too-deep", f"JSON is nested too deep; the limit is {MAX_DEPTH} levels"
    return "invalid-json", _explain_invalid_json(line, reason)


def _explain_invalid_json(line: bytes, reason: str) -> str:
    """Turn msgspec's reason into a message for the author of the line."""
    if line.strip() in (b"[", b"{", b"]", b"}"):
        return "JSON over several lines; write each event on one line (NDJSON), as `jq -c` does"
    if reason.startswith("Input data was truncated"):
        return "not JSON: the line ends in the middle of a value"
    detail = reason.removeprefix("JSON is malformed: ")
    if match := re.fullmatch(r"(.*) \(byte (\d+)\)", detail):
        detail = f"{match[1]} at byte {int(match[2]) + 1}"
    return f"not JSON: {detail}"


def _decode_line(line: bytes) -> str:
    r"""Decode a line without its newline; bytes that are not UTF-8 become `\xff`."""
    return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "backslashreplace")


class Chunk:
    """Whole lines: the number of the first, and the bytes without a final newline.

    `lines` are the lines with their newlines, except for the last.
    """

    __slots__ = ("data", "first", "lines")

    def __init__(self, first: int, data: bytes) -> None:
        self.first, self.data = first, data
        self.lines = BytesIO(data).readlines()
        if not data or data.endswith(b"\n"):
            self.lines.append(b"")

    def __reduce__(self) -> tuple[Any, ...]:
        return Chunk, (self.first, self.data)

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + len(self.lines) - 1

    def numbered_lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number and the bytes of each line that is not blank."""
        for number, line in enumerate(self.lines, self.first):
            if line and not line.isspace():
                yield number, line.removesuffix(b"\n")


def read_chunks(
    source: BinaryIO, size: int = CHUNK_SIZE, number: int = 1
) -> Iterator[Chunk | LongLine]:
    """Yield the lines of a stream in order, without waiting for more than one read's data.

    `number` is that of the first line. Up to `MAX_LINE` bytes of an unfinished line are stored; in
    a seekable file, up to `LOOKAHEAD` bytes of a line above the limit.
    """
    read: Callable[[int], bytes] = getattr(source, "read1", source.read)
    unfinished: list[bytes] = []
    length = 0
    block = read(size)
    while block:
        end = block.rfind(b"\n")
        if end >= 0:
            data = b"".join((*unfinished, block[:end])) if unfinished else block[:end]
            unfinished = [block[end + 1 :]] if end + 1 < len(block) else []
            length = len(block) - end - 1
            chunk = Chunk(number, data)
            yield chunk
            number = chunk.last + 1
            block = read(size)
            continue
        unfinished.append(block)
        length += len(block)
        crosses_lookahead = length > LOOKAHEAD >= length - len(block)
        if length > MAX_LINE or (crosses_lookahead and _exceeds_limit(source, length, size)):
            head = b"".join(block[:HEAD_SIZE] for block in unfinished[:HEAD_SIZE])[:HEAD_SIZE]
            unfinished = []
            length, block = _skip_line(read, size, length)
            yield LongLine(number, head, length)
            number += 1
            length = 0
        else:
            block = read(size)
    if unfinished:
        yield Chunk(number, b"".join(unfinished))


def _exceeds_limit(source: BinaryIO, length: int, size: int) -> bool:
    """Whether a line of which `length` bytes were read is above the limit; False if unknown."""
    if not source.seekable():
        return False
    position = source.tell()
    while length <= MAX_LINE and (block := source.read(size)):
        end = block.find(b"\n")
        length += len(block) if end < 0 else end
        if end >= 0:
            break
    source.seek(position)
    return length > MAX_LINE


def _skip_line(read: Callable[[int], bytes], size: int, length: int) -> tuple[int, bytes]:
    """Read the rest of a line; return its length and the data after it.

    `length` is the number of bytes read before.
    """
    while block := read(size):
        end = block.find(b"\n")
        if end >= 0:
            return length + end, block[end + 1 :] or read(size)
        length += len(block)
    return length, b""
