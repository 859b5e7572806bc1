"""What a run over a stream shows on standard error: rejects, progress and counts."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from translator.cli.console import is_terminal, print_error
from translator.cli.files import Inputs
from translator.report.printable import printable
from translator.results import Rejected
from translator.streaming.pipeline import Counts, fold_path

MAX_SHOWN_REJECTS: Final = 20
"""Maximum number of rejects shown one by one; beyond it, all are counted by cause."""

MAX_SHOWN_CAUSES: Final = 20
"""Maximum number of causes shown."""

MAX_CAUSES: Final = 1000
"""Maximum number of causes counted one by one; the first ones are."""

MAX_SHOWN_PLACES: Final = 3
"""Maximum number of places shown for a cause."""

MAX_REJECT_LENGTH: Final = 400
"""Maximum length of the line that shows a reject, in characters."""

PROGRESS_INTERVAL: Final = 0.5
"""Seconds between two updates of the progress."""

_HINTS: Final = (
    (r"give the param '([^']+)'", "--param {}=VALUE"),
    (r"allow '([^']+)'", "--allow {}"),
    (r"crosswalk '([^']+)'", "--crosswalk {}=FILE.csv"),
    (r"^strict: \$\.([\w.\[\]]+) ", "--accept {}"),
)
"""What messages ask for, and the option that gives it."""


class _Cause(msgspec.Struct):
    """The rejects that have the same code at the same path, without list indexes."""

    message: str
    count: int = 0
    places: list[str] = []
    """The first lines that it is in; one more than are shown, if there are more."""


class StreamConsole:
    """Shows the rejects and the progress of one run, and finally its counts.

    If there are several inputs, rejects are shown with the name of theirs.
    """

    def __init__(self, inputs: Inputs, *, quiet: bool, progress: bool) -> None:
        self._inputs = inputs
        self._quiet = quiet
        self._shows_progress = progress and is_terminal() and not quiet
        self._reject_count = 0
        self._causes: dict[tuple[str, str], _Cause] = {}
        self._other_counts: Counter[str] = Counter()
        self._start = time.monotonic()
        self._next_update = 0.0
        self._progress_shown = False

    def show_reject(self, reject: Rejected) -> None:
        """Count a reject by its cause, and show it if it is one of the first."""
        self._reject_count += 1
        self._count_cause(reject)
        if self._reject_count > MAX_SHOWN_REJECTS:
            return
        line = str(reject)
        if self._inputs.label is not None:
            line = f"{self._inputs.label}:{line.removeprefix('line ')}"
        is_first = self._reject_count == 1
        if is_first and reject.code == "invalid-json" and "NDJSON" not in line:
            line += "; is this NDJSON? write each event on one line"
        self.clear()
        _print_shortened(line)

    def _count_cause(self, reject: Rejected) -> None:
        key = reject.code, fold_path(reject.path)
        cause = self._causes.get(key)
        if cause is None:
            if len(self._causes) == MAX_CAUSES:
                self._other_counts[reject.code] += 1
                return
            cause = self._causes[key] = _Cause(reject.message)
        cause.count += 1
        if len(cause.places) <= MAX_SHOWN_PLACES:
            label = self._inputs.label
            place = str(reject.line) if label is None else f"{label}:{reject.line}"
            if place not in cause.places:
                cause.places.append(place)

    def update_progress(self, counts: Counts) -> None:
        """Show the counts so far on a terminal, at most once per `PROGRESS_INTERVAL`."""
        if not self._shows_progress:
            return
        now = time.monotonic()
        if now < self._next_update:
            return
        self._next_update = now + PROGRESS_INTERVAL
        self._progress_shown = True
        line = format_progress(counts, now - self._start, self._inputs.share_read())
        try:
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        except (OSError, ValueError):
            width = 80
        sys.stderr.write(f"\r\x1b[K{line[: width - 1]}")
        sys.stderr.flush()

    def close(self, counts: Counts) -> None:
        """Show the causes of many rejects and, unless quiet, the losses and the counts."""
        self.clear()
        if self._reject_count > MAX_SHOWN_REJECTS:
            for line in self._format_causes():
                _print_shortened(line)
        if self._quiet:
            return
        for line in counts.loss_totals.format_lines() if counts.loss_totals is not None else ():
            print_error(line)
        print_error(counts.summary())

    def _format_causes(self) -> Iterator[str]:
        yield f"{self._reject_count} rejects by cause (--rejects FILE saves them all):"
        causes = sorted(self._causes.items(), key=lambda item: -item[1].count)
        width = len(str(causes[0][1].count))
        for (code, path), cause in causes[:MAX_SHOWN_CAUSES]:
            yield f"{cause.count:{width}}  {code} at {path}: {cause.message}"
            more = ", …" if len(cause.places) > MAX_SHOWN_PLACES else ""
            places = ", ".join(cause.places[:MAX_SHOWN_PLACES]) + more
            noun = "line " if len(cause.places) == 1 else "lines "
            noun = noun if self._inputs.label is None else ""
            hint = option_for(cause.message)
            yield f"{'':{width}}  {noun}{places}" + (f"; try {hint}" if hint else "")
        others = Counter(self._other_counts)
        for (code, _), cause in causes[MAX_SHOWN_CAUSES:]:
            others[code] += cause.count
        for code, count in others.most_common():
            yield f"{count:{width}}  {code} at other paths"

    def clear(self) -> None:
        """Remove the progress from the terminal."""
        if self._progress_shown:
            sys.stderr.write("\r\x1b[K")
            self._progress_shown = False


def _print_shortened(line: str) -> None:
    line = printable(line)
    print_error(line if len(line) <= MAX_REJECT_LENGTH else f"{line[: MAX_REJECT_LENGTH - 1]}…")


def option_for(message: str) -> str | None:
    """Return the option that a reject with this message asks for, if there is one."""
    for pattern, option in _HINTS:
        if match := re.search(pattern, message):
            return option.format(fold_path(match[1]))
    return None


def format_progress(counts: Counts, seconds: float, share: float | None) -> str:
    """Format the progress: `45%, 4 s left, 300 events/s, read 900, written 900, rejected 0`."""
    parts = [] if share is None else [f"{share:.0%}"]
    if seconds >= 1:
        if share:
            parts.append(f"{_format_seconds(seconds * (1 - share) / share)} left")
        parts.append(f"{counts.read / seconds:.0f} events/s")
    return ", ".join((*parts, counts.summary()))


def _format_seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min"
        if hours
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )
