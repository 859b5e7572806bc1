"""The translations with the generated pydantic models: validate one model, dump another.

Only what the models enforce is checked: no formats, and no rules across fields.
"""

from __future__ import annotations

import time
from typing import Any

from pydantic import MISSING, BaseModel, TypeAdapter

from benchmarks import handwritten
from benchmarks.events import Event
from benchmarks.handwritten import is_uuid
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
_validate_miso: TypeAdapter[Any] = TypeAdapter(miso.Interaction)


def _dump(model: BaseModel) -> Event:
    return model.model_dump(mode="json", exclude_unset=True)


def _goshops_to_miso(event: Event) -> Event:
    model = goshops.Interaction.model_validate(event)
    kind = handwritten.GOSHOPS_TO_MISO[model.data.event]
    translated = _MISO[kind](
        type=kind,
        user_id=model.data.customer,
        timestamp=model.data.date,
        context=miso.Context(custom_context={"goshops_project": model.project}),
        product_ids=[model.data.item],
    )
    return _dump(translated)


def _extras(model: Any) -> dict[str, Any]:
    context = model.context
    if context is MISSING or context.custom_context is MISSING:
        return {}
    extras: dict[str, Any] = context.custom_context
    return extras


def _miso_to_cobi(event: Event) -> Event:
    model = _validate_miso.validate_python(event)
    if model.type == "custom":
        interaction = handwritten.MISO_CUSTOM_TO_COBI[model.custom_action_name]
    else:
        interaction = handwritten.MISO_TO_COBI[model.type]
    extras = _extras(model)
    fields = {
        "interaction_type": interaction,
        "item_type": extras.get("cobi_item_type", handwritten.ITEM_TYPE),
        "item_id": extras.get("cobi_item_id") or model.product_ids[0],
        "event_timestamp": model.timestamp,
    }
    student = model.user_id is not MISSING and is_uuid(model.user_id)
    if model.anonymous_id is not MISSING:
        fields["user_id"] = model.anonymous_id
    elif model.user_id is not MISSING and not student:
        fields["user_id"] = model.user_id
    if student:
        fields["student_id"] = model.user_id
    for name in ("city", "country", "platform", "source", "recommendation_id"):
        if (value := extras.get(f"cobi_{name}")) is not None:
            fields[name] = value
    return _dump(cobi.Interaction(**fields))


def _cobi_to_miso(event: Event) -> Event:
    model = cobi.Interaction.model_validate(event)
    extras: dict[str, Any] = {"cobi_item_type": model.item_type}
    timestamp = model.event_timestamp
    if not isinstance(timestamp, str):
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(timestamp))
    fields: Event = {"timestamp": timestamp}
    if model.interaction_type == "PAGE_VIEW":
        kind = handwritten.COBI_TO_MISO[model.interaction_type, model.item_type]
    elif model.interaction_type == "SHARE":
        kind = "share"
    else:
        kind = "custom"
        fields["custom_action_name"] = handwritten.COBI_ACTIONS[model.interaction_type]
    if model.item_type in ("OFFER", "SHOP"):
        fields["product_ids"] = [model.item_id]
    else:
        extras["cobi_item_id"] = model.item_id
    if model.student_id is not MISSING and model.student_id is not None:
        fields["user_id"] = model.student_id
    if model.user_id is not MISSING and model.user_id is not None:
        fields["anonymous_id"] = model.user_id
    for name in ("city", "country", "platform", "source", "recommendation_id"):
        value = getattr(model, name)
        if value is not MISSING and value is not None:
            extras[f"cobi_{name}"] = value
    context = miso.Context(custom_context=extras)
    return _dump(_MISO[kind](type=kind, context=context, **fields))


def _miso_to_goshops(event: Event) -> list[Event]:
    model = _validate_miso.validate_python(event)
    action = handwritten.MISO_TO_GOSHOPS[model.type]
    project = _extras(model).get("goshops_project", handwritten.PROJECT)
    translated = []
    for item in model.product_ids:
        data = {"event": action, "item": item, "customer": model.user_id, "date": model.timestamp}
        interaction = goshops.Interaction.model_validate({"project": project, "data": data})
        translated.append(_dump(interaction))
    return translated


PAIRS = {
    ("goshops", "miso"): _goshops_to_miso,
    ("miso", "cobi"): _miso_to_cobi,
    ("cobi", "miso"): _cobi_to_miso,
    ("miso", "goshops"): _miso_to_goshops,
}
