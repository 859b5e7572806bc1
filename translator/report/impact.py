"""Render what a new version of a spec changes and breaks, as text, Markdown or data for CI."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from translator.analysis.impact import Impact, PairChange
from translator.analysis.model_diff import ModelsChange
from translator.errors import Diagnostic, Location
from translator.paths import format_path
from translator.report.findings import (
    Annotation,
    annotate,
    diagnostics_data,
    github_commands,
    pluralise,
    render_findings,
    sarif_document,
)
from translator.report.printable import Printable, join_printable, printable, printable_json
from translator.report.proof import short_location
from translator.report.style import PLAIN, Colour, Style
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


class _Section(NamedTuple):
    """A title with a count, if any, and a body, which is either a list or blocks of lines."""

    title: str
    total: str
    body: Printable
    is_list: bool = True


def render_text(impact: Impact, style: Style = PLAIN) -> Printable:
    """Return a section for each kind of consequence, and finally whether anything breaks."""
    blocks = [f"{impact.format}: {impact.old} → {impact.new}"]
    for title, count, body, is_list in _sections(impact, style):
        if not is_list:
            blocks.append(join_printable([f"{title} ({count})", body], "\n\n"))
        elif body:
            lines = (_paint_change(Printable(line), style) for line in body.split("\n"))
            blocks.append(join_printable([f"{title} ({count})", *lines], "\n  "))
        else:
            blocks.append(printable(title))
    return join_printable([*blocks, _verdict(impact)], "\n\n")


def _paint_change(line: Printable, style: Style) -> Printable:
    colours: dict[str, Colour] = {"+ ": "green", "- ": "red", "~ ": "yellow"}
    return style.paint(line, colours[line[:2]]) if line[:2] in colours else line


def render_markdown(impact: Impact) -> Printable:
    """Return the same as `render_text`, as the body of a comment or a job summary.

    What comes from specs and mappings is inside of code blocks, where it has no other effect.
    """
    head = [f"{impact.format}: {impact.old} → {impact.new}", _verdict(impact)]
    blocks = ["## Impact of a new spec", _fence(join_printable(head))]
    for title, count, body, is_list in _sections(impact, PLAIN):
        blocks.append(f"### {title}{f' ({count})' if count else ''}")
        if body:
            is_diff = is_list and body.startswith(("+ ", "- ", "~ "))
            blocks.append(_fence(body, "diff" if is_diff else "text"))
    return join_printable(blocks, "\n\n")


def _fence(body: Printable, language: str = "text") -> Printable:
    """Return a code block, with a fence that is longer than all in its body."""
    longest = max(map(len, re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return join_printable([f"{fence}{language}", body, fence])


def _sections(impact: Impact, style: Style) -> Iterator[_Section]:
    if impact.identical:
        return
    example_count = len(_locations(impact.examples))
    pairs = _describe_pairs(impact.pairs)
    pair_count = f"{len(impact.pairs)} of {len(impact.proved_pairs)}"
    sections = (
        _list_section("What changes in the events", describe_changes(impact.changes)),
        _findings("What breaks", impact.broken, style),
        _findings("What no mapping accounts for yet", impact.unaccounted, style),
        _list_section("Examples that break", describe_examples(impact.examples), example_count),
        _list_section("Findings that are resolved", list(map(str, impact.resolved))),
        _list_section("What changes for pairs of formats", pairs, pair_count),
        _models(impact.models),
    )
    yield from (section for section in sections if section.body or not section.total)


def _verdict(impact: Impact) -> Printable:
    """Return whether anything breaks, and whether there were findings before."""
    if impact.identical:
        return printable("nothing changes: both files have the same content")
    lines = []
    if impact.remaining:
        verb = "remains" if len(impact.remaining) == 1 else "remain"
        count = pluralise(len(impact.remaining), "earlier finding")
        lines.append(f"{count} {verb}; run `translator check` for details")
    if impact.breaks:
        counts = (
            f"{len(impact.broken)} to correct",
            f"{len(impact.unaccounted)} to account for",
            f"{pluralise(len(_locations(impact.examples)), 'example')} broken",
            f"{pluralise(sum(change.breaks for change in impact.pairs), 'pair')} broken",
        )
        lines.append(f"this breaks: {', '.join(count for count in counts if count[:2] != '0 ')}")
    elif impact.remaining:
        lines.append("nothing breaks that was not broken before")
    else:
        lines.append("nothing breaks" + ("" if impact.changes else ": the events do not change"))
    return join_printable(lines, "\n\n")


def _list_section(title: str, lines: Sequence[str], count: int | str = "") -> _Section:
    """Return a section with a line for each entry; its body is empty if there are none."""
    return _Section(title, str(count or len(lines)), join_printable(lines))


def _findings(title: str, diagnostics: Sequence[Diagnostic], style: Style) -> _Section:
    body = render_findings(diagnostics, style=style) if diagnostics else Printable()
    return _Section(title, str(len(diagnostics)), body, is_list=False)


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
        lines.append(f"{group[0]._replace(hint='')}{suffix}")
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
    lines: list[str] = []
    for head, *details in _group_pairs(changes):
        lines += (head, *(f"    {detail}" for detail in details))
    return [*lines, VERDICT_LEGEND] if lines else []


def _group_pairs(changes: Iterable[PairChange]) -> Iterator[list[str]]:
    """Yield, for each distinct change, a line with its pairs and lines with its details."""
    targets: dict[PairChange, dict[str, list[str]]] = {}
    for change in changes:
        by_source = targets.setdefault(replace(change, source="", target=""), {})
        by_source.setdefault(change.source, []).append(change.target)
    for change, by_source in targets.items():
        names = "; ".join(f"{source} → {', '.join(group)}" for source, group in by_source.items())
        old, new = change.old, change.new
        head = f"{names}: {f'{old}, as before' if old == new else f'{old} → {new}'}"
        yield [head, *_describe_verdicts(change)]


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


def _models(models: ModelsChange) -> _Section:
    if models.origin in _NO_MODELS_PHRASES:
        reason = _NO_MODELS_PHRASES[models.origin]
        return _Section(f"The models were not compared, because {reason}", "", Printable())
    title = "What changes in the models"
    if models.only_descriptions:
        return _Section(f"{title}: only descriptions", "", Printable())
    lines = [
        f"{_MODEL_SIGNS[change.kind]} {'.'.join(filter(None, (change.model, change.member)))}"
        for change in models.changes
    ]
    return _list_section(title, lines)


def render_github(impact: Impact) -> Printable:
    """Return workflow commands for what breaks, and a notice with the verdict."""
    verdict = f"{impact.format}: {pluralise(len(impact.changes), 'change')}; {_verdict(impact)}"
    notice = Annotation("notice", "impact", Location(impact.new), verdict)
    return github_commands([*_annotations(impact), notice])


def render_sarif(impact: Impact) -> Printable:
    """Return a SARIF 2.1.0 document with what breaks."""
    return sarif_document(_annotations(impact))


def _annotations(impact: Impact) -> list[Annotation]:
    """Return an annotation for each finding, and in the new spec for pairs that break."""
    place = Location(impact.new)
    groups = _group_pairs(change for change in impact.pairs if change.breaks)
    pairs = (Annotation("error", "broken-pair", place, "; ".join(lines)) for lines in groups)
    return [*annotate(impact.findings), *pairs]


def render_all(
    impacts: Sequence[Impact], output_format: str, style: Style, none_changed: str
) -> Printable:
    """Return the impact of several specs in one of the formats of `REPORTERS`, JSON as a list.

    Text and Markdown say `none_changed` if there are none.
    """
    match output_format:
        case "json":
            return printable_json(list(map(to_data, impacts)))
        case "sarif":
            return sarif_document([item for impact in impacts for item in _annotations(impact)])
        case "github":
            return join_printable(map(render_github, impacts))
        case "markdown":
            return join_printable(map(render_markdown, impacts), "\n\n") or _fence(
                printable(none_changed)
            )
    texts = [render_text(impact, style) for impact in impacts]
    return join_printable(texts, "\n\n\n") or printable(none_changed)


def render_json(impact: Impact) -> Printable:
    """Return the impact as a JSON object."""
    return printable_json(to_data(impact))


def to_data(impact: Impact) -> dict[str, Any]:
    """Return the impact as data for JSON."""
    return {
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


REPORTERS: dict[str, Callable[[Impact], Printable]] = {
    "text": render_text,
    "json": render_json,
    "markdown": render_markdown,
    "github": render_github,
    "sarif": render_sarif,
}
"""The function for each output format."""
