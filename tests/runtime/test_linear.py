"""`linear` and its inverse."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from translator.runtime.numbers import linear


@pytest.mark.parametrize(
    ("stars", "score"),
    [(0, -1), (5, 1), (4, 0.6), (3.5, 0.4), (2.5, 0), (1, -0.6), (0.1, -0.96), (4.99, 0.996)],
)
def test_stars_and_scores(stars: float, score: float) -> None:
    """Five stars against -1 to 1: what a person reckons by hand, in both directions."""
    there = linear(stars, 0, 5, -1, 1)
    assert there == score
    assert isinstance(there, int) == (score == int(score))
    assert linear(score, -1, 1, 0, 5) == stars


# Bounds that people write: a few digits, and a width that is no small part of them.
bounds = st.one_of(st.integers(-1000, 1000), st.integers(-10_000, 10_000).map(lambda n: n / 100))


@st.composite
def scales(draw: st.DrawFn) -> tuple[float, float]:
    """Two bounds, at most 1000 times as large as what lies between them."""
    low, high = draw(bounds), draw(bounds)
    assume(low != high and max(abs(low), abs(high)) <= 1000 * abs(high - low))
    return low, high


@given(scales(), scales(), st.floats(0, 1))
@example((0, 5), (-1, 1), 1 / 3)
@example((0, 3), (0, 1), 1 / 3)
@example((0, 7), (-3, 8.5), 0.2)
@example((5, 0), (-1, 1), 0.9)
def test_values_of_few_digits_come_back(
    one: tuple[float, float], other: tuple[float, float], part: float
) -> None:
    """A value of at most 12 digits, counted from the scale's own, comes back as it was."""
    places = 11 - math.floor(math.log10(max(abs(one[0]), abs(one[1]))))
    x = round(one[0] + (one[1] - one[0]) * part, places)
    assume(min(one) <= x <= max(one))
    there = linear(x, *one, *other)
    assert min(other) <= there <= max(other)
    assert linear(there, *other, *one) == x


@given(scales(), scales(), st.floats(0, 1))
def test_any_value_comes_back_nearly(
    one: tuple[float, float], other: tuple[float, float], part: float
) -> None:
    """Any value comes back within a millionth of a millionth of its scale's larger bound."""
    x = min(max(one[0] + (one[1] - one[0]) * part, min(one)), max(one))
    back = linear(linear(x, *one, *other), *other, *one)
    assert abs(back - x) <= 1e-12 * max(abs(one[0]), abs(one[1]))


@given(scales(), scales())
def test_the_ends_meet(one: tuple[float, float], other: tuple[float, float]) -> None:
    """The bounds of one scale are the bounds of the other."""
    assert linear(one[0], *one, *other) == other[0]
    assert linear(one[1], *one, *other) == other[1]


def test_a_whole_result_is_an_int() -> None:
    """A result without a fraction is an int, so that it is written without a point."""
    assert repr(linear(2.5, 0, 5, -1, 1)) == "0"
    assert repr(linear(5.0, 0, 5, 0.0, 10.0)) == "10"


@pytest.mark.parametrize(
    "x", [-0.001, 5.0000001, 6, 10**400, -1e308, math.nan, math.inf, True, "4"]
)
def test_what_is_off_the_scale_is_refused(x: float) -> None:
    """A value beyond the bounds, or that is no number, is refused and not clipped."""
    with pytest.raises(ValueError, match=r"outside|on a scale|on no scale"):
        linear(x, 0, 5, -1, 1)


@pytest.mark.parametrize("scale", [(0, 0, -1, 1), (0, 5, 1, 1)])
def test_a_scale_has_two_bounds(scale: tuple[int, int, int, int]) -> None:
    """A scale of no width places nothing."""
    with pytest.raises(ValueError, match="two different bounds"):
        linear(0, *scale)
