"""What the pages list is all there is, and what they name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, blocks, name, prose, rows, text
from translator import Catalog
from translator.cli.main import COMMANDS, main
from translator.errors import ERROR_CODES
from translator.streaming.ndjson import STREAM_CODES

README = ROOT / "README.md"
ERRORS = ROOT / "docs" / "errors.md"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def listed(page: Path, heading: str) -> list[str]:
    return [row[0].strip("`") for row in rows(page, heading)]


@pytest.mark.parametrize(
    ("heading", "codes"),
    [("Events and calls", ERROR_CODES), ("Lines", STREAM_CODES)],
    ids=["events", "lines"],
)
def test_every_code_of_an_event_is_listed(heading: str, codes: dict[str, str]) -> None:
    """Each code of an event or a line is in its table once, and no other."""
    assert sorted(listed(ERRORS, heading)) == sorted(codes)


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
            if "://" not in target:
                yield page, target


@pytest.mark.parametrize(("page", "target"), list(links()), ids=str)
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    """A link names a file or folder that exists, and a heading in it."""
    file, _, anchor = target.partition("#")
    place = page.parent / file if file else page
    assert place.exists()
    assert not anchor or anchor in anchors(place)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_make_target_exists(page: Path) -> None:
    """Each `make TARGET` that a page tells to run is in the Makefile."""
    shells = [one.text for one in blocks(page) if one.language == "sh"]
    spans = re.findall(r"`make ([^`]*)`", prose(page))
    spans += re.findall(r"^make (.*?)(?: +#.*)?$", "\n".join(shells), re.MULTILINE)
    targets = {word for span in spans for word in span.split() if "=" not in word}
    assert [one for one in targets if not re.search(rf"^{one}:", MAKEFILE, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_an_option_exists(page: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each option that a page names is in the help of a command."""
    for command in COMMANDS:
        main([command, "--help"])
    main(["--help"])
    known = set(re.findall(r"--[a-z][a-z-]+", capfd.readouterr().out))
    spans = re.findall(r"`([^`]*)`", prose(page))
    named = {option for span in spans for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", span)}
    assert named - known == set()


def test_every_option_of_translate_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    """The README names each option of `translator translate`."""
    main(["translate", "--help"])
    known = set(re.findall(r"--[a-z][a-z-]+", capfd.readouterr().out)) - {"--help", "--output"}
    assert [option for option in sorted(known) if option not in text(README)] == []


def test_what_pairs_need_is_listed() -> None:
    """Each param, opt-in and crosswalk of a pair is in the README, with a format it belongs to."""
    table = {row[0].strip("`"): row[2] for row in rows(README, "What a pair needs")}
    named: set[str] = set()
    for pair in Catalog().pairs():
        names = {*(use.name for use in pair.params), *pair.opt_ins, *pair.crosswalks}
        named |= names
        for one in names:
            places = table[one]
            fits = f"from {pair.source}" in places or f"to {pair.target}" in places
            assert fits or places.startswith("everywhere"), (one, pair.source, pair.target)
    assert named == set(table)


def test_the_readme_opens_with_what_there_is() -> None:
    """The README says what the tool does, shows an event in and out, then the two commands."""
    opening = text(README).partition("\n## ")[0]
    places = [
        opening.index(one)
        for one in ("Translates", "```json", "```console", "make demo", "make test")
    ]
    assert places == sorted(places)


def test_the_pages_speak_of_the_project_only() -> None:
    """No page names a folder that is not part of the project."""
    for page in PAGES:
        assert not re.search(r"(?<![\w.])(/work|/tmp|\.\./shared|\.\./\.\.)", text(page)), name(
            page
        )
