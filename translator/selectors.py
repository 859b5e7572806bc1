"""The members of a source that decide what is done with an event, and the choices they make."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from translator.diagnostics import Diagnostic, Location
from translator.errors import MappingError
from translator.inverse import Directed
from translator.nodes import Plain, Record, Variable
from translator.paths import Path, is_scalar_path, show_path
from translator.shapes import Member, Object, Scalar, Shape, Union, distinct

MAX_CHOICES = 4096
"""More variants of a source than this are refused: rows over so many values are a mistake."""


@dataclass(frozen=True, slots=True)
class OTHER:
    """Any value but those in `than`."""

    than: frozenset[Plain]


@dataclass(frozen=True, slots=True)
class Step:
    """One mapping of a route in its direction, with the shape of what it writes."""

    directed: Directed
    target: Object | Union


Choice = Mapping[Path, "Plain | OTHER"]


class _Choice(dict[Path, "Plain | OTHER"]):
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


@dataclass(frozen=True, slots=True)
class Selector:
    """A deciding member: its values, whether there may be others, whether it may be absent."""

    path: Path
    values: tuple[Plain, ...]
    open: bool
    optional: bool


def selectors(source: Object | Union, hops: Sequence[Step]) -> list[Selector]:
    """The deciding members of a source, its discriminator first."""
    wanted: dict[Path, set[Plain]] = {}
    if isinstance(source, Union):
        wanted[(source.discriminator,)] = set(source.variants)
    looked_at, bound = _looked_at(hops)
    for path, values in looked_at.items():
        wanted.setdefault(path, set()).update(values)
    found: list[Selector] = []
    for path, named in wanted.items():
        places = [place for place in _places(source, path) if place is not None]
        scalars = [place.shape for place in places if isinstance(place.shape, Scalar)]
        if not scalars:
            continue
        listed = list(distinct(scalars))
        free = any(shape.enum is None for shape in scalars)
        if free:
            listed += sorted((v for v in named if v not in listed), key=repr)
        optional = (
            any(not place.required for place in places)
            or any(shape.nullable for shape in scalars)
            or any(_above(variant, path) for variant in _variants(source))
        )
        mixed = {kind for shape in scalars for kind in shape.types} > {"boolean"}
        if mixed and (listed or optional):
            message = f"rows over {show_path(path)} cannot tell true from 1"
            hint = "give the member one type in the spec"
            raise MappingError([Diagnostic("undecided", _at(hops), message, hint)])
        if listed or (optional and path in bound):
            found.append(Selector(path, tuple(listed), free, optional))
    return found


def choices(
    source: Object | Union, chosen: Sequence[Selector], hops: Sequence[Step]
) -> Iterator[Choice]:
    """Every combination of values of the deciding members, variant by variant."""
    if not isinstance(source, Union):
        yield from _combined(source, chosen, hops)
        return
    for value, variant in source.variants.items():
        for choice in _combined(variant, chosen[1:], hops):
            yield _Choice({(source.discriminator,): value, **choice})


def _combined(shape: Object, chosen: Sequence[Selector], hops: Sequence[Step]) -> Iterator[Choice]:
    domains: list[list[Plain | OTHER]] = []
    paths: list[Path] = []
    for one in chosen:
        place = _place(shape, one.path)
        if place is None or not isinstance(place.shape, Scalar):
            continue
        scalar = place.shape
        domain: list[Plain | OTHER] = list(one.values if scalar.enum is None else scalar.enum)
        if scalar.enum is None:
            domain.append(OTHER(frozenset(one.values)))
        if one.optional and (not place.required or scalar.nullable or _above(shape, one.path)):
            domain.append(None)
        domains.append(domain)
        paths.append(one.path)
    count = 1
    for domain in domains:
        count *= len(domain)
    if count > MAX_CHOICES:
        names = ", ".join(".".join(path) for path in paths)
        message = f"rows over {names} come to {count} combinations, more than {MAX_CHOICES}"
        hint = "tie fewer members together in rows, or let fields translate some of them"
        raise MappingError([Diagnostic("too-many-variants", _at(hops), message, hint)])
    for values in itertools.product(*domains):
        yield _Choice(zip(paths, values, strict=True))


def _at(hops: Sequence[Step]) -> Location:
    """The first table of rows on the way, or else the first mapping."""
    tables = [table.location for hop in hops for table in hop.directed.tables]
    return tables[0] if tables else Location(hops[0].directed.mapping.file, 1, 1)


def _above(shape: Object, path: Path) -> bool:
    """Whether an object above a member may be absent."""
    above = [_place(shape, path[:length]) for length in range(1, len(path))]
    return any(
        not place.required or (isinstance(place.shape, Object) and place.shape.nullable)
        for place in above
        if place is not None
    )


def _variants(source: Object | Union) -> Iterator[Object]:
    yield from source.variants.values() if isinstance(source, Union) else (source,)


def _places(source: Object | Union, path: Path) -> Iterator[Member | None]:
    for shape in _variants(source):
        yield _place(shape, path)


def _place(shape: Shape, path: Path) -> Member | None:
    found: Member | None = None
    for segment in path:
        if not isinstance(shape, Object) or segment not in shape.members:
            return None
        found = shape.members[segment]
        shape = found.shape
    return found


def _looked_at(hops: Sequence[Step]) -> tuple[dict[Path, set[Plain]], set[Path]]:
    """The members of the source that decide something in any hop, with the values named there.

    Second, those whose presence decides, since a variable stands for them. What tells a target's
    variants apart has to be decided too, so it is followed back.
    """
    needed: dict[Path, set[Plain]] = {}
    bound: set[Path] = set()
    for hop in reversed(hops):
        if isinstance(hop.target, Union):
            needed.setdefault((hop.target.discriminator,), set())
        back: dict[Path, set[Plain]] = {}
        for path, values in needed.items():
            for source in came_from(hop.directed, path):
                if is_scalar_path(source):
                    back.setdefault(source, set()).update(values)
        for path, cell in (pair for record in _records(hop.directed) for pair in record):
            if is_scalar_path(path):
                named = () if isinstance(cell, Variable) else cell
                back.setdefault(path, set()).update(one for one in named if one is not None)
        bound = {source for path in bound for source in came_from(hop.directed, path)} | {
            path
            for record in _records(hop.directed)
            for path, cell in record
            if isinstance(cell, Variable)
        }
        needed = back
    return needed, bound


def _records(hop: Directed) -> Iterator[Record]:
    for table in hop.tables:
        for pair in table.pairs:
            yield pair.right if hop.to_left else pair.left
    if not hop.to_left:
        for case in hop.cases:
            yield case.when


def came_from(hop: Directed, target: Path) -> Iterator[Path]:
    """The members of a hop's source that its member `target` may be made from."""
    carries = hop.carries
    if carries is not None and not hop.to_left:
        above, rest = target[: len(carries.carried)], target[len(carries.carried) :]
        if above == carries.carried and len(rest) == 2:
            yield (*carries.slot, f"{carries.before}{rest[0]}{carries.between}{rest[1]}")
    for case in hop.cases:
        for move in case.moves:
            if move.targets != (target,):
                continue
            for source in move.sources:
                yield from source.paths
    for table in hop.tables:
        for pair in table.pairs:
            written, read = (pair.left, pair.right) if hop.to_left else (pair.right, pair.left)
            if any(path == target for path, _ in written):
                yield from (path for path, _ in read)
