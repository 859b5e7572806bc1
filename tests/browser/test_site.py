"""The site of the documentation in a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.views import VIEWS, accessibility_faults, is_too_wide, set_view
from tests.tools.site import build_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = ("", "findings/selection-overlap/", "examples/goshops/", "api/")


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site on this machine."""
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    handler = partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible(
    browser_page: Page, site: str, path: str, width: int, scheme: str
) -> None:
    """A page has no serious accessibility fault and does not scroll sideways."""
    set_view(browser_page, width, scheme)
    browser_page.goto(site + path)
    assert accessibility_faults(browser_page) == []
    assert not is_too_wide(browser_page)


def test_the_search_finds_a_code(browser_page: Page, site: str) -> None:
    """The search leads to the page of a code."""
    browser_page.goto(site)
    browser_page.get_by_role("textbox", name="Search").fill("selection-overlap")
    browser_page.locator(".md-search-result__link").first.click()
    browser_page.wait_for_url("**/findings/selection-overlap/**")
    assert browser_page.title() == "selection-overlap - event-translator"
