"""The engine against the reference: over every pair, recorded events, drawn ones, small formats."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language.drawing import events as small_events
from tests.language.drawing import words_of
from tests.language.test_language import CASES as LANGUAGE
from tests.language.test_language import GROUPS
from tests.language.test_language import Case as LanguageCase
from tests.language.test_language import catalog as catalog_of
from tests.reference.comparing import Engine, Reference, difference, reference
from tests.test_cases import CASES, arguments
from tests.tools.arguments import Given, callers, translator
from tests.tools.judging import FORMATS, PAIRS, ROOT, Json
from tests.tools.situations import situations
from tests.tools.strategies import nearly_events
from translator import TranslationError, Translator, translate_all
from translator.engine.translator import shipped_catalog
from translator.errors import ERROR_CODES, MappingError

some = settings(max_examples=max(settings().max_examples // 5, 2))
"""Each pair is drawn for on its own, and an event is compared in a millisecond."""

EVERY = 12
"""Of the recorded events each caller sends every twelfth, another one to begin with."""


@cache
def recorded(name: str) -> list[Json]:
    """The events of a format that lie in examples/."""
    lines = (ROOT / "examples" / f"{name}.ndjson").read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines if line.strip()]


@cache
def beside(source: str, target: str, given: Given) -> Reference:
    """The reference beside the translator of a pair."""
    return reference(shipped_catalog(), source, target, given.keywords(source, target))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_recorded_events(source: str, target: str) -> None:
    """What is made of a recorded event is what the reference makes of it, whoever sends it."""
    for number, given_by in enumerate(callers()):
        engine = translator(source, target, given_by).translate_all
        second = beside(source, target, given_by)
        for event in recorded(source)[number::EVERY]:
            assert not difference(engine, second, event), (given_by.name, event)


OF_SETTINGS = frozenset(code for code in ERROR_CODES if code.startswith("unknown-")) | {
    "invalid-param",
    "invalid-crosswalk",
}
"""Refusals of what a caller gives, before any event is seen."""

OF_EVENTS = [(name, case) for name, case in CASES if {case["from"], case["to"]} <= set(FORMATS)]


@pytest.mark.parametrize("case", [one for _, one in OF_EVENTS], ids=[name for name, _ in OF_EVENTS])
def test_cases(case: dict[str, Any]) -> None:
    """The reference agrees about every case that is written down."""
    ends, keywords = (case["from"], case["to"]), arguments(case)

    def engine(event: Json) -> list[Json]:
        return translate_all(event, *ends, **keywords)

    second = reference(shipped_catalog(), *ends, keywords)
    if case.get("refused") in OF_SETTINGS:
        with pytest.raises(TranslationError, match=case["refused"]):
            Translator(*ends, **keywords)
    else:
        assert not difference(engine, second, case["event"])


@pytest.mark.laws
@pytest.mark.parametrize(("source", "target"), PAIRS)
@some
@given(data=st.data())
def test_drawn_events(source: str, target: str, data: st.DataObject) -> None:
    """What is made of any event is what the reference makes of it, and so is what is refused."""
    given_by, event = data.draw(situations(source, target))
    engine = translator(source, target, given_by).translate_all
    assert not difference(engine, beside(source, target, given_by), event)


@pytest.mark.laws
@pytest.mark.parametrize(("source", "target"), PAIRS)
@some
@given(data=st.data())
def test_changed_events(source: str, target: str, data: st.DataObject) -> None:
    """An event in which something was changed is refused, or translated, by both alike."""
    given_by = data.draw(st.sampled_from(callers()))
    event = data.draw(nearly_events(source))
    engine = translator(source, target, given_by).translate_all
    assert not difference(engine, beside(source, target, given_by), event)


# --- the small languages -------------------------------------------------------------------------


@cache
def small(named: str) -> tuple[Engine, Reference] | str:
    """The engine and the reference for a case of tests/language, or why there are none.

    `named` says which, so that cases that differ in their event only share the two.
    """
    case = NAMED[named]
    formats = catalog_of(case.group)
    try:
        engine = Translator(case.source, case.target, **case.options, catalog=formats)
    except (TranslationError, MappingError) as error:
        return error.code if isinstance(error, TranslationError) else error.diagnostics[0].code
    return engine.translate_all, reference(formats, case.source, case.target, case.options)


def name_of(case: LanguageCase) -> str:
    """What a case of tests/language is about, its event apart."""
    return f"{GROUPS[case.group].name}: {case.source} to {case.target} {case.options or ''}"


NAMED = {name_of(case): case for case in reversed(LANGUAGE)}
DRAWN = {
    name: case
    for name, case in NAMED.items()
    if not case.raises
    and case.refused not in OF_SETTINGS
    and {case.source, case.target} <= GROUPS[case.group].specs.keys()
}


@pytest.mark.parametrize("case", LANGUAGE, ids=[case.name for case in LANGUAGE])
def test_small_cases(case: LanguageCase) -> None:
    """The reference agrees about every case of the language's words."""
    both = small(name_of(case))
    if isinstance(both, str):
        assert both in (case.raises, case.refused)
    else:
        assert not difference(*both, case.event)


@pytest.mark.laws
@pytest.mark.parametrize("name", DRAWN)
@settings(max_examples=max(settings().max_examples // 10, 2))
@given(data=st.data())
def test_small_events(name: str, data: st.DataObject) -> None:
    """What a small mapping makes of any event is what the reference makes of it."""
    both, case = small(name), DRAWN[name]
    assert not isinstance(both, str)
    group = GROUPS[case.group]
    words = words_of("".join(group.mappings.values()))
    assert not difference(*both, data.draw(small_events(group.specs[case.source], words)))
