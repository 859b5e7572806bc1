"""Strict YAML: values, locations and errors."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, MappingError
from translator.language import yaml_tree
from translator.language.yaml_tree import YamlMap, YamlScalar, YamlSequence, parse_yaml, to_data

LOADERS = [
    pytest.param(getattr(yaml, "CSafeLoader", yaml.SafeLoader), id="c"),
    pytest.param(yaml.SafeLoader, id="python"),
]


@pytest.fixture(params=LOADERS, autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with both parsers of PyYAML."""
    monkeypatch.setattr(yaml_tree, "_LOADER", request.param)


def problems(text: bytes | str) -> tuple[Diagnostic, ...]:
    with pytest.raises(MappingError) as caught:
        parse_yaml(text, "m.yaml")
    return caught.value.diagnostics


def places(text: bytes | str) -> list[tuple[str, int, int]]:
    return [
        (finding.code, finding.location.line, finding.location.column) for finding in problems(text)
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("nULL", "nULL"),
        ("010", 10),
        ("+7", 7),
        ("-0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:20", "1:20"),
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("-1e3", -1000.0),
        ("1e", "1e"),
        (".", "."),
        ("18446744073709551617", 2**64 + 1),
        ("\u0661\u0662", "\u0661\u0662"),
        ("'true'", "true"),
        ('"1"', "1"),
        ('""', ""),
        ("items[].id", "items[].id"),
    ],
)
def test_scalar(written: str, value: object) -> None:
    """An unquoted scalar means what the YAML 1.2 core schema says; a quoted one is a string."""
    data = to_data(parse_yaml(f"a: {written}\n", "m.yaml"))
    assert data == {"a": value}
    assert isinstance(data, dict)
    assert type(data["a"]) is type(value)


def test_locations() -> None:
    """Every key and value has a line and column, counted from 1."""
    tree = parse_yaml("# first\na:\n  - no\n  - {b: 'x'}\n", "m.yaml")
    assert tree == YamlMap(
        (
            (
                YamlScalar("a", Location("m.yaml", 2, 1), "a"),
                YamlSequence(
                    (
                        YamlScalar("no", Location("m.yaml", 3, 5), "no"),
                        YamlMap(
                            (
                                (
                                    YamlScalar("b", Location("m.yaml", 4, 6), "b"),
                                    YamlScalar("x", Location("m.yaml", 4, 9), "x"),
                                ),
                            ),
                            Location("m.yaml", 4, 5),
                        ),
                    ),
                    Location("m.yaml", 3, 3),
                ),
            ),
        ),
        Location("m.yaml", 2, 1),
    )


@pytest.mark.parametrize("key", ["no", "on", "1", "010", "1.50", "null", "~", "2024-05-01", "true"])
def test_keys_are_strings(key: str) -> None:
    """A key is a string, whatever it would be as a value."""
    assert to_data(parse_yaml(f"{key}: 1", "m.yaml")) == {key: 1}


def test_order() -> None:
    """A map preserves the order of the file."""
    tree = parse_yaml("b: 1\na: 2\nc: 3\n", "m.yaml")
    assert isinstance(tree, YamlMap)
    assert [key.raw for key, _ in tree.entries] == ["b", "a", "c"]


def test_byte_order_mark() -> None:
    """A byte order mark at the start is skipped, in bytes and in strings."""
    assert to_data(parse_yaml(b"\xef\xbb\xbfa: 1", "m.yaml")) == {"a": 1}
    assert to_data(parse_yaml("\ufeffa: 1", "m.yaml")) == {"a": 1}


def test_windows_lines() -> None:
    """Lines can end with CRLF."""
    assert to_data(parse_yaml(b"a: b\r\nc: d\r\n", "m.yaml")) == {"a": "b", "c": "d"}
    assert places(b"a: 1\r\n\r\na: 2\r\n") == [("yaml-duplicate-key", 3, 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", [("yaml-duplicate-key", 3, 1)]),
        ("x: {a: 1, 'a': 2}", [("yaml-duplicate-key", 1, 11)]),
        ("1: a\n'1': b", [("yaml-duplicate-key", 2, 1)]),
        ("a: &x 1\nb: 2", [("yaml-alias", 1, 4)]),
        ("a: *x", [("yaml-alias", 1, 4)]),
        ("*x : a", [("yaml-alias", 1, 1)]),
        ("a: &x {b: 1}", [("yaml-alias", 1, 4)]),
        ("<<: {a: 1}", [("yaml-merge", 1, 1)]),
        ("a: !!int 1", [("yaml-tag", 1, 4)]),
        ("a: !mine {}", [("yaml-tag", 1, 4)]),
        ("a: !!python/object/apply:os.system [ls]", [("yaml-tag", 1, 4)]),
        ("? [a]\n: 1", [("yaml-key", 1, 3)]),
        ("? {a: b}\n: 1", [("yaml-key", 1, 3)]),
        ("?\n: 1", [("yaml-key", 1, 2)]),
        ("a: .inf", [("yaml-number", 1, 4)]),
        ("a: -.INF", [("yaml-number", 1, 4)]),
        ("a: .nan", [("yaml-number", 1, 4)]),
        ("a: 1e999", [("yaml-number", 1, 4)]),
        ("a: " + "9" * 5000, [("yaml-number", 1, 4)]),
        ("a: 0x" + "f" * 5000, [("yaml-number", 1, 4)]),
        ("a: 1\n---\nb: 2", [("yaml-documents", 2, 1)]),
        ("", [("yaml-empty", 1, 1)]),
        ("# only this\n", [("yaml-empty", 1, 1)]),
        ("---\n", [("yaml-empty", 1, 1)]),
        (b"a: 1\nb: \xff", [("yaml-encoding", 2, 4)]),
        ("a: 1\nb: \x00", [("yaml-encoding", 2, 4)]),
        ("a: \ud800", [("yaml-encoding", 1, 4)]),
        ("a:\n\tb: 1", [("yaml-syntax", 2, 1)]),
        ("a: b: c", [("yaml-syntax", 1, 5)]),
        ("a: 1\n b: 2", [("yaml-syntax", 2, 3)]),
        ("a: @x", [("yaml-syntax", 1, 4)]),
        ("a: ]", [("yaml-syntax", 1, 4)]),
        ("%YAML 2.0\n---\na: 1", [("yaml-syntax", 1, 1)]),
        ("a: 1\na: 2\nb: b: c", [("yaml-duplicate-key", 2, 1), ("yaml-syntax", 3, 5)]),
    ],
)
def test_refused(text: bytes | str, expected: list[tuple[str, int, int]]) -> None:
    """Features that mappings must not use have a code, line and column."""
    assert places(text) == expected


def test_all_at_once() -> None:
    """All errors of a file are reported at once, in the order of the file."""
    text = "a: 1\na: 2\nb: &x 1\nc: !t 1\n<<: {d: 1}\ne: .nan\n"
    assert places(text) == [
        ("yaml-duplicate-key", 2, 1),
        ("yaml-alias", 3, 4),
        ("yaml-tag", 4, 4),
        ("yaml-merge", 5, 1),
        ("yaml-number", 6, 4),
    ]


def test_the_number_of_errors_is_limited() -> None:
    """Parsing stops after the maximum number of errors."""
    assert len(problems("a: 1\n" * 10_000)) == MAX_DIAGNOSTICS


def test_messages() -> None:
    """A message says what is wrong and what to do, in other words than PyYAML's."""
    assert str(problems("a:\n\tb: 1")[0]) == (
        "m.yaml:2:1: error[yaml-syntax]: a tab is not allowed here (indent with spaces)"
    )
    assert str(problems("a: 1\nb: 2\na: 3")[0]) == (
        "m.yaml:3:1: error[yaml-duplicate-key]: the key 'a' is in this map twice "
        "(line 1 has it first; keep one)"
    )
    assert "quote a string that contains ': '" in problems("a: b: c")[0].hint


@pytest.mark.parametrize("opener", ["[", "{", "- ", "? ", "{a: ", "- - ? ", "[{"])
def test_deep(opener: str) -> None:
    """Endless nesting is one error, and stops the parser."""
    assert [finding.code for finding in problems(opener * 100_000)] == ["yaml-depth"]


def test_depth_allowed() -> None:
    """Lists can be nested up to the limit, and no deeper."""
    limit = yaml_tree.MAX_DEPTH
    parse_yaml("[" * limit + "]" * limit, "m.yaml")
    assert places("[" * (limit + 1) + "]" * (limit + 1)) == [("yaml-depth", 1, limit + 1)]


def test_size() -> None:
    """A file that is too long is not parsed."""
    text = b"a: " + b"x" * yaml_tree.MAX_BYTES
    assert [finding.code for finding in problems(text)] == ["yaml-size"]


@pytest.mark.parametrize(
    "text",
    [
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\UFFFFFFFF"',
        '"\\xZZ"',
        "%YAML 1." + "9" * 5000 + "\n--- a",
        "%TAG ! x\n%TAG ! y\n--- a",
        "'never closed",
        "a: |9\n x",
        "a: |\n\tx",
        "- a\nb: 1",
        "[a, b",
        "a: {b: 1",
        "...",
        "&",
        "*",
        "!<",
        "|",
        ">",
    ],
)
def test_odd_syntax(text: str) -> None:
    """Other syntax errors are diagnostics, too."""
    try:
        to_data(parse_yaml(text, "m.yaml"))
    except MappingError as error:
        assert all(finding.message for finding in error.diagnostics)


YAML_LIKE = st.lists(
    st.sampled_from(
        [*"[]{}:,-?&*!|>'\"%@`#~\t\n 0a.<\\", "\r\n", "---\n", "...\n", "\\u", "\u2028", "\x85"]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=200, deadline=None)
@given(st.one_of(YAML_LIKE, st.text(), st.binary()))
def test_any_string(text: bytes | str) -> None:
    """Any bytes or string gives a tree or a `MappingError`."""
    try:
        to_data(parse_yaml(text, "m.yaml"))
    except MappingError as error:
        assert error.diagnostics
        assert all(finding.location.file == "m.yaml" for finding in error.diagnostics)
