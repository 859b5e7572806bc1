"""What is proved of a pair before it sees an event: kind by kind, from the code that would run.

Every check that stands in that code is found in it, not listed from memory: a kind whose code can
raise nothing is *proved*, one whose code can is *guarded* by what it raises, and one of which a
member does not fit the target, or a required one is not written, is *wrong*. The code assumes that
the event satisfies the source's spec, which is judged first.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, assert_never

from translator.catalog import Catalog
from translator.converting import key_of, lookup
from translator.diagnostics import Diagnostic, Location
from translator.errors import MappingError
from translator.fitting import fits
from translator.kinds import Kind, kinds
from translator.nodes import (
    DateTime,
    Epoch,
    Field,
    Iso8601,
    Linear,
    Mapping,
    NumericString,
    Same,
    Template,
    Values,
)
from translator.origins import codec_name
from translator.paths import Path, show_path
from translator.shapes import Object
from translator.variants import Made

Verdict = Literal["proved", "guarded", "refused", "wrong"]

RAISING = {"all_or_none": 1, "flatten": 5, "line_up": 1, "look_up": 3, "merge": 2, "put": 3}
"""The helpers of emitted code that can refuse, and which argument of theirs says where."""

_DEMANDS = {
    "all_or_none": "given for all elements or for none",
    "flatten": "what is carried fits the slot for it",
    "line_up": "lists that are lined up are of one length",
    "look_up": "the crosswalk has a row for it",
    "merge": "nothing carried has the name of a member of the event",
    "put": "no key comes twice",
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
class Statement:
    """What holds for one kind of event. `written` are the members that its translation can have.

    The guards of a refused kind say why; `opt_ins` are what a kind is refused without.
    """

    kind: str
    verdict: Verdict
    guards: tuple[Guard, ...] = ()
    written: tuple[str, ...] = ()
    opt_ins: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inverse:
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

    way: tuple[str, ...]
    params: tuple[str, ...]
    statements: tuple[Statement, ...]
    inverses: tuple[Inverse, ...]
    findings: tuple[Diagnostic, ...] = ()

    @property
    def source(self) -> str:
        """The format that is read."""
        return self.way[0]

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.way[-1]

    @property
    def verdict(self) -> Verdict:
        """The worst of what holds for the kinds of events that are translated."""
        found = {one.verdict for one in self.statements}
        if self.findings or "wrong" in found:
            return "wrong"
        if "guarded" in found:
            return "guarded"
        return "proved" if "proved" in found else "refused"

    @property
    def guards(self) -> tuple[Guard, ...]:
        """Every check that stands in the code of any kind of event that is translated."""
        translated = (one for one in self.statements if one.verdict != "refused")
        return tuple(dict.fromkeys(guard for one in translated for guard in one.guards))


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
    way = tuple(catalog.way(source, target))
    try:
        steps = catalog.steps(source, target)
        mappings = [step.directed.mapping for step in steps]
        known = {one.name for mapping in mappings for one in mapping.params}
        given = tuple(sorted(known if params is None else params))
        found = kinds(catalog, source, target, params=given, allow=allow, crosswalks=crosswalks)
        statements = tuple(map(state, found))
    except MappingError as error:
        return Proof(way, (), (), (), error.diagnostics)
    inverses = tuple(one for mapping in mappings for one in _inverses(mapping))
    return Proof(way, given, statements, inverses)


def state(kind: Kind) -> Statement:
    """What holds for one kind of event."""
    if kind.refused is not None:
        one = kind.refused
        guard = Guard(one.code, one.path, one.message, str(one.rule or ""))
        return Statement(kind.label, "refused", (guard,))
    guards = tuple(dict.fromkeys(_guards(kind.code)))
    if not kind.made:
        return Statement(kind.label, "refused", guards)
    written = dict.fromkeys(show_path(entry.target) for made in kind.made for entry in made.entries)
    findings = tuple(one for made in kind.made for one in _misfits(made))
    verdict: Verdict = "wrong" if findings else "guarded" if guards else "proved"
    return Statement(kind.label, verdict, guards, tuple(written), kind.opt_ins, findings=findings)


# --- what is written fits ------------------------------------------------------------------------


def _misfits(made: Made) -> Iterator[str]:
    """What is not proved of the members of one form, and no check stands for."""
    for entry in made.entries:
        if not fits(entry.shape, entry.wanted):
            yield f"what is written to {show_path(entry.target)} may not fit it"
    written = [entry.target for entry in made.entries]
    for path in sorted({path for path in written if written.count(path) > 1}):
        yield f"{show_path(path)} is written twice"
    for path in _required(made.shape, (), written):
        yield f"the target needs {show_path(path)}, and nothing writes it"


def _required(shape: Object, at: Path, written: Sequence[Path]) -> Iterator[Path]:
    """Required members of what is written that no entry is at, above or below."""
    for name, member in shape.members.items():
        path = (*at, name)
        above = any(path[: len(one)] == one for one in written)
        below = any(one[: len(path)] == path for one in written)
        if member.required and not above and not below:
            yield path
        if below and not above and isinstance(member.shape, Object):
            yield from _required(member.shape, path, written)


# --- what is checked at run time -----------------------------------------------------------------


def _guards(code: str) -> Iterator[Guard]:
    """The checks in the lines of a kind's code: each statement and call of it that can refuse."""
    tree = ast.parse("def translate(event):\n" + code)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Refuse"), args=[code_, where, message, *_]):
                rule = next((one.value for one in node.keywords if one.arg == "rule"), None)
                shown = ast.literal_eval(rule) if rule is not None else ""
                yield Guard(_text(code_), _text(where), _text(message), shown)
            case ast.Call(func=ast.Name(id="flatten"), args=[_, _, _, _, _, where]):
                pass  # nothing carried has to be judged
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in RAISING:
                refuses = "unmappable-id" if name == "look_up" else "unmappable-value"
                below = ".*.*" if name == "flatten" else ""
                place = _text(arguments[RAISING[name]]) + below
                yield Guard(refuses, place, _DEMANDS[name])


def _text(node: ast.expr) -> str:
    """A text as emitted code writes it: what is only known at run time becomes a mark."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=parts):
            return "".join(_part(part) for part in parts).replace(": the value ", ": ")
    return ast.unparse(node)


def _part(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="shown"))):
            return "the value"
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="step"))):
            return ".*"
        case ast.FormattedValue(value=ast.Name(id="error" | "problem")):
            return "can be converted"
    return ""


# --- how rules are undone ------------------------------------------------------------------------


def _inverses(mapping: Mapping) -> Iterator[Inverse]:
    for rule in mapping.all_fields():
        left = " + ".join(map(show_path, rule.left))
        right = " + ".join(map(show_path, (*rule.right, *(one.path for one in rule.also))))
        law = "" if rule.only is not None else _law(rule)
        because = f"only towards the {rule.only}: {rule.because}" if rule.only else ""
        yield Inverse(left, right, codec_name(rule.codec), law, rule.location, because)
    for table in mapping.tables:
        exact = sum(1 for pair in table.pairs if pair.kind == "exact")
        law = f"{exact} rows, each found again from either side"
        yield Inverse("", "", f"rows {table.name}", law, table.location)


def _law(rule: Field) -> str:
    codec = rule.codec
    match codec:
        case Same():
            return "the value itself"
        case Values():
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


def _table_law(codec: Values) -> str:
    there = lookup(codec.table, frozenset(), to_left=False)
    back = lookup(codec.table, frozenset(), to_left=True)
    exact = [(value, to) for value, (to, kind, _) in there.items() if kind == "exact"]
    changed = [str(v[1]) for v, to in exact if key_of(back.get(key_of(to), ("", "", ""))[0]) != v]
    if not changed:
        return f"one to one over {len(exact)} values"
    return f"{len(exact)} values, of which {', '.join(changed)} come back as others"


# --- for people ----------------------------------------------------------------------------------


def as_text(proof: Proof) -> str:
    """The proof as people read it: kinds of events with the same statement stand together."""
    translated = [one for one in proof.statements if one.verdict != "refused"]
    head = f"{' -> '.join(proof.way)}: {proof.verdict}"
    counts = ", ".join(
        f"{number} {verdict}"
        for verdict in ("proved", "guarded", "wrong", "refused")
        if (number := sum(1 for one in proof.statements if one.verdict == verdict))
    )
    parts = [f"{head} ({counts} of {len(proof.statements)} kinds of events)"]
    if proof.params:
        parts.append(f"params taken as given: {', '.join(proof.params)}")
    parts += [f"wrong: {one}" for one in proof.findings]
    grouped: dict[tuple[Guard, ...], list[Statement]] = {}
    for one in translated:
        grouped.setdefault(one.guards, []).append(one)
    for guards, members in grouped.items():
        parts.append(_group(members, guards))
    refused = [
        (one.kind, guard.code, guard.demand, _short(guard.rule))
        for one in proof.statements
        for guard in one.guards
        if one.verdict == "refused"
    ]
    if refused:
        parts.append("\n".join(["refused, whatever else the event says:", *_rows(refused)]))
    if proof.inverses:
        parts.append(_undone(proof.inverses))
    return "\n\n".join(parts)


def _group(members: Sequence[Statement], guards: Sequence[Guard]) -> str:
    names = ", ".join(
        one.kind + (f" (allow {' or '.join(one.opt_ins)})" if one.opt_ins else "")
        for one in members
    )
    if any(one.findings for one in members):
        found = [f"  {finding}" for one in members for finding in one.findings]
        return "\n".join([f"wrong: {names}", *found])
    writes = f"  writes {', '.join(members[0].written)}"
    if not guards:
        return "\n".join([f"proved: {names}", writes, "  nothing is left to check at run time"])
    rows = [(one.place, one.code, one.demand, _short(one.rule)) for one in guards]
    return "\n".join([f"guarded: {names}", writes, *_rows(rows)])


def _undone(inverses: Sequence[Inverse]) -> str:
    both = [
        (_sides(one), one.how, one.law, _short(str(one.location)))
        for one in inverses
        if not one.because
    ]
    single = [(_sides(one), one.how, one.because, _short(str(one.location)))
              for one in inverses if one.because]  # fmt: skip
    parts = ["\n".join(["each direction of these rules undoes the other:", *_rows(both)])]
    if single:
        parts.append("\n".join(["these rules have one direction:", *_rows(single)]))
    return "\n\n".join(parts)


def _sides(one: Inverse) -> str:
    return f"{one.left} = {one.right}" if one.left else ""


def _short(place: str) -> str:
    return place.rpartition("/")[2]


def _rows(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as aligned lines; the last column but one is not cut."""
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def as_json(proof: Proof) -> str:
    """The proof for programs: one object."""
    data = {
        "source": proof.way[0],
        "target": proof.way[-1],
        "way": list(proof.way),
        "verdict": proof.verdict,
        "params": list(proof.params),
        "findings": [str(one) for one in proof.findings],
        "kinds": [
            {
                "kind": one.kind,
                "verdict": one.verdict,
                "opt_ins": list(one.opt_ins),
                "written": list(one.written),
                "guards": [asdict(guard) for guard in one.guards],
                "findings": list(one.findings),
            }
            for one in proof.statements
        ],
        "rules": [{**asdict(one), "location": str(one.location)} for one in proof.inverses],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)
