"""The formats of this repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from translator.catalog.discovery import HUB
from translator.schema.openapi import LOCK_FILE

ROOT = Path(__file__).resolve().parents[2]

SPEC_FILES = tuple(
    path for path in sorted((ROOT / "specs").glob("*.json")) if path.name != LOCK_FILE
)
"""The spec of each format."""

VENDORS = tuple(path.stem for path in sorted((ROOT / "mappings").glob("*.yaml")))
"""The vendors that have a mapping."""

FORMATS = tuple(sorted((*VENDORS, HUB)))
"""The formats between which events are translated."""

PAIRS = tuple((source, target) for source in FORMATS for target in FORMATS if source != target)

FEW_PAIRS = frozenset(
    (
        *(pair for pair in PAIRS if HUB in pair),
        *zip(VENDORS, (*VENDORS[1:], VENDORS[0]), strict=True),
    )
)
"""Each vendor to and from the hub, and to the vendor that follows it."""

RING = frozenset(zip(FORMATS, (*FORMATS[1:], FORMATS[0]), strict=True))
"""Each format to the one that follows it."""

USUAL_PAIRS = frozenset(sorted(RING)[::2])
"""Some pairs, in which each format is a source or a target."""

PAIR_PARAMS = [
    pytest.param(*pair, marks=[] if pair in USUAL_PAIRS else [pytest.mark.nightly])
    for pair in PAIRS
]
"""Parameters for a test of each pair: few in the usual run, the others nightly."""

FORMAT_PARAMS = [
    pytest.param(name, marks=[] if name in ("ga4", "goshops", HUB) else [pytest.mark.nightly])
    for name in FORMATS
]
"""Parameters for a slow test of each format: few in the usual run, the others nightly."""

UNREACHABLE = {(source, "snowplow") for source in ("aisquare", "cobi", "goshops", "xapi")}
"""Pairs that translate no event: Snowplow demands prices, which these vendors do not have."""
