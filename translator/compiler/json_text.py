"""Emit JSON text: f-strings that hold everything but the values of an event.

A string of the event is written as it was read. That is right only if it has no escapes, so the
caller uses this code for events without a backslash.
"""

from __future__ import annotations

import re

from translator.results import ENCODER

_ESCAPED = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')


def needs_no_escape(string: str) -> bool:
    """Whether JSON writes a string as it is, between quotes."""
    return _ESCAPED.search(string) is None


def encode(value: object) -> str:
    """Return a value as JSON text."""
    return ENCODER.encode(value).decode()


def literal(text: str) -> str:
    """Return JSON text as part of an f-string in single quotes."""
    escaped = "".join("\\'" if char == "'" else repr(char)[1:-1] for char in text)
    escaped = escaped.replace(".", "\\x2e")  # so that no text looks like the read of a field
    return escaped.replace("{", "{{").replace("}", "}}")


def is_variable(code: str) -> bool:
    """Whether an f-string can hold the expression: a variable, or an attribute of one."""
    return all(map(str.isidentifier, code.split(".")))
