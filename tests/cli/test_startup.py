"""What the command line imports and reads before it translates the first event."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

NEVER = {
    "asyncio", "csv", "ctypes", "datamodel_code_generator", "difflib", "email.message", "http",
    "hypothesis", "importlib.metadata", "importlib.resources", "jinja2", "jsonschema",
    "multiprocessing", "pydantic", "ruff", "shutil", "ssl", "subprocess", "tempfile",
}  # fmt: skip
"""What translating a file never takes."""

COMPILING = {
    "fractions", "yaml", "jsonschema_rs", "translator.catalog.catalog",
    "translator.language.checker",
    "translator.compiler.module", "translator.runtime.numbers", "translator.language.parser",
    "translator.engine.planner",
    "translator.schema.types", "translator.schema.spec",
    "translator.validation.events",
    "translator.language.yaml_tree",
}  # fmt: skip
"""What only compiling takes, or judging by a validator."""

UNASKED = {
    "bz2", "gzip", "lzma", "zoneinfo", "translator.crosswalk", "translator.schema.lint",
    "translator.analysis.explain", "translator.engine.losses", "translator.streaming.workers",
    "translator.cli.check",
}  # fmt: skip
"""What takes an option that this command has not."""

# What the interpreter itself imported at its start is no matter of this package.
TOLD = """
import sys
before = set(sys.modules)
read = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        read.append(arguments[0])
sys.addaudithook(hook)
from translator.cli.main import main
code = main(sys.argv[1:])
import json
names = [one for one in sys.modules if one not in before]
print(json.dumps([code, names, read]), file=sys.stderr)
"""


def told(*arguments: object) -> tuple[set[str], set[str]]:
    """The modules that a command imported, and the files of formats that it read."""
    command = [sys.executable, "-c", TOLD, *map(str, arguments), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    code, modules, read = json.loads(done.stderr.splitlines()[-1])
    assert code == 0 and done.stdout
    files = {Path(one) for one in read if one.endswith((".json", ".yaml"))}
    return set(modules), {f"{one.parent.name}/{one.name}" for one in files}


@pytest.fixture
def command(one: Path) -> tuple[object, ...]:
    return ("translate", "goshops", "miso", one)


FILES = {
    "specs/goshops.json", "specs/interaction.json", "specs/miso.json", "mappings/goshops.yaml",
    "mappings/miso.yaml",
}  # fmt: skip


def test_only_what_is_asked_for_is_imported_and_read(command: tuple[object, ...]) -> None:
    """To compile a pair, only its files are read; no module is imported that it does not take."""
    modules, read = told(*command)
    assert modules & (NEVER | UNASKED) == set()
    assert read == FILES
    assert modules >= COMPILING


def test_a_kept_plan_takes_no_compiler(
    command: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a plan that was kept, nothing is imported of what compiles, and no validator."""
    monkeypatch.setenv("TRANSLATOR_CACHE", str(tmp_path / "plans"))
    told(*command)
    modules, read = told(*command)
    assert modules & (NEVER | UNASKED | COMPILING) == set()
    assert read == FILES
    assert "translator.engine.translator" in modules and "msgspec" in modules


def test_help_imports_next_to_nothing() -> None:
    """What only shows a text imports neither a reader of JSON nor the engine."""
    script = (
        "import sys\nfrom translator.cli.main import main\ncode = main(['--help'])\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(done.stderr.split())
    assert modules & {"msgspec", "yaml", "jsonschema_rs", "translator.engine.translator"} == set()
    assert "translator.cli.main" in modules and "translate" in done.stdout
