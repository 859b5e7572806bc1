"""Python source as it is put together: blocks of lines, names that do not clash, constants."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from contextlib import contextmanager

INDENT = "    "

TYPE_TESTS = {
    "string": "isinstance({0}, str)",
    "boolean": "isinstance({0}, bool)",
    "number": "(isinstance({0}, int | float) and not isinstance({0}, bool))",
    "integer": "({0}.__class__ is int or is_integer({0}))",
}
"""For each JSON type of a scalar, the Python that tests a variable for it."""

DATE_TIME_TEST = "(is_common_rfc3339({0}) or is_rfc3339({0}))"
"""The Python that tests a text for being a date-time: first, whether it is of the usual form."""

RFC3339_SPELLING_TEST = (
    "{0}[16:17] == ':' and ',' not in {0} and ({0}[-1] in 'Zz' or {0}[-6] in '+-')"
)
"""The Python that tests a date-time of ISO 8601 for being spelled as RFC 3339 spells it.

Of a text that is no date-time it tells nothing.
"""

RESERVED_CONSTANTS = frozenset({"valid", "variants", "refused"})
"""Names that a module of emitted code always has, in lower case."""


def constant_name(kind: str, name: str) -> str:
    """The name of the constant that holds what a caller gave under `name`."""
    upper_name = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
    suffix = "" if upper_name.lower() == name else f"_{name.encode().hex()}"
    return f"{kind}_{upper_name}{suffix}"


_ENUMERATE_LOOP = re.compile(r"for \w+, (\w+) in enumerate\((\w+(?: or \(\))?)\):")


class Block:
    """Lines at one level of indentation, some of which open blocks of their own."""

    def __init__(self) -> None:
        self._parts: list[str | tuple[str, Block]] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, line: str) -> None:
        """Add a line."""
        self._parts.append(line)

    @contextmanager
    def nest(self, header: str) -> Iterator[Block]:
        """A block under `header`; it joins this one when it is finished.

        What is added to this block in the meantime therefore comes before it: values that the
        nested lines need, and that belong out here, are computed first.
        """
        block = Block()
        yield block
        self.attach(header, block)

    def attach(self, header: str, block: Block) -> None:
        """Add a finished block under `header`."""
        self._parts.append((header, block))

    def only_refuses(self) -> bool:
        """Whether the block does nothing but refuse, on conditions."""
        return all(
            part.startswith("raise ")
            if isinstance(part, str)
            else part[0].startswith("if ") and part[1].only_refuses()
            for part in self._parts
        )

    def use_comprehension(self, out: str) -> None:
        """Make a comprehension of a loop that ends this block and only appends to `out`.

        What the loop refuses before it appends is refused in a loop of its own.
        """
        match self._parts[-2:]:
            case [str(start), (str(header), Block(_parts=[*checks, str(line)]))] if (
                start == f"{out} = []" and line.startswith(f"{out}.append(")
            ):
                element = line[len(f"{out}.append(") : -1]
                loop_header = _ENUMERATE_LOOP.sub(r"for \1 in \2:", header) if checks else header
                check_block = Block()
                check_block._parts = checks
                if checks and (loop_header == header or not check_block.only_refuses()):
                    return
                self._parts[-2:] = [(header, check_block)] if checks else []
                self._parts.append(f"{out} = [{element} {loop_header[:-1]}]")

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The lines, indented."""
        for part in self._parts:
            if isinstance(part, str):
                yield INDENT * depth + part
            else:
                header, block = part
                yield INDENT * depth + header
                yield from block.lines(depth + 1) if block else [INDENT * (depth + 1) + "pass"]

    def render(self, depth: int = 0) -> str:
        """The lines as one text."""
        return "".join(line + "\n" for line in self.lines(depth))


class UniqueNames:
    """Names for local variables, each given out once."""

    def __init__(self, reserved: frozenset[str] = frozenset()) -> None:
        self._used = set(reserved)
        self._next: dict[str, int] = {}

    def fresh(self, hint: str) -> str:
        """A name that reads like `hint` and was not given out before."""
        name = identifier(hint)
        candidate, number = name, self._next.get(name, 2)
        while candidate in self._used:
            candidate, number = f"{name}_{number}", number + 1
        self._next[name] = number
        self._used.add(candidate)
        return candidate


def identifier(hint: str) -> str:
    """A name for a variable that reads like `hint`, which may be any text."""
    name = re.sub(r"\W", "_", hint, flags=re.ASCII).strip("_").lower() or "value"
    if keyword.iskeyword(name):
        return f"{name}_"
    return f"n{name}" if name[0].isdigit() else name


class ConstantPool:
    """What emitted functions share: constants by name, each with the source that makes it."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.sources: dict[str, str] = {}
        self._names = UniqueNames(RESERVED_CONSTANTS)
        self._interned: dict[tuple[str, str], str] = {}

    def intern(self, hint: str, source: str, value: object = None, key: str = "") -> str:
        """The name of the constant that `source` makes.

        Where `value` is given, the constant cannot be written as a literal: `source` is then what
        a reader is shown, and `value` what the code uses. `key` tells such constants apart.
        """
        identity = (source, key)
        if identity not in self._interned:
            name = self._names.fresh(hint).upper()
            self._interned[identity] = name
            self.sources[name] = source
            if value is not None:
                self.values[name] = value
        return self._interned[identity]
