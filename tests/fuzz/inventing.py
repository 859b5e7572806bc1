"""Formats that nobody meant: specs and mappings changed together, and events sent through them.

Whatever passes the check must compile, and the code must translate each event into events that
the target's spec allows, or refuse it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import jsonschema

from tests.fuzz import material, mutating, renaming
from tests.fuzz.telling import documented
from tests.language import formats
from translator import Catalog, TranslationError, Translator, check
from translator.errors import MappingError, SpecError
from translator.schema.openapi import resolve
from translator.schema.spec import output_document

Json = Any


@cache
def seeds() -> list[bytes]:
    """The formats of tests/language, each with its mappings and events."""
    return [
        json.dumps(
            {
                "specs": group.specs,
                "mappings": renaming.trees(group),
                "events": list(_events(group)),
            }
        ).encode()
        for group in renaming.groups()
    ]


def _events(group: formats.Group) -> Iterator[Json]:
    mapping = next(iter(renaming.trees(group).values()))
    for case in group.cases:
        for source, target, event, _ in renaming.directions(case, mapping):
            yield [source, target, event]


def changed(random: Random, data: bytes) -> bytes:
    """The same formats with a change to a spec, a mapping or an event; or others."""
    made = json.loads(data)
    if random.random() < 0.2:
        made = json.loads(random.choice(seeds()))
    part = random.choice(("specs", "mappings", "mappings", "events"))
    values = {
        "specs": (*material.SCHEMAS, *material.SCHEMAS, *material.NAMES),
        "mappings": (*material.RULES, *material.NAMES),
        "events": (*material.VALUES, *material.NUMBERS, *material.NAMES),
    }
    if part == "events":
        made[part] = mutating.tree_changed(random, made[part], values[part])
    elif made[part]:
        name = random.choice(sorted(made[part]))
        inside = made[part][name]
        if part == "specs" and isinstance(inside, dict) and random.random() < 0.9:
            inside["components"] = mutating.tree_changed(
                random, inside.get("components"), values[part]
            )
        else:
            made[part][name] = mutating.tree_changed(random, inside, values[part])
    return json.dumps(made).encode()


def run(data: bytes) -> str:
    """Load the formats, compile every direction, and translate the events."""
    try:
        made = json.loads(data)
        specs, mappings, events = made["specs"], made["mappings"], made["events"]
        assert all(isinstance(one, dict) for one in (made, specs, mappings))
        assert not any({*one} & {"/", "\0"} for one in (*specs, *mappings))
    except (ValueError, TypeError, KeyError, AssertionError):
        return "no formats"
    said: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, suffix, files in (("specs", "json", specs), ("mappings", "yaml", mappings)):
            (folder / kind).mkdir()
            for stem, tree in files.items():
                text = json.dumps(tree, ensure_ascii=stem != "")
                (folder / kind / f"{stem}.{suffix}").write_text(text, "utf-8")
        catalog = Catalog([folder / "specs"], [folder / "mappings"])
        found = check(catalog)
        assert {one.code for one in found} <= documented()
        sound = not any(one.location.file.endswith(".json") for one in found)
        for stem, tree in mappings.items():
            for source, target in _directions(stem, tree):
                said += _translated(catalog, source, target, events, sound)
    return ", ".join(dict.fromkeys(said))


def _directions(stem: str, tree: Json) -> list[tuple[str, str]]:
    one, _, other = stem.partition("--")
    other = other or "interaction"
    return [(one, other), (other, one)]


def _translated(
    catalog: Catalog, source: str, target: str, events: Json, sound: bool
) -> Iterator[str]:
    """Where no spec is at fault, what is written must be valid."""
    try:
        made = Translator(source, target, catalog=catalog)
        loose = Translator(source, target, catalog=catalog, validate=False)
        Translator(source, target, catalog=catalog, strict=True)
    except (MappingError, SpecError) as error:
        yield error.diagnostics[0].code
        return
    except TranslationError as error:
        yield error.code
        return
    renaming.innocent(made.python)
    judge = _judge(catalog, target)
    for event in events if isinstance(events, list) else ():
        if not (isinstance(event, list) and len(event) == 3 and event[0] == source):
            continue
        try:
            outputs = made.translate_all(event[2])
        except TranslationError as error:
            yield error.code
            continue
        assert outputs == loose.translate_all(event[2])
        for one in outputs:
            json.dumps(one, allow_nan=False).encode()
            assert not sound or judge.is_valid(one), (made.python, one)
        yield "written"


def _judge(catalog: Catalog, name: str) -> Any:
    spec = catalog.spec(name)
    document = output_document(spec.document)
    schema = {**document, "$ref": spec.event_pointer}
    resolve(document, spec.event_pointer)
    return jsonschema.Draft202012Validator(schema)
