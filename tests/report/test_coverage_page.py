"""The page of what reaches what: that it stands alone, and says all that its pictures show."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from translator import Catalog
from translator.analysis.coverage import FieldLink, Flow, KindOutcome, LeafCoverage, LeafOutcome
from translator.cli.main import main
from translator.paths import format_path
from translator.report.coverage import REACH_LABELS, flow_matrix, render_html

VOID = {"meta", "wbr", "path", "br"}


class Page(HTMLParser):
    """Every element of a page: its tag, its attributes, and the text in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[list[str]] = []
        self.feed(page)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text: list[str] = []
        self.elements.append((tag, dict(attrs), text))
        if tag not in VOID:
            self._open.append(text)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for text in self._open:
            text.append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        """The elements of a tag: their attributes and their text."""
        return [
            (attributes, " ".join("".join(text).split()))
            for name, attributes, text in self.elements
            if name == tag
        ]


@cache
def flows() -> tuple[Flow, ...]:
    return tuple(flow_matrix(Catalog()))


@cache
def page() -> str:
    return render_html(flows())


def test_the_page_loads_nothing() -> None:
    """The page names no place but its own parts: no address, no style sheet, no script."""
    assert "://" not in page()
    assert not re.search(r"(src|href|data|action)=\"(?!#)|@import|url\(", page())
    read = Page(page())
    ids = [attributes["id"] for _, attributes, _ in read.elements if "id" in attributes]
    assert [one for one, count in Counter(ids).items() if count > 1] == []
    named = {attributes["href"] for attributes, _ in read.all("a")}
    assert named == {f"#{one['id']}" for one, _ in read.all("dialog")} | {"#matrix"}
    for _, attributes, _ in read.elements:
        for key in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(key) is None or attributes[key] in ids


def test_each_cell_opens_its_pair() -> None:
    """Each pair has a cell with both counts that leads to its part of the page."""
    links = {attributes["href"]: text for attributes, text in Page(page()).all("a")}
    assert len(links) == len(flows()) + 1
    for one in flows():
        events, leaves = one.kinds_by_reach, one.leaves_by_reach
        assert links[f"#{one.source}--{one.target}"] == (
            f"{events['exact'] + events['approximate']} of {len(one.kind_outcomes)} kinds of "
            f"events, {leaves['exact'] + leaves['approximate']} of {sum(leaves.values())} leaves"
        )


def test_a_picture_shows_every_leaf_and_line() -> None:
    """A picture has a line from each leaf to each member it reaches, and words say the same."""
    for one in flows():
        read = Page(render_html([one]))
        leaves = [text for attributes, text in read.all("li") if attributes.get("role") == "option"]
        assert len(leaves) == len(one.leaves)
        drawn = [a for a, _ in read.all("path") if "data-left" in a]
        lost = sum(1 for leaf in one.leaves if not leaf.links)
        assert len(drawn) == len(one.links) + lost
        assert Counter(a["class"] for a in drawn) == Counter(
            [link.reach for link in one.links] + ["lost"] * lost
        )
        rows = [text for attributes, text in read.all("tr") if attributes.get("role") == "row"]
        assert len(rows) == len(one.leaves) + len(one.kind_outcomes) + 2
        for leaf in one.leaves:
            name = format_path(leaf.path)
            (said,) = (
                text for text in leaves if text.startswith(name + REACH_LABELS[leaf.reach][0])
            )
            (row,) = (text for text in rows if text.startswith((f"{name} ", f"{name} read")))
            for link in leaf.links:
                assert f"to {format_path(link.target)}" in said
                assert format_path(link.target) in row
            assert leaf.because in row


def test_no_way_is_told_by_colour_alone() -> None:
    """Each way to reach a target has a sign of its own, and each line its own pattern."""
    signs = [sign for reach, (sign, _) in REACH_LABELS.items() if reach != "refused"]
    assert len(set(signs)) == len(signs)
    patterns = re.findall(r"path\.([\w-]+) \{ stroke-dasharray: ([\d ]+); \}", page())
    assert {reach for reach, _ in patterns} == {"approximate", "opt-in", "carried"}
    assert len({dashes for _, dashes in patterns}) == 3


def test_text_stays_text() -> None:
    """What specs and mappings say is shown as they say it, whatever it looks like."""
    link = FieldLink(("<i>", "a[b"), ("b&c",), "approximate", (), "1 < 2 & 3")
    leaf = LeafCoverage(("<i>", "a[b"), (LeafOutcome("<b>", "approximate", "1 < 2 & 3", (link,)),))
    made = Flow(("one", "t w/o"), (KindOutcome("<b>", "exact"),), (leaf,), (("b&c",), ("b",)), ())
    shown = render_html([made])
    assert "<b>" not in shown.partition("<dialog")[2]
    assert "1 &lt; 2 &amp; 3" in shown
    assert "<i>" not in shown
    read = Page(shown)
    assert read.all("dialog")[0][0]["id"] == "one--t_w_o"
    assert {text for _, text in read.all("code")} == {r"<i>.a\[b", "b&c", "b"}


def test_the_command_writes_the_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """--html writes the page of all pairs, of a source's, or of one, and prints nothing."""
    for arguments, count in (([], 20), (["cobi"], 4), (["cobi", "miso"], 1)):
        file = tmp_path / "page.html"
        assert main(["coverage", *arguments, "--html", str(file)]) == 0
        assert capfd.readouterr().out == ""
        written = file.read_text(encoding="utf-8")
        assert written.startswith("<!doctype html>")
        assert len(Page(written).all("dialog")) == count
