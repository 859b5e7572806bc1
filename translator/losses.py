"""What a translation lost: every leaf of the event, less those that were kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from translator.errors import TranslationError
from translator.inverse import Directed
from translator.paths import EACH, Path, parse_path
from translator.runtime import leaves
from translator.selectors import Step

LossKind = Literal["lost", "approximated", "normalised", "carried"]


@dataclass(frozen=True, slots=True)
class Loss:
    """What became of a leaf that is not in the outputs as it was: its JSON path, and why."""

    kind: LossKind
    path: str
    because: str

    def __str__(self) -> str:
        return f"{self.path} {self.kind}" + (f": {self.because}" if self.because else "")


class Notes:
    """Collects what the reporting code of one translation says."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.carried: set[str] = set()
        self.written: list[tuple[int, tuple[str, ...]]] = []
        self.losses: list[Loss] = []

    def note(self, kind: LossKind, paths: Sequence[str], because: str) -> None:
        """What `paths` say came out in another way."""
        for path in paths:
            loss = Loss(kind, path, because)
            if loss not in self.losses:
                self.losses.append(loss)

    def keep(self, paths: tuple[str, ...], entry: int) -> None:
        """What stands at `paths` is in an output, as the entry of that number says."""
        self.kept.update(paths)
        self.written.append((entry, paths))

    def carry(self, paths: tuple[str, ...], entry: int) -> None:
        """The same of what is carried for another format."""
        self.carried.update(paths)
        self.written.append((entry, paths))


def report(
    run: Callable[..., Any], event: Any, steps: Sequence[Step]
) -> tuple[list[dict[str, Any]], list[Loss]]:
    """Run the reporting code on an event: its translations, and the losses on the way."""
    notes = Notes()
    made = run(event, notes.note, notes.keep, notes.carry)
    outputs = [made] if isinstance(made, dict) else made
    losses = list(notes.losses)
    known = {loss.path for loss in losses}
    for path, value in leaves(event):
        above = _above(path)
        if not notes.kept.isdisjoint(above):
            continue
        if not notes.carried.isdisjoint(above):
            losses.append(Loss("carried", path, ""))
        elif value is None:
            losses.append(Loss("normalised", path, "null says no more than leaving it out"))
        elif path not in known:
            losses.append(Loss("lost", path, why(path, steps)))
    return outputs, losses


def strictly(
    run: Callable[..., Any], as_event: Callable[[Any], Any], steps: Sequence[Step]
) -> Callable[[Any], Any]:
    """`run`, refusing events of which anything is lost or approximated."""

    def translate(event: Any) -> Any:
        outputs, losses = report(run, as_event(event), steps)
        worse = [loss for loss in losses if loss.kind in ("lost", "approximated")]
        if worse:
            listed = "; ".join(map(str, worse))
            raise TranslationError("would-lose", worse[0].path, f"strict: {listed}")
        return outputs[0] if len(outputs) == 1 else outputs

    return translate


_STEP = re.compile(r"\.[^.\[]+|\[\d+\]|\['(?:[^'\\]|\\.)*'\]|\[\"(?:[^\"\\]|\\.)*\"\]")


def _above(path: str) -> list[str]:
    """A JSON path and all those above it."""
    found = ["$"]
    for match in _STEP.finditer(path, 1):
        found.append(path[: match.end()])
    return found[1:]


def why(path: str, steps: Sequence[Step]) -> str:
    """The reason that the mappings on the way give for losing what stands at a JSON path."""
    members = _members(path)
    wanted = {members}
    for step in steps:
        for at in wanted:
            because = step.directed.because_lost(at)
            if because:
                return because
        wanted = {to for at in wanted for to in _goes_to(step.directed, at)}
    return "the target has no place for it" if wanted else "no rule reads it"


def _members(path: str) -> Path:
    """The path of a mapping that a JSON path is an instance of."""
    segments: list[str] = []
    for match in _STEP.finditer(path, 1):
        text = match[0]
        if text[0] == ".":
            segments += parse_path(text[1:]) if text[1:].isidentifier() else (text[1:],)
        elif text[1].isdigit():
            segments.append(EACH)
        else:
            segments.append(text[2:-2])
    return tuple(segments)


def _goes_to(hop: Directed, path: Path) -> set[Path]:
    found: set[Path] = set()
    for case in hop.cases:
        for move in case.moves:
            for source in move.sources:
                for read in source.paths:
                    if path[: len(read)] == read:
                        found |= {(*target, *path[len(read) :]) for target in move.targets}
    return found
