"""How much of one format reaches another, counted and shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from translator import Catalog
from translator.cli import main
from translator.coverage import Cell, Row, as_html, cell, matrix


def reaches(source: str, target: str) -> dict[str, str]:
    return {row.event: row.reach for row in cell(Catalog(), source, target).rows}


def test_each_way_of_reaching_is_told_apart() -> None:
    """A kind of event reaches the target exactly, approximately, by an opt-in, or not at all."""
    found = reaches("interaction", "goshops")
    assert found["like"] == "exact"
    assert found["bookmark"] == "approximate"
    assert found["read"] == "opt-in"
    assert found["dislike"] == "refused"
    assert reaches("goshops", "miso") == {
        "view": "exact",
        "like": "exact",
        "cart": "exact",
        "purchase": "approximate",
    }


def test_members_that_decide_together_are_one_kind() -> None:
    """Where several members decide, each combination of them is a kind of event."""
    found = reaches("cobi", "goshops")
    assert len(found) == 16
    assert found["PAGE_VIEW OFFER"] == "exact"
    assert found["PAGE_VIEW TAG"] == "refused"


def test_reasons_are_the_mappings() -> None:
    """What does not reach the target exactly comes with the reason that the mapping gives."""
    for one in matrix(Catalog()):
        for row in one.rows:
            assert bool(row.because) == (row.reach != "exact"), (one.source, one.target, row)


def test_the_matrix_has_every_pair() -> None:
    """There is a cell for each ordered pair, and its counts add up to its rows."""
    cells = matrix(Catalog())
    assert [(one.source, one.target) for one in cells] == [
        (pair.source, pair.target) for pair in Catalog().pairs()
    ]
    for one in cells:
        counts = [one.count(reach) for reach in ("exact", "approximate", "opt-in", "refused")]
        assert sum(counts) == len(one.rows) > 0


def test_the_page_stands_alone_and_escapes() -> None:
    """The page loads nothing from elsewhere, each cell leads to its rows, and text stays text."""
    rows = (Row("<b>view</b>", "refused", "a & b"),)
    page = as_html([Cell("one", "two", rows), Cell("two", "one", ())])
    assert "&lt;b&gt;view&lt;/b&gt;" in page
    assert "a &amp; b" in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) == ids == {"one-two", "two-one"}


def test_the_command_shows_and_writes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The command prints the matrix, a source's part of it, a pair's rows, or writes the page."""
    assert main(["coverage"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 21
    assert main(["coverage", "cobi"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 5
    assert main(["coverage", "goshops", "miso"]) == 0
    assert "purchase  approximate" in capfd.readouterr().out
    page = tmp_path / "page.html"
    assert main(["coverage", "--html", str(page)]) == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["coverage", "cobbi"]) == 2
    assert "did you mean 'cobi'?" in capfd.readouterr().err
