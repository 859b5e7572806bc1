"""Compressed files are read and written exactly; damage is reported."""

from __future__ import annotations

import gzip
import io
import random

import pytest
import zstandard

from translator.errors import MissingExtraError
from translator.streaming import compression
from translator.streaming.compression import (
    CompressedWriter,
    DamagedFile,
    compressor_for,
    open_decompressed,
)

NOISE = random.Random(7).randbytes(300_000)
LINES = b'{"event": "view"}\n' * 40_000

each_suffix = pytest.mark.parametrize("suffix", [".gz", ".zst"])


def compress_elsewhere(data: bytes, suffix: str) -> bytes:
    """Compress with the library itself."""
    return gzip.compress(data) if suffix == ".gz" else zstandard.ZstdCompressor().compress(data)


def read(data: bytes, name: str) -> bytes:
    return open_decompressed(io.BytesIO(data), name).read()


def write(suffix: str, *parts: bytes) -> bytes:
    file, compressor = io.BytesIO(), compressor_for(f"x{suffix}")
    assert compressor is not None
    writer = CompressedWriter(file, compressor)
    for part in parts:
        writer.write(part)
    writer.finish()
    return file.getvalue()


@each_suffix
@pytest.mark.parametrize("data", [b"", b"x", LINES, NOISE], ids=["empty", "byte", "lines", "noise"])
def test_other_programs_read_and_write_the_same_files(suffix: str, data: bytes) -> None:
    """Files compressed elsewhere can be read here, and files compressed here elsewhere."""
    assert read(compress_elsewhere(data, suffix), f"x{suffix}") == data
    compressed = write(suffix, data[:1000], data[1000:])
    assert read(compressed, f"x{suffix}") == data
    if suffix == ".gz":
        assert gzip.decompress(compressed) == data
    else:
        assert zstandard.ZstdDecompressor().decompressobj().decompress(compressed) == data


@each_suffix
def test_compression_is_deterministic(suffix: str) -> None:
    """Compressing the same data twice gives the same bytes, without time or file name."""
    assert write(suffix, LINES) == write(suffix, LINES)


@each_suffix
def test_concatenated_files(suffix: str) -> None:
    """Concatenated compressed files are read to the end of the last."""
    first, second = (compress_elsewhere(data, suffix) for data in (LINES, b"end\n"))
    assert read(first + second * 2, f"x{suffix}") == LINES + b"end\n" * 2


def test_padding() -> None:
    """Zeros after a gzip file are ignored."""
    first, second = (compress_elsewhere(data, ".gz") for data in (b"a\n", b"b\n"))
    assert read(first + bytes(5000), "x.gz") == b"a\n"
    assert read(first + bytes(5000) + second, "x.gz") == b"a\nb\n"


@each_suffix
def test_truncated_file(suffix: str) -> None:
    """Wherever a file was truncated, its data is read up to there, then an error is raised."""
    whole = compress_elsewhere(NOISE[:5000], suffix)
    for length in (*range(30), len(whole) // 2, *range(len(whole) - 9, len(whole))):
        file = open_decompressed(io.BytesIO(whole[:length]), f"x{suffix}")
        data = b""
        with pytest.raises(DamagedFile, match=f"of x{suffix} ends too early"):
            while block := file.read1(100):  # type: ignore[attr-defined]
                data += block
        assert NOISE.startswith(data)


@each_suffix
def test_damaged_file(suffix: str) -> None:
    """A file that is not compressed, is damaged, or has other data at its end raises an error."""
    whole = compress_elsewhere(NOISE, suffix)
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    damaged = [b'{"event": "view"}\n' * 20, whole + b"more of it"]
    if suffix == ".gz":  # zstd has a checksum only if the writer asked for one
        damaged.append(flipped)
    for data in damaged:
        with pytest.raises(DamagedFile, match=f"of x{suffix} is damaged"):
            read(data, f"x{suffix}")


def test_other_suffixes() -> None:
    """A file with any other suffix is read and written as it is."""
    file = io.BytesIO(b"x")
    assert open_decompressed(file, "x.ndjson") is file
    assert compressor_for("x.gzip") is None


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a package for zstd, the error names the package to install."""

    def refuse_import(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(compression, "import_module", refuse_import)
    for call in (lambda: open_decompressed(io.BytesIO(), "x.zst"), lambda: compressor_for("x.zst")):
        with pytest.raises(MissingExtraError, match=r"pip install 'event-translator\[zstd\]'"):
            call()


@each_suffix
def test_decompression_bomb(suffix: str) -> None:
    """A small file that expands to a huge one is decompressed in blocks of bounded size."""
    bomb = compress_elsewhere(bytes(50_000_000), suffix)
    file = open_decompressed(io.BytesIO(bomb), f"x{suffix}")
    raw = file.raw  # type: ignore[attr-defined]
    sizes = []
    while block := raw.read(50_000_000):
        sizes.append(len(block))
    assert sum(sizes) == 50_000_000
    assert max(sizes) < 17_000_000
