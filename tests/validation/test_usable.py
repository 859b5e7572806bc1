"""A spec that cannot be compiled is refused with its place, as source, as target and by `check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import event_schema, small_catalog
from translator import Catalog, SpecError, Translator
from translator.analysis.check import check
from translator.schema.openapi import KEYWORDS

EVENT = "/components/schemas/Event"
WRONG: list[Any] = [
    None,
    True,
    -1,
    1.5,
    "(?!x)",
    "https://example.com/a",
    "#/components/schemas/Event",
    [],
    ["x", "x"],
    [None],
    [{"pattern": "("}],
    {"x": 1},
    {"x": {"format": "none"}},
    {"(": {"minLength": "a"}},
]


def catalog_with(tmp_path: Path, schema: Any) -> Catalog:
    specs = {"l": event_schema({"v": {"type": "string"}}), "r": event_schema({"v": schema})}
    return small_catalog(tmp_path, specs, l__r="fields: {v: v}")


def refusal(catalog: Catalog, source: str, target: str) -> SpecError | None:
    try:
        Translator(source, target, catalog=catalog)
    except SpecError as error:
        return error
    return None


@pytest.mark.nightly
@pytest.mark.parametrize("keyword", sorted({*KEYWORDS, "x-written", "x-violations"}))
@pytest.mark.parametrize("is_written", [False, True])
def test_every_wrong_value_of_a_keyword(tmp_path: Path, keyword: str, is_written: bool) -> None:
    """With any value of any keyword, a spec can be used, or is refused at the keyword."""
    pointer = f"{EVENT}/properties/v{'/x-written' * is_written}"
    for value in WRONG:
        schema = {"type": "string", **({"x-written": {keyword: value}} if is_written else {})}
        if not is_written:
            schema[keyword] = value
        catalog = catalog_with(tmp_path, schema)
        refusals = [refusal(catalog, *pair) for pair in (("l", "r"), ("r", "l"))]
        assert (refusals[0] is None) == (refusals[1] is None)
        errors = list(filter(None, refusals))
        findings = [item.location.pointer for item in check(catalog, "r")] if errors else []
        for error in errors:
            (place, *_) = (item.location.pointer for item in error.diagnostics)
            inside = place.startswith(pointer)
            # A malformed x-written is refused as a whole.
            assert inside or (keyword, place) == ("properties", f"{EVENT}/properties/v/x-written")
            assert any(finding.startswith(place) for finding in findings)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"pattern": "^(?!x)"}, "pattern"),
        ({"format": "int46"}, "format"),
        ({"items": {"patternProperties": {"(": {}}}}, "items/patternProperties/("),
        ({"$ref": "#/components/schemas/Gone"}, "$ref"),
        ({"$ref": "https://example.com/a"}, "$ref"),
        ({"anyOf": [{"minLength": -1}]}, "anyOf/0/minLength"),
        ({"allOf": []}, "allOf"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"not": {"$dynamicRef": "#a"}}, "not/$dynamicRef"),
    ],
)
def test_the_place_in_x_written(tmp_path: Path, schema: Any, place: str) -> None:
    """A mistake in `x-written` is refused there, and not where it is merged."""
    catalog = catalog_with(tmp_path, {"type": "string", "x-written": schema})
    pointer = f"{EVENT}/properties/v/x-written/{place}"
    for pair in (("l", "r"), ("r", "l")):
        with pytest.raises(SpecError) as refused:
            Translator(*pair, catalog=catalog)
        assert [item.location.pointer for item in refused.value.diagnostics] == [pointer]
        assert refused.value.diagnostics[0].location.file.endswith("r.json")
    assert pointer in {finding.location.pointer for finding in check(catalog, "r")}


def test_a_circular_reference_in_x_written(tmp_path: Path) -> None:
    """An `x-written` that contains the event is refused at its reference."""
    schema = {"type": "string", "x-written": {"allOf": [{"$ref": f"#{EVENT}"}]}}
    with pytest.raises(SpecError) as refused:
        Translator("l", "r", catalog=catalog_with(tmp_path, schema))
    (error,) = refused.value.diagnostics
    assert error.code == "spec-recursion"
    assert error.location.pointer == f"{EVENT}/properties/v/x-written/allOf/0/$ref"


def test_a_document_of_another_kind(tmp_path: Path) -> None:
    """`check` reports a discovery document with many references as no spec."""
    schemas = {
        f"Schema{index}": {"id": f"Schema{index}", "properties": {"a": {"$ref": f"Other{index}"}}}
        for index in range(300)
    }
    document = {"openapi": "none", "kind": "discovery", "schemas": schemas}
    document["components"] = {"schemas": schemas}
    catalog = small_catalog(tmp_path, {"l": document, "r": event_schema({})}, l__r="fields: {}")
    assert "spec-version" in {finding.code for finding in check(catalog, "l")}
    with pytest.raises(SpecError):
        Translator("l", "r", catalog=catalog)


def test_the_intermediate_format_is_checked(tmp_path: Path) -> None:
    """Every spec of a route is compiled before events are translated."""
    text = {"type": "string"}
    specs = {
        "l": event_schema({"v": text}),
        "interaction": event_schema({"v": {**text, "x-written": {"pattern": "("}}}),
        "r": event_schema({"v": text}),
    }
    catalog = small_catalog(tmp_path, specs, l="fields: {v: v}", r="fields: {v: v}")
    with pytest.raises(SpecError) as refused:
        Translator("l", "r", catalog=catalog)
    assert refused.value.diagnostics[0].location.pointer.endswith("/v/x-written/pattern")


def test_pointers_are_escaped(tmp_path: Path) -> None:
    """The place of a pattern under a name with a slash is a valid pointer."""
    fields = {"v": {"type": "string"}, "a/b~": {"pattern": "("}}
    specs = {"l": event_schema({"v": {"type": "string"}}), "r": event_schema(fields)}
    catalog = small_catalog(tmp_path, specs, l__r="fields: {v: v}")
    with pytest.raises(SpecError) as refused:
        Translator("r", "l", catalog=catalog)
    (error,) = refused.value.diagnostics
    assert error.location.pointer == f"{EVENT}/properties/a~1b~0/pattern"
