"""Lay out rows of cells as aligned columns of text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_COLOUR = re.compile(r"\x1b\[\d*m")


def format_table(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Return the rows as lines with aligned columns; all rows have the same number of cells."""
    rows = list(rows)
    widths = [max(map(_display_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        columns = zip(row, widths, strict=True)
        cells = (cell + " " * (width - _display_width(cell)) for cell, width in columns)
        lines.append(indent + "  ".join(cells).rstrip())
    return "\n".join(lines)


def titled_table(title: str, rows: Iterable[Sequence[str]]) -> str:
    """Return the title and, below it, the rows as an indented table."""
    return "\n".join(filter(None, (title, format_table(rows, indent="  "))))


def _display_width(cell: str) -> int:
    """Return the number of terminal columns; East Asian letters take two, colour codes none."""
    cell = _COLOUR.sub("", cell)
    if cell.isascii():
        return len(cell)
    wide_count = sum(unicodedata.east_asian_width(char) in "WF" for char in cell)
    return len(cell) + wide_count - sum(unicodedata.combining(char) > 0 for char in cell)
