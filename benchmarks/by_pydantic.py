"""The work through the generated pydantic models: validated into one, dumped from another.

Only what the models enforce is checked: they know no formats and no rules across members.
"""

from __future__ import annotations

from typing import Any

from pydantic import MISSING, BaseModel, TypeAdapter

from benchmarks import handwritten as known
from benchmarks import pieces
from benchmarks.handwritten import Event, is_uuid
from generated import cobi, goshops, miso

_MISO: dict[str, type[BaseModel]] = {
    "product_detail_page_view": miso.ProductDetailPageViewInteraction,
    "category_page_view": miso.CategoryPageViewInteraction,
    "like": miso.LikeInteraction,
    "add_to_cart": miso.AddToCartInteraction,
    "checkout": miso.CheckoutInteraction,
    "share": miso.ShareInteraction,
    "custom": miso.CustomInteraction,
}
_read_miso: TypeAdapter[Any] = TypeAdapter(miso.Interaction)


def _dumped(model: BaseModel) -> Event:
    return model.model_dump(mode="json", exclude_unset=True)


def _goshops_to_miso(event: Event) -> Event:
    read = goshops.Interaction.model_validate(event)
    kind = known.GOSHOPS_TO_MISO[read.data.event]
    made = _MISO[kind](
        type=kind,
        user_id=read.data.customer,
        timestamp=read.data.date,
        context=miso.Context(custom_context={"goshops_project": read.project}),
        product_ids=[read.data.item],
    )
    return _dumped(made)


def _extras(read: Any) -> dict[str, Any]:
    context = read.context
    if context is MISSING or context.custom_context is MISSING:
        return {}
    extras: dict[str, Any] = context.custom_context
    return extras


def _miso_to_cobi(event: Event) -> Event:
    read = _read_miso.validate_python(event)
    if read.type == "custom":
        interaction = known.MISO_CUSTOM_TO_COBI[read.custom_action_name]
    else:
        interaction = known.MISO_TO_COBI[read.type]
    extras = _extras(read)
    members = {
        "interaction_type": interaction,
        "item_type": extras.get("cobi_item_type", known.ITEM_TYPE),
        "item_id": extras.get("cobi_item_id") or read.product_ids[0],
        "event_timestamp": read.timestamp,
    }
    student = read.user_id is not MISSING and is_uuid(read.user_id)
    if read.anonymous_id is not MISSING:
        members["user_id"] = read.anonymous_id
    elif read.user_id is not MISSING and not student:
        members["user_id"] = read.user_id
    if student:
        members["student_id"] = read.user_id
    for name in ("city", "country", "platform", "source", "recommendation_id"):
        if (value := extras.get(f"cobi_{name}")) is not None:
            members[name] = value
    return _dumped(cobi.Interaction(**members))


def _cobi_to_miso(event: Event) -> Event:
    read = cobi.Interaction.model_validate(event)
    extras: dict[str, Any] = {"cobi_item_type": read.item_type}
    members: Event = {"timestamp": pieces.utc(read.event_timestamp)}
    kind = pieces.miso_type(event)
    if kind == "custom":
        members["custom_action_name"] = known.COBI_ACTIONS[read.interaction_type]
    if read.item_type in ("OFFER", "SHOP"):
        members["product_ids"] = [read.item_id]
    else:
        extras["cobi_item_id"] = read.item_id
    if read.student_id is not MISSING and read.student_id is not None:
        members["user_id"] = read.student_id
    if read.user_id is not MISSING and read.user_id is not None:
        members["anonymous_id"] = read.user_id
    for name in ("city", "country", "platform", "source", "recommendation_id"):
        value = getattr(read, name)
        if value is not MISSING and value is not None:
            extras[f"cobi_{name}"] = value
    context = miso.Context(custom_context=extras)
    return _dumped(_MISO[kind](type=kind, context=context, **members))


def _miso_to_goshops(event: Event) -> list[Event]:
    read = _read_miso.validate_python(event)
    action = known.MISO_TO_GOSHOPS[read.type]
    project = _extras(read).get("goshops_project", known.PROJECT)
    made = []
    for item in read.product_ids:
        data = {"event": action, "item": item, "customer": read.user_id, "date": read.timestamp}
        made.append(_dumped(goshops.Interaction.model_validate({"project": project, "data": data})))
    return made


PAIRS = {
    ("goshops", "miso"): _goshops_to_miso,
    ("miso", "cobi"): _miso_to_cobi,
    ("cobi", "miso"): _cobi_to_miso,
    ("miso", "goshops"): _miso_to_goshops,
}
