"""Tables fit the width of a terminal."""

from __future__ import annotations

import pytest

from translator.report.printable import printable
from translator.report.style import Style
from translator.report.table import display_width, format_table, wrap

NAMES = ("FIELD", "OUTCOME", "WHY")
ROWS = [
    ("$.data.event", "kept", "short"),
    ("$.data.event", "kept", "the second reason"),
    ("$.data.customer", "lost", " ".join(["because"] * 14)),
]


def test_a_table_without_a_width_has_long_lines() -> None:
    """Files and pipes receive one line for each row, however long."""
    lines = format_table(NAMES, ROWS).split("\n")
    assert len(lines) == 4
    assert lines[0] == "FIELD            OUTCOME  WHY"


@pytest.mark.parametrize("width", [40, 80, 99, 100, 120, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    """A table has no line that is longer than the terminal, and loses no word."""
    table = format_table(NAMES, ROWS, Style(width))
    assert all(display_width(line) <= width for line in table.split("\n"))
    assert table.split().count("because") == 14


def test_a_table_is_stacked_on_narrow_terminals() -> None:
    """Below 100 columns, each row becomes a block of `name: value`."""
    assert format_table(NAMES, ROWS[:1] + ROWS[2:], Style(60), indent=" ").split("\n") == [
        " field: $.data.event",
        " outcome: kept",
        " why: short",
        "",
        " field: $.data.customer",
        " outcome: lost",
        " why: because because because because because because",
        "   because because because because because because because",
        "   because",
    ]


def test_cells_wrap_on_wide_terminals() -> None:
    """From 100 columns on, a long cell continues in its column on the next line."""
    lines = format_table(NAMES, ROWS, Style(100)).split("\n")
    assert lines[0] == "FIELD            OUTCOME  WHY"
    assert lines[-1] == " " * 26 + " ".join(["because"] * 5)


def test_a_short_table_is_not_stacked() -> None:
    """A table that fits remains a table on narrow terminals too."""
    assert format_table(NAMES, ROWS[:2], Style(60)) == format_table(NAMES, ROWS[:2])


def test_merged_cells() -> None:
    """Repeated cells are shown once in columns, and in each block of a stacked table."""
    lines = format_table(NAMES, ROWS[:2], merged=(0, 1)).split("\n")
    assert lines[2] == " " * 23 + "the second reason"
    assert format_table(NAMES, ROWS, Style(50), merged=(0, 1)).count("$.data.event") == 2


def test_words_are_broken_only_if_they_do_not_fit() -> None:
    """A line breaks between words; only a word longer than the line is broken."""
    assert wrap(printable("one two three"), 7) == ["one two", "three"]
    assert wrap(printable("a 1234567890"), 6) == ["a", "123456", "7890"]
    assert wrap(printable("事件事件 事件"), 4) == ["事件", "事件", "事件"]


def test_a_word_longer_than_its_column_stacks_the_table() -> None:
    """If words do not fit side by side, the table is stacked on wide terminals too."""
    rows = [("x" * 60, "y" * 60)]
    assert format_table(("A", "B"), rows, Style(110)).split("\n") == [
        f"a: {'x' * 60}",
        f"b: {'y' * 60}",
    ]


def test_colours_remain_when_lines_wrap() -> None:
    """A painted phrase wraps between its words, each of which has its colour."""
    style = Style(10, colours=True)
    red = ["\x1b[31mred\x1b[0m", "\x1b[31mphrase\x1b[0m"]
    assert style.paint("red phrase", "red") == " ".join(red)
    assert wrap(style.paint("red phrase", "red"), 7) == red
