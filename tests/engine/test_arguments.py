"""What callers give to the library: whatever it is, they are told by a `TranslationError`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from translator import TranslationError, Translator, translate, translate_all
from translator.engine import api
from translator.engine.translator import shipped_catalog
from translator.validation.events import EventValidator

EVENT: dict[str, Any] = {
    "project": "p1",
    "data": {"event": "view", "item": "SKU-1", "customer": "u1", "date": "2024-05-01T12:00:00Z"},
}

ODD: list[tuple[dict[str, Any], str]] = [
    ({"params": [("a", "b")]}, "invalid-param"),
    ({"params": "abc"}, "invalid-param"),
    ({"params": 5}, "invalid-param"),
    ({"params": {1: "a", "x": "b"}}, "invalid-param"),
    ({"params": {"timezone": 5}}, "invalid-param"),
    ({"params": {"timezone": "Mars/Base"}}, "invalid-param"),
    ({"params": {"projekt": "p"}}, "unknown-param"),
    ({"allow": 5}, "unknown-opt-in"),
    ({"allow": [["x"]]}, "unknown-opt-in"),
    ({"allow": [1, "x"]}, "unknown-opt-in"),
    ({"allow": "content-as-veiw"}, "unknown-opt-in"),
    ({"crosswalks": [1]}, "invalid-crosswalk"),
    ({"crosswalks": "items"}, "invalid-crosswalk"),
    ({"crosswalks": {"items": None}}, "invalid-crosswalk"),
    ({"crosswalks": {"items": 5}}, "invalid-crosswalk"),
    ({"crosswalks": {"items": [5]}}, "invalid-crosswalk"),
    ({"crosswalks": {"items": [{"goshops": ""}]}}, "invalid-crosswalk"),
    ({"crosswalks": {"items": [{"goshops": "a"}]}}, "invalid-crosswalk"),
    ({"crosswalks": {"items": [{"goshops": "a", "miso": "b"}] * 2}}, "invalid-crosswalk"),
    ({"crosswalks": {"itms": []}}, "unknown-crosswalk"),
]


@pytest.mark.parametrize(("given", "code"), ODD, ids=[str(given) for given, _ in ODD])
def test_odd_arguments_are_refused(given: dict[str, Any], code: str) -> None:
    """An argument that cannot be meant is refused with its code, whichever way it is given."""
    for call in (
        lambda: translate(EVENT, "goshops", "miso", **given),
        lambda: translate_all(EVENT, "goshops", "miso", **given),
        lambda: Translator("goshops", "miso", **given),
    ):
        with pytest.raises(TranslationError) as caught:
            call()
        assert caught.value.code == code


@pytest.mark.parametrize("name", [None, 5, [], {}, "", "misso", "../miso", "miso\x00"])
def test_odd_formats_are_refused(name: Any) -> None:
    """A format that there is not is refused on either side."""
    for source, target in ((name, "miso"), ("goshops", name)):
        with pytest.raises(TranslationError) as caught:
            translate(EVENT, source, target)
        assert caught.value.code == "unknown-format"


def test_unknown_names_come_with_the_known_ones() -> None:
    """The error for an unknown name lists what exists, and the nearest."""
    with pytest.raises(TranslationError, match=r"did you mean 'miso'.*aisquare, cobi, goshops"):
        translate(EVENT, "goshops", "misso")
    with pytest.raises(TranslationError, match=r"did you mean 'project'.*time, timezone, user"):
        translate(EVENT, "goshops", "miso", params={"projct": "p"})
    with pytest.raises(TranslationError, match="anonymous-as-customer, content-as-view"):
        translate(EVENT, "goshops", "miso", allow=["nothing"])
    with pytest.raises(TranslationError, match="known: items, users"):
        translate(EVENT, "goshops", "miso", crosswalks={"nothing": []})


def test_none_is_as_good_as_nothing() -> None:
    """None for params, crosswalks or allow is as if they were not given."""
    nothing: dict[str, Any] = {"params": None, "crosswalks": None, "allow": None}
    assert translate(EVENT, "goshops", "miso", **nothing) == translate(EVENT, "goshops", "miso")


def test_a_model_that_cannot_be_read_is_an_invalid_event() -> None:
    """What an event's own code raises is told as an invalid event."""

    class Broken:
        def model_dump(self, **_: Any) -> dict[str, Any]:
            raise RuntimeError("broken")

    with pytest.raises(TranslationError) as caught:
        translate(Broken(), "goshops", "miso")
    assert caught.value.code == "invalid-event"


def test_params_that_are_equal_are_not_the_same() -> None:
    """What is kept for the next call is kept by the values themselves: true is not 1."""
    event = {"resource_type": "quest", "resource_id": 7, "interaction_type": "view"}
    for user, taken in (("1", True), (1, False), (True, False), (1.0, False), ("1", True)):
        for _ in range(2):
            assert _taken(event, params={"user": user}) is taken


def test_empty_crosswalks_use_the_cached_translator() -> None:
    """An empty map of crosswalks is the same as none: no translator is built for each call."""
    translator = api._get_translator("goshops", "miso", validate=True)
    given: list[dict[str, Any] | None] = [{}, None, {}]
    for crosswalks in given:
        again = api._get_translator("goshops", "miso", validate=True, crosswalks=crosswalks)
        assert again is translator


def _taken(event: Any, **given: Any) -> bool:
    try:
        translate(event, "aisquare", "miso", **given)
    except TranslationError as error:
        assert error.code == "invalid-param"
        return False
    return True


def test_functions_trust_events_where_they_are_told_to() -> None:
    """Without `validate` no event is judged, in the functions as in a translator."""
    event = EVENT | {"project": ""}
    calls = (translate, lambda *given, **named: translate_all(*given, **named)[0])
    for call in calls:
        for _ in range(2):
            trusted = call(event, "goshops", "miso", validate=False)
            assert trusted["user_id"] == "u1"
            with pytest.raises(TranslationError, match="goshops event"):
                call(event, "goshops", "miso")
            with pytest.raises(TranslationError, match="goshops event"):
                call(event, "goshops", "miso", params={"timezone": "Europe/Berlin"})


LONG = EVENT | {"data": EVENT["data"] | {"customer": "u" * 513}}
"""A valid event, with an id that Miso does not take."""


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "unmappable-id"),
        ({"validate": False, "guard": True}, "unmappable-id"),
        ({"guard": True}, "unmappable-id"),
        ({"validate": False}, ""),
        ({"guard": False}, ""),
        ({"validate": False, "guard": None}, ""),
        ({"validate": False, "guard": False}, ""),
    ],
    ids=str,
)
def test_what_is_written_is_guarded_where_events_are_judged(
    given: dict[str, Any], code: str
) -> None:
    """What only the target demands is held to with `guard`, which is as `validate` if left out."""
    calls: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: translate(LONG, "goshops", "miso", **given),
        lambda: translate_all(LONG, "goshops", "miso", **given)[0],
        lambda: Translator("goshops", "miso", **given).translate(LONG),
        lambda: Translator("goshops", "miso", **given).translate(LONG, {}),
        lambda: Translator("goshops", "miso", **given).translate_with_losses(LONG).events[0],
    )
    for call in calls:
        if code:
            with pytest.raises(TranslationError) as caught:
                call()
            assert caught.value.code == code
        else:
            assert call()["user_id"] == "u" * 513


def test_events_are_judged_by_validate_alone() -> None:
    """Without `guard` an event that is not valid is refused as such, unless it is trusted too."""
    event = EVENT | {"project": ""}
    with pytest.raises(TranslationError, match="not a valid goshops event"):
        translate(event, "goshops", "miso", guard=False)
    assert translate(event, "goshops", "miso", validate=False, guard=True)["user_id"] == "u1"


MISO: dict[str, Any] = {
    "type": "like",
    "user_id": "u",
    "product_ids": ["a"],
    "timestamp": "2024-05-01T12:00:00Z",
}
UUID = "123e4567-e89b-42d3-a456-426614174000"


@pytest.mark.parametrize(
    ("event", "source", "target", "given", "code"),
    [
        (EVENT | {"data": EVENT["data"] | {"date": "2024-05-01T12:00:00"}},
         "goshops", "miso", {}, "missing-param"),
        (EVENT | {"data": EVENT["data"] | {"date": "yesterday"}},
         "goshops", "miso", {}, "unmappable-value"),
        (MISO | {"type": "share"}, "miso", "goshops", {"params": {"project": "p"}},
         "no-equivalent"),
        (MISO | {"user_id": None}, "miso", "goshops", {"params": {"project": "p"}},
         "missing-param"),
        (MISO | {"product_ids": []}, "miso", "goshops", {"params": {"project": "p"}}, "no-item"),
        (MISO, "miso", "aisquare", {}, "unmappable-id"),
        (MISO | {"context": {"custom_context": {"cobi_item_type": [1], "cobi_item_id": UUID}}}
         | {"type": "category_page_view"}, "miso", "cobi", {}, "unmappable-value"),
        ({"type": 5}, "miso", "cobi", {}, "invalid-event"),
        (5, "miso", "cobi", {}, "invalid-event"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_without_checks(
    event: Any, source: str, target: str, given: dict[str, Any], code: str
) -> None:
    """Without checks an event is refused all the same where its translation cannot be made."""
    with pytest.raises(TranslationError) as caught:
        translate(event, source, target, validate=False, **given)
    assert caught.value.code == code


def test_a_user_is_told_from_a_student_without_checks() -> None:
    """What decides where a value goes is looked at without checks too."""
    event = MISO | {"type": "share", "product_ids": [UUID]}
    params = {"item_type": "OFFER"}
    for user, place in (("ada", "user_id"), (UUID, "student_id")):
        made = translate(event | {"user_id": user}, "miso", "cobi", params=params, validate=False)
        assert made[place] == user
        assert len({"user_id", "student_id"} & made.keys()) == 1


def test_code_that_broke_over_a_valid_event_says_how_to_find_the_value() -> None:
    """Where unguarded code fails over an event that is valid, the refusal leads to `guard`."""
    events = EventValidator(shipped_catalog().spec("goshops"))
    broken = events.untrusted_failure(EVENT, TypeError("unhashable type: 'list'"))
    assert (broken.code, broken.path) == ("unmappable-value", "$")
    assert "unhashable type: 'list'" in broken.message
    assert "guard=True" in broken.message
    assert events.untrusted_failure(EVENT | {"project": ""}, TypeError()).code == "invalid-event"


def test_params_are_compared_at_each_call() -> None:
    """A call is answered with its own params, whatever the dict of an earlier one holds by now."""
    params = {"project": "one"}
    for project in ("one", "two", "one"):
        params["project"] = project
        for _ in range(2):
            assert translate(MISO, "miso", "goshops", params=params)["project"] == project
    with pytest.raises(TranslationError, match="needs project"):
        translate(MISO, "miso", "goshops")
    assert translate(MISO, "miso", "goshops", params=params)["project"] == "one"


def test_several_events_are_refused_by_translate() -> None:
    """`translate` gives one event or says that there are several; `translate_all` gives them."""
    event = {"type": "like", "user_id": "u", "product_ids": ["a", "b"],
             "timestamp": "2024-05-01T12:00:00Z"}  # fmt: skip
    params = {"project": "p"}
    with pytest.raises(TranslationError) as caught:
        translate(event, "miso", "goshops", params=params)
    assert caught.value.code == "several-events"
    made = translate_all(event, "miso", "goshops", params=params)
    assert [one["data"]["item"] for one in made] == ["a", "b"]


def test_nothing_empty_is_lost_under_strict() -> None:
    """An empty object is a value: strict passes because it comes out as it went in."""
    event: dict[str, Any] = {"action": "like", "context": {}}
    assert translate(event, "interaction", "miso", strict=True) == {"type": "like", "context": {}}
