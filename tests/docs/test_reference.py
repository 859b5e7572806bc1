"""Lists in the documentation are complete, and everything that it refers to exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import translator
from tests.docs.pages import PAGES, ROOT, anchors, blocks, name, prose, rows, text
from translator import Catalog, Translator
from translator.cli import exits
from translator.cli.main import COMMANDS, main
from translator.errors import ERROR_CODES
from translator.streaming.ndjson import STREAM_CODES

README = ROOT / "README.md"
CLI = ROOT / "docs" / "cli.md"
ERRORS = ROOT / "docs" / "errors.md"
GUIDE = ROOT / "docs" / "adding-a-format.md"
SOURCE = "https://github.com/event-translator/event-translator/blob/main/"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def first_cells(page: Path, heading: str) -> list[str]:
    return [row[0].strip("`") for row in rows(page, heading)]


def options(command: str, capfd: pytest.CaptureFixture[str]) -> set[str]:
    """Return the options in the help of a command, or of the program if it is empty."""
    found: set[str] = set()
    for words in ([command, "import"], [command, "update"]) if command == "spec" else [[command]]:
        main([*filter(None, words), "--help"])
        pattern = r"(?m)^  (?:-\w(?: [A-Z]+)?, )?(--[a-z][a-z-]+)"
        found.update(re.findall(pattern, capfd.readouterr().out))
    return found


@pytest.mark.parametrize(
    ("heading", "codes"),
    [("Events and calls", ERROR_CODES), ("Lines", STREAM_CODES)],
    ids=["events", "lines"],
)
def test_every_error_code_is_listed(heading: str, codes: dict[str, str]) -> None:
    """The tables of error codes list each code once, and no others."""
    assert sorted(first_cells(ERRORS, heading)) == sorted(codes)


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
            # The README is also the page of the package index, where relative links break.
            target = target.removeprefix(SOURCE) if page == README else target
            if "://" not in target:
                yield page, target


def test_links_of_the_readme_are_absolute() -> None:
    """Each link of the README is absolute or leads to a heading of it."""
    targets = re.findall(r"\]\(([^)]+)\)", text(README))
    assert targets and all(target.startswith(("https://", "#")) for target in targets)


@pytest.mark.parametrize(("page", "target"), list(links()), ids=str)
def test_links_resolve(page: Path, target: str) -> None:
    """Each link within the project leads to an existing file or folder, and to a heading in it."""
    file, _, anchor = target.partition("#")
    path = page.parent / file if file else page
    assert path.exists()
    assert not anchor or anchor in anchors(path)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_tests_exist(page: Path) -> None:
    """Each path below tests/ that a page names exists."""
    paths = re.findall(r"(?<![\w/])tests/[\w/.-]*\w", text(page))
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_exist(page: Path) -> None:
    """Each `make TARGET` on a page is a target of the Makefile."""
    shells = [block.text for block in blocks(page) if block.language == "sh"]
    spans = re.findall(r"`make ([^`]*)`", prose(page))
    spans += re.findall(r"^make (.*?)(?: +#.*)?$", "\n".join(shells), re.MULTILINE)
    targets = {word for span in spans for word in span.split() if "=" not in word}
    missing = [target for target in targets if not re.search(rf"(?m)^{target}:", MAKEFILE)]
    assert missing == []


def test_options_exist(capfd: pytest.CaptureFixture[str]) -> None:
    """Each option that a page names is an option of some command."""
    known = set().union(*(options(command, capfd) for command in ("", *COMMANDS)))
    for page in PAGES:
        spans = re.findall(r"`([^`]*)`", prose(page))
        named = {option for span in spans for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", span)}
        assert named - known == set(), page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_listed(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    """docs/cli.md lists each option of each command, with the commands that have it."""
    listed: set[str] = set()
    for row in rows(CLI, "Commands and options"):
        if row[0].startswith("`--") and (f"`{command}`" in row[1] or row[1].startswith("all")):
            listed.update(re.findall(r"--[a-z][a-z-]+", row[0]))
    assert options(command, capfd) - listed == {"--help"}


@pytest.mark.parametrize("page", [README, CLI], ids=name)
def test_every_command_is_listed(page: Path) -> None:
    """The README and docs/cli.md list each command, and no others."""
    heading = "Commands" if page == README else "Commands and options"
    cells = [cell.removeprefix("translator ") for cell in first_cells(page, heading)]
    assert {cell.split()[0] for cell in cells if cell[:1].isalpha()} - {"option"} == set(COMMANDS)


def test_every_exit_code_is_listed() -> None:
    """docs/cli.md lists each exit code of the command line once."""
    codes = sorted(code for code in vars(exits).values() if isinstance(code, int))
    assert first_cells(CLI, "Exit codes") == [str(code) for code in codes]


def test_every_public_name_is_listed() -> None:
    """docs/python.md lists each public name of the package."""
    section = text(ROOT / "docs" / "python.md").partition("## Public names")[2]
    assert [public for public in translator.__all__ if f"`{public}`" not in section] == []


def test_everything_that_pairs_need_is_listed() -> None:
    """docs/cli.md lists each param, opt-in and crosswalk, with the formats that use it."""
    formats_by_name = {
        name: row[2]
        for row in rows(CLI, "What a pair needs")
        for name in re.findall(r"`([^`]*)`", row[0])
    }
    names: set[str] = set()
    for pair in Catalog().pairs():
        pair_names = {*(param.name for param in pair.params), *pair.opt_ins, *pair.crosswalks}
        names |= pair_names
        for need in pair_names:
            formats = formats_by_name[need]
            fits = f"from {pair.source}" in formats or f"to {pair.target}" in formats
            assert fits or formats.startswith("everywhere"), (need, pair.source, pair.target)
    assert names == set(formats_by_name)


def test_the_readme_abridges_the_guide() -> None:
    """The mapping in the README has only lines of the mapping in docs/adding-a-format.md."""
    (short,) = [block.text for block in blocks(README) if block.language == "yaml"]
    (full,) = [block.text for block in blocks(GUIDE) if block.file.endswith("mappings/acme.yaml")]
    remaining = iter(line.split("#")[0].strip() for line in full.splitlines())
    missing = [line for line in short.splitlines() if line.split("#")[0].strip() not in remaining]
    assert missing == []


def test_the_readme_mapping_translates(tmp_path: Path) -> None:
    """The abridged mapping in the README translates Acme's events."""
    (spec,) = [block.text for block in blocks(GUIDE) if block.file.endswith("acme.json")]
    (mapping,) = [block.text for block in blocks(README) if block.language == "yaml"]
    (tmp_path / "acme.json").write_text(spec, encoding="utf-8")
    (tmp_path / "acme.yaml").write_text(mapping, encoding="utf-8")
    to_miso = Translator("acme", "miso", catalog=Catalog([tmp_path], [tmp_path]))
    event = {"shop": "s1", "kind": "bought", "sku": "SKU-1", "visitor": "ada", "at": 0}
    assert to_miso.translate(event)["type"] == "checkout"
