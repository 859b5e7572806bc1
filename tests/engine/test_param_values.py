"""Values of params: read by the fields that they fill, and valid for all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog, spec_document
from translator import TranslationError, Translator
from translator.cli.main import main

FIELDS: dict[str, dict[str, Any]] = {
    "flag": {"type": "boolean"},
    "lot": {"type": "integer", "multipleOf": 12},
    "const": {"const": 2},
    "enum": {"enum": [7, 8, "x"]},
    "all": {"allOf": [{"type": "integer"}, {"minimum": 3}]},
    "any": {"anyOf": [{"type": "number"}, {"type": "boolean"}]},
    "both": {"type": ["string", "integer"]},
    "ref": {"$ref": "#/components/schemas/Code"},
    "when": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "code": {"type": "string", "pattern": "^[a-z]{2}-[0-9]+$"},
    "tags": {"type": "array", "items": STRING, "minItems": 1},
    "extra": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
}


def translator_of(folder: Path, field: str, **options: Any) -> Translator:
    left = event_schema({"sku": STRING, "p": FIELDS[field]}, ["sku", "p"])
    document = spec_document(left, {"Code": {"type": "integer", "maximum": 9}})
    mapping = "params: {p: {fills: p, to: l, about: a value}}\nfields: {sku: sku}\n"
    mapping += "lost: {l: {p: the right has none}}\n"
    specs = {"l": document, "r": event_schema({"sku": STRING}, ["sku"])}
    return Translator("r", "l", catalog=small_catalog(folder, specs, l__r=mapping), **options)


READ = [
    ("flag", "true", True),
    ("flag", False, False),
    ("lot", "24", 24),
    ("lot", 36, 36),
    ("const", "2", 2),
    ("enum", "7", 7),
    ("enum", "x", "x"),
    ("all", "3", 3),
    ("any", "0.5", 0.5),
    ("any", "false", False),
    ("both", "7", "7"),
    ("both", 7, 7),
    ("ref", "9", 9),
    ("when", "2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z"),
    ("day", "2024-05-01", "2024-05-01"),
    ("code", "ab-1", "ab-1"),
    ("tags", '["a"]', ["a"]),
    ("tags", ["a", "b"], ["a", "b"]),
    ("extra", '{"n": 1}', {"n": 1}),
]


@pytest.mark.parametrize(("field", "value", "written"), READ)
def test_a_value_is_read_by_the_type_of_its_field(
    tmp_path: Path, field: str, value: Any, written: Any
) -> None:
    """A string becomes what the field takes, wherever its schema says so."""
    output = translator_of(tmp_path, field).translate({"sku": "A"}, {"p": value})
    assert output == {"sku": "A", "p": written}
    assert isinstance(output["p"], bool) == isinstance(written, bool)


REFUSED = [
    ("flag", "yes"),
    ("flag", 1),
    ("flag", "True"),
    ("lot", "7"),
    ("lot", "012"),
    ("lot", 7),
    ("const", "3"),
    ("const", True),
    ("enum", "9"),
    ("enum", "y"),
    ("all", "2"),
    ("any", "many"),
    ("ref", "10"),
    ("when", "noon"),
    ("day", "2024-02-30"),
    ("code", "Nope!"),
    ("code", "7"),
    ("tags", "a"),
    ("tags", "[]"),
    ("tags", "[1]"),
    ("tags", "[" * 100_000),
    ("extra", "{}"),
    ("extra", '{"n": NaN}'),
    ("code", object()),
    ("tags", [float("nan")]),
    ("both", []),
]


@pytest.mark.parametrize(("field", "value"), REFUSED)
@pytest.mark.parametrize("options", [{}, {"validate": False}, {"strict": True}])
def test_a_value_that_its_field_does_not_allow_is_refused(
    tmp_path: Path, field: str, value: Any, options: dict[str, Any]
) -> None:
    """The whole schema of the field decides, before any event is translated."""
    with pytest.raises(TranslationError) as caught:
        translator_of(tmp_path, field, **options).translate({"sku": "A"}, {"p": value})
    assert caught.value.code == "invalid-param"
    assert caught.value.message.startswith("the param 'p': ")


@pytest.mark.parametrize(("value", "code"), [("9", 0), ("10", 2)])
def test_the_command_line_reads_values_alike(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], value: str, code: int
) -> None:
    """A wrong value ends the run before any event."""
    translator_of(tmp_path, "ref")
    events = tmp_path / "events.ndjson"
    events.write_text('{"sku": "A"}\n', encoding="utf-8")
    folders = [f"--specs={tmp_path}/specs", f"--mappings={tmp_path}/mappings"]
    assert main(["translate", "r", "l", str(events), f"--param=p={value}", "-q", *folders]) == code
    output, errors = capfd.readouterr()
    assert [json.loads(line) for line in output.splitlines()] == (
        [] if code else [{"sku": "A", "p": 9}]
    )
    assert not code or "10 is greater than the maximum of 9" in errors


def test_a_value_must_suit_every_variant(tmp_path: Path) -> None:
    """The variants of an event may want different values of one field."""

    def variant(kind: str, **bounds: int) -> dict[str, Any]:
        properties = {"kind": {"const": kind}, "n": {"type": "integer", **bounds}}
        return event_schema(properties, ["kind", "n"])

    one_of = [{"$ref": f"#/components/schemas/{name}"} for name in "AB"]
    names = {name: each["$ref"] for name, each in zip("AB", one_of, strict=True)}
    event = {"oneOf": one_of, "discriminator": {"propertyName": "kind", "mapping": names}}
    schemas = {"Event": event, "A": variant("A", minimum=3), "B": variant("B", maximum=5)}
    for name in "AB":
        schemas[name]["properties"]["kind"] = {"type": "string", "enum": [name]}
    left = spec_document(schemas["Event"], schemas)
    mapping = "params: {p: {fills: n, to: l, about: a value}}\nfields: {kind: kind}\n"
    specs = {
        "l": left,
        "r": event_schema({"kind": {"type": "string", "enum": ["A", "B"]}}, ["kind"]),
    }
    translator = Translator("r", "l", catalog=small_catalog(tmp_path, specs, l__r=mapping))
    assert translator.translate({"kind": "B"}, {"p": "4"}) == {"kind": "B", "n": 4}
    for value in ("2", "6"):
        with pytest.raises(TranslationError, match=r"is (less|greater) than"):
            translator.translate({"kind": "B"}, {"p": value})


def test_a_param_of_two_mappings_is_read_once(tmp_path: Path) -> None:
    """A field that the first mapping fills is converted by the second, whose own param waits."""
    like = "constants: {interaction: {action: like}}\n"
    params = like + "params: {at: {fills: %s, to: %s, about: when it happened}}\n"
    seconds = event_schema({"at": {"type": "integer", "minimum": 0}}, ["at"])
    mappings = {
        "l": params % ("at", "l") + "fields: {at: {is: time, as: epoch-seconds}}\n",
        "r": params % ("time", "interaction") + "fields: {sku: custom_action}\n",
    }
    specs = {"l": seconds, "r": event_schema({"sku": STRING}, ["sku"])}
    catalog = small_catalog(tmp_path, specs, **mappings)
    there = Translator("r", "l", catalog=catalog)
    moment = "2024-05-01T12:00:00Z"
    assert there.translate({"sku": "A"}, {"at": moment}) == {"at": 1714564800}
    with pytest.raises(TranslationError, match="is not of type"):
        there.translate({"sku": "A"}, {"at": 1714564800})
    with pytest.raises(TranslationError, match="1 to 9999"):
        there.translate({"sku": "A"}, {"at": "0000-01-01T00:00:00.5Z"})
    back = Translator("interaction", "l", catalog=catalog)
    assert back.translate({"action": "like"}, {"at": "7"}) == {"at": 7}


@pytest.mark.parametrize("field", ["tags", "extra"])
def test_outputs_do_not_share_a_value(tmp_path: Path, field: str) -> None:
    """A list or object of a param is copied into each output."""
    value: Any = {"tags": ["a"], "extra": {"n": 1}}[field]
    translator = translator_of(tmp_path, field, params={"p": value})
    first, second = translator.translate({"sku": "A"}), translator.translate({"sku": "B"})
    assert first["p"] == second["p"] == value
    assert first["p"] is not second["p"]
    assert first["p"] is not value


@pytest.mark.parametrize("value", ["x", 7, True])
def test_a_value_of_several_types_is_checked_where_it_goes(tmp_path: Path, value: Any) -> None:
    """What one field takes, the field that it is copied to may not."""
    like = "constants: {interaction: {action: like}}\n"
    fills = "params: {p: {fills: context.custom_context.z, to: interaction, about: a value}}\n"
    fields = "fields: {%s: %s}\n"
    mappings = {
        "l": like + fields % ("p", "context.custom_context.z"),
        "r": like + fills + fields % ("sku", "custom_action"),
    }
    specs = {"l": event_schema({"p": STRING}), "r": event_schema({"sku": STRING})}
    translator = Translator("r", "l", catalog=small_catalog(tmp_path, specs, **mappings))
    if isinstance(value, str):
        assert translator.translate({"sku": "A"}, {"p": value}) == {"p": value}
        return
    with pytest.raises(TranslationError, match="must be of type string"):
        translator.translate({"sku": "A"}, {"p": value})
