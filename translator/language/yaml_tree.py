"""Parse strict YAML to a tree in which every value has a line and column.

Scalars follow the YAML 1.2 core schema: `no`, `on`, `1:20` and dates are strings, `010` is ten, and
a quoted scalar is a string. Features that hide something from readers are refused: duplicate keys,
tags, anchors, aliases, merges (`<<`), keys that are lists or maps, infinities and NaN, and several
documents in one file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import yaml

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, MappingError, truncate

MAX_BYTES: Final = 1024 * 1024
"""Maximum size of a file."""

MAX_DEPTH: Final = 32
"""Maximum nesting of lists and maps."""

MAX_DIGITS: Final = 300
"""Maximum number of characters of a number."""


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """A single value. `raw` is its string in the file, without quotes."""

    value: str | int | float | bool | None
    location: Location
    raw: str


@dataclass(frozen=True, slots=True)
class YamlSequence:
    """A list."""

    items: tuple[YamlNode, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class YamlMap:
    """A map in the order of the file. The value of a key is its `raw` string."""

    entries: tuple[tuple[YamlScalar, YamlNode], ...]
    location: Location


YamlNode = YamlScalar | YamlSequence | YamlMap


def parse_yaml(text: bytes | str, file: str) -> YamlNode:
    """Parse the one YAML document in `text`; locations call it `file`.

    Bytes must be UTF-8, with or without a byte order mark. Raises `MappingError` with all problems
    up to the first syntax error.
    """
    return _TreeBuilder(file, _decode(text, file)).build()


def to_data(node: YamlNode) -> object:
    """Convert a tree to dicts, lists, strings, numbers, booleans and None."""
    match node:
        case YamlScalar(value=value):
            return value
        case YamlSequence(items=items):
            return [to_data(item) for item in items]
        case YamlMap(entries=entries):
            return {key.raw: to_data(value) for key, value in entries}


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FORBIDDEN_CHARACTER = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

_SURROGATE = re.compile("[\ud800-\udfff]")

_NULL = frozenset(("", "~", "null", "Null", "NULL"))

_TRUE = frozenset(("true", "True", "TRUE"))

_FALSE = frozenset(("false", "False", "FALSE"))

_INTEGER = re.compile(r"[-+]?[0-9]+")

_RADIX_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")

_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_QUOTE_HINT: Final = "quote it if it is a string"

_TAB_PROBLEM: Final = "'\\t' that cannot start any token"

_DEFAULT_HINT: Final = "look for a quote, bracket or colon that is missing here or above"

_INDENT_MESSAGE: Final = "the indentation of this line does not match the lines above"

_INDENT_HINT: Final = "give all entries of one map or list the same indentation"

_SYNTAX_HELP: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "': ' is not allowed here",
        "quote a string that contains ': ', and check the indentation",
    ),
    (_TAB_PROBLEM, "a tab is not allowed here", "indent with spaces"),
    (
        "that cannot start any token",
        "no value can begin with this character",
        "quote a string that begins with %, @ or `",
    ),
    ("expected ',' or ']'", "a list in [ ] is not closed or lacks a comma", "write [a, b]"),
    ("expected ',' or '}'", "a map in { } is not closed or lacks a comma", "write {a: 1, b: 2}"),
    ("could not find expected ':'", "a key is not followed by ':'", "write key: value"),
    (
        "Unicode character escape",
        "an escape in this quoted string is not a character",
        "write the character itself",
    ),
    ("found unexpected end of stream", "a quoted string is not closed", "close the quote"),
    ("expected the node content", "a value is missing", _QUOTE_HINT),
    ("did not find expected node content", "a value is missing", _QUOTE_HINT),
    ("expected <block end>", _INDENT_MESSAGE, _INDENT_HINT),
    ("did not find expected key", _INDENT_MESSAGE, _INDENT_HINT),
    ("did not find expected '-'", _INDENT_MESSAGE, _INDENT_HINT),
)
"""Part of a message of PyYAML's two parsers, and the message and hint that replace it."""


def _decode(text: bytes | str, file: str) -> str:
    """Decode `text`, and check its size and characters."""
    if len(text) > MAX_BYTES:
        message = f"the file is longer than {MAX_BYTES} bytes"
        hint = "a mapping relates two formats only"
        _raise_error("yaml-size", Location(file, 1, 1), message, hint)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            location = _location_after(file, error.object[: error.start].decode("utf-8"))
            _raise_error("yaml-encoding", location, "the file is not UTF-8", "save it as UTF-8")
    text = text.removeprefix("\ufeff")
    if forbidden := _FORBIDDEN_CHARACTER.search(text):
        location = _location_after(file, text[: forbidden.start()])
        message = f"the character U+{ord(forbidden[0]):04X} is not allowed in YAML"
        hint = 'remove it, or write it as "\\uXXXX" in quotes'
        _raise_error("yaml-encoding", location, message, hint)
    return text


def _location_after(file: str, before: str) -> Location:
    """Locate the character that follows `before`."""
    return Location(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _raise_error(code: str, location: Location, message: str, hint: str) -> NoReturn:
    raise MappingError([Diagnostic(code, location, message, hint)])


@dataclass(slots=True)
class _OpenCollection:
    """A list or map that the parser has not finished."""

    location: Location
    is_map: bool
    items: list[YamlNode] = field(default_factory=list)
    entries: list[tuple[YamlScalar, YamlNode]] = field(default_factory=list)
    key_locations: dict[str, Location] = field(default_factory=dict)
    key: YamlScalar | None = None

    def close(self) -> YamlNode:
        if self.is_map:
            return YamlMap(tuple(self.entries), self.location)
        return YamlSequence(tuple(self.items), self.location)


class _TreeBuilder:
    """Builds the tree of one file from the parser's events.

    It does not recurse, so that no input is too deep for the stack.
    """

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._diagnostics: list[Diagnostic] = []
        self._open_collections: list[_OpenCollection] = []
        self._root: YamlNode | None = None

    def build(self) -> YamlNode:
        has_document = False
        for event in self._events():
            match event:
                case yaml.DocumentStartEvent() if has_document:
                    location = self._to_location(event.start_mark)
                    message = "a second document begins here"
                    hint = "keep one document; remove the line '---'"
                    self._report("yaml-documents", location, message, hint)
                    break
                case yaml.DocumentStartEvent():
                    has_document = True
                case yaml.NodeEvent():
                    self._visit_node(event)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self._attach(self._open_collections.pop().close())
            if len(self._diagnostics) >= MAX_DIAGNOSTICS:
                break
        if self._diagnostics:
            raise MappingError(self._diagnostics)
        root = self._root
        if root is None or (isinstance(root, YamlScalar) and root.value is None and not root.raw):
            location, hint = Location(self._file, 1, 1), "write a mapping, or remove the file"
            _raise_error("yaml-empty", location, "the file is empty", hint)
        return root

    def _events(self) -> Iterator[yaml.Event]:
        """Yield the parser's events; raise a syntax error with the diagnostics so far."""
        try:
            yield from yaml.parse(self._text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            problem = error.problem or ""
            if mark is not None and self._text[mark.index : mark.index + 1] == "\t":
                problem = _TAB_PROBLEM
            message, hint = _explain(problem, error.context)
            self._fail("yaml-syntax", self._to_location(mark), message, hint)
        except (yaml.YAMLError, ValueError, OverflowError):
            # The parser does not check the number in a directive or a character escape.
            location = Location(self._file, 1, 1)
            self._fail("yaml-syntax", location, "the file is not YAML", _DEFAULT_HINT)

    def _visit_node(self, event: yaml.NodeEvent) -> None:
        location = self._to_location(event.start_mark)
        if event.anchor is not None:
            kind, sign = "anchor", "&"
            if isinstance(event, yaml.AliasEvent):
                kind, sign = "alias", "*"
            message = f"the {kind} {sign}{event.anchor} is not allowed"
            hint = f"write the value out; quote a string that begins with {sign}"
            self._report("yaml-alias", location, message, hint)
        if getattr(event, "tag", None) is not None:
            hint = "remove it; quote a string that begins with !"
            self._report("yaml-tag", location, "a tag is not allowed", hint)
        match event:
            case yaml.ScalarEvent():
                self._visit_scalar(event, location)
            case yaml.CollectionStartEvent():
                if len(self._open_collections) >= MAX_DEPTH:
                    message = f"lists and maps are nested more than {MAX_DEPTH} levels deep"
                    self._fail("yaml-depth", location, message, "use fewer levels")
                is_map = isinstance(event, yaml.MappingStartEvent)
                self._open_collections.append(_OpenCollection(location, is_map))
            case _:
                self._attach(YamlScalar(None, location, ""))

    def _visit_scalar(self, event: yaml.ScalarEvent, location: Location) -> None:
        raw: str = event.value
        is_plain = bool(event.implicit[0])
        if _SURROGATE.search(raw):
            message = "half of a surrogate pair is not a character"
            self._report("yaml-encoding", location, message, "write the whole character")
        parent = self._open_collections[-1] if self._open_collections else None
        if parent is None or not parent.is_map or parent.key is not None:
            value = self._resolve_scalar(raw, location) if is_plain else raw
            self._attach(YamlScalar(value, location, raw))
            return
        if is_plain and raw == "<<":
            hint = "write the entries out"
            self._report("yaml-merge", location, "a merge (<<) is not allowed", hint)
        elif is_plain and not raw:
            self._report("yaml-key", location, "a key is missing", 'write "" for an empty key')
        self._attach(YamlScalar(raw, location, raw))

    def _resolve_scalar(self, raw: str, location: Location) -> str | int | float | bool | None:
        """Convert an unquoted scalar according to the YAML 1.2 core schema."""
        if raw in _NULL:
            return None
        if raw in _TRUE or raw in _FALSE:
            return raw in _TRUE
        is_integer = _INTEGER.fullmatch(raw)
        if _NOT_FINITE.fullmatch(raw):
            problem = f"JSON has no number {raw}"
        elif not is_integer and not _RADIX_INTEGER.fullmatch(raw) and not _FLOAT.fullmatch(raw):
            return raw
        elif len(raw) > MAX_DIGITS:
            problem = f"the number has more than {MAX_DIGITS} characters"
        elif is_integer:
            return int(raw)
        elif raw.startswith(("0o", "0x")):
            return int(raw, 0)
        elif math.isfinite(float(raw)):
            return float(raw)
        else:
            problem = f"{raw} is too large"
        self._report("yaml-number", location, problem, _QUOTE_HINT)
        return None

    def _attach(self, node: YamlNode) -> None:
        """Add a finished node to the collection that it is in."""
        if not self._open_collections:
            self._root = node
            return
        parent = self._open_collections[-1]
        if not parent.is_map:
            parent.items.append(node)
        elif parent.key is not None:
            parent.entries.append((parent.key, node))
            parent.key = None
        elif isinstance(node, YamlScalar):
            first = parent.key_locations.setdefault(node.raw, node.location)
            if first != node.location:
                message = f"the key {node.raw!r} is in this map twice"
                hint = f"line {first.line} has it first; keep one"
                self._report("yaml-duplicate-key", node.location, message, hint)
            parent.key = YamlScalar(node.raw, node.location, node.raw)
        else:
            message, hint = "a key must be a string", "quote a string that begins with [ or {"
            self._report("yaml-key", node.location, message, hint)
            parent.key = YamlScalar("", node.location, "")

    def _to_location(self, mark: Any) -> Location:
        if mark is None:
            return Location(self._file, 1, 1)
        return Location(self._file, mark.line + 1, mark.column + 1)

    def _report(self, code: str, location: Location, message: str, hint: str) -> None:
        self._diagnostics.append(Diagnostic(code, location, truncate(message), truncate(hint)))

    def _fail(self, code: str, location: Location, message: str, hint: str) -> NoReturn:
        self._report(code, location, message, hint)
        raise MappingError(self._diagnostics) from None


def _explain(problem: str, context: str | None) -> tuple[str, str]:
    """Return message and hint for a parser's complaint, in its own words if it is unknown."""
    for part, message, hint in _SYNTAX_HELP:
        if part in problem:
            return message, hint
    words = ", ".join(part for part in (context, problem) if part)
    return words or "the file is not YAML", _DEFAULT_HINT
