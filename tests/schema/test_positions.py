"""Lines and columns of JSON pointers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.shipped import SPEC_FILES
from translator.schema.openapi import line_and_column, walk_schemas
from translator.schema.spec import load_spec

TEXT = '{\n  "a": [1, {"b/c": true}],\n\t"a~": {}, "é": "x", "d": 1, "d":\n 2}\n'


@pytest.mark.parametrize(
    ("pointer", "position"),
    [
        ("", (1, 1)),
        ("/a", (2, 3)),
        ("/a/0", (2, 9)),
        ("/a/1", (2, 12)),
        ("/a/1/b~1c", (2, 13)),
        ("/a~0", (3, 2)),
        ("/é", (3, 12)),
        ("/d", (3, 30)),
        ("/a/2", None),
        ("/a/b", None),
        ("/d/0", None),
        ("/none", None),
    ],
)
def test_pointers_have_positions(pointer: str, position: tuple[int, int] | None) -> None:
    """A property starts at its name, an element at its value; the last duplicate counts."""
    assert line_and_column(TEXT, pointer) == position


@pytest.mark.parametrize("text", ["", "{", '{"a" 1}', "[1, ", '{"a": nul}', "[" * 100_000])
def test_invalid_json_has_no_positions(text: str) -> None:
    """There are no positions in invalid JSON."""
    assert line_and_column(text, "/a/b") is None


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_every_schema_has_a_position(path: Path) -> None:
    """Each schema of the shipped specs is at the position of its name."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for pointer, _ in walk_schemas(load_spec(path, path.stem).document):
        position = line_and_column(text, pointer)
        assert position is not None, pointer
        name = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        rest = lines[position[0] - 1][position[1] - 1 :]
        assert rest.startswith("{" if name.isdecimal() else f'"{name}"'), pointer
