"""Uses a format of its own, with the functions that were generated for it."""

from __future__ import annotations

from typing import assert_type

from generated.acme import Event

from generated.events import (
    AcmeEvent,
    AcmeWrittenEvent,
    MisoWrittenEvent,
    Translator,
    translate,
    translate_all,
    translate_as,
)
from translator import Catalog

event: AcmeEvent = {"kind": "seen", "list": ["a", None], "at": 5, "user-id": "ada"}
assert_type(translate(event, "acme", "miso"), MisoWrittenEvent)
assert_type(translate_all(event, "miso", "acme"), list[AcmeWrittenEvent])
assert_type(translate_as(event, "miso", "acme", Event), Event)
to_acme = Translator("miso", "acme", catalog=Catalog(specs=["specs"], mappings=["mappings"]))
assert_type(to_acme, Translator[AcmeWrittenEvent])
acme = to_acme.translate({})
acme.setdefault("place", {})["city"] = "Lima"
print(acme["kind"].upper(), acme["list"][0], acme.get("user-id"))
assert_type(acme.get("at"), str | None)
assert_type(event.get("at"), str | int | None)

translate(event, "acne", "miso")  # error
translate_all(event, "miso", "acne")  # error
Translator("miso", "acne", catalog=Catalog())  # error
print(acme["user_id"])  # error
acme["kind"] = "lost"  # error
bad: AcmeEvent = {"kind": "seen", "list": [], "place": {"town": "Lima"}}  # error
