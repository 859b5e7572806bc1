"""Cut a regular file into ranges of whole lines, which other processes can read."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from translator.streaming.ndjson import CHUNK_SIZE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

RANGE_SIZE: Final = 512 * 1024
"""Approximate size of a range in bytes."""

_MIN_RANGES: Final = 4
"""Number of ranges below which a file is not cut."""


@dataclass(frozen=True, slots=True)
class FileRange:
    """Whole lines of an open file: the offsets of the first one and after the last one."""

    descriptor: int
    start: int
    end: int

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.end - self.start

    def open(self) -> BinaryIO:
        """Return a reader of the range, which does not move the position of the file."""
        return io.BufferedReader(_RangeReader(self), CHUNK_SIZE)


class _RangeReader(io.RawIOBase):
    def __init__(self, file_range: FileRange) -> None:
        self._range = file_range
        self._position = file_range.start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._position = (0, self._position, self._range.end)[whence] + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer).cast("B")
        size = min(len(target), self._range.end - self._position)
        data = os.pread(self._range.descriptor, size, self._position)
        target[: len(data)] = data
        self._position += len(data)
        return len(data)


def split_file(source: BinaryIO, size: int = RANGE_SIZE) -> Iterator[FileRange]:
    """Yield ranges of about `size` bytes, and move the position of `source` behind each.

    What remains is for the caller to read: less than two ranges, the last line if it has no
    newline, and what is appended to the file meanwhile. A file that is too small, or not a regular
    one, remains as a whole.
    """
    if not isinstance(source, io.BufferedReader) or not isinstance(source.raw, io.FileIO):
        return
    descriptor = source.fileno()
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return
    start = source.tell()
    if status.st_size - start < _MIN_RANGES * size:
        return
    while start + 2 * size <= status.st_size:
        end = _find_line_end(descriptor, start + size - 1)
        if end is None:
            return
        source.seek(end)
        yield FileRange(descriptor, start, end)
        start = end


def _find_line_end(descriptor: int, position: int) -> int | None:
    """Return the offset after the first newline at or after `position`; None without one."""
    while block := os.pread(descriptor, CHUNK_SIZE, position):
        index = block.find(b"\n")
        if index >= 0:
            return position + index + 1
        position += len(block)
    return None
