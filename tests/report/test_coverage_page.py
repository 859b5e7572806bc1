"""The coverage page is self-contained, and its sums count what it draws."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.tools.small_formats import spec_document
from translator import Catalog
from translator.analysis.coverage import PairCoverage, count_coverage, coverage
from translator.cli.main import main
from translator.paths import format_path
from translator.report.coverage import flow_matrix, render_html
from translator.report.drawing import SIGNS

VOID_TAGS = {"meta", "wbr", "path", "br", "input"}

PAIRS = [("goshops", "miso"), ("segment", "ga4"), ("miso", "goshops"), ("cobi", "algolia")]

MAX_SIZE = 600_000

HOSTILE = "<script>alert(1)</script>\"'& \u202e" + "x" * 10_000


class Element:
    """An element of a page: its tag, its attributes, and all text in it."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag, self.attributes = tag, attributes
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def has_class(self, name: str) -> bool:
        return name in (self.attributes.get("class") or "").split()


class Page(HTMLParser):
    """The elements of a page, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()
        assert not self._open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._separate(tag)
        self.elements.append(element)
        if tag not in VOID_TAGS:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID_TAGS:
            assert self._open.pop().tag == tag

        self._separate(tag)

    def _separate(self, tag: str) -> None:
        """End a word at each tag, but not where a line may break within a name."""
        for element in self._open if tag != "wbr" else ():
            element.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.pieces.append(data)

    def find(self, tag: str, attribute: str = "") -> list[Element]:
        """Return the elements with a tag, or only those that have an attribute."""
        found = [element for element in self.elements if element.tag == tag]
        return [each for each in found if not attribute or attribute in each.attributes]

    def with_class(self, name: str) -> list[Element]:
        """Return the elements of a class."""
        return [element for element in self.elements if element.has_class(name)]


@cache
def catalog() -> Catalog:
    return Catalog()


@cache
def flow(source: str, target: str) -> PairCoverage:
    return coverage(catalog(), source, target)


@cache
def pair_page(source: str, target: str) -> str:
    return render_html(catalog(), [flow(source, target)], [flow(source, target)])


def check_links(page: str) -> None:
    """Assert that a page loads nothing, and that all links and references lead into it."""
    assert not re.search(r"(src|href|data|action)=\"(?!#)|@import|url\(", page)
    parsed = Page(page)
    for tag in ("style", "script"):
        assert not any("://" in element.text for element in parsed.find(tag))
    ids = [element.attributes["id"] for element in parsed.elements if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
    for element in parsed.elements:
        assert not any(name.startswith("on") for name in element.attributes)
        if link := element.attributes.get("href"):
            assert link[1:] in ids
        for key in ("aria-labelledby", "aria-describedby"):
            assert element.attributes.get(key) is None or element.attributes[key] in ids


@pytest.mark.parametrize("pair", PAIRS)
def test_the_page_of_a_pair_loads_nothing(pair: tuple[str, str]) -> None:
    """The page links only to its own parts, has a language and a title, and stays small."""
    page = pair_page(*pair)
    check_links(page)
    assert len(page.encode()) < MAX_SIZE
    parsed = Page(page)
    assert parsed.find("html")[0].attributes == {"lang": "en"}
    assert parsed.find("title")[0].text == parsed.find("h1")[0].text == " to ".join(pair)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_sums_count_what_is_drawn(pair: tuple[str, str]) -> None:
    """Each sum of the page is the number of fields, lines or kinds that the page shows."""
    parsed = Page(pair_page(*pair))
    links = [each for each in parsed.with_class("link") if "data-from" in each.attributes]
    drawn: dict[str, list[str]] = {
        "fields": [
            next(sign for sign in SIGNS if f"{sign}: " in element.text)
            for element in parsed.elements
            if "data-left" in element.attributes
        ],
        "lines": [(element.attributes["class"] or "").split()[1] for element in links],
        "kinds": [label.text.split()[1] for label in kind_labels(parsed)],
    }
    shown: dict[str, Counter[str]] = {}
    current = ""
    for element in parsed.elements:
        current = element.attributes.get("data-sum") or current
        if "data-count" in element.attributes:
            count = int(element.attributes["data-count"] or "")
            sign = element.attributes["data-sign"] or ""
            assert element.text.endswith(f"{sign} {count}")
            shown.setdefault(current, Counter())[sign] = count
    assert shown == {name: Counter(signs) for name, signs in drawn.items()}
    ends = [element for element in parsed.elements if "data-right" in element.attributes]
    totals = {term.text.partition(" ")[2]: int(term.text.split()[0]) for term in parsed.find("dt")}
    lost = parsed.with_class("lost-field")
    assert totals.pop("of these not in the spec", 0) == sum(
        leaf.read_by_key for leaf in flow(*pair).leaves
    )
    assert totals == {
        f"fields of {pair[0]} drawn": len(drawn["fields"]),
        "lines": len(drawn["lines"]),
        f"fields of {pair[1]} drawn": len(ends),
    } | ({f"fields of {pair[0]} lost": len(lost)} if lost else {})
    paths = [path for path in parsed.find("path") if "C50" in (path.attributes["d"] or "")]
    assert [path.attributes["class"] for path in paths] == drawn["lines"]


def kind_labels(parsed: Page) -> list[Element]:
    """Return the label of the outcome in each row of the table of kinds."""
    labels: list[Element] = []
    is_kind = False
    for element in parsed.elements:
        if element.tag == "tr":
            is_kind = element.has_class("kind")
        elif is_kind and element.has_class("label"):
            labels.append(element)
    return labels


@pytest.mark.parametrize("pair", PAIRS)
def test_everything_is_drawn_or_listed(pair: tuple[str, str]) -> None:
    """Each leaf is drawn or in the folded losses, each link is a line, and the text has both."""
    parsed = Page(pair_page(*pair))
    starts = [each.text for each in parsed.elements if "data-left" in each.attributes]
    lost = [element.text for element in parsed.with_class("lost-field")]
    rows = [element.text for element in parsed.with_class("leaf")]
    assert len(rows) == len(flow(*pair).leaves) == len(starts) + len(lost)
    assert len(flow(*pair).links) == sum(
        "data-from" in each.attributes for each in parsed.with_class("link")
    )
    for leaf in flow(*pair).leaves:
        name = format_path(leaf.path)
        (row,) = (text for text in rows if text.split()[0] == name)
        assert all(format_path(link.target) in row for link in leaf.links)
        assert leaf.because in row
        places = lost if leaf.reach == "lost" else starts
        assert [
            text.removeprefix(f"{SIGNS[leaf.reach][0]} {leaf.reach}: ").split()[0]
            for text in places
        ].count(name) == 1
    for text in dict.fromkeys(leaf.because for leaf in flow(*pair).leaves if leaf.reach == "lost"):
        count = sum(leaf.because == text and leaf.reach == "lost" for leaf in flow(*pair).leaves)
        assert any(each.text == f"× {text} ({count})" for each in parsed.find("summary"))


def test_lines_say_what_they_do() -> None:
    """A line has its codec, its value table and its rules, which link to the mapping's text."""
    parsed = Page(pair_page("goshops", "miso"))
    links = {each.text.partition(" →")[0]: each for each in parsed.with_class("link")}
    assert "iso-8601, zone timezone" in links
    event = links["values, row 4 values"].text
    assert '"view" → "product_detail_page_view" miso.yaml:11' in event
    anchors = {each.text: each.attributes["href"] or "" for each in parsed.find("a")}
    line = int(anchors["miso.yaml:11"].rpartition("-")[2])
    assert line == 11
    (target,) = (
        each for each in parsed.elements if each.attributes.get("id") == anchors["miso.yaml:11"][1:]
    )
    path = Path(catalog().folders.mapping_files()[frozenset({"miso", "interaction"})])
    text = path.read_text(encoding="utf-8").splitlines()
    assert target.text == " ".join(f"11 {text[10]}".split())


def test_fields_say_what_the_spec_says() -> None:
    """A field has its type, whether it is required and its description, for all to read."""
    tips = {each.text for each in Page(pair_page("goshops", "miso")).with_class("tip")}
    assert "data.item string, at least 1 long; required. The id of the item." in tips
    assert any(text.startswith("user_id string") for text in tips)


def test_kinds_of_events_are_a_filter() -> None:
    """What belongs only to some kinds of events has their numbers in the list of kinds."""
    parsed = Page(pair_page("segment", "ga4"))
    kinds = [each.kind for each in flow("segment", "ga4").kind_outcomes]
    options = [each for each in parsed.find("option") if each.attributes["value"]]
    assert [each.text.rpartition(" (")[0] for each in options] == kinds
    (link,) = (
        each
        for each in parsed.with_class("link")
        if "to params.promotion_name " in each.text and "only with event" in each.text
    )
    numbers = map(int, (link.attributes["data-kinds"] or "").split())
    assert {kinds[number] for number in numbers} == {
        kind for kind in kinds if kind.startswith(("Promotion Clicked", "Promotion Viewed"))
    }


def test_the_footer_names_what_made_the_page() -> None:
    """The footer has the version and the hash of each spec and mapping of the route."""
    (footer,) = Page(pair_page("goshops", "miso")).find("footer")
    assert footer.text.startswith("Made by event-translator ")
    paths = list(map(Path, catalog().folders.route_files("goshops", "miso") or ()))
    assert len(paths) == 5
    for path in paths:
        assert f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}" in footer.text
        assert str(path.parent) not in pair_page("goshops", "miso")


def test_colour_is_not_the_only_distinction() -> None:
    """Each outcome has a distinct sign, and each line a distinct pattern."""
    signs = [sign for outcome, (sign, _) in SIGNS.items() if outcome != "refused"]
    assert len(set(signs)) == len(signs)
    page = pair_page("goshops", "miso")
    patterns = re.findall(r"path\.([\w-]+) \{ stroke-dasharray: ([\d ]+); \}", page)
    assert {reach for reach, _ in patterns} == {"approximate", "opt-in", "carried"}
    assert len({dashes for _, dashes in patterns}) == 3


def test_the_matrix_leads_to_the_pairs_of_the_page() -> None:
    """The page of a source has its row of the matrix, and a drawing for each cell."""
    flows = flow_matrix(catalog(), "goshops")
    page = render_html(catalog(), flows, flows)
    check_links(page)
    parsed = Page(page)
    cells = {
        each.attributes["href"]: each.text for each in parsed.find("a") if each.has_class("cell")
    }
    assert list(cells) == [f"#goshops--{each.target}" for each in flows]
    assert [each.attributes["id"] for each in parsed.with_class("pair")] == [
        link[1:] for link in cells if link
    ]
    for each in flows:
        kinds, leaves = each.kinds_by_reach, each.leaves_by_reach
        reached = [counts["exact"] + counts["approximate"] for counts in (kinds, leaves)]
        expected = (
            f"{reached[0]} of {len(each.kind_outcomes)} kinds of events , "
            f"{reached[1]} of {sum(leaves.values())} fields"
        )
        assert " ".join(cells[f"#goshops--{each.target}"].replace("/", "").split()) == expected


def test_a_cell_without_a_drawing_names_its_command() -> None:
    """In the matrix alone, each cell has the command that draws its pair."""
    counts = count_coverage(catalog(), "goshops")
    page = render_html(catalog(), counts, [], ["--specs", "a b"])
    check_links(page)
    parsed = Page(page)
    assert not parsed.with_class("pair")
    assert [each.text for each in parsed.with_class("tip")] == [
        f"translator coverage goshops {each.target} "
        f"--html goshops--{each.target}.html --specs 'a b'"
        for each in counts
    ]


@pytest.mark.parametrize(
    ("arguments", "title", "drawings"),
    [
        pytest.param([], "Coverage between formats", 0, marks=pytest.mark.nightly),
        (["cobi"], "Coverage between formats", 11),
        (["cobi", "miso"], "cobi to miso", 1),
    ],
)
def test_the_command_writes_the_page(
    arguments: list[str],
    title: str,
    drawings: int,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """--html writes a page of all pairs, of those of a source, or of one, and prints nothing."""
    file = tmp_path / "page.html"
    assert main(["coverage", *arguments, "--html", str(file)]) == 0
    assert capfd.readouterr().out == ""
    html = file.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert Page(html).find("h1")[0].text == title
    assert len(Page(html).with_class("pair")) == drawings


def test_a_page_that_cannot_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder that does not exist, or is none, is an error of usage that names the file."""
    for file in (tmp_path / "none" / "page.html", tmp_path):
        assert main(["coverage", "goshops", "miso", "--html", str(file)]) == 2
        assert f"cannot write '{file}'" in capfd.readouterr().err


def test_strings_are_escaped(tmp_path: Path) -> None:
    """Names, values, descriptions and lines of mappings are shown literally, however hostile."""
    field = {"type": "string", "description": HOSTILE, "enum": ["<b>", HOSTILE]}
    schema = {"type": "object", "properties": {"<u>": field, HOSTILE: {"type": "string"}}}
    for name in ("one", "two"):
        text = json.dumps(spec_document(schema))
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    (tmp_path / "one--two.yaml").write_text(
        "version: 2\nbetween: [one, two]\n# </pre><script>alert(1)</script>\nfields:\n  <u>: <u>\n"
        'lost:\n  one: {"<b>no</b> \\u202e place": ['
        + (name := json.dumps(format_path((HOSTILE,))))
        + f"]}}\n  two: {{no place: [{name}]}}\n",
        encoding="utf-8",
    )
    file = tmp_path / "page.html"
    folder = str(tmp_path)
    folders = ["--specs", folder, "--mappings", folder]
    assert main(["coverage", "one", "two", "--html", str(file), *folders]) == 0
    page = file.read_text(encoding="utf-8")
    check_links(page)
    body = page.partition("<body>")[2]
    assert not re.search(r"<(script>alert|u>|b>no)|\u202e", body)
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;no&lt;/b&gt; \\u202e place" in page
