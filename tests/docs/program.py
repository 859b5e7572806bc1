"""The codes that the program can give to a finding, read from its source.

A function passes a code on where one of its parameters becomes the code of a `Diagnostic`, or the
code in a call of another such function. From there each call is followed back to a text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT

PACKAGE = ROOT / "translator"

Givers = dict[tuple[str, str], int]
"""By module and function: which argument is the code of a finding."""


@dataclass(frozen=True)
class Module:
    """A module: its name, what is in it, and the modules of the package that it imports from."""

    name: str
    tree: ast.Module
    imports: frozenset[str]
    functions: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> Module:
        """The module of a file."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = list(ast.walk(tree))
        froms = {one.module or "" for one in nodes if isinstance(one, ast.ImportFrom)}
        functions = {one.name for one in nodes if isinstance(one, ast.FunctionDef)}
        imports = frozenset(one.removeprefix("translator.") for one in froms)
        return cls(path.stem, tree, imports, frozenset(functions))


@dataclass(frozen=True)
class Call:
    """A call by name, the module it stands in, and the functions around it, inmost last."""

    module: Module
    node: ast.Call
    name: str
    around: tuple[ast.FunctionDef, ...]

    def code(self, givers: Givers) -> ast.expr | None:
        """The argument that is the code of a finding, if there is one."""
        for module in (self.module.name, *sorted(self.module.imports)):
            position = givers.get((module, self.name))
            if position is not None:
                return self.node.args[position]
            if self.name in self.module.functions:
                return None
        return None

    def passes_on(self, givers: Givers) -> tuple[tuple[str, str], int] | None:
        """The function around the call, and its parameter, where that is the code."""
        match self.code(givers):
            case ast.Name(id=name) if self.around:
                function = self.around[-1]
                names = [one.arg for one in function.args.args if one.arg != "self"]
                if name in names:
                    return (self.module.name, function.name), names.index(name)
        return None


@cache
def codes_of_program() -> dict[str, set[str]]:
    """The codes of the findings that are made in each module of the package."""
    modules = map(Module.read, sorted(PACKAGE.glob("*.py")))
    calls = [call for module in modules for call in _calls(module, module.tree, ())]
    givers: Givers = {("diagnostics", "Diagnostic"): 0}
    while more := dict(
        one for call in calls if (one := call.passes_on(givers)) and one[0] not in givers
    ):
        givers |= more
    found: dict[str, set[str]] = {}
    for call in calls:
        code = call.code(givers)
        if code is not None and call.passes_on(givers) is None:
            found.setdefault(call.module.name, set()).update(_texts(code, call))
    return found


def _calls(module: Module, node: ast.AST, around: tuple[ast.FunctionDef, ...]) -> Iterator[Call]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            yield Call(module, node, name, around)
        case ast.FunctionDef():
            around = (*around, node)
    for child in ast.iter_child_nodes(node):
        yield from _calls(module, child, around)


def _texts(code: ast.expr, call: Call) -> set[str]:
    """The texts that a code may be; none where it is that of a finding made elsewhere."""
    match code:
        case ast.Constant(value=str(value)):
            return {value}
        case ast.Attribute(attr="code"):
            return set()
        case ast.Name(id=name):
            assigned = {text for one in call.around for text in _assigned(one, name)}
            if assigned:
                return assigned
    raise AssertionError(f"{call.module.name}.py:{call.node.lineno}: which code is this?")


def _assigned(function: ast.FunctionDef, name: str) -> Iterator[str]:
    """The texts that are assigned to a name in a function."""
    for node in ast.walk(function):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = list(zip(names, values, strict=True))
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
        for target, value in pairs:
            match target, value:
                case ast.Name(id=one), ast.Constant(value=str(text)) if one == name:
                    yield text
