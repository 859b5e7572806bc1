"""Findings about specs and mappings: data, with the place they were found at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

MAX_DIAGNOSTICS = 100
"""So many findings about one file are given at most by each stage that reads it."""

MAX_TEXT = 1000
"""So long may a message or a hint be, in characters; the middle of a longer one is left out."""

_LONGEST_NAME, _MOST_NAMES, _LISTED = 100, 1000, 100

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: `line` and `column` count from 1 (0 where only the file is known).

    `pointer` is the JSON pointer of the place in a JSON document, empty elsewhere.
    """

    file: str
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        if self.line:
            return f"{self.file}:{self.line}:{self.column}"
        return f"{self.file}#{self.pointer}" if self.pointer else self.file

    @property
    def short(self) -> str:
        """The place without its folder and its column, as in `log.yaml:27`."""
        name = self.file.replace("\\", "/").rpartition("/")[2]
        return f"{name}:{self.line}" if self.line else name


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable `code`, where, what is wrong, and what to do (`hint`)."""

    code: str
    location: Location
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        text = f"{self.location}: {self.severity}[{self.code}]: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


def shortened(text: str) -> str:
    """A text of bounded length: of a very long one, its beginning and its end."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT // 2]} … {text[-MAX_TEXT // 4 :]}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest of `known`, or lists them; empty when there are none.

    Among very many names none is looked for, since comparing them would take seconds.
    """
    import difflib

    names = sorted(set(known))
    if len(name) <= _LONGEST_NAME and len(names) <= _MOST_NAMES:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        if near:
            return f"did you mean {shortened(near[0])!r}?"
    if not names:
        return ""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return shortened(f"there is {', '.join(names[:_LISTED])}{more}")
