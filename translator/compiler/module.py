"""Emit a module for a route: a lookup of the event's variant, and straight-line code for each.

A choice is a combination of values of the selectors: the fields that decide what happens, such as
the discriminator of the schema and the fields that rows and cases read. A variant is the code for a
choice. Variants whose code differs only in constants share one function, which looks them up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator.compiler import specialize
from translator.compiler.blocks import Block, ConstantPool
from translator.compiler.lineage import Lineage, WrittenField
from translator.compiler.options import Options
from translator.compiler.specialize import AnyOther, Choice, Selector
from translator.compiler.symbols import SourcePath
from translator.compiler.variant import VariantCode, VariantEmitter, checks_inline, fill_constants
from translator.language.direction import Step
from translator.memo import replace
from translator.paths import NamedPick, Path, Pick, Selection
from translator.schema.types import Object, Scalar, SchemaType, Union
from translator.validation.structs import NotStructable, attribute_name


@dataclass(frozen=True, slots=True)
class EmittedModule:
    """The source of a module that defines `translate`.

    `translate` returns a dict or, if `fans_out`, a dict or a list of dicts; the module may then
    also define `translate_one`, which returns a single dict. `written_fields` are what the numbers
    refer to in the notes of that reporting code.

    If the options are for structs, `translate` takes an iterator of events and the lists that it
    appends to: outputs, and the date-times and UUIDs that it collects. If it raises, nothing of the
    event that raised is in the outputs. `event_type` is the type that events have to be decoded as.
    """

    source: str
    fans_out: bool
    event_type: Object | Union
    written_fields: tuple[WrittenField, ...] = ()


def emit_module(
    source_type: Object | Union,
    steps: Sequence[Step],
    options: Options,
    selected: Collection[Choice] | None = None,
) -> EmittedModule:
    """Emit the module that translates events of a type along a route.

    `selected` limits it to some choices; by default all are translated.
    """
    pool, selectors = ConstantPool(), specialize.find_selectors(source_type, steps)
    if selected is None:
        selected = list(specialize.enumerate_choices(source_type, selectors, steps))
    lineage = Lineage() if options.report else None
    bodies: dict[Choice, VariantCode] = {}
    fans_out = False
    for choice in selected:
        variant = VariantEmitter(source_type, steps, options, pool, choice, lineage)
        bodies[choice] = variant.emit()
        fans_out = fans_out or variant.fans_out
    dispatch = _Dispatch(source_type, selectors, bodies, options, pool)
    entries = Block()
    dispatch.emit_function("translate", entries)
    if fans_out and len(dispatch.groups) > 1 and not options.report and not options.structs:
        entries.add("")
        dispatch.emit_function("translate_one", entries, single_event=True)
    title = " -> ".join([steps[0].directed.source, *(step.directed.target for step in steps)])
    constants = "\n".join(f"{name} = {code}" for name, code in pool.sources.items())
    if not title.isprintable():
        title = repr(title)  # a line break would end the comment
    parts = [f"# {title}", constants, dispatch.functions.render(), entries.render()]
    source = "\n\n".join(part.rstrip("\n") for part in parts if part.strip()) + "\n"
    event_type = source_type
    for choice, body in bodies.items():
        event_type = _limit_lengths(event_type, choice, body.lengths)
    written_fields = lineage.written_fields if lineage is not None else ()
    return EmittedModule(source, fans_out, event_type, written_fields)


def _limit_lengths(
    source_type: Object | Union, choice: Choice, lengths: Mapping[Path, tuple[int, int | None]]
) -> Object | Union:
    """Return a type of events whose strings have the lengths that a variant requires."""
    if isinstance(source_type, Union):
        name: Any = choice[(source_type.discriminator,)]
        variants = dict(source_type.variants)
        for path, bounds in lengths.items():
            variants[name] = _limit_length(variants[name], path, *bounds)
        return replace(source_type, variants=variants)
    for path, bounds in lengths.items():
        source_type = _limit_length(source_type, path, *bounds)
    return source_type


def _limit_length(object_type: Object, path: Path, shortest: int, longest: int | None) -> Object:
    name, *others = path
    field = object_type.fields[name]
    field_type: SchemaType
    if others:
        assert isinstance(field.type, Object)
        field_type = _limit_length(field.type, tuple(others), shortest, longest)
    else:
        assert isinstance(field.type, Scalar)
        limits = [limit for limit in (field.type.max_length, longest) if limit is not None]
        min_length = max(field.type.min_length, shortest)
        max_length = min(limits, default=None)
        field_type = replace(field.type, min_length=min_length, max_length=max_length)
    fields = {**object_type.fields, name: replace(field, type=field_type)}
    return replace(object_type, fields=fields)


class _Dispatch:
    """Emits the lookup from the selectors of an event to the code of its variant.

    `groups` are the choices that are not refused, by the code that they share; `functions` is the
    code of the variants that `translate` calls.
    """

    def __init__(
        self,
        source_type: Object | Union,
        selectors: Sequence[Selector],
        bodies: Mapping[Choice, VariantCode],
        options: Options,
        pool: ConstantPool,
    ) -> None:
        self.source_type, self.selectors, self.bodies = source_type, selectors, bodies
        self.options, self.pool, self.functions = options, pool, Block()
        self.checks_inline = checks_inline(source_type, options)
        self.groups: dict[tuple[str, ...], list[Choice]] = {}
        self.refusals: dict[str, str] = {}
        for choice, body in bodies.items():
            if body.refusal is None:
                self.groups.setdefault(body.parts, []).append(choice)
            else:
                rule = () if body.rule is None else ((), str(body.rule))
                self.refusals[self._key(choice)] = repr((*body.refusal, *rule))
        if selectors and self.refusals:
            pool.sources["REFUSED"] = _format_table(self.refusals)
        self._parents: dict[str, str] = {}

    def _key(self, choice: Choice) -> str:
        values = [choice[each.path] for each in self.selectors if each.path in choice]
        return _format_tuple("..." if isinstance(each, AnyOther) else repr(each) for each in values)

    def emit_function(self, name: str, entries: Block, *, single_event: bool = False) -> None:
        """Emit an entry function; with `single_event`, it returns one event."""
        options = self.options
        notes = ", notes" if options.report else ""
        overrides = "" if options.report else ", params=None"
        bound = ", bound" if options.params else ""
        if options.structs:
            lists = f", outputs, date_times, uuids{notes and ', notes, ends'}"
            with (
                entries.nest(f"def {name}(events{lists}{bound and ', bound=PARAMS'}):") as main,
                main.nest("for event in events:") as body,
            ):
                self._emit_dispatch(body, lists + bound, single_event)
            return
        header = f"def {name}(event{notes}{overrides}{bound and ', bound=PARAMS'}):"
        with entries.nest(header) as main:
            if overrides:
                line = "return translate_with(event, params)"
                main.add(line, condition="params is not None")
            with main.nest("if event.__class__ is not dict:") as inner:
                inner.add("event = as_event(event)")
                if self.checks_inline:
                    inner.add("validate(event)")
            with main.nest("try:") as inner:
                if options.validated and not self.checks_inline:
                    validator = "VALID"
                    if isinstance(self.source_type, Union):
                        validator = f"VALID[event[{self.source_type.discriminator!r}]]"
                    inner.add("validate(event)", condition=f"not {validator}(event)")
                self._emit_dispatch(inner, notes + bound, single_event)
            with main.nest("except Refuse as refusal:") as inner:
                inner.add("raise refusal from None")
            with main.nest("except Exception as error:") as inner:
                failure = "invalid_event" if options.guarded else "untrusted_failure"
                inner.add(f"raise {failure}(event, error) from None")

    def _emit_dispatch(self, block: Block, extra: str, single_event: bool) -> None:
        if not self.selectors and self.refusals:
            (refusal,) = self.refusals.values()
            self._emit_refusal(block, refusal)
        elif len(self.groups) == 1:
            ((parts, choices),) = self.groups.items()
            self._emit_inline(block, parts, choices)
        else:
            self._emit_key(block)
            if self.groups:
                self._emit_function_lookup(block, f"event{extra}", single_event)
            else:
                self._emit_refusal(block)

    def _emit_inline(self, block: Block, parts: tuple[str, ...], choices: list[Choice]) -> None:
        """Emit the code that `choices` share, with a lookup of constants that differ."""
        lines, varying = self._fill(parts, choices)
        if self.selectors:
            lines = self._hoist_reads(block, lines)
            self._emit_key(block)
            selector = self.selectors[0]
            if len(self.selectors) == 1 and not selector.optional and not selector.is_open:
                code = self._field_code(selector)
                lines = [line if "Refuse(" in line else line.replace(code, "key") for line in lines]
        if varying:
            rows = zip(map(self._key, choices), _constant_rows(varying, len(choices)), strict=True)
            self.pool.sources["CONSTANTS"] = _format_table(dict(rows))
            if self.refusals:
                self._emit_lookup(block, ", ".join(varying), "CONSTANTS")
            else:
                block.add(f"{', '.join(varying)} = CONSTANTS[key]")
        elif self.refusals:
            with block.nest("if key in REFUSED:") as inner:
                self._emit_refusal(inner)
        if self.selectors and self.checks_inline and not varying:
            # No lookup compares the values of the selectors, which the tests left to it.
            keys = list(map(self._key, choices))
            test = f"key != {keys[0]}"
            if len(keys) > 1:
                listed = ", ".join(keys)
                test = f"key not in {self.pool.intern('keys', f'frozenset(({listed}))')}"
            block.add("validate(event)", condition=test)
        for line in lines:
            is_return = self.options.structs and line.strip() == "return"
            block.add(line.replace("return", "continue") if is_return else line)

    def _hoist_reads(self, block: Block, lines: list[str]) -> list[str]:
        """Emit the lines that read parents of the key's fields first; return the other lines."""
        names = [each.path[0] for each in self.selectors if len(each.path) > 1]
        parents = {
            f"event.{attribute_name(name)}" if self.options.structs else f"event[{name!r}]"
            for name in names
        }
        others: list[str] = []
        for line in lines:
            name, _, code = line.partition(" = ")
            if code in parents and name.isidentifier():
                self._parents[code] = name
                block.add(line)
            else:
                others.append(line)
        return others

    def _emit_function_lookup(self, block: Block, arguments: str, single_event: bool) -> None:
        """Emit a function for each group, and the lookup of the function for an event."""
        functions = Block() if single_event else self.functions
        filled = [(group[1], *self._fill(*group)) for group in self.groups.items()]
        has_constants = any(varying for _, _, varying in filled)
        arguments = f"constants, {arguments}" if has_constants else arguments
        variants: dict[str, str] = {}
        for number, (choices, lines, varying) in enumerate(filled, 1):
            name = f"_variant_{number}"
            with functions.nest(f"def {name}({arguments}):") as body:
                if varying:
                    body.add(f"{', '.join(varying)} = constants")
                for line in lines:
                    body.add(line)
            functions.add("")
            for choice, row in zip(choices, _constant_rows(varying, len(choices)), strict=True):
                variants[self._key(choice)] = f"({name}, {row})" if has_constants else name
        functions.add(f"VARIANTS = {_format_table(variants)}")
        self._emit_lookup(block, "variant, constants" if has_constants else "variant", "VARIANTS")
        if single_event:
            block.add(f"output = variant({arguments})")
            block.add("return output if output.__class__ is dict else require_single(output)")
        else:
            block.add(f"{'' if self.options.structs else 'return '}variant({arguments})")

    def _emit_lookup(self, block: Block, names: str, table: str) -> None:
        """Emit the lookup of the key in a table, and the refusal of a key that it lacks."""
        with block.nest("try:") as inner:
            inner.add(f"{names} = {table}[key]")
        with block.nest("except KeyError:") as inner:
            if self.refusals:
                self._emit_refusal(inner)
            else:
                inner.add("raise invalid_event(event)")

    def _emit_refusal(self, block: Block, arguments: str = "REFUSED[key]") -> None:
        """Emit the refusal of a variant, after validation if its code was to validate the event."""
        if self.checks_inline:
            block.add("validate(event)")
        block.add(f"raise Refuse(*{arguments})")

    def _emit_key(self, block: Block) -> None:
        """Emit the lookup key: the values of the variant's selectors, in order."""
        values_by_selectors: dict[tuple[Selector, ...], dict[object, None]] = {}
        for choice in self.bodies:
            selectors = tuple(each for each in self.selectors if each.path in choice)
            values_by_selectors.setdefault(selectors, {})[choice[selectors[0].path]] = None
        if len(values_by_selectors) == 1:
            (selectors,) = values_by_selectors
            block.add(f"key = {_format_tuple(map(self._field_code, selectors))}")
            return
        block.add(f"key = {self._field_code(self.selectors[0])}")
        for (_, *others), values in values_by_selectors.items():
            if others:
                listed = tuple(values)
                test = f"key == {listed[0]!r}" if len(listed) == 1 else f"key in {listed!r}"
                codes = ", ".join(map(self._field_code, others))
                block.add(f"key = (key, {codes})", condition=test)

    def _field_code(self, selector: Selector) -> str:
        """Return code for a selector's value; any value that is not listed becomes `...`."""
        *parents, name = selector.path
        if self.options.structs:
            if selector.optional and parents:
                raise NotStructable
            parent = ".".join(["event", *map(attribute_name, parents)])
            code = f"{self._parents.get(parent, parent)}.{attribute_name(name)}"
        else:
            code = "event"
            place = SourcePath()
            for step in parents:
                required = f"{code}[{step!r}]"
                if isinstance(step, Selection):
                    code = f"({self._picked_code(code, step, place)} or {{}})"
                else:
                    code = f"({code}.get({step!r}) or {{}})" if selector.optional else required
                place = place.child(str(step))
            code = self._parents.get(code, code)
            parent = code
            code = f"{parent}.get({name!r})" if selector.optional else f"{parent}[{name!r}]"
            if isinstance(name, Selection):
                code = self._picked_code(parent, name, place)
        if not selector.is_open:
            return code
        if not selector.values:  # it may be a list or an object, which no table can hold
            return f"None if {code} is None else ..."
        values = [*selector.values, *([None] if selector.optional else [])]
        table = ", ".join(f"{value!r}: {value!r}" for value in values)
        return f"{self.pool.intern(f'known_{name}', f'{{{table}}}')}.get({code}, ...)"

    def _picked_code(self, parent: str, selection: Selection, place: SourcePath) -> str:
        """Return code for the element of an object that a selection picks, None without any."""
        picks = ", ".join(_pick_code(pick) for pick in selection.picks)
        name = self.pool.intern("picks", f"({picks},)")
        path = place.child(selection.list_name).code()
        return f"pick_element({parent}.get({selection.list_name!r}), {name}, {path})"

    def _fill(
        self, parts: tuple[str, ...], choices: Sequence[Choice]
    ) -> tuple[list[str], dict[str, tuple[str, ...]]]:
        """Return the lines that `choices` share, and the differing constants by variable name."""
        names: dict[tuple[str, ...], str] = {}
        codes: list[str] = []
        for column in zip(*(self.bodies[choice].constants for choice in choices), strict=True):
            hints, values = zip(*column, strict=True)
            if len(set(values)) > 1 and values not in names:
                name = f"{hints[0]}_"
                while name in names.values():
                    name += "_"
                names[values] = name
            codes.append(names.get(values, values[0]))
        lines = [line[4:] for line in fill_constants(parts, codes).splitlines()]
        return lines, {name: values for values, name in names.items()}


def _pick_code(pick: Pick) -> str:
    if not isinstance(pick, NamedPick):
        return repr(pick)
    if pick.values is not None:
        return f"({pick[0]!r}, lambda value: is_one_of(value, {[*pick.values]!r}))"
    search = f"re.compile({pick.pattern!r}).search"
    return f"({pick[0]!r}, lambda value, search={search}: isinstance(value, str) and search(value))"


def _constant_rows(varying: Mapping[str, tuple[str, ...]], count: int) -> list[str]:
    """Return the code of the constants of each of `count` variants."""
    return [*map(_format_tuple, zip(*varying.values(), strict=True))] or ["None"] * count


def _format_tuple(codes: Iterable[str]) -> str:
    """Return the code of a tuple, or of its only item."""
    listed = list(codes)
    return listed[0] if len(listed) == 1 else f"({', '.join(listed)})"


def _format_table(table: Mapping[str, str]) -> str:
    lines = [f"    {key}: {value}," for key, value in table.items()]
    return "\n".join(["{", *lines, "}"])
