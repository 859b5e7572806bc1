"""A mapping read in one direction: which members are written, and from what.

This is not `translator.language.direction`, on purpose:
which way a rule goes is part of what is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from translator.language.nodes import (
    UNSET,
    Case,
    Codec,
    FieldRule,
    Identity,
    Mapping,
    RuleKind,
    Template,
    Unset,
)
from translator.paths import Path
from translator.schema.types import ScalarValue

AS_IT_IS = Identity()


@dataclass(frozen=True)
class Origin:
    """Where a value may come from: a member (several for a template), or a param."""

    paths: tuple[Path, ...] = ()
    codec: Codec = AS_IT_IS
    kind: RuleKind = "exact"
    opt_in: str = ""
    id: str | None = None
    unless: Path | None = None
    param: str = ""
    skips: bool = False


@dataclass(frozen=True)
class Way:
    """A member that is written (several, where a text is split), and where from, in order."""

    targets: tuple[Path, ...]
    origins: tuple[Origin, ...] = ()
    default: ScalarValue | Unset = UNSET
    is_id: bool = False


@dataclass(frozen=True)
class Direction:
    """A mapping together with the direction in which it is read."""

    mapping: Mapping
    to_left: bool
    _ways: dict[str, list[Way]] = field(default_factory=dict, compare=False)

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.mapping.left if self.to_left else self.mapping.right

    def cases(self) -> list[Case]:
        """The cases that there are in this direction."""
        side = "left" if self.to_left else "right"
        return [case for case in self.mapping.cases if case.only_to in (None, side)]

    def ways(self, case: Case) -> list[Way]:
        """What is written in a case, other than by rows."""
        if case.name not in self._ways:
            self._ways[case.name] = self._ways_of(case)
        return list(self._ways[case.name])

    def _ways_of(self, case: Case) -> list[Way]:
        found: list[Way] = []
        for rule in (*case.rules, *self.mapping.shared_rules):
            if self.to_left and rule.only_to != "right":
                found.append(_to_left(rule))
            if not self.to_left and rule.only_to != "left":
                found += _to_right(rule)
        for param in self.mapping.params:
            if param.fills is not None and param.to_left == self.to_left:
                found = _with_param(found, param.name, param.fills)
        for one in self.mapping.constants:
            if one.on_left == self.to_left:
                found.append(Way((one.path,), default=one.value))
        return found


def _to_right(rule: FieldRule) -> Iterator[Way]:
    is_id = rule.id is not None
    if isinstance(rule.codec, Template):
        yield Way(rule.right[:1], (Origin(rule.left, rule.codec, id=rule.id),), is_id=is_id)
        return
    places = [(rule.right[0], rule.codec), *((one.path, one.codec) for one in rule.also)]
    for path, codec in places:
        origins = tuple(Origin((left,), codec, id=rule.id) for left in rule.left)
        yield Way((path,), origins, rule.default, is_id)


def _to_left(rule: FieldRule) -> Way:
    is_id = rule.id is not None
    firsts = [Origin((path,), rule.codec, id=rule.id, skips=rule.skip_unfit) for path in rule.right]
    if isinstance(rule.codec, Template):
        return Way(rule.left, tuple(firsts[:1]), is_id=is_id)
    also = [Origin((one.path,), one.codec) for one in rule.also]
    exact: list[Origin] = []
    inexact: list[Origin] = []
    for one in rule.alternatives:
        (exact if one.kind == "exact" else inexact).append(
            Origin((one.path,), one.codec, one.kind, one.name, one.id, one.unless)
        )
    return Way(rule.left[:1], (*firsts, *also, *exact, *inexact), is_id=is_id)


def _with_param(ways: list[Way], name: str, fills: Path) -> list[Way]:
    """What the event says exactly wins over the param, the param over all that is inexact."""
    given = Origin(param=name)
    for index, way in enumerate(ways):
        if way.targets == (fills,):
            exact = tuple(one for one in way.origins if one.kind == "exact")
            inexact = tuple(one for one in way.origins if one.kind != "exact")
            filled = replace(way, origins=(*exact, given, *inexact))
            return [*ways[:index], filled, *ways[index + 1 :]]
    return [*ways, Way((fills,), (given,))]
