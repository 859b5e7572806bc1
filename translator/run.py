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

from translator.accounting import Accounting
from translator.chunks import SIZE
from translator.compressed import Missing
from translator.console import Console, say
from translator.envelopes import BodyWriter
from translator.exits import (
    DONE,
    INTERRUPTED,
    IO_FAILED,
    REJECTED,
    TERMINATED,
    WORKER_LOST,
    Terminated,
    UsageError,
    WorkerLost,
)
from translator.inputs import STANDARD, open_input
from translator.outputs import STANDARD_OUTPUT, Output, open_output, standard_output
from translator.plan import Envelope
from translator.streams import Counts, Each, Form, Translates, plain, translate_stream
from translator.sums import Sums
from translator.tallying import tallied

_EVENTS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Files:
    """What a run reads and writes; `-` is standard input or output."""

    source: str = STANDARD
    target: str = STANDARD
    rejects: str | None = None
    losses: str | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What stands in the lines: how those read hold events, and the bodies written, if any are.

    `most` is how many events a body that is written holds.
    """

    form: Form = plain
    bodies: Envelope | None = None
    most: int | None = None


PLAIN: Final = Lines()
"""Events, read and written."""


def check_files(files: Files) -> None:
    """Refuse files that would overwrite one another, before anything is opened."""
    if STANDARD not in (files.source, files.target) and _same_file(files.source, files.target):
        raise UsageError(f"-o would replace the events that are read, {files.target}")
    others = [(files.target, "-o"), (files.source, "the input")]
    for option, path in (("--rejects", files.rejects), ("--losses", files.losses)):
        if path is None:
            continue
        if path == STANDARD:
            raise UsageError(f"{option} needs the name of a file")
        for other, name in others:
            if other != STANDARD and _same_file(path, other):
                raise UsageError(f"{option} and {name} name the same file, {path}")
        others.append((path, option))


def translate_file(
    translator: Translates, files: Files, lines: Lines = PLAIN, *, jobs: int = 1, quiet: bool
) -> int:
    """Translate a file of events in `jobs` processes and tell what happened on standard error.

    Gives the exit code. Losses are summed where the translator is one for `Accounting`.

    The target appears only when the run came to its end, and the losses with it; the rejects up to
    where it came are kept however it ends. Raises `UsageError` where a file cannot be opened.
    """
    typed = files.source == STANDARD and sys.stdin is not None and sys.stdin.isatty()
    if typed and not quiet:
        say("reading events from the terminal, one a line; end with Ctrl-D")
    console = Console(quiet=quiet, list_rejects=files.rejects is None, progress=not typed)
    counts, work = Counts(), None
    if isinstance(translator, Accounting):
        counts.losses = Sums()
        work = tallied(translator, lines.form, listed=files.losses is not None)
    elif jobs > 1 and lines.form is plain:
        getattr(translator, "reader", None)  # made once, before there are workers to make it each
    with (
        _rarely_collecting(),
        _terminable(),
        open_input(files.source) as source,
        _outputs(files) as (target, rejects, losses),
        _each(jobs, source) as (each, size),
    ):
        if lines.bodies is not None:
            target.through(BodyWriter(target.sink, lines.bodies, lines.most))
        try:
            translate_stream(
                source,
                target.sink,
                translator,
                form=lines.form,
                each=each,
                size=size,
                work=work,
                rejects=rejects.sink if rejects else None,
                losses=losses.sink if losses else None,
                on_reject=console.reject,
                progress=console.progress if console.shows_progress else None,
                counts=counts,
            )
            if rejects is not None:
                rejects.keep()
            target.keep()
            if losses is not None:
                losses.keep()
        except BaseException as error:
            _salvage(target, rejects, losses)
            console.clear()
            if not isinstance(error, BrokenPipeError) or error.filename != STANDARD_OUTPUT:
                console.close(counts)
                lost = ""
                if target.vanishes:
                    lost = f"; {files.target} was not written"
                elif isinstance(error, OSError) and error.filename:
                    lost = "; of what was written last, some may be missing"
                return _ended(error, f"{counts.line}{lost}")
        else:
            console.close(counts)
    return REJECTED if counts.rejected else DONE


def failed(error: OSError, where: str = "") -> int:
    """Say that reading or writing failed; gives the exit code."""
    what = f"cannot write {error.filename}" if error.filename else "reading failed"
    say(f"translator: {what}: {error.strerror or error}{where}")
    return IO_FAILED


def _ended(error: BaseException, where: str) -> int:
    """Say how a run ended early; a defect is raised on."""
    match error:
        case KeyboardInterrupt():
            say(f"translator: interrupted at line {where}")
            return TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        case OSError():
            return failed(error, f"; stopped at line {where}")
        case WorkerLost():
            say(f"translator: {error}; stopped at line {where}")
            return WORKER_LOST
        case _:
            raise error


@contextmanager
def _each(jobs: int, source: BinaryIO) -> Iterator[tuple[Each, int]]:
    """What does the work on chunks of a stream, and how large they best are."""
    if jobs == 1:
        yield map, SIZE
        return
    import select

    from translator import workers

    def ready() -> bool:
        try:
            return bool(select.select([source], [], [], 0)[0])
        except (OSError, ValueError):  # it has no descriptor: a compressed file
            return True

    with workers.Workers(jobs, ready) as several:
        yield several.each, workers.SIZE


def _salvage(target: Output, rejects: Output | None, losses: Output | None) -> None:
    """After a run that ended early: no half file, but the rejects up to there.

    Losses are of what was written: they are kept with it, if it is no file that vanishes.
    """
    with suppress(OSError):
        if rejects is not None:
            rejects.keep()
    with suppress(OSError):
        if not target.vanishes:
            target.keep()
    with suppress(OSError):
        if losses is not None and not target.vanishes:
            losses.keep()


@contextmanager
def _outputs(files: Files) -> Iterator[tuple[Output, Output | None, Output | None]]:
    """The target, rejects and losses, opened; whatever was not kept at the end is dropped."""
    with ExitStack() as stack:

        def opened(output: Output) -> Output:
            stack.callback(output.drop)
            return output

        target = opened(standard_output() if files.target == STANDARD else _opened(files.target))
        rejects = opened(_opened(files.rejects)) if files.rejects is not None else None
        losses = opened(_opened(files.losses)) if files.losses is not None else None
        yield target, rejects, losses


def _opened(path: str, opening: Callable[[str], Output] = open_output) -> Output:
    try:
        return opening(path)
    except Missing as error:
        raise UsageError(f"cannot write {path!r}: {error}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot write {path!r}: {reason}") from error


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    """Have no garbage looked for among what was compiled, and rarely among events.

    Events hold no cycles: a fifth of the time would go into finding that out.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_EVENTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does, so that no half file stays behind."""

    def stop(_signal: int, _frame: object) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread: whoever owns that decides
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _same_file(one: str, other: str) -> bool:
    """Whether both name one regular file, there already or not; a device may be named twice."""
    place = os.path.realpath(one)
    return place == os.path.realpath(other) and (os.path.isfile(place) or not os.path.exists(place))
