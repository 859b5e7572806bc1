"""Overlays: how they are read, what their actions do, and which ones are errors."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from translator.errors import MappingError, SpecError
from translator.importing.overlay import read_overlay

DOCUMENT: dict[str, Any] = {
    "info": {"title": "a"},
    "properties": {
        "id": {"type": "string", "maxLength": 9},
        "kind": {"type": "string", "enum": ["a", "b", "c"]},
        "note": {"type": "string"},
    },
    "required": ["id"],
}

HEAD = "overlay: 1.0.0\ninfo: {title: Decisions, version: 1}\n"


def apply(actions: str, document: dict[str, Any] = DOCUMENT) -> Any:
    """Apply an overlay with these actions, and see to it that the document stays as it was."""
    before = copy.deepcopy(document)
    overlay = read_overlay(f"{HEAD}actions:\n{actions}".encode(), "acme.overlay.yaml")
    changed = overlay.apply(document)
    assert document == before
    return changed


def errors_of(text: str, document: dict[str, Any] = DOCUMENT) -> list[str]:
    """Return the errors of a whole overlay, each as `line:column: code: message (hint)`."""
    with pytest.raises(SpecError) as raised:
        read_overlay(text.encode(), "o.yaml").apply(document)
    return [str(each).removeprefix("o.yaml:") for each in raised.value.diagnostics]


def test_an_update_is_merged() -> None:
    """Objects are merged recursively, lists are appended, other values are replaced."""
    changed = apply("""
- target: $
  description: a reason
  update:
    properties: {id: {maxLength: 5, pattern: x}, more: {type: integer}}
    required: [kind]
    x-new: [1]
""")
    assert changed == {
        "info": {"title": "a"},
        "properties": {
            "id": {"type": "string", "maxLength": 5, "pattern": "x"},
            "kind": DOCUMENT["properties"]["kind"],
            "note": {"type": "string"},
            "more": {"type": "integer"},
        },
        "required": ["id", "kind"],
        "x-new": [1],
    }


@pytest.mark.parametrize(
    ("update", "expected"),
    [("kind", ["id", "kind"]), ("[kind, x]", ["id", "kind", "x"]), ("{a: 1}", ["id", {"a": 1}])],
)
def test_a_list_is_appended_to(update: str, expected: list[Any]) -> None:
    """An update of a list is appended; of a list, each element."""
    assert apply(f"- {{target: $.required, update: {update}}}")["required"] == expected


def test_every_node_is_updated_on_its_own() -> None:
    """Each selected node gets values of its own: later actions change one of them only."""
    changed = apply("""
- {target: '$.properties.*', update: {x-list: [1], x-object: {}}}
- {target: $.properties.id, update: {x-list: [2], x-object: {a: 1}}}
""")
    lists = [schema["x-list"] for schema in changed["properties"].values()]
    assert lists == [[1, 2], [1], [1]]
    assert changed["properties"]["kind"]["x-object"] == {}


def test_shared_parts_of_a_document_change_alone() -> None:
    """Objects that the document has in two places are changed in the selected place only."""
    shared = {"type": "string"}
    changed = apply("- {target: $.a, update: {type: integer}}", {"a": shared, "b": shared})
    assert changed == {"a": {"type": "integer"}, "b": {"type": "string"}}


@pytest.mark.parametrize(
    ("target", "place", "expected"),
    [
        ("$.properties.note", ["properties"], {"id", "kind"}),
        ("$.properties[?@.enum]", ["properties"], {"id", "note"}),
        ("$.properties.id.maxLength", ["properties", "id"], {"type"}),
        ("$.properties.kind.enum[?@ == 'b']", ["properties", "kind", "enum"], {"a", "c"}),
        ("$.properties.kind.enum[0,1]", ["properties", "kind", "enum"], {"c"}),
        ("$..enum[*]", ["properties", "kind", "enum"], set()),
        ("$.properties..*", ["properties"], set()),
    ],
)
def test_what_is_selected_is_removed(target: str, place: list[str], expected: set[str]) -> None:
    """`remove` removes properties, elements of lists, and single values."""
    changed = apply(f'- {{target: "{target}", remove: true}}')
    for step in place:
        changed = changed[step]
    assert set(changed) == expected


def test_actions_apply_in_order() -> None:
    """An action sees what the ones before it have done: an enum is replaced in two steps."""
    changed = apply("""
- {target: $.properties.kind.enum, remove: true}
- {target: $.properties.kind, update: {enum: [b]}}
""")
    assert changed["properties"]["kind"] == {"type": "string", "enum": ["b"]}


def test_remove_takes_precedence() -> None:
    """As the specification says, an update has no effect beside `remove: true`."""
    assert "info" not in apply("- {target: $.info, update: {a: 1}, remove: true}")
    assert apply("- {target: $.info, update: {a: 1}, remove: false}")["info"]["a"] == 1


def test_json_and_extensions() -> None:
    """An overlay can be written in JSON, and have `extends` and keys that begin with `x-`."""
    overlay = {
        "overlay": "1.0.1",
        "info": {"title": "t", "version": "1", "x-a": 1},
        "extends": "https://example.com/a.json",
        "x-b": 1,
        "actions": [{"target": "$.info", "update": {"title": "\u00e9"}, "x-c": 1}],
    }
    for text in (json.dumps(overlay), json.dumps(overlay, indent="\t", ensure_ascii=False)):
        changed = read_overlay(text.encode(), "o.json").apply(DOCUMENT)
        assert changed["info"]["title"] == "\u00e9"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: error[overlay-form]: the overlay is empty"),
        ("[]", "1:1: error[overlay-form]: an overlay is a map"),
        ("text", "1:1: error[overlay-form]: an overlay is a map"),
        (HEAD, "1:1: error[overlay-form]: actions is a list"),
        (f"{HEAD}actions: []", "3:10: error[overlay-form]: actions is a list"),
        (f"{HEAD}actions: [1]", "3:11: error[overlay-form]: an action is a map"),
        (f"{HEAD}actions: [{{update: {{}}}}]", "3:11: error[overlay-form]: target is missing"),
        (f"{HEAD}actions: [{{target: [], remove: true}}]", "3:20: error[overlay-form]: target is"),
        (f"{HEAD}actions: [{{target: $}}]", "3:11: error[overlay-form]: this action changes"),
        (f"{HEAD}actions: [{{target: $, remove: yes}}]", "3:31: error[overlay-form]: remove is"),
        (f"{HEAD}actions: [{{taget: $, target: $, update: {{}}}}]", "(did you mean 'target'?)"),
        (f"{HEAD}more: 1\nactions: [{{target: $, update: {{}}}}]", "3:1: error[overlay-form]"),
        (HEAD.replace("1.0.0", "2.0.0") + "actions: [{target: $, update: {}}]", "overlay: 1.0.0"),
        ("overlay: 1.0.0\nactions: [{target: $, update: {}}]", "info is missing"),
        ("overlay: 1.0.0\ninfo: {title: t}\nactions: [{target: $, update: {}}]", "version is"),
    ],
)
def test_no_overlay(text: str, expected: str) -> None:
    """What is not an overlay is one error with line and column."""
    (error,) = errors_of(text)
    assert expected in error


def test_all_mistakes_are_reported() -> None:
    """Every mistake of an overlay is reported in one run, and every action without effect."""
    assert len(errors_of("actions: [{target: $}, 1]")) == 4
    actions = "".join(f"- {{target: $.no{index}, update: {{}}}}\n" for index in range(3))
    errors = errors_of(f"{HEAD}actions:\n{actions}")
    assert [error.partition(":")[0] for error in errors] == ["4", "5", "6"]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (
            "target: $.nothing, update: {}",
            "overlay-target]: the target '$.nothing' selects nothing",
        ),
        ("target: $.nothing, remove: true", "overlay-target]: the target '$.nothing' selects"),
        (
            "target: nothing, remove: true",
            "overlay-target]: the target 'nothing' is not a JSONPath",
        ),
        ("target: '$.a[0:1]', update: {}", "character 6: ']' is expected here; slices are not"),
        ("target: $, remove: true", "overlay-update]: the whole document cannot be removed"),
        ("target: $.info.title, update: x", "overlay-update]: the target is a single value"),
        ("target: $.info, update: [x]", "the target is an object, but the update is a list"),
        ("target: $.info, update: x", "the target is an object, but the update is a single value"),
        ("target: $, update: {info: {title: {}}}", "/info/title of the update is an object"),
        ("target: $, update: {info: {title: [x]}}", "a list, and of the target a single value"),
        (
            "target: $, update: {info: x}",
            "/info of the update is a single value, and of the target",
        ),
        ("target: $, update: {required: x}", "a single value, and of the target a list"),
    ],
)
def test_an_action_that_cannot_be_applied(action: str, expected: str) -> None:
    """An action without effect, or with an update of another kind, is an error at its target."""
    (error,) = errors_of(f"{HEAD}actions:\n- {{{action}}}")
    assert error.startswith("4:12: error[overlay-")
    assert expected in error


def test_a_file_that_is_not_yaml() -> None:
    """Syntax errors and duplicate keys are those of strict YAML, with line and column."""
    for text in (f"{HEAD}actions: [", f"{HEAD}info: {{}}\nactions: []", "\xff"):
        with pytest.raises(MappingError, match=r"o\.yaml:\d+:\d+: error\[yaml-"):
            read_overlay(text.encode("latin-1"), "o.yaml")
