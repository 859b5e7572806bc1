"""What more formats cost: nothing where they are not asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import synthetic
from translator import Catalog, Translator

ROOT = Path(__file__).parents[2]


def grown(folder: Path, count: int) -> Catalog:
    synthetic.copies(ROOT, folder, count)
    return Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])


def test_a_pair_reads_its_own_files_only(tmp_path: Path) -> None:
    """A translator can be made among formats whose specs and mappings cannot be read."""
    catalog = grown(tmp_path, 4)
    for name in ("made002", "made003"):
        (tmp_path / "specs" / f"{name}.json").write_text("{")
        (tmp_path / "mappings" / f"{name}.yaml").write_text("{")
    params = {"project": "p"}
    made = Translator("made000", "made001", catalog=catalog, params=params)
    assert made.translate(synthetic.EVENT)["data"] == synthetic.EVENT["data"]


def test_to_list_the_pairs_looks_into_each_folder_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders are listed for each format, but not for each pair of them."""
    counts: dict[int, int] = {}
    listing = os.listdir

    def counting(place: str) -> list[str]:
        counts[size] = counts.get(size, 0) + 1
        return listing(place)

    monkeypatch.setattr(os, "listdir", counting)
    for size in (4, 12):
        pairs = grown(tmp_path / str(size), size).pairs()
        assert len(pairs) == (size + 5) * (size + 4)
    assert 0 < counts[12] <= 3 * counts[4]
