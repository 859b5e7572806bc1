"""A contract as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from translator.analysis.contract import Contract, ParamNeed, Promise, PromisedLeaf, Survival

_STATUS_PHRASES = {
    "exact": "comes back as it was",
    "normalised": "comes back, perhaps in another spelling",
    "conditional": "comes back if",
    "changed": "something else stands in its place",
    "lost": "does not come back",
}

_DIRECTION_PHRASES = {"there": "on the way there", "back": "on the way back"}

NeedsByKind = Mapping[str, Sequence[ParamNeed]]
"""What each kind of event needs, by its name."""


def render_text(contract: Contract, needs: NeedsByKind) -> str:
    """The contract for people: kinds of events of which the same is promised stand together."""
    forward_route, return_route = contract.routes
    returning_promises = [promise for promise in contract.promises if promise.leaves]
    refused_promises = [promise for promise in contract.promises if not promise.leaves]
    route = " -> ".join((*forward_route, *return_route[1:]))
    head = f"{route}: {len(returning_promises)} of {len(contract.promises)}"
    parts = [f"{head} kinds of events come back"]
    if contract.given_params:
        parts.append(f"params taken as given: {', '.join(contract.given_params)}")
    if contract.crosswalks:
        parts.append(f"crosswalks taken as given: {', '.join(contract.crosswalks)}")
    groups: dict[tuple[object, ...], list[Promise]] = {}
    for promise in returning_promises:
        kind_needs = tuple(needs.get(promise.kind, ()))
        key = (
            promise.comes_back,
            promise.leaves,
            promise.params,
            promise.spread,
            promise.refused,
            kind_needs,
        )
        groups.setdefault(key, []).append(promise)
    parts += [_format_group(group, needs.get(group[0].kind, ())) for group in groups.values()]
    if contract.survivals:
        rows = [tuple(_survival_cells(promise)) for promise in contract.survivals]
        parts.append("\n".join(["what becomes of each value:", *_align_rows(rows)]))
    if refused_promises:
        rows = [
            (promise.kind, ", ".join(promise.comes_back), promise.refused)
            for promise in refused_promises
        ]
        parts.append("\n".join(["these do not come back:", *_align_rows(rows)]))
    return "\n\n".join(parts)


def _survival_cells(survival: Survival) -> Iterator[str]:
    yield survival.path
    yield repr(survival.value)
    description = " or ".join((*survival.statuses, *("refused" for _ in survival.refused[:1])))
    yield description + (f": {' or '.join(survival.instead)}" if survival.instead else "")
    yield survival.refused[0] if survival.refused else ""


def _format_group(promises: Sequence[Promise], needs: Sequence[ParamNeed]) -> str:
    first = promises[0]
    names = ", ".join(
        promise.kind + (f" (allow {', '.join(promise.opt_ins)})" if promise.opt_ins else "")
        for promise in promises
    )
    lines = [f"{names}: {' or '.join(first.comes_back)}"]
    if first.refused:
        lines.append(f"  refused on the way back: {first.refused}")
    for need in needs:
        verb = "needs" if need.always else "may need"
        lines.append(f"  {verb} {need.param} {_DIRECTION_PHRASES[need.way]}: {need.because}")
    if first.params:
        lines.append(f"  params may stand in what comes back: {', '.join(first.params)}")
    if first.spread:
        lines.append(f"  each in an event of its own: {', '.join(first.spread)}")
    return "\n".join([*lines, *_align_rows([tuple(_leaf_cells(leaf)) for leaf in first.leaves])])


def _leaf_cells(leaf: PromisedLeaf) -> Iterator[str]:
    yield leaf.path
    yield leaf.status
    description = _STATUS_PHRASES[leaf.status]
    if leaf.conditions:
        description += f" {', and '.join(leaf.conditions)}"
    elif leaf.status == "conditional":
        description = "depends on its value"
    if leaf.instead:
        description += (
            f"; else {' or '.join(leaf.instead)}"
            if leaf.status == "conditional"
            else (f": {' or '.join(leaf.instead)}")
        )
    yield description
    loss = leaf.loss
    yield f"{loss.way}, {loss.step}: {loss.because}" if loss is not None else ""


def _align_rows(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def render_json(contract: Contract, needs: NeedsByKind) -> str:
    """The contract for programs: one object."""
    data = {
        "source": contract.routes[0][0],
        "target": contract.routes[0][-1],
        "there": list(contract.routes[0]),
        "back": list(contract.routes[1]),
        "params": list(contract.given_params),
        "allow": list(contract.allow),
        "crosswalks": list(contract.crosswalks),
        "kinds": [
            asdict(record) | {"needs": [asdict(need) for need in needs.get(record.kind, ())]}
            for record in contract.promises
        ],
        "values": [asdict(record) for record in contract.survivals],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
