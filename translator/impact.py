"""What a new version of a spec does: to events, mappings, pairs of formats, and models.

The mappings are checked, and the pairs proved, with the old spec and with the new one in its place.
What is found with the new one only is what the new version breaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from translator.catalog import UNREADABLE_CODES, Catalog
from translator.diagnostics import Diagnostic
from translator.errors import SpecError
from translator.modeldiff import ModelsChange, compare_models, derive_changes
from translator.pairdiff import (
    PairChange,
    PairKey,
    Proofs,
    compare_proofs,
    pairs_through,
    prove_pairs,
)
from translator.shapes import event_type
from translator.spec import Spec
from translator.specdiff import Change, diff_specs
from translator.speclint import lint

UNMAPPED_CODES = frozenset(("unaccounted-member", "unaccounted-value"))
"""The codes of findings about what no mapping says anything of."""

EXAMPLE_CODES = frozenset(("example-invalid", "example-differs"))
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
    identical: bool
    changes: tuple[Change, ...]
    findings: Findings
    remaining: Findings
    resolved: Findings
    proved_pairs: tuple[PairKey, ...]
    pairs: tuple[PairChange, ...]
    models: ModelsChange

    @property
    def broken(self) -> Findings:
        """The findings about rules that break, or that the new spec itself has."""
        return tuple(
            finding
            for finding in self.findings
            if finding.code not in UNMAPPED_CODES | EXAMPLE_CODES
        )

    @property
    def unaccounted(self) -> Findings:
        """The findings about new members and values that no mapping says anything of."""
        return tuple(finding for finding in self.findings if finding.code in UNMAPPED_CODES)

    @property
    def examples(self) -> Findings:
        """The findings about examples of mappings that are not as the new spec has it."""
        return tuple(finding for finding in self.findings if finding.code in EXAMPLE_CODES)

    @property
    def breaks(self) -> bool:
        """Whether anything has to be done before the new spec can take the old one's place."""
        return bool(self.findings) or any(change.breaks for change in self.pairs)


@dataclass(frozen=True, slots=True)
class SpecSnapshot:
    """What is found and proved with a spec in its place."""

    spec: Spec
    findings: Findings
    proofs: Proofs


def take_snapshot(
    catalog: Catalog, spec: Spec, pairs: Iterable[PairKey] | None = None
) -> SpecSnapshot:
    """What is found and proved with `spec` in its place in `catalog`.

    `pairs` are those to prove, by default all on whose way the format is. Raises `SpecError` where
    the events have no shape.
    """
    changed_catalog = catalog.with_spec(spec)
    selected_pairs = pairs_through(changed_catalog, spec.name) if pairs is None else pairs
    return SpecSnapshot(
        spec, tuple(changed_catalog.check(spec.name)), prove_pairs(changed_catalog, selected_pairs)
    )


def impact(catalog: Catalog, old: Spec, new: Spec) -> Impact:
    """What `new` does in place of `old`, among the other formats and the mappings of `catalog`.

    Both are specs of one format, whatever their files. Raises `SpecError` where one cannot be used,
    and `ValueError` where the specs are of two formats.
    """
    if old.name != new.name:
        raise ValueError(f"{old.name!r} and {new.name!r} are two formats")
    if old.document == new.document:
        no_change = ModelsChange("derived")
        return Impact(old.name, old.file, new.file, True, (), (), (), (), (), (), no_change)
    for spec in (old, new):
        _check_usable(spec)
    return compare_snapshots(take_snapshot(catalog, old), take_snapshot(catalog, new))


def _check_usable(spec: Spec) -> None:
    """Raise a `SpecError` where the schemas are none, or not of objects."""
    if errors := [finding for finding in lint(spec) if finding.code in UNREADABLE_CODES]:
        raise SpecError(errors)
    event_type(spec, for_output=False)
    event_type(spec, for_output=True)


def compare_snapshots(before: SpecSnapshot, after: SpecSnapshot) -> Impact:
    """What the spec of one survey does in place of the other's, both of the same pairs.

    Raises `SpecError` where the events of one have no shape.
    """
    old, new = before.spec, after.spec
    models, model_findings = _model_changes(old, new)
    new_findings, remaining = _split_findings(after, before)
    return Impact(
        old.name,
        old.file,
        new.file,
        False,
        diff_specs(old, new),
        (*new_findings, *model_findings),
        remaining,
        _split_findings(before, after)[0],
        tuple(after.proofs),
        compare_proofs(before.proofs, after.proofs),
        models,
    )


def _split_findings(
    snapshot: SpecSnapshot, other_snapshot: SpecSnapshot
) -> tuple[Findings, Findings]:
    """The findings of one survey that the other does not have, and those that it has as well."""
    unmatched = Counter(
        _finding_key(finding, other_snapshot.spec) for finding in other_snapshot.findings
    )
    unique: list[Diagnostic] = []
    shared: list[Diagnostic] = []
    for finding in snapshot.findings:
        key = _finding_key(finding, snapshot.spec)
        (shared if unmatched[key] else unique).append(finding)
        unmatched[key] -= 1 if unmatched[key] else 0
    return tuple(unique), tuple(shared)


def _finding_key(finding: Diagnostic, spec: Spec) -> tuple[str, str, int, str, str]:
    location = finding.location
    file = "" if location.file == spec.file else location.file
    return finding.code, file, location.line, location.pointer, finding.message


def _model_changes(old: Spec, new: Spec) -> tuple[ModelsChange, Findings]:
    """How the models change; what keeps the generator from making them is a finding."""
    try:
        return compare_models(old, new), ()
    except SpecError as error:
        findings = tuple(
            finding for finding in error.diagnostics if finding.location.file == new.file
        )
        return derive_changes(old, new), findings
