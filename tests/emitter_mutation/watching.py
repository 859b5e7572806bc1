"""What is looked at first: recorded events, through the engine and against the reference.

The reference's answers are worked out once, by the process that starts the others; a mutant's
process compares. Nothing here is imported from the package but what no mutant can change.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.language.drawing import events as small_events
from tests.language.drawing import words_of
from tests.language.test_language import CASES as LANGUAGE
from tests.language.test_language import GROUPS
from tests.language.test_language import catalog as catalog_of
from tests.reference.comparing import differs
from tests.reference.test_reference import NAMED, beside, name_of, recorded, small
from tests.reference.views import Reason
from tests.tools.arguments import callers
from tests.tools.judging import PAIRS, exactly

Json = Any
Answer = tuple[Json, list[Json], list[Reason], str]
"""An event, what the reference gives or why it refuses, and what the message has to say."""

EVERY, DRAWN = 10, 12
"""Of the recorded events each tenth is looked at; for each small format so many are drawn."""

CALLERS, REPORTED = (1, 2, 3), 1
"""Who of `callers()` sends the recorded events, and whose losses are looked at."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A translator to be made, and what the reference says of some events; or why it cannot be."""

    name: str
    source: str
    target: str
    keywords: dict[str, Any]
    folder: Path | None
    answers: tuple[Answer, ...]
    broken: str = ""
    caller: int = 0


@cache
def watched() -> list[Watched]:
    """All that is looked at, the quickest first."""
    return [*_small(), *_pairs()]


def _small() -> Iterator[Watched]:
    for name, first in NAMED.items():
        found = small(name)
        folder = Path(catalog_of(first.group).folders.specs[0]).parent
        shown = Watched(name, first.source, first.target, first.options, folder, ())
        if isinstance(found, str):
            yield Watched(name, first.source, first.target, first.options, folder, (), found)
            continue
        group = GROUPS[first.group]
        said = [(case.event, case.says) for case in LANGUAGE if name_of(case) == name]
        if first.source in group.specs:
            words = words_of("".join(group.mappings.values()))
            said += [(one, "") for one in _draw(small_events(group.specs[first.source], words))]
        second = found[1]
        answers = tuple((event, *second(event), says) for event, says in said)
        yield Watched(shown.name, shown.source, shown.target, shown.keywords, shown.folder, answers)


def _pairs() -> Iterator[Watched]:
    for source, target in PAIRS:
        for number in CALLERS:
            one = callers()[number]
            second = beside(source, target, one)
            events = recorded(source)[number::EVERY]
            answers = tuple((event, *second(event), "") for event in events)
            keywords = one.keywords(source, target)
            yield Watched(
                f"{source} to {target}", source, target, keywords, None, answers, "", number
            )


def _draw(strategy: Any) -> list[Json]:
    found: list[Json] = []

    @seed(0)
    @settings(
        max_examples=DRAWN,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=tuple(HealthCheck),
    )
    @given(strategy)
    def draw(event: Json) -> None:
        found.append(event)

    draw()
    return found


def noticed() -> str:
    """What the engine, as it is imported now, does otherwise than it should; "" if nothing."""
    engine = import_module("translator.engine")
    catalogs = import_module("translator.catalog")
    errors = import_module("translator.errors")
    known: dict[Path | None, Any] = {None: None}
    for one in watched():
        if one.folder not in known:
            assert one.folder is not None
            known[one.folder] = catalogs.Catalog(
                specs=[one.folder / "specs"], mappings=[one.folder / "mappings"]
            )

        def made(one: Watched = one, **more: Any) -> Any:
            formats = known[one.folder]
            ends = (one.source, one.target)
            return engine.Translator(*ends, **one.keywords, **more, catalog=formats)

        try:
            plain = made().translate_all
        except (errors.TranslationError, errors.MappingError) as error:
            code = getattr(error, "code", None) or error.diagnostics[0].code
            if code != one.broken:
                return f"{one.name}: {code} instead of {one.broken or 'a translator'}"
            continue
        if one.broken:
            return f"{one.name}: a translator instead of {one.broken}"
        found = _differs(one, plain)
        if not found and one.folder is not None:
            found = _differs_otherwise(one, made)
        if found:
            return f"{one.name}: {found[:300]}"
    return _unaccounted()


def _differs(one: Watched, translate: Any) -> str:
    for event, expected, reasons, says in one.answers:
        if found := differs(translate, event, expected, reasons):
            return found
        if says:
            try:
                translate(event)
            except Exception as error:
                if says not in str(error):
                    return f"{error} does not say {says!r}"
    return ""


def _differs_otherwise(one: Watched, made: Any) -> str:
    """The same without judging the events first, and strictly: tests/language asks for both."""
    unjudged, strict = (
        made(validate=False, guard=True).translate_all,
        made(strict=True).translate_all,
    )
    unguarded = made(validate=False).translate_all
    for event, expected, reasons, _ in one.answers:
        if not reasons and (found := differs(unjudged, event, expected, reasons)):
            return f"unjudged: {found}"
        if not reasons and (found := differs(unguarded, event, expected, reasons)):
            return f"unguarded: {found}"
        if reasons or not (found := differs(strict, event, expected, reasons)):
            continue
        if not found.startswith("refused with would-lose"):
            return f"strictly: {found}"
    return ""


def _unaccounted() -> str:
    """Law 6 over the recorded events; the tests' own tools are imported anew for it."""
    for name in [one for one in sys.modules if one.startswith("tests.tools.")]:
        del sys.modules[name]
    tools = {
        name: import_module(f"tests.tools.{name}")
        for name in ("accounting", "arguments", "reporting")
    }
    for one in watched():
        if one.caller != REPORTED:
            continue
        caller = tools["arguments"].callers()[one.caller]
        run = tools["reporting"].reporter(one.source, one.target, caller)
        for event, expected, reasons, _ in one.answers:
            if reasons:
                continue
            outputs, losses = run(event)
            if not exactly(outputs, expected):
                return f"{one.name}: with a report it gives {outputs!r}"[:300]
            try:
                tools["accounting"].hold_accounted(event, outputs, losses, crossed=())
            except AssertionError as error:
                return f"{one.name}: not accounted for: {error}"[:300]
    return ""
