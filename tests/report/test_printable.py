"""Printed text cannot act on a terminal or on a CI log."""

from __future__ import annotations

import json
import sys

import pytest

from translator.report.printable import Printable, join_printable, printable, printable_json
from translator.report.table import format_table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("čaj ☕ 茶\u3000\u00a0é", "čaj ☕ 茶\u3000\u00a0é"),
        ("a\nb\tc\r\x00\x1b[0m\x7f\x9b", "a\\nb\\tc\\r\\u0000\\u001b[0m\\u007f\\u009b"),
        ("\u202e\u2066\u200b\ufeff\u2028\ud800", "\\u202e\\u2066\\u200b\\ufeff\\u2028\\ud800"),
        ("\U000e0041", "\\udb40\\udc41"),
        ("::error::x", "\\u003a:error::x"),
        (" \u3000::error::x", " \u3000\\u003a:error::x"),
        (":::", "\\u003a::"),
        ("a::error::x", "a::error::x"),
        ("\n::error::x", "\\n::error::x"),
        ("a ##[error]x ###[b ##vso[c]d", "a \\u0023#[error]x #\\u0023#[b \\u0023#vso[c]d"),
        ("# ## a", "# ## a"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    """Whatever acts on a terminal or a log is escaped; escaping twice changes nothing."""
    assert printable(text) == expected
    assert printable(str(expected)) == expected


def test_every_character() -> None:
    """Of all characters, only visible ones and spaces are printed as they are."""
    unescaped = set(printable("".join(map(chr, range(sys.maxunicode + 1)))))
    assert all(char.isprintable() or char.isspace() for char in unescaped)
    assert not unescaped & set("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")


def test_lines_of_the_tool_remain() -> None:
    """Line breaks and colours that are marked as printable remain; others are escaped."""
    block = join_printable(["a", "b\nc"])
    assert block == "a\nb\\nc"
    assert join_printable([block, Printable("\x1b[31md\x1b[0m"), "\x1b"], "\n\n") == (
        "a\nb\\nc\n\n\x1b[31md\x1b[0m\n\n\\u001b"
    )


def test_json_has_the_same_content() -> None:
    """JSON is escaped without changing its content."""
    data = {
        "a\n\\\u202e": ["::error::\x7f", "##[x]", "\\##[x]", "\U000e0041", "č\\u0041", 1.5, None]
    }
    text = printable_json(data)
    assert json.loads(text) == data
    assert "č" in text
    assert all(printable(line) == line for line in text.split("\n"))


def test_tables_align_escaped_cells() -> None:
    """The columns of a table are aligned after escaping, and colours take no room."""
    rows = [("long", "::"), (Printable("\x1b[31mred\x1b[0m"), "d")]
    assert format_table(("\n", "b"), rows, indent=" ").split("\n") == [
        " \\n    b", " long  \\u003a:", " \x1b[31mred\x1b[0m   d",
    ]  # fmt: skip
