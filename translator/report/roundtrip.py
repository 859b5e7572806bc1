"""Render a contract as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from translator.analysis.contract import Contract, ParamNeed, Promise, PromisedLeaf, Survival
from translator.report.table import format_table

_STATUS_PHRASES = {
    "exact": "returns unchanged",
    "normalised": "returns, possibly in another spelling",
    "conditional": "returns if",
    "changed": "is replaced",
    "lost": "does not return",
}

_DIRECTION_PHRASES = {"there": "on the outward trip", "back": "on the return trip"}

NeedsByKind = Mapping[str, Sequence[ParamNeed]]
"""The params that each kind of event needs, by the name of the kind."""


def render_text(contract: Contract, needs: NeedsByKind) -> str:
    """Return the contract with the kinds of events grouped by what is promised of them."""
    return "\n\n".join(_sections(contract, needs))


def _sections(contract: Contract, needs: NeedsByKind) -> Iterator[str]:
    forward_route, return_route = contract.routes
    returning = [promise for promise in contract.promises if promise.leaves]
    route = " -> ".join((*forward_route, *return_route[1:]))
    yield f"{route}: {len(returning)} of {len(contract.promises)} kinds of events return"
    if contract.given_params:
        yield f"assuming these params are given: {', '.join(contract.given_params)}"
    if contract.crosswalks:
        yield f"assuming these crosswalks are given: {', '.join(contract.crosswalks)}"
    groups: dict[tuple[object, ...], list[Promise]] = {}
    for promise in returning:
        anonymous = replace(promise, kind="", opt_ins=(), written_as=())
        key = anonymous, tuple(needs.get(promise.kind, ()))
        groups.setdefault(key, []).append(promise)
    for group in groups.values():
        yield _format_group(group, needs.get(group[0].kind, ()))
    if contract.survivals:
        table = format_table(map(_survival_cells, contract.survivals), indent="  ")
        yield f"outcome of each value:\n{table}"
    refused_rows = [
        (promise.kind, ", ".join(promise.comes_back), promise.refused)
        for promise in contract.promises
        if not promise.leaves
    ]
    if refused_rows:
        yield f"these kinds do not return:\n{format_table(refused_rows, indent='  ')}"


def _survival_cells(survival: Survival) -> tuple[str, ...]:
    statuses = [*survival.statuses, *("refused" for _ in survival.refused[:1])]
    outcome = " or ".join(statuses)
    if survival.instead:
        outcome += f": {' or '.join(survival.instead)}"
    reason = survival.refused[0] if survival.refused else ""
    return survival.path, repr(survival.value), outcome, reason


def _format_group(promises: Sequence[Promise], needs: Sequence[ParamNeed]) -> str:
    first = promises[0]
    names = ", ".join(
        promise.kind + (f" (allow {', '.join(promise.opt_ins)})" if promise.opt_ins else "")
        for promise in promises
    )
    lines = [f"{names}: {' or '.join(first.comes_back)}"]
    if first.refused:
        lines.append(f"  refused on the return trip: {first.refused}")
    for need in needs:
        verb = "needs" if need.always else "may need"
        lines.append(f"  {verb} {need.param} {_DIRECTION_PHRASES[need.way]}: {need.because}")
    if first.params:
        lines.append(f"  params that may appear in the result: {', '.join(first.params)}")
    if first.spread:
        lines.append(f"  each element returns in its own event: {', '.join(first.spread)}")
    return "\n".join([*lines, format_table(map(_leaf_cells, first.leaves), indent="  ")])


def _leaf_cells(leaf: PromisedLeaf) -> tuple[str, ...]:
    description = _STATUS_PHRASES[leaf.status]
    if leaf.conditions:
        description += f" {', and '.join(leaf.conditions)}"
    elif leaf.status == "conditional":
        description = "depends on its value"
    if leaf.instead:
        separator = {"conditional": "; else", "changed": " by"}.get(leaf.status, ":")
        description += f"{separator} {' or '.join(leaf.instead)}"
    loss = leaf.loss
    cause = f"{loss.way}, {loss.step}: {loss.because}" if loss is not None else ""
    return leaf.path, leaf.status, description, cause


def render_json(contract: Contract, needs: NeedsByKind) -> str:
    """Return the contract as a JSON object."""
    data = {
        "source": contract.routes[0][0],
        "target": contract.routes[0][-1],
        "there": contract.routes[0],
        "back": contract.routes[1],
        "params": list(contract.given_params),
        "allow": list(contract.allow),
        "crosswalks": list(contract.crosswalks),
        "kinds": [
            asdict(promise) | {"needs": list(map(asdict, needs.get(promise.kind, ())))}
            for promise in contract.promises
        ],
        "values": list(map(asdict, contract.survivals)),
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
