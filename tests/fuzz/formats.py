"""Fuzz whole formats: specs, mappings and events with random changes.

A mapping that passes the check must compile, and translate each event to valid events or refuse it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import jsonschema

from tests.fuzz import hostile, mutate, names
from tests.fuzz.errors import documented_codes
from tests.language import formats
from translator import Catalog, TranslationError, Translator, check
from translator.errors import MappingError, SpecError
from translator.schema.openapi import resolve
from translator.schema.spec import output_document

Json = Any


@cache
def seeds() -> list[bytes]:
    """The formats of tests/language, each with its mappings and events."""
    seeds = (
        {"specs": group.specs, "mappings": names.trees(group), "events": list(_events(group))}
        for group in names.groups()
    )
    return [json.dumps(group).encode() for group in seeds]


def _events(group: formats.Group) -> Iterator[Json]:
    mapping = next(iter(names.trees(group).values()))
    for case in group.cases:
        for source, target, event, _ in names.directions(case, mapping):
            yield [source, target, event]


def change(random: Random, data: bytes) -> bytes:
    """The formats, or other ones, with a change to a spec, a mapping or an event."""
    group = json.loads(data)
    if random.random() < 0.2:
        group = json.loads(random.choice(seeds()))
    part = random.choice(("specs", "mappings", "mappings", "events"))
    values = {
        "specs": (*hostile.SCHEMAS, *hostile.SCHEMAS, *hostile.NAMES),
        "mappings": (*hostile.RULES, *hostile.NAMES),
        "events": (*hostile.VALUES, *hostile.NUMBERS, *hostile.NAMES),
    }
    if part == "events":
        group[part] = mutate.change_tree(random, group[part], values[part])
    elif group[part]:
        name = random.choice(sorted(group[part]))
        tree = group[part][name]
        if part == "specs" and isinstance(tree, dict) and random.random() < 0.9:
            components = tree.get("components")
            tree["components"] = mutate.change_tree(random, components, values[part])
        else:
            group[part][name] = mutate.change_tree(random, tree, values[part])
    return json.dumps(group).encode()


def run(data: bytes) -> str:
    """Load the formats, compile every direction, and translate the events."""
    try:
        group = json.loads(data)
        specs, mappings, events = group["specs"], group["mappings"], group["events"]
        assert all(isinstance(part, dict) for part in (group, specs, mappings))
        assert not any({*stem} & {"/", "\0"} for stem in (*specs, *mappings))
    except (ValueError, TypeError, KeyError, AssertionError):
        return "no formats"
    outcomes: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, suffix, files in (("specs", "json", specs), ("mappings", "yaml", mappings)):
            (folder / kind).mkdir()
            for stem, tree in files.items():
                text = json.dumps(tree, ensure_ascii=stem != "")
                (folder / kind / f"{stem}.{suffix}").write_text(text, "utf-8")
        catalog = Catalog([folder / "specs"], [folder / "mappings"])
        findings = check(catalog)
        assert {finding.code for finding in findings} <= documented_codes()
        has_valid_specs = not any(finding.location.file.endswith(".json") for finding in findings)
        for stem in mappings:
            left, _, right = stem.partition("--")
            for source, target in permutations((left, right or "interaction")):
                outcomes += _outcomes(catalog, source, target, events, has_valid_specs)
    return ", ".join(dict.fromkeys(outcomes))


def _outcomes(
    catalog: Catalog, source: str, target: str, events: Json, has_valid_specs: bool
) -> Iterator[str]:
    """Translate the events. If all specs are valid, the outputs must be valid."""
    try:
        translator = Translator(source, target, catalog=catalog)
        trusting = Translator(source, target, catalog=catalog, validate=False)
        Translator(source, target, catalog=catalog, strict=True)
    except (MappingError, SpecError) as error:
        yield error.diagnostics[0].code
        return
    except TranslationError as error:
        yield error.code
        return
    names.assert_harmless(translator.python)
    validator = _output_validator(catalog, target)
    for event in events if isinstance(events, list) else ():
        if not (isinstance(event, list) and len(event) == 3 and event[0] == source):
            continue
        try:
            outputs = translator.translate_all(event[2])
        except TranslationError as error:
            yield error.code
            continue
        assert outputs == trusting.translate_all(event[2])
        for output in outputs:
            json.dumps(output, allow_nan=False).encode()
            is_valid = not has_valid_specs or validator.is_valid(output)
            assert is_valid, (translator.python, output)
        yield "written"


def _output_validator(catalog: Catalog, name: str) -> Any:
    spec = catalog.spec(name)
    document = output_document(spec.document)
    schema = {**document, "$ref": spec.event_pointer}
    resolve(document, spec.event_pointer)
    return jsonschema.Draft202012Validator(schema)
