"""Which function of the runtime converts a value by a codec, in either direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from translator.language import nodes
from translator.language.codecs import NUMBERS, STRING, json_types
from translator.schema.types import SchemaType


class CodecCall(NamedTuple):
    """A function to call with a value, and the code of its further arguments."""

    function: str
    arguments: tuple[str, ...] = ()


def codec_call(
    codec: nodes.Codec,
    source_type: SchemaType,
    param_code: Callable[[str], str | None],
    *,
    to_left: bool,
) -> CodecCall | None:
    """Return the function that converts values of a type; None if it would not change any.

    `param_code` returns the expression for a param, or None if the param is not given.
    """
    is_text = json_types(source_type) <= STRING.types
    match codec:
        case nodes.Duration():
            return CodecCall("seconds_to_duration" if to_left else "duration_to_seconds")
        case nodes.Number(write="string") if to_left:
            return CodecCall("number_to_string")
        case nodes.Number():
            if json_types(source_type) <= NUMBERS:
                return None
            return CodecCall("plain_number" if to_left else "parse_number")
        case nodes.Text():
            if is_text:
                return None
            return CodecCall("require_string" if to_left else "number_or_text")
        case nodes.Shift(by=by):
            return CodecCall("shift", (repr(-by if to_left else by),))
        case nodes.LetterCase(upper=upper):
            word = "upper" if upper else "lower"
            return CodecCall(f"require_{word}_case" if to_left else f"to_{word}_case")
        case nodes.Prefix(text=text, param=param):
            code = param_code(param) if param else repr(text)
            if code is None:
                return None if is_text else CodecCall("require_string")
            return CodecCall("add_prefix" if to_left else "strip_prefix", (code,))
        case nodes.Split(text=text, param=param, last=last):
            code = param_code(param) if param else repr(text)
            if code is None and to_left:
                return CodecCall("last_string" if last else "only_string")
            if code is None:
                return CodecCall("list_of_one")
            return CodecCall("join_parts" if to_left else "split_parts", (code,))
        case nodes.JsonText():
            return CodecCall("write_json" if to_left else "parse_json")
        case nodes.Pairs(key=key, value=value):
            name = "flatten_pairs" if to_left else "group_pairs"
            return CodecCall(name, (repr(key), repr(value)))
    raise NotImplementedError(codec)


def respelling_test(codec: nodes.Codec, before: str, after: str, *, to_left: bool) -> str:
    """Return the condition that a value comes back from its result in another spelling.

    It is empty if none does.
    """
    match codec:
        case nodes.Split():
            return ""
        case nodes.JsonText() | nodes.Pairs():
            inverse = codec_call(codec, STRING, lambda _: None, to_left=not to_left)
            assert inverse is not None
            return f"{inverse.function}({', '.join((after, *inverse.arguments))}) != {before}"
    return f"{after} != {before}"
