"""The formats at hand: specs and mappings, read when they are asked for, and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from translator.catalog.discovery import HUB, Folders, MappingKey, route_keys, routes_from
from translator.errors import (
    Diagnostic,
    Location,
    MappingError,
    TranslationError,
    did_you_mean,
)
from translator.language.checker import check_mapping
from translator.language.direction import DirectedMapping, Step, direct, origin_paths
from translator.language.examples import Example, parse_examples
from translator.language.nodes import Mapping, codec_params
from translator.language.parser import parse_mapping
from translator.paths import Path as MemberPath
from translator.schema.spec import Spec, load_spec
from translator.schema.types import Object, Union, event_type, type_at


@dataclass(frozen=True, slots=True)
class ParamUse:
    """A param of a pair. `needed` ones fill a required member that no event of the source fills."""

    name: str
    about: str
    required: bool


@dataclass(frozen=True, slots=True)
class FormatPair:
    """Two formats between which there is a way, and what a caller can give it."""

    source: str
    target: str
    params: tuple[ParamUse, ...]
    opt_ins: tuple[str, ...]
    crosswalks: tuple[str, ...]


class Catalog:
    """The formats at hand. Files are read when first asked for, and once."""

    def __init__(self, specs: Sequence[Path] = (), mappings: Sequence[Path] = ()) -> None:
        self.folders = Folders(specs, mappings)
        """Where the files of the formats are."""
        self.given_specs: dict[str, Spec] = {}
        self._specs: dict[str, Spec] = {}
        self._event_types: dict[tuple[str, bool], Object | Union] = {}
        self._mappings: dict[MappingKey, Mapping] = {}
        self._directed_mappings: dict[tuple[MappingKey, bool], DirectedMapping] = {}
        self._checked_mappings: set[MappingKey] = set()

    @classmethod
    def from_folders(cls, folders: Folders) -> Catalog:
        """The formats found in these folders."""
        catalog = cls()
        catalog.folders = folders
        return catalog

    def with_spec(self, spec: Spec) -> Catalog:
        """The same formats and mappings, but for the format that `spec` is of: it has `spec`."""
        catalog = Catalog.from_folders(self.folders.copy())
        catalog.given_specs = {**self.given_specs, spec.name: spec}
        catalog._specs = {**self._specs, spec.name: spec}
        catalog._mappings = dict(self._mappings)
        return catalog

    def formats(self) -> list[str]:
        """The names of all formats, sorted."""
        self.folders.add_installed()
        return sorted({*self.folders.spec_files(), *self.given_specs})

    def pairs(self) -> list[FormatPair]:
        """Every ordered pair of formats between which there is a way."""
        formats, mapping_files = self.formats(), self.folders.mapping_files()
        pairs: list[FormatPair] = []
        for source in formats:
            routes = routes_from(source, mapping_files)
            pairs += [self._describe_pair(routes[target]) for target in formats if target in routes]
        return pairs

    def spec(self, name: str) -> Spec:
        """The spec of a format. Raises `TranslationError` (`unknown-format`), `SpecError`."""
        if name not in self._specs:
            path = self.folders.spec_file(name)
            if path is None:
                formats = self.formats()
                suggestion = did_you_mean(name, formats)
                hint = f"; {suggestion}" if suggestion.startswith("did") else ""
                message = f"there is no format {name!r}{hint} (known: {', '.join(formats)})"
                raise TranslationError("unknown-format", "$", message)
            self._specs[name] = load_spec(self.folders.file(path), name)
        return self._specs[name]

    def event_type(self, name: str, *, writing: bool) -> Object | Union:
        """The shape of a format's events, as `event_shape` gives it. Raises as `spec` does."""
        key = (name, writing)
        if key not in self._event_types:
            self._event_types[key] = event_type(self.spec(name), for_output=writing)
        return self._event_types[key]

    def route(self, source: str, target: str) -> list[str]:
        """The formats from `source` to `target`. Raises `TranslationError` if there is no way."""
        for name in (source, target):
            self.spec(name)
        route = self.folders.route(source, target)
        if route is None:
            routes = routes_from(source, self.mapping_paths())
            reachable = [format_name for format_name in self.formats() if format_name in routes]
            problem = (
                "source and target are the same"
                if source == target
                else f"no mapping leads from {source!r} to {target!r}"
            )
            options = ", ".join(reachable) or (
                f"no format: put a mapping {source}.yaml into a folder of mappings"
            )
            raise TranslationError(
                "unknown-format", "$", f"{problem}; {source!r} can be translated to {options}"
            )
        return route

    def steps(self, source: str, target: str) -> list[Step]:
        """The mappings on the way, each in its direction. Raises `MappingError`, `SpecError`."""
        return self._steps(self.route(source, target))

    def _steps(self, route: Sequence[str]) -> list[Step]:
        target = route[-1]
        steps: list[Step] = []
        for mapping_key, start, end in zip(route_keys(route), route, route[1:], strict=False):
            mapping = self.mapping(mapping_key)
            to_left = mapping.right == start
            if to_left and end != target and len(mapping.cases) + bool(mapping.cases[0].each) > 1:
                message = f"{end} is not at the end of the way, so it must stand right in 'between'"
                hint = (
                    f"write: between: [{mapping.right}, {mapping.left}], and turn the rules round"
                )
                location = mapping.format_locations[0]
                raise MappingError([Diagnostic("mapping-between", location, message, hint)])
            self._require_valid(mapping)
            target_type = self.event_type(end, writing=end == target)
            steps.append(Step(self._direct(mapping, to_left=to_left), target_type))
        return steps

    def _direct(self, mapping: Mapping, *, to_left: bool) -> DirectedMapping:
        key = (frozenset((mapping.left, mapping.right)), to_left)
        if key not in self._directed_mappings:
            self._directed_mappings[key] = direct(mapping, to_left=to_left)
        return self._directed_mappings[key]

    def _require_valid(self, mapping: Mapping) -> None:
        """Refuse a mapping that cannot be right, once. Raises `MappingError`."""
        mapping_key = frozenset((mapping.left, mapping.right))
        if mapping_key not in self._checked_mappings:
            event_types = [
                self.event_type(name, writing=False) for name in (mapping.left, mapping.right)
            ]
            if errors := check_mapping(mapping, event_types[0], event_types[1]):
                raise MappingError(errors)
            self._checked_mappings.add(mapping_key)

    def examples(self, mapping_key: MappingKey) -> list[Example]:
        """The examples beside a mapping, if there are any. Raises `MappingError`."""
        path = self.mapping_paths()[mapping_key]
        examples_path = path.parent / "examples" / path.name
        if not examples_path.is_file():
            return []
        return parse_examples(
            examples_path.read_bytes(), str(examples_path), self.mapping(mapping_key)
        )

    def mapping(self, mapping_key: MappingKey) -> Mapping:
        """The mapping that relates two formats. Raises `MappingError`."""
        if mapping_key not in self._mappings:
            path = self.folders.mapping_files()[mapping_key]
            try:
                data = self.folders.file(path).read_bytes()
            except OSError as error:
                message = f"cannot be read: {error.strerror or error}"
                hint = "look at its name and its permissions"
                location = Location(path, 1, 1)
                raise MappingError([Diagnostic("mapping-file", location, message, hint)]) from error
            mapping = parse_mapping(data, path)
            if frozenset((mapping.left, mapping.right)) != mapping_key:
                message = (
                    f"'between' names {mapping.left} and {mapping.right}, "
                    f"and the file's name {' and '.join(sorted(mapping_key))}"
                )
                hint = f"NAME.yaml relates NAME to {HUB}, ONE--OTHER.yaml two other formats"
                raise MappingError(
                    [Diagnostic("mapping-between", mapping.format_locations[0], message, hint)]
                )
            self._mappings[mapping_key] = mapping
        return self._mappings[mapping_key]

    def mappings(self) -> list[Mapping]:
        """Every mapping. Raises `MappingError`."""
        self.folders.add_installed()
        return [self.mapping(mapping_key) for mapping_key in self.mapping_paths()]

    def _describe_pair(self, route: Sequence[str]) -> FormatPair:
        source, target = route[0], route[-1]
        for name in (source, target):
            self.spec(name)
        steps = self._steps(route)
        mappings = [step.directed.mapping for step in steps]
        shared_crosswalks = set.intersection(*({*mapping.crosswalks} for mapping in mappings))
        params: dict[str, ParamUse] = {}
        for step_count in range(1, len(steps) + 1):
            for use in self._param_uses(steps[:step_count], self.event_type(source, writing=False)):
                if use.name not in params or use.required:
                    params[use.name] = use
        return FormatPair(
            source,
            target,
            tuple(sorted(params.values(), key=lambda use: use.name)),
            tuple(sorted(_applicable_opt_ins(steps))),
            tuple(sorted(shared_crosswalks)),
        )

    def _param_uses(self, steps: Sequence[Step], source: Object | Union) -> Iterator[ParamUse]:
        directed_mapping = steps[-1].directed
        read_params = set(_read_params(directed_mapping))
        for param in directed_mapping.mapping.params:
            if param.fills is not None and param.to_left == directed_mapping.to_left:
                required = _is_required(steps[-1].target_type, param.fills) and not _is_reachable(
                    steps, param.fills, source
                )
                yield ParamUse(param.name, param.about, required)
            elif param.fills is None and param.name in read_params:
                yield ParamUse(param.name, param.about, False)

    def mapping_paths(self) -> dict[MappingKey, Path]:
        """The file of each mapping, by the two formats it relates."""
        return {
            mapping_key: Path(path) for mapping_key, path in self.folders.mapping_files().items()
        }


def _read_params(directed_mapping: DirectedMapping) -> Iterator[str]:
    for case in directed_mapping.cases:
        for assignment in case.assignments:
            for source in assignment.sources:
                yield from codec_params(source.codec, to_left=directed_mapping.to_left)


def _applicable_opt_ins(steps: Sequence[Step]) -> set[str]:
    """The opt-ins that apply in the direction in which each mapping is used."""
    names: set[str] = set()
    for step in steps:
        directed_mapping = step.directed
        for table in directed_mapping.mapping.all_tables():
            names |= {
                row.name
                for row in table.rows
                if row.kind == "opt-in" and row.to_left == directed_mapping.to_left
            }
        for case in directed_mapping.cases:
            for assignment in case.assignments:
                names |= {source.name for source in assignment.sources if source.kind == "opt-in"}
    return names


def _is_required(schema_type: Object | Union, path: MemberPath) -> bool:
    variants = schema_type.variants.values() if isinstance(schema_type, Union) else (schema_type,)
    for variant in variants:
        current: object = variant
        for segment in path:
            if not isinstance(current, Object) or segment not in current.fields:
                return False
            member = current.fields[segment]
            if not member.required:
                return False
            current = member.type
    return True


def _is_reachable(steps: Sequence[Step], path: MemberPath, source: Object | Union) -> bool:
    """Whether any member of the source can end up at `path` of the last step's target."""
    paths = {path}
    for step in reversed(steps):
        paths = {
            source_path
            for target_path in paths
            for source_path in origin_paths(step.directed, target_path)
        }
    variants = source.variants.values() if isinstance(source, Union) else (source,)
    return any(
        type_at(variant, target_path) is not None for target_path in paths for variant in variants
    )
