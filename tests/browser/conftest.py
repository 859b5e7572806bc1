"""A headless Chromium for all tests. Without playwright or Chromium, pytest skips this folder.

`make browser` installs playwright, and sets `REQUIRE_BROWSER`: then a missing part is an error.
`CHROMIUM` names another program than the `chromium` of the search path.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page


CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

_missing = [
    name
    for name, found in (
        ("playwright", find_spec("playwright")),
        ("axe-playwright-python", find_spec("axe_playwright_python")),
        ("Chromium", CHROMIUM),
    )
    if not found
]
if _missing and os.environ.get("REQUIRE_BROWSER"):
    raise pytest.UsageError(f"the tests in a browser need {' and '.join(_missing)}")
collect_ignore_glob = ["test_*.py"] if _missing else []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root, as in a container, cannot have the sandbox.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page without history or storage.

    After the test, the page has no error in its console, and no request has left this machine.
    """
    errors: list[str] = []
    urls: list[str] = []

    def note_errors(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    context = browser.new_context()
    context.on("console", note_errors)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("request", lambda request: urls.append(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: urls.append(socket.url))
    yield page
    context.close()
    assert [url for url in urls if not _stays_here(url)] == []
    assert errors == []


def _stays_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("file", "data", "blob") or parts.hostname == "127.0.0.1"
