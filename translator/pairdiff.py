"""What becomes of pairs of formats when one spec takes another's place, from their proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from translator.catalog import Catalog
from translator.errors import SpecError, TranslationError
from translator.proof import Guard, KindProof, Proof, Verdict, prove
from translator.route import find_route

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
