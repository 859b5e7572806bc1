"""Render a contract as text or JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from translator.analysis.contract import Contract, ParamNeed, Promise, PromisedLeaf, Survival
from translator.report.printable import Printable, join_printable, printable_json
from translator.report.style import PLAIN, Style
from translator.report.table import titled_table

_STATUS_PHRASES = {
    "exact": "returns unchanged",
    "normalised": "returns, possibly in another spelling",
    "conditional": "returns if",
    "changed": "is replaced",
    "lost": "does not return",
}

_DIRECTIONS = {"there": "forward", "back": "return"}

_RETURN_PHRASES = {
    "refused there": "refused in the forward direction",
    "refused on the way back": "refused in the return direction",
}

NeedsByKind = Mapping[str, Sequence[ParamNeed]]
"""The params that each kind of event needs, by the name of the kind."""


def render_text(contract: Contract, needs: NeedsByKind, style: Style = PLAIN) -> Printable:
    """Return the contract with the kinds of events grouped by what is promised of them."""
    return join_printable(_sections(contract, needs, style), "\n\n")


def _sections(contract: Contract, needs: NeedsByKind, style: Style) -> Iterator[str]:
    forward_route, return_route = contract.routes
    returning = [promise for promise in contract.promises if promise.leaves]
    route = " -> ".join((*forward_route, *return_route[1:]))
    yield f"{route}: {len(returning)} of {len(contract.promises)} kinds of events return"
    for what, names in (("params", contract.given_params), ("crosswalks", contract.crosswalks)):
        if names:
            yield f"assuming these {what} are given: {', '.join(names)}"
    groups: dict[object, list[Promise]] = defaultdict(list)
    for promise in returning:
        anonymous = replace(promise, kind="", opt_ins=(), written_as=())
        groups[anonymous, tuple(needs.get(promise.kind, ()))].append(promise)
    for group in groups.values():
        yield _format_group(group, needs.get(group[0].kind, ()), style)
    if contract.survivals:
        names, rows = ("field", "value", "outcome", "why"), map(_survival_cells, contract.survivals)
        yield titled_table("outcome of each value:", names, rows, style)
    refused_rows = [
        (promise.kind, _format_returns(promise, ", "), promise.refused)
        for promise in contract.promises
        if not promise.leaves
    ]
    if refused_rows:
        names = ("kind", "outcome", "why")
        yield titled_table("these kinds do not return:", names, refused_rows, style)


def _survival_cells(survival: Survival) -> tuple[str, ...]:
    reason = next(iter(survival.refused), "")
    outcome = " or ".join([*survival.statuses, *(["refused"] if survival.refused else [])])
    if survival.instead:
        outcome += f": {' or '.join(survival.instead)}"
    return survival.path, repr(survival.value), outcome, reason


def _format_group(
    promises: Sequence[Promise], needs: Sequence[ParamNeed], style: Style
) -> Printable:
    first = promises[0]
    names = ", ".join(
        promise.kind + (f" (allow {', '.join(promise.opt_ins)})" if promise.opt_ins else "")
        for promise in promises
    )
    lines = [f"{names}: {_format_returns(first, ' or ')}"]
    if first.refused:
        lines.append(f"  refused in the return direction: {first.refused}")
    for need in needs:
        verb = "needs" if need.always else "may need"
        direction = _DIRECTIONS[need.way]
        lines.append(f"  {verb} {need.param} in the {direction} direction: {need.because}")
    if first.params:
        lines.append(f"  params that may appear in the result: {', '.join(first.params)}")
    if first.spread:
        lines.append(f"  each element returns in its own event: {', '.join(first.spread)}")
    rows, columns = map(_leaf_cells, first.leaves), ("field", "outcome", "how", "why")
    return titled_table(join_printable(lines), columns, rows, style)


def _format_returns(promise: Promise, separator: str) -> str:
    return separator.join(_RETURN_PHRASES.get(item, item) for item in promise.comes_back)


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
    cause = f"{_DIRECTIONS[loss.way]}, {loss.step}: {loss.because}" if loss else ""
    return leaf.path, leaf.status, description, cause


def render_json(contract: Contract, needs: NeedsByKind) -> Printable:
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
    return printable_json(data)
