"""Propose fields of two formats that may mean the same, by their names and types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema.types import Scalar, SchemaType

_NEAR: Final = 0.75
"""Names are near if at least this share of their letters is the same, in order."""

_MAX_PROPOSALS: Final = 3
"""Maximum number of proposals for one field."""

_SYNONYMS: Final = (
    ("actor", "user", "customer", "visitor", "person", "member", "shopper"),
    ("item", "product", "sku", "article", "good"),
    ("time", "timestamp", "date", "datetime", "at", "when"),
    ("revenue", "value", "amount", "total"),
    ("price", "cost"),
    ("order", "transaction"),
    ("quantity", "qty", "count", "number"),
    ("anonymous", "anon", "device", "cookie"),
    ("session", "visit"),
    ("coupon", "voucher"),
    ("text", "comment", "review"),
    ("referrer", "referer"),
    ("search", "query", "keyword"),
    ("rating", "score", "stars"),
    ("locale", "language", "lang"),
    ("url", "uri", "link", "href"),
)
"""Words that formats use for the same thing; the first represents the others."""

_CANONICAL: Final = {word: words[0] for words in _SYNONYMS for word in words}

_IGNORED: Final = frozenset(
    {"id", "event", "interaction", "context", "the", "of", "sent", "occurred", "created"}
)
"""Words that distinguish no field from another, unless a name consists of them."""

_KIND_WORDS: Final = frozenset({"kind", "type", "event", "action", "name", "interaction", "verb"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A field of the hub that may be equivalent, and how to convert it.

    `codec` is what `as` takes, empty for a copy. `is_exact` says that the names mean the same.
    """

    left: Path
    right: Path
    codec: str
    is_exact: bool


def split_words(name: str) -> list[str]:
    """Split a name in camel case, snake case or kebab case into its lower-case words."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+", name)
    return [word.lower() for word in words]


def is_kind_name(path: Path) -> bool:
    """Whether the last name of a path looks like the name of what happened."""
    words = split_words(path[-1])
    return bool(words) and _KIND_WORDS.issuperset(words)


def _key(names: Iterable[str]) -> frozenset[str]:
    """Return the words of names that matter, in canonical form."""
    words = [word for name in names for word in split_words(name)]
    words = [word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words]
    canonical = frozenset(_CANONICAL.get(word, word) for word in words)
    return (canonical - _IGNORED) or canonical


def _names(path: Path) -> list[str]:
    return [step for step in path if step not in (LIST_ITEM, MAP_ENTRY, KEY, VALUE)]


def propose_fields(
    left: dict[Path, SchemaType], right: dict[Path, SchemaType]
) -> Iterator[Proposal]:
    """Yield proposals for the fields of the left, the best of each field first."""
    right_keys = {path: _key(_names(path)) for path in right}
    for left_path, left_type in left.items():
        names = _names(left_path)
        if not names:
            continue
        keys = (_key(names), _key(names[-1:]))
        scored: list[tuple[float, Proposal]] = []
        for right_path, right_type in right.items():
            codec = find_codec(left_path, left_type, right_type)
            if codec is None or not right_keys[right_path]:
                continue
            if MAP_ENTRY in right_path and MAP_ENTRY not in left_path:
                continue
            is_exact = right_keys[right_path] in keys
            score = 1.0 if is_exact else _similarity(names, _names(right_path))
            if score >= _NEAR:
                scored.append((score, Proposal(left_path, right_path, codec, is_exact)))
        if any(proposal.is_exact for _, proposal in scored):
            scored = [entry for entry in scored if entry[1].is_exact]
        if LIST_ITEM in left_path and any(LIST_ITEM in each.right for _, each in scored):
            scored = [entry for entry in scored if LIST_ITEM in entry[1].right]
        scored.sort(key=lambda entry: (-entry[0], len(entry[1].right)))
        yield from (proposal for _, proposal in scored[:_MAX_PROPOSALS])


def _similarity(left: list[str], right: list[str]) -> float:
    """Compare the last names, or all names, as strings of canonical words."""
    pairs = [(left, right)]
    if not _IGNORED.issuperset(_key(left[-1:])):
        pairs.append((left[-1:], right[-1:]))
    return max(
        SequenceMatcher(None, " ".join(sorted(_key(one))), " ".join(sorted(_key(other)))).ratio()
        for one, other in pairs
    )


def find_codec(path: Path, left: SchemaType, right: SchemaType) -> str | None:
    """Return the codec that converts between two types, empty for a copy; None if there is none."""
    if not isinstance(left, Scalar) or not isinstance(right, Scalar):
        return "" if type(left) is type(right) else None
    numbers = {"integer", "number"}
    if right.format == "date-time":
        if left.types == {"string"} and left.enum is None:
            return "" if left.format == "date-time" else "iso-8601"
        if left.types <= numbers:
            in_milliseconds = (left.maximum or 0) > 1e11 or bool(
                {"ms", "milli", "millis", "milliseconds"} & set(split_words(path[-1]))
            )
            unit = "milliseconds" if in_milliseconds else "seconds"
            # A time between two whole units becomes the earlier one.
            takes_fractions = not in_milliseconds and "number" in left.types
            finer = "fraction: true" if takes_fractions else "finer: cut"
            return f"{{epoch: {{unit: {unit}, {finer}}}}}"
        return None
    if left.types & right.types or (left.types <= numbers and right.types <= numbers):
        return ""
    if left.types <= numbers and right.types == {"string"} and right.enum is None:
        return "numeric-string"
    if right.types <= numbers and left.types == {"string"} and left.enum is None:
        return "numeric-string"
    return None
