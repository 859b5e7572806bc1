"""Parse strict YAML to a tree in which every value has a line and column.

Scalars follow the YAML 1.2 core schema: `no`, `on`, `1:20` and dates are strings, `010` is ten, and
a quoted scalar is a string. Features that hide something from readers are refused: duplicate keys,
tags, anchors, aliases, merges (`<<`), keys that are lists or maps, infinities and NaN, and several
documents in one file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
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

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

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


class _TreeBuilder:
    """Builds the tree of one file from the parser's events, at most `MAX_DEPTH` levels deep."""

    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text
        self._diagnostics: list[Diagnostic] = []
        self._events = self._parse_events()

    def build(self) -> YamlNode:
        root: YamlNode | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                message = "a second document begins here"
                hint = "keep one document; remove the line '---'"
                self._report("yaml-documents", self._to_location(event.start_mark), message, hint)
                break
            if isinstance(event, yaml.NodeEvent):
                root = self._to_node(event, 0)
        if self._diagnostics:
            raise MappingError(self._diagnostics)
        if root is None or (isinstance(root, YamlScalar) and root.value is None and not root.raw):
            location, hint = Location(self._file, 1, 1), "write a mapping, or remove the file"
            _raise_error("yaml-empty", location, "the file is empty", hint)
        return root

    def _parse_events(self) -> Iterator[yaml.Event]:
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
            location = self._to_location(None)
            self._fail("yaml-syntax", location, "the file is not YAML", _DEFAULT_HINT)

    def _to_node(self, event: yaml.NodeEvent, depth: int, *, is_key: bool = False) -> YamlNode:
        """Build the node that begins with `event`, inside `depth` lists and maps."""
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
        if isinstance(event, yaml.ScalarEvent):
            return self._to_scalar(event, location, is_key=is_key)
        if isinstance(event, yaml.AliasEvent):
            return YamlScalar(None, location, "")
        if depth >= MAX_DEPTH:
            message = f"lists and maps are nested more than {MAX_DEPTH} levels deep"
            self._fail("yaml-depth", location, message, "use fewer levels")
        if isinstance(event, yaml.MappingStartEvent):
            return YamlMap(tuple(self._entries(depth + 1)), location)
        items = (self._to_node(item, depth + 1) for item in self._nodes())
        return YamlSequence(tuple(items), location)

    def _nodes(self) -> Iterator[yaml.NodeEvent]:
        """Yield the first event of each node, until the list or map ends that they are in."""
        for event in self._events:
            if not isinstance(event, yaml.NodeEvent):
                break
            yield event

    def _entries(self, depth: int) -> Iterator[tuple[YamlScalar, YamlNode]]:
        first_locations: dict[str, Location] = {}
        for event in self._nodes():
            key = self._to_node(event, depth, is_key=True)
            raw = key.raw if isinstance(key, YamlScalar) else ""
            if not isinstance(key, YamlScalar):
                message, hint = "a key must be a string", "quote a string that begins with [ or {"
                self._report("yaml-key", key.location, message, hint)
            elif first_locations.setdefault(raw, key.location) != key.location:
                message = f"the key {raw!r} is in this map twice"
                hint = f"line {first_locations[raw].line} has it first; keep one"
                self._report("yaml-duplicate-key", key.location, message, hint)
            yield YamlScalar(raw, key.location, raw), self._to_node(next(self._nodes()), depth)

    def _to_scalar(
        self, event: yaml.ScalarEvent, location: Location, *, is_key: bool
    ) -> YamlScalar:
        raw: str = event.value
        is_plain = bool(event.implicit[0])
        if _SURROGATE.search(raw):
            message = "a lone surrogate is not a character"
            self._report("yaml-encoding", location, message, "write the whole character")
        if not is_key:
            value = self._resolve_scalar(raw, location) if is_plain else raw
            return YamlScalar(value, location, raw)
        if is_plain and raw == "<<":
            hint = "write the entries out"
            self._report("yaml-merge", location, "a merge (<<) is not allowed", hint)
        elif is_plain and not raw:
            self._report("yaml-key", location, "a key is missing", 'write "" for an empty key')
        return YamlScalar(raw, location, raw)

    def _resolve_scalar(self, raw: str, location: Location) -> str | int | float | bool | None:
        """Convert an unquoted scalar according to the YAML 1.2 core schema."""
        if raw in _CONSTANTS:
            return _CONSTANTS[raw]
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

    def _to_location(self, mark: Any) -> Location:
        if mark is None:
            return Location(self._file, 1, 1)
        return Location(self._file, mark.line + 1, mark.column + 1)

    def _report(self, code: str, location: Location, message: str, hint: str) -> None:
        self._diagnostics.append(Diagnostic(code, location, truncate(message), truncate(hint)))
        if len(self._diagnostics) >= MAX_DIAGNOSTICS:
            raise MappingError(self._diagnostics) from None

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


def yaml_string(text: str) -> str:
    """Write a string as YAML on one line; it is quoted unless that makes no difference."""
    is_plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", text) is not None
    is_word = text.lower() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    return (
        text if is_plain and not is_word else json.dumps(text, ensure_ascii=not text.isprintable())
    )
