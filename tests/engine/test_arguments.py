"""Arguments of the library functions: invalid ones raise a `TranslationError`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translator import TranslationError, Translator, translate, translate_all
from translator.catalog.discovery import Folders
from translator.engine import api
from translator.engine.translator import shipped_catalog
from translator.validation.events import EventValidator

EVENT: dict[str, Any] = {
    "project": "p1",
    "data": {"event": "view", "item": "SKU-1", "customer": "u1", "date": "2024-05-01T12:00:00Z"},
}

INVALID_ARGUMENTS: list[tuple[dict[str, Any], str]] = [
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
    ({"crosswalks": {1: [], "items": []}}, "invalid-crosswalk"),
]


@pytest.mark.parametrize(
    ("arguments", "code"),
    INVALID_ARGUMENTS,
    ids=[str(arguments) for arguments, _ in INVALID_ARGUMENTS],
)
def test_invalid_arguments_are_refused(
    arguments: dict[str, Any], code: str, tmp_path: Path
) -> None:
    """`translate`, `translate_all` and `Translator` refuse an invalid argument with its code."""
    cached = Folders(cache_dir=str(tmp_path / "plans"))
    calls: tuple[Callable[[], object], ...] = (
        lambda: translate(EVENT, "goshops", "miso", **arguments),
        lambda: translate_all(EVENT, "goshops", "miso", **arguments),
        lambda: Translator("goshops", "miso", **arguments),
        lambda: Translator("goshops", "miso", catalog=cached, **arguments),
    )
    for call in calls:
        with pytest.raises(TranslationError) as caught:
            call()
        assert caught.value.code == code


@pytest.mark.parametrize("name", [None, 5, [], {}, "", "misso", "../miso", "miso\x00"])
def test_unknown_formats_are_refused(name: Any) -> None:
    """An unknown format is refused, as the source and as the target."""
    for source, target in ((name, "miso"), ("goshops", name)):
        with pytest.raises(TranslationError) as caught:
            translate(EVENT, source, target)
        assert caught.value.code == "unknown-format"


def test_errors_for_unknown_names_list_the_known_names() -> None:
    """The error for an unknown name lists the known names and suggests the nearest."""
    with pytest.raises(TranslationError, match=r"did you mean 'miso'.*aisquare, cobi, goshops"):
        translate(EVENT, "goshops", "misso")
    with pytest.raises(TranslationError, match=r"did you mean 'project'.*time, timezone, user"):
        translate(EVENT, "goshops", "miso", params={"projct": "p"})
    with pytest.raises(TranslationError, match="anonymous-as-customer, content-as-view"):
        translate(EVENT, "goshops", "miso", allow=["nothing"])
    with pytest.raises(TranslationError, match="known: items, users"):
        translate(EVENT, "goshops", "miso", crosswalks={"nothing": []})


def test_none_means_not_given() -> None:
    """None for params, crosswalks or allow is the same as leaving them out."""
    arguments: dict[str, Any] = {"params": None, "crosswalks": None, "allow": None}
    assert translate(EVENT, "goshops", "miso", **arguments) == translate(EVENT, "goshops", "miso")


def test_a_model_that_cannot_be_dumped_is_an_invalid_event() -> None:
    """An exception in the `model_dump` of an event is reported as an invalid event."""

    class Broken:
        def model_dump(self, **_: Any) -> dict[str, Any]:
            raise RuntimeError("broken")

    with pytest.raises(TranslationError) as caught:
        translate(Broken(), "goshops", "miso")
    assert caught.value.code == "invalid-event"


def test_equal_params_of_different_types_are_distinct() -> None:
    """Cached params are compared by type as well as value: neither true nor 1.0 is 1."""
    event = {"resource_type": "quest", "resource_id": 7, "interaction_type": "view"}
    for user, accepted in (("1", True), (1, False), (True, False), (1.0, False), ("1", True)):
        for _ in range(2):
            assert accepts_params(event, {"user": user}) is accepted


def test_empty_crosswalks_use_the_cached_translator() -> None:
    """Calls with empty crosswalks share the cached translator of calls without any."""
    translator = api._get_translator("goshops", "miso", validate=True)
    values: list[dict[str, Any] | None] = [{}, None, {}]
    for crosswalks in values:
        cached = api._get_translator("goshops", "miso", validate=True, crosswalks=crosswalks)
        assert cached is translator


def accepts_params(event: dict[str, Any], params: dict[str, Any]) -> bool:
    try:
        translate(event, "aisquare", "miso", params=params)
    except TranslationError as error:
        assert error.code == "invalid-param"
        return False
    return True


def test_validate_false_skips_validation() -> None:
    """With `validate=False` no event is validated; calls that validate share no code with it."""
    event = EVENT | {"project": ""}
    for call in (translate, translate_all):
        for _ in range(2):
            output = call(event, "goshops", "miso", validate=False)
            assert (output if isinstance(output, dict) else output[0])["user_id"] == "u1"
            with pytest.raises(TranslationError, match="goshops event"):
                call(event, "goshops", "miso")
            with pytest.raises(TranslationError, match="goshops event"):
                call(event, "goshops", "miso", params={"timezone": "Europe/Berlin"})


LONG_ID = EVENT | {"data": EVENT["data"] | {"customer": "u" * 513}}
"""A valid event with an id that is too long for Miso."""


@pytest.mark.parametrize(
    ("options", "code"),
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
def test_guard_defaults_to_validate(options: dict[str, Any], code: str) -> None:
    """`guard` checks the limits of the target; by default it is the value of `validate`."""
    calls: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: translate(LONG_ID, "goshops", "miso", **options),
        lambda: translate_all(LONG_ID, "goshops", "miso", **options)[0],
        lambda: Translator("goshops", "miso", **options).translate(LONG_ID),
        lambda: Translator("goshops", "miso", **options).translate(LONG_ID, {}),
        lambda: Translator("goshops", "miso", **options).translate_with_losses(LONG_ID).events[0],
    )
    for call in calls:
        if code:
            with pytest.raises(TranslationError) as caught:
                call()
            assert caught.value.code == code
        else:
            assert call()["user_id"] == "u" * 513


def test_guard_does_not_affect_validation() -> None:
    """`validate` alone decides whether an invalid event is refused, whatever `guard` is."""
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
    ("event", "source", "target", "options", "code"),
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
def test_untranslatable_events_are_refused_without_validation(
    event: Any, source: str, target: str, options: dict[str, Any], code: str
) -> None:
    """With `validate=False` an event that has no translation is still refused."""
    with pytest.raises(TranslationError) as caught:
        translate(event, source, target, validate=False, **options)
    assert caught.value.code == code


def test_values_select_their_field_without_validation() -> None:
    """With `validate=False` a user id still goes to the field that its form selects."""
    event = MISO | {"type": "share", "product_ids": [UUID]}
    params = {"item_type": "OFFER"}
    for user, field in (("ada", "user_id"), (UUID, "student_id")):
        output = translate(event | {"user_id": user}, "miso", "cobi", params=params, validate=False)
        assert output[field] == user
        assert len({"user_id", "student_id"} & output.keys()) == 1


def test_failures_of_unguarded_code_suggest_guard() -> None:
    """If unguarded code fails on a valid event, the error suggests `guard=True`."""
    validator = EventValidator(shipped_catalog().spec("goshops"))
    error = validator.untrusted_failure(EVENT, TypeError("unhashable type: 'list'"))
    assert (error.code, error.path) == ("unmappable-value", "$")
    assert "unhashable type: 'list'" in error.message
    assert "guard=True" in error.message
    assert validator.untrusted_failure(EVENT | {"project": ""}, TypeError()).code == "invalid-event"


def test_params_are_compared_at_each_call() -> None:
    """A call uses the current values of its params, even if the same dict was passed before."""
    params = {"project": "one"}
    for project in ("one", "two", "one"):
        params["project"] = project
        for _ in range(2):
            assert translate(MISO, "miso", "goshops", params=params)["project"] == project
    with pytest.raises(TranslationError, match="needs project"):
        translate(MISO, "miso", "goshops")
    assert translate(MISO, "miso", "goshops", params=params)["project"] == "one"


def test_several_events_are_refused_by_translate() -> None:
    """`translate` refuses an event that becomes several; `translate_all` returns them."""
    event = {"type": "like", "user_id": "u", "product_ids": ["a", "b"],
             "timestamp": "2024-05-01T12:00:00Z"}  # fmt: skip
    params = {"project": "p"}
    with pytest.raises(TranslationError) as caught:
        translate(event, "miso", "goshops", params=params)
    assert caught.value.code == "several-events"
    outputs = translate_all(event, "miso", "goshops", params=params)
    assert [output["data"]["item"] for output in outputs] == ["a", "b"]


def test_strict_preserves_empty_objects() -> None:
    """An empty object is a value, and is copied: strict has nothing to refuse."""
    event: dict[str, Any] = {"action": "like", "context": {}}
    assert translate(event, "interaction", "miso", strict=True) == {"type": "like", "context": {}}
