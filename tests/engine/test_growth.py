"""The number of formats does not affect a translator between two of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import synthetic
from translator import Catalog, Translator

ROOT = Path(__file__).parents[2]


def catalog_of_copies(folder: Path, count: int) -> Catalog:
    synthetic.copies(ROOT, folder, count)
    return Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])


def test_a_pair_reads_its_own_files_only(tmp_path: Path) -> None:
    """A translator ignores unreadable specs and mappings of other formats."""
    catalog = catalog_of_copies(tmp_path, 4)
    for name in ("made002", "made003"):
        (tmp_path / "specs" / f"{name}.json").write_text("{")
        (tmp_path / "mappings" / f"{name}.yaml").write_text("{")
    params = {"project": "p"}
    translator = Translator("made000", "made001", catalog=catalog, params=params)
    assert translator.translate(synthetic.EVENT)["data"] == synthetic.EVENT["data"]


@pytest.mark.nightly
def test_folder_listings_grow_with_formats_not_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Catalog.pairs` lists folders a few times for each format, not for each pair."""
    counts: dict[int, int] = {}
    listdir = os.listdir

    def counting_listdir(folder: str) -> list[str]:
        counts[size] = counts.get(size, 0) + 1
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", counting_listdir)
    for size in (4, 12):
        pairs = catalog_of_copies(tmp_path / str(size), size).pairs()
        assert len(pairs) == (size + 12) * (size + 11)
    assert 0 < counts[12] <= 3 * counts[4]
