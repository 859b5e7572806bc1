"""The page of `translator coverage --html` in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.views import VIEWS, accessibility_faults, is_too_wide, set_view
from translator.cli.main import main

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_a_pair_is_accessible(browser_page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    """The page of a pair has no serious accessibility fault and does not scroll sideways."""
    file = tmp_path / "page.html"
    assert main(["coverage", "goshops", "miso", "--html", str(file)]) == 0
    set_view(browser_page, width, scheme)
    browser_page.goto(file.as_uri())
    assert accessibility_faults(browser_page) == []
    assert not is_too_wide(browser_page)
