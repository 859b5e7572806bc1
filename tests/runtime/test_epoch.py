"""Conversions between epoch numbers and RFC 3339 are inverses of each other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.runtime.times import (
    NotADateTime,
    epoch_milliseconds_to_rfc3339,
    epoch_seconds_to_rfc3339,
    is_rfc3339,
    iso_to_rfc3339,
    rfc3339_to_epoch_milliseconds,
    rfc3339_to_epoch_seconds,
)

FIRST, LAST = -62_135_596_800, 253_402_300_799


@given(st.integers(FIRST, LAST))
@example(FIRST)
@example(LAST)
@example(-1)
def test_seconds_survive_a_round_trip(n: int) -> None:
    """Every second of the years 1 to 9999 becomes an RFC 3339 string in UTC and comes back."""
    string = epoch_seconds_to_rfc3339(n)
    assert is_rfc3339(string)
    assert string.endswith("Z") and len(string) == len("2024-06-10T16:00:00Z")
    assert rfc3339_to_epoch_seconds(string) == n
    assert iso_to_rfc3339(string, None) is string


@given(st.integers(FIRST * 1000, LAST * 1000 + 999))
@example(FIRST * 1000)
@example(LAST * 1000 + 999)
@example(-1)
def test_milliseconds_survive_a_round_trip(n: int) -> None:
    """Every millisecond of the years 1 to 9999 becomes an RFC 3339 string and comes back."""
    string = epoch_milliseconds_to_rfc3339(n)
    assert is_rfc3339(string)
    assert ("." in string) == (n % 1000 != 0)
    assert rfc3339_to_epoch_milliseconds(string) == n


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)).map(lambda d: d.replace(microsecond=0)),
    st.integers(-1439, 1439),
)
def test_offsets_are_converted_to_utc(moment: datetime, offset: int) -> None:
    """A date-time with any offset gives the epoch number of its instant."""
    sign = "-" if offset < 0 else "+"
    suffix = f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    string = f"{moment.isoformat()}{suffix}"
    n = rfc3339_to_epoch_seconds(string)
    assert n == datetime.fromisoformat(string).timestamp()
    back = datetime.fromisoformat(epoch_seconds_to_rfc3339(n))
    assert back == datetime.fromisoformat(string).astimezone(UTC)
    assert rfc3339_to_epoch_milliseconds(string) == n * 1000


@pytest.mark.parametrize(
    ("n", "string"),
    [
        (1718035200, "2024-06-10T16:00:00Z"),
        (1718035200.0, "2024-06-10T16:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (FIRST, "0001-01-01T00:00:00Z"),
        (LAST, "9999-12-31T23:59:59Z"),
    ],
)
def test_seconds_are_written_in_utc(n: float, string: str) -> None:
    """Seconds are written in UTC, also those before 1970 and floats without a fraction."""
    assert epoch_seconds_to_rfc3339(n) == string


@pytest.mark.parametrize(
    ("n", "string"),
    [
        (1718035200000, "2024-06-10T16:00:00Z"),
        (1718035200123, "2024-06-10T16:00:00.123Z"),
        (1718035200007, "2024-06-10T16:00:00.007Z"),
        (1718035200120.0, "2024-06-10T16:00:00.120Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_milliseconds_are_written_as_three_digits(n: float, string: str) -> None:
    """Milliseconds are three digits if not zero, also before 1970."""
    assert epoch_milliseconds_to_rfc3339(n) == string


@pytest.mark.parametrize(
    "n", [FIRST - 1, LAST + 1, 10**30, -(10**400), 0.5, float("nan"), float("inf"), True, "1", None]
)
def test_other_numbers_are_refused(n: float) -> None:
    """Years outside 1 to 9999, fractions and values that are not numbers are refused."""
    with pytest.raises(NotADateTime):
        epoch_seconds_to_rfc3339(n)
    if n not in {FIRST - 1, LAST + 1}:
        with pytest.raises(NotADateTime):
            epoch_milliseconds_to_rfc3339(n)


@pytest.mark.parametrize(
    ("string", "seconds"),
    [
        ("2024-06-10T16:00:00.000Z", 1718035200),
        ("2024-06-10t18:00:00+02:00", 1718035200),
        ("2024-06-10T16:00:00-00:00", 1718035200),
        ("0000-12-31T23:30:00-00:30", FIRST),
        ("9999-12-31T23:59:59+00:00", LAST),
    ],
)
def test_whole_seconds_are_converted(string: str, seconds: int) -> None:
    """A zero fraction, any offset, and year 0000 with an offset into year 1 are converted."""
    assert rfc3339_to_epoch_seconds(string) == seconds
    assert rfc3339_to_epoch_milliseconds(string) == seconds * 1000


@pytest.mark.parametrize(
    "string",
    [
        "2016-12-31T23:59:60Z",
        "0000-06-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2024-06-10T16:00:00",
        "2024-06-10T16:00Z",
        "20240610T160000Z",
        "2024-06-10",
        "",
    ],
)
def test_strings_without_an_epoch_number_are_refused(string: str) -> None:
    """Leap seconds, instants outside the years 1 to 9999 and other spellings are refused."""
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_seconds(string)
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_milliseconds(string)


def test_fractions_are_not_rounded() -> None:
    """A fraction finer than the unit is refused, never rounded."""
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_seconds("2024-06-10T16:00:00.5Z")
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_milliseconds("2024-06-10T16:00:00.0005Z")
    assert rfc3339_to_epoch_milliseconds("2024-06-10T16:00:00.5000+00:00") == 1718035200500
