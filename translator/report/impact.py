"""What a new version of a spec does, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from translator.analysis.impact import Impact, KindChange, PairChange
from translator.analysis.model_diff import ModelChange, ModelsChange
from translator.errors import Diagnostic, Location
from translator.paths import format_path
from translator.report.findings import diagnostics_data, render_findings
from translator.schema.diff import Change

MAX_VALUE_LENGTH = 60
"""What was and what is are cut at so many characters, each; JSON has them whole."""

MAX_SHOWN = 6
"""So many kinds of events are named, and so many ways in which examples break; JSON has all."""

VERDICT_LEGEND = (
    "(proved: nothing is left to check at run time; guarded: something is; refused: no event is"
    " translated; wrong: none can be)"
)
"""The verdicts in other words."""

_CHANGE_SIGNS = {"added": "+", "variant-added": "+", "removed": "-", "variant-removed": "-"}

_SIDE_PHRASES = {
    "both": "",
    "read": " (in events that are read)",
    "written": " (in what is written)",
}


def render_text(impact: Impact) -> str:
    """For people: a section for each kind of consequence, and at the end whether it breaks."""
    head = f"{impact.format}: {impact.old} → {impact.new}"
    if impact.identical:
        return f"{head}\n\nnothing changes: both files hold the same"
    parts = [
        _section("What changes in the events", describe_changes(impact.changes)),
        _findings("What breaks", impact.broken),
        _findings("What no mapping accounts for yet", impact.unaccounted),
        _examples(impact.examples),
        _section("What was found before and is not any more", list(map(str, impact.resolved))),
        _pairs(impact),
        _models(impact.models),
        _remaining(impact),
        _verdict(impact),
    ]
    return "\n\n".join([head, *(part for part in parts if part)])


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n  ".join([f"{title} ({len(lines)})", *lines]) if lines else ""


def _findings(title: str, diagnostics: Sequence[Diagnostic]) -> str:
    return f"{title} ({len(diagnostics)})\n\n{render_findings(diagnostics)}" if diagnostics else ""


def _remaining(impact: Impact) -> str:
    count = len(impact.remaining)
    if not count:
        return ""
    if count == 1:
        return "1 finding was there before and stays; `translator check` shows it"
    return f"{count} findings were there before and stay; `translator check` shows them"


def _verdict(impact: Impact) -> str:
    if not impact.breaks and impact.remaining:
        return "nothing breaks that was not broken before"
    if not impact.breaks:
        return "nothing breaks" if impact.changes else "nothing breaks: the events stay as they are"
    pair_count = sum(1 for pair_change in impact.pairs if pair_change.breaks)
    example_count = len(_locations(impact.examples))
    counts = (
        (len(impact.broken), "to correct"),
        (len(impact.unaccounted), "to account for"),
        (example_count, "example broken" if example_count == 1 else "examples broken"),
        (pair_count, "pair broken" if pair_count == 1 else "pairs broken"),
    )
    return f"this breaks: {', '.join(f'{count} {label}' for count, label in counts if count)}"


# --- examples -------------------------------------------------------------------------------------


def _examples(diagnostics: Sequence[Diagnostic]) -> str:
    if not diagnostics:
        return ""
    return "\n  ".join(
        [f"Examples that break ({len(_locations(diagnostics))})", *describe_examples(diagnostics)]
    )


def describe_examples(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Where examples break and how many do, the most frequent ways first: a line each.

    `examples/acme.yaml:7:9: error[example-invalid]: … is missing (54 more like it)`
    """
    groups_by_message: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for diagnostic in sorted(
        diagnostics, key=lambda diagnostic: _location_key(diagnostic.location)
    ):
        groups_by_message.setdefault(
            (diagnostic.location.file, diagnostic.code, diagnostic.message), []
        ).append(diagnostic)
    groups = sorted(groups_by_message.values(), key=lambda group: -len(_locations(group)))
    shown_groups, other_groups = groups[:MAX_SHOWN], groups[MAX_SHOWN:]
    lines = []
    for group in shown_groups:
        more_count = len(_locations(group)) - 1
        line = str(replace(group[0], hint=""))
        lines.append(f"{line} ({more_count} more like it)" if more_count else line)
    other_places = _locations(diagnostic for group in other_groups for diagnostic in group)
    other_places -= _locations(diagnostic for group in shown_groups for diagnostic in group)
    return [*lines, f"and {len(other_places)} more, in other ways"] if other_places else lines


def _locations(diagnostics: Iterable[Diagnostic]) -> set[Location]:
    """Where the examples are: one of several events may be found more than once."""
    return {diagnostic.location for diagnostic in diagnostics}


def _location_key(location: Location) -> tuple[str, int, int]:
    return location.file, location.line, location.column


# --- changes --------------------------------------------------------------------------------------


def describe_changes(changes: Sequence[Change]) -> list[str]:
    """The changes, a line each: `~ data.event: new value "wish"`."""
    rename_hints = _rename_hints(changes)
    return [_describe_change(change) + rename_hints.get(change, "") for change in changes]


def _describe_change(change: Change) -> str:
    path_string = format_path(change.path) or "the event"
    line = f"{_CHANGE_SIGNS.get(change.kind, '~')} {path_string}: {_change_phrase(change)}"
    return line + _variants_suffix(change) + _SIDE_PHRASES[change.side]


def _rename_hints(changes: Sequence[Change]) -> dict[Change, str]:
    """What to add of a member that went where a single one of the same type came."""
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


def _change_phrase(change: Change) -> str:
    old, new = (_truncate(value) or "none" for value in (change.old, change.new))
    match change.kind:
        case "added":
            return f"new, {new}"
        case "removed":
            return f"gone, was {old}"
        case "type":
            return f"{old} → {new}"
        case "format":
            return f"format {old} → {new}"
        case "bound" | "constraint":
            return f"{change.keyword} {old} → {new}"
        case "value-added":
            return f"new value {new}"
        case "value-removed":
            return f"value {old} is gone"
        case "values-closed":
            return f"any value → only {new}"
        case "values-opened":
            return f"only {old} → any value"
        case "required":
            return "now required"
        case "optional":
            return "no longer required"
        case "closed":
            return "no longer takes unknown members"
        case "opened":
            return "now takes unknown members"
        case "variant-added":
            return f"new kind of event, {new}"
        case "variant-removed":
            return f"kind of event {old} is gone"
    raise AssertionError(change.kind)


def _variants_suffix(change: Change) -> str:
    names = [str(variant) for variant in change.variants]
    if len(names) > 3:
        return f" (in {len(names)} kinds of events)"
    return f" (in {' and '.join(names)})" if names else ""


def _truncate(string: str) -> str:
    return string if len(string) <= MAX_VALUE_LENGTH else f"{string[: MAX_VALUE_LENGTH - 1]}…"


# --- pairs ----------------------------------------------------------------------------------------


def _pairs(impact: Impact) -> str:
    if not impact.pairs:
        return ""
    title = f"What changes for pairs of formats ({len(impact.pairs)} of {len(impact.proved_pairs)})"
    return "\n  ".join([title, *describe_pair_changes(impact.pairs), VERDICT_LEGEND])


def describe_pair_changes(changes: Sequence[PairChange]) -> list[str]:
    """What changes for pairs, those with the same change together, below it what it is."""
    groups: dict[PairChange, list[PairChange]] = {}
    for pair_change in changes:
        groups.setdefault(replace(pair_change, source="", target=""), []).append(pair_change)
    return [line for change, pairs in groups.items() for line in _describe_pairs(change, pairs)]


def _describe_pairs(change: PairChange, pairs: Sequence[PairChange]) -> Iterator[str]:
    sources: dict[str, list[str]] = {}
    for item in pairs:
        sources.setdefault(item.source, []).append(item.target)
    pair_names = "; ".join(f"{item} → {', '.join(targets)}" for item, targets in sources.items())
    is_same = change.old == change.new
    yield (
        f"{pair_names}: {change.old}, as before"
        if is_same
        else f"{pair_names}: {change.old} → {change.new}"
    )
    yield from (f"    {item}" for item in _describe_kinds(change.kind_changes))
    for guards, when in ((change.added_guards, "now"), (change.removed_guards, "no longer")):
        for guard in guards:
            rule = f", {guard.rule.rpartition('/')[2]}" if guard.rule else ""
            yield f"    {when} checked, {guard.place}: {guard.demand} ({guard.code}{rule})"
    yield from (f"    {item}" for item in change.because)


def _describe_kinds(kinds: Sequence[KindChange]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for kind_change in kinds:
        if kind_change.old is None:
            description = f"new, {kind_change.new}"
        elif kind_change.new is None:
            description = f"gone, was {kind_change.old}"
        else:
            description = f"{kind_change.old} → {kind_change.new}"
        groups.setdefault(description, []).append(kind_change.kind)
    for description, names in groups.items():
        yield f"{_format_names(names)}: {description}"


def _format_names(names: Sequence[str]) -> str:
    more_count = len(names) - MAX_SHOWN
    return ", ".join(names[:MAX_SHOWN]) + (f" and {more_count} more" if more_count > 0 else "")


# --- models ---------------------------------------------------------------------------------------


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
    """The changes of models, a line each: `+ InteractionData.coupon`."""
    signs = {"added": "+", "removed": "-", "changed": "~"}
    return [
        f"{signs[change.kind]} {'.'.join(filter(None, (change.model, change.member)))}"
        for change in changes
    ]


# --- JSON -----------------------------------------------------------------------------------------


def render_json(impact: Impact) -> str:
    """For programs: one object."""
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
                "variants": list(change.variants),
                "side": change.side,
            }
            for change in impact.changes
        ],
        "findings": diagnostics_data(impact.findings),
        "remaining": diagnostics_data(impact.remaining),
        "resolved": diagnostics_data(impact.resolved),
        "pairs": [_pair_data(change) for change in impact.pairs],
        "models": {
            "origin": impact.models.origin,
            "only_descriptions": impact.models.only_descriptions,
            "changes": [asdict(change) for change in impact.models.changes],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _pair_data(change: PairChange) -> dict[str, Any]:
    return {
        "source": change.source,
        "target": change.target,
        "old": change.old,
        "new": change.new,
        "breaks": change.breaks,
        "kinds": [asdict(record) for record in change.kind_changes],
        "guards_added": [asdict(record) for record in change.added_guards],
        "guards_removed": [asdict(record) for record in change.removed_guards],
        "because": list(change.because),
    }


REPORTERS: dict[str, Callable[[Impact], str]] = {"text": render_text, "json": render_json}
"""The output formats, by name."""
