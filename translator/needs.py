"""The params that a round trip needs: those without which its events are, or may be, refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from translator.catalog import Catalog
from translator.contract import Contract
from translator.kinds import compile_kinds
from translator.proof import KindProof, prove_kind


@dataclass(frozen=True, slots=True)
class ParamNeed:
    """A param that a kind of event needs: always, or only where the event lacks something.

    `way` tells on which way, `because` what a refusal for want of it says.
    """

    param: str
    way: str
    always: bool
    because: str


def find_needs(catalog: Catalog, contract: Contract) -> dict[str, tuple[ParamNeed, ...]]:
    """What each kind of event that comes back needs, by the kinds' names."""
    (source, *_, target), _ = contract.routes
    forward_needs = _needs_by_kind(catalog, contract, source, target, "there")
    return_needs = _needs_by_kind(catalog, contract, target, source, "back")
    returning_kinds = {kind.label for kind in contract.return_kinds if kind.output_forms}
    return {
        promise.kind: (
            *forward_needs.get(promise.kind, {}).values(),
            *_merge_needs(
                [
                    return_needs.get(kind, {})
                    for kind in promise.written_as
                    if kind in returning_kinds
                ]
            ),
        )
        for promise in contract.promises
        if promise.leaves
    }


def _merge_needs(return_needs: Sequence[Mapping[str, ParamNeed]]) -> Iterator[ParamNeed]:
    """What an event of one of several kinds needs: always what all of them always do."""
    for param in dict.fromkeys(param for item in return_needs for param in item):
        param_needs = [item[param] for item in return_needs if param in item]
        always = len(param_needs) == len(return_needs) and all(item.always for item in param_needs)
        yield replace(param_needs[0], always=always)


def _needs_by_kind(
    catalog: Catalog, contract: Contract, source: str, target: str, direction: str
) -> Mapping[str, Mapping[str, ParamNeed]]:
    """What kinds on one way are refused without, taking the params away one at a time."""
    mappings = [step.directed.mapping for step in catalog.steps(source, target)]
    declared_params = {param.name for mapping in mappings for param in mapping.params}
    needs_by_kind: dict[str, dict[str, ParamNeed]] = {}
    for param in sorted(declared_params):
        given_params = set(contract.params) - {param}
        for kind in compile_kinds(
            catalog,
            source,
            target,
            params=given_params & declared_params,
            allow=contract.allow,
            crosswalks=contract.crosswalks,
        ):
            for need in _missing_param_needs(param, prove_kind(kind), direction):
                needs_by_kind.setdefault(kind.label, {})[param] = need
    return needs_by_kind


def _missing_param_needs(param: str, kind_proof: KindProof, direction: str) -> Iterator[ParamNeed]:
    """The first refusal of a kind for want of a param."""
    always = kind_proof.verdict == "refused"
    for guard in kind_proof.guards:
        if guard.code == "missing-param" and repr(param) in guard.demand:
            yield ParamNeed(param, direction, always, guard.demand)
            return
