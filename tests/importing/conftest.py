"""Write published specs to files, import them, and validate events by the imported document."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from translator.importing import ImportedSpec

WriteSpec = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> WriteSpec:
    """Return a function that writes a document to a file of a fresh folder."""

    def write_file(document: Any, name: str = "vendor.json") -> Path:
        path = tmp_path / name
        is_yaml = path.suffix in (".yaml", ".yml")
        text = document if isinstance(document, str) else json.dumps(document)
        if is_yaml and not isinstance(document, str):
            text = yaml.safe_dump(document, sort_keys=False)
        path.write_text(text, "utf-8")
        return path

    return write_file


Accepts = Callable[[ImportedSpec, Any], bool]


@pytest.fixture
def accepts() -> Accepts:
    """Return a function that says whether an imported spec accepts an event."""

    def is_valid(imported: ImportedSpec, event: Any) -> bool:
        schema = {**imported.document, "$ref": imported.document["x-event"]}
        return bool(jsonschema.Draft202012Validator(schema).is_valid(event))

    return is_valid
