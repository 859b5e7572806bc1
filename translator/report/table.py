"""Lay out rows of cells as aligned columns, or as blocks of `name: value` where they do not fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from translator.report.printable import Printable, join_printable, printable
from translator.report.style import PLAIN, Style

MIN_WRAPPED_WIDTH: Final = 100
"""On narrower terminals, a table that does not fit is stacked; on others, its cells wrap."""

_GAP: Final = "  "

_COLOUR = re.compile(r"\x1b\[\d*m")


def format_table(
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    style: Style = PLAIN,
    *,
    indent: str = "",
    header: Sequence[str] | None = None,
    merged: Collection[int] = (),
) -> Printable:
    """Return the rows as lines with aligned columns below a header, by default their names.

    Cells wrap between words if the lines are longer than the style's width. On narrow terminals,
    or if a word does not fit, each row becomes a block of `name: value`. An empty `header` is not
    shown. In columns, cells of `merged` columns are shown once for successive rows that have the
    same first cell.
    """
    cells = [list(map(printable, row)) for row in rows]
    head = list(map(printable, names if header is None else header))
    table = [*filter(None, [head]), *_merge(cells, merged)]
    if not table:
        return Printable()
    columns = list(zip(*table, strict=True))
    widths = [max(map(display_width, column)) for column in columns]
    if style.width is None:
        return join_printable(_format_row(row, widths, indent) for row in table)
    room = style.width - len(indent) - len(_GAP) * (len(widths) - 1)
    if sum(widths) > room:
        minima = [max(_longest_word(cell) for cell in column) for column in columns]
        if style.width < MIN_WRAPPED_WIDTH or sum(minima) > room:
            return _stack(names, cells, style, indent)
        widths = _shrink(widths, minima, room)
    lines = []
    for row in table:
        wrapped = [wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
        height = max(map(len, wrapped))
        columns_of_lines = (cell + [Printable()] * (height - len(cell)) for cell in wrapped)
        lines += [_format_row(line, widths, indent) for line in zip(*columns_of_lines, strict=True)]
    return join_printable(lines)


def _merge(rows: Sequence[list[Printable]], merged: Collection[int]) -> Iterator[list[Printable]]:
    previous = None
    for row in rows:
        repeats = row[0] == previous
        previous = row[0]
        yield [
            Printable() if repeats and index in merged else cell for index, cell in enumerate(row)
        ]


def _format_row(row: Sequence[Printable], widths: Sequence[int], indent: str) -> Printable:
    columns = zip(row, widths, strict=True)
    padded = (cell + " " * (width - display_width(cell)) for cell, width in columns)
    return Printable(indent + _GAP.join(padded).rstrip())


def _shrink(widths: Sequence[int], minima: Sequence[int], room: int) -> list[int]:
    """Return column widths with the sum `room`, taken from the widest columns."""
    shrunk = list(widths)
    for _ in range(sum(widths) - room):
        widest = max(
            (index for index, width in enumerate(shrunk) if width > minima[index]),
            key=shrunk.__getitem__,
        )
        shrunk[widest] -= 1
    return shrunk


def _stack(
    names: Sequence[str], rows: Sequence[Sequence[Printable]], style: Style, indent: str
) -> Printable:
    """Return a block for each row, with a line for each cell that is not empty."""
    assert style.width is not None
    blocks = []
    for row in rows:
        lines: list[Printable] = []
        for name, cell in zip(names, row, strict=True):
            if not cell:
                continue
            label = style.paint(f"{name.lower()}:", "dim") if name else Printable()
            text = Printable(f"{label} {cell}") if label else cell
            first_width = max(style.width - len(indent), 1)
            first, *rest = wrap(text, first_width, first_width - 2)
            lines.append(Printable(f"{indent}{first}"))
            lines += [Printable(f"{indent}  {line}") for line in rest]
        blocks.append(join_printable(lines))
    return join_printable(blocks, "\n\n")


def wrap(text: Printable, width: int, next_width: int | None = None) -> list[Printable]:
    """Break a line between words, and within a word only if the word alone is too long.

    The lines after the first have `next_width` columns, if given.
    """
    next_width = max(width if next_width is None else next_width, 1)
    lines: list[Printable] = []
    line = ""
    for word in _split_words(text, next_width):
        limit = next_width if lines else width
        if line and display_width(line) + 1 + display_width(word) > limit:
            lines.append(Printable(line.rstrip()))
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, Printable(line)]


def _split_words(text: str, width: int) -> Iterator[str]:
    for word in text.split(" "):
        if display_width(word) <= width:
            yield word
            continue
        rest = _COLOUR.sub("", word)
        while rest:
            length = min(len(rest), width)
            while length > 1 and display_width(rest[:length]) > width:
                length -= 1
            yield rest[:length]
            rest = rest[length:]


def _longest_word(cell: str) -> int:
    return max(map(display_width, cell.split(" ")))


def titled_table(
    title: str, names: Sequence[str], rows: Iterable[Sequence[str]], style: Style = PLAIN
) -> Printable:
    """Return the title and, below it, the rows as an indented table without a header."""
    table = format_table(names, rows, style, indent="  ", header=())
    return join_printable(filter(None, (title, table)))


def display_width(cell: str) -> int:
    """Return the number of terminal columns; East Asian letters take two, colour codes none."""
    cell = _COLOUR.sub("", cell)
    if cell.isascii():
        return len(cell)
    wide_count = sum(unicodedata.east_asian_width(char) in "WF" for char in cell)
    return len(cell) + wide_count - sum(unicodedata.combining(char) > 0 for char in cell)
