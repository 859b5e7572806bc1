"""The coverage of pairs of formats: counts, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tools.shipped import FORMATS
from translator import Catalog
from translator.analysis.coverage import KIND_REACHES, REACHES, coverage
from translator.cli.main import main
from translator.paths import format_path
from translator.report.coverage import coverage_rows, flow_matrix

CATALOG = Catalog()


def kind_reaches(source: str, target: str) -> dict[str, str]:
    return {kind.kind: kind.reach for kind in coverage(CATALOG, source, target).kind_outcomes}


def run_command(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["coverage", *arguments]) == 0
    return capfd.readouterr().out


def test_kinds_reach_a_target_in_four_ways() -> None:
    """A kind of event reaches the target exactly, approximately, by an opt-in, or not at all."""
    reaches = kind_reaches("interaction", "goshops")
    assert reaches["like"] == "exact"
    assert reaches["bookmark"] == "approximate"
    assert reaches["read"] == "opt-in"
    assert reaches["dislike"] == "refused"


def test_each_combination_of_selecting_values_is_a_kind() -> None:
    """If several fields select a rule, each combination of their values is a kind of event."""
    reaches = kind_reaches("cobi", "goshops")
    assert len(reaches) == 16
    assert reaches["PAGE_VIEW OFFER"] == "exact"
    assert reaches["PAGE_VIEW TAG"] == "refused"


@pytest.mark.parametrize(
    ("source", "kind"), [("miso", "add_to_cart"), ("personalize", "View"), ("algolia", "view")]
)
def test_a_kind_whose_elements_are_all_refused_is_refused(source: str, kind: str) -> None:
    """Snowplow's products need a price, and these events are about items without one."""
    outcomes = coverage(CATALOG, source, "snowplow").kind_outcomes
    outcome = next(each for each in outcomes if each.kind.startswith(kind))
    assert outcome.reach == "refused"
    assert "contexts[].data.price" in outcome.because


def test_events_with_elements_that_lack_a_field_are_refused() -> None:
    """A promotion may be viewed without products; with them, Snowplow needs their prices."""
    leaves = {format_path(leaf.path): leaf for leaf in coverage(CATALOG, "miso", "snowplow").leaves}
    outcomes = {each.kind: each for each in leaves["product_ids[]"].outcomes}
    outcome = outcomes["promo_page_view"]
    assert outcome.refused
    assert "contexts[].data.price" in outcome.because


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(name, marks=[] if name in ("goshops", "cobi") else [pytest.mark.nightly])
        for name in FORMATS
    ],
)
def test_the_matrix_has_every_pair(source: str) -> None:
    """The matrix has every ordered pair, and counts each kind of event and each leaf once."""
    flows = flow_matrix(CATALOG, source)
    assert [(flow.source, flow.target) for flow in flows] == [
        (pair.source, pair.target) for pair in CATALOG.pairs() if pair.source == source
    ]
    for flow in flows:
        assert tuple(flow.kinds_by_reach) == KIND_REACHES
        assert tuple(flow.leaves_by_reach) == REACHES
        assert sum(flow.kinds_by_reach.values()) == len(flow.kind_outcomes) > 0
        for row in coverage_rows(flow):
            assert row.kinds, row
    # Every pair of a source has the leaves of its spec.
    assert len({sum(flow.leaves_by_reach.values()) for flow in flows}) == 1


@pytest.mark.parametrize("source", ["goshops", pytest.param(None, marks=pytest.mark.nightly)])
def test_the_command_prints_two_matrices(
    source: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    """The command prints sources by targets, for kinds of events and for leaves."""
    output = run_command(capfd, *([source] if source else []))
    events, leaves = (part.splitlines() for part in output.rstrip("\n").split("\n\n"))
    formats = CATALOG.formats()
    sources = [source] if source else formats
    targets = [name for name in formats if name != source]
    for table in (events, leaves):
        assert table[1].split()[3:] == targets
        assert [line.split()[0] for line in table[2:]] == sources
    row, column = 2 + sources.index("goshops"), 1 + targets.index("miso")
    assert events[row].split()[column] == "4/0/0/0"
    assert leaves[row].split()[column] == "4/0/0/1/0"


def test_the_command_prints_a_pair_row_by_row(capfd: pytest.CaptureFixture[str]) -> None:
    """For a pair, the command prints each kind of event and each leaf, with rules and reasons."""
    output = run_command(capfd, "miso", "goshops")
    lines = {line.split()[0]: line for line in output.splitlines() if line}
    assert lines["bookmark"].split(None, 2)[1:] == [
        "approximate",
        "Go Shops defines like as adding to favourites",
    ]
    customer = lines["anonymous_id"]
    assert "opt-in" in customer
    assert "anonymous-as-customer: an anonymous id names a visitor, not a customer" in customer
    restored = lines["context.custom_context.goshops_project"].split()
    assert restored[1:4] == ["*", "exact", "project"]
    assert "param project" in output
    rows = run_command(capfd, "interaction", "cobi").splitlines()
    first = next(number for number, row in enumerate(rows) if row.startswith("actor.id"))
    assert rows[first].split()[:3] == ["actor.id", "exact", "student_id"]
    assert rows[first + 1].split()[:2] == ["approximate", "user_id"]


def test_json_has_counts_kinds_and_rows(capfd: pytest.CaptureFixture[str]) -> None:
    """As JSON, the matrix has the counts of each pair; a single pair also has kinds and rows."""
    matrix = json.loads(run_command(capfd, "goshops", "--output-format", "json"))
    assert len(matrix["pairs"]) == len(FORMATS) - 1
    pair = json.loads(run_command(capfd, "goshops", "miso", "--output-format", "json"))
    (counts,) = (
        item for item in matrix["pairs"] if item["way"] == ["goshops", "interaction", "miso"]
    )
    assert {key: pair[key] for key in counts} == counts
    assert pair["leaves"] == {"exact": 4, "approximate": 0, "opt-in": 0, "carried": 1, "lost": 0}
    project = pair["rows"][0]
    assert (project["leaf"], project["reach"], project["kinds"]) == (
        "project",
        "carried",
        {"carried": 4},
    )
    (link,) = project["to"]
    assert link["target"] == "context.custom_context.goshops_project"
    assert [rule.split()[-1] for rule in link["rules"]] == ["same", "carried"]


def test_unknown_formats_and_folders_are_errors(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An unknown format is an error with a hint, and so is a missing folder."""
    assert main(["coverage", "cobbi"]) == 2
    assert "did you mean 'cobi'?" in capfd.readouterr().err
    assert (
        main(["coverage", "goshops", "miso", "--html", str(tmp_path / "none" / "page.html")]) != 0
    )
    assert "none" in capfd.readouterr().err


def test_fields_of_elements_go_where_they_are_written() -> None:
    """A list that is left out where it is incomplete receives only what its elements are."""
    pair = coverage(CATALOG, "segment", "miso")
    links = {
        (format_path(leaf.path), format_path(link.target))
        for leaf in pair.leaves
        for outcome in leaf.outcomes
        for link in outcome.links
        if link.target[0] == "quantities"
    }
    assert links == {
        ("properties.quantity", "quantities[]"),
        ("properties.products[].quantity", "quantities[]"),
    }
