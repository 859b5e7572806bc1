"""Building blocks of emitted Python source: nested lines, unique names and shared constants."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import chain, count

INDENT = "    "

TYPE_TESTS = {
    "string": "isinstance({0}, str)",
    "boolean": "isinstance({0}, bool)",
    "number": "(isinstance({0}, int | float) and not isinstance({0}, bool))",
    "integer": "({0}.__class__ is int or is_integer({0}))",
}
"""For each scalar JSON type, a Python test for a variable."""

DATE_TIME_TEST = "(is_common_rfc3339({0}) or is_rfc3339({0}))"
"""A Python test for an RFC 3339 date-time; it tries the fast test for the common form first."""

RFC3339_SPELLING_TEST = (
    "{0}[16:17] == ':' and ',' not in {0} and ({0}[-1] in 'Zz' or {0}[-6] in '+-')"
)
"""A Python test whether a string that is a valid ISO 8601 date-time is an RFC 3339 date-time."""


def constant_name(kind: str, name: str) -> str:
    """Return the name of the constant for a param, zone or crosswalk that a caller passes."""
    upper_name = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
    suffix = "" if upper_name.lower() == name else f"_{name.encode().hex()}"
    return f"{kind}_{upper_name}{suffix}"


@dataclass(frozen=True, slots=True)
class ForLoop:
    """The header of a `for` loop; with an `index` variable, the loop enumerates its items.

    The first index is `start`, if that is not empty.
    """

    target: str
    iterable: str
    index: str = ""
    start: str = ""

    @property
    def can_run_twice(self) -> bool:
        """Whether the loop can be split: its iterable is a variable, its items are one."""
        iterable = self.iterable.removesuffix(" or ()")
        return bool(self.index) and self.target.isidentifier() and iterable.isidentifier()

    def __str__(self) -> str:
        if not self.index:
            return f"for {self.target} in {self.iterable}:"
        target = f"({self.target})" if "," in self.target else self.target
        start = f", {self.start}" if self.start else ""
        return f"for {self.index}, {target} in enumerate({self.iterable}{start}):"


@dataclass(frozen=True, slots=True)
class _Append:
    list_name: str
    element: str

    def __str__(self) -> str:
        return f"{self.list_name}.append({self.element})"


_Part = str | _Append | tuple[str | ForLoop, "Block"]


class Block:
    """Lines at one level of indentation, some of which open nested blocks."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, line: str, *, condition: str = "") -> None:
        """Add a line, under a condition unless that is empty."""
        with self.nest_if(condition) as block:
            block._parts.append(line)

    def append_element(self, list_name: str, element: str) -> None:
        """Add a line that appends the expression `element` to the list `list_name`."""
        self._parts.append(_Append(list_name, element))

    @contextmanager
    def nest(self, header: str) -> Iterator[Block]:
        """Open a block under `header`, which is added to this block when it is complete.

        Lines added to this block in the meantime come before it. So values that the nested lines
        need, but that belong to this block, are computed first.
        """
        block = Block()
        yield block
        self.attach(header, block)

    def nest_if(self, condition: str) -> AbstractContextManager[Block]:
        """Open a block under a condition; without a condition, open this block itself."""
        return self.nest(f"if {condition}:") if condition else nullcontext(self)

    def attach(self, header: str | ForLoop, block: Block) -> None:
        """Add a complete block under `header`."""
        self._parts.append((header, block))

    def use_comprehension(self, list_name: str) -> None:
        """Turn a final loop that only appends to `list_name` into a list comprehension.

        Checks that the loop makes before it appends move to a loop of their own.
        """
        if (split := self._split_loop(list_name)) is not None:
            loop, element = split
            self.add(f"{list_name} = [{element} {str(loop)[:-1]}]")

    def append_elements(self, list_name: str, other: str) -> bool:
        """Turn a final loop that only appends to `list_name` into one that appends to `other`.

        Checks move to a loop of their own, so that `other` gets all elements or none. Returns
        whether there was such a loop.
        """
        split = self._split_loop(list_name)
        if split is None:
            return False
        loop, element = split
        with self.nest(str(loop)) as block:
            block.append_element(other, element)
        return True

    def _split_loop(self, list_name: str) -> tuple[ForLoop, str] | None:
        """Remove a final loop that only appends to `list_name`; return the loop and the element.

        Checks that the loop makes before it appends are moved to a loop of their own.
        """
        match self._parts[-2:]:
            case [
                str(start),
                (ForLoop() as loop, Block(_parts=[*checks, _Append(appended, element)])),
            ] if (
                start == f"{list_name} = []"
                and appended == list_name
                and (not checks or (_only_checks(checks) and loop.can_run_twice))
            ):
                del self._parts[-2:]
                if checks:
                    check_block = Block()
                    check_block._parts = checks
                    self.attach(loop, check_block)
                    loop = ForLoop(loop.target, loop.iterable)
                return loop, element
        return None

    def combine_lines(
        self, is_combined: Callable[[str], bool], combine: Callable[[list[str]], str]
    ) -> None:
        """Combine some lines of each nested block and of this one into one line if all are run.

        The combined line comes later than they did, but before each statement that may return.
        """
        parts, lines = self._parts, []
        self._parts = []
        for part in parts:
            if isinstance(part, str) and is_combined(part):
                lines.append(part)
                continue
            if lines and _ends_notes(part):
                self._parts.append(combine(lines))
                lines = []
            if isinstance(part, tuple):
                part[1].combine_lines(is_combined, combine)
            self._parts.append(part)
        if lines:
            self._parts.append(combine(lines))

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Yield the lines, indented by `depth` levels."""
        for part in self._parts:
            if isinstance(part, tuple):
                header, block = part
                yield f"{INDENT * depth}{header}"
                yield from block.lines(depth + 1) if block else [INDENT * (depth + 1) + "pass"]
            else:
                yield f"{INDENT * depth}{part}"

    def render(self, depth: int = 0) -> str:
        """Return the lines as one string, indented by `depth` levels."""
        return "".join(line + "\n" for line in self.lines(depth))


def _ends_notes(part: _Part) -> bool:
    """Whether a part of a block may end the notes of an event."""
    if isinstance(part, tuple):
        return any(map(_ends_notes, part[1]._parts))
    return str(part).startswith(("return", "ends.append("))


def _only_checks(parts: Sequence[_Part]) -> bool:
    """Whether lines do nothing but raise refusals under conditions, and collect values."""
    return all(
        str(part[0]).startswith("if ") and _only_checks(part[1]._parts)
        if isinstance(part, tuple)
        else str(part).startswith(("raise ", "date_times.append(", "uuids.append("))
        for part in parts
    )


class UniqueNames:
    """Source of names for local variables; it returns each name once."""

    def __init__(self, reserved: frozenset[str] = frozenset()) -> None:
        self._used = set(reserved)

    def fresh(self, hint: str) -> str:
        """Return an unused name that resembles `hint`."""
        name = identifier(hint)
        candidates = chain([name], (f"{name}_{number}" for number in count(2)))
        unused = next(candidate for candidate in candidates if candidate not in self._used)
        self._used.add(unused)
        return unused


def identifier(hint: str) -> str:
    """Return a lower-case Python identifier that resembles `hint`, which may be any string."""
    name = re.sub(r"\W", "_", hint, flags=re.ASCII).strip("_").lower() or "value"
    if keyword.iskeyword(name):
        return f"{name}_"
    return f"n{name}" if name[0].isdigit() else name


class ConstantPool:
    """Constants that emitted functions share: `sources` maps each name to its expression."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        self._names = UniqueNames(frozenset({"valid", "variants", "refused", "constants"}))
        self._name_by_source: dict[str, str] = {}

    def intern(self, hint: str, source: str) -> str:
        """Return the name of the constant with the expression `source`, adding it if needed."""
        if source not in self._name_by_source:
            name = self._names.fresh(hint).upper()
            self._name_by_source[source] = name
            self.sources[name] = source
        return self._name_by_source[source]
