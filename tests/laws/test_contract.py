"""Law 3: the contract of a round trip is correct and tight."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.arguments import Caller, callers, catalog, translator
from tests.tools.fullest import fullest
from tests.tools.outcomes import leaves, translate_valid
from tests.tools.shipped import FEW_PAIRS, FORMATS, PAIR_PARAMS, PAIRS
from tests.tools.strategies import examples
from tests.tools.translation_calls import translation_calls
from translator import TranslationError
from translator.analysis.contract import Contract, PredictedLeaf, PromisedLeaf, contract, find_needs
from translator.analysis.kinds import EventKind
from translator.analysis.roundtrip import ReturnOutcome
from translator.paths import field_path, format_path, parse_path, path_below, values_at

pytestmark = pytest.mark.laws

few = settings(max_examples=max(settings().max_examples // 6, 1))
"""Each example takes two translations and a prediction."""

Json = Any


@cache
def _contract(
    source: str,
    target: str,
    params: tuple[str, ...],
    allow: tuple[str, ...],
    crosswalks: tuple[str, ...],
) -> Contract:
    return contract(catalog(), source, target, params=params, allow=allow, crosswalks=crosswalks)


def contract_of(source: str, target: str, caller: Caller) -> Contract:
    """The contract of a pair for the arguments of a caller."""
    keywords = (caller.keywords(source, target), caller.keywords(target, source))
    params, allow, crosswalks = (
        tuple(sorted({name for arguments in keywords for name in arguments[kind]}))
        for kind in ("params", "allow", "crosswalks")
    )
    return _contract(source, target, params, allow, crosswalks)


def round_trip(source: str, target: str, caller: Caller, event: Json) -> list[Json]:
    """The events that return; none if any of them is refused, as the proofs allow."""
    returned = []
    for output in translate_valid(source, target, caller, event):
        events = translate_valid(target, source, caller, output)
        if not events:
            return []
        returned += events
    return returned


def equal(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal: 15 and 15.0 are, true and 1 are not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def returned_values(path: str, returned: list[Json]) -> list[list[Json]]:
    """The values at the path of a leaf, for each event that returns."""
    if "[" in format_path(field_path(path)):
        return [[value for back in returned for _, value in values_at(back, field_path(path))]]
    return [[value for at, value in leaves(back) if at == path] for back in returned]


def is_correct(leaf: PredictedLeaf, value: Json, returned: list[Json]) -> bool:
    """Whether the events that return match the prediction of a leaf."""
    values_by_event = returned_values(leaf.path, returned)
    match leaf.outcome:
        case "equal":
            return all(any(equal(other, value) for other in values) for values in values_by_event)
        case "normalised":
            return all(values_by_event)
        case "absent":
            return not any(values_by_event)
        case "replaced" if leaf.instead:
            others = [other for values in values_by_event for other in values]
            return all(other in leaf.instead and not equal(other, value) for other in others)
    return True


OUTCOMES: dict[str, ReturnOutcome] = {
    "exact": "equal",
    "normalised": "normalised",
    "lost": "absent",
}
"""The outcome of a leaf by its status in the contract."""


def assert_predicted(source: str, target: str, caller: Caller, event: Json) -> None:
    """Fail unless each leaf of an event that returns has the outcome predicted and promised."""
    returned = round_trip(source, target, caller, event)
    if not returned:
        return
    pair_contract = contract_of(source, target, caller)
    prediction = pair_contract.predict(event)
    assert not prediction.refused
    values = dict(leaves(event))
    assert [leaf.path for leaf in prediction.leaves] == list(values)
    for leaf in prediction.leaves:
        assert is_correct(leaf, values[leaf.path], returned), (leaf, returned)
    (promise,) = (promise for promise in pair_contract.promises if promise.kind == prediction.kind)
    statuses = {parse_path(leaf.path): leaf.status for leaf in promise.leaves}
    for path, value in values.items():
        status = statuses.get(field_path(path), "")
        if value is not None and status in OUTCOMES:
            leaf = PredictedLeaf(path, OUTCOMES[status])
            assert is_correct(leaf, value, returned), (leaf, status, returned)


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@few
@given(data=st.data())
def test_what_is_promised_and_foretold_comes_back(
    source: str, target: str, data: st.DataObject
) -> None:
    """Each leaf of an event that returns has the outcome that is predicted and promised."""
    caller, event = data.draw(translation_calls(source, target))
    assert_predicted(source, target, caller, event)


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
def test_examples_come_back_as_foretold(source: str, target: str) -> None:
    """The same is true of a fifth of the examples, another one for each pair."""
    start = PAIRS.index((source, target)) % 5
    for event in examples(source)[start::5]:
        assert_predicted(source, target, callers()[1], event)


NEVER = {("aisquare", "cobi"), ("cobi", "aisquare")}
"""Pairs in which neither accepts IDs of the other: nothing is translated without a crosswalk."""

RETURNING = [param for param in PAIR_PARAMS if param.values not in NEVER]
"""The other pairs."""

WITNESSES = tuple(callers()[number] for number in (1, 2, 5))
"""Callers with all opt-ins and, together, two values for most params."""

_FULLEST: dict[tuple[Any, ...], list[Json]] = {}


def fullest_of(source: str, pair_contract: Contract, kind: EventKind) -> list[Json]:
    """The fullest events of a kind, cached for all targets."""
    key = (source, *sorted(kind.choice.items(), key=lambda item: item[0]))
    if key not in _FULLEST:
        _FULLEST[key] = list(fullest(source, pair_contract.source_type, kind))
    return _FULLEST[key]


def values_of(leaf: PromisedLeaf, event: Json) -> list[tuple[str, Json]]:
    """The values of a leaf in an event, with their paths."""
    promised = parse_path(leaf.path)
    return [
        (path, value)
        for path, value in leaves(event)
        if path_below(promised, field_path(path)) is not None
    ]


def is_lost(leaf: PromisedLeaf, event: Json, returned: list[Json]) -> bool:
    """Whether a value of a leaf of an event did not return unchanged."""
    return any(
        not is_correct(PredictedLeaf(path, "equal"), value, returned)
        for path, value in values_of(leaf, event)
    )


NOT_TRIED = {"custom checkout_step", "custom trns_error"}
"""Kinds that return only with what is carried of Snowplow's entity, which no event tried has."""


@pytest.mark.parametrize(("source", "target"), RETURNING)
def test_each_loss_is_shown_by_an_event(source: str, target: str) -> None:
    """For each leaf that the contract calls lost or changed, there is an event that loses it.

    A spec may forbid a leaf beside others, so that no valid event has it or is of that kind; and
    all events with a leaf may be refused.
    """
    pair_contract = contract_of(source, target, WITNESSES[0])
    kinds = {kind.label: kind for kind in pair_contract.forward_kinds}
    for promise in pair_contract.promises:
        kind_events = fullest_of(source, pair_contract, kinds[promise.kind])
        lost = {leaf for leaf in promise.leaves if leaf.status in ("lost", "changed")}
        missing, shown = set[PromisedLeaf](), set[PromisedLeaf]()
        has_returned = not promise.leaves or not kind_events
        for event in kind_events:
            leaves_of_event = {leaf for leaf in lost - shown if values_of(leaf, event)}
            for caller in WITNESSES:
                if has_returned and not leaves_of_event:
                    break
                if returned := round_trip(source, target, caller, event):
                    has_returned = True
                    found = {leaf for leaf in leaves_of_event if is_lost(leaf, event, returned)}
                    shown |= found
                    missing = (missing | leaves_of_event) - shown
                    leaves_of_event -= found
        # Of the other pairs, the events tried may all be refused for their values.
        is_tried = (source, target) in FEW_PAIRS and promise.kind not in NOT_TRIED
        assert has_returned or not is_tried, promise.kind
        assert not missing, (promise.kind, missing)


@pytest.mark.parametrize(("source", "target"), RETURNING)
def test_a_param_is_required_where_the_contract_says(source: str, target: str) -> None:
    """Without a param, exactly the events that need it according to the contract are refused."""
    every = callers()[1]
    pair_contract = contract_of(source, target, every)
    needs_by_kind = find_needs(catalog(), pair_contract)
    for param in pair_contract.params:
        params = {name: value for name, value in every.params.items() if name != param}
        without = Caller(f"no {param}", params, every.allow)
        for kind in pair_contract.forward_kinds:
            needs = {need.param: need for need in needs_by_kind.get(kind.label, ())}
            for event in fullest_of(source, pair_contract, kind)[:2]:
                if not round_trip(source, target, every, event):
                    continue
                if param not in needs:
                    assert round_trip(source, target, without, event), (kind.label, param)
                elif needs[param].always:
                    assert refusal(source, target, without, event) == "missing-param", kind.label


def refusal(source: str, target: str, caller: Caller, event: Json) -> str:
    """The code with which an event is refused on its round trip."""
    try:
        for output in translator(source, target, caller).translate_all(event):
            translator(target, source, caller).translate_all(output)
    except TranslationError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("formats", "share"),
    [
        pytest.param({"aisquare", "cobi", "goshops", "interaction", "miso"}, 30, id="plain rules"),
        pytest.param(set(FORMATS), 10, id="all formats", marks=pytest.mark.nightly),
    ],
)
def test_most_outcomes_are_predicted(formats: set[str], share: int) -> None:
    """Few leaves of the fullest events have an unknown outcome: at most one in `share`.

    Rules that cut a value down, or leave out what is incomplete, make an outcome unknown.
    """
    outcomes: Counter[ReturnOutcome] = Counter()
    for source, target in sorted(FEW_PAIRS):
        if not {source, target} <= formats:
            continue
        pair_contract = contract_of(source, target, WITNESSES[0])
        for kind in pair_contract.forward_kinds:
            for event in fullest_of(source, pair_contract, kind)[:2]:
                outcomes.update(leaf.outcome for leaf in pair_contract.predict(event).leaves)
    assert outcomes["unknown"] * share <= outcomes.total(), outcomes
