"""Find the schemas of OpenAPI 3 and Swagger 2 that may be an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from translator.importing.json_schema import DIALECTS, Dialect
from translator.schema.openapi import Schema, spec_error

_METHODS = ("post", "put", "patch")


def openapi_dialect(document: Schema, file: str) -> Dialect:
    """Return the dialect of the schemas of a document. Raises `SpecError`."""
    version = str(document.get("openapi", document.get("swagger")))
    for prefix, name in (("3.1", "openapi-3.1"), ("3.0", "openapi-3.0"), ("2.0", "swagger-2")):
        if version == prefix or version.startswith(f"{prefix}."):
            return DIALECTS[name]
    message = f"version {version!r} of OpenAPI is not supported"
    hint = "convert it to OpenAPI 2.0, 3.0 or 3.1"
    raise spec_error("import-form", file, "/openapi", message, hint)


def schemas_place(document: Schema) -> tuple[str, ...]:
    """Return the steps to the named schemas."""
    return ("definitions",) if "swagger" in document else ("components", "schemas")


def request_bodies(document: Schema) -> list[tuple[str, ...]]:
    """List the steps to the schemas of JSON request bodies, those of POST operations first."""
    found = [body for method in _METHODS for body in _bodies(document, method)]
    return list(dict.fromkeys(found))


def _bodies(document: Schema, method: str) -> Iterator[tuple[str, ...]]:
    for section in ("paths", "webhooks"):
        paths = document.get(section)
        for path, item in paths.items() if isinstance(paths, dict) else ():
            operation = item.get(method) if isinstance(item, dict) else None
            if isinstance(operation, dict):
                yield from _operation_bodies(document, operation, (section, path, method))


def _operation_bodies(
    document: Schema, operation: Schema, steps: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    parameters = operation.get("parameters")
    for index, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
        parameter, place = _follow(document, parameter, (*steps, "parameters", str(index)))
        if parameter.get("in") == "body" and "schema" in parameter:
            yield (*place, "schema")
    body, place = _follow(document, operation.get("requestBody"), (*steps, "requestBody"))
    content = body.get("content")
    for media, value in content.items() if isinstance(content, dict) else ():
        if "json" in media and isinstance(value, dict) and "schema" in value:
            yield (*place, "content", media, "schema")


def _follow(document: Schema, node: Any, steps: tuple[str, ...]) -> tuple[Schema, tuple[str, ...]]:
    """Return a body or parameter that may be a reference into the document, and its place."""
    ref = node.get("$ref") if isinstance(node, dict) else None
    if isinstance(ref, str) and ref.startswith("#/"):
        from translator.schema.openapi import find_target, split_pointer

        return find_target(document, ref)[0] or {}, tuple(split_pointer(ref))
    return node if isinstance(node, dict) else {}, steps
