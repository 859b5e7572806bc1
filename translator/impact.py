"""What a new version of a spec does: to events, mappings, pairs of formats, and models.

The mappings are checked, and the pairs proved, with the old spec and with the new one in its place.
What is found with the new one only is what the new version breaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from translator.catalog import UNREADABLE, Catalog
from translator.diagnostics import Diagnostic
from translator.errors import SpecError
from translator.modeldiff import ModelsChange, derived_change, models_change
from translator.pairdiff import Pair, PairChange, Proofs, pair_changes, pairs_of, proofs
from translator.shapes import event_shape
from translator.spec import Spec
from translator.specdiff import Change, changes
from translator.speclint import lint

UNACCOUNTED = frozenset(("unaccounted-member", "unaccounted-value"))
"""The codes of findings about what no mapping says anything of."""

EXAMPLES = frozenset(("example-invalid", "example-differs"))
"""The codes of findings about examples of mappings."""

Findings = tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What the spec in the file `new` does, in place of that in the file `old`.

    `changes` is what differs in the events; `findings` are those of the check that come with the
    new spec, `remaining` those that stay, `resolved` those that go; `pairs` are those of which
    something else is proved, out of `proved`; `models` is how the generated models change. `same`
    is true where the documents do not differ at all.
    """

    format: str
    old: str
    new: str
    same: bool
    changes: tuple[Change, ...]
    findings: Findings
    remaining: Findings
    resolved: Findings
    proved: tuple[Pair, ...]
    pairs: tuple[PairChange, ...]
    models: ModelsChange

    @property
    def broken(self) -> Findings:
        """The findings about rules that break, or that the new spec itself has."""
        return tuple(one for one in self.findings if one.code not in UNACCOUNTED | EXAMPLES)

    @property
    def unaccounted(self) -> Findings:
        """The findings about new members and values that no mapping says anything of."""
        return tuple(one for one in self.findings if one.code in UNACCOUNTED)

    @property
    def examples(self) -> Findings:
        """The findings about examples of mappings that are not as the new spec has it."""
        return tuple(one for one in self.findings if one.code in EXAMPLES)

    @property
    def breaks(self) -> bool:
        """Whether anything has to be done before the new spec can take the old one's place."""
        return bool(self.findings) or any(one.breaks for one in self.pairs)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is found and proved with a spec in its place."""

    spec: Spec
    findings: Findings
    proofs: Proofs


def survey(catalog: Catalog, spec: Spec, pairs: Iterable[Pair] | None = None) -> Survey:
    """What is found and proved with `spec` in its place in `catalog`.

    `pairs` are those to prove, by default all on whose way the format is. Raises `SpecError` where
    the events have no shape.
    """
    placed = catalog.with_spec(spec)
    wanted = pairs_of(placed, spec.name) if pairs is None else pairs
    return Survey(spec, tuple(placed.check(spec.name)), proofs(placed, wanted))


def impact(catalog: Catalog, old: Spec, new: Spec) -> Impact:
    """What `new` does in place of `old`, among the other formats and the mappings of `catalog`.

    Both are specs of one format, whatever their files. Raises `SpecError` where one cannot be used,
    and `ValueError` where the specs are of two formats.
    """
    if old.name != new.name:
        raise ValueError(f"{old.name!r} and {new.name!r} are two formats")
    if old.document == new.document:
        none = ModelsChange("derived")
        return Impact(old.name, old.file, new.file, True, (), (), (), (), (), (), none)
    for one in (old, new):
        _usable(one)
    return compared(survey(catalog, old), survey(catalog, new))


def _usable(spec: Spec) -> None:
    """Raise a `SpecError` where the schemas are none, or not of objects."""
    if unusable := [one for one in lint(spec) if one.code in UNREADABLE]:
        raise SpecError(unusable)
    event_shape(spec, writing=False)
    event_shape(spec, writing=True)


def compared(before: Survey, after: Survey) -> Impact:
    """What the spec of one survey does in place of the other's, both of the same pairs.

    Raises `SpecError` where the events of one have no shape.
    """
    old, new = before.spec, after.spec
    models, unmade = _models(old, new)
    fresh, remaining = _apart(after, before)
    return Impact(
        old.name,
        old.file,
        new.file,
        False,
        changes(old, new),
        (*fresh, *unmade),
        remaining,
        _apart(before, after)[0],
        tuple(after.proofs),
        pair_changes(before.proofs, after.proofs),
        models,
    )


def _apart(of: Survey, other: Survey) -> tuple[Findings, Findings]:
    """The findings of one survey that the other does not have, and those that it has as well."""
    known = Counter(_key(one, other.spec) for one in other.findings)
    apart: list[Diagnostic] = []
    shared: list[Diagnostic] = []
    for one in of.findings:
        key = _key(one, of.spec)
        (shared if known[key] else apart).append(one)
        known[key] -= 1 if known[key] else 0
    return tuple(apart), tuple(shared)


def _key(one: Diagnostic, spec: Spec) -> tuple[str, str, int, str, str]:
    at = one.location
    file = "" if at.file == spec.file else at.file
    return one.code, file, at.line, at.pointer, one.message


def _models(old: Spec, new: Spec) -> tuple[ModelsChange, Findings]:
    """How the models change; what keeps the generator from making them is a finding."""
    try:
        return models_change(old, new), ()
    except SpecError as error:
        unmade = tuple(one for one in error.diagnostics if one.location.file == new.file)
        return derived_change(old, new), unmade
