"""`is_rfc3339` and the format matchers agree with the validator and with `re`."""

from __future__ import annotations

import re

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.runtime.formats import PATTERN_CALLS, is_common_rfc3339, is_uuid
from translator.runtime.times import COMMON_RFC3339, is_rfc3339

VALIDATOR = jsonschema_rs.Draft202012Validator(
    {"type": "string", "format": "date-time"}, validate_formats=True
)

COMMON = re.compile(COMMON_RFC3339)

UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

DIGITS = re.compile(
    r"[0-9]{4}(-[0-9]{2}){2}.[0-9]{2}(:[0-9]{2}){2}([.][0-9]+)?(.|.[0-9]{2}:[0-9]{2})"
)


@pytest.fixture(autouse=True, scope="module")
def exact_matchers() -> None:
    """Use up the calls that are checked by regular expression, to test the validator."""
    for _ in range(PATTERN_CALLS):
        is_common_rfc3339("")
        is_uuid("")


def is_valid(string: str) -> bool:
    """Ask the validator, and correct it: 0.60.3 accepts each of `*+,-./` as a digit."""
    return VALIDATOR.is_valid(string) and DIGITS.fullmatch(string) is not None


@st.composite
def near_date_times(draw: st.DrawFn) -> str:
    """Strings that look like a date-time, with parts in range, at a limit or out of range."""
    year = draw(st.sampled_from(["0000", "0001", "0004", "1900", "2000", "2023", "2024", "9999"]))
    month = draw(st.integers(0, 13))
    day = draw(st.sampled_from([0, 1, 15, 28, 29, 30, 31, 32]))
    hour = draw(st.sampled_from([0, 1, 11, 12, 22, 23, 24, 25]))
    minute = draw(st.sampled_from([0, 1, 29, 30, 58, 59, 60]))
    second = draw(st.sampled_from([0, 30, 59, 60, 60, 61]))
    fraction = draw(st.sampled_from(["", "", ".0", ".5", ".", ",5", "." + "123" * 20]))
    off_hour = draw(st.sampled_from([0, 1, 11, 12, 22, 23, 24]))
    off_minute = draw(st.sampled_from([0, 1, 29, 30, 58, 59, 60]))
    sign = draw(st.sampled_from("+-"))
    offset = draw(
        st.sampled_from(["Z", "z", "", "+02", "+0200", f"{sign}{off_hour:02d}:{off_minute:02d}"])
    )
    separator = draw(st.sampled_from(["T", "T", "t", " ", "_"]))
    time = f"{hour:02d}:{minute:02d}:{second:02d}{fraction}"
    return f"{year}-{month:02d}-{day:02d}{separator}{time}{offset}"


@st.composite
def leap_seconds(draw: st.DrawFn) -> str:
    """Date-times with second 60, about half of them in the last minute of a UTC day."""
    offset = draw(st.integers(-1439, 1439))
    minute = draw(st.one_of(st.just(1439 + offset), st.integers(0, 1439))) % 1440
    sign = "-" if offset < 0 else "+"
    suffix = f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    return f"2016-12-31T{minute // 60:02d}:{minute % 60:02d}:60{suffix}"


@given(st.one_of(near_date_times(), leap_seconds()))
@example("2024-06-10T16:00:00Z\n")
@example("2024-06-10T16:00:00Z ")
@example("２024-06-10T16:00:00Z")
@example("2024-06-10T16:00:00\u221202:00")
@example("0000-02-29T00:00:00Z")
@example("0100-02-29T00:00:00Z")
def test_date_time_like_strings_are_checked_like_the_validator(string: str) -> None:
    """A string that looks like a date-time is one if and only if the validator accepts it."""
    assert is_rfc3339(string) == is_valid(string)


@given(st.text(max_size=40))
def test_any_string_is_checked_like_the_validator(string: str) -> None:
    """Any string is a date-time if and only if the validator accepts it."""
    assert is_rfc3339(string) == is_valid(string)


@given(near_date_times(), st.integers(0, 40), st.characters())
def test_a_changed_character_is_checked_like_the_validator(
    string: str, at: int, other: str
) -> None:
    """A string with one character replaced is checked like the validator does."""
    changed = string[:at] + other + string[at + 1 :]
    assert is_rfc3339(changed) == is_valid(changed)


@given(st.one_of(near_date_times(), leap_seconds()))
@example("2024-02-29T00:00:00Z")
@example("2023-02-29T00:00:00Z")
def test_the_common_form_excludes_only_leap_days_and_leap_seconds(string: str) -> None:
    """The common form covers every date-time without a leap day or leap second."""
    leaps = string[5:10] == "02-29" or string[17:19] == "60"
    assert is_common_rfc3339(string) == (is_rfc3339(string) and not leaps)


@given(
    st.one_of(near_date_times(), leap_seconds()), st.sampled_from(["", "\n", " ", "Z", "\ud800"])
)
def test_the_common_form_matches_like_re(string: str, more: str) -> None:
    """The matcher of date-times agrees with `re`, and raises nothing."""
    assert is_common_rfc3339(string + more) == (COMMON.fullmatch(string + more) is not None)


@given(st.uuids().map(str), st.integers(0, 36), st.characters() | st.sampled_from(["", "\ud800"]))
@example("0190163d-8694-739b-aea5-966c26f8ad91", 8, "")
@example("0190163D-8694-739B-AEA5-966C26F8AD91", 36, "\n")
def test_uuids_match_like_re(string: str, at: int, other: str) -> None:
    """The matcher of UUIDs agrees with `re`: any version, and the whole string."""
    for changed in (
        string,
        string[:at] + other + string[at + 1 :],
        string[:at] + other + string[at:],
    ):
        assert is_uuid(changed) == (UUID.fullmatch(changed) is not None)


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("2016-12-31T23:59:60Z", True),
        ("2017-01-01T00:59:60+01:00", True),
        ("2016-12-31T23:59:60+01:00", False),
        ("2016-12-31T12:00:60Z", False),
        ("2024-02-29T00:00:00-00:00", True),
        ("2023-02-29T00:00:00Z", False),
        ("2024-06-10T16:00:00", False),
        ("2024-06-10T24:00:00Z", False),
        ("/024-06-10T16:00:00Z", False),
        ("2024-06-10T16:00:,0Z", False),
        ("2024-06-10T16:00:00+0*:00", False),
    ],
)
def test_edge_cases(string: str, expected: bool) -> None:
    """Leap seconds end a UTC day, days must exist, and digits are ASCII."""
    assert is_rfc3339(string) is expected
