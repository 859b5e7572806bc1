"""What a new version of a spec does, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from translator.diagnostics import Diagnostic, Location
from translator.impact import Impact
from translator.modeldiff import ModelChange, ModelsChange
from translator.pairdiff import KindChange, PairChange
from translator.paths import show_path
from translator.reporters import findings, rows
from translator.specdiff import Change

WIDTH = 60
"""What was and what is are cut at so many characters, each; JSON has them whole."""

SHOWN = 6
"""So many kinds of events are named, and so many ways in which examples break; JSON has all."""

VERDICTS = (
    "(proved: nothing is left to check at run time; guarded: something is; refused: no event is"
    " translated; wrong: none can be)"
)
"""The verdicts in other words."""

_SIGNS = {"added": "+", "variant-added": "+", "removed": "-", "variant-removed": "-"}

_SIDES = {"both": "", "read": " (in events that are read)", "written": " (in what is written)"}


def as_text(impact: Impact) -> str:
    """For people: a section for each kind of consequence, and at the end whether it breaks."""
    head = f"{impact.format}: {impact.old} → {impact.new}"
    if impact.same:
        return f"{head}\n\nnothing changes: both files hold the same"
    parts = [
        _section("What changes in the events", statements(impact.changes)),
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


def _findings(title: str, found: Sequence[Diagnostic]) -> str:
    return f"{title} ({len(found)})\n\n{findings(found)}" if found else ""


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
    pairs = sum(1 for one in impact.pairs if one.breaks)
    examples = len(_places(impact.examples))
    counts = (
        (len(impact.broken), "to correct"),
        (len(impact.unaccounted), "to account for"),
        (examples, "example broken" if examples == 1 else "examples broken"),
        (pairs, "pair broken" if pairs == 1 else "pairs broken"),
    )
    return f"this breaks: {', '.join(f'{count} {what}' for count, what in counts if count)}"


# --- examples -------------------------------------------------------------------------------------


def _examples(found: Sequence[Diagnostic]) -> str:
    if not found:
        return ""
    return "\n  ".join([f"Examples that break ({len(_places(found))})", *example_statements(found)])


def example_statements(found: Sequence[Diagnostic]) -> list[str]:
    """Where examples break and how many do, the most frequent ways first: a line each.

    `examples/acme.yaml:7:9: error[example-invalid]: … is missing (54 more like it)`
    """
    ways: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for one in sorted(found, key=lambda one: _place(one.location)):
        ways.setdefault((one.location.file, one.code, one.message), []).append(one)
    groups = sorted(ways.values(), key=lambda group: -len(_places(group)))
    shown, rest = groups[:SHOWN], groups[SHOWN:]
    lines = []
    for group in shown:
        more = len(_places(group)) - 1
        text = str(replace(group[0], hint=""))
        lines.append(f"{text} ({more} more like it)" if more else text)
    others = _places(one for group in rest for one in group)
    others -= _places(one for group in shown for one in group)
    return [*lines, f"and {len(others)} more, in other ways"] if others else lines


def _places(found: Iterable[Diagnostic]) -> set[Location]:
    """Where the examples are: one of several events may be found more than once."""
    return {one.location for one in found}


def _place(at: Location) -> tuple[str, int, int]:
    return at.file, at.line, at.column


# --- changes --------------------------------------------------------------------------------------


def statements(changes: Sequence[Change]) -> list[str]:
    """The changes, a line each: `~ data.event: new value "wish"`."""
    renamed = _renamed(changes)
    return [_statement(one) + renamed.get(one, "") for one in changes]


def _statement(change: Change) -> str:
    place = show_path(change.path) or "the event"
    text = f"{_SIGNS.get(change.kind, '~')} {place}: {_said(change)}"
    return text + _where(change) + _SIDES[change.side]


def _renamed(changes: Sequence[Change]) -> dict[Change, str]:
    """What to add of a member that went where a single one of the same type came."""
    ways: dict[tuple[object, ...], tuple[list[Change], list[Change]]] = {}
    for one in changes:
        if one.kind in ("removed", "added"):
            key = (one.path[:-1], one.old or one.new, one.variants, one.side)
            ways.setdefault(key, ([], []))[one.kind == "added"].append(one)
    return {
        gone[0]: f"; perhaps it is {show_path(came[0].path)} now"
        for gone, came in ways.values()
        if len(gone) == len(came) == 1
    }


def _said(change: Change) -> str:
    old, new = (_cut(one) or "none" for one in (change.old, change.new))
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


def _where(change: Change) -> str:
    names = [str(one) for one in change.variants]
    if len(names) > 3:
        return f" (in {len(names)} kinds of events)"
    return f" (in {' and '.join(names)})" if names else ""


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


# --- pairs ----------------------------------------------------------------------------------------


def _pairs(impact: Impact) -> str:
    if not impact.pairs:
        return ""
    title = f"What changes for pairs of formats ({len(impact.pairs)} of {len(impact.proved)})"
    return "\n  ".join([title, *pair_statements(impact.pairs), VERDICTS])


def pair_statements(changes: Sequence[PairChange]) -> list[str]:
    """What changes for pairs, those with the same change together, below it what it is."""
    together: dict[PairChange, list[PairChange]] = {}
    for one in changes:
        together.setdefault(replace(one, source="", target=""), []).append(one)
    return [line for change, pairs in together.items() for line in _pair(change, pairs)]


def _pair(change: PairChange, pairs: Sequence[PairChange]) -> Iterator[str]:
    sources: dict[str, list[str]] = {}
    for one in pairs:
        sources.setdefault(one.source, []).append(one.target)
    named = "; ".join(f"{one} → {', '.join(targets)}" for one, targets in sources.items())
    same = change.old == change.new
    yield f"{named}: {change.old}, as before" if same else f"{named}: {change.old} → {change.new}"
    yield from (f"    {one}" for one in _kinds(change.kinds))
    for guards, when in ((change.added, "now"), (change.removed, "no longer")):
        for guard in guards:
            rule = f", {guard.rule.rpartition('/')[2]}" if guard.rule else ""
            yield f"    {when} checked, {guard.place}: {guard.demand} ({guard.code}{rule})"
    yield from (f"    {one}" for one in change.because)


def _kinds(kinds: Sequence[KindChange]) -> Iterator[str]:
    together: dict[str, list[str]] = {}
    for one in kinds:
        if one.old is None:
            what = f"new, {one.new}"
        elif one.new is None:
            what = f"gone, was {one.old}"
        else:
            what = f"{one.old} → {one.new}"
        together.setdefault(what, []).append(one.kind)
    for what, names in together.items():
        yield f"{_listed(names)}: {what}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


# --- models ---------------------------------------------------------------------------------------


def _models(models: ModelsChange) -> str:
    if not models.changes and not models.described:
        return ""
    title = (
        "What changes in the models"
        if models.origin == "generated"
        else "What changes in the models, as the schemas tell without the generator"
    )
    if models.described:
        return f"{title}: only descriptions"
    return _section(title, model_statements(models.changes))


def model_statements(changes: Sequence[ModelChange]) -> list[str]:
    """The changes of models, a line each: `+ InteractionData.coupon`."""
    signs = {"added": "+", "removed": "-", "changed": "~"}
    return [
        f"{signs[one.kind]} {'.'.join(filter(None, (one.model, one.member)))}" for one in changes
    ]


# --- JSON -----------------------------------------------------------------------------------------


def as_json(impact: Impact) -> str:
    """For programs: one object."""
    document: dict[str, Any] = {
        "format": impact.format,
        "old": impact.old,
        "new": impact.new,
        "breaks": impact.breaks,
        "changes": [
            {
                "kind": one.kind,
                "path": show_path(one.path),
                "keyword": one.keyword,
                "old": one.old,
                "new": one.new,
                "variants": list(one.variants),
                "side": one.side,
            }
            for one in impact.changes
        ],
        "findings": rows(impact.findings),
        "remaining": rows(impact.remaining),
        "resolved": rows(impact.resolved),
        "pairs": [_pair_row(one) for one in impact.pairs],
        "models": {
            "origin": impact.models.origin,
            "only_descriptions": impact.models.described,
            "changes": [asdict(one) for one in impact.models.changes],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _pair_row(change: PairChange) -> dict[str, Any]:
    return {
        "source": change.source,
        "target": change.target,
        "old": change.old,
        "new": change.new,
        "breaks": change.breaks,
        "kinds": [asdict(one) for one in change.kinds],
        "guards_added": [asdict(one) for one in change.added],
        "guards_removed": [asdict(one) for one in change.removed],
        "because": list(change.because),
    }


REPORTERS: dict[str, Callable[[Impact], str]] = {"text": as_text, "json": as_json}
"""The output formats, by name."""
