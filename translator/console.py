"""What a person is told while events go by: rejects, progress and counts, on standard error."""

from __future__ import annotations

import sys
import time
from typing import Final

from translator.streams import Counts, Rejected

SHOWN: Final = 20
"""So many rejects are shown on a terminal; into a file or a pipe, all of them are."""

WIDTH: Final = 400
"""A reject's line is cut at so many characters."""

INTERVAL: Final = 0.1
"""Seconds between two updates of the progress."""


def say(text: str) -> None:
    """Write lines to standard error, if there is one to write to."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def visible(text: str) -> str:
    """The text on one line, with whatever could steer a terminal written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def terminal() -> bool:
    """Whether standard error is a terminal, where a person may be reading."""
    return sys.stderr is not None and sys.stderr.isatty()


class Console:
    """Shows rejects and progress of one run, and closes it with the counts."""

    def __init__(self, *, quiet: bool, list_rejects: bool, progress: bool) -> None:
        self._quiet = quiet
        self._list = list_rejects
        self._shown = 0
        self._more = 0
        self._limited = terminal()
        self.shows_progress = progress and self._limited and not quiet
        self._next = 0.0
        self._drawn = False

    def reject(self, reject: Rejected) -> None:
        """Show a reject, unless they go to a file or a terminal has seen enough."""
        if not self._list:
            return
        if self._limited and self._shown == SHOWN:
            self._more += 1
            return
        self._shown += 1
        line = visible(str(reject))
        self.clear()
        say(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")

    def progress(self, counts: Counts) -> None:
        """Show how far the run is, at most ten times a second."""
        now = time.monotonic()
        if now < self._next or sys.stderr is None:
            return
        self._next = now + INTERVAL
        self._drawn = True
        sys.stderr.write(f"\r\x1b[K{counts.summary()}")
        sys.stderr.flush()

    def close(self, counts: Counts) -> None:
        """Say how many rejects were not shown, what was lost if that is known, and the counts."""
        self.clear()
        if self._more:
            say(f"… and {self._more} more rejects; --rejects FILE keeps them all")
        if self._quiet:
            return
        for line in counts.losses.lines() if counts.losses is not None else ():
            say(visible(line))
        say(counts.summary())

    def clear(self) -> None:
        """Take the progress off the terminal."""
        if self._drawn and sys.stderr is not None:
            sys.stderr.write("\r\x1b[K")
            self._drawn = False
