"""Render what a new version of a spec changes and breaks, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from operator import attrgetter
from typing import Any

from translator.analysis.impact import Impact, KindChange, PairChange
from translator.analysis.model_diff import ModelChange, ModelsChange
from translator.errors import Diagnostic, Location
from translator.paths import format_path
from translator.report.findings import diagnostics_data, render_findings
from translator.report.proof import short_location
from translator.schema.diff import Change

MAX_VALUE_LENGTH = 60
"""Maximum length of an old or new value in the text; JSON has the whole value."""

MAX_SHOWN = 6
"""Maximum number of kinds of events, and of groups of examples, in the text; JSON has all."""

VERDICT_LEGEND = (
    "(proved: nothing is left to check at run time; guarded: checks remain; refused: no event is"
    " translated; wrong: no event can be translated)"
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

_SIDE_PHRASES = {
    "both": "",
    "read": " (in events that are read)",
    "written": " (in events that are written)",
}

_POSITION = attrgetter("location.file", "location.line", "location.column")

_MODEL_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def render_text(impact: Impact) -> str:
    """Return a section for each kind of consequence, and finally whether anything breaks."""
    head = f"{impact.format}: {impact.old} → {impact.new}"
    if impact.identical:
        return f"{head}\n\nnothing changes: both files have the same content"
    example_count = len(_locations(impact.examples))
    sections = [
        head,
        _section("What changes in the events", describe_changes(impact.changes)),
        _findings("What breaks", impact.broken),
        _findings("What no mapping accounts for yet", impact.unaccounted),
        _section("Examples that break", describe_examples(impact.examples), str(example_count)),
        _section("Findings that are resolved", list(map(str, impact.resolved))),
        _pairs(impact),
        _models(impact.models),
        _remaining(len(impact.remaining)),
        _verdict(impact, example_count),
    ]
    return "\n\n".join(filter(None, sections))


def _section(title: str, lines: Sequence[str], count: str = "") -> str:
    return "\n  ".join([f"{title} ({count or len(lines)})", *lines]) if lines else ""


def _findings(title: str, diagnostics: Sequence[Diagnostic]) -> str:
    return f"{title} ({len(diagnostics)})\n\n{render_findings(diagnostics)}" if diagnostics else ""


def _remaining(count: int) -> str:
    if not count:
        return ""
    findings = "1 earlier finding remains" if count == 1 else f"{count} earlier findings remain"
    return f"{findings}; run `translator check` for details"


def _verdict(impact: Impact, example_count: int) -> str:
    if not impact.breaks and impact.remaining:
        return "nothing breaks that was not broken before"
    if not impact.breaks:
        return "nothing breaks" if impact.changes else "nothing breaks: the events do not change"
    pair_count = sum(1 for pair_change in impact.pairs if pair_change.breaks)
    counts = (
        (len(impact.broken), "to correct"),
        (len(impact.unaccounted), "to account for"),
        (example_count, "example broken" if example_count == 1 else "examples broken"),
        (pair_count, "pair broken" if pair_count == 1 else "pairs broken"),
    )
    return f"this breaks: {', '.join(f'{count} {label}' for count, label in counts if count)}"


def describe_examples(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Return a line for each distinct finding about examples, the most frequent first.

    `examples/acme.yaml:7:9: error[example-invalid]: … is missing (54 more like it)`
    """
    groups_by_message: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for diagnostic in sorted(diagnostics, key=_POSITION):
        key = diagnostic.location.file, diagnostic.code, diagnostic.message
        groups_by_message.setdefault(key, []).append(diagnostic)
    groups = sorted(groups_by_message.values(), key=lambda group: -len(_locations(group)))
    shown_groups, other_groups = groups[:MAX_SHOWN], groups[MAX_SHOWN:]
    lines = []
    for group in shown_groups:
        more_count = len(_locations(group)) - 1
        suffix = f" ({more_count} more like it)" if more_count else ""
        lines.append(f"{replace(group[0], hint='')}{suffix}")
    hidden_places = _locations(diagnostic for group in other_groups for diagnostic in group)
    hidden_places -= _locations(diagnostic for group in shown_groups for diagnostic in group)
    if hidden_places:
        lines.append(f"and {len(hidden_places)} more, in other ways")
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
    phrase = _CHANGE_PHRASES[change.kind].format(
        old=_truncate(change.old) or "none",
        new=_truncate(change.new) or "none",
        keyword=change.keyword,
    )
    names = list(map(str, change.variants))
    variants = f"{len(names)} kinds of events" if len(names) > 3 else " and ".join(names)
    return (
        f"{_CHANGE_SIGNS.get(change.kind, '~')} {path}: {phrase}"
        + (f" (in {variants})" if variants else "")
        + _SIDE_PHRASES[change.side]
    )


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


def _pairs(impact: Impact) -> str:
    if not impact.pairs:
        return ""
    lines = [*describe_pair_changes(impact.pairs), VERDICT_LEGEND]
    count = f"{len(impact.pairs)} of {len(impact.proved_pairs)}"
    return _section("What changes for pairs of formats", lines, count)


def describe_pair_changes(changes: Sequence[PairChange]) -> list[str]:
    """Return the changes of pairs; pairs with the same change are grouped."""
    groups: dict[PairChange, list[PairChange]] = {}
    for pair_change in changes:
        groups.setdefault(replace(pair_change, source="", target=""), []).append(pair_change)
    return [line for change, pairs in groups.items() for line in _describe_pairs(change, pairs)]


def _describe_pairs(change: PairChange, pairs: Sequence[PairChange]) -> Iterator[str]:
    targets_by_source: dict[str, list[str]] = {}
    for pair in pairs:
        targets_by_source.setdefault(pair.source, []).append(pair.target)
    names = "; ".join(
        f"{source} → {', '.join(targets)}" for source, targets in targets_by_source.items()
    )
    verdicts = f"{change.old} → {change.new}"
    yield f"{names}: {f'{change.old}, as before' if change.old == change.new else verdicts}"
    yield from (f"    {line}" for line in _describe_kinds(change.kind_changes))
    for guards, when in ((change.added_guards, "now"), (change.removed_guards, "no longer")):
        for guard in guards:
            rule = f", {short_location(guard.rule)}" if guard.rule else ""
            yield f"    {when} checked, {guard.place}: {guard.demand} ({guard.code}{rule})"
    yield from (f"    {reason}" for reason in change.because)


def _describe_kinds(kind_changes: Sequence[KindChange]) -> Iterator[str]:
    names_by_change: dict[str, list[str]] = {}
    for kind_change in kind_changes:
        if kind_change.old is None:
            description = f"new, {kind_change.new}"
        elif kind_change.new is None:
            description = f"gone, was {kind_change.old}"
        else:
            description = f"{kind_change.old} → {kind_change.new}"
        names_by_change.setdefault(description, []).append(kind_change.kind)
    for description, names in names_by_change.items():
        more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
        yield f"{', '.join(names[:MAX_SHOWN])}{more}: {description}"


def _models(models: ModelsChange) -> str:
    if models.origin == "not-installed":
        return (
            "The models were not compared, because the generator is not installed; run: "
            "pip install 'event-translator[generate]'"
        )
    if models.origin == "failed":
        return "The models were not compared, because they cannot be generated"
    title = "What changes in the models"
    if models.only_descriptions:
        return f"{title}: only descriptions"
    return _section(title, describe_model_changes(models.changes))


def describe_model_changes(changes: Sequence[ModelChange]) -> list[str]:
    """Return a line for each change of a model: `+ InteractionData.coupon`."""
    return [
        f"{_MODEL_SIGNS[change.kind]} {'.'.join(filter(None, (change.model, change.member)))}"
        for change in changes
    ]


def render_json(impact: Impact) -> str:
    """Return the impact as a JSON object."""
    document: dict[str, Any] = {
        "format": impact.format,
        "old": impact.old,
        "new": impact.new,
        "breaks": impact.breaks,
        "changes": [
            {
                "kind": change.kind,
                "path": format_path(change.path),
                "keyword": change.keyword,
                "old": change.old,
                "new": change.new,
                "variants": change.variants,
                "side": change.side,
            }
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
        "models": {
            "origin": impact.models.origin,
            "only_descriptions": impact.models.only_descriptions,
            "changes": list(map(asdict, impact.models.changes)),
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


REPORTERS: dict[str, Callable[[Impact], str]] = {"text": render_text, "json": render_json}
"""The function for each output format."""
