"""What one mapping makes of the format that it reads, member by member as it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.reference import codecs
from tests.reference.deciding import Hop, Row, Settings, hold_in_elements
from tests.reference.places import Place
from tests.reference.rules import Origin, Way
from tests.reference.views import (
    Found,
    Json,
    Pattern,
    Refused,
    Steps,
    View,
    goes_into,
    is_at,
    is_below,
    is_loop,
    size,
    walk,
)
from translator.language.nodes import (
    Case,
    DateTime,
    Epoch,
    Identity,
    Iso8601,
    Linear,
    NumericString,
    Table,
    TableRow,
    Template,
    Unset,
    ValueMap,
    Variable,
)
from translator.paths import LIST_ITEM, MAP_ENTRY
from translator.schema.types import ScalarValue, json_equal


class Made:
    """What one mapping makes of the format below it, in one of its cases.

    `element` is the number of the element that the event to be written is made of.
    """

    def __init__(
        self,
        hop: Hop,
        below: View,
        case: Case,
        rows: Mapping[Pattern, Row],
        settings: Settings,
        element: int | None = None,
    ) -> None:
        self.hop, self.below, self.case, self.rows = hop, below, case, rows
        self.settings, self.element = settings, element
        self.to_left = hop.direction.to_left
        self.ways = hop.direction.ways(case)
        targets = {path for way in self.ways for path in way.targets}
        self.ways += [Way((path,)) for path in rows if path not in targets]
        self._by_target: dict[Pattern, Way] = {}
        for way in self.ways:
            for target in way.targets:
                self._by_target.setdefault(plain(target), way)
        self.each = (*case.each, LIST_ITEM) if case.each is not None else None
        self.place = hop.place
        if hop.place.told_by is not None:
            self.place = self._variant(hop.place, hop.place.told_by)
        self.slotted = dict(self._into_slot())

    def _variant(self, union: Place, name: str) -> Place:
        row = self.rows.get((name,))
        value = row.written.value if row is not None and row.written is not None else None
        for way in self.ways:
            if way.targets == ((name,),) and value is None:
                made = self._first(way, (name,), None)
                default = None if isinstance(way.default, Unset) else way.default
                value = default if made is None else made.value
        found = union.variant(value)
        if found is None:
            raise Refused("no-equivalent")
        return found

    # --- reading it --------------------------------------------------------------------------

    def get(self, path: Steps) -> Found | None:
        found = self.exactly(path)
        if found is not None or self.way_to(path) is not None:
            return found
        for length in range(len(path) - 1, 0, -1):
            if self.way_to(path[:length]) is not None:
                return walk(self.exactly(path[:length]), path[length:])
        return self._out_of_slot(path) or self._assembled(path)

    def length(self, path: Steps) -> int | None:
        beneath = [way for way in self.ways if any(goes_into(path, one) for one in way.targets)]
        if not beneath:
            return size(self.get(path))
        if not self.to_left and self.each is not None and is_at((*path, 0), self.each):
            leaves = [one for way in beneath for one in way.targets if is_below((*path, 0), one)]
            return 1 if any(self._is_there((*path, 0), one) for one in leaves) else None
        lists = dict.fromkeys(
            found
            for way in beneath
            for origin in way.origins
            for source in origin.paths
            if (found := self._list_behind(source, (*path, 0))) is not None
        )
        return self._lined_up([one for one in lists if self.below.knows(pattern(one))])

    def _is_there(self, element: Steps, leaf: Pattern) -> bool:
        """Whether an element has a leaf, or the list that a leaf is in."""
        rest = leaf[len(element) :]
        loops = [position for position, segment in enumerate(rest) if is_loop(segment)]
        if loops:
            return self.length((*element, *rest[: loops[0]])) is not None
        return self.get((*element, *rest)) is not None

    def _lined_up(self, lists: list[Steps]) -> int | None:
        """The length that all the lists have in common, those that are there."""
        lengths = [self.below.length(one) for one in lists]
        there = {one for one in lengths if one is not None}
        if len(there) > 1 or (lengths and lengths[0] is None and there - {0}):
            raise Refused("unmappable-value")
        for one, length in zip(lists, lengths, strict=True):
            hold_in_elements(self.hop, self.below, one, length or 0)
        return there.pop() if there else None

    def knows(self, pattern: Pattern) -> bool:
        for way in self.ways:
            for target in way.targets:
                near = target[: len(pattern)] == pattern or pattern[: len(target)] == target
                if near and (
                    not isinstance(way.default, Unset)
                    or target in self.rows
                    or any(one.param in self.settings.params for one in way.origins)
                    or any(self.below.knows(p) for one in way.origins for p in one.paths)
                ):
                    return True
        return False

    def way_to(self, path: Steps) -> Way | None:
        return self._by_target.get(pattern(path))

    def exactly(self, path: Steps) -> Found | None:
        """What is written to this very member, by a rule or a row."""
        way, place = self.way_to(path), self._place_at(path)
        if way is None or place is None:
            return self.slotted.get(path)
        if len(way.targets) > 1:
            return self._part(way, path, place)
        row = self.rows.get(pattern(path))
        found = self._first(way, path, place) if way.origins else None
        if found is None and not isinstance(way.default, Unset):
            found = Found(way.default, place, "$")
        if row is None:
            return found
        if found is None:
            return self._from_row(row, place)
        if row.allowed is not None and not any(json_equal(found.value, one) for one in row.allowed):
            raise Refused("no-equivalent", found.where)
        return found

    def _from_row(self, row: Row, place: Place) -> Found | None:
        if row.written is None:
            return None
        if row.taken:
            raise Refused("no-equivalent", row.written.where)
        return self._fitting(row.written, row.written.value, place, "unmappable-value")

    def _place_at(self, path: Steps) -> Place | None:
        return self.place.at(path)

    def _assembled(self, path: Steps) -> Found | None:
        """An object or list that is only there because something is written into it."""
        place = self._place_at(path)
        steps = {
            one[len(path)] for one in self.targets() if is_below(path, one) and one[len(path) :]
        }
        if place is None or not steps:
            return None
        made: Json
        if steps & {LIST_ITEM, MAP_ENTRY}:
            number = self.length(path)
            if number is None:
                return None
            elements = [self.get((*path, index)) for index in range(number)]
            made = [one.value for one in elements if one is not None]
        else:
            there = {step: self.get((*path, step)) for step in sorted(steps)}
            made = {step: one.value for step, one in there.items() if one is not None}
            if not made:
                return None
        return Found(made, place, "$")

    def targets(self) -> list[Pattern]:
        return [one for way in self.ways for one in way.targets]

    # --- one value ---------------------------------------------------------------------------

    def _first(self, way: Way, path: Steps, place: Place | None) -> Found | None:
        """The first of a way's origins that is there, converted; one may be passed over."""
        for origin in way.origins:
            if origin.kind == "opt-in" and origin.opt_in not in self.settings.allow:
                continue
            if origin.unless is not None and self.get(origin.unless) is not None:
                continue
            if origin.param:
                if origin.param in self.settings.params:
                    return Found(_read_as(self.settings.params[origin.param], place), place, "")
                continue
            made = self._from(way, origin, path, place)
            if made is not None:
                return made
        return None

    def _from(self, way: Way, origin: Origin, path: Steps, place: Place | None) -> Found | None:
        code = "unmappable-value" if origin.id is None and not way.is_id else "unmappable-id"
        members = [self._read(one, path) for one in origin.paths]
        there = [one for one in members if one is not None]
        if len(there) < len(members):
            return None
        found = there[-1]
        if isinstance(origin.codec, Template):
            found = self._joined(origin.codec, there)
        found = self._crossed(origin, found)
        try:
            value = self._converted(origin, found, code)
            return self._fitting(found, value, place, code)
        except Refused as refused:
            if origin.skips and refused.reason.code != "missing-param":
                return None
            raise
        except codecs.Unfit:
            if origin.skips:
                return None
            raise Refused(code, *(one.where for one in there)) from None

    def _joined(self, codec: Template, members: list[Found]) -> Found:
        enums = [None if one.place is None else one.place.schema.get("enum") for one in members]
        try:
            text = codecs.join(codec.parts, [one.value for one in members], enums)
        except codecs.Unfit:
            raise Refused("unmappable-value", *(one.where for one in members)) from None
        return Found(text, None, members[-1].where)

    def _crossed(self, origin: Origin, found: Found) -> Found:
        table = self.settings.crosswalks.get(origin.id or "")
        if table is None:
            return found
        if found.value not in table:
            raise Refused("unmappable-id", found.where)
        return Found(table[found.value], None, found.where)

    def _converted(self, origin: Origin, found: Found, code: str) -> Json:
        value = found.value
        match origin.codec:
            case Identity() | Template():
                return value
            case ValueMap(table=table):
                return self._value_for(table, found, code)
            case DateTime(epoch=epoch):
                if epoch and self.to_left:
                    return value
                if epoch and not isinstance(value, str):
                    return codecs.epoch_to_text(value, _per_second(epoch))
                return codecs.date_time(value)
            case Iso8601(zone=zone):
                if self.to_left:
                    return value
                try:
                    given = self.settings.params.get(zone)
                    return codecs.iso_to_text(value, given)
                except codecs.NeedsZone:
                    raise Refused("missing-param" if zone else code, found.where) from None
            case Epoch(unit=unit):
                if isinstance(value, str):
                    return codecs.text_to_epoch(value, _per_second(unit))
                return codecs.epoch_to_text(value, _per_second(unit))
            case NumericString():
                return codecs.numeric_string(value)
            case Linear(left=left, right=right):
                scales = (right, left) if self.to_left else (left, right)
                return codecs.linear(value, *scales)

    def _value_for(self, table: Table, found: Found, code: str) -> Json:
        for kind in ("exact", "approximate", "opt-in"):
            for pair in table.rows:
                if pair.kind != kind or (kind != "exact" and pair.to_left != self.to_left):
                    continue
                if kind == "opt-in" and pair.name not in self.settings.allow:
                    continue
                source, target = _cells(pair, self.to_left)
                if any(json_equal(found.value, one) for one in source):
                    return target[0]
        listed = found.place is not None and "enum" in found.place.schema
        if listed or self._has_reason(table, found.value):
            raise Refused("no-equivalent", found.where)
        raise Refused(code, found.where)

    def _has_reason(self, table: Table, value: Json) -> bool:
        """Whether the mapping says why a value has no equal, or which opt-in would give one."""
        off = [
            _cells(pair, self.to_left)[0]
            for pair in table.rows
            if pair.kind == "opt-in" and pair.to_left == self.to_left
        ]
        refused = [
            cell
            for one in table.refused_rows
            if one.on_left != self.to_left
            for _, cell in one.record
            if not isinstance(cell, Variable)
        ]
        return any(json_equal(value, one) for cell in (*off, *refused) for one in cell)

    def _fitting(self, found: Found, value: Json, place: Place | None, code: str) -> Found:
        """A value as it may be written at a place."""
        if place is None:
            return Found(value, None, found.where)
        written = _copy(value, found.place if value is found.value else None, place)
        if not place.takes(written):
            raise Refused(code, found.where)
        return Found(written, place, found.where)

    def _part(self, way: Way, path: Steps, place: Place) -> Found | None:
        """One of the members that a text is split into."""
        origin = way.origins[0]
        assert isinstance(origin.codec, Template)
        found = self._read(origin.paths[0], path)
        if found is None:
            return None
        code = "unmappable-value" if origin.id is None else "unmappable-id"
        found = self._crossed(origin, found)
        try:
            parts = self._split(origin.codec, way, path, found, code)
        except Refused:
            if origin.skips:
                return None
            raise
        index = next(n for n, one in enumerate(way.targets) if is_at(path, one))
        return Found(parts[index], place, found.where)

    def _split(
        self, codec: Template, way: Way, path: Steps, found: Found, code: str
    ) -> dict[int, Json]:
        places = [self._place_at(_beside(path, one)) for one in way.targets]
        enums = [None if one is None else one.schema.get("enum") for one in places]
        kinds = ["string" if one is None else _kind(one) for one in places]
        if not isinstance(found.value, str):
            raise Refused(code, found.where)
        parts: dict[int, Json] = dict(codecs.split(codec.parts, found.value, enums, kinds))
        if not parts and codec.short:
            parts = dict(codecs.split(codec.short, found.value, enums, kinds))
            for index, name in codec.params if parts else ():
                if name not in self.settings.params:
                    raise Refused("missing-param", found.where)
                parts[index] = self.settings.params[name]
        if not parts:
            raise Refused(code, found.where)
        for index, place in enumerate(places):
            if place is None:
                continue
            try:
                if kinds[index] != "string" and isinstance(parts[index], str):
                    parts[index] = codecs.string_to_number(parts[index])
            except codecs.Unfit:
                raise Refused(code, found.where) from None
            if not place.takes(parts[index]):
                raise Refused(code, found.where)
        return parts

    # --- where a value is read ---------------------------------------------------------------

    def _read(self, source: Pattern, target: Steps) -> Found | None:
        path = self._behind(source, target)
        return None if path is None else self.below.get(path)

    def _behind(self, source: Pattern, target: Steps) -> Steps | None:
        """The path of the source that goes with one of the target, list for list.

        The list of which each element is an event of its own is one element on the other side.
        """
        numbers = [
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
            elif numbers:
                path.append(numbers.pop(0))
            else:
                return None
        return tuple(path)

    def _list_behind(self, source: Pattern, element: Steps) -> Steps | None:
        """The list of the source that goes with the list that `element` is in."""
        for length in range(1, len(source) + 1):
            if not is_loop(source[length - 1]):
                continue
            path = self._behind(source[:length], element)
            if path is None:
                return None
            if self._behind(source[:length], element[:-1]) is None:
                return path[:-1]
        return None

    # --- carried values ----------------------------------------------------------------------

    def _out_of_slot(self, path: Steps) -> Found | None:
        """What this format holds in its free slot for the format that asks."""
        carries = self.hop.direction.mapping.carry_slot
        if carries is None or self.to_left or len(path) != len(carries.carried) + 2:
            return None
        *above, vendor, name = path
        if tuple(above) != carries.carried or vendor == self.hop.direction.mapping.left:
            return None
        key = f"{carries.prefix}{vendor}{carries.separator}{name}"
        return self.below.get((*carries.slot, key))

    def _into_slot(self) -> Iterator[tuple[Steps, Found]]:
        """What other formats have put under `carried`, by its path in the free slot."""
        carries = self.hop.direction.mapping.carry_slot
        if carries is None or not self.to_left:
            return
        carried = self.below.get(carries.carried)
        for vendor, fields in ({} if carried is None else carried.value).items():
            if vendor == self.hop.direction.mapping.left:
                continue
            for name in fields or ():
                found = self.below.get((*carries.carried, vendor, name))
                path = (*carries.slot, f"{carries.prefix}{vendor}{carries.separator}{name}")
                place = self._place_at(path)
                if found is not None and place is not None:
                    yield path, self._fitting(found, found.value, place, "unmappable-value")


def _copy(value: Json, source: Place | None, target: Place) -> Json:
    """A value without nulls and without what either format has no place for.

    Where an integer is due, one that came as 15.0 is written 15.
    """
    if isinstance(value, dict) and source is not None:
        places = {name: (source.below(name), target.below(name)) for name in value}
        if target.types - {"null"} != {"object"}:
            places = {name: (one, one) for name, (one, _) in places.items()}
        return {
            name: _copy(value[name], one, other)
            for name, (one, other) in places.items()
            if value[name] is not None and one is not None and other is not None
        }
    if isinstance(value, list):
        one = source.below(LIST_ITEM) if source is not None else None
        other = target.below(LIST_ITEM) if "array" in target.types else None
        return [_copy(item, one, other) if other is not None else item for item in value]
    if isinstance(value, float) and "integer" in target.types and "number" not in target.types:
        return int(value) if value.is_integer() else value
    return value


def _read_as(value: Json, place: Place | None) -> Json:
    """A param; a text where a number is due is read as that number."""
    if isinstance(value, str) and place is not None and place.types and "string" not in place.types:
        return codecs.string_to_number(value)
    return value


def _cells(
    pair: TableRow, to_left: bool
) -> tuple[tuple[ScalarValue, ...], tuple[ScalarValue, ...]]:
    left, right = pair.left[0][1], pair.right[0][1]
    assert isinstance(left, tuple) and isinstance(right, tuple)
    return (right, left) if to_left else (left, right)


def _kind(place: Place) -> str:
    """What a text is read as at a place: as it is, where texts may be."""
    for kind in ("string", "number", "integer"):
        if kind in place.types:
            return kind
    return "string"


def _per_second(unit: str) -> int:
    return 1 if unit == "seconds" else 1000


def pattern(path: Steps) -> Pattern:
    return tuple(LIST_ITEM if isinstance(step, int) else step for step in path)


def plain(pattern: Pattern) -> Pattern:
    return tuple(LIST_ITEM if is_loop(segment) else segment for segment in pattern)


def _beside(path: Steps, pattern: Pattern) -> Steps:
    """The path of a member that is written from the same text as another."""
    numbers = [step for step in path if isinstance(step, int)]
    return tuple(numbers.pop(0) if is_loop(segment) else segment for segment in pattern)
