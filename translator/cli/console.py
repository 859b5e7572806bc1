"""Error messages on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from translator.cli.exits import IO_FAILED
from translator.report.printable import printable

if TYPE_CHECKING:
    from translator.report.style import Style


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
