"""Messages on standard error: errors, and the rejects, progress and counts of a run."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

from translator.cli.exits import IO_FAILED
from translator.report.printable import printable

if TYPE_CHECKING:
    from translator.report.style import Style
    from translator.results import Rejected
    from translator.streaming.pipeline import Counts

MAX_SHOWN_REJECTS: Final = 20
"""Maximum number of rejects shown on a terminal; files and pipes receive all of them."""

MAX_REJECT_LENGTH: Final = 400
"""Maximum length of the line that shows a reject, in characters."""

PROGRESS_INTERVAL: Final = 0.1
"""Seconds between two updates of the progress."""


def print_error(message: str) -> None:
    """Write a message to standard error; ignore failures, which cannot be reported anywhere.

    A message that is not `Printable` is escaped and becomes one line.
    """
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{printable(message)}\n")
            sys.stderr.flush()


def report_io_error(error: OSError, suffix: str = "") -> int:
    """Report that reading or writing failed and return the exit code."""
    problem = f"cannot write {error.filename}" if error.filename else "reading failed"
    print_error(f"translator: {problem}: {error.strerror or error}{suffix}")
    return IO_FAILED


def is_terminal() -> bool:
    """Return whether standard error is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def output_style(color: str) -> Style:
    """Return the style of standard output; `color` is the value of `--color`."""
    return _stream_style(sys.stdout, color)


def error_style(color: str) -> Style:
    """Return the style of standard error; `color` is the value of `--color`."""
    return _stream_style(sys.stderr, color)


def _stream_style(stream: TextIO | None, color: str) -> Style:
    """Apply `--color`, NO_COLOR and FORCE_COLOR, in this order; pipes and files have no width."""
    from translator.report.style import Style

    on_terminal = stream is not None and stream.isatty()
    if color == "auto":
        if os.environ.get("NO_COLOR"):
            colours = False
        elif os.environ.get("FORCE_COLOR"):
            colours = True
        else:
            colours = on_terminal and os.environ.get("TERM") != "dumb"
    else:
        colours = color == "always"
    width = None
    if stream is not None and on_terminal:
        columns = os.environ.get("COLUMNS", "")
        with suppress(OSError, ValueError):
            width = (
                int(columns) if columns.isdecimal() else os.get_terminal_size(stream.fileno())[0]
            )
    return Style(width or None, colours)


class Console:
    """Shows the rejects and the progress of one run, and finally its counts."""

    def __init__(self, *, quiet: bool, progress: bool) -> None:
        self._quiet = quiet
        self._is_terminal = is_terminal()
        self._shows_progress = progress and self._is_terminal and not quiet
        self._reject_count = 0
        self._next_update = 0.0
        self._progress_shown = False

    def show_reject(self, reject: Rejected) -> None:
        """Show a reject, unless the terminal already shows the maximum."""
        self._reject_count += 1
        if self._is_terminal and self._reject_count > MAX_SHOWN_REJECTS:
            return
        line: str = printable(str(reject))
        is_first = self._reject_count == 1
        if is_first and reject.code == "invalid-json" and "NDJSON" not in line:
            line += "; is this NDJSON? write each event on one line"
        self.clear()
        print_error(line if len(line) <= MAX_REJECT_LENGTH else f"{line[: MAX_REJECT_LENGTH - 1]}…")

    def update_progress(self, counts: Counts) -> None:
        """Show the counts so far on a terminal, at most once per `PROGRESS_INTERVAL`."""
        if self._shows_progress and time.monotonic() >= self._next_update:
            self._next_update = time.monotonic() + PROGRESS_INTERVAL
            self._progress_shown = True
            sys.stderr.write(f"\r\x1b[K{counts.summary()}")
            sys.stderr.flush()

    def close(self, counts: Counts) -> None:
        """Show the number of hidden rejects and, unless quiet, the losses and the counts."""
        self.clear()
        hidden_count = self._reject_count - MAX_SHOWN_REJECTS
        if self._is_terminal and hidden_count > 0:
            print_error(f"… and {hidden_count} more rejects; --rejects FILE saves them all")
        if self._quiet:
            return
        for line in counts.loss_totals.format_lines() if counts.loss_totals is not None else ():
            print_error(line)
        print_error(counts.summary())

    def clear(self) -> None:
        """Remove the progress from the terminal."""
        if self._progress_shown:
            sys.stderr.write("\r\x1b[K")
            self._progress_shown = False
