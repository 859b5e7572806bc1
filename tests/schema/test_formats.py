"""The formats that OpenAPI adds: bounds of numbers, and annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import event_schema, small_catalog, spec_document
from translator import Rejected, Translated, TranslationError, Translator
from translator.analysis.check import check
from translator.schema.diff import diff_specs
from translator.schema.lint import lint
from translator.schema.openapi import OPENAPI_FORMATS
from translator.schema.spec import Spec

LIMITS = {"int32": 2**31, "int64": 2**63}
ANNOTATIONS = sorted(OPENAPI_FORMATS.keys() - LIMITS.keys())
STRUCTURE = ("allOf", "anyOf", "oneOf")


def spec_of(schema: Any) -> Spec:
    return Spec("acme", spec_document(event_schema({"n": schema})), "acme.json")


def translator_between(tmp_path: Path, left: Any, right: Any) -> Translator:
    specs = {"l": event_schema({"n": left}), "r": event_schema({"n": right})}
    catalog = small_catalog(tmp_path, specs, l__r="fields: {n: n}")
    assert check(catalog, "l") == []
    return Translator("l", "r", catalog=catalog)


@pytest.mark.parametrize("name", sorted(OPENAPI_FORMATS))
def test_formats_of_openapi_are_known(name: str) -> None:
    """The lint accepts each format of OpenAPI, for any type, as an annotation where it has none."""
    for schema in ({"format": name}, {"type": "string", "format": name}, {"type": "number"}):
        assert lint(spec_of(schema)) == []


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
@pytest.mark.parametrize("nest", [None, *STRUCTURE])
def test_integer_formats_bound_what_is_read(
    tmp_path: Path, name: str, limit: int, nest: str | None
) -> None:
    """An int32 or int64 outside its range is refused, as a dict and in a stream."""
    schema: Any = {"type": "integer", "format": name}
    translator = translator_between(
        tmp_path, schema if nest is None else {nest: [schema]}, {"type": "integer"}
    )
    for number in (-limit, limit - 1):
        event = {"n": number}
        assert translator.translate(event) == event
        (result,) = translator.stream([json.dumps(event)])
        assert result == Translated(1, [event])
    for number in (-limit - 1, limit, 10**30):
        with pytest.raises(TranslationError, match=r"minimum|maximum"):
            translator.translate({"n": number})
        (result,) = translator.stream([json.dumps({"n": number})])
        assert isinstance(result, Rejected)


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
@pytest.mark.parametrize("nest", [None, *STRUCTURE])
def test_integer_formats_bound_what_is_written(
    tmp_path: Path, name: str, limit: int, nest: str | None
) -> None:
    """A number outside the range of a field of the target is refused."""
    schema: Any = {"type": "integer", "format": name}
    translator = translator_between(
        tmp_path, {"type": "integer"}, schema if nest is None else {nest: [schema]}
    )
    assert translator.translate({"n": limit - 1}) == {"n": limit - 1}
    for number in (-limit - 1, limit):
        with pytest.raises(TranslationError) as refused:
            translator.translate({"n": number})
        assert refused.value.code == "unmappable-value"


def test_a_tighter_bound_remains() -> None:
    """Of a bound and the range of a format, the tighter one counts."""
    formats = [{"type": "integer", "format": "int32", "minimum": low} for low in (0, -(2**40))]
    bounds = [{"type": "integer", "minimum": low, "maximum": 2**31 - 1} for low in (0, -(2**31))]
    for with_format, with_bounds in zip(formats, bounds, strict=True):
        assert diff_specs(spec_of(with_format), spec_of(with_bounds)) == ()


def test_an_integer_format_of_a_string_is_an_annotation(tmp_path: Path) -> None:
    """A string with the format int64 is any string."""
    string = {"type": "string", "format": "int64"}
    translator = translator_between(tmp_path, string, string)
    assert translator.translate({"n": "x"}) == {"n": "x"}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_annotations_constrain_nothing(tmp_path: Path, name: str) -> None:
    """The other formats change no type, so that values are copied without a check."""
    schema = {"type": ["string", "number"], "format": name}
    assert diff_specs(spec_of(schema), spec_of({"type": ["string", "number"]})) == ()
    translator = translator_between(tmp_path, schema, schema)
    for value in ("", "x", 1.5, 10**400):
        assert translator.translate({"n": value}) == {"n": value}


def test_formats_of_x_written_are_known(tmp_path: Path) -> None:
    """A format of OpenAPI in `x-written` bounds only what is written."""
    schema = {"type": "integer", "x-written": {"format": "int32"}}
    translator = translator_between(tmp_path, schema, schema)
    assert translator.translate({"n": 1}) == {"n": 1}
    with pytest.raises(TranslationError, match="r"):
        translator.translate({"n": 2**31})


def test_an_example_outside_a_format_is_found() -> None:
    """The lint refuses an example that the range of its format excludes."""
    (finding,) = lint(spec_of({"type": "integer", "format": "int32", "examples": [2**31]}))
    assert finding.code == "schema-example"


def test_a_condition_beside_a_format(tmp_path: Path) -> None:
    """A spec with an annotation and with if/then can be read and written."""
    condition = {"if": {"required": ["n"]}, "then": {"properties": {"k": {"const": "view"}}}}
    fields = {"k": {"type": "string"}, "n": {"type": "number", "format": "double"}}
    event = event_schema(fields, ["k"], allOf=[condition])
    plain = event_schema({"k": {"type": "string"}, "n": {"type": "number"}})
    catalog = small_catalog(tmp_path, {"l": event, "r": plain}, l__r="fields: {k: k, n: n}")
    assert check(catalog, "l") == []
    for pair in (("l", "r"), ("r", "l")):
        translator = Translator(*pair, catalog=catalog)
        assert translator.translate({"k": "view", "n": 3}) == {"k": "view", "n": 3}
        with pytest.raises(TranslationError, match=r'k.* "view" was expected'):
            translator.translate({"k": "other", "n": 3})
