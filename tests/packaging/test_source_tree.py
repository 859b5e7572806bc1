"""A source tree can be used without installing it, from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SCRIPT = """
from translator import Translator
from translator.catalog.discovery import Folders
print(*Folders().specs, *Folders().mappings)
print(Translator("goshops", "miso").target)
"""


def test_a_source_tree_uses_its_own_formats(tmp_path: Path) -> None:
    """The specs and mappings are those beside the package, whatever is installed."""
    tree = tmp_path / "tree"
    for name in ("translator", "specs", "mappings"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    completed = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": str(tree)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout.split() == [str(tree / "specs"), str(tree / "mappings"), "miso"]
