"""What a mutant that is not found does to translations: nothing, over a corpus of events.

The corpus: the examples, the events of the cases, those of the mappings' own examples, and events
drawn from the specs, valid ones and broken ones. Every pair that the changed file has a part in is
tried in both directions, for callers who give nothing, all there is, and crosswalks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.mutation.finding import examples
from tests.mutation.mutants import Mutant
from tests.mutation.subjects import FORMATS, ROOT, VENDORS
from tests.tools.arguments import Given, callers
from tests.tools.strategies import events, nearly_events
from translator import Catalog, TranslationError, Translator
from translator.catalog.discovery import HUB
from translator.language.yaml_tree import parse_yaml, to_data

Json = Any
Outcome = Any

DRAWN = 150
"""So many valid and so many broken events are drawn of each format."""


@cache
def corpus(source: str) -> tuple[Json, ...]:
    """The events of one format."""
    lines = (ROOT / "examples" / f"{source}.ndjson").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    found += [case["event"] for case in cases() if case["from"] == source]
    for vendor in VENDORS:
        for one in examples(vendor):
            side = one.left if source == vendor else one.right if source == HUB else None
            found += side or ()
    found += drawn(source)
    return tuple({json.dumps(event, sort_keys=True): event for event in found}.values())


@cache
def cases() -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        listed: Any = to_data(parse_yaml(path.read_bytes(), str(path)))
        found += listed
    return tuple(found)


def drawn(source: str) -> list[Json]:
    """Events drawn from a spec, the same on every run."""
    found: list[Json] = []
    same = settings(
        max_examples=DRAWN,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    for strategy in (events(source), nearly_events(source)):

        @same
        @given(strategy)
        def collect(event: Json) -> None:
            found.append(event)

        collect()
    return [event for event in found if is_json(event)]


def is_json(event: Json) -> bool:
    try:
        return bool(json.loads(json.dumps(event, allow_nan=False)) == event)
    except (ValueError, RecursionError):
        return False


def pairs(file: str) -> Iterator[tuple[str, str]]:
    """The pairs of formats that a mapping or spec has a part in."""
    name = file.partition(".")[0]
    for source in FORMATS:
        for target in FORMATS:
            if source != target and (name in (source, target) or name == HUB):
                yield source, target


def outcomes(
    catalog: Catalog, source: str, target: str, caller: Given, strict: bool
) -> list[Outcome]:
    """What each event of a source's corpus becomes: events, or a code and a path."""
    keywords = caller.keywords(source, target)
    try:
        made = Translator(source, target, catalog=catalog, strict=strict, **keywords)
    except TranslationError as error:
        return [error.code]
    return [_outcome(made, event) for event in corpus(source)]


def _outcome(made: Translator, event: Json) -> Outcome:
    try:
        return json.dumps(made.translate_all(event))
    except TranslationError as error:
        return (error.code, error.path)


@cache
def shipped(source: str, target: str, number: int, strict: bool) -> list[Outcome]:
    return outcomes(Catalog(), source, target, callers()[number], strict)


CALLERS = ((1, False), (3, False), (4, False), (1, True))
"""By their number, and whether they are strict."""


def differs(mutant: Mutant, asked: Sequence[tuple[int, bool]] = CALLERS) -> str:
    """Where a mutant translates otherwise than what is shipped; the empty string if nowhere."""
    with TemporaryDirectory() as folder:
        catalog = changed(mutant, Path(folder))
        for source, target in pairs(mutant.file):
            for number, strict in asked:
                was = shipped(source, target, number, strict)
                now = outcomes(catalog, source, target, callers()[number], strict)
                for event, one, other in zip(corpus(source), was, now, strict=False):
                    if one != other:
                        text = json.dumps(event)
                        return f"{source} to {target}: {text} became {one}, becomes {other}"
                if len(was) != len(now):
                    return f"{source} to {target}: {was[0]}, {now[0]}"
    return ""


def changed(mutant: Mutant, folder: Path) -> Catalog:
    """A catalog of files in which one is the mutant; JSON is YAML."""
    new = mutant.make()
    content = new if mutant.file.endswith(".json") else to_data(new)
    (folder / mutant.file).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    if mutant.file.endswith(".yaml"):
        beside = folder / "examples"
        beside.mkdir()
        own = ROOT / "mappings" / "examples" / mutant.file
        (beside / mutant.file).write_bytes(own.read_bytes())
    return Catalog(specs=[folder], mappings=[folder])
