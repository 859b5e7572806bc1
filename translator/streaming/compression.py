"""Read and write compressed files, recognised by the suffix of their names: `.gz` and `.zst`.

Reading a damaged or truncated file yields the data up to there, then raises `DamagedFile`.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from translator.errors import MissingExtraError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Compressed bytes per step. They bound the memory that a decompression bomb can take: deflate
# expands up to a thousandfold, and 4 bytes of zstd can be a block of 128 KiB.
_GZIP_STEP: Final = 4096

_ZSTD_STEP: Final = 256


class Sink(Protocol):
    """A destination of bytes."""

    def write(self, data: bytes, /) -> int:
        """Write all of the bytes."""
        ...

    def flush(self) -> None:
        """Pass on everything written so far."""
        ...


class SharedSink(Sink, Protocol):
    """A file that forked processes can write to, at offsets."""

    @property
    def name(self) -> str:
        """The name of the file in messages."""
        ...

    @property
    def descriptor(self) -> int:
        """The file descriptor to write to."""
        ...

    def reserve(self, size: int, /) -> int:
        """Return the offset at which another process is to write the next `size` bytes."""
        ...


class DamagedFile(OSError):
    """A compressed file is damaged, truncated, or of another format than its name says."""


class BlockReader(io.RawIOBase):
    """A raw file over blocks of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._block = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read from one block, waiting for the next one if there is none."""
        while not self._block:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._block = memoryview(block)
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._block))
        target[:size] = self._block[:size]
        self._block = self._block[size:]
        return size


def _decompress(
    file: BinaryIO, name: str, new_decompressor: Callable[[], Any], step: int
) -> Iterator[bytes]:
    """Decompress a file of one or more compressed streams.

    Neither `gzip`, which takes an empty file for complete, nor the readers of `zstandard`, which
    do not notice a truncated file, can replace this.
    """
    decompressor = new_decompressor()
    while block := file.read(step):
        while block:
            if decompressor.eof:
                block = block.lstrip(b"\0")  # gzip files may be padded with zeros
                if not block:
                    break
                decompressor = new_decompressor()
            try:
                data = decompressor.decompress(block)
            except Exception as error:
                message = f"the compressed data of {name} is damaged: {error}"
                raise DamagedFile(None, message) from error
            yield data
            block = decompressor.unused_data if decompressor.eof else b""
    if not decompressor.eof:
        raise DamagedFile(None, f"the compressed data of {name} ends too early")


def open_decompressed(file: BinaryIO, name: str) -> BinaryIO:
    """Return a reader of the file's decompressed data, or the file itself if it has another suffix.

    The caller closes `file`. Raises `CompressionUnavailable`; reading raises `DamagedFile`.
    """
    if name.endswith(".gz"):
        blocks = _decompress(file, name, lambda: zlib.decompressobj(wbits=31), _GZIP_STEP)
    elif name.endswith(".zst"):
        decompressor = _import_zstd().ZstdDecompressor
        # In `zstandard`, the object that decompresses piece by piece is a second one.
        new_decompressor = getattr(decompressor(), "decompressobj", decompressor)
        blocks = _decompress(file, name, new_decompressor, _ZSTD_STEP)
    else:
        return file
    return io.BufferedReader(BlockReader(blocks), 256 * 1024)


def compressor_for(name: str) -> Any:
    """Return a compressor for a file of this name, None if the suffix asks for none.

    The same data always gives the same bytes. Raises `CompressionUnavailable`.
    """
    if name.endswith(".gz"):
        return zlib.compressobj(6, wbits=31)
    if name.endswith(".zst"):
        compressor = _import_zstd().ZstdCompressor()
        return getattr(compressor, "compressobj", lambda: compressor)()
    return None


class CompressedWriter:
    """A sink that writes compressed bytes to `target`; the data is complete after `finish`."""

    def __init__(self, target: Sink, compressor: Any) -> None:
        self._target = target
        self._compressor = compressor

    def write(self, data: bytes, /) -> int:
        """Compress the bytes."""
        self._target.write(self._compressor.compress(data))
        return len(data)

    def finish(self) -> None:
        """End the compressed data."""
        self._target.write(self._compressor.flush())

    def flush(self) -> None:
        """Do nothing: flushing a compressor makes the file larger."""


def _import_zstd() -> Any:
    """Import the standard library's zstd module (Python 3.14) or the package `zstandard`."""
    for name in ("compression.zstd", "zstandard"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise MissingExtraError("zstd", "reading or writing .zst files", "zstandard")
