"""Epoch numbers and RFC 3339 as inverses of each other."""

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
def test_seconds_come_back(n: int) -> None:
    """Every second of years 1 to 9999 is an RFC 3339 text in UTC and comes back from it."""
    text = epoch_seconds_to_rfc3339(n)
    assert is_rfc3339(text)
    assert text.endswith("Z") and len(text) == len("2024-06-10T16:00:00Z")
    assert rfc3339_to_epoch_seconds(text) == n
    assert iso_to_rfc3339(text, None) is text


@given(st.integers(FIRST * 1000, LAST * 1000 + 999))
@example(FIRST * 1000)
@example(LAST * 1000 + 999)
@example(-1)
def test_milliseconds_come_back(n: int) -> None:
    """Every millisecond of years 1 to 9999 comes back from the text it is written as."""
    text = epoch_milliseconds_to_rfc3339(n)
    assert is_rfc3339(text)
    assert ("." in text) == (n % 1000 != 0)
    assert rfc3339_to_epoch_milliseconds(text) == n


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)).map(lambda d: d.replace(microsecond=0)),
    st.integers(-1439, 1439),
)
def test_any_offset_names_the_same_instant(moment: datetime, offset: int) -> None:
    """A text at any offset gives the number of its instant, and from that the instant again."""
    sign = "-" if offset < 0 else "+"
    away = f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    text = f"{moment.isoformat()}{away}"
    n = rfc3339_to_epoch_seconds(text)
    assert n == datetime.fromisoformat(text).timestamp()
    back = datetime.fromisoformat(epoch_seconds_to_rfc3339(n))
    assert back == datetime.fromisoformat(text).astimezone(UTC)
    assert rfc3339_to_epoch_milliseconds(text) == n * 1000


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (1718035200, "2024-06-10T16:00:00Z"),
        (1718035200.0, "2024-06-10T16:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (FIRST, "0001-01-01T00:00:00Z"),
        (LAST, "9999-12-31T23:59:59Z"),
    ],
)
def test_seconds_are_written_in_utc(n: float, text: str) -> None:
    """Seconds, also as a float without a fraction and before 1970, are written in UTC."""
    assert epoch_seconds_to_rfc3339(n) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (1718035200000, "2024-06-10T16:00:00Z"),
        (1718035200123, "2024-06-10T16:00:00.123Z"),
        (1718035200007, "2024-06-10T16:00:00.007Z"),
        (1718035200120.0, "2024-06-10T16:00:00.120Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_milliseconds_are_a_fraction_of_three_digits(n: float, text: str) -> None:
    """Milliseconds are three digits where they are not zero, and count up before 1970 too."""
    assert epoch_milliseconds_to_rfc3339(n) == text


@pytest.mark.parametrize(
    "n", [FIRST - 1, LAST + 1, 10**30, -(10**400), 0.5, float("nan"), float("inf"), True, "1", None]
)
def test_numbers_that_name_no_second_are_refused(n: float) -> None:
    """Years beyond 1 to 9999, fractions and what is no number are refused by name."""
    with pytest.raises(NotADateTime):
        epoch_seconds_to_rfc3339(n)
    if n not in {FIRST - 1, LAST + 1}:
        with pytest.raises(NotADateTime):
            epoch_milliseconds_to_rfc3339(n)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-06-10T16:00:00.000Z", 1718035200),
        ("2024-06-10t18:00:00+02:00", 1718035200),
        ("2024-06-10T16:00:00-00:00", 1718035200),
        ("0000-12-31T23:30:00-00:30", FIRST),
        ("9999-12-31T23:59:59+00:00", LAST),
    ],
)
def test_a_text_that_says_a_whole_second_gives_it(text: str, seconds: int) -> None:
    """A fraction of zeros, any offset, and year 0000 at an offset that is year 1 are taken."""
    assert rfc3339_to_epoch_seconds(text) == seconds
    assert rfc3339_to_epoch_milliseconds(text) == seconds * 1000


@pytest.mark.parametrize(
    "text",
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
def test_texts_that_no_number_says_are_refused(text: str) -> None:
    """Leap seconds, instants beyond years 1 to 9999 and other spellings are refused."""
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_seconds(text)
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_milliseconds(text)


def test_no_fraction_is_cut() -> None:
    """A fraction that the unit cannot say is refused, never rounded."""
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_seconds("2024-06-10T16:00:00.5Z")
    with pytest.raises(NotADateTime):
        rfc3339_to_epoch_milliseconds("2024-06-10T16:00:00.0005Z")
    assert rfc3339_to_epoch_milliseconds("2024-06-10T16:00:00.5000+00:00") == 1718035200500
