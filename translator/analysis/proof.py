"""What is proved of a pair before it sees an event: kind by kind, from the code that would run.

Every check that stands in that code is found in it, not listed from memory: a kind whose code can
raise nothing is *proved*, one whose code can is *guarded* by what it raises, and one of which a
member does not fit the target, or a required one is not written, is *wrong*. The code assumes that
the event satisfies the source's spec, which is judged first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from translator.analysis.kinds import EventKind, compile_kinds
from translator.catalog.catalog import Catalog
from translator.compiler.conversions import direct_table, table_key
from translator.compiler.lineage import codec_name
from translator.compiler.variant import OutputForm
from translator.errors import Diagnostic, Location, MappingError
from translator.language.nodes import (
    DateTime,
    Epoch,
    FieldRule,
    Identity,
    Iso8601,
    Linear,
    Mapping,
    NumericString,
    Template,
    ValueMap,
)
from translator.paths import Path, format_path
from translator.schema.types import Object, is_subtype

Verdict = Literal["proved", "guarded", "refused", "wrong"]

RAISING_HELPERS = {
    "all_or_none": 1,
    "flatten_carried": 5,
    "check_same_length": 1,
    "look_up_id": 3,
    "merge": 2,
    "set_key": 3,
}
"""The helpers of emitted code that can refuse, and which argument of theirs says where."""

_HELPER_DEMANDS = {
    "all_or_none": "given for all elements or for none",
    "flatten_carried": "what is carried fits the slot for it",
    "check_same_length": "lists that are lined up are of one length",
    "look_up_id": "the crosswalk has a row for it",
    "merge": "nothing carried has the name of a member of the event",
    "set_key": "no key comes twice",
}


@dataclass(frozen=True, slots=True)
class Guard:
    """A check at run time: the code it refuses with, the place it looks at, what it demands.

    `place` is a JSON path in the source, with `[]` for any element; `rule` is where the rule
    stands that needs it, as `file:line:column`, or empty.
    """

    code: str
    place: str
    demand: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class KindProof:
    """What holds for one kind of event. `written` are the members that its translation can have.

    The guards of a refused kind say why; `opt_ins` are what a kind is refused without.
    """

    kind: str
    verdict: Verdict
    guards: tuple[Guard, ...] = ()
    written_paths: tuple[str, ...] = ()
    opt_ins: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleInverse:
    """How the two directions of a rule undo each other. One with `because` has one direction."""

    left: str
    right: str
    how: str
    law: str
    location: Location
    because: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proved of a pair: `way` is the formats from source to target.

    `params` are those that were taken as given: without them, events that need them are refused.
    """

    route: tuple[str, ...]
    params: tuple[str, ...]
    kind_proofs: tuple[KindProof, ...]
    inverses: tuple[RuleInverse, ...]
    findings: tuple[Diagnostic, ...] = ()

    @property
    def source(self) -> str:
        """The format that is read."""
        return self.route[0]

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.route[-1]

    @property
    def verdict(self) -> Verdict:
        """The worst of what holds for the kinds of events that are translated."""
        verdicts = {kind_proof.verdict for kind_proof in self.kind_proofs}
        if self.findings or "wrong" in verdicts:
            return "wrong"
        if "guarded" in verdicts:
            return "guarded"
        return "proved" if "proved" in verdicts else "refused"

    @property
    def guards(self) -> tuple[Guard, ...]:
        """Every check that stands in the code of any kind of event that is translated."""
        translated = (
            kind_proof for kind_proof in self.kind_proofs if kind_proof.verdict != "refused"
        )
        return tuple(
            dict.fromkeys(guard for kind_proof in translated for guard in kind_proof.guards)
        )


def prove(
    catalog: Catalog,
    source: str,
    target: str,
    *,
    params: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    crosswalks: Sequence[str] = (),
) -> Proof:
    """What is proved of the way from `source` to `target`.

    `params` names those taken as given, by default all; `allow` the opt-ins and `crosswalks` the
    tables likewise, by default none.
    A mapping that cannot be right makes the proof *wrong*, with the findings. Raises
    `TranslationError` if there is no way, `SpecError` if a spec cannot be used.
    """
    route = tuple(catalog.route(source, target))
    try:
        steps = catalog.steps(source, target)
        mappings = [step.directed.mapping for step in steps]
        declared_params = {item.name for mapping in mappings for item in mapping.params}
        given_params = tuple(sorted(declared_params if params is None else params))
        event_kinds = compile_kinds(
            catalog, source, target, params=given_params, allow=allow, crosswalks=crosswalks
        )
        kind_proofs = tuple(map(prove_kind, event_kinds))
    except MappingError as error:
        return Proof(route, (), (), (), error.diagnostics)
    inverses = tuple(item for mapping in mappings for item in _rule_inverses(mapping))
    return Proof(route, given_params, kind_proofs, inverses)


def prove_kind(kind: EventKind) -> KindProof:
    """What holds for one kind of event."""
    if kind.refusal is not None:
        refusal = kind.refusal
        guard = Guard(refusal.code, refusal.path, refusal.message, str(refusal.rule or ""))
        return KindProof(kind.label, "refused", (guard,))
    guards = tuple(dict.fromkeys(_find_guards(kind.code)))
    if not kind.output_forms:
        return KindProof(kind.label, "refused", guards)
    written_paths = dict.fromkeys(
        format_path(field.target) for form in kind.output_forms for field in form.written_fields
    )
    findings = tuple(refusal for form in kind.output_forms for refusal in _find_misfits(form))
    verdict: Verdict = "wrong" if findings else "guarded" if guards else "proved"
    return KindProof(
        kind.label, verdict, guards, tuple(written_paths), kind.opt_ins, findings=findings
    )


# --- what is written fits ------------------------------------------------------------------------


def _find_misfits(form: OutputForm) -> Iterator[str]:
    """What is not proved of the members of one form, and no check stands for."""
    for field in form.written_fields:
        if not is_subtype(field.type, field.target_type):
            yield f"what is written to {format_path(field.target)} may not fit it"
    written_paths = [field.target for field in form.written_fields]
    for path in sorted({path for path in written_paths if written_paths.count(path) > 1}):
        yield f"{format_path(path)} is written twice"
    for path in _unwritten_required(form.type, (), written_paths):
        yield f"the target needs {format_path(path)}, and nothing writes it"


def _unwritten_required(
    schema_type: Object, parent: Path, written_paths: Sequence[Path]
) -> Iterator[Path]:
    """Required members of what is written that no entry is at, above or below."""
    for name, field in schema_type.fields.items():
        path = (*parent, name)
        is_above = any(path[: len(written_path)] == written_path for written_path in written_paths)
        is_below = any(written_path[: len(path)] == path for written_path in written_paths)
        if field.required and not is_above and not is_below:
            yield path
        if is_below and not is_above and isinstance(field.type, Object):
            yield from _unwritten_required(field.type, path, written_paths)


# --- what is checked at run time -----------------------------------------------------------------


def _find_guards(code: str) -> Iterator[Guard]:
    """The checks in the lines of a kind's code: each statement and call of it that can refuse."""
    tree = ast.parse("def translate(event):\n" + code)
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="Refuse"), args=[code_node, place_node, message_node, *_]
            ):
                rule = next(
                    (keyword.value for keyword in node.keywords if keyword.arg == "rule"), None
                )
                rule_location = ast.literal_eval(rule) if rule is not None else ""
                yield Guard(
                    _node_string(code_node),
                    _node_string(place_node),
                    _node_string(message_node),
                    rule_location,
                )
            case ast.Call(func=ast.Name(id="flatten_carried"), args=[_, _, _, _, _, place_node]):
                pass  # nothing carried has to be judged
            case ast.Call(func=ast.Name(id=name), args=call_args) if name in RAISING_HELPERS:
                refusal_code = "unmappable-id" if name == "look_up_id" else "unmappable-value"
                suffix = ".*.*" if name == "flatten_carried" else ""
                place = _node_string(call_args[RAISING_HELPERS[name]]) + suffix
                yield Guard(refusal_code, place, _HELPER_DEMANDS[name])


def _node_string(node: ast.expr) -> str:
    """A text as emitted code writes it: what is only known at run time becomes a mark."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=parts):
            return "".join(_part_string(part) for part in parts).replace(": the value ", ": ")
    return ast.unparse(node)


def _part_string(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="format_value"))):
            return "the value"
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="path_step"))):
            return ".*"
        case ast.FormattedValue(value=ast.Name(id="error" | "problem")):
            return "can be converted"
    return ""


# --- how rules are undone ------------------------------------------------------------------------


def _rule_inverses(mapping: Mapping) -> Iterator[RuleInverse]:
    for rule in mapping.all_rules():
        left = " + ".join(map(format_path, rule.left))
        right = " + ".join(map(format_path, (*rule.right, *(also.path for also in rule.also))))
        law = "" if rule.only_to is not None else _rule_law(rule)
        because = f"only towards the {rule.only_to}: {rule.because}" if rule.only_to else ""
        yield RuleInverse(left, right, codec_name(rule.codec), law, rule.location, because)
    for table in mapping.tables:
        exact_count = sum(1 for pair in table.rows if pair.kind == "exact")
        law = f"{exact_count} rows, each found again from either side"
        yield RuleInverse("", "", f"rows {table.name}", law, table.location)


def _rule_law(rule: FieldRule) -> str:
    codec = rule.codec
    match codec:
        case Identity():
            return "the value itself"
        case ValueMap():
            return _table_law(codec)
        case DateTime() | Iso8601():
            return "the same instant, written as RFC 3339"
        case Epoch(unit=unit):
            return f"the same instant, to the {unit.removesuffix('s')}"
        case NumericString():
            return "the same number"
        case Linear():
            return "the same number on another scale"
        case Template():
            return "the members are found again in the text, or the text is refused"
    assert_never(codec)


def _table_law(codec: ValueMap) -> str:
    forward = direct_table(codec.table, frozenset(), to_left=False)
    backward = direct_table(codec.table, frozenset(), to_left=True)
    exact_pairs = [
        (value, mapped) for value, (mapped, kind, _) in forward.items() if kind == "exact"
    ]
    changed = [
        str(key[1])
        for key, mapped in exact_pairs
        if table_key(backward.get(table_key(mapped), ("", "", ""))[0]) != key
    ]
    if not changed:
        return f"one to one over {len(exact_pairs)} values"
    return f"{len(exact_pairs)} values, of which {', '.join(changed)} come back as others"
