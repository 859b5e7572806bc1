"""Emit a module for a route: a lookup of the event's variant, and straight-line code for each.

A variant is a combination of values of the selectors: the fields that decide what happens, such as
the discriminator of the schema and the fields that rows and cases read. Variants whose code differs
only in constants share one function, which looks the constants up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from translator.compiler.lineage import Lineage, WrittenField
from translator.compiler.options import Options
from translator.compiler.source import Block, ConstantPool, identifier
from translator.compiler.specialize import (
    AnyOther,
    Choice,
    Selector,
    enumerate_choices,
    find_selectors,
)
from translator.compiler.variant import VariantCode, VariantEmitter, checks_inline
from translator.language.direction import Step
from translator.schema.types import Object, ScalarValue, Union
from translator.validation.structs import NotStructable, attribute_name


class Dispatch:
    """Emits the lookup from the selectors of an event to the code of its variant.

    With `validates`, the code of a variant validates the event, so a variant that is refused must
    validate it first. `single_event` emits code that returns one event; `structs` reads structs.
    """

    def __init__(
        self,
        selectors: Sequence[Selector],
        bodies: Mapping[Choice, VariantCode],
        *,
        validates: bool = False,
        single_event: bool = False,
        structs: bool = False,
    ) -> None:
        self.selectors, self.bodies = selectors, bodies
        self.validates, self.single_event, self.structs = validates, single_event, structs
        self.sources: dict[str, str] = {}
        self._variables: dict[str, str] = {}

    def groups(self) -> dict[str, list[Choice]]:
        """Group the choices that are not refused by the code that they share."""
        groups: dict[str, list[Choice]] = {}
        for choice, body in self.bodies.items():
            if body.refusal is None:
                groups.setdefault(body.template, []).append(choice)
        return groups

    def key(self, choice: Choice) -> object:
        """Return the key by which emitted code looks up a choice."""
        parts = [choice[selector.path] for selector in self.selectors if selector.path in choice]
        key_parts = [... if isinstance(part, AnyOther) else part for part in parts]
        return key_parts[0] if len(key_parts) == 1 else tuple(key_parts)

    def emit(
        self, block: Block, groups: dict[str, list[Choice]], functions: Block, extra: str
    ) -> None:
        """Emit the lookup into `block`, and functions of variants into `functions`."""
        refusals = {
            self.key(choice): self._refusal_arguments(body)
            for choice, body in self.bodies.items()
            if body.refusal is not None
        }
        if not self.selectors:
            for refusal in refusals.values():
                self._emit_refusal(block, f"*{refusal!r}")
            for template, choices in groups.items():
                self._emit_inline(block, template, choices, None)
            return
        if refusals:
            self.sources["REFUSED"] = _format_table(refusals)
        if len(groups) == 1:
            ((template, choices),) = groups.items()
            self._emit_inline(block, template, choices, "REFUSED" if refusals else None)
            return
        self._emit_key(block)
        self._emit_function_lookup(block, groups, functions, extra, has_refusals=bool(refusals))

    def _emit_function_lookup(
        self,
        block: Block,
        groups: dict[str, list[Choice]],
        functions: Block,
        extra: str,
        *,
        has_refusals: bool,
    ) -> None:
        """Emit a function for each group, and the lookup of the function for an event."""
        if not groups:
            self._emit_refusal(block, "*REFUSED[key]")
            return
        has_constants = any(self._has_varying_constants(choices) for choices in groups.values())
        arguments = f"{'constants, ' if has_constants else ''}event{extra}"
        variants: dict[object, str] = {}
        for number, (template, choices) in enumerate(groups.items(), 1):
            name = f"_variant_{number}"
            lines, varying = self._fill_constants(template, choices)
            with functions.nest(f"def {name}({arguments}):") as body:
                if varying:
                    body.add(f"{', '.join(varying)} = constants")
                for line in lines:
                    body.add(line)
            functions.add("")
            rows = _constant_rows(varying, len(choices))
            for choice, row in zip(choices, rows, strict=True):
                variants[self.key(choice)] = f"({name}, {row})" if has_constants else name
        functions.add("VARIANTS = {")
        for key, result in variants.items():
            functions.add(f"    {format_key(key)}: {result},")
        functions.add("}")
        result = "variant, constants" if has_constants else "variant"
        self._emit_lookup(block, result, "VARIANTS", has_refusals=has_refusals)
        if self.single_event:
            block.add(f"output = variant({arguments})")
            block.add("return output if output.__class__ is dict else require_single(output)")
        else:
            block.add(f"return variant({arguments})")

    def _emit_lookup(self, block: Block, names: str, table: str, *, has_refusals: bool) -> None:
        """Emit the lookup of the key in a table, and the refusal of a key that it lacks."""
        with block.nest("try:") as inner:
            inner.add(f"{names} = {table}[key]")
        with block.nest("except KeyError:") as inner:
            if has_refusals:
                self._emit_refusal(inner, "*REFUSED[key]")
            else:
                inner.add("raise invalid_event(event)")

    def _emit_refusal(self, block: Block, arguments: str) -> None:
        """Emit the refusal of a variant, after validation if the event was not validated yet."""
        if self.validates:
            block.add("validate(event)")
        block.add(f"raise Refuse({arguments})")

    def _emit_key(self, block: Block) -> None:
        """Emit the lookup key: the values of the selectors, in order."""
        shared = [each for each in self.selectors if all(each.path in c for c in self.bodies)]
        shared_codes = [self._field_code(selector) for selector in shared]
        if len(shared) == len(self.selectors):
            key = shared_codes[0] if len(shared_codes) == 1 else f"({', '.join(shared_codes)})"
            block.add(f"key = {key}")
            return
        block.add(f"key = {shared_codes[0]}")
        tails: dict[tuple[Selector, ...], list[ScalarValue]] = {}
        for choice in self.bodies:
            extra = tuple(o for o in self.selectors if o.path in choice and o not in shared)
            first_value = choice[shared[0].path]
            if extra and first_value not in tails.setdefault(extra, []):
                tails[extra].append(first_value)  # type: ignore[arg-type]
        for extra, values in tails.items():
            parts = ["key", *shared_codes[1:], *map(self._field_code, extra)]
            test = f"key == {values[0]!r}" if len(values) == 1 else f"key in {tuple(values)!r}"
            with block.nest(f"if {test}:") as inner:
                inner.add(f"key = ({', '.join(parts)})")

    def _field_code(self, selector: Selector) -> str:
        code = "event"
        if self.structs:
            return self._known_value_code(selector, self._attribute_code(selector))
        for segment in selector.path[:-1]:
            required = f"{code}[{segment!r}]"
            code = f"({code}.get({segment!r}) or {{}})" if selector.optional else required
        last = selector.path[-1]
        code = self._variables.get(code, code)
        expression = f"{code}.get({last!r})" if selector.optional else f"{code}[{last!r}]"
        return self._known_value_code(selector, expression)

    def _attribute_code(self, selector: Selector) -> str:
        """Return the code that reads a field of a struct, which is None if absent."""
        if selector.optional and len(selector.path) > 1:
            raise NotStructable
        return ".".join(["event", *map(attribute_name, selector.path)])

    def _known_value_code(self, selector: Selector, expression: str) -> str:
        """Return code for a selector's value; any value that is not listed becomes `...`."""
        if not selector.is_open:
            return expression
        values = [*selector.values, *([None] if selector.optional else [])]
        table = "{" + ", ".join(f"{value!r}: {value!r}" for value in values) + "}"
        name = hint = f"KNOWN_{identifier(selector.path[-1]).upper()}"
        number = 2
        while self.sources.setdefault(name, table) != table:
            name, number = f"{hint}_{number}", number + 1
        return f"{name}.get({expression}, ...)"

    @staticmethod
    def _refusal_arguments(body: VariantCode) -> tuple[object, ...]:
        """Return the arguments of a refusal, including the rule in code that reports."""
        assert body.refusal is not None
        return body.refusal if body.rule is None else (*body.refusal, (), str(body.rule))

    def _has_varying_constants(self, choices: Sequence[Choice]) -> bool:
        return len({self.bodies[choice].constants for choice in choices}) > 1

    def _emit_inline(
        self, block: Block, template: str, choices: Sequence[Choice], refusals_name: str | None
    ) -> None:
        """Emit the code that `choices` share, with a lookup of constants that differ."""
        lines, varying = self._fill_constants(template, choices)
        if self.selectors:
            lines = self._hoist_reads(block, lines)
            self._emit_key(block)
            selector = self.selectors[0]
            if len(self.selectors) == 1 and not selector.optional and not selector.is_open:
                expression = self._field_code(selector)
                lines = [
                    line if "Refuse(" in line else line.replace(expression, "key") for line in lines
                ]
        if varying:
            self._emit_constants(block, choices, varying, refusals_name)
        elif refusals_name:
            with block.nest(f"if key in {refusals_name}:") as inner:
                self._emit_refusal(inner, f"*{refusals_name}[key]")
        for line in lines:
            block.add(line)

    def _hoist_reads(self, block: Block, lines: list[str]) -> list[str]:
        """Emit the lines that read parents of the key's fields first; return the other lines."""
        parents = {each.path[0] for each in self.selectors if len(each.path) > 1}
        parent_reads = {f"event[{name!r}]" for name in parents}
        others: list[str] = []
        for line in lines:
            name, _, expression = line.partition(" = ")
            if expression in parent_reads and name.isidentifier():
                self._variables[expression] = name
                block.add(line)
            else:
                others.append(line)
        return others

    def _fill_constants(
        self, template: str, choices: Sequence[Choice]
    ) -> tuple[list[str], dict[str, tuple[str, ...]]]:
        """Return the lines that `choices` share, and the differing constants by variable name."""
        columns = list(zip(*(self.bodies[choice].constants for choice in choices), strict=True))
        names: list[str] = []
        names_by_values: dict[tuple[str, ...], str] = {}
        for column in columns:
            values = tuple(value for _, value in column)
            if len(set(values)) == 1:
                names.append(values[0])
                continue
            if values not in names_by_values:
                used = set(names_by_values.values())
                name = f"{column[0][0]}_"
                while name in used:
                    name += "_"
                names_by_values[values] = name
            names.append(names_by_values[values])
        parts = template.split("\x01")
        filled = "".join(part + name for part, name in zip(parts, [*names, ""], strict=True))
        values_by_name = {name: values for values, name in names_by_values.items()}
        return [line[4:] for line in filled.splitlines()], values_by_name

    def _emit_constants(
        self,
        block: Block,
        choices: Sequence[Choice],
        varying: Mapping[str, tuple[str, ...]],
        refusals_name: str | None,
    ) -> None:
        """Emit the lookup of the constants in which `choices` differ."""
        rows = zip(choices, _constant_rows(varying, len(choices)), strict=True)
        lines = [f"    {format_key(self.key(choice))}: {row}," for choice, row in rows]
        self.sources["CONSTANTS"] = "{\n" + "\n".join(lines) + "\n}"
        names = list(varying)
        if refusals_name is None:
            block.add(f"{', '.join(names)} = CONSTANTS[key]")
            return
        self._emit_lookup(block, ", ".join(names), "CONSTANTS", has_refusals=True)


def _constant_rows(varying: Mapping[str, tuple[str, ...]], count: int) -> list[str]:
    """Return the Python source of the constants of each of `count` variants."""
    if not varying:
        return ["None"] * count
    is_single = len(varying) == 1
    rows = zip(*varying.values(), strict=True)
    return [row[0] if is_single else f"({', '.join(row)})" for row in rows]


def format_key(key: object) -> str:
    """Return the Python source of a lookup key."""
    if isinstance(key, tuple):
        return "(" + ", ".join(map(format_key, key)) + ")"
    return "..." if key is ... else repr(key)


def _format_table(table: Mapping[object, object]) -> str:
    lines = [f"    {format_key(key)}: {value!r}," for key, value in table.items()]
    return "{\n" + "\n".join(lines) + "\n}"


@dataclass(frozen=True, slots=True)
class EmittedModule:
    """The source of a module that defines `translate`.

    `translate` returns a dict or, if `fans_out`, a dict or a list of dicts; the module may then
    also define `translate_one`, which returns a single dict. `written_fields` are what the numbers
    refer to that reporting code passes to `note_written`.
    """

    source: str
    fans_out: bool
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
    pool = ConstantPool()
    source_selectors = find_selectors(source_type, steps)
    bodies: dict[Choice, VariantCode] = {}
    fans_out = False
    lineage = Lineage() if options.report else None
    if selected is None:
        selected = list(enumerate_choices(source_type, source_selectors, steps))
    for choice in selected:
        variant = VariantEmitter(source_type, steps, options, pool, choice, lineage)
        bodies[choice] = variant.emit()
        fans_out = fans_out or variant.fans_out
    has_single = fans_out and not options.report and not options.structs
    source = _module_source(
        source_type, source_selectors, bodies, pool, options, steps, has_single=has_single
    )
    return EmittedModule(source, fans_out, lineage.written_fields if lineage is not None else ())


def _module_source(
    source_type: Object | Union,
    source_selectors: Sequence[Selector],
    bodies: Mapping[Choice, VariantCode],
    pool: ConstantPool,
    options: Options,
    steps: Sequence[Step],
    *,
    has_single: bool,
) -> str:
    validates = checks_inline(source_type, options)
    dispatch = Dispatch(source_selectors, bodies, validates=validates, structs=options.structs)
    functions, lines = Block(), Block()
    _emit_function("translate", dispatch, functions, lines, source_type, options)
    if has_single and len(dispatch.groups()) > 1:
        single_dispatch = Dispatch(source_selectors, bodies, validates=validates, single_event=True)
        _emit_function("translate_one", single_dispatch, Block(), lines, source_type, options)
    constants = [f"{name} = {code}" for name, code in (pool.sources | dispatch.sources).items()]
    title = " -> ".join([steps[0].directed.source, *(s.directed.target for s in steps)])
    parts = [f"# {title}", "\n".join(constants), functions.render(), lines.render()]
    return "\n\n".join(part.rstrip("\n") for part in parts if part.strip()) + "\n"


def _emit_function(
    name: str,
    dispatch: Dispatch,
    functions: Block,
    lines: Block,
    source_type: Object | Union,
    options: Options,
) -> None:
    """Emit an entry function into `lines`, and the functions that it calls into `functions`."""
    notes = ", note_loss, note_written" if options.report else ""
    overrides = "" if options.report or options.structs else ", params=None"
    bound = ", bound" if options.params else ""
    extra = notes + bound
    if lines:
        lines.add("")
    with lines.nest(f"def {name}(event{notes}{overrides}{bound and ', bound=PARAMS'}):") as main:
        if options.structs:
            dispatch.emit(main, dispatch.groups(), functions, extra)
            return
        if overrides:
            main.add("if params is not None:")
            main.add("    return translate_with(event, params)")
        main.add("if event.__class__ is not dict:")
        main.add("    event = as_event(event)")
        if dispatch.validates:
            main.add("    validate(event)")
        with main.nest("try:") as inner:
            if options.validated and not dispatch.validates:
                _emit_validation(source_type, inner)
            dispatch.emit(inner, dispatch.groups(), functions, extra)
        with main.nest("except Refuse as refusal:") as inner:
            inner.add("raise refusal from None")
        with main.nest("except Exception as error:") as inner:
            failure = "invalid_event" if options.guarded else "untrusted_failure"
            inner.add(f"raise {failure}(event, error) from None")


def _emit_validation(source_type: Object | Union, block: Block) -> None:
    """Emit the validation of the whole event by the prefilter, and exactly if that rejects it."""
    validator = "VALID"
    if isinstance(source_type, Union):
        validator = f"VALID[event[{source_type.discriminator!r}]]"
    with block.nest(f"if not {validator}(event):") as inner:
        inner.add("validate(event)")
