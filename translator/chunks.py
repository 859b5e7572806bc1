"""A stream of bytes, cut into chunks of whole lines, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from translator import lines

SIZE: Final = 32 * 1024
"""About so many bytes are read at a time; what larger chunks come to leaves the caches."""


AHEAD: Final = 1024 * 1024
"""Once so much of a line was read, its end is looked for before more of it is held."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines: the number of the first and the last, and their bytes less the last line end."""

    first: int
    last: int
    data: bytes

    def lines(self) -> Iterator[tuple[int, bytes]]:
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


def chunks(source: BinaryIO, size: int = SIZE) -> Iterator[Chunk | LongLine]:
    """The lines of a stream, in order; what is there is given on before more is waited for.

    A line is held in memory up to `lines.MAX_LINE` bytes; of a longer one only the head is kept.
    In a file that can be read again, no more than `AHEAD` bytes of such a line are ever held.
    """
    read: Callable[[int], bytes] = getattr(source, "read1", source.read)
    number = 1
    begun: list[bytes] = []
    held = 0
    block = read(size)
    while block:
        end = block.rfind(b"\n")
        if end < 0:
            begun.append(block)
            held += len(block)
            far = held > AHEAD >= held - len(block) and _ends_too_far(source, held, size)
            if far or held > lines.MAX_LINE:
                head = _head(begun)
                begun.clear()
                length, block = _skip(read, size, held)
                held = 0
                yield LongLine(number, head, length)
                number += 1
                continue
        else:
            data = b"".join((*begun, block[:end])) if begun else block[:end]
            begun = [block[end + 1 :]] if end + 1 < len(block) else []
            held = len(block) - end - 1
            last = number + len(data) - len(data.replace(b"\n", b""))  # quicker than to count them
            yield Chunk(number, last, data)
            number = last + 1
        block = read(size)
    if begun:
        yield Chunk(number, number, b"".join(begun))


def _ends_too_far(source: BinaryIO, held: int, size: int) -> bool:
    """Whether a line of which `held` bytes were read is above the bound; False if nobody knows."""
    if not source.seekable():
        return False
    here = source.tell()
    while held <= lines.MAX_LINE and (block := source.read(size)):
        end = block.find(b"\n")
        held += len(block) if end < 0 else end
        if end >= 0:
            break
    source.seek(here)
    return held > lines.MAX_LINE


def _head(parts: list[bytes]) -> bytes:
    """The beginning of a line that was read in parts, without putting all of it together."""
    head = b""
    for part in parts:
        head += part[: lines.HEAD]
        if len(head) >= lines.HEAD:
            break
    return head[: lines.HEAD]


def _skip(read: Callable[[int], bytes], size: int, length: int) -> tuple[int, bytes]:
    """Read to the end of a line of which `length` bytes were read: its length, and what follows."""
    while block := read(size):
        end = block.find(b"\n")
        if end >= 0:
            return length + end, block[end + 1 :] or read(size)
        length += len(block)
    return length, b""
