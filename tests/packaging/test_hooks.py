"""The hooks that a repository of specs and mappings can run before each commit."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest

from tests.language.schema_documents import ROOT, Json, load
from translator.cli.exits import DONE
from translator.cli.main import main

HOOKS: list[Json] = load(ROOT / ".pre-commit-hooks.yaml")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def hook(name: str) -> Json:
    (found,) = [one for one in HOOKS if one["id"] == name]
    return found


@pytest.mark.parametrize("one", HOOKS, ids=[one["id"] for one in HOOKS])
def test_a_hook_runs_a_command(one: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """A hook is run by a command of this project, with options that the command knows."""
    program, *arguments = shlex.split(one["entry"])
    assert program in PROJECT["scripts"]
    assert one["language"] == "python"
    assert one["name"] and one["description"]
    assert main([*arguments, "--help"]) == DONE
    shown = capsys.readouterr().out
    assert all(option in shown for option in arguments if option.startswith("--"))


@pytest.mark.parametrize("one", HOOKS, ids=[one["id"] for one in HOOKS])
def test_a_hook_is_installed_with_what_it_needs(one: Json) -> None:
    """What a hook is installed with beside the package are extras that the package has."""
    for needed in one.get("additional_dependencies", ()):
        extra = re.fullmatch(r"\.\[(\w+)\]", needed)
        assert extra is not None and extra[1] in PROJECT["optional-dependencies"]


@pytest.mark.parametrize(
    ("path", "is_run"),
    [
        ("specs/acme.json", True),
        ("generated/acme.py", True),
        ("vendor/specs/acme.json", False),
        ("mappings/acme.yaml", False),
        ("src/acme.py", False),
    ],
)
def test_models_are_compared_when_they_may_differ(path: str, is_run: bool) -> None:
    """`translator-generate` runs where a spec or a model has changed."""
    assert bool(re.search(hook("translator-generate")["files"], path)) is is_run
