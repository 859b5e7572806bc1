"""A contract as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from translator.contract import Contract, Leaf, Promise

_SAID = {
    "exact": "comes back as it was",
    "normalised": "comes back, perhaps in another spelling",
    "conditional": "comes back if",
    "changed": "something else stands in its place",
    "lost": "does not come back",
}


def as_text(contract: Contract) -> str:
    """The contract for people: kinds of events of which the same is promised stand together."""
    there, back = contract.ways
    promises = [one for one in contract.promises if one.leaves]
    refused = [one for one in contract.promises if not one.leaves]
    head = f"{' -> '.join((*there, *back[1:]))}: {len(promises)} of {len(contract.promises)}"
    parts = [f"{head} kinds of events come back"]
    if contract.given:
        parts.append(f"params taken as given: {', '.join(contract.given)}")
    grouped: dict[tuple[object, ...], list[Promise]] = {}
    for one in promises:
        key = (one.comes_back, one.leaves, one.params, one.spread, one.refused)
        grouped.setdefault(key, []).append(one)
    parts += [_group(members) for members in grouped.values()]
    if refused:
        rows = [(one.kind, ", ".join(one.comes_back), one.refused) for one in refused]
        parts.append("\n".join(["these do not come back:", *_rows(rows)]))
    return "\n\n".join(parts)


def _group(members: Sequence[Promise]) -> str:
    one = members[0]
    names = ", ".join(
        each.kind + (f" (allow {', '.join(each.opt_ins)})" if each.opt_ins else "")
        for each in members
    )
    lines = [f"{names}: {' or '.join(one.comes_back)}"]
    if one.refused:
        lines.append(f"  refused on the way back: {one.refused}")
    if one.params:
        lines.append(f"  params may stand in what comes back: {', '.join(one.params)}")
    if one.spread:
        lines.append(f"  each in an event of its own: {', '.join(one.spread)}")
    return "\n".join([*lines, *_rows([tuple(_cells(leaf)) for leaf in one.leaves])])


def _cells(leaf: Leaf) -> Iterator[str]:
    yield leaf.path
    yield leaf.status
    said = _SAID[leaf.status]
    if leaf.conditions:
        said += f" {', and '.join(leaf.conditions)}"
    elif leaf.status == "conditional":
        said = "depends on its value"
    if leaf.instead:
        said += (
            f"; else {' or '.join(leaf.instead)}"
            if leaf.status == "conditional"
            else (f": {' or '.join(leaf.instead)}")
        )
    yield said
    loss = leaf.loss
    yield f"{loss.way}, {loss.step}: {loss.because}" if loss is not None else ""


def _rows(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def as_json(contract: Contract) -> str:
    """The contract for programs: one object."""
    data = {
        "source": contract.ways[0][0],
        "target": contract.ways[0][-1],
        "there": list(contract.ways[0]),
        "back": list(contract.ways[1]),
        "params": list(contract.given),
        "kinds": [asdict(one) for one in contract.promises],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
