"""The configuration file: where it is found, what it says, and what takes precedence over it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.tools.small_formats import STRING, event_schema, small_catalog

LIKE = {"event": "like", "item": "SKU-2", "customer": "ada", "date": "2024-05-01T12:05:00"}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the formats `l` and `r` in it, and an event without an offset."""
    schema = event_schema({"id": STRING})
    small_catalog(tmp_path, {"l": schema, "r": schema}, l__r="fields: {id: id}\n")
    monkeypatch.chdir(tmp_path)
    Path("like.ndjson").write_text(json.dumps({"project": "p", "data": LIKE}), encoding="utf-8")
    return tmp_path


def configure(text: str, file: str = "event-translator.toml") -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text, encoding="utf-8")


def offset(run: Run, *options: object) -> str:
    """Translate the event, and return the offset that its date gets; the code if it is refused."""
    result = run("translate", "goshops", "miso", "like.ndjson", *options)
    return result.events[0]["timestamp"][-6:] if result.events else result.err.split()[2]


ZONE = '[params]\ntimezone = "Asia/Tokyo"\n'
PYPROJECT_ZONE = '[tool.event-translator.params]\ntimezone = "America/Lima"\n'


def test_params_of_the_file_are_used(run: Run) -> None:
    """A param of the file is given to each pair that has it, and to no other."""
    assert offset(run) == "missing-param"
    configure(ZONE + 'project = "unused by miso"\n')
    assert offset(run) == "+09:00"
    assert offset(run, "--no-config") == "missing-param"
    configure("[pairs.goshops.cobi]\nparams.timezone = 'Asia/Tokyo'\n")
    assert offset(run) == "missing-param"


def test_precedence(run: Run) -> None:
    """Command line, then the pair, then all pairs; event-translator.toml, then pyproject.toml."""
    configure(PYPROJECT_ZONE, "pyproject.toml")
    assert offset(run) == "-05:00"
    configure(ZONE)
    assert offset(run) == "+09:00"
    configure(ZONE + "[pairs.goshops.miso.params]\ntimezone = 'Asia/Kolkata'\n")
    assert offset(run) == "+05:30"
    assert offset(run, "--param", "timezone=Africa/Cairo") == "+03:00"


def test_the_nearest_file_is_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked for upwards; a pyproject.toml without the table is passed over."""
    configure(ZONE)
    configure('[project]\ndependencies = ["event-translator"]\n', "sub/pyproject.toml")
    monkeypatch.chdir("sub")
    Path("like.ndjson").write_bytes(Path("../like.ndjson").read_bytes())
    assert offset(run) == "+09:00"
    configure(PYPROJECT_ZONE, "pyproject.toml")
    assert offset(run) == "-05:00"
    assert offset(run, "--config", "../event-translator.toml") == "+09:00"


def test_opt_ins_and_strict(run: Run) -> None:
    """`allow`, `strict` and `accept` are arguments as on the command line."""
    event = {**LIKE, "event": "view", "date": "2024-05-01T12:05:00Z", "item": "ai_note:15"}
    interaction = {"action": "read", "actor": {"id": "a"}, "items": [{"id": "i"}]}
    interaction |= {"time": "2024-05-01T12:05:00Z", "carried": {"goshops": {"project": "p"}}}
    Path("read.ndjson").write_text(json.dumps(interaction), encoding="utf-8")
    command = ["translate", "interaction", "goshops", "read.ndjson"]
    assert run(*command).code == 1
    configure('allow = ["content-as-view"]\n')
    assert run(*command).code == 0
    Path("view.ndjson").write_text(json.dumps({"project": "p", "data": event}), encoding="utf-8")
    command = ["translate", "goshops", "aisquare", "view.ndjson"]
    configure("strict = true\n")
    assert "would-lose" in run(*command).err
    configure("strict = true\n[pairs.goshops.aisquare]\nstrict = false\n")
    assert "would-lose" not in run(*command).err


def test_crosswalks_are_relative_to_the_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in the file is relative to the folder of the file; it is only read if it is used."""
    configure("crosswalks.items = 'ids.csv'\n")
    Path("ids.csv").write_text("goshops,miso\nSKU-2,17\n", encoding="utf-8")
    Path("sub").mkdir()
    monkeypatch.chdir("sub")
    options = ["--param", "timezone=UTC"]
    result = run("translate", "goshops", "miso", "../like.ndjson", *options)
    assert result.events[0]["product_ids"] == ["17"]
    Path("../ids.csv").unlink()
    result = run("translate", "goshops", "miso", "../like.ndjson", *options)
    assert result.code == 2 and "cannot read '../ids.csv'" in result.err


def test_folders_are_used_by_all_commands(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formats of configured folders exist for every command."""
    configure('specs = ["specs"]\nmappings = ["mappings"]\n')
    Path("sub").mkdir()
    monkeypatch.chdir("sub")
    Path("l.ndjson").write_text('{"id": "a"}\n', encoding="utf-8")
    assert run("translate", "l", "r", "l.ndjson").out == '{"id":"a"}\n'
    assert run("explain", "l", "r", "l.ndjson").code == 0
    for command in ("show", "coverage", "contract"):
        assert run(command, "l", "r").code == 0
        assert run(command, "l", "r", "--no-config").code == 2
    assert " l, " in run("formats").out
    assert run("impact", "../specs/l.json", "../specs/l.json").code == 0
    result = run("check")
    assert result.code == 0
    assert "in ../specs, ../mappings (../event-translator.toml)" in result.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "alow = []",
            "event-translator.toml:1: alow: there is no key 'alow'; did you mean 'allow'?",
        ),
        ("strict = 1", ":1: strict: the value is not true or false"),
        ("allow = 'x'", ":1: allow: the value is not a list of strings"),
        ("specs = ['nowhere']", ":1: specs: there is no folder 'nowhere'"),
        ("\n[params]\ntime = 2024-05-01", ":3: params.time: a param cannot be a date: quote it"),
        ("[pairs.l.r]\n\nparms = {}", ":3: pairs.l.r.parms: there is no key 'parms'; did you mean"),
        ("[pairs.goshop.miso]", "pairs: there is no format 'goshop'; did you mean 'goshops'?"),
        ("[pairs.goshops]\nallow = []", ":2: pairs.goshops.allow: a pair has two names"),
        ("accept = ['id']", "write it for a pair, in [pairs.SOURCE.TARGET]"),
        ("strict = ", "the file is not TOML: Invalid value (at end of document)"),
        ("[crosswalks]\nitems = 1", ":2: crosswalks.items: the value is not a string"),
    ],
)
@pytest.mark.parametrize("command", [["translate", "goshops", "miso", "like.ndjson"], ["formats"]])
def test_errors_name_the_place(run: Run, text: str, message: str, command: list[str]) -> None:
    """Whatever is wrong in the file is a usage error with file, line, key and a hint."""
    configure(text)
    result = run(*command)
    assert result.code == 2 and message in result.err, result.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("params.timezon = 'UTC'", "params: no mapping has 'timezon'; did you mean 'timezone'?"),
        ("allow = ['content-as-views']", "allow: no mapping has 'content-as-views'; did you mean"),
        ("crosswalks.item = 'x.csv'", "crosswalks: no mapping has 'item'; did you mean 'items'?"),
    ],
)
def test_check_reports_names_that_no_mapping_has(run: Run, text: str, message: str) -> None:
    """A name for all pairs that no pair has is an error of the check."""
    configure(text)
    result = run("check", "mappings")
    assert result.code == 2 and message in result.err


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff", "the file is not UTF-8"), (b" " * 2_000_000, "the file is longer than")],
)
def test_a_file_that_cannot_be_used(run: Run, content: bytes, message: str) -> None:
    """Files in another encoding, too large or missing are errors; an empty one is not."""
    configure("")
    assert run("formats").code == 0
    Path("event-translator.toml").write_bytes(content)
    assert message in run("formats").err
    assert "cannot read 'x.toml'" in run("formats", "--config", "x.toml").err
    configure("", "pyproject.toml")
    result = run("formats", "--config", "pyproject.toml")
    assert "there is no table [tool.event-translator]" in result.err and result.code == 2
