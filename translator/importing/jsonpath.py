"""Select nodes of a JSON document by a JSONPath expression (RFC 9535, in part).

Supported are names, wildcards, indexes, descendants, and filters that compare or test a value of
the node (`?@.name == 'x'`). Slices, functions, and paths in a filter that begin at the root are
not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

MAX_NESTING: Final = 50
"""Maximum nesting of parentheses and `!` in a filter."""


class JsonPathError(ValueError):
    """An expression cannot be read; the message says where and what is wrong."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a document: its value, and the container and key where it is.

    The root has no container.
    """

    value: Any
    container: Any = None
    key: str | int | None = None


_Selector = Callable[[Node], Iterator[Node]]

_Step = Callable[[Node], Iterator[Node]]

_Condition = Callable[[Any], bool]

_NAME: Final = re.compile(r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*")

_NEAR_NAME: Final = re.compile(r"[\w$-]+")
"""What is often written as a name after a dot, but has to be quoted."""

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,15}")

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")

_SPACE: Final = re.compile(r"[ \t\n\r]*")

_QUOTED: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)

_CONSTANTS: Final = {"true": True, "false": False, "null": None}

_ABSENT: Final = object()


def find_nodes(expression: str, document: Any) -> list[Node]:
    """Return the nodes that an expression selects, each once. Raises `JsonPathError`."""
    return _select(_Parser(expression).parse(), Node(document))


def _select(steps: list[_Step], start: Node) -> list[Node]:
    nodes = [start]
    for step in steps:
        found = (inner for node in nodes for inner in step(node))
        nodes = list({(id(node.container), node.key): node for node in found}.values())
    return nodes


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node.value, dict):
        yield from (Node(value, node.value, key) for key, value in node.value.items())
    elif isinstance(node.value, list):
        yield from (Node(value, node.value, index) for index, value in enumerate(node.value))


def _descendants(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(_children(node))))


def _name(name: str) -> _Selector:
    def select(node: Node) -> Iterator[Node]:
        if isinstance(node.value, dict) and name in node.value:
            yield Node(node.value[name], node.value, name)

    return select


def _index(index: int) -> _Selector:
    def select(node: Node) -> Iterator[Node]:
        if isinstance(node.value, list) and -len(node.value) <= index < len(node.value):
            key = index % len(node.value)
            yield Node(node.value[key], node.value, key)

    return select


def _filter(condition: _Condition) -> _Selector:
    return lambda node: (child for child in _children(node) if condition(child.value))


def _negate(condition: _Condition) -> _Condition:
    return lambda value: not condition(value)


def _step(selectors: list[_Selector], *, descendant: bool) -> _Step:
    def select(node: Node) -> Iterator[Node]:
        for start in _descendants(node) if descendant else [node]:
            for selector in selectors:
                yield from selector(start)

    return select


def _equal(left: Any, right: Any) -> bool:
    """Compare JSON values: unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


class _Parser:
    """Reads one expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._offset, self._depth = text, 0, 0
        self._is_singular = True

    def parse(self) -> list[_Step]:
        if not self._take("$"):
            self._fail("a path begins with $")
        steps = self._steps()
        if self._offset < len(self._text):
            self._fail("'.' or '[' is expected here")
        return steps

    def _steps(self) -> list[_Step]:
        steps: list[_Step] = []
        while True:
            before = self._offset
            self._skip_space()
            if self._take(".."):
                self._is_singular = False
                at_bracket = self._text.startswith("[", self._offset)
                selectors = self._bracket() if at_bracket else [self._shorthand()]
                steps.append(_step(selectors, descendant=True))
            elif self._take("."):
                steps.append(_step([self._shorthand()], descendant=False))
            elif self._text.startswith("[", self._offset):
                steps.append(_step(self._bracket(), descendant=False))
            else:
                self._offset = before
                return steps

    def _shorthand(self) -> _Selector:
        if self._take("*"):
            self._is_singular = False
            return _children
        match = _NAME.match(self._text, self._offset)
        near = _NEAR_NAME.match(self._text, self._offset)
        if match is None or (near is not None and near.end() > match.end()):
            name = near[0] if near else "name"
            self._fail(f"a name is expected here; quote a name with other characters: ['{name}']")
        self._offset = match.end()
        return _name(match[0])

    def _bracket(self) -> list[_Selector]:
        self._offset += 1
        selectors: list[_Selector] = []
        while True:
            self._skip_space()
            selectors.append(self._selector())
            self._skip_space()
            if self._take("]"):
                return selectors
            if not self._take(","):
                self._fail(f"']' is expected here{self._unsupported()}")
            self._is_singular = False

    def _unsupported(self) -> str:
        """Return a hint if what follows is a part of JSONPath that is not supported."""
        hints = {
            ":": "; slices are not supported",
            "(": "; functions are not supported",
            "<": "; only == and != are supported",
            ">": "; only == and != are supported",
            "=": "; equality is written ==",
        }
        return hints.get(self._text[self._offset : self._offset + 1], "")

    def _selector(self) -> _Selector:
        if self._take("*"):
            self._is_singular = False
            return _children
        if self._take("?"):
            condition = self._either()
            self._is_singular = False
            return _filter(condition)
        if (name := self._quoted()) is not None:
            return _name(name)
        match = _INTEGER.match(self._text, self._offset)
        if match is None:
            self._fail("a quoted name, an index, * or a filter (?) is expected here")
        self._offset = match.end()
        return _index(int(match[0]))

    def _either(self) -> _Condition:
        conditions = [self._both()]
        while self._take_operator("||"):
            conditions.append(self._both())
        return lambda value: any(condition(value) for condition in conditions)

    def _both(self) -> _Condition:
        conditions = [self._condition()]
        while self._take_operator("&&"):
            conditions.append(self._condition())
        return lambda value: all(condition(value) for condition in conditions)

    def _condition(self) -> _Condition:
        self._depth += 1
        if self._depth > MAX_NESTING:
            self._fail("the filter is nested too deeply")
        self._skip_space()
        if self._take("!"):
            condition = _negate(self._condition())
        elif self._take("("):
            condition = self._either()
            if not self._take_operator(")"):
                self._fail(f"')' is expected here{self._unsupported()}")
        else:
            condition = self._comparison()
        self._depth -= 1
        return condition

    def _comparison(self) -> _Condition:
        start = self._offset
        is_path, left, left_singular = self._operand()
        for operator in ("==", "!="):
            if self._take_operator(operator):
                _, right, right_singular = self._operand()
                if not (left_singular and right_singular):
                    self._offset = start
                    self._fail("only paths of names and indexes can be compared")
                expected = operator == "=="
                return lambda value: _equal(left(value), right(value)) is expected
        if not is_path:
            self._fail(f"a comparison (== or !=) is expected here{self._unsupported()}")
        return lambda value: left(value) is not _ABSENT

    def _operand(self) -> tuple[bool, Callable[[Any], Any], bool]:
        """Return whether a path follows, how to get its value, and whether it has one at most."""
        self._skip_space()
        if not self._take("@"):
            literal = self._literal()
            return False, lambda _: literal, True
        self._is_singular = True
        steps = self._steps()

        def get(value: Any) -> Any:
            nodes = _select(steps, Node(value))
            return nodes[0].value if nodes else _ABSENT

        return True, get, self._is_singular

    def _literal(self) -> Any:
        if (quoted := self._quoted()) is not None:
            return quoted
        for word, constant in _CONSTANTS.items():
            if self._take(word):
                return constant
        match = _NUMBER.match(self._text, self._offset)
        if match is None:
            expected = "@, a quoted string, a number, true, false or null is expected here"
            self._fail(f"{expected}; functions and $ are not supported in filters")
        self._offset = match.end()
        return json.loads(match[0])

    def _quoted(self) -> str | None:
        match = _QUOTED.match(self._text, self._offset)
        if match is None:
            return None
        inner = match[0][1:-1]
        if match[0][0] == "'":
            inner = re.sub(r"\\.|\"", _requote, inner, flags=re.DOTALL)
        try:
            string: str = json.loads(f'"{inner}"')
        except ValueError:
            self._fail("this string has an escape or a character that is not allowed")
        self._offset = match.end()
        return string

    def _take(self, token: str) -> bool:
        if self._text.startswith(token, self._offset):
            self._offset += len(token)
            return True
        return False

    def _take_operator(self, token: str) -> bool:
        self._skip_space()
        return self._take(token)

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self._offset)
        self._offset = match.end() if match else self._offset

    def _fail(self, problem: str) -> NoReturn:
        raise JsonPathError(f"character {self._offset + 1}: {problem}")


def _requote(match: re.Match[str]) -> str:
    r"""Convert a part of a string in single quotes to JSON: `\'` becomes `'`, and `"` `\"`."""
    return {"\\'": "'", '"': '\\"'}.get(match[0], match[0])
