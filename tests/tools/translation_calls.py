"""Strategies for calls of translators: a caller and an event for a pair of formats."""

from __future__ import annotations

import copy
from functools import cache
from itertools import product
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tests.tools import strings
from tests.tools.arguments import CROSSWALKS, Caller, callers, pairs, translator
from tests.tools.independent_validator import document
from tests.tools.strategies import Draw, Json, events, examples, is_drawn_by_schema, varied_examples
from translator import TranslationError
from translator.catalog.discovery import HUB

each_pair = settings(max_examples=settings().max_examples // 2)
"""Each format is the source of four pairs, so each pair needs fewer examples."""

FULL_RUN = 50
"""The number of examples from which on each pair has every caller."""

Action = dict[str, Any]
"""The fields of an event that select its translation, with their values."""

_STRICT_IDS = {"cobi": strings.uuids(), "aisquare": strings.numbered()}
"""The IDs of formats that do not accept every ID."""

_ACTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "goshops": {"event": ("view", "like", "cart", "purchase")},
    "aisquare": {"interaction_type": ("view", "like", "unlike", "share", "bookmark", "comment")},
    "cobi": {
        "interaction_type": ("PAGE_VIEW", "SHARE", "FILTER_CLICK", "DISCOUNT_CODE"),
        "item_type": ("OFFER", "SHOP", "TAG", "KEYWORD"),
    },
}
"""The actions of formats without a discriminator."""


@cache
def translatable_actions(source: str, target: str) -> tuple[Action, ...]:
    """The actions of `source` that have an equivalent in `target`."""
    schema: Any = document(source)
    for step in schema["x-event"].removeprefix("#/").split("/"):
        schema = schema[step]
    actions: list[Action]
    if source in _ACTIONS:
        names = _ACTIONS[source]
        actions = [dict(zip(names, values, strict=True)) for values in product(*names.values())]
        template = schema["examples"][0]
    else:
        discriminator = schema["discriminator"]
        actions = [{discriminator["propertyName"]: value} for value in discriminator["mapping"]]
        template = {"custom_action_name": "comment"} if source == "miso" else {}
    return tuple(action for action in actions if _has_equivalent(source, target, template, action))


@cache
def translatable_examples(source: str, target: str) -> tuple[Json, ...]:
    """The examples of `source` that have an equivalent in `target`; all if there are none."""
    return tuple(each for each in examples(source) if _is_taken(source, target, each))


def _has_equivalent(source: str, target: str, template: Json, action: Action) -> bool:
    event = copy.deepcopy(template)
    set_action(event, action)
    if set(action.values()) != {"custom"}:
        event.pop("custom_action_name", None)
    return _is_taken(source, target, event)


def _is_taken(source: str, target: str, event: Json) -> bool:
    try:
        translator(source, target, callers()[1]).translate_all(event)
    except TranslationError as error:
        return error.code not in ("no-equivalent", "invalid-event")
    return True


def set_action(event: Json, action: Action) -> None:
    """Set the fields of an action in an event."""
    (event["data"] if "event" in action else event).update(action)


@cache
def usual_callers(source: str, target: str) -> tuple[Caller, ...]:
    """The callers of a pair, those whose events are often translated several times.

    In short runs each pair has two of them, which differ from pair to pair: a translator is
    compiled for each caller, which takes longer than the few events.
    """
    all_callers = callers()
    has_strict_ids = set(_STRICT_IDS) == {source, target}
    if settings().max_examples < FULL_RUN:
        number = list(pairs()).index((source, target))
        return (all_callers[3 if has_strict_ids else 1], all_callers[number % len(all_callers)])
    often = (*all_callers[:4], *all_callers[1:4])
    if has_strict_ids:
        often = (all_callers[3],) * len(all_callers)
    return (*often, *all_callers)


@st.composite
def translation_calls(draw: Draw, source: str, target: str) -> tuple[Caller, Json]:
    """A caller and a valid event that can often, but not always, be translated."""
    caller = draw(st.sampled_from(usual_callers(source, target)))
    if draw(st.integers(0, 9)) >= 7:
        return caller, draw(events(source))
    ids = _STRICT_IDS.get(target)
    if caller.crosswalks:
        ids = st.sampled_from([row[source] for row in CROSSWALKS["items"]])
    if not is_drawn_by_schema(source) or (source == HUB and draw(st.booleans())):
        return caller, draw(varied_examples(source, translatable_examples(source, target), ids))
    action = draw(st.sampled_from(translatable_actions(source, target) or ({},)))
    variant = action.get("type", action.get("action"))
    event = draw(events(source, variant, ids))
    set_action(event, action)
    return caller, event
