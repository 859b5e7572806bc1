"""Reading a YAML tree by expectation: what is not as expected is reported, and reading goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from translator.errors import (
    MAX_DIAGNOSTICS,
    Diagnostic,
    Location,
    MappingError,
    did_you_mean,
    truncate,
)
from translator.language.nodes import Cell, Record, Variable
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar
from translator.language.yaml_tree import YamlSequence as List
from translator.paths import Path, is_scalar_path, parse_path
from translator.schema.types import ScalarValue

_ENTRIES_HINT = "write its entries as 'key: value', one a line"


class Located(Protocol):
    """What stands at a place of a file."""

    @property
    def location(self) -> Location:
        """The place."""


class Decoder:
    """Collects diagnostics while a mapping is read. `formats` are the two of `between`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.formats = ("", "")
        self.diagnostics: list[Diagnostic] = []

    def report(self, code: str, located: Located, message: str, hint: str = "") -> None:
        """Note a mistake at the place of `at`. Raises `MappingError` once there are very many."""
        self.diagnostics.append(Diagnostic(code, located.location, truncate(message), hint))
        if len(self.diagnostics) >= MAX_DIAGNOSTICS:
            self.raise_errors()

    def raise_errors(self) -> None:
        """Raise a `MappingError` with the mistakes noted, if there are any."""
        if self.diagnostics:
            raise MappingError(
                sorted(
                    self.diagnostics,
                    key=lambda diagnostic: (diagnostic.location.line, diagnostic.code),
                )
            )

    def keys(
        self, node: YamlNode, allowed: Sequence[str], description: str
    ) -> dict[str, YamlNode] | None:
        """The entries of a map all of whose keys are among `allowed`; None if it is no map."""
        if not isinstance(node, YamlMap):
            self.report(
                "mapping-type",
                node,
                f"{description} is a map with {', '.join(allowed) or 'nothing in it'}",
                _ENTRIES_HINT,
            )
            return None
        entries: dict[str, YamlNode] = {}
        for key, value in node.entries:
            if key.raw in allowed:
                entries[key.raw] = value
            else:
                hint = did_you_mean(key.raw, allowed) or "leave it out"
                self.report("mapping-key", key, f"{description} has no key {key.raw!r}", hint)
        return entries

    def options(self, node: YamlNode | None, allowed: Sequence[str]) -> dict[str, YamlNode]:
        """The options of a codec: a map, or nothing."""
        return {} if node is None else self.keys(node, allowed, "this codec") or {}

    def entries(
        self, node: YamlNode | None, description: str
    ) -> Iterator[tuple[YamlScalar, YamlNode]]:
        """The entries of a map, in order; nothing where there is none."""
        if isinstance(node, YamlMap):
            for key, value in node.entries:
                if key.raw.strip():
                    yield key, value
                else:
                    message = f"an entry of {description!r} needs a name"
                    self.report("mapping-key", key, message, "write a name before the colon")
        elif node is not None:
            self.report("mapping-type", node, f"{description!r} is a map", _ENTRIES_HINT)

    def items(self, node: YamlNode | None, description: str) -> Sequence[YamlNode]:
        """The items of a list; nothing where there is none."""
        if isinstance(node, List):
            return node.items
        if node is not None:
            hint = "write [a, b], or lines that begin with '- '"
            self.report("mapping-type", node, f"{description!r} is a list", hint)
        return ()

    def string(
        self, node: YamlNode | None, description: str, parent: YamlNode | None = None
    ) -> str:
        """A text that must not be empty; `inside` is where it is missing if there is none."""
        if isinstance(node, YamlScalar) and isinstance(node.value, str) and node.value.strip():
            return node.value
        located = node or parent
        if located is not None:
            problem = "is missing" if node is None else "must be a text"
            hint = "add it" if node is None else "write some words; quote what looks like a number"
            self.report("mapping-type", located, f"{description} {problem}", hint)
        return ""

    def choice(self, node: YamlNode, choices: Sequence[str]) -> str:
        """One of `known`, or the empty string after a report."""
        raw = node.raw if isinstance(node, YamlScalar) else ""
        if raw in choices:
            return raw
        hint = did_you_mean(raw, choices)
        self.report("mapping-word", node, f"{raw!r} is not known here", hint)
        return ""

    def path(self, node: YamlNode | None) -> Path | None:
        """A path, or None where there is none or a bad one."""
        if node is None:
            return None
        if not (isinstance(node, YamlScalar) and isinstance(node.value, str)):
            hint = "write the name of a member; quote it if it looks like a number, a list or a map"
            self.report("mapping-type", node, "a path is a text", hint)
            return None
        return self.path_from_string(node.value, node)

    def path_from_string(self, string: str, located: YamlNode) -> Path | None:
        """The path that `text` writes, or None after a report."""
        try:
            return parse_path(string)
        except ValueError as error:
            hint = "a path looks like data.item, items[].id or attributes{value}"
            self.report("mapping-path", located, str(error), hint)
            return None

    def side(self, node: YamlNode) -> bool | None:
        """True for the left format's name, False for the right's, None after a report.

        Where 'between' does not name two formats, that is what is reported, and not each name.
        """
        if not any(self.formats):
            return None
        name = self.choice(node, self.formats)
        return name == self.formats[0] if name else None

    def direction(self, node: YamlNode | None) -> Literal["left", "right"] | None:
        """The side that `to: FORMAT` names."""
        is_left = None if node is None else self.side(node)
        return None if is_left is None else "left" if is_left else "right"

    def record(self, node: YamlNode) -> Record:
        """A record: members with the values they hold, one, several, or a `$variable`."""
        cells: list[tuple[Path, Cell]] = []
        for key, value in self.entries(node, "a record"):
            path = self.path(key)
            if path is not None and not is_scalar_path(path):
                message = "a record names members of the event, not of a list's elements"
                hint = "move the list into a rule of its own under 'fields'"
                self.report("mapping-record", key, message, hint)
            elif path is not None:
                cells.append((path, self.cell(value)))
        if isinstance(node, YamlMap) and not node.entries:
            hint = "write {member: value}"
            self.report("mapping-record", node, "a record names at least one member", hint)
        return tuple(cells)

    def cell(self, node: YamlNode) -> Cell:
        """What a member of a record holds."""
        if isinstance(node, YamlScalar) and isinstance(node.value, str) and node.value[:1] == "$":
            if node.value == "$":
                hint = "write $name, on both sides of the row"
                self.report("mapping-row", node, "a variable has a name", hint)
            return Variable(node.value[1:])
        return self.scalar_values(node)

    def scalar_values(self, node: YamlNode) -> tuple[ScalarValue, ...]:
        """A single value, or a list of them."""
        values: list[ScalarValue] = []
        for item in as_list(node):
            if isinstance(item, YamlScalar):
                values.append(item.value)
            else:
                hint = "write a text, a number, true, false or null"
                self.report("mapping-type", item, "a single value is expected", hint)
        if not as_list(node):
            hint = "write a value, or a list of values"
            self.report("mapping-record", node, "at least one value is expected", hint)
        return tuple(values)


def as_list(node: YamlNode) -> Sequence[YamlNode]:
    """The items of a list, or the one tree itself."""
    return node.items if isinstance(node, List) else (node,)
