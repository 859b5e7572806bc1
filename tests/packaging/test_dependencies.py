"""What the package declares is what it imports, and the core needs few packages."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

from tests.packaging.distributions import normalise, required_distributions

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODULES = sorted((ROOT / "translator").rglob("*.py"))
MODELS = sorted((ROOT / "generated").glob("*.py"))
BY_NAME = {"zoneinfo": "tzdata", "zstandard": "zstandard"}
"""Modules that are imported by name, or that read another package's data."""

REQUIRED_EXTRAS = {"arrow.py": "arrow", "cli/parquet.py": "arrow", "spark.py": "spark"}
"""Modules that cannot be imported without an extra."""

MAX_CORE_PACKAGES = 10


def declared(extra: str = "") -> set[str]:
    """Return the names of the requirements of the core, or of an extra."""
    texts = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return {normalise(Requirement(text).name) for text in texts}


EXTRAS = {extra: declared(extra) for extra in PROJECT["optional-dependencies"] if extra != "all"}


def imports(node: ast.AST, *, deferred: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield each imported module, and whether it is deferred to a call or to type checkers."""
    if isinstance(node, ast.Import):
        yield from ((alias.name.partition(".")[0], deferred) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield (node.module or "").partition(".")[0], deferred
    elif isinstance(node, ast.Constant) and node.value in BY_NAME:
        yield str(node.value), deferred
    deferred = deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    deferred = deferred or is_for_types
    for child in ast.iter_child_nodes(node):
        yield from imports(child, deferred=deferred)


def imported(modules: list[Path]) -> Iterator[tuple[Path, str, bool]]:
    """Yield module, distribution and whether a function has the import, for each import."""
    distributions = packages_distributions()
    own = {*sys.stdlib_module_names - BY_NAME.keys(), "translator", "_typeshed"}
    for path in modules:
        for name, deferred in imports(ast.parse(path.read_text(encoding="utf-8"))):
            if name and name not in own:
                found = BY_NAME.get(name) or distributions.get(name, [name])[0]
                yield path, normalise(found), deferred


def test_what_is_imported_is_declared() -> None:
    """The package imports its requirements, and those of extras only inside functions.

    `REQUIRED_EXTRAS` are the exceptions.
    """
    extras = set().union(*EXTRAS.values())
    for path, name, deferred in imported(MODULES):
        required = REQUIRED_EXTRAS.get(path.relative_to(ROOT / "translator").as_posix(), "")
        allowed = declared() | (extras if deferred else EXTRAS.get(required, set()))
        assert name in allowed, (path, name)


def test_models_import_their_extra() -> None:
    """Generated models import what the extra `models` declares, and nothing else."""
    assert {name for _, name, _ in imported(MODELS)} == EXTRAS["models"]


def test_what_is_declared_is_imported() -> None:
    """Each requirement of the core and of every extra is imported somewhere."""
    found = {name for _, name, _ in imported([*MODULES, *MODELS])}
    assert declared().union(*EXTRAS.values()) <= found


def test_no_package_is_of_the_core_and_of_an_extra() -> None:
    """A requirement of the core is in no extra."""
    assert all(not names & declared() for names in EXTRAS.values())


def test_all_names_every_extra() -> None:
    """The extra `all` is the union of the other extras, without `spark`, which is large."""
    (text,) = PROJECT["optional-dependencies"]["all"]
    requirement = Requirement(text)
    assert requirement.name == PROJECT["name"]
    assert requirement.extras == EXTRAS.keys() - {"spark"}


def test_the_core_needs_few_packages() -> None:
    """With all indirect requirements, the core is at most ten packages."""
    core = required_distributions(PROJECT["dependencies"])
    assert declared() <= {normalise(name) for name in core}
    assert len(core) <= MAX_CORE_PACKAGES, sorted(core)


def test_no_extra_requires_a_formatter() -> None:
    """No extra requires a formatter that users run on their own code, in a version of theirs."""
    assert EXTRAS["generate"].isdisjoint(("black", "isort", "ruff"))
    assert all(
        not Requirement(text).extras for text in PROJECT["optional-dependencies"]["generate"]
    )
