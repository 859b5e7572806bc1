"""The work through attrs classes: structured into one by cattrs, unstructured from another."""

from __future__ import annotations

from typing import Any, Literal

from attrs import Factory, frozen
from cattrs import Converter

from benchmarks import handwritten as known
from benchmarks import pieces
from benchmarks.handwritten import Event, is_uuid

Extra = dict[str, Any]


@frozen
class GoshopsData:
    """`data` of a Go Shops event."""

    event: Literal["view", "like", "cart", "purchase"]
    item: str
    customer: str
    date: str


@frozen
class Goshops:
    """A Go Shops event."""

    project: str
    data: GoshopsData


@frozen
class Context:
    """The part of Miso's context that is read or written here."""

    custom_context: Extra = Factory(dict)


@frozen
class Miso:
    """A Miso event of the types that Go Shops or Cobi have too, as far as they can say it."""

    type: str
    user_id: str | None = None
    anonymous_id: str | None = None
    timestamp: str | None = None
    context: Context = Factory(Context)
    custom_action_name: str | None = None
    product_ids: list[str] = Factory(list)


@frozen
class Cobi:
    """A Cobi event."""

    interaction_type: Literal["FILTER_CLICK", "SHARE", "PAGE_VIEW", "DISCOUNT_CODE"]
    item_type: Literal["TAG", "OFFER", "SHOP", "KEYWORD"]
    item_id: str
    event_timestamp: int | str
    user_id: str | None = None
    student_id: str | None = None
    city: str | None = None
    country: str | None = None
    platform: Literal["ANDROID", "IOS", "WEB", "OTHER"] | None = None
    source: Literal["COBI"] | None = None
    recommendation_id: str | None = None


def _as_it_is(value: Any, _: object) -> Any:
    return value


_converter = Converter(omit_if_default=True, detailed_validation=False)
_converter.register_structure_hook(int | str, _as_it_is)
_structure, _unstructure = _converter.structure, _converter.unstructure


def _goshops_to_miso(event: Event) -> Any:
    read = _structure(event, Goshops)
    return _unstructure(
        Miso(
            type=known.GOSHOPS_TO_MISO[read.data.event],
            user_id=read.data.customer,
            timestamp=read.data.date,
            context=Context({"goshops_project": read.project}),
            product_ids=[read.data.item],
        )
    )


def _miso_to_cobi(event: Event) -> Any:
    read = _structure(event, Miso)
    interaction: Any
    if read.type == "custom":
        interaction = known.MISO_CUSTOM_TO_COBI[read.custom_action_name]
    else:
        interaction = known.MISO_TO_COBI[read.type]
    extras = read.context.custom_context
    student = read.user_id is not None and is_uuid(read.user_id)
    user = read.anonymous_id
    if user is None and not student:
        user = read.user_id
    return _unstructure(
        Cobi(
            interaction_type=interaction,
            item_type=extras.get("cobi_item_type", known.ITEM_TYPE),
            item_id=extras.get("cobi_item_id") or read.product_ids[0],
            event_timestamp=read.timestamp,
            user_id=user,
            student_id=read.user_id if student else None,
            city=extras.get("cobi_city"),
            country=extras.get("cobi_country"),
            platform=extras.get("cobi_platform"),
            source=extras.get("cobi_source"),
            recommendation_id=extras.get("cobi_recommendation_id"),
        )
    )


def _cobi_to_miso(event: Event) -> Any:
    read = _structure(event, Cobi)
    extras: Extra = {"cobi_item_type": read.item_type}
    products = []
    if read.item_type in ("OFFER", "SHOP"):
        products = [read.item_id]
    else:
        extras["cobi_item_id"] = read.item_id
    for name in ("city", "country", "platform", "source", "recommendation_id"):
        value = getattr(read, name)
        if value is not None:
            extras[f"cobi_{name}"] = value
    return _unstructure(
        Miso(
            type=pieces.miso_type(event),
            user_id=read.student_id,
            anonymous_id=read.user_id,
            timestamp=pieces.utc(read.event_timestamp),
            context=Context(extras),
            custom_action_name=known.COBI_ACTIONS.get(read.interaction_type),
            product_ids=products,
        )
    )


def _miso_to_goshops(event: Event) -> list[Any]:
    read = _structure(event, Miso)
    action: Any = known.MISO_TO_GOSHOPS[read.type]
    project = read.context.custom_context.get("goshops_project", known.PROJECT)
    return [
        _unstructure(Goshops(project, GoshopsData(action, item, read.user_id, read.timestamp)))
        for item in read.product_ids
    ]


PAIRS = {
    ("goshops", "miso"): _goshops_to_miso,
    ("miso", "cobi"): _miso_to_cobi,
    ("cobi", "miso"): _cobi_to_miso,
    ("miso", "goshops"): _miso_to_goshops,
}
