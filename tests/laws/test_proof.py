"""The proof of a pair names every way in which its translations can end."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.arguments import Given, translator
from tests.tools.judging import PAIRS
from tests.tools.situations import each_pair, situations
from translator import Catalog, TranslationError
from translator.analysis.proof import prove

pytestmark = pytest.mark.laws


@cache
def endings(source: str, target: str, caller: Given) -> frozenset[tuple[str, str]]:
    """The codes and places with which the proof says that an event can be refused."""
    made = translator(source, target, caller)
    proof = prove(
        Catalog(),
        source,
        target,
        params=sorted(made._params),
        allow=made._bindings.options.opt_ins,
        crosswalks=made._bindings.options.crosswalks,
    )
    assert proof.verdict != "wrong"
    return frozenset((guard.code, guard.place) for one in proof.kind_proofs for guard in one.guards)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@each_pair
@given(data=st.data())
def test_a_refusal_was_foreseen(source: str, target: str, data: st.DataObject) -> None:
    """A valid event is refused only with a code and at a place that the proof names."""
    caller, event = data.draw(situations(source, target))
    try:
        translator(source, target, caller).translate_all(event)
    except TranslationError as error:
        foreseen = endings(source, target, caller)
        assert any(error.code == code and is_at(error.path, place) for code, place in foreseen), (
            error
        )


def is_at(path: str, place: str) -> bool:
    """Whether a JSON path is at a place of the proof: `[]` is any element, `.*` any member."""
    pattern = re.escape(place).replace(r"\[\]", r"\[\d+\]").replace(r"\.\*", r"(\.\w+|\['.*'\])")
    return re.fullmatch(pattern, path) is not None
