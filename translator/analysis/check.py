"""Check every spec and mapping of a catalog, and run the examples beside the mappings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Mapping as ReadOnlyDict
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import permutations

from translator.analysis.compiling import check_direction, check_pair
from translator.analysis.examples import check_example_coverage, run_examples
from translator.analysis.unit_cache import Json, Unit, UnitCache
from translator.catalog.catalog import Catalog
from translator.catalog.discovery import HUB, MappingKey
from translator.catalog.ignored import find_ignored
from translator.errors import (
    MAX_DIAGNOSTICS,
    Diagnostic,
    Location,
    MappingError,
    SpecError,
    suggest,
)
from translator.language.checker import mapping_sides
from translator.language.examples import Example
from translator.language.exhaustiveness import check_exhaustive
from translator.language.marks import check_marks
from translator.language.metaschema import validate_mapping
from translator.language.nodes import Mapping
from translator.language.repetition import check_repetition
from translator.language.yaml_tree import parse_yaml
from translator.schema.lint import UNREADABLE_CODES, lint, lint_file

Findings = tuple[list[Diagnostic], bool]
"""The findings about a spec, mapping or route, and whether others can use it."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found, and the files of the specs and mappings that were checked.

    `pairs` is the number of translations that were compiled, one per direction. `is_own` is false
    if the caller gave no folders, so that only published formats were checked.
    """

    findings: list[Diagnostic]
    specs: list[str]
    mappings: list[str]
    pairs: int
    is_own: bool


def check(catalog: Catalog, only_format: str | None = None) -> list[Diagnostic]:
    """Check the specs and mappings of a catalog, or only those of one format.

    If the caller gave folders or specs, only what depends on these is checked: the rest was checked
    before it was published. Returns every finding, specs before mappings. Files that cannot be read
    are findings too, and so are files that look like specs or mappings, but are ignored.
    """
    return check_all(catalog, only_format).findings


def check_all(
    catalog: Catalog, only_format: str | None = None, only_files: Collection[str] = ()
) -> CheckResult:
    """Check as `check` does, and say what was checked.

    If there are `only_files`, only what depends on these specs and mappings is checked.
    """
    catalog.folders.add_installed()
    paths = {key: str(path) for key, path in catalog.mapping_paths().items()}
    spec_files = catalog.folders.spec_files()
    spec_files |= {name: spec.file for name, spec in catalog.given_specs.items()}
    is_whole = only_format is None and not only_files
    own_formats = _own_formats(catalog, only_files)
    own_keys = [
        key
        for key, path in paths.items()
        if (path in only_files if only_files else catalog.folders.is_given(path))
        or not own_formats.isdisjoint(key)
    ]
    mapping_keys = [key for key in own_keys if only_format is None or only_format in key]
    findings = list(find_ignored(catalog.folders)) if is_whole else []
    checker = _Checker(catalog, paths)
    checked_specs = {
        name: file
        for name, file in spec_files.items()
        if any(name in key for key in mapping_keys) or (only_format is None and name in own_formats)
    }
    for name, spec_findings in checker.check_specs(checked_specs).items():
        findings += spec_findings if only_format in (None, name) else []
        if name in checker.usable_formats and not any(name in key for key in paths):
            findings.append(_unmapped(name, checked_specs[name]))
    findings += checker.check_mappings(mapping_keys)
    sound_keys = set(checker.sound_keys)
    other_keys = set(paths) - set(mapping_keys) if only_format is None else set()
    pairs = _pairs_through_hub(checker, sound_keys, other_keys)
    findings += checker.check_pairs(pairs)
    checker.cache.save(is_whole=is_whole)
    return CheckResult(
        list(dict.fromkeys(findings)),
        list(checked_specs.values()),
        [paths[key] for key in mapping_keys],
        2 * len(sound_keys) + len(pairs),
        bool(catalog.folders.given or catalog.given_specs),
    )


class _Checker:
    """Checks the units of a catalog; `paths` are the files of its mappings.

    `usable_formats` have specs that mappings can be checked against. `sound_keys` are the checked
    mappings that translations can use.
    """

    def __init__(self, catalog: Catalog, paths: ReadOnlyDict[MappingKey, str]) -> None:
        self.cache = UnitCache(catalog, "check")
        self.usable_formats: set[str] = set()
        self.sound_keys: set[MappingKey] = set()
        self.paths = paths
        self._catalog = catalog

    def check_specs(self, files: ReadOnlyDict[str, str]) -> dict[str, list[Diagnostic]]:
        """Return the findings about specs, by the names of their formats."""
        units = [
            Unit(
                ("spec", name),
                [file],
                partial(_as_json, partial(_check_spec, self._catalog, name)),
            )
            for name, file in files.items()
        ]
        results = dict(zip(files, self._find_all(units), strict=True))
        self.usable_formats.update(name for name, (_, is_usable) in results.items() if is_usable)
        return {name: findings for name, (findings, _) in results.items()}

    def check_mappings(self, keys: Sequence[MappingKey]) -> Iterator[Diagnostic]:
        """Yield the findings about mappings, after the specs are checked."""

        def unit(key: MappingKey) -> Unit:
            def compute() -> Findings:
                findings = list(_check_mapping(self._catalog, key, self.usable_formats))
                is_usable = self.usable_formats.issuperset(key)
                return findings, is_usable and _is_sound(self._catalog, key)

            paths = self._files(key)
            if (examples := self._catalog.examples_path(key)) is not None:
                paths.append(str(examples))
            name = ("mapping", *sorted(self.usable_formats & key))
            return Unit(name, paths, partial(_as_json, compute))

        results = self._find_all(list(map(unit, keys)))
        for key, (findings, is_sound) in zip(keys, results, strict=True):
            yield from findings
            if is_sound:
                self.sound_keys.add(key)

    def find_sound(self, keys: Sequence[MappingKey]) -> list[MappingKey]:
        """Return the mappings that translations can use, of those that are not to be checked."""

        def unit(key: MappingKey) -> Unit:
            compute = partial(_as_json, lambda: ([], _is_sound(self._catalog, key)))
            return Unit(("sound",), self._files(key), compute)

        results = self._find_all(list(map(unit, keys)))
        return [key for key, (_, is_sound) in zip(keys, results, strict=True) if is_sound]

    def check_pairs(self, pairs: Sequence[tuple[str, str]]) -> Iterator[Diagnostic]:
        """Yield the findings about routes of two mappings."""

        def unit(source: str, target: str) -> Unit:
            paths = self._catalog.folders.route_files(source, target)
            compute = partial(
                _as_json, lambda: (list(check_pair(self._catalog, source, target)), True)
            )
            return Unit(("pair", source, target), paths, compute)

        for findings, _ in self._find_all([unit(*pair) for pair in pairs]):
            yield from findings

    def _find_all(self, units: Sequence[Unit]) -> Iterator[Findings]:
        """Yield the findings about each unit, cached or computed, and whether others can use it."""
        for findings, is_usable in self.cache.find_all(units):
            yield (
                [
                    Diagnostic(code, Location(*location), message, hint, severity, tuple(field))
                    for code, location, message, hint, severity, field in findings
                ],
                is_usable,
            )

    def _files(self, key: MappingKey) -> list[str]:
        """Return the files of a mapping and its specs."""
        specs = self._catalog.folders.spec_files()
        return [self.paths[key], *(specs[name] for name in sorted(key) if name in specs)]


def _as_json(compute: Callable[[], Findings]) -> Json:
    """Return findings as the cache keeps them."""
    findings, is_usable = compute()
    return [[*map(list, findings)], is_usable]


def _unmapped(name: str, file: str) -> Diagnostic:
    message = f"no mapping relates {name} to another format, so nothing translates its events"
    hint = f"write the mapping {name}.yaml, or name its folder with --mappings"
    return Diagnostic("unmapped-format", Location(file, 1, 1), message, hint, "warning")


def _own_formats(catalog: Catalog, only_files: Collection[str]) -> set[str]:
    """Return the formats whose specs the caller gave; all of them if the caller gave nothing."""
    files = catalog.folders.spec_files()
    if only_files:
        return {name for name, path in files.items() if path in only_files}
    if not catalog.folders.given and not catalog.given_specs:
        return set(files)
    given = {name for name, path in files.items() if catalog.folders.is_given(path)}
    return given | set(catalog.given_specs)


def _is_sound(catalog: Catalog, key: MappingKey) -> bool:
    """Whether translations can use a mapping."""
    try:
        return not catalog.mapping_errors(catalog.mapping(key))
    except (MappingError, SpecError):
        return False


def _pairs_through_hub(
    checker: _Checker, checked_keys: set[MappingKey], other_keys: set[MappingKey]
) -> list[tuple[str, str]]:
    """List the routes of two mappings.

    One of the two is among those that were checked, the other may be any that can be used.
    """
    checked = {name for key in checked_keys if HUB in key for name in key - {HUB}}
    others: set[str] = set()
    if checked:
        usable_keys = checker.find_sound([key for key in other_keys if HUB in key])
        others = {name for key in usable_keys for name in key - {HUB}}
    return [
        (source, target)
        for source, target in permutations(sorted(checked | others), 2)
        if (source in checked or target in checked)
        and frozenset((source, target)) not in checker.paths
    ]


def _check_spec(catalog: Catalog, name: str) -> tuple[list[Diagnostic], bool]:
    """Return the findings about a spec, and whether mappings can be checked against it."""
    if name in catalog.given_specs:
        findings = lint(catalog.given_specs[name])
    else:
        findings = lint_file(catalog.folders.file(catalog.folders.spec_files()[name]), name)
    if any(finding.code in UNREADABLE_CODES for finding in findings):
        return findings, False
    is_usable = False
    try:
        for for_output in (False, True):
            catalog.event_type(name, for_output=for_output)
        catalog.check_usable(name)
        is_usable = True
    except SpecError as error:
        known = {finding.location for finding in findings}
        findings += [finding for finding in error.diagnostics if finding.location not in known]
    return findings, is_usable


def _check_mapping(catalog: Catalog, key: MappingKey, usable: set[str]) -> Iterator[Diagnostic]:
    """Yield the findings about a mapping; compare it with its specs if both are usable."""
    try:
        mapping = catalog.mapping(key)
    except MappingError as error:
        yield from error.diagnostics
        yield from _validate_mapping_file(catalog, key, error.diagnostics)
        return
    yield from _validate_mapping_file(catalog, key, ())
    formats = (mapping.left, mapping.right)
    for name, location in zip(formats, mapping.format_locations, strict=True):
        if name not in (known_formats := catalog.formats()):
            message = f"there is no format {name!r}: no spec folder contains {name}.json"
            hint = suggest(name, known_formats)
            yield Diagnostic("mapping-format", location, message, hint)
    examples: list[Example] = []
    try:
        examples = catalog.examples(key)
    except MappingError as error:
        yield from error.diagnostics
    if usable.issuperset(formats):
        yield from check_mapping_with_specs(catalog, mapping, examples)


def _validate_mapping_file(
    catalog: Catalog, key: MappingKey, known: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """Yield what only the schema of mappings finds in a file; nothing if it is not YAML."""
    if len(known) >= MAX_DIAGNOSTICS:
        return
    path = catalog.folders.mapping_files()[key]
    with suppress(OSError, MappingError):
        tree = parse_yaml(catalog.folders.file(path).read_bytes(), path)
        yield from validate_mapping(tree, known)


def check_mapping_with_specs(
    catalog: Catalog, mapping: Mapping, examples: Sequence[Example], *, compiles: bool = True
) -> Iterator[Diagnostic]:
    """Yield the findings about a mapping and its specs.

    It is compiled, and its examples are run, only if it has no error, and if it `compiles`.
    """
    formats = (mapping.left, mapping.right)
    left, right = (catalog.event_type(name, for_output=False) for name in formats)
    errors = catalog.mapping_errors(mapping)
    yield from errors
    incomplete = check_exhaustive(mapping, left, right)
    yield from incomplete
    sides = mapping_sides(mapping, left, right)
    yield from check_repetition(mapping, sides)
    yield from check_marks(mapping, sides)
    if errors or not compiles:
        return
    compiled = [
        finding for pair in (formats, formats[::-1]) for finding in check_direction(catalog, *pair)
    ]
    yield from _without_repetitions(compiled, incomplete)
    if examples:
        yield from check_example_coverage(mapping, examples)
        specs = (catalog.spec(mapping.left), catalog.spec(mapping.right))
        yield from run_examples(mapping, specs, examples)


def _without_repetitions(
    compiled: Sequence[Diagnostic], incomplete: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """Yield findings of compiling whose cause is not reported already."""
    locations = {(finding.code, finding.location) for finding in incomplete}
    causes = ("unaccounted-value", "required-unwritten")
    has_cause = any(code in causes for code, _ in locations)
    for finding in dict.fromkeys(compiled):
        is_hidden = any(
            (code, finding.location) in locations for code in ("hidden-row", "required-unwritten")
        )
        is_consequence = finding.code in ("never-applies", "always-refused")
        if not (is_consequence and (is_hidden or has_cause)):
            yield finding
