"""`x-max-bytes` bounds the length of a string in UTF-8."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import SpecError, TranslationError, Translator
from translator.schema.lint import lint

LIMITED = {"type": "string", "x-max-bytes": 4}


@pytest.mark.parametrize(
    ("value", "fits"),
    [("", True), ("abcd", True), ("abcde", False), ("éé", True), ("ééé", False), ("😀", True)],
)
def test_bytes_are_counted(tmp_path: Path, value: str, fits: bool) -> None:
    """Strings that are read and written have at most so many bytes."""
    specs = {"l": event_schema({"a": LIMITED}), "r": event_schema({"a": STRING})}
    catalog = small_catalog(tmp_path, specs, l__r="fields: {a: a}")
    assert lint(catalog.spec("l")) == []
    for source, target, code in (("l", "r", "invalid-event"), ("r", "l", "unmappable-value")):
        translator = Translator(source, target, catalog=catalog)
        if fits:
            assert translator.translate({"a": value}) == {"a": value}
            continue
        with pytest.raises(TranslationError) as refused:
            translator.translate({"a": value})
        assert refused.value.code == code
        assert "has more than 4 bytes in UTF-8" in refused.value.message


def test_the_limit_is_proved(tmp_path: Path) -> None:
    """A value of a field with the same limit fits."""
    specs = {"l": event_schema({"a": LIMITED}), "r": event_schema({"a": LIMITED})}
    catalog = small_catalog(tmp_path, specs, l__r="fields: {a: a}")
    assert Translator("l", "r", catalog=catalog).translate({"a": "éé"}) == {"a": "éé"}


@pytest.mark.parametrize("limit", [-1, 1.5, "4", True])
def test_wrong_limits(tmp_path: Path, limit: object) -> None:
    """A limit is a whole number."""
    specs = {"l": event_schema({"a": {"type": "string", "x-max-bytes": limit}}), "r": STRING}
    catalog = small_catalog(tmp_path, specs)
    with pytest.raises(SpecError, match="x-max-bytes"):
        catalog.spec("l")
