"""Laws for every pair of the small formats, whatever the event."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.language.drawing import events, words_of
from tests.language.test_language import CASES, GROUPS, catalog, validator
from tests.tools.independent_validator import identical
from translator import Translator
from translator.errors import TranslationError

Pair = tuple[int, str, str]
"""The number of a group, and two of its formats."""

PAIRS: list[Pair] = list(
    dict.fromkeys(
        (case.group, case.source, case.target)
        for case in CASES
        if not case.raises and {case.source, case.target} <= GROUPS[case.group].specs.keys()
    )
)


@cache
def translator(pair: Pair) -> Translator:
    number, source, target = pair
    options: dict[str, Any] = {}
    for case in CASES:
        if (case.group, case.source, case.target) == pair and case.gives is not None:
            candidate = {name: case.options[name] for name in case.options if name != "crosswalks"}
            options = max(options, candidate, key=len)
    return Translator(source, target, **options, catalog=catalog(number))


@cache
def has_one_way_rules(pair: Pair) -> bool:
    """Whether a rule of the route has no inverse in some events: going back loses its value."""
    steps = catalog(pair[0]).steps(*pair[1:])
    rules = [rule for step in steps for rule in step.directed.mapping.all_rules()]
    tables = [table for step in steps for table in step.directed.mapping.all_tables()]
    is_skipped = any(row.skip for table in tables for row in table.refused_rows)
    return is_skipped or any(
        rule.only_to is not None
        or rule.when
        or "next" in (rule.unfit_left, rule.unfit_right)
        or any(fallback.when for fallback in rule.fallbacks)
        for rule in rules
    )


def events_of(pair: Pair) -> st.SearchStrategy[Any]:
    group = GROUPS[pair[0]]
    return events(group.specs[pair[1]], words_of("".join(group.mappings.values())))


def whole_as_int(value: Any) -> Any:
    """Return a JSON value with floats such as 1.0 as integers; booleans stay booleans."""
    if isinstance(value, dict):
        return {key: whole_as_int(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole_as_int(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{GROUPS[n].name}: {a} to {b}" for n, a, b in PAIRS])
@given(data=st.data())
def test_outputs_are_valid_and_stable(pair: Pair, data: st.DataObject) -> None:
    """Outputs are valid, the event does not change, and a second round trip gives the same."""
    event = data.draw(events_of(pair))
    before = copy.deepcopy(event)
    number, source, target = pair
    try:
        outputs = translator(pair).translate_all(event)
    except TranslationError:
        assert identical(event, before)
        return
    assert identical(event, before)
    for output in outputs:
        validator(number, target).validate(output)
        back = (number, target, source)
        if back not in PAIRS or has_one_way_rules(pair):
            continue
        try:
            returned = translator(back).translate(output)
            again = translator(pair).translate(returned)
        except TranslationError:
            continue
        # An integer field returns 1.0 as 1, which is the same JSON number.
        assert identical(whole_as_int(again), whole_as_int(output))
