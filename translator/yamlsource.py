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

from translator.diagnostics import MAX_DIAGNOSTICS, Diagnostic, Location, shortened
from translator.errors import MappingError

MAX_BYTES: Final = 1024 * 1024
"""A longer text is refused unread."""

MAX_DEPTH: Final = 32
"""So many lists and maps may stand inside one another."""

MAX_DIGITS: Final = 300
"""A number written with more characters is refused."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `text` is what was written (without quotes), `value` what it means."""

    value: str | int | float | bool | None
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Tree, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Map:
    """A map in the order written. Each key is a `Scalar` whose value is its text."""

    entries: tuple[tuple[Scalar, Tree], ...]
    location: Location


Tree = Scalar | Sequence | Map


def parse_yaml(text: bytes | str, file: str) -> Tree:
    """The tree of the one YAML document in `text`; `file` is the name that locations carry.

    Bytes are read as UTF-8, with or without a byte order mark. Raises `MappingError` with every
    problem found: up to and with the first error of syntax, since nothing after it is certain.
    """
    return _Reader(file, _decoded(text, file)).tree()


def plain(tree: Tree) -> object:
    """The tree as ordinary data: dicts, lists, strings, numbers, booleans and None."""
    match tree:
        case Scalar(value=value):
            return value
        case Sequence(items=items):
            return [plain(item) for item in items]
        case Map(entries=entries):
            return {str(key.value): plain(value) for key, value in entries}


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_TAB: Final = "'\\t' that cannot start any token"

_LOOK: Final = "look for a quote, bracket or colon that is missing here or above"

_EXPLAINED: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a ': ' stands where no value can begin",
        "quote a text that holds ': ', and check the indentation",
    ),
    (
        _TAB,
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


def _decoded(text: bytes | str, file: str) -> str:
    """The text without byte order mark, of bounded size and of characters that YAML allows."""
    if len(text) > MAX_BYTES:
        message = f"the file is longer than {MAX_BYTES} bytes"
        _refuse("yaml-size", Location(file, 1, 1), message, "a mapping relates two formats only")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            where = _place(file, error.object[: error.start].decode("utf-8"))
            _refuse("yaml-encoding", where, "the file is not UTF-8", "save it as UTF-8")
    text = text.removeprefix("\ufeff")
    if found := _NOT_ALLOWED.search(text):
        where = _place(file, text[: found.start()])
        name = f"U+{ord(found[0]):04X}"
        message = f"the character {name} is not allowed in YAML"
        _refuse("yaml-encoding", where, message, 'remove it, or write it as "\\uXXXX" in quotes')
    return text


def _place(file: str, before: str) -> Location:
    """Where the text that follows `before` begins."""
    return Location(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _refuse(code: str, location: Location, message: str, hint: str = "") -> NoReturn:
    raise MappingError([Diagnostic(code, location, message, hint)])


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet."""

    location: Location
    is_map: bool
    items: list[Tree] = field(default_factory=list)
    entries: list[tuple[Scalar, Tree]] = field(default_factory=list)
    seen: dict[str, Location] = field(default_factory=dict)
    key: Scalar | None = None

    def closed(self) -> Tree:
        if self.is_map:
            return Map(tuple(self.entries), self.location)
        return Sequence(tuple(self.items), self.location)


class _Reader:
    """One reading of one text: the problems found so far and the collections still open."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._problems: list[Diagnostic] = []
        self._open: list[_Open] = []
        self._root: Tree | None = None

    def tree(self) -> Tree:
        documents = 0
        for event in self._events():
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        where = self._location(event.start_mark)
                        hint = "keep one document; remove the line '---'"
                        self._note("yaml-documents", where, "a second document begins here", hint)
                        break
                case yaml.NodeEvent():
                    self._node(event)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self._add(self._open.pop().closed())
            if len(self._problems) >= MAX_DIAGNOSTICS:
                break
        if self._problems:
            raise MappingError(self._problems)
        root = self._root
        if root is None or (isinstance(root, Scalar) and root.value is None and not root.text):
            where = Location(self._file, 1, 1)
            _refuse("yaml-empty", where, "the file holds nothing", "write a mapping, or remove it")
        return root

    def _events(self) -> Iterator[yaml.Event]:
        """The parser's events; an error of syntax ends them and is raised as a diagnostic."""
        try:
            yield from yaml.parse(self._text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            problem = error.problem or ""
            if mark is not None and self._text[mark.index : mark.index + 1] == "\t":
                problem = _TAB
            message, hint = _explained(problem, error.context)
            self._fail(self._location(mark), message, hint)
        except (yaml.YAMLError, ValueError, OverflowError):
            # A directive's number or a character escape beyond what the parser itself guards.
            self._fail(Location(self._file, 1, 1), "this is not YAML", _LOOK)

    def _fail(self, where: Location, message: str, hint: str) -> NoReturn:
        self._note("yaml-syntax", where, message, hint)
        raise MappingError(self._problems) from None

    def _node(self, event: yaml.NodeEvent) -> None:
        where = self._location(event.start_mark)
        if event.anchor is not None:
            kind = "alias" if isinstance(event, yaml.AliasEvent) else "anchor"
            sign = "*" if kind == "alias" else "&"
            self._note(
                "yaml-alias",
                where,
                f"the {kind} {sign}{event.anchor} is not allowed",
                f"write the value out; quote a text that begins with {sign}",
            )
        if getattr(event, "tag", None) is not None:
            hint = "leave it out; quote a text that begins with !"
            self._note("yaml-tag", where, "a tag is not allowed", hint)
        match event:
            case yaml.ScalarEvent():
                self._scalar(event, where)
            case yaml.CollectionStartEvent():
                if len(self._open) >= MAX_DEPTH:
                    message = f"lists and maps stand more than {MAX_DEPTH} deep in one another"
                    self._note("yaml-depth", where, message, "no mapping needs so many; flatten it")
                    raise MappingError(self._problems)
                self._open.append(_Open(where, isinstance(event, yaml.MappingStartEvent)))
            case _:
                self._add(Scalar(None, where, ""))

    def _scalar(self, event: yaml.ScalarEvent, where: Location) -> None:
        text: str = event.value
        is_plain = bool(event.implicit[0])
        if _SURROGATE.search(text):
            message = "half of a surrogate pair is not a character"
            self._note("yaml-encoding", where, message, "write the whole character")
        here = self._open[-1] if self._open else None
        if here is not None and here.is_map and here.key is None:
            if is_plain and text == "<<":
                self._note("yaml-merge", where, "a merge (<<) is not allowed", "write it out")
            elif is_plain and not text:
                self._note("yaml-key", where, "a key is missing", 'write "" for an empty key')
            self._add(Scalar(text, where, text))
            return
        self._add(Scalar(self._meaning(text, where) if is_plain else text, where, text))

    def _meaning(self, text: str, where: Location) -> str | int | float | bool | None:
        """What an unquoted scalar means in the YAML 1.2 core schema."""
        if text in _NULL:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _NOT_FINITE.fullmatch(text):
            message = f"{text} is not a number that JSON has"
            self._note("yaml-number", where, message, "quote it if it is text")
            return None
        is_integer = _INTEGER.fullmatch(text)
        if not is_integer and not _BASED.fullmatch(text) and not _FLOAT.fullmatch(text):
            return text
        if len(text) > MAX_DIGITS:
            message = f"a number of more than {MAX_DIGITS} characters"
            self._note("yaml-number", where, message, "quote it if it is text")
            return None
        if is_integer:
            return int(text)
        if text.startswith(("0o", "0x")):
            return int(text, 0)
        number = float(text)
        if not math.isfinite(number):
            self._note("yaml-number", where, f"{text} is too large", "quote it if it is text")
        return number

    def _add(self, tree: Tree) -> None:
        """Put a finished value where it belongs: the root, a list, a key or a key's value."""
        if not self._open:
            self._root = tree
            return
        here = self._open[-1]
        if not here.is_map:
            here.items.append(tree)
        elif here.key is not None:
            here.entries.append((here.key, tree))
            here.key = None
        elif isinstance(tree, Scalar):
            self._key(here, tree)
        else:
            message = "a key must be text, not a list or a map"
            self._note("yaml-key", tree.location, message, "quote a text that begins with [ or {")
            here.key = Scalar("", tree.location, "")

    def _key(self, here: _Open, key: Scalar) -> None:
        if key.text in here.seen:
            first = here.seen[key.text]
            message = f"the key {key.text!r} stands twice in this map"
            hint = f"it stands first in line {first.line}; keep one"
            self._note("yaml-duplicate-key", key.location, message, hint)
        else:
            here.seen[key.text] = key.location
        here.key = Scalar(key.text, key.location, key.text)

    def _location(self, mark: Any) -> Location:
        if mark is None:
            return Location(self._file, 1, 1)
        return Location(self._file, mark.line + 1, mark.column + 1)

    def _note(self, code: str, where: Location, message: str, hint: str = "") -> None:
        self._problems.append(Diagnostic(code, where, shortened(message), shortened(hint)))


def _explained(problem: str, context: str | None) -> tuple[str, str]:
    """Message and hint for a parser's complaint; its own words where none are known for it."""
    for part, message, hint in _EXPLAINED:
        if part in problem:
            return message, hint
    return ", ".join(part for part in (context, problem) if part) or "this is not YAML", _LOOK
