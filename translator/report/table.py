"""Lay out rows of cells as aligned columns of text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from translator.report.printable import Printable, join_printable, printable

_COLOUR = re.compile(r"\x1b\[\d*m")


def format_table(rows: Iterable[Sequence[str]], indent: str = "") -> Printable:
    """Return the rows as lines with aligned columns; all rows have the same number of cells."""
    cells = [list(map(printable, row)) for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        columns = zip(row, widths, strict=True)
        padded = (cell + " " * (width - display_width(cell)) for cell, width in columns)
        lines.append(Printable(indent + "  ".join(padded).rstrip()))
    return join_printable(lines)


def titled_table(title: str, rows: Iterable[Sequence[str]]) -> Printable:
    """Return the title and, below it, the rows as an indented table."""
    return join_printable(filter(None, (title, format_table(rows, indent="  "))))


def display_width(cell: str) -> int:
    """Return the number of terminal columns; East Asian letters take two, colour codes none."""
    cell = _COLOUR.sub("", cell)
    if cell.isascii():
        return len(cell)
    wide_count = sum(unicodedata.east_asian_width(char) in "WF" for char in cell)
    return len(cell) + wide_count - sum(unicodedata.combining(char) > 0 for char in cell)
