"""`incomplete` of the right: losses and reports. The translations are in `groups`."""

from __future__ import annotations

from pathlib import Path

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check, contract, explain

PAGE = event_schema({"url": STRING, "title": STRING}, ["url"])
SPECS = {
    "l": event_schema({"url": STRING, "title": STRING}),
    "r": event_schema({"page": PAGE}),
}
MAPPING = """version: 2
between: [l, r]
fields: {url: page.url, title: page.title}
incomplete: {r: {PATH: a page needs its url}}
"""


def catalog_of(folder: Path, path: str = "page") -> Catalog:
    return small_catalog(folder, SPECS, l__r=MAPPING.replace("PATH", path))


def test_what_is_left_out_is_lost(tmp_path: Path) -> None:
    """The reason of the entry is that of the loss, and the reports name it."""
    catalog = catalog_of(tmp_path)
    assert [each.code for each in check(catalog) if "l--r" in each.location.file] == []
    result = Translator("l", "r", catalog=catalog).translate_with_losses({"title": "t"})
    assert result.events == [{}]
    assert [(loss.path, loss.because) for loss in result.losses] == [
        ("$.title", "a page needs its url")
    ]
    assert contract(catalog, "l", "r").promises
    explanation = explain({"title": "t"}, "l", "r", catalog=catalog)
    assert [leaf.because for leaf in explanation.read if leaf.because] == ["a page needs its url"]


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    """An entry names a part of its own format."""
    found = [each for each in check(catalog_of(tmp_path, "pages")) if "l--r" in each.location.file]
    assert [(each.code, each.hint) for each in found] == [
        ("unknown-member", "did you mean 'page'?")
    ]
