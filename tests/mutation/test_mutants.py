"""Changes in one place are found: a sample of what `make mutants` tries in full."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.mutation.corpus import CALLERS, changed, differs
from tests.mutation.finding import first_code
from tests.mutation.mutants import Mutant
from tests.mutation.subjects import FORMATS, VENDORS, every, of_mapping, of_spec, spec, tree
from tests.mutation.survivors import Group, groups, listed
from translator import check

STEP = 163
"""Every so many mutants are tried; a prime, so that all kinds have their turn."""

MAPPING_KINDS = {
    "drop a rule", "drop a value", "drop an item", "drop a reason", "drop a param", "drop a case",
    "drop a key", "empty a reason", "misspell a path", "misspell a value", "misspell a codec",
    "misspell a name", "misspell a word", "swap values", "swap fields", "swap cells",
    "point elsewhere", "point at another type", "drop a []", "add a []", "cut a path",
    "change a value", "change a word", "change a codec", "change a text", "change a number",
    "change an id", "make one-way", "reorder rows", "reorder cases",
}  # fmt: skip
SPEC_KINDS = {
    "add a member", "remove a member", "rename a member", "retype", "widen a type",
    "narrow a type", "require", "do not require", "add a value", "remove a value",
    "rename a value", "drop enum", "change const", "drop const", "change minimum",
    "change maximum", "change minLength", "drop minimum", "drop maximum", "drop minLength",
    "add maxLength", "add format", "change format", "drop format", "change pattern",
    "drop pattern", "drop propertyNames", "open an object", "close an object",
    "remove a variant", "rename a variant", "lead a variant elsewhere", "add a variant",
    "change the discriminator", "drop the discriminator", "drop a branch", "change x-written",
    "drop x-written", "change x-event",
}  # fmt: skip


def sample() -> list[Mutant]:
    return list(every()[::STEP])


def test_every_kind_of_change_is_made() -> None:
    """The mutants are of every kind, of every mapping and of every spec."""
    assert {one.kind for vendor in VENDORS for one in of_mapping(vendor)} == MAPPING_KINDS
    assert {one.kind for name in FORMATS for one in of_spec(name)} == SPEC_KINDS
    assert len(every()) > 18_000
    assert max(Counter(one.name for one in every()).values()) == 1


def test_what_is_not_changed_has_no_findings() -> None:
    """The judge of mutants finds nothing in what is shipped."""
    for vendor in VENDORS:
        assert first_code(Mutant("none", f"{vendor}.yaml", "", "", partial(tree, vendor))) == ""
    for name in FORMATS:
        assert first_code(Mutant("none", f"{name}.json", "", "", partial(document, name))) == ""


def document(name: str) -> object:
    return spec(name).document


def test_a_change_is_found() -> None:
    """Of the mutants tried, each is found but those on the list."""
    missed = [one.name for one in sample() if not first_code(one)]
    assert [name for name in missed if listed(name) is None] == []


@pytest.mark.parametrize("group", groups(), ids=lambda group: group.because)
def test_the_list_names_mutants(group: Group) -> None:
    """Each pattern of the list names mutants, no fewer together than are not found."""
    names = [one.name for one in every() if listed(one.name) is group]
    assert len(names) >= group.count
    for pattern in group.patterns:
        alone = replace(group, patterns=(pattern,))
        assert any(alone.holds(name) for name in names)


def test_the_list_is_short() -> None:
    """Less than one mutant in a hundred is on the list, and each group has its reason."""
    assert sum(group.count for group in groups()) < len(every()) / 100
    assert all(len(group.because) > 20 for group in groups())


@pytest.mark.parametrize("one", sample()[::16], ids=lambda one: one.name)
def test_files_are_judged_as_trees_are(one: Mutant, tmp_path: Path) -> None:
    """What is found in a mutant in memory is what `Catalog.check` finds in its files."""
    codes = {found.code for found in check(changed(one, tmp_path))}
    code = first_code(one)
    assert code in codes if code else not codes


def test_what_is_not_found_changes_nothing() -> None:
    """A mutant on the list translates every event of the corpus as what is shipped does."""
    name = "goshops.yaml .lost.interaction.items[].kind: cut a path items[].kind → items[]"
    (one,) = (one for one in of_mapping("goshops") if one.name == name)
    assert differs(one, CALLERS[:1]) == ""


def test_what_is_found_may_change_something() -> None:
    """The corpus tells a mutant that changes translations from one that does not."""
    one = next(one for one in of_mapping("goshops") if one.kind == "swap values")
    assert "became" in differs(one, CALLERS[:1])
