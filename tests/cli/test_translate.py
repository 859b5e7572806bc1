"""`translator translate`: its input, its output, and how it reports errors."""

from __future__ import annotations

import builtins
import errno
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


def hidden_files(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".")]


def test_one_event(run: Run, event_file: Path) -> None:
    """Events go to standard output, counts to standard error, and the exit code is 0."""
    result = run("translate", "goshops", "miso", event_file)
    assert result.events == [TRANSLATED]
    assert result.err == "read 1, written 1, rejected 0\n"
    assert result.code == 0


def test_rejects_are_shown(run: Run, events: Path) -> None:
    """Without --rejects, each reject is a line on standard error, and the exit code is 1."""
    result = run("translate", "goshops", "miso", events)
    assert [event["product_ids"] for event in result.events] == [["SKU-1"], ["SKU-2"]]
    assert len(result.error_lines) == 2
    assert result.error_lines[0].startswith("line 2: invalid-event at $")
    assert result.error_lines[1] == "read 3, written 2, rejected 1 (invalid-event 1)"
    assert result.code == 1


def test_many_rejects_are_counted_by_cause(run: Run, tmp_path: Path) -> None:
    """Twenty rejects are shown; if there are more, all are counted by code and place."""
    file = tmp_path / "bad.ndjson"
    file.write_text("oops\n" * 49 + "{}\n")
    result = run("translate", "goshops", "miso", file)
    assert result.error_lines[0].startswith("line 1: invalid-json at $")
    assert ["is this NDJSON?" in line for line in result.error_lines[:3]] == [True, False, False]
    assert result.error_lines[19].startswith("line 20: invalid-json at $")
    heading, *causes, summary = result.error_lines[20:]
    assert heading == "50 rejects by cause (--rejects FILE saves them all):"
    assert causes[0].startswith("49  invalid-json at $: not JSON: ")
    assert causes[1] == "    lines 1, 2, 3, …"
    assert causes[2].startswith(" 1  invalid-event at $.project: ")
    assert causes[3] == "    line 50"
    assert len(causes) == 4
    assert summary == "read 50, written 0, rejected 50 (invalid-event 1, invalid-json 49)"
    assert run("translate", "goshops", "miso", file, "--quiet").error_lines == [
        *result.error_lines[:-1]
    ]


@pytest.mark.parametrize(
    ("event", "arguments", "option"),
    [
        ({"type": "read"}, ["--param", "project=p"], "--allow content-as-view"),
        ({"type": "like"}, [], "--param project=VALUE"),
        ({"type": "bookmark"}, ["--param", "project=p", "--strict"], "--accept type"),
    ],
    ids=["opt-in", "param", "loss"],
)
def test_option_that_helps(
    run: Run, tmp_path: Path, event: dict[str, Any], arguments: list[str], option: str
) -> None:
    """The option that would translate many rejects of one cause is named; with it, none is left."""
    file = tmp_path / "miso.ndjson"
    event |= {"user_id": "u", "product_ids": ["a"], "timestamp": "2024-05-01T12:00:00Z"}
    file.write_text(f"{json.dumps(event)}\n" * 30)
    result = run("translate", "miso", "goshops", file, *arguments)
    assert result.error_lines[22] == f"    lines 1, 2, 3, …; try {option}"
    option = option.replace("VALUE", "p")
    assert run("translate", "miso", "goshops", file, *arguments, *option.split()).code == 0


def test_causes_have_no_list_indexes(run: Run, tmp_path: Path) -> None:
    """Rejects at different items of a list have one cause."""
    file = tmp_path / "body.ndjson"
    file.write_text(json.dumps({"data": [{"type": "like"}] * 30}) + "\n")
    result = run("translate", "miso", "goshops", file, "--envelope")
    assert result.error_lines[21].startswith("30  no-item at $.data[]: ")
    assert result.error_lines[22] == "    line 1"


@pytest.mark.parametrize("option", ["-o", "--rejects", "--losses"])
def test_nul_in_a_path(run: Run, event_file: Path, option: str) -> None:
    """A path with a NUL character is a usage error."""
    result = run("translate", "goshops", "miso", event_file, option, "out\0put")
    assert result.code == 2
    assert result.err == f"translator: {option}: 'out\\x00put' contains a NUL character\n"


def test_output_over_the_input(run: Run, event_file: Path) -> None:
    """-o may not name the input file, which would be lost."""
    before = event_file.read_bytes()
    result = run("translate", "goshops", "miso", event_file, "-o", event_file)
    assert result.code == 2
    assert "-o and the input name the same file" in result.err
    assert event_file.read_bytes() == before


def test_rejects_are_safe_for_terminals(run: Run, tmp_path: Path) -> None:
    """A reject is truncated and shown on one line without control characters."""
    file = tmp_path / "bad.ndjson"
    event = {"project": "p", "data": {"event": "\x1b[31m\nred\u202e" + "x" * 5000}}
    file.write_text(json.dumps(event) + "\n")
    result = run("translate", "goshops", "miso", file)
    assert len(result.error_lines) == 2
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err
    assert len(result.error_lines[0]) <= 400


def test_rejects_file(run: Run, events: Path, tmp_path: Path) -> None:
    """--rejects receives each reject as an object with the event, and none is shown."""
    rejects = tmp_path / "rejects.ndjson"
    result = run("translate", "goshops", "miso", events, "--rejects", rejects)
    assert result.error_lines == ["read 3, written 2, rejected 1 (invalid-event 1)"]
    (reject,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert list(reject) == ["line", "code", "path", "message", "event"]
    assert (reject["line"], reject["code"]) == (2, "invalid-event")
    assert reject["event"] == {"project": "p1"}
    assert hidden_files(tmp_path) == []


def test_rejects_file_without_rejects(run: Run, event_file: Path, tmp_path: Path) -> None:
    """The rejects file is empty if nothing was rejected."""
    rejects = tmp_path / "rejects.ndjson"
    rejects.write_text("from an earlier run\n")
    assert run("translate", "goshops", "miso", event_file, "--rejects", rejects).code == 0
    assert rejects.read_text() == ""


def test_output_file(run: Run, event_file: Path, tmp_path: Path) -> None:
    """-o receives the events; standard output is empty, and no temporary file remains."""
    out = tmp_path / "out.ndjson"
    result = run("translate", "goshops", "miso", event_file, "-o", out)
    assert result.out == ""
    assert json.loads(out.read_text()) == TRANSLATED
    assert hidden_files(tmp_path) == []


def test_output_keeps_mode_and_link(run: Run, event_file: Path, tmp_path: Path) -> None:
    """Replacing a file preserves its permissions and symbolic links to it."""
    out, link = tmp_path / "out.ndjson", tmp_path / "link.ndjson"
    out.write_text("old")
    out.chmod(0o640)
    link.symlink_to(out)
    assert run("translate", "goshops", "miso", event_file, "-o", link).code == 0
    assert link.is_symlink()
    assert json.loads(out.read_text()) == TRANSLATED
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_output_to_a_device(run: Run, event_file: Path) -> None:
    """A device is written to, not replaced."""
    assert run("translate", "goshops", "miso", event_file, "-o", os.devnull).code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_quiet(run: Run, events: Path) -> None:
    """--quiet hides the counts but not the rejects."""
    result = run("translate", "goshops", "miso", events, "--quiet")
    assert len(result.error_lines) == 1
    assert result.error_lines[0].startswith("line 2: ")


def test_empty_file(run: Run, tmp_path: Path) -> None:
    """An empty file has an empty translation."""
    file = tmp_path / "empty.ndjson"
    file.touch()
    result = run("translate", "goshops", "miso", file)
    assert (result.code, result.out, result.err) == (0, "", "read 0, written 0, rejected 0\n")


def test_params(run: Run, tmp_path: Path, event_file: Path) -> None:
    """--param supplies a missing value, which may contain an equals sign."""
    miso = tmp_path / "miso.ndjson"
    event = {"type": "like", "user_id": "u", "product_ids": ["a"]}
    miso.write_text(json.dumps({**event, "timestamp": "2024-05-01T12:00:00Z"}) + "\n")
    result = run("translate", "miso", "goshops", miso, "--param", "project=a=b")
    assert [event_file["project"] for event_file in result.events] == ["a=b"]
    result = run("translate", "miso", "goshops", miso)
    assert result.error_lines[0].startswith("line 1: missing-param at $")


def test_opt_in(run: Run, tmp_path: Path) -> None:
    """--allow enables an opt-in; without it the event is rejected."""
    file = tmp_path / "read.ndjson"
    event = {"type": "read", "user_id": "u", "product_ids": ["a"]}
    file.write_text(json.dumps({**event, "timestamp": "2024-05-01T12:00:00Z"}) + "\n")
    command = ("translate", "miso", "goshops", file, "--param", "project=p")
    assert run(*command).code == 1
    assert run(*command, "--allow", "content-as-view").code == 0


def test_strict(run: Run, tmp_path: Path) -> None:
    """--strict rejects an event that would be approximated."""
    file = tmp_path / "bookmark.ndjson"
    event = {"type": "bookmark", "user_id": "u", "product_ids": ["a"]}
    file.write_text(json.dumps({**event, "timestamp": "2024-05-01T12:00:00Z"}) + "\n")
    command = ("translate", "miso", "goshops", file, "--param", "project=p")
    assert run(*command).code == 0
    result = run(*command, "--strict")
    assert result.code == 1
    assert result.error_lines[0].startswith("line 1: would-lose")


def test_crosswalk(run: Run, event_file: Path, tmp_path: Path) -> None:
    """--crosswalk translates ids; an id that is missing in the table is rejected."""
    table = tmp_path / "items.csv"
    table.write_text("goshops,miso\nSKU-1,M-1\n")
    result = run("translate", "goshops", "miso", event_file, "--crosswalk", f"items={table}")
    assert [event["product_ids"] for event in result.events] == [["M-1"]]
    table.write_text("goshops,miso\nSKU-2,M-2\n")
    result = run("translate", "goshops", "miso", event_file, "--crosswalk", f"items={table}")
    assert result.error_lines[0].startswith("line 1: unmappable-id at $.data.item")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["goshop", "miso", "FILE"], "goshops"),
        (["goshops", "misso", "FILE"], "miso"),
        (["goshops", "miso", "nowhere.ndjson"], "cannot read 'nowhere.ndjson': No such file"),
        (["goshops", "miso", "FOLDER"], "Is a directory"),
        (["goshops", "miso", "FILE", "-o", "FOLDER"], "Is a directory"),
        (["goshops", "miso", "FILE", "-o", "FOLDER/no/out"], "there is no folder"),
        (["goshops", "miso", "FILE", "--rejects", "FOLDER/no/out"], "there is no folder"),
        (["goshops", "miso", "FILE", "--rejects", "FILE"], "the input name the same file"),
        (["goshops", "miso", "FILE", "-o", "x", "--rejects", "./x"], "-o name the same file"),
        (["goshops", "miso", "FILE", "--rejects", "-"], "--rejects requires a file name"),
        (["goshops", "miso", "FILE", "--param", "timezone"], "does not have the form NAME=VALUE"),
        (["goshops", "miso", "FILE", "--param", "=UTC"], "does not have the form NAME=VALUE"),
        (["goshops", "miso", "FILE", "--param", "colour=red"], "timezone"),
        (["goshops", "miso", "FILE", "--param", "timezone=Mars/Base"], "timezone"),
        (
            ["goshops", "miso", "FILE", "--param", "timezone=UTC", "--param", "timezone=UTC"],
            "--param timezone is given twice",
        ),
        (["goshops", "miso", "FILE", "--allow", "anything"], "anything"),
        (["goshops", "miso", "FILE", "--crosswalk", "items"], "does not have the form NAME=VALUE"),
        (["goshops", "miso", "FILE", "--crosswalk", "items=no.csv"], "cannot read 'no.csv'"),
        (["goshops", "miso", "FILE", "--crosswalk", "colours=FILE"], "items"),
        (["goshops", "miso", "FILE", "--specs", "nowhere"], "there is no such folder"),
        (["goshops", "miso", "FILE", "--mappings", "FILE"], "there is no such folder"),
        (["goshops"], "TARGET"),
        (
            ["goshops", "miso", "--colour=red", "FILE"],
            "there is no option '--colour'; did you mean '--color'? (see translator",
        ),
        (["goshops", "miso", "FILE", "--sctrict"], "did you mean '--strict'?"),
        (["goshops", "miso", "FILE", "other"], "cannot read 'other': No such file"),
        (["goshops", "miso", "FILE", "--strict", "FOLDER"], "Is a directory"),
        (["goshops", "miso", "-", "-"], "standard input (-) is named twice"),
        (["goshops", "miso", "other", "FILE", "-o", "FILE"], "-o and the input name the same"),
        (["goshops", "miso", "FILE", "--summary", "-"], "--summary requires a file name"),
        (["goshops", "miso", "FILE", "--summary", "FILE"], "the input name the same file"),
        (["goshops", "miso", "FILE", "--max-rejects", "-1"], "--max-rejects"),
        (["goshops", "miso", "FILE", "--max-rejects", "some"], "'some' is not a number of events"),
        (["goshops", "miso", "FILE", "--max-rejects", "101%"], "a percentage such as 0.5%"),
    ],
)
def test_usage_errors(
    run: Run, event_file: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """A command that cannot run exits with 2, reports why, and writes nothing."""
    resolved = [
        argument.replace("FOLDER", str(tmp_path)).replace("FILE", str(event_file))
        for argument in arguments
    ]
    before = event_file.read_bytes()
    result = run("translate", *resolved)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
    assert result.out == ""
    assert event_file.read_bytes() == before
    assert os.listdir(tmp_path) == [event_file.name]


def test_file_after_options(run: Run, event_file: Path) -> None:
    """FILE may come before, between or after the options."""
    option = ("--param", "project=p1")
    before = run("translate", "goshops", "miso", event_file, *option)
    after = run("translate", "goshops", "miso", *option, event_file)
    between = run("translate", "goshops", *option, "miso", event_file, "--strict")
    assert before.code == after.code == between.code == 0
    assert before.out == after.out == between.out != ""


def test_unreadable_file(run: Run, event_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without read permission is reported with the reason."""
    real_open = builtins.open

    def deny(path: Any, *arguments: Any, **options: Any) -> Any:
        if path == str(event_file):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(builtins, "open", deny)
    result = run("translate", "goshops", "miso", event_file)
    assert (result.code, result.out) == (2, "")
    assert result.err == f"translator: cannot read '{event_file}': Permission denied\n"


def test_broken_mapping(run: Run, event_file: Path, tmp_path: Path) -> None:
    """An invalid mapping is reported with file, line and column."""
    folder = tmp_path / "mine"
    folder.mkdir()
    mapping = folder / "goshops.yaml"
    mapping.write_text("version: 1\nversion: 2\n")
    result = run("translate", "goshops", "miso", event_file, "--mappings", folder)
    assert result.code == 2
    assert result.err.startswith(f"{mapping}:2:1: error[yaml-duplicate-key]: ")


@pytest.mark.parametrize("content", ["", "[]", "{", "{}", '{"openapi": "3.1.1"}', "\ufeff", "null"])
def test_broken_spec(run: Run, event_file: Path, tmp_path: Path, content: str) -> None:
    """An unusable spec is reported with its file and exit code 2."""
    folder = tmp_path / "mine"
    folder.mkdir()
    spec = folder / "goshops.json"
    spec.write_text(content)
    result = run("translate", "goshops", "miso", event_file, "--specs", folder)
    assert result.code == 2
    assert str(spec) in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "table",
    [b"", b"goshops\nSKU-1\n", b"goshops,miso\na,b\na,c\n", b"\xff\xfe", b"goshops,miso\na\n"],
)
def test_broken_crosswalk(run: Run, event_file: Path, tmp_path: Path, table: bytes) -> None:
    """An unusable crosswalk is reported with exit code 2 before any event is read."""
    file = tmp_path / "items.csv"
    file.write_bytes(table)
    result = run("translate", "goshops", "miso", event_file, "--crosswalk", f"items={file}")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("translator: ")
    assert "Traceback" not in result.err
