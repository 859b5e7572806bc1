"""Strict YAML: text to a tree in which every value knows its line and column.

Scalars are those of the YAML 1.2 core schema: `no`, `on`, `1:20` and dates are strings, `010` is
ten, and whatever is quoted is a string. Refused, because a mapping is read by people and each of
them hides something from a reader: duplicate keys, tags, anchors, aliases, merges (`<<`), keys
that are not plain text, infinities and NaN, several documents in one file.

The tree is built from the parser's events, one after another and without recursion, so that no
input, however deep, exhausts a stack.
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
"""A longer text is refused unread."""

MAX_DEPTH: Final = 32
"""So many lists and maps may stand inside one another."""

MAX_DIGITS: Final = 300
"""A number written with more characters is refused."""


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """One value. `text` is what was written (without quotes), `value` what it means."""

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
    """A map in the order written. Each key is a `Scalar` whose value is its text."""

    entries: tuple[tuple[YamlScalar, YamlNode], ...]
    location: Location


YamlNode = YamlScalar | YamlSequence | YamlMap


def parse_yaml(text: bytes | str, file: str) -> YamlNode:
    """The tree of the one YAML document in `text`; `file` is the name that locations carry.

    Bytes are read as UTF-8, with or without a byte order mark. Raises `MappingError` with every
    problem found: up to and with the first error of syntax, since nothing after it is certain.
    """
    return _TreeBuilder(file, _decode(text, file)).build()


def to_data(node: YamlNode) -> object:
    """The tree as ordinary data: dicts, lists, strings, numbers, booleans and None."""
    match node:
        case YamlScalar(value=value):
            return value
        case YamlSequence(items=items):
            return [to_data(item) for item in items]
        case YamlMap(entries=entries):
            return {str(key.value): to_data(value) for key, value in entries}


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FORBIDDEN_CHARACTER = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

_SURROGATE = re.compile("[\ud800-\udfff]")

_NULL = frozenset({"", "~", "null", "Null", "NULL"})

_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}

_INTEGER = re.compile(r"[-+]?[0-9]+")

_RADIX_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")

_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_TAB_PROBLEM: Final = "'\\t' that cannot start any token"

_DEFAULT_HINT: Final = "look for a quote, bracket or colon that is missing here or above"

_SYNTAX_HELP: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a ': ' stands where no value can begin",
        "quote a text that holds ': ', and check the indentation",
    ),
    (
        _TAB_PROBLEM,
        "a tab stands where only spaces may",
        "indent with spaces",
    ),
    (
        "that cannot start any token",
        "no value can begin with this character",
        "quote a text that begins with %, @ or `",
    ),
    ("expected ',' or ']'", "a list in [ ] is not closed or lacks a comma", "write [a, b]"),
    ("expected ',' or '}'", "a map in { } is not closed or lacks a comma", "write {a: 1, b: 2}"),
    ("could not find expected ':'", "a key is not followed by ':'", "write key: value"),
    (
        "Unicode character escape",
        "an escape in this quoted text names no character",
        "write the character itself",
    ),
    ("found unexpected end of stream", "a quoted text is not closed", "close the quote"),
    (
        "expected <block end>",
        "this line fits neither the lines above it nor the list or map around it",
        "give the members of one map or list the same indentation",
    ),
    ("expected the node content", "a value is missing", "quote it if it is text"),
    ("did not find expected node content", "a value is missing", "quote it if it is text"),
    (
        "did not find expected key",
        "this line fits neither the lines above it nor the map around it",
        "give the members of one map the same indentation",
    ),
    (
        "did not find expected '-'",
        "this line fits neither the lines above it nor the list around it",
        "give the members of one list the same indentation",
    ),
)
"""What the two parsers say, and how it is said to a reader: part of their text, message, hint."""


def _decode(text: bytes | str, file: str) -> str:
    """The text without byte order mark, of bounded size and of characters that YAML allows."""
    if len(text) > MAX_BYTES:
        message = f"the file is longer than {MAX_BYTES} bytes"
        _raise_error(
            "yaml-size", Location(file, 1, 1), message, "a mapping relates two formats only"
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            location = _location_after(file, error.object[: error.start].decode("utf-8"))
            _raise_error("yaml-encoding", location, "the file is not UTF-8", "save it as UTF-8")
    text = text.removeprefix("\ufeff")
    if forbidden := _FORBIDDEN_CHARACTER.search(text):
        location = _location_after(file, text[: forbidden.start()])
        code_point = f"U+{ord(forbidden[0]):04X}"
        message = f"the character {code_point} is not allowed in YAML"
        _raise_error(
            "yaml-encoding", location, message, 'remove it, or write it as "\\uXXXX" in quotes'
        )
    return text


def _location_after(file: str, before: str) -> Location:
    """Where the text that follows `before` begins."""
    return Location(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _raise_error(code: str, location: Location, message: str, hint: str = "") -> NoReturn:
    raise MappingError([Diagnostic(code, location, message, hint)])


@dataclass(slots=True)
class _OpenCollection:
    """A list or map whose end has not come yet."""

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
    """One reading of one text: the problems found so far and the collections still open."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._diagnostics: list[Diagnostic] = []
        self._open_collections: list[_OpenCollection] = []
        self._root: YamlNode | None = None

    def build(self) -> YamlNode:
        document_count = 0
        for event in self._events():
            match event:
                case yaml.DocumentStartEvent():
                    document_count += 1
                    if document_count > 1:
                        location = self._to_location(event.start_mark)
                        hint = "keep one document; remove the line '---'"
                        self._report(
                            "yaml-documents", location, "a second document begins here", hint
                        )
                        break
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
            location = Location(self._file, 1, 1)
            _raise_error(
                "yaml-empty", location, "the file holds nothing", "write a mapping, or remove it"
            )
        return root

    def _events(self) -> Iterator[yaml.Event]:
        """The parser's events; an error of syntax ends them and is raised as a diagnostic."""
        try:
            yield from yaml.parse(self._text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            problem = error.problem or ""
            if mark is not None and self._text[mark.index : mark.index + 1] == "\t":
                problem = _TAB_PROBLEM
            message, hint = _explain(problem, error.context)
            self._fail_syntax(self._to_location(mark), message, hint)
        except (yaml.YAMLError, ValueError, OverflowError):
            # A directive's number or a character escape beyond what the parser itself guards.
            self._fail_syntax(Location(self._file, 1, 1), "this is not YAML", _DEFAULT_HINT)

    def _fail_syntax(self, location: Location, message: str, hint: str) -> NoReturn:
        self._report("yaml-syntax", location, message, hint)
        raise MappingError(self._diagnostics) from None

    def _visit_node(self, event: yaml.NodeEvent) -> None:
        location = self._to_location(event.start_mark)
        if event.anchor is not None:
            kind = "alias" if isinstance(event, yaml.AliasEvent) else "anchor"
            sign = "*" if kind == "alias" else "&"
            self._report(
                "yaml-alias",
                location,
                f"the {kind} {sign}{event.anchor} is not allowed",
                f"write the value out; quote a text that begins with {sign}",
            )
        if getattr(event, "tag", None) is not None:
            hint = "leave it out; quote a text that begins with !"
            self._report("yaml-tag", location, "a tag is not allowed", hint)
        match event:
            case yaml.ScalarEvent():
                self._visit_scalar(event, location)
            case yaml.CollectionStartEvent():
                if len(self._open_collections) >= MAX_DEPTH:
                    message = f"lists and maps stand more than {MAX_DEPTH} deep in one another"
                    self._report(
                        "yaml-depth", location, message, "no mapping needs so many; flatten it"
                    )
                    raise MappingError(self._diagnostics)
                self._open_collections.append(
                    _OpenCollection(location, isinstance(event, yaml.MappingStartEvent))
                )
            case _:
                self._attach(YamlScalar(None, location, ""))

    def _visit_scalar(self, event: yaml.ScalarEvent, location: Location) -> None:
        raw: str = event.value
        is_plain = bool(event.implicit[0])
        if _SURROGATE.search(raw):
            message = "half of a surrogate pair is not a character"
            self._report("yaml-encoding", location, message, "write the whole character")
        parent = self._open_collections[-1] if self._open_collections else None
        if parent is not None and parent.is_map and parent.key is None:
            if is_plain and raw == "<<":
                self._report("yaml-merge", location, "a merge (<<) is not allowed", "write it out")
            elif is_plain and not raw:
                self._report("yaml-key", location, "a key is missing", 'write "" for an empty key')
            self._attach(YamlScalar(raw, location, raw))
            return
        self._attach(
            YamlScalar(self._resolve_scalar(raw, location) if is_plain else raw, location, raw)
        )

    def _resolve_scalar(self, raw: str, location: Location) -> str | int | float | bool | None:
        """What an unquoted scalar means in the YAML 1.2 core schema."""
        if raw in _NULL:
            return None
        if raw in _BOOLEANS:
            return _BOOLEANS[raw]
        if _NOT_FINITE.fullmatch(raw):
            message = f"{raw} is not a number that JSON has"
            self._report("yaml-number", location, message, "quote it if it is text")
            return None
        is_integer = _INTEGER.fullmatch(raw)
        if not is_integer and not _RADIX_INTEGER.fullmatch(raw) and not _FLOAT.fullmatch(raw):
            return raw
        if len(raw) > MAX_DIGITS:
            message = f"a number of more than {MAX_DIGITS} characters"
            self._report("yaml-number", location, message, "quote it if it is text")
            return None
        if is_integer:
            return int(raw)
        if raw.startswith(("0o", "0x")):
            return int(raw, 0)
        number = float(raw)
        if not math.isfinite(number):
            self._report("yaml-number", location, f"{raw} is too large", "quote it if it is text")
        return number

    def _attach(self, node: YamlNode) -> None:
        """Put a finished value where it belongs: the root, a list, a key or a key's value."""
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
            self._set_key(parent, node)
        else:
            message = "a key must be text, not a list or a map"
            self._report("yaml-key", node.location, message, "quote a text that begins with [ or {")
            parent.key = YamlScalar("", node.location, "")

    def _set_key(self, parent: _OpenCollection, key: YamlScalar) -> None:
        if key.raw in parent.key_locations:
            first = parent.key_locations[key.raw]
            message = f"the key {key.raw!r} stands twice in this map"
            hint = f"it stands first in line {first.line}; keep one"
            self._report("yaml-duplicate-key", key.location, message, hint)
        else:
            parent.key_locations[key.raw] = key.location
        parent.key = YamlScalar(key.raw, key.location, key.raw)

    def _to_location(self, mark: Any) -> Location:
        if mark is None:
            return Location(self._file, 1, 1)
        return Location(self._file, mark.line + 1, mark.column + 1)

    def _report(self, code: str, location: Location, message: str, hint: str = "") -> None:
        self._diagnostics.append(Diagnostic(code, location, truncate(message), truncate(hint)))


def _explain(problem: str, context: str | None) -> tuple[str, str]:
    """Message and hint for a parser's complaint; its own words where none are known for it."""
    for part, message, hint in _SYNTAX_HELP:
        if part in problem:
            return message, hint
    return ", ".join(
        part for part in (context, problem) if part
    ) or "this is not YAML", _DEFAULT_HINT
