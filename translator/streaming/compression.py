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

INSTALL_ZSTD: Final = "pip install 'event-translator[zstd]'"
"""How to get what reads and writes zstd, where Python itself does not (before 3.14)."""


# So many bytes are decompressed at a time, which bounds what a step can come to: deflate makes
# up to a thousand bytes of one, and a zstd block of 4 bytes may stand for 128 KiB.
_GZIP_STEP: Final = 4096

_ZSTD_STEP: Final = 256

_READ_SIZE: Final = 64 * 1024


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> int:
        """Write all of the bytes."""
        ...

    def flush(self) -> None:
        """Give on what was written."""
        ...


class CompressionUnavailable(Exception):
    """What reads or writes a kind of compression is not installed; the text says what is."""


class DamagedFile(OSError):
    """A compressed file that ends early, or is not what its name says."""


class _Decompressor(Protocol):
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


class _DecompressedReader(io.RawIOBase):
    """What a file of compressed streams holds."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        new_decompressor: Callable[[], _Decompressor],
        step_size: int,
    ) -> None:
        self._file = file
        self._name = name
        self._new_decompressor = new_decompressor
        self._step_size = step_size
        self._decompressor: _Decompressor | None = None
        self._compressed = b""
        self._decompressed = memoryview(b"")
        self._started = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._decompressed and self._decompress_more():
            pass
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._decompressed))
        target[:size] = self._decompressed[:size]
        self._decompressed = self._decompressed[size:]
        return size

    def _decompress_more(self) -> bool:
        """Decompress a little more; False at the end of the file."""
        if not self._compressed:
            self._compressed = self._file.read(_READ_SIZE)
        if not self._compressed:
            if self._decompressor is not None or not self._started:
                raise DamagedFile(None, f"the compressed data of {self._name} ends too early")
            return False
        if self._decompressor is None:
            if self._started and not self._compressed.strip(b"\0"):  # padding, as tapes have it
                self._compressed = b""
                return True
            self._decompressor = self._new_decompressor()
        block, self._compressed = (
            self._compressed[: self._step_size],
            self._compressed[self._step_size :],
        )
        try:
            self._decompressed = memoryview(self._decompressor.decompress(block))
        except Exception as error:
            message = f"the compressed data of {self._name} is damaged: {error}"
            raise DamagedFile(None, message) from error
        self._started = True
        if self._decompressor.eof:
            self._compressed = self._decompressor.unused_data + self._compressed
            self._decompressor = None
        return True

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def open_decompressed(file: BinaryIO, name: str) -> BinaryIO:
    """What a file opened for bytes holds, decompressed where its name says so.

    Reading raises `Damaged`. Raises `Missing` where what it takes is not installed.
    """
    if name.endswith(".gz"):
        reader = _DecompressedReader(file, name, _gzip_decompressor, _GZIP_STEP)
    elif name.endswith(".zst"):
        reader = _DecompressedReader(file, name, _zstd_decompressor_factory(), _ZSTD_STEP)
    else:
        return file
    return io.BufferedReader(reader, 256 * 1024)


class Compressor(Protocol):
    """Compresses what is written, piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Compress more; gives what there is of it so far."""
        ...

    def flush(self) -> bytes:
        """End the compressed stream; gives the rest of it."""
        ...


def compressor_for(name: str) -> Compressor | None:
    """What compresses a file of this name; None if nothing does.

    The same data gives the same bytes. Raises `Missing`.
    """
    if name.endswith(".gz"):
        return zlib.compressobj(6, wbits=31)
    if name.endswith(".zst"):
        module = _import_zstd()
        zstd_compressor = module.ZstdCompressor()
        compressor: Compressor = (
            zstd_compressor.compressobj()
            if hasattr(zstd_compressor, "compressobj")
            else zstd_compressor
        )
        return compressor
    return None


class CompressedWriter:
    """Compresses what is written to it, and writes that to `target`; whole once finished."""

    def __init__(self, target: Sink, compressor: Compressor) -> None:
        self._target = target
        self._compressor = compressor

    def write(self, data: bytes, /) -> int:
        """Compress the bytes."""
        self._target.write(self._compressor.compress(data))
        return len(data)

    def finish(self) -> None:
        """End what is compressed."""
        self._target.write(self._compressor.flush())

    def flush(self) -> None:
        """Nothing: what is held back makes for a better compression."""


def _gzip_decompressor() -> _Decompressor:
    return zlib.decompressobj(wbits=31)


def _zstd_decompressor_factory() -> Callable[[], _Decompressor]:
    module = _import_zstd()
    decompressobj = getattr(module.ZstdDecompressor(), "decompressobj", None)
    return decompressobj or module.ZstdDecompressor  # type: ignore[no-any-return]


def _import_zstd() -> Any:
    """The module that reads and writes zstd: Python's own from 3.14 on, else `zstandard`."""
    for name in ("compression.zstd", "zstandard"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise CompressionUnavailable(
        f"files that end in .zst take the package zstandard: {INSTALL_ZSTD}"
    )
