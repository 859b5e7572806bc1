"""Numbers: exact ways between numbers and texts, and between two scales.

Emitted code calls these functions, so they import nothing of the compiler. Each raises
ValueError, with a message for the person who wrote the value, outside its domain.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

MOST_DIGITS = 4300
"""The longest integer that is read or written, in digits: what Python itself converts."""

SIGNIFICANT_DIGITS = 12
"""How many digits of a value `linear` keeps for the way back."""

_WIDEST = 10**300
_TOO_LARGE = 10**MOST_DIGITS
_SHOWN = 60
_integer = re.compile(r"0|-?[1-9][0-9]*").fullmatch
_decimal = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]").fullmatch


def integer_to_text(n: float) -> str:
    """The canonical decimal digits of an integer: `15`, `-3`, `0`.

    A float without a fraction is the integer it equals (`15.0` gives `15`, `1e23` gives all the
    digits of the float). Domain: integers of at most 4300 digits; a boolean is not one.
    Its inverse is `text_to_integer`.
    """
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise ValueError(f"{n!r} is not an integer; write a whole number")
    if isinstance(n, float):
        if not n.is_integer():
            raise ValueError(f"{n!r} is not an integer; write it without a fraction")
        n = int(n)
    if not -_TOO_LARGE < n < _TOO_LARGE:
        raise ValueError(_too_long())
    try:
        return str(n)
    except ValueError:  # the process was started with a lower limit
        raise ValueError(_too_long()) from None


def text_to_integer(text: str) -> int:
    """The integer that `text` is the canonical decimal form of.

    Domain: exactly what `integer_to_text` writes. `007`, `+1`, `-0`, `1.0`, `1e3`, spaces and
    digits of other scripts are refused, because they would come back as another text.
    """
    if not _integer(text):
        raise ValueError(
            f"{_shown(text)} is not an integer in its plain decimal form; write it like 15 or -3, "
            "without leading zeros, signs of plus, spaces or a fraction"
        )
    if len(text) - text.startswith("-") > MOST_DIGITS:
        raise ValueError(_too_long())
    try:
        return int(text)
    except ValueError:  # the process was started with a lower limit
        raise ValueError(_too_long()) from None


def number_to_text(n: float) -> str:
    """The canonical decimal form of a number: `15`, `0.5`, `0.0000001`; never an exponent.

    A float has the fewest digits that still name it; without a fraction it is written as the
    integer it equals. Domain: finite numbers, of at most 4300 digits before the point; a boolean
    is not one. Its inverse is `text_to_number`.
    """
    if isinstance(n, float):
        if not math.isfinite(n):
            raise ValueError(f"{n!r} has no decimal form; write a finite number")
        if not n.is_integer():
            return format(Decimal(repr(n)), "f")
    elif isinstance(n, bool) or not isinstance(n, int):
        raise ValueError(f"{n!r} is not a number")
    return integer_to_text(n)


def text_to_number(text: str) -> int | float:
    """The number that `text` is the canonical decimal form of: an int where it has no point.

    Domain: exactly what `number_to_text` writes. `0.50`, `.5`, `1.0`, `1e3`, `NaN`, a fraction
    with more digits than a float keeps, and all that `text_to_integer` refuses are refused.
    """
    if _integer(text):
        return text_to_integer(text)
    if not _decimal(text):
        raise ValueError(
            f"{_shown(text)} is not a number in its plain decimal form; write it like 15 or 0.5, "
            "without an exponent, spaces or zeros that could be left out"
        )
    number = float(text)
    if math.isinf(number) or number_to_text(number) != text:
        raise ValueError(
            f"{_shown(text)} has more digits than a number keeps; write at most 15 of them"
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
    value = _exact(x)
    low, high, to, end = (_exact(one) for one in (from_low, from_high, to_low, to_high))
    if low == high or to == end:
        raise ValueError("a scale needs two different bounds")
    if not min(low, high) <= value <= max(low, high):
        raise ValueError(f"{x!r} is outside of {from_low!r} to {from_high!r}")
    slope = (end - to) / (high - low)
    exact = to + (value - low) * slope
    # A float says its value within half a unit of its last place. Of the results that this leaves
    # open, the one with few decimals is the one that was meant.
    doubt = max(abs(low), abs(high)) * abs(slope) / 2**52
    largest = float(max(abs(to), abs(end)))
    rounded = round(exact, SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(largest)))
    if abs(rounded - exact) <= doubt and min(to, end) <= rounded <= max(to, end):
        exact = rounded
    return int(exact) if exact.denominator == 1 else float(exact)


def _exact(n: float) -> Fraction:
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise ValueError(f"{n!r} is not a number, and only numbers lie on a scale")
    if not -_WIDEST <= n <= _WIDEST:
        raise ValueError("a number this large, or none at all, lies on no scale")
    return Fraction(n) if isinstance(n, int) else Fraction(repr(n))


def _too_long() -> str:
    return f"an integer of more than {MOST_DIGITS} digits is not read or written; shorten it"


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"
