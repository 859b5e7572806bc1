"""Compile each kind of event of a source on its own, as input for the other analyses.

A kind is one combination of values of the fields that select a specialization of the code.
Proof, coverage and contract describe a pair kind by kind, from the code that would run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from translator.catalog.catalog import Catalog
from translator.compiler.blocks import ConstantPool
from translator.compiler.lineage import Lineage, WrittenField
from translator.compiler.options import Options
from translator.compiler.specialize import AnyOther, Choice, enumerate_choices, find_selectors
from translator.compiler.variant import OutputForm, VariantEmitter
from translator.errors import Location
from translator.language import nodes
from translator.language.direction import Step, param_fields
from translator.paths import Path, format_path, starts_with
from translator.schema.types import Object, ScalarValue


@dataclass(frozen=True, slots=True)
class KindRefusal:
    """Why every event of a kind is refused: the fields of a `TranslationError`, and the rule.

    `declared` says whether the mapping itself says that such events are refused.
    """

    code: str
    path: str
    message: str
    rule: Location | None = None
    declared: bool = False


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event. `label` names it by the values that select it, as in `custom like`.

    `type` is the schema type of its events, `code` the emitted lines that translate them, and
    `output_forms` the forms that a translation can have. `opt_ins` are the opt-ins it requires.
    A kind with a `static_refusal` is always refused, though before that its code may refuse an
    event for other reasons; if not, that is its `refusal`. `accounted_paths` are fields that the
    output implies without containing them. `matched_rows` are the locations of the rows,
    `chosen_cases` the names of the cases that were applied. `refused_parts` are the elements of
    lists with which every event is refused, with the reasons.
    """

    label: str
    choice: Choice
    type: Object
    code: str = ""
    output_forms: tuple[OutputForm, ...] = ()
    refusal: KindRefusal | None = None
    static_refusal: KindRefusal | None = None
    opt_ins: tuple[str, ...] = ()
    accounted_paths: frozenset[Path] = frozenset()
    matched_rows: frozenset[Location] = frozenset()
    chosen_cases: frozenset[str] = frozenset()
    refused_parts: Mapping[Path, str] = field(default_factory=dict)

    @property
    def refusal_message(self) -> str:
        """Why every event of the kind is refused, if it has no form."""
        refusal = self.static_refusal
        return refusal.message if refusal else "every translation lacks a required field"

    @property
    def written_fields(self) -> Iterator[WrittenField]:
        """The written fields of all forms."""
        return (field for form in self.output_forms for field in form.written_fields)

    def uses_param(self, name: str) -> bool:
        """Whether a translation may depend on a param that is given."""
        return f"bound[{name!r}]" in self.code

    @property
    def may_lack_param(self) -> bool:
        """Whether some event may be refused because a param is not given."""
        refusals = (self.static_refusal, self.refusal)
        codes = [refusal.code for refusal in refusals if refusal is not None]
        return "missing-param" in codes or "missing-param" in self.code

    def part_refusal(self, path: Path) -> str | None:
        """Why every event of the kind that has a leaf is refused; None if it is not."""
        parts = self.refused_parts.items()
        reasons = (because for part, because in parts if starts_with(path, part))
        return next((f"events with it are refused: {because}" for because in reasons), None)

    def may_have(self, path: Path) -> bool:
        """Whether neither a path nor a field above it is absent in every event of the kind."""
        parents = (path[:length] for length in range(1, len(path) + 1))
        return all(self.choice.get(parent, "") is not None for parent in parents)


def _describe_value(path: Path, value: ScalarValue | AnyOther) -> str:
    if not isinstance(value, AnyOther):
        return str(value)
    return "(other)" if value.excluded else f"with {format_path(path)}"


def declared_params(mappings: Iterable[nodes.Mapping]) -> set[str]:
    """Return the names of all params that mappings declare."""
    return {param.name for mapping in mappings for param in mapping.params}


def find_fillers(steps: Sequence[Step]) -> tuple[set[str], set[str]]:
    """Return the params that hide approximations and opt-ins, and these opt-ins.

    A field that a param fills is never filled by an approximation or opt-in that comes after it.
    """
    fillers: set[str] = set()
    allow: set[str] = set()
    for directed in (step.directed for step in steps):
        inexact = [
            (assignment.targets[0], candidate)
            for case in directed.cases
            for assignment in case.assignments
            for candidate in assignment.sources
            if candidate.kind != "exact"
        ]
        targets = {target for target, _ in inexact}
        allow |= {candidate.name for _, candidate in inexact if candidate.kind == "opt-in"}
        fillers |= {use.param for use in param_fields(directed) if use.field in targets}
    return fillers, allow


def compile_kinds(
    catalog: Catalog,
    source: str,
    target: str,
    params: Iterable[str],
    allow: Iterable[str] = (),
    crosswalks: Iterable[str] = (),
    choices: Iterable[Choice] | None = None,
) -> list[EventKind]:
    """Compile the kinds of event of `source` on its route to `target`: all, or those of `choices`.

    `params`, `allow` (opt-ins) and `crosswalks` are the names assumed to be given. A kind that is
    refused without an opt-in is compiled with it. Raises as `Catalog.steps` does.
    """
    steps = catalog.steps(source, target)
    source_type = catalog.event_type(source, for_output=False)
    options = Options(tuple(params), tuple(crosswalks), frozenset(allow), report=True)
    declared = {name for step in steps for name in step.directed.mapping.opt_ins}
    opt_ins = sorted(declared - options.opt_ins)

    def compile_kind(choice: Choice, *extra_opt_ins: str) -> EventKind:
        extended = options._replace(opt_ins=options.opt_ins.union(extra_opt_ins))
        lineage = Lineage()
        emitter = VariantEmitter(source_type, steps, extended, ConstantPool(), choice, lineage)
        body = emitter.emit()
        names = [_describe_value(*item) for item in choice.items() if item[1] is not None]
        kind = EventKind(
            " ".join(names) or "event",
            choice,
            emitter.source_type,
            accounted_paths=frozenset(path for each in lineage.accounted for path in each.paths),
            matched_rows=frozenset(lineage.matched_rows),
            chosen_cases=frozenset(lineage.chosen_cases),
            refused_parts=lineage.refused,
        )
        if (refusal := emitter.refusal) is not None and not emitter.forms:
            place = refusal.source_path.display if not refusal.source_path.indexes else "$"
            reason = (refusal.code, place, refusal.message, refusal.rule, refusal.declared)
            kind = replace(kind, static_refusal=KindRefusal(*reason))
        if body.refusal is not None:
            return replace(kind, refusal=kind.static_refusal)
        forms = tuple(emitter.forms)
        return replace(kind, code=body.source, output_forms=forms, opt_ins=extra_opt_ins)

    def compile_with_opt_ins(choice: Choice) -> EventKind:
        """Compile a kind with as few opt-ins as it requires: none, one or all."""
        kind = compile_kind(choice)
        if kind.static_refusal is None or not opt_ins:
            return kind
        with_all = compile_kind(choice, *opt_ins)
        if with_all.static_refusal is not None:
            return kind
        if len(opt_ins) == 1:
            return with_all
        with_each = (compile_kind(choice, name) for name in opt_ins)
        return next((single for single in with_each if single.static_refusal is None), with_all)

    if choices is None:
        choices = enumerate_choices(source_type, find_selectors(source_type, steps), steps)
    return list(map(compile_with_opt_ins, choices))
