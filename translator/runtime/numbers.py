"""Numbers: exact ways between numbers and texts, and between two scales.

Emitted code calls these functions, so they import nothing of the compiler. Each raises
ValueError, with a message for the person who wrote the value, outside its domain.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

MAX_DIGITS = 4300
"""The longest integer that is read or written, in digits: what Python itself converts."""

SIGNIFICANT_DIGITS = 12
"""How many digits of a value `linear` keeps for the way back."""

_MAX_SCALE_VALUE = 10**300

_INTEGER_LIMIT = 10**MAX_DIGITS

_MAX_QUOTED = 60

_match_integer = re.compile(r"0|-?[1-9][0-9]*").fullmatch

_match_decimal = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]").fullmatch


def integer_to_string(n: float) -> str:
    """The canonical decimal digits of an integer: `15`, `-3`, `0`.

    A float without a fraction is the integer it equals (`15.0` gives `15`, `1e23` gives all the
    digits of the float). Domain: integers of at most 4300 digits; a boolean is not one.
    Its inverse is `string_to_integer`.
    """
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise ValueError(f"{n!r} is not an integer; write a whole number")
    if isinstance(n, float):
        if not n.is_integer():
            raise ValueError(f"{n!r} is not an integer; write it without a fraction")
        n = int(n)
    if not -_INTEGER_LIMIT < n < _INTEGER_LIMIT:
        raise ValueError(_too_long_message())
    try:
        return str(n)
    except ValueError:  # the process was started with a lower limit
        raise ValueError(_too_long_message()) from None


def string_to_integer(string: str) -> int:
    """The integer that `text` is the canonical decimal form of.

    Domain: exactly what `integer_to_string` writes. `007`, `+1`, `-0`, `1.0`, `1e3`, spaces and
    digits of other scripts are refused, because they would come back as another text.
    """
    if not _match_integer(string):
        raise ValueError(
            f"{_quote(string)} is not an integer in its plain decimal form; write it like 15 or -3,"
            " without leading zeros, signs of plus, spaces or a fraction"
        )
    if len(string) - string.startswith("-") > MAX_DIGITS:
        raise ValueError(_too_long_message())
    try:
        return int(string)
    except ValueError:  # the process was started with a lower limit
        raise ValueError(_too_long_message()) from None


def number_to_string(n: float) -> str:
    """The canonical decimal form of a number: `15`, `0.5`, `0.0000001`; never an exponent.

    A float has the fewest digits that still name it; without a fraction it is written as the
    integer it equals. Domain: finite numbers, of at most 4300 digits before the point; a boolean
    is not one. Its inverse is `string_to_number`.
    """
    if isinstance(n, float):
        if not math.isfinite(n):
            raise ValueError(f"{n!r} has no decimal form; write a finite number")
        if not n.is_integer():
            return format(Decimal(repr(n)), "f")
    elif isinstance(n, bool) or not isinstance(n, int):
        raise ValueError(f"{n!r} is not a number")
    return integer_to_string(n)


def string_to_number(string: str) -> int | float:
    """The number that `text` is the canonical decimal form of: an int where it has no point.

    Domain: exactly what `number_to_string` writes. `0.50`, `.5`, `1.0`, `1e3`, `NaN`, a fraction
    with more digits than a float keeps, and all that `string_to_integer` refuses are refused.
    """
    if _match_integer(string):
        return string_to_integer(string)
    if not _match_decimal(string):
        raise ValueError(
            f"{_quote(string)} is not a number in its plain decimal form; write it like 15 or 0.5, "
            "without an exponent, spaces or zeros that could be left out"
        )
    number = float(string)
    if math.isinf(number) or number_to_string(number) != string:
        raise ValueError(
            f"{_quote(string)} has more digits than a number keeps; write at most 15 of them"
        )
    return number


def linear(
    x: float, from_low: float, from_high: float, to_low: float, to_high: float
) -> int | float:
    """Where `x` of the scale `from_low`..`from_high` lies on the scale `to_low`..`to_high`.

    `linear(4, 0, 5, -1, 1)` is 0.6. The inverse is the same with the scales exchanged. Numbers
    are read as the decimals they are written as and reckoned exactly; the result is an int where
    it is whole. A scale may run downwards. Raises ValueError for an `x` outside its scale, and
    for a scale of no width.

    Domain of the round trip: with scales whose larger bound is at most 1000 times their width,
    every `x` of at most 12 digits, counted from the first digit of the larger bound of its scale
    (for 0..5: 11 decimals), comes back as the same number; every other `x` comes back within
    0.000000000001 of the scale's larger bound.
    """
    value = _to_fraction(x)
    source_low, source_high, target_low, target_high = (
        _to_fraction(bound) for bound in (from_low, from_high, to_low, to_high)
    )
    if source_low == source_high or target_low == target_high:
        raise ValueError("a scale needs two different bounds")
    if not min(source_low, source_high) <= value <= max(source_low, source_high):
        raise ValueError(f"{x!r} is outside of {from_low!r} to {from_high!r}")
    slope = (target_high - target_low) / (source_high - source_low)
    result = target_low + (value - source_low) * slope
    # A float says its value within half a unit of its last place. Of the results that this leaves
    # open, the one with few decimals is the one that was meant.
    tolerance = max(abs(source_low), abs(source_high)) * abs(slope) / 2**52
    largest_bound = float(max(abs(target_low), abs(target_high)))
    rounded = round(result, SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(largest_bound)))
    if abs(rounded - result) <= tolerance and min(target_low, target_high) <= rounded <= max(
        target_low, target_high
    ):
        result = rounded
    return int(result) if result.denominator == 1 else float(result)


def _to_fraction(n: float) -> Fraction:
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise ValueError(f"{n!r} is not a number, and only numbers lie on a scale")
    if not -_MAX_SCALE_VALUE <= n <= _MAX_SCALE_VALUE:
        raise ValueError("a number this large, or none at all, lies on no scale")
    return Fraction(n) if isinstance(n, int) else Fraction(repr(n))


def _too_long_message() -> str:
    return f"an integer of more than {MAX_DIGITS} digits is not read or written; shorten it"


def _quote(string: str) -> str:
    return repr(string) if len(string) <= _MAX_QUOTED else f"{string[:_MAX_QUOTED]!r}…"
