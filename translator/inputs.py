"""Where events come from: standard input, or a file by name, decompressed if its name says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from translator.compressed import CompressionUnavailable, open_decompressed
from translator.exits import UsageError

STANDARD_STREAM: Final = "-"
"""The name of standard input, and of standard output."""

_BUFFER_SIZE: Final = 64 * 1024


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """The file to read, or standard input for `-`. Raises `UsageError` if it cannot be opened."""
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise UsageError("standard input is closed; name a FILE to read")
        yield sys.stdin.buffer
        return
    try:
        file = open(path, "rb", buffering=_BUFFER_SIZE)  # noqa: SIM115  # closed below
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot read {path!r}: {reason}") from error
    with file:
        try:
            source = open_decompressed(file, path)
        except CompressionUnavailable as error:
            raise UsageError(f"cannot read {path!r}: {error}") from None
        yield source
