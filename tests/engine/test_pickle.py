"""A translator is pickled by its arguments, and by the content of the caller's files."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Crosswalk, TranslationError, Translator

OWN: dict[str, Callable[[Catalog], Any]] = {
    "catalog": lambda catalog: catalog,
    "folders": lambda catalog: catalog.folders,
    "catalog with a spec": lambda catalog: catalog.with_spec(catalog.spec("left")),
}


def own_catalog(folder: Path) -> Catalog:
    """Return the catalog of two formats of one field."""
    specs = {"left": event_schema({"a": STRING}), "right": event_schema({"b": STRING})}
    return small_catalog(folder, specs, left__right="fields: {a: b}\n")


@pytest.mark.parametrize("kind", OWN)
def test_the_caller_s_files_travel_with_a_translator(kind: str, tmp_path: Path) -> None:
    """A process without the files can use the translator."""
    folder = tmp_path / "formats"
    folder.mkdir()
    pickled = pickle.dumps(Translator("left", "right", catalog=OWN[kind](own_catalog(folder))))
    shutil.rmtree(folder)
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).translate({'a': '1'}))"
    run = subprocess.run(
        [sys.executable, "-c", code], input=pickled, capture_output=True, check=True
    )
    assert run.stdout == b"{'b': '1'}\n"


def test_arguments_are_kept() -> None:
    """Params, crosswalks, opt-ins and the rest hold after unpickling."""
    translator = Translator(
        "miso",
        "goshops",
        params={"project": "shop-1"},
        crosswalks={"items": Crosswalk([{"miso": "SKU-1", "goshops": "17"}])},
        strict=True,
        accept=["revenue"],
    )
    restored = pickle.loads(pickle.dumps(translator))
    event = {
        "type": "product_detail_page_view",
        "user_id": "ada",
        "timestamp": "2024-05-01T12:00:00Z",
        "product_ids": ["SKU-1"],
    }
    assert restored.translate(event) == translator.translate(event)
    assert restored.translate(event)["data"]["item"] == "17"
    with pytest.raises(TranslationError, match="SKU-2"):
        restored.translate({**event, "product_ids": ["SKU-2"]})


def test_a_process_compiles_it_once() -> None:
    """Unpickling the same translator again gives the same object."""
    pickled = pickle.dumps(Translator("goshops", "miso"))
    assert pickle.loads(pickled) is pickle.loads(pickled)
