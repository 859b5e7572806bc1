"""The coverage page is self-contained, and its text says everything that its diagrams show."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from translator import Catalog
from translator.analysis.coverage import (
    FieldLink,
    KindOutcome,
    LeafCoverage,
    LeafOutcome,
    PairCoverage,
)
from translator.cli.main import main
from translator.paths import format_path
from translator.report.coverage import REACH_LABELS, flow_matrix, render_html

VOID_TAGS = {"meta", "wbr", "path", "br"}


class Page(HTMLParser):
    """The elements of a page: their tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[list[str]] = []
        self.feed(page)
        self.close()
        assert not self._open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text: list[str] = []
        self.elements.append((tag, dict(attrs), text))
        if tag not in VOID_TAGS:
            self._open.append(text)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID_TAGS:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for text in self._open:
            text.append(data)

    def find(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        """Return the attributes and the text of all elements with a tag."""
        return [
            (attributes, " ".join("".join(text).split()))
            for name, attributes, text in self.elements
            if name == tag
        ]


@cache
def flows() -> tuple[PairCoverage, ...]:
    """Return the pairs from two of the formats; those from all of them take a minute."""
    catalog = Catalog()
    return tuple(flow for name in ("cobi", "goshops") for flow in flow_matrix(catalog, name))


@cache
def page() -> str:
    return render_html(flows())


def test_the_page_loads_nothing() -> None:
    """The page links only to its own parts: no address of another page, style sheet or script."""
    assert not re.search(r"(src|href|data|action)=\"(?!#)|@import|url\(", page())
    parsed = Page(page())
    for tag in ("style", "script"):
        assert not any("://" in text for _, text in parsed.find(tag))
    for tag, attributes, _ in parsed.elements:
        assert not any("://" in (value or "") for value in attributes.values()), tag
    ids = [attributes["id"] for _, attributes, _ in parsed.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = {attributes["href"] for attributes, _ in parsed.find("a")}
    assert links == {f"#{attributes['id']}" for attributes, _ in parsed.find("dialog")} | {
        "#matrix"
    }
    for _, attributes, _ in parsed.elements:
        for key in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(key) is None or attributes[key] in ids


def test_each_cell_opens_its_pair() -> None:
    """Each pair has a cell with both counts, which links to the details of the pair."""
    links = {attributes["href"]: text for attributes, text in Page(page()).find("a")}
    assert len(links) == len(flows()) + 1
    for flow in flows():
        kinds, leaves = flow.kinds_by_reach, flow.leaves_by_reach
        assert links[f"#{flow.source}--{flow.target}"] == (
            f"{kinds['exact'] + kinds['approximate']} of {len(flow.kind_outcomes)} kinds of "
            f"events, {leaves['exact'] + leaves['approximate']} of {sum(leaves.values())} fields"
        )


def test_a_diagram_shows_every_leaf_and_link() -> None:
    """A diagram has a line from each leaf to each field it reaches, and the text says the same."""
    for flow in flows():
        parsed = Page(render_html([flow]))
        leaves = [
            text for attributes, text in parsed.find("li") if attributes.get("role") == "option"
        ]
        assert len(leaves) == len(flow.leaves)
        lines = [attributes for attributes, _ in parsed.find("path") if "data-left" in attributes]
        lost = sum(1 for leaf in flow.leaves if not leaf.links)
        assert len(lines) == len(flow.links) + lost
        assert Counter(line["class"] for line in lines) == Counter(
            [link.reach for link in flow.links] + ["lost"] * lost
        )
        rows = [text for attributes, text in parsed.find("tr") if attributes.get("role") == "row"]
        assert len(rows) == len(flow.leaves) + len(flow.kind_outcomes) + 2
        for leaf in flow.leaves:
            name = format_path(leaf.path)
            (option,) = (
                text for text in leaves if text.startswith(name + REACH_LABELS[leaf.reach][0])
            )
            (row,) = (text for text in rows if text.startswith((f"{name} ", f"{name} read")))
            for link in leaf.links:
                assert f"to {format_path(link.target)}" in option
                assert format_path(link.target) in row
            assert leaf.because in row


def test_colour_is_not_the_only_distinction() -> None:
    """Each reach has a distinct sign, and each line a distinct pattern."""
    signs = [sign for reach, (sign, _) in REACH_LABELS.items() if reach != "refused"]
    assert len(set(signs)) == len(signs)
    patterns = re.findall(r"path\.([\w-]+) \{ stroke-dasharray: ([\d ]+); \}", page())
    assert {reach for reach, _ in patterns} == {"approximate", "opt-in", "carried"}
    assert len({dashes for _, dashes in patterns}) == 3


def test_strings_are_escaped() -> None:
    """Strings of specs and mappings are shown literally, even if they look like HTML."""
    link = FieldLink(("<i>", "a[b"), ("b&c",), "approximate", (), "1 < 2 & 3")
    leaf = LeafCoverage(("<i>", "a[b"), (LeafOutcome("<b>", "approximate", "1 < 2 & 3", (link,)),))
    flow = PairCoverage(
        ("one", "t w/o"), (KindOutcome("<b>", "exact"),), (leaf,), (("b&c",), ("b",)), ()
    )
    html = render_html([flow])
    assert "<b>" not in html.partition("<dialog")[2]
    assert "1 &lt; 2 &amp; 3" in html
    assert "<i>" not in html
    parsed = Page(html)
    assert parsed.find("dialog")[0][0]["id"] == "one--t_w_o"
    assert {text for _, text in parsed.find("code")} == {r"<i>.a\[b", r"b\&c", "b"}


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        pytest.param([], 132, marks=pytest.mark.nightly),
        (["cobi"], 11),
        (["cobi", "miso"], 1),
    ],
)
def test_the_command_writes_the_page(
    arguments: list[str], count: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """--html writes a page of all pairs, of those of a source, or of one, and prints nothing."""
    file = tmp_path / "page.html"
    assert main(["coverage", *arguments, "--html", str(file)]) == 0
    assert capfd.readouterr().out == ""
    html = file.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert len(Page(html).find("dialog")) == count
