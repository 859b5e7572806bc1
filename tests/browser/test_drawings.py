"""The drawings of `translator coverage` and `translator explain` in a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.views import VIEWS, accessibility_faults, is_too_wide, set_view
from tests.tools.small_formats import spec_document
from translator.cli.main import main
from translator.paths import format_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<script>alert(1)</script>\"'& \u202e" + "x" * 10_000

CHECKOUT = {
    "type": "checkout",
    "user_id": HOSTILE,
    "timestamp": "2024-05-01T12:00:00Z",
    "product_ids": ["A", "B"],
    "revenue": 12.5,
}


@pytest.fixture
def pair_page(tmp_path: Path) -> str:
    """The address of the page of a pair with many lines."""
    file = tmp_path / "page.html"
    assert main(["coverage", "segment", "ga4", "--html", str(file)]) == 0
    return file.as_uri()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_events_are_accessible(browser_page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    """The page of events, one of them refused, has no serious fault and fits the screen."""
    source, file = tmp_path / "in.ndjson", tmp_path / "page.html"
    events = [CHECKOUT, {"type": "read", "user_id": "ada", "product_ids": ["A"]}]
    source.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    command = ["explain", "miso", "goshops", str(source), "--param", "project=a"]
    assert main([*command, "--html", str(file)]) == 1
    set_view(browser_page, width, scheme)
    browser_page.goto(file.as_uri())
    assert accessibility_faults(browser_page) == []
    assert not is_too_wide(browser_page)


def test_hostile_names_do_no_harm(browser_page: Page, tmp_path: Path) -> None:
    """Names, values and descriptions with markup, or of 10,000 characters, fit a small screen."""
    field = {"type": "string", "description": HOSTILE, "enum": ["<b>", HOSTILE]}
    schema = {"type": "object", "properties": {HOSTILE: field}}
    name = json.dumps(format_path((HOSTILE,)))
    for each in ("one", "two"):
        (tmp_path / f"{each}.json").write_text(json.dumps(spec_document(schema)), encoding="utf-8")
    mapping = f"version: 2\nbetween: [one, two]\nfields:\n  ? {name}\n  : {name}\n"
    (tmp_path / "one--two.yaml").write_text(mapping, encoding="utf-8")
    file, folder = tmp_path / "page.html", str(tmp_path)
    folders = ["--specs", folder, "--mappings", folder]
    assert main(["coverage", "one", "two", "--html", str(file), *folders]) == 0
    browser_page.on("dialog", lambda _: pytest.fail("a script of the spec ran"))
    for width, scheme in VIEWS[::2]:
        set_view(browser_page, width, scheme)
        browser_page.goto(file.as_uri())
        assert not is_too_wide(browser_page)
        assert browser_page.locator("b, script").filter(has_text="alert(1)").count() == 0


def test_a_field_of_either_side_shows_its_lines(browser_page: Page, pair_page: str) -> None:
    """Pointing at a field, or moving to it, highlights its lines and shows what it is."""
    browser_page.goto(pair_page)
    end = browser_page.locator(".end", has_text="client_id").first
    end.locator("button").hover()
    assert browser_page.locator("path.on").count() == 2
    assert browser_page.locator(".start.on").count() == 2
    assert "required" in end.locator(".tip").inner_text()
    start = browser_page.locator(".start", has_text="userId").first
    start.locator("button").focus()
    browser_page.mouse.move(0, 0)
    assert browser_page.locator(".end.on").count() == 2
    assert start.locator(".tip").is_visible()
    browser_page.keyboard.press("Escape")
    assert not start.locator(".tip").is_visible()


def test_a_line_opens_by_keyboard(browser_page: Page, pair_page: str) -> None:
    """Enter opens the rules and values of a line; a rule leads to its line in the mapping."""
    browser_page.goto(pair_page)
    link = browser_page.locator(".link", has_text="values").first
    link.locator("summary").focus()
    browser_page.keyboard.press("Enter")
    box = link.locator(".box")
    box.wait_for(state="visible")
    assert "view_item" in box.inner_text()
    box.locator("a").first.click()
    target = browser_page.locator(":target")
    target.wait_for(state="visible")
    assert "event:" in target.inner_text()


def test_search_and_kinds_are_filters(browser_page: Page, pair_page: str) -> None:
    """What does not match is hidden, and the page counts what is left."""
    browser_page.goto(pair_page)
    lines = browser_page.locator(".link[data-from]")
    count = lines.count()
    browser_page.get_by_role("searchbox").fill("item_name")
    shown = [line for line in lines.all() if line.is_visible()]
    assert 0 < len(shown) < count
    assert f"{len(shown)} lines" in browser_page.locator("output").inner_text()
    browser_page.get_by_role("button", name="Show all").click()
    browser_page.locator(".off").first.wait_for(state="detached")
    assert all(line.is_visible() for line in lines.all())
    browser_page.get_by_role("combobox").select_option(label="Promotion Viewed (exact)")
    assert not browser_page.locator(".start", has_text="properties.brand").first.is_visible()
    assert browser_page.locator(".end", has_text="params.promotion_name").is_visible()


def test_a_print_shows_everything(browser_page: Page, pair_page: str) -> None:
    """On paper nothing is folded or filtered, and the drawing is there."""
    browser_page.goto(pair_page)
    browser_page.get_by_role("searchbox").fill("item_name")
    browser_page.evaluate("dispatchEvent(new Event('beforeprint'))")
    browser_page.emulate_media(media="print")
    assert all(each.is_visible() for each in browser_page.locator(".start").all())
    assert browser_page.locator("svg.lines").is_visible()
    for part in (".lost-field", ".leaf", ".kind", ".file pre"):
        assert all(each.is_visible() for each in browser_page.locator(part).all()), part
    assert not browser_page.locator(".controls").is_visible()


def test_without_scripts_the_page_is_readable(
    browser_page: Page, pair_page: str, tmp_path: Path
) -> None:
    """Without JavaScript a field still shows what it is, a line opens, and no control is dead."""
    page = tmp_path / "page.html"
    text = page.read_text(encoding="utf-8").partition("<script>")[0]
    page.write_text(text, encoding="utf-8")
    browser_page.goto(pair_page)
    start = browser_page.locator(".start", has_text="userId").first
    start.locator("button").hover()
    assert start.locator(".tip").is_visible()
    link = browser_page.locator(".link[data-from]").first
    link.locator("summary").click()
    assert link.locator(".box").is_visible()
    assert not browser_page.locator(".controls").is_visible()
