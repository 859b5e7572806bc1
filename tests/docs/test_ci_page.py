"""The workflows and hooks of docs/ci.md are valid, and their commands find mistakes."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT, blocks, rows
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


DRIFT = ".github/workflows/drift.yaml"
ACTION: Any = to_data(parse_yaml((ROOT / "action.yml").read_bytes(), "action.yml"))


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a step of a workflow as its runner does: in the repository, with bash."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture
def repository(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the shipped specs and mappings.

    It is in the same place for all tests, so that the cache has the findings about what is as ever.
    """
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("TRANSLATOR_CACHE", str(base / "cache-of-findings"))
    folder = base / "repository"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("specs", "mappings"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def misspell_value(repository: Path) -> tuple[str, int]:
    """Misspell a value in a mapping; return the file and the line."""
    file = repository / "mappings" / "goshops.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if "cart: add_to_cart" in line)
    lines[number] = lines[number].replace("add_to_cart", "add_to_crat")
    file.write_text("\n".join(lines), encoding="utf-8")
    return "mappings/goshops.yaml", number + 1


def test_the_page_has_workflows_and_hooks() -> None:
    """The page has workflows for drift, annotations and code scanning, and pre-commit hooks."""
    assert len(WORKFLOWS) == 3
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
    assert COMMANDS[file][:1] == ([] if file == DRIFT else ["pip install ."])


@pytest.mark.nightly
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


@pytest.mark.nightly
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


@pytest.mark.nightly
def test_hooks_exist_and_find_mistakes(repository: Path) -> None:
    """The page has every hook of the repository, and the check among them finds a mistake."""
    ((source,),) = [YAML[".pre-commit-config.yaml"]["repos"]]
    ids = [hook["id"] for hook in source["hooks"]]
    assert sorted(ids) == sorted(hook["id"] for hook in HOOKS)
    (check,) = [hook["entry"] for hook in HOOKS if hook["id"] == "translator-check"]
    assert run(check, repository).returncode == 0
    misspell_value(repository)
    assert run(check, repository).returncode == 1


def test_the_action_is_used_with_its_inputs() -> None:
    """The workflow for drift runs the action once with each command, and its inputs exist."""
    (job,) = WORKFLOWS[DRIFT]["jobs"].values()
    steps = [step for step in job["steps"] if "/event-translator@" in step["uses"]]
    assert [step["with"]["command"] for step in steps] == ["check", "generate", "impact"]
    assert all(step["with"].keys() <= ACTION["inputs"].keys() for step in steps)


def test_the_inputs_of_the_action_are_listed() -> None:
    """The table of inputs has each input of the action, with its default."""
    listed = {
        cells[0].strip("`"): cells[1].strip("`") for cells in rows(PAGE, "All three on GitHub")
    }
    assert listed.keys() == ACTION["inputs"].keys()
    fixed = {name: entry["default"] for name, entry in ACTION["inputs"].items() if name != "since"}
    assert {name: listed[name] for name in fixed} == fixed


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("command", "mistake", "output"),
    [
        ("check", False, ""),
        ("check", True, "::error file=mappings/goshops.yaml,line="),
        ("impact", False, ""),
        ("impact", True, "::error file=mappings/goshops.yaml,line="),
        ("generate", False, ""),
        ("generate", True, "-"),
        ("chekc", False, "there is no command 'chekc'"),
    ],
)
def test_the_action_finds_mistakes(
    repository: Path, tmp_path: Path, command: str, mistake: bool, output: str
) -> None:
    """The action succeeds without mistakes, and fails and reports each kind of mistake."""
    shutil.copytree(ROOT / "generated", repository / "generated")
    git = "git -c user.name=Ada -c user.email=ada@example.com"
    assert not run(f"git init -q; git add .; {git} commit -qm Start", repository).returncode
    if mistake and command == "check":
        misspell_value(repository)
    elif mistake:
        spec = repository / "specs" / "goshops.json"
        text = spec.read_text(encoding="utf-8").replace('"customer"', '"user"')
        spec.write_text(text, encoding="utf-8")
    *_, step = ACTION["runs"]["steps"]
    inputs = {name: str(entry["default"]) for name, entry in ACTION["inputs"].items()}
    inputs |= {"command": command, "since": "HEAD"}
    summary = tmp_path / "summary.md"
    variables = {"RUNNER_TEMP": "/nowhere", "GITHUB_STEP_SUMMARY": str(summary)}
    for variable, value in step["env"].items():
        variables[variable] = inputs[value.removeprefix("${{ inputs.").removesuffix(" }}")]
    settings = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    result = run(f"{settings}\n{step['run']}", repository)
    expected = 2 if command == "chekc" else int(mistake)
    assert result.returncode == expected, result.stderr
    assert output in result.stdout
    if command == "impact":
        verdict = "this breaks: 2 to correct" if mistake else "no spec has changed since HEAD"
        assert verdict in summary.read_text(encoding="utf-8")
