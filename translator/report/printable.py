"""Escape everything that commands print, so that no name can act on a terminal or a CI log.

Names, values and reasons come from specs, mappings, events and arguments. Whoever wrote them must
not be able to start a new line, move the cursor, reorder the text or issue a workflow command.
`Printable` marks text in which they cannot; only the functions of this module and
`report.findings`, which writes GitHub annotations, make it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

_COMMAND: Final = re.compile(r"^(\s*):(?=:)|#(?=#\w*\[)")
"""The start of a workflow command: `::error::` begins a line, `##[error]` works anywhere in it."""


class Printable(str):
    """Text that may be printed as it is: its lines and colours are those of this package."""

    __slots__ = ()


def printable(text: str) -> Printable:
    r"""Escape one line, as in JSON: `\n`, `\u001b`, `\u202e`. Text that is printable is unchanged.

    Control characters, invisible formatting characters, line separators, lone surrogates and
    unassigned characters are escaped, and the first character of a workflow command.
    """
    if isinstance(text, Printable):
        return text
    if not text.isprintable():
        text = _escape_invisible(text)
    if "::" in text or "##" in text:
        text = _COMMAND.sub(_escape_command, text)
    return Printable(text)


def _escape_invisible(text: str) -> str:
    # Not needed to translate a file, which has to start fast.
    import json
    from unicodedata import category

    return "".join(
        char if char.isprintable() or category(char) == "Zs" else json.dumps(char)[1:-1]
        for char in text
    )


def _escape_command(match: re.Match[str]) -> str:
    return f"{match[1] or ''}\\u{ord(match[0][-1]):04x}"


def join_printable(parts: Iterable[str], separator: str = "\n") -> Printable:
    """Join lines, or blocks of lines that are printable; other parts become one line each."""
    return Printable(separator.join(map(printable, parts)))


def printable_json(data: Any) -> Printable:
    """Encode data as indented JSON that may be printed."""
    import json

    return join_printable(json.dumps(data, indent=2, ensure_ascii=False).split("\n"))
