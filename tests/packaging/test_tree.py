"""Rules for the source tree and its lock file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.tools.shipped import SPEC_FILES

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "translator").rglob("*.py"))
HUB = "interaction"
VENDORS = sorted(path.stem for path in SPEC_FILES if path.stem != HUB)
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def relative_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_vendors() -> None:
    """Every spec but the hub's is a vendor, so the tests below have cases."""
    assert len(VENDORS) >= 4
    assert (ROOT / "specs" / f"{HUB}.json").exists()


@pytest.mark.parametrize("module", MODULES, ids=relative_name)
def test_no_module_names_a_vendor(module: Path) -> None:
    """A vendor is data: no Python of the package names one."""
    words = re.findall(r"[a-z]+", module.read_text(encoding="utf-8").lower())
    assert sorted(set(words) & set(VENDORS)) == []


def test_the_lock_holds_every_requirement() -> None:
    """The lock file has an allowed version of each declared requirement.

    The extra `spark` is not part of the development environment.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(
            text
            for extra, texts in project["project"]["optional-dependencies"].items()
            for text in texts
            if extra not in ("all", "spark")
        ),
        *project["dependency-groups"]["dev"],
    ]
    locked = dict(re.findall(r"^([a-z0-9.-]+)==([^ ;]+)", LOCK, re.MULTILINE))
    for text in declared:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked[requirement.name.lower()]), text


def test_the_lock_names_no_host() -> None:
    """The lock file identifies packages by hash and names no package index."""
    assert "://" not in LOCK
    assert "--hash=sha256:" in LOCK
