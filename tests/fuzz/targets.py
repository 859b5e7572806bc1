"""The fuzzed targets, and what must hold for every input.

A target takes bytes and returns a short outcome, which distinguishes new inputs from similar ones.
It raises `AssertionError`, or an exception that should have been caught, if something is wrong.
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
from tests.fuzz import formats, hostile, mutate, names
from tests.fuzz.errors import documented_codes, summarize, summary
from tests.fuzz.giants import GIANTS, SLOW
from tests.tools.arguments import callers, pairs, translator
from tests.tools.independent_validator import output_validator
from tests.tools.shipped import SPEC_FILES
from translator import Catalog, Crosswalk, Translator
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
from translator.schema.reader import event_type
from translator.schema.spec import Spec, load_spec
from translator.streaming.ndjson import STREAM_CODES
from translator.streaming.pipeline import translate_stream
from translator.validation.events import EventValidator, check_usable

Json = Any


@dataclass(frozen=True)
class Target:
    """A fuzzed function: its first inputs, a function that changes an input, and the function."""

    seeds: Callable[[], list[bytes]]
    change: Callable[[Random, bytes], bytes]
    run: Callable[[bytes], str]


# --- lines --------------------------------------------------------------------------------------


@cache
def _example_lines() -> list[bytes]:
    return [
        path.stem.encode() + b"\n" + line
        for path in sorted((ROOT / "examples").glob("*.ndjson"))
        for line in path.read_bytes().splitlines()
    ]


def _change_line(random: Random, data: bytes) -> bytes:
    name, _, line = data.partition(b"\n")
    if random.random() < 0.05:
        return name + b"\n" + mutate.random_text(random, hostile.JSON)
    return name + b"\n" + mutate.change_bytes(random, line, hostile.JSON)


def _lines(data: bytes) -> str:
    """The stream reader: each line is written or rejected, and the outputs are valid."""
    head, _, text = data.partition(b"\n")
    source = head.decode("utf-8", "replace")
    source = source if source in Catalog().formats() else "goshops"
    outcomes: list[str] = []
    for target in _targets(source, len(text)):
        out, rejects = io.BytesIO(), io.BytesIO()
        compiled = translator(source, target, callers()[1])
        counts = translate_stream(io.BytesIO(text), out, compiled, rejects=rejects)
        lines = len([line for line in text.split(b"\n") if line and not line.isspace()])
        assert counts.read == lines
        for line in out.getvalue().splitlines():
            output_validator(target).validate(json.loads(line))
        rejected = [msgspec.json.decode(line) for line in rejects.getvalue().splitlines()]
        assert len(rejected) == counts.reject_count <= counts.read
        assert {reject["code"] for reject in rejected} <= ERROR_CODES.keys() | STREAM_CODES.keys()
        _check_readers(compiled, source, text)
        outcomes += [f"{reject['code']} {summary(reject['message'])}" for reject in rejected[:3]]
        outcomes.append("written" if counts.written else "")
    return ", ".join(dict.fromkeys(filter(None, outcomes)))


class _WithoutStructs:
    """A translator whose events are not decoded into structs, or only by its general reader."""

    def __init__(self, compiled: Translator, *, general: bool = False) -> None:
        self.translate_all = compiled.translate_all
        self.fast_reader = compiled.general_reader if general else None


@cache
def _good_lines(source: str) -> bytes:
    lines = (ROOT / "examples" / f"{source}.ndjson").read_bytes().splitlines()
    return b"\n".join(lines[:3])


def _check_readers(compiled: Translator, source: str, text: bytes) -> None:
    """Each way to read lines gives the same bytes, alone and between other lines."""
    good = _good_lines(source)
    assert compiled.fast_reader is None or compiled.general_reader is not None
    for data in (text, b"\n".join([good, text, good])):
        results = []
        for reader in (
            _WithoutStructs(compiled),
            _WithoutStructs(compiled, general=True),
            compiled,
        ):
            out, rejects = io.BytesIO(), io.BytesIO()
            counts = translate_stream(io.BytesIO(data), out, reader, rejects=rejects)
            results.append((counts, out.getvalue(), rejects.getvalue()))
        assert results[0] == results[1] == results[2]


# --- events -------------------------------------------------------------------------------------


def _targets(source: str, length: int) -> list[str]:
    """The targets for events of a format; only the hub for a large input."""
    targets = sorted(target for name, target in pairs() if name == source)
    return targets if length < LARGE or source == "interaction" else ["interaction"]


def _change_event(random: Random, data: bytes) -> bytes:
    name, _, line = data.partition(b"\n")
    values = (*hostile.VALUES, *hostile.NUMBERS, *hostile.NAMES)
    try:
        changed = mutate.change_tree(random, json.loads(line), values)
        if random.random() < 0.1:
            changed = _nest(random, changed)
    except (ValueError, RecursionError):
        return random.choice(_example_lines())
    return name + b"\n" + json.dumps(changed).encode()


def _nest(random: Random, value: Json) -> Json:
    for _ in range(random.choice((10, 64, 300))):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def _event(data: bytes) -> str:
    """`Translator` on any value that the `json` module parses."""
    head, _, text = data.partition(b"\n")
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return "not an event"
    source = head.decode("utf-8", "replace")
    source = source if source in Catalog().formats() else "goshops"
    before = repr(event)
    outcomes: list[str] = []
    for target in _targets(source, len(text)):
        for strict in (False, True):
            compiled = translator(source, target, callers()[1], strict)
            try:
                outputs = compiled.translate_all(event)
            except TranslationError as error:
                outcomes.append(summarize(error))
                continue
            assert outputs == compiled.translate_all(event)
            for output in outputs:
                json.dumps(output, allow_nan=False).encode()
                msgspec.json.encode(output)
                output_validator(target).validate(output)
            outcomes.append("written")
    assert repr(event) == before, "the event was modified"
    return ", ".join(dict.fromkeys(outcomes))


# --- mappings -----------------------------------------------------------------------------------


@cache
def _input_type(name: str) -> Any:
    return event_type(Catalog().spec(name), for_output=False)


def _mapping(data: bytes) -> str:
    """The parser of mappings. A mapping that parses is checked; if it has no findings, compiled."""
    try:
        mapping = parse_mapping(data, "fuzzed.yaml")
    except MappingError as error:
        return summarize(error)
    formats = Catalog().formats()
    if mapping.left not in formats or mapping.right not in formats:
        return "other formats"
    sides = [_input_type(name) for name in (mapping.left, mapping.right)]
    if findings := check_mapping(mapping, *sides):
        return summarize(MappingError(findings))
    check_exhaustive(mapping, *sides)
    return _compiled(mapping, {name: Catalog().spec(name) for name in formats})


def _compiled(mapping: Mapping, specs: dict[str, Spec]) -> str:
    outcomes = []
    for to_left in (True, False):
        directed = direct(mapping, to_left=to_left)
        source = event_type(specs[directed.source], for_output=False)
        step = Step(directed, event_type(specs[directed.target], for_output=True))
        for report in (False, True):
            try:
                emitted = emit_module(source, [step], Options(report=report))
            except (MappingError, SpecError) as error:
                outcomes.append(summarize(error))
                continue
            names.assert_harmless(emitted.source)
            assert emit_module(source, [step], Options(report=report)) == emitted
            outcomes.append("compiled")
    return ", ".join(dict.fromkeys(outcomes))


def _change_mapping(random: Random, data: bytes) -> bytes:
    choice = random.random()
    if choice < 0.05:
        return mutate.random_text(random, hostile.YAML)
    if choice < 0.1:
        values = (*hostile.RULES, *hostile.NAMES, *hostile.VALUES[:-6], *_paths())
        return json.dumps(mutate.random_tree(random, values)).encode()
    if choice < 0.2:
        return mutate.change_bytes(random, data, hostile.YAML)
    if choice < 0.3:
        return mutate.change_lines(random, data, hostile.YAML)
    try:
        tree = to_data(parse_yaml(data, "fuzzed.yaml"))
    except MappingError:
        tree = to_data(parse_yaml(random.choice(_mapping_seeds()), "fuzzed.yaml"))
    values = (*hostile.RULES, *hostile.RULES, *hostile.NAMES, *_paths())
    return json.dumps(mutate.change_tree(random, tree, values), indent=0).encode()


@cache
def _paths() -> tuple[str, ...]:
    """Every path of every format as written in mappings."""
    paths = (path for name in Catalog().formats() for path in leaf_paths(_input_type(name)))
    return tuple(
        {format_path(path[:length]) for path in paths for length in range(1, len(path) + 1)}
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
    """The spec loader, the lint, the schema types, and the validator of events."""
    try:
        spec = load_spec(_File(data), "fuzzed")
        findings = lint(spec)
        assert {finding.code for finding in findings} <= documented_codes()
        input_type = event_type(spec, for_output=False)
        event_type(spec, for_output=True)
        validator = EventValidator(spec)
        check_usable(spec)
    except SpecError as error:
        return summarize(error)
    assert event_type(spec, for_output=False) == input_type
    for event in ({}, None, {"a": "a" * 5000 + "!"}, {"type": "view", "items": [{}] * 50}):
        for violation in validator.violations(event):
            assert violation.path.startswith("$")
    return f"loaded {' '.join(sorted({finding.code for finding in findings}))}"


def _change_spec(random: Random, data: bytes) -> bytes:
    values = (*hostile.SCHEMAS, *hostile.SCHEMAS, *hostile.NAMES, *hostile.VALUES[:11])
    choice = random.random()
    if choice < 0.15:
        return mutate.change_bytes(random, data, hostile.JSON)
    if choice < 0.2:
        return mutate.random_text(random, hostile.JSON)
    if choice < 0.3:
        return json.dumps(_random_spec(random, mutate.random_tree(random, values))).encode()
    try:
        return msgspec.json.encode(mutate.change_tree(random, msgspec.json.decode(data), values))
    except (ValueError, RecursionError):
        return random.choice(_spec_seeds())


def _random_spec(random: Random, tree: Json) -> Json:
    """JSON data, in most cases as the event schema of a spec."""
    if random.random() < 0.2:
        return tree
    spec = msgspec.json.decode(random.choice(_spec_seeds()))
    name = spec["x-event"].rpartition("/")[2]
    spec["components"]["schemas"][name] = tree
    return spec


@cache
def _spec_seeds() -> list[bytes]:
    specs = [path.read_bytes() for path in SPEC_FILES]
    return [spec for spec in specs if len(spec) < 30_000] + names.specs()


# --- crosswalks ---------------------------------------------------------------------------------


def _crosswalk(data: bytes) -> str:
    """The parser of CSV crosswalks, and their columns."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        try:
            table = Crosswalk.from_csv(file.name)
            for source in table.columns[:3]:
                for target in table.columns[:3]:
                    table.between("items", source, target)
        except TranslationError as error:
            return summarize(error)
    return "loaded"


def _change_crosswalk(random: Random, data: bytes) -> bytes:
    return mutate.change_bytes(random, data, hostile.CSV)


# --- all targets --------------------------------------------------------------------------------


MAX_POOL = 400
"""Maximum number of inputs to change further."""

MAX_INPUT = 256 * 1024
"""Longer inputs are truncated; `giants` has larger ones."""

LARGE = 100_000
"""Inputs with more bytes are translated to one target only."""

TARGETS: dict[str, Target] = {
    "lines": Target(_example_lines, _change_line, _lines),
    "events": Target(_example_lines, _change_event, _event),
    "mappings": Target(_mapping_seeds, _change_mapping, _mapping),
    "specs": Target(_spec_seeds, _change_spec, _spec),
    "crosswalks": Target(
        lambda: [(ROOT / "examples" / "items.csv").read_bytes()], _change_crosswalk, _crosswalk
    ),
    "formats": Target(formats.seeds, formats.change, formats.run),
    "names": Target(names.seeds, names.change, names.run),
}


Inputs = Generator[tuple[bytes, str], bool | None, None]
"""Inputs, each with the expected prefix of its outcome."""


def giant_inputs(target: str, *, quick: bool = False) -> Inputs:
    """The giants of a target; with `quick`, only the fast ones."""
    for name, giant in GIANTS.get(target, {}).items():
        if name not in SLOW or not quick:
            yield giant.make(), giant.expected


def inputs(target: Target, random: Random) -> Inputs:
    """The seeds of a target, then an endless sequence of changed inputs.

    If the caller sends True, the outcome was new, and the input is changed further.
    """
    pool = list(target.seeds())
    waiting = list(reversed(pool))
    while True:
        data = waiting.pop() if waiting else target.change(random, random.choice(pool))[:MAX_INPUT]
        if not (yield data, ""):
            continue
        if len(pool) < MAX_POOL:
            pool.append(data)
        else:
            pool[random.randrange(len(pool))] = data
