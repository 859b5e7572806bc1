"""What a translation lost: every leaf of the event, less those that were kept."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from translator.accounting import Accounted, Loss, LossKind
from translator.diagnostics import shortened
from translator.errors import TranslationError
from translator.inverse import Directed
from translator.origins import Entry, Origin
from translator.paths import EACH, FREE, Path, parse_path
from translator.runtime import leaves
from translator.selectors import Step

MAX_LISTED = 100
"""So many losses does the refusal of one event name at most."""

UNREAD, UNPLACED = "no rule reads it", "the target has no place for it"
"""Why a leaf is lost of which no mapping says so."""


class Notes:
    """Collects what the reporting code of one translation says."""

    def __init__(self) -> None:
        self.written: list[tuple[int, tuple[str, ...]]] = []
        self.losses: dict[Loss, None] = {}

    def note(self, kind: LossKind, paths: Sequence[str], because: str) -> None:
        """What `paths` say came out in another way."""
        for path in paths:
            self.losses[Loss(kind, path, because)] = None

    def keep(self, paths: tuple[str, ...], entry: int) -> None:
        """What stands at `paths` is in an output, as the entry of that number says."""
        self.written.append((entry, paths))


@dataclass(frozen=True, slots=True)
class Reporter:
    """The reporting code of a translator: `run` takes an event and what notes it.

    `entries` are what the numbers it gives stand for, `steps` the mappings on the way.
    """

    run: Callable[..., Any]
    entries: tuple[Entry, ...]
    steps: Sequence[Step]

    def noted(self, event: Any) -> tuple[list[dict[str, Any]], Notes]:
        """The translations of an event, and what was noted. Raises `TranslationError`."""
        notes = Notes()
        made = self.run(event, notes.note, notes.keep)
        return [made] if isinstance(made, dict) else made, notes

    def account(self, event: Any) -> Accounted:
        """The translations of an event, and its losses. Raises `TranslationError`."""
        outputs, notes = self.noted(event)
        return Accounted(outputs, self.losses(event, notes))

    def losses(self, event: Any, notes: Notes) -> list[Loss]:
        """The losses of an event, from what was noted."""
        losses = list(notes.losses)
        known = {loss.path for loss in losses}
        kept: set[str] = set()
        carried: set[str] = set()
        for number, paths in notes.written:
            uses = origin_of(self.entries[number], paths).uses
            (carried if any(use.how == "carried" for use in uses) else kept).update(paths)
        for path, value in leaves(event):
            above = _above(path)
            if not kept.isdisjoint(above):
                continue
            if not carried.isdisjoint(above) and value == {}:
                losses.append(Loss("normalised", path, "an empty object carries nothing"))
            elif not carried.isdisjoint(above):
                losses.append(Loss("carried", path, "it goes with the event for whom it concerns"))
            elif value is None:
                losses.append(Loss("normalised", path, "null says no more than leaving it out"))
            elif path not in known:
                losses.append(Loss("lost", path, why(path, self.steps)))
        return losses


def strictly(
    reporter: Reporter, as_event: Callable[[Any], Any], accept: Collection[Path] = ()
) -> Callable[[Any], Any]:
    """A translation that refuses events of which anything is lost or approximated.

    The loss of what stands at or below a path of `accept` is fine.
    """

    def translate(event: Any) -> Any:
        outputs, losses = reporter.account(as_event(event))
        refuse(losses, accept)
        return outputs[0] if len(outputs) == 1 else outputs

    return translate


def refuse(losses: Sequence[Loss], accept: Collection[Path]) -> None:
    """Raise `TranslationError` where anything is lost or approximated that is not accepted."""
    worse = [
        loss
        for loss in losses
        if loss.kind in ("lost", "approximated") and not accepted(loss, accept)
    ]
    if worse:
        raise TranslationError("would-lose", worse[0].path, f"strict: {_listed(worse)}")


def _listed(losses: Sequence[Loss]) -> str:
    """So many losses as a person reads."""
    listed = "; ".join(shortened(str(loss)) for loss in losses[:MAX_LISTED])
    more = len(losses) - MAX_LISTED
    return f"{listed}; and {more} more" if more > 0 else listed


def origin_of(entry: Entry, paths: Sequence[str]) -> Origin:
    """The one of an entry's origins from which a value came that stood at the JSON `paths`."""
    read = {members(path) for path in paths}
    for origin in entry.origins:
        if set(origin.paths) == read:
            return origin
    for origin in entry.origins:
        plain = [one[: one.index(FREE)] if FREE in one else one for one in origin.paths]
        if any(path[: len(one)] == one for path in read for one in plain):
            return origin
    return entry.origins[0] if entry.origins else Origin()


def accepted(loss: Loss, accept: Collection[Path]) -> bool:
    """Whether a loss is at or below one of the paths that are fine to lose."""
    at = members(loss.path)
    return any(at[: len(path)] == path for path in accept)


_STEP = re.compile(r"\.[^.\[]+|\[\d+\]|\['(?:[^'\\]++|\\.)*+'\]|\[\"(?:[^\"\\]++|\\.)*+\"\]")


def _above(path: str) -> list[str]:
    """A JSON path and all those above it."""
    found = ["$"]
    for match in _STEP.finditer(path, 1):
        found.append(path[: match.end()])
    return found[1:]


def why(path: str, steps: Sequence[Step]) -> str:
    """The reason that the mappings on the way give for losing what stands at a JSON path."""
    return why_lost(members(path), steps)


def why_lost(path: Path, steps: Sequence[Step]) -> str:
    """The same for a member of the source, by its path as mappings write it."""
    return lost_at(path, steps)[1]


def lost_at(path: Path, steps: Sequence[Step]) -> tuple[int, str]:
    """The step on the way, from 0, that loses what stands at a path, and the reason it gives."""
    wanted = [path]
    for number, step in enumerate(steps):
        for at in wanted:
            because = step.directed.because_lost(at)
            if because:
                return number, because
        further = dict.fromkeys(to for at in wanted for to in _goes_to(step.directed, at))
        if not further:
            return number, UNREAD
        wanted = list(further)
    return len(steps) - 1, UNPLACED


def members(path: str) -> Path:
    """The path, as mappings write it, of which a JSON path is an instance."""
    return _short_members(path) if len(path) <= _SHORT else _members(path)


def _members(path: str) -> Path:
    segments: list[str] = []
    for match in _STEP.finditer(path, 1):
        text = match[0]
        if text[0] == ".":
            segments += parse_path(text[1:]) if text[1:].isidentifier() else (text[1:],)
        elif text[1].isdigit():
            segments.append(EACH)
        else:
            segments.append(ast.literal_eval(text[1:-1]))
    return tuple(segments)


_SHORT = 200
_short_members = lru_cache(maxsize=4096)(_members)
"""Events have the same members again and again; longer paths would fill memory."""


def _goes_to(hop: Directed, path: Path) -> Iterator[Path]:
    """The members of a hop's target that a member goes to, in the order of the rules."""
    for case in hop.cases:
        for move in case.moves:
            for source in move.sources:
                for read in source.paths:
                    if path[: len(read)] == read:
                        yield from ((*target, *path[len(read) :]) for target in move.targets)
