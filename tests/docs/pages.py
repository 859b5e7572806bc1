"""The pages people read: their fenced blocks, tables, headings and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it stands for if it names one, and its line.

    `verdict` is good or bad in the examples of findings, and empty elsewhere.
    """

    language: str
    file: str
    text: str
    line: int
    verdict: str = ""


def name(page: Path) -> str:
    """How a page is shown in a test's id."""
    return page.relative_to(ROOT).as_posix()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


_FENCE = re.compile(r"^```(\w*) ?(good\b|bad\b|) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page.

    An info string is a language, then maybe good or bad, and maybe a file's name.
    """
    return fenced(text(page))


def fenced(whole: str) -> list[Block]:
    """The fenced blocks of a page's text."""
    return [
        Block(found[1], found[3], found[4], whole.count("\n", 0, found.start()) + 1, found[2])
        for found in _FENCE.finditer(whole)
    ]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text(page))


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without the table's head."""
    _, _, after = prose(page).partition(f"# {heading}\n")
    assert after, f"{name(page)} has no heading {heading!r}"
    section = re.split(r"^#+ ", after, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def anchors(page: Path) -> set[str]:
    """What `#…` in a link may name: each heading, as code hosts spell it."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
