"""Reading a YAML tree by expectation: what is not as expected is reported, and reading goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from translator.diagnostics import (
    MAX_DIAGNOSTICS,
    Diagnostic,
    Location,
    did_you_mean,
    shortened,
)
from translator.errors import MappingError
from translator.nodes import Cell, Plain, Record, Variable
from translator.paths import Path, is_scalar_path, parse_path
from translator.yamlsource import Map, Scalar, Tree
from translator.yamlsource import Sequence as List

_ENTRIES = "write its entries as 'key: value', one a line"


class Located(Protocol):
    """What stands at a place of a file."""

    @property
    def location(self) -> Location:
        """The place."""


class Reader:
    """Collects diagnostics while a mapping is read. `formats` are the two of `between`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.formats = ("", "")
        self.diagnostics: list[Diagnostic] = []

    def report(self, code: str, at: Located, message: str, hint: str = "") -> None:
        """Note a mistake at the place of `at`. Raises `MappingError` once there are very many."""
        self.diagnostics.append(Diagnostic(code, at.location, shortened(message), hint))
        if len(self.diagnostics) >= MAX_DIAGNOSTICS:
            self.end()

    def end(self) -> None:
        """Raise a `MappingError` with the mistakes noted, if there are any."""
        if self.diagnostics:
            raise MappingError(sorted(self.diagnostics, key=lambda d: (d.location.line, d.code)))

    def keys(self, tree: Tree, allowed: Sequence[str], what: str) -> dict[str, Tree] | None:
        """The entries of a map all of whose keys are among `allowed`; None if it is no map."""
        if not isinstance(tree, Map):
            self.report(
                "mapping-type",
                tree,
                f"{what} is a map with {', '.join(allowed) or 'nothing in it'}",
                _ENTRIES,
            )
            return None
        found: dict[str, Tree] = {}
        for key, value in tree.entries:
            if key.text in allowed:
                found[key.text] = value
            else:
                hint = did_you_mean(key.text, allowed) or "leave it out"
                self.report("mapping-key", key, f"{what} has no key {key.text!r}", hint)
        return found

    def options(self, tree: Tree | None, allowed: Sequence[str]) -> dict[str, Tree]:
        """The options of a codec: a map, or nothing."""
        return {} if tree is None else self.keys(tree, allowed, "this codec") or {}

    def entries(self, tree: Tree | None, what: str) -> Iterator[tuple[Scalar, Tree]]:
        """The entries of a map, in order; nothing where there is none."""
        if isinstance(tree, Map):
            for key, value in tree.entries:
                if key.text.strip():
                    yield key, value
                else:
                    message = f"an entry of {what!r} needs a name"
                    self.report("mapping-key", key, message, "write a name before the colon")
        elif tree is not None:
            self.report("mapping-type", tree, f"{what!r} is a map", _ENTRIES)

    def items(self, tree: Tree | None, what: str) -> Sequence[Tree]:
        """The items of a list; nothing where there is none."""
        if isinstance(tree, List):
            return tree.items
        if tree is not None:
            hint = "write [a, b], or lines that begin with '- '"
            self.report("mapping-type", tree, f"{what!r} is a list", hint)
        return ()

    def text(self, tree: Tree | None, what: str, inside: Tree | None = None) -> str:
        """A text that must not be empty; `inside` is where it is missing if there is none."""
        if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value.strip():
            return tree.value
        at = tree or inside
        if at is not None:
            problem = "is missing" if tree is None else "must be a text"
            hint = "add it" if tree is None else "write some words; quote what looks like a number"
            self.report("mapping-type", at, f"{what} {problem}", hint)
        return ""

    def word(self, tree: Tree, known: Sequence[str]) -> str:
        """One of `known`, or the empty string after a report."""
        text = tree.text if isinstance(tree, Scalar) else ""
        if text in known:
            return text
        hint = did_you_mean(text, known)
        self.report("mapping-word", tree, f"{text!r} is not known here", hint)
        return ""

    def path(self, tree: Tree | None) -> Path | None:
        """A path, or None where there is none or a bad one."""
        if tree is None:
            return None
        if not (isinstance(tree, Scalar) and isinstance(tree.value, str)):
            hint = "write the name of a member; quote it if it looks like a number, a list or a map"
            self.report("mapping-type", tree, "a path is a text", hint)
            return None
        return self.path_text(tree.value, tree)

    def path_text(self, text: str, at: Tree) -> Path | None:
        """The path that `text` writes, or None after a report."""
        try:
            return parse_path(text)
        except ValueError as error:
            hint = "a path looks like data.item, items[].id or attributes{value}"
            self.report("mapping-path", at, str(error), hint)
            return None

    def side(self, tree: Tree) -> bool | None:
        """True for the left format's name, False for the right's, None after a report.

        Where 'between' does not name two formats, that is what is reported, and not each name.
        """
        if not any(self.formats):
            return None
        word = self.word(tree, self.formats)
        return word == self.formats[0] if word else None

    def direction(self, tree: Tree | None) -> Literal["left", "right"] | None:
        """The side that `to: FORMAT` names."""
        side = None if tree is None else self.side(tree)
        return None if side is None else "left" if side else "right"

    def record(self, tree: Tree) -> Record:
        """A record: members with the values they hold, one, several, or a `$variable`."""
        members: list[tuple[Path, Cell]] = []
        for key, value in self.entries(tree, "a record"):
            path = self.path(key)
            if path is not None and not is_scalar_path(path):
                message = "a record names members of the event, not of a list's elements"
                hint = "move the list into a rule of its own under 'fields'"
                self.report("mapping-record", key, message, hint)
            elif path is not None:
                members.append((path, self.cell(value)))
        if isinstance(tree, Map) and not tree.entries:
            hint = "write {member: value}"
            self.report("mapping-record", tree, "a record names at least one member", hint)
        return tuple(members)

    def cell(self, tree: Tree) -> Cell:
        """What a member of a record holds."""
        if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value[:1] == "$":
            if tree.value == "$":
                hint = "write $name, on both sides of the row"
                self.report("mapping-row", tree, "a variable has a name", hint)
            return Variable(tree.value[1:])
        return self.plain_values(tree)

    def plain_values(self, tree: Tree) -> tuple[Plain, ...]:
        """A single value, or a list of them."""
        values: list[Plain] = []
        for item in one_or_many(tree):
            if isinstance(item, Scalar):
                values.append(item.value)
            else:
                hint = "write a text, a number, true, false or null"
                self.report("mapping-type", item, "a single value is expected", hint)
        if not one_or_many(tree):
            hint = "write a value, or a list of values"
            self.report("mapping-record", tree, "at least one value is expected", hint)
        return tuple(values)


def one_or_many(tree: Tree) -> Sequence[Tree]:
    """The items of a list, or the one tree itself."""
    return tree.items if isinstance(tree, List) else (tree,)
