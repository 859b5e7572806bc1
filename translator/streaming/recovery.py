"""Parse JSON in which single values cannot be read, to find them or to read what is beside them.

Such a value is a number too large for a double, NaN, an integer with too many digits, a string with
a lone surrogate, or a list or an object nested too deep. This is slower than msgspec, so it is only
for lines that msgspec refuses.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from translator.paths import json_path_step

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?+|[\[\]{}]', re.DOTALL)

_SPACE = re.compile(r"[ \t\r\n]*+")

_SURROGATE = re.compile("[\ud800-\udfff]")

# Text that was decoded from UTF-8 has no lone surrogate, only the escapes of some.
_CUT = re.compile('"\udfff([0-9]+)"')


class _Unreadable(NamedTuple):
    code: str


def find_unreadable_value(text: str, code: str, max_depth: int) -> str:
    """Return the JSON path of the first value that is unreadable for a reason; `$` if none is."""
    try:
        if code == "too-deep":
            text, _ = _cut_deep_values(text, max_depth)
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return "$"
    paths = (path for unreadable, path in _unreadable_values(value, "$") if unreadable == code)
    return next(paths, "$")


def split_body(
    text: str, path: tuple[str, ...], max_depth: int | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Read the objects on the path to a list: return their other fields, and each item's JSON.

    Items may be nested deeper than `max_depth`, if it is given. Raises `ValueError` or
    `RecursionError` unless all other fields can be read.
    """
    text, deep_values = _cut_deep_values(text, max_depth) if max_depth else (text, [])
    reader = _Reader(text)
    levels, items = reader.split_objects(path)
    if reader.skip_space() < len(text) or any(_unreadable_values(levels, "$")):
        raise ValueError("the body is not followed by the end, or has an unreadable value")
    if deep_values:
        items = [_CUT.sub(lambda match: deep_values[int(match[1])], item) for item in items]
    return levels, items


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def skip_space(self) -> int:
        """Go to the next character that is not whitespace, and return its position."""
        match = _SPACE.match(self._text, self._position)
        assert match is not None
        self._position = match.end()
        return self._position

    def expect(self, characters: str) -> str:
        """Read one of these characters. Raises `ValueError` if there is another."""
        start = self.skip_space()
        character = self._text[start : start + 1]
        if not character or character not in characters:
            raise ValueError(f"expected one of {characters!r} at {start}")
        self._position += 1
        return character

    def read(self) -> Any:
        """Read a value, which may be or hold an unreadable one. Raises `ValueError`."""
        value, self._position = _DECODER.raw_decode(self._text, self.skip_space())
        return value

    def split_objects(self, path: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[str]]:
        """Read objects down to a list, as `split_body` does. Raises `ValueError`."""
        if not path:
            return [], list(self.split_list())
        names: set[str] = set()
        others: dict[str, Any] = {}
        levels: list[dict[str, Any]] = []
        items: list[str] = []
        self.expect("{")
        end = ","
        while end == ",":
            name = self.read()
            self.expect(":")
            if name == path[0]:
                levels, items = self.split_objects(path[1:])
            else:
                others[name] = self.read()
            if name in names:
                raise ValueError(f"{name!r} is twice in the object")
            names.add(name)
            end = self.expect(",}")
        return [others, *levels], items

    def split_list(self) -> Iterator[str]:
        """Read a list that is not empty, and yield the JSON of each item. Raises `ValueError`."""
        self.expect("[")
        end = ","
        while end == ",":
            start = self.skip_space()
            self.read()
            yield self._text[start : self._position]
            end = self.expect(",]")


def _cut_deep_values(text: str, max_depth: int) -> tuple[str, list[str]]:
    """Replace each value that is nested too deep with a string that `_CUT` matches."""
    parts: list[str] = []
    cut: list[str] = []
    start = depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[0] in ("[", "{"):
            depth += 1
            if depth == max_depth + 1:
                parts.append(text[start : match.start()])
                start = match.start()
        elif match[0] in ("]", "}"):
            if depth == max_depth + 1:
                parts.append(f'"\udfff{len(cut)}"')
                cut.append(text[start : match.end()])
                start = match.end()
            depth -= 1
    return "".join((*parts, text[start:])), cut


def _unreadable_values(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the code and the JSON path of each unreadable value and name, in order."""
    if isinstance(value, _Unreadable):
        yield value.code, path
    elif isinstance(value, str):
        if _SURROGATE.search(value):
            yield "too-deep" if _CUT.fullmatch(f'"{value}"') else "lone-surrogate", path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unreadable_values(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            step = path + json_path_step(name)
            if _SURROGATE.search(name):
                yield "lone-surrogate", step
            yield from _unreadable_values(item, step)


def _parse_number(parse: Callable[[str], float], code: str) -> Callable[[str], Any]:
    def parse_literal(literal: str) -> float | _Unreadable:
        try:
            number = parse(literal)
        except ValueError:
            return _Unreadable(code)
        return number if isinstance(number, int) or math.isfinite(number) else _Unreadable(code)

    return parse_literal


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; of a name that is there twice, the last value, or one that is unreadable."""
    value = dict(pairs)
    if len(value) < len(pairs):
        value.update((name, item) for name, item in pairs if any(_unreadable_values(item, "$")))
    return value


_DECODER = json.JSONDecoder(
    parse_float=_parse_number(float, "not-finite"),
    parse_int=_parse_number(int, "too-many-digits"),
    parse_constant=lambda _: _Unreadable("not-finite"),
    object_pairs_hook=_build_object,
)
