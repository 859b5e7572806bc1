"""A mapping in one direction: the fields that are written, and their sources.

This deliberately does not use `translator.language.direction`, which is under test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from translator.language.nodes import (
    ABSENT,
    UNSET,
    Case,
    Codec,
    Constant,
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
    absent: tuple[Path, ...] = ()
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
                rules.append(_to_right(rule))
        filled: dict[Path, list[Origin]] = {}
        for param_field in self.mapping.param_fields:
            if param_field.on_left == self.to_left:
                origin = Origin(param=param_field.param)
                filled.setdefault(param_field.path, []).append(origin)
        written = {rule.targets for rule in rules}
        for path, origins in filled.items():
            if (path,) not in written:
                rules.append(Rule((path,), tuple(origins)))
        for constant in self.constants(written=True):
            rules.append(Rule((constant.path,), default=constant.value))
        return rules

    def constants(self, *, written: bool) -> list[Constant]:
        """The constants of the target, or those of the source."""
        side = "left" if self.to_left else "right"
        return [
            constant
            for constant in self.mapping.constants
            if constant.only_to in (None, side) and constant.on_left == (self.to_left == written)
        ]


def _to_right(rule: FieldRule) -> Rule:
    if isinstance(rule.codec, Template):
        firsts = [Origin(rule.left, rule.codec, id=rule.id)]
    else:
        skips = rule.unfit_right == "skip"
        firsts = [Origin((path,), rule.codec, id=rule.id, skips=skips) for path in rule.left]
    return _with_fallbacks(rule, rule.right[:1], firsts, to_left=False)


def _to_left(rule: FieldRule) -> Rule:
    skips = rule.unfit_left == "skip"
    firsts = [Origin((path,), rule.codec, id=rule.id, skips=skips) for path in rule.right]
    if isinstance(rule.codec, Template):
        return Rule(rule.left, tuple(firsts[:1]), is_id=rule.id is not None)
    return _with_fallbacks(rule, rule.left[:1], firsts, to_left=True)


def _with_fallbacks(
    rule: FieldRule, targets: tuple[Path, ...], firsts: list[Origin], *, to_left: bool
) -> Rule:
    origins = list(firsts)
    default: ScalarValue | Unset = UNSET
    for fallback in rule.fallbacks:
        if fallback.to_left != to_left:
            continue
        if not isinstance(fallback.value, Unset | list | dict):
            default = fallback.value
            continue
        record = fallback.when.left if to_left else fallback.when.right
        origins.append(
            Origin(
                () if fallback.path is None else (fallback.path,),
                fallback.codec,
                fallback.kind,
                fallback.name,
                fallback.id,
                tuple(path for path, cell in record if cell is ABSENT),
                fallback.param,
                fallback.unfit == "skip",
            )
        )
    return Rule(targets, tuple(origins), default, rule.id is not None)
