"""Translate the example events between all pairs of formats and print a summary."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from translator import Catalog, Crosswalk, TranslationError, Translator
from translator.catalog.catalog import FormatPair

HERE = Path(__file__).parent

PARAMS = {
    "project": "shop-1",
    "user": "u-1001",
    "time": "2024-05-01T12:00:00Z",
    "timezone": "Europe/Berlin",
    "resource_type": "quest",
    "item_type": "OFFER",
    "client": "visitor-1",
    "visitor": "visitor-1",
    "anonymous_id": "visitor-1",
    "session": "session-1",
    "tracking_id": "tracker-1",
    "user_token": "user-1001",
    "index": "products",
    "category": "shop",
    "category_separator": " / ",
    "currency": "EUR",
    "payment_method": "invoice",
    "total_quantity": "1",
    "home_page": "https://shop.example.com/",
    "item_prefix": "https://example.com/courses/",
}

ITEMS = Crosswalk.from_csv(HERE / "items.csv")


def example_lines(format_name: str) -> list[str]:
    """Return the example events of a format, each as a line of JSON."""
    return (HERE / f"{format_name}.ndjson").read_text(encoding="utf-8").splitlines()


def row(pair: FormatPair) -> str:
    """Translate the example events of a pair, and return its row of the table."""
    params = {param.name: PARAMS[param.name] for param in pair.params}
    crosswalks = {"items": ITEMS} if {pair.source, pair.target} <= {*ITEMS.columns} else {}
    translator = Translator(pair.source, pair.target, params=params, crosswalks=crosswalks)
    lines = example_lines(pair.source)
    written, rejected = 0, Counter[str]()
    for line in lines:
        try:
            written += len(translator.translate_all(json.loads(line)))
        except TranslationError as error:
            rejected[error.code] += 1
    counts = rejected.most_common(2)
    if rest := rejected.total() - sum(count for _, count in counts):
        counts.append(("other", rest))
    reasons = ", ".join(f"{code} {count}" for code, count in counts)
    columns = f"{pair.source:<12} {pair.target:<12} {len(lines):>5} {written:>8}"
    return f"{columns} {rejected.total():>9}  {reasons}"


def main() -> None:
    """Print one translation, the params, a table of all pairs, and what to try next."""
    event = example_lines("goshops")[0]
    translation = Translator("goshops", "miso").translate(json.loads(event))
    print(f"This Go Shops event:\n\n  {event}\n")
    print(f"becomes this Miso event:\n\n  {json.dumps(translation, ensure_ascii=False)}\n")
    print("All events in examples/, translated to every other format, with these params")
    for name, value in PARAMS.items():
        print(f"  --param {name}={value}")
    print(f"and, between {' and '.join(ITEMS.columns)}, whose item ids differ, with")
    print("  --crosswalk items=examples/items.csv\n")
    print(f"{'SOURCE':<12} {'TARGET':<12} {'READ':>5} {'WRITTEN':>8} {'REJECTED':>9}  WHY")
    for pair in Catalog().pairs():
        print(row(pair))
    print("\nWRITTEN may exceed READ: some targets have one event per item.")
    print("To see why lines were rejected, run for example:\n")
    print("  .venv/bin/translator translate miso goshops examples/miso.ndjson --param project=p1")


if __name__ == "__main__":
    main()
