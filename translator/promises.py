"""A contract as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from translator.contract import Contract
from translator.needs import Need
from translator.promised import Leaf, Promise, Survival

_SAID = {
    "exact": "comes back as it was",
    "normalised": "comes back, perhaps in another spelling",
    "conditional": "comes back if",
    "changed": "something else stands in its place",
    "lost": "does not come back",
}

_WAYS = {"there": "on the way there", "back": "on the way back"}


Needs = Mapping[str, Sequence[Need]]
"""What each kind of event needs, by its name."""


def as_text(contract: Contract, needs: Needs) -> str:
    """The contract for people: kinds of events of which the same is promised stand together."""
    there, back = contract.ways
    promises = [one for one in contract.promises if one.leaves]
    refused = [one for one in contract.promises if not one.leaves]
    head = f"{' -> '.join((*there, *back[1:]))}: {len(promises)} of {len(contract.promises)}"
    parts = [f"{head} kinds of events come back"]
    if contract.given:
        parts.append(f"params taken as given: {', '.join(contract.given)}")
    if contract.crosswalks:
        parts.append(f"crosswalks taken as given: {', '.join(contract.crosswalks)}")
    grouped: dict[tuple[object, ...], list[Promise]] = {}
    for one in promises:
        needed = tuple(needs.get(one.kind, ()))
        key = (one.comes_back, one.leaves, one.params, one.spread, one.refused, needed)
        grouped.setdefault(key, []).append(one)
    parts += [_group(members, needs.get(members[0].kind, ())) for members in grouped.values()]
    if contract.survivals:
        rows = [tuple(_survival(one)) for one in contract.survivals]
        parts.append("\n".join(["what becomes of each value:", *_rows(rows)]))
    if refused:
        rows = [(one.kind, ", ".join(one.comes_back), one.refused) for one in refused]
        parts.append("\n".join(["these do not come back:", *_rows(rows)]))
    return "\n\n".join(parts)


def _survival(one: Survival) -> Iterator[str]:
    yield one.path
    yield repr(one.value)
    said = " or ".join((*one.statuses, *("refused" for _ in one.refused[:1])))
    yield said + (f": {' or '.join(one.instead)}" if one.instead else "")
    yield one.refused[0] if one.refused else ""


def _group(members: Sequence[Promise], needs: Sequence[Need]) -> str:
    one = members[0]
    names = ", ".join(
        each.kind + (f" (allow {', '.join(each.opt_ins)})" if each.opt_ins else "")
        for each in members
    )
    lines = [f"{names}: {' or '.join(one.comes_back)}"]
    if one.refused:
        lines.append(f"  refused on the way back: {one.refused}")
    for need in needs:
        how = "needs" if need.always else "may need"
        lines.append(f"  {how} {need.param} {_WAYS[need.way]}: {need.because}")
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


def as_json(contract: Contract, needs: Needs) -> str:
    """The contract for programs: one object."""
    data = {
        "source": contract.ways[0][0],
        "target": contract.ways[0][-1],
        "there": list(contract.ways[0]),
        "back": list(contract.ways[1]),
        "params": list(contract.given),
        "allow": list(contract.allow),
        "crosswalks": list(contract.crosswalks),
        "kinds": [
            asdict(one) | {"needs": [asdict(need) for need in needs.get(one.kind, ())]}
            for one in contract.promises
        ],
        "values": [asdict(one) for one in contract.survivals],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
