"""Widths and colour schemes in which pages are tested, and what is wrong with a page in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

VIEWS = [(width, scheme) for width in (360, 768, 1280) for scheme in ("light", "dark")]
"""Widths in pixels, each with both colour schemes."""

_HEIGHT = 800


def set_view(page: Page, width: int, scheme: str) -> None:
    """Show a page at a width, in the colour scheme `light` or `dark`."""
    page.set_viewport_size({"width": width, "height": _HEIGHT})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def accessibility_faults(page: Page) -> list[str]:
    """Return the serious and critical faults that axe-core finds: rule, element and reason."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        f"{violation['id']}: {node['html']}: {node['failureSummary']}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def is_too_wide(page: Page) -> bool:
    """Return whether a page scrolls sideways."""
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))
