"""One line of a stream: the JSON value it holds, or why it holds none.

Reading is msgspec's: integers of any size are exact; NaN, Infinity and half surrogate pairs are
refused. What else is refused, and how it is explained, is decided here.

A stream of bytes, cut into chunks of whole lines, in bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate
from operator import itemgetter
from typing import BinaryIO, Final

import msgspec

STREAM_CODES: Final[dict[str, str]] = {
    "invalid-json": "the line is not one JSON value",
    "not-finite": "the line holds NaN, Infinity, or a number too large for a double",
    "too-many-digits": "the line holds an integer of more than 4300 digits",
    "lone-surrogate": "a text in the line holds half of a surrogate pair",
    "not-utf8": "the line is not UTF-8",
    "byte-order-mark": "the input begins with a byte order mark",
    "too-deep": "lists and objects stand more than 64 deep in one another",
    "too-long": "the line is longer than 16 MiB",
    "invalid-body": "with --envelope: the line is not a body that holds events",
    "invalid-wrapper": "with --wrapped: the line is not an event with its params",
}
"""Every code of a line that holds no event, with what it means."""

MAX_LINE: Final = 16 * 1024 * 1024
"""So many bytes may stand in one line, its end not counted."""

MAX_DEPTH: Final = 64
"""So many lists and objects may stand in one another."""

HEAD_SIZE: Final = 1024
"""So many bytes of a line that is too long are kept in its reject."""

_OPEN_BRACE, _CLOSE_BRACE = b"{}"

_BOM: Final = b"\xef\xbb\xbf"

_DECODER: Final = msgspec.json.Decoder()

_COMPRESSION_MAGIC: Final = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """Why a line could not be read: a code, a message, and what of it is kept."""

    code: str
    message: str
    content: object


def read_line(line: bytes, *, is_first: bool) -> object:
    """The JSON value of a line, with or without its end, or an `Unread`.

    `first` says that the line begins the input, where a byte order mark may stand.
    """
    if len(line) > MAX_LINE and (length := len(line.removesuffix(b"\n"))) > MAX_LINE:
        return explain_long_line(line[:HEAD_SIZE], length)
    if is_first and line.startswith(_BOM):
        value = read_line(line[len(_BOM) :], is_first=False)
        message = "the input begins with a byte order mark; save it as UTF-8 without one"
        return UnreadableLine(
            "byte-order-mark",
            message,
            value.content if isinstance(value, UnreadableLine) else value,
        )
    if (
        line.count(b"[") + line.count(b"{") > MAX_DEPTH
        and (depth := _nesting_depth(line)) > MAX_DEPTH
    ):
        message = f"lists and objects stand {depth} deep in one another, {MAX_DEPTH} are allowed"
        return UnreadableLine("too-deep", message, _decode_line(line))
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return UnreadableLine(*_explain_failure(line, error), _decode_line(line))


def are_objects(lines: list[bytes]) -> bool:
    """Whether each of some lines begins with a brace and ends with one, the end of the last apart.

    Within a value, a brace that opens never follows one that closes: what is read from these lines
    together, if it is as many objects, is one from each.
    """
    if not all(lines) or {*map(itemgetter(0), lines)} != {_OPEN_BRACE}:
        return False
    return len(lines) == 1 or {*map(itemgetter(-2), lines[:-1])} == {_CLOSE_BRACE}


def read_lines(data: bytes, count: int) -> list[object] | None:
    """The JSON values of `count` lines, a value a line; None where they are to be read one by one.

    Several at once take half the time.
    """
    lines = BytesIO(data).readlines()
    if len(data) > MAX_LINE or len(lines) != count or not are_objects(lines):
        return None
    for line in lines:
        # What opens also closes: a shorter line cannot be too deep.
        if len(line) > 2 * MAX_DEPTH and line.count(b"[") + line.count(b"{") > MAX_DEPTH:
            return None
    try:
        values = _DECODER.decode_lines(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return values if len(values) == count else None


def explain_long_line(head: bytes, length: int) -> UnreadableLine:
    """Why a line of `length` bytes was not read; `head` is what is kept of it."""
    message = (
        f"the line is {length} bytes long and {MAX_LINE} are allowed; "
        f"`event` holds its first {len(head)}"
    )
    return UnreadableLine("too-long", message, _decode_line(head))


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


def _nesting_depth(line: bytes) -> int:
    """How deep lists and objects stand in one another; brackets within texts do not count."""
    brackets = _STRINGS.sub(b"", line).translate(None, _NOT_BRACKETS)
    steps = memoryview(brackets.translate(_DEPTH_STEPS)).cast("b")
    return max(accumulate(steps), default=0)


def _explain_failure(line: bytes, error: Exception) -> tuple[str, str]:
    """Code and message for a line that could not be read; looked into only once that is so."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as decode_error:
        advice = "save the input as UTF-8"
        compression = next(
            (suffix for suffix, magic in _COMPRESSION_MAGIC.items() if line.startswith(magic)), None
        )
        if compression is not None:
            advice = f"it looks compressed; give the file a name that ends in {compression}"
        elif line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in line[:4]:
            advice = "it looks like UTF-16; save the input as UTF-8"
        return "not-utf8", f"byte {decode_error.start + 1} of the line is not UTF-8; {advice}"
    for match in _STRING_OR_WORD.finditer(line):
        if constant := match[1]:
            name = constant.decode()
            return "not-finite", f"{name} at byte {match.start() + 1} is not JSON; leave it out"
    for match in _ESCAPES.finditer(line):
        if surrogate := match[1]:
            message = f"{surrogate.decode()} is half of a surrogate pair and no character"
            return "lone-surrogate", message
    reason = str(error)
    if reason.startswith("Integer value out of range"):
        return "too-many-digits", "an integer has more than 4300 digits"
    if reason.startswith("Number out of range"):
        return "not-finite", "a number is larger than a double can hold"
    if isinstance(error, RecursionError):
        return "too-deep", f"more than {MAX_DEPTH} lists and objects stand in one another"
    return "invalid-json", _explain_invalid_json(line, reason)


def _explain_invalid_json(line: bytes, reason: str) -> str:
    """What is wrong with a line that is no JSON, as a sentence to its writer."""
    if line.strip() in (b"[", b"{", b"]", b"}"):
        return "JSON over several lines; write each event on one line (NDJSON)"
    if reason.startswith("Input data was truncated"):
        return "not JSON: the line ends in the middle of a value"
    detail = reason.removeprefix("JSON is malformed: ")
    if match := re.fullmatch(r"(.*) \(byte (\d+)\)", detail):
        detail = f"{match[1]} at byte {int(match[2]) + 1}"
    return f"not JSON: {detail}"


def _decode_line(line: bytes) -> str:
    r"""A line as text, without its end; bytes that are not UTF-8 are written `\xff`."""
    return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "backslashreplace")


CHUNK_SIZE: Final = 32 * 1024
"""About so many bytes are read at a time; what larger chunks come to leaves the caches."""

LOOKAHEAD: Final = 1024 * 1024
"""Once so much of a line was read, its end is looked for before more of it is held."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines: the number of the first and the last, and their bytes less the last line end."""

    first: int
    last: int
    data: bytes

    def numbered_lines(self) -> Iterator[tuple[int, bytes]]:
        """Each line that is not blank, with its number."""
        for number, line in enumerate(self.data.split(b"\n"), self.first):
            if line and not line.isspace():
                yield number, line


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line above the bound, of which only the beginning was kept."""

    number: int
    head: bytes
    length: int


def read_chunks(source: BinaryIO, size: int = CHUNK_SIZE) -> Iterator[Chunk | LongLine]:
    """The lines of a stream, in order; what is there is given on before more is waited for.

    A line is held in memory up to `MAX_LINE` bytes; of a longer one only the head is kept.
    In a file that can be read again, no more than `AHEAD` bytes of such a line are ever held.
    """
    read: Callable[[int], bytes] = getattr(source, "read1", source.read)
    number = 1
    partial_line: list[bytes] = []
    buffered = 0
    block = read(size)
    while block:
        end = block.rfind(b"\n")
        if end < 0:
            partial_line.append(block)
            buffered += len(block)
            too_long = buffered > LOOKAHEAD >= buffered - len(block) and _exceeds_limit(
                source, buffered, size
            )
            if too_long or buffered > MAX_LINE:
                head = _join_head(partial_line)
                partial_line.clear()
                length, block = _skip_line(read, size, buffered)
                buffered = 0
                yield LongLine(number, head, length)
                number += 1
                continue
        else:
            data = b"".join((*partial_line, block[:end])) if partial_line else block[:end]
            partial_line = [block[end + 1 :]] if end + 1 < len(block) else []
            buffered = len(block) - end - 1
            last = number + len(data) - len(data.replace(b"\n", b""))  # quicker than to count them
            yield Chunk(number, last, data)
            number = last + 1
        block = read(size)
    if partial_line:
        yield Chunk(number, number, b"".join(partial_line))


def _exceeds_limit(source: BinaryIO, buffered: int, size: int) -> bool:
    """Whether a line of which `held` bytes were read is above the bound; False if nobody knows."""
    if not source.seekable():
        return False
    position = source.tell()
    while buffered <= MAX_LINE and (block := source.read(size)):
        end = block.find(b"\n")
        buffered += len(block) if end < 0 else end
        if end >= 0:
            break
    source.seek(position)
    return buffered > MAX_LINE


def _join_head(parts: list[bytes]) -> bytes:
    """The beginning of a line that was read in parts, without putting all of it together."""
    head = b""
    for part in parts:
        head += part[:HEAD_SIZE]
        if len(head) >= HEAD_SIZE:
            break
    return head[:HEAD_SIZE]


def _skip_line(read: Callable[[int], bytes], size: int, length: int) -> tuple[int, bytes]:
    """Read to the end of a line of which `length` bytes were read: its length, and what follows."""
    while block := read(size):
        end = block.find(b"\n")
        if end >= 0:
            return length + end, block[end + 1 :] or read(size)
        length += len(block)
    return length, b""
