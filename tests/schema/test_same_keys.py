"""The schema and the reader of mappings know the same keys, codecs and words."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from tests.schema.documents import HEAD, SCHEMA, good, is_read
from translator import parser
from translator.reading import Reader

DEFINITIONS = SCHEMA["definitions"]
CODECS = DEFINITIONS["codec"]["properties"]
PARTS = {
    "a mapping": [SCHEMA],
    "a param": [DEFINITIONS["param"]],
    "a case": [DEFINITIONS["case"]],
    "a rule": [DEFINITIONS["rule"]],
    "'also'": [DEFINITIONS["also"]],
    "an alternative": [DEFINITIONS["alternative"]],
    "a table": [DEFINITIONS["table"]],
    "a one-way row": [DEFINITIONS["oneWayValue"], DEFINITIONS["oneWayRecord"]],
    "a refusal": [DEFINITIONS["refusedValue"], DEFINITIONS["refusedRecord"]],
    "carries": [SCHEMA["properties"]["carries"]],
    "this codec": list(CODECS.values()),
}
"""What the reader calls the parts of a mapping, and the schemas of each."""

Asked = tuple[dict[str, set[tuple[str, ...]]], set[tuple[str, ...]]]


def asked(*texts: str) -> Asked:
    """The keys and the words that the reader looks for while it reads these texts."""
    keys: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    words: set[tuple[str, ...]] = set()
    read_keys, read_word = Reader.keys, Reader.word

    def noted_keys(self: Reader, tree: Any, allowed: Any, what: str) -> Any:
        keys[what].add(tuple(sorted(allowed)))
        return read_keys(self, tree, allowed, what)

    def noted_word(self: Reader, tree: Any, known: Any) -> str:
        if tuple(known) != self.formats:
            words.add(tuple(sorted(known)))
        return read_word(self, tree, known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "keys", noted_keys)
        patch.setattr(Reader, "word", noted_word)
        for text in texts:
            is_read(text)
    return dict(keys), words


@cache
def asked_by_all() -> Asked:
    every = [f"{HEAD.format('one', 'two')}fields: {{a: {{is: b, as: {{{name}: {{}}}}}}}}\n"
             for name in CODECS]  # fmt: skip
    return asked(*(text for _, text in good()), *every)


def test_every_part_is_asked_for() -> None:
    """The reader has no part of a mapping that the schema has not, and the other way round."""
    keys, _ = asked_by_all()
    assert keys.keys() == PARTS.keys()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_the_same_keys(part: str) -> None:
    """Each part of a mapping has the same keys to the reader and in the schema."""
    keys, _ = asked_by_all()
    assert keys[part] == {tuple(sorted(one["properties"])) for one in PARTS[part]}


def test_the_parser_lists_the_same_keys() -> None:
    """The parser's own lists of keys are those of the schema."""
    assert sorted(parser._TOP) == sorted(SCHEMA["properties"])
    assert sorted(parser._FIELD) == sorted(DEFINITIONS["rule"]["properties"])


@pytest.mark.parametrize("name", CODECS)
def test_a_codec_has_the_same_options(name: str) -> None:
    """Each codec takes the same options by the schema as when it is read."""
    text = f"fields: {{a: {{is: b, as: {{{name}: {{}}}}}}}}\n"
    keys, _ = asked(HEAD.format("one", "two") + text)
    assert keys["this codec"] == {tuple(sorted(CODECS[name]["properties"]))}


def test_the_words_are_the_same() -> None:
    """The codecs, and every other place for one of a few words, have the same words in both."""
    _, words = asked_by_all()
    unfit = DEFINITIONS["rule"]["properties"]["unfit"]["const"]
    epochs = CODECS["date-time"]["properties"]["or"]["enum"]
    assert words == {(unfit,), tuple(sorted(epochs)), tuple(sorted(CODECS))}


def test_a_name_alone_is_a_codec_without_need() -> None:
    """A codec can be written by its name alone exactly if it needs no option."""
    head = HEAD.format("one", "two")
    alone = [name for name in CODECS if is_read(f"{head}fields: {{a: {{is: b, as: {name}}}}}\n")]
    assert sorted(DEFINITIONS["codec"]["then"]["enum"]) == sorted(alone)


def test_the_version_is_the_same() -> None:
    """The schema is of the version of the language that the reader reads."""
    assert SCHEMA["properties"]["version"]["const"] == parser.VERSION
