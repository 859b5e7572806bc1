"""The pages and pictures of `explain` draw the values of real events, and why some are lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.report.test_coverage_page import Element, Page, check_links
from translator.cli.main import main
from translator.report.events_page import MAX_EVENTS, MAX_FIELDS

ROOT = Path(__file__).resolve().parents[2]

CHECKOUT = {
    "type": "checkout",
    "user_id": "ada",
    "timestamp": "2024-05-01T12:00:00Z",
    "product_ids": ["A", "B"],
    "revenue": 12.5,
}

READ = {"type": "read", "user_id": "ada", "product_ids": ["A"]}

HOSTILE = "<script>alert(1)</script>\"'& \u202e" + "x" * 10_000


@pytest.fixture
def draw(tmp_path: Path) -> Any:
    """Draw events of Miso for Go Shops; return the exit code and the page."""

    def call(*events: Any, option: str = "--html", arguments: tuple[str, ...] = ()) -> Any:
        lines = "".join(f"{json.dumps(event)}\n" for event in events)
        (tmp_path / "in.ndjson").write_text(lines, encoding="utf-8")
        out = tmp_path / "out"
        command = ["explain", "miso", "goshops", str(tmp_path / "in.ndjson"), option, str(out)]
        code = main([*command, "--param", "project=shop-1", *arguments])
        return code, out.read_text(encoding="utf-8")

    return call


def ends(page: Page) -> list[Element]:
    return [each for each in page.elements if "data-right" in each.attributes]


def test_values_are_at_both_ends(draw: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """Each field has its value, each line its rules, and each resulting event a card."""
    code, text = draw(CHECKOUT)
    assert code == 0
    assert capfd.readouterr().out == ""
    check_links(text)
    page = Page(text)
    starts = [each.text for each in page.elements if "data-left" in each.attributes]
    assert any('exact: $.type * "checkout"' in start for start in starts)
    assert [each.text for each in page.find("h3")][:2] == ["Event 1 of 2", "Event 2 of 2"]
    items = [each.text for each in ends(page) if "$.data.item" in each.text.split()]
    assert [re.findall('"([AB])"', text)[0] for text in items] == ["A", "B"]
    projects = [each.text for each in ends(page) if "$.project" in each.text.split()]
    assert len(projects) == 2 and all("param project" in text for text in projects)
    links = [each for each in page.with_class("link") if "data-from" in each.attributes]
    assert any(each.text.startswith("row, values miso.yaml:") for each in links)


def test_the_sums_count_what_is_drawn(draw: Any) -> None:
    """The sums above a drawing are the numbers of its fields, lines, cards and losses."""
    page = Page(draw(CHECKOUT)[1])
    terms = [each.text for each in page.find("dt")]
    starts = [each for each in page.elements if "data-left" in each.attributes]
    links = [each for each in page.with_class("link") if "data-from" in each.attributes]
    assert terms == [
        f"{len(starts)} fields of miso drawn",
        f"{len(links)} lines",
        f"{len(ends(page))} fields of goshops drawn",
        "1 field of miso lost",
    ]
    counts = [int(each.attributes["data-count"] or "") for each in page.with_class("count")]
    assert sum(counts) == len(starts) + len(links)
    assert len(page.with_class("card")) == 2


def test_losses_and_refusals_say_why(draw: Any) -> None:
    """A loss has its reason and its rule, a refusal also what to do, as in the text output."""
    code, text = draw(CHECKOUT, READ)
    assert code == 1
    page = Page(text)
    rows = [each.text for each in page.find("tr")]
    assert any(
        row.startswith("$.revenue 12.5 × lost Go Shops has no money goshops") for row in rows
    )
    (refusal,) = page.with_class("refusal")
    assert "no-equivalent at $.type" in refusal.text
    assert "allow 'content-as-view'" in refusal.text
    assert "What to do skip such events, or allow the opt-in" in refusal.text
    assert [each.text for each in page.find("li")][1] == "Event 2 : refused"


def test_strict_refusals_are_drawn_too(draw: Any) -> None:
    """An event that only --strict refuses has its drawing and its refusal."""
    code, text = draw(CHECKOUT, arguments=("--strict",))
    assert code == 1
    page = Page(text)
    assert "would-lose" in page.with_class("refusal")[0].text
    assert len(ends(page)) == 10


def test_the_number_of_events_is_limited(draw: Any) -> None:
    """A page draws the first events only, and says so; the exit code is that of all of them."""
    code, text = draw(*[CHECKOUT] * MAX_EVENTS, READ)
    assert code == 1
    page = Page(text)
    assert len(page.with_class("event")) == MAX_EVENTS
    assert f"The first {MAX_EVENTS} of {MAX_EVENTS + 1} events of in.ndjson" in text
    code, text = draw()
    assert code == 0
    assert "in.ndjson has no events." in text


def test_the_number_of_fields_is_limited(draw: Any) -> None:
    """A large event is drawn in part, which the page says."""
    code, text = draw(CHECKOUT | {"product_ids": [f"P{n}" for n in range(MAX_FIELDS)]})
    assert code == 0
    assert f"only its first {MAX_FIELDS} fields are drawn" in text
    page = Page(text)
    assert len(ends(page)) == MAX_FIELDS
    assert len([each for each in page.elements if "data-left" in each.attributes]) <= MAX_FIELDS


@pytest.mark.parametrize("option", ["--html", "--svg"])
def test_values_are_escaped(draw: Any, option: str) -> None:
    """Names and values are shown literally, and cut where they are long."""
    event = CHECKOUT | {"user_id": HOSTILE, "context": {"custom_context": {HOSTILE: HOSTILE}}}
    code, text = draw(event, option=option)
    assert code == 0
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text
    assert len(text.encode()) < 300_000
    if option == "--html":
        check_links(text)
    else:
        ElementTree.fromstring(text)


def test_a_picture_of_one_event(draw: Any) -> None:
    """A picture loads nothing, has a title for screen readers, and names losses and refusals."""
    code, text = draw(CHECKOUT, READ, option="--svg")
    assert code == 1
    root = ElementTree.fromstring(text)
    title, *_ = root
    assert title.text == "One event on its way from miso to goshops"
    texts = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {'"checkout"', '"purchase"', "$.revenue", "lost: Go Shops has no money"} <= set(texts)
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")
    _, text = draw(READ, option="--svg")
    assert "refused: no-equivalent at $.type" in (ElementTree.fromstring(text)[0].text or "")


def test_outputs_that_cannot_be_written(
    draw: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An output that cannot be opened, or that is the input, is an error of usage."""
    draw(CHECKOUT)
    file = str(tmp_path / "in.ndjson")
    command = ["explain", "miso", "goshops", file, "--param", "project=a"]
    capfd.readouterr()
    for arguments, message in (
        (["--html", str(tmp_path / "none" / "x")], "cannot write"),
        (["--svg", str(tmp_path)], "cannot write"),
        (["--html", file], "name the same file"),
        (["--html", "x", "--output-format", "json"], "cannot be combined"),
    ):
        assert main([*command, *arguments]) == 2
        assert message in capfd.readouterr().err
    (tmp_path / "in.ndjson").write_text("", encoding="utf-8")
    assert main([*command, "--svg", str(tmp_path / "x.svg")]) == 2
    assert "in.ndjson has no event to draw" in capfd.readouterr().err


def test_the_picture_of_the_readme_is_current(tmp_path: Path) -> None:
    """The picture in the README is what the command draws of the event in the README.

    Draw it again with `translator explain goshops miso purchase.ndjson --svg one-event.svg`.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"!\[[^\]]{40,}\]\([^)]*docs/images/one-event\.svg\)", readme)
    (event,) = re.findall(r"```json purchase\.ndjson\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "purchase.ndjson").write_text(event, encoding="utf-8")
    out = tmp_path / "one-event.svg"
    file = str(tmp_path / "purchase.ndjson")
    assert main(["explain", "goshops", "miso", file, "--svg", str(out)]) == 0
    assert out.read_bytes() == (ROOT / "docs/images/one-event.svg").read_bytes()
