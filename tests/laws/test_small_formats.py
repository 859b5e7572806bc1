"""The law of small formats, on the same formats on every run; `make laws` draws new ones."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema
import pytest

from tests.laws.small_formats.kinds import KINDS
from tests.laws.small_formats.law import Counts, Workplace, reproduction, run_number
from tests.laws.small_formats.mappings import SHAPE_NAMES

SEED = 12
CHUNKS, CASES_PER_CHUNK, NIGHTLY_CASES_PER_CHUNK = 8, 40, 400
"""Enough cases for every shape; the nightly chunks have many others."""


@pytest.fixture(scope="module")
def workplace() -> Iterator[Workplace]:
    workplace = Workplace()
    yield workplace
    workplace.close()


FIRST = range(CHUNKS * CASES_PER_CHUNK)
OTHERS = range(len(FIRST), len(FIRST) + CHUNKS * NIGHTLY_CASES_PER_CHUNK)


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize(
    "numbers", [FIRST, pytest.param(OTHERS, marks=pytest.mark.nightly)], ids=["first", "others"]
)
def test_the_law_holds(numbers: range, chunk: int, workplace: Workplace) -> None:
    """What the check calls clean translates as its proof says, for every kind of schema."""
    counts = Counts()
    for number in numbers[chunk::CHUNKS]:
        result = run_number(number, SEED, workplace, counts)
        for finding in result.findings:
            script = reproduction(result.case, finding)
            pytest.fail(f"case {number}: {finding.group}\n{finding.what}\n{script}")
    assert counts.clean * 2 > counts.cases, counts
    assert counts.translated * 5 > counts.events, counts


def test_the_table_of_kinds_is_valid() -> None:
    """There are at least 100 kinds of schemas, each of them different and valid."""
    kinds = [kind for group in KINDS.values() for kind in group]
    assert len(set(kinds)) == len(kinds) >= 100
    for kind in kinds:
        jsonschema.Draft202012Validator.check_schema(json.loads(kind))


def test_every_shape_is_tested() -> None:
    """The seeded cases have every shape of a mapping."""
    assert len(SHAPE_NAMES) <= CHUNKS * CASES_PER_CHUNK
