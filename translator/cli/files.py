"""Open the files and standard streams that commands read and write."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from translator.cli.exits import UsageError
from translator.errors import MissingExtraError
from translator.report.printable import Printable, printable
from translator.streaming import compression

if TYPE_CHECKING:
    from translator.cli.parquet import ParquetWriter
    from translator.streaming.framing import BodyWriter

    Writer = BodyWriter | compression.CompressedWriter | ParquetWriter

STANDARD_STREAM: Final = "-"
"""The file name that stands for standard input and standard output."""

STANDARD_INPUT: Final = "standard input"
"""The name of standard input in messages and reports."""

STANDARD_OUTPUT: Final = "standard output"
"""The `filename` of errors raised by writing to standard output."""

# Larger than the output of a chunk, so that an interrupt never splits it.
_BUFFER_SIZE: Final = 1024 * 1024


class Output:
    """A destination for bytes; if `is_atomic`, they only appear once it is committed.

    `sink` accepts the bytes. An `OSError` raised by writing has the name of the output as its
    `filename`; further writes are ignored, so that closing does not raise a second error.
    """

    def __init__(
        self, name: str, fd: int, temp_path: str = "", real_path: str = "", *, close_fd: bool = True
    ) -> None:
        self.name = name
        self._file = io.FileIO(fd, "wb", closefd=close_fd)
        # It keeps track of partial writes when a signal arrives.
        self._buffer = io.BufferedWriter(self._file, _BUFFER_SIZE)
        self._failed = False
        self._writers: list[Writer] = []
        self.sink: compression.Sink = self
        self._temp_path, self._real_path = temp_path, real_path
        self.is_atomic = bool(temp_path)

    def write(self, data: bytes, /) -> int:
        """Buffer bytes that need no further processing. Raises `OSError`."""
        if not self._failed:
            self._attempt(self._buffer.write, data)
        return len(data)

    def flush(self) -> None:
        """Write the buffered bytes. Raises `OSError`."""
        if not self._failed:
            self._attempt(self._buffer.flush)

    @property
    def descriptor(self) -> int | None:
        """The descriptor at which other processes can write: that of a file not yet committed."""
        return self._file.fileno() if self.is_atomic else None

    def reserve(self, size: int, /) -> int:
        """Return the offset at which another process is to write the next `size` bytes."""
        self.flush()
        return self._buffer.seek(size, os.SEEK_CUR) - size

    def _attempt(self, operation: Callable[..., object], *arguments: object) -> None:
        try:
            operation(*arguments)
        except OSError as error:
            self._failed = True
            error.filename = self.name
            raise

    def pipe_through(self, writer: Writer) -> None:
        """Make `writer`, which writes to the current sink, the new sink."""
        self._writers.insert(0, writer)
        self.sink = writer

    def commit(self) -> None:
        """Flush all buffers and move the file to its final path."""
        if self._file.closed:
            return
        for writer in self._writers:
            writer.finish()
        self.flush()
        if self.is_atomic:
            self._attempt(os.fsync, self._file.fileno())
            self._attempt(os.replace, self._temp_path, self._real_path)
        self._file.close()

    def discard(self) -> None:
        """Drop what is buffered and delete the temporary file, unless already committed."""
        if self._file.closed:
            return
        self._file.close()
        if self.is_atomic:
            with suppress(FileNotFoundError):
                os.unlink(self._temp_path)


@contextmanager
def open_output(path: str) -> Iterator[Output]:
    """Open an output that replaces the file `path` when it is committed; `-` is standard output.

    The bytes go to a hidden file in the same folder, which is deleted at the end unless it was
    committed. Devices, named pipes and paths of descriptors (`/dev/fd/3`) are written directly.
    The extensions `.gz` and `.zst` select compression. Raises `UsageError` if the file cannot be
    opened, and `OSError` if standard output is closed.
    """
    if path == STANDARD_STREAM:
        output = standard_output()
    else:
        with _usage_errors(f"cannot write {path!r}"):
            compressor = compression.compressor_for(path)
            output = _open_file(path)
        if compressor is not None:
            output.pipe_through(compression.CompressedWriter(output.sink, compressor))
    try:
        yield output
    finally:
        output.discard()


@contextmanager
def _usage_errors(problem: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        if isinstance(error, FileNotFoundError):
            folder = os.path.dirname(error.filename)
            if folder and not os.path.isdir(folder):
                reason = f"there is no folder {folder!r}"
        raise UsageError(f"{problem}: {reason}") from error


def _open_file(path: str) -> Output:
    if path in ("/dev/stdout", "/dev/fd/1"):
        return standard_output()
    real_path = os.path.realpath(path)
    mode = None
    with suppress(FileNotFoundError):
        mode = os.stat(real_path).st_mode
    if mode is not None and (not stat.S_ISREG(mode) or path.startswith(("/dev/", "/proc/"))):
        return Output(path, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC))
    temp_path = os.path.join(os.path.dirname(real_path), f".translator-{os.urandom(6).hex()}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(temp_path, flags, 0o666)
    if mode is not None:
        os.chmod(temp_path, stat.S_IMODE(mode))
    return Output(path, descriptor, temp_path, real_path)


def standard_output() -> Output:
    """Return standard output as an output for bytes. Raises `OSError` if it is closed."""
    if sys.stdout is None:
        raise OSError(None, "it is closed", STANDARD_OUTPUT)
    sys.stdout.flush()
    return Output(STANDARD_OUTPUT, sys.stdout.fileno(), close_fd=False)


def write_text(path: str, text: str) -> None:
    """Replace a file, or write to standard output if it is `-`. Raises `UsageError`."""
    with open_output(path) as output:
        output.sink.write(text.encode(errors="replace"))
        output.commit()


class Inputs:
    """The inputs of a run, which are opened one after the other, the first one by `with`.

    A file is decompressed, or read as Parquet, by its extension; `-` is standard input. `column` is
    that of the events in Parquet files. Raises `UsageError` for an input that cannot be opened.
    `name` is that of the current input; `label` is the same if there are several, and None
    otherwise.
    """

    def __init__(self, paths: Sequence[str], column: str | None = None) -> None:
        self._paths = paths
        self._column = column
        self._size = _total_size(paths)
        self._size_before = 0
        self._open_paths = self._open_each()
        self._set_name(paths[0])

    def _set_name(self, path: str) -> None:
        is_standard = path == STANDARD_STREAM
        self.name = STANDARD_INPUT if is_standard else os.fsencode(path).decode(errors="replace")
        self.label = self.name if len(self._paths) > 1 else None

    def __enter__(self) -> Inputs:
        self._first = next(self._open_paths)
        return self

    def __exit__(self, *_: object) -> None:
        self._open_paths.close()

    def __iter__(self) -> Iterator[BinaryIO]:
        yield self._first
        yield from self._open_paths

    def _open_each(self) -> Generator[BinaryIO]:
        for path in self._paths:
            if path == STANDARD_STREAM:
                if sys.stdin is None:
                    raise UsageError("standard input is closed; name a FILE to read")
                self._set_name(path)
                self._file: BinaryIO = sys.stdin.buffer
                yield sys.stdin.buffer
                continue
            with ExitStack() as stack:
                with _usage_errors(f"cannot read {path!r}"):
                    self._file = stack.enter_context(open(path, "rb", buffering=_BUFFER_SIZE))
                    source = _open_lines(self._file, path, self._column)
                self._set_name(path)
                yield source
                with suppress(OSError):  # a pipe has no position
                    self._size_before += self._file.tell()

    def share_read(self) -> float | None:
        """Return how much was read, from 0 to 1; None unless all inputs are regular files."""
        if not self._size:
            return None
        try:
            return min((self._size_before + self._file.tell()) / self._size, 1.0)
        except (OSError, ValueError):
            return None


def _total_size(paths: Iterable[str]) -> int | None:
    size = 0
    try:
        for path in paths:
            status = os.stat(0 if path == STANDARD_STREAM else path)
            if not stat.S_ISREG(status.st_mode):
                return None
            size += status.st_size
    except (OSError, ValueError):
        return None
    return size


def _open_lines(file: BinaryIO, path: str, column: str | None) -> BinaryIO:
    """Return a reader of the lines of a file, by the extension of its path."""
    if not is_parquet(path):
        return compression.open_decompressed(file, path)
    rows: Any = import_parquet().open_rows(file, path, column)
    return rows  # type: ignore[no-any-return]


def is_parquet(path: str) -> bool:
    """Return whether the extension of a path is that of Parquet files."""
    return path.endswith(".parquet")


def import_parquet() -> ModuleType:
    """Import `translator.cli.parquet`. Raises `MissingExtraError`."""
    try:
        from translator.cli import parquet
    except ModuleNotFoundError as error:
        purpose = "reading or writing .parquet files"
        raise MissingExtraError("arrow", purpose, "pyarrow") from error
    return parquet


def check_readable(path: str, column: str | None = None) -> None:
    """Raise `UsageError` for a file that cannot be opened. Does not open pipes and devices.

    `column` is that of the events, if it is a Parquet file.
    """
    if path == STANDARD_STREAM:
        return
    with _usage_errors(f"cannot read {path!r}"):
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            with open(path, "rb") as file:
                _open_lines(file, path, column)


def print_out(text: Printable) -> None:
    """Write lines to standard output, in UTF-8 regardless of the locale.

    Text that is not `Printable` is escaped and becomes one line.
    """
    output = standard_output()
    output.write(f"{printable(text)}\n".encode())
    output.commit()
