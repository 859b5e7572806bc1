"""The other commands, and what the command line says of itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from translator.errors import TranslatorError

Run = Callable[..., Any]

FORMATS = ["aisquare", "cobi", "goshops", "interaction", "miso"]


def test_formats(run: Run) -> None:
    """`formats` lists every format, every pair, and what each param is."""
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
    """`formats --output-format json` gives the same for programs."""
    found = json.loads(run("formats", "--output-format", "json").out)
    assert found["formats"] == FORMATS
    (pair,) = [
        one for one in found["pairs"] if (one["source"], one["target"]) == ("miso", "goshops")
    ]
    params = {one["name"]: one for one in pair["params"]}
    assert {"project"} <= params.keys()
    assert params["project"]["about"]
    assert set(pair["opt_ins"]) == {"anonymous-as-customer", "content-as-view"}
    assert set(pair["crosswalks"]) == {"items", "users"}


def test_show(run: Run) -> None:
    """`show` prints the Python that runs, and it is Python."""
    result = run("show", "goshops", "miso")
    assert result.code == 0
    compile(result.out, "shown", "exec")


def test_show_unknown(run: Run) -> None:
    """`show` of a format that does not exist lists those that do."""
    result = run("show", "goshops", "mars")
    assert result.code == 2
    assert all(name in result.err for name in FORMATS)


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands for the making of models; holds what it was called with and is to answer."""
    held: dict[str, Any] = {"made": ["a", "b"], "difference": "", "called": []}

    def generate(specs: Path, out: Path) -> list[str]:
        held["called"].append(("generate", specs, out))
        if isinstance(held["made"], Exception):
            raise held["made"]
        return list(held["made"])

    def drift(specs: Path, out: Path) -> str:
        held["called"].append(("drift", specs, out))
        return str(held["difference"])

    module = ModuleType("translator.schema.models")
    module.generate_models, module.diff_models = generate, drift  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "translator.schema.models", module)
    return held


def test_generate(run: Run, maker: dict[str, Any]) -> None:
    """`generate` makes models of ./specs into ./generated, and names them."""
    result = run("generate")
    assert maker["called"] == [("generate", Path("specs"), Path("generated"))]
    assert result.out.splitlines() == ["generated/a.py", "generated/b.py"]
    assert result.code == 0


def test_generate_elsewhere(run: Run, maker: dict[str, Any]) -> None:
    """--specs and --out name folders of one's own."""
    run("generate", "--specs", "s", "--out", "o")
    assert maker["called"] == [("generate", Path("s"), Path("o"))]


def test_generate_check(run: Run, maker: dict[str, Any]) -> None:
    """--check writes nothing: exit code 0 when nothing differs, else 1 and the difference."""
    result = run("generate", "--check")
    assert (result.code, result.out, result.err) == (0, "", "")
    maker["difference"] = "--- a\n+++ b\n"
    result = run("generate", "--check")
    assert (result.code, result.out) == (1, "--- a\n+++ b\n")
    assert "run `translator generate`" in result.err
    assert [call[0] for call in maker["called"]] == ["drift", "drift"]


def test_generate_fails(run: Run, maker: dict[str, Any]) -> None:
    """What hinders the making of models is told, with exit code 2."""
    maker["made"] = TranslatorError("the generator is not installed")
    result = run("generate")
    assert (result.code, result.err) == (2, "translator: the generator is not installed\n")


@pytest.mark.parametrize("arguments", [[], ["translat"], ["--nonsense"], ["formats", "x"]])
def test_usage(run: Run, arguments: list[str]) -> None:
    """A wrong command is exit code 2, with the usage."""
    result = run(*arguments)
    assert result.code == 2
    assert result.err.startswith("usage: translator")


@pytest.mark.parametrize("command", ["", "translate", "formats", "show", "generate"])
def test_help(run: Run, command: str) -> None:
    """Each command has a help that ends with the exit codes."""
    result = run(*command.split(), "--help")
    assert result.code == 0
    assert "exit codes:" in result.out


def test_version(run: Run) -> None:
    """--version prints one line."""
    result = run("--version")
    assert result.code == 0
    assert result.out.startswith("translator ")
    assert result.out.count("\n") == 1


def test_defect(run: Run, maker: dict[str, Any]) -> None:
    """A defect of the program is exit code 70 with its traceback, never passed off as another."""
    maker["made"] = ZeroDivisionError("oh")
    result = run("generate")
    assert result.code == 70
    assert "ZeroDivisionError: oh" in result.err
    assert result.complaints[-1].startswith("translator: this is a defect")
