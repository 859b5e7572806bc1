"""Refuse what the mapping language has, but the compiler does not translate yet.

Each function is about one construct, and is removed with the step that implements it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from translator.errors import Diagnostic, Location
from translator.language import nodes
from translator.paths import Path, Pick, Selection, format_path


def check_support(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    """Yield a finding for each construct of a mapping that is not translated yet."""
    places = chain(
        _selections(mapping),
        _sections(mapping),
    )
    for what, location in dict.fromkeys(places):
        message = f"{what} not supported yet"
        yield Diagnostic("not-supported", location, message, "leave it out for now")


Places = Iterator[tuple[str, Location]]


def _selections(mapping: nodes.Mapping) -> Places:
    paths: list[tuple[Path, Location]] = [
        *((item.path, item.location) for item in mapping.constants),
        *((item.path, item.location) for item in mapping.param_fields),
        *((case.scope.path, case.location) for case in mapping.cases if case.scope),
    ]
    for rule in mapping.all_rules():
        paths += ((path, rule.location) for path in (*rule.left, *rule.right))
        paths += ((item.path, item.location) for item in rule.fallbacks if item.path)
    for condition, location in mapping.conditions():
        paths += ((path, location) for path, _ in (*condition.left, *condition.right))
    for table in mapping.tables:
        for row in table.rows:
            paths += ((path, row.location) for path, _ in (*row.left, *row.right))
    for path, location in paths:
        selections = [step for step in path if isinstance(step, Selection)]
        is_root_rest = isinstance(path[0], Selection) and not path[0].picks
        if is_root_rest or not all(
            _is_supported(pick) for each in selections for pick in each.picks
        ):
            yield f"the selection `{format_path(path)}` is", location
    yield from (("named selections are", item.location) for item in mapping.selections)


def _is_supported(pick: Pick) -> bool:
    return not isinstance(pick, str) or pick in ("last", "only", "*")


def _sections(mapping: nodes.Mapping) -> Places:
    for item in mapping.incomplete:
        if not item.on_left:
            yield "'incomplete' of the right is", item.location
