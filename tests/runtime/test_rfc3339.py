"""`is_rfc3339` against the validator that judges payloads."""

from __future__ import annotations

import re

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.runtime.formats import PATTERN_CALLS, is_common_rfc3339, is_uuid
from translator.runtime.times import COMMON_RFC3339, is_rfc3339

JUDGE = jsonschema_rs.Draft202012Validator(
    {"type": "string", "format": "date-time"}, validate_formats=True
)

USUAL = re.compile(COMMON_RFC3339)

UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

DIGITS = re.compile(
    r"[0-9]{4}(-[0-9]{2}){2}.[0-9]{2}(:[0-9]{2}){2}([.][0-9]+)?(.|.[0-9]{2}:[0-9]{2})"
)


@pytest.fixture(autouse=True, scope="module")
def by_the_validator() -> None:
    """The first texts are told by patterns: have those be others than are drawn here."""
    for _ in range(PATTERN_CALLS):
        is_common_rfc3339("")
        is_uuid("")


def judged(text: str) -> bool:
    """What the validator says, but that it (0.60.3) takes each of `*+,-./` for a digit."""
    return JUDGE.is_valid(text) and DIGITS.fullmatch(text) is not None


@st.composite
def nearly(draw: st.DrawFn) -> str:
    """Texts of the shape of a date-time, whose parts are real, at the edge, or beyond it."""
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
    mark = draw(st.sampled_from(["T", "T", "t", " ", "_"]))
    return (
        f"{year}-{month:02d}-{day:02d}{mark}{hour:02d}:{minute:02d}:{second:02d}{fraction}{offset}"
    )


@st.composite
def leap_seconds(draw: st.DrawFn) -> str:
    """Texts with second 60, about half of them in the last minute of a day of UTC."""
    offset = draw(st.integers(-1439, 1439))
    minute = draw(st.one_of(st.just(1439 + offset), st.integers(0, 1439))) % 1440
    sign = "-" if offset < 0 else "+"
    away = f"{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    return f"2016-12-31T{minute // 60:02d}:{minute % 60:02d}:60{away}"


@given(st.one_of(nearly(), leap_seconds()))
@example("2024-06-10T16:00:00Z\n")
@example("2024-06-10T16:00:00Z ")
@example("２024-06-10T16:00:00Z")
@example("2024-06-10T16:00:00\u221202:00")
@example("0000-02-29T00:00:00Z")
@example("0100-02-29T00:00:00Z")
def test_it_agrees_with_the_validator_near_the_form(text: str) -> None:
    """A text of about the right shape is a date-time exactly where the validator says so."""
    assert is_rfc3339(text) == judged(text)


@given(st.text(max_size=40))
def test_it_agrees_with_the_validator_on_any_text(text: str) -> None:
    """Any text at all is a date-time exactly where the validator says so."""
    assert is_rfc3339(text) == judged(text)


@given(nearly(), st.integers(0, 40), st.characters())
def test_it_agrees_with_the_validator_one_character_off(text: str, at: int, other: str) -> None:
    """A text with one character replaced is a date-time exactly where the validator says so."""
    changed = text[:at] + other + text[at + 1 :]
    assert is_rfc3339(changed) == judged(changed)


@given(st.one_of(nearly(), leap_seconds()))
@example("2024-02-29T00:00:00Z")
@example("2023-02-29T00:00:00Z")
def test_the_usual_form_leaves_out_leap_days_and_leap_seconds_only(text: str) -> None:
    """What is of the usual form is a date-time; one that is not has a leap day or second."""
    leaps = text[5:10] == "02-29" or text[17:19] == "60"
    assert is_common_rfc3339(text) == (is_rfc3339(text) and not leaps)


@given(st.one_of(nearly(), leap_seconds()), st.sampled_from(["", "\n", " ", "Z", "\ud800"]))
def test_the_usual_form_is_told_as_a_pattern_of_python_tells_it(text: str, more: str) -> None:
    """The validator finds in a text what Python's own patterns find, and no exception leaves."""
    assert is_common_rfc3339(text + more) == (USUAL.fullmatch(text + more) is not None)


@given(st.uuids().map(str), st.integers(0, 36), st.characters() | st.sampled_from(["", "\ud800"]))
@example("0190163d-8694-739b-aea5-966c26f8ad91", 8, "")
@example("0190163D-8694-739B-AEA5-966C26F8AD91", 36, "\n")
def test_a_uuid_is_told_as_a_pattern_of_python_tells_it(text: str, at: int, other: str) -> None:
    """A text is a UUID by its lexical form alone, whatever its version, and to the last letter."""
    for changed in (text, text[:at] + other + text[at + 1 :], text[:at] + other + text[at:]):
        assert is_uuid(changed) == (UUID.fullmatch(changed) is not None)


@pytest.mark.parametrize(
    ("text", "is_one"),
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
def test_its_edges(text: str, is_one: bool) -> None:
    """Leap seconds end a day of UTC, days are real days, and only digits are digits."""
    assert is_rfc3339(text) is is_one
