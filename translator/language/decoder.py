"""Read the parts of a YAML tree that a mapping or its examples consist of.

A `Decoder` reports what it does not expect and continues, so that all errors are found at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, MappingError, suggest, truncate
from translator.language.nodes import ABSENT, AnyOf, Cell, CellWord, Record, Side, Variable
from translator.language.yaml_tree import YamlMap, YamlNode, YamlScalar, YamlSequence
from translator.paths import FindName, Path, Paths, is_scalar_path, parse_path, split_paths
from translator.schema.types import ScalarValue

Keys = dict[str, YamlNode]

_MAP_HINT = "write its entries as 'key: value', one per line"


class UnknownSelectionError(ValueError):
    """A path uses a name that is no selection of its list; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Decoder:
    """Reads one file and collects diagnostics. `formats` are those of `between`, once known.

    `find_name` is that of `parse_path`; None while paths cannot select.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.formats = ("", "")
        self.find_name: FindName | None = None
        self.diagnostics: list[Diagnostic] = []

    def report(self, code: str, node: YamlNode, message: str, hint: str = "") -> None:
        """Add a diagnostic. Raises `MappingError` once there are `MAX_DIAGNOSTICS`."""
        self.report_at(code, node.location, message, hint)

    def report_at(self, code: str, location: Location, message: str, hint: str = "") -> None:
        """Add a diagnostic, as `report` does."""
        diagnostic = Diagnostic(code, location, truncate(message), hint)
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)
        if len(self.diagnostics) >= MAX_DIAGNOSTICS:
            self.raise_errors()

    def raise_errors(self) -> None:
        """Raise `MappingError` with the diagnostics so far, in the order of lines, if any."""
        if self.diagnostics:
            raise MappingError(sorted(self.diagnostics, key=attrgetter("location.line", "code")))

    def keys(self, node: YamlNode, allowed: Sequence[str], name: str) -> Keys | None:
        """Read a map whose keys must be in `allowed`; None if `node` is not a map."""
        if not isinstance(node, YamlMap):
            keys = f"with the keys {', '.join(allowed)}" if allowed else "without keys"
            self.report("mapping-type", node, f"{name} must be a map {keys}", _MAP_HINT)
            return None
        entries: Keys = {}
        for key, value in node.entries:
            if key.raw in allowed:
                entries[key.raw] = value
            else:
                hint = suggest(key.raw, allowed) or "remove it"
                self.report("mapping-key", key, f"{name} has no key {key.raw!r}", hint)
        return entries

    def options(self, node: YamlNode | None, allowed: Sequence[str]) -> Keys:
        """Read the options of a codec, which may be missing."""
        return {} if node is None else self.keys(node, allowed, "this codec") or {}

    def entries(self, node: YamlNode | None, name: str) -> Iterator[tuple[YamlScalar, YamlNode]]:
        """Yield the entries of a map, which may be missing, in order."""
        if isinstance(node, YamlMap):
            for key, value in node.entries:
                if key.raw.strip():
                    yield key, value
                else:
                    message = f"an entry of {name!r} needs a name"
                    self.report("mapping-key", key, message, "write a name before the colon")
        elif node is not None:
            self.report("mapping-type", node, f"{name!r} must be a map", _MAP_HINT)

    def items(self, node: YamlNode | None, name: str) -> Sequence[YamlNode]:
        """Return the items of a list, which may be missing."""
        if isinstance(node, YamlSequence):
            return node.items
        if node is not None:
            hint = "write [a, b], or lines that begin with '- '"
            self.report("mapping-type", node, f"{name!r} must be a list", hint)
        return ()

    def string(self, node: YamlNode | None, name: str, parent: YamlNode | None = None) -> str:
        """Read a string that is not blank. Without a `parent` to report, it may be missing."""
        if isinstance(node, YamlScalar) and isinstance(node.value, str) and node.value.strip():
            return node.value
        if node is not None:
            hint = "write some words; quote what looks like a number"
            self.report("mapping-type", node, f"{name} must be a string", hint)
        elif parent is not None:
            self.report("mapping-type", parent, f"{name} is missing", "add it")
        return ""

    def scalar(self, node: YamlNode | None, name: str) -> YamlScalar | None:
        """Read a single value, which may be missing; None if `node` is a list or a map."""
        if node is None or isinstance(node, YamlScalar):
            return node
        hint = "write a string, a number, true or false"
        self.report("mapping-type", node, f"{name} must be a single value", hint)
        return None

    def choice(self, node: YamlNode | None, choices: Iterable[str]) -> str:
        """Read one of `choices`; the empty string if it is missing or another."""
        raw = node.raw if isinstance(node, YamlScalar) else ""
        if node is None or raw in choices:
            return raw
        self.report("mapping-word", node, f"{raw!r} is not allowed here", suggest(raw, choices))
        return ""

    def path(self, node: YamlNode | None) -> Path | None:
        """Read a path; None if it is missing or wrong."""
        if node is None:
            return None
        if not (isinstance(node, YamlScalar) and isinstance(node.value, str)):
            hint = "write the name of a field; quote it if it looks like a number, list or map"
            self.report("mapping-type", node, "a path must be a string", hint)
            return None
        return self.path_from_string(node.value, node)

    def paths(self, string: str, separator: str, node: YamlNode) -> Paths:
        """Parse the paths between separators, except wrong ones."""
        paths = [self.path_from_string(part, node) for part in split_paths(string, separator)]
        return tuple(path for path in paths if path is not None)

    def path_from_string(self, string: str, node: YamlNode) -> Path | None:
        """Parse a path that is part of a node; None if it is wrong."""
        try:
            return parse_path(string, self.find_name)
        except UnknownSelectionError as error:
            self.report("selection-unknown", node, str(error), error.hint)
            return None
        except ValueError as error:
            hint = "a path looks like data.item, items[].id or attributes{value}"
            self.report("mapping-path", node, str(error), hint)
            return None

    def side(self, node: YamlNode | None) -> Side | None:
        """Return the side of the format that `node` names; None if it is missing or wrong."""
        # Without the formats of `between`, that error is reported, not every name.
        name = self.choice(node, self.formats) if any(self.formats) else ""
        if not name:
            return None
        return "left" if name == self.formats[0] else "right"

    def record(self, node: YamlNode, *, may_be_empty: bool = False) -> Record:
        """Read a map of field paths to cells."""
        cells: list[tuple[Path, Cell]] = []
        for key, value in self.entries(node, "a record"):
            paths, cell = self.paths(key.raw, "|", key), self.cell(value)
            if isinstance(cell, CellWord | tuple) and len(paths) > 1:
                cell = AnyOf(paths, cell)
            elif not isinstance(cell, CellWord) and not all(map(is_scalar_path, paths)):
                message = "a record cannot name fields inside a list"
                hint = "move the list to a rule of its own under 'fields'"
                self.report("mapping-record", key, message, hint)
                continue
            if paths:
                cells.append((paths[0], cell))
        if isinstance(node, YamlMap) and not node.entries and not may_be_empty:
            hint = "write {field: value}"
            self.report("mapping-record", node, "a record must name at least one field", hint)
        return tuple(cells)

    def cell(self, node: YamlNode) -> Cell:
        """Read a value, a list of values, a `$variable` or a word such as `$present`."""
        if isinstance(node, YamlScalar) and isinstance(node.value, str) and node.value[:1] == "$":
            if node.value == "$":
                hint = "write $name, on both sides of the row"
                self.report("mapping-row", node, "a variable needs a name", hint)
            words = {word.value: word for word in CellWord}
            return words.get(node.value) or Variable(node.value[1:])
        values = self.scalar_values(node)
        return ABSENT if values == (None,) else values

    def scalar_values(self, node: YamlNode) -> tuple[ScalarValue, ...]:
        """Read a single value or a list of them."""
        items = node.items if isinstance(node, YamlSequence) else (node,)
        if not items:
            hint = "write a value, or a list of values"
            self.report("mapping-record", node, "the list of values is empty", hint)
        scalars = [self.scalar(item, "a cell") for item in items]
        return tuple(scalar.value for scalar in scalars if scalar is not None)
