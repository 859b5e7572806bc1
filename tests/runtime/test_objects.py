"""Free keys and carried values: what is read, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from translator import TranslationError
from translator.runtime.values import flatten_carried, free_items, merge, set_key


def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(TranslationError) as caught:
        call()
    assert caught.value.code == "unmappable-value"
    return caught.value.path, caught.value.message


def test_free_keys_are_those_without_a_field_of_their_own() -> None:
    """Named fields and nulls are passed over."""
    event = {"a": 1, "b": None, "c": None, "d": 2}
    assert list(free_items(event, {"a", "b"})) == [("d", 2)]
    assert list(free_items(event, nulls=True)) == list(event.items())


@pytest.mark.parametrize("key", [None, "twice", "named"])
def test_a_key_that_cannot_be_set_is_refused(key: str | None) -> None:
    """A key is needed, is set once, and is not the name of another field."""
    target = {"twice": 1}
    path, message = refusal(lambda: set_key(target, key, 2, "$.m", frozenset({"named"})))
    assert path == "$.m"
    assert repr(key) in message or key is None
    assert target == {"twice": 1}


@pytest.mark.parametrize(
    ("carried", "path"),
    [
        ("ONE", "$.c"),
        (7, "$.c"),
        ({"zz": "ONE"}, "$.c.zz"),
        ({"zz": []}, "$.c.zz"),
        ({"a_b": {"c": 1}}, "$.c.a_b.c"),
        ({"a": {"b_c": 1}, "a_b": {"c": 2}}, "$.c.a_b.c"),
        ({"x": {"y": 1}, "z": {"y": 1}}, "$.c.z.y"),
    ],
)
def test_a_carried_value_that_could_not_be_read_back_is_refused(carried: Any, path: str) -> None:
    """No value is lost in silence, and none ends in another exception."""

    def problem_of(entry: dict[str, Any]) -> str | None:
        return "no" if "z_y" in entry else None

    assert refusal(lambda: flatten_carried(carried, "l", "", "_", (), "$.c", problem_of))[0] == path


def test_carried_values_are_flattened() -> None:
    """Null carries nothing, and a field name may contain the separator."""
    carried = {"a": {"b_c": 1, "d": None}, "l": {"x": 1}, "z": None}
    assert flatten_carried(carried, "l", "", "_", ("s",), "$") == {"s": {"a_b_c": 1}}
    assert flatten_carried(None, "l", "", "_", ("s",), "$") == {}


def test_only_the_objects_on_the_way_to_the_slot_are_merged() -> None:
    """An object that is carried does not mix with one of the event."""
    assert merge({"s": {"a": 1}}, {"s": {"b": 2}}, "$", 1) == {"s": {"a": 1, "b": 2}}
    refusal(lambda: merge({"s": {"a": {"x": 1}}}, {"s": {"a": {"y": 2}}}, "$", 1))
    assert merge({"a": {"x": 1}}, {"a": {"y": 2}}, "$") == {"a": {"x": 1, "y": 2}}
