"""The smaller commands, the help, and errors that concern all commands."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, view_event
from translator.cli.main import COMMANDS
from translator.errors import TranslatorError
from translator.play.server import PlayServer

Run = Callable[..., Any]

FORMATS = ["aisquare", "algolia", "cobi", "ga4", "goshops", "interaction", "miso", "personalize",
           "retail", "segment", "snowplow", "xapi"]  # fmt: skip


def test_formats(run: Run) -> None:
    """`formats` lists every format and every pair."""
    result = run("formats")
    assert result.code == 0
    assert result.err == ""
    first, *_ = result.out.splitlines()
    assert first == f"formats: {', '.join(FORMATS)}"
    rows = [line.split()[:2] for line in result.out.splitlines()]
    assert ["goshops", "miso"] in rows
    assert ["miso", "goshops"] in rows
    assert not any(line != line.rstrip() for line in result.out.splitlines())


def test_formats_as_json(run: Run) -> None:
    """With `--output-format json`, `formats` prints the params, opt-ins and crosswalks as data."""
    data = json.loads(run("formats", "--output-format", "json").out)
    assert data["formats"] == FORMATS
    pairs = {(pair["source"], pair["target"]): pair for pair in data["pairs"]}
    pair = pairs["miso", "goshops"]
    params = {param["name"]: param for param in pair["params"]}
    assert {"project"} <= params.keys()
    assert params["project"]["about"]
    assert set(pair["opt_ins"]) == {"anonymous-as-customer", "content-as-view"}
    assert set(pair["crosswalks"]) == {"items", "users"}


def test_show(run: Run) -> None:
    """`show` prints Python code that compiles."""
    result = run("show", "goshops", "miso")
    assert result.code == 0
    compile(result.out, "shown", "exec")


def test_show_unknown(run: Run) -> None:
    """`show` of an unknown format lists the known formats."""
    result = run("show", "goshops", "mars")
    assert result.code == 2
    assert all(name in result.err for name in FORMATS)


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A fake model generator: a dictionary of its results and its calls."""
    state: dict[str, Any] = {"models": ["a", "b"], "difference": [], "calls": []}

    def generate(specs: Path, out: Path, _shipped: object) -> list[str]:
        state["calls"].append(("generate", specs, out))
        if isinstance(state["models"], Exception):
            raise state["models"]
        return list(state["models"])

    def diff(specs: Path, out: Path, _shipped: object) -> list[str]:
        state["calls"].append(("diff", specs, out))
        return list(state["difference"])

    monkeypatch.setattr("translator.schema.models.generate_models", generate)
    monkeypatch.setattr("translator.schema.models.diff_models", diff)
    return state


def test_generate(run: Run, generator: dict[str, Any]) -> None:
    """`generate` writes models of ./specs to ./generated and prints their paths."""
    result = run("generate")
    assert generator["calls"] == [("generate", Path("specs"), Path("generated"))]
    assert result.out.splitlines() == ["generated/a.py", "generated/b.py"]
    assert result.code == 0


def test_generate_with_other_folders(run: Run, generator: dict[str, Any]) -> None:
    """--specs and --out select other folders."""
    run("generate", "--specs", "s", "--out", "o")
    assert generator["calls"] == [("generate", Path("s"), Path("o"))]


def test_generate_check(run: Run, generator: dict[str, Any]) -> None:
    """--check writes no files, and exits with 1 and the difference if there is one, else with 0."""
    result = run("generate", "--check")
    assert (result.code, result.out, result.err) == (0, "", "")
    generator["difference"] = ["--- a", "+++ b"]
    result = run("generate", "--check")
    assert (result.code, result.out) == (1, "--- a\n+++ b\n")
    assert "run `translator generate`" in result.err
    assert [call[0] for call in generator["calls"]] == ["diff", "diff"]


def test_generate_fails(run: Run, generator: dict[str, Any]) -> None:
    """An error of the generator is reported with exit code 2."""
    generator["models"] = TranslatorError("the generator is not installed")
    result = run("generate")
    assert (result.code, result.err) == (2, "translator: the generator is not installed\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "translator: error: name a COMMAND (see translator --help)"),
        (
            "translat",
            "translator: error: there is no command 'translat'; did you mean 'translate'?",
        ),
        (
            "--nonsense",
            "translator: error: there is no option '--nonsense' (see translator --help)",
        ),
        ("--verison", "there is no option '--verison'; did you mean '--version'?"),
        ("xyz", "there is no command 'xyz'; choose from translate, formats"),
        ("check --al", "translator check: error: there is no option '--al'; did you mean '--all'?"),
        ("translate a b --outptu c", "option '--outptu'; did you mean '--output'?"),
        (
            "check --output-format jsno",
            "--output-format: there is no choice 'jsno'; did you mean 'j",
        ),
        ("coverage --color red", "argument --color: there is no choice 'red'; choose from auto, a"),
        ("show goshops", "translator show: error: the following arguments are required: TARGET"),
    ],
)
def test_wrong_usage(run: Run, arguments: str, message: str) -> None:
    """Wrong usage exits with 2, and prints the usage of the command and a similar name."""
    result = run(*arguments.split())
    assert result.code == 2
    assert message in result.err
    program = message.partition(":")[0] if message.startswith("translator ") else "translator"
    assert result.err.startswith(f"usage: {program} ")


def examples(help_text: str) -> list[list[str]]:
    """Return the command lines among the examples of a help."""
    (lines,) = re.findall(r"(?m)^examples:\n((?:  .*\n)+)", help_text)
    return [shlex.split(line) for line in lines.splitlines()]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(run: Run, command: str) -> None:
    """The help of each command has examples and lists the exit codes; its lines are short."""
    result = run(*command.split(), "--help")
    assert result.code == 0
    assert "exit codes:" in result.out
    assert all(len(line) <= 100 for line in result.out.splitlines())
    assert all(command in " ".join(example) for example in examples(result.out))


@pytest.mark.nightly
@pytest.mark.parametrize("command", sorted({*COMMANDS, ""} - {"generate", "completion"}))
def test_examples_of_the_help(
    run: Run,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    """The examples in the help of each command can be pasted.

    The files are in the same place for all commands, which share a cache, as those of users do.
    """
    arguments = [words[1:] for words in examples(run(*command.split(), "--help").out)]
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("TRANSLATOR_CACHE", str(base / "cache-of-examples"))
    folder = base / "examples"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("specs", "mappings"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "specs" / "goshops.json", folder / "goshops-2.json")
    (folder / "events.ndjson").write_text(json.dumps(view_event("ai_note:15")), encoding="utf-8")
    (folder / "items.csv").write_text("goshops,aisquare\nai_note:15,ai_note:15\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    monkeypatch.setattr(PlayServer, "serve_forever", lambda self: None)
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for command_line in (["init", "-q"], ["add", "."], ["commit", "-qm", "Add specs"]):
        subprocess.run([*git, *command_line], check=True, timeout=60)
    for words in arguments:
        words = words[: words.index(">")] if ">" in words else words
        result = run(*words)
        assert (result.code, "translator: " in result.err) == (0, False), words


def test_version(run: Run) -> None:
    """--version prints one line."""
    result = run("--version")
    assert result.code == 0
    assert result.out.startswith("translator ")
    assert result.out.count("\n") == 1


def test_bug(run: Run, generator: dict[str, Any]) -> None:
    """An unexpected exception exits with 70, prints the traceback and asks for a report."""
    generator["models"] = ZeroDivisionError("oh")
    result = run("generate")
    assert result.code == 70
    assert "ZeroDivisionError: oh" in result.err
    assert result.error_lines[-1].startswith("translator: this is a bug in translator")
