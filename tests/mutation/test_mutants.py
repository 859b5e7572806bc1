"""The check finds mutants: a sample of the full run of `make mutants`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.mutation.check import first_code
from tests.mutation.corpus import CALLERS, difference, mutant_catalog
from tests.mutation.mutants import Mutant
from tests.mutation.subjects import (
    FORMATS,
    VENDORS,
    all_mutants,
    mapping_mutants,
    spec,
    spec_mutants,
    tree,
)
from tests.mutation.survivors import Group, group_of, groups
from translator import check

pytestmark = pytest.mark.nightly

STEP = 163
"""Every 163rd mutant is tested; a prime, so that the sample has all kinds."""

MAPPING_KINDS = {
    "drop a rule", "drop a value", "drop an item", "drop a reason", "drop a param", "drop a case",
    "drop a key", "empty a reason", "misspell a path", "misspell a value", "misspell a codec",
    "misspell a name", "misspell a word", "swap values", "swap fields", "swap cells",
    "point elsewhere", "point at another type", "drop a []", "add a []", "cut a path",
    "change a value", "change a word", "change a codec", "change a string", "change a number",
    "change an id", "make one-way", "reorder rows", "reorder cases",
}  # fmt: skip
SPEC_KINDS = {
    "add a property", "remove a property", "rename a property", "retype", "widen a type",
    "narrow a type", "require", "do not require", "add a value", "remove a value",
    "rename a value", "drop enum", "change const", "drop const", "change minimum",
    "change maximum", "change minLength", "drop minimum", "drop maximum", "drop minLength",
    "add maxLength", "add format", "change format", "drop format", "change pattern",
    "drop pattern", "drop propertyNames", "open an object", "close an object",
    "remove a variant", "rename a variant", "redirect a variant", "add a variant",
    "change the discriminator", "drop the discriminator", "drop a branch", "change x-written",
    "drop x-written", "change x-event",
}  # fmt: skip


def sample() -> list[Mutant]:
    return list(all_mutants()[::STEP])


def test_every_kind_of_change_is_tested() -> None:
    """There are mutants of every kind."""
    assert {mutant.kind for name in VENDORS for mutant in mapping_mutants(name)} == MAPPING_KINDS
    assert {mutant.kind for name in FORMATS for mutant in spec_mutants(name)} == SPEC_KINDS
    assert len(all_mutants()) > 18_000
    assert max(Counter(mutant.name for mutant in all_mutants()).values()) == 1


def test_unchanged_files_have_no_findings() -> None:
    """The shipped mappings and specs have no findings."""
    for vendor in VENDORS:
        assert first_code(Mutant("none", f"{vendor}.yaml", "", "", partial(tree, vendor))) == ""
    for name in FORMATS:
        assert (
            first_code(
                Mutant("none", f"{name}.json", "", "", partial(getattr, spec(name), "document"))
            )
            == ""
        )


def test_a_change_is_found() -> None:
    """Each mutant of the sample has a finding or is in the list of survivors."""
    missed = [mutant.name for mutant in sample() if not first_code(mutant)]
    assert [name for name in missed if group_of(name) is None] == []


@pytest.mark.parametrize("group", groups(), ids=lambda group: group.because)
def test_the_list_names_mutants(group: Group) -> None:
    """Each pattern of a group matches mutants, and together they match enough of them."""
    names = [mutant.name for mutant in all_mutants() if group_of(mutant.name) is group]
    assert len(names) >= group.count
    for pattern in group.patterns:
        assert any(map(replace(group, patterns=(pattern,)).matches, names))


def test_the_list_is_short() -> None:
    """Less than one mutant in a hundred is in the list, and each group has a reason."""
    assert sum(group.count for group in groups()) < len(all_mutants()) / 100
    assert all(len(group.because) > 20 for group in groups())


@pytest.mark.parametrize("mutant", sample()[::16], ids=lambda mutant: mutant.name)
def test_check_has_the_same_findings(mutant: Mutant, tmp_path: Path) -> None:
    """The first finding of a mutant in memory is also a finding of `check` in its files."""
    codes = {finding.code for finding in check(mutant_catalog(mutant, tmp_path))}
    code = first_code(mutant)
    assert code in codes if code else not codes


def test_a_survivor_changes_nothing() -> None:
    """A mutant in the list translates every event of the corpus like the original."""
    name = "goshops.yaml .lost.interaction.Go Shops has items only: cut a path groups[] → groups"
    (mutant,) = (mutant for mutant in mapping_mutants("goshops") if mutant.name == name)
    assert difference(mutant, CALLERS[:1]) == ""


def test_the_corpus_detects_changes() -> None:
    """The corpus detects a mutant that changes translations."""
    mutants = mapping_mutants("goshops")
    mutant = next(mutant for mutant in mutants if mutant.kind == "swap values")
    assert "became" in difference(mutant, CALLERS[:1])
