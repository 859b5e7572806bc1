"""The formats that are made up to see what grows."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import synthetic
from translator import Catalog, Translator

ROOT = Path(__file__).resolve().parents[2]


def test_copies(tmp_path: Path) -> None:
    """Copies of a format are as good as the format: they check, and translate to one another."""
    one, other = synthetic.copies(ROOT, tmp_path, 2)
    catalog = Catalog(specs=[tmp_path / "specs"], mappings=[tmp_path / "mappings"])
    assert catalog.check() == []
    made = Translator(one, other, catalog=catalog, params={"project": "shop-1"})
    assert made.translate(synthetic.EVENT) == synthetic.EVENT


def test_wide(tmp_path: Path) -> None:
    """A wide event has as many leaves as asked for, and each of them is translated."""
    event = synthetic.wide(tmp_path, 25)
    catalog = Catalog(specs=[tmp_path / "specs"], mappings=[tmp_path / "mappings"])
    assert catalog.check() == []
    assert sum(map(len, event.values())) == 25
    made = Translator("left", "right", catalog=catalog).translate(event)
    assert json.dumps(made) == json.dumps(event).replace("left_", "right_")
