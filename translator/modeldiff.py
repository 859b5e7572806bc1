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

from translator.generate import can_generate, module_of
from translator.openapi import Schema, components
from translator.spec import Spec
from translator.specdiff import stripped

Models = Dict[str, Dict[str, str]]
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
    described: bool = False


def models_change(old: Spec, new: Spec) -> ModelsChange:
    """How the models change. Raises `SpecError` where no models can be made of a spec."""
    if can_generate():
        sources = module_of(old), module_of(new)
        found = tuple(_compared(_generated(sources[0]), _generated(sources[1])))
        return ModelsChange("generated", found, not found and sources[0] != sources[1])
    return derived_change(old, new)


def derived_change(old: Spec, new: Spec) -> ModelsChange:
    """How the models change, as far as the schemas tell: a member inside another has its path."""
    found = tuple(_compared(_derived(old), _derived(new)))
    described = not found and components(old.document) != components(new.document)
    return ModelsChange("derived", found, described)


def _compared(old: Models, new: Models) -> Iterator[ModelChange]:
    for model, members in old.items():
        if model not in new:
            yield ModelChange("removed", model)
            continue
        for name, text in members.items():
            now = new[model].get(name)
            if now is None:
                yield ModelChange("removed", model, name, old=text)
            elif now != text:
                yield ModelChange("changed", model, name, text, now)
        for name, text in new[model].items():
            if name not in members:
                yield ModelChange("added", model, name, new=text)
    for model in new:
        if model not in old:
            yield ModelChange("added", model)


# --- as generated ---------------------------------------------------------------------------------


def _generated(source: str) -> Models:
    models: dict[str, dict[str, str]] = {}
    for node in _Undescribed().visit(ast.parse(source)).body:
        match node:
            case ast.ClassDef(name=name, body=body):
                models[name] = dict(_members(body))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                models[name] = {"": ast.unparse(value)}
    return models


def _members(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for node in body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=None):
                yield name, ast.unparse(annotation)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                assert value is not None
                yield name, f"{ast.unparse(annotation)} = {ast.unparse(value)}"
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, ast.unparse(value)


class _Undescribed(ast.NodeTransformer):
    """Takes the descriptions out, and what then says nothing any more."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Field":
            node.keywords = [one for one in node.keywords if one.arg != "description"]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Subscript(
                value=ast.Name(id="Annotated"),
                slice=ast.Tuple(elts=[only, ast.Call(args=[], keywords=[])]),
            ):
                return only
        return node


# --- as the schemas tell --------------------------------------------------------------------------


def _derived(spec: Spec) -> Models:
    named = components(spec.document).items()
    return {name: dict(_of_schema(schema)) for name, schema in named if isinstance(schema, dict)}


def _of_schema(schema: Schema, above: str = "") -> Iterator[tuple[str, str]]:
    """The members of a schema by their path, each with what it says."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        yield above, _text(schema)
        return
    if "additionalProperties" in schema:
        at = f"{above}.additionalProperties" if above else "additionalProperties"
        yield at, _text(schema["additionalProperties"])
    required = schema.get("required", ())
    for name, inner in properties.items():
        path = f"{above}.{name}" if above else name
        for at, text in _of_schema(inner if isinstance(inner, dict) else {}, path):
            must = "required" if name in required else "optional"
            yield at, f"{text} ({must})" if at == path else text


def _text(schema: Any) -> str:
    said = stripped(schema)
    if isinstance(schema, dict) and "x-python-type" in schema:
        said["x-python-type"] = schema["x-python-type"]
    return json.dumps(said, ensure_ascii=False, sort_keys=True)
