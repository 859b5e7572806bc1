"""Another source for one module of the package, put in its place before anything imports it.

As a pytest plugin (`-p tests.emitter_mutation.swapping`) it takes the module's name and its source
from the file that `EMITTER_MUTANT` names.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2] / "translator"


class Swapped(MetaPathFinder, Loader):
    """Finds one module, with the source it is given."""

    def __init__(self, module: str, source: str) -> None:
        self._name, self._source = f"translator.{module}", source
        self._file = str(PACKAGE / f"{module}.py")

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self, origin=self._file) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._file, "exec"), module.__dict__)


def swap(module: str, source: str) -> None:
    """Give a module this source; whatever of the package depends on it is imported anew."""
    affected = {module}
    while more := {one for one, known in imports().items() if known & affected} - affected:
        affected |= more
    for name in affected:
        sys.modules.pop(f"translator.{name}", None)
    sys.modules.pop("translator", None)
    sys.meta_path.insert(0, Swapped(module, source))


@cache
def imports() -> dict[str, set[str]]:
    """The modules of the package that each of them imports."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.glob("*.py"):
        known = found.setdefault(path.stem, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "translator":
                known |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("translator."):
                known.add((node.module or "").partition(".")[2])
    return found


def remember() -> None:
    """Let shapes and parsed mappings be made once: no mutant changes how they are made."""
    for module, name, keep in (
        ("shapes", "event_shape", lru_cache(maxsize=None)),
        ("parser", "parse_mapping", lru_cache(maxsize=None)),
        ("spec", "load_spec", lru_cache(maxsize=None)),
    ):
        _replace(import_module(f"translator.{module}"), name, keep)


def _replace(module: ModuleType, name: str, keep: Callable[[Any], Any]) -> None:
    if hasattr(module, name):
        setattr(module, name, keep(getattr(module, name)))


if "EMITTER_MUTANT" in os.environ:
    _mutant = json.loads(Path(os.environ["EMITTER_MUTANT"]).read_text(encoding="utf-8"))
    sys.meta_path.insert(0, Swapped(_mutant["module"], _mutant["text"]))
    remember()
