"""What a translator of a pair meets: an event together with what its caller gives."""

from __future__ import annotations

import copy
from functools import cache
from itertools import product
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tests.tools import texts
from tests.tools.arguments import ROWS, Given, callers, translator
from tests.tools.judging import document
from tests.tools.strategies import Draw, Json, events
from translator import TranslationError

each_pair = settings(max_examples=settings().max_examples // 2)
"""The twenty pairs share their sources, so each of them needs fewer events than a law would."""

Told = dict[str, Any]

_FITTING = {"cobi": texts.uuids(), "aisquare": texts.numbered()}
"""Ids that a format takes which does not take them all."""

_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "goshops": {"event": ("view", "like", "cart", "purchase")},
    "aisquare": {"interaction_type": ("view", "like", "unlike", "share", "bookmark", "comment")},
    "cobi": {
        "interaction_type": ("PAGE_VIEW", "SHARE", "FILTER_CLICK", "DISCOUNT_CODE"),
        "item_type": ("OFFER", "SHOP", "TAG", "KEYWORD"),
    },
}
"""The members that say what happened, where no discriminator does."""


@cache
def sayable(source: str, target: str) -> tuple[Told, ...]:
    """What `source` can say has happened that `target` can say too: this is drawn more often."""
    schema: Any = document(source)
    for step in schema["x-event"].removeprefix("#/").split("/"):
        schema = schema[step]
    choices: list[Told]
    if source in _WORDS:
        names = _WORDS[source]
        choices = [dict(zip(names, values, strict=True)) for values in product(*names.values())]
        bare = schema["examples"][0]
    else:
        told_by = schema["discriminator"]
        choices = [{told_by["propertyName"]: value} for value in told_by["mapping"]]
        bare = {"custom_action_name": "comment"} if source == "miso" else {}
    return tuple(told for told in choices if _has_equivalent(source, target, bare, told))


def _has_equivalent(source: str, target: str, bare: Json, told: Told) -> bool:
    event = copy.deepcopy(bare)
    tell(event, told)
    if set(told.values()) != {"custom"}:
        event.pop("custom_action_name", None)
    try:
        translator(source, target, callers()[1]).translate_all(event)
    except TranslationError as error:
        return error.code not in ("no-equivalent", "invalid-event")
    return True


def tell(event: Json, told: Told) -> None:
    """Make an event say that this happened."""
    (event["data"] if "event" in told else event).update(told)


@st.composite
def situations(draw: Draw, source: str, target: str) -> tuple[Given, Json]:
    """A caller and an event that often, but far from always, can be translated."""
    generous = callers()
    often = (*generous[:4], *generous[1:4])
    if set(_FITTING) == {source, target}:
        often = (generous[3],) * len(generous)
    given = draw(st.sampled_from((*often, *generous)))
    if draw(st.integers(0, 9)) >= 7:
        return given, draw(events(source))
    sort = _FITTING.get(target)
    if given.crosswalks:
        sort = st.sampled_from([row[source] for row in ROWS["items"]])
    told = draw(st.sampled_from(sayable(source, target) or ({},)))
    variant = told.get("type", told.get("action"))
    event = draw(events(source, variant, sort))
    tell(event, told)
    return given, event
