"""The built package, installed where the checkout is out of reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INSTALLED = {
    "translator": "translator",
    "specs": "translator/specs",
    "mappings": "translator/mappings",
    "generated": "translator/generated",
}
"""Folder of the checkout to folder of the installation."""

EVENT = {
    "project": "p1",
    "data": {
        "event": "view",
        "item": "SKU-1",
        "customer": "u1",
        "date": "2024-05-01T12:00:00Z",
    },
}


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds the wheel and its declared dependencies."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one of the environment's programs in a folder that holds nothing."""
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        kept = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"}
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=empty,
            env={name: value for name, value in os.environ.items() if name in kept},
            check=False,
        )

    def python(self, code: str) -> str:
        done = self.run("python", "-I", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments], check=True
    )


def build(source: Path, out: Path, *options: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), *options, "."],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def needed(requirements: list[str]) -> set[str]:
    """The distributions that the requirements ask for, directly and through one another."""
    found: set[str] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        key = f"{requirement.name}[{','.join(sorted(requirement.extras))}]"
        if key in found:
            continue
        found.add(key)
        for text in distribution(requirement.name).requires or []:
            waiting += [(Requirement(text), one) for one in ("", *requirement.extras)]
    return {key.partition("[")[0] for key in found}


def link(name: str, folder: Path) -> None:
    """Let `folder` hold an installed distribution, and nothing that lies beside it."""
    installed = distribution(name)
    for file in installed.files or []:
        top = file.parts[0]
        if top in ("..", "__pycache__") or (folder / top).exists():
            continue
        (folder / top).symlink_to(Path(str(installed.locate_file(top))))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a clone holds, so that building leaves the checkout alone."""
    folder = tmp_path_factory.mktemp("source") / "checkout"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def through_sdist(source: Path) -> Path:
    """The wheel that is built from the source distribution."""
    build(source, source.parent / "dist")
    (wheel,) = (source.parent / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel that is built from the tree itself."""
    build(source, source.parent / "direct", "--wheel")
    (wheel,) = (source.parent / "direct").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    made = Environment(folder)
    pip("--python", str(made.bin / "python"), "install", "--no-index", "--no-deps", str(wheel))
    packages = Path(made.python("import sysconfig; print(sysconfig.get_paths()['purelib'])"))
    for name in needed(PROJECT["dependencies"]):
        link(name, packages)
    yield made


def test_the_wheel_holds_one_package(wheel: Path) -> None:
    """Nothing but `translator` and the metadata is in the wheel."""
    metadata = f"event_translator-{PROJECT['version']}.dist-info"
    assert {name.partition("/")[0] for name in names(wheel)} == {"translator", metadata}


def test_the_wheel_holds_everything_the_checkout_does(wheel: Path) -> None:
    """Every module, spec, mapping and model of the checkout is in the wheel, once."""
    expected = {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in INSTALLED.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names(wheel) if name.startswith("translator/")} == expected
    assert "translator/py.typed" in expected


def test_no_module_and_package_share_a_name(wheel: Path) -> None:
    """No module is hidden by a package of its name: `specs.py` beside `specs/` never loads."""
    modules = {name.removesuffix(".py") for name in names(wheel) if name.endswith(".py")}
    packages = {name.removesuffix("/__init__") for name in modules if name.endswith("/__init__")}
    assert modules & packages == set()


def test_the_source_distribution_gives_the_same_wheel(wheel: Path, through_sdist: Path) -> None:
    """The wheel built through the source distribution has the files of the one built directly."""
    assert names(through_sdist) == names(wheel)


def test_only_the_package_can_be_imported(environment: Environment) -> None:
    """Neither the folders of the checkout nor its tests can be imported from an installation."""
    code = """
import importlib.util, json
names = ["translator", "specs", "mappings", "generated", "tests", "benchmarks", "examples"]
print(json.dumps([name for name in names if importlib.util.find_spec(name)]))
"""
    assert json.loads(environment.python(code)) == ["translator"]


def test_the_installed_package_is_not_the_checkout(environment: Environment) -> None:
    """What is imported from an installation lies in it, data and models too."""
    code = """
import importlib, importlib.resources, json, translator
from importlib.metadata import version
folders = [importlib.resources.files(f"translator.{one}") for one in ("specs", "mappings")]
models = importlib.import_module("translator.generated")
print(json.dumps({
    "files": [translator.__file__, models.__file__, *map(str, folders)],
    "data": sorted(each.name for one in folders for each in one.iterdir()),
    "version": version("event-translator"),
}))
"""
    found = json.loads(environment.python(code))
    inside = environment.folder.resolve()
    assert all(Path(file).resolve().is_relative_to(inside) for file in found["files"])
    data = {path.name for kind in ("specs/*.json", "mappings/*.yaml") for path in ROOT.glob(kind)}
    assert data <= set(found["data"])
    assert found["version"] == PROJECT["version"]


def test_every_model_can_be_imported(environment: Environment) -> None:
    """The models need nothing beyond the declared dependencies, and no warning comes with them."""
    modules = [path.stem for path in sorted((ROOT / "generated").glob("*.py"))]
    done = environment.run(
        "python",
        "-I",
        "-W",
        "error",
        "-c",
        f"import importlib\nfor name in {modules}: importlib.import_module('translator.generated.'"
        " + name)",
    )
    assert done.returncode == 0, done.stderr


def test_an_event_is_translated_outside_the_checkout(environment: Environment) -> None:
    """The installed command turns an event into another, with the declared dependencies alone."""
    done = environment.run(
        "translator", "translate", "goshops", "miso", "-", stdin=json.dumps(EVENT)
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "type": "product_detail_page_view",
        "user_id": "u1",
        "product_ids": ["SKU-1"],
        "timestamp": "2024-05-01T12:00:00Z",
        "context": {"custom_context": {"goshops_project": "p1"}},
    }


def test_an_event_is_translated_by_the_library(environment: Environment) -> None:
    """The installed library translates as the installed command does."""
    code = f"""
import json
from translator import translate
print(json.dumps(translate({EVENT!r}, "goshops", "miso")))
"""
    done = environment.run(
        "translator", "translate", "goshops", "miso", "-", stdin=json.dumps(EVENT)
    )
    assert json.loads(environment.python(code)) == json.loads(done.stdout)


def test_making_models_asks_for_its_extra(environment: Environment, tmp_path: Path) -> None:
    """Without the extra the command says what to install, and exits as for wrong usage."""
    specs = str(ROOT / "specs")
    done = environment.run("translator", "generate", "--specs", specs, "--out", str(tmp_path / "m"))
    assert done.returncode == 2
    assert "install the extra 'generate'" in done.stderr
    assert "Traceback" not in done.stderr
