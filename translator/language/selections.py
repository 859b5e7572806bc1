"""Selections of a mapping: their order, what is wrong with them, and which elements each reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from translator.errors import Diagnostic, Location, suggest
from translator.language import nodes
from translator.paths import (
    LIST_ITEM,
    MAP_ENTRY,
    Named,
    NamedPick,
    Path,
    Pick,
    Selection,
    format_path,
    is_picked,
    real_path,
    selected_indexes,
    starts_with,
)
from translator.schema import types
from translator.schema.types import ListOf, Object, Scalar, ScalarValue, SchemaType

REST: Pick = "*"
"""The pick of all elements that no other selection of the list selects."""

SelectionsByList = Mapping[Path, Sequence[Selection]]
"""The selections of each list, by the path of its elements."""


def link_selections(mapping: nodes.Mapping) -> None:
    """Set what the selections of a mapping have to know of its other paths.

    Named selections of a list are written in the order in which they are declared, then others in
    that of the rules, but elements with an index in order of index, and what no other selection
    selects last.
    """
    positions = {
        id(pick): position - len(item.picks)
        for item in mapping.selections
        for position, pick in enumerate(item.picks)
    }
    ranks: dict[tuple[bool, Path, tuple[Pick, ...]], int] = {}
    paths: dict[bool, list[Path]] = {True: [], False: []}
    for on_left, path, _ in named_paths(mapping):
        paths[on_left].append(path)
        for parent, selection in selections_in(path):
            picks = tuple(pick for pick in selection.picks if isinstance(pick, tuple))
            list_path = (*parent, selection.list_name)
            rank = ranks.setdefault((on_left, list_path, picks), len(ranks))
            rank = positions.get(id(selection.picks[0]), rank)
            index = next((pick for pick in selection.picks if isinstance(pick, int)), 0)
            selection.order = (selection.picks == (REST,), rank, index)
    for side in paths.values():
        for path in side:
            for position, step in enumerate(path):
                if isinstance(step, Selection) and not step.picks:
                    step.named = _named_below(path[:position], side)
                elif isinstance(step, Selection) and step.picks == (REST,):
                    group = selections_by_list(side)[real_path(path[: position + 1])]
                    step.others = tuple(each for each in group if each.picks != (REST,))


def _named_below(parent: Path, paths: Iterable[Path]) -> Named:
    """Collect the fields of the object at a path that paths name."""
    named: dict[str, Any] = {}
    for path in paths:
        if not starts_with(path, parent) or isinstance(path[len(parent) :][:1], Selection):
            continue
        names: list[str] = []
        for step in path[len(parent) :]:
            if isinstance(step, Selection) and step.picks:
                names.append(step.list_name)
            if isinstance(step, Selection) or step in (LIST_ITEM, MAP_ENTRY):
                break
            names.append(step)
        tree = named
        for name in names[:-1]:
            tree = tree.setdefault(name, {}) if tree.get(name, {}) is not None else {}
        if names:
            tree[names[-1]] = None
    return named


def is_named(named: Named, path: Path) -> bool:
    """Whether a field, or one above it, is named as a whole."""
    for name in path:
        if name not in named:
            return False
        inner = named[name]
        if inner is None:
            return True
        named = inner
    return False


def named_paths(mapping: nodes.Mapping) -> Iterator[tuple[bool, Path, Location]]:
    """Yield each path that may select: whether it is on the left, the path, and where it is."""
    for rule in mapping.all_rules():
        yield from ((True, path, rule.location) for path in rule.left)
        yield from ((False, path, rule.location) for path in rule.right)
        for fallback in rule.fallbacks:
            if fallback.path is not None:
                yield not fallback.to_left, fallback.path, fallback.location
    for case in mapping.cases:
        if case.scope is not None:
            yield False, case.scope.path, case.location
    records = [
        (on_left, condition.record(left=on_left), location)
        for condition, location in mapping.conditions()
        for on_left in (True, False)
    ]
    for table in mapping.tables:
        for row in table.rows:
            records += [(True, row.left, row.location), (False, row.right, row.location)]
            yield from ((True, path, row.location) for path, _ in row.defaults)
        records += [(row.on_left, row.record, row.location) for row in table.refused_rows]
    for on_left, record, location in records:
        cells = nodes.single_cells(record)
        yield from ((on_left, path, location) for path, _ in cells if path)
    yield from ((item.on_left, item.path, item.location) for item in mapping.lost_fields)
    yield from ((item.on_left, item.path, item.location) for item in mapping.constants)
    yield from ((item.on_left, item.path, item.location) for item in mapping.param_fields)
    if (slot := mapping.carry_slot) is not None:
        yield True, slot.slot, slot.location
        yield False, slot.carried, slot.location


def selections_in(path: Path) -> Iterator[tuple[Path, Selection]]:
    """Yield each selection of a list in a path, with the path of the object that has the list."""
    for position, step in enumerate(path):
        if isinstance(step, Selection) and step.picks:
            yield path[:position], step


def element_step(selection: Selection) -> Path:
    """Return the steps of a path to an element that is selected."""
    return (selection, LIST_ITEM) if selection.is_list else (selection,)


def selections_by_list(paths: Iterable[Path]) -> dict[Path, list[Selection]]:
    """Group the selections in paths by the path of the elements of their list."""
    grouped: dict[Path, list[Selection]] = {}
    for path in paths:
        for parent, selection in selections_in(path):
            group = grouped.setdefault(real_path((*parent, selection)), [])
            if selection not in group:
                group.append(selection)
    return grouped


def compared_fields(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the paths of the fields whose values select: read by filters, and written by them."""
    for path in paths:
        for parent, selection in selections_in(path):
            yield from (
                (*parent, *element_step(selection), pick[0])
                for pick in selection.picks
                if isinstance(pick, tuple)
            )


# --- findings -------------------------------------------------------------------------------------


TypesAt = Callable[[bool, Path], list[SchemaType]]
"""Returns the types of a field of the left (true) or the right in the variants that have it."""


def check_selections(
    mapping: nodes.Mapping, types_at: TypesAt, written_at: TypesAt
) -> Iterator[Diagnostic]:
    """Yield findings about fields and values that select, and about what is written twice.

    `types_at` is about events that are read, `written_at` about those that are written.
    """
    for item in mapping.selections:
        yield from _check_named(item, types_at, written_at)
    for on_left, path, location in named_paths(mapping):
        for parent, selection in selections_in(path):
            elements = (*parent, *element_step(selection))
            yield from _check_filters(types_at(on_left, elements), elements, selection, location)
    for on_left in (True, False):
        yield from _check_written(mapping, on_left=on_left)


def _check_filters(
    elements: list[SchemaType], path: Path, selection: Selection, location: Location
) -> Iterator[Diagnostic]:
    for pick in selection.picks:
        if not isinstance(pick, tuple) or not elements:
            continue
        name, string = pick
        if isinstance(pick, NamedPick):
            continue
        fields = [field.type for item in elements if (field := types.find_field(item, name))]
        place = f"`{format_path(path)}`"
        if not fields:
            message = f"{place} compares {name!r}, which the elements do not have"
            names = {each for item in elements if isinstance(item, Object) for each in item.fields}
            hint = suggest(name, names) or "compare a field of the elements"
            yield Diagnostic("unknown-member", location, message, hint)
        elif not any(_allows(field, string) for field in fields):
            message = f"{place} selects nothing: {name!r} cannot be {string!r}"
            values = [value for field in fields for value in getattr(field, "enum", None) or ()]
            hint = suggest(string, list(map(str, values))) or "compare a value that the spec allows"
            yield Diagnostic("unknown-value", location, message, hint)


def _allows(schema_type: SchemaType, string: str) -> bool:
    value = types.parse_scalar(schema_type, string)
    return not isinstance(schema_type, Scalar) or types.may_accept(schema_type, value)


def _check_written(mapping: nodes.Mapping, *, on_left: bool) -> Iterator[Diagnostic]:
    written: dict[Path, dict[tuple[Pick, ...], Location]] = {}
    for rule in mapping.all_rules():
        if not nodes.applies(rule.only_to, to_left=on_left):
            continue
        for path in rule.left if on_left else rule.right:
            yield from _check_whole(path, rule.location)
            for parent, name, picks in _lists_in(path):
                if "last" in picks:
                    message = f"`{format_path(path)}` cannot be written: its index is not known"
                    hint = "read [last] in 'else', or restrict the rule to the other side with 'to'"
                    yield Diagnostic("selection-overlap", rule.location, message, hint)
                written.setdefault((*parent, name), {}).setdefault(picks, rule.location)
    for path, places in written.items():
        for (first, _), (second, location) in combinations(places.items(), 2):
            if (first or second) and _may_overlap(first, second):
                names = " and ".join(f"`{_show(path, picks)}`" for picks in (first, second))
                message = f"{names} may be the same elements, and rules write both"
                hint = "write each element by one selection; read the other in 'else'"
                yield Diagnostic("selection-overlap", location, message, hint)


def _check_whole(path: Path, location: Location) -> Iterator[Diagnostic]:
    """Report a rule that writes whole elements, which a selection tells apart by a field."""
    last = path[:-1][-1:] if path[-1:] == (LIST_ITEM,) else path[-1:]
    if last and isinstance(last[0], Selection):
        name = next((pick[0] for pick in last[0].picks if isinstance(pick, tuple)), None)
        if name is not None:
            message = f"`{format_path(path)}` sets {name!r} of elements that are written whole"
            hint = "write the fields of the elements, one by one or by {*}; or add 'to'"
            yield Diagnostic("selection-whole", location, message, hint)


def _lists_in(path: Path) -> Iterator[tuple[Path, str, tuple[Pick, ...]]]:
    """Yield the lists on a path: the object that has it, its name, and what is selected of it."""
    for position, step in enumerate(path):
        if isinstance(step, Selection) and step.picks:
            yield real_path(path[:position]), step.list_name, step.picks
        elif path[position + 1 : position + 2] == (LIST_ITEM,) and not isinstance(step, Selection):
            yield real_path(path[:position]), step, ()


def _show(path: Path, picks: tuple[Pick, ...]) -> str:
    if not picks:
        return format_path((*path, LIST_ITEM))
    return format_path((*path[:-1], Selection(path[-1], picks)))


def _may_overlap(first: tuple[Pick, ...], second: tuple[Pick, ...]) -> bool:
    """Whether an element may belong to both selections of a list."""
    if (first == (REST,)) != (second == (REST,)):
        return () in (first, second)
    for pick, other in zip(first, second, strict=False):
        if isinstance(pick, tuple) and isinstance(other, tuple):
            if pick[0] == other[0] and not _share_elements(pick, other):
                return False
        elif isinstance(pick, int) and isinstance(other, int):
            return pick == other
        elif isinstance(pick, tuple) != isinstance(other, tuple):
            return True
    return True


def _share_elements(pick: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether an element may have the value of both picks, which compare the same field."""
    return any(
        each.accepts(value) if isinstance(each, NamedPick) else each[1] == value
        for each, value in ((pick, other[1]), (other, pick[1]))
    )


# --- named selections -----------------------------------------------------------------------------


def link_selections_to_types(mapping: nodes.Mapping, types_at: TypesAt) -> None:
    """Set which values of a field make elements belong to named selections: the spec says."""
    for item in mapping.selections:
        for list_type in _list_types(item, types_at):
            for pick in item.picks:
                pick.values, pick.pattern = _values_of(list_type, pick)


def _list_types(item: nodes.Selections, types_at: TypesAt) -> list[ListOf]:
    """List the types of the list of named selections, on both sides of a mapping."""
    return [
        each for on_left in (True, False) for each in types_at(on_left, item.list)
        if isinstance(each, ListOf)
    ]  # fmt: skip


def _values_of(list_type: ListOf, pick: NamedPick) -> tuple[tuple[ScalarValue, ...] | None, str]:
    """Return the values, or the pattern, of the field by which elements belong to a selection."""
    name, value = pick
    branches = types.branches_of(list_type, pick)
    field = types.find_field(branches[0] if branches else list_type.items, name)
    field_type = None if field is None else field.type
    if len(branches) != 1 or not isinstance(field_type, Scalar):
        return (types.parse_scalar(field_type, value),), ""
    if field_type.enum is not None:
        return field_type.enum, ""
    pattern = next((each for key, each in types.constraints_of(field_type) if key == "pattern"), "")
    return None, types.python_pattern(pattern) or ""


def _check_named(
    item: nodes.Selections, types_at: TypesAt, written_at: TypesAt
) -> Iterator[Diagnostic]:
    """Report named selections whose elements the spec does not tell from others."""
    name = format_path(item.list)
    lists = _list_types(item, types_at)
    if not lists:
        message = f"`{name}` under 'selections' is not a list"
        yield Diagnostic("unknown-member", item.location, message, "name a list of a format")
        return
    for pick in item.picks:
        problems = [_branch_problem(each, pick) for each in lists]
        problems += [_written_problem(each, pick) for each in _list_types(item, written_at)]
        if len({_values_of(each, pick) for each in lists}) > 1:
            problems.append("the lists of this name have other branches")
        if problem := next(filter(None, problems), ""):
            message = f"`{name}[{pick.name}]`: {problem}"
            hint = "let one branch of the list's anyOf allow these values, by const, enum or "
            hint += "pattern, and exclude them from the others ('not')"
            yield Diagnostic("selection-branch", item.location, message, hint)
    for first, second in combinations(item.picks, 2):
        if _share_elements(first, second):
            message = f"`{name}[{first.name}]` and `{name}[{second.name}]` are the same elements"
            hint = "write a value of another branch, with {name} in 'write'"
            yield Diagnostic("selection-overlap", item.location, message, hint)


def _branch_problem(list_type: ListOf, pick: NamedPick) -> str:
    """Say why the elements of a named selection are not those of one branch."""
    name, value = pick
    if not list_type.branches:
        field = types.find_field(list_type.items, name)
        if field is None:
            return f"the elements have no field {name!r}"
        return "" if types.allows_string(field.type, value) else f"{name!r} cannot be {value!r}"
    branches = types.branches_of(list_type, pick)
    if not branches:
        return f"no branch of the spec allows {name!r} = {value!r}"
    if len(branches) > 1:
        return f"{len(branches)} branches of the spec allow {name!r} = {value!r}"
    (branch,) = branches
    field = branch.fields.get(name)
    if field is None or not _selects(field.type):
        return f"its branch restricts {name!r} neither by const or enum nor by one plain pattern"
    for other in list_type.branches:
        other_field = other.fields.get(name)
        if other is branch or (other_field is not None and _excludes(other_field, field.type)):
            continue
        title = repr(other.schema["title"]) if "title" in other.schema else "without a title"
        return f"another branch ({title}) may allow the same values of {name!r}"
    return ""


def _written_problem(list_type: ListOf, pick: NamedPick) -> str:
    branches = types.branches_of(list_type, pick)
    if not list_type.branches or len(branches) == 1:
        return ""
    return f"an event that is written cannot have {pick[0]!r} = {pick[1]!r} in just one branch"


def _selects(field_type: SchemaType) -> bool:
    """Whether values of a field are known by an enum, or by one pattern."""
    if not isinstance(field_type, Scalar) or field_type.enum is not None:
        return isinstance(field_type, Scalar)
    constraints = [*types.constraints_of(field_type)]
    is_plain = field_type == Scalar(frozenset({"string"}), constraints=field_type.constraints)
    return (
        is_plain
        and [key for key, _ in constraints] == ["pattern"]
        and types.python_pattern(constraints[0][1]) is not None
    )


def _excludes(field: types.ObjectField, values: SchemaType) -> bool:
    """Whether a required field surely has none of the values of a type that selects."""
    if not field.required or not isinstance(field.type, Scalar) or not isinstance(values, Scalar):
        return False
    if values.enum is not None:
        return not any(types.allows_string(field.type, str(value)) for value in values.enum)
    if field.type.enum is not None:
        return not any(types.allows_string(values, str(value)) for value in field.type.enum)
    (pattern,) = (each for _, each in types.constraints_of(values))
    for key, schema in types.constraints_of(field.type):
        if key == "pattern" and _differ(_literal_start(schema), _literal_start(pattern)):
            return True
        is_pattern = key == "not" and isinstance(schema, dict) and schema.keys() == {"pattern"}
        if is_pattern and pattern in _expand(schema["pattern"]):
            return True
    return False


def _differ(first: str, second: str) -> bool:
    """Whether strings that start in these ways cannot be equal."""
    return not first.startswith(second) and not second.startswith(first)


_LITERAL = re.compile(r"\\(\W)|\[(\W|\w)\]|([^\\\[\](){}.*+?|^$])")


def _literal_start(pattern: str) -> str:
    """Return the characters with which every string that matches a pattern starts."""
    start, position = "", 1
    plain = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern)
    if not pattern.startswith("^") or "|" in re.sub(r"\([^()]*\)", "", plain):
        return start
    while match := _LITERAL.match(pattern, position):
        if pattern[match.end() : match.end() + 1] in ("*", "?", "{"):
            break
        start, position = start + next(filter(None, match.groups())), match.end()
    return start


def _expand(pattern: str) -> list[str]:
    """Return the patterns that a pattern with groups of alternatives stands for."""
    group = re.search(r"\(([^()?\\\[]*\|[^()?\\\[]*)\)(?![*+?{])", pattern)
    if group is None:
        return [pattern]
    start, end = pattern[: group.start()], pattern[group.end() :]
    return [each for option in group[1].split("|") for each in _expand(start + option + end)]


# --- which elements are read ----------------------------------------------------------------------


def split_leaf(leaf: Path, selections: SelectionsByList, schema_type: SchemaType) -> list[Path]:
    """Return the paths of a leaf in the elements that each selection of its lists selects.

    The last one is for the elements that none selects, unless there are none.
    """
    prefixes: list[Path] = [()]
    for position, step in enumerate(leaf):
        elements = leaf[: position + 1]
        if step != LIST_ITEM or not selections.get(elements):
            prefixes = [(*prefix, step) for prefix in prefixes]
            continue
        name, group = leaf[position - 1], list(selections[elements])
        if not _is_partition(group, types.type_at(schema_type, elements)):
            group = [
                *(each for each in group if each.picks != (REST,)),
                Selection(name, (REST,), True),
            ]
        prefixes = [(*prefix[:-1], *element_step(each)) for prefix in prefixes for each in group]
    return prefixes


def _is_partition(selections: Sequence[Selection], element: SchemaType | None) -> bool:
    """Whether selections select every element of a list that is translated."""
    if any(selection.picks == ("only",) for selection in selections):
        return True
    compared: dict[str, list[tuple[str, str]]] = {}
    for selection in selections:
        pick = selection.picks[0]
        is_single = isinstance(pick, NamedPick) and selection.picks[1:] == ("only",)
        if isinstance(pick, tuple) and (len(selection.picks) == 1 or is_single):
            compared.setdefault(pick[0], []).append(pick)
    for name, picks in compared.items():
        field = None if element is None else types.find_field(element, name)
        enum = getattr(field.type, "enum", None) if field is not None and field.required else None
        if enum is not None and all(
            any(is_picked(value, pick) for pick in picks) for value in enum
        ):
            return True
    return False


def selected_path(event: Any, steps: Sequence[str | int], selections: SelectionsByList) -> Path:
    """Return the path of a value of an event, with the selections of the elements it is in.

    `steps` are the names and indexes on its JSON path.
    """
    path: Path = ()
    parent: Path = ()
    value = event
    for step in steps:
        if isinstance(step, str):
            path, parent = (*path, step), (*parent, step)
        else:
            parent = (*parent, LIST_ITEM)
            group = [
                each for each in selections.get(parent, ()) if step in selected_indexes(each, value)
            ]
            path = (*path, LIST_ITEM)
            if parent in selections:
                rest = Selection(parent[-2], (REST,), is_list=True)
                selection = max(group, key=lambda each: len(each.picks), default=rest)
                path = (*path[:-2], *element_step(selection))
        value = value[step]
    return path


def reads(path: Path, leaf: Path, *, surely: bool = True) -> bool:
    """Whether a path reads a leaf, where both may select elements of lists.

    Unless `surely`, a selection also reads a leaf of elements of which it is not known whether it
    selects them.
    """
    return rest_below(path, leaf, surely=surely) is not None


def rest_below(path: Path, leaf: Path, *, surely: bool = True) -> Path | None:
    """Return the rest of a leaf below a path that reads it; None if the path does not."""
    if not any(isinstance(step, Selection) for step in (*path, *leaf)):
        return leaf[len(path) :] if starts_with(leaf, path) else None
    if path and isinstance(selection := path[-1], Selection) and not selection.picks:
        below = rest_below(path[:-1], leaf, surely=surely)
        return None if below is None or is_named(selection.named, below) else below
    left, right = _steps(path), _steps(leaf)
    if len(left) > len(right):
        return None
    for (name, picks), (other, other_picks) in zip(left, right, strict=False):
        if name != other:
            return None
        if picks is None or other_picks is None:
            continue
        known = picks[: len(other_picks)] if not surely else picks
        if other_picks[: len(known)] != known:
            return None
    rest = right[len(left) :]
    ends_in_list = left and left[-1][1] is None and right[len(left) - 1][1] is not None
    steps = [LIST_ITEM] if ends_in_list else []
    for name, rest_picks in rest:
        steps += [name] * bool(name) + [LIST_ITEM] * (rest_picks is not None)
    return tuple(steps)


def specificity(path: Path) -> tuple[int, int]:
    """Return a key that is greater for paths to fewer places: their length, and what they pick."""
    steps = _steps(path)
    return len(steps), sum(len(picks or ()) + (picks is not None) for _, picks in steps)


def _steps(path: Path) -> list[tuple[str, tuple[Pick, ...] | None]]:
    """Return the names on a path, each with what it selects of a list: None for no element."""
    steps: list[tuple[str, tuple[Pick, ...] | None]] = []
    for previous, step in pairwise(("", *path)):
        if isinstance(step, Selection) and step.picks:
            steps.append((step.list_name, step.picks))
        elif step != LIST_ITEM:
            steps.append((step, None))
        elif steps and steps[-1][1] is None:
            steps[-1] = (steps[-1][0], ())
        elif not isinstance(previous, Selection):  # a list in a list
            steps.append(("", ()))
    return steps
