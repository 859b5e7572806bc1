"""What becomes of an event: translations that account for every leaf, or an expected refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from tests.tools.arguments import Caller, catalog, translator
from translator import TranslationError
from translator.analysis.explain import Explanation
from translator.analysis.proof import Proof, prove
from translator.compiler.value_chains import RESPELLED
from translator.results import Loss

Json = Any

UNCHANGED = frozenset(("same", "carried", "restored"))
"""The operations of rules that copy a value."""


@cache
def _proof(source: str, target: str, caller: Caller) -> Proof:
    proof = prove(catalog(), source, target, **caller.keywords(source, target))
    assert proof.verdict != "wrong"
    return proof


@cache
def proved_refusals(source: str, target: str, caller: Caller) -> frozenset[tuple[str, str]]:
    """The code and place of each refusal of a valid event that the proof of a pair allows."""
    proof = _proof(source, target, caller)
    guards = (guard for kind in proof.kind_proofs for guard in kind.guards)
    return frozenset((guard.code, guard.place) for guard in guards)


@cache
def demanded_opt_ins(source: str, target: str, caller: Caller) -> frozenset[str]:
    """The opt-ins without which the caller's events of some kinds have no equivalent."""
    proof = _proof(source, target, caller)
    return frozenset(name for kind in proof.kind_proofs for name in kind.opt_ins)


def assert_proved(refusal: TranslationError, source: str, target: str, caller: Caller) -> None:
    """Fail unless the proof of the pair names the code and the place of a refusal, or an opt-in."""
    opt_ins = demanded_opt_ins(source, target, caller)
    if refusal.code == "no-equivalent" and any(repr(name) in refusal.message for name in opt_ins):
        return
    assert any(
        refusal.code == code and is_at(refusal.path, place)
        for code, place in proved_refusals(source, target, caller)
    ), refusal


def is_at(path: str, place: str) -> bool:
    """Whether a JSON path matches a place of a proof: `[]` is any element, `.*` any field."""
    pattern = re.escape(place).replace(r"\[\]", r"\[\d+\]").replace(r"\.\*", r"(\.\w+|\['.*'\])")
    return re.fullmatch(pattern, path) is not None


def translate_valid(source: str, target: str, caller: Caller, event: Json) -> list[Json]:
    """The translations of a valid event; none if it is refused as the proof allows."""
    try:
        return list(translator(source, target, caller).translate_all(event))
    except TranslationError as refusal:
        assert_proved(refusal, source, target, caller)
        return []


def leaves(value: Json, path: str = "$") -> Iterator[tuple[str, Json]]:
    """Each leaf of a value with its JSON path; an empty list or object is a leaf."""
    match value:
        case dict() if value:
            for key, inner in value.items():
                step = f".{key}" if key.isidentifier() else f"[{key!r}]"
                yield from leaves(inner, path + step)
        case list() if value:
            for index, inner in enumerate(value):
                yield from leaves(inner, f"{path}[{index}]")
        case _:
            yield path, value


def assert_accounted(event: Json, explanation: Explanation, losses: Sequence[Loss]) -> None:
    """Fail unless each leaf of an event is reported as lost or implied, or is written.

    A leaf that is only copied must arrive with the same value. One that is implied must be in no
    output. Each loss must name a leaf of the
    event, or an object or list in it, and give a reason.
    """
    values = dict(leaves(event))
    lossy = {loss.path for loss in losses if loss.kind != "carried" and loss.because != RESPELLED}
    arrived: set[str] = set()
    implied = {leaf.path for leaf in explanation.read if leaf.outcome == "implied"}
    for leaf in explanation.written:
        for source in leaf.sources:
            is_copy = {use.operation for use in leaf.uses} <= UNCHANGED
            if not is_copy or _same(values.get(source), leaf.value):
                arrived.add(source)
    assert implied.isdisjoint(arrived | lossy)
    for path, value in values.items():
        is_found = path in lossy or path in implied or is_in_any(path, arrived)
        assert is_found or _is_filled(path, value, explanation), path
    for loss in losses:
        assert any(is_in_any(path, [loss.path]) for path in values), loss
        assert loss.because or loss.kind in ("carried", "normalised"), loss


def _is_filled(path: str, value: Json, explanation: Explanation) -> bool:
    """Whether an empty object needs no source: it carries nothing, or carried values fill it."""
    name = path.rpartition(".")[2]
    written = (leaf.path for leaf in explanation.written)
    return value == {} and (
        path.startswith("$.carried.") or any(f".{name}." in place for place in written)
    )


def _same(value: Json, other: Json) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def is_in_any(path: str, outers: Iterable[str]) -> bool:
    """Whether a JSON path is one of some others, or below one."""
    return any(path == outer or path.startswith((f"{outer}.", f"{outer}[")) for outer in outers)
