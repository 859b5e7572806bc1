"""What a new version of a spec does: to events, mappings, pairs of formats, and models.

The mappings are checked, and the pairs proved, with the old spec and with the new one in its place.
What is found with the new one only is what the new version breaks.

What becomes of pairs of formats when one spec takes another's place, from their proofs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from translator.analysis.check import check
from translator.analysis.model_diff import ModelsChange, compare_models, derive_changes
from translator.analysis.proof import Guard, KindProof, Proof, Verdict, prove
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import find_route
from translator.errors import Diagnostic, SpecError, TranslationError
from translator.schema.diff import Change, diff_specs
from translator.schema.lint import UNREADABLE_CODES, lint
from translator.schema.spec import Spec
from translator.schema.types import event_type

PairKey = tuple[str, str]
"""A source and a target."""

Proofs = dict[PairKey, Proof]
"""What is proved of pairs."""


@dataclass(frozen=True, slots=True)
class KindChange:
    """One kind of event of which something else holds; a side is None where there is no such."""

    kind: str
    old: Verdict | None
    new: Verdict | None

    @property
    def breaks(self) -> bool:
        """Whether events that were translated are no longer, or no longer rightly."""
        return self.old in ("proved", "guarded") and self.new in ("wrong", "refused")


@dataclass(frozen=True, slots=True)
class PairChange:
    """What changes for a pair.

    `old` and `new` are the verdicts; `added` and `removed` are checks at run time, of kinds of
    events that are translated before and after; `because` says why a pair is wrong.
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
        """Whether the pair becomes wrong, or events of it are no longer translated."""
        return (self.new == "wrong" != self.old) or any(
            change.breaks for change in self.kind_changes
        )


def pairs_through(catalog: Catalog, format_name: str) -> list[PairKey]:
    """The pairs of formats on whose way a format is, at an end or in between."""
    formats, mapping_paths = catalog.formats(), catalog.mapping_paths()
    return [
        (source, target)
        for source in formats
        for target in formats
        if format_name in (find_route(source, target, mapping_paths) or ())
    ]


def prove_pairs(catalog: Catalog, pairs: Iterable[PairKey]) -> Proofs:
    """What is proved of pairs; those of which a spec cannot be used are left out."""
    proofs: Proofs = {}
    for source, target in pairs:
        try:
            proofs[source, target] = prove(catalog, source, target)
        except (SpecError, TranslationError):
            continue
    return proofs


def compare_proofs(old: Proofs, new: Proofs) -> tuple[PairChange, ...]:
    """The pairs of which something else is proved, in their order."""
    changes = (_pair_change(old[pair], new[pair]) for pair in old if pair in new)
    return tuple(change for change in changes if change is not None)


def _pair_change(old: Proof, new: Proof) -> PairChange | None:
    if new.findings and old.findings:
        return None
    if new.findings or old.findings:
        because = tuple(dict.fromkeys(finding.message for finding in new.findings))
        return PairChange(new.source, new.target, old.verdict, new.verdict, because=because)
    before, after = _statements_by_kind(old), _statements_by_kind(new)
    kind_changes = tuple(_kind_changes(before, after))
    added = tuple(_guards_only_in(after, before))
    removed = tuple(_guards_only_in(before, after))
    because = tuple(
        finding for finding in _statement_findings(new) if finding not in _statement_findings(old)
    )
    if not (kind_changes or added or removed or because):
        return None
    return PairChange(
        new.source, new.target, old.verdict, new.verdict, kind_changes, added, removed, because
    )


def _statements_by_kind(proof: Proof) -> dict[str, KindProof]:
    return {statement.kind: statement for statement in proof.kind_proofs}


def _statement_findings(proof: Proof) -> list[str]:
    return [str(finding) for statement in proof.kind_proofs for finding in statement.findings]


def _kind_changes(
    before: dict[str, KindProof], after: dict[str, KindProof]
) -> Iterator[KindChange]:
    for kind in dict.fromkeys([*before, *after]):
        old, new = (
            statements[kind].verdict if kind in statements else None
            for statements in (before, after)
        )
        if old != new:
            yield KindChange(kind, old, new)


def _guards_only_in(
    statements: dict[str, KindProof], other_statements: dict[str, KindProof]
) -> Sequence[Guard]:
    """The checks that kinds of events have on one side only, once each."""
    guards: dict[Guard, None] = {}
    for kind, statement in statements.items():
        if kind in other_statements and "refused" not in (
            statement.verdict,
            other_statements[kind].verdict,
        ):
            guards |= dict.fromkeys(
                guard for guard in statement.guards if guard not in other_statements[kind].guards
            )
    return list(guards)


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
        spec, tuple(check(changed_catalog, spec.name)), prove_pairs(changed_catalog, selected_pairs)
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
