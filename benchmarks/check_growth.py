"""What `translator check` costs as formats grow: 4, 16 and 64 vendors, copies of the shipped ones.

Each copy is a spec, a mapping and its examples under a new name. Measured is `Catalog.check()`
in this process, imports apart: all that it reads, parses, compiles and runs.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from translator import Catalog
from translator.folders import HUB

ROOT = Path(__file__).resolve().parents[1]
VENDORS = sorted(path.stem for path in (ROOT / "mappings").glob("*.yaml"))
SIZES = (4, 16, 64)


def grown(folder: Path, size: int, *, examples: bool) -> Catalog:
    """A catalog of `size` vendors beside the shipped ones, whose own mappings it leaves out."""
    (folder / "examples").mkdir(parents=True)
    for number in range(size):
        old = VENDORS[number % len(VENDORS)]
        new = f"{old}x{number}"
        shutil.copy(ROOT / "specs" / f"{old}.json", folder / f"{new}.json")
        for at in ("", "examples") if examples else ("",):
            text = (ROOT / "mappings" / at / f"{old}.yaml").read_text(encoding="utf-8")
            (folder / at / f"{new}.yaml").write_text(renamed(text, old, new), encoding="utf-8")
    catalog = Catalog(specs=[folder], mappings=[folder])
    shipped = {frozenset((vendor, HUB)) for vendor in VENDORS}
    links = {link: path for link, path in catalog.links().items() if link not in shipped}
    catalog.links = lambda: links  # type: ignore[method-assign]
    return catalog


def renamed(text: str, old: str, new: str) -> str:
    """A mapping or its examples, for a format of another name."""
    return re.sub(rf"\b{old}\b", new, text)


def measured(size: int, *, examples: bool) -> float:
    """Seconds of processor time that the check of `size` vendors takes."""
    with TemporaryDirectory() as folder:
        catalog = grown(Path(folder) / "formats", size, examples=examples)
        start = time.process_time()
        found = catalog.check()
        took = time.process_time() - start
    if found:
        sys.exit("\n".join(map(str, found[:5])))
    return took


def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        grown(Path(folder) / "formats", 4, examples=True).check()
    print("translator check, seconds of processor time")
    print(f"{'vendors':>8}  {'with examples':>14}  {'each':>7}  {'without':>8}  {'each':>7}")
    for size in SIZES:
        with_, without = (measured(size, examples=each) for each in (True, False))
        print(
            f"{size:8}  {with_:14.2f}  {with_ / size:7.3f}  {without:8.2f}  {without / size:7.3f}"
        )


if __name__ == "__main__":
    main()
