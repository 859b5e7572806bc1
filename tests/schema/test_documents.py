"""The five documents as documents: valid, clean, and with their reasons."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest

from translator.schema.lint import lint
from translator.schema.openapi import resolve, walk_schemas
from translator.schema.spec import Spec, load_spec

ROOT = Path(__file__).resolve().parents[2] / "specs"
SPECS = {path.stem: load_spec(path, path.stem) for path in sorted(ROOT.glob("*.json"))}
HUB = "interaction"
DECISIONS = {"goshops": "G", "aisquare": "A", "cobi": "C", "miso": "M"}
COUNTS = {"goshops": 7, "aisquare": 7, "cobi": 13, "miso": 12}

each = pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
each_vendor = pytest.mark.parametrize(
    "spec", [SPECS[name] for name in DECISIONS], ids=list(DECISIONS)
)


def test_there_are_five() -> None:
    """The package brings four vendors and the format in the middle."""
    assert sorted(SPECS) == sorted([*DECISIONS, HUB])


@each
def test_a_spec_is_openapi_3_1(spec: Spec) -> None:
    """Each spec is valid against the schema of OpenAPI 3.1."""
    openapi_spec_validator.validate(
        spec.document, cls=openapi_spec_validator.OpenAPIV31SpecValidator
    )


@each
def test_every_schema_is_json_schema(spec: Spec) -> None:
    """Each schema of a spec is valid against the metaschema of draft 2020-12."""
    found = list(walk_schemas(spec.document))
    assert found
    for _, schema in found:
        jsonschema.Draft202012Validator.check_schema(schema)


@each
def test_a_shipped_spec_has_nothing_for_the_lint(spec: Spec) -> None:
    """The lint finds neither an error nor a warning in what the package brings."""
    assert [str(one) for one in lint(spec)] == []


@each
def test_a_spec_is_laid_out(spec: Spec) -> None:
    """A spec is written with two blanks a level and a line break at the end, in plain ASCII."""
    text = (ROOT / f"{spec.name}.json").read_text(encoding="ascii")
    assert text == json.dumps(spec.document, indent=2) + "\n"


@each
def test_every_schema_and_member_is_described(spec: Spec) -> None:
    """Each component and each member says what it is: itself, or where its reference leads."""
    silent = [
        f"{pointer}/properties/{name}"
        for pointer, schema in walk_schemas(spec.document)
        for name, member in schema.get("properties", {}).items()
        if "description"
        not in (resolve(spec.document, member["$ref"]) if "$ref" in member else member)
    ]
    named = spec.document["components"]["schemas"]
    assert silent == []
    assert [name for name, schema in named.items() if "description" not in schema] == []


@each_vendor
def test_a_vendors_spec_says_where_it_was_read(spec: Spec) -> None:
    """A vendor's spec names the page it was written from, its address, and the page's SHA-256."""
    source = spec.document["x-source"]
    assert sorted(source) == ["sha256", "title", "url"]
    assert re.fullmatch("[0-9a-f]{64}", source["sha256"])
    assert source["url"].startswith("https://")


@each_vendor
def test_every_decision_is_recorded(spec: Spec) -> None:
    """Each decision on a vendor's page is in its spec, in order, with all that explains it."""
    letter = DECISIONS[spec.name]
    decisions: list[dict[str, Any]] = spec.document["x-decisions"]
    wanted = [f"{letter}{number}" for number in range(1, COUNTS[spec.name] + 1)]
    assert [one["id"] for one in decisions] == wanted
    for one in decisions:
        assert list(one) == ["id", "where", "published", "holds", "because"]
        assert all(isinstance(text, str) and text for text in one.values())


@each
def test_a_decision_points_at_what_it_changed(spec: Spec) -> None:
    """Where a decision says that it applies, the document has something."""
    for one in spec.document["x-decisions"]:
        resolve(spec.document, one["where"])


@each
def test_the_event_schema_is_in_the_language_of_mappings(spec: Spec) -> None:
    """Under an event are no keywords whose leaves depend on the data."""
    conditional = {"allOf", "if", "then", "else", "not", "dependentSchemas", "patternProperties"}
    for pointer, schema in walk_schemas(spec.document):
        assert not conditional & set(schema), pointer


@each
def test_a_secret_is_in_no_event(spec: Spec) -> None:
    """A credential belongs to transport: no member of a schema is named like one."""
    for _, schema in walk_schemas(spec.document):
        assert not {"x-api-key", "api_key", "token", "authorization"} & set(
            schema.get("properties", {})
        )


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("goshops", "/feedback", "Interaction"),
        ("aisquare", "/api/v1/metrics/interact/", "InteractionRequest"),
    ],
)
def test_an_endpoint_takes_the_event(name: str, path: str, body: str) -> None:
    """A documented endpoint takes one event as its body, requires it, and asks for a credential."""
    document = SPECS[name].document
    post = document["paths"][path]["post"]
    assert post["requestBody"]["required"] is True
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": f"#/components/schemas/{body}"}
    assert SPECS[name].event_pointer == schema["$ref"]
    (scheme,) = document["security"]
    assert list(scheme) == list(document["components"]["securitySchemes"])


@pytest.mark.parametrize(
    ("name", "path", "statuses"),
    [
        ("goshops", "/feedback", ["200", "400", "401"]),
        ("aisquare", "/api/v1/metrics/interact/", ["200", "400", "401", "404"]),
    ],
)
def test_the_documented_responses_are_there(name: str, path: str, statuses: list[str]) -> None:
    """An endpoint has the responses of its page and no others."""
    assert list(SPECS[name].document["paths"][path]["post"]["responses"]) == statuses
