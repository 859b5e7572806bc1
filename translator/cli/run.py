"""Run a translator over a file of events, and handle every way in which the run can end."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import combinations
from typing import BinaryIO, Final

from translator.cli.console import Console, print_error
from translator.cli.exits import (
    DONE,
    INTERRUPTED,
    IO_FAILED,
    REJECTED,
    TERMINATED,
    WORKER_LOST,
    Terminated,
    UsageError,
)
from translator.cli.files import STANDARD_OUTPUT, STANDARD_STREAM, Output, open_input, open_output
from translator.errors import WorkerLost
from translator.schema.openapi import Envelope
from translator.streaming.framing import BodyWriter
from translator.streaming.ndjson import CHUNK_SIZE
from translator.streaming.pipeline import (
    Counts,
    EventTranslator,
    Framing,
    LossTotals,
    MapParts,
    WithLosses,
    bare_framing,
    make_loss_work,
    translate_stream,
)

_GC_THRESHOLD: Final = 50_000


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a run; `-` is standard input or standard output."""

    source: str = STANDARD_STREAM
    target: str = STANDARD_STREAM
    rejects: str | None = None
    losses: str | None = None


@dataclass(frozen=True, slots=True)
class LineFormat:
    """How input lines contain events, and the request bodies to write, if any.

    `max_events` is the maximum number of events in a body; None means no limit.
    """

    framing: Framing = bare_framing
    output_envelope: Envelope | None = None
    max_events: int | None = None


PLAIN_FORMAT: Final = LineFormat()
"""One event per line, both for input and output."""


def check_files(files: Files) -> None:
    """Raise `UsageError` if one file of the run would overwrite another."""
    named_paths = [("the input", files.source), ("-o", files.target)]
    for option, path in (("--rejects", files.rejects), ("--losses", files.losses)):
        if path == STANDARD_STREAM:
            raise UsageError(f"{option} requires a file name, not {STANDARD_STREAM}")
        if path is not None:
            named_paths.append((option, path))
    for (name, path), (option, other_path) in combinations(named_paths, 2):
        if STANDARD_STREAM not in (path, other_path) and _is_same_file(path, other_path):
            raise UsageError(f"{option} and {name} name the same file, {other_path}")


def _is_same_file(path: str, other_path: str) -> bool:
    """Return whether both paths lead to one file, existing or not; devices may be shared."""
    real_path = os.path.realpath(path)
    return real_path == os.path.realpath(other_path) and (
        os.path.isfile(real_path) or not os.path.exists(real_path)
    )


def translate_file(
    translator: EventTranslator,
    files: Files,
    line_format: LineFormat = PLAIN_FORMAT,
    *,
    jobs: int = 1,
    quiet: bool,
) -> int:
    """Translate a file of events in `jobs` processes, report to standard error, return exit code.

    Losses are counted if the translator is a `WithLosses`. The target and losses files appear only
    if the run completes; the rejects so far are always saved. Raises `UsageError` if a file cannot
    be opened.
    """
    interactive = files.source == STANDARD_STREAM and sys.stdin is not None and sys.stdin.isatty()
    if interactive and not quiet:
        print_error("reading events from the terminal, one per line; press Ctrl-D to finish")
    console = Console(quiet=quiet, list_rejects=files.rejects is None, progress=not interactive)
    counts, work = Counts(), None
    if isinstance(translator, WithLosses):
        counts.loss_totals = LossTotals()
        work = make_loss_work(translator, line_format.framing, list_losses=files.losses is not None)
    elif jobs > 1 and line_format.framing is bare_framing:
        # Build the reader once, before the workers are forked.
        getattr(translator, "reader", None)
    with (
        _reduced_gc(),
        _sigterm_as_interrupt(),
        open_input(files.source) as source,
        open_output(files.target) as target,
        _open_optional(files.rejects) as rejects,
        _open_optional(files.losses) as losses,
        _part_mapper(jobs, source) as (map_parts, chunk_size),
    ):
        if line_format.output_envelope is not None:
            target.pipe_through(
                BodyWriter(target.sink, line_format.output_envelope, line_format.max_events)
            )
        try:
            translate_stream(
                source,
                target.sink,
                translator,
                framing=line_format.framing,
                map_parts=map_parts,
                chunk_size=chunk_size,
                work=work,
                rejects=rejects.sink if rejects else None,
                losses=losses.sink if losses else None,
                on_reject=console.show_reject,
                on_progress=console.update_progress if console.shows_progress else None,
                counts=counts,
            )
            for output in (rejects, target, losses):
                if output is not None:
                    output.commit()
        except BaseException as error:
            _commit_partial(target, rejects, losses)
            console.clear()
            if not isinstance(error, BrokenPipeError) or error.filename != STANDARD_OUTPUT:
                console.close(counts)
                consequence = ""
                if target.is_atomic:
                    consequence = f"; {files.target} was not written"
                elif isinstance(error, OSError) and error.filename:
                    consequence = "; the last events may be missing from the output"
                return _report_early_end(error, f"{counts.line}{consequence}")
        else:
            console.close(counts)
    return REJECTED if counts.rejects_by_code else DONE


def report_io_error(error: OSError, suffix: str = "") -> int:
    """Report that reading or writing failed and return the exit code."""
    problem = f"cannot write {error.filename}" if error.filename else "reading failed"
    print_error(f"translator: {problem}: {error.strerror or error}{suffix}")
    return IO_FAILED


def _report_early_end(error: BaseException, place: str) -> int:
    """Report why a run ended early and return the exit code; raise an unexpected error again."""
    match error:
        case KeyboardInterrupt():
            print_error(f"translator: interrupted at line {place}")
            return TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        case OSError():
            return report_io_error(error, f"; stopped at line {place}")
        case WorkerLost():
            print_error(f"translator: {error}; stopped at line {place}")
            return WORKER_LOST
        case _:
            raise error


@contextmanager
def _part_mapper(jobs: int, source: BinaryIO) -> Iterator[tuple[MapParts, int]]:
    """Yield the function that processes the chunks of a stream, and its best chunk size."""
    if jobs == 1:
        yield map, CHUNK_SIZE
        return
    import select

    from translator.streaming import workers

    def ready() -> bool:
        try:
            return bool(select.select([source], [], [], 0)[0])
        except (OSError, ValueError):  # a compressed file, which has no descriptor
            return True

    with workers.WorkerPool(jobs, ready) as pool:
        yield pool.map_parts, workers.WORKER_CHUNK_SIZE


def _commit_partial(target: Output, rejects: Output | None, losses: Output | None) -> None:
    """Save what is useful of a run that ended early.

    This is always the rejects; the losses only if the output they describe remains too.
    """
    for output in (rejects,) if target.is_atomic else (rejects, target, losses):
        if output is not None:
            with suppress(OSError):
                output.commit()


def _open_optional(path: str | None) -> AbstractContextManager[Output | None]:
    return nullcontext() if path is None else open_output(path)


@contextmanager
def _reduced_gc() -> Iterator[None]:
    """Collect garbage rarely, and not among the compiled code.

    Events contain no cycles, but looking for them would take a fifth of the time.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Make SIGTERM end the run as Ctrl-C does, so that no partial file remains."""

    def stop(_signal: int, _frame: object) -> None:
        raise Terminated

    try:
        previous_handler = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread, which alone may handle signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous_handler)
