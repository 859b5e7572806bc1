"""Run a translator over a file of events, and handle every way in which the run can end."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from itertools import chain, combinations, product
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from translator.cli import exits
from translator.cli.console import print_error, report_io_error
from translator.cli.exits import Terminated, TooManyRejects, UsageError
from translator.cli.files import (
    STANDARD_OUTPUT,
    STANDARD_STREAM,
    Inputs,
    Output,
    check_readable,
    import_parquet,
    is_parquet,
    open_output,
)
from translator.cli.garbage import rare_collections
from translator.cli.stream_console import StreamConsole
from translator.errors import WorkerLost
from translator.schema.openapi import Envelope
from translator.streaming import pipeline
from translator.streaming.framing import BodyFraming, BodyWriter
from translator.streaming.ndjson import HEAD_SIZE, document_kind

MIN_PERCENTAGE_BASE: Final = 1000
"""Number of events that must be read before a percentage of rejects can end a run early."""

_GC_THRESHOLD: Final = 50_000


class Files(msgspec.Struct, frozen=True):
    """The files of a run; `-` is standard input or standard output.

    `column` has the events of Parquet files; None means that they are found by its rules.
    """

    sources: tuple[str, ...] = (STANDARD_STREAM,)
    target: str = STANDARD_STREAM
    rejects: str | None = None
    losses: str | None = None
    summary: str | None = None
    column: str | None = None


class RejectLimit(NamedTuple):
    """The rejects that a run may have: a number of events, or a percentage of those read."""

    maximum: float
    is_percentage: bool

    def check(self, counts: pipeline.Counts, *, is_end: bool) -> None:
        """Raise `TooManyRejects` if there are more.

        Before the end, a percentage is checked only once `MIN_PERCENTAGE_BASE` events were read.
        """
        rejected, read = counts.reject_count, counts.read
        if not self.is_percentage:
            if rejected > self.maximum:
                raise TooManyRejects(f"more than {self.maximum:g} events were rejected")
        elif 100 * rejected > self.maximum * read and (is_end or read >= MIN_PERCENTAGE_BASE):
            message = f"{rejected} of {read} events were rejected, more than {self.maximum:g}%"
            raise TooManyRejects(message)


class LineFormat(msgspec.Struct, frozen=True):
    """How input lines contain events, and the request bodies to write, if any.

    `max_events` is the maximum number of events in a body; None means no limit. `body_fields` are
    the other fields of each body.
    """

    framing: pipeline.Framing = pipeline.bare_framing
    output_envelope: Envelope | None = None
    max_events: int | None = None
    body_fields: Mapping[str, Any] = {}


Summarize = Callable[[pipeline.Counts, int, str | None], dict[str, Any]]
"""Makes the summary of a run from its counts, its exit code and, if it ended early, the place."""


def check_files(files: Files) -> None:
    """Raise `UsageError` if one file of the run would overwrite another, or cannot be used."""
    inputs = [("the input", path) for path in dict.fromkeys(files.sources)]
    outputs = [("-o", files.target)]
    for option, path in (
        ("--rejects", files.rejects),
        ("--losses", files.losses),
        ("--summary", files.summary),
    ):
        if path == STANDARD_STREAM:
            raise UsageError(f"{option} requires a file name, not {STANDARD_STREAM}")
        if path is not None:
            if is_parquet(path):
                raise UsageError(f"{option}: {path!r} cannot be a Parquet file; only -o can")
            outputs.append((option, path))
    for option, path in inputs + outputs:
        if "\0" in path:
            raise UsageError(f"{option}: {path!r} contains a NUL character")
    for (name, path), (option, other_path) in chain(
        product(inputs, outputs), combinations(outputs, 2)
    ):
        if STANDARD_STREAM not in (path, other_path) and is_same_file(path, other_path):
            raise UsageError(f"{option} and {name} name the same file, {other_path}")
    if files.sources.count(STANDARD_STREAM) > 1:
        raise UsageError("standard input (-) is named twice; it can be read only once")
    if files.column is not None and not any(map(is_parquet, files.sources)):
        raise UsageError("--column names a column of Parquet files; no FILE ends in .parquet")
    for path in files.sources[1:]:
        check_readable(path, files.column)


def is_same_file(path: str, other_path: str) -> bool:
    """Return whether both paths lead to one file, existing or not; devices may be shared."""
    real_path = os.path.realpath(path)
    is_device = os.path.exists(real_path) and not os.path.isfile(real_path)
    return real_path == os.path.realpath(other_path) and not is_device


def translate_files(
    translator: pipeline.EventTranslator,
    files: Files,
    line_format: LineFormat,
    *,
    jobs: int = 1,
    quiet: bool,
    reject_limit: RejectLimit | None = None,
    summarize: Summarize | None = None,
) -> int:
    """Translate files of events in `jobs` processes, report to standard error, return exit code.

    Losses are counted if the translator is a `WithLosses`. The target file appears only if the run
    completes, and so does the losses file unless events go to standard output; the rejects so far
    are always saved, and so is what `summarize` returns. Raises `UsageError` if a file cannot be
    opened.
    """
    interactive = sys.stdin is not None and sys.stdin.isatty() and STANDARD_STREAM in files.sources
    if interactive and not quiet:
        print_error("reading events from the terminal, one per line; press Ctrl-D to finish")
    framing, counts, work = line_format.framing, pipeline.Counts(), None
    if isinstance(translator, pipeline.WithLosses):
        counts.loss_totals = pipeline.LossTotals()
        list_losses = files.losses is not None
        work = pipeline.loss_translator(translator, framing, list_losses=list_losses)
    else:
        if jobs > 1 and framing is pipeline.bare_framing:
            # Build the reader once, before the workers are forked.
            getattr(translator, "fast_reader", None)
        work = pipeline.part_translator(translator, framing)
    inputs = Inputs(files.sources, files.column)
    console = StreamConsole(inputs, quiet=quiet, progress=not interactive)

    def after_chunk(counts: pipeline.Counts) -> None:
        console.update_progress(counts)
        if reject_limit is not None:
            reject_limit.check(counts, is_end=False)

    with (
        rare_collections(_GC_THRESHOLD),
        _sigterm_as_interrupt(),
        inputs,
        open_output(files.target) as target,
        _open_optional(files.rejects) as rejects,
        _open_optional(files.losses) as losses,
        _open_optional(files.summary) as summary,
        _stream_mappers(jobs) as stream_mapper_of,
    ):
        if is_parquet(files.target):
            target.pipe_through(import_parquet().ParquetWriter(target.sink))
        envelope = line_format.output_envelope
        if envelope is not None:
            limit, body_fields = line_format.max_events, line_format.body_fields
            target.pipe_through(BodyWriter(target.sink, envelope, limit, body_fields))
        try:
            for source in inputs:
                counts.line = 0
                lines = _as_lines(source, inputs.name, framing, quiet=quiet)
                pipeline.translate_stream(
                    lines,
                    target.sink,
                    translator,
                    map_stream=stream_mapper_of(source),
                    work=work,
                    rejects=rejects.sink if rejects else None,
                    losses=losses.sink if losses else None,
                    on_reject=console.show_reject if rejects is None else None,
                    on_progress=after_chunk,
                    counts=counts,
                    file=inputs.label,
                )
            if reject_limit is not None:
                reject_limit.check(counts, is_end=True)
            for output in filter(None, (rejects, target, losses)):
                output.commit()
        except BaseException as error:
            # The losses are of use only if the output that they describe remains too.
            useful = (rejects,) if target.is_atomic else (rejects, target, losses)
            for output in filter(None, useful):
                with suppress(OSError):
                    output.commit()
            console.clear()
            place = f"line {counts.line}" + (f" of {inputs.label}" if inputs.label else "")
            if isinstance(error, BrokenPipeError) and error.filename == STANDARD_OUTPUT:
                exit_code = exits.REJECTED if counts.rejects_by_code else exits.DONE
            else:
                console.close(counts)
                consequence = ""
                if target.is_atomic:
                    consequence = f"; {files.target} was not written"
                elif isinstance(error, OSError) and error.filename:
                    consequence = "; the last events may be missing from the output"
                exit_code = _report_early_end(error, place + consequence)
            if summary is not None and summarize is not None:
                with suppress(OSError):
                    _save(summarize(counts, exit_code, place), summary)
            if exit_code == exits.INTERNAL_ERROR:
                raise
            return exit_code
        console.close(counts)
        exit_code = exits.REJECTED if counts.rejects_by_code else exits.DONE
        if summary is not None and summarize is not None:
            try:
                _save(summarize(counts, exit_code, None), summary)
            except OSError as error:
                return report_io_error(error)
    return exit_code


def _as_lines(source: BinaryIO, name: str, framing: pipeline.Framing, *, quiet: bool) -> BinaryIO:
    """Return the input, or a reader of its events as lines if it is not NDJSON."""
    peek: Callable[[int], bytes] | None = getattr(source, "peek", None)
    reads_lists = isinstance(framing, BodyFraming) and not framing.envelope.path
    kind = peek and document_kind(peek(HEAD_SIZE), has_list_lines=reads_lists)
    if kind is None:
        return source
    from translator.streaming.documents import open_document

    if not quiet:
        print_error(f"{name} is {kind}: `line` is the number of the event in it")
    return open_document(source, name)


def _save(summary: dict[str, Any], output: Output) -> None:
    from json import dumps

    text = dumps(summary, indent=2, ensure_ascii=False)
    output.sink.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    output.commit()


def _report_early_end(error: BaseException, place: str) -> int:
    """Report why a run ended early and return the exit code; report no unexpected error."""
    match error:
        case KeyboardInterrupt():
            print_error(f"translator: interrupted at {place}")
            return exits.TERMINATED if isinstance(error, Terminated) else exits.INTERRUPTED
        case OSError():
            return report_io_error(error, f"; stopped at {place}")
        case WorkerLost():
            print_error(f"translator: {error}; stopped at {place}")
            return exits.WORKER_LOST
        case TooManyRejects():
            print_error(f"translator: {error}; stopped at {place}")
            return exits.TOO_MANY_REJECTS
        case UsageError():  # an input other than the first is gone
            print_error(f"translator: {error}; stopped after {place}")
            return exits.IO_FAILED
        case _:
            return exits.INTERNAL_ERROR


StreamMapperOf = Callable[[BinaryIO], pipeline.StreamMapper | None]
"""Gives the function that processes a stream; None for the present process."""


@contextmanager
def _stream_mappers(jobs: int) -> Iterator[StreamMapperOf]:
    if jobs == 1:
        yield lambda _: None
        return
    from translator.streaming.workers import WorkerPool

    with WorkerPool(jobs) as pool:

        def stream_mapper_of(source: BinaryIO) -> pipeline.StreamMapper:
            pool.is_ready = lambda: _is_ready(source)
            return pool.map_stream

        yield stream_mapper_of


def _is_ready(source: BinaryIO) -> bool:
    with suppress(OSError, ValueError):  # a compressed file has no descriptor
        return bool(select.select([source], [], [], 0)[0])
    return True


def _open_optional(path: str | None) -> AbstractContextManager[Output | None]:
    return nullcontext() if path is None else open_output(path)


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Make SIGTERM end the run as Ctrl-C does, so that no partial file remains."""

    def stop(_signal: int, _frame: object) -> None:
        raise Terminated

    with ExitStack() as stack:
        with suppress(ValueError):  # not in the main thread, which alone may handle signals
            previous_handler = signal.signal(signal.SIGTERM, stop)
            stack.callback(signal.signal, signal.SIGTERM, previous_handler)
        yield
