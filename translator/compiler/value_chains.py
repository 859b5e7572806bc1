"""The value of an assignment: the first of its sources that is present, converted and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from translator.compiler import conversions, symbols
from translator.compiler.blocks import Block
from translator.compiler.checks import emit_checks, emit_filter, required_checks
from translator.compiler.codec_calls import respelling_test
from translator.compiler.conversions import Conversion, RefusalEmitter, is_date_time
from translator.compiler.copies import emit_copy, needs_copy
from translator.compiler.options import Options
from translator.compiler.symbols import STRING, Node, Scope, Value
from translator.language import codecs
from translator.language.direction import Assignment, DirectedCondition, DirectedMapping, Source
from translator.language.nodes import Codec, DateTime, Identity, Iso8601, Template, Unset, ValueMap
from translator.memo import replace
from translator.paths import Path, format_path
from translator.schema.types import Mixed, Scalar, SchemaType
from translator.validation.subtypes import accepts, is_subtype

RESPELLED = "the same in another spelling"
"""What is noted about a value that is converted, and means the same."""


def emit_note(block: Block, kind: str, origins: str, because: str) -> None:
    """Emit a call that records a loss of `kind` of the event's fields at `origins`."""
    block.add(f"notes.append(({kind!r}, {origins}, {because!r}))")


@dataclass(frozen=True, slots=True)
class Converter:
    """Says how the sources of a mapping in one direction become values of its target.

    `crosswalks` maps the given crosswalks to the constants that hold their tables. `final` is set
    for the last mapping of a route, which writes the output.
    """

    directed: DirectedMapping
    options: Options
    crosswalks: Mapping[str, str]
    final: bool

    def refusal(
        self, assignment: Assignment, source: Source, value: Value, subject: str
    ) -> RefusalEmitter:
        """Return how a value that cannot be converted is refused; `subject` is its field."""
        is_id = source.id is not None or assignment.id is not None
        code = "unmappable-id" if is_id else "unmappable-value"
        rule = source.location if self.options.report else None
        return RefusalEmitter(code, value.source_path, subject, source.skips_unfit, rule)

    def is_passthrough(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is written without any conversion, check or note."""
        is_reported = self.options.report and source.kind != "exact"
        if source.not_when or source.id in self.crosswalks or source.when or is_reported:
            return False
        is_unconverted = isinstance(source.codec, Identity) or (
            self._is_identity(source.codec) and is_date_time(value.type)
        )
        if is_unconverted and is_subtype(value.type, target_type):
            return True
        is_unchecked = not self.options.guarded and not source.skips_unfit and not source.param
        return is_unchecked and self.is_unchanged_scalar(source, value, target_type)

    def is_null_passthrough(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether an absent value can be written as None; never in code that reports."""
        is_scalar = isinstance(target_type, Scalar) and not self.options.report
        return is_scalar and self.is_passthrough(source, value, target_type)

    def is_filtered(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is written unchanged, or skipped if it does not fit."""
        is_skipped = source.skips_unfit and self.is_plain(source)
        is_copied = isinstance(source.codec, Identity) and isinstance(value.type, Scalar)
        is_scalar = isinstance(target_type, Scalar)
        return is_skipped and is_copied and is_scalar and not is_subtype(value.type, target_type)

    def applied_codec(self, source: Source) -> Codec:
        """Return the codec that applies to a source: an ID from a crosswalk has no prefix."""
        is_crosswalked = source.id is not None and source.id in self.crosswalks
        return codecs.without_prefixes(source.codec) if is_crosswalked else source.codec

    def is_plain(self, source: Source) -> bool:
        """Whether a source needs no condition, param, crosswalk or report."""
        needs_more = source.when or source.param or self.options.report
        return not needs_more and source.id not in self.crosswalks

    def is_unchanged_scalar(self, source: Source, value: Value, target_type: SchemaType) -> bool:
        """Whether a value is neither list nor object, and its codec does not change it."""
        is_scalar = isinstance(value.type, Scalar | Mixed) and isinstance(target_type, Scalar)
        return is_scalar and self._is_identity(source.codec)

    def _is_identity(self, codec: Codec) -> bool:
        """Whether a codec returns its input in this direction."""
        match codec:
            case Identity():
                return True
            case Iso8601(plain=False):
                return self.directed.to_left
            case DateTime(epoch=epoch, plain=False):
                return self.directed.to_left or not epoch
        return False


@dataclass(slots=True)
class FirstFitEmitter:
    """Emits the values of an assignment each of whose sources goes to the first of its targets."""

    converter: Converter
    written: Mapping[Path, Node]
    assignment: Assignment
    places: list[tuple[Path, SchemaType]]
    values: list[tuple[Source, Value]]
    scope: Scope
    _outputs: list[str] = field(default_factory=list)
    _origins: str = ""

    def output(self, number: int) -> str:
        """Return the variable with the value of a target."""
        return self.outputs()[number]

    def emit_origins(self) -> str:
        """Return the variable with the paths of the source that is used."""
        self.outputs()
        return self._origins

    def outputs(self) -> list[str]:
        """Emit all targets, once; returns their variables."""
        if self._outputs:
            return self._outputs
        block, names = self.scope.block, self.scope.names
        self._outputs = [names.fresh(path[-1]) for path, _ in self.places]
        block.add(f"{' = '.join(self._outputs)} = None")
        if self.converter.options.report:
            self._origins = names.fresh("origins")
            block.add(f"{self._origins} = ()")
        none_written = " and ".join(f"{output} is None" for output in self._outputs)
        for index, (source, value) in enumerate(self.values):
            conditions = [none_written] if index else []
            if value.optional:
                conditions.append(f"{symbols.emit_local(value, self.scope, 'value')} is not None")
            with block.nest_if(" and ".join(conditions)) as inner:
                self._emit_source(source, value, inner)
                if source.unfit == "refuse":
                    self._emit_refusal(source, value, none_written, inner)
        for source, value in self.values:
            if source.unfit == "next":
                is_present = ""
                if value.optional:
                    code = symbols.emit_local(value, self.scope, "value")
                    is_present = f" and {code} is not None"
                self._emit_refusal(source, value, none_written + is_present, block)
        return self._outputs

    def _emit_source(self, source: Source, value: Value, block: Block) -> None:
        """Emit the conversion of a value for each target, until one of them takes it."""
        lenient = replace(source, unfit="skip")
        for number, (path, target_type) in enumerate(self.places):
            assignment = replace(self.assignment, targets=(path,))
            earlier = " and ".join(f"{output} is None" for output in self._outputs[:number])
            with block.nest_if(earlier) as body:
                emitter = ValueEmitter(
                    self.converter, self.written, assignment, target_type, self.scope
                )
                code = emitter.emit(lenient, value, body, checked=True)
                body.add(f"{self._outputs[number]} = {code}")
        if self._origins and value.emit_origins is not None:
            origins = value.emit_origins()
            is_written = " or ".join(f"{output} is not None" for output in self._outputs)
            with block.nest(f"if {is_written}:") as body:
                body.add(f"{self._origins} = {origins}")
                if source.kind != "exact":
                    emit_note(body, "approximated", origins, source.because)

    def _emit_refusal(self, source: Source, value: Value, condition: str, block: Block) -> None:
        listed = " or ".join(format_path(path) for path, _ in self.places)
        subject = f"{self.converter.directed.target} {listed}"
        strict = replace(source, unfit="refuse")
        refusal = self.converter.refusal(self.assignment, strict, value, subject)
        with block.nest(f"if {condition}:") as body:
            code = symbols.emit_local(value, self.scope.inner(body), "value")
            refusal.emit(body, code, "does not allow this value")


@dataclass(frozen=True, slots=True)
class ValueEmitter:
    """Emits the value of one assignment from its sources, into a variable named after `hint`.

    `origins_variable` names the variable with the paths of the source used; empty unless reported.
    `place` is the variable with the path of the one of several sources that has the value, if it
    is needed.
    """

    converter: Converter
    written: Mapping[Path, Node]
    assignment: Assignment
    target_type: SchemaType
    scope: Scope
    hint: str = "value"
    place: str = ""
    origins_variable: list[str] = field(default_factory=list)

    def emit_chain(self, values: list[tuple[Source, Value]]) -> str:
        """Emit the first of several values that is present; returns the variable with it."""
        converter, block, target_type = self.converter, self.scope.block, self.target_type
        out = self.scope.names.fresh(self.hint)
        if converter.options.report:
            self.origins_variable.append(self.scope.names.fresh(f"from_{self.hint}"))
            block.add(f"{self.origins_variable[0]} = ()")
        is_filtered = converter.is_filtered(*values[0], target_type)
        starts_with_first = is_filtered or converter.is_null_passthrough(*values[0], target_type)
        if self.place:
            block.add(f"{self.place} = {values[0][1].source_path.code()}")
        block.add(f"{out} = {values[0][1].emit() if starts_with_first else None}")
        if is_filtered:
            emit_filter(out, values[0][1], target_type, self.scope)
        for index, (source, value) in enumerate(values):
            if starts_with_first and index == 0:
                continue
            conditions = [f"{out} is None"] if index else []
            for absent in map(self.written.get, source.absent_targets):
                if isinstance(absent, Value):
                    conditions.append(f"{absent.emit()} is None" if absent.optional else "False")
            is_present = ""
            if value.optional:
                is_present = f"{symbols.emit_local(value, self.scope, self.hint)} is not None"
            if is_present and not converter.is_null_passthrough(
                replace(source, when=DirectedCondition()), value, target_type
            ):
                conditions.append(is_present)
                is_present = ""
            with block.nest_if(" and ".join(conditions)) as inner:
                if self.place and index:
                    inner.add(f"{self.place} = {value.source_path.code()}", condition=is_present)
                self._emit_source(out, source, value, inner)
        default = self.assignment.default
        if not isinstance(default, Unset):
            with block.nest(f"if {out} is None:") as inner:
                inner.add(f"{out} = {default!r}")
                if converter.options.guarded and not accepts(target_type, default):
                    subject = (
                        f"{converter.directed.target} {format_path(self.assignment.targets[0])}"
                    )
                    source, value = values[0]
                    refusal = converter.refusal(self.assignment, source, value, subject)
                    refusal.emit(inner, out, "is the default, and is not allowed")
        return out

    def _emit_source(self, out: str, source: Source, value: Value, block: Block) -> None:
        block.add(f"{out} = {self.emit(source, value, block)}")
        if not self.converter.options.report or value.emit_origins is None:
            return
        origins = value.emit_origins()
        with block.nest(f"if {out} is not None:") as inner:
            inner.add(f"{self.origins_variable[0]} = {origins}")
            if source.kind != "exact":
                emit_note(inner, "approximated", origins, source.because)

    def emit(self, source: Source, value: Value, block: Block, *, checked: bool = False) -> str:
        """Emit the conversion of a present value into the target type; returns its code.

        With `checked`, the result is checked even if values are not guarded.
        """
        code = value_code = value.emit()
        current_type = value.type
        if source.param and not checked and isinstance(source.codec, Identity):
            return code
        converter, target_type, scope = self.converter, self.target_type, self.scope.inner(block)
        directed, target_name = converter.directed, format_path(self.assignment.targets[0])
        subject = f"{directed.target} {target_name}"
        # Messages name fields of the caller's format rather than of a format between two steps.
        if not converter.final and source.paths:
            subject = f"{directed.source} {format_path(source.paths[0])}"
        refusal = converter.refusal(self.assignment, source, value, subject)

        def store(code: str) -> str:
            name = scope.names.fresh(target_name.rpartition(".")[2])
            block.add(f"{name} = {code}")
            return name

        table = converter.crosswalks.get(source.id or "")
        if table is not None:
            path = value.source_path.code()
            code = store(f"look_up_id({table}, {source.id!r}, {code}, {path})")
            current_type = STRING
        codec, may_omit = converter.applied_codec(source), False
        input_name = ""
        changes: list[tuple[str, str]] | None = None
        if not isinstance(codec, Identity | Template):
            may_omit = codecs.may_omit(codec, to_left=directed.to_left)
            code = input_name = code if code.isidentifier() else store(code)
            types = (current_type, target_type)
            changes = [] if converter.options.report else None
            conversion = Conversion(code, *types, scope, refusal, directed.to_left, changes)
            code, current_type = conversion.emit(codec)
            if changes is not None and not source.skips_unfit:
                self._emit_conversion_notes(source, value, input_name, code, block, changes)
            if name := codecs.missing_prefix(codec, scope.options.params):
                subject = f"{subject} without the param {name!r}"
                refusal = replace(refusal, code="missing-param", subject=subject)
        if needs_copy(current_type, target_type):
            value = replace(value, type=current_type)
            copied = emit_copy(value, code, target_type, scope.pool)
            is_omitted = source.skips_unfit and not isinstance(codec, Identity)
            code = store(f"None if {code} is None else {copied}" if is_omitted else copied)
            if is_subtype(current_type, target_type):
                return code
        needs_checks = scope.options.guarded or source.skips_unfit or checked
        if needs_checks and required_checks(current_type, target_type, "{}", scope.pool):
            is_unchanged = code == value_code and not source.skips_unfit
            code = store(code) if source.skips_unfit or not code.isidentifier() else code
            # The field between two steps requires this, and not the caller's.
            field = f"{directed.target} {target_name}"
            subject = subject if subject == field else f"{subject} as {field}"
            refusal = replace(refusal, subject=subject)
            event_field = value.event_field if is_unchanged else None
            with block.nest_if(f"{code} is not None" if may_omit else "") as inner:
                checked_types = (current_type, target_type)
                emit_checks(code, checked_types, scope.inner(inner), refusal, event_field)
        if changes is not None and source.skips_unfit:
            self._emit_conversion_notes(source, value, input_name, code, block, changes)
        return code

    def _emit_conversion_notes(
        self,
        source: Source,
        value: Value,
        input_name: str,
        code: str,
        block: Block,
        changes: list[tuple[str, str]],
    ) -> None:
        """Emit what becomes of a value that was converted: exact, approximated or normalised."""
        opt_ins, to_left = self.scope.options.opt_ins, self.converter.directed.to_left
        codec = self.converter.applied_codec(source)
        if isinstance(codec, ValueMap):
            entries = conversions.directed_entries(codec.table, opt_ins, to_left=to_left)
            inexact = {key[1]: why for key, (_, kind, why) in entries.items() if kind != "exact"}
            self._emit_other_notes(codec, value, input_name, code, block)
            if inexact:
                table = self.scope.pool.intern("inexact", repr(inexact))
                block.add(
                    f"notes.append(('approximated', {value.origins_code}, {table}[{input_name}]))",
                    condition=f"{code} is not None and {input_name} in {table}",
                )
        elif code != input_name:
            test = respelling_test(codec, input_name, code, to_left=to_left)
            may_be_none = source.skips_unfit or codecs.may_omit(codec, to_left=to_left)
            if_present = [f"{code} is not None"] if may_be_none else []
            for flag, because in changes:
                with block.nest(f"if {' and '.join([*if_present, flag])}:") as body:
                    emit_note(body, "approximated", value.origins_code, because)
            if not test:
                return
            tests = [*if_present, test, *(f"not {flag}" for flag, _ in changes)]
            with block.nest(f"if {' and '.join(tests)}:") as body:
                emit_note(body, "normalised", value.origins_code, RESPELLED)

    def _emit_other_notes(
        self, codec: ValueMap, value: Value, input_name: str, code: str, block: Block
    ) -> None:
        """Emit notes about values that a table leaves out, or takes as one of many."""
        opt_ins, to_left = self.scope.options.opt_ins, self.converter.directed.to_left
        entries = conversions.directed_entries(codec.table, opt_ins, to_left=to_left)
        skipped = conversions.skip_reasons(codec.table, to_left=to_left)
        others = conversions.other_values(codec.table, opt_ins, to_left=to_left)
        origins, intern = value.origins_code, self.scope.pool.intern
        if skipped:
            reasons = intern("skip_reasons", repr({key[1]: why for key, why in skipped.items()}))
            note = f"notes.append(('lost', {origins}, {reasons}[{input_name}]))"
            block.add(note, condition=f"{code} is None and {input_name} in {reasons}")
        if others is None:
            return
        keys = [key[1] for key in (*entries, *skipped)]
        listed = intern("listed", repr(dict.fromkeys(keys)))
        if others.skipped:
            condition = f"{code} is None and {input_name} not in {listed}"
            with block.nest(f"if {condition}:") as body:
                emit_note(body, "lost", origins, others.because)
        elif others.row is not None and others.row.kind != "exact":
            condition = f"{code} is not None and {input_name} not in {listed}"
            with block.nest(f"if {condition}:") as body:
                emit_note(body, "approximated", origins, others.because)
