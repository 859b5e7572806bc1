"""A mapping in one direction: the fields that are written, and their sources.

This deliberately does not use `translator.language.direction`, which is under test.
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

UNCHANGED = Identity()


@dataclass(frozen=True)
class Origin:
    """A possible source of a value: a field (several for a template) or a param."""

    paths: tuple[Path, ...] = ()
    codec: Codec = UNCHANGED
    kind: RuleKind = "exact"
    opt_in: str = ""
    id: str | None = None
    unless: Path | None = None
    param: str = ""
    skips: bool = False


@dataclass(frozen=True)
class Rule:
    """A field to write (several for a split string), and its possible sources in order."""

    targets: tuple[Path, ...]
    origins: tuple[Origin, ...] = ()
    default: ScalarValue | Unset = UNSET
    is_id: bool = False


@dataclass(frozen=True)
class Direction:
    """A mapping in one direction."""

    mapping: Mapping
    to_left: bool
    _rules: dict[str, list[Rule]] = field(default_factory=dict, compare=False)

    def cases(self) -> list[Case]:
        """The cases that apply in this direction."""
        side = "left" if self.to_left else "right"
        return [case for case in self.mapping.cases if case.only_to in (None, side)]

    def rules(self, case: Case) -> list[Rule]:
        """The rules of a case, without rows."""
        if case.name not in self._rules:
            self._rules[case.name] = self._rules_of(case)
        return list(self._rules[case.name])

    def _rules_of(self, case: Case) -> list[Rule]:
        rules: list[Rule] = []
        for rule in (*case.rules, *self.mapping.shared_rules):
            if self.to_left and rule.only_to != "right":
                rules.append(_to_left(rule))
            if not self.to_left and rule.only_to != "left":
                rules += _to_right(rule)
        for param in self.mapping.params:
            if param.fills is not None and param.to_left == self.to_left:
                rules = _with_param(rules, param.name, param.fills)
        for constant in self.mapping.constants:
            if constant.on_left == self.to_left:
                rules.append(Rule((constant.path,), default=constant.value))
        return rules


def _to_right(rule: FieldRule) -> Iterator[Rule]:
    is_id = rule.id is not None
    if isinstance(rule.codec, Template):
        yield Rule(rule.right[:1], (Origin(rule.left, rule.codec, id=rule.id),), is_id=is_id)
        return
    targets = [(rule.right[0], rule.codec), *((also.path, also.codec) for also in rule.also)]
    for path, codec in targets:
        origins = tuple(Origin((left,), codec, id=rule.id) for left in rule.left)
        yield Rule((path,), origins, rule.default, is_id)


def _to_left(rule: FieldRule) -> Rule:
    is_id = rule.id is not None
    firsts = [Origin((path,), rule.codec, id=rule.id, skips=rule.skip_unfit) for path in rule.right]
    if isinstance(rule.codec, Template):
        return Rule(rule.left, tuple(firsts[:1]), is_id=is_id)
    also = [Origin((also_rule.path,), also_rule.codec) for also_rule in rule.also]
    exact: list[Origin] = []
    inexact: list[Origin] = []
    for alternative in rule.alternatives:
        (exact if alternative.kind == "exact" else inexact).append(
            Origin(
                (alternative.path,),
                alternative.codec,
                alternative.kind,
                alternative.name,
                alternative.id,
                alternative.unless,
            )
        )
    return Rule(rule.left[:1], (*firsts, *also, *exact, *inexact), is_id=is_id)


def _with_param(rules: list[Rule], name: str, fills: Path) -> list[Rule]:
    """Add a param as a source: after exact sources, before inexact ones."""
    param = Origin(param=name)
    for index, rule in enumerate(rules):
        if rule.targets == (fills,):
            exact = tuple(origin for origin in rule.origins if origin.kind == "exact")
            inexact = tuple(origin for origin in rule.origins if origin.kind != "exact")
            filled = replace(rule, origins=(*exact, param, *inexact))
            return [*rules[:index], filled, *rules[index + 1 :]]
    return [*rules, Rule((fills,), (param,))]
