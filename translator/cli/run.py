"""Run a translator over a file of events, and handle every way in which the run can end."""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, BinaryIO, Final

from translator.cli import exits
from translator.cli.console import Console, print_error, report_io_error
from translator.cli.exits import Terminated, UsageError
from translator.cli.files import STANDARD_OUTPUT, STANDARD_STREAM, Output, open_input, open_output
from translator.errors import WorkerLost
from translator.schema.openapi import Envelope
from translator.streaming import pipeline
from translator.streaming.framing import BodyWriter
from translator.streaming.ndjson import CHUNK_SIZE

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

    `max_events` is the maximum number of events in a body; None means no limit. `body_fields` are
    the other fields of each body.
    """

    framing: pipeline.Framing = pipeline.bare_framing
    output_envelope: Envelope | None = None
    max_events: int | None = None
    body_fields: Mapping[str, Any] = field(default_factory=dict)


def check_files(files: Files) -> None:
    """Raise `UsageError` if one file of the run would overwrite another."""
    named_paths = [("the input", files.source), ("-o", files.target)]
    for option, path in (("--rejects", files.rejects), ("--losses", files.losses)):
        if path == STANDARD_STREAM:
            raise UsageError(f"{option} requires a file name, not {STANDARD_STREAM}")
        if path is not None:
            named_paths.append((option, path))
    for option, path in named_paths:
        if "\0" in path:
            raise UsageError(f"{option}: {path!r} contains a NUL character")
    for (name, path), (option, other_path) in combinations(named_paths, 2):
        if STANDARD_STREAM not in (path, other_path) and _is_same_file(path, other_path):
            raise UsageError(f"{option} and {name} name the same file, {other_path}")


def _is_same_file(path: str, other_path: str) -> bool:
    """Return whether both paths lead to one file, existing or not; devices may be shared."""
    real_path = os.path.realpath(path)
    is_device = os.path.exists(real_path) and not os.path.isfile(real_path)
    return real_path == os.path.realpath(other_path) and not is_device


def translate_file(
    translator: pipeline.EventTranslator,
    files: Files,
    line_format: LineFormat,
    *,
    jobs: int = 1,
    quiet: bool,
) -> int:
    """Translate a file of events in `jobs` processes, report to standard error, return exit code.

    Losses are counted if the translator is a `WithLosses`. The target file appears only if the run
    completes, and so does the losses file unless events go to standard output; the rejects so far
    are always saved. Raises `UsageError` if a file cannot be opened.
    """
    interactive = files.source == STANDARD_STREAM and sys.stdin is not None and sys.stdin.isatty()
    if interactive and not quiet:
        print_error("reading events from the terminal, one per line; press Ctrl-D to finish")
    console = Console(quiet=quiet, progress=not interactive)
    framing, counts, work = line_format.framing, pipeline.Counts(), None
    if isinstance(translator, pipeline.WithLosses):
        counts.loss_totals = pipeline.LossTotals()
        list_losses = files.losses is not None
        work = pipeline.loss_translator(translator, framing, list_losses=list_losses)
    elif jobs > 1 and framing is pipeline.bare_framing:
        # Build the reader once, before the workers are forked.
        getattr(translator, "struct_reader", None)
    with (
        _reduced_gc(),
        _sigterm_as_interrupt(),
        open_input(files.source) as source,
        open_output(files.target) as target,
        _open_optional(files.rejects) as rejects,
        _open_optional(files.losses) as losses,
        _part_mapper(jobs, source) as (map_parts, chunk_size),
    ):
        envelope = line_format.output_envelope
        if envelope is not None:
            limit, body_fields = line_format.max_events, line_format.body_fields
            target.pipe_through(BodyWriter(target.sink, envelope, limit, body_fields))
        try:
            pipeline.translate_stream(
                source,
                target.sink,
                translator,
                framing=framing,
                map_parts=map_parts,
                chunk_size=chunk_size,
                work=work,
                rejects=rejects.sink if rejects else None,
                losses=losses.sink if losses else None,
                on_reject=console.show_reject if rejects is None else None,
                on_progress=console.update_progress,
                counts=counts,
            )
            for output in filter(None, (rejects, target, losses)):
                output.commit()
        except BaseException as error:
            # The losses are of use only if the output that they describe remains too.
            useful = (rejects,) if target.is_atomic else (rejects, target, losses)
            for output in filter(None, useful):
                with suppress(OSError):
                    output.commit()
            console.clear()
            if not isinstance(error, BrokenPipeError) or error.filename != STANDARD_OUTPUT:
                console.close(counts)
                place = f"line {counts.line}"
                if target.is_atomic:
                    place += f"; {files.target} was not written"
                elif isinstance(error, OSError) and error.filename:
                    place += "; the last events may be missing from the output"
                return _report_early_end(error, place)
        else:
            console.close(counts)
    return exits.REJECTED if counts.rejects_by_code else exits.DONE


def _report_early_end(error: BaseException, place: str) -> int:
    """Report why a run ended early and return the exit code; raise an unexpected error again."""
    match error:
        case KeyboardInterrupt():
            print_error(f"translator: interrupted at {place}")
            return exits.TERMINATED if isinstance(error, Terminated) else exits.INTERRUPTED
        case OSError():
            return report_io_error(error, f"; stopped at {place}")
        case WorkerLost():
            print_error(f"translator: {error}; stopped at {place}")
            return exits.WORKER_LOST
        case _:
            raise error


@contextmanager
def _part_mapper(jobs: int, source: BinaryIO) -> Iterator[tuple[pipeline.PartMapper, int]]:
    """Yield the function that processes the chunks of a stream, and its best chunk size."""
    if jobs == 1:
        yield map, CHUNK_SIZE
        return
    from translator.streaming import workers

    def ready() -> bool:
        with suppress(OSError, ValueError):  # a compressed file has no descriptor
            return bool(select.select([source], [], [], 0)[0])
        return True

    with workers.WorkerPool(jobs, ready) as pool:
        yield pool.map_parts, workers.WORKER_CHUNK_SIZE


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

    with ExitStack() as stack:
        with suppress(ValueError):  # not in the main thread, which alone may handle signals
            previous_handler = signal.signal(signal.SIGTERM, stop)
            stack.callback(signal.signal, signal.SIGTERM, previous_handler)
        yield
