"""What commands print at a terminal: colours, and tables that fit its width."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, view_event
from translator.report.table import display_width

Run = Callable[..., Any]

COLOUR = re.compile(r"\x1b\[\d*m")


def at_terminal(
    folder: Path, *arguments: str, columns: int = 120, variables: Mapping[str, str] | None = None
) -> str:
    """Run a command at a terminal; return what it prints there."""
    terminal, child_end = pty.openpty()
    fcntl.ioctl(child_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    unset = {"COLUMNS", "NO_COLOR", "FORCE_COLOR"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PYTHONPATH": str(ROOT), "TERM": "xterm", **(variables or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "translator", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=child_end,
        stderr=child_end,
        cwd=folder,
        env=environment,
    )
    os.close(child_end)
    output = b""
    try:
        while chunk := os.read(terminal, 4096):
            output += chunk
    except OSError as error:  # what Linux reports at the end
        assert error.errno == errno.EIO
    finally:
        os.close(terminal)
        process.wait(timeout=60)
    return output.decode().replace("\r\n", "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an event and an unusable mapping."""
    (tmp_path / "event.ndjson").write_text(json.dumps(view_event("SKU-1")), encoding="utf-8")
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "goshops.yaml").write_text("version: 3\n", encoding="utf-8")
    return tmp_path


EXPLAIN = ("explain", "goshops", "miso", "event.ndjson")


@pytest.mark.parametrize("columns", [40, 60, 140])
def test_tables_fit_the_terminal(folder: Path, columns: int) -> None:
    """No line of a table is longer than the terminal, and no word of it is broken or lost."""
    text = COLOUR.sub("", at_terminal(folder, *EXPLAIN, columns=columns))
    assert all(display_width(line) <= columns for line in text.splitlines())
    assert {"$.data.event", "goshops.yaml:18", "miso.yaml:56", "same"} <= set(text.split())


def test_a_narrow_terminal_has_blocks(folder: Path) -> None:
    """On narrow terminals, each field of the event is a block of `name: value`."""
    text = COLOUR.sub("", at_terminal(folder, *EXPLAIN, columns=80))
    assert text.split("\n\n")[1].splitlines() == [
        'goshops: $.data.event "view"',
        "outcome: kept",
        'miso: $.type "product_detail_page_view"',
        "by: goshops.yaml:18 values, miso.yaml:11 row",
    ]


@pytest.mark.parametrize(
    ("options", "variables", "has_colours"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_at_a_terminal(
    folder: Path, options: list[str], variables: dict[str, str], has_colours: bool
) -> None:
    """A terminal has colours unless --color, NO_COLOR or TERM say otherwise, in this order."""
    text = at_terminal(folder, *EXPLAIN, *options, variables=variables)
    assert ("\x1b[32mkept\x1b[0m" in text) is has_colours
    assert bool(COLOUR.search(text)) is has_colours


@pytest.mark.parametrize(
    ("options", "variables", "has_colours"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {}, True),
    ],
)
def test_colours_in_files(
    run: Run,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    variables: dict[str, str],
    has_colours: bool,
) -> None:
    """Files and pipes have colours only if --color or FORCE_COLOR says so."""
    monkeypatch.chdir(folder)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for arguments in ([*options, *EXPLAIN], [*EXPLAIN, *options]):
        assert bool(COLOUR.search(run(*arguments).out)) is has_colours


def test_findings_have_coloured_severities(run: Run, folder: Path) -> None:
    """Place, severity and code of findings and errors are coloured, as is a difference."""
    result = run("check", "--mappings", folder / "mappings", "--color", "always")
    file = folder / "mappings" / "goshops.yaml"
    head = f"\x1b[1m{file}:1:10\x1b[0m: \x1b[31merror[mapping-version]\x1b[0m: "
    assert head in result.out
    pair = ("goshops", "miso", "--mappings", folder / "mappings", "--color", "always")
    assert head in run("translate", *pair, folder / "event.ndjson").err
    assert COLOUR.sub("", result.out) == run("check", "--mappings", folder / "mappings").out


def test_differences_are_coloured(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`generate --check` colours removed and added lines."""
    lines = ["--- a", "+++ b", "@@ -1 +1 @@", "-old", "+new", " same"]
    monkeypatch.setattr("translator.schema.models.diff_models", lambda *_: lines)
    text = run("generate", "--check", "--color", "always").out
    assert "\n\x1b[31m-old\x1b[0m\n\x1b[32m+new\x1b[0m\n same\n" in text
    assert COLOUR.sub("", text).splitlines() == lines


@pytest.mark.nightly
def test_changes_of_a_spec_are_coloured(run: Run, tmp_path: Path) -> None:
    """`impact` colours removed and added fields and the places of findings."""
    old, new = ROOT / "specs" / "goshops.json", tmp_path / "goshops.json"
    new.write_text(old.read_text("utf-8").replace('"customer"', '"user"'), encoding="utf-8")
    text = run("impact", old, new, "--color", "always").out
    assert "\x1b[31m-\x1b[0m \x1b[31mdata.customer:\x1b[0m" in text
    assert "\x1b[32m+\x1b[0m \x1b[32mdata.user:\x1b[0m" in text
    assert "goshops.yaml:48:3\x1b[0m: \x1b[31merror[unknown-member]\x1b[0m: " in text
    assert COLOUR.sub("", text) == run("impact", old, new, "--color", "never").out
