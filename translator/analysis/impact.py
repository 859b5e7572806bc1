"""Report what a new version of a spec changes: events, mappings, pairs of formats and models.

The mappings are checked and the pairs proved twice, with the old and with the new spec. Findings
that only the new spec causes are what it breaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from translator.analysis.check import check
from translator.analysis.model_diff import ModelsChange, compare_models
from translator.analysis.proof import Guard, KindProof, Proof, Verdict, prove
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import find_route
from translator.errors import Diagnostic, SpecError, TranslationError
from translator.schema.diff import Change, diff_specs
from translator.schema.lint import UNREADABLE_CODES, lint
from translator.schema.reader import event_type
from translator.schema.spec import Spec

PairKey = tuple[str, str]
"""A source and a target."""

KindProofs = dict[str, KindProof]

Findings = tuple[Diagnostic, ...]

UNMAPPED_CODES = frozenset(("unaccounted-member", "unaccounted-value"))
"""The codes of findings about fields and values that no rule covers."""

EXAMPLE_CODES = frozenset(("example-invalid", "example-differs"))
"""The codes of findings about examples of mappings."""


@dataclass(frozen=True, slots=True)
class KindChange:
    """A kind of event whose verdict changes; None if only one spec has the kind."""

    kind: str
    old: Verdict | None
    new: Verdict | None

    @property
    def breaks(self) -> bool:
        """Whether events that were translated no longer are, or may become invalid."""
        return self.old in ("proved", "guarded") and self.new in ("wrong", "refused")


@dataclass(frozen=True, slots=True)
class PairChange:
    """How the proof of a pair changes: its verdict, and those on kinds of events.

    The guards added and removed are those of kinds that are translated with both specs.
    `because` says why the pair is wrong.
    """

    source: str
    target: str
    old: Verdict
    new: Verdict
    kind_changes: tuple[KindChange, ...] = ()
    added_guards: tuple[Guard, ...] = ()
    removed_guards: tuple[Guard, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def breaks(self) -> bool:
        """Whether the pair becomes wrong, or events that were translated no longer are."""
        becomes_wrong = self.new == "wrong" != self.old
        return becomes_wrong or any(change.breaks for change in self.kind_changes)


@dataclass(frozen=True, slots=True)
class Impact:
    """The consequences of replacing the spec in file `old` by the one in file `new`.

    `changes` are the differences between the events. `findings` are those that only the new spec
    causes, `remaining` those with both specs, and `resolved` those with the old spec only.
    `pairs` are the changes among `proved_pairs`. `identical` is true if the documents are equal.
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
        """The findings about rules that break, and about the new spec itself."""
        other_codes = UNMAPPED_CODES | EXAMPLE_CODES
        return tuple(finding for finding in self.findings if finding.code not in other_codes)

    @property
    def unaccounted(self) -> Findings:
        """The findings about new fields and values that no rule covers."""
        return tuple(finding for finding in self.findings if finding.code in UNMAPPED_CODES)

    @property
    def examples(self) -> Findings:
        """The findings about examples that do not hold with the new spec."""
        return tuple(finding for finding in self.findings if finding.code in EXAMPLE_CODES)

    @property
    def breaks(self) -> bool:
        """Whether something has to be corrected before the new spec can replace the old one."""
        return bool(self.findings) or any(change.breaks for change in self.pairs)


@dataclass(frozen=True, slots=True)
class SpecSnapshot:
    """The findings and proofs of a catalog that uses `spec` for its format."""

    spec: Spec
    findings: Findings
    proofs: dict[PairKey, Proof]


def impact(catalog: Catalog, old: Spec, new: Spec) -> Impact:
    """Compare two versions of a spec by their effect on the mappings of a catalog.

    The catalog has the other formats, and is not changed. The models are compared if their
    generator is installed.

    Raises `SpecError` if one of the specs is unusable, and `ValueError` if their formats differ.
    """
    if old.name != new.name:
        raise ValueError(f"expected two versions of one format, got {old.name!r} and {new.name!r}")
    if old.document == new.document:
        no_change = ModelsChange("generated")
        return Impact(old.name, old.file, new.file, True, (), (), (), (), (), (), no_change)
    for spec in (old, new):
        if errors := [finding for finding in lint(spec) if finding.code in UNREADABLE_CODES]:
            raise SpecError(errors)
        event_type(spec, for_output=False)
        event_type(spec, for_output=True)
    return compare_snapshots(take_snapshot(catalog, old), take_snapshot(catalog, new))


def take_snapshot(catalog: Catalog, spec: Spec, pairs: list[PairKey] | None = None) -> SpecSnapshot:
    """Check a catalog that uses `spec`, and prove `pairs` (default: all on whose route it is).

    Pairs whose route has an unusable spec are left out. Raises `SpecError` if `spec` itself has no
    usable event schema.
    """
    catalog = catalog.with_spec(spec)
    proofs: dict[PairKey, Proof] = {}
    if pairs is None:
        formats = catalog.formats()
        all_pairs, paths = product(formats, formats), catalog.mapping_paths()
        pairs = [pair for pair in all_pairs if spec.name in (find_route(*pair, paths) or ())]
    for pair in pairs:
        with suppress(SpecError, TranslationError):
            proofs[pair] = prove(catalog, *pair)
    return SpecSnapshot(spec, tuple(check(catalog, spec.name)), proofs)


def compare_snapshots(before: SpecSnapshot, after: SpecSnapshot) -> Impact:
    """Compare the findings and proofs of two specs of one format, for the same pairs.

    Raises `SpecError` if one of the specs has no usable event schema.
    """
    old, new = before.spec, after.spec
    models, model_findings = _compare_models(old, new)
    new_findings, remaining = _split_findings(after, before)
    pairs = [pair for pair in before.proofs if pair in after.proofs]
    changes = (_compare_proofs(before.proofs[pair], after.proofs[pair]) for pair in pairs)
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
        tuple(filter(None, changes)),
        models,
    )


def _compare_models(old: Spec, new: Spec) -> tuple[ModelsChange, Findings]:
    """Compare the models; if the new spec has none, the reason is a finding."""
    try:
        return compare_models(old, new), ()
    except SpecError as error:
        findings = [item for item in error.diagnostics if item.location.file == new.file]
        return ModelsChange("failed"), tuple(findings)


def _split_findings(snapshot: SpecSnapshot, other: SpecSnapshot) -> tuple[Findings, Findings]:
    """Split the findings of a snapshot into those that the other lacks, and those it shares."""
    unmatched = Counter(_finding_key(finding, other.spec) for finding in other.findings)
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


# --- pairs ----------------------------------------------------------------------------------------


def _compare_proofs(old: Proof, new: Proof) -> PairChange | None:
    if new.findings and old.findings:
        return None
    before: KindProofs = {}
    after: KindProofs = {}
    if not new.findings and not old.findings:  # a mapping with errors has no kinds to compare
        before = {proof.kind: proof for proof in old.kind_proofs}
        after = {proof.kind: proof for proof in new.kind_proofs}
    kinds = tuple(_kind_changes(before, after))
    added, removed = _guards_only_in(after, before), _guards_only_in(before, after)
    known = {finding for proof in before.values() for finding in proof.findings}
    problems = [finding.message for finding in new.findings]
    problems += [finding for proof in after.values() for finding in proof.findings]
    because = tuple(problem for problem in dict.fromkeys(problems) if problem not in known)
    if not (kinds or added or removed or because or old.findings):
        return None
    source, target = new.route[0], new.route[-1]
    return PairChange(source, target, old.verdict, new.verdict, kinds, added, removed, because)


def _kind_changes(before: KindProofs, after: KindProofs) -> Iterator[KindChange]:
    for kind in before | after:
        old, new = (proofs[kind].verdict if kind in proofs else None for proofs in (before, after))
        if old != new:
            yield KindChange(kind, old, new)


def _guards_only_in(proofs: KindProofs, others: KindProofs) -> tuple[Guard, ...]:
    """Return the guards that kinds have on one side only, of kinds translated on both sides."""
    guards: dict[Guard, None] = {}
    for kind, proof in proofs.items():
        other = others.get(kind)
        if other is not None and "refused" not in (proof.verdict, other.verdict):
            guards |= dict.fromkeys(guard for guard in proof.guards if guard not in other.guards)
    return tuple(guards)
