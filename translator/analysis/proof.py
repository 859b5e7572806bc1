"""What can go wrong when a pair translates a valid event, derived from the code that would run.

Each kind of event gets a verdict. It is *proved* if its code cannot refuse an event, *guarded* if
the code contains a check that can, *refused* if it always refuses, and *wrong* if the code may
write an invalid value or no value for a required field. The checks are found in the emitted code
itself, and the code assumes that the event was validated first.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from translator.analysis.kinds import EventKind, compile_kinds, declared_params
from translator.catalog.catalog import Catalog
from translator.compiler.conversions import directed_entries, table_key
from translator.compiler.lineage import codec_name
from translator.compiler.variant import OutputForm
from translator.errors import Diagnostic, Location, MappingError
from translator.language.nodes import Codec, Epoch, Mapping, Pipeline, Table, ValueMap
from translator.paths import Selection, format_path, real_path

Verdict = Literal["wrong", "guarded", "proved", "refused"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""All verdicts, from worst to best; last the one on a kind of which no event is translated."""

RAISING_HELPERS = {
    "all_or_none": (1, "all elements have a value, or none has"),
    "flatten_carried": (5, "the carried value is valid for its slot"),
    "check_same_length": (1, "parallel lists have the same length"),
    "look_up_id": (3, "the crosswalk has a row for the id"),
    "merge": (2, "no carried value has the name of a field of the event"),
    "pick_element": (2, "it has several elements, and only a list of one can be translated"),
    "refuse_named": (2, "no field has a meaning of its own"),
    "set_key": (3, "each key is unique"),
}
"""The helpers of emitted code that can refuse: which argument is the JSON path, and the demand."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A check at run time: the code it refuses with, the JSON path it refuses, and its demand.

    In `place`, `[]` is any element and `.*` any field. `rule` is the location of the rule that
    requires the check, as `file:line:column`, or empty.
    """

    code: str
    place: str
    demand: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class KindProof:
    """The verdict on one kind of event, and the fields `written` in its translations.

    The guards of a refused kind say why it is refused. `opt_ins` are the opt-ins it requires.
    """

    kind: str
    verdict: Verdict
    opt_ins: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleInverse:
    """Why the two directions of a rule undo each other, or `because` of what it has only one."""

    left: str
    right: str
    how: str
    law: str
    location: Location
    because: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdicts on the kinds of events of a pair; `route` has its formats, source first.

    `params` are the params assumed to be given: without them, events that need them are refused.
    """

    route: tuple[str, ...]
    params: tuple[str, ...] = ()
    kind_proofs: tuple[KindProof, ...] = ()
    inverses: tuple[RuleInverse, ...] = ()
    findings: tuple[Diagnostic, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst verdict on a kind of event that is translated."""
        verdicts = {kind_proof.verdict for kind_proof in self.kind_proofs}
        if self.findings:
            return "wrong"
        return next((item for item in VERDICTS if item in verdicts), "refused")

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The checks of all kinds of events that are translated, each once."""
        translated = [kind for kind in self.kind_proofs if kind.verdict != "refused"]
        return tuple(dict.fromkeys(guard for kind in translated for guard in kind.guards))


def prove(
    catalog: Catalog,
    source: str,
    target: str,
    *,
    params: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    crosswalks: Iterable[str] = (),
) -> Proof:
    """Prove, kind by kind of event, what translating from `source` to `target` can end in.

    `params` (default: all), `allow` (opt-ins) and `crosswalks` are the names assumed to be given.
    If a mapping on the route has errors, the verdict is `wrong` and `findings` has the errors.

    Raises `TranslationError` if a format is unknown or no route leads from `source` to `target`,
    and `SpecError` if a spec on the route is unusable.
    """
    route = tuple(catalog.route(source, target))
    try:
        mappings = [step.directed.mapping for step in catalog.steps(source, target)]
        params = tuple(sorted(declared_params(mappings) if params is None else params))
        kinds = compile_kinds(catalog, source, target, params, allow, crosswalks)
    except MappingError as error:
        return Proof(route, findings=error.diagnostics)
    inverses = tuple(inverse for mapping in mappings for inverse in _rule_inverses(mapping))
    return Proof(route, params, tuple(map(prove_kind, kinds)), inverses)


def prove_kind(kind: EventKind) -> KindProof:
    """Prove what translating the events of one kind can end in."""
    checks = (*_choice_guards(kind), *_find_guards(kind.code))
    if (refusal := kind.refusal) is not None:
        guard = Guard(refusal.code, refusal.path, refusal.message, str(refusal.rule or ""))
        return KindProof(kind.label, "refused", guards=(guard, *checks))
    guards = tuple(dict.fromkeys(checks))
    if not kind.output_forms:
        return KindProof(kind.label, "refused", guards=guards)
    written = tuple(dict.fromkeys(format_path(field.target) for field in kind.written_fields))
    findings = tuple(finding for form in kind.output_forms for finding in _check_form(form))
    verdict: Verdict = "wrong" if findings else "guarded" if guards else "proved"
    return KindProof(kind.label, verdict, kind.opt_ins, written, guards, findings)


# --- what is written ------------------------------------------------------------------------------


def _check_form(form: OutputForm) -> Iterator[str]:
    """Describe each way in which a translation of this form may be invalid.

    Each value fits its field and no required field is missing, because the code that writes them
    is proved or checks it.
    """
    written = Counter((field.target, field.selected) for field in form.written_fields)
    for path in sorted({path for (path, _), count in written.items() if count > 1}):
        yield f"{format_path(path)} is written twice"


# --- checks at run time ---------------------------------------------------------------------------


def _choice_guards(kind: EventKind) -> Iterator[Guard]:
    """Yield the checks of the code that finds the kind of an event, before its own code runs."""
    for path in kind.choice:
        for position, step in enumerate(path):
            if isinstance(step, Selection) and "only" in step.picks:
                place = format_path((*real_path(path[:position]), step.list_name))
                yield Guard("unmappable-value", f"$.{place}", RAISING_HELPERS["pick_element"][1])


def _find_guards(code: str) -> Iterator[Guard]:
    tree = ast.parse(f"def translate(event):\n{code or '    pass'}")
    nodes = list(ast.walk(tree))
    all_places = _find_places(node for node in nodes if isinstance(node, ast.Assign))
    places = {name: paths[0] for name, paths in all_places.items()}
    for node in (each for each in nodes if isinstance(each, ast.Call)):
        match node:
            case ast.Call(func=ast.Name(id="Refuse"), args=[_, _, _, *_] as args):
                rules = [item.value for item in node.keywords if item.arg == "rule"]
                rule = ast.literal_eval(rules[0]) if rules else ""
                refusal_code, demand = (_describe_string(args[index], places) for index in (0, 2))
                for place in _describe_places(args[1], all_places):
                    yield Guard(refusal_code, place, demand, rule)
            case ast.Call(func=ast.Name(id="flatten_carried"), args=[_, _, _, _, _, _]):
                pass  # without its last argument it validates nothing
            case ast.Call(func=ast.Name(id=name), args=args) if name in RAISING_HELPERS:
                index, demand = RAISING_HELPERS[name]
                refusal_code = "unmappable-id" if name == "look_up_id" else "unmappable-value"
                for suffix in (".*", ".*.*") if name == "flatten_carried" else ("",):
                    for place in _describe_places(args[index], all_places):
                        yield Guard(refusal_code, place + suffix, demand)


def _find_places(assignments: Iterable[ast.Assign]) -> dict[str, list[str]]:
    """Return the paths that emitted code assigns to each variable for a path."""
    places: dict[str, list[str]] = defaultdict(list)
    for node in assignments:
        match node:
            case ast.Assign(
                targets=[ast.Tuple(elts=[_, ast.Name(id=name)])],
                value=ast.Tuple(elts=[_, ast.Constant() | ast.JoinedStr() as path]),
            ):
                places[name].append(_describe_string(path, {}))
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Constant(value=str()) | ast.JoinedStr() as path,
            ) if name.startswith("place"):
                places[name].append(_describe_string(path, {}))
    return {name: [*dict.fromkeys(paths)] for name, paths in places.items()}


def _describe_places(node: ast.expr, places: dict[str, list[str]]) -> Iterator[str]:
    """Yield each path that an argument for a path may have."""
    names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    known = [name for name in names if name in places]
    for paths in product(*(places[name] for name in known)):
        yield _describe_string(node, dict(zip(known, paths, strict=True)))


def _describe_string(node: ast.expr, places: dict[str, str]) -> str:
    """Return a string of emitted code, with placeholders for what is known only at run time."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=parts):
            text = "".join(_describe_string(part, places) for part in parts)
            return text.replace(": the value ", ": ")
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="format_value"))):
            return "the value"
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="path_step"))):
            return ".*"
        case ast.FormattedValue(value=ast.Name(id="error" | "problem")):
            return "can be converted"
        case ast.FormattedValue(value=ast.Name(id=name)):
            return places.get(name, "")
        case ast.FormattedValue():
            return ""
    return ast.unparse(node)


# --- inverses of rules ----------------------------------------------------------------------------


_LAWS = {
    "same": "the same value",
    "date-time": "the same instant, written as RFC 3339",
    "iso-8601": "the same instant, written as RFC 3339",
    "numeric-string": "the same number",
    "linear": "the same number on another scale",
    "plain date-time": "the same instant, in capitals",
    "plain iso-8601": "the same instant, written as RFC 3339 in capitals",
    "duration": "the same number of seconds",
    "number": "the same number",
    "string": "the same string, or the decimal form of the number",
    "shift": "the number that was shifted",
    "upper-case": "the same string in capitals",
    "lower-case": "the same string in small letters",
    "prefix": "the string after the prefix",
    "split": "the same parts, or the string is refused",
    "json": "the same JSON value",
    "pairs": "the same pairs, those of one key together",
    "template": "the fields are parsed back from the string, or the string is refused",
}
"""Why the two directions of a codec undo each other, by its name."""


def _rule_inverses(mapping: Mapping) -> Iterator[RuleInverse]:
    for rule in mapping.all_rules():
        left = " + ".join(map(format_path, rule.left))
        right = " + ".join(map(format_path, rule.right))
        law = "" if rule.only_to is not None else _codec_law(rule.codec)
        because = f"only towards the {rule.only_to}: {rule.because}" if rule.only_to else ""
        yield RuleInverse(left, right, codec_name(rule.codec), law, rule.location, because)
    for table in mapping.tables:
        exact_count = sum(row.kind == "exact" for row in table.rows)
        law = f"{exact_count} rows, each found from either side"
        yield RuleInverse("", "", f"rows {table.name}", law, table.location)


def _codec_law(codec: Codec) -> str:
    match codec:
        case ValueMap(table=table):
            return _table_law(table)
        case Pipeline(codecs=codecs):
            return "; ".join(map(_codec_law, codecs))
        case Epoch(unit=unit, fraction=False):
            return f"the same instant, to the {unit.removesuffix('s')}"
        case Epoch():
            return "the same instant, with all digits of the fraction"
    return _LAWS[codec_name(codec)]


def _table_law(table: Table) -> str:
    forward, backward = (directed_entries(table, frozenset(), to_left=way) for way in (False, True))
    exact = [(key, mapped) for key, (mapped, kind, _) in forward.items() if kind == "exact"]
    changed = [
        str(key[1])
        for key, mapped in exact
        if table_key(backward.get(table_key(mapped), ("", "", ""))[0]) != key
    ]
    if not changed:
        return f"one to one over {len(exact)} values"
    return f"{len(exact)} values, and {', '.join(changed)} come back as other values"
