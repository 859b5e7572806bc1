"""Which classes and members of the generated models two specs make differ.

Where the generator is installed, it is run on both and what it writes is compared. Where it is
not, the difference is derived from the schemas, which name the classes.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from typing import Any, Literal

from translator.schema.diff import strip_annotations
from translator.schema.models import can_generate, generate_source
from translator.schema.openapi import Schema, component_schemas
from translator.schema.spec import Spec

ModelFields = Dict[str, Dict[str, str]]
"""The text of each member by its name, by the name of its class; that of an alias is `""`."""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What happened to a class or alias `model`, or to its `member`: the `old` and `new` text."""

    kind: Literal["added", "removed", "changed"]
    model: str
    member: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class ModelsChange:
    """How the models of a spec change.

    `origin` tells whether they were generated for this, or their change derived from the schemas.
    `described` is true where only descriptions differ.
    """

    origin: Literal["generated", "derived"]
    changes: tuple[ModelChange, ...] = ()
    only_descriptions: bool = False


def compare_models(old: Spec, new: Spec) -> ModelsChange:
    """How the models change. Raises `SpecError` where no models can be made of a spec."""
    if can_generate():
        sources = generate_source(old), generate_source(new)
        changes = tuple(_diff_models(_parse_models(sources[0]), _parse_models(sources[1])))
        return ModelsChange("generated", changes, not changes and sources[0] != sources[1])
    return derive_changes(old, new)


def derive_changes(old: Spec, new: Spec) -> ModelsChange:
    """How the models change, as far as the schemas tell: a member inside another has its path."""
    changes = tuple(_diff_models(_derive_models(old), _derive_models(new)))
    only_descriptions = not changes and component_schemas(old.document) != component_schemas(
        new.document
    )
    return ModelsChange("derived", changes, only_descriptions)


def _diff_models(old: ModelFields, new: ModelFields) -> Iterator[ModelChange]:
    for model, fields in old.items():
        if model not in new:
            yield ModelChange("removed", model)
            continue
        for name, declaration in fields.items():
            new_declaration = new[model].get(name)
            if new_declaration is None:
                yield ModelChange("removed", model, name, old=declaration)
            elif new_declaration != declaration:
                yield ModelChange("changed", model, name, declaration, new_declaration)
        for name, declaration in new[model].items():
            if name not in fields:
                yield ModelChange("added", model, name, new=declaration)
    for model in new:
        if model not in old:
            yield ModelChange("added", model)


# --- as generated ---------------------------------------------------------------------------------


def _parse_models(source: str) -> ModelFields:
    models: dict[str, dict[str, str]] = {}
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
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=None):
                yield name, ast.unparse(annotation)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                assert value is not None
                yield name, f"{ast.unparse(annotation)} = {ast.unparse(value)}"
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, ast.unparse(value)


class _DescriptionStripper(ast.NodeTransformer):
    """Takes the descriptions out, and what then says nothing any more."""

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


# --- as the schemas tell --------------------------------------------------------------------------


def _derive_models(spec: Spec) -> ModelFields:
    schemas = component_schemas(spec.document).items()
    return {
        name: dict(_schema_fields(schema)) for name, schema in schemas if isinstance(schema, dict)
    }


def _schema_fields(schema: Schema, parent: str = "") -> Iterator[tuple[str, str]]:
    """The members of a schema by their path, each with what it says."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        yield parent, _declaration(schema)
        return
    if "additionalProperties" in schema:
        field_path = f"{parent}.additionalProperties" if parent else "additionalProperties"
        yield field_path, _declaration(schema["additionalProperties"])
    required = schema.get("required", ())
    for name, inner in properties.items():
        path = f"{parent}.{name}" if parent else name
        for field_path, declaration in _schema_fields(
            inner if isinstance(inner, dict) else {}, path
        ):
            requirement = "required" if name in required else "optional"
            yield (
                field_path,
                f"{declaration} ({requirement})" if field_path == path else declaration,
            )


def _declaration(schema: Any) -> str:
    meaning = strip_annotations(schema)
    if isinstance(schema, dict) and "x-python-type" in schema:
        meaning["x-python-type"] = schema["x-python-type"]
    return json.dumps(meaning, ensure_ascii=False, sort_keys=True)
