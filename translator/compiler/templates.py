"""Templates: emit the code that joins fields into one string, and splits the string again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from translator.compiler import conversions, symbols
from translator.compiler.blocks import TYPE_TESTS, Block
from translator.compiler.checks import emit_checks
from translator.compiler.conversions import RefusalEmitter
from translator.compiler.lineage import RuleUse, combine_origins
from translator.compiler.symbols import ABSENT, STRING, Env, Node, Scope, Value
from translator.language.codecs import json_types
from translator.language.direction import Assignment, Source
from translator.language.nodes import Template
from translator.memo import memoized, replace
from translator.paths import Path, format_path
from translator.runtime.numbers import scalar_to_string
from translator.schema.types import Scalar, ScalarValue, SchemaType, json_type

Parts = tuple[str | int, ...]
"""A template: literal strings, and the positions of fields."""


def join_fields(source: Source, env: Env, scope: Scope) -> Node:
    """Return the string that a template makes of its fields; absent if one of them is."""
    nodes = [symbols.resolve(path, env, scope) for path in source.paths]
    values = [node for node in nodes if isinstance(node, Value)]
    if len(values) != len(nodes):
        return ABSENT
    assert isinstance(source.codec, Template)
    source_path = values[-1].source_path
    optional = any(value.optional for value in values)
    refusal = RefusalEmitter("unmappable-value", source_path, format_path(source.paths[-1]))
    template = _TemplateEmitter(source.codec, [value.type for value in values], scope, refusal)

    @memoized
    def emit() -> str:
        names = [symbols.emit_local(value, scope, "part") for value in values]
        if not optional:
            return template.join(names, scope.block)
        out = scope.names.fresh("joined")
        scope.block.add(f"{out} = None")
        all_present = " and ".join(f"{name} is not None" for name in names)
        with scope.block.nest(f"if {all_present}:") as block:
            block.add(f"{out} = {template.join(names, block)}")
        return out

    return Value(
        emit,
        STRING,
        source_path,
        optional,
        emit_origins=partial(symbols.join_origins, values),
        origins=combine_origins(value.origins for value in values),
        converted=True,
    )


def split_string(
    assignment: Assignment,
    node: Value,
    target_types: list[SchemaType],
    emit_string: Callable[[Block], str],
    scope: Scope,
    refusal: RefusalEmitter,
    hint: str,
) -> Iterator[tuple[Path, Node]]:
    """Yield each target of a template that splits a string, with its node.

    `emit_string` emits the string, checked, into a block; `hint` ends the message for a string
    that does not have the template's form.
    """
    source, targets = assignment.sources[0], assignment.targets
    assert isinstance(source.codec, Template)
    labels = [format_path(path) for path in targets]
    template = _TemplateEmitter(source.codec, target_types, scope, refusal, labels, hint)

    @memoized
    def emit() -> list[str]:
        outs = [scope.names.fresh(path[-1]) for path in targets]
        name = symbols.emit_local(node, scope, "text")
        if node.optional:
            scope.block.add(f"{' = '.join(outs)} = None")
        with scope.block.nest_if(f"{name} is not None" if node.optional else "") as block:
            fields = template.split(emit_string(block), block)
            for out, field, target_type in zip(outs, fields, target_types, strict=True):
                block.add(f"{out} = {field}")
                if scope.options.guarded or refusal.skip_unfit:
                    types = (_split_type(target_type), target_type)
                    emit_checks(out, types, scope.inner(block), refusal)
            if refusal.skip_unfit:
                any_missing = " or ".join(f"{out} is None" for out in outs)
                block.add(f"{' = '.join(outs)} = None", condition=any_missing)
        return outs

    def emit_part(index: int) -> str:
        return emit()[index]

    node = node.with_uses(RuleUse("template", source.location))
    for index, (path, target_type) in enumerate(zip(targets, target_types, strict=True)):
        field = Value(
            partial(emit_part, index),
            target_type,
            node.source_path,
            node.optional or source.skips_unfit,
            emit_origins=node.emit_origins,
            origins=node.origins,
            converted=True,
        )
        yield path, field


@dataclass(frozen=True, slots=True)
class _TemplateEmitter:
    """Emits the join of fields by a template, and the split of a string into its fields.

    `labels` name the fields in messages.
    """

    codec: Template
    field_types: list[SchemaType]
    scope: Scope
    refusal: RefusalEmitter
    labels: Sequence[str] = ()
    hint: str = ""

    def join(self, values: list[str], block: Block) -> str:
        """Emit the string made of the fields in variables `values`; returns its variable.

        If the string could be split in another way, emit a check that it splits back correctly.
        """
        names, pieces, groups = self.scope.names, [], []
        ambiguous = False
        for position, part in enumerate(self.codec.parts):
            if isinstance(part, str):
                pieces.append(conversions.escape_literal(part))
                continue
            field_type, value = self.field_types[part], values[part]
            if (call := _text_function(field_type)) is not None:
                plain, value = value, names.fresh("text")
                conversions.emit_guarded_call(block, value, f"{call}({plain})", self.refusal)
            elif json_types(field_type) != STRING.types:
                with block.nest(f"if not {TYPE_TESTS['string'].format(value)}:") as inner:
                    self.refusal.emit(inner, value, "must be of type string")
            enum = _enum_strings(field_type)
            if enum is not None:
                ambiguous = ambiguous or _has_shared_prefix(enum)
            elif call is not None:
                # What follows a number may read as more of it.
                next_char = _next_literal(self.codec.parts, position)[:1]
                ambiguous = ambiguous or next_char in tuple("0123456789.")
            else:
                ambiguous = True
            pieces.append(f"{{{value}}}")
            groups.append(value)
        out = names.fresh("joined")
        block.add(f'{out} = f"{"".join(pieces)}"')
        if ambiguous:
            match = names.fresh("match")
            self._emit_match(match, self.codec.parts, out, block)
            tests = [f"{match}[{number}] != {value}" for number, value in enumerate(groups, 1)]
            requirement = "cannot be split back unambiguously: a field contains the separator"
            with block.nest(f"if {' or '.join([f'{match} is None', *tests])}:") as inner:
                self.refusal.emit(inner, out, requirement)
        return out

    def split(self, value: str, block: Block) -> list[str]:
        """Emit the split of the string in variable `value`; returns a variable for each field."""
        codec, names = self.codec, self.scope.names
        match = names.fresh("match")
        self._emit_match(match, codec.parts, value, block)
        outs = [names.fresh(f"part_{index}") for index in range(len(self.field_types))]
        with block.nest(f"if {match} is not None:") as inner:
            self._emit_fields(codec.parts, outs, match, inner)
        forms = [self._describe(parts) for parts in (codec.parts, codec.short) if parts]
        requirement = f"is not of the form {', nor '.join(forms)}{self.hint}"
        skips = self.refusal.skip_unfit
        with block.nest("else:") as inner:
            if codec.short:
                self._emit_match(match, codec.short, value, inner)
            with inner.nest_if(f"{match} is None" if codec.short else "") as nested:
                self.refusal.emit(nested, " = ".join(outs) if skips else value, requirement)
            if codec.short:
                with inner.nest("else:") if skips else nullcontext(inner) as nested:
                    self._emit_short_form(outs, match, nested)
        return outs

    def _emit_match(self, match: str, parts: Parts, value: str, block: Block) -> None:
        pattern = self.scope.pool.intern("template", _pattern(parts, self.field_types))
        block.add(f"{match} = {pattern}({value})")

    def _emit_short_form(self, outs: list[str], match: str, block: Block) -> None:
        """Emit the fields of the short form, and those that params supply."""
        params = self.codec.params
        missing = [name for _, name in params if self.scope.param_code(name) is None]
        if missing and self.refusal.skip_unfit:
            block.add(f"{' = '.join(outs)} = None")
        elif missing:
            message = f"the id does not contain the {missing[0]}: give the param {missing[0]!r}"
            refusal = replace(self.refusal, code="missing-param")
            block.add(refusal.raise_line(repr(message)))
        else:
            self._emit_fields(self.codec.short, outs, match, block)
            for index, name in params:
                block.add(f"{outs[index]} = {self.scope.param_code(name)}")

    def _emit_fields(self, parts: Parts, outs: list[str], match: str, block: Block) -> None:
        indexes = [part for part in parts if isinstance(part, int)]
        for group, index in enumerate(indexes, 1):
            field_type, code = self.field_types[index], f"{match}[{group}]"
            call = _parse_function(field_type)
            if call is None:
                block.add(f"{outs[index]} = {code}")
            else:
                conversions.emit_guarded_call(block, outs[index], f"{call}({code})", self.refusal)

    def _describe(self, parts: Parts) -> str:
        names = [part if isinstance(part, str) else f"{{{self.labels[part]}}}" for part in parts]
        return "".join(names)


def _part_types(field_type: SchemaType) -> frozenset[str]:
    """Return the JSON types of the values of a field that a template joins.

    A string reads as itself, so if a field takes strings, only these are joined.
    """
    types = json_types(field_type)
    return types - {"array", "object"} if "string" not in types else STRING.types


def _split_type(field_type: SchemaType) -> SchemaType:
    """Return the type of a field that was split from a string: its JSON types and enum."""
    types = _part_types(field_type)
    if isinstance(field_type, Scalar) and field_type.enum is not None:
        enum = tuple(_part_enum(field_type.enum, types))
        return Scalar(frozenset(map(json_type, enum)), enum=enum)
    if "number" in types:
        types -= {"integer"}
    return Scalar(types) if types else STRING


def _part_enum(enum: tuple[ScalarValue, ...], types: frozenset[str]) -> Iterator[ScalarValue]:
    """Yield the enum values of some JSON types."""
    accepted = types | {"integer"} if "number" in types else types
    return (value for value in enum if json_type(value) in accepted)


def _enum_strings(field_type: SchemaType) -> list[str] | None:
    """Return what the values of an enum look like in a string; None if there is no enum."""
    if not isinstance(field_type, Scalar) or field_type.enum is None:
        return None
    values = _part_enum(field_type.enum, _part_types(field_type))
    return [value if isinstance(value, str) else scalar_to_string(value) for value in values]


def _text_function(field_type: SchemaType) -> str | None:
    """Return the function that writes a field's value as a string; None for a string."""
    return {
        STRING.types: None,
        frozenset(): None,
        frozenset({"integer"}): "integer_to_string",
        frozenset({"number"}): "number_to_string",
        frozenset({"integer", "number"}): "number_to_string",
    }.get(_part_types(field_type), "scalar_to_string")


def _parse_function(field_type: SchemaType) -> str | None:
    """Return the inverse of `_text_function`."""
    name = _text_function(field_type)
    return name and "string_to_" + name.removesuffix("_to_string")


def _next_literal(parts: Parts, position: int) -> str:
    """Return the literal string after a field; empty if there is none."""
    following = parts[position + 1 : position + 2]
    return following[0] if following and isinstance(following[0], str) else ""


def _has_shared_prefix(strings: list[str]) -> bool:
    return any(following.startswith(string) for string, following in pairwise(sorted(strings)))


def _pattern(parts: Parts, field_types: list[SchemaType]) -> str:
    """Return the source of a matcher with one group per field, in the order of the template."""
    pattern = ""
    for position, part in enumerate(parts):
        if isinstance(part, str):
            pattern += re.escape(part)
            continue
        field_type = field_types[part]
        types = _part_types(field_type)
        if (strings := _enum_strings(field_type)) is not None:
            longest_first = sorted(strings, key=len, reverse=True)
            # Without values, nothing matches, not even the empty string.
            pattern += f"({'|'.join(map(re.escape, longest_first)) or '(?!)'})"
        elif types and "string" not in types:
            pattern += f"({'|'.join(_literal_patterns(types))})"
        elif any(isinstance(later_part, int) for later_part in parts[position + 1 :]):
            pattern += f"((?:(?!{re.escape(_next_literal(parts, position))}).)*)"
        else:
            pattern += "(.*)"
    return f"re.compile({pattern!r}, re.DOTALL).fullmatch"


def _literal_patterns(types: frozenset[str]) -> Iterator[str]:
    """Yield patterns of what booleans and numbers look like in a string."""
    if "boolean" in types:
        yield "true|false"
    if "number" in types:
        yield r"-?[0-9]+(?:\.[0-9]+)?"
    elif "integer" in types:
        yield "-?[0-9]+"
