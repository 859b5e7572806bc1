"""What the pages show is what happens: their commands and their Python are run."""

from __future__ import annotations

import doctest
import os
import shlex
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, Block, blocks, name
from translator.cli.main import main

LANGUAGES = {"console", "csv", "json", "python", "sh", "text", "yaml", "yml"}


def shell(line: str, status: int, capfd: pytest.CaptureFixture[str]) -> tuple[str, int]:
    """What one command line of a page prints, and its exit code; `$?` is `status`."""
    match shlex.split(line):
        case ["translator", *arguments]:
            capfd.readouterr()
            status = main(arguments)
            out, err = capfd.readouterr()
            return out + err, status
        case ["cat", file]:
            return Path(file).read_text(encoding="utf-8"), 0
        case ["echo", "$?"]:
            return f"{status}\n", 0
    raise AssertionError(f"the tests do not know how to run {line!r}")


def as_run(block: Block, capfd: pytest.CaptureFixture[str]) -> str:
    """A console block with what its commands really print: standard output before error."""
    status, text = 0, ""
    for line in block.text.splitlines():
        if line.startswith("$ "):
            printed, status = shell(line[2:], status, capfd)
            text += f"{line}\n{printed}"
    return text


def as_doctest(block: Block, page: str, names: dict[str, object]) -> list[str]:
    """What is wrong with a block of Python; the names it makes are kept for the next."""
    parsed = doctest.DocTestParser().get_doctest(block.text, names, page, page, block.line)
    assert parsed.examples, f"{page}:{block.line} shows no example"
    runner, complaints = doctest.DocTestRunner(verbose=False), list[str]()
    runner.run(parsed, out=complaints.append, clear_globs=False)
    names.update(parsed.globs)
    return complaints


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_a_page_shows_happens(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Each file a page shows is written, and each command and example prints what it shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks(page):
        where = f"{name(page)}:{block.line}"
        assert block.language in LANGUAGES, where
        if block.file:
            os.makedirs(Path(block.file).parent, exist_ok=True)
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            assert as_run(block, capfd) == block.text, where
        elif block.language == "python":
            assert as_doctest(block, name(page), names) == [], where
