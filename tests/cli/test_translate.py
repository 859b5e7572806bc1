"""`translator translate`: what goes in and comes out, and where."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

TRANSLATED = {
    "type": "product_detail_page_view",
    "user_id": "u1",
    "product_ids": ["SKU-1"],
    "timestamp": "2024-05-01T12:00:00Z",
    "context": {"custom_context": {"goshops_project": "p1"}},
}


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".")]


def test_one_event(run: Run, one: Path) -> None:
    """Events go to standard output and the counts to standard error; all well is exit code 0."""
    result = run("translate", "goshops", "miso", one)
    assert result.events == [TRANSLATED]
    assert result.err == "read 1, written 1, rejected 0\n"
    assert result.code == 0


def test_rejects_are_shown(run: Run, events: Path) -> None:
    """Without --rejects each reject is a line on standard error; the exit code is 1."""
    result = run("translate", "goshops", "miso", events)
    assert [one["product_ids"] for one in result.events] == [["SKU-1"], ["SKU-2"]]
    assert len(result.complaints) == 2
    assert result.complaints[0].startswith("line 2: invalid-event at $")
    assert result.complaints[1] == "read 3, written 2, rejected 1 (invalid-event 1)"
    assert result.code == 1


def test_many_rejects(run: Run, tmp_path: Path) -> None:
    """However many they are, every reject is told where standard error is no terminal."""
    file = tmp_path / "bad.ndjson"
    file.write_text("oops\n" * 50)
    result = run("translate", "goshops", "miso", file)
    assert len(result.complaints) == 51
    assert result.complaints[49].startswith("line 50: invalid-json at $")
    assert result.complaints[50] == "read 50, written 0, rejected 50 (invalid-json 50)"


def test_many_rejects_on_a_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal shows twenty; the others are counted, and the way to them is said."""
    monkeypatch.setattr("translator.cli.console.is_terminal", lambda: True)
    file = tmp_path / "bad.ndjson"
    file.write_text("oops\n" * 50)
    result = run("translate", "goshops", "miso", file, "--quiet")
    assert len(result.complaints) == 21
    assert result.complaints[20] == "… and 30 more rejects; --rejects FILE keeps them all"


def test_output_over_the_input(run: Run, one: Path) -> None:
    """-o may not name the file that is read: the events would be gone."""
    before = one.read_bytes()
    result = run("translate", "goshops", "miso", one, "-o", one)
    assert result.code == 2
    assert "-o would replace the events that are read" in result.err
    assert one.read_bytes() == before


def test_rejects_steer_no_terminal(run: Run, tmp_path: Path) -> None:
    """A reject is shown on one line of bounded length, without control characters."""
    file = tmp_path / "bad.ndjson"
    event = {"project": "p", "data": {"event": "\x1b[31m\nred\u202e" + "x" * 5000}}
    file.write_text(json.dumps(event) + "\n")
    result = run("translate", "goshops", "miso", file)
    assert len(result.complaints) == 2
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err
    assert len(result.complaints[0]) <= 400


def test_rejects_file(run: Run, events: Path, tmp_path: Path) -> None:
    """--rejects takes each refused line as an object with the event; none is shown."""
    rejects = tmp_path / "rejects.ndjson"
    result = run("translate", "goshops", "miso", events, "--rejects", rejects)
    assert result.complaints == ["read 3, written 2, rejected 1 (invalid-event 1)"]
    (found,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert list(found) == ["line", "code", "path", "message", "event"]
    assert (found["line"], found["code"], found["event"]) == (2, "invalid-event", {"project": "p1"})
    assert leftovers(tmp_path) == []


def test_rejects_file_without_rejects(run: Run, one: Path, tmp_path: Path) -> None:
    """The file of rejects is there and empty when nothing was rejected."""
    rejects = tmp_path / "rejects.ndjson"
    rejects.write_text("from an earlier run\n")
    assert run("translate", "goshops", "miso", one, "--rejects", rejects).code == 0
    assert rejects.read_text() == ""


def test_output_file(run: Run, one: Path, tmp_path: Path) -> None:
    """-o takes the events; standard output stays empty and nothing else is left in the folder."""
    out = tmp_path / "out.ndjson"
    result = run("translate", "goshops", "miso", one, "-o", out)
    assert result.out == ""
    assert json.loads(out.read_text()) == TRANSLATED
    assert leftovers(tmp_path) == []


def test_output_keeps_mode_and_link(run: Run, one: Path, tmp_path: Path) -> None:
    """Replacing a file keeps its permissions, and a link to it stays a link."""
    out, link = tmp_path / "out.ndjson", tmp_path / "link.ndjson"
    out.write_text("old")
    out.chmod(0o640)
    link.symlink_to(out)
    assert run("translate", "goshops", "miso", one, "-o", link).code == 0
    assert link.is_symlink()
    assert json.loads(out.read_text()) == TRANSLATED
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_output_to_a_device(run: Run, one: Path) -> None:
    """A device is written to and never replaced."""
    assert run("translate", "goshops", "miso", one, "-o", os.devnull).code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_quiet(run: Run, events: Path) -> None:
    """--quiet leaves out the counts, never a reject."""
    result = run("translate", "goshops", "miso", events, "--quiet")
    assert len(result.complaints) == 1
    assert result.complaints[0].startswith("line 2: ")


def test_empty_file(run: Run, tmp_path: Path) -> None:
    """An empty file is translated to nothing."""
    file = tmp_path / "empty.ndjson"
    file.touch()
    result = run("translate", "goshops", "miso", file)
    assert (result.code, result.out, result.err) == (0, "", "read 0, written 0, rejected 0\n")


def test_params(run: Run, tmp_path: Path, one: Path) -> None:
    """--param fills what the events do not say; its value may hold an equals sign."""
    miso = tmp_path / "miso.ndjson"
    event = {"type": "like", "user_id": "u", "product_ids": ["a"]}
    miso.write_text(json.dumps({**event, "timestamp": "2024-05-01T12:00:00Z"}) + "\n")
    result = run("translate", "miso", "goshops", miso, "--param", "project=a=b")
    assert [one["project"] for one in result.events] == ["a=b"]
    result = run("translate", "miso", "goshops", miso)
    assert result.complaints[0].startswith("line 1: missing-param at $")


def test_opt_in(run: Run, tmp_path: Path) -> None:
    """--allow takes an opt-in by name; without it the event is rejected."""
    file = tmp_path / "read.ndjson"
    event = {"type": "read", "user_id": "u", "product_ids": ["a"]}
    file.write_text(json.dumps({**event, "timestamp": "2024-05-01T12:00:00Z"}) + "\n")
    command = ("translate", "miso", "goshops", file, "--param", "project=p")
    assert run(*command).code == 1
    assert run(*command, "--allow", "content-as-view").code == 0


def test_strict(run: Run, tmp_path: Path) -> None:
    """--strict rejects what would be approximated."""
    file = tmp_path / "bookmark.ndjson"
    event = {"type": "bookmark", "user_id": "u", "product_ids": ["a"]}
    file.write_text(json.dumps({**event, "timestamp": "2024-05-01T12:00:00Z"}) + "\n")
    command = ("translate", "miso", "goshops", file, "--param", "project=p")
    assert run(*command).code == 0
    result = run(*command, "--strict")
    assert result.code == 1
    assert result.complaints[0].startswith("line 1: would-lose")


def test_crosswalk(run: Run, one: Path, tmp_path: Path) -> None:
    """--crosswalk reads a table of ids; an id that is not in it is rejected."""
    table = tmp_path / "items.csv"
    table.write_text("goshops,miso\nSKU-1,M-1\n")
    result = run("translate", "goshops", "miso", one, "--crosswalk", f"items={table}")
    assert [found["product_ids"] for found in result.events] == [["M-1"]]
    table.write_text("goshops,miso\nSKU-2,M-2\n")
    result = run("translate", "goshops", "miso", one, "--crosswalk", f"items={table}")
    assert result.complaints[0].startswith("line 1: unmappable-id at $.data.item")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["goshop", "miso", "FILE"], "goshops"),
        (["goshops", "misso", "FILE"], "miso"),
        (["goshops", "miso", "nowhere.ndjson"], "cannot read 'nowhere.ndjson': No such file"),
        (["goshops", "miso", "FOLDER"], "Is a directory"),
        (["goshops", "miso", "FILE", "-o", "FOLDER"], "Is a directory"),
        (["goshops", "miso", "FILE", "-o", "FOLDER/no/out"], "No such file"),
        (["goshops", "miso", "FILE", "--rejects", "FOLDER/no/out"], "No such file"),
        (["goshops", "miso", "FILE", "--rejects", "FILE"], "the input name the same file"),
        (["goshops", "miso", "FILE", "-o", "x", "--rejects", "./x"], "-o name the same file"),
        (["goshops", "miso", "FILE", "--rejects", "-"], "needs the name of a file"),
        (["goshops", "miso", "FILE", "--param", "timezone"], "not of the form NAME=VALUE"),
        (["goshops", "miso", "FILE", "--param", "=UTC"], "not of the form NAME=VALUE"),
        (["goshops", "miso", "FILE", "--param", "colour=red"], "timezone"),
        (["goshops", "miso", "FILE", "--param", "timezone=Mars/Base"], "timezone"),
        (
            ["goshops", "miso", "FILE", "--param", "timezone=UTC", "--param", "timezone=UTC"],
            "--param timezone is given twice",
        ),
        (["goshops", "miso", "FILE", "--allow", "anything"], "anything"),
        (["goshops", "miso", "FILE", "--crosswalk", "items"], "not of the form NAME=VALUE"),
        (["goshops", "miso", "FILE", "--crosswalk", "items=no.csv"], "cannot read no.csv"),
        (["goshops", "miso", "FILE", "--crosswalk", "colours=FILE"], "items"),
        (["goshops", "miso", "FILE", "--specs", "nowhere"], "there is no such folder"),
        (["goshops", "miso", "FILE", "--mappings", "FILE"], "there is no such folder"),
        (["goshops"], "TARGET"),
        (["goshops", "miso", "FILE", "--sctrict"], "--sctrict"),
        (["goshops", "miso", "FILE", "FILE"], "unrecognized arguments"),
    ],
)
def test_cannot_be_done(
    run: Run, one: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    """What cannot be done as asked is exit code 2, a message that says why, and no output."""
    places = {"FILE": str(one), "FOLDER": str(tmp_path)}
    given = [
        argument.replace("FOLDER", places["FOLDER"]).replace("FILE", places["FILE"])
        for argument in arguments
    ]
    before = one.read_bytes()
    result = run("translate", *given)
    assert result.code == 2
    assert says in result.err
    assert "Traceback" not in result.err
    assert result.out == ""
    assert one.read_bytes() == before
    assert os.listdir(tmp_path) == [one.name]


def test_file_behind_options(run: Run, one: Path) -> None:
    """FILE may stand before the options, between them or behind them."""
    option = ("--param", "project=p1")
    before = run("translate", "goshops", "miso", one, *option)
    behind = run("translate", "goshops", "miso", *option, one)
    between = run("translate", "goshops", *option, "miso", one, "--strict")
    assert before.code == behind.code == between.code == 0
    assert before.out == behind.out == between.out != ""


def test_unreadable_file(run: Run, one: Path) -> None:
    """A file that may not be read is named, with the reason."""
    assert run("translate", "goshops", "miso", one).code == 0
    one.chmod(0)
    user = os.geteuid()
    if user == 0:  # who may read any file; all that is needed is imported by now
        os.seteuid(65534)
    try:
        result = run("translate", "goshops", "miso", one)
    finally:
        os.seteuid(user)
    assert result.code == 2
    assert "Permission denied" in result.err


def test_broken_mapping(run: Run, one: Path, tmp_path: Path) -> None:
    """A mapping of one's own that cannot be read is shown with file, line and column."""
    folder = tmp_path / "mine"
    folder.mkdir()
    mapping = folder / "goshops.yaml"
    mapping.write_text("version: 1\nversion: 2\n")
    result = run("translate", "goshops", "miso", one, "--mappings", folder)
    assert result.code == 2
    assert result.err.startswith(f"{mapping}:2:1: error[yaml-duplicate-key]: ")


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"openapi": "3.1.1"}', "\ufeff", "null"])
def test_broken_spec(run: Run, one: Path, tmp_path: Path, text: str) -> None:
    """A spec of one's own that cannot be used is exit code 2 and names its file."""
    folder = tmp_path / "mine"
    folder.mkdir()
    spec = folder / "goshops.json"
    spec.write_text(text)
    result = run("translate", "goshops", "miso", one, "--specs", folder)
    assert result.code == 2
    assert str(spec) in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "table",
    [b"", b"goshops\nSKU-1\n", b"goshops,miso\na,b\na,c\n", b"\xff\xfe", b"goshops,miso\na\n"],
)
def test_broken_crosswalk(run: Run, one: Path, tmp_path: Path, table: bytes) -> None:
    """A crosswalk that cannot be used is exit code 2 before any event is read."""
    file = tmp_path / "items.csv"
    file.write_bytes(table)
    result = run("translate", "goshops", "miso", one, "--crosswalk", f"items={file}")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("translator: ")
    assert "Traceback" not in result.err
