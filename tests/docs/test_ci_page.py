"""The workflows and hooks of docs/ci.md are valid, and their commands find mistakes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT, blocks
from translator.language.yaml_tree import parse_yaml, to_data

PAGE = ROOT / "docs" / "ci.md"
YAML: dict[str, Any] = {
    block.file: to_data(parse_yaml(block.text, block.file))
    for block in blocks(PAGE)
    if block.file.startswith(".")
}
WORKFLOWS = {
    file: workflow for file, workflow in YAML.items() if file.startswith(".github/workflows/")
}
COMMANDS = {
    file: [
        step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step
    ]
    for file, workflow in WORKFLOWS.items()
}
HOOKS: Any = to_data(parse_yaml((ROOT / ".pre-commit-hooks.yaml").read_bytes(), "hooks"))


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a step of a workflow as its runner does: in the repository, with bash."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the shipped specs and mappings."""
    for name in ("specs", "mappings"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def misspell_value(repository: Path) -> tuple[str, int]:
    """Misspell a value in a mapping; return the file and the line."""
    file = repository / "mappings" / "goshops.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if "cart: add_to_cart" in line)
    lines[number] = lines[number].replace("add_to_cart", "add_to_crat")
    file.write_text("\n".join(lines), encoding="utf-8")
    return "mappings/goshops.yaml", number + 1


def test_the_page_has_workflows_and_hooks() -> None:
    """The page has two workflows, for annotations and for code scanning, and pre-commit hooks."""
    assert len(WORKFLOWS) == 2
    assert [file for file in YAML if file not in WORKFLOWS] == [".pre-commit-config.yaml"]


@pytest.mark.parametrize("file", WORKFLOWS)
def test_workflows_are_valid(file: str) -> None:
    """A workflow has a trigger and a runner, and each step is either an action or a command."""
    workflow = WORKFLOWS[file]
    assert set(workflow) == {"name", "on", "jobs"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
        assert job["steps"][0]["uses"].startswith("actions/checkout@")
    assert COMMANDS[file][0] == "pip install ."


def test_annotations_have_file_and_line(repository: Path) -> None:
    """The first workflow succeeds without mistakes, and annotates the line of a mistake."""
    (command,) = COMMANDS[".github/workflows/mappings.yaml"][1:]
    result = run(command, repository)
    assert (result.returncode, result.stdout.count("\n")) == (0, 1)
    assert result.stdout.startswith("checked ")
    file, line = misspell_value(repository)
    result = run(command, repository)
    assert result.returncode == 1
    assert f"::error file={file},line={line},col=" in result.stdout


def test_failed_checks_write_the_uploaded_file(repository: Path) -> None:
    """The second workflow writes the file that it uploads even if the check fails."""
    file = ".github/workflows/code-scanning.yaml"
    (job,) = WORKFLOWS[file]["jobs"].values()
    (upload,) = [step for step in job["steps"] if "upload-sarif" in step.get("uses", "")]
    assert upload["if"] == "always()"
    assert job["permissions"]["security-events"] == "write"
    name, line = misspell_value(repository)
    assert run(COMMANDS[file][1], repository).returncode == 1
    document = json.loads((repository / upload["with"]["sarif_file"]).read_text(encoding="utf-8"))
    results = document["runs"][0]["results"]
    locations = [result["locations"][0]["physicalLocation"] for result in results]
    assert {location["artifactLocation"]["uri"] for location in locations} == {name}
    assert line in {location["region"]["startLine"] for location in locations}


def test_hooks_exist_and_find_mistakes(repository: Path) -> None:
    """The page has every hook of the repository, and the check among them finds a mistake."""
    ((source,),) = [YAML[".pre-commit-config.yaml"]["repos"]]
    ids = [hook["id"] for hook in source["hooks"]]
    assert sorted(ids) == sorted(hook["id"] for hook in HOOKS)
    (check,) = [hook["entry"] for hook in HOOKS if hook["id"] == "translator-check"]
    assert run(check, repository).returncode == 0
    misspell_value(repository)
    assert run(check, repository).returncode == 1
