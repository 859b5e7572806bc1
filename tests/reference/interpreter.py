"""The reference interpreter: translates one event by reading the mappings, without compiling.

It is slow and simple on purpose, and validates every written value against the target's schema.
For a refused event it returns all reasons, because the engine may report any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.reference.decisions import (
    RouteStep,
    Settings,
    apply_rows,
    check_constants,
    check_element_constants,
    matches,
    select_case,
)
from tests.reference.mapped_view import MappedView, pattern
from tests.reference.places import Place
from tests.reference.views import (
    Event,
    Json,
    Pattern,
    Reason,
    Refused,
    Run,
    Steps,
    View,
    is_below,
    is_loop,
    selected_indexes,
    tagged,
    without,
)
from translator.language.nodes import ABSENT, PRESENT, AnyOf, Case, Cell, Scope
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path, Selection
from translator.schema.types import json_equal


def translate(
    event: Json, source: Place, route: Sequence[RouteStep], settings: Settings
) -> tuple[list[Json], list[Reason]]:
    """The translations of a valid event, or all reasons to refuse it."""
    if source.discriminator is not None:
        variant = source.variant(event[source.discriminator])
        assert variant is not None
        source = variant
    view: View = Event(event, source)
    reasons: list[Reason] = []
    for route_step in route[:-1]:
        try:
            view = _map_step(route_step, view, settings, reasons)
        except Refused as refused:
            return [], [*reasons, refused.reason]
    try:
        outputs = _LastStep(route[-1], view, settings, reasons).events()
    except Refused as refused:
        reasons.append(refused.reason)
        outputs = []
    return ([], reasons) if reasons else (outputs, [])


def _map_step(route_step: RouteStep, view: View, settings: Settings, reasons: list[Reason]) -> View:
    rows = apply_rows(route_step, view, settings)
    check_constants(route_step, view, reasons)
    case = select_case(route_step, view)
    without = _without_crosswalks(settings)
    return MappedView(route_step, view, case, rows, without, is_last=False)


def _without_crosswalks(settings: Settings) -> Settings:
    """Settings for all steps but the last, which applies the crosswalks."""
    return Settings(settings.params, settings.allow)


FAILED = object()
"""A value that is present, but cannot be written."""


def _outermost(path: Pattern) -> Pattern:
    """The path of the elements of the first list on a path; empty without one."""
    loops = [position for position, step in enumerate(path) if is_loop(step)]
    return path[: loops[0] + 1] if loops else ()


class _Run(NamedTuple):
    """Elements of a list that become an event: from `start`, up to `end` or all that are left."""

    start: int
    end: int | None
    several: bool


class _LastStep:
    """The last step of a route: writes whole events, and collects all reasons to refuse them."""

    def __init__(
        self, route_step: RouteStep, source: View, settings: Settings, reasons: list[Reason]
    ) -> None:
        self.route_step, self.source = route_step, source
        self.settings, self.reasons = settings, reasons
        self.rows = apply_rows(route_step, source, settings)
        check_constants(route_step, source, reasons)

    def events(self) -> list[Json]:
        if not self.route_step.direction.to_left:
            return [self._event(select_case(self.route_step, self.source), None)]
        for case in self.route_step.direction.cases():
            if not all(matches(self.source, path, cell) for path, cell in case.when.right):
                continue
            if not self._writes_present(case) or not self._agrees_with_rows(case):
                continue
            if self._is_read_before(case):
                continue
            if case.scope is None:
                return [self._event(case, None)]
            each = case.scope.path[:-1]
            try:
                count = self.source.length(each)
            except Refused:
                self._report_without_item()
                raise
            if not count:
                continue
            check_element_constants(self.route_step, self.source, each, count)
            if case.scope.size is None:
                return [self._event(case, None)]
            if case.scope.size == 1:
                several = count > 1
                return [self._event(case, index, several=several) for index in range(count)]
            return [self._event(case, None, run) for run in self._runs(case.scope, count)]
        self._report_without_item()
        raise Refused("no-item")

    def _writes_present(self, case: Case) -> bool:
        """Whether a case writes the fields whose presence its `when` requires."""
        cells = [
            (at, cell)
            for at, cell in case.when.left
            if not isinstance(cell, tuple) and not self._reads_element(case, at)
        ]
        if not cells:
            return True
        try:
            view = MappedView(self.route_step, self.source, case, self.rows, self.settings)
            return all(view.honours(at, cell) for at, cell in cells)
        except Refused:
            return True

    def _reads_element(self, case: Case, at: Pattern) -> bool:
        """Whether a case writes a field from the one element that its event is about."""
        if case.scope is None or case.scope.size != 1:
            return False
        return any(
            path[: len(case.scope.path)] == case.scope.path
            for rule in self.route_step.direction.rules(case)
            if any(target[: len(at)] == at for target in rule.targets)
            for origin in rule.origins
            for path in origin.paths
        )

    def _runs(self, scope: Scope, count: int) -> list[_Run]:
        """The runs of elements that become an event each."""
        assert scope.size is not None
        several = count > scope.size
        return [
            _Run(start, start + scope.size if start + scope.size < count else None, several)
            for start in range(0, count, scope.size)
        ]

    def _parallel_lists(self, case: Case) -> list[Pattern]:
        """The list of the scope, and those that fill the same lists as it does."""
        assert case.scope is not None
        elements = case.scope.path
        rules = self.route_step.direction.rules(case)
        filled = {
            _outermost(target)
            for rule in rules
            for origin in rule.origins
            for path in origin.paths
            if path[: len(elements)] == elements
            for target in rule.targets
        }
        parallel = {
            _outermost(path)
            for rule in rules
            for origin in rule.origins
            if origin.skips or any(_outermost(target) in filled for target in rule.targets)
            for path in origin.paths
        }
        lists = [path[:-1] for path in (elements, *sorted(parallel - {elements, ()}))]
        return [path for path in lists if path]

    def _is_read_before(self, case: Case) -> bool:
        """Whether an earlier case is certain to read the event that a case writes."""
        for other in self.route_step.direction.cases():
            if other is case:
                return False
            is_condition = other.only_to is None and bool(other.when.left)
            if is_condition and all(
                self._is_certain(case, at, cell) for at, cell in other.when.left
            ):
                return True
        return False

    def _is_certain(self, case: Case, at: Pattern, cell: Cell) -> bool:
        """Whether what a case writes to a field is known to match a cell."""
        if isinstance(cell, AnyOf):
            found = [self._is_certain(case, each, cell.cell) for each in cell.paths]
            return all(found) if cell.cell is ABSENT else any(found)
        rules = self.route_step.direction.rules(case)
        row = self.rows.get(at)
        if cell is ABSENT:
            written = {target for rule in rules for target in rule.targets}
            written |= {path for path, each in self.rows.items() if not each.absent}
            carries = self.route_step.direction.mapping.carry_slot
            written |= {carries.slot} if carries is not None else set()
            return not any(other[: len(at)] == at or at[: len(other)] == other for other in written)
        if isinstance(cell, tuple):
            origins = [each for rule in rules if rule.targets == (at,) for each in rule.origins]
            if len(origins) > 1 or any(origin.param for origin in origins):
                return False
            try:
                view = MappedView(self.route_step, self.source, case, self.rows, self.settings)
                located = view.get(at)
            except Refused:
                return False
            return located is not None and any(json_equal(located.value, each) for each in cell)
        is_constant = any(rule.targets == (at,) and not rule.origins for rule in rules)
        return is_constant or (row is not None and row.written is not None)

    def _agrees_with_rows(self, case: Case) -> bool:
        """Whether the rows write values that the `when` of a case with alternatives allows."""
        if len(self.route_step.direction.cases()) == 1:
            return True
        for at, cell in case.when.left:
            row = self.rows.get(at)
            written = row.written if row is not None else None
            if row is not None and row.absent and cell is PRESENT:
                return False
            if row is not None and row.demand is PRESENT and cell is ABSENT:
                return False
            if isinstance(cell, tuple) and written is not None and written.value not in cell:
                return False
        return True

    def _report_without_item(self) -> None:
        """Add the reasons in the rest of the event that do not depend on an item."""
        count = len(self.reasons)
        for case in self.route_step.direction.cases():
            self._event(case, None)
        self.reasons[count:] = [
            reason
            for reason in self.reasons[count:]
            if reason.paths or reason.code == "no-equivalent"
        ]

    def _event(
        self,
        case: Case,
        element: int | None,
        run: _Run | None = None,
        *,
        several: bool = False,
    ) -> Json:
        source = self.source
        if run is not None:
            several = run.several
            source = Run(source, self._parallel_lists(case), run.start, run.end)
        try:
            view = MappedView(
                self.route_step, source, case, self.rows, self.settings, element, several=several
            )
        except Refused as refused:
            self.reasons.append(refused.reason)
            return {}
        try:
            if not all(view.demands()):
                self.reasons.append(Reason("unmappable-value"))
        except Refused as refused:
            self.reasons.append(refused.reason)
        writer, before = _EventWriter(view, self.reasons), len(self.reasons)
        event = writer.object((), view.place, needed=True)
        if len(self.reasons) == before and not view.place.allows(event):
            self.reasons.append(Reason("unmappable-value"))
        return event


class _EventWriter:
    """Writes one event: drops what its schema does not allow, requires what it requires."""

    def __init__(self, view: MappedView, reasons: list[Reason]) -> None:
        self.view, self.reasons = view, reasons
        self.targets: list[Path] = [*view.targets(), *view.carried_values]

    def object(self, path: Steps, place: Place, *, needed: bool, alone: bool = True) -> Json:
        """An object; None if it is empty and not needed.

        If it is not `alone`, it is merged into an object that a rule writes, and may lack fields.
        """
        if not needed and alone and not self._has_content(path):
            return None
        steps = [
            target[len(path)]
            for target in self.targets
            if is_below(path, target) and target[len(path) :]
        ]
        lists = [step.list_name for step in steps if isinstance(step, Selection) and step.picks]
        named = [step for step in steps if not isinstance(step, Selection)]
        names = dict.fromkeys([*place.names, *named, *lists])
        before = len(self.reasons)
        fields: dict[str, Json] = {}
        empty: dict[str, Json] = {}
        missing: dict[str, Reason] = {}
        for name in names:
            inner = None if is_loop(name) else place.below(name)
            if inner is None:
                continue
            required = alone and place.requires(name)
            if selections := self.view.selections_of((*path, name)):
                value = self._joined(path, selections, inner)
            else:
                value = self.value((*path, name), inner, needed=required)
            if value == {} and required and self.view.rule_for((*path, name)) is None:
                empty[name] = value
            elif value is not None:
                fields[name] = value
            elif required and name not in _compared(path):
                missing[name] = self._missing((*path, name))
        rest = next(
            (step for step in steps if isinstance(step, Selection) and not step.picks), None
        )
        is_added = rest is not None and self._add_rest(fields, (*path, rest), rest, place)
        if not fields and not is_added and not needed and len(self.reasons) == before:
            return None
        absent = [reason for name, reason in missing.items() if name not in fields]
        if absent and self._is_incomplete(path):
            return None
        self.reasons += absent
        groups = place.alternatives if alone else []
        if groups and not any(all(name in fields for name in group) for group in groups):
            reasons = [self._missing((*path, name)) for group in groups for name in group]
            self.reasons.append(min(reasons, key=lambda reason: reason.code))
        return {**empty, **fields}

    def _has_content(self, path: Steps) -> bool:
        """Whether anything is written into an object, or cannot be."""
        try:
            return any(
                self.view.is_present(path, target)
                for target in self.targets
                if is_below(path, target) and len(target) > len(path)
            )
        except Refused:
            return True

    def _is_incomplete(self, path: Steps) -> bool:
        """Whether an object, or one that requires it, may be left out if it lacks something."""
        if pattern(path) in self.view.incomplete:
            return True
        parent = self.view.place.at(path[:-1]) if path else None
        name = path[-1] if path else None
        is_required = isinstance(name, str) and parent is not None and parent.requires(name)
        return is_required and self._is_incomplete(path[:-1])

    def _joined(self, path: Steps, selections: list[Selection], place: Place) -> Json:
        """A list whose parts are written by selections; None if it would be empty."""
        elements: list[Json] = []
        element_place = place.below(0)
        assert element_place is not None
        for selection in selections:
            inner = place.selected(selection)
            assert inner is not None
            value = self.value((*path, selection), inner, needed=False)
            if value is None or value is FAILED:
                continue
            part = value if selection.is_list else [value]
            for other in selection.others:
                if selected_indexes(part, other, place) and isinstance(other.picks[0], tuple):
                    self.reasons.append(Reason("unmappable-value"))
            elements += [tagged(element, selection, element_place) for element in part]
        return elements or None

    def _add_rest(
        self, fields: dict[str, Json], path: Steps, rest: Selection, place: Place
    ) -> bool:
        """Add the fields that `{*}` writes; one that a path names is refused.

        Returns whether it writes an object, even if that is empty.
        """
        value = self.value(path, place, needed=False)
        if not isinstance(value, dict):
            return False
        if without(value, rest.named) != {
            key: value[key] for key in value if value[key] is not None
        }:
            self.reasons.append(Reason("unmappable-value"))
        for key, item in value.items():
            known = fields.get(key)
            both = isinstance(item, dict) and isinstance(known, dict)
            fields[key] = _merged(item, known) if both and known is not None else item
        return True

    def _missing(self, path: Steps) -> Reason:
        settings = self.view.settings
        origins = [
            origin
            for rule in self.view.rules
            if any(target[: len(path)] == pattern(path) for target in rule.targets)
            for origin in rule.origins
        ]
        for origin in sorted(origins, key=lambda each: not each.param):
            if origin.param and origin.param not in settings.params:
                return Reason("missing-param")
            if origin.kind == "opt-in" and origin.opt_in not in settings.allow:
                return Reason("missing-param")
        return Reason("unmappable-value")

    def value(self, path: Steps, place: Place, *, needed: bool) -> Json:
        """The value to write; None if there is none."""
        try:
            return self._value(path, place, needed=needed)
        except Refused as refused:
            self.reasons.append(refused.reason)
            return FAILED

    def _value(self, path: Steps, place: Place, *, needed: bool) -> Json:
        nested = [
            target for target in self.targets if is_below(path, target) and len(target) > len(path)
        ]
        located = self.view.written_at(path)
        base = None if located is None else located.value
        if not nested:
            return base
        steps = {target[len(path)] for target in nested}
        if steps & {LIST_ITEM, MAP_ENTRY}:
            is_list = "array" in place.types or (not place.types and LIST_ITEM in steps)
            if is_list:
                return self._list(path, place, needed=needed)
            return self._keyed(path, place)
        if place.types and "object" not in place.types:
            return base
        whole = self.view.rule_for(path) is None
        extras = self.object(path, place, needed=needed and whole, alone=whole)
        if isinstance(base, dict) and isinstance(extras, dict):
            return _merged(base, extras)
        if whole and needed and extras is None:
            return None
        return base if extras is None else extras

    def _list(self, path: Steps, place: Place, *, needed: bool) -> Json:
        count, inner = self.view.written_length(path), place.below(LIST_ITEM)
        if count is None or inner is None:
            return None
        if count < place.schema.get("minItems", 0) and pattern(path) in self.view.incomplete:
            return None
        elements = [self._element((*path, index), inner) for index in range(count)]
        missing = elements.count(None)
        is_empty = count and all(element == {} for element in elements) and not needed
        if is_empty and self.view.reads_more(path, count):
            return None
        if missing < count and inner.allows(None) and pattern(path) not in self.view.incomplete:
            return elements
        if missing and missing < count and pattern(path) not in self.view.incomplete:
            raise Refused("unmappable-value")
        return None if missing else elements

    def _element(self, path: Steps, place: Place) -> Json:
        nested = [
            target for target in self.targets if is_below(path, target) and len(target) > len(path)
        ]
        if nested and "object" in place.types:
            return self.object(path, place, needed=True)
        return self.value(path, place, needed=False)

    def _keyed(self, path: Steps, place: Place) -> Json:
        count, inner = self.view.written_length(path), place.below(VALUE)
        if count is None or inner is None:
            return None
        entries: dict[str, Json] = {}
        for index in range(count):
            key = self.view.written_at((*path, index, KEY))
            value = self.value((*path, index, VALUE), inner, needed=True)
            if key is None or value is None or key.value in entries:
                raise Refused("unmappable-value")
            entries[key.value] = value
        return entries


def _compared(path: Steps) -> set[str]:
    """The fields of the element at a path that its selection writes."""
    selection = next((step for step in path[-2:] if isinstance(step, Selection)), None)
    return {pick[0] for pick in selection.picks if isinstance(pick, tuple)} if selection else set()


def _merged(base: dict[str, Json], extras: dict[str, Json]) -> dict[str, Json]:
    merged = dict(base)
    for name, value in extras.items():
        if name not in merged:
            merged[name] = value
        elif isinstance(value, dict) and isinstance(merged[name], dict):
            merged[name] = _merged(merged[name], value)
        else:
            raise Refused("unmappable-value")
    return merged
