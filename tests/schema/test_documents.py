"""The specs are valid, free of findings, and documented."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest

from tests.tools.shipped import ROOT, SPEC_FILES
from translator.cli.main import main
from translator.schema.lint import lint
from translator.schema.openapi import LOCK_FILE, resolve, walk_schemas
from translator.schema.spec import Spec, load_spec

SPECS = {path.stem: load_spec(path, path.stem) for path in SPEC_FILES}
HUB = "interaction"
DECISIONS = {
    "aisquare": ("A1", "A7"),
    "algolia": ("L1", "L13"),
    "cobi": ("C1", "C13"),
    "ga4": ("G8", "G23"),
    "goshops": ("G1", "G7"),
    "miso": ("M1", "M12"),
    "personalize": ("P1", "P9"),
    "retail": ("R1", "R12"),
    "segment": ("S1", "S13"),
    "snowplow": ("W1", "W14"),
    "xapi": ("X1", "X9"),
}
"""The ids of the first and the last decision about the documents of each vendor."""

PAGES = ("aisquare", "cobi", "goshops", "miso")
"""The vendors whose spec was written from one page."""

HANDWRITTEN = (*PAGES, HUB, "ga4", "segment")
"""The formats whose spec was not imported."""

each = pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
each_handwritten = pytest.mark.parametrize(
    "spec", [SPECS[name] for name in HANDWRITTEN], ids=HANDWRITTEN
)


def test_all_specs_are_shipped() -> None:
    """The package contains eleven vendors and the hub format."""
    assert sorted(SPECS) == sorted([*DECISIONS, HUB])


@each
def test_specs_are_valid_openapi_3_1(spec: Spec) -> None:
    """Each spec is valid against the schema of OpenAPI 3.1."""
    openapi_spec_validator.validate(
        spec.document, cls=openapi_spec_validator.OpenAPIV31SpecValidator
    )


@each
def test_schemas_are_valid_json_schema(spec: Spec) -> None:
    """Each schema of a spec is valid against the metaschema of draft 2020-12."""
    schemas = list(walk_schemas(spec.document))
    assert schemas
    for _, schema in schemas:
        jsonschema.Draft202012Validator.check_schema(schema)


@each
def test_the_lint_has_no_findings(spec: Spec) -> None:
    """The lint reports neither an error nor a warning."""
    assert [str(finding) for finding in lint(spec)] == []


@each
def test_specs_are_formatted(spec: Spec) -> None:
    """A spec is indented by two spaces, ends with a newline, and is plain ASCII."""
    text = Path(spec.file).read_text(encoding="ascii")
    assert text == json.dumps(spec.document, indent=2) + "\n"


@each_handwritten
def test_schemas_and_properties_are_described(spec: Spec) -> None:
    """Each component and each property has a description, itself or at its reference.

    Published documents do not describe everything, and the project does not copy their texts.
    """
    undescribed = [
        f"{pointer}/properties/{name}"
        for pointer, schema in walk_schemas(spec.document)
        for name, inner in schema.get("properties", {}).items()
        if "description"
        not in (resolve(spec.document, inner["$ref"]) if "$ref" in inner else inner)
    ]
    named = spec.document["components"]["schemas"]
    assert undescribed == []
    assert [name for name, schema in named.items() if "description" not in schema] == []


@pytest.mark.parametrize("spec", [SPECS[name] for name in PAGES], ids=PAGES)
def test_the_source_of_a_vendor_spec_is_recorded(spec: Spec) -> None:
    """A vendor's spec has the title, URL and SHA-256 of the page it was written from."""
    source = spec.document["x-source"]
    assert sorted(source) == ["sha256", "title", "url"]
    assert re.fullmatch("[0-9a-f]{64}", source["sha256"])
    assert source["url"].startswith("https://")


@pytest.mark.parametrize("spec", [SPECS[name] for name in DECISIONS], ids=list(DECISIONS))
def test_decisions_are_recorded(spec: Spec) -> None:
    """Each decision about a vendor's page is in its spec, in order, with its explanation."""
    first, last = DECISIONS[spec.name]
    decisions: list[dict[str, Any]] = spec.document["x-decisions"]
    expected = [f"{first[0]}{number}" for number in range(int(first[1:]), int(last[1:]) + 1)]
    assert [decision["id"] for decision in decisions] == expected
    for decision in decisions:
        assert list(decision) == ["id", "where", "published", "holds", "because"]
        assert all(isinstance(text, str) and text for text in decision.values())


@each
def test_decisions_refer_to_the_document(spec: Spec) -> None:
    """The pointer of each decision has a target."""
    for decision in spec.document["x-decisions"]:
        resolve(spec.document, decision["where"])


@pytest.mark.parametrize("spec", [SPECS[name] for name in (*PAGES, HUB)], ids=[*PAGES, HUB])
def test_schemas_are_unconditional(spec: Spec) -> None:
    """No schema uses keywords whose properties depend on the data, where none is needed."""
    conditional = {"allOf", "if", "then", "else", "not", "dependentSchemas", "patternProperties"}
    for pointer, schema in walk_schemas(spec.document):
        assert not conditional & set(schema), pointer


@each
def test_events_have_no_credentials(spec: Spec) -> None:
    """No property is named like a credential, which belongs to transport."""
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
def test_endpoints_accept_an_event(name: str, path: str, body: str) -> None:
    """A documented endpoint requires one event as its body, and a credential."""
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
def test_responses_match_the_documentation(name: str, path: str, statuses: list[str]) -> None:
    """An endpoint has exactly the responses of its page."""
    assert list(SPECS[name].document["paths"][path]["post"]["responses"]) == statuses


def test_imported_specs_are_as_the_lock_says() -> None:
    """Neither an imported spec nor an overlay was edited without an update."""
    lock = json.loads((ROOT / "specs" / LOCK_FILE).read_text(encoding="utf-8"))
    assert sorted(lock["specs"]) == sorted(SPECS.keys() - set(HANDWRITTEN))
    assert main(["spec", "update", "--check", "--specs", str(ROOT / "specs")]) == 0
