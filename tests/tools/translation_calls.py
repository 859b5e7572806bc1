"""Strategies for calls of translators: a caller and an event for a pair of formats."""

from __future__ import annotations

import copy
from functools import cache
from itertools import product

from hypothesis import settings
from hypothesis import strategies as st

from tests.tools import strings
from tests.tools.arguments import CROSSWALKS, Caller, callers, pairs, translator
from tests.tools.independent_validator import document
from tests.tools.shipped import RING
from tests.tools.strategies import Draw, Fixed, Json, events, examples, varied_examples
from translator import TranslationError

each_pair = settings(max_examples=settings().max_examples // 2)
"""Each format is the source of four pairs, so each pair needs fewer examples."""

FULL_RUN = 50
"""The number of examples from which on each pair has every caller."""

Action = Fixed
"""The fields of an event that select its translation, with their values."""

_STRICT_IDS = {"cobi": strings.uuids(), "aisquare": strings.numbered()}
"""The IDs of formats that do not accept every ID."""

_PREFIX_PARAMS = {"xapi": "item_prefix"}
"""The param with which the IDs of a format begin, if it is given."""

_ACTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "goshops": {"data.event": ("view", "like", "cart", "purchase")},
    "aisquare": {"interaction_type": ("view", "like", "unlike", "share", "bookmark", "comment")},
    "cobi": {
        "interaction_type": ("PAGE_VIEW", "SHARE", "FILTER_CLICK", "DISCOUNT_CODE"),
        "item_type": ("OFFER", "SHOP", "TAG", "KEYWORD"),
    },
    "ga4": {
        "name": (
            "view_item", "view_item_list", "select_item", "add_to_cart", "view_cart", "purchase",
            "refund", "search", "view_search_results", "add_to_wishlist", "share", "page_view",
            "view_promotion", "login", "quiz_finished",
        ),
    },
    "personalize": {"eventType": ("View", "Click", "Purchase", "Rating", "AddToCart", "quiz")},
    "segment": {
        "event": (
            "Product Viewed", "Product List Viewed", "Product Clicked", "Product Added",
            "Cart Viewed", "Checkout Started", "Order Completed", "Order Refunded",
            "Products Searched", "Product Shared", "Product Reviewed", "Promotion Viewed",
            "Coupon Applied", "Quiz Finished",
        ),
    },
    "snowplow": {
        "event.data.type": (
            "product_view", "list_click", "list_view", "add_to_cart", "remove_from_cart",
            "promo_view", "promo_click", "transaction", "refund", "checkout_step", "trns_error",
        ),
    },
    "xapi": {
        "verb.id": (
            "http://id.tincanapi.com/verb/viewed",
            "http://adlnet.gov/expapi/verbs/experienced",
            "http://adlnet.gov/expapi/verbs/completed",
            "http://adlnet.gov/expapi/verbs/shared",
            "http://id.tincanapi.com/verb/rated",
            "http://id.tincanapi.com/verb/bookmarked",
            "http://activitystrea.ms/schema/1.0/purchase",
            "http://activitystrea.ms/schema/1.0/like",
            "https://w3id.org/xapi/adl/verbs/logged-in",
            "urn:example:verb:quiz",
        ),
    },
}  # fmt: skip
"""The actions of formats without a discriminator."""


@cache
def translatable_actions(source: str, target: str) -> tuple[Action, ...]:
    """The actions of `source` that have an equivalent in `target`."""
    spec = document(source)
    schema = _resolved(spec, spec["x-event"])
    actions: list[tuple[Action, Json]]
    if source in _ACTIONS:
        paths = [tuple(name.split(".")) for name in _ACTIONS[source]]
        values = product(*_ACTIONS[source].values())
        template = schema["examples"][0]
        actions = [(dict(zip(paths, each, strict=True)), template) for each in values]
    else:
        key, variants = schema["discriminator"].values()
        examples = {
            value: _resolved(spec, pointer).get("examples", [{}])[0]
            for value, pointer in variants.items()
        }
        templates = {"miso": {"custom_action_name": "comment"}, "interaction": {}}
        actions = [
            ({(key,): value}, templates.get(source, example)) for value, example in examples.items()
        ]
    return tuple(
        action for action, template in actions if _has_equivalent(source, target, template, action)
    )


def _resolved(spec: Json, pointer: str) -> Json:
    for step in pointer.removeprefix("#/").split("/"):
        spec = spec[step]
    return spec


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
    for (*names, last), value in action.items():
        parent = event
        for name in names:
            parent = parent[name]
        parent[last] = value


@cache
def usual_callers(source: str, target: str) -> tuple[Caller, ...]:
    """The callers of a pair, those whose events are often translated several times.

    In short runs the pairs of the ring have two of them, the others one, which differ from pair to
    pair: a translator is compiled for each caller, which takes longer than the few events.
    """
    all_callers = callers()
    has_strict_ids = set(_STRICT_IDS) == {source, target}
    if settings().max_examples < FULL_RUN:
        number = list(pairs()).index((source, target))
        usual = all_callers[3 if has_strict_ids else 1]
        if (source, target) in RING:
            return (usual, all_callers[number % len(all_callers)])
        return (usual if has_strict_ids else all_callers[number % 4],)
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
    if ids is not None and (prefix := caller.params.get(_PREFIX_PARAMS.get(source, ""))):
        ids = ids.map(lambda each: prefix + each)
    if caller.crosswalks:
        ids = st.sampled_from([row[source] for row in CROSSWALKS["items"]])
    if draw(st.booleans()):
        return caller, draw(varied_examples(source, translatable_examples(source, target), ids))
    action = draw(st.sampled_from(translatable_actions(source, target) or ({},)))
    return caller, draw(events(source, action, ids))
