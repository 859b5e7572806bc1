"""Mutants: a module's source with one small thing changed, and what was changed.

Changed are operators, conditions, constants and statements of the module, and the operators in the
code that it emits. Left alone are annotations, docstrings, assertions, and texts for people: the
messages may change.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Edit = Callable[[], None]
Site = tuple[ast.AST, str, Edit]
"""Where something may be changed, what is changed, and the change."""

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_EMITTED = (
    (" is not None", " is None"),
    (" is None", " is not None"),
    (" and ", " or "),
    (" or ", " and "),
    ("if not ", "if "),
    ("not (", "("),
    (" == ", " != "),
    (" != ", " == "),
    (" >= ", " > "),
    (" <= ", " < "),
    (" > ", " >= "),
    (" < ", " <= "),
    (" not in ", " in "),
    (" in ", " not in "),
)
_EMITTING = frozenset(("add", "nest", "attach", "Check", "append"))
"""Calls whose texts are code that is emitted."""

_NAMING = frozenset(("fresh", "constant", "local", "called"))
"""Calls whose texts are names of variables in emitted code, which may be any."""


@dataclass(frozen=True)
class Mutant:
    """A change of a module, and the module's source with it.

    `name` finds it again after other lines have changed: what stands in its line, what is changed,
    and the how-manieth of those that read alike it is.
    """

    module: str
    name: str
    line: int
    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line}: {self.what}"


def mutants(module: str, source: str) -> list[Mutant]:
    """Every mutant of a module; of those with the same source the first."""
    found: dict[str, Mutant] = {}
    alike: Counter[str] = Counter()
    lines = source.splitlines()
    same = ast.unparse(ast.parse(source))
    for number in range(sum(1 for _ in _sites(ast.parse(source)))):
        tree = ast.parse(source)
        node, what, edit = list(_sites(tree))[number]
        line = node.lineno  # type: ignore[attr-defined]
        edit()
        text = ast.unparse(ast.fix_missing_locations(tree))
        if text != same:
            name = f"{module}: {lines[line - 1].strip()}: {what}"
            alike[name] += 1
            found.setdefault(text, Mutant(module, f"{name} ({alike[name]})", line, what, text))
    return list(found.values())


def described(module: str, source: str) -> set[str]:
    """The names of a module's mutants but for the number at their end, without making them."""
    lines = source.splitlines()
    return {
        f"{module}: {lines[node.lineno - 1].strip()}: {what}"  # type: ignore[attr-defined]
        for node, what, _ in _sites(ast.parse(source))
    }


def _sites(tree: ast.AST) -> Iterator[Site]:
    for node in _changeable(tree):
        match node:
            case ast.Compare():
                yield from _compared(node)
            case ast.BoolOp():
                other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
                what = "and -> or" if isinstance(node.op, ast.And) else "or -> and"
                yield node, what, _setter(node, "op", other)
            case ast.BinOp() if type(node.op) in _RECKONED:
                operator = _RECKONED[type(node.op)]
                what = f"{type(node.op).__name__} -> {operator.__name__}"
                yield node, what, _setter(node, "op", operator())
            case ast.Constant():
                yield from _constants(node)
            case ast.JoinedStr():
                for part in node.values:
                    if isinstance(part, ast.Constant) and getattr(node, "emitted", False):
                        yield from _emitted(part, node)
            case ast.match_case():
                yield (
                    node.body[0],
                    f"case {ast.unparse(node.pattern)}: never",
                    _setter(node, "guard", ast.Constant(False)),
                )
        yield from _conditions(node)
        yield from _statements(node)


def _changeable(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module that are code: no annotations, docstrings, decorators, assertions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        yield node
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            below = value if isinstance(value, list) else [value]
            if name == "body" and below and _is_text(below[0]):
                below = below[1:]
            for one in below:
                if isinstance(one, ast.AST) and not _is_left_alone(node, name, one):
                    _mark_emitted(node, one)
                    waiting.append(one)


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_left_alone(parent: ast.AST, name: str, node: ast.AST) -> bool:
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
        return True
    if _is_text(node):
        return True
    if isinstance(parent, ast.JoinedStr) and isinstance(node, ast.Constant):
        return True
    called = parent.func if isinstance(parent, ast.Call) else None
    if isinstance(node, ast.Constant) and name == "args":
        return getattr(called, "attr", getattr(called, "id", "")) in _NAMING
    # The types in isinstance(x, A | B) are a tuple, and no arithmetic.
    if isinstance(called, ast.Name) and called.id == "isinstance" and name == "args":
        return isinstance(node, ast.BinOp)
    # A module's assignment such as `Node = Value | Tree` names a type.
    return isinstance(parent, ast.Module) and isinstance(node, ast.Assign) and _is_alias(node)


def _is_alias(node: ast.Assign) -> bool:
    return isinstance(node.value, ast.BinOp | ast.Subscript)


def _mark_emitted(parent: ast.AST, node: ast.AST) -> None:
    """Note of a node whether its texts are code that is emitted."""
    inside = getattr(parent, "emitted", False)
    if isinstance(parent, ast.Call):
        name = getattr(parent.func, "attr", getattr(parent.func, "id", ""))
        inside = inside or name in _EMITTING
    said = isinstance(node, ast.Raise)
    node.emitted = inside and not said  # type: ignore[attr-defined]


def _compared(node: ast.Compare) -> Iterator[Site]:
    for index, operator in enumerate(node.ops):
        other = _COMPARED[type(operator)]

        def edit(index: int = index, other: type[ast.cmpop] = other) -> None:
            node.ops[index] = other()

        yield node, f"{type(operator).__name__} -> {other.__name__}", edit


def _constants(node: ast.Constant) -> Iterator[Site]:
    value = node.value
    if isinstance(value, bool):
        yield node, f"{value} -> {not value}", _setter(node, "value", not value)
    elif isinstance(value, int):
        yield node, f"{value} -> {value + 1}", _setter(node, "value", value + 1)
    elif isinstance(value, str) and " " not in value:
        other = f"{value}XX" if value else "XX"
        yield node, f"{value!r} -> {other!r}", _setter(node, "value", other)
    if isinstance(value, str) and getattr(node, "emitted", False):
        yield from _emitted(node, node)


def _emitted(part: ast.Constant, at: ast.AST) -> Iterator[Site]:
    text = part.value if isinstance(part.value, str) else ""
    for one, other in _EMITTED:
        if one in text:
            changed = text.replace(one, other, 1)
            yield at, f"emitted{one.rstrip()} ->{other.rstrip()}", _setter(part, "value", changed)


def _conditions(node: ast.AST) -> Iterator[Site]:
    """A branch's condition turned round, or always the same."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        places: list[tuple[ast.expr, Callable[[ast.expr], None]]] = [
            (node.test, lambda one: setattr(node, "test", one))
        ]
    elif isinstance(node, ast.comprehension):
        places = [
            (test, lambda one, index=index: node.ifs.__setitem__(index, one))  # type: ignore[misc]
            for index, test in enumerate(node.ifs)
        ]
    elif isinstance(node, ast.match_case) and node.guard is not None:
        places = [(node.guard, lambda one: setattr(node, "guard", one))]
    else:
        return
    for test, put in places:
        shown = ast.unparse(test)
        shown = shown if len(shown) < 60 else f"{shown[:57]}..."
        for other, how in (
            (ast.UnaryOp(ast.Not(), test), "is turned round"),
            (ast.Constant(True), "always holds"),
            (ast.Constant(False), "never holds"),
        ):
            turned = isinstance(other, ast.UnaryOp)
            if turned and (isinstance(test, ast.UnaryOp) or _is_single(test)):
                continue
            yield test, f"`{shown}` {how}", _caller(put, other)


def _is_single(test: ast.expr) -> bool:
    """Whether a condition is one comparison, whose operator is turned round anyway."""
    return isinstance(test, ast.Compare) and len(test.ops) == 1


def _statements(node: ast.AST) -> Iterator[Site]:
    """A statement of a function left out."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if not isinstance(block, list) or isinstance(node, ast.Module | ast.ClassDef):
            continue
        for index, one in enumerate(block):
            if isinstance(one, ast.Return) and one.value is not None:
                shown = ast.unparse(one).split("\n")[0][:60]
                yield one, f"`{shown}` gives None", _setter(one, "value", ast.Constant(None))
            elif isinstance(
                one,
                ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Raise | ast.Continue,
            ) and not _is_text(one):
                shown = ast.unparse(one).split("\n")[0][:60]
                yield one, f"`{shown}` left out", _left_out(block, index)


def _left_out(block: list[ast.stmt], index: int) -> Edit:
    def edit() -> None:
        block[index] = ast.Pass()

    return edit


def _setter(node: ast.AST, name: str, value: object) -> Edit:
    return lambda: setattr(node, name, value)


def _caller(put: Callable[[ast.expr], None], other: ast.expr) -> Edit:
    return lambda: put(other)
