"""Write the first mapping and examples of a new format, as far as its spec and names decide them.

What is written as a rule is proved: rules that `check` reports become comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Any, Final

from translator.analysis.check import check
from translator.analysis.field_matching import (
    Proposal,
    is_kind_name,
    propose_fields,
    split_words,
)
from translator.analysis.sample_events import sample_event
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import HUB
from translator.engine.translator import Translator
from translator.errors import TODO, Diagnostic, MappingError, TranslationError
from translator.language.checker import enum_values
from translator.language.exhaustiveness import leaf_paths
from translator.language.yaml_tree import yaml_string
from translator.paths import (
    LIST_ITEM,
    MAP_ENTRY,
    VALUE,
    Path,
    format_path,
    is_scalar_path,
    list_prefix,
    starts_with,
)
from translator.schema.types import (
    EventType,
    Object,
    Scalar,
    ScalarValue,
    SchemaType,
    Union,
    find_field,
    type_at,
    variants_of,
)
from translator.validation.events import EventValidator
from translator.validation.subtypes import is_subtype

_ACTION: Final = ("action",)
"""The field of the hub that says what happened."""

_CUSTOM: Final = "custom"
"""The action of what is outside the hub's vocabulary; `_CUSTOM_NAME` is its name."""

_CUSTOM_NAME: Final = ("custom_action",)

_HEADER: Final = """\
# Maps {name} (left) to the hub format `{hub}` (right).
#
# Written by `translator new`. What to do next:
#   1. Read the rules below: they were proposed by name, and fit the types of both formats.
#   2. Uncomment the proposals that are true, and remove their fields under `lost`.
#   3. Under `lost`, list each field below the reason why the other format has no such field.
#   4. Replace every other `todo`, and run `translator check`: it lists what is left.
# The mapping language: https://github.com/event-translator/event-translator/blob/main/docs/mappings.md
"""


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The files of a new format. `findings` is what `check` reports about them."""

    mapping: str
    examples: str
    findings: Sequence[Diagnostic]


@dataclass
class _Draft:
    """A mapping that is being written: what is in it, before it becomes YAML."""

    name: str
    left: EventType
    right: EventType
    proposals: list[Proposal]
    rules: dict[Path, Proposal] = field(default_factory=dict)
    carried: dict[Path, Path] = field(default_factory=dict)
    """Fields that no other format has: where the hub carries them."""
    rest: set[Path] = field(default_factory=set)
    """The objects in `carried` of which only the free keys and fields without rules are carried."""
    kind: Path | None = None
    kind_values: dict[ScalarValue, ScalarValue] = field(default_factory=dict)
    kind_target: Path = _CUSTOM_NAME
    constants: dict[Path, ScalarValue] = field(default_factory=dict)
    no_param: set[str] = field(default_factory=set)


def scaffold(catalog: Catalog, name: str, document: Mapping[str, Any], schema_ref: str) -> Scaffold:
    """Write the mapping and the examples of the format `name` with the given spec.

    `catalog` has the hub; `schema_ref` is where the mapping finds its schema for editors. Raises
    `SpecError` for a spec that cannot be used.
    """
    with TemporaryDirectory() as folder:
        spec_file = File(folder, f"{name}.json")
        spec_file.write_text(json.dumps(document), encoding="utf-8")
        hub_file = catalog.folders.spec_file(HUB)
        specs = [File(folder)] if hub_file is None else [File(folder), File(hub_file).parent]
        fresh = Catalog(specs=specs, mappings=[File(folder)])
        left = fresh.event_type(name, for_output=False)
        right = fresh.event_type(HUB, for_output=False)
        draft = _draft(name, left, right)
        header = f"# yaml-language-server: $schema={schema_ref}\n#\n"
        files = _Files(File(folder), specs, name)
        while True:
            mapping = header + "\n".join(_mapping_lines(draft)) + "\n"
            findings = files.check(mapping, "")
            if not _drop_reported(draft, mapping, findings):
                break
        examples = _examples(draft, files.catalog())
        with_examples = files.check(mapping, examples)
        if any(finding.code.startswith("example-") for finding in with_examples):
            # An event of the format needs more than its spec and names decide.
            return Scaffold(mapping, "", findings)
        return Scaffold(mapping, examples, with_examples)


@dataclass(frozen=True, slots=True)
class _Files:
    """The folder in which drafts are checked."""

    folder: File
    specs: list[File]
    name: str

    def catalog(self) -> Catalog:
        return Catalog(specs=self.specs, mappings=[self.folder])

    def check(self, mapping: str, examples: str) -> list[Diagnostic]:
        """Check a draft, and return the findings about it."""
        (self.folder / f"{self.name}.yaml").write_text(mapping, encoding="utf-8")
        if examples:
            (self.folder / "examples").mkdir(exist_ok=True)
            file = self.folder / "examples" / f"{self.name}.yaml"
            file.write_text(examples, encoding="utf-8")
        findings = check(self.catalog(), self.name)
        return [item for item in findings if item.location.file.endswith(".yaml")]


# --- the draft ------------------------------------------------------------------------------------


def _draft(name: str, left: EventType, right: EventType) -> _Draft:
    left_leaves, right_leaves = _leaf_types(left), _leaf_types(right)
    targets = {path: each for path, each in right_leaves.items() if path[0] not in _RESERVED}
    draft = _Draft(name, left, right, list(propose_fields(left_leaves, targets)))
    _choose_kind(draft, left_leaves, right_leaves)
    required = set(_required_leaves(left))
    taken: set[Path] = set()
    for proposal in draft.proposals:
        is_free = proposal.left not in draft.rules and proposal.right not in taken
        is_wanted = proposal.left in required and proposal.left != draft.kind
        if is_free and is_wanted and proposal.is_exact:
            draft.rules[proposal.left] = proposal
            taken.add(proposal.right)
    for path in required:
        values = enum_values([left_leaves[path]]) if path in left_leaves else None
        if values and len(values) == 1 and path != draft.kind and path not in draft.rules:
            draft.constants[path] = values[0]
    _choose_carried(draft, left_leaves)
    return draft


def _choose_carried(draft: _Draft, leaves: dict[Path, SchemaType]) -> None:
    """Carry required fields without a rule, and objects with free keys, for the way back."""
    decided = [*draft.rules, *draft.constants]
    paths = [path for path in _required_leaves(draft.left) if path != draft.kind]
    for leaf in leaves:
        if LIST_ITEM not in leaf and MAP_ENTRY in leaf[1:]:
            path = leaf[: leaf.index(MAP_ENTRY)]
            paths.append(path)
            found = (type_at(variant, path) for variant in variants_of(draft.left))
            if any(isinstance(each, Object) and each.fields for each in found):
                draft.rest.add(path)
    for path in dict.fromkeys(paths):
        words = chain.from_iterable(split_words(step) for step in path)
        target = ("carried", draft.name, "_".join(words))
        is_free = not any(starts_with(each, path) or starts_with(path, each) for each in decided)
        if is_free and target[-1].isidentifier() and target not in draft.carried.values():
            draft.carried[path] = target
            decided.append(path)


_RESERVED: Final = frozenset({"action", "custom_action", "carried"})
"""Fields of the hub that no name is compared with."""


def _leaf_types(events: EventType) -> dict[Path, SchemaType]:
    """Return the type of each leaf in the first variant that has it."""
    leaves: dict[Path, SchemaType] = {}
    for variant in variants_of(events):
        for path in leaf_paths(variant):
            found = type_at(variant, path)
            if found is not None:
                leaves.setdefault(path, found)
    return leaves


def _required_leaves(events: EventType) -> list[Path]:
    """List the leaves and lists that every variant requires, with all that contains them."""
    variants = variants_of(events)
    paths = chain.from_iterable(_required_below(variant, ()) for variant in variants)
    return [
        path
        for path in dict.fromkeys(paths)
        if all(_is_required(variant, path) for variant in variants)
    ]


def _required_below(schema_type: SchemaType, at: Path) -> Iterator[Path]:
    if isinstance(schema_type, Object) and schema_type.fields:
        for name, each in schema_type.fields.items():
            if each.required:
                yield from _required_below(each.type, (*at, name))
    else:
        yield at


def _is_required(schema_type: SchemaType, path: Path) -> bool:
    for step in path:
        each = find_field(schema_type, step)
        if each is None or not each.required:
            return False
        schema_type = each.type
    return True


def _choose_kind(
    draft: _Draft, left: dict[Path, SchemaType], right: dict[Path, SchemaType]
) -> None:
    """Find the field that says what happened, and relate its values to the hub's actions."""
    actions = enum_values([right[_ACTION]]) or ()
    for variant in variants_of(draft.right):
        actions += enum_values(list(filter(None, [type_at(variant, _ACTION)]))) or ()
    by_name = {_value_name(action): action for action in actions if action != _CUSTOM}
    discriminator = draft.left.discriminator if isinstance(draft.left, Union) else None
    best, best_score = None, 0
    for path in _required_leaves(draft.left):
        schema_type = left.get(path)
        if not isinstance(schema_type, Scalar) or schema_type.types != {"string"}:
            continue
        values = _kind_values(draft.left, path)
        matches = {
            value: by_name[key] for value in values if (key := _value_name(value)) in by_name
        }
        score = 100 * (path == (discriminator,)) + 10 * is_kind_name(path) + 20 * bool(matches)
        if score > best_score:
            best, best_score = path, score
            draft.kind_values, draft.kind_target = dict(matches), _ACTION
            if not matches:
                draft.kind_values, draft.kind_target = {v: v for v in values}, _CUSTOM_NAME
    draft.kind = best
    if draft.kind_target == _CUSTOM_NAME:
        draft.constants[_ACTION] = _CUSTOM


def _kind_values(events: EventType, path: Path) -> tuple[ScalarValue, ...]:
    """List the values of a field in all variants; empty if any string is allowed."""
    found = [type_at(variant, path) for variant in variants_of(events)]
    return enum_values([each for each in found if each is not None]) or ()


def _value_name(value: ScalarValue) -> str:
    return re.sub(r"[^a-z0-9]", "", str(value).lower())


def _drop_reported(draft: _Draft, mapping: str, findings: Sequence[Diagnostic]) -> bool:
    """Remove what findings are about from the draft; return whether there was any."""
    lines = mapping.split("\n")
    dropped = False
    sections: list[dict[Path, Any]] = [draft.rules, draft.carried]
    for finding in findings:
        if finding.code == "todo-reason" or not finding.location.line:
            continue
        line = lines[finding.location.line - 1]
        for section in sections:
            for path in list(section):
                if line.startswith(f"  {_left(draft, path)}: "):
                    del section[path]
                    dropped = True
        for name, (path, _) in _params(draft).items():
            if line.startswith((f"  {yaml_string(name)}: ", f"    {_quoted(path)}: {{param: ")):
                draft.no_param.add(name)
                dropped = True
    return dropped


# --- YAML -----------------------------------------------------------------------------------------


def _params(draft: _Draft) -> dict[str, tuple[Path, str]]:
    """Return the params that fill required fields: field and format, by name."""
    params: dict[str, tuple[Path, str]] = {}
    if draft.kind is None:
        params[_CUSTOM_NAME[0]] = (_CUSTOM_NAME, HUB)
    for path in _required_leaves(draft.left):
        rules = [rule for each, rule in draft.rules.items() if starts_with(each, path)]
        is_written = bool(rules) and all(map(_is_always_there(draft), rules))
        if not is_written and path != draft.kind and path not in draft.constants:
            name = (
                path[-1] if path[-1].isidentifier() and path[-1] not in params else "_".join(path)
            )
            params[name] = (path, draft.name)
    return {name: use for name, use in params.items() if name not in draft.no_param}


def _is_always_there(draft: _Draft) -> Callable[[Proposal], bool]:
    """Return whether a rule needs no param: the hub has its field, or a codec converts it."""

    def is_there(rule: Proposal) -> bool:
        is_direct = rule.left in draft.rules and not rule.codec and LIST_ITEM not in rule.left
        start = rule.right.index(LIST_ITEM) + 1 if LIST_ITEM in rule.right else 0
        for variant in variants_of(draft.right):
            found = type_at(variant, rule.right[:start]) if start else variant
            if is_direct and found is not None and not _is_required(found, rule.right[start:]):
                return False
        return True

    return is_there


def _mapping_lines(draft: _Draft) -> Iterator[str]:
    yield from _HEADER.format(name=draft.name, hub=HUB).splitlines()
    yield "version: 2"
    yield f"between: [{draft.name}, {HUB}]"
    lists = _each(draft)
    if lists:
        yield ""
        yield f"each: {_quoted(lists)}    # one event of {draft.name} for each item"
    params = _params(draft)
    if params:
        yield ""
        yield "params:    # values that callers give for fields that an event lacks"
        yield from (f"  {yaml_string(name)}: {TODO}" for name in params)
    by_path = {(path, format_): name for name, (path, format_) in params.items()}
    constants: dict[str, dict[Path, str]] = {draft.name: {}, HUB: {}}
    for path, value in draft.constants.items():
        constants[HUB if path == _ACTION else draft.name][path] = _scalar(value)
    for (path, format_), name in by_path.items():
        if format_ == HUB or not any(starts_with(each, path) for each in _ruled(draft)):
            constants[format_][path] = f"{{param: {yaml_string(name)}}}"
    if any(constants.values()):
        yield ""
        yield "constants:"
        for side, entries in constants.items():
            if entries:
                yield f"  {side}:"
                yield from (f"    {_quoted(path)}: {value}" for path, value in entries.items())
    yield ""
    yield "fields:" if draft.kind is not None or _ruled(draft) else "fields: {}"
    if draft.kind is not None:
        yield from _kind_lines(draft)
    for rule in draft.rules.values():
        yield f"  {_rule(rule, by_path.get((rule.left, draft.name)))}"
    if draft.carried:
        yield "  # No other format has these; they are kept for the way back:"
    for path, target in draft.carried.items():
        param = by_path.get((path, draft.name))
        yield f"  {_line(_left(draft, path), target, '', param)}"
    proposals = [each for each in draft.proposals if draft.rules.get(each.left) != each]
    if proposals:
        yield "  # Fields with near names; uncomment those that mean the same:"
        yield from (f"  # {_proposal(draft, each)}{_each_note(each, lists)}" for each in proposals)
    yield ""
    yield "lost:"
    for side, events in ((draft.name, draft.left), (HUB, draft.right)):
        lost = _lost(draft, events, on_left=side == draft.name)
        yield f"  {side}:" if lost else f"  {side}: {{}}"
        if lost:
            yield f"    {TODO}:"
            yield from (f"      - {_quoted(path)}" for path in lost)


def _ruled(draft: _Draft) -> list[Path]:
    """Return the fields of the left that have a rule, but the one that says what happened."""
    return [*draft.rules, *draft.carried]


def _left(draft: _Draft, path: Path) -> str:
    """Write the left side of the rule for a field."""
    text = format_path(path)
    return yaml_string(f"{text}{{*}}" if path in draft.rest else text)


def _each(draft: _Draft) -> Path:
    """Return the first list of the hub to which a rule relates a field outside a list."""
    for rule in draft.rules.values():
        prefix = list_prefix(rule.right)
        if prefix is not None and is_scalar_path(rule.left):
            return prefix
    return ()


def _each_note(rule: Proposal, lists: Path) -> str:
    """Return a note on a rule between a field and a field of a list, where `each` is missing."""
    prefix = list_prefix(rule.right)
    if prefix is None or lists == prefix or not is_scalar_path(rule.left):
        return ""
    return f"    # needs `each: {_quoted(prefix)}` above `fields`"


def _kind_lines(draft: _Draft) -> Iterator[str]:
    assert draft.kind is not None
    target = format_path(draft.kind_target)
    if not draft.kind_values:
        yield f"  {_quoted(draft.kind)}: {target}    # or is: action, with the values that mean one"
        return
    yield f"  {_quoted(draft.kind)}:"
    yield f"    is: {target}"
    yield "    values:"
    yield from (
        f"      {yaml_string(str(one))}: {_scalar(two)}" for one, two in draft.kind_values.items()
    )
    if draft.kind_target == _ACTION:
        used = set(draft.kind_values.values())
        actions = [
            value
            for variant in variants_of(draft.right)
            for value in enum_values(list(filter(None, [type_at(variant, _ACTION)]))) or ()
            if value not in used
        ]
        others = [v for v in _kind_values(draft.left, draft.kind) if v not in draft.kind_values]
        yield "    refuse:"
        yield f"      - to: {draft.name}"
        yield f"        from: [{', '.join(map(_scalar, actions))}]"
        yield f"        because: {TODO}"
        if others:
            yield f"      - to: {HUB}"
            yield f"        from: [{', '.join(map(_scalar, others))}]"
            yield f"        because: {TODO}"


def _rule(rule: Proposal, param: str | None) -> str:
    return _line(_quoted(rule.left), rule.right, rule.codec, param)


def _proposal(draft: _Draft, rule: Proposal) -> str:
    """Write a proposal. Where an optional field takes other values, these cost only the field."""
    left, right = _leaf_types(draft.left)[rule.left], _leaf_types(draft.right)[rule.right]
    is_same = not rule.codec and is_subtype(left, right) and is_subtype(right, left)
    skips = not is_same and not _is_required_anywhere(draft.left, rule.left)
    return _line(_quoted(rule.left), rule.right, rule.codec, None, skips=skips)


def _line(left: str, right: Path, codec: str, param: str | None, *, skips: bool = False) -> str:
    """Write a rule: a codec converts, a param replaces the right, and what does not fit is lost."""
    keys = [f"is: {_quoted(right)}"]
    if codec:
        keys.append(f"as: {codec}")
    if param is not None:
        keys.append(f"else: [{{param: {yaml_string(param)}}}]")
    if skips:
        keys.append("unfit: skip")
    return f"{left}: {{{', '.join(keys)}}}" if len(keys) > 1 else f"{left}: {_quoted(right)}"


def _lost(draft: _Draft, events: EventType, *, on_left: bool) -> list[Path]:
    """List the fields of one side that no rule reads; a field without any rule is not divided."""
    used = [rule.left if on_left else rule.right for rule in draft.rules.values()]
    used += [path for path in draft.constants if (path != _ACTION) == on_left]
    used += draft.carried if on_left else ()
    if draft.kind is not None:
        used.append(draft.kind if on_left else draft.kind_target)
    lost: dict[Path, None] = {}
    for path in chain.from_iterable(map(leaf_paths, variants_of(events))):
        if any(starts_with(path, each) for each in used):
            continue
        ends = (end for end in range(1, len(path) + 1))
        free = (path[:end] for end in ends if not any(starts_with(u, path[:end]) for u in used))
        lost[next(free)] = None
    return sorted(lost, key=lambda path: (not _is_required_anywhere(events, path),))


def _is_required_anywhere(events: EventType, path: Path) -> bool:
    return any(_is_required(variant, path) for variant in variants_of(events))


def _quoted(path: Path) -> str:
    return yaml_string(format_path(path))


def _scalar(value: ScalarValue) -> str:
    return yaml_string(value) if isinstance(value, str) else json.dumps(value)


# --- examples -------------------------------------------------------------------------------------


def _examples(draft: _Draft, catalog: Catalog) -> str:
    """Write one example for each kind of event that translates; empty if none does."""
    params, ruled = _params(draft), _ruled(draft)
    ruled_params = {name: path for name, (path, _) in params.items() if path in ruled}
    blocks: list[str] = []
    validator = EventValidator(catalog.spec(draft.name))
    for event in _sample_events(draft):
        values = {
            name: _param_value(_value_at(event, path)) if target == draft.name else TODO
            for name, (path, target) in params.items()
            if path not in ruled
        }
        if validator.violations(event):
            continue
        try:
            given = {name: value for name, value in values.items() if params[name][1] == HUB}
            translate = Translator(draft.name, HUB, params=given, catalog=catalog)
            translated = translate.translate(event)
        except (TranslationError, MappingError):
            continue
        block = [
            f"  - about: {_about(draft, event)}",
            f"    {draft.name}: {json.dumps(event, ensure_ascii=False)}",
            f"    {HUB}: {json.dumps(translated, ensure_ascii=False)}",
        ]
        if values:
            block.append(f"    params: {json.dumps(values, ensure_ascii=False)}")
        blocks.append("\n".join(block))
        if ruled_params and len(blocks) == 1:
            given = values | {
                name: _param_value(_value_at(event, path)) for name, path in ruled_params.items()
            }
            for path in ruled_params.values():
                rule = draft.rules.get(path)
                _remove(translated, draft.carried[path] if rule is None else rule.right)
            block = [
                "  - about: params fill what an interaction lacks",
                f"    {HUB}: {json.dumps(translated, ensure_ascii=False)}",
                f"    {draft.name}: {json.dumps(event, ensure_ascii=False)}",
                f"    params: {json.dumps(given, ensure_ascii=False)}",
                f"    to: {draft.name}",
            ]
            blocks.append("\n".join(block))
    return "examples:\n" + "\n\n".join(blocks) + "\n" if blocks else ""


def _remove(event: Any, path: Path) -> None:
    """Remove a field, and the objects that hold nothing else."""
    name, *below = path
    if name == LIST_ITEM:
        for item in event:
            _remove(item, tuple(below))
        return
    if below and name in event:
        _remove(event[name], tuple(below))
    if not below or not event.get(name, True):
        event.pop(name, None)


def _param_value(value: Any) -> Any:
    """Write a list or an object as a param takes it."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def _about(draft: _Draft, event: Any) -> str:
    value = _value_at(event, draft.kind) if draft.kind is not None else None
    return yaml_string(
        f"a small event of the kind {value}" if value is not None else "a small event"
    )


_SAMPLE_STRINGS: Final = {"iso-8601": "2024-05-01T12:00:00Z", "numeric-string": "1"}
"""Strings that the codecs convert."""


def _is_string(variant: Object, path: Path) -> bool:
    found = type_at(variant, path)
    return isinstance(found, Scalar) and found.types == {"string"}


def _sample_events(draft: _Draft) -> Iterator[Any]:
    for variant in variants_of(draft.left):
        kinds: Sequence[ScalarValue | None] = (None,)
        if draft.kind is not None and draft.kind_values:
            allowed = _kind_values(variant, draft.kind)
            kinds = [value for value in draft.kind_values if value in allowed]
        for kind in kinds:
            values = {path: value for path, value in draft.constants.items() if path != _ACTION}
            for rule in draft.rules.values():
                if rule.codec in _SAMPLE_STRINGS and _is_string(variant, rule.left):
                    values[rule.left] = _SAMPLE_STRINGS[rule.codec]
            if kind is not None and draft.kind is not None:
                values[draft.kind] = kind
            fields = [path for path in draft.rules if type_at(variant, path) is not None]
            # An object with free keys has one of them.
            fields += [(*path, MAP_ENTRY, VALUE) for path in draft.carried]
            yield sample_event(variant, values, fields)


def _value_at(event: Any, path: Path) -> Any:
    for step in path:
        event = event[step] if isinstance(event, dict) and step in event else None
    return event
