"""How much of one format reaches another, counted and shown as text and as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from translator import Catalog
from translator.analysis.coverage import KIND_REACHES, REACHES, trace_flow
from translator.cli.main import main
from translator.report.coverage import coverage_rows, flow_matrix

CATALOG = Catalog()


def events(source: str, target: str) -> dict[str, str]:
    return {event.kind: event.reach for event in trace_flow(CATALOG, source, target).kind_outcomes}


def shown(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["coverage", *arguments]) == 0
    return capfd.readouterr().out


def test_each_way_of_reaching_is_told_apart() -> None:
    """A kind of event reaches the target exactly, approximately, by an opt-in, or not at all."""
    found = events("interaction", "goshops")
    assert found["like"] == "exact"
    assert found["bookmark"] == "approximate"
    assert found["read"] == "opt-in"
    assert found["dislike"] == "refused"


def test_members_that_decide_together_are_one_kind() -> None:
    """Where several members decide, each combination of them is a kind of event."""
    found = events("cobi", "goshops")
    assert len(found) == 16
    assert found["PAGE_VIEW OFFER"] == "exact"
    assert found["PAGE_VIEW TAG"] == "refused"


def test_the_matrix_has_every_pair() -> None:
    """There is a cell for each ordered pair, and its counts add up to what there is to count."""
    found = flow_matrix(CATALOG)
    assert [(one.source, one.target) for one in found] == [
        (pair.source, pair.target) for pair in CATALOG.pairs()
    ]
    leaves: dict[str, set[int]] = {}
    for one in found:
        assert tuple(one.kinds_by_reach) == KIND_REACHES
        assert tuple(one.leaves_by_reach) == REACHES
        assert sum(one.kinds_by_reach.values()) == len(one.kind_outcomes) > 0
        leaves.setdefault(one.source, set()).add(sum(one.leaves_by_reach.values()))
        for row in coverage_rows(one):
            assert row.kinds, row
    assert all(len(counts) == 1 for counts in leaves.values()), "leaves are those of the spec"


def test_the_matrix_is_shown_twice(capfd: pytest.CaptureFixture[str]) -> None:
    """The command prints sources by targets, for kinds of events and for leaves."""
    events, leaves = (part.splitlines() for part in shown(capfd).rstrip("\n").split("\n\n"))
    formats = CATALOG.formats()
    for table in (events, leaves):
        assert table[1].split()[3:] == formats
        assert [line.split()[0] for line in table[2:]] == formats
    assert events[2 + formats.index("goshops")].split()[-1] == "3/1/0/0"
    assert leaves[2 + formats.index("goshops")].split()[-1] == "4/0/0/1/0"
    assert len(shown(capfd, "cobi").splitlines()) == 7


def test_a_pair_is_shown_row_by_row(capfd: pytest.CaptureFixture[str]) -> None:
    """A pair is shown with each kind of event and each leaf, with rules by place and reasons."""
    out = shown(capfd, "miso", "goshops")
    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert lines["bookmark"].split(None, 2)[1:] == [
        "approximate",
        "Go Shops defines like as adding to favourites",
    ]
    customer = lines["anonymous_id"]
    assert "opt-in" in customer
    assert "anonymous-as-customer: an anonymous id names a visitor, not a customer" in customer
    restored = lines["context.custom_context.goshops_project"].split()
    assert restored[1:4] == ["*", "exact", "project"]
    assert "param project" in out
    several = shown(capfd, "interaction", "cobi").splitlines()
    first = next(n for n, line in enumerate(several) if line.startswith("actor.id"))
    assert several[first].split()[:3] == ["actor.id", "exact", "student_id"]
    assert several[first + 1].split()[:2] == ["approximate", "user_id"]


def test_data_says_what_the_text_says(capfd: pytest.CaptureFixture[str]) -> None:
    """As JSON, the matrix has the counts of each pair, and a pair its kinds and rows too."""
    every = json.loads(shown(capfd, "--output-format", "json"))
    assert len(every["pairs"]) == len(CATALOG.pairs())
    one = json.loads(shown(capfd, "goshops", "miso", "--output-format", "json"))
    (counts,) = (p for p in every["pairs"] if p["way"] == ["goshops", "interaction", "miso"])
    assert {key: one[key] for key in counts} == counts
    assert one["leaves"] == {"exact": 4, "approximate": 0, "opt-in": 0, "carried": 1, "lost": 0}
    project = one["rows"][0]
    assert (project["leaf"], project["reach"], project["kinds"]) == (
        "project",
        "carried",
        {"carried": 4},
    )
    (to,) = project["to"]
    assert to["target"] == "context.custom_context.goshops_project"
    assert [rule.split()[-1] for rule in to["rules"]] == ["same", "carried"]


def test_what_was_asked_for_is_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An unknown format is an error that names the nearest, as is a folder that is not there."""
    assert main(["coverage", "cobbi"]) == 2
    assert "did you mean 'cobi'?" in capfd.readouterr().err
    assert main(["coverage", "--html", str(tmp_path / "none" / "page.html")]) != 0
    assert "none" in capfd.readouterr().err
