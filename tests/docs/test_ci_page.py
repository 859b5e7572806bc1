"""The snippets of docs/ci.md are what they are shown as, and what they run finds mistakes."""

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
    one.file: to_data(parse_yaml(one.text, one.file)) for one in blocks(PAGE) if one.file[:1] == "."
}
WORKFLOWS = {file: one for file, one in YAML.items() if file.startswith(".github/workflows/")}
COMMANDS = {
    file: [step["run"] for job in one["jobs"].values() for step in job["steps"] if "run" in step]
    for file, one in WORKFLOWS.items()
}
HOOKS: Any = to_data(parse_yaml((ROOT / ".pre-commit-hooks.yaml").read_bytes(), "hooks"))


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A step of a workflow as its runner runs it: in the repository, with bash."""
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
    """A repository whose specs and mappings are the shipped ones."""
    for name in ("specs", "mappings"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def break_it(repository: Path) -> tuple[str, int]:
    """Misspell a value in a mapping of a repository; gives the file and the line."""
    file = repository / "mappings" / "goshops.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if "cart: add_to_cart" in line)
    lines[number] = lines[number].replace("add_to_cart", "add_to_crat")
    file.write_text("\n".join(lines), encoding="utf-8")
    return "mappings/goshops.yaml", number + 1


def test_the_snippets_are_there() -> None:
    """The page has a workflow for annotations, one for code scanning, and hooks."""
    assert len(WORKFLOWS) == 2
    assert [one for one in YAML if one not in WORKFLOWS] == [".pre-commit-config.yaml"]


@pytest.mark.parametrize("file", WORKFLOWS)
def test_a_workflow_has_what_github_asks_for(file: str) -> None:
    """A workflow says when it runs, on what, and in each step either an action or a command."""
    workflow = WORKFLOWS[file]
    assert set(workflow) == {"name", "on", "jobs"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
        assert job["steps"][0]["uses"].startswith("actions/checkout@")
    assert COMMANDS[file][0] == "pip install ."


def test_annotations_name_the_lines_of_a_change(repository: Path) -> None:
    """The first workflow passes what is right, and names file and line of what is wrong."""
    (command,) = COMMANDS[".github/workflows/mappings.yaml"][1:]
    done = run(command, repository)
    assert (done.returncode, done.stdout.strip()) == (0, "")
    file, line = break_it(repository)
    done = run(command, repository)
    assert done.returncode == 1
    assert f"::error file={file},line={line},col=" in done.stdout


def test_what_is_uploaded_is_written(repository: Path) -> None:
    """The second workflow writes the file that it uploads, also where the check fails."""
    file = ".github/workflows/code-scanning.yaml"
    (job,) = WORKFLOWS[file]["jobs"].values()
    (upload,) = [one for one in job["steps"] if "upload-sarif" in one.get("uses", "")]
    assert upload["if"] == "always()"
    assert job["permissions"]["security-events"] == "write"
    name, line = break_it(repository)
    assert run(COMMANDS[file][1], repository).returncode == 1
    document = json.loads((repository / upload["with"]["sarif_file"]).read_text(encoding="utf-8"))
    places = [one["locations"][0]["physicalLocation"] for one in document["runs"][0]["results"]]
    assert {one["artifactLocation"]["uri"] for one in places} == {name}
    assert line in {one["region"]["startLine"] for one in places}


def test_the_hooks_exist_and_find_mistakes(repository: Path) -> None:
    """Each hook that the page names exists, and the check among them finds a mistake."""
    ((source,),) = [YAML[".pre-commit-config.yaml"]["repos"]]
    named = [one["id"] for one in source["hooks"]]
    assert sorted(named) == sorted(one["id"] for one in HOOKS)
    (check,) = [one["entry"] for one in HOOKS if one["id"] == "translator-check"]
    assert run(check, repository).returncode == 0
    break_it(repository)
    assert run(check, repository).returncode == 1
