"""What is fuzzed, and what must hold for every input whatever.

A target takes bytes. It raises `AssertionError`, or what it should have caught, where something is
wrong; otherwise it says in a few words what became of the input, so that what is new can be told
from what was seen before.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import msgspec

from tests.docs.pages import ROOT
from tests.fuzz import inventing, material, mutating, renaming
from tests.fuzz.giants import GIANTS, LONG
from tests.fuzz.telling import documented, gist, told
from tests.tools.arguments import callers, pairs, translator
from tests.tools.judging import writes
from translator import Catalog, Crosswalk
from translator.compiler.module import emit_module
from translator.compiler.options import Options
from translator.errors import ERROR_CODES, MappingError, SpecError, TranslationError
from translator.language.checker import check_mapping
from translator.language.direction import Step, direct
from translator.language.exhaustiveness import check_exhaustive, leaf_paths
from translator.language.nodes import Mapping
from translator.language.parser import parse_mapping
from translator.language.yaml_tree import parse_yaml, to_data
from translator.paths import format_path
from translator.schema.lint import lint
from translator.schema.spec import Spec, load_spec
from translator.schema.types import event_type
from translator.streaming.ndjson import STREAM_CODES
from translator.streaming.pipeline import translate_stream
from translator.validation.events import EventValidator

Json = Any


@dataclass(frozen=True)
class Target:
    """Something that reads what others wrote: what it is given at first, changes to that, a run."""

    seeds: Callable[[], list[bytes]]
    changed: Callable[[Random, bytes], bytes]
    run: Callable[[bytes], str]


# --- lines --------------------------------------------------------------------------------------


@cache
def _example_lines() -> list[bytes]:
    return [
        path.stem.encode() + b"\n" + line
        for path in sorted((ROOT / "examples").glob("*.ndjson"))
        for line in path.read_bytes().splitlines()
    ]


def _line_changed(random: Random, data: bytes) -> bytes:
    name, _, line = data.partition(b"\n")
    if random.random() < 0.05:
        return name + b"\n" + mutating.free_text(random, material.JSON)
    return name + b"\n" + mutating.bytes_changed(random, line, material.JSON)


def _lines(data: bytes) -> str:
    """The stream reader: each line is written or rejected, and what is written is right."""
    head, _, text = data.partition(b"\n")
    source = head.decode("utf-8", "replace")
    source = source if source in Catalog().formats() else "goshops"
    said: list[str] = []
    for target in _targets(source, len(text)):
        out, rejects = io.BytesIO(), io.BytesIO()
        made = translator(source, target, callers()[1])
        counts = translate_stream(io.BytesIO(text), out, made, rejects=rejects)
        lines = len([line for line in text.split(b"\n") if line and not line.isspace()])
        assert counts.read == lines
        for line in out.getvalue().splitlines():
            writes(target).validate(json.loads(line))
        refused = [msgspec.json.decode(line) for line in rejects.getvalue().splitlines()]
        assert len(refused) == counts.reject_count <= counts.read
        assert all(one["code"] in ERROR_CODES or one["code"] in STREAM_CODES for one in refused)
        again = io.BytesIO()
        assert translate_stream(io.BytesIO(text), again, made) == counts
        assert again.getvalue() == out.getvalue()
        said += [f"{one['code']} {gist(one['message'])}" for one in refused[:3]]
        said.append("written" if counts.written else "")
    return ", ".join(dict.fromkeys(filter(None, said)))


# --- events -------------------------------------------------------------------------------------


def _targets(source: str, length: int) -> list[str]:
    """Where events of a format go; those of a large input go to the hub only."""
    found = sorted(target for one, target in pairs() if one == source)
    return found if length < LARGE or source == "interaction" else ["interaction"]


def _event_changed(random: Random, data: bytes) -> bytes:
    name, _, line = data.partition(b"\n")
    values = (*material.VALUES, *material.NUMBERS, *material.NAMES)
    try:
        changed = mutating.tree_changed(random, json.loads(line), values)
        if random.random() < 0.1:
            changed = _bound_up(random, changed)
    except (ValueError, RecursionError):
        return random.choice(_example_lines())
    return name + b"\n" + json.dumps(changed).encode()


def _bound_up(random: Random, value: Json) -> Json:
    for _ in range(random.choice((10, 64, 300))):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def _event(data: bytes) -> str:
    """The library on any value that Python's own reader of JSON gives."""
    head, _, text = data.partition(b"\n")
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return "not an event"
    source = head.decode("utf-8", "replace")
    source = source if source in Catalog().formats() else "goshops"
    before = repr(event)
    said: list[str] = []
    for target in _targets(source, len(text)):
        for strict in (False, True):
            made = translator(source, target, callers()[1], strict)
            try:
                outputs = made.translate_all(event)
            except TranslationError as error:
                said.append(told(error))
                continue
            assert outputs == made.translate_all(event)
            for one in outputs:
                json.dumps(one, allow_nan=False).encode()
                msgspec.json.encode(one)
                writes(target).validate(one)
            said.append("written")
    assert repr(event) == before, "the event was changed"
    return ", ".join(dict.fromkeys(said))


# --- mappings -----------------------------------------------------------------------------------


@cache
def _shapes(name: str) -> Any:
    return event_type(Catalog().spec(name), for_output=False)


def _mapping(data: bytes) -> str:
    """The mapping loader; what it takes is checked, and what passes the check is compiled."""
    try:
        mapping = parse_mapping(data, "fuzzed.yaml")
    except MappingError as error:
        return told(error)
    formats = Catalog().formats()
    if mapping.left not in formats or mapping.right not in formats:
        return "other formats"
    sides = [_shapes(name) for name in (mapping.left, mapping.right)]
    if found := check_mapping(mapping, *sides):
        assert all(one.code in documented() for one in found)
        return told(MappingError(found))
    check_exhaustive(mapping, *sides)
    return _compiled(mapping, {name: Catalog().spec(name) for name in formats})


def _compiled(mapping: Mapping, specs: dict[str, Spec]) -> str:
    said = []
    for to_left in (True, False):
        hop = direct(mapping, to_left=to_left)
        source = event_type(specs[hop.source], for_output=False)
        step = Step(hop, event_type(specs[hop.target], for_output=True))
        for report in (False, True):
            try:
                emitted = emit_module(source, [step], Options(report=report))
            except (MappingError, SpecError) as error:
                said.append(told(error))
                continue
            renaming.innocent(emitted.source)
            assert emit_module(source, [step], Options(report=report)) == emitted
            said.append("compiled")
    return ", ".join(dict.fromkeys(said))


def _mapping_changed(random: Random, data: bytes) -> bytes:
    how = random.random()
    if how < 0.05:
        return mutating.free_text(random, material.YAML)
    if how < 0.1:
        values = (*material.RULES, *material.NAMES, *material.VALUES[:-6], *_paths())
        return json.dumps(mutating.free_tree(random, values)).encode()
    if how < 0.2:
        return mutating.bytes_changed(random, data, material.YAML)
    if how < 0.3:
        return mutating.lines_changed(random, data, material.YAML)
    try:
        tree = to_data(parse_yaml(data, "fuzzed.yaml"))
    except MappingError:
        tree = to_data(parse_yaml(random.choice(_mapping_seeds()), "fuzzed.yaml"))
    values = (*material.RULES, *material.RULES, *material.NAMES, *_paths())
    return json.dumps(mutating.tree_changed(random, tree, values), indent=0).encode()


@cache
def _paths() -> tuple[str, ...]:
    """Every path that the hub and the formats have, as mappings write them."""
    found = (path for name in Catalog().formats() for path in leaf_paths(_shapes(name)))
    return tuple(
        {format_path(path[:length]) for path in found for length in range(1, len(path) + 1)}
    )


@cache
def _mapping_seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "mappings").glob("*.yaml"))]


# --- specs --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _File:
    data: bytes
    name: str = "fuzzed.json"

    def read_bytes(self) -> bytes:
        return self.data


def _spec(data: bytes) -> str:
    """The spec loader, the lint, the shapes, and the judge of events."""
    try:
        spec = load_spec(_File(data), "fuzzed")
        found = lint(spec)
        assert all(one.code in documented() for one in found)
        read = event_type(spec, for_output=False)
        event_type(spec, for_output=True)
        judge = EventValidator(spec)
        judge.check_usable()
    except SpecError as error:
        return told(error)
    assert event_type(spec, for_output=False) == read
    for event in ({}, None, {"a": "a" * 5000 + "!"}, {"type": "view", "items": [{}] * 50}):
        for one in judge.violations(event):
            assert one.path.startswith("$")
    return f"loaded {' '.join(sorted({one.code for one in found}))}"


def _spec_changed(random: Random, data: bytes) -> bytes:
    values = (*material.SCHEMAS, *material.SCHEMAS, *material.NAMES, *material.VALUES[:11])
    how = random.random()
    if how < 0.15:
        return mutating.bytes_changed(random, data, material.JSON)
    if how < 0.2:
        return mutating.free_text(random, material.JSON)
    if how < 0.3:
        return json.dumps(_free_spec(random, mutating.free_tree(random, values))).encode()
    try:
        made = mutating.tree_changed(random, msgspec.json.decode(data), values)
        return msgspec.json.encode(made)
    except (ValueError, RecursionError):
        return random.choice(_spec_seeds())


def _free_spec(random: Random, tree: Json) -> Json:
    """Anything, mostly in the place of the schema of an event."""
    if random.random() < 0.2:
        return tree
    made = msgspec.json.decode(random.choice(_spec_seeds()))
    where = made["x-event"].rpartition("/")[2]
    made["components"]["schemas"][where] = tree
    return made


@cache
def _spec_seeds() -> list[bytes]:
    made = [path.read_bytes() for path in sorted((ROOT / "specs").glob("*.json"))]
    return [one for one in made if len(one) < 30_000] + renaming.specs()


# --- crosswalks ---------------------------------------------------------------------------------


def _crosswalk(data: bytes) -> str:
    """A crosswalk in CSV, and the translator that is given it."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        try:
            table = Crosswalk.from_csv(file.name)
            for source in table.columns[:3]:
                for target in table.columns[:3]:
                    table.between("items", source, target)
        except TranslationError as error:
            return told(error)
    return "loaded"


def _crosswalk_changed(random: Random, data: bytes) -> bytes:
    return mutating.bytes_changed(random, data, material.CSV)


# --- all together -------------------------------------------------------------------------------


MOST_KEPT = 400
"""So many inputs are kept to be changed further."""

LONGEST = 256 * 1024
"""An input that came to more bytes is cut; what is larger is in `giants`."""

LARGE = 100_000
"""An input of more bytes is not sent everywhere."""

TARGETS: dict[str, Target] = {
    "lines": Target(_example_lines, _line_changed, _lines),
    "events": Target(_example_lines, _event_changed, _event),
    "mappings": Target(_mapping_seeds, _mapping_changed, _mapping),
    "specs": Target(_spec_seeds, _spec_changed, _spec),
    "crosswalks": Target(
        lambda: [(ROOT / "examples" / "items.csv").read_bytes()], _crosswalk_changed, _crosswalk
    ),
    "formats": Target(inventing.seeds, inventing.changed, inventing.run),
    "names": Target(renaming.seeds, renaming.changed, renaming.run),
}


Inputs = Generator[tuple[bytes, str], bool | None, None]
"""Inputs, each with how what becomes of it begins."""


def large(name: str, *, quick: bool = False) -> Inputs:
    """What is too much of one thing; or of that, what takes little time."""
    for what, giant in GIANTS.get(name, {}).items():
        if what not in LONG or not quick:
            yield giant.make(), giant.becomes


def inputs(target: Target, random: Random) -> Inputs:
    """First what the target is given as it is, then changes to it without end.

    The caller sends True back for an input that led to something new: it is changed further.
    """
    pool = list(target.seeds())
    waiting = list(reversed(pool))
    while True:
        data = waiting.pop() if waiting else target.changed(random, random.choice(pool))[:LONGEST]
        if not (yield data, ""):
            continue
        if len(pool) < MOST_KEPT:
            pool.append(data)
        else:
            pool[random.randrange(len(pool))] = data
