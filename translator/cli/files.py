"""Where results go: files that appear only when they are whole, and standard output.

Where events come from: standard input, or a file by name, decompressed if its name says so.

What commands write on standard output.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final, Protocol

from translator.cli.exits import UsageError
from translator.streaming.compression import (
    CompressedWriter,
    CompressionUnavailable,
    Sink,
    compressor_for,
    open_decompressed,
)

STANDARD_OUTPUT: Final = "standard output"
"""The name that errors of writing to standard output carry."""

_BUFFER_SIZE: Final = 1024 * 1024  # what a chunk comes to is taken whole, however writing ends

_DESCRIPTOR_PREFIXES: Final = ("/dev/", "/proc/")


class FinishableSink(Sink, Protocol):
    """A sink on the way to another, that has something to write at the end."""

    def finish(self) -> None:
        """Write what remains to be written."""
        ...


class Output:
    """Something to write bytes to, that is kept or dropped as a whole at the end.

    `sink` takes the bytes. An `OSError` of writing carries the output's name as its `filename`,
    and after it whatever else is written is ignored, so that closing raises no second one.
    """

    def __init__(
        self, file: _LabeledFile, temp_path: str | None = None, final_path: str | None = None
    ) -> None:
        self._file = file
        self.sink: Sink = file
        self._writers: list[FinishableSink] = []
        self._temp_path = temp_path
        self._final_path = final_path

    def pipe_through(self, writer: FinishableSink) -> None:
        """Have all bytes written to `writer` from now on, which writes to what was the sink."""
        self._writers.insert(0, writer)
        self.sink = writer

    def commit(self) -> None:
        """Write out what is buffered, and rename the file into its place."""
        if self._file.closed:
            return
        for writer in self._writers:
            writer.finish()
        self._file.flush()
        if self._temp_path is not None and self._final_path is not None:
            try:
                self._file.sync()
                os.replace(self._temp_path, self._final_path)
            except OSError as error:
                raise OSError(error.errno, error.strerror, self._file.label) from error
        self._file.close()

    def discard(self) -> None:
        """Forget what is buffered and leave no file; what a device got already stays with it."""
        if self._file.closed:
            return
        self._file.close()
        if self._temp_path is not None:
            _unlink_if_exists(self._temp_path)

    @property
    def is_atomic(self) -> bool:
        """Whether dropping it leaves nothing of what was written."""
        return self._temp_path is not None


def open_output(path: str) -> Output:
    """An output that becomes the file `path`, replacing what is there, only when it is kept.

    It is written beside its place under a hidden name. What is no regular file (a device, a
    named pipe), or is named by its descriptor (`/dev/fd/3`), is written to as it is. If its name
    says so, what is written is compressed. Raises `OSError` where nothing can be written there,
    `Missing` where what it takes to compress is not installed.
    """
    compressor = compressor_for(path)
    output = _open_file(path)
    if compressor is not None:
        output.pipe_through(CompressedWriter(output.sink, compressor))
    return output


def _open_file(path: str) -> Output:
    if path in ("/dev/stdout", "/dev/fd/1"):
        return standard_output()
    real_path = os.path.realpath(path)
    mode = None
    try:
        status = os.stat(real_path)
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(status.st_mode) or path.startswith(_DESCRIPTOR_PREFIXES):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            return Output(_LabeledFile(path, os.open(path, flags)))
        mode = stat.S_IMODE(status.st_mode)
    temp_path = os.path.join(os.path.dirname(real_path), f".translator-{os.urandom(6).hex()}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(temp_path, flags, 0o666)
    except OSError as error:
        error.filename = path
        raise
    if mode is not None:
        os.chmod(temp_path, mode)
    return Output(_LabeledFile(path, descriptor), temp_path, real_path)


def standard_output() -> Output:
    """Standard output, for bytes. Raises `OSError` where it is closed."""
    if sys.stdout is None:
        raise OSError(None, "it is closed", STANDARD_OUTPUT)
    sys.stdout.flush()
    return Output(_LabeledFile(STANDARD_OUTPUT, sys.stdout.fileno(), close_fd=False))


class _LabeledFile:
    """A file that says its name when writing fails, and takes nothing in from then on.

    What is written waits in a buffer of Python's own: it counts what a signal interrupts.
    """

    def __init__(self, label: str, descriptor: int, *, close_fd: bool = True) -> None:
        self.label = label
        self._raw = io.FileIO(descriptor, "wb", closefd=close_fd)
        self._buffered = io.BufferedWriter(self._raw, _BUFFER_SIZE)
        self._failed = False

    def write(self, data: bytes, /) -> int:
        """Take the bytes in. Raises `OSError`."""
        if not self._failed:
            try:
                self._buffered.write(data)
            except OSError as error:
                raise self._mark_failed(error) from None
        return len(data)

    def flush(self) -> None:
        """Write out what waits. Raises `OSError`."""
        if not self._failed:
            try:
                self._buffered.flush()
            except OSError as error:
                raise self._mark_failed(error) from None

    def _mark_failed(self, error: OSError) -> OSError:
        self._failed = True
        error.filename = self.label
        return error

    def sync(self) -> None:
        """Wait until what was written is on the disk. Raises `OSError`."""
        os.fsync(self._raw.fileno())

    def close(self) -> None:
        """Close the file; what still waits to be written is forgotten."""
        self._raw.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._raw.closed


def _unlink_if_exists(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


STANDARD_STREAM: Final = "-"
"""The name of standard input, and of standard output."""


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


def print_out(text: str) -> None:
    """Write text to standard output, in UTF-8 whatever the locale."""
    output = standard_output()
    output.sink.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    output.commit()
