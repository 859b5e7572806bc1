"""The params that a round trip needs: those without which its events are, or may be, refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from translator.catalog import Catalog
from translator.contract import Contract
from translator.kinds import kinds
from translator.proof import Statement, state


@dataclass(frozen=True, slots=True)
class Need:
    """A param that a kind of event needs: always, or only where the event lacks something.

    `way` tells on which way, `because` what a refusal for want of it says.
    """

    param: str
    way: str
    always: bool
    because: str


def needs(catalog: Catalog, contract: Contract) -> dict[str, tuple[Need, ...]]:
    """What each kind of event that comes back needs, by the kinds' names."""
    (source, *_, target), _ = contract.ways
    there = _lacking(catalog, contract, source, target, "there")
    back = _lacking(catalog, contract, target, source, "back")
    returning = {kind.label for kind in contract.back if kind.made}
    return {
        promise.kind: (
            *there.get(promise.kind, {}).values(),
            *_any_of([back.get(kind, {}) for kind in promise.written_as if kind in returning]),
        )
        for promise in contract.promises
        if promise.leaves
    }


def _any_of(kinds_back: Sequence[Mapping[str, Need]]) -> Iterator[Need]:
    """What an event of one of several kinds needs: always what all of them always do."""
    for param in dict.fromkeys(param for one in kinds_back for param in one):
        found = [one[param] for one in kinds_back if param in one]
        always = len(found) == len(kinds_back) and all(one.always for one in found)
        yield replace(found[0], always=always)


def _lacking(
    catalog: Catalog, contract: Contract, source: str, target: str, way: str
) -> Mapping[str, Mapping[str, Need]]:
    """What kinds on one way are refused without, taking the params away one at a time."""
    mappings = [step.directed.mapping for step in catalog.steps(source, target)]
    known = {param.name for one in mappings for param in one.params}
    found: dict[str, dict[str, Need]] = {}
    for param in sorted(known):
        given = set(contract.params) - {param}
        for kind in kinds(
            catalog,
            source,
            target,
            params=given & known,
            allow=contract.allow,
            crosswalks=contract.crosswalks,
        ):
            for need in _named(param, state(kind), way):
                found.setdefault(kind.label, {})[param] = need
    return found


def _named(param: str, statement: Statement, way: str) -> Iterator[Need]:
    """The first refusal of a kind for want of a param."""
    always = statement.verdict == "refused"
    for guard in statement.guards:
        if guard.code == "missing-param" and repr(param) in guard.demand:
            yield Need(param, way, always, guard.demand)
            return
