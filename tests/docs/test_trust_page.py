"""The page on trust: what it names exists, and its numbers are those of the code and the tests."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, prose, rows, text
from tests.mutation.subjects import every
from tests.mutation.survivors import groups
from tests.mutation.test_mutants import STEP
from tests.structs.test_structs import READ
from tests.test_cases import ROOT as CHECKOUT
from tests.tools.arguments import callers
from tests.tools.judging import PAIRS
from translator.cli import main
from translator.commands import COMMANDS
from translator.yamlsource import parse_yaml, plain

PAGE = ROOT / "docs" / "trust.md"
NARROWER = "Where the laws are narrower than they sound"
HOLDING = [
    *sorted((ROOT / "tests" / "laws").glob("test_*.py")),
    ROOT / "tests" / "tools" / "accounting.py",
    ROOT / "tests" / "language" / "test_laws.py",
    ROOT / "tests" / "reference" / "test_reference.py",
    ROOT / "tests" / "structs" / "test_structs.py",
]
"""The files whose tests, and what those call, decide whether a law holds of an event."""


def spans() -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(PAGE))


@cache
def defined() -> frozenset[str]:
    """The functions and constants of the tests."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.FunctionDef(name=name):
                    found.add(name)
                case ast.Assign(targets=[ast.Name(id=name)]):
                    found.add(name)
    return frozenset(found)


def test_each_file_that_it_names_exists() -> None:
    """A path of the checkout that the page names is there."""
    named = [one for one in spans() if re.match(r"(tests|translator|mappings|specs)/", one)]
    assert len(named) > 20
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_each_test_that_it_names_exists() -> None:
    """A test, and what narrows one, is named as it is in the code."""
    named = [one for one in spans() if one.startswith("test_")]
    named += [one for row in rows(PAGE, NARROWER) for one in re.findall(r"`(\w+)`", row[0])]
    assert len(named) > 20
    assert [one for one in named if one not in defined()] == []


def test_each_command_that_it_names_exists() -> None:
    """A command of the translator that the page names is one."""
    named = [one.split()[1] for one in spans() if one.startswith("translator ")]
    assert len(named) > 5
    assert [one for one in named if one not in COMMANDS] == []


def passes_over(function: ast.FunctionDef) -> bool:
    """Whether a function may end, or leave something out, before it has asserted anything of it."""
    return any(
        isinstance(node, ast.Continue)
        or (isinstance(node, ast.Return) and node.value is None)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("assume", "pytest.skip"))
        for node in ast.walk(function)
    )


def narrowed(path: Path) -> Iterator[str]:
    """The tests of a file that may pass over an event, and what holds a law for them."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) if name.startswith(("test_", "hold_")):
                if passes_over(node):
                    yield name


@pytest.mark.parametrize("path", HOLDING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_passes_over_events_is_named(path: Path) -> None:
    """Each test of a law that may end before it has judged an event is on the page, with why."""
    named = {one for row in rows(PAGE, NARROWER) for one in re.findall(r"`(\w+)`", row[0])}
    helpers = {"hold_same_losses"}  # of a refusal it compares all there is, and then ends
    assert set(narrowed(path)) - named - helpers == set()


def counted(profile: str, modules: list[str]) -> dict[str, list[int]]:
    """How many laws each module has, and how many events they draw, under a profile."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.drawn", *modules],
        cwd=ROOT,
        env={**os.environ, "HYPOTHESIS_PROFILE": profile},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[int]] = json.loads(done.stdout)
    return found


def test_the_numbers_of_the_laws() -> None:
    """The table of laws has each file once, with how many it has and how many events they draw."""
    table = {row[1].strip("`"): row[2:] for row in rows(PAGE, "Laws")}
    files = {path for path in table if path.endswith(".py")}
    marked = {path.relative_to(ROOT).as_posix() for path in HOLDING if is_drawn_law(path)}
    assert files == marked
    modules = {path: path.removesuffix(".py").replace("/", ".") for path in sorted(files)}
    usual, long = (counted(name, list(modules.values())) for name in ("ci", "laws"))
    counts = {
        path: [usual[module][0], usual[module][1], long[module][1]]
        for path, module in modules.items()
    }
    expected = {path: [f"{number:,}" for number in found] for path, found in counts.items()}
    sums = [sum(found[column] for found in counts.values()) for column in range(3)]
    assert table == {**expected, "all": [f"{number:,}" for number in sums]}


def is_drawn_law(path: Path) -> bool:
    """Whether a file has laws that draw events."""
    source = path.read_text(encoding="utf-8")
    return "mark.laws" in source and "@given" in source and path.name != "test_draw.py"


def cases() -> int:
    files = (CHECKOUT / "tests" / "cases").glob("*.yaml")
    read = [plain(parse_yaml(path.read_bytes(), str(path))) for path in files]
    return sum(len(found) for found in read if isinstance(found, list))


WORDS = {6: "six", 7: "seven"}


@pytest.mark.parametrize(
    "phrase",
    [
        f"each of the {len(PAIRS)} ordered pairs of formats",
        f"each of the {len(READ)} pairs that are read so",
        f"{cases()} cases",
        f"one of {WORDS[len(callers())]}",
        f"every {STEP}rd mutant",
        f"{len(every()):,} | {len(every()) - sum(one.count for one in groups()):,} | "
        f"{sum(one.count for one in groups())}, each looked at",
        f"in {len(groups())} groups with reasons",
    ],
)
def test_a_number_is_that_of_the_code(phrase: str) -> None:
    """What the page counts is as many as there are."""
    assert phrase in text(PAGE)


def test_what_is_proved_is_what_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    """The lines that the page shows of a proof are among those that the command prints."""
    (shown,) = (one.text for one in blocks(PAGE) if one.language == "text")
    main(["check", "--explain", "goshops", "miso"])
    assert shown in capfd.readouterr().out
