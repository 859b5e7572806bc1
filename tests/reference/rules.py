"""A mapping in one direction: the fields that are written, and their sources.

This deliberately does not use `translator.language.direction`, which is under test.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from translator.language.nodes import (
    UNSET,
    Case,
    Codec,
    Condition,
    Constant,
    FieldRule,
    Identity,
    Json,
    Mapping,
    RuleKind,
    Template,
    Unset,
    is_beside,
)
from translator.paths import LIST_ITEM, MAP_ENTRY, Path
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
    param: str = ""
    skips: bool = False
    passes: bool = False
    when: tuple[Condition, ...] = ()
    not_when: tuple[Condition, ...] = ()
    value: Json | Unset = UNSET
    required: bool = False
    omits_default: bool = False
    gathers: bool = False
    once: bool = False


@dataclass(frozen=True)
class Rule:
    """A field to write (several for a split string), and its possible sources in order.

    One that is `dependent` is written only into an object with other content; with `agree`, all
    exact sources must be equal.
    """

    targets: tuple[Path, ...]
    origins: tuple[Origin, ...] = ()
    default: ScalarValue | Unset = UNSET
    is_id: bool = False
    first_fit: bool = False
    agree: bool = False
    dependent: bool = False


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
                rules += [_marked(each, rule, case, to_left=True) for each in _to_left(rule)]
            if not self.to_left and rule.only_to != "left":
                rules += [_marked(each, rule, case, to_left=False) for each in _to_right(rule)]
        rules = _join_alternatives(rules)
        for path, cell in case.when.left if self.to_left else case.when.right:
            if isinstance(cell, tuple) and len(cell) == 1:
                rules = _with_tag(rules, path, cell[0])
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


def _join_alternatives(rules: list[Rule]) -> list[Rule]:
    """Join rules that write the same field: those of a list, of which one applies."""
    joined: dict[tuple[Path, ...], Rule] = {}
    for rule in rules:
        first = joined.get(rule.targets)
        origins = rule.origins if first is None else first.origins + rule.origins
        joined[rule.targets] = replace(first or rule, origins=origins)
    return list(joined.values())


def _with_tag(rules: list[Rule], path: Path, value: ScalarValue) -> list[Rule]:
    """Add the value of a field by which a case is recognized, unless another rule writes it."""
    if all(rule.targets != (path,) for rule in rules):
        return [*rules, Rule((path,), default=value)]
    return [replace(rule, default=value) if rule.targets == (path,) else rule for rule in rules]


def _to_right(rule: FieldRule) -> list[Rule]:
    if isinstance(rule.codec, Template):
        firsts = [Origin(rule.left, rule.codec, id=rule.id)]
    else:
        skips = rule.unfit_right == "skip"
        firsts = [Origin((path,), rule.codec, id=rule.id, skips=skips) for path in rule.left]
    targets = rule.right if rule.right_all else rule.right[:1]
    return [_with_fallbacks(rule, (target,), firsts, to_left=False) for target in targets]


def _marked(rule: Rule, parsed: FieldRule, case: Case, *, to_left: bool) -> Rule:
    """Say which sources have one value for several elements, and which targets need others."""
    depth = _depth(rule.targets[0], None if to_left else case)
    read = [
        max((_depth(path, case if to_left else None) for path in origin.paths), default=-1)
        for origin in rule.origins
    ]
    in_object = _names_after_lists(rule.targets[0]) > 1
    is_joint = parsed.left_all and to_left and in_object
    once = parsed.once and to_left and not _reads_scope(rule, case)
    return replace(
        rule,
        origins=tuple(
            replace(
                origin,
                gathers=other > depth and not _is_beside(rule, origin, case, to_left),
                once=once,
            )
            for origin, other in zip(rule.origins, read, strict=True)
        ),
        agree=parsed.agree,
        dependent=not any(_is_beside(rule, each, case, to_left) for each in rule.origins)
        and (is_joint or depth > max([each for each in read if each >= 0], default=depth)),
    )


def _is_beside(rule: Rule, origin: Origin, case: Case, to_left: bool) -> bool:
    """Whether a source or target is in a list beside the elements that become events."""
    pairs = [(rule.targets[0], path) for path in origin.paths]
    return any(is_beside(*(pair if to_left else pair[::-1]), case.scope) for pair in pairs)


def _reads_scope(rule: Rule, case: Case) -> bool:
    """Whether a rule reads what each of several events is about."""
    if case.scope is None or case.scope.size is None:
        return True
    about = case.scope.path if case.scope.size == 1 else case.scope.path[:-1]
    paths = [path for origin in rule.origins for path in origin.paths]
    return any(path[: len(about)] == about for path in paths)


def _depth(path: Path, case: Case | None) -> int:
    """In how many lists a path is, without the one whose elements are events of the case."""
    scope = case.scope if case is not None else None
    is_event = scope is not None and scope.size == 1 and path[: len(scope.path)] == scope.path
    return sum(step in (LIST_ITEM, MAP_ENTRY) for step in path) - is_event


def _names_after_lists(path: Path) -> int:
    names = 0
    for step in path:
        names = 0 if step in (LIST_ITEM, MAP_ENTRY) else names + 1
    return names


def _to_left(rule: FieldRule) -> list[Rule]:
    skips = rule.unfit_left == "skip"
    firsts = [Origin((path,), rule.codec, id=rule.id, skips=skips) for path in rule.right]
    if isinstance(rule.codec, Template):
        first = replace(firsts[0], when=(rule.when,), not_when=rule.not_when)
        return [Rule(rule.left, (first,), is_id=rule.id is not None)]
    targets = rule.left if rule.left_all else rule.left[:1]
    return [_with_fallbacks(rule, (target,), firsts, to_left=True) for target in targets]


def _with_fallbacks(
    rule: FieldRule, targets: tuple[Path, ...], firsts: list[Origin], *, to_left: bool
) -> Rule:
    origins = [replace(first, when=(rule.when,), not_when=rule.not_when) for first in firsts]
    for fallback in rule.fallbacks:
        if fallback.to_left != to_left:
            continue
        origins.append(
            Origin(
                () if fallback.path is None else (fallback.path,),
                fallback.codec,
                fallback.kind,
                fallback.name,
                fallback.id,
                fallback.param,
                fallback.unfit == "skip",
                fallback.unfit == "next",
                (rule.when, fallback.when),
                rule.not_when,
                fallback.value,
                fallback.required,
            )
        )
    outcome = rule.unfit_left if to_left else rule.unfit_right
    if rule.omit_default and not to_left:
        count = len(firsts)
        origins[:count] = [replace(each, omits_default=True) for each in origins[:count]]
    first_fit = any(origin.passes for origin in origins) or outcome == "next"
    if first_fit:
        targets = rule.left if to_left else rule.right
        first = len(firsts)
        origins[:first] = [replace(each, passes=outcome == "next") for each in origins[:first]]
    return Rule(targets, tuple(origins), is_id=rule.id is not None, first_fit=first_fit)
