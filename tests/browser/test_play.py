"""The playground in a browser: what a mapping, an event or a link changes on the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.views import VIEWS, accessibility_faults, is_too_wide, set_view
from tests.play.conftest import EVENT, serving
from tests.tools.shipped import ROOT
from translator.catalog.catalog import Catalog
from translator.play.session import Session, Start

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=alert(1)>\u202egnp" + "x" * 10_000
VIEW = {"type": "product_detail_page_view", "user_id": "u", "product_ids": ["a"],
        "timestamp": "2024-05-01T12:00:00Z"}  # fmt: skip
WRONG = "is: actoin"
SWAPPED = [("view: view", "view: purchase"), ("purchase: purchase", "purchase: view")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a playground that begins with an event of one pair."""
    start = Start("goshops", "miso", (json.dumps(EVENT, indent=2),), "mine.ndjson")
    with serving(Session(Catalog(), start)) as page:
        yield page.server.url


@pytest.fixture
def page(browser_page: Page, url: str) -> Page:
    """The playground, once it shows a translation."""
    browser_page.goto(url)
    wait_for_event(browser_page, "product_detail_page_view")
    return browser_page


def wait_for_event(page: Page, text: str) -> None:
    page.locator("body:not(.stale) #events pre", has_text=text).first.wait_for()


def edit(page: Page, *changes: tuple[str, str]) -> None:
    editor = page.locator("#mapping")
    text = editor.input_value()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    editor.fill(text)


def test_an_edited_mapping_changes_the_translation(page: Page) -> None:
    """An edit of the mapping changes the translation, and Reset takes it back."""
    edit(page, *SWAPPED)
    wait_for_event(page, "checkout")
    page.get_by_role("button", name="Reset").click()
    wait_for_event(page, "product_detail_page_view")


def test_a_broken_mapping(page: Page) -> None:
    """A finding appears on its line and in the list; meanwhile the translation is stale."""
    edit(page, ("is: action", WRONG))
    page.locator("#findings li", has_text="interaction has no field 'actoin'").wait_for()
    page.locator("#stale", has_text="the mapping has errors").wait_for()
    page.locator("#mapping-editor .marks span", has_text="has no field 'actoin'").wait_for()
    text = page.locator("#mapping").input_value()
    line = text[: text.index(WRONG)].count("\n")  # the rule begins one line above
    page.get_by_role("button", name=f"goshops.yaml:{line}", exact=True).first.click()
    start = page.evaluate("document.getElementById('mapping').selectionStart")
    assert text[:start].count("\n") + 1 == line
    assert "product_detail_page_view" in page.locator("#events").inner_text()
    edit(page, (WRONG, "is: action"))
    page.locator("#no-findings").wait_for()
    wait_for_event(page, "product_detail_page_view")


def test_findings_of_compiling(page: Page) -> None:
    """After a pause, findings appear that only compiling every kind of event reveals."""
    page.locator('#findings[data-complete="true"]').wait_for(state="attached")


def test_an_event_that_is_not_json(page: Page) -> None:
    """An event that is not JSON, or is refused, is reported with its place."""
    page.locator("#event").fill('{"a": 1,\n "b"}')
    page.locator("#event-error", has_text="line 2, column 5").wait_for()
    page.locator("#event").fill("{}")
    page.locator("#refusal", has_text="What to do:").wait_for()
    assert page.locator("#event-error").is_hidden()


def test_examples_pairs_and_params(page: Page) -> None:
    """The menus choose an example and a pair, whose params are inputs."""
    page.locator("#example").select_option(index=2)
    wait_for_event(page, "SKU-204")
    page.get_by_role("button", name="Swap").click()
    page.locator("#route", has_text="miso → interaction → goshops").wait_for()
    page.locator("#event").fill(json.dumps(VIEW))
    page.get_by_label("project").fill("shop-9")
    wait_for_event(page, "shop-9")
    page.locator("#source").select_option("segment")
    page.locator("#target").select_option("ga4")
    page.locator("#route", has_text="segment → interaction → ga4").wait_for()
    page.locator("body:not(.stale) #events pre").first.wait_for()


def test_a_link_holds_the_work(page: Page, browser_page: Page, url: str) -> None:
    """The address of the page restores mapping and event, on another page too."""
    page.locator("#event").fill(json.dumps({**EVENT, "project": "of-a-link"}))
    edit(page, *SWAPPED)
    wait_for_event(page, "checkout")
    page.get_by_role("button", name="Copy link").click()
    page.locator("#status", has_text="link").wait_for()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    wait_for_event(page, "checkout")
    assert "of-a-link" in page.locator("#event").input_value()
    assert page.locator("#edited").is_visible()


@pytest.mark.parametrize("fragment", ["1.AAAA", "0.e30", "x", "0.%%%", "1." + "A" * 5000])
def test_broken_links(browser_page: Page, url: str, fragment: str) -> None:
    """A link that cannot be read is reported, and the page works without it."""
    browser_page.goto(f"{url}#{fragment}")
    browser_page.locator("#problem", has_text="cannot be opened").wait_for()
    browser_page.locator("#events pre").first.wait_for()


def test_history(page: Page) -> None:
    """Earlier states can be chosen again."""
    from playwright.sync_api import expect

    history = page.locator("#history option")
    expect(history).to_have_count(2)
    page.locator("#event").fill(json.dumps({**EVENT, "project": "later"}))
    expect(history).to_have_count(3)
    assert "goshops → miso" in (history.nth(1).text_content() or "")
    page.locator("#history").select_option(index=2)
    expect(page.locator("#event")).to_have_value(json.dumps(EVENT, indent=2))


def test_without_storage(browser_page: Page, url: str) -> None:
    """A browser that stores nothing, as in private mode, shows the page without history."""
    browser_page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }});"
    )
    browser_page.goto(url)
    wait_for_event(browser_page, "product_detail_page_view")
    browser_page.wait_for_timeout(2500)
    assert browser_page.locator("#history option").all_text_contents() == ["empty"]


def test_hostile_values(page: Page) -> None:
    """Markup, bidirectional and very long text is shown as text, and does not widen the page."""
    set_view(page, 360, "light")
    page.locator("#event").fill(json.dumps({**EVENT, "project": HOSTILE}))
    page.locator("#losses", has_text="<img src=x").wait_for()
    edit(page, ("is: action", "is: '<img src=x onerror=alert(1)>\u202e'"))
    page.locator("#findings li").first.wait_for()
    assert page.locator("img:not(#picture)").count() == 0
    assert "\u202e" not in page.locator("main .column").nth(1).inner_text()
    assert "\u202e" not in page.locator("#findings").inner_text()
    assert not is_too_wide(page)


def test_keyboard(page: Page) -> None:
    """Tab visits each control in turn, leaves the editors, and returns to the start."""
    visited: list[Any] = []
    page.locator("#source").focus()
    for _ in range(80):
        page.keyboard.press("Tab")
        visited.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        if visited[-1] in ("BODY", "source"):
            break
    assert {"target", "example", "event", "mapping-name", "mapping", "how-scroll"} <= set(visited)
    assert visited.index("event") < visited.index("mapping") < visited.index("how-scroll")
    assert visited[-1] in ("BODY", "source")
    assert "\t" not in page.locator("#mapping").input_value()


def test_indentation(page: Page) -> None:
    """Enter begins a line with the indentation of the one before, and can be undone."""
    page.locator("#mapping").fill("a:\n  b:")
    page.locator("#mapping").press("End")
    page.keyboard.type("\nc")
    assert page.locator("#mapping").input_value() == "a:\n  b:\n  c"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_accessibility(page: Page, width: int, scheme: str) -> None:
    """With a finding and a stale translation, there is no serious accessibility fault."""
    set_view(page, width, scheme)
    assert accessibility_faults(page) == []
    edit(page, ("is: action", WRONG))
    page.locator("#findings li").first.wait_for()
    page.locator("#stale").wait_for()
    assert accessibility_faults(page) == []
    assert not is_too_wide(page)


def test_saving(browser_page: Page, tmp_path: Path) -> None:
    """Save writes the file; a file that changed meanwhile is not overwritten without asking."""
    file = tmp_path / "goshops.yaml"
    file.write_bytes((ROOT / "mappings" / "goshops.yaml").read_bytes())
    start = Start("goshops", "miso", (json.dumps(EVENT),))
    with serving(Session(Catalog(mappings=[tmp_path]), start, writes=True)) as server:
        page = browser_page
        page.goto(server.server.url)
        wait_for_event(page, "product_detail_page_view")
        edit(page, ("view: view", "view: like"))
        page.get_by_role("button", name="Save").click()
        page.locator("#status", has_text="saved").wait_for()
        assert "view: like" in file.read_text(encoding="utf-8")
        file.write_text("# of another editor\n" + file.read_text(encoding="utf-8"))
        edit(page, ("view: like", "view: purchase"))
        page.keyboard.press("Control+s")
        page.locator("#conflict-text", has_text="changed on disk").wait_for()
        assert "view: like" in file.read_text(encoding="utf-8")
        page.get_by_role("button", name="Keep my text").click()
        page.get_by_role("button", name="Save").click()
        page.locator("#status", has_text="saved").wait_for()
        page.locator("#edited").wait_for(state="hidden")
        assert "view: purchase" in file.read_text(encoding="utf-8")
        page.goto("about:blank")
