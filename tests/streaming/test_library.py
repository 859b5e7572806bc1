"""`Translator.stream` translates lines as the command line does."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from translator import Rejected, Translated, Translator

EVENT = {
    "project": "p1",
    "data": {"event": "view", "item": "SKU-1", "customer": "u1", "date": "2024-05-01T12:00:00Z"},
}
LINE = json.dumps(EVENT)
LINES = [LINE, "", "oops", LINE + "\n", '{"project":"p1"}', "\ud800"]


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator("goshops", "miso")


def test_results(translator: Translator) -> None:
    """Each line that is not blank has a result, in order."""
    results = list(translator.stream(LINES))
    assert results[0] == Translated(1, translator.translate_all(EVENT))
    assert results[2] == Translated(4, translator.translate_all(EVENT))
    rejects = [result for result in results if isinstance(result, Rejected)]
    assert [(reject.line, reject.code, reject.event) for reject in rejects] == [
        (3, "invalid-json", "oops"),
        (5, "invalid-event", {"project": "p1"}),
        (6, "not-utf8", "\\xed\\xa0\\x80"),
    ]


def test_strings_bytes_and_files(translator: Translator, tmp_path: Path) -> None:
    """Strings, bytes and binary files have the same results."""
    lines = LINES[:5]
    expected = list(translator.stream(lines))
    data = "\n".join(line.removesuffix("\n") for line in lines).encode()
    path = tmp_path / "events.ndjson"
    path.write_bytes(data)
    assert list(translator.stream(line.encode() for line in lines)) == expected
    assert list(translator.stream(io.BytesIO(data))) == expected
    with path.open("rb", buffering=0) as raw, path.open("rb") as file:
        assert list(translator.stream(raw)) == expected
        assert list(translator.stream(file)) == expected


def test_stream_is_lazy(translator: Translator) -> None:
    """A line is read only after the results of the line before were read."""
    read: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(3):
            read.append(number)
            yield LINE

    results = translator.stream(lines())
    assert read == []
    next(results)
    assert read == [0]


def test_defect(translator: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected exception is raised with the line number as a note."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(translator, "translate_all", fails)
    with pytest.raises(ZeroDivisionError) as caught:
        list(translator.stream(["", LINE]))
    assert caught.value.__notes__ == ["in line 2 of the input"]
