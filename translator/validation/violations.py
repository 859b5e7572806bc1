"""Describe violations of a schema: where a value breaks it, what is needed, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from translator.errors import Violation, did_you_mean, truncate
from translator.runtime.values import format_value, path_step
from translator.schema.openapi import SCHEMA_MAP_KEYWORDS, Schema, resolve

_MAX_ALTERNATIVES = 5


Trace = tuple[Schema, str, str]

Traces = dict[tuple[Any, ...], Trace]


def describe_error(error: Any, document: Schema, traces: Traces) -> Iterator[Violation]:
    """Yield the violations that an error of a validator stands for.

    `document` is what the validator was compiled from, `traces` a cache of what was found in it.
    Paths are relative to the validated value.
    """
    if branch := _find_branch(error):
        for inner in branch:
            yield from describe_error(inner, document, traces)
        return
    path = format_instance_path(error)
    schema_path = tuple(error.schema_path)
    if (trace := traces.get(schema_path)) is None:
        trace = _trace(error, document)
        if "dependentRequired" not in schema_path:  # its reason depends on the value
            traces[schema_path] = trace
    holder, reason, hint = trace
    found: list[tuple[str, str]]
    match error.kind.name:
        case "required":
            message = f"is missing, and required {reason}" if reason else "is missing"
            found = [(path + format_step(error.kind.property), message)]
        case "additionalProperties":
            names = error.kind.unexpected
            found = [(path + format_step(name), "is not a field of the spec") for name in names]
        case _:
            message = truncate(format_violation(error, holder))
            found = [(path, f"{message}, {reason}" if reason else message)]
    for place, message in found:
        yield Violation(place, f"{message}; {hint}" if hint else message)


def _find_branch(error: Any) -> list[Any]:
    """Return the errors of the one alternative that an object is meant to fit; none if unclear.

    A field tells the alternatives apart if it fits this one and breaks a value or pattern in all
    others, as a type or the name of a schema does.
    """
    if error.kind.name not in ("anyOf", "oneOf") or len(error.kind.context) < 2:
        return []
    if not all(error.kind.context):  # several alternatives of a oneOf fit
        return []
    context: list[list[Any]] = error.kind.context
    length = len(error.instance_path) + 1
    fields = [[each for each in errors if len(each.instance_path) >= length] for errors in context]
    broken = [{each.instance_path[length - 1] for each in errors} for errors in fields]
    distinct = [
        {each.instance_path[-1] for each in errors if _tells_apart(each, length)}
        for errors in fields
    ]
    meant = [
        errors
        for index, errors in enumerate(context)
        if set.intersection(*distinct[:index], *distinct[index + 1 :]) - broken[index]
    ]
    return meant[0] if len(meant) == 1 else []


def _tells_apart(error: Any, length: int) -> bool:
    is_own = len(error.instance_path) == length and isinstance(error.instance, str)
    return is_own and error.kind.name in ("const", "enum", "not", "pattern")


def _trace(error: Any, document: Schema) -> Trace:
    """Follow the path of an error in the document.

    Returns the schema that the error is about; in words, the condition under which it applies; and
    what the spec says about it, in the innermost `x-violations`. The last two may be empty.
    """
    node: Any = document
    holder: Schema = {}
    reason = hint = keyword = ""
    for step in map(str, error.schema_path):
        is_name, was_dependent = keyword in SCHEMA_MAP_KEYWORDS, keyword == "dependentSchemas"
        keyword = "" if is_name else step  # a property may have the name of a keyword
        if isinstance(node, dict) and step not in node and isinstance(node.get("$ref"), str):
            node = resolve(document, node["$ref"])
        if isinstance(node, dict) and not is_name:
            holder = node
            hints = holder.get("x-violations")
            hint = str(hints.get(step, hint)) if isinstance(hints, dict) else hint
        if was_dependent:
            reason = f"where {truncate(step)} is given"
        elif keyword in ("then", "else"):
            word = "where" if keyword == "then" else "unless"
            reason = f"{word} {_describe_test(holder.get('if'))}"
        if isinstance(node, list):
            node = node[int(step)]
        elif step != "$ref":
            node = node.get(step) if isinstance(node, dict) else None
    if keyword == "dependentRequired":
        for name, names in holder.get(keyword, {}).items():
            if name in error.instance and error.kind.property in names:
                reason = f"where {truncate(name)} is given"
    return holder, reason, hint


def _describe_test(schema: Any) -> str:
    """Describe the `if` of a schema."""
    test = schema if isinstance(schema, dict) else {}
    properties = test.get("properties", {})
    parts = [f"{name} is given" for name in test.get("required", ()) if name not in properties]
    for name, value in properties.items():
        if isinstance(value, dict) and ("const" in value or "enum" in value):
            values = [value["const"]] if "const" in value else value["enum"]
            parts.append(f"{name} is {either([format_value(each) for each in values])}")
        else:
            parts.append(f"{name} fits the condition of the spec")
    if not parts or test.keys() - {"properties", "required", "type"}:
        return "the condition of the spec holds"
    return truncate(" and ".join(parts))


def either(options: list[str], word: str = "or") -> str:
    """Return a list in words, shortened if it is long."""
    if len(options) > _MAX_ALTERNATIVES:
        options = [*options[: _MAX_ALTERNATIVES - 1], "…"]
    return f" {word} ".join(filter(None, [", ".join(options[:-1]), options[-1]]))


def format_violation(error: Any, holder: Schema) -> str:
    """Describe a violation of the schema `holder` by what is needed."""
    match error.kind.name:
        case "enum":
            allowed = ", ".join(map(format_value, error.kind.options))
            names = [option for option in error.kind.options if isinstance(option, str)]
            instance = error.instance
            suggestion = did_you_mean(instance, names) if isinstance(instance, str) else ""
            hint = f" ({suggestion})" if suggestion else ""
            return f"{format_value(instance)}{hint} is not one of {allowed}"
        case "anyOf" | "oneOf":
            return _describe_alternatives(error, holder)
        case "not":
            return _describe_exclusion(error.kind.schema)
        case "falseSchema":
            return "is not allowed here"
        case _:
            return str(error.message)


def _describe_alternatives(error: Any, holder: Schema) -> str:
    context: list[list[Any]] = error.kind.context
    if not all(context):  # several schemas of a oneOf are fulfilled
        schemas = holder.get(error.kind.name, [])
        given = [_required_only(schema) for schema in schemas]
        if len(given) == len(context) and all(given):
            pairs = zip(given, context, strict=True)
            names = [" with ".join(names) for names, errors in pairs if not errors]
            return f"allows only one of {either(names, 'and')}"
        fulfilled = [f"{index + 1}" for index, errors in enumerate(context) if not errors]
        return f"fits several of the alternatives of the spec (number {either(fulfilled, 'and')})"
    base = len(error.instance_path)
    needs = [[_relative_path(each, base) for each in errors] for errors in context]
    if all(each.kind.name == "required" for errors in context for each in errors):
        options = dict.fromkeys(" and ".join(dict.fromkeys(names)) for names in needs)
        return f"needs {either(list(options))}"
    if len(context) > _MAX_ALTERNATIVES:
        return f"fits none of the {len(context)} alternatives of the spec"
    options = dict.fromkeys(_describe_branch(errors, base) for errors in context)
    return f"fits none of the alternatives of the spec: {either(list(options))}"


def _describe_branch(errors: list[Any], base: int) -> str:
    parts = []
    for error in errors:
        path = _relative_path(error, base)
        if error.kind.name == "required":
            parts.append(f"{path} is missing")
        else:
            message = format_violation(error, {})
            parts.append(f"{path}: {message}" if path else message)
    return " and ".join(parts)


def _relative_path(error: Any, base: int) -> str:
    """Return the path of an error, or of the missing field, below `base` steps."""
    steps = list(error.instance_path)[base:]
    if error.kind.name == "required":
        steps.append(error.kind.property)
    return _format_steps(steps).lstrip(".")


def _required_only(schema: Any) -> list[str]:
    """Return the names that a schema requires, if it says nothing else."""
    if not isinstance(schema, dict) or schema.keys() - {"required", "type", "description"}:
        return []
    return list(schema.get("required", ()))


def _describe_exclusion(schema: Any) -> str:
    if names := _required_only(schema):
        if len(names) == 1:
            return f"must not have {names[0]}"
        return f"must not have {either(names, 'and')} together"
    branches = schema.get("anyOf", []) if isinstance(schema, dict) else []
    groups = [_required_only(branch) for branch in branches]
    if groups and all(groups) and schema.keys() == {"anyOf"}:
        return f"must not have {either(['+'.join(names) for names in groups])}"
    return f"is excluded by the spec: not {truncate(format_value(schema))}"


def format_instance_path(error: Any) -> str:
    """Format the path of a violation as JSON path steps (`.items[0].id`)."""
    return _format_steps(error.instance_path)


def _format_steps(steps: Iterable[Any]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else format_step(step) for step in steps)


def format_step(name: str) -> str:
    """Format the JSON path step to a field, and shorten a very long name."""
    return path_step(truncate(name))
