"""One event explained: where each member of its translations comes from, what became of its own.

Everything said here is noted by the code that translates, while it translates this event.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from translator.accounting import Loss
from translator.catalog import Catalog
from translator.engine import Event, Translator
from translator.errors import TranslationError
from translator.given import Rows
from translator.loading import as_event
from translator.losses import Notes, Reporter, members, origin_of
from translator.origins import Entry, Use
from translator.paths import EACH, FREE, KEY, VALUE, Path
from translator.runtime import leaves, step

Fate = Literal["kept", "normalised", "approximated", "carried", "lost"]

HELP = {
    "invalid-event": "correct the event: the path names the member at fault",
    "no-equivalent": "leave such events out, or allow the opt-in if the message names one",
    "missing-param": "give the param that the message names",
    "unmappable-id": "correct the id, or give a crosswalk that names its equal",
    "unmappable-value": "correct the value: the message says what the target takes",
    "no-item": "the event has to name an item",
    "would-lose": "accept the loss of the members named, or translate without strict",
}
"""What would help against each refusal of an event."""


@dataclass(frozen=True, slots=True)
class Written:
    """A member of a translation: the number of the event (from 0), its JSON path and value.

    `sources` are the JSON paths it comes from, none for what a param or the mapping supplied, and
    `uses` the rules that it went through.
    """

    event: int
    path: str
    value: Any
    sources: tuple[str, ...]
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A leaf of the event: its JSON path and value, what became of it, and why."""

    path: str
    value: Any
    fate: Fate
    because: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no translation: as `TranslationError` says it, and what would help.

    `tried` is what stands at `path` in the event, where anything does.
    """

    code: str
    path: str
    message: str
    rule: str
    tried: Any
    help: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of one event on the `way` from source to target, member by member.

    `events` are the translations: none where it is `refused`. Where strict refuses it, `written`
    and `read` say what there would be otherwise.
    """

    way: tuple[str, ...]
    events: tuple[dict[str, Any], ...]
    written: tuple[Written, ...]
    read: tuple[Read, ...]
    refused: Refused | None = None


def explain(
    event: Event,
    source: str,
    target: str,
    *,
    params: Mapping[str, Any] | None = None,
    crosswalks: Mapping[str, Rows] | None = None,
    allow: Sequence[str] = (),
    strict: bool = False,
    accept: Sequence[str] = (),
    catalog: Catalog | None = None,
) -> Explanation:
    """Translate one event and say what became of each member. See `Translator` for the arguments.

    A refusal of the event is explained and not raised; a mistake in the arguments is raised.
    """
    made = Translator(
        source,
        target,
        params=params,
        crosswalks=crosswalks,
        allow=allow,
        strict=strict,
        accept=accept,
        catalog=catalog,
    )
    return explained(made, event)


def explained(translator: Translator, event: Event) -> Explanation:
    """One event explained by a translator; a refusal is explained and not raised."""
    reporter = translator.reporter
    way = (translator.source, *(one.directed.target for one in reporter.steps))
    try:
        plain = as_event(event)
        outputs, notes = reporter.noted(plain)
        if not outputs:
            translator.translate_all(plain)
    except TranslationError as error:
        plain = event if isinstance(event, dict) else {}
        return Explanation(way, (), (), tuple(_unread(plain)), _refused(error, plain))
    written = tuple(_written(plain, outputs, notes, reporter))
    read = tuple(_read(plain, reporter.losses(plain, notes)))
    try:
        if translator.strict:
            translator.translate_all(plain)
    except TranslationError as error:
        refused = replace(_refused(error, plain), rule=_blurring(error.path, written))
        return Explanation(way, (), written, read, refused)
    return Explanation(way, tuple(outputs), written, read)


def _blurring(path: str, written: Sequence[Written]) -> str:
    """The rule that does not keep what stands at a path as it is; none where nothing reads it."""
    uses = [use for one in written if path in one.sources for use in one.uses]
    return next((str(use.location) for use in uses if use.kind != "exact"), "")


def _refused(error: TranslationError, event: Any) -> Refused:
    tried = _found(event, error.path)
    help_ = HELP.get(error.code, "")
    return Refused(error.code, error.path, error.message, error.rule, tried, help_)


def _found(value: Any, wanted: str, at: str = "$") -> Any:
    """What stands at a JSON path in an event, None where nothing does."""
    if at == wanted:
        return value
    if isinstance(value, dict):
        below = ((item, at + step(str(key))) for key, item in value.items())
    elif isinstance(value, list):
        below = ((item, f"{at}[{index}]") for index, item in enumerate(value))
    else:
        return None
    return next((_found(item, wanted, to) for item, to in below if _leads(to, wanted)), None)


def _leads(path: str, wanted: str) -> bool:
    return wanted == path or wanted.startswith((f"{path}.", f"{path}["))


def _unread(event: Any) -> Iterator[Read]:
    for path, value in leaves(event):
        yield Read(path, value, "lost", "the event is refused")


def _read(event: Any, losses: Sequence[Loss]) -> Iterator[Read]:
    """Each leaf with what became of it; where several things did, the worst."""
    order: dict[str, int] = {"lost": 0, "approximated": 1, "carried": 2, "normalised": 3}
    fates: dict[str, Loss] = {}
    for one in sorted(losses, key=lambda loss: order[loss.kind]):
        fates.setdefault(one.path, one)
    for path, value in leaves(event):
        found = (fates[at] for at in (path, *_above(path)) if at in fates)
        loss = next(found, None)
        if loss is not None:
            yield Read(path, value, loss.kind, loss.because)
        else:
            yield Read(path, value, "kept")


def _above(path: str) -> Iterator[str]:
    """The JSON paths above one, from the nearest."""
    parts = re.findall(r"\$|\.[^.\[]+|\[\d+\]|\['(?:[^'\\]|\\.)*'\]|\[\"(?:[^\"\\]|\\.)*\"\]", path)
    for length in range(len(parts) - 1, 0, -1):
        yield "".join(parts[:length])


# --- what is written -----------------------------------------------------------------------------


def _written(
    event: Any, outputs: Sequence[dict[str, Any]], notes: Notes, reporter: Reporter
) -> Iterator[Written]:
    """Each leaf of the translations with where it comes from.

    The notes of one member come in the order in which its places stand in the translations.
    """
    calls: dict[Path, list[tuple[Entry, tuple[str, ...]]]] = defaultdict(list)
    for number, paths in notes.written:
        entry = reporter.entries[number]
        calls[entry.target].append((entry, paths))
    came: list[dict[str, tuple[Entry, tuple[str, ...]]]] = [{} for _ in outputs]
    for target, made in calls.items():
        places = [
            (number, place)
            for number, output in enumerate(outputs)
            for place in _places(output, target, "$")
        ]
        if _is_flat(made[0][0]):
            carries = reporter.steps[-1].directed.carries
            there = [path for path, _ in leaves(event)]
            assert carries is not None
            for number, place in places:
                for entry, (lane,) in made:
                    start = f"{carries.before}{members(lane)[-1]}{carries.between}"
                    key = members(place)[-1]
                    source = lane + step(key.removeprefix(start))
                    if key.startswith(start) and any(
                        source in (one, *_above(one)) for one in there
                    ):
                        came[number][place] = (entry, (source,))
        else:
            for (number, place), call in zip(places, made, strict=False):
                came[number][place] = call
    for number, output in enumerate(outputs):
        for path, value in leaves(output):
            for above in (path, *_above(path)):
                if above in came[number]:
                    yield _one(number, path, value, above, *came[number][above])
                    break
            else:
                yield Written(number, path, value, (), ())


def _is_flat(entry: Entry) -> bool:
    return entry.target[-2:] == (FREE, VALUE) and any(
        use.how == "carried" for origin in entry.origins for use in origin.uses
    )


def _one(
    number: int, path: str, value: Any, at: str, entry: Entry, paths: tuple[str, ...]
) -> Written:
    origin = origin_of(entry, paths)
    below = path[len(at) :]
    sources = tuple(one + below for one in paths) if len(paths) == 1 else paths
    return Written(number, path, value, sources, origin.uses)


def _places(value: Any, path: Path, at: str) -> Iterator[str]:
    """The JSON paths of a translation that are instances of `path`, in order."""
    if not path:
        yield at
        return
    first, rest = path[0], path[1:]
    if first == EACH:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _places(item, rest, f"{at}[{index}]")
    elif first == FREE:
        if isinstance(value, dict) and rest[:1] != (KEY,):
            for key, item in value.items():
                yield from _places(item, rest[1:], at + step(key))
    elif isinstance(value, dict) and first in value:
        yield from _places(value[first], rest, at + step(first))
