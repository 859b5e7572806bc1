"""Laws that hold of every format made here, whatever the event."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language.drawing import events, words_of
from tests.language.test_language import CASES, GROUPS, catalog, exactly, judge
from translator import Translator
from translator.errors import TranslationError

Ends = tuple[int, str, str]

WAYS: list[Ends] = list(
    dict.fromkeys(
        (case.group, case.source, case.target)
        for case in CASES
        if not case.raises and {case.source, case.target} <= GROUPS[case.group].specs.keys()
    )
)


@cache
def translator(ends: Ends) -> Translator:
    number, source, target = ends
    options: dict[str, Any] = {}
    for case in CASES:
        if (case.group, case.source, case.target) == ends and case.gives is not None:
            named = {key: one for key, one in case.options.items() if key != "crosswalks"}
            options = max(options, named, key=len)
    return Translator(source, target, **options, catalog=catalog(number))


@cache
def one_way(ends: Ends) -> bool:
    """Whether a rule on the way has no inverse, so that going back loses what it wrote."""
    steps = catalog(ends[0]).steps(*ends[1:])
    rules = [rule for step in steps for rule in step.directed.mapping.all_rules()]
    return any(rule.only_to is not None for rule in rules)


def drawn(ends: Ends) -> st.SearchStrategy[Any]:
    group = GROUPS[ends[0]]
    return events(group.specs[ends[1]], words_of("".join(group.mappings.values())))


@settings(max_examples=20)
@pytest.mark.parametrize("ends", WAYS, ids=[f"{GROUPS[n].name}: {a} to {b}" for n, a, b in WAYS])
@given(data=st.data())
def test_what_goes_in_comes_out_valid(ends: Ends, data: st.DataObject) -> None:
    """Each output is valid, the event is as it was, and back and forth again gives the same."""
    event = data.draw(drawn(ends))
    before = copy.deepcopy(event)
    number, source, target = ends
    try:
        outputs = translator(ends).translate_all(event)
    except TranslationError:
        assert exactly(event, before)
        return
    assert exactly(event, before)
    for output in outputs:
        judge(number, target).validate(output)
        back = (number, target, source)
        if back not in WAYS or one_way(ends):
            continue
        try:
            returned = translator(back).translate(output)
            again = translator(ends).translate(returned)
        except TranslationError:
            continue
        assert exactly(again, output)
