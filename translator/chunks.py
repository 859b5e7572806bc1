"""A stream of bytes, cut into chunks of whole lines, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from translator import lines

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

    A line is held in memory up to `lines.MAX_LINE` bytes; of a longer one only the head is kept.
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
            if too_long or buffered > lines.MAX_LINE:
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
    while buffered <= lines.MAX_LINE and (block := source.read(size)):
        end = block.find(b"\n")
        buffered += len(block) if end < 0 else end
        if end >= 0:
            break
    source.seek(position)
    return buffered > lines.MAX_LINE


def _join_head(parts: list[bytes]) -> bytes:
    """The beginning of a line that was read in parts, without putting all of it together."""
    head = b""
    for part in parts:
        head += part[: lines.HEAD_SIZE]
        if len(head) >= lines.HEAD_SIZE:
            break
    return head[: lines.HEAD_SIZE]


def _skip_line(read: Callable[[int], bytes], size: int, length: int) -> tuple[int, bytes]:
    """Read to the end of a line of which `length` bytes were read: its length, and what follows."""
    while block := read(size):
        end = block.find(b"\n")
        if end >= 0:
            return length + end, block[end + 1 :] or read(size)
        length += len(block)
    return length, b""
