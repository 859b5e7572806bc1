"""The examples: made by a seeded script, valid, and shown by the demo."""

from __future__ import annotations

import json

import pytest

from examples import demo
from tests.tools.make_examples import COUNT, EXAMPLES, MAKERS, crosswalk, lines, published
from translator import Catalog
from translator.validation.events import EventValidator

FORMATS = sorted(MAKERS)


@pytest.mark.parametrize("name", FORMATS)
def test_examples_are_what_the_script_makes(name: str) -> None:
    """Running the script again gives the same bytes."""
    assert (EXAMPLES / f"{name}.ndjson").read_bytes() == lines(name).encode()
    assert (EXAMPLES / "items.csv").read_bytes() == crosswalk().encode()


@pytest.mark.parametrize("name", FORMATS)
def test_examples_are_valid_and_varied(name: str) -> None:
    """Each line is a valid event, the published examples come first, and hardly any comes twice."""
    text = (EXAMPLES / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in text]
    judge = EventValidator(Catalog().spec(name))
    assert [found for event in events if (found := judge.violations(event))] == []
    first = list(published(name))
    assert first
    assert events[: len(first)] == first
    assert len(events) >= len(first) + COUNT >= 200
    assert len(set(text)) > 0.9 * len(text)


def test_no_example_file_is_left_over() -> None:
    """There is one file of examples for each format, and no other."""
    assert sorted(path.stem for path in EXAMPLES.glob("*.ndjson")) == FORMATS


def test_demo_shows_every_pair(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo prints a row for each pair, whose counts add up, in no more than 100 columns."""
    demo.main()
    out = capsys.readouterr().out
    table = out.split("WHY\n")[1].split("\n\n")[0].splitlines()
    assert len(table) == len(Catalog().pairs()) == 20
    for row in table:
        source, _, read, written, rejected = row.split()[:5]
        assert int(read) == len(lines(source).splitlines())
        assert int(written) > 0
        assert int(written) + int(rejected) >= int(read)
        assert len(row) <= 100
