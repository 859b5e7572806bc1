"""The output of one mapping as a view, computed field by field on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tests.reference import codecs
from tests.reference.decisions import RouteStep, Row, Settings, check_element_constants
from tests.reference.places import Place
from tests.reference.rules import Origin, Rule
from tests.reference.views import (
    Json,
    Located,
    Pattern,
    Refused,
    Steps,
    View,
    goes_into,
    is_at,
    is_below,
    is_loop,
    size,
    tagged,
    walk,
)
from translator.language.nodes import (
    ABSENT,
    OTHERS,
    AnyOf,
    Case,
    Cell,
    Codec,
    Condition,
    DateTime,
    Duration,
    Epoch,
    Identity,
    Iso8601,
    JsonText,
    LetterCase,
    Linear,
    Number,
    NumericString,
    Pairs,
    Pipeline,
    Prefix,
    Shift,
    Split,
    Table,
    TableRow,
    Template,
    Text,
    Unset,
    ValueMap,
    is_beside,
)
from translator.paths import LIST_ITEM, MAP_ENTRY, Selection, real_path, starts_with
from translator.schema.types import ScalarValue, json_equal


class Skipped(Exception):
    """A table leaves a value out."""


class MappedView:
    """The output of one mapping in one of its cases, read from the view `source`.

    `element` is the index of the element that becomes the written event, if the case has `each`;
    `several` events result, or one. Nothing is left out of what is not written (`is_last`).
    """

    def __init__(
        self,
        route_step: RouteStep,
        source: View,
        case: Case,
        rows: Mapping[Pattern, Row],
        settings: Settings,
        element: int | None = None,
        *,
        several: bool = False,
        is_last: bool = True,
    ) -> None:
        self.route_step, self.source, self.case, self.rows = route_step, source, case, rows
        self.settings, self.element = settings, element
        self.to_left, self.is_last = route_step.direction.to_left, is_last
        self._open: list[Pattern] = []
        self.left_out: set[Pattern] = set()
        self.omitted = {path: row.omitted for path, row in rows.items() if row.is_omitted}
        rows = self.rows = {path: row for path, row in rows.items() if not row.is_omitted}
        absent = [path for path, row in rows.items() if row.absent]
        self.rules = [
            rule
            for rule in _written_by(route_step.direction.rules(case), several)
            if not any(
                starts_with(real_path(target), path) for target in rule.targets for path in absent
            )
        ]
        targets = {path for rule in self.rules for path in rule.targets}
        self.rules += [Rule((path,)) for path in rows if path not in targets]
        self._by_target: dict[Pattern, Rule] = {}
        for rule in self.rules:
            for target in rule.targets:
                self._by_target.setdefault(plain(target), rule)
        is_each = case.scope is not None and case.scope.size == 1
        self.each = case.scope.path if case.scope is not None and is_each else None
        self.place = route_step.place
        if route_step.place.discriminator is not None:
            self.place = self._variant(route_step.place, route_step.place.discriminator)
        self.incomplete = {
            entry.path
            for entry in route_step.direction.mapping.incomplete
            if entry.on_left == self.to_left
        }
        self.carried_values = dict(self._into_slot())

    def _variant(self, union: Place, name: str) -> Place:
        row = self.rows.get((name,))
        value = row.written.value if row is not None and row.written is not None else None
        for rule in self.rules:
            if rule.targets == ((name,),) and value is None:
                first = self._first_present(rule, (name,), None)
                default = None if isinstance(rule.default, Unset) else rule.default
                value = default if first is None else first.value
        variant = union.variant(value)
        if variant is None:
            raise Refused("no-equivalent")
        return variant

    # --- the view ---------------------------------------------------------------------------

    def get(self, path: Steps) -> Located | None:
        for position, step in enumerate(path):
            if isinstance(step, Selection):
                parent = self.place.at(path[:position])
                above = self.get(
                    (*path[:position], step.list_name) if step.picks else path[:position]
                )
                if above is not None and step.picks:
                    above = Located({step.list_name: above.value}, parent, "")
                return walk(above, path[position:])
        return self._get(path)

    def _get(self, path: Steps) -> Located | None:
        located = self.written_at(path)
        if located is not None or self.rule_for(path) is not None:
            return located
        for length in range(len(path) - 1, 0, -1):
            if self.rule_for(path[:length]) is not None:
                return walk(self.written_at(path[:length]), path[length:])
        for length in range(1, len(path) + 1):
            if selections := self.selections_of(path[:length]):
                return walk(self._joined(path[:length], selections), path[length:])
        return self._from_slot(path) or self._assembled(path)

    def selections_of(self, path: Steps) -> list[Selection]:
        """The selections by which the list at a path is written, in order."""
        steps = {
            target[len(path) - 1]
            for target in self.targets()
            if is_below(path[:-1], target) and len(target) >= len(path)
        }
        found = [
            step
            for step in steps
            if isinstance(step, Selection) and step.list_name == path[-1] and step.picks
        ]
        return sorted(found, key=lambda selection: selection.order)

    def _joined(self, path: Steps, selections: list[Selection]) -> Located | None:
        """A list whose elements are written by selections."""
        elements: list[Json] = []
        for selection in selections:
            part: Steps = (*path[:-1], selection)
            count = (self.written_length(part) or 0) if selection.is_list else 1
            for index in range(count):
                element = self._get((*part, index) if selection.is_list else part)
                if element is not None:
                    place = self.place.at((*path, 0))
                    elements.append(tagged(element.value, selection, place))
        return Located(elements, self.place.at(path), "") if elements else None

    def length(self, path: Steps) -> int | None:
        is_selected = any(isinstance(step, Selection) for step in path)
        return size(self.get(path)) if is_selected else self.written_length(path)

    def written_length(self, path: Steps) -> int | None:
        """The length of a list, or of the part of a list that a selection writes."""
        inner = [
            rule for rule in self.rules if any(goes_into(path, target) for target in rule.targets)
        ]
        if not inner:
            return size(self.get(path))
        is_event = self.each is not None and is_at((*path, 0), self.each)
        is_event = is_event or any(
            is_beside(source, rule.targets[0], self.case.scope)
            for rule in inner
            for origin in rule.origins
            for source in origin.paths
        )
        if not self.to_left and is_event:
            leaves = [
                target for rule in inner for target in rule.targets if is_below((*path, 0), target)
            ]
            return 1 if any(self.is_present((*path, 0), leaf) for leaf in leaves) else None
        readers: dict[Steps, list[Origin]] = {}
        for rule in inner:
            read = [
                at
                for origin in rule.origins
                for source in origin.paths
                if (at := self._source_list(source, (*path, 0))) is not None
            ]
            has_list = any(self.source.length(at) is not None for at in read)
            for origin in rule.origins:
                if not self._may_apply(rule, origin):
                    continue
                for source in origin.paths:
                    list_path = self._source_list(source, (*path, 0))
                    if list_path is None or not self.source.knows(pattern(list_path)):
                        continue
                    if self.source.length(list_path) is not None or not has_list:
                        readers.setdefault(list_path, []).append(origin)
        skipped = {at for at, origins in readers.items() if all(each.skips for each in origins)}
        if skipped == set(readers) and any(self._lacks_list(rule, readers) for rule in inner):
            self.left_out |= {pattern(at) for at in skipped}
            return None
        scope = self.case.scope if self.to_left else None
        is_run = scope is not None and scope.size != 1
        elements = scope.path[:-1] if scope is not None and is_run else None
        if len(readers) == 1 and (elements is None or elements in readers):
            skipped = set()
        lists: list[Steps] = [at for at in readers if at not in skipped]
        lists = [elements] if not lists and skipped and elements is not None else lists
        length = self._common_length(lists)
        for at in skipped:
            self.left_out.discard(pattern(at))
            if self.source.length(at) != length:
                self.left_out.add(pattern(at))
        return length

    @staticmethod
    def _lacks_list(rule: Rule, readers: dict[Steps, list[Origin]]) -> bool:
        """Whether a rule reads only lists that the source cannot have."""
        read = [origin for origins in readers.values() for origin in origins]
        is_read = any(origin is each for origin in rule.origins for each in read)
        needs_list = all(origin.paths and not origin.skips for origin in rule.origins)
        return needs_list and not is_read and isinstance(rule.default, Unset)

    def reads_more(self, path: Steps, count: int) -> bool:
        """Whether an element of a list that is read has anything."""
        lists = {
            at
            for rule in self.rules
            if any(goes_into(path, target) for target in rule.targets)
            for origin in rule.origins
            for source in origin.paths
            if (at := self._source_list(source, (*path, 0))) is not None
        }
        elements = [self.source.get((*at, index)) for at in lists for index in range(count)]
        return any(element is not None and element.value for element in elements)

    def is_present(self, element: Steps, leaf: Steps) -> bool:
        """Whether an element has a leaf, or the list that contains the leaf."""
        rest = leaf[len(element) :]
        loops = [position for position, segment in enumerate(rest) if is_loop(segment)]
        if loops:
            return self.written_length((*element, *rest[: loops[0]])) is not None
        return self._get((*element, *rest)) is not None

    def _common_length(self, lists: list[Steps]) -> int | None:
        """The common length of the lists that are present."""
        lengths = [self.source.length(list_path) for list_path in lists]
        present = {length for length in lengths if length is not None}
        if len(present) > 1 or (lengths and lengths[0] is None and present - {0}):
            raise Refused("unmappable-value")
        for list_path, length in zip(lists, lengths, strict=True):
            check_element_constants(self.route_step, self.source, list_path, length or 0)
        return present.pop() if present else None

    def knows(self, pattern: Pattern) -> bool:
        pattern = real_path(pattern)
        for rule in self.rules:
            for target in map(real_path, rule.targets):
                overlaps = target[: len(pattern)] == pattern or pattern[: len(target)] == target
                if overlaps and (
                    not isinstance(rule.default, Unset)
                    or target in self.rows
                    or any(origin.param in self.settings.params for origin in rule.origins)
                    or any(self.source.knows(p) for origin in rule.origins for p in origin.paths)
                ):
                    return True
        return False

    def rule_for(self, path: Steps) -> Rule | None:
        return self._by_target.get(pattern(path))

    def written_at(self, path: Steps) -> Located | None:
        """The value that a rule or row writes at exactly this path."""
        rule, place = self.rule_for(path), self.place.at(path)
        if rule is None or place is None:
            return self.carried_values.get(pattern(path))
        if rule.first_fit:
            return self._first_fit(rule, path)
        if len(rule.targets) > 1:
            return self._part(rule, path, place)
        row = self.rows.get(pattern(path))
        located = self._first_present(rule, path, place) if rule.origins else None
        needs_content = rule.dependent and not self._is_required(path[:-1])
        if needs_content and not self._has_content(path[:-1]):
            return None
        if located is None and row is not None and not isinstance(row.default, Unset):
            located = self._validated(
                Located(row.default, None, row.default_path),
                row.default,
                place,
                "unmappable-value",
            )
        if located is None and not isinstance(rule.default, Unset):
            located = Located(rule.default, place, "$")
        if row is None or row.demand is not None or not isinstance(row.default, Unset):
            return located
        if row.written is not None and row.allowed is None:
            return self._from_row(row, place)
        if located is None:
            return self._from_row(row, place)
        if row.allowed is not None and not any(
            json_equal(located.value, allowed) for allowed in row.allowed
        ):
            raise Refused("no-equivalent", located.path)
        return located

    def _is_required(self, path: Steps) -> bool:
        """Whether an object is required, and those around it up to the element of a list."""
        loops = [end for end, step in enumerate(path) if isinstance(step, int) or is_loop(step)]
        start = loops[-1] + 1 if loops else 0
        places = [self.place.at(path[:end]) for end in range(start, len(path))]
        names = path[start:]
        return bool(names) and all(
            place is not None and place.requires(str(name))
            for place, name in zip(places, names, strict=True)
        )

    def _has_content(self, path: Steps) -> bool:
        """Whether something is written into an object that does not depend on its content."""
        for target in self.targets():
            rule = self._by_target[plain(target)]
            if not is_below(path, target) or len(target) == len(path) or rule.dependent:
                continue
            if self.is_present(path, target):
                return True
        return False

    def _from_row(self, row: Row, place: Place) -> Located | None:
        if row.written is None:
            return None
        if row.ambiguous:
            raise Refused(row.ambiguous, row.written.path)
        return self._validated(row.written, row.written.value, place, "unmappable-value")

    def _assembled(self, path: Steps) -> Located | None:
        """An object or list that exists only because fields are written into it."""
        place = self.place.at(path)
        steps = {*self.steps_in_order(path)}
        if place is None or not steps:
            return None
        value: Json
        if steps & {LIST_ITEM, MAP_ENTRY}:
            count = self.written_length(path)
            if count is None:
                return None
            elements = [self._get((*path, index)) for index in range(count)]
            value = [element.value for element in elements if element is not None]
            inner = place.below(LIST_ITEM)
            if self.rule_for((*path, 0)) is not None and len(value) < count:
                if not value:
                    return None
                if inner is not None and inner.allows(None):
                    value = [None if element is None else element.value for element in elements]
        else:
            in_order = self.steps_in_order(path)
            rests = [step for step in in_order if isinstance(step, Selection) and not step.picks]
            written = dict.fromkeys(
                step.list_name if isinstance(step, Selection) else step
                for step in in_order
                if step not in rests
            )
            order = [name for name in place.names if name in written]
            order += [step for step in written if step not in order]
            fields = {step: self._get((*path, step)) for step in order}
            value = {step: field.value for step, field in fields.items() if field is not None}
            for step in rests:
                rest = self._get((*path, step))
                value |= {} if rest is None else rest.value
            if not value:
                return None
        return Located(value, place, "$")

    def steps_in_order(self, path: Steps) -> list[str]:
        """The fields below a path that rules write, in the order of the file."""
        below = [target for target in self.targets() if is_below(path, target)]
        return list(dict.fromkeys(target[len(path)] for target in below if target[len(path) :]))

    def targets(self) -> list[Pattern]:
        return [target for rule in self.rules for target in rule.targets]

    # --- one value ---------------------------------------------------------------------------

    def _first_present(self, rule: Rule, path: Steps, place: Place | None) -> Located | None:
        """The first origin that is present and not skipped, converted."""
        if rule.agree:
            fields = [each for each in rule.origins if each.kind == "exact" and each.paths]
            params = [each for each in rule.origins if each.kind == "exact" and each.param]
            single = [
                self._first_origin(rule, (origin,), path, place)
                for origin in (*fields, *(params if fields else ()))
                if origin.param in self.settings.params or not origin.param
            ]
            present = [located for located in single if located is not None]
            is_read = any(located is not None for located in single[: len(fields)])
            if is_read and not all(json_equal(each.value, present[0].value) for each in present):
                raise Refused("unmappable-value", *(each.path for each in present))
        return self._first_origin(rule, rule.origins, path, place)

    def _first_origin(
        self, rule: Rule, origins: tuple[Origin, ...], path: Steps, place: Place | None
    ) -> Located | None:
        lacking: list[str] = []
        for origin in origins:
            if origin.kind == "opt-in" and origin.opt_in not in self.settings.allow:
                continue
            if not self._applies(rule, origin, path):
                continue
            if origin.param:
                if origin.param in self.settings.params:
                    if not isinstance(origin.codec, Identity):
                        return self._read_origin(rule, origin, path, place)
                    return Located(_read_as(self.settings.params[origin.param], place), place, "")
                if origin.required:
                    lacking.append(origin.param)
                continue
            if not isinstance(origin.value, Unset):
                return Located(origin.value, place, "$")
            if origin.gathers:
                located = self._gathered(rule, origin, path, place)
            else:
                located = self._read_origin(rule, origin, path, place)
            if located is not None:
                return located
        if lacking:
            raise Refused("missing-param")
        return None

    def _gathered(
        self, rule: Rule, origin: Origin, path: Steps, place: Place | None
    ) -> Located | None:
        """The one value that the elements of lists have."""
        found: list[Located] = []
        for steps in self._all_steps(origin.paths[0]):
            located = self._read_steps(rule, origin, [self.source.get(steps)], path, place)
            if located is not None:
                found.append(located)
        if not all(json_equal(each.value, found[0].value) for each in found):
            raise Refused("unmappable-value", *(each.path for each in found))
        return found[0] if found else None

    def _all_steps(self, pattern: Steps) -> list[Steps]:
        """The paths of all elements that match a pattern."""
        end = next((index for index, step in enumerate(pattern) if is_loop(step)), None)
        if end is None:
            return [pattern]
        length = self.source.length(pattern[:end]) or 0
        return [
            steps
            for index in range(length)
            for steps in self._all_steps((*pattern[:end], index, *pattern[end + 1 :]))
        ]

    def _first_fit(self, rule: Rule, path: Steps) -> Located | None:
        """The value at a path, if it is the first target of its rule that takes a source."""
        code = "unmappable-id" if rule.is_id else "unmappable-value"
        passed: list[str] = []
        lacking = False
        for origin in rule.origins:
            if origin.kind == "opt-in" and origin.opt_in not in self.settings.allow:
                continue
            if not self._applies(rule, origin, path):
                continue
            if origin.param or not isinstance(origin.value, Unset):
                value = self.settings.params.get(origin.param, origin.value)
                lacking = lacking or (origin.required and isinstance(value, Unset))
                read = None if isinstance(value, Unset) else Located(value, None, "$")
            else:
                read = self._read(origin.paths[0], path)
            if read is None:
                continue
            for target in rule.targets:
                place = self.place.at(_sibling_path(path, target))
                located = self._fit(rule, origin, read, path, place)
                if located is not None:
                    return located if is_at(path, target) else None
            if origin.passes:
                passed.append(read.path)
            elif not origin.skips:
                raise Refused(code, read.path)
        if passed:
            raise Refused(code, *passed)
        if lacking:
            raise Refused("missing-param")
        return None

    def _fit(
        self, rule: Rule, origin: Origin, read: Located, path: Steps, place: Place | None
    ) -> Located | None:
        """A source converted for one of several targets; None if that does not take it."""
        if place is None:
            return None
        if origin.paths:
            return self._read_origin(rule, replace(origin, skips=True), path, place)
        try:
            return self._validated(read, read.value, place, "")
        except Refused:
            return None

    # --- conditions --------------------------------------------------------------------------

    def _applies(self, rule: Rule, origin: Origin, path: Steps) -> bool:
        """Whether all conditions of an origin hold, and none of an earlier rule of its list."""
        self._open.append(plain(pattern(path)))
        try:
            for condition in origin.not_when:
                firsts = [other for other in rule.origins if other.when == (condition,)]
                if self._holds(condition, firsts[0] if firsts else origin, path):
                    return False
            return all(self._holds(condition, origin, path) for condition in origin.when)
        finally:
            self._open.pop()

    def _may_apply(self, rule: Rule, origin: Origin) -> bool:
        """Whether the conditions hold that are the same for all elements of a list."""
        self._open.append(plain(rule.targets[0]))
        try:
            for condition in origin.not_when:
                cells = [*condition.left, *condition.right]
                is_shared = all(_is_shared(cell, rule) for cell in cells)
                if is_shared and self._holds(condition, origin, ()):
                    return False
            shared = [
                Condition(
                    tuple(cell for cell in condition.left if _is_shared(cell, rule)),
                    tuple(cell for cell in condition.right if _is_shared(cell, rule)),
                )
                for condition in origin.when
            ]
            return all(self._holds(condition, origin, ()) for condition in shared)
        finally:
            self._open.pop()

    def _holds(self, condition: Condition, origin: Origin, path: Steps) -> bool:
        source, target = condition.right, condition.left
        if not self.to_left:
            source, target = target, source
        if not all(self._tests(at, cell, path) for at, cell in source):
            return False
        return all(self._honours(at, cell, origin, path) for at, cell in target)

    def _tests(self, at: Pattern, cell: Cell, path: Steps) -> bool:
        """Whether a field of the source matches a cell."""
        if isinstance(cell, AnyOf):
            met = [self._tests(each, cell.cell, path) for each in cell.paths]
            return all(met) if cell.cell is ABSENT else any(met)
        read = [self.source.get(steps) for steps in self._expand(at, path)]
        located = [each for each in read if each is not None]
        if cell is ABSENT:
            return not located
        if not isinstance(cell, tuple):
            return bool(located)
        return any(json_equal(each.value, value) for each in located for value in cell)

    def _expand(self, at: Pattern, path: Steps) -> list[Steps]:
        """The source paths for a pattern: one in the list of the target, else all elements."""
        steps = self._source_path(at, path)
        if steps is not None:
            return [steps]
        end = next(index for index, segment in enumerate(at) if is_loop(segment))
        length = self.source.length(at[:end]) or 0
        return [(*at[:end], index, *at[end + 1 :]) for index in range(length)]

    def _honours(self, at: Pattern, cell: Cell, origin: Origin, path: Steps) -> bool:
        """Whether what is written to a field of the target matches a cell."""
        if isinstance(cell, AnyOf):
            held = [self._honours(each, cell.cell, origin, path) for each in cell.paths]
            return all(held) if cell.cell is ABSENT else any(held)
        if at == plain(pattern(path)) and isinstance(cell, tuple):
            fields = [self._read(source, path) for source in origin.paths]
            if not fields or fields[0] is None:
                return False
            try:
                value = self._convert_all(origin, fields[0], "")
            except (Refused, codecs.OutOfDomain):
                return False
            return any(json_equal(value, allowed) for allowed in cell)
        if not isinstance(cell, tuple):
            return self._is_available(at, path) == (cell is not ABSENT)
        written = self.written_at(at)
        return any(written is not None and json_equal(written.value, value) for value in cell)

    def _is_available(self, at: Pattern, path: Steps) -> bool:
        """Whether a field is written; those whose conditions are being tested are taken to be."""
        by_selection = any(isinstance(step, Selection) for step in at)
        places = {
            target: target if by_selection else real_path(target) for target in self.targets()
        }
        inner = {
            target: at[len(place) :]
            for target, place in places.items()
            if is_below(at, place) or is_below(place, at)
        }
        if any(plain(target) in self._open for target in inner):
            return True
        return any(self._is_written(target, rest, path) for target, rest in inner.items())

    def _is_written(self, target: Pattern, below: Pattern, path: Steps) -> bool:
        loops = [index for index, segment in enumerate(target) if is_loop(segment)]
        if not loops:
            return walk(self._available(target, self.written_at), below) is not None
        if any(isinstance(step, int) for step in path) and is_below(
            path[: loops[0] + 1], target[: loops[0] + 1]
        ):
            return self._available(_sibling_path(path, target), self.get) is not None
        length = self.length(target[: loops[0]]) or 0
        rest = target[loops[0] + 1 :]
        elements: list[Steps] = [(*target[: loops[0]], index, *rest) for index in range(length)]
        found = [self._available(element, self.get) is not None for element in elements]
        is_left_out = not rest and not all(found) and target[: loops[0]] in self.incomplete
        return any(found) and not is_left_out

    def _available(self, path: Steps, written: Callable[[Steps], Located | None]) -> Located | None:
        """What rules have for a field, even if it is not written because its object is empty."""
        rule = self.rule_for(path)
        if rule is not None and rule.dependent:
            return self._first_present(rule, path, self.place.at(path))
        return written(path)

    def demands(self) -> Iterator[bool]:
        """Whether what the rows require to be written is."""
        for path, row in self.rows.items():
            if row.demand is not None:
                is_named = any(self.honours(path, (value,)) for value in row.allowed or ())
                yield self.honours(path, row.demand) and not is_named

    def honours(self, path: Pattern, cell: Cell) -> bool:
        """Whether what is written to a field matches a cell."""
        return self._honours(path, cell, Origin(), ())

    def _read_origin(
        self, rule: Rule, origin: Origin, path: Steps, place: Place | None
    ) -> Located | None:
        fields = [self._read(source, path) for source in origin.paths]
        if origin.param:
            fields = [Located(self.settings.params[origin.param], None, "$")]
        return self._read_steps(rule, origin, fields, path, place)

    def _read_steps(
        self,
        rule: Rule,
        origin: Origin,
        fields: list[Located | None],
        path: Steps,
        place: Place | None,
    ) -> Located | None:
        code = "unmappable-value" if origin.id is None and not rule.is_id else "unmappable-id"
        present = [field for field in fields if field is not None]
        if len(present) < len(fields):
            return None
        located = present[-1]
        is_omitted = origin.omits_default and origin.paths[0] in self.omitted
        if is_omitted and json_equal(located.value, self.omitted[origin.paths[0]]):
            return None
        if isinstance(origin.codec, Template):
            located = self._fill_template(origin.codec, present)
        located = self._apply_crosswalk(origin, located)
        try:
            value = self._convert_all(origin, located, code)
            if value is None:
                return None
            if value is located.value:
                value = self._without_incomplete(value, path)
                if pattern(path) in self.incomplete and _lacks_required(value, place):
                    value = None
                if not self.is_last and not json_equal(value, located.value):
                    if value is not None:
                        self._validated(located, value, place, code)
                    return located
                if value is None:
                    return None
                located = Located(value, located.place, located.path)
            return self._validated(located, value, place, code)
        except Skipped:
            return None
        except Refused as refused:
            if lacks_prefix(origin, self.settings) and not origin.skips:
                raise Refused("missing-param", located.path) from None
            if origin.skips and refused.reason.code != "missing-param":
                return None
            raise
        except codecs.OutOfDomain:
            if origin.skips:
                return None
            raise Refused(code, *(field.path for field in present)) from None

    def _without_incomplete(self, value: Json, path: Steps) -> Json:
        """A value that is copied to a path, without the objects in it that are not complete.

        None if nothing is left of an object that held something.
        """
        if not isinstance(value, dict):
            return value
        kept: dict[str, Json] = {}
        for name, part in value.items():
            below = (*path, name)
            place = self.place.at(below)
            part = self._without_incomplete(part, below)
            if pattern(below) not in self.incomplete or not _lacks_required(part, place):
                kept[name] = part
        return kept if kept or not value else None

    def _fill_template(self, codec: Template, fields: list[Located]) -> Located:
        enums = [
            None if field.place is None else field.place.schema.get("enum") for field in fields
        ]
        try:
            text = codecs.join(codec.parts, [field.value for field in fields], enums)
        except codecs.OutOfDomain:
            raise Refused("unmappable-value", *(field.path for field in fields)) from None
        return Located(text, None, fields[-1].path)

    def _apply_crosswalk(self, origin: Origin, located: Located) -> Located:
        table = self.settings.crosswalks.get(origin.id or "")
        if table is None:
            return located
        if located.value not in table:
            raise Refused("unmappable-id", located.path)
        return Located(table[located.value], None, located.path)

    def _convert_all(self, origin: Origin, located: Located, code: str) -> Json:
        """Convert a value by all codecs of a rule. Returns None for an empty list."""
        stages = [origin.codec]
        if isinstance(origin.codec, Pipeline):
            stages = [*origin.codec.codecs]
        for codec in reversed(stages) if self.to_left else stages:
            is_prefixed = isinstance(codec, Prefix) and origin.id in self.settings.crosswalks
            if located.value is not None and not is_prefixed:
                value = self._convert(codec, located, code)
                located = Located(value, located.place, located.path)
        return located.value

    def _convert(self, codec: Codec, located: Located, code: str) -> Json:
        value = located.value
        match codec:
            case Identity() | Template():
                return value
            case ValueMap(table=table):
                return self._value_for(table, located, code)
            case DateTime(epoch=epoch, plain=True):
                if epoch and not self.to_left and not isinstance(value, str):
                    return codecs.epoch_to_string(value, _per_second(epoch))
                return codecs.plain_date_time(value)
            case DateTime(epoch=epoch):
                if epoch and self.to_left:
                    return value
                if epoch and not isinstance(value, str):
                    return codecs.epoch_to_string(value, _per_second(epoch))
                return codecs.date_time(value)
            case Iso8601(zone=zone, plain=plain):
                if self.to_left:
                    return codecs.plain_date_time(value) if plain else value
                try:
                    string = codecs.iso_to_string(value, self.settings.params.get(zone))
                    return codecs.plain_date_time(string) if plain else string
                except codecs.MissingZone:
                    raise Refused("missing-param" if zone else code, located.path) from None
            case Epoch(fraction=True):
                if self.to_left:
                    return codecs.string_to_fraction(value)
                return codecs.fraction_to_string(value)
            case Epoch(unit=unit, finer=finer):
                if isinstance(value, str):
                    is_cut = finer == "cut" and self.to_left
                    return codecs.string_to_epoch(value, _per_second(unit), cut=is_cut)
                return codecs.epoch_to_string(value, _per_second(unit))
            case NumericString():
                return codecs.numeric_string(value)
            case Linear(left=left, right=right):
                scales = (right, left) if self.to_left else (left, right)
                return codecs.linear(value, *scales)
        return self._convert_text(codec, value)

    def _convert_text(self, codec: Codec, value: Json) -> Json:
        match codec, self.to_left:
            case Duration(), False:
                return codecs.duration_to_seconds(value)
            case Duration(), True:
                return codecs.seconds_to_duration(value)
            case Number(), False:
                return codecs.number(value)
            case Number(write=write), True:
                is_text = write == "string"
                return codecs.number_to_string(value) if is_text else codecs.number(value)
            case Text(), to_left:
                is_kept = to_left or isinstance(value, str)
                return codecs.text(value) if is_kept else codecs.number_to_string(value)
            case Shift(by=by), to_left:
                return codecs.shift(value, -by if to_left else by)
            case LetterCase(upper=upper), to_left:
                convert = codecs.upper if upper else codecs.lower
                return codecs.same(value, convert) if to_left else convert(value)
            case Prefix(text=text, param=param), to_left:
                prefix = self.settings.params.get(param) if param else text
                if prefix is None:
                    return codecs.text(value)
                convert_prefix = codecs.with_prefix if to_left else codecs.without_prefix
                return convert_prefix(value, prefix)
            case Split(text=text, param=param, last=last), to_left:
                separator = self.settings.params.get(param) if param else text
                if separator is None:
                    is_list = not to_left
                    return [codecs.filled(value)] if is_list else codecs.one_part(value, last=last)
                if to_left:
                    return codecs.join_parts(value, separator)
                return codecs.parts_of(value, separator)
            case JsonText(), to_left:
                return codecs.json_string(value) if to_left else codecs.json_value(value)
            case Pairs(key=key, value=item), to_left:
                convert_pairs = codecs.flatten if to_left else codecs.group
                return convert_pairs(value, key, item)
        raise AssertionError(codec)

    def _value_for(self, table: Table, located: Located, code: str) -> Json:
        for kind in ("exact", "approximate", "opt-in"):
            for pair in table.rows:
                if pair.kind != kind or (kind != "exact" and pair.to_left != self.to_left):
                    continue
                if kind == "opt-in" and pair.name not in self.settings.allow:
                    continue
                source, target = _cells(pair, self.to_left)
                if any(json_equal(located.value, cell) for cell in source):
                    return target[0]
        if (skipped := self._other_value(table, located)) is not None:
            return skipped.value
        listed = located.place is not None and "enum" in located.place.schema
        if listed or self._has_reason(table, located.value):
            raise Refused("no-equivalent", located.path)
        raise Refused(code, located.path)

    def _other_value(self, table: Table, located: Located) -> Located | None:
        """What a value that no row lists becomes. Raises `Skipped` if it is left out."""
        refused = [row for row in table.refused_rows if row.on_left != self.to_left]
        for skip in (True, False):
            cells = [row.record[0][1] for row in refused if row.skip == skip]
            if any(json_equal(located.value, v) for c in cells if isinstance(c, tuple) for v in c):
                if skip:
                    raise Skipped
                return None
        for pair in table.rows:
            read, written = (pair.right, pair.left) if self.to_left else (pair.left, pair.right)
            usable = pair.kind == "exact" or pair.to_left == self.to_left
            if usable and read[0][1] is OTHERS and isinstance(written[0][1], tuple):
                return Located(written[0][1][0], None, located.path)
        others = [row for row in refused if row.record[0][1] is OTHERS]
        if others and others[0].skip:
            raise Skipped
        if others:
            raise Refused("no-equivalent", located.path)
        return None

    def _has_reason(self, table: Table, value: Json) -> bool:
        """Whether the mapping refuses a value with a reason, or maps it with an opt-in."""
        opt_ins = [
            _cells(pair, self.to_left)[0]
            for pair in table.rows
            if pair.kind == "opt-in" and pair.to_left == self.to_left
        ]
        refused = [
            cell
            for row in table.refused_rows
            if row.on_left != self.to_left
            for _, cell in row.record
            if isinstance(cell, tuple)
        ]
        return any(json_equal(value, other) for cell in (*opt_ins, *refused) for other in cell)

    def _validated(self, located: Located, value: Json, place: Place | None, code: str) -> Located:
        """A value in the form that its schema allows. Raises `Refused` if there is none."""
        if place is None:
            return Located(value, None, located.path)
        written = _copy(value, located.place if value is located.value else None, place)
        if not place.allows(written):
            raise Refused(code, located.path)
        return Located(written, place, located.path)

    def _part(self, rule: Rule, path: Steps, place: Place) -> Located | None:
        """One of the fields that a string is split into."""
        origin = rule.origins[0]
        assert isinstance(origin.codec, Template)
        located = self._read(origin.paths[0], path)
        if located is None or not self._applies(rule, origin, path):
            return None
        code = "unmappable-value" if origin.id is None else "unmappable-id"
        located = self._apply_crosswalk(origin, located)
        try:
            parts = self._split(origin.codec, rule, path, located, code)
        except Refused:
            if origin.skips:
                return None
            raise
        index = next(n for n, target in enumerate(rule.targets) if is_at(path, target))
        return Located(parts[index], place, located.path)

    def _split(
        self, codec: Template, rule: Rule, path: Steps, located: Located, code: str
    ) -> dict[int, Json]:
        places = [self.place.at(_sibling_path(path, target)) for target in rule.targets]
        enums = [None if place is None else place.schema.get("enum") for place in places]
        kinds = ["string" if place is None else _kind(place) for place in places]
        if not isinstance(located.value, str):
            raise Refused(code, located.path)
        parts: dict[int, Json] = dict(codecs.split(codec.parts, located.value, enums, kinds))
        if not parts and codec.short:
            parts = dict(codecs.split(codec.short, located.value, enums, kinds))
            for index, name in codec.params if parts else ():
                if name not in self.settings.params:
                    raise Refused("missing-param", located.path)
                parts[index] = self.settings.params[name]
        if not parts:
            raise Refused(code, located.path)
        for index, place in enumerate(places):
            if place is None:
                continue
            try:
                if kinds[index] != "string" and isinstance(parts[index], str):
                    parts[index] = codecs.string_to_number(parts[index])
            except codecs.OutOfDomain:
                raise Refused(code, located.path) from None
            if not place.allows(parts[index]):
                raise Refused(code, located.path)
        return parts

    # --- source paths ------------------------------------------------------------------------

    def _read(self, source: Pattern, target: Steps) -> Located | None:
        path = self._source_path(source, target)
        is_left_out = any(source[: len(at)] == at for at in self.left_out)
        return None if path is None or is_left_out else self.source.get(path)

    def _source_path(self, source: Pattern, target: Steps) -> Steps | None:
        """The source path for a target path, with the same list indexes.

        The list whose elements become separate events has one element on the other side.
        """
        indexes = [
            step
            for position, step in enumerate(target)
            if isinstance(step, int)
            and not (not self.to_left and self.each and is_at(target[: position + 1], self.each))
        ]
        path: list[str | int] = []
        for position, segment in enumerate(source):
            if not is_loop(segment):
                path.append(segment)
            elif self.to_left and self.element is not None and source[: position + 1] == self.each:
                path.append(self.element)
            elif indexes:
                path.append(indexes.pop(0))
            elif self._is_beside(source, target):
                assert self.element is not None and self.each is not None
                at, length = tuple(path), self.source.length(self.each[:-1])
                if self.source.length(at) not in (None, length):
                    if not self._skips(target):
                        raise Refused("unmappable-value")
                    return None
                if self.source.length(at) is None:
                    return None
                path.append(self.element)
            else:
                return None
        return tuple(path)

    def _is_beside(self, source: Pattern, target: Steps) -> bool:
        """Whether a source is in a list beside the elements that become events."""
        is_element = self.to_left and self.element is not None
        return is_element and is_beside(pattern(target), source, self.case.scope)

    def _skips(self, target: Steps) -> bool:
        rule = self.rule_for(target)
        return rule is not None and all(origin.skips for origin in rule.origins)

    def _source_list(self, source: Pattern, element: Steps) -> Steps | None:
        """The list of the source that corresponds to the list with `element`."""
        for length in range(1, len(source) + 1):
            if not is_loop(source[length - 1]):
                continue
            path = self._source_path(source[:length], element)
            if path is None:
                return None
            if self._source_path(source[:length], element[:-1]) is None:
                return path[:-1]
        return None

    # --- carried values ----------------------------------------------------------------------

    def _from_slot(self, path: Steps) -> Located | None:
        """The value that the free slot holds for the format that reads it."""
        carries = self.route_step.direction.mapping.carry_slot
        if carries is None or self.to_left or len(path) != len(carries.carried) + 2:
            return None
        *above, vendor, name = path
        if tuple(above) != carries.carried or vendor == self.route_step.direction.mapping.left:
            return None
        key = f"{carries.prefix}{vendor}{carries.separator}{name}"
        return self.source.get((*carries.slot, key))

    def _into_slot(self) -> Iterator[tuple[Pattern, Located]]:
        """The carried values of other formats, by their paths in the free slot."""
        carries = self.route_step.direction.mapping.carry_slot
        if carries is None or not self.to_left:
            return
        carried = self.source.get(carries.carried)
        for vendor, fields in ({} if carried is None else carried.value).items():
            if vendor == self.route_step.direction.mapping.left:
                continue
            for name in fields or ():
                located = self.source.get((*carries.carried, vendor, name))
                path = (*carries.slot, f"{carries.prefix}{vendor}{carries.separator}{name}")
                place = self.place.at(path)
                if located is None or place is None:
                    continue
                try:
                    yield path, self._validated(located, located.value, place, "unmappable-value")
                except Refused:
                    if not carries.skip_unfit:
                        raise


def _written_by(rules: list[Rule], several: bool) -> Iterator[Rule]:
    """The rules that write to one event of several, without what is written once."""
    for rule in rules:
        origins = tuple(origin for origin in rule.origins if not (several and origin.once))
        if origins or not rule.origins:
            yield replace(rule, origins=origins)


def _is_shared(item: tuple[Pattern, Cell], rule: Rule) -> bool:
    """Whether a cell of a condition is about a field outside lists, and not the rule's own."""
    path, cell = item
    paths = cell.paths if isinstance(cell, AnyOf) else (path,)
    return not any(is_loop(segment) for each in paths for segment in each) and (
        path not in rule.targets
    )


def _copy(value: Json, source: Place | None, target: Place) -> Json:
    """A value without nulls and without fields that either schema does not have.

    A number such as 15.0 becomes 15 if the target is an integer, and has few enough digits. A value
    that the source's schema does not describe is copied whole. A null stays where it is required.
    """
    is_described = source is not None and (
        source.types - {"null"} == {"object"} or (not source.types and bool(source.names))
    )
    if isinstance(value, dict) and source is not None and is_described:
        places = {name: (source.below(name), target.below(name)) for name in value}
        if target.types - {"null"} != {"object"}:
            places = {name: (inner, inner) for name, (inner, _) in places.items()}
        owner = target if target.types - {"null"} == {"object"} else source
        return {
            name: _copy(value[name], source_place, target_place)
            for name, (source_place, target_place) in places.items()
            if source_place is not None and target_place is not None
            if value[name] is not None or (owner.requires(name) and target_place.allows(None))
        }
    if isinstance(value, list):
        source_item = source.below(LIST_ITEM) if source is not None else None
        target_item = target.below(LIST_ITEM) if "array" in target.types else None
        return [
            _copy(item, source_item, target_item) if target_item is not None else item
            for item in value
        ]
    if isinstance(value, float) and "integer" in target.types and "number" not in target.types:
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def _read_as(value: Json, place: Place | None) -> Json:
    """The value of a param: a string becomes a number if the field is a number."""
    if isinstance(value, str) and place is not None and place.types and "string" not in place.types:
        return codecs.string_to_number(value)
    return value


def _cells(
    pair: TableRow, to_left: bool
) -> tuple[tuple[ScalarValue, ...], tuple[ScalarValue, ...]]:
    left, right = (
        cell if isinstance(cell, tuple) else () for cell in (pair.left[0][1], pair.right[0][1])
    )
    return (right, left) if to_left else (left, right)


def _kind(place: Place) -> str:
    """The type of a string part of a template: `string` if the schema allows strings."""
    for kind in ("string", "number", "integer"):
        if kind in place.types:
            return kind
    return "string"


def lacks_prefix(origin: Origin, settings: Settings) -> bool:
    """Whether a prefix is unknown, so that a value that is refused may lack it."""
    codec = origin.codec
    parts = codec.codecs if isinstance(codec, Pipeline) else (codec,)
    names = [part.param for part in parts if isinstance(part, Prefix)]
    is_known = all(not name or name in settings.params for name in names)
    return not is_known and origin.id not in settings.crosswalks


def _lacks_required(value: Json, place: Place | None) -> bool:
    """Whether an object lacks a field that its place requires."""
    if place is None or not isinstance(value, dict):
        return False
    return any(place.requires(name) and value.get(name) is None for name in place.names)


def _per_second(unit: str) -> int:
    return {"seconds": 1, "milliseconds": 1000, "microseconds": 10**6}[unit]


def pattern(path: Steps) -> Pattern:
    return tuple(LIST_ITEM if isinstance(step, int) else step for step in path)


def plain(pattern: Pattern) -> Pattern:
    return tuple(LIST_ITEM if is_loop(segment) else segment for segment in pattern)


def _sibling_path(path: Steps, pattern: Pattern) -> Steps:
    """The path of another field that is written from the same string."""
    indexes = [step for step in path if isinstance(step, int)]
    return tuple(indexes.pop(0) if is_loop(segment) else segment for segment in pattern)
