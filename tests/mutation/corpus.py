"""Tests whether a mutant changes translations, over a corpus of events.

The corpus consists of examples/, the events of tests/cases, the examples of the mappings, and
events drawn from the specs, valid and invalid. Every pair that uses the mutated file is tested in
both directions, for callers with no arguments, all params and opt-ins, and crosswalks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.mutation.check import examples
from tests.mutation.mutants import Mutant
from tests.tools.arguments import Caller, callers
from tests.tools.shipped import FORMATS, ROOT, VENDORS
from tests.tools.strategies import events, nearly_events
from translator import Catalog, TranslationError, Translator
from translator.catalog.discovery import HUB
from translator.language.yaml_tree import parse_yaml, to_data

Json = Any
Outcome = Any

DRAWN = 150
"""Number of valid events, and of changed events, drawn for each format."""


@cache
def corpus(source: str) -> tuple[Json, ...]:
    """The distinct events of one format."""
    lines = (ROOT / "examples" / f"{source}.ndjson").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    events += [case["event"] for case in cases() if case["from"] == source]
    for vendor in VENDORS:
        for example in examples(vendor):
            if source == vendor:
                events += example.left or ()
            elif source == HUB:
                events += example.right or ()
    events += drawn(source)
    return tuple({json.dumps(event, sort_keys=True): event for event in events}.values())


@cache
def cases() -> tuple[dict[str, Any], ...]:
    files: list[Any] = [
        to_data(parse_yaml(path.read_bytes(), str(path)))
        for path in sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    ]
    return tuple(case for cases in files for case in cases)


def drawn(source: str) -> list[Json]:
    """Events drawn from a spec, the same on every run."""
    drawn: list[Json] = []
    reproducible = settings(
        max_examples=DRAWN,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    for strategy in (events(source), nearly_events(source)):

        @reproducible
        @given(strategy)
        def collect(event: Json) -> None:
            drawn.append(event)

        collect()
    return [event for event in drawn if is_json(event)]


def is_json(event: Json) -> bool:
    try:
        return bool(json.loads(json.dumps(event, allow_nan=False)) == event)
    except (ValueError, RecursionError):
        return False


def pairs(file: str) -> Iterator[tuple[str, str]]:
    """The pairs of formats that use a mapping or spec."""
    name = file.partition(".")[0]
    for source in FORMATS:
        for target in FORMATS:
            if source != target and (name in (source, target) or name == HUB):
                yield source, target


def outcomes(
    catalog: Catalog, source: str, target: str, caller: Caller, strict: bool
) -> list[Outcome]:
    """The outcome of each event of the corpus: outputs, or a code and a path."""
    keywords = caller.keywords(source, target)
    try:
        translator = Translator(source, target, catalog=catalog, strict=strict, **keywords)
    except TranslationError as error:
        return [error.code]
    return [_outcome(translator, event) for event in corpus(source)]


def _outcome(translator: Translator, event: Json) -> Outcome:
    try:
        return json.dumps(translator.translate_all(event))
    except TranslationError as error:
        return (error.code, error.path)


@cache
def shipped_outcomes(source: str, target: str, number: int, strict: bool) -> list[Outcome]:
    return outcomes(Catalog(), source, target, callers()[number], strict)


CALLERS = ((1, False), (3, False), (4, False), (1, True))
"""The callers by index, each with the value of `strict`."""


def difference(mutant: Mutant, tested: Sequence[tuple[int, bool]] = CALLERS) -> str:
    """An event that a mutant translates differently from the original; empty if there is none."""
    with TemporaryDirectory() as folder:
        catalog = mutant_catalog(mutant, Path(folder))
        for source, target in pairs(mutant.file):
            for number, strict in tested:
                before = shipped_outcomes(source, target, number, strict)
                after = outcomes(catalog, source, target, callers()[number], strict)
                for event, old, new in zip(corpus(source), before, after, strict=False):
                    if old != new:
                        text = json.dumps(event)
                        return f"{source} to {target}: {text} became {old}, becomes {new}"
                if len(before) != len(after):
                    return f"{source} to {target}: {before[0]}, {after[0]}"
    return ""


def mutant_catalog(mutant: Mutant, folder: Path) -> Catalog:
    """A catalog with the mutated file, written as JSON, which is also YAML."""
    tree = mutant.make()
    content = tree if mutant.file.endswith(".json") else to_data(tree)
    (folder / mutant.file).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    if mutant.file.endswith(".yaml"):
        (folder / "examples").mkdir()
        copy(ROOT / "mappings" / "examples" / mutant.file, folder / "examples")
    return Catalog(specs=[folder], mappings=[folder])
