"""The site that mkdocs builds from docs/."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import ROOT, text
from tests.tools.site import build_site
from translator.errors import CODES, ERROR_CODES
from translator.report.findings import DOCUMENTATION
from translator.streaming.ndjson import STREAM_CODES

REPOSITORY = "https://github.com/event-translator/event-translator/"


class Html(HTMLParser):
    """The ids of a page, its links, and the addresses of what a browser loads with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.ids.add(attributes.get("id", ""))
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if "src" in attributes:
            self.loaded.append(attributes["src"])
        if tag == "link" and attributes["rel"] not in ("canonical", "prev", "next"):
            self.loaded.append(attributes["href"])


def checkout() -> set[Path]:
    """Return the files of the checkout that building a site could add to."""
    files = {path for path in ROOT.iterdir() if path.suffix != ".egg-info"}
    return files | {path for path in (ROOT / "docs").rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site, in a folder of its own; building it adds no file to the checkout."""
    folder = tmp_path_factory.mktemp("site")
    before = checkout()
    build_site(folder)
    yield folder
    assert checkout() <= before | {ROOT / ".pytest_cache", ROOT / ".hypothesis"}


def test_the_address_is_the_same_everywhere() -> None:
    """SARIF, the package's metadata and the site agree on the address of the documentation."""
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    assert project["urls"]["Documentation"] == DOCUMENTATION
    assert f"site_url: {DOCUMENTATION}\n" in text(ROOT / "mkdocs.yml")


@pytest.mark.nightly
def test_every_code_and_mapping_has_a_page(site: Path) -> None:
    """Each finding, each error and each file of examples has a page, at a stable address."""
    pages = [f"findings/{code}" for code in CODES]
    pages += [f"errors/{code}" for code in (*ERROR_CODES, *STREAM_CODES)]
    names = sorted(path.stem for path in (ROOT / "mappings" / "examples").glob("*.yaml"))
    pages += [f"examples/{name}" for name in names]
    for page in pages:
        assert posixpath.basename(page) in text(site / page / "index.html"), page


@pytest.mark.nightly
def test_links_of_the_site_resolve(site: Path) -> None:
    """Each link leads to a page of the site and a heading of it, or to an existing file."""
    pages = {path: Html(text(path)) for path in sorted(site.rglob("*.html"))}
    assert len(pages) > 150
    for path, page in pages.items():
        if path.name == "404.html":
            continue
        for link in page.links:
            parts = urlsplit(link)
            if link.startswith(REPOSITORY):
                file = re.sub(r"^(blob|tree)/main/", "", link.removeprefix(REPOSITORY))
                assert not file or (ROOT / file.partition("#")[0]).exists(), (path, link)
            elif not parts.netloc:
                target = Path(posixpath.normpath(path.parent / unquote(parts.path)))
                target = path if not parts.path else target
                target = target / "index.html" if target.is_dir() else target
                assert target.exists(), (path, link)
                anchor = unquote(parts.fragment)
                assert not anchor or anchor in pages[target].ids, (path, link)


@pytest.mark.nightly
def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    """Styles, scripts, images and fonts of the pages belong to the site."""
    for path in site.rglob("*.html"):
        loaded = Html(text(path)).loaded
        assert loaded and [url for url in loaded if urlsplit(url).netloc] == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(\W?(https?:)?//", text(path)), path


@pytest.mark.nightly
def test_llms_txt_lists_every_page(site: Path) -> None:
    """llms.txt has one line for each page: its title, address and description."""
    lines = [line for line in text(site / "llms.txt").splitlines() if line.startswith("- ")]
    found = [
        re.fullmatch(rf"- \[[^]]+\]\({re.escape(DOCUMENTATION)}(.*)\): .+", line) for line in lines
    ]
    addresses = [match[1] for match in found if match]
    pages = [path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")]
    assert sorted(addresses) == sorted(f"{page}/" if page != "." else "" for page in pages)
