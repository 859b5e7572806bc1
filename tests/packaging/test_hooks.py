"""The pre-commit hooks for repositories of specs and mappings."""

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


each_hook = pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])


def hook_of(name: str) -> Json:
    return next(entry for entry in HOOKS if entry["id"] == name)


@each_hook
def test_a_hook_runs_a_command(hook: Json, capsys: pytest.CaptureFixture[str]) -> None:
    """A hook runs a command of this project with known options."""
    program, *arguments = shlex.split(hook["entry"])
    assert program in PROJECT["scripts"]
    assert hook["language"] == "python"
    assert hook["name"] and hook["description"]
    assert main([*arguments, "--help"]) == DONE
    usage = capsys.readouterr().out
    assert all(option in usage for option in arguments if option.startswith("--"))


@each_hook
def test_dependencies_of_a_hook_are_extras(hook: Json) -> None:
    """The additional dependencies of a hook are extras of the package."""
    for dependency in hook.get("additional_dependencies", ()):
        extra = re.fullmatch(r"\.\[(\w+)\]", dependency)
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
def test_changed_specs_and_models_run_the_generate_hook(path: str, is_run: bool) -> None:
    """`translator-generate` runs if a spec or a model has changed."""
    assert bool(re.search(hook_of("translator-generate")["files"], path)) is is_run
