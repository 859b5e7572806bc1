"""The formats at hand: specs and mappings, read when they are asked for, and checked."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from translator.checker import faults
from translator.converting import params_read
from translator.diagnostics import Diagnostic, Location, did_you_mean
from translator.errors import MappingError, SpecError, TranslationError
from translator.examples import Example, read_examples
from translator.folders import HUB, Folders
from translator.inverse import Directed, directed
from translator.nodes import Mapping
from translator.parser import parse_mapping
from translator.paths import Path as MemberPath
from translator.route import Link, links_of, ways
from translator.selectors import Step, came_from
from translator.shapes import Object, Union, event_shape, shape_at
from translator.spec import Spec, load_spec
from translator.speclint import lint, lint_file

UNREADABLE = frozenset(("spec-schema", "schema-invalid", "schema-discriminator"))
"""What the lint finds that leaves unclear what an event may hold."""


@dataclass(frozen=True, slots=True)
class ParamUse:
    """A param of a pair. `needed` ones fill a required member that no event of the source fills."""

    name: str
    about: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Pair:
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
        self._given: dict[str, Spec] = {}
        self._specs: dict[str, Spec] = {}
        self._shapes: dict[tuple[str, bool], Object | Union] = {}
        self._mappings: dict[Link, Mapping] = {}
        self._turned: dict[tuple[Link, bool], Directed] = {}
        self._checked: set[Link] = set()

    @classmethod
    def of(cls, folders: Folders) -> Catalog:
        """The formats found in these folders."""
        made = cls()
        made.folders = folders
        return made

    def with_spec(self, spec: Spec) -> Catalog:
        """The same formats and mappings, but for the format that `spec` is of: it has `spec`."""
        other = Catalog.of(self.folders.copy())
        other._given = {**self._given, spec.name: spec}
        other._specs = {**self._specs, spec.name: spec}
        other._mappings = dict(self._mappings)
        return other

    def formats(self) -> list[str]:
        """The names of all formats, sorted."""
        self.folders.add_installed()
        return sorted({*self.folders.spec_files(), *self._given})

    def pairs(self) -> list[Pair]:
        """Every ordered pair of formats between which there is a way."""
        formats, links = self.formats(), self.folders.mapping_files()
        found: list[Pair] = []
        for source in formats:
            leading = ways(source, links)
            found += [self._pair(leading[target]) for target in formats if target in leading]
        return found

    def spec(self, name: str) -> Spec:
        """The spec of a format. Raises `TranslationError` (`unknown-format`), `SpecError`."""
        if name not in self._specs:
            path = self.folders.spec_file(name)
            if path is None:
                known = self.formats()
                near = did_you_mean(name, known)
                hint = f"; {near}" if near.startswith("did") else ""
                message = f"there is no format {name!r}{hint} (known: {', '.join(known)})"
                raise TranslationError("unknown-format", "$", message)
            self._specs[name] = load_spec(self.folders.file(path), name)
        return self._specs[name]

    def shape(self, name: str, *, writing: bool) -> Object | Union:
        """The shape of a format's events, as `event_shape` gives it. Raises as `spec` does."""
        key = (name, writing)
        if key not in self._shapes:
            self._shapes[key] = event_shape(self.spec(name), writing=writing)
        return self._shapes[key]

    def way(self, source: str, target: str) -> list[str]:
        """The formats from `source` to `target`. Raises `TranslationError` if there is no way."""
        for name in (source, target):
            self.spec(name)
        found = self.folders.way(source, target)
        if found is None:
            leading = ways(source, self.links())
            reachable = [one for one in self.formats() if one in leading]
            problem = (
                "source and target are the same"
                if source == target
                else f"no mapping leads from {source!r} to {target!r}"
            )
            listed = ", ".join(reachable) or (
                f"no format: put a mapping {source}.yaml into a folder of mappings"
            )
            raise TranslationError(
                "unknown-format", "$", f"{problem}; {source!r} can be translated to {listed}"
            )
        return found

    def steps(self, source: str, target: str) -> list[Step]:
        """The mappings on the way, each in its direction. Raises `MappingError`, `SpecError`."""
        return self._steps(self.way(source, target))

    def _steps(self, way: Sequence[str]) -> list[Step]:
        target = way[-1]
        found: list[Step] = []
        for link, start, end in zip(links_of(way), way, way[1:], strict=False):
            mapping = self.mapping(link)
            to_left = mapping.right == start
            if to_left and end != target and len(mapping.cases) + bool(mapping.cases[0].each) > 1:
                message = f"{end} is not at the end of the way, so it must stand right in 'between'"
                hint = (
                    f"write: between: [{mapping.right}, {mapping.left}], and turn the rules round"
                )
                place = mapping.named_at[0]
                raise MappingError([Diagnostic("mapping-between", place, message, hint)])
            self._check(mapping)
            shape = self.shape(end, writing=end == target)
            found.append(Step(self._directed(mapping, to_left=to_left), shape))
        return found

    def _directed(self, mapping: Mapping, *, to_left: bool) -> Directed:
        key = (frozenset((mapping.left, mapping.right)), to_left)
        if key not in self._turned:
            self._turned[key] = directed(mapping, to_left=to_left)
        return self._turned[key]

    def _check(self, mapping: Mapping) -> None:
        """Refuse a mapping that cannot be right, once. Raises `MappingError`."""
        link = frozenset((mapping.left, mapping.right))
        if link not in self._checked:
            shapes = [self.shape(n, writing=False) for n in (mapping.left, mapping.right)]
            if found := faults(mapping, shapes[0], shapes[1]):
                raise MappingError(found)
            self._checked.add(link)

    def check(self, about: str | None = None) -> list[Diagnostic]:
        """Every finding about the formats at hand: of specs, of mappings, and between them.

        With `about`, only those of that format's spec and of the mappings that relate it.
        """
        self.folders.add_installed()
        links = [link for link in self.links() if about is None or about in link]
        found: list[Diagnostic] = []
        usable: set[str] = set()
        for name in dict.fromkeys([*self.folders.spec_files(), *self._given]):
            if about is None or any(name in link for link in links):
                of_spec, shape = self._check_spec(name)
                found += of_spec if about in (None, name) else []
                if shape is not None:
                    usable.add(name)
        for link in links:
            found += self._check_mapping(link, usable)
        return found

    def _check_spec(self, name: str) -> tuple[list[Diagnostic], Object | Union | None]:
        """What is wrong with a spec, and the shape of its events if it has one."""
        from translator.validation import Events

        if name in self._given:
            found = lint(self._given[name])
        else:
            found = lint_file(Path(self.folders.spec_files()[name]), name)
        if any(one.code in UNREADABLE for one in found):
            return found, None
        shape: Object | Union | None = None
        try:
            spec = self.spec(name)
            shape = event_shape(spec, writing=False)
            if not any(one.severity == "error" for one in found):
                Events(spec).usable()
        except SpecError as error:
            found += [one for one in error.diagnostics if one not in found]
        return found, shape

    def _check_mapping(self, link: Link, usable: Container[str]) -> list[Diagnostic]:
        """What is wrong with a mapping, as far as the specs of its formats are `usable`."""
        from translator.review import review

        try:
            mapping = self.mapping(link)
        except MappingError as error:
            return list(error.diagnostics)
        formats = (mapping.left, mapping.right)
        found: list[Diagnostic] = []
        for name, place in zip(formats, mapping.named_at, strict=True):
            if name not in (known := self.formats()):
                hint = did_you_mean(name, known)
                message = f"there is no format {name!r}: no folder of specs has {name}.json"
                found.append(Diagnostic("mapping-format", place, message, hint))
        examples: list[Example] = []
        try:
            examples = self.examples(link)
        except MappingError as error:
            found += error.diagnostics
        if all(name in usable for name in formats):
            one, other = (self.spec(name) for name in formats)
            found += review(mapping, (one, other), examples)
        return found

    def examples(self, link: Link) -> list[Example]:
        """The examples beside a mapping, if there are any. Raises `MappingError`."""
        path = self.links()[link]
        beside = path.parent / "examples" / path.name
        if not beside.is_file():
            return []
        return read_examples(beside.read_bytes(), str(beside), self.mapping(link))

    def mapping(self, link: Link) -> Mapping:
        """The mapping that relates two formats. Raises `MappingError`."""
        if link not in self._mappings:
            path = self.folders.mapping_files()[link]
            try:
                data = self.folders.file(path).read_bytes()
            except OSError as error:
                message = f"cannot be read: {error.strerror or error}"
                hint = "look at its name and its permissions"
                place = Location(path, 1, 1)
                raise MappingError([Diagnostic("mapping-file", place, message, hint)]) from error
            mapping = parse_mapping(data, path)
            if frozenset((mapping.left, mapping.right)) != link:
                message = (
                    f"'between' names {mapping.left} and {mapping.right}, "
                    f"and the file's name {' and '.join(sorted(link))}"
                )
                hint = f"NAME.yaml relates NAME to {HUB}, ONE--OTHER.yaml two other formats"
                raise MappingError(
                    [Diagnostic("mapping-between", mapping.named_at[0], message, hint)]
                )
            self._mappings[link] = mapping
        return self._mappings[link]

    def mappings(self) -> list[Mapping]:
        """Every mapping. Raises `MappingError`."""
        self.folders.add_installed()
        return [self.mapping(link) for link in self.links()]

    def _pair(self, way: Sequence[str]) -> Pair:
        source, target = way[0], way[-1]
        for name in (source, target):
            self.spec(name)
        steps = self._steps(way)
        mappings = [step.directed.mapping for step in steps]
        shared = set.intersection(*({*one.crosswalks} for one in mappings))
        params: dict[str, ParamUse] = {}
        for number in range(1, len(steps) + 1):
            for use in self._params(steps[:number], self.shape(source, writing=False)):
                if use.name not in params or use.needed:
                    params[use.name] = use
        return Pair(
            source,
            target,
            tuple(sorted(params.values(), key=lambda use: use.name)),
            tuple(sorted(_usable(steps))),
            tuple(sorted(shared)),
        )

    def _params(self, steps: Sequence[Step], source: Object | Union) -> Iterator[ParamUse]:
        hop = steps[-1].directed
        read = set(_params_read(hop))
        for param in hop.mapping.params:
            if param.fills is not None and param.to_left == hop.to_left:
                needed = _required(steps[-1].target, param.fills) and not _reached(
                    steps, param.fills, source
                )
                yield ParamUse(param.name, param.about, needed)
            elif param.fills is None and param.name in read:
                yield ParamUse(param.name, param.about, False)

    def links(self) -> dict[Link, Path]:
        """The file of each mapping, by the two formats it relates."""
        return {link: Path(path) for link, path in self.folders.mapping_files().items()}


def _params_read(hop: Directed) -> Iterator[str]:
    for case in hop.cases:
        for move in case.moves:
            for source in move.sources:
                yield from params_read(source.codec, to_left=hop.to_left)


def _usable(steps: Sequence[Step]) -> set[str]:
    """The opt-ins that apply in the direction in which each mapping is used."""
    names: set[str] = set()
    for step in steps:
        hop = step.directed
        for table in hop.mapping.all_tables():
            names |= {
                p.name for p in table.pairs if p.kind == "opt-in" and p.to_left == hop.to_left
            }
        for case in hop.cases:
            for move in case.moves:
                names |= {one.name for one in move.sources if one.kind == "opt-in"}
    return names


def _required(shape: Object | Union, path: MemberPath) -> bool:
    variants = shape.variants.values() if isinstance(shape, Union) else (shape,)
    for variant in variants:
        at: object = variant
        for segment in path:
            if not isinstance(at, Object) or segment not in at.members:
                return False
            found = at.members[segment]
            if not found.required:
                return False
            at = found.shape
    return True


def _reached(steps: Sequence[Step], path: MemberPath, source: Object | Union) -> bool:
    """Whether any member of the source can end up at `path` of the last step's target."""
    wanted = {path}
    for step in reversed(steps):
        wanted = {one for at in wanted for one in came_from(step.directed, at)}
    variants = source.variants.values() if isinstance(source, Union) else (source,)
    return any(shape_at(variant, at) is not None for at in wanted for variant in variants)
