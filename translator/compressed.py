"""Compressed files, by the end of their names: `.gz` and `.zst`.

A file that is cut short or damaged is an error wherever that shows, also at its very end: what
stands before is given on first.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

INSTALL: Final = "pip install 'event-translator[zstd]'"
"""How to get what reads and writes zstd, where Python itself does not (before 3.14)."""

# So many bytes are decompressed at a time, which bounds what a step can come to: deflate makes
# up to a thousand bytes of one, and a zstd block of 4 bytes may stand for 128 KiB.
_STEP_GZIP: Final = 4096
_STEP_ZSTD: Final = 256
_READ: Final = 64 * 1024


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> int:
        """Write all of the bytes."""
        ...

    def flush(self) -> None:
        """Give on what was written."""
        ...


class Missing(Exception):
    """What reads or writes a kind of compression is not installed; the text says what is."""


class Damaged(OSError):
    """A compressed file that ends early, or is not what its name says."""


class _Frame(Protocol):
    """One compressed stream; several may follow one another in a file."""

    @property
    def eof(self) -> bool:
        """Whether its end was reached."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was given and stands behind its end."""
        ...

    def decompress(self, data: bytes, /) -> bytes:
        """What more of the stream comes to."""
        ...


class _Decompressed(io.RawIOBase):
    """What a file of compressed streams holds."""

    def __init__(self, file: BinaryIO, name: str, frame: Callable[[], _Frame], step: int) -> None:
        self._file = file
        self._name = name
        self._new = frame
        self._step = step
        self._frame: _Frame | None = None
        self._data = b""
        self._ready = memoryview(b"")
        self._some = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._ready and self._more():
            pass
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._ready))
        target[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _more(self) -> bool:
        """Decompress a little more; False at the end of the file."""
        if not self._data:
            self._data = self._file.read(_READ)
        if not self._data:
            if self._frame is not None or not self._some:
                raise Damaged(None, f"the compressed data of {self._name} ends too early")
            return False
        if self._frame is None:
            if self._some and not self._data.strip(b"\0"):  # padding, as tapes have it
                self._data = b""
                return True
            self._frame = self._new()
        step, self._data = self._data[: self._step], self._data[self._step :]
        try:
            self._ready = memoryview(self._frame.decompress(step))
        except Exception as error:
            message = f"the compressed data of {self._name} is damaged: {error}"
            raise Damaged(None, message) from error
        self._some = True
        if self._frame.eof:
            self._data = self._frame.unused_data + self._data
            self._frame = None
        return True

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def decompressed(file: BinaryIO, name: str) -> BinaryIO:
    """What a file opened for bytes holds, decompressed where its name says so.

    Reading raises `Damaged`. Raises `Missing` where what it takes is not installed.
    """
    if name.endswith(".gz"):
        made = _Decompressed(file, name, _gunzip, _STEP_GZIP)
    elif name.endswith(".zst"):
        made = _Decompressed(file, name, _zstd_decompressor(), _STEP_ZSTD)
    else:
        return file
    return io.BufferedReader(made, 256 * 1024)


class Compressing(Protocol):
    """Compresses what is written, piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Compress more; gives what there is of it so far."""
        ...

    def flush(self) -> bytes:
        """End the compressed stream; gives the rest of it."""
        ...


def compressor(name: str) -> Compressing | None:
    """What compresses a file of this name; None if nothing does.

    The same data gives the same bytes. Raises `Missing`.
    """
    if name.endswith(".gz"):
        return zlib.compressobj(6, wbits=31)
    if name.endswith(".zst"):
        module = _zstd()
        found = module.ZstdCompressor()
        made: Compressing = found.compressobj() if hasattr(found, "compressobj") else found
        return made
    return None


class CompressedWriter:
    """Compresses what is written to it, and writes that to `target`; whole once finished."""

    def __init__(self, target: Sink, compressing: Compressing) -> None:
        self._target = target
        self._compressing = compressing

    def write(self, data: bytes, /) -> int:
        """Compress the bytes."""
        self._target.write(self._compressing.compress(data))
        return len(data)

    def finish(self) -> None:
        """End what is compressed."""
        self._target.write(self._compressing.flush())

    def flush(self) -> None:
        """Nothing: what is held back makes for a better compression."""


def _gunzip() -> _Frame:
    return zlib.decompressobj(wbits=31)


def _zstd_decompressor() -> Callable[[], _Frame]:
    module = _zstd()
    one_for_all = getattr(module.ZstdDecompressor(), "decompressobj", None)
    return one_for_all or module.ZstdDecompressor  # type: ignore[no-any-return]


def _zstd() -> Any:
    """The module that reads and writes zstd: Python's own from 3.14 on, else `zstandard`."""
    for name in ("compression.zstd", "zstandard"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise Missing(f"files that end in .zst take the package zstandard: {INSTALL}")
