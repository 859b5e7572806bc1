"""Draw real events: the values at both ends, the rule on each line, one card per translation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from translator.analysis.explain import Explanation, InputLeaf, InputOutcome, OutputLeaf
from translator.catalog.catalog import Catalog
from translator.errors import Location
from translator.paths import field_path
from translator.report.drawing import SIGNS, Drawing, End, Line, Sign, Start, lay_out, render_svg
from translator.report.explain import is_at_or_in
from translator.report.fields import field_facts
from translator.report.page import PageFiles, render_page

MAX_EVENTS = 50
"""Maximum number of events that a page draws."""

MAX_FIELDS = 400
"""Maximum number of fields that a drawing has on either side."""

_MAX_VALUE_LENGTH = 300

_SIGNS: dict[InputOutcome, Sign] = {
    "kept": "exact",
    "implied": "exact",
    "normalised": "exact",
    "approximated": "approximate",
    "carried": "carried",
    "lost": "lost",
}

_EXACT: list[Sign] = ["exact"]

_LEGEND: dict[Sign, str] = {
    "exact": "exact",
    "approximate": "approximate",
    "opt-in": "by an opt-in",
    "carried": "stored for the return trip",
    "lost": "lost",
}


def draw_event(catalog: Catalog, explanation: Explanation) -> Drawing:
    """Lay out the drawing of one event: its fields, and those of each of its translations.

    Fields that are lost are on the left, without a line.
    """
    source, target = explanation.route[0], explanation.route[-1]
    source_facts = partial(
        field_facts, catalog.spec(source), catalog.event_type(source, for_output=False)
    )
    target_facts = partial(
        field_facts, catalog.spec(target), catalog.event_type(target, for_output=True)
    )
    written = explanation.written[:MAX_FIELDS]
    starts = [
        Start(
            leaf.path,
            _SIGNS[leaf.outcome],
            tuple(
                _line(leaf, output)
                for output in written
                if any(is_at_or_in(leaf.path, path) for path in output.sources)
            ),
            source_facts(field_path(leaf.path)),
            _format_value(leaf.value),
            leaf.because,
        )
        for leaf in explanation.read[:MAX_FIELDS]
    ]
    count = len(explanation.events) or max((leaf.event_index for leaf in written), default=-1) + 1
    cards = []
    for index in range(count):
        ends = [
            End(
                leaf.path,
                target_facts(field_path(leaf.path)),
                _format_value(leaf.value),
                "" if leaf.sources else _origin(leaf),
                leaf.uses if not leaf.sources else (),
            )
            for leaf in written
            if leaf.event_index == index
        ]
        cards.append((f"Event {index + 1} of {count}" if count > 1 else "", ends))
    return lay_out(source, target, starts, cards)


def _line(leaf: InputLeaf, output: OutputLeaf) -> Line:
    kinds: list[Sign] = [use.kind for use in output.uses]
    if any(use.operation == "carried" for use in output.uses):
        kinds = ["carried"]
    elif leaf.outcome == "approximated":
        kinds.append("approximate")
    sign = max(kinds or _EXACT, key=list(SIGNS).index)
    because = leaf.because or next((use.because for use in output.uses if use.because), "")
    return Line(output.path, sign, output.uses, because, card=output.event_index)


def _origin(leaf: OutputLeaf) -> str:
    use = leaf.uses[0] if leaf.uses else None
    return f"{use.operation} {use.name}".rstrip() if use else "constant"


def _format_value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _MAX_VALUE_LENGTH:
        return text
    return f"{text[:_MAX_VALUE_LENGTH]}… ({len(text)} characters)"


def render_events(
    catalog: Catalog,
    pair: tuple[str, str],
    explanations: Sequence[Explanation],
    total: int,
    name: str,
) -> str:
    """Return the page of the first of `total` events of the input `name`; it loads nothing."""
    return render_page(
        "explain.html.j2",
        PageFiles(catalog.folders, [pair]),
        pair=pair,
        events=[_event_section(catalog, each) for each in explanations],
        total=total,
        name=name,
        max_fields=MAX_FIELDS,
    )


def _event_section(catalog: Catalog, explanation: Explanation) -> dict[str, Any]:
    """Return what the page shows of one event; lost fields are listed, and not drawn."""
    drawing = draw_event(catalog, explanation)
    drawn = [each.start for each in drawing.starts if each.start.sign != "lost"]
    refusal = explanation.refusal
    leaves = list(explanation.read)
    return {
        "explanation": explanation,
        "drawing": lay_out(
            drawing.source,
            drawing.target,
            drawn,
            [(card.title, [end.end for end in card.ends]) for card in drawing.cards],
        ),
        "lost": [leaf for leaf in leaves if leaf.outcome == "lost"],
        "changed": [leaf for leaf in leaves if leaf.because and leaf.outcome != "lost"],
        "signs": _SIGNS,
        "rule": _location(refusal.rule) if refusal is not None and refusal.rule else None,
        "tried": _format_value(refusal.tried) if refusal is not None else "",
        "left_out": max(len(explanation.read), len(explanation.written)) > MAX_FIELDS,
        "format": _format_value,
    }


def _location(place: str) -> Location:
    file, _, rest = place.rpartition(":")
    file, _, line = file.rpartition(":")
    return (
        Location(file, int(line), int(rest))
        if line.isdecimal() and rest.isdecimal()
        else (Location(place))
    )


def render_event_svg(catalog: Catalog, explanation: Explanation) -> str:
    """Return the drawing of one event as an SVG picture that stands alone."""
    drawing = draw_event(catalog, explanation)
    signs = {*drawing.lines_by_sign, *drawing.starts_by_sign}
    title = f"One event on its way from {drawing.source} to {drawing.target}"
    if (refusal := explanation.refusal) is not None:
        title = f"{title}, refused: {refusal.code} at {refusal.path}"
    return render_svg(drawing, title, {sign: _LEGEND[sign] for sign in _LEGEND if sign in signs})
