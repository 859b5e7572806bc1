"""Generating models from specs, and comparing a folder of models with its specs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from translator.errors import SpecError, TranslatorError
from translator.schema import models

ROOT = Path(__file__).resolve().parents[2]

SHOP: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "A shop", "version": "1"},
    "x-event": "#/components/schemas/Event",
    "paths": {},
    "components": {
        "schemas": {
            "Event": {
                "oneOf": [
                    {"$ref": "#/components/schemas/ViewEvent"},
                    {"$ref": "#/components/schemas/BuyEvent"},
                ],
                "discriminator": {
                    "propertyName": "type",
                    "mapping": {
                        "view": "#/components/schemas/ViewEvent",
                        "buy": "#/components/schemas/BuyEvent",
                    },
                },
            },
            "ViewEvent": {
                "type": "object",
                "description": "Someone looked.",
                "required": ["type", "at"],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "view"},
                    "at": {
                        "type": ["integer", "string"],
                        "minimum": 1,
                        "format": "date-time",
                        "x-written": {"type": "string"},
                    },
                    "visitor": {"type": "string", "format": "uuid"},
                    "source": {"type": ["string", "null"]},
                },
            },
            "BuyEvent": {
                "type": "object",
                "required": ["type"],
                "properties": {
                    "type": {"const": "buy"},
                    "counts": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                },
            },
        }
    },
}


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "shop.json").write_text(json.dumps(SHOP), encoding="utf-8")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "models"


def run(source: str) -> ModuleType:
    module = ModuleType("models_under_test")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, "shop.py", "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_the_committed_models_are_current() -> None:
    """The committed models are exactly what the generator writes."""
    assert models.diff_models(ROOT / "specs", ROOT / "generated") == []


def test_specs_become_a_package_of_modules(specs: Path, out: Path) -> None:
    """Each spec becomes a module of a package."""
    (specs / "second-shop.json").write_text(json.dumps(SHOP), encoding="utf-8")
    assert models.generate_models(specs, out) == ["events", "second_shop", "shop"]
    assert sorted(files(out)) == ["__init__.py", "events.py", "second_shop.py", "shop.py"]
    assert models.diff_models(specs, out) == []


def test_models_keep_ids_and_times_as_strings(specs: Path, out: Path) -> None:
    """Ids and times survive a model unchanged, and absent fields stay absent."""
    models.generate_models(specs, out)
    view = run((out / "shop.py").read_text(encoding="utf-8")).ViewEvent
    event = {
        "type": "view",
        "at": "2024-05-01t12:00:00.10z",
        "visitor": "0B5C6E0E-3C2B-4B1E-9C56-2D9D0B2E4A11",
    }
    assert view.model_validate(event).model_dump() == event
    assert view.model_validate(event | {"at": 1718035200, "source": None}).model_dump() == (
        event | {"at": 1718035200, "source": None}
    )


def test_combinations_of_fields_share_a_model(specs: Path, out: Path) -> None:
    """Alternatives that only require or bound fields are no models of their own."""
    ids = {"type": "array", "items": {"type": "string"}}
    event = {
        "type": "object",
        "properties": {"ids": ids, "tag": {"type": "string"}, "old": False},
        "anyOf": [
            {"required": ["tag"], "properties": {"ids": False}},
            {"required": ["ids"], "properties": {"ids": {"maxItems": 2}}},
        ],
    }
    document = {**SHOP, "x-event": "#/components/schemas/Event"}
    document["components"] = {"schemas": {"Event": event}}
    (specs / "shop.json").write_text(json.dumps(document), encoding="utf-8")
    models.generate_models(specs, out)
    model = run((out / "shop.py").read_text(encoding="utf-8")).Event
    assert list(model.model_fields) == ["ids", "tag"]
    assert model.model_validate({"ids": ["a"]}).model_dump() == {"ids": ["a"]}


def test_generating_is_deterministic(specs: Path, out: Path, tmp_path: Path) -> None:
    """Models do not depend on hashing, the working directory or its settings files."""
    models.generate_models(specs, out)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ruff.toml").write_text("line-length = 40\n", encoding="utf-8")
    (elsewhere / "pyproject.toml").write_text(
        '[tool.datamodel-codegen]\nclass-name-prefix = "My"\n', encoding="utf-8"
    )
    code = (
        "import sys; from pathlib import Path\n"
        "from translator.schema.models import generate_models\n"
        "generate_models(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(specs), "models"],
        cwd=elsewhere,
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert files(elsewhere / "models") == files(out)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda out: (out / "shop.py").write_bytes(b"# mine\n"), "-# mine\n"),
        (lambda out: (out / "shop.py").unlink(), "missing: "),
        (lambda out: (out / "__init__.py").unlink(), "missing: "),
        (lambda out: (out / "old.py").write_bytes(b""), "stray: "),
        (lambda out: (out / "notes.txt").write_bytes(b""), "stray: "),
        (lambda out: (out / "more").mkdir(), "stray: "),
    ],
    ids=["changed", "missing", "no package", "stray module", "stray file", "stray folder"],
)
def test_every_difference_is_reported(specs: Path, out: Path, change: Any, text: str) -> None:
    """A module that was changed, is missing or has no spec is a difference."""
    models.generate_models(specs, out)
    change(out)
    before = files(out) if text != "stray: " else None
    diff = "\n".join(models.diff_models(specs, out))
    assert text in diff
    assert str(out) in diff
    assert before is None or files(out) == before


def test_a_changed_spec_is_a_difference(specs: Path, out: Path) -> None:
    """A changed spec gives a diff from the current to the expected model."""
    models.generate_models(specs, out)
    text = json.dumps(SHOP).replace('"visitor"', '"guest"')
    (specs / "shop.json").write_text(text, encoding="utf-8")
    diff = "\n".join(models.diff_models(specs, out))
    assert (
        "-    visitor: StrictStr | MISSING = MISSING\n+    guest: StrictStr | MISSING = MISSING\n"
        in diff
    )
    models.generate_models(specs, out)
    assert models.diff_models(specs, out) == []


def test_modules_without_a_spec_are_removed(specs: Path, out: Path) -> None:
    """Generating removes the module of a removed spec, and no file that it did not generate."""
    models.generate_models(specs, out)
    (out / "mine.py").write_bytes(b"# mine\n")
    (specs / "shop.json").rename(specs / "store.json")
    assert models.generate_models(specs, out) == ["events", "store"]
    assert sorted(files(out)) == ["__init__.py", "events.py", "mine.py", "store.py"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bad.json", "{", "JSON"),
        ("bad.json", "[1]", "a spec is a JSON object"),
        ("bad.json", '{"openapi": "3.0.3"}', "OpenAPI 3.1"),
        ("bad.json", '{"type": "object"}', "OpenAPI 3.1"),
        ("bad.json", json.dumps(SHOP).replace('ViewEvent"}', 'Gone"}'), "Gone"),
        (
            "bad.json",
            json.dumps(SHOP).replace('"minimum": 1}', '"nullable": []}'),
            "models cannot be generated",
        ),
        ("events.json", json.dumps(SHOP), "'events' cannot be the name of a module"),
        ("class.json", json.dumps(SHOP), "'class' cannot be the name of a module"),
        ("a b.json", json.dumps(SHOP), "'a b' cannot be the name of a module"),
    ],
    ids=["json", "list", "older", "schema", "dangling", "type", "events", "keyword", "space"],
)
def test_an_unusable_spec_is_refused(
    specs: Path, out: Path, name: str, text: str, message: str
) -> None:
    """An unusable spec is reported by its file, and no model is changed."""
    models.generate_models(specs, out)
    before = files(out)
    (specs / "shop.json").write_text(json.dumps(SHOP).replace("visitor", "guest"), encoding="utf-8")
    (specs / name).write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=message) as raised:
        models.generate_models(specs, out)
    assert {error.location.file for error in raised.value.diagnostics} == {str(specs / name)}
    assert files(out) == before


def test_two_specs_with_the_same_module_are_refused(specs: Path, out: Path) -> None:
    """Two specs whose modules have the same name are refused."""
    (specs / "a-shop.json").write_text(json.dumps(SHOP), encoding="utf-8")
    (specs / "a_shop.json").write_text(json.dumps(SHOP), encoding="utf-8")
    with pytest.raises(SpecError, match="have the same module name"):
        models.generate_models(specs, out)


def test_a_folder_without_specs_is_refused(tmp_path: Path, out: Path) -> None:
    """A folder without specs, or one that does not exist, is refused, and nothing is written."""
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(TranslatorError, match="there is no spec in"):
        models.generate_models(empty, out)
    with pytest.raises(TranslatorError, match="is not a folder"):
        models.diff_models(tmp_path / "nowhere", out)
    assert not out.exists()


def test_an_unwritable_folder_is_reported(specs: Path, tmp_path: Path) -> None:
    """If the models cannot be written, the error names the folder."""
    blocked = tmp_path / "file"
    blocked.write_bytes(b"mine")
    for out in (blocked, blocked / "models"):
        with pytest.raises(TranslatorError, match="cannot write models to"):
            models.generate_models(specs, out)
    assert blocked.read_bytes() == b"mine"


@pytest.mark.parametrize("present", [True, False])
def test_a_full_disk_leaves_the_folder_unchanged(
    specs: Path, out: Path, present: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure while writing leaves the folder unchanged, or absent if it was absent."""
    if present:
        models.generate_models(specs, out)
    before = files(out)
    (specs / "a.json").write_text(json.dumps(SHOP), encoding="utf-8")
    write_bytes = Path.write_bytes

    def fail(path: Path, data: bytes) -> int:
        if path.name == "shop.py":
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(TranslatorError, match="No space left on device"):
        models.generate_models(specs, out)
    assert files(out) == before
    assert out.exists() == present


def test_a_missing_generator_is_reported(
    specs: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the generator is not installed, the error names the extra that installs it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(TranslatorError) as raised:
        models.generate_models(specs, out)
    assert "pip install 'event-translator[generate]'" in str(raised.value)
