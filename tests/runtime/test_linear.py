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
    """Five stars map to -1 to 1 and back as computed by hand."""
    result = linear(stars, 0, 5, -1, 1)
    assert result == score
    assert isinstance(result, int) == (score == int(score))
    assert linear(score, -1, 1, 0, 5) == stars


# Typical bounds: a few digits, and a width that is not tiny compared to them.
bounds = st.one_of(st.integers(-1000, 1000), st.integers(-10_000, 10_000).map(lambda n: n / 100))


@st.composite
def scales(draw: st.DrawFn) -> tuple[float, float]:
    """Two bounds, at most 1000 times as large as their difference."""
    low, high = draw(bounds), draw(bounds)
    assume(low != high and max(abs(low), abs(high)) <= 1000 * abs(high - low))
    return low, high


@given(scales(), scales(), st.floats(0, 1))
@example((0, 5), (-1, 1), 1 / 3)
@example((0, 3), (0, 1), 1 / 3)
@example((0, 7), (-3, 8.5), 0.2)
@example((5, 0), (-1, 1), 0.9)
def test_values_with_few_digits_survive_a_round_trip(
    source: tuple[float, float], target: tuple[float, float], part: float
) -> None:
    """A value of at most 12 digits, counted from the scale's bounds, comes back unchanged."""
    places = 11 - math.floor(math.log10(max(abs(source[0]), abs(source[1]))))
    x = round(source[0] + (source[1] - source[0]) * part, places)
    assume(min(source) <= x <= max(source))
    result = linear(x, *source, *target)
    assert min(target) <= result <= max(target)
    assert linear(result, *target, *source) == x


@given(scales(), scales(), st.floats(0, 1))
def test_any_value_comes_back_within_the_tolerance(
    source: tuple[float, float], target: tuple[float, float], part: float
) -> None:
    """Any value comes back within 1e-12 times its scale's larger bound."""
    x = min(max(source[0] + (source[1] - source[0]) * part, min(source)), max(source))
    back = linear(linear(x, *source, *target), *target, *source)
    assert abs(back - x) <= 1e-12 * max(abs(source[0]), abs(source[1]))


@given(scales(), scales())
def test_bounds_map_to_bounds(source: tuple[float, float], target: tuple[float, float]) -> None:
    """The bounds of one scale map to the bounds of the other."""
    assert linear(source[0], *source, *target) == target[0]
    assert linear(source[1], *source, *target) == target[1]


def test_a_whole_result_is_an_int() -> None:
    """A result without a fraction is an int, so it is written without a point."""
    assert repr(linear(2.5, 0, 5, -1, 1)) == "0"
    assert repr(linear(5.0, 0, 5, 0.0, 10.0)) == "10"


@pytest.mark.parametrize(
    "x", [-0.001, 5.0000001, 6, 10**400, -1e308, math.nan, math.inf, True, "4"]
)
def test_values_off_the_scale_are_refused(x: float) -> None:
    """A value beyond the bounds, or one that is not a number, is refused and not clipped."""
    with pytest.raises(ValueError, match=r"outside|on a scale|on no scale"):
        linear(x, 0, 5, -1, 1)


@pytest.mark.parametrize("scale", [(0, 0, -1, 1), (0, 5, 1, 1)])
def test_a_scale_needs_two_different_bounds(scale: tuple[int, int, int, int]) -> None:
    """A scale of zero width is refused."""
    with pytest.raises(ValueError, match="two different bounds"):
        linear(0, *scale)
