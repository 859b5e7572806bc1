"""docs/mappings.md: each of its examples does what it says, and nothing is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.fragments import HEAD, Example, examples
from tests.docs.pages import ROOT, blocks, rows, text
from translator import Catalog, MappingError, TranslationError, Translator
from translator.analysis.examples import run_examples
from translator.language.examples import parse_examples
from translator.language.parser import parse_mapping

PAGE = ROOT / "docs" / "mappings.md"
EXAMPLES = list(examples(PAGE))


def where(example: Example) -> str:
    return f"line {example.fragment.line} {example.source} {json.dumps(example.event)}"


@pytest.mark.parametrize("example", EXAMPLES, ids=where)
def test_an_example_is_what_comes_out(example: Example, tmp_path: Path) -> None:
    """A fragment, made into a mapping of its own, turns each event into the one beside it."""
    example.fragment.write(tmp_path)
    translator = Translator(
        example.source,
        example.target,
        catalog=Catalog(specs=[tmp_path], mappings=[tmp_path]),
        **example.given,
    )
    if example.result.startswith("refused: "):
        with pytest.raises(TranslationError) as refusal:
            translator.translate_all(example.event)
        assert refusal.value.code == example.result.removeprefix("refused: ")
        return
    expected = json.loads(example.result)
    outputs = translator.translate_all(example.event)
    assert outputs == (expected if isinstance(expected, list) else [expected])


@pytest.mark.parametrize(
    "fragment", [one.text for one in blocks(PAGE) if one.language == "yaml"], ids=str.splitlines
)
def test_a_fragment_is_a_mapping(fragment: str) -> None:
    """Each piece of YAML is read without a complaint, once it has its head."""
    parse_mapping(fragment if fragment.startswith("version:") else HEAD + fragment, "page")


# For each part of a mapping, one with a mistake that makes the parser list the keys it takes.
WRONG = {
    "a mapping": "[]",
    "a param": f"{HEAD}params: {{a: []}}",
    "a rule": f"{HEAD}fields: {{a: []}}",
    "'also'": f"{HEAD}fields: {{a: {{is: b, also: [[]]}}}}",
    "an alternative": f"{HEAD}fields: {{a: {{is: b, or: [[]]}}}}",
    "a case": f"{HEAD}cases: {{a: []}}",
    "a table": f"{HEAD}rows: {{a: []}}",
    "a one-way row": f"{HEAD}rows: {{a: {{approximate: [[]]}}}}",
    "a refusal": f"{HEAD}rows: {{a: {{refuse: [[]]}}}}",
    "carries": f"{HEAD}carries: []",
}


@pytest.mark.parametrize("part", WRONG)
def test_every_key_is_explained(part: str) -> None:
    """Each key that the parser takes in a part of a mapping is named on the page."""
    with pytest.raises(MappingError) as error:
        parse_mapping(WRONG[part], "page")
    says = f"{part} must be a map with the keys "
    (listed,) = [d.message for d in error.value.diagnostics if d.message.startswith(says)]
    keys = listed.removeprefix(says).split(", ")
    assert [key for key in keys if f"`{key}`" not in text(PAGE)] == []


def test_every_codec_is_explained() -> None:
    """Each codec that the parser knows is in the table of codecs, and no other."""
    with pytest.raises(MappingError) as error:
        parse_mapping(f"{HEAD}fields: {{a: {{is: b, as: zzz}}}}", "page")
    (found,) = error.value.diagnostics
    codecs = set(found.hint.removeprefix("known: ").split(", "))
    table = {re.split(r"[`:]", row[0])[1] for row in rows(PAGE, "Codecs")}
    assert sorted(table) == sorted(codecs)


ACME = """
version: 1
between: [left, interaction]
each: items
fields:
  event:
    is: action
    values: {view: view, cart: add_to_cart, purchase: purchase}
    approximate: [{from: checkout, to: purchase, because: it is near}]
  sku: "items[].id"
"""


def test_the_examples_on_the_page_hold(tmp_path: Path) -> None:
    """The page's file of examples is one, and its mapping does what they say."""
    (block,) = (one.text for one in blocks(PAGE) if one.language == "yml")
    mapping = parse_mapping(ACME, "left.yaml")
    members = {"event": {"enum": ["view", "cart", "purchase"]}, "sku": {}}
    schema = {
        "type": "object",
        "required": list(members),
        "properties": {name: {"type": "string", **said} for name, said in members.items()},
    }
    document = {
        "openapi": "3.1.0",
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": schema}},
    }
    (tmp_path / "left.json").write_text(json.dumps(document), encoding="utf-8")
    catalog = Catalog(specs=[tmp_path])
    found = parse_examples(block, "page", mapping)
    assert len(found) == 2 + 1 + 1 + 3
    assert (
        list(run_examples(mapping, (catalog.spec("left"), catalog.spec("interaction")), found))
        == []
    )


def test_every_key_of_an_example_is_explained() -> None:
    """Each key that an example takes is named on the page."""
    with pytest.raises(MappingError) as error:
        parse_examples("examples: [[]]", "page", parse_mapping(ACME, "left.yaml"))
    (found,) = error.value.diagnostics
    keys = found.message.removeprefix("an example is a map with ").split(", ")
    assert {"to", "refused", "with"} < set(keys)
    assert [key for key in keys[2:] if f"`{key}`" not in text(PAGE)] == []
