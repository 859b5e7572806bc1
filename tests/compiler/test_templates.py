"""Templates: what is joined splits back to the same, and each piece is valid for its field."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.independent_validator import format_checker
from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import TranslationError, Translator

FIELDS: dict[str, dict[str, Any]] = {
    "string": STRING,
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "number or boolean": {"type": ["integer", "number", "boolean"]},
    "string or number": {"type": ["string", "number"]},
    "anything": {},
    "pattern": {"type": "string", "pattern": "^[A-Z]+$"},
    "multiple": {"type": "integer", "multipleOf": 3, "minimum": -9},
    "enum": {"type": "string", "enum": ["a", "a:b", "c"]},
    "numbers": {"type": ["number", "boolean"], "enum": [1, 12, 0.5, 1e-7, True]},
    "mixed enum": {"enum": ["1", 1, True]},
    "long": {"type": "string", "minLength": 2, "maxLength": 3, "format": "date"},
    "list": {"type": "array"},
}

texts = st.one_of(
    st.sampled_from(["", ":", "a", "a:b", "c", "ABC", "true", "1", "0.5", "-0", "007", "1e3"]),
    st.text("aA1:.-", max_size=4),
)
values = st.one_of(
    texts,
    st.booleans(),
    st.integers(-20, 20),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([-0.0, 15.0, 1e23, 1e-7, 0.5, 12, []]),
)
strings = st.one_of(st.tuples(values, values).map(lambda pair: f"{pair[0]}:{pair[1]}"), texts)


def is_valid(schema: dict[str, Any], event: Any) -> bool:
    validator = jsonschema.Draft202012Validator(schema, format_checker=format_checker)
    return bool(validator.is_valid(event))


PAIRS = [pair for index, pair in enumerate(product(FIELDS, FIELDS)) if index % 5 == 0]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_joined_fields_split_back(tmp_path: Path, first: str, second: str) -> None:
    """An event comes back the same, or is refused; every split event is valid."""
    left = event_schema({"a": FIELDS[first], "b": FIELDS[second]}, ["a", "b"])
    specs = {"l": left, "r": event_schema({"w": STRING}, ["w"])}
    rule = 'fields: {"a, b": {is: w, id: true, as: {template: "{a}:{b}"}}}'
    catalog = small_catalog(tmp_path, specs, l__r=rule)
    join, split = Translator("l", "r", catalog=catalog), Translator("r", "l", catalog=catalog)

    @given(values, values)
    def there_and_back(a: Any, b: Any) -> None:
        event = {"a": a, "b": b}
        if not is_valid(left, event):
            return
        try:
            joined = join.translate(event)
        except TranslationError as refusal:
            assert refusal.code == "unmappable-value"
            return
        returned = split.translate(joined)
        assert returned == event
        assert [isinstance(value, bool) for value in returned.values()] == [
            isinstance(value, bool) for value in event.values()
        ]

    @given(strings)
    def back_and_there(text: str) -> None:
        try:
            event = split.translate({"w": text})
        except TranslationError as refusal:
            assert refusal.code == "unmappable-id"
            return
        assert is_valid(left, event)
        assert join.translate(event) == {"w": text}

    there_and_back()
    back_and_there()


def test_no_string_splits_into_a_field_without_values(tmp_path: Path) -> None:
    """An enum none of whose values is allowed has no values: not the empty string either."""
    no_value = {"type": "string", "enum": ["blue"], "allOf": [{"maxLength": 2}]}
    catalog = small_catalog(
        tmp_path,
        {"l": event_schema({"a": no_value, "b": STRING}), "r": event_schema({"c": STRING})},
        l__r="fields: {'a, b': {is: c, as: {template: '{a}-{b}'}}}",
    )
    with pytest.raises(TranslationError, match="is not of the form"):
        Translator("r", "l", catalog=catalog).translate({"c": "-3"})
