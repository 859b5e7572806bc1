"""Which nodes a JSONPath expression selects, and what is not an expression."""

from __future__ import annotations

import json
from typing import Any

import pytest

from translator.importing.jsonpath import JsonPathError, find_nodes

DOCUMENT: dict[str, Any] = {
    "info": {"title": "a"},
    "list": [{"x": "y", "n": 1}, {"x": "z", "n": True}, {"n": None}, "text", 7],
    "deep": {"x": {"x": "y"}, "it's": 1, 'say "hi"': 2, "x-y": 3, "$ref": 4, "\u00e9": 5},
}
LIST, DEEP = DOCUMENT["list"], DOCUMENT["deep"]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("$", [DOCUMENT]),
        ("$.info.title", ["a"]),
        ("$['info'][\"title\"]", ["a"]),
        ("$ .info [ 'title' ]", ["a"]),
        ("$.list[0].x", ["y"]),
        ("$.list[-1]", [7]),
        ("$.list[5]", []),
        ("$.list[-6]", []),
        ("$.info[0]", []),
        ("$.list.x", []),
        ("$.list[0,1].x", ["y", "z"]),
        ("$.list[0,0].x", ["y"]),
        ("$.list[*].n", [1, True, None]),
        ("$.info.*", ["a"]),
        ("$..title", ["a"]),
        ("$..x", ["y", "z", {"x": "y"}, "y"]),
        ("$..[0]", [LIST[0]]),
        ("$.info..*", ["a"]),
        ("$..['x', 'title']", ["a", "y", "z", {"x": "y"}, "y"]),
        (r"$.deep['it\'s']", [1]),
        ('$.deep["it\'s"]', [1]),
        ("$.deep['say \"hi\"']", [2]),
        (r"$.deep['\u00e9', 'x-y']", [5, 3]),
        ("$.deep.\u00e9", [5]),
        ("$.list[?@.x=='y'].n", [1]),
        ("$.list[?(@.x == 'y')].n", [1]),
        ('$.list[?@.x == "y"].n', [1]),
        ("$.list[?@.x != 'y'].n", [True, None]),
        ("$.list[?@.x].n", [1, True]),
        ("$.list[?!@.x].n", [None]),
        ("$.list[?!(@.x == 'y')].n", [True, None]),
        ("$.list[?@.n == 1].x", ["y"]),
        ("$.list[?@.n == 1.0].x", ["y"]),
        ("$.list[?@.n == true].x", ["z"]),
        ("$.list[?@.n == null]", [{"n": None}]),
        ("$.list[?@.x == 'y' || @.x == 'z' && @.n == 1].n", [1]),
        ("$.list[?(@.x == 'y' || @.x == 'z') && @.n == true].n", [True]),
        ("$.list[?@ == 'text']", ["text"]),
        ("$.list[?'y' == @['x']].n", [1]),
        ("$.list[?@.a == @.b].n", [1, True, None]),
        ("$.deep[?@.x]", [{"x": "y"}]),
        ("$[?@[?@.n == 1]]", [LIST]),
        ("$[?@..title]", [DOCUMENT["info"]]),
    ],
)
def test_nodes(expression: str, values: list[Any]) -> None:
    """An expression selects these values, each node once."""
    found = [node.value for node in find_nodes(expression, DOCUMENT)]
    assert json.dumps(found) == json.dumps(values)


@pytest.mark.parametrize("expression", ["$.deep.*", "$..x", "$.list[*]", "$.list[?@.n]"])
def test_a_node_is_where_its_container_has_it(expression: str) -> None:
    """A node has the container and the key of its value."""
    nodes = find_nodes(expression, DOCUMENT)
    assert nodes
    assert all(node.container[node.key] is node.value for node in nodes)


@pytest.mark.parametrize(
    ("expression", "character", "problem"),
    [
        ("", 1, "begins with $"),
        ("info", 1, "begins with $"),
        ("$info", 2, "'.' or '['"),
        ("$.", 3, "a name is expected"),
        ("$.info.", 8, "a name is expected"),
        ("$.x-y", 3, "['x-y']"),
        ("$.deep.$ref", 8, "['$ref']"),
        ("$.list[", 8, "a quoted name"),
        ("$.list[info]", 8, "a quoted name"),
        ("$.list[0", 9, "']' is expected"),
        ("$.list[01]", 9, "']' is expected"),
        ("$.list[0:1]", 9, "slices are not supported"),
        ("$.list['x]", 8, "a quoted name"),
        (r"$['\q']", 3, "escape"),
        ("$['a\nb']", 3, "escape"),
        ("$[?@.x = 'y']", 8, "=="),
        ("$[?@.x < 3]", 8, "only == and !="),
        ("$[?length(@.x) == 3]", 4, "functions"),
        ("$[?@.length() == 3]", 12, "functions"),
        ("$[?$.info == 3]", 4, "$ are not supported"),
        ("$[?'a']", 7, "a comparison"),
        ("$[?(@.x == 'y']", 15, "')' is expected"),
        ("$[?@.* == 'y']", 4, "names and indexes"),
        ("$[?@..x == 'y']", 4, "names and indexes"),
        ("$[?@['a','b'] == 'y']", 4, "names and indexes"),
        ("$[?" + "!" * 1000, 54, "nested too deeply"),
        ("$" + "[?@" * 1000, 154, "nested too deeply"),
    ],
)
def test_no_expression(expression: str, character: int, problem: str) -> None:
    """An expression that cannot be read is an error that names the character and the problem."""
    with pytest.raises(JsonPathError) as raised:
        find_nodes(expression, DOCUMENT)
    assert f"character {character}: " in str(raised.value), str(raised.value)
    assert problem in str(raised.value)
