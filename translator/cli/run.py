"""One run of the command line over a file of events, and every way in which it may end."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
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
from translator.cli.files import (
    STANDARD_OUTPUT,
    STANDARD_STREAM,
    Output,
    open_input,
    open_output,
    standard_output,
)
from translator.errors import WorkerLost
from translator.schema.openapi import Envelope
from translator.streaming.compression import CompressionUnavailable
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
    """What a run reads and writes; `-` is standard input or output."""

    source: str = STANDARD_STREAM
    target: str = STANDARD_STREAM
    rejects: str | None = None
    losses: str | None = None


@dataclass(frozen=True, slots=True)
class LineFormat:
    """What stands in the lines: how those read hold events, and the bodies written, if any are.

    `most` is how many events a body that is written holds.
    """

    framing: Framing = bare_framing
    output_envelope: Envelope | None = None
    max_events: int | None = None


PLAIN_FORMAT: Final = LineFormat()
"""Events, read and written."""


def check_files(files: Files) -> None:
    """Refuse files that would overwrite one another, before anything is opened."""
    if STANDARD_STREAM not in (files.source, files.target) and _same_file(
        files.source, files.target
    ):
        raise UsageError(f"-o would replace the events that are read, {files.target}")
    named_files = [(files.target, "-o"), (files.source, "the input")]
    for option, path in (("--rejects", files.rejects), ("--losses", files.losses)):
        if path is None:
            continue
        if path == STANDARD_STREAM:
            raise UsageError(f"{option} needs the name of a file")
        for other, name in named_files:
            if other != STANDARD_STREAM and _same_file(path, other):
                raise UsageError(f"{option} and {name} name the same file, {path}")
        named_files.append((path, option))


def translate_file(
    translator: EventTranslator,
    files: Files,
    line_format: LineFormat = PLAIN_FORMAT,
    *,
    jobs: int = 1,
    quiet: bool,
) -> int:
    """Translate a file of events in `jobs` processes and tell what happened on standard error.

    Gives the exit code. Losses are summed where the translator is one for `Accounting`.

    The target appears only when the run came to its end, and the losses with it; the rejects up to
    where it came are kept however it ends. Raises `UsageError` where a file cannot be opened.
    """
    interactive = files.source == STANDARD_STREAM and sys.stdin is not None and sys.stdin.isatty()
    if interactive and not quiet:
        print_error("reading events from the terminal, one a line; end with Ctrl-D")
    console = Console(quiet=quiet, list_rejects=files.rejects is None, progress=not interactive)
    counts, work = Counts(), None
    if isinstance(translator, WithLosses):
        counts.loss_totals = LossTotals()
        work = make_loss_work(translator, line_format.framing, list_losses=files.losses is not None)
    elif jobs > 1 and line_format.framing is bare_framing:
        getattr(translator, "reader", None)  # made once, before there are workers to make it each
    with (
        _reduced_gc(),
        _sigterm_as_interrupt(),
        open_input(files.source) as source,
        _open_outputs(files) as (target, rejects, losses),
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
            if rejects is not None:
                rejects.commit()
            target.commit()
            if losses is not None:
                losses.commit()
        except BaseException as error:
            _keep_partial(target, rejects, losses)
            console.clear()
            if not isinstance(error, BrokenPipeError) or error.filename != STANDARD_OUTPUT:
                console.close(counts)
                consequence = ""
                if target.is_atomic:
                    consequence = f"; {files.target} was not written"
                elif isinstance(error, OSError) and error.filename:
                    consequence = "; of what was written last, some may be missing"
                return _report_end(error, f"{counts.line}{consequence}")
        else:
            console.close(counts)
    return REJECTED if counts.rejects_by_code else DONE


def report_io_error(error: OSError, where: str = "") -> int:
    """Say that reading or writing failed; gives the exit code."""
    problem = f"cannot write {error.filename}" if error.filename else "reading failed"
    print_error(f"translator: {problem}: {error.strerror or error}{where}")
    return IO_FAILED


def _report_end(error: BaseException, where: str) -> int:
    """Say how a run ended early; a defect is raised on."""
    match error:
        case KeyboardInterrupt():
            print_error(f"translator: interrupted at line {where}")
            return TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        case OSError():
            return report_io_error(error, f"; stopped at line {where}")
        case WorkerLost():
            print_error(f"translator: {error}; stopped at line {where}")
            return WORKER_LOST
        case _:
            raise error


@contextmanager
def _part_mapper(jobs: int, source: BinaryIO) -> Iterator[tuple[MapParts, int]]:
    """What does the work on chunks of a stream, and how large they best are."""
    if jobs == 1:
        yield map, CHUNK_SIZE
        return
    import select

    from translator.streaming import workers

    def ready() -> bool:
        try:
            return bool(select.select([source], [], [], 0)[0])
        except (OSError, ValueError):  # it has no descriptor: a compressed file
            return True

    with workers.WorkerPool(jobs, ready) as pool:
        yield pool.map_parts, workers.WORKER_CHUNK_SIZE


def _keep_partial(target: Output, rejects: Output | None, losses: Output | None) -> None:
    """After a run that ended early: no half file, but the rejects up to there.

    Losses are of what was written: they are kept with it, if it is no file that vanishes.
    """
    with suppress(OSError):
        if rejects is not None:
            rejects.commit()
    with suppress(OSError):
        if not target.is_atomic:
            target.commit()
    with suppress(OSError):
        if losses is not None and not target.is_atomic:
            losses.commit()


@contextmanager
def _open_outputs(files: Files) -> Iterator[tuple[Output, Output | None, Output | None]]:
    """The target, rejects and losses, opened; whatever was not kept at the end is dropped."""
    with ExitStack() as stack:

        def register(output: Output) -> Output:
            stack.callback(output.discard)
            return output

        target = register(
            standard_output() if files.target == STANDARD_STREAM else _open_or_refuse(files.target)
        )
        rejects = register(_open_or_refuse(files.rejects)) if files.rejects is not None else None
        losses = register(_open_or_refuse(files.losses)) if files.losses is not None else None
        yield target, rejects, losses


def _open_or_refuse(path: str, opener: Callable[[str], Output] = open_output) -> Output:
    try:
        return opener(path)
    except CompressionUnavailable as error:
        raise UsageError(f"cannot write {path!r}: {error}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot write {path!r}: {reason}") from error


@contextmanager
def _reduced_gc() -> Iterator[None]:
    """Have no garbage looked for among what was compiled, and rarely among events.

    Events hold no cycles: a fifth of the time would go into finding that out.
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
    """SIGTERM ends the run as Ctrl-C does, so that no half file stays behind."""

    def stop(_signal: int, _frame: object) -> None:
        raise Terminated

    try:
        previous_handler = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread: whoever owns that decides
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous_handler)


def _same_file(path: str, other_path: str) -> bool:
    """Whether both name one regular file, there already or not; a device may be named twice."""
    real_path = os.path.realpath(path)
    return real_path == os.path.realpath(other_path) and (
        os.path.isfile(real_path) or not os.path.exists(real_path)
    )
