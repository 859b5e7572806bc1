"""Changes to inputs, large enough to matter and small enough to stay nearly right."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.fuzz import material

Json = Any


def bytes_changed(random: Random, data: bytes, pieces: Sequence[bytes]) -> bytes:
    """The bytes with some cut, doubled, exchanged, or with a nasty piece put in."""
    made = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        start = random.randrange(len(made) + 1)
        end = min(len(made), start + int(random.expovariate(0.1)))
        match random.randrange(7):
            case 0:
                del made[start:end]
            case 1:
                made[start:start] = made[start:end] * random.choice((1, 2, 50))
            case 2:
                made[start:end] = bytes(random.randrange(256) for _ in range(random.randint(1, 3)))
            case 3 | 4:
                made[start:start] = random.choice(pieces)
            case 5:
                made[start:end] = random.choice(pieces)
            case _:
                del made[start:]
    return bytes(made)


def lines_changed(random: Random, data: bytes, pieces: Sequence[bytes]) -> bytes:
    """The lines with some left out, doubled, moved, indented otherwise, or given another value."""
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
                lines[at] = key + colon + random.choice(pieces)
            case _:
                _, colon, value = lines[at].partition(b": ")
                indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
                name = json.dumps(random.choice(material.NAMES)).encode()
                lines[at] = indent + name + (colon or b": ") + value
    return b"\n".join(lines)


def free_text(random: Random, pieces: Sequence[bytes]) -> bytes:
    """Pieces in a row, and now and then a name or a line end between them."""
    made = []
    for _ in range(random.randint(1, 40)):
        made.append(random.choice(pieces))
        if random.random() < 0.4:
            name = random.choice(material.NAMES).encode("utf-8", "surrogatepass")
            made.append(random.choice((b"\n", b"\n  ", b" ", name)))
    return b"".join(made)


def free_tree(random: Random, values: Sequence[Json], depth: int = 6) -> Json:
    """JSON data of names and values, in lists and objects of any form."""
    how = random.random()
    if depth == 0 or how < 0.3:
        return copy.deepcopy(random.choice((*values, *material.NUMBERS[:-3])))
    size = random.randrange(5)
    if how < 0.5:
        return [free_tree(random, values, depth - 1) for _ in range(size)]
    names = [name for name in values if isinstance(name, str)]
    return {random.choice(names): free_tree(random, values, depth - 1) for _ in range(size)}


def tree_changed(random: Random, tree: Json, values: Sequence[Json]) -> Json:
    """A copy of JSON data in which some members or values were exchanged."""
    made = [copy.deepcopy(tree)]
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        places = list(_places(made))
        holder, key = random.choice(places)
        _change(random, holder, key, values, places)
    return made[0]


def _places(holder: Json) -> Sequence[tuple[Json, Any]]:
    """Every value inside `holder`: the list or object it stands in, and where there."""
    found: list[tuple[Json, Any]] = [(holder, 0)]
    for above, key in found:
        inside = above[key]
        if isinstance(inside, dict):
            found += [(inside, name) for name in inside]
        elif isinstance(inside, list):
            found += [(inside, index) for index in range(len(inside))]
    return found


def _change(
    random: Random,
    holder: Json,
    key: Any,
    values: Sequence[Json],
    places: Sequence[tuple[Json, Any]],
) -> None:
    choose: Callable[[], Json] = lambda: copy.deepcopy(random.choice(values))  # noqa: E731
    match random.randrange(9):
        case 0 | 1 | 2:
            holder[key] = choose()
        case 3 if isinstance(holder, dict):
            holder[random.choice(material.NAMES)] = holder.pop(key)
        case 4 if isinstance(holder[key], dict):
            holder[key][random.choice(material.NAMES)] = choose()
        case 4 if isinstance(holder[key], list):
            holder[key].insert(random.randrange(len(holder[key]) + 1), choose())
        case 5:
            above, name = random.choice(places)
            holder[key] = copy.deepcopy(above[name])
        case 6 if isinstance(holder, dict):
            del holder[key]
        case 7 if isinstance(holder[key], list):
            holder[key] *= random.choice((0, 2, 30))
        case 8:
            holder[key] = [holder[key]] if random.random() < 0.5 else {"a": holder[key]}
        case _:
            holder[key] = random.choice((*material.NAMES, *material.NUMBERS))
