"""The reference: what a route makes of one event, read off the mappings while it goes.

Slow and plain on purpose. Nothing is compiled, no case is worked out beforehand, and every value
that is written is judged by the target's own schema. It says of a refused event every reason that
applies, since which of several is named is the engine's to choose.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.reference.deciding import (
    Hop,
    Settings,
    case_of,
    hold_constants,
    hold_in_elements,
    rows_of,
)
from tests.reference.making import Made
from tests.reference.places import Place
from tests.reference.views import Event, Json, Reason, Refused, Steps, View, is_below, is_loop
from translator.language.nodes import Case
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE


def translated(
    event: Json, source: Place, hops: Sequence[Hop], settings: Settings
) -> tuple[list[Json], list[Reason]]:
    """The events that a valid event becomes, or all the reasons for which it is refused."""
    if source.told_by is not None:
        variant = source.variant(event[source.told_by])
        assert variant is not None
        source = variant
    view: View = Event(event, source)
    reasons: list[Reason] = []
    for hop in hops[:-1]:
        try:
            view = _between(hop, view, settings, reasons)
        except Refused as refused:
            return [], [*reasons, refused.reason]
    try:
        outputs = _Last(hops[-1], view, settings, reasons).events()
    except Refused as refused:
        reasons.append(refused.reason)
        outputs = []
    return ([], reasons) if reasons else (outputs, [])


def _between(hop: Hop, view: View, settings: Settings, reasons: list[Reason]) -> View:
    rows = rows_of(hop, view, settings)
    hold_constants(hop, view, reasons)
    case = case_of(hop, view)
    return Made(hop, view, case, rows, _inner(settings))


def _inner(settings: Settings) -> Settings:
    """Crosswalks are applied once, on the way into the last format."""
    return Settings(settings.params, settings.allow)


class _Failed:
    """Stands for a part that is there and cannot be written."""


FAILED = _Failed()


class _Last:
    """The last mapping of a route: makes whole events, and goes on after a reason to refuse."""

    def __init__(self, hop: Hop, below: View, settings: Settings, reasons: list[Reason]) -> None:
        self.hop, self.below, self.settings, self.reasons = hop, below, settings, reasons
        self.rows = rows_of(hop, below, settings)
        hold_constants(hop, below, reasons)

    def events(self) -> list[Json]:
        if not self.hop.direction.to_left:
            return [self._event(case_of(self.hop, self.below), None)]
        for case in self.hop.direction.cases():
            if case.if_present is not None and self.below.get(case.if_present) is None:
                continue
            if case.each is None:
                return [self._event(case, None)]
            try:
                number = self.below.length(case.each)
            except Refused:
                self._without_item()
                raise
            if number:
                hold_in_elements(self.hop, self.below, case.each, number)
                return [self._event(case, one) for one in range(number)]
        self._without_item()
        raise Refused("no-item")

    def _without_item(self) -> None:
        """What is wrong with the rest of the event is wrong with or without an item."""
        said = len(self.reasons)
        for case in self.hop.direction.cases():
            self._event(case, None)
        also = [one for one in self.reasons[said:] if one.paths or one.code == "no-equivalent"]
        self.reasons[said:] = also

    def _event(self, case: Case, element: int | None) -> Json:
        try:
            made = Made(self.hop, self.below, case, self.rows, self.settings, element)
        except Refused as refused:
            self.reasons.append(refused.reason)
            return {}
        return _Writer(made, self.reasons).object((), made.place, needed=True)


class _Writer:
    """Writes one event: what its place has no room for is left out, what it needs must be there."""

    def __init__(self, made: Made, reasons: list[Reason]) -> None:
        self.made, self.reasons = made, reasons
        self.targets = [*made.targets(), *made.slotted]

    def object(self, path: Steps, place: Place, *, needed: bool, alone: bool = True) -> Json:
        """An object; None where nothing is in it and it need not be there.

        One that is not `alone` is added to what a rule writes there: it may lack members.
        """
        below = [one[len(path)] for one in self.targets if is_below(path, one) and one[len(path) :]]
        names = dict.fromkeys([*place.names, *(one for one in below if isinstance(one, str))])
        before = len(self.reasons)
        found: dict[str, Json] = {}
        missing: list[Reason] = []
        for name in names:
            inner = None if is_loop(name) else place.below(name)
            if inner is None:
                continue
            required = alone and place.requires(name)
            value = self.value((*path, name), inner, needed=required)
            if value is not None:
                found[name] = value
            elif required:
                missing.append(self._missing((*path, name)))
        if not found and not needed and len(self.reasons) == before:
            return None
        self.reasons += missing
        return found

    def _missing(self, path: Steps) -> Reason:
        way = self.made.way_to(path)
        settings = self.made.settings
        for one in way.origins if way is not None else ():
            if one.param and one.param not in settings.params:
                return Reason("missing-param")
            if one.kind == "opt-in" and one.opt_in not in settings.allow:
                return Reason("missing-param")
        return Reason("unmappable-value")

    def value(self, path: Steps, place: Place, *, needed: bool) -> Json:
        """What is written at a place; None where nothing is."""
        try:
            return self._value(path, place, needed=needed)
        except Refused as refused:
            self.reasons.append(refused.reason)
            return FAILED

    def _value(self, path: Steps, place: Place, *, needed: bool) -> Json:
        beneath = [one for one in self.targets if is_below(path, one) and len(one) > len(path)]
        found = self.made.exactly(path)
        base = None if found is None else found.value
        if not beneath:
            return base
        steps = {one[len(path)] for one in beneath}
        if steps & {LIST_ITEM, MAP_ENTRY}:
            return self._list(path, place) if "array" in place.types else self._keyed(path, place)
        if "object" not in place.types:
            return base
        whole = self.made.way_to(path) is None
        extras = self.object(path, place, needed=needed and whole, alone=whole)
        if isinstance(base, dict) and isinstance(extras, dict):
            return _merged(base, extras)
        if whole and needed and not extras:
            return None
        return base if extras is None else extras

    def _list(self, path: Steps, place: Place) -> Json:
        number, inner = self.made.length(path), place.below(LIST_ITEM)
        if number is None or inner is None:
            return None
        elements = [self._element((*path, one), inner) for one in range(number)]
        missing = elements.count(None)
        if missing and missing < number:
            raise Refused("unmappable-value")
        return None if missing else elements

    def _element(self, path: Steps, place: Place) -> Json:
        deeper = [one for one in self.targets if is_below(path, one) and len(one) > len(path)]
        if deeper and "object" in place.types:
            return self.object(path, place, needed=True)
        return self.value(path, place, needed=False)

    def _keyed(self, path: Steps, place: Place) -> Json:
        number, inner = self.made.length(path), place.below(VALUE)
        if number is None or inner is None:
            return None
        made: dict[str, Json] = {}
        for one in range(number):
            key = self.made.exactly((*path, one, KEY))
            value = self.value((*path, one, VALUE), inner, needed=True)
            if key is None or value is None or key.value in made:
                raise Refused("unmappable-value")
            made[key.value] = value
        return made


def _merged(base: dict[str, Json], extras: dict[str, Json]) -> dict[str, Json]:
    both = dict(base)
    for name, value in extras.items():
        if name not in both:
            both[name] = value
        elif isinstance(value, dict) and isinstance(both[name], dict):
            both[name] = _merged(both[name], value)
        else:
            raise Refused("unmappable-value")
    return both
