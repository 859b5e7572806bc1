"""The built wheel, installed in an environment that cannot see the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.packaging.distributions import required_distributions

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INSTALLED = {
    "translator": "translator",
    "specs": "translator/specs",
    "mappings": "translator/mappings",
    "generated": "translator/generated",
}
"""Folders of the checkout, and their folders in the wheel."""

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
        """Run a program of the environment in an empty folder."""
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        inherited = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"}
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=empty,
            env={name: value for name, value in os.environ.items() if name in inherited},
            check=False,
        )

    def python(self, code: str) -> str:
        process = self.run("python", "-I", "-c", code)
        assert process.returncode == 0, process.stderr
        return process.stdout.strip()


def pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments], check=True
    )


def build(source: Path, out: Path, *options: str) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), *options, "."],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def file_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def link(name: str, folder: Path) -> None:
    """Link the files of an installed distribution, and no others, into a folder."""
    installed = distribution(name)
    for file in installed.files or []:
        top = file.parts[0]
        if top in ("..", "__pycache__") or (folder / top).exists():
            continue
        (folder / top).symlink_to(Path(str(installed.locate_file(top))))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy of the checkout, which builds may change."""
    folder = tmp_path_factory.mktemp("source") / "checkout"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def wheel_from_sdist(source: Path) -> Path:
    """Wheel that is built from the source distribution."""
    build(source, source.parent / "dist")
    (wheel,) = (source.parent / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """Wheel that is built directly from the tree."""
    build(source, source.parent / "direct", "--wheel")
    (wheel,) = (source.parent / "direct").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    environment = Environment(folder)
    python = str(environment.bin / "python")
    pip("--python", python, "install", "--no-index", "--no-deps", str(wheel))
    packages = Path(environment.python("import sysconfig; print(sysconfig.get_paths()['purelib'])"))
    for name in required_distributions(PROJECT["dependencies"]):
        link(name, packages)
    return environment


def test_the_wheel_holds_one_package(wheel: Path) -> None:
    """The wheel has only the package `translator` and its metadata."""
    metadata = f"event_translator-{PROJECT['version']}.dist-info"
    assert {name.partition("/")[0] for name in file_names(wheel)} == {"translator", metadata}


def test_the_wheel_is_complete(wheel: Path) -> None:
    """Every module, spec, mapping and model of the checkout is in the wheel, once."""
    expected = {
        f"{installed}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, installed in INSTALLED.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in file_names(wheel) if name.startswith("translator/")} == expected
    assert "translator/py.typed" in expected


def test_no_module_and_package_share_a_name(wheel: Path) -> None:
    """No package hides a module of the same name: `specs.py` beside `specs/` never loads."""
    modules = {name.removesuffix(".py") for name in file_names(wheel) if name.endswith(".py")}
    packages = {name.removesuffix("/__init__") for name in modules if name.endswith("/__init__")}
    assert modules & packages == set()


@pytest.mark.nightly
def test_the_source_distribution_builds_the_same_wheel(wheel: Path, wheel_from_sdist: Path) -> None:
    """Wheels built from the source distribution and from the tree have the same files."""
    assert file_names(wheel_from_sdist) == file_names(wheel)


def test_only_the_package_can_be_imported(environment: Environment) -> None:
    """An installation adds no top-level package but `translator`."""
    code = """
import importlib.util, json
names = ["translator", "specs", "mappings", "generated", "tests", "benchmarks", "examples"]
print(json.dumps([name for name in names if importlib.util.find_spec(name)]))
"""
    assert json.loads(environment.python(code)) == ["translator"]


def test_the_installed_package_is_not_the_checkout(environment: Environment) -> None:
    """Modules, models and data are loaded from the installation."""
    code = """
import importlib.resources, importlib.util, json, translator
from importlib.metadata import version
folders = [importlib.resources.files(f"translator.{name}") for name in ("specs", "mappings")]
models = importlib.util.find_spec("translator.generated")
print(json.dumps({
    "files": [translator.__file__, models.origin, *map(str, folders)],
    "data": sorted(path.name for folder in folders for path in folder.iterdir()),
    "version": version("event-translator"),
}))
"""
    installed = json.loads(environment.python(code))
    root = environment.folder.resolve()
    assert all(Path(file).resolve().is_relative_to(root) for file in installed["files"])
    data = {path.name for kind in ("specs/*.json", "mappings/*.yaml") for path in ROOT.glob(kind)}
    assert data <= set(installed["data"])
    assert installed["version"] == PROJECT["version"]


def test_models_require_their_extra(environment: Environment) -> None:
    """Without pydantic, importing a model says what to install."""
    process = environment.run("python", "-I", "-c", "import translator.generated.goshops")
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].startswith("ModuleNotFoundError: the models require")
    assert "pip install 'event-translator[models]'" in process.stderr


def test_every_model_can_be_imported(environment: Environment, tmp_path: Path) -> None:
    """The models need only the core and their extra, and cause no warnings."""
    for name in required_distributions(PROJECT["optional-dependencies"]["models"]):
        link(name, tmp_path)
    models = sorted((ROOT / "generated").glob("*.py"))
    modules = [f"translator.generated.{path.stem}" for path in models]
    code = f"import importlib, sys\nsys.path.append({str(tmp_path)!r})\n"
    code += f"for name in {modules}: importlib.import_module(name)"
    process = environment.run("python", "-I", "-W", "error", "-c", code)
    assert process.returncode == 0, process.stderr


@pytest.mark.nightly
def test_the_installed_check_passes(environment: Environment) -> None:
    """`translator check` needs only the core; outside a project it checks all shipped formats."""
    process = environment.run("translator", "check")
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stdout.startswith("checked 12 specs, 11 mappings, 132 pairs: no findings\n")


def test_the_page_requires_its_extra(environment: Environment, tmp_path: Path) -> None:
    """Without jinja2, `coverage --html` says what to install, and writes no file."""
    page = tmp_path / "page.html"
    process = environment.run(
        "translator", "coverage", "goshops", "interaction", "--html", str(page)
    )
    assert process.returncode == 2
    assert "pip install 'event-translator[html]'" in process.stderr
    assert "Traceback" not in process.stderr
    assert not page.exists()


def test_the_installed_playground_translates(environment: Environment) -> None:
    """The playground needs only the core: its page is installed, and it translates an event."""
    code = f"""
import json
from translator import Catalog
from translator.play.server import PlayServer
from translator.play.session import Session

session = Session(Catalog())
with PlayServer(session) as server:
    assert all(content for content, _ in server.static.values())
request = {{"source": "goshops", "target": "miso", "event": {json.dumps(EVENT)!r}}}
print(json.dumps(session.evaluate(request)["explanation"]["events"]))
"""
    (event,) = json.loads(environment.python(code))
    assert event["type"] == "product_detail_page_view"


def test_the_installed_command_translates(environment: Environment) -> None:
    """The installed command translates an event with only the declared dependencies."""
    process = environment.run(
        "translator", "translate", "goshops", "miso", "-", stdin=json.dumps(EVENT)
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout) == {
        "type": "product_detail_page_view",
        "user_id": "u1",
        "product_ids": ["SKU-1"],
        "timestamp": "2024-05-01T12:00:00Z",
        "context": {"custom_context": {"goshops_project": "p1"}},
    }


def test_the_installed_library_translates(environment: Environment) -> None:
    """The installed library gives the same translation as the installed command."""
    code = f"""
import json
from translator import translate
print(json.dumps(translate({EVENT!r}, "goshops", "miso")))
"""
    process = environment.run(
        "translator", "translate", "goshops", "miso", "-", stdin=json.dumps(EVENT)
    )
    assert json.loads(environment.python(code)) == json.loads(process.stdout)


def test_generate_requires_its_extra(environment: Environment, tmp_path: Path) -> None:
    """Without the extra, `translator generate` says what to install and exits with code 2."""
    specs = str(ROOT / "specs")
    process = environment.run(
        "translator", "generate", "--specs", specs, "--out", str(tmp_path / "m")
    )
    assert process.returncode == 2
    assert "pip install 'event-translator[generate]'" in process.stderr
    assert "Traceback" not in process.stderr
