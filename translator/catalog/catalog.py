"""Load specs and mappings on demand, cache them, and describe the pairs of formats."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from pathlib import Path

from translator.catalog.discovery import (
    ENDINGS,
    HUB,
    Folders,
    MappingKey,
    route_keys,
    routes_from,
)
from translator.errors import Diagnostic, Location, MappingError, TranslationError, did_you_mean
from translator.language import direction
from translator.language.checker import check_mapping
from translator.language.examples import Example, parse_examples
from translator.language.nodes import Mapping, codec_params
from translator.language.parser import parse_mapping
from translator.paths import Path as FieldPath
from translator.schema.reader import event_type
from translator.schema.spec import Spec, load_spec
from translator.schema.types import EventType, Object, type_at, variants_of
from translator.validation.events import check_usable


@dataclass(frozen=True, slots=True)
class ParamUse:
    """A param of a pair; `required` if nothing else can fill a required field."""

    name: str
    about: str
    required: bool


@dataclass(frozen=True, slots=True)
class FormatPair:
    """Two formats with a route from `source` to `target`, and the arguments that it accepts."""

    source: str
    target: str
    params: tuple[ParamUse, ...]
    opt_ins: tuple[str, ...]
    crosswalks: tuple[str, ...]


class Catalog:
    """The available formats. Files are read when they are first needed, and only once."""

    def __init__(
        self,
        specs: Sequence[str | os.PathLike[str]] = (),
        mappings: Sequence[str | os.PathLike[str]] = (),
    ) -> None:
        self.folders = Folders(specs, mappings)
        self.given_specs: dict[str, Spec] = {}
        """Specs that replace those in the folders, by format."""
        self._specs: dict[str, Spec] = {}
        self._event_types: dict[tuple[str, bool], EventType] = {}
        self._usable: set[str] = set()
        self._mappings: dict[MappingKey, Mapping] = {}
        self._directed_mappings: dict[tuple[MappingKey, bool], direction.DirectedMapping] = {}
        self._mapping_errors: dict[MappingKey, tuple[Diagnostic, ...]] = {}

    @classmethod
    def from_folders(cls, folders: Folders) -> Catalog:
        """Create a catalog of the formats in `folders`."""
        catalog = cls()
        catalog.folders = folders
        return catalog

    def with_spec(self, spec: Spec) -> Catalog:
        """Copy the catalog, with `spec` in place of its format's spec."""
        catalog = Catalog.from_folders(self.folders.copy())
        catalog.given_specs = {**self.given_specs, spec.name: spec}
        catalog._specs = {**self._specs, spec.name: spec}
        catalog._mappings = dict(self._mappings)
        return catalog

    def with_mapping(self, mapping: Mapping) -> Catalog:
        """Copy the catalog, with `mapping` in place of the one between the same formats."""
        catalog = Catalog.from_folders(self.folders.copy())
        catalog.given_specs, catalog._specs = dict(self.given_specs), dict(self._specs)
        catalog._event_types, catalog._usable = dict(self._event_types), set(self._usable)
        key = frozenset((mapping.left, mapping.right))
        catalog._mappings = {**self._mappings, key: mapping}
        errors, directed = self._mapping_errors, self._directed_mappings
        catalog._mapping_errors = {each: errors[each] for each in errors if each != key}
        catalog._directed_mappings = {each: directed[each] for each in directed if each[0] != key}
        return catalog

    def formats(self) -> list[str]:
        """List the names of all formats, sorted."""
        self.folders.add_installed()
        return sorted({*self.folders.spec_files(), *self.given_specs})

    def pairs(self) -> list[FormatPair]:
        """Describe every ordered pair of formats with a route between them."""
        formats, mapping_files = self.formats(), self.folders.mapping_files()
        pairs: list[FormatPair] = []
        for source in formats:
            routes = routes_from(source, mapping_files)
            pairs += [self._describe_pair(routes[target]) for target in formats if target in routes]
        return pairs

    def pair(self, source: str, target: str) -> FormatPair:
        """Describe one ordered pair of formats. Raises as `steps` does."""
        return self._describe_pair(self.route(source, target))

    def spec(self, name: str) -> Spec:
        """Load the spec of a format. Raises `TranslationError` (`unknown-format`), `SpecError`."""
        if name not in self._specs:
            path = self.folders.spec_file(name)
            if path is None:
                formats = self.formats()
                suggestion = did_you_mean(name, formats)
                hint = f"; {suggestion}" if suggestion else ""
                message = f"there is no format {name!r}{hint} (known: {', '.join(formats)})"
                raise TranslationError("unknown-format", "$", message)
            self._specs[name] = load_spec(self.folders.file(path), name)
        return self._specs[name]

    def event_type(self, name: str, *, for_output: bool) -> EventType:
        """Return the type of a format's events to read or to write. Raises as `spec` does."""
        key = (name, for_output)
        if key not in self._event_types:
            self._event_types[key] = event_type(self.spec(name), for_output=for_output)
        return self._event_types[key]

    def check_usable(self, name: str) -> None:
        """Check, once, that events of a format can be validated. Raises as `spec` does."""
        if name not in self._usable:
            check_usable(self.spec(name))
            self._usable.add(name)

    def route(self, source: str, target: str) -> list[str]:
        """List the formats from `source` to `target`. Raises `TranslationError` without a route."""
        for name in (source, target):
            self.spec(name)
        routes = routes_from(source, self.folders.mapping_files())
        if target in routes:
            return routes[target]
        problem = f"no mapping leads from {source!r} to {target!r}"
        if source == target:
            problem = "source and target are the same"
        options = ", ".join(name for name in self.formats() if name in routes)
        if not options:
            options = f"no format: put a mapping {source}.yaml into a folder of mappings"
        message = f"{problem}; {source!r} can be translated to {options}"
        raise TranslationError("unknown-format", "$", message)

    def steps(self, source: str, target: str) -> list[direction.Step]:
        """List the mappings of a route, each in its direction.

        Raises `TranslationError` without a route, `MappingError` and `SpecError`.
        """
        return self._steps(self.route(source, target))

    def _steps(self, route: Sequence[str]) -> list[direction.Step]:
        target = route[-1]
        steps: list[direction.Step] = []
        for mapping_key, start, end in zip(route_keys(route), route, route[1:], strict=False):
            mapping = self.mapping(mapping_key)
            to_left = mapping.right == start
            if to_left and end != target and len(mapping.cases) + bool(mapping.cases[0].scope) > 1:
                message = f"{end} is in the middle of the route, so 'between' must name it second"
                hint = f"write between: [{mapping.right}, {mapping.left}], and swap the sides"
                location = mapping.format_locations[0]
                raise MappingError([Diagnostic("mapping-between", location, message, hint)])
            self._require_valid(mapping)
            key = (mapping_key, to_left)
            if key not in self._directed_mappings:
                self._directed_mappings[key] = direction.direct(mapping, to_left=to_left)
            target_type = self.event_type(end, for_output=end == target)
            steps.append(direction.Step(self._directed_mappings[key], target_type))
        return steps

    def _require_valid(self, mapping: Mapping) -> None:
        """Check a mapping, once. Raises `MappingError`."""
        if errors := self.mapping_errors(mapping):
            raise MappingError(errors)

    def mapping_errors(self, mapping: Mapping) -> Sequence[Diagnostic]:
        """Check a mapping against its specs, once. Raises `SpecError`."""
        formats = (mapping.left, mapping.right)
        key = frozenset(formats)
        if key not in self._mapping_errors:
            left, right = (self.event_type(name, for_output=False) for name in formats)
            written = [self.event_type(name, for_output=True) for name in formats]
            errors = check_mapping(mapping, left, right, (written[0], written[1]))
            self._mapping_errors[key] = tuple(errors)
        return self._mapping_errors[key]

    def examples(self, mapping_key: MappingKey) -> list[Example]:
        """Load the examples of a mapping, if it has any. Raises `MappingError`."""
        path = self.examples_path(mapping_key)
        if path is None:
            return []
        text = path.read_bytes()
        return parse_examples(text, str(path), self.mapping(mapping_key))

    def examples_path(self, mapping_key: MappingKey) -> Path | None:
        """Return the file of the examples of a mapping, if there is one."""
        path = self.mapping_paths()[mapping_key]
        names = [path.name, *(path.stem + ending for ending in ENDINGS["mapping"])]
        paths = [path.parent / "examples" / name for name in names]
        return next(filter(Path.is_file, paths), None)

    def mapping(self, mapping_key: MappingKey) -> Mapping:
        """Load the mapping between two formats. Raises `MappingError`."""
        if mapping_key not in self._mappings:
            path = self.folders.mapping_files()[mapping_key]
            try:
                data = self.folders.file(path).read_bytes()
            except OSError as error:
                message = f"cannot be read: {error.strerror or error}"
                hint = "check its name and its permissions"
                location = Location(path, 1, 1)
                raise MappingError([Diagnostic("mapping-file", location, message, hint)]) from error
            self._mappings[mapping_key] = read_mapping(data, path, mapping_key)
        return self._mappings[mapping_key]

    def mappings(self) -> list[Mapping]:
        """Load every mapping. Raises `MappingError`."""
        self.folders.add_installed()
        return [self.mapping(mapping_key) for mapping_key in self.folders.mapping_files()]

    def mapping_paths(self) -> dict[MappingKey, Path]:
        """Map each pair of formats to the file of its mapping."""
        return {key: Path(path) for key, path in self.folders.mapping_files().items()}

    def _describe_pair(self, route: Sequence[str]) -> FormatPair:
        source, target = route[0], route[-1]
        for name in (source, target):
            self.spec(name)
        steps = self._steps(route)
        source_type = self.event_type(source, for_output=False)
        params: dict[str, ParamUse] = {}
        for step_count in range(1, len(steps) + 1):
            for use in _param_uses(steps[:step_count], source_type):
                if use.name not in params or use.required:
                    params[use.name] = use
        uses = sorted(params.values(), key=attrgetter("name"))
        opt_ins = sorted(set(_applicable_opt_ins(steps)))
        crosswalks = set.intersection(*(set(step.directed.mapping.crosswalks) for step in steps))
        return FormatPair(source, target, tuple(uses), tuple(opt_ins), tuple(sorted(crosswalks)))


def read_mapping(data: bytes, file: str, mapping_key: MappingKey) -> Mapping:
    """Parse a file of mappings whose name stands for two formats. Raises `MappingError`."""
    mapping = parse_mapping(data, file)
    if frozenset((mapping.left, mapping.right)) != mapping_key:
        named = f"'between' names {mapping.left} and {mapping.right}"
        stem = " and ".join(sorted(mapping_key))
        message = f"{named}, but the name of the file stands for {stem}"
        hint = f"NAME.yaml relates NAME to {HUB}, ONE--OTHER.yaml two other formats"
        location = mapping.format_locations[0]
        raise MappingError([Diagnostic("mapping-between", location, message, hint)])
    return mapping


def _param_uses(steps: Sequence[direction.Step], source_type: EventType) -> Iterator[ParamUse]:
    """Yield the params that the last of `steps` uses."""
    directed = steps[-1].directed
    codecs = [source.codec for item in _assignments(directed) for source in item.sources]
    names = {name for codec in codecs for name in codec_params(codec, to_left=directed.to_left)}
    fields = list(direction.param_fields(directed))
    for param in directed.mapping.params:
        paths = [use.field for use in fields if use.param == param.name]
        if paths or param.name in names:
            required = param.name not in names and any(
                _is_required(steps[-1].target_type, path)
                and not _is_reachable(steps, path, source_type)
                for path in paths
            )
            yield ParamUse(param.name, param.about, required)


def _applicable_opt_ins(steps: Sequence[direction.Step]) -> Iterator[str]:
    """Yield the opt-ins that apply in the direction in which each mapping is used."""
    for step in steps:
        for table in step.directed.mapping.all_tables():
            rows = direction.DirectedTable.from_table(table, to_left=step.directed.to_left).rows
            yield from (row.name for row in rows if row.kind == "opt-in")
        for assignment in _assignments(step.directed):
            yield from (source.name for source in assignment.sources if source.kind == "opt-in")


def _assignments(directed: direction.DirectedMapping) -> Iterator[direction.Assignment]:
    return chain.from_iterable(case.assignments for case in directed.cases)


def _is_required(schema_type: EventType, path: FieldPath) -> bool:
    """Whether the field at `path` is required in every variant, and so are its parents."""
    for variant in variants_of(schema_type):
        current: object = variant
        for step in path:
            field = current.fields.get(step) if isinstance(current, Object) else None
            if field is None or not field.required:
                return False
            current = field.type
    return True


def _is_reachable(steps: Sequence[direction.Step], path: FieldPath, source: EventType) -> bool:
    """Whether a field of the source can be written to `path` of the last step's target."""
    paths = {path}
    for step in reversed(steps):
        origins = [direction.origin_paths(step.directed, target) for target in paths]
        paths = set(chain.from_iterable(origins))
    variants = variants_of(source)
    return any(type_at(variant, origin) is not None for origin in paths for variant in variants)
