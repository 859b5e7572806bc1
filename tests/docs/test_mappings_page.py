"""docs/mappings.md explains every key and codec, and its examples do what it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.fragments import Example, examples, whole_mapping
from tests.docs.pages import ROOT, blocks, prose, rows, text
from translator import Catalog, MappingError, TranslationError, Translator
from translator.analysis.examples import run_examples
from translator.language.examples import parse_examples
from translator.language.parser import parse_mapping

PAGE = ROOT / "docs" / "mappings.md"
EXAMPLES = list(examples(PAGE))
FRAGMENTS = [block.text for block in blocks(PAGE) if block.language == "yaml"]
SCHEMAS = [
    json.loads((ROOT / "translator" / "language" / file).read_text(encoding="utf-8"))
    for file in ("mapping.schema.json", "mapping-1.schema.json")
]


def example_id(example: Example) -> str:
    return f"line {example.fragment.line} {example.source} {json.dumps(example.event)}"


@pytest.mark.parametrize("example", EXAMPLES, ids=example_id)
def test_an_example_has_the_result_on_the_page(example: Example, tmp_path: Path) -> None:
    """Each event next to a fragment has the translation or the refusal that the page shows."""
    example.fragment.write(tmp_path)
    translator = Translator(
        example.source,
        example.target,
        catalog=Catalog(specs=[tmp_path], mappings=[tmp_path]),
        **example.arguments,
    )
    if example.result.startswith("refused: "):
        with pytest.raises(TranslationError) as refusal:
            translator.translate_all(example.event)
        assert refusal.value.code == example.result.removeprefix("refused: ")
        return
    expected = json.loads(example.result)
    outputs = translator.translate_all(example.event)
    assert outputs == (expected if isinstance(expected, list) else [expected])


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=str.splitlines)
def test_fragments_parse(fragment: str) -> None:
    """Each fragment of YAML is a valid mapping once it has `version` and `between`."""
    parse_mapping(whole_mapping(fragment), "page")


def property_names(schema: Any) -> Iterator[str]:
    """Yield the names of all properties in a JSON Schema."""
    match schema:
        case dict():
            if isinstance(schema.get("properties"), dict):
                yield from schema["properties"]
            for subschema in schema.values():
                yield from property_names(subschema)
        case list():
            for subschema in schema:
                yield from property_names(subschema)


def test_every_key_is_explained() -> None:
    """The code spans of the page name each key of both JSON Schemas of mappings."""
    keys = set(property_names(SCHEMAS))
    assert {"fields", "values", "because"} < keys
    words = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`[^`]*`", prose(PAGE)))))
    assert keys - words == set()


def test_every_codec_is_listed() -> None:
    """The table of codecs lists each codec of the JSON Schema of mappings, and no others."""
    cells = [row[0] for row in rows(PAGE, "Codecs")]
    listed = {codec for cell in cells for codec in re.findall(r"(?:^|, )`([\w-]+)", cell)}
    assert listed == set(SCHEMAS[0]["definitions"]["codec"]["properties"])


MAPPING = """
version: 1
between: [left, interaction]
each: items
fields:
  event:
    is: action
    values: {view: view, cart: add_to_cart, purchase: purchase}
    approximate: [{from: checkout_start, to: purchase, because: it is near}]
  sku: "items[].id"
"""


def test_examples_of_a_mapping_hold(tmp_path: Path) -> None:
    """The examples file on the page is valid, and holds for a mapping as the page describes."""
    (block,) = (block.text for block in blocks(PAGE) if block.language == "yml")
    mapping = parse_mapping(MAPPING, "left.yaml")
    schema = {
        "type": "object",
        "required": ["event", "sku"],
        "properties": {
            "event": {"type": "string", "enum": ["view", "cart", "purchase"]},
            "sku": {"type": "string"},
        },
    }
    document = {
        "openapi": "3.1.0",
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": schema}},
    }
    (tmp_path / "left.json").write_text(json.dumps(document), encoding="utf-8")
    catalog = Catalog(specs=[tmp_path])
    specs = (catalog.spec("left"), catalog.spec("interaction"))
    mapping_examples = parse_examples(block, "page", mapping)
    assert len(mapping_examples) == 2 + 1 + 1 + 3
    assert list(run_examples(mapping, specs, mapping_examples)) == []


def test_every_key_of_an_example_is_explained() -> None:
    """The page names each key that the error about a wrong example lists."""
    with pytest.raises(MappingError) as error:
        parse_examples("examples: [[]]", "page", parse_mapping(MAPPING, "left.yaml"))
    (finding,) = error.value.diagnostics
    keys = finding.message.partition(" with ")[2].removeprefix("the keys ").split(", ")
    assert {"left", "interaction", "refused", "with"} < set(keys)
    formats = {"left", "interaction"}
    assert [key for key in keys if key not in formats and f"`{key}`" not in text(PAGE)] == []
