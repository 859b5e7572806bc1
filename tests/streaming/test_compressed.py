"""Compressed files: what comes out is what went in, or an error that says what is wrong."""

from __future__ import annotations

import gzip
import io
import random

import pytest
import zstandard

from translator.streaming import compression
from translator.streaming.compression import (
    CompressedWriter,
    CompressionUnavailable,
    DamagedFile,
    compressor_for,
    open_decompressed,
)

NOISE = random.Random(7).randbytes(300_000)
TEXT = b'{"event": "view"}\n' * 40_000
ENDS = (".gz", ".zst")


def packed(data: bytes, end: str) -> bytes:
    return gzip.compress(data) if end == ".gz" else zstandard.ZstdCompressor().compress(data)


def read(data: bytes, name: str) -> bytes:
    return open_decompressed(io.BytesIO(data), name).read()


def written(end: str, *parts: bytes) -> bytes:
    file, compressing = io.BytesIO(), compressor_for(f"x{end}")
    assert compressing is not None
    writer = CompressedWriter(file, compressing)
    for part in parts:
        writer.write(part)
    writer.finish()
    return file.getvalue()


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE], ids=["empty", "one", "text", "noise"])
def test_there_and_back(end: str, data: bytes) -> None:
    """What others compressed is read, and what is compressed here others read."""
    assert read(packed(data, end), f"x{end}") == data
    made = written(end, data[:1000], data[1000:])
    assert read(made, f"x{end}") == data
    if end == ".gz":
        assert gzip.decompress(made) == data
    else:
        assert zstandard.ZstdDecompressor().decompressobj().decompress(made) == data


@pytest.mark.parametrize("end", ENDS)
def test_the_same_bytes(end: str) -> None:
    """Compressing the same twice gives the same bytes: no clock, no name of a file."""
    assert written(end, TEXT) == written(end, TEXT)


@pytest.mark.parametrize("end", ENDS)
def test_several_in_one(end: str) -> None:
    """Compressed files that were put one behind the other are read to the end of the last."""
    assert read(packed(TEXT, end) + packed(b"end\n", end) * 2, f"x{end}") == TEXT + b"end\n" * 2


def test_padding() -> None:
    """Zeros behind the end of a gzip file are none of its data."""
    assert read(packed(b"a\n", ".gz") + bytes(5000), "x.gz") == b"a\n"


@pytest.mark.parametrize("end", ENDS)
def test_cut_short(end: str) -> None:
    """Wherever a compressed file was cut, reading gives what is there and then says so."""
    whole = packed(NOISE[:5000], end)
    for length in (*range(30), len(whole) // 2, *range(len(whole) - 9, len(whole))):
        file = open_decompressed(io.BytesIO(whole[:length]), f"x{end}")
        found = b""
        with pytest.raises(DamagedFile, match=f"of x{end} ends too early"):
            while more := file.read1(100):  # type: ignore[attr-defined]
                found += more
        assert NOISE.startswith(found)


@pytest.mark.parametrize("end", ENDS)
def test_damaged(end: str) -> None:
    """What is not compressed, is damaged, or goes on with something else is refused."""
    whole = packed(NOISE, end)
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    broken = [b'{"event": "view"}\n' * 20, whole + b"more of it"]
    if end == ".gz":  # zstd checks the content only where its writer asked for that
        broken.append(flipped)
    for data in broken:
        with pytest.raises(DamagedFile, match=f"of x{end} is damaged"):
            read(data, f"x{end}")


def test_other_names() -> None:
    """A file of any other name is read and written as it is."""
    file = io.BytesIO(b"x")
    assert open_decompressed(file, "x.ndjson") is file
    assert compressor_for("x.gzip") is None


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what reads zstd, the error says what to install."""

    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(compression, "import_module", absent)
    for call in (lambda: open_decompressed(io.BytesIO(), "x.zst"), lambda: compressor_for("x.zst")):
        with pytest.raises(CompressionUnavailable, match=r"pip install 'event-translator\[zstd\]'"):
            call()


@pytest.mark.parametrize("end", ENDS)
def test_a_bomb(end: str) -> None:
    """What is tiny and comes to very much is read piece by piece."""
    bomb = packed(bytes(50_000_000), end)
    file = open_decompressed(io.BytesIO(bomb), f"x{end}")
    raw = file.raw  # type: ignore[attr-defined]
    total = largest = 0
    while more := raw.read(65536):
        total += len(more)
        largest = max(largest, len(raw._decompressed))
    assert total == 50_000_000
    assert largest < 17_000_000
