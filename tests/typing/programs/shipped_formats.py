"""Uses the shipped formats."""

from __future__ import annotations

from typing import Any, assert_type

from translator import Catalog, Translator, translate, translate_all, translate_as
from translator.generated import goshops, miso
from translator.generated.events import CobiEvent, Format, GoshopsEvent, MisoWrittenEvent

event: GoshopsEvent = {
    "project": "shop-1",
    "data": {"event": "cart", "item": "SKU-1", "customer": "ada", "date": "2024-05-01T12:00:00Z"},
}
model = goshops.Interaction.model_validate(event)

# Formats
assert_type(translate(event, "goshops", "miso"), MisoWrittenEvent)
assert_type(translate(model, "goshops", "cobi", params={"user": "ada"}, strict=True), CobiEvent)
assert_type(translate_all(event, "miso", "goshops"), list[GoshopsEvent])
to_goshops = Translator("miso", "goshops", params={"project": "shop-1"}, accept=["context"])
assert_type(to_goshops, Translator[GoshopsEvent])
assert_type(to_goshops.translate({"type": "like"}), GoshopsEvent)
assert_type(to_goshops.translate_all({"type": "like"}, {"project": "shop-2"}), list[GoshopsEvent])
translate(event, "goshop", "miso")  # error
translate(event, "goshops", "mios")  # error
translate_all(event, "goshops", "mios")  # error
translate_as(model, "goshops", "mios", miso.LikeInteraction)  # error
Translator("goshop", "miso")  # error
Translator("goshops", "mios")  # error

# Options
translate(event, "goshops", "miso", strikt=True)  # error
translate(event, "goshops", "miso", allow=1)  # error
Translator("goshops", "miso", acept=["context"])  # error
translate(5, "goshops", "miso")  # error

# Fields
print(translate(event, "goshops", "cobi")["item_id"])
print(translate(event, "goshops", "cobi")["itemid"])  # error
print(to_goshops.translate(event)["data"]["date"])
print(to_goshops.translate(event)["data"]["dat"])  # error
written = translate(event, "goshops", "miso")
if written["type"] == "search":
    print(written.get("search", {}).get("keywords"))
    print(written.get("rating"), written["producty"])  # error
bad_event: GoshopsEvent = {"projekt": "shop-1", "data": event["data"]}  # error
GoshopsEvent(project="shop-1", date=event["data"])  # error
event["data"]["event"] = "read"  # error

# Models
assert_type(translate_as(event, "goshops", "miso", miso.LikeInteraction), miso.LikeInteraction)
assert_type(translate_as(event, "goshops", "miso", miso.Interaction), Any)
assert_type(to_goshops.translate_as({}, goshops.Interaction), goshops.Interaction)
translate_as(event, "goshops", "miso", GoshopsEvent)  # error
print(to_goshops.translate_as({}, goshops.Interaction).dat)  # error


def translate_raw(raw: dict[str, Any], name: str, known: Format) -> Translator[GoshopsEvent]:
    """Names of formats that are not written out."""
    print(translate(raw, "goshops", "miso")["type"], translate(raw, known, known))
    print(Translator(known, "goshops").python, Translator("goshops", known).translate(raw))
    translate(raw, name, "miso")  # error
    Translator("goshops", name)  # error
    found = Translator(name, "unknown", catalog=Catalog(specs=["specs"]))
    assert_type(found, Translator[dict[str, Any]])
    assert_type(found.translate(raw), dict[str, Any])
    return Translator("miso", "goshops")
