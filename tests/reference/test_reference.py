"""The engine gives the same results as the reference interpreter."""

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
from tests.reference.comparison import Engine, Reference, build_reference, difference
from tests.test_cases import CASES, arguments
from tests.tools.arguments import Caller, callers, translator
from tests.tools.independent_validator import Json
from tests.tools.shipped import FORMATS, PAIR_PARAMS, ROOT, USUAL_PAIRS
from tests.tools.strategies import nearly_events
from tests.tools.translation_calls import translation_calls, usual_callers
from translator import TranslationError, Translator, translate_all
from translator.engine.translator import shipped_catalog
from translator.errors import ERROR_CODES, MappingError

few = settings(max_examples=max(settings().max_examples // 5, 2))
"""Each pair has its own draws, and comparing an event takes a millisecond."""

EVERY = 24
"""Each caller translates every 24th recorded event, starting with a different one."""


@cache
def recorded(name: str) -> list[Json]:
    """The events of a format in examples/."""
    lines = (ROOT / "examples" / f"{name}.ndjson").read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines if line.strip()]


@cache
def reference(source: str, target: str, caller: Caller) -> Reference:
    """The reference for a pair and a caller."""
    return build_reference(shipped_catalog(), source, target, caller.keywords(source, target))


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
def test_recorded_events(source: str, target: str) -> None:
    """Recorded events have the same result for every caller."""
    for number, caller in enumerate(callers()):
        engine = translator(source, target, caller).translate_all
        expected = reference(source, target, caller)
        for event in recorded(source)[number::EVERY]:
            assert not difference(engine, expected, event), (caller.name, event)


OF_SETTINGS = frozenset(code for code in ERROR_CODES if code.startswith("unknown-")) | {
    "invalid-param",
    "invalid-crosswalk",
}
"""Errors about arguments, raised before any event."""

OF_EVENTS = [(name, case) for name, case in CASES if {case["from"], case["to"]} <= set(FORMATS)]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=name,
            marks=[] if (case["from"], case["to"]) in USUAL_PAIRS else [pytest.mark.nightly],
        )
        for name, case in OF_EVENTS
    ],
)
def test_cases(case: dict[str, Any]) -> None:
    """The cases in tests/cases have the same result."""
    ends, keywords = (case["from"], case["to"]), arguments(case)

    def engine(event: Json) -> list[Json]:
        return list(translate_all(event, *ends, **keywords))

    expected = build_reference(shipped_catalog(), *ends, keywords)
    if case.get("refused") in OF_SETTINGS:
        with pytest.raises(TranslationError, match=case["refused"]):
            Translator(*ends, **keywords)
    else:
        assert not difference(engine, expected, case["event"])


@pytest.mark.laws
@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@few
@given(data=st.data())
def test_drawn_events(source: str, target: str, data: st.DataObject) -> None:
    """Valid events have the same translations or refusals."""
    caller, event = data.draw(translation_calls(source, target))
    engine = translator(source, target, caller).translate_all
    assert not difference(engine, reference(source, target, caller), event)


@pytest.mark.laws
@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
@few
@given(data=st.data())
def test_changed_events(source: str, target: str, data: st.DataObject) -> None:
    """Changed events, most of them invalid, have the same translations or refusals."""
    caller = data.draw(st.sampled_from(usual_callers(source, target)))
    event = data.draw(nearly_events(source))
    engine = translator(source, target, caller).translate_all
    assert not difference(engine, reference(source, target, caller), event)


# --- the small formats of tests/language ---------------------------------------------------------


@cache
def small(name: str) -> tuple[Engine, Reference] | str:
    """The engine and the reference for a case of tests/language, or the code of the error.

    Cases that differ only in their events have the same name, and share both.
    """
    case = NAMED[name]
    formats = catalog_of(case.group)
    try:
        engine = Translator(case.source, case.target, **case.options, catalog=formats)
    except (TranslationError, MappingError) as error:
        return error.code if isinstance(error, TranslationError) else error.diagnostics[0].code
    reference = build_reference(formats, case.source, case.target, case.options)
    return engine.translate_all, reference


def name_of(case: LanguageCase) -> str:
    """The name of a case of tests/language without its event."""
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
    """The cases of tests/language have the same result."""
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
    """Drawn events of small formats have the same result."""
    both, case = small(name), DRAWN[name]
    assert not isinstance(both, str)
    group = GROUPS[case.group]
    words = words_of("".join(group.mappings.values()))
    assert not difference(*both, data.draw(small_events(group.specs[case.source], words)))
