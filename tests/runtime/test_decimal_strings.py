"""Conversions between numbers and decimal strings are inverses of each other."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from translator.runtime.numbers import (
    integer_to_string,
    number_to_string,
    string_to_integer,
    string_to_number,
)

LONGEST = "9" * 4300


@given(st.integers())
@example(0)
@example(-(10**4299))
def test_integers_survive_a_round_trip(n: int) -> None:
    """Every integer comes back from its string, as an int."""
    for written in (integer_to_string(n), number_to_string(n)):
        assert string_to_integer(written) == n
        assert string_to_number(written) == n
        assert type(string_to_number(written)) is int


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
@example(1e23)
@example(0.1)
def test_floats_survive_a_round_trip(n: float) -> None:
    """Every finite float comes back from its string as an equal number."""
    string = number_to_string(n)
    assert string_to_number(string) == n
    assert isinstance(string_to_number(string), int) == n.is_integer()
    assert "e" not in string.lower()


@given(
    st.one_of(
        st.text(max_size=12),
        st.from_regex(r"[-+ ]?[0-9]{0,4}[.,]?[0-9]{0,20}(e-?[0-9])?[ \n]?", fullmatch=True),
    )
)
def test_strings_survive_a_round_trip(string: str) -> None:
    """Every string that is accepted comes back from its number unchanged."""
    for parse, write in (
        (string_to_number, number_to_string),
        (string_to_integer, integer_to_string),
    ):
        try:
            number = parse(string)
        except ValueError as error:
            assert str(error)
        else:
            assert write(number) == string


@pytest.mark.parametrize(
    ("number", "string"),
    [
        (15, "15"),
        (-3, "-3"),
        (0, "0"),
        (0.5, "0.5"),
        (-0.5, "-0.5"),
        (15.25, "15.25"),
        (1e-7, "0.0000001"),
        (2**64, "18446744073709551616"),
    ],
)
def test_the_form_is_plain_decimal(number: float, string: str) -> None:
    """The string is the plain decimal form, without exponent or trailing zeros."""
    assert number_to_string(number) == string
    assert string_to_number(string) == number
    assert type(string_to_number(string)) is type(number)


@pytest.mark.parametrize(
    ("number", "string"),
    [(15.0, "15"), (-0.0, "0"), (1e23, "99999999999999991611392"), (-2.0, "-2")],
)
def test_a_whole_float_is_written_as_an_integer(number: float, string: str) -> None:
    """A float without a fraction is written as exactly the integer it equals."""
    assert number_to_string(number) == string
    assert integer_to_string(number) == string


@pytest.mark.parametrize(
    "string",
    [
        "",
        "-",
        "007",
        "-0",
        "-01",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "1e3",
        "1_000",
        "1,000",
        "0x10",
        "NaN",
        "Infinity",
        "true",
        "\u0661\u0665",
        "\uff11",
        "15.0",
    ],
)
def test_other_forms_are_refused(string: str) -> None:
    """A string that would come back as a different string is refused."""
    with pytest.raises(ValueError, match="plain decimal form"):
        string_to_integer(string)
    with pytest.raises(ValueError, match="plain decimal form"):
        string_to_number(string)


@pytest.mark.parametrize("string", ["0.50", ".5", "5.", "-0.0", "00.5", "1.5e3", "0.5\n", "1.2.3"])
def test_other_forms_of_a_fraction_are_refused(string: str) -> None:
    """A fraction has a digit before its point, one after it, and does not end in zero."""
    with pytest.raises(ValueError, match="plain decimal form"):
        string_to_number(string)


@pytest.mark.parametrize(
    "string",
    ["0.1000000000000000055511151231257827", "0." + "0" * 400 + "1", "9" * 400 + ".5"],
)
def test_excess_digits_are_refused(string: str) -> None:
    """A fraction with more digits than a float holds is refused, never rounded."""
    with pytest.raises(ValueError, match="more digits"):
        string_to_number(string)


def test_the_digits_of_an_integer_are_limited() -> None:
    """An integer of 4300 digits is converted, one of 4301 is refused, in both directions."""
    for string in (LONGEST, f"-{LONGEST}"):
        assert number_to_string(string_to_number(string)) == string
        assert integer_to_string(string_to_integer(string)) == string
    for refused in (f"{LONGEST}0", f"-{LONGEST}0"):
        with pytest.raises(ValueError, match="more than 4300 digits"):
            string_to_number(refused)
    for too_large in (10**4300, -(10**4300), 10**20_000):
        with pytest.raises(ValueError, match="more than 4300 digits"):
            number_to_string(too_large)
        with pytest.raises(ValueError, match="more than 4300 digits"):
            integer_to_string(too_large)


def test_a_lower_limit_of_the_process_has_the_same_message() -> None:
    """If Python is set to convert fewer digits, the error has the same message."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with pytest.raises(ValueError, match="not read or written"):
            string_to_integer("9" * 1000)
        with pytest.raises(ValueError, match="not read or written"):
            integer_to_string(10**1000)
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("value", [True, False, None, "15", [], math.nan, math.inf, -math.inf])
def test_other_values_are_refused(value: float) -> None:
    """Booleans, strings, NaN and infinities have no decimal form."""
    with pytest.raises(ValueError, match=r"is not|has no"):
        number_to_string(value)
    with pytest.raises(ValueError, match="is not"):
        integer_to_string(value)


def test_a_fraction_is_not_an_integer() -> None:
    """A float with a fraction is not converted as an integer."""
    with pytest.raises(ValueError, match="without a fraction"):
        integer_to_string(15.5)
