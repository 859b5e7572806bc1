"""What becomes of pairs of formats when one spec takes another's place, from their proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from translator.catalog import Catalog
from translator.errors import SpecError, TranslationError
from translator.proof import Guard, Proof, Statement, Verdict, prove
from translator.route import route

Pair = tuple[str, str]
"""A source and a target."""

Proofs = dict[Pair, Proof]
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
    kinds: tuple[KindChange, ...] = ()
    added: tuple[Guard, ...] = ()
    removed: tuple[Guard, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def breaks(self) -> bool:
        """Whether the pair becomes wrong, or events of it are no longer translated."""
        return (self.new == "wrong" != self.old) or any(one.breaks for one in self.kinds)


def pairs_of(catalog: Catalog, format: str) -> list[Pair]:
    """The pairs of formats on whose way a format is, at an end or in between."""
    formats, links = catalog.formats(), catalog.links()
    return [
        (source, target)
        for source in formats
        for target in formats
        if format in (route(source, target, links) or ())
    ]


def proofs(catalog: Catalog, pairs: Iterable[Pair]) -> Proofs:
    """What is proved of pairs; those of which a spec cannot be used are left out."""
    found: Proofs = {}
    for source, target in pairs:
        try:
            found[source, target] = prove(catalog, source, target)
        except (SpecError, TranslationError):
            continue
    return found


def pair_changes(old: Proofs, new: Proofs) -> tuple[PairChange, ...]:
    """The pairs of which something else is proved, in their order."""
    both = (_changed(old[pair], new[pair]) for pair in old if pair in new)
    return tuple(one for one in both if one is not None)


def _changed(old: Proof, new: Proof) -> PairChange | None:
    if new.findings and old.findings:
        return None
    if new.findings or old.findings:
        because = tuple(dict.fromkeys(one.message for one in new.findings))
        return PairChange(new.source, new.target, old.verdict, new.verdict, because=because)
    before, after = _by_kind(old), _by_kind(new)
    kinds = tuple(_kinds(before, after))
    added = tuple(_guards(after, before))
    removed = tuple(_guards(before, after))
    because = tuple(one for one in _misfits(new) if one not in _misfits(old))
    if not (kinds or added or removed or because):
        return None
    return PairChange(
        new.source, new.target, old.verdict, new.verdict, kinds, added, removed, because
    )


def _by_kind(proof: Proof) -> dict[str, Statement]:
    return {one.kind: one for one in proof.statements}


def _misfits(proof: Proof) -> list[str]:
    return [str(finding) for one in proof.statements for finding in one.findings]


def _kinds(before: dict[str, Statement], after: dict[str, Statement]) -> Iterator[KindChange]:
    for kind in dict.fromkeys([*before, *after]):
        old, new = (one[kind].verdict if kind in one else None for one in (before, after))
        if old != new:
            yield KindChange(kind, old, new)


def _guards(of: dict[str, Statement], other: dict[str, Statement]) -> Sequence[Guard]:
    """The checks that kinds of events have on one side only, once each."""
    found: dict[Guard, None] = {}
    for kind, one in of.items():
        if kind in other and "refused" not in (one.verdict, other[kind].verdict):
            found |= dict.fromkeys(guard for guard in one.guards if guard not in other[kind].guards)
    return list(found)
