"""Translates the examples between all pairs of formats and shows what came out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from translator import Catalog, Crosswalk, TranslationError, Translator

HERE = Path(__file__).parent

PARAMS = {
    "project": "shop-1",
    "user": "u-1001",
    "time": "2024-05-01T12:00:00Z",
    "timezone": "Europe/Berlin",
    "resource_type": "quest",
    "item_type": "OFFER",
}

ITEMS = Crosswalk.from_csv(HERE / "items.csv")


def main() -> None:
    """Print an example, the params, the table, and what to try next."""
    pairs = Catalog().pairs()
    first = (HERE / "goshops.ndjson").read_text(encoding="utf-8").splitlines()[0]
    print("A Go Shops event:\n")
    print(f"  {first}\n\nand the Miso event that says the same:\n")
    made = Translator("goshops", "miso").translate(json.loads(first))
    print(f"  {json.dumps(made, ensure_ascii=False)}\n")
    print("Every file of examples/, translated to every format, where the events lack them with")
    print("  " + "\n  ".join(f"--param {name}={value}" for name, value in PARAMS.items()))
    print(f"and between {' and '.join(ITEMS.columns)}, whose ids differ, with")
    print("  --crosswalk items=examples/items.csv\n")
    print(f"{'SOURCE':<12} {'TARGET':<12} {'READ':>5} {'WRITTEN':>8} {'REJECTED':>9}  WHY")
    for pair in pairs:
        params = {one.name: PARAMS[one.name] for one in pair.params}
        tables = {"items": ITEMS} if {pair.source, pair.target} <= {*ITEMS.columns} else {}
        translator = Translator(pair.source, pair.target, params=params, crosswalks=tables)
        lines = (HERE / f"{pair.source}.ndjson").read_text(encoding="utf-8").splitlines()
        written, rejected = 0, Counter[str]()
        for line in lines:
            try:
                written += len(translator.translate_all(json.loads(line)))
            except TranslationError as error:
                rejected[error.code] += 1
        why = ", ".join(f"{code} {count}" for code, count in rejected.most_common())
        row = f"{pair.source:<12} {pair.target:<12} {len(lines):>5} {written:>8}"
        print(f"{row} {rejected.total():>9}  {why}")
    print("\nAn event about several items becomes several events where the target names one each.")
    print("What was rejected, and why, line by line:\n")
    print("  .venv/bin/translator translate miso goshops examples/miso.ndjson --param project=p1")


if __name__ == "__main__":
    main()
