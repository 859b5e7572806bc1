"""Read JSON that is not one value per line: arrays of events, and events over several lines.

The text becomes NDJSON while it is read: one line for each value, however long the input is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from translator.streaming.compression import BlockReader, DamagedFile

_BLOCK_SIZE: Final = 64 * 1024

_STRING: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)

# Text without brackets, or, between values, without brackets and commas.
_INSIDE: Final = re.compile(rb'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{}]*+)*+', re.DOTALL)
_BETWEEN: Final = re.compile(rb'[^"\[\]{},]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{},]*+)*+', re.DOTALL)

_QUOTE, _COMMA, _OPEN_LIST, _OPEN_OBJECT = b'",[{'


def open_document(source: BinaryIO, name: str) -> BinaryIO:
    """Return a reader of the values of an input, as lines.

    Reading raises `DamagedFile` if an array is not closed.
    """
    read = getattr(source, "read1", source.read)
    blocks = iter(lambda: read(_BLOCK_SIZE), b"")
    return io.BufferedReader(BlockReader(_split_values(blocks, name)), _BLOCK_SIZE)


def _split_values(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Put each value at the top level, and each item of an array there, on a line of its own.

    Only brackets decide where a value ends: whoever reads the lines has to parse them.
    """
    depth = base = 0  # number of open brackets; 1 in an array of values, otherwise 0
    in_string = False
    rest = b""
    lines = _Lines()
    for block in blocks:
        # Outside of strings this is whitespace too, and within strings it is just as invalid.
        data = rest + block.replace(b"\n", b"\r")
        start = position = 0
        while position < len(data):
            if in_string:
                position = _match_end(_STRING, data, position)
                if data[position : position + 1] != b'"':
                    break
                in_string = False
                position += 1
            position = _match_end(_BETWEEN if depth == base else _INSIDE, data, position)
            if position == len(data):
                break
            character = data[position]
            position += 1
            if character == _QUOTE:
                in_string = True
            elif character == _COMMA:
                lines.add(data[start : position - 1])
                lines.end_line()
                start = position
            elif character == _OPEN_LIST and depth == 0:
                lines.add(data[start : position - 1])
                start = position
                depth = base = 1
            elif character in (_OPEN_LIST, _OPEN_OBJECT):
                depth += 1
            elif depth > base or base == 0:
                depth = max(depth - 1, 0)
                if depth == base:
                    lines.add(data[start:position])
                    lines.end_line()
                    start = position
            else:
                lines.add(data[start : position - 1])
                lines.end_line()
                start = position
                depth = base = 0
        rest = data[position:] if in_string else b""  # half an escape
        lines.add(data[start : len(data) - len(rest)])
        yield lines.take()
    if base:
        raise DamagedFile(None, f"the JSON array in {name} is not closed; is it complete?")


class _Lines:
    """Lines that are not blank, put together from pieces of text."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._has_text = False

    def add(self, text: bytes) -> None:
        """Add to the current line, which does not begin with whitespace."""
        text = text if self._has_text else text.lstrip()
        self._has_text = self._has_text or bool(text)
        self._parts.append(text)

    def end_line(self) -> None:
        """End the current line, unless it is blank."""
        if self._has_text:
            self._parts.append(b"\n")
            self._has_text = False

    def take(self) -> bytes:
        """Remove and return everything so far."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def _match_end(pattern: re.Pattern[bytes], data: bytes, position: int) -> int:
    match = pattern.match(data, position)
    assert match is not None
    return match.end()
