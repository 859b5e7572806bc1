"""What becomes of a mapping that somebody has broken: errors of this package, and no others."""

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
ODD = [
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
def broken(draw: st.DrawFn) -> tuple[str, str]:
    """A shipped mapping's name, and its text after a few changes."""
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
                st.sampled_from(ODD),
                st.text(max_size=3),
            )
        )
        text = text[: token.start()] + word + text[token.end() :]
        if draw(st.booleans()):
            lines = text.split("\n")
            here = draw(st.integers(0, len(lines) - 1))
            there = draw(st.integers(0, len(lines) - 1))
            lines.insert(there, lines.pop(here))
            text = "\n".join(lines)
    return name, text


@given(broken())
def test_a_broken_mapping_is_a_mapping_error(mapping: tuple[str, str]) -> None:
    """Whatever a mapping's text, reading it gives a mapping or says where it is wrong."""
    name, text = mapping
    try:
        parse_mapping(text, f"{name}.yaml")
    except MappingError as error:
        assert error.diagnostics
        assert all(one.location.file == f"{name}.yaml" for one in error.diagnostics)


@given(st.one_of(st.text(), st.binary()))
def test_any_text_is_a_mapping_or_a_mapping_error(text: str | bytes) -> None:
    """Whatever a file holds, reading it as a mapping raises nothing else."""
    with contextlib.suppress(MappingError):
        parse_mapping(text, "any.yaml")


@settings(max_examples=60)
@pytest.mark.parametrize("onward", [False, True], ids=["forth", "back"])
@given(broken())
def test_a_broken_mapping_breaks_nothing_else(onward: bool, mapping: tuple[str, str]) -> None:
    """A translator from a changed mapping is made, or refused with an error of this package."""
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
    "a text": ("string", "x"),
    "an integer": ("integer", 1),
    "a number": ("number", 0.5),
    "a boolean": ("boolean", True),
    "a list": (["string"], ["x"]),
    "an object": ({"x~": "string"}, {"x": "x"}),
    "free keys": ({"*": "string"}, {"x": "x"}),
    "several types": ({"type": ["integer", "string", "boolean", "null"]}, False),
}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("left", TYPES)
@pytest.mark.parametrize("right", TYPES)
def test_a_codec_over_any_type_is_refused_in_order(
    codec: str, left: str, right: str, tmp_path: Path
) -> None:
    """A codec between types that it is not for is refused, before an event or with it."""
    (one, event), (two, other) = TYPES[left], TYPES[right]
    specs = {"one": document("one", {"a": one}), "two": document("two", {"b": two})}
    mapping = f"version: 1\nbetween: [one, two]\nfields: {{a: {{is: b, as: {codec}}}}}\n"
    write(Group("", specs, {"one--two": mapping}, ()), tmp_path)
    catalog = Catalog(specs=[tmp_path / "specs"], mappings=[tmp_path / "mappings"])
    for source, target, given_event in (("one", "two", {"a": event}), ("two", "one", {"b": other})):
        with contextlib.suppress(TranslatorError):
            Translator(source, target, catalog=catalog).translate(given_event)
