"""`Translator.stream`: the same as the command line does, as an iterator."""

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
def made() -> Translator:
    return Translator("goshops", "miso")


def test_results(made: Translator) -> None:
    """Each line that is not blank gives what it became or why it was refused, in order."""
    found = list(made.stream(LINES))
    assert found[0] == Translated(1, made.translate_all(EVENT))
    assert found[2] == Translated(4, made.translate_all(EVENT))
    rejects = [one for one in found if isinstance(one, Rejected)]
    assert [(one.line, one.code, one.event) for one in rejects] == [
        (3, "invalid-json", "oops"),
        (5, "invalid-event", {"project": "p1"}),
        (6, "not-utf8", "\\xed\\xa0\\x80"),
    ]


def test_texts_bytes_and_files(made: Translator, tmp_path: Path) -> None:
    """Texts, bytes, and a file opened for bytes give the same."""
    texts = LINES[:5]
    expected = list(made.stream(texts))
    data = "\n".join(one.removesuffix("\n") for one in texts).encode()
    path = tmp_path / "events.ndjson"
    path.write_bytes(data)
    assert list(made.stream(one.encode() for one in texts)) == expected
    assert list(made.stream(io.BytesIO(data))) == expected
    with path.open("rb", buffering=0) as raw, path.open("rb") as file:
        assert list(made.stream(raw)) == expected
        assert list(made.stream(file)) == expected


def test_as_it_comes(made: Translator) -> None:
    """No line is asked for before the results of the one before were given."""
    taken: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(3):
            taken.append(number)
            yield LINE

    results = made.stream(lines())
    assert taken == []
    next(results)
    assert taken == [0]


def test_a_defect_names_its_line(made: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other exception passes through, with the number of the line."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(made, "translate_all", fails)
    with pytest.raises(ZeroDivisionError) as caught:
        list(made.stream(["", LINE]))
    assert caught.value.__notes__ == ["in line 2 of the input"]
