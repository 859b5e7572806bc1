"""Files that cannot be imported: the error says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translator.errors import Diagnostic, SpecError
from translator.importing import import_spec

WriteSpec = Callable[..., Path]


def _error(path: Path, event: str | None = None) -> Diagnostic:
    with pytest.raises(SpecError) as error:
        import_spec(path, "vendor", event)
    return error.value.diagnostics[0]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.json", "", "spec-json"),
        ("a.json", "{", "spec-json"),
        ("a.json", "[]", "import-form"),
        ("a.json", '{"a": 1}', "import-form"),
        ("a.json", '{"openapi": "4.0.0"}', "import-form"),
        ("a.json", '{"$schema": "http://json-schema.org/draft-03/schema#", "type": "object"}',
         "import-form"),
        ("a.yaml", "", "import-form"),
        ("a.yaml", "a: [", "yaml-syntax"),
        ("a.yaml", "a: !!python/object:os.system x", "yaml-syntax"),
        ("a.yaml", "a: &a [*a]", "spec-depth"),
        ("a.json", '{"type": 5}', "spec-schema"),
        ("a.json", '{"type": "object", "properties": {"a": 5}}', "spec-schema"),
        ("a.json", '{"type": "object", "required": "a"}', "spec-schema"),
        ("a.json", '{"type": "array"}', "import-event"),
        ("a.json", '{"type": "string"}', "import-event"),
        ("a.json", '{"shapes": {"A": {"type": "odd"}}}', "spec-schema"),
        ("a.json", '{"shapes": {}}', "import-event"),
        ("a.json", '{"shapes": {"A": {"type": "list"}}}', "import-reference"),
        ("a.json", '{"schemas": {"A": {"$ref": "B"}}}', "import-reference"),
        ("a.json", '{"schemas": {"A": 5}}', "spec-schema"),
        ("a.json", '{"openapi": "3.0.0", "components": 5, "paths": []}', "import-event"),
    ],
)  # fmt: skip
def test_a_file_of_no_known_form_is_an_error(
    name: str, text: str, code: str, write: WriteSpec
) -> None:
    """The code tells a broken file from one in an unknown form, and names the file."""
    diagnostic = _error(write(text, name))
    assert diagnostic.code == code
    assert name in diagnostic.location.file
    assert diagnostic.hint


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.json.gz"])
def test_a_missing_file_or_a_folder_is_an_error(name: str, tmp_path: Path) -> None:
    """It cannot be read, whatever its form would be."""
    assert _error(tmp_path / name).code == "spec-file"
    (tmp_path / name).mkdir()
    assert _error(tmp_path / name).code == "spec-file"


def test_bytes_that_are_not_utf_8_or_gzip_are_an_error(tmp_path: Path) -> None:
    """Neither a wrong encoding nor a wrong compression raises anything else."""
    for name, code in (("a.json", "spec-json"), ("a.yaml", "yaml-encoding"), ("b.gz", "spec-file")):
        (tmp_path / name).write_bytes(b'{"a": "\xff"}')
        assert _error(tmp_path / name).code == code


def test_aliases_that_make_a_file_huge_are_an_error(write: WriteSpec) -> None:
    """A short file cannot use all of the memory."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    assert _error(write("\n".join(lines), "a.yaml")).code == "spec-size"


SCHEMAS = {"Event": {"type": "object"}, "Order": {"type": "object"}}


def test_several_candidates_are_listed(write: WriteSpec) -> None:
    """Without an event, the bodies of POST operations are listed first."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Event"}}}}
    document: dict[str, Any] = {"openapi": "3.0.0", "components": {"schemas": SCHEMAS}}
    diagnostic = _error(write(document))
    assert diagnostic.code == "import-event"
    assert "#/components/schemas/Order" in diagnostic.hint
    document["paths"] = {
        "/a": {"put": {"requestBody": body}, "post": {"requestBody": body}},
        "/b": {"post": {"requestBody": body}},
    }
    hint = _error(write(document)).hint
    assert hint.index("~1a/post") < hint.index("~1b/post") < hint.index("~1a/put")
    del document["paths"]["/b"], document["paths"]["/a"]["put"]
    imported = import_spec(write(document), "vendor")
    assert imported.document["x-event"] == "#/components/schemas/Event"


def test_a_misspelled_event_is_suggested(write: WriteSpec) -> None:
    """A name or a pointer that is almost right is corrected in the hint."""
    path = write({"definitions": SCHEMAS})
    for event in ("Evnt", "#/definitions/Evnt"):
        diagnostic = _error(path, event)
        assert diagnostic.code == "import-event"
        assert "did you mean 'Event'?" in diagnostic.hint


@pytest.mark.parametrize(
    ("ref", "where"),
    [
        ("order.json", "order.json"),
        ("https://acme.example/schemas/order.json#/a", "order.json"),
        ("../order.json", "order.json is outside"),
        ("#/definitions/Ordr", "did you mean 'Order'?"),
        ("#order", "put the file with that id in"),
    ],
)
def test_a_reference_that_leaves_the_files_is_an_error(
    ref: str, where: str, write: WriteSpec
) -> None:
    """It says which file to put where; nothing is fetched."""
    schema = {
        "type": "object",
        "properties": {"order": {"$ref": ref}},
        "definitions": {"Order": {}},
    }
    diagnostic = _error(write(schema))
    assert diagnostic.code == "import-reference"
    assert diagnostic.location.pointer == "/properties/order"
    assert where in diagnostic.hint
