"""What mypy and pyright say of code that uses the typed functions.

The code is in `shipped_formats.py` and `own_formats.py`. A line with `# error` has errors, and no
other line has any.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tools.shipped import SPEC_FILES
from translator.schema.models import generate_models

pytestmark = pytest.mark.nightly

ROOT = Path(__file__).resolve().parents[2]

PROGRAMS = ("shipped_formats.py", "own_formats.py")

ACME: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "Acme", "version": "1"},
    "x-event": "#/components/schemas/Event",
    "paths": {},
    "components": {
        "schemas": {
            "Event": {
                "type": "object",
                "required": ["kind", "list"],
                "properties": {
                    "kind": {"enum": ["seen", "bought"]},
                    "list": {"type": "array", "items": {"type": ["string", "null"]}},
                    "at": {"type": ["integer", "string"], "x-written": {"type": "string"}},
                    "user-id": {"type": "string"},
                    "place": {"type": "object", "properties": {"city": {"type": "string"}}},
                },
            },
        }
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a format of its own, beside the package as it is installed."""
    folder = tmp_path_factory.mktemp("project")
    package = folder / "translator"
    package.mkdir()
    for path in (ROOT / "translator").iterdir():
        (package / path.name).symlink_to(path)
    (package / "generated").symlink_to(ROOT / "generated")
    (folder / "specs").mkdir()
    (folder / "specs" / "acme.json").write_text(json.dumps(ACME), encoding="utf-8")
    shipped = {file.stem: str(file) for file in SPEC_FILES}
    generate_models(folder / "specs", folder / "generated", shipped)
    for name in PROGRAMS:
        (folder / name).write_bytes((ROOT / "tests" / "typing" / "programs" / name).read_bytes())
    (folder / "mypy.ini").write_text(
        "[mypy]\nstrict = True\nfollow_imports = silent\n", encoding="utf-8"
    )
    settings = {"typeCheckingMode": "strict", "reportPrivateUsage": "none"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def expected_errors(project: Path) -> list[tuple[str, int]]:
    return [
        (name, number)
        for name in PROGRAMS
        for number, line in enumerate((project / name).read_text("utf-8").splitlines(), 1)
        if line.endswith("# error")
    ]


def run(project: Path, *arguments: str) -> str:
    """The output of a tool in a project."""
    process = subprocess.run(
        [sys.executable, "-m", *arguments, *PROGRAMS, "generated/events.py"],
        cwd=project,
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "MYPYPATH": "", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1, process.stdout + process.stderr
    return process.stdout


def test_mypy(project: Path) -> None:
    """Mypy accepts what is right, and refuses misspelled formats, fields and options."""
    output = run(project, "mypy", "--no-error-summary")
    found = {
        (name, int(number)) for name, number in re.findall(r"^(\S+):(\d+): error", output, re.M)
    }
    assert sorted(found) == sorted(expected_errors(project)), output


def test_pyright(project: Path) -> None:
    """Pyright accepts what is right, and refuses misspelled formats, fields and options."""
    output = run(project, "pyright", "--pythonpath", sys.executable, "--outputjson")
    found = {
        (Path(finding["file"]).name, finding["range"]["start"]["line"] + 1)
        for finding in json.loads(output)["generalDiagnostics"]
        if finding["severity"] == "error"
    }
    assert sorted(found) == sorted(expected_errors(project)), output
