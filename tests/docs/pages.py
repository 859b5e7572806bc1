"""Parse the documentation pages: fenced blocks, tables, headings and links."""

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
    """A fenced block: its language, the file to write it to (or ""), and its line.

    `verdict` is "good" or "bad" for examples of findings, and empty elsewhere.
    """

    language: str
    file: str
    text: str
    line: int
    verdict: str = ""


def name(page: Path) -> str:
    """Return the path of a page in the repository, for test ids and messages."""
    return page.relative_to(ROOT).as_posix()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


_FENCE = re.compile(r"^```(\w*) ?(good\b|bad\b|) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    return parse_blocks(text(page))


def parse_blocks(markdown: str) -> list[Block]:
    """Parse fenced blocks. An info string is a language, then a verdict and a file, both optional.

    For example: `yaml bad acme/mappings/acme.yaml`.
    """
    return [
        Block(match[1], match[3], match[4], markdown.count("\n", 0, match.start()) + 1, match[2])
        for match in _FENCE.finditer(markdown)
    ]


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", text(page))


def rows(page: Path, heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without the header row."""
    _, _, after = prose(page).partition(f"# {heading}\n")
    assert after, f"{name(page)} has no heading {heading!r}"
    section = re.split(r"^#+ ", after, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def anchors(page: Path) -> set[str]:
    """Return the anchors that links to a page may use, one per heading."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
