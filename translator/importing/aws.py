"""Convert service models: shapes with members, as clients of web services are generated from."""

from __future__ import annotations

from typing import Any

from translator.importing.notes import Notes
from translator.schema.openapi import COMPONENTS, Schema, escape_step, spec_error

_TYPES: dict[str, Schema] = {
    "bigdecimal": {"type": "number"},
    "biginteger": {"type": "integer"},
    "blob": {"type": "string", "contentEncoding": "base64"},
    "boolean": {"type": "boolean"},
    "byte": {"type": "integer", "minimum": -128, "maximum": 127},
    "character": {"type": "string", "minLength": 1, "maxLength": 1},
    "double": {"type": "number"},
    "float": {"type": "number"},
    "integer": {"type": "integer", "format": "int32"},
    "list": {"type": "array"},
    "long": {"type": "integer", "format": "int64"},
    "map": {"type": "object"},
    "short": {"type": "integer", "minimum": -(2**15), "maximum": 2**15 - 1},
    "string": {"type": "string"},
    "structure": {"type": "object"},
}
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
    "integer": ("minimum", "maximum"),
}
_NUMBERS = ("bigdecimal", "biginteger", "byte", "double", "float", "long", "short")
_TIMESTAMPS: dict[str, Schema] = {
    "iso8601": {"type": "string", "format": "date-time"},
    "rfc822": {"type": "string"},
    "unixTimestamp": {"type": "number"},
}


def requested_shapes(document: Schema) -> list[str]:
    """List the shapes of request bodies, those of POST operations first."""
    operations = document.get("operations", {})
    found = [each for each in operations.values() if isinstance(each, dict)]
    found.sort(key=lambda each: each.get("http", {}).get("method") != "POST")
    names = [each.get("input", {}).get("shape") for each in found]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def convert_service(document: Schema, event: str, notes: Notes, file: str) -> dict[str, Schema]:
    """Return the shapes that the shape `event` needs, as schemas of its JSON."""
    model = _Model(document, notes, file)
    components, names = {}, [event]
    for name in names:
        notes.origins[name] = f"{file}#/shapes/{escape_step(name)}"
        components[name] = model.shape(name)
        names += [ref for ref in model.refs if ref not in names]
    return components


class _Model:
    def __init__(self, document: Schema, notes: Notes, file: str) -> None:
        self.shapes, self.notes, self.file = document["shapes"], notes, file
        protocol = document.get("metadata", {}).get("protocol", "json")
        self.is_json = "json" in str(protocol)
        self.refs: dict[str, None] = {}
        if not self.is_json:
            text = f"its protocol {protocol!r} has no JSON: fields are called as in the model"
            notes.drop(f"{file}#/metadata/protocol", text)

    def shape(self, name: str) -> Schema:
        shape, pointer = self.shapes[name], f"/shapes/{escape_step(name)}"
        kind = shape.get("type") if isinstance(shape, dict) else None
        if kind == "timestamp":
            return {**self.timestamp(shape, {}), **_texts(shape)}
        if not isinstance(kind, str) or kind not in _TYPES:
            message = f"the shape has the unknown type {kind!r}"
            hint = f"known: {', '.join(sorted({*_TYPES, 'timestamp'}))}"
            raise spec_error("spec-schema", self.file, pointer, message, hint)
        schema: Schema = {**_TYPES[kind], **_texts(shape)}
        if shape.get("document") is True:
            return _texts(shape)
        self.bounds(shape, kind, schema, pointer)
        if kind == "structure":
            self.structure(shape, schema, pointer)
        elif kind == "list":
            schema["items"] = self.member(shape.get("member"), f"{pointer}/member")
            if shape.get("flattened") is True:
                self.notes.change("a flattened list is a list in JSON")
        elif kind == "map":
            schema["additionalProperties"] = self.member(shape.get("value"), f"{pointer}/value")
            key = self.member(shape.get("key"), f"{pointer}/key")
            if self.shapes[shape["key"]["shape"]].keys() & {"enum", "min", "max", "pattern"}:
                schema["propertyNames"] = key
        return schema

    def bounds(self, shape: Schema, kind: str, schema: Schema, pointer: str) -> None:
        names = _BOUNDS.get("integer" if kind in _NUMBERS else kind)
        for keyword, index in (("min", 0), ("max", 1)):
            if keyword in shape and names is not None:
                schema[names[index]] = shape[keyword]
            elif keyword in shape:
                text = f"{keyword} of a {kind} is not checked"
                self.notes.drop(f"{self.file}#{pointer}", text)
        for keyword in ("pattern", "enum"):
            if keyword in shape and kind == "string":
                schema[keyword] = shape[keyword]

    def structure(self, shape: Schema, schema: Schema, pointer: str) -> None:
        names: dict[str, str] = {}
        schema["properties"] = {}
        for name, member in shape.get("members", {}).items():
            place = f"{pointer}/members/{escape_step(name)}"
            if isinstance(member, dict) and member.get("location") not in (None, "body"):
                text = f"it is sent in the {member['location']}, not in the body"
                self.notes.drop(f"{self.file}#{place}", text)
                continue
            names[name] = name
            if self.is_json and isinstance(member, dict) and "locationName" in member:
                names[name] = member["locationName"]
                if names[name] != name:
                    self.notes.change(f"{name} is called {names[name]}, as it is sent")
            schema["properties"][names[name]] = self.member(member, place)
        required = [names[name] for name in shape.get("required", ()) if name in names]
        if required:
            schema["required"] = required
        if shape.get("union") is True:
            schema.update(minProperties=1, maxProperties=1)
            self.notes.change("a union became an object with one property")

    def member(self, member: Any, pointer: str) -> Schema:
        name = member.get("shape") if isinstance(member, dict) else None
        if not isinstance(name, str) or name not in self.shapes:
            message = f"the reference {name!r} names no shape"
            hint = "ask the publisher of the model for a complete one"
            raise spec_error("import-reference", self.file, pointer, message, hint)
        if member.get("jsonvalue") is True:
            self.notes.change("a jsonvalue became a string that holds JSON")
            schema: Schema = {"type": "string", "contentMediaType": "application/json"}
            self.bounds(self.shapes[name], "string", schema, pointer)
            return {**schema, **_texts(member)}
        if self.shapes[name].get("type") == "timestamp":
            return {**self.timestamp(self.shapes[name], member), **_texts(member)}
        self.refs[name] = None
        return {"$ref": f"{COMPONENTS}/{escape_step(name)}", **_texts(member)}

    def timestamp(self, shape: Schema, member: Schema) -> Schema:
        default = "unixTimestamp" if self.is_json else "iso8601"
        form = str(member.get("timestampFormat", shape.get("timestampFormat", default)))
        schema = _TIMESTAMPS.get(form, {})
        text = "a string with a date and time" if "format" in schema else "seconds since 1970"
        self.notes.change(f"a timestamp became {'a string' if form == 'rfc822' else text}")
        return dict(schema)


def _texts(node: Schema) -> Schema:
    texts: Schema = {}
    if isinstance(node.get("documentation"), str):
        texts["description"] = node["documentation"]
    if node.get("deprecated") is True:
        texts["deprecated"] = True
    return texts
