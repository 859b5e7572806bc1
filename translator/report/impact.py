"""Render what a new version of a spec changes and breaks, as text or JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain
from operator import attrgetter
from typing import Any

from translator.analysis.impact import Impact, PairChange
from translator.analysis.model_diff import ModelsChange
from translator.errors import Diagnostic, Location
from translator.paths import format_path
from translator.report.findings import diagnostics_data, pluralise, render_findings
from translator.report.printable import Printable, join_printable, printable_json
from translator.report.proof import short_location
from translator.schema.diff import Change

MAX_VALUE_LENGTH = 60
"""Maximum length of an old or new value in the text; JSON has the whole value."""

MAX_SHOWN = 6
"""Maximum number of kinds of events, and of groups of examples, in the text; JSON has all."""

VERDICT_LEGEND = (
    "(proved: nothing is left to check at run time; guarded: checks remain; refused: every event is"
    " refused; wrong: the mappings have errors, or may write an invalid event)"
)

_CHANGE_SIGNS = {"added": "+", "variant-added": "+", "removed": "-", "variant-removed": "-"}

_CHANGE_PHRASES = {
    "added": "new, {new}",
    "removed": "gone, was {old}",
    "type": "{old} → {new}",
    "format": "format {old} → {new}",
    "bound": "{keyword} {old} → {new}",
    "constraint": "{keyword} {old} → {new}",
    "value-added": "new value {new}",
    "value-removed": "value {old} is gone",
    "values-closed": "any value → only {new}",
    "values-opened": "only {old} → any value",
    "required": "now required",
    "optional": "no longer required",
    "closed": "no longer allows unknown fields",
    "opened": "now allows unknown fields",
    "variant-added": "new kind of event, {new}",
    "variant-removed": "kind of event {old} is gone",
}

_CHANGE_KEYS = ("kind", "path", "keyword", "old", "new", "variants", "side")

_POSITION = attrgetter("location.file", "location.line", "location.column")

_MODEL_SIGNS = {"added": "+", "removed": "-", "changed": "~"}

_NO_MODELS_PHRASES = {
    "not-installed": "the generator is not installed; "
    "run: pip install 'event-translator[generate]'",
    "failed": "they cannot be generated",
}


def render_text(impact: Impact) -> Printable:
    """Return a section for each kind of consequence, and finally whether anything breaks."""
    head = f"{impact.format}: {impact.old} → {impact.new}"
    if impact.identical:
        return join_printable([head, "nothing changes: both files have the same content"], "\n\n")
    return join_printable([head, *filter(None, _sections(impact))], "\n\n")


def _sections(impact: Impact) -> Iterator[str]:
    example_count = len(_locations(impact.examples))
    yield _section("What changes in the events", describe_changes(impact.changes))
    yield _findings("What breaks", impact.broken)
    yield _findings("What no mapping accounts for yet", impact.unaccounted)
    yield _section("Examples that break", describe_examples(impact.examples), str(example_count))
    yield _section("Findings that are resolved", list(map(str, impact.resolved)))
    pair_count = f"{len(impact.pairs)} of {len(impact.proved_pairs)}"
    yield _section("What changes for pairs of formats", _describe_pairs(impact.pairs), pair_count)
    yield _models(impact.models)
    if impact.remaining:
        verb = "remains" if len(impact.remaining) == 1 else "remain"
        count = pluralise(len(impact.remaining), "earlier finding")
        yield f"{count} {verb}; run `translator check` for details"
    if impact.breaks:
        counts = (
            f"{len(impact.broken)} to correct",
            f"{len(impact.unaccounted)} to account for",
            f"{pluralise(example_count, 'example')} broken",
            f"{pluralise(sum(change.breaks for change in impact.pairs), 'pair')} broken",
        )
        yield f"this breaks: {', '.join(count for count in counts if count[:2] != '0 ')}"
    elif impact.remaining:
        yield "nothing breaks that was not broken before"
    else:
        yield "nothing breaks" + ("" if impact.changes else ": the events do not change")


def _section(title: str, lines: Sequence[str], count: str = "") -> Printable:
    """Return a title and, below it, the lines; empty if there are none."""
    parts = [f"{title} ({count or len(lines)})", *lines] if lines else []
    return join_printable(parts, "\n  ")


def _findings(title: str, diagnostics: Sequence[Diagnostic]) -> Printable:
    findings = [f"{title} ({len(diagnostics)})", render_findings(diagnostics)]
    return join_printable(findings if diagnostics else [], "\n\n")


def describe_examples(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Return a line for each distinct finding about examples, the most frequent first.

    `examples/acme.yaml:7:9: error[example-invalid]: … is missing (54 more like it)`
    """
    groups: dict[tuple[str, str, str], list[Diagnostic]] = defaultdict(list)
    for diagnostic in sorted(diagnostics, key=_POSITION):
        groups[diagnostic.location.file, diagnostic.code, diagnostic.message].append(diagnostic)
    shown = sorted(groups.values(), key=lambda group: -len(_locations(group)))[:MAX_SHOWN]
    lines = []
    for group in shown:
        more_count = len(_locations(group)) - 1
        suffix = f" ({more_count} more like it)" if more_count else ""
        lines.append(f"{replace(group[0], hint='')}{suffix}")
    hidden = _locations(diagnostics) - _locations(chain.from_iterable(shown))
    if hidden:
        lines.append(f"and {len(hidden)} more, in other ways")
    return lines


def _locations(diagnostics: Iterable[Diagnostic]) -> set[Location]:
    """Return the places of examples; an example with several events can have several findings."""
    return {diagnostic.location for diagnostic in diagnostics}


def describe_changes(changes: Sequence[Change]) -> list[str]:
    """Return a line for each change: `~ data.event: new value "wish"`."""
    rename_hints = _rename_hints(changes)
    return [_describe_change(change) + rename_hints.get(change, "") for change in changes]


def _describe_change(change: Change) -> str:
    path = format_path(change.path) or "the event"
    old, new = _truncate(change.old) or "none", _truncate(change.new) or "none"
    phrase = _CHANGE_PHRASES[change.kind].format(old=old, new=new, keyword=change.keyword)
    names = list(map(str, change.variants))
    variants = f"{len(names)} kinds of events" if len(names) > 3 else " and ".join(names)
    suffix = f" (in {variants})" if variants else ""
    if change.side != "both":
        suffix += f" (in events that are {change.side})"
    return f"{_CHANGE_SIGNS.get(change.kind, '~')} {path}: {phrase}{suffix}"


def _rename_hints(changes: Sequence[Change]) -> dict[Change, str]:
    """Suggest a rename if one field was removed and one of the same type added beside it."""
    candidates: dict[tuple[object, ...], tuple[list[Change], list[Change]]] = {}
    for change in changes:
        if change.kind in ("removed", "added"):
            key = (change.path[:-1], change.old or change.new, change.variants, change.side)
            candidates.setdefault(key, ([], []))[change.kind == "added"].append(change)
    return {
        removed[0]: f"; perhaps it is {format_path(added[0].path)} now"
        for removed, added in candidates.values()
        if len(removed) == len(added) == 1
    }


def _truncate(string: str) -> str:
    return string if len(string) <= MAX_VALUE_LENGTH else f"{string[: MAX_VALUE_LENGTH - 1]}…"


def _describe_pairs(changes: Sequence[PairChange]) -> list[str]:
    """Return the changes of pairs and a legend; pairs with the same change are grouped."""
    targets: dict[PairChange, dict[str, list[str]]] = {}
    for change in changes:
        by_source = targets.setdefault(replace(change, source="", target=""), {})
        by_source.setdefault(change.source, []).append(change.target)
    lines: list[str] = []
    for change, by_source in targets.items():
        names = "; ".join(f"{source} → {', '.join(group)}" for source, group in by_source.items())
        old, new = change.old, change.new
        lines.append(f"{names}: {f'{old}, as before' if old == new else f'{old} → {new}'}")
        lines += (f"    {line}" for line in _describe_verdicts(change))
    return [*lines, VERDICT_LEGEND] if lines else []


def _describe_verdicts(change: PairChange) -> Iterator[str]:
    """Yield what is proved of kinds of events now, which checks change, and what is wrong."""
    kinds: dict[tuple[str | None, str | None], list[str]] = {}
    for kind_change in change.kind_changes:
        kinds.setdefault((kind_change.old, kind_change.new), []).append(kind_change.kind)
    for (old, new), names in kinds.items():
        more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
        phrase = f"{old} → {new}" if old else f"new, {new}"
        if new is None:
            phrase = f"gone, was {old}"
        yield f"{', '.join(names[:MAX_SHOWN])}{more}: {phrase}"
    for guards, when in ((change.added_guards, "now"), (change.removed_guards, "no longer")):
        for guard in guards:
            rule = f", {short_location(guard.rule)}" if guard.rule else ""
            yield f"{when} checked, {guard.place}: {guard.demand} ({guard.code}{rule})"
    yield from change.because


def _models(models: ModelsChange) -> str:
    if models.origin in _NO_MODELS_PHRASES:
        return f"The models were not compared, because {_NO_MODELS_PHRASES[models.origin]}"
    title = "What changes in the models"
    if models.only_descriptions:
        return f"{title}: only descriptions"
    lines = [
        f"{_MODEL_SIGNS[change.kind]} {'.'.join(filter(None, (change.model, change.member)))}"
        for change in models.changes
    ]
    return _section(title, lines)


def render_json(impact: Impact) -> Printable:
    """Return the impact as a JSON object."""
    document: dict[str, Any] = {
        "format": impact.format,
        "old": impact.old,
        "new": impact.new,
        "breaks": impact.breaks,
        "changes": [
            {key: getattr(change, key) for key in _CHANGE_KEYS} | {"path": format_path(change.path)}
            for change in impact.changes
        ],
        "findings": diagnostics_data(impact.findings),
        "remaining": diagnostics_data(impact.remaining),
        "resolved": diagnostics_data(impact.resolved),
        "pairs": [
            {
                "source": change.source,
                "target": change.target,
                "old": change.old,
                "new": change.new,
                "breaks": change.breaks,
                "kinds": list(map(asdict, change.kind_changes)),
                "guards_added": list(map(asdict, change.added_guards)),
                "guards_removed": list(map(asdict, change.removed_guards)),
                "because": change.because,
            }
            for change in impact.pairs
        ],
        "models": asdict(impact.models),
    }
    return printable_json(document)


REPORTERS: dict[str, Callable[[Impact], Printable]] = {"text": render_text, "json": render_json}
"""The function for each output format."""
