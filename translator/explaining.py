"""Explanations for people and for programs, of the events of a file."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator.engine import Translator
from translator.exits import DONE, REJECTED
from translator.explanation import Explanation, Written, explained
from translator.origins import Use
from translator.run import Files, Lines, translate_file
from translator.streams import Form, plain

_WIDTH = 44
"""A value is cut so that a column is no wider."""

_PATH = 60
"""So is a path."""

_COLOURS = {
    "kept": "32",
    "normalised": "36",
    "carried": "34",
    "approximated": "33",
    "lost": "31",
    "refused": "31",
}


def explain_file(explaining: Explaining, file: str, form: Form = plain) -> int:
    """Explain each event of a file; gives the exit code.

    Lines that are no events are shown on standard error, as `translate` does.
    """
    code = translate_file(explaining, Files(file), Lines(form), quiet=True)
    return REJECTED if explaining.seen.refused and code == DONE else code


@dataclass(slots=True)
class _Seen:
    """What the explanations of a file have had so far."""

    between: str = ""
    refused: bool = False


class Explaining:
    """A translator whose translations are explanations; those as text go to `show`."""

    def __init__(
        self,
        translator: Translator,
        show: Callable[[str], None] | None = None,
        seen: _Seen | None = None,
    ) -> None:
        self._translator, self._show = translator, show
        self.seen = _Seen() if seen is None else seen
        self.param_names = translator.param_names
        self.rebind = translator.rebind

    def bound(self, params: Mapping[str, Any]) -> Explaining:
        """One that explains what becomes of events with these params too."""
        return Explaining(self._translator.bound(params), self._show, self.seen)

    def translate_all(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """The explanation of one event, as an event to be written."""
        found = explained(self._translator, event)
        self.seen.refused = self.seen.refused or found.refused is not None
        if self._show is None:
            return [as_data(found)]
        colours = sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._show(self.seen.between + as_text(found, colours=colours))
        self.seen.between = "\n"
        return []


def as_data(one: Explanation) -> dict[str, Any]:
    """An explanation as JSON data."""
    refused = one.refused
    return {
        "way": list(one.way),
        "events": list(one.events),
        "written": [
            {
                "event": made.event,
                "path": made.path,
                "value": made.value,
                "sources": list(made.sources),
                "rules": [_rule(use) for use in made.uses],
            }
            for made in one.written
        ],
        "read": [
            {"path": r.path, "value": r.value, "fate": r.fate, "because": r.because}
            for r in one.read
        ],
        "refused": refused
        and {
            "code": refused.code,
            "path": refused.path,
            "message": refused.message,
            "rule": refused.rule,
            "tried": refused.tried,
            "help": refused.help,
        },
    }


def _rule(use: Use) -> dict[str, str]:
    return {
        "how": use.how,
        "rule": str(use.location),
        "kind": use.kind,
        "because": use.because,
        "name": use.name,
    }


# --- for people ----------------------------------------------------------------------------------


def as_text(one: Explanation, *, colours: bool = False) -> str:
    """An explanation as aligned columns: the event's members, what they became, and by what."""
    head = " -> ".join(one.way)
    if one.refused is not None and not one.written:
        return "\n".join([head, *_refused(one, colours=colours)])
    several = any(written.event for written in one.written)
    rows = [(one.way[0], "", one.way[-1], ""), *_rows(one, several=several)]
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    lines = [head]
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)
        ]
        cells[1] = _coloured(cells[1], row[1], colours=colours)
        lines.append("  ".join([*cells, row[3]]).rstrip())
    if one.refused is not None:
        lines += _refused(one, colours=colours)
    return "\n".join(lines)


def _rows(one: Explanation, *, several: bool) -> Iterator[tuple[str, str, str, str]]:
    for read in one.read:
        left = _member(read.path, read.value)
        made = [w for w in one.written if read.path in w.sources]
        if not made:
            yield left, read.fate, "", read.because
        for number, written in enumerate(made):
            by = _by(written.uses)
            why = f"{by}: {read.because}" if read.because and read.fate != "carried" else by
            yield left if not number else "", read.fate, _right(written, several=several), why
    for written in one.written:
        if not written.sources:
            how = next((use.how for use in written.uses), "constant")
            yield "", how, _right(written, several=several), _by(written.uses)


def _right(written: Written, *, several: bool) -> str:
    number = f"[{written.event + 1}] " if several else ""
    return number + _member(written.path, written.value)


def _member(path: str, value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if shown.isprintable() else json.dumps(value, default=str)
    return f"{_cut(path, _PATH)} {_cut(shown, _WIDTH)}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: letters of East Asia take two."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(unicodedata.combining(one) > 0 for one in text)


def _by(uses: Sequence[Use]) -> str:
    parts = []
    for use in uses:
        name = f" {use.name}" if use.name else ""
        parts.append(f"{use.location.short} {use.how}{name}")
    return ", ".join(parts)


def _refused(one: Explanation, *, colours: bool) -> Iterator[str]:
    refused = one.refused
    assert refused is not None
    label = _coloured("refused", "refused", colours=colours)
    yield f"{label}  {refused.code} at {refused.path}"
    yield f"  what   {refused.message}"
    if refused.tried is not None:
        yield f"  tried  {_member(refused.path, refused.tried)}"
    if refused.rule:
        yield f"  rule   {refused.rule}"
    yield f"  help   {refused.help}"


def _coloured(cell: str, fate: str, *, colours: bool) -> str:
    return f"\x1b[{_COLOURS.get(fate, '2')}m{cell}\x1b[0m" if colours and fate else cell
