"""Law 3: the contract is tight."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.arguments import Given, callers, translator
from tests.tools.fullest import fullest
from tests.tools.judging import PAIRS
from tests.tools.reporting import leaves
from tests.tools.situations import situations
from translator import Catalog, TranslationError
from translator.analysis.contract import Contract, PredictedLeaf, PromisedLeaf, contract, find_needs
from translator.analysis.kinds import EventKind
from translator.analysis.knowledge import strip_prefix
from translator.analysis.roundtrip import ReturnOutcome
from translator.engine.losses import field_path
from translator.paths import format_path, parse_path, values_at

pytestmark = pytest.mark.laws

seldom = settings(max_examples=max(settings().max_examples // 6, 1))
"""Each example is translated twice and foretold."""

Json = Any

CATALOG = Catalog()


@cache
def _contract(
    source: str,
    target: str,
    params: tuple[str, ...],
    allow: tuple[str, ...],
    crosswalks: tuple[str, ...],
) -> Contract:
    return contract(CATALOG, source, target, params=params, allow=allow, crosswalks=crosswalks)


def contract_of(source: str, target: str, caller: Given) -> Contract:
    """The contract of a pair for what a caller gives."""
    ways = (caller.keywords(source, target), caller.keywords(target, source))
    params, allow, crosswalks = (
        tuple(sorted({name for way in ways for name in way[what]}))
        for what in ("params", "allow", "crosswalks")
    )
    return _contract(source, target, params, allow, crosswalks)


def round_trip(source: str, target: str, caller: Given, event: Json) -> list[Json]:
    """All that comes back of an event; nothing where any of it is refused."""
    try:
        there = translator(source, target, caller).translate_all(event)
        to_source = translator(target, source, caller)
        return [back for one in there for back in to_source.translate_all(one)]
    except TranslationError:
        return []


def equal(one: Json, other: Json) -> bool:
    """Whether two values of JSON are the same value: 15 and 15.0 are, true and 1 are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def stand(path: str, backs: list[Json]) -> list[list[Json]]:
    """What stands at the place of a leaf in each event that comes back."""
    if "[" in format_path(field_path(path)):
        return [[value for back in backs for _, value in values_at(back, field_path(path))]]
    return [[value for at, value in leaves(back) if at == path] for back in backs]


def is_borne_out(leaf: PredictedLeaf, value: Json, backs: list[Json]) -> bool:
    """Whether what is foretold of a leaf is what came back."""
    there = stand(leaf.path, backs)
    match leaf.outcome:
        case "equal":
            return all(any(equal(one, value) for one in some) for some in there)
        case "normalised":
            return all(some for some in there)
        case "absent":
            return not any(there)
        case "replaced" if leaf.instead:
            listed = [one for some in there for one in some]
            return all(one in leaf.instead and not equal(one, value) for one in listed)
    return True


FATES: dict[str, ReturnOutcome] = {"exact": "equal", "normalised": "normalised", "lost": "absent"}
"""What has to become of a leaf, by the status that the contract gives it."""


@pytest.mark.parametrize(("source", "target"), PAIRS)
@seldom
@given(data=st.data())
def test_what_is_promised_and_foretold_comes_back(
    source: str, target: str, data: st.DataObject
) -> None:
    """Each leaf of an event that makes the round trip becomes what is foretold and promised."""
    caller, event = data.draw(situations(source, target))
    backs = round_trip(source, target, caller, event)
    if not backs:
        return
    made = contract_of(source, target, caller)
    told = made.predict(event)
    assert not told.refused
    there = dict(leaves(event))
    assert [one.path for one in told.leaves] == list(there)
    for leaf in told.leaves:
        assert is_borne_out(leaf, there[leaf.path], backs), (leaf, backs)
    (promise,) = (one for one in made.promises if one.kind == told.kind)
    promised = {parse_path(one.path): one.status for one in promise.leaves}
    for path, value in there.items():
        status = promised.get(field_path(path), "")
        if value is not None and status in FATES:
            assert is_borne_out(PredictedLeaf(path, FATES[status]), value, backs), (
                path,
                status,
                backs,
            )


NEVER = {("aisquare", "cobi"), ("cobi", "aisquare")}
"""Pairs of which neither takes an id of the other, so that nothing goes without a crosswalk."""

WITNESSES = tuple(callers()[number] for number in (1, 2, 5))
"""Callers who together give two values for most params, and all opt-ins."""


_FULLEST: dict[tuple[Any, ...], list[Json]] = {}


def fullest_of(source: str, made: Contract, kind: EventKind) -> list[Json]:
    """The fullest events of a kind, made once for all targets."""
    key = (source, *sorted(kind.choice.items(), key=lambda one: one[0]))
    if key not in _FULLEST:
        _FULLEST[key] = list(fullest(source, made.source_type, kind))
    return _FULLEST[key]


def is_lost(leaf: PromisedLeaf, event: Json, backs: list[Json]) -> bool:
    """Whether an event has a leaf of which a value did not come back as it was."""
    return any(
        strip_prefix(parse_path(leaf.path), field_path(path)) is not None
        and not is_borne_out(PredictedLeaf(path, "equal"), value, backs)
        for path, value in leaves(event)
    )


@pytest.mark.parametrize(("source", "target"), [pair for pair in PAIRS if pair not in NEVER])
def test_each_loss_is_shown_by_an_event(source: str, target: str) -> None:
    """Of each leaf that the contract calls lost or changed, some event loses a value."""
    made = contract_of(source, target, WITNESSES[0])
    labels = {kind.label: kind for kind in made.forward_kinds}
    for promise in made.promises:
        wanted = {one for one in promise.leaves if one.status in ("lost", "changed")}
        came_back = not promise.leaves
        for event in fullest_of(source, made, labels[promise.kind]):
            for caller in WITNESSES:
                if not wanted and came_back:
                    break
                backs = round_trip(source, target, caller, event)
                came_back = came_back or bool(backs)
                wanted -= {one for one in wanted if backs and is_lost(one, event, backs)}
        assert came_back, promise.kind
        assert not wanted, (promise.kind, wanted)


@pytest.mark.parametrize(("source", "target"), [pair for pair in PAIRS if pair not in NEVER])
def test_a_param_is_missed_where_it_is_needed(source: str, target: str) -> None:
    """Without a param, events are refused for want of it only where, and wherever, that is said."""
    every = callers()[1]
    made = contract_of(source, target, every)
    told = find_needs(CATALOG, made)
    for param in made.params:
        rest = {name: value for name, value in every.params.items() if name != param}
        without = Given(f"no {param}", rest, every.allow)
        for kind in made.forward_kinds:
            found = {one.param: one for one in told.get(kind.label, ())}
            for event in fullest_of(source, made, kind)[:2]:
                if not round_trip(source, target, every, event):
                    continue
                if param not in found:
                    assert round_trip(source, target, without, event), (kind.label, param)
                elif found[param].always:
                    assert refusal(source, target, without, event) == "missing-param", kind.label


def refusal(source: str, target: str, caller: Given, event: Json) -> str:
    """The code with which an event is refused there or on its way back."""
    try:
        for one in translator(source, target, caller).translate_all(event):
            translator(target, source, caller).translate_all(one)
    except TranslationError as error:
        return error.code
    return ""


def test_most_of_what_comes_back_is_foretold() -> None:
    """Of the leaves of the fullest events, at most one in fifty cannot be foretold."""
    fates: Counter[ReturnOutcome] = Counter()
    for source, target in PAIRS:
        made = contract_of(source, target, WITNESSES[0])
        for kind in made.forward_kinds:
            for event in fullest_of(source, made, kind)[:2]:
                fates.update(one.outcome for one in made.predict(event).leaves)
    assert fates["unknown"] * 50 <= fates.total(), fates
