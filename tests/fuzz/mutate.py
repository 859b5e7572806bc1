"""Random changes of inputs, small enough that most inputs stay nearly valid."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.fuzz import hostile

Json = Any


def change_bytes(random: Random, data: bytes, fragments: Sequence[bytes]) -> bytes:
    """Remove, repeat or replace some bytes, or insert a hostile fragment."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        start = random.randrange(len(changed) + 1)
        end = min(len(changed), start + int(random.expovariate(0.1)))
        match random.randrange(7):
            case 0:
                del changed[start:end]
            case 1:
                changed[start:start] = changed[start:end] * random.choice((1, 2, 50))
            case 2:
                changed[start:end] = random.randbytes(random.randint(1, 3))
            case 3 | 4:
                changed[start:start] = random.choice(fragments)
            case 5:
                changed[start:end] = random.choice(fragments)
            case _:
                del changed[start:]
    return bytes(changed)


def change_lines(random: Random, data: bytes, fragments: Sequence[bytes]) -> bytes:
    """Remove, repeat, swap or indent some lines, or replace their keys or values."""
    lines = data.split(b"\n")
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(lines))
        match random.randrange(6):
            case 0:
                del lines[at]
                lines = lines or [b""]
            case 1:
                lines.insert(at, random.choice(lines))
            case 2:
                other = random.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = random.choice((b" ", b"  ", b"\t", b"- ")) + lines[at]
            case 4:
                key, colon, _ = lines[at].partition(b": ")
                lines[at] = key + colon + random.choice(fragments)
            case _:
                _, colon, value = lines[at].partition(b": ")
                indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
                name = json.dumps(random.choice(hostile.NAMES)).encode()
                lines[at] = indent + name + (colon or b": ") + value
    return b"\n".join(lines)


def random_text(random: Random, fragments: Sequence[bytes]) -> bytes:
    """A sequence of fragments, sometimes with names or line ends between them."""
    parts = []
    for _ in range(random.randint(1, 40)):
        parts.append(random.choice(fragments))
        if random.random() < 0.4:
            name = random.choice(hostile.NAMES).encode("utf-8", "surrogatepass")
            parts.append(random.choice((b"\n", b"\n  ", b" ", name)))
    return b"".join(parts)


def random_tree(random: Random, values: Sequence[Json], depth: int = 6) -> Json:
    """JSON data with random lists and objects of the values."""
    choice = random.random()
    if depth == 0 or choice < 0.3:
        return copy.deepcopy(random.choice((*values, *hostile.NUMBERS[:-3])))
    size = random.randrange(5)
    if choice < 0.5:
        return [random_tree(random, values, depth - 1) for _ in range(size)]
    names = [name for name in values if isinstance(name, str)]
    return {random.choice(names): random_tree(random, values, depth - 1) for _ in range(size)}


def change_tree(random: Random, tree: Json, values: Sequence[Json]) -> Json:
    """A copy of JSON data with some keys or values changed."""
    changed = [copy.deepcopy(tree)]
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        places = _places(changed)
        _change(random, *random.choice(places), values, places)
    return changed[0]


def _places(root: list[Json]) -> Sequence[tuple[Json, Any]]:
    """The list or object of every value below the only element of `root`, and its index or key."""
    places: list[tuple[Json, Any]] = [(root, 0)]
    for parent, key in places:
        value = parent[key]
        if isinstance(value, dict | list):
            places += [
                (value, step) for step in (value if isinstance(value, dict) else range(len(value)))
            ]
    return places


def _change(
    random: Random,
    parent: Json,
    key: Any,
    values: Sequence[Json],
    places: Sequence[tuple[Json, Any]],
) -> None:
    choose: Callable[[], Json] = lambda: copy.deepcopy(random.choice(values))  # noqa: E731
    match random.randrange(9):
        case 0 | 1 | 2:
            parent[key] = choose()
        case 3 if isinstance(parent, dict):
            parent[random.choice(hostile.NAMES)] = parent.pop(key)
        case 4 if isinstance(parent[key], dict):
            parent[key][random.choice(hostile.NAMES)] = choose()
        case 4 if isinstance(parent[key], list):
            parent[key].insert(random.randrange(len(parent[key]) + 1), choose())
        case 5:
            other, name = random.choice(places)
            parent[key] = copy.deepcopy(other[name])
        case 6 if isinstance(parent, dict):
            del parent[key]
        case 7 if isinstance(parent[key], list):
            parent[key] *= random.choice((0, 2, 30))
        case 8:
            parent[key] = [parent[key]] if random.random() < 0.5 else {"a": parent[key]}
        case _:
            parent[key] = random.choice((*hostile.NAMES, *hostile.NUMBERS))
