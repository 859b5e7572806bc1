"""Compare the models generated from two versions of a spec, class by class and field by field."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from translator.schema.models import can_generate, generate_source
from translator.schema.spec import Spec

ModelFields = dict[str, dict[str, str]]
"""The declaration of each field by its name, by the name of its class; an alias has one: `""`."""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A change of a class or alias `model`, or of its field `member`, with both declarations."""

    kind: Literal["added", "removed", "changed"]
    model: str
    member: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class ModelsChange:
    """How the models of a spec change.

    `origin` is `generated` if both models were generated and compared, `not-installed` if the
    generator is missing, and `failed` if it cannot generate models from one of the specs.
    `only_descriptions` is true if nothing but descriptions or comments differ.
    """

    origin: Literal["generated", "not-installed", "failed"]
    only_descriptions: bool = False
    changes: tuple[ModelChange, ...] = ()


def compare_models(old: Spec, new: Spec) -> ModelsChange:
    """Compare the models of two specs. Raises `SpecError` if one of them has no models."""
    if not can_generate():
        return ModelsChange("not-installed")
    old_source, new_source = generate_source(old), generate_source(new)
    changes = tuple(_diff_models(_parse_models(old_source), _parse_models(new_source)))
    return ModelsChange("generated", not changes and old_source != new_source, changes)


def _diff_models(old: ModelFields, new: ModelFields) -> Iterator[ModelChange]:
    for model in old | new:
        if model not in old or model not in new:
            yield ModelChange("removed" if model in old else "added", model)
            continue
        for name in old[model] | new[model]:
            before, after = old[model].get(name, ""), new[model].get(name, "")
            if not before or not after:
                yield ModelChange("removed" if before else "added", model, name, before, after)
            elif before != after:
                yield ModelChange("changed", model, name, before, after)


def _parse_models(source: str) -> ModelFields:
    models: ModelFields = {}
    for node in _DescriptionStripper().visit(ast.parse(source)).body:
        match node:
            case ast.ClassDef(name=name, body=body):
                models[name] = dict(_class_fields(body))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                models[name] = {"": ast.unparse(value)}
    return models


def _class_fields(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for node in body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                default = f" = {ast.unparse(value)}" if value is not None else ""
                yield name, ast.unparse(annotation) + default
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, ast.unparse(value)


class _DescriptionStripper(ast.NodeTransformer):
    """Remove descriptions, and each `Annotated` that is empty without its description."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Field":
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "description"]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Subscript(
                value=ast.Name(id="Annotated"),
                slice=ast.Tuple(elts=[inner, ast.Call(args=[], keywords=[])]),
            ):
                return inner
        return node
