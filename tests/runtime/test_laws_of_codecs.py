"""Codecs that convert strings, numbers, times and pairs: inverse on their domains, else refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tools.independent_validator import identical, is_date_time
from translator.runtime import numbers, strings, times

JSON: st.SearchStrategy[Any] = st.recursive(
    st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
SECONDS = st.integers(-62_135_596_800, 253_402_300_799)
PARTS = st.lists(st.text("ab/-", min_size=1, max_size=4), min_size=1, max_size=3)
SEPARATORS = st.sampled_from(["/", "--", "a", " > "])


def refused(function: Any, *arguments: Any) -> bool:
    try:
        function(*arguments)
    except ValueError as error:
        assert str(error)
        return True
    return False


@given(st.integers(-62_135_596_800 * 10**6, 253_402_300_799_999_999))
def test_microseconds_come_back(n: int) -> None:
    """Every number of microseconds within the years 1 to 9999 comes back from its date-time."""
    string = times.epoch_microseconds_to_rfc3339(n)
    assert is_date_time(string)
    assert times.rfc3339_to_epoch_microseconds(string) == n
    assert len(string) in (20, 24, 27)


@given(SECONDS.flatmap(lambda n: st.floats(n, n + 0.999)))
@example(1714564800.25)
@example(-0.25)
@example(-1e-7)
@example(5e-324)
def test_seconds_with_a_fraction_come_back(n: float) -> None:
    """Every number of seconds comes back with all its digits."""
    string = times.fractional_seconds_to_rfc3339(n)
    assert is_date_time(string)
    assert times.rfc3339_to_fractional_seconds(string) == n


@given(SECONDS, st.text("0123456789", max_size=20))
def test_a_fraction_is_cut_down_or_refused(seconds: int, digits: str) -> None:
    """A cut number is the last one before; a number that lacks digits is never written."""
    start = times.epoch_seconds_to_rfc3339(seconds)[:-1]
    string = f"{start}.{digits}Z" if digits else f"{start}Z"
    for unit, size in (("seconds", 0), ("milliseconds", 3), ("microseconds", 6)):
        convert = getattr(times, f"rfc3339_to_epoch_{unit}")
        exact = seconds * 10**20 + int(digits.ljust(20, "0"))
        assert convert(string, cut=True) == exact // 10 ** (20 - size)
        is_finer = bool(digits[size:].strip("0"))
        assert times.is_finer_than(string, size) == is_finer
        assert refused(convert, string) == is_finer
    if not refused(times.rfc3339_to_fractional_seconds, string):
        number = times.rfc3339_to_fractional_seconds(string)
        fraction = digits.rstrip("0")
        written = f"{start}.{fraction}Z" if fraction else f"{start}Z"
        assert times.fractional_seconds_to_rfc3339(number) == written


def test_a_leap_second_is_no_plain_date_time() -> None:
    """A plain date-time is in capitals, and has no leap second."""
    assert times.plain_rfc3339("2024-05-01t12:00:00z") == "2024-05-01T12:00:00Z"
    assert refused(times.plain_rfc3339, "2016-12-31T23:59:60Z")
    assert refused(times.plain_rfc3339, "noon")
    assert refused(times.plain_rfc3339, 5)


@given(st.integers(0, 10**15).map(lambda n: n / 100) | st.integers(0, 10**30))
def test_seconds_come_back_from_a_duration(n: float) -> None:
    """Every number of at most two decimals comes back from its duration."""
    assert times.duration_to_seconds(times.seconds_to_duration(n)) == n


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT1M30.5S", 90.5), ("P1W", 604800), ("P1DT1H", 90000), ("PT0S", 0), ("PT0.1S", 0.1),
        ("P1W2DT3H4M5.06S", 788645.06), ("PT90.50S", 90.5),
    ],
)  # fmt: skip
def test_a_duration_is_read(duration: str, seconds: float) -> None:
    """Weeks, days, hours, minutes and seconds add up; a day has 24 hours."""
    assert identical(times.duration_to_seconds(duration), seconds)


@pytest.mark.parametrize(
    "duration",
    ["", "P", "PT", "P1DT", "P1Y", "P1M", "PT1.5H", "PT1.505S", "PT1,5S", "pt1s", "PT1S ", "PT-1S",
     "-PT1S", "PT٣S", 5, None, "P1D2W", f"PT{'9' * 400}S"],
)  # fmt: skip
def test_another_duration_is_refused(duration: Any) -> None:
    """Years and months have no length, and only seconds have decimals."""
    assert refused(times.duration_to_seconds, duration)


@pytest.mark.parametrize("seconds", [-1, 0.001, 1e-7, float("inf"), True, "5", 10**400])
def test_other_seconds_are_no_duration(seconds: Any) -> None:
    """A duration is not negative, and has at most two decimals."""
    assert refused(times.seconds_to_duration, seconds)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_from_its_string(n: float) -> None:
    """A number is read unchanged, and from its decimal form."""
    assert identical(numbers.parse_number(n), n)
    assert numbers.parse_number(numbers.number_to_string(n)) == n


@pytest.mark.parametrize(
    ("string", "number"), [("9.99", 9.99), ("1000.00", 1000), ("007", 7), ("-0.50", -0.5)]
)
def test_a_plain_decimal_is_read(string: str, number: float) -> None:
    """End zeros do not change a number; a whole one is an integer."""
    assert identical(numbers.parse_number(string), number)


@pytest.mark.parametrize(
    "value",
    ["+1", "1e3", "1,000", " 1", "1 ", ".5", "5.", "", "٣", "0.12345678901234567890", True, None,
     float("nan"), float("inf"), "9" * 4400, "1\n"],
)  # fmt: skip
def test_another_string_is_no_number(value: Any) -> None:
    """Signs, exponents, grouping and digits that a number cannot hold are refused."""
    assert refused(numbers.parse_number, value)


@given(st.integers(-(10**20), 10**20) | st.floats(-1e9, 1e9), st.sampled_from([1, -1, 0.5, 100]))
def test_a_shift_is_exact_or_refused(n: float, by: float) -> None:
    """What is shifted comes back by the opposite shift."""
    try:
        shifted = numbers.shift(n, by)
    except ValueError:
        assert isinstance(n, float)
        return
    assert numbers.shift(shifted, -by) == n


def test_a_shift_has_no_rounding_error() -> None:
    """Numbers are added as the decimals they are written as."""
    assert identical(numbers.shift(0, 1), 1)
    assert identical(numbers.shift(0.1, 0.2), 0.3)
    assert identical(numbers.shift(15.0, 1), 16)
    assert refused(numbers.shift, 1e-20, 1)
    assert refused(numbers.shift, True, 1)
    assert refused(numbers.shift, "1", 1)


@given(st.text(max_size=10))
def test_only_ascii_letters_change_their_case(string: str) -> None:
    """Everything else is unchanged; the result is in the domain of the inverse."""
    upper, lower = strings.to_upper_case(string), strings.to_lower_case(string)
    assert strings.require_upper_case(upper) == upper
    assert strings.require_lower_case(lower) == lower
    assert len(upper) == len(lower) == len(string)
    assert [c for c in upper if not c.isascii()] == [c for c in string if not c.isascii()]
    assert refused(strings.require_upper_case, string) == (upper != string)
    assert refused(strings.require_lower_case, string) == (lower != string)


@given(st.text(max_size=5), st.text(max_size=3))
def test_a_prefix_comes_back(string: str, prefix: str) -> None:
    """A string that is not empty comes back; one without the prefix is refused."""
    if string:
        assert strings.strip_prefix(strings.add_prefix(string, prefix), prefix) == string
    else:
        assert refused(strings.add_prefix, string, prefix)
    is_prefixed = string.startswith(prefix) and string != prefix
    assert refused(strings.strip_prefix, string, prefix) == (not is_prefixed)


@given(PARTS, SEPARATORS)
def test_parts_come_back(parts: list[str], separator: str) -> None:
    """Parts that can be joined are split into the same parts."""
    if refused(strings.join_parts, parts, separator):
        assert separator.join(parts).split(separator) != parts
        return
    string = strings.join_parts(parts, separator)
    assert string is not None
    assert strings.split_parts(string, separator) == parts


@given(st.text("ab/-", max_size=6), SEPARATORS)
def test_a_split_string_comes_back(string: str, separator: str) -> None:
    """A string that can be split is joined again; one with an empty part is refused."""
    if "" in string.split(separator):
        assert refused(strings.split_parts, string, separator)
    else:
        assert strings.join_parts(strings.split_parts(string, separator), separator) == string


def test_a_list_without_a_separator_has_one_string() -> None:
    """Of several strings, only the last can be written."""
    assert strings.list_of_one("a") == ["a"]
    assert strings.only_string(["a"]) == strings.last_string(["a"]) == "a"
    assert strings.last_string(["a", "b"]) == "b"
    assert strings.only_string([]) is strings.last_string([]) is strings.join_parts([], "/") is None
    assert refused(strings.only_string, ["a", "b"])
    others: list[Any] = [[""], ["a", 1], "a", [None], {}]
    for value in others:
        for function in (strings.only_string, strings.last_string):
            assert refused(function, value)
        assert refused(strings.join_parts, value, "/")


@given(JSON)
def test_json_comes_back(value: Any) -> None:
    """Every value comes back from its text, which is compact and keeps the order of keys."""
    text = strings.write_json(value)
    assert identical(strings.parse_json(text), value)
    assert strings.write_json(json.loads(text)) == text


@pytest.mark.parametrize(
    "string",
    ["", "x", "null", "NaN", "[Infinity]", "1e400", '{"a":1,"a":2}', "{} {}", "[" * 61 + "]" * 61,
     "[" * 100_000, "9" * 5000, 5, None, r'"\ud800"', r'{"\udcaa": 1}'],
)  # fmt: skip
def test_what_is_not_json_is_refused(string: Any) -> None:
    """So are null, duplicate keys, lone surrogates, and numbers and nesting without limit."""
    assert refused(strings.parse_json, string)


def test_what_json_does_not_have_is_refused() -> None:
    """A value that JSON cannot write, or that has no end, is refused."""
    deep: list[Any] = []
    for _ in range(61):
        deep = [deep]
    for value in (None, float("nan"), [float("inf")], {1, 2}, deep):
        assert refused(strings.write_json, value)


@given(st.dictionaries(st.text(max_size=2), st.lists(st.integers() | st.text(), min_size=1)))
def test_keys_come_back_from_pairs(fields: dict[str, list[Any]]) -> None:
    """Lists of values by key come back from their pairs, in order."""
    pairs = strings.flatten_pairs(fields, "k", "v")
    assert all(pair.keys() == {"k", "v"} for pair in pairs)
    grouped = strings.group_pairs(pairs, "k", "v")
    assert list(grouped.items()) == list(fields.items())


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers())))
def test_pairs_come_back_in_the_order_of_their_keys(pairs: list[tuple[str, int]]) -> None:
    """No pair is lost, and those of one key keep their order."""
    given_pairs = [{"k": key, "v": value} for key, value in pairs]
    back = strings.flatten_pairs(strings.group_pairs(given_pairs, "k", "v"), "k", "v")
    for key in "abc":
        assert [p for p in back if p["k"] == key] == [p for p in given_pairs if p["k"] == key]
    assert len(back) == len(pairs)


@pytest.mark.parametrize(
    "pairs",
    [5, [5], [{"k": "a"}], [{"v": 1}], [{"k": 1, "v": 1}], [{"k": "a", "v": 1, "x": 2}], {},
     [{"k": "a", "v": None}]],
)  # fmt: skip
def test_other_elements_are_no_pairs(pairs: Any) -> None:
    """A pair has a string, a value, and nothing that would be lost in silence."""
    assert refused(strings.group_pairs, pairs, "k", "v")


@pytest.mark.parametrize("fields", [5, [], {"a": 1}, {"a": []}, {"a": [None]}])
def test_other_fields_are_no_pairs(fields: Any) -> None:
    """A key without a value would be lost in silence."""
    assert refused(strings.flatten_pairs, fields, "k", "v")
