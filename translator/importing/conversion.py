"""Recognize the form of a published spec, find the event in it, and convert it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from translator.errors import SpecError, did_you_mean, suggest, truncate
from translator.importing import ImportedSpec
from translator.importing.aws import convert_service, requested_shapes
from translator.importing.discovery import convert_discovery, requested_schemas
from translator.importing.files import read_document
from translator.importing.json_schema import Converter
from translator.importing.notes import Notes
from translator.importing.openapi import openapi_dialect, request_bodies, schemas_place
from translator.importing.references import Library, Place
from translator.importing.repair import build_spec
from translator.schema.openapi import Schema, escape_step, spec_error, split_pointer

_SCHEMA_HINTS = frozenset((
    "$ref", "additionalProperties", "allOf", "anyOf", "oneOf", "patternProperties", "properties",
    "required", "type",
))  # fmt: skip
_HOLDERS = frozenset(("$defs", "$id", "$schema", "definitions"))
_MAX_CANDIDATES = 20


def convert(file: Path, name: str, event: str | None) -> ImportedSpec:
    """Do what `translator.importing.import_spec` documents."""
    document = read_document(file)
    if not isinstance(document, dict):
        message = "a published spec is an object" if document is not None else "the file is empty"
        raise _form_error(file, message)
    if "openapi" in document or "swagger" in document:
        return _convert_openapi(file, document, name, event)
    if isinstance(document.get("shapes"), dict):
        return _convert_named(file, document, name, event, "shapes")
    if isinstance(document.get("schemas"), dict):
        return _convert_named(file, document, name, event, "schemas")
    if document.keys() & (_SCHEMA_HINTS | _HOLDERS):
        return _convert_json_schema(file, document, name, event)
    raise _form_error(file, "the form of this file is unknown")


def _form_error(file: Path, message: str) -> SpecError:
    hint = (
        "import OpenAPI 2.0, 3.0 or 3.1, JSON Schema, a discovery document or a service model, "
        "in JSON or YAML"
    )
    return spec_error("import-form", str(file), "", message, hint)


def _convert_openapi(file: Path, document: Schema, name: str, event: str | None) -> ImportedSpec:
    dialect = openapi_dialect(document, str(file))
    named, bodies = schemas_place(document), request_bodies(document)
    if event is None and isinstance(document.get("x-event"), str):
        event = document["x-event"]
    library = Library(file, document)
    steps = _choose(library, event, named, bodies)
    converter = Converter(library, Notes(), dialect)
    info = document.get("info")
    return _imported(converter, steps, _info(info if isinstance(info, dict) else {}, name))


def _convert_json_schema(
    file: Path, document: Schema, name: str, event: str | None
) -> ImportedSpec:
    library = Library(file, document)
    holder = "$defs" if "$defs" in document else "definitions"
    is_event = bool(document.keys() & _SCHEMA_HINTS)
    steps: tuple[str, ...] = ()
    if event is not None or not is_event:
        steps = _choose(library, event, (holder,), [])
    about = document.get("self")
    about = about if isinstance(about, dict) else {}
    info = {"title": document.get("title") or about.get("name"), "version": about.get("version")}
    return _imported(Converter(library, Notes()), steps, _info(info, name))


def _imported(converter: Converter, steps: tuple[str, ...], info: tuple[str, str]) -> ImportedSpec:
    library, notes = converter.library, converter.notes
    place = converter.target(Place(library.main, steps))
    component = converter.convert(place)
    document = build_spec(converter.components, component, notes, info, str(library.main))
    files = tuple(library.files)
    event = place if place.path == library.main else Place(library.main, steps)
    return ImportedSpec(document, notes.changes, notes.unsupported, files, f"#{event.pointer}")


def _convert_named(
    file: Path, document: Schema, name: str, event: str | None, holder: str
) -> ImportedSpec:
    """Convert a form whose schemas refer to one another by name."""
    is_service = holder == "shapes"
    requests = (requested_shapes if is_service else requested_schemas)(document)
    bodies = [(holder, each) for each in requests if each in document[holder]]
    steps = _choose(Library(file, document), event, (holder,), bodies)
    if len(steps) != 2:
        message = f"{event!r} is not one of the {holder}"
        raise spec_error("import-event", str(file), "", message, f"write #/{holder}/NAME")
    notes = Notes()
    converted = convert_service if is_service else convert_discovery
    components = converted(document, steps[1], notes, file.name)
    about = document.get("metadata") if is_service else document
    about = about if isinstance(about, dict) else {}
    title = about.get("serviceFullName") if is_service else about.get("title")
    version = about.get("apiVersion") if is_service else about.get("version")
    info = _info({"title": title, "version": version}, name)
    spec = build_spec(components, steps[1], notes, info, str(file))
    pointer = f"#/{holder}/{escape_step(steps[1])}"
    return ImportedSpec(spec, notes.changes, notes.unsupported, (file,), pointer)


def _info(info: Schema, name: str) -> tuple[str, str]:
    return str(info.get("title") or name), str(info.get("version") or "1")


def _choose(
    library: Library,
    event: str | None,
    named: tuple[str, ...],
    bodies: Sequence[tuple[str, ...]],
) -> tuple[str, ...]:
    """Return the steps to the event's schema: the given one, or the only candidate."""
    schemas = _at(library, named)
    names = list(schemas) if isinstance(schemas, dict) else []
    file = str(library.main)
    candidates = [_pointer(steps) for steps in bodies] or [_pointer((*named, n)) for n in names]
    if event is None:
        if len(candidates) == 1:
            return bodies[0] if bodies else (*named, names[0])
        if not candidates:
            message = "the file has no schema that can be an event"
            raise spec_error("import-event", file, "", message, "import another file")
        message = f"{len(candidates)} schemas can be the event"
        shown = ", ".join(candidates[:_MAX_CANDIDATES])
        more = len(candidates) - _MAX_CANDIDATES
        shown += f" and {more} more" if more > 0 else ""
        named_too = f", or one of {_list(names)}" if bodies and names else ""
        hint = truncate(f"name one with --event: {shown}{named_too}")
        raise spec_error("import-event", file, "", message, hint)
    if event in names:
        return (*named, event)
    pointer = event if event.startswith("#") else f"#{event}"
    if pointer in ("#", "#/"):
        return ()
    if pointer.startswith("#/"):
        steps = tuple(split_pointer(pointer))
        if _at(library, steps) is not None:
            return steps
    last = event.rpartition("/")[2]
    hint = did_you_mean(last, names) or did_you_mean(event, candidates)
    hint = hint or suggest(last, names) or "name a schema of this file"
    message = f"the file has no schema {event!r}"
    raise spec_error("import-event", file, "", message, hint)


def _list(names: list[str]) -> str:
    return ", ".join(names[:_MAX_CANDIDATES]) + (" ..." if len(names) > _MAX_CANDIDATES else "")


def _pointer(steps: tuple[str, ...]) -> str:
    return "#" + "".join(f"/{escape_step(step)}" for step in steps)


def _at(library: Library, steps: tuple[str, ...]) -> Any:
    try:
        return library.node(Place(library.main, steps))
    except (LookupError, ValueError, TypeError):
        return None
