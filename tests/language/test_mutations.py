"""Broken mappings raise errors of this package, and no others."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language.formats import Group, Json, document, write
from translator import Translator
from translator.catalog.catalog import Catalog
from translator.errors import MappingError, TranslatorError
from translator.language.parser import parse_mapping

SHIPPED = {
    path.stem: re.sub(r"^ *#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for path in sorted((Path(__file__).parents[2] / "mappings").glob("*.yaml"))
}
TOKEN = re.compile(r"[\w.]+|[^\w\s]|\n *")
WORDS = sorted({word for text in SHIPPED.values() for word in TOKEN.findall(text)})
ODD_TOKENS = [
    "[]",
    "{}",
    "null",
    "true",
    "1",
    "1.5",
    '""',
    "a[",
    "$x",
    "x{y}",
    "- ",
    "\n  ",
    ": ",
    "é",
    "\\",
]


@st.composite
def broken_mappings(draw: st.DrawFn) -> tuple[str, str]:
    """Draw the name of a shipped mapping, and its YAML after a few changes."""
    name = draw(st.sampled_from(sorted(SHIPPED)))
    text = SHIPPED[name]
    for _ in range(draw(st.integers(1, 4))):
        tokens = list(TOKEN.finditer(text))
        token = draw(st.sampled_from(tokens))
        word = draw(
            st.one_of(
                st.just(""),
                st.sampled_from([other[0] for other in tokens]),
                st.sampled_from(WORDS),
                st.sampled_from(ODD_TOKENS),
                st.text(max_size=3),
            )
        )
        text = text[: token.start()] + word + text[token.end() :]
        if draw(st.booleans()):
            lines = text.split("\n")
            old_index = draw(st.integers(0, len(lines) - 1))
            new_index = draw(st.integers(0, len(lines) - 1))
            lines.insert(new_index, lines.pop(old_index))
            text = "\n".join(lines)
    return name, text


@given(broken_mappings())
def test_parsing_a_broken_mapping(mapping: tuple[str, str]) -> None:
    """Parsing a broken mapping gives a mapping, or an error with its places."""
    name, text = mapping
    try:
        parse_mapping(text, f"{name}.yaml")
    except MappingError as error:
        assert error.diagnostics
        assert all(finding.location.file == f"{name}.yaml" for finding in error.diagnostics)


@given(st.one_of(st.text(), st.binary()))
def test_parsing_any_string(text: str | bytes) -> None:
    """Parsing any bytes or string as a mapping raises no other error."""
    with contextlib.suppress(MappingError):
        parse_mapping(text, "any.yaml")


@pytest.mark.nightly
@settings(max_examples=60)
@pytest.mark.parametrize("onward", [False, True], ids=["forth", "back"])
@given(broken_mappings())
def test_compiling_a_broken_mapping(onward: bool, mapping: tuple[str, str]) -> None:
    """Compiling a broken mapping gives a translator, or an error of this package."""
    name, text = mapping
    other = "miso" if name != "miso" else "cobi"
    with TemporaryDirectory(prefix="broken-") as folder:
        (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        catalog = Catalog(mappings=[Path(folder)])
        source, target = (name, other) if onward else (other, name)
        with contextlib.suppress(TranslatorError):
            Translator(source, target, catalog=catalog)


CODECS = (
    "epoch-seconds",
    "epoch-milliseconds",
    "numeric-string",
    "date-time",
    "{date-time: {or: epoch-seconds}}",
    "iso-8601",
    "{linear: {from: [0, 1], to: [0, 2]}}",
)
TYPES: dict[str, tuple[Json, Json]] = {
    "a string": ("string", "x"),
    "an integer": ("integer", 1),
    "a number": ("number", 0.5),
    "a boolean": ("boolean", True),
    "a list": (["string"], ["x"]),
    "an object": ({"x~": "string"}, {"x": "x"}),
    "arbitrary keys": ({"*": "string"}, {"x": "x"}),
    "several types": ({"type": ["integer", "string", "boolean", "null"]}, False),
}


@pytest.mark.nightly
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("left", TYPES)
@pytest.mark.parametrize("right", TYPES)
def test_a_codec_between_any_types(codec: str, left: str, right: str, tmp_path: Path) -> None:
    """A codec between unsuitable types is refused by the checker or for each event."""
    (left_type, left_value), (right_type, right_value) = TYPES[left], TYPES[right]
    specs = {
        "one": document("one", {"a": left_type}),
        "two": document("two", {"b": right_type}),
    }
    mapping = f"version: 1\nbetween: [one, two]\nfields: {{a: {{is: b, as: {codec}}}}}\n"
    write(Group("", specs, {"one--two": mapping}, ()), tmp_path)
    catalog = Catalog(specs=[tmp_path / "specs"], mappings=[tmp_path / "mappings"])
    directions = (("one", "two", {"a": left_value}), ("two", "one", {"b": right_value}))
    for source, target, event in directions:
        with contextlib.suppress(TranslatorError):
            Translator(source, target, catalog=catalog).translate(event)
