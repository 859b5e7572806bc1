"""Helpers of codecs with any value at all: each returns or raises `ValueError`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.runtime import numbers, times

BIG = [10**400, -(10**400), 10**4300, 10**5000, -(10**5000)]
any_number = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([-0.0, float("inf"), float("nan"), 5e-324, 1.7e308, 253402300799.5]),
    st.integers(0, len(BIG) - 1).map(BIG.__getitem__),
)
stamps = st.builds(
    "{}-{}-{}T{}:{}:{}{}{}".format,
    st.sampled_from(["0000", "0001", "9999", "2024", "1900"]),
    *[st.sampled_from(["00", "01", "02", "12", "13", "29", "31"])] * 2,
    *[st.sampled_from(["00", "23", "24", "59", "60"])] * 3,
    st.sampled_from(["", ".", ",5", ".000", ".1234567890123"]),
    st.sampled_from(["", "Z", "z", "+00:00", "-23:59", "+23:59", "+24:00", "+2", "-00"]),
)
any_string = st.one_of(
    st.text(),
    st.text("0123456789.-+eE_ ٣", max_size=12),
    stamps,
    stamps.map(lambda stamp: stamp.replace("-", "", 2).replace(":", "", 2)),
    st.integers(4299, 4302).map(lambda count: "9" * count),
    st.integers(300, 400).map(lambda count: f"{'9' * count}.5"),
    st.sampled_from(["\ud800", "true", "false", "0." + "0" * 400 + "1"]),
)


def zoned(string: str) -> str:
    return times.iso_to_rfc3339(string, ZoneInfo("Europe/Berlin"))


def on_a_scale(value: float) -> float:
    return numbers.linear(value, 0.1, 1e300, -1, 5e-324)


@pytest.mark.parametrize(
    "helper",
    [
        numbers.integer_to_string,
        numbers.number_to_string,
        numbers.scalar_to_string,
        numbers.as_numeric_string,
        lambda value: numbers.as_number(value, numbers.string_to_number),
        lambda value: numbers.linear(value, 0, 5, -1, 1),
        on_a_scale,
        times.epoch_seconds_to_rfc3339,
        times.epoch_milliseconds_to_rfc3339,
    ],
)
@given(st.one_of(any_number, st.booleans()))
def test_any_number(helper: Callable[[Any], Any], value: Any) -> None:
    """NaN, infinity, huge and tiny numbers and booleans end in `ValueError` at worst."""
    with suppress(ValueError):
        result = helper(value)
        assert isinstance(result, str | int | float)
        assert not isinstance(result, str) or "e" not in result or result in ("true", "false")


@pytest.mark.parametrize(
    "helper",
    [
        numbers.string_to_integer,
        numbers.string_to_number,
        numbers.string_to_scalar,
        numbers.as_numeric_string,
        lambda value: numbers.as_number(value, numbers.string_to_integer),
        times.is_rfc3339,
        lambda value: times.iso_to_rfc3339(value, None),
        zoned,
        times.rfc3339_to_epoch_seconds,
        times.rfc3339_to_epoch_milliseconds,
        times.load_timezone,
    ],
)
@given(any_string)
def test_any_string(helper: Callable[[Any], Any], value: str) -> None:
    """A string outside the domain ends in `ValueError`; what is returned is JSON."""
    with suppress(ValueError):
        assert isinstance(helper(value), str | int | float | ZoneInfo)
