"""Convert numbers to strings and back, and from one scale to another, without rounding errors.

Emitted code calls these functions. Outside its domain, each raises ValueError with a message for
the author of the value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from translator.runtime.values import format_value

MAX_DIGITS = 4300
"""Maximum number of digits of an integer: Python's own default limit for conversions."""

SIGNIFICANT_DIGITS = 12
"""How many digits of a value survive a round trip through `linear`."""

_MAX_SCALE_VALUE = 10**300

_INTEGER_LIMIT = 10**MAX_DIGITS

_TOO_LONG = f"an integer of more than {MAX_DIGITS} digits is not read or written; shorten it"

_match_integer = re.compile(r"0|-?[1-9][0-9]*").fullmatch

_match_plain_decimal = re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch

_match_decimal = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]").fullmatch


def integer_to_string(n: float) -> str:
    """Convert an integer to its canonical decimal form: `15`, `-3`, `0`.

    A float without a fraction is treated as an integer (`15.0` gives `15`, `1e23` gives all the
    digits of the float). Domain: integers of at most 4300 digits; booleans are refused.
    The inverse is `string_to_integer`.
    """
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise ValueError(f"{n!r} is not an integer; write a whole number")
    if isinstance(n, float):
        if not n.is_integer():
            raise ValueError(f"{n!r} is not an integer; write it without a fraction")
        n = int(n)
    if not -_INTEGER_LIMIT < n < _INTEGER_LIMIT:
        raise ValueError(_TOO_LONG)
    try:
        return str(n)
    except ValueError:  # the process was started with a lower limit
        raise ValueError(_TOO_LONG) from None


def string_to_integer(string: str) -> int:
    """Convert the canonical decimal form of an integer back to the integer.

    Domain: exactly the output of `integer_to_string`. `007`, `+1`, `-0`, `1.0`, `1e3`, spaces and
    digits of other scripts are refused, because they would come back as a different string.
    """
    if not _match_integer(string):
        raise ValueError(
            f"{format_value(string)} is not an integer in its plain decimal form; write it like 15 "
            "or -3, without leading zeros, a plus sign, spaces or a fraction"
        )
    if len(string) - string.startswith("-") > MAX_DIGITS:
        raise ValueError(_TOO_LONG)
    try:
        return int(string)
    except ValueError:  # the process was started with a lower limit
        raise ValueError(_TOO_LONG) from None


def number_to_string(n: float) -> str:
    """Convert a number to its canonical decimal form: `15`, `0.5`, `0.0000001`; no exponents.

    A float gets the fewest digits that identify it, and no point if it has no fraction. Domain:
    finite numbers with at most 4300 digits before the point; booleans are refused.
    The inverse is `string_to_number`.
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
    """Convert the canonical decimal form of a number to an int (without a point) or a float.

    Domain: exactly the output of `number_to_string`. `0.50`, `.5`, `1.0`, `1e3`, `NaN`, a fraction
    with more digits than a float holds, and everything `string_to_integer` refuses are refused.
    """
    if _match_integer(string):
        return string_to_integer(string)
    if not _match_decimal(string):
        raise ValueError(
            f"{format_value(string)} is not a number in its plain decimal form; write it like 15 "
            "or 0.5, without an exponent, spaces or superfluous zeros"
        )
    number = float(string)
    if math.isinf(number) or number_to_string(number) != string:
        raise ValueError(
            f"{format_value(string)} has more digits than a number holds; write at most 15"
        )
    return number


def parse_number(value: str | float) -> int | float:
    """Convert a plain decimal string to its number; return a number unchanged.

    Domain: finite numbers, and strings such as `9.99`, `-3` or `1000.00`, without a plus sign, an
    exponent, grouping or spaces, that have no more digits than a number holds. A whole number is
    an int. For the way back, see `plain_number` and `number_to_string`.
    """
    if not isinstance(value, str):
        return plain_number(value)
    if not _match_plain_decimal(value):
        raise ValueError(
            f"{format_value(value)} is not a plain decimal number; write it like 9.99, without a "
            "plus sign, an exponent, grouping or spaces"
        )
    whole, _, fraction = value.partition(".")
    if len(value) > MAX_DIGITS:
        raise ValueError(_TOO_LONG)
    return to_exact_number(string_to_digits(whole + fraction), len(fraction))


def string_to_digits(string: str) -> int:
    """Convert digits to an integer. Raises ValueError if there are too many."""
    try:
        return int(string)
    except ValueError:  # the process was started with a lower limit
        raise ValueError(_TOO_LONG) from None


def plain_number(value: Any) -> int | float:
    """Return a finite number unchanged; raise ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise ValueError(f"{format_value(value)} is not a number")
    return value


def shift(n: float, by: float) -> int | float:
    """Add two numbers exactly, as the decimals they are written as; a whole sum is an int.

    Raises ValueError if a number cannot hold the sum. The inverse is the shift by `-by`.
    """
    total = _to_fraction(n) + _to_fraction(by)
    if total.denominator == 1 and isinstance(n, int):
        return total.numerator
    result = float(total)
    if Fraction(repr(result)) != total:
        raise ValueError(f"{n!r} has more digits than a number holds when {by!r} is added")
    return int(result) if result.is_integer() else result


def to_exact_number(numerator: int, decimals: int) -> int | float:
    """Return `numerator` divided by 10 to the power of `decimals`; a whole result is an int.

    Raises ValueError if no float is written with exactly these digits.
    """
    exact = Fraction(numerator, 10**decimals)
    if exact.denominator == 1:
        return exact.numerator
    try:
        result = float(exact)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result) or Fraction(repr(result)) != exact:
        raise ValueError("it has more digits than a number holds; write at most 15")
    return result


def _is_finite(n: float) -> bool:
    return isinstance(n, int) or math.isfinite(n)


def scalar_to_string(value: object) -> str:
    """Convert a boolean or number to its canonical form: `true`, `false`, `15`, `0.5`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_to_string(value)  # type: ignore[arg-type]


def string_to_scalar(string: str) -> bool | int | float:
    """Convert the canonical form of a boolean or number back to it."""
    return string == "true" if string in ("true", "false") else string_to_number(string)


def number_or_text(value: str | float) -> str:
    """Convert a number to its canonical decimal form; return a string unchanged."""
    return value if isinstance(value, str) else number_to_string(value)


def as_numeric_string(value: str | float) -> str:
    """Convert a number to its canonical decimal form; return a string of that form unchanged."""
    if not isinstance(value, str):
        return number_to_string(value)
    string_to_number(value)
    return value


def as_number(value: str | float, parse: Callable[[str], int | float]) -> int | float:
    """Convert a string to a number by `parse`; return a number unchanged."""
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{format_value(value)} is not a number")
    return value


def linear(
    x: float, from_low: float, from_high: float, to_low: float, to_high: float
) -> int | float:
    """Convert `x` from the scale `from_low`..`from_high` to the scale `to_low`..`to_high`.

    `linear(4, 0, 5, -1, 1)` is 0.6. To invert it, swap the scales. Numbers are computed exactly,
    as the decimals they are written as; a whole result is an int. A scale may be descending.
    Raises ValueError for an `x` outside its scale, and for a scale of zero width.

    Round trip: on scales whose larger bound is at most 1000 times their width, every `x` of at
    most 12 digits, counted from the first digit of the larger bound of its scale (for 0..5:
    11 decimals), comes back as the same number; every other `x` comes back within 1e-12 times
    the scale's larger bound.
    """
    value = _to_fraction(x)
    source = source_low, source_high = _to_fraction(from_low), _to_fraction(from_high)
    target = target_low, target_high = _to_fraction(to_low), _to_fraction(to_high)
    if source_low == source_high or target_low == target_high:
        raise ValueError("a scale needs two different bounds")
    if not min(source) <= value <= max(source):
        raise ValueError(f"{x!r} is outside {from_low!r} to {from_high!r}")
    slope = (target_high - target_low) / (source_high - source_low)
    result = target_low + (value - source_low) * slope
    # A float is accurate to half a unit of its last place. Of the results within that error, the
    # one with few decimals is the intended one.
    tolerance = max(map(abs, source)) * abs(slope) / 2**52
    magnitude = math.floor(math.log10(max(map(abs, target))))
    rounded = round(result, SIGNIFICANT_DIGITS - 1 - magnitude)
    if min(target) <= rounded <= max(target) and abs(rounded - result) <= tolerance:
        result = rounded
    return int(result) if result.denominator == 1 else float(result)


def _to_fraction(n: float) -> Fraction:
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise ValueError(f"{n!r} is not a number and cannot be on a scale")
    if not -_MAX_SCALE_VALUE <= n <= _MAX_SCALE_VALUE:
        raise ValueError("a number this large, an infinity or NaN is on no scale")
    return Fraction(n) if isinstance(n, int) else Fraction(repr(n))
