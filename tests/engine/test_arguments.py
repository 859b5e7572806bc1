"""What callers give to the library: whatever it is, they are told by a `TranslationError`."""

from __future__ import annotations

from typing import Any

import pytest

from translator import TranslationError, Translator, translate, translate_all

EVENT = {
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
