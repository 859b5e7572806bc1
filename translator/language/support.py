"""Refuse what the mapping language has, but the compiler does not translate yet.

Each function is about one construct, and is removed with the step that implements it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from translator.errors import Diagnostic, Location
from translator.language import nodes
from translator.language.nodes import ABSENT, OTHERS, PRESENT
from translator.paths import Path, Pick, Selection, format_path


def check_support(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    """Yield a finding for each construct of a mapping that is not translated yet."""
    places = chain(
        _selections(mapping),
        _conditions(mapping),
        _rules(mapping),
        _chains(mapping),
        _tables(mapping),
        _scopes(mapping),
        _codecs(mapping),
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
        selections = [segment for segment in path if isinstance(segment, Selection)]
        is_root_rest = isinstance(path[0], Selection) and not path[0].picks
        if is_root_rest or not all(
            _is_supported(pick) for each in selections for pick in each.picks
        ):
            yield f"the selection `{format_path(path)}` is", location
    yield from (("named selections are", item.location) for item in mapping.selections)


def _is_supported(pick: Pick) -> bool:
    return not isinstance(pick, str) or pick in ("last", "only", "*")


def _conditions(mapping: nodes.Mapping) -> Places:
    for case in mapping.cases:
        for on_left, (path, cell) in (
            *((True, item) for item in case.when.left),
            *((False, item) for item in case.when.right),
        ):
            is_known = isinstance(cell, tuple) or cell in (ABSENT, PRESENT)
            if not (is_known if on_left else cell is PRESENT):
                yield f"this condition on `{format_path(path)}` of a case is", case.location
    for rule in mapping.all_rules():
        if rule.when:
            yield "'when' of a rule is", rule.location
        if rule.not_when:
            yield "a list of rules is", rule.location
        for fallback in rule.fallbacks:
            written = fallback.when.record(left=fallback.to_left)
            read = fallback.when.record(left=not fallback.to_left)
            is_value = not isinstance(fallback.value, nodes.Unset)
            is_known = not read and not is_value and all(cell is ABSENT for _, cell in written)
            if fallback.when and not is_known:
                yield "this condition in 'else' is", fallback.location


def _rules(mapping: nodes.Mapping) -> Places:
    for rule in mapping.all_rules():
        if rule.left_all or rule.right_all:
            yield "`a & b` is", rule.location
        if rule.agree:
            yield "'agree' is", rule.location
        if rule.omit_default:
            yield "'omit' is", rule.location
        outcomes = (rule.unfit_left, rule.unfit_right, *(each.unfit for each in rule.fallbacks))
        if "next" in outcomes:
            yield "'unfit: next' is", rule.location


def _chains(mapping: nodes.Mapping) -> Places:
    for rule in mapping.all_rules():
        for to_left in (True, False):
            sources = rule.chain(to_left=to_left)
            for number, fallback in enumerate(sources, 1):
                is_value = not isinstance(fallback.value, nodes.Unset)
                if is_value and number < len(sources):
                    yield "a value that is not the last source is", fallback.location
                if is_value and fallback.kind != "exact":
                    yield "a value that is approximate is", fallback.location
                if is_value and isinstance(fallback.value, list | dict):
                    yield "a value that is a list or a map is", fallback.location
                if fallback.required:
                    yield "'required' is", fallback.location
                if fallback.param and fallback.kind != "exact":
                    yield "a param that is approximate is", fallback.location


def _tables(mapping: nodes.Mapping) -> Places:
    for table in mapping.all_tables():
        for row in table.rows:
            if row.defaults:
                yield "the third record of a row is", row.location
        for refused_row in table.refused_rows:
            if refused_row.skip:
                yield "'skip' is", refused_row.location
        records = [(record, row.location) for row in table.rows for record in (row.left, row.right)]
        records += ((row.record, row.location) for row in table.refused_rows)
        for record, location in records:
            for _, cell in record:
                if isinstance(cell, nodes.AnyOf) or cell in (OTHERS, PRESENT):
                    word = cell.value if isinstance(cell, nodes.CellWord) else "`a | b`"
                    yield f"{word} in a table is", location


def _scopes(mapping: nodes.Mapping) -> Places:
    for case in mapping.cases:
        if case.scope is not None and case.scope.size != 1:
            yield ("'all' is" if case.scope.size is None else "'at_most' is"), case.location


def _codecs(mapping: nodes.Mapping) -> Places:
    for rule in mapping.all_rules():
        for codec in (rule.codec, *(fallback.codec for fallback in rule.fallbacks)):
            match codec:
                case nodes.Pipeline():
                    yield "a list of codecs is", rule.location
                case (
                    nodes.Duration()
                    | nodes.Number()
                    | nodes.Text()
                    | nodes.Shift()
                    | nodes.LetterCase()
                    | nodes.Prefix()
                    | nodes.Split()
                    | nodes.JsonText()
                    | nodes.Pairs()
                    | nodes.DateTime(plain=True)
                    | nodes.Iso8601(plain=True)
                    | nodes.DateTime(epoch="microseconds")
                    | nodes.Epoch(unit="microseconds")
                    | nodes.Epoch(finer="cut")
                    | nodes.Epoch(fraction=True)
                ):
                    yield f"this codec ({type(codec).__name__}) is", rule.location


def _sections(mapping: nodes.Mapping) -> Places:
    yield from (("'incomplete' is", item.location) for item in mapping.incomplete)
    for constant in mapping.constants:
        if isinstance(constant.value, list | dict):
            yield "a constant that is a list or a map is", constant.location
    if mapping.carry_slot is not None and mapping.carry_slot.skip_unfit:
        yield "'unfit' of 'carries' is", mapping.carry_slot.location
