"""Error messages on standard error."""

from __future__ import annotations

import sys
from contextlib import suppress

from translator.cli.exits import IO_FAILED
from translator.report.printable import printable


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
