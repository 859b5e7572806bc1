"""The page on Spark shows the scripts that tests/spark submits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, text

PAGE = ROOT / "docs" / "spark.md"
SCRIPTS = sorted((ROOT / "examples" / "spark").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_the_page_shows_the_script(script: Path) -> None:
    """Each script is on the page as it is in the folder, with a command that submits it."""
    shown = {block.file: block.text for block in blocks(PAGE)}
    assert shown[script.name] == script.read_text(encoding="utf-8")
    assert f" examples/spark/{script.name} " in text(PAGE)


def test_each_script_of_the_page_is_an_example() -> None:
    """The page has no other Python code."""
    names = {block.file for block in blocks(PAGE) if block.language == "python"}
    assert names == {script.name for script in SCRIPTS}
