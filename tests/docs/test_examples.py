"""Run the commands and the Python code on the pages, and compare their output."""

from __future__ import annotations

import doctest
import os
import shlex
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, Block, blocks, name
from translator.cli.main import main

LANGUAGES = {"console", "csv", "json", "python", "sh", "text", "toml", "yaml", "yml"}


def run_command(line: str, status: int, capfd: pytest.CaptureFixture[str]) -> tuple[str, int]:
    """Run a command line; return its output and exit code. `status` is the previous exit code."""
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
    raise AssertionError(f"cannot run {line!r}: only translator, cat FILE and echo $? are known")


def run_console(block: Block, capfd: pytest.CaptureFixture[str]) -> str:
    """Run the commands of a block; return the block with their actual output, stdout first."""
    status, transcript = 0, ""
    for line in block.text.splitlines():
        if line.startswith("$ "):
            output, status = run_command(line[2:], status, capfd)
            transcript += f"{line}\n{output}"
    return transcript


def doctest_failures(block: Block, page: str, variables: dict[str, object]) -> list[str]:
    """Run a block of Python and return its failures. All blocks of a page share `variables`."""
    test = doctest.DocTestParser().get_doctest(block.text, variables, page, page, block.line)
    assert test.examples, f"{page}:{block.line} has no example"
    runner, failures = doctest.DocTestRunner(verbose=False), list[str]()
    runner.run(test, out=failures.append, clear_globs=False)
    variables.update(test.globs)
    return failures


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[] if name(page) == "README.md" else [pytest.mark.nightly])
        for page in PAGES
    ],
    ids=name,
)
def test_examples_print_what_the_page_shows(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Commands and Python code print the output on the page, given the files on the page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    variables: dict[str, object] = {"__name__": "page"}
    for block in blocks(page):
        location = f"{name(page)}:{block.line}"
        assert block.language in LANGUAGES, location
        if block.file:
            os.makedirs(Path(block.file).parent, exist_ok=True)
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            assert run_console(block, capfd) == block.text, location
        elif block.language == "python":
            assert doctest_failures(block, name(page), variables) == [], location
