"""The library caches plans of the shipped formats as the command line does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, TranslationError, Translator
from translator.catalog.discovery import Folders

ROOT = Path(__file__).parents[2]

SCRIPT = """
import sys
from translator import TranslationError, translate
event = {"project": "shop-1", "data": {"event": "purchase", "item": "SKU-1", "customer": "ada",
                                       "date": "2024-05-01T12:00:00Z"}}
print(translate(event, "goshops", "miso"))
compiled = "translator.engine.planner" in sys.modules
modules = sorted({"inspect", "msgspec", "jsonschema_rs", "yaml"} & sys.modules.keys())
event["data"]["date"] = 7
try:
    translate(event, "goshops", "miso")
except TranslationError as error:
    print(error)
print(compiled, *modules)
"""


def run(cache: str | Path | None, **environment: str) -> tuple[str, str]:
    """Translate an event in a new process; return the outcomes, and what was imported."""
    variables = {name: text for name, text in os.environ.items() if name != "TRANSLATOR_CACHE"}
    if cache is not None:
        variables["TRANSLATOR_CACHE"] = str(cache)
    variables |= {"PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-c", SCRIPT]
    completed = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    assert completed.stderr == ""
    *outcomes, imported = completed.stdout.splitlines()
    return "\n".join(outcomes), imported


def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    """The first process caches the plan; with it, the next imports neither compiler nor msgspec."""
    first, imported = run(tmp_path / "plans")
    assert imported.startswith("True ")
    assert run(tmp_path / "plans") == (first, "False")
    assert "'checkout'" in first and "invalid-event at $.data.date" in first
    (plan,) = (tmp_path / "plans").iterdir()
    plan.write_bytes(plan.read_bytes()[:-9])
    assert run(tmp_path / "plans") == (first, imported)
    assert run(tmp_path / "plans") == (first, "False")


def test_the_default_folder_is_the_users(tmp_path: Path) -> None:
    """Without `TRANSLATOR_CACHE`, plans are in the user's cache folder."""
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "LOCALAPPDATA": str(tmp_path)}  # fmt: skip
    assert run(None, **home)[1].startswith("True ")
    assert run(None, **home)[1] == "False"
    assert list(tmp_path.rglob("event-translator/*.plan"))


def test_off_writes_nothing(tmp_path: Path) -> None:
    """`TRANSLATOR_CACHE=off` compiles in memory."""
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    outcomes = [run("off", **home), run("off", **home)]
    assert outcomes[0] == outcomes[1] and outcomes[0][1].startswith("True ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("home", ["/dev/null", "/nonexistent", ""])
def test_an_unusable_home_is_no_error(home: str, tmp_path: Path) -> None:
    """Without a folder to write to, events are translated, and nothing is printed."""
    assert run(None, HOME=home, XDG_CACHE_HOME=home)[0] == run(tmp_path / "plans")[0]


def test_processes_may_start_at_once(tmp_path: Path) -> None:
    """Processes that compile the same pair at once give the same, and leave one plan."""
    with ThreadPoolExecutor(4) as pool:
        outcomes = set(pool.map(lambda _: run(tmp_path / "plans")[0], range(4)))
    assert len(outcomes) == 1
    assert [path.suffix for path in (tmp_path / "plans").iterdir()] == [".plan"]


EVENT: dict[str, Any] = json.loads(
    '{"project": "p", "data": {"event": "cart", "item": "i", "customer": "c", "date": "x"}}'
)


def test_tracebacks_show_the_source_of_each_translator(tmp_path: Path) -> None:
    """Translators that share a plan share its source, also once one of them is gone."""
    folders = Folders(cache_dir=str(tmp_path / "plans"))
    first, second = (Translator("goshops", "miso", catalog=folders) for _ in range(2))
    del first
    try:
        second.translate(EVENT)
    except TranslationError as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.line for frame in frames if frame.filename.startswith("<translator goshops")]
        assert lines and all(lines)
    else:
        pytest.fail("the event was translated")


def test_a_catalog_of_the_caller_is_compiled_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Formats of a `Catalog` are not cached, because it may have read its files earlier."""
    monkeypatch.setenv("TRANSLATOR_CACHE", str(tmp_path / "plans"))
    Translator("goshops", "miso", catalog=Catalog())
    assert not (tmp_path / "plans").exists()
