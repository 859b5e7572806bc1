"""Apply overlays: changes of a document, by the OpenAPI Overlay Specification 1.0.

An overlay is stricter here than the specification asks: an action that selects nothing is an
error, because a decision that no longer applies must not vanish. Beyond it, `remove` also takes
single values, such as one value of an enum.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from translator.errors import Diagnostic, Location, SpecError, did_you_mean, truncate
from translator.importing.jsonpath import JsonPathError, Node, find_nodes
from translator.language.yaml_tree import (
    YamlMap,
    YamlNode,
    YamlScalar,
    YamlSequence,
    parse_yaml,
    to_data,
)

_VERSION: Final = re.compile(r"1\.0\.\d+")

_ROOT_KEYS: Final = ("overlay", "info", "extends", "actions")

_INFO_KEYS: Final = ("title", "version")

_ACTION_KEYS: Final = ("target", "description", "update", "remove")

_EXAMPLE: Final = "write target: a JSONPath, and update: or remove: true"


@dataclass(frozen=True, slots=True)
class Action:
    """One change: remove what `target` selects, or merge `update` into it."""

    target: str
    description: str
    update: Any
    remove: bool
    location: Location


@dataclass(frozen=True, slots=True)
class Overlay:
    """The actions of an overlay, in the order in which they apply."""

    actions: tuple[Action, ...]

    def apply(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a changed copy of the document.

        Raises `SpecError` with an error for each action that cannot be applied.
        """
        # A copy by JSON shares nothing, so that a change in one place has no effect in another.
        changed: dict[str, Any] = json.loads(json.dumps(document))
        errors: list[Diagnostic] = []
        for action in self.actions:
            errors += _apply(action, changed)
        if errors:
            raise SpecError(errors)
        return changed


def read_overlay(content: bytes, file: str) -> Overlay:
    """Read an overlay from YAML or JSON; locations call it `file`.

    Raises `SpecError` with all problems, and `MappingError` for what is not strict YAML.
    """
    if not content.strip():
        raise SpecError([_form_error(Location(file, 1, 1), "the overlay is empty")])
    reader = _Reader()
    overlay = reader.read(parse_yaml(content, file))
    if reader.errors:
        raise SpecError(reader.errors)
    return overlay


def _form_error(location: Location, message: str, hint: str = "") -> Diagnostic:
    hint = hint or "write overlay: 1.0.0, info with title and version, and a list of actions"
    return Diagnostic("overlay-form", location, truncate(message), truncate(hint))


class _Reader:
    """Turns the tree of an overlay into its actions, and collects what is wrong with it."""

    def __init__(self) -> None:
        self.errors: list[Diagnostic] = []

    def read(self, root: YamlNode) -> Overlay:
        entries = self._entries(root, "an overlay", _ROOT_KEYS)
        if entries is None:
            return Overlay(())
        version = entries.get("overlay")
        if not (isinstance(version, YamlScalar) and _VERSION.fullmatch(version.raw)):
            location = root.location if version is None else version.location
            self._report(location, "an overlay states its version", "write overlay: 1.0.0")
        info = entries.get("info")
        if info is None:
            self._report(root.location, "info is missing")
        elif (titles := self._entries(info, "info", _INFO_KEYS)) is not None:
            for key in _INFO_KEYS:
                self._string(titles.get(key), info.location, key)
        if "extends" in entries:
            self._string(entries["extends"], root.location, "extends")
        actions = entries.get("actions")
        if not isinstance(actions, YamlSequence) or not actions.items:
            location = root.location if actions is None else actions.location
            self._report(location, "actions is a list of at least one action")
            return Overlay(())
        return Overlay(tuple(filter(None, map(self._action, actions.items))))

    def _action(self, node: YamlNode) -> Action | None:
        entries = self._entries(node, "an action", _ACTION_KEYS)
        if entries is None:
            return None
        target = self._string(entries.get("target"), node.location, "target")
        description = ""
        if "description" in entries:
            description = self._string(entries["description"], node.location, "description")
        remove = to_data(entries["remove"]) if "remove" in entries else False
        if not isinstance(remove, bool):
            self._report(
                entries["remove"].location, "remove is true or false", "write remove: true"
            )
        elif not remove and "update" not in entries:
            self._report(node.location, "this action changes nothing", _EXAMPLE)
        update = to_data(entries["update"]) if "update" in entries else None
        location = entries["target"].location if "target" in entries else node.location
        return Action(target, description, update, remove is True, location)

    def _entries(
        self, node: YamlNode, name: str, keys: tuple[str, ...]
    ) -> dict[str, YamlNode] | None:
        """Return the entries of a map; report keys that it cannot have."""
        if not isinstance(node, YamlMap):
            self._report(node.location, f"{name} is a map with {', '.join(keys)}")
            return None
        for key, _ in node.entries:
            if key.raw not in keys and not key.raw.startswith("x-"):
                hint = did_you_mean(key.raw, keys) or f"known: {', '.join(keys)}"
                self._report(key.location, f"{name} has no key {key.raw!r}", hint)
        return {key.raw: value for key, value in node.entries}

    def _string(self, node: YamlNode | None, around: Location, key: str) -> str:
        if isinstance(node, YamlScalar) and node.raw:
            return node.raw
        location = around if node is None else node.location
        self._report(location, f"{key} is missing or not a string", f"write {key}: and a string")
        return ""

    def _report(self, location: Location, message: str, hint: str = "") -> None:
        self.errors.append(_form_error(location, message, hint))


def _apply(action: Action, document: dict[str, Any]) -> Iterator[Diagnostic]:
    """Apply an action to the document itself; yield what prevents it."""
    try:
        nodes = find_nodes(action.target, document)
    except JsonPathError as error:
        message = f"the target {action.target!r} is not a JSONPath that is supported: {error}"
        hint = "write names, indexes, [*], .. and filters such as [?@.name == 'id']"
        yield _error("overlay-target", action, message, hint)
        return
    if not nodes:
        message = f"the target {action.target!r} selects nothing in the imported spec"
        hint = "the published spec changed, or the path is wrong: correct it, or remove the action"
        yield _error("overlay-target", action, message, hint)
    elif action.remove:
        yield from _remove(action, nodes)
    else:
        for node in nodes:
            # Each target gets values of its own, which later actions can change.
            problem = _update(node.value, copy.deepcopy(action.update))
            if problem:
                hint = "remove the old value by an action before this one"
                yield _error("overlay-update", action, problem, hint)
                return


def _remove(action: Action, nodes: list[Node]) -> Iterator[Diagnostic]:
    if any(node.container is None for node in nodes):
        message, hint = "the whole document cannot be removed", "select a part of it"
        yield _error("overlay-update", action, message, hint)
        return
    # From the end, so that the indexes of the others stay right.
    for node in sorted(nodes, key=lambda node: node.key if isinstance(node.key, int) else 0)[::-1]:
        del node.container[node.key]


def _update(target: Any, update: Any) -> str:
    """Merge an update into an object, or append it to a list; return what prevents it."""
    if isinstance(target, list):
        target.extend(update if isinstance(update, list) else [update])
        return ""
    if not isinstance(target, dict):
        return f"the target is {_kind(target)}; only objects and lists are updated"
    if not isinstance(update, dict):
        return f"the target is an object, but the update is {_kind(update)}"
    return _merge(target, update, "")


def _merge(target: dict[str, Any], update: dict[str, Any], place: str) -> str:
    for key, value in update.items():
        old, path = target.get(key), f"{place}/{key}"
        if key not in target:
            target[key] = value
        elif isinstance(old, dict) and isinstance(value, dict):
            if problem := _merge(old, value, path):
                return problem
        elif isinstance(old, list) and isinstance(value, list):
            old.extend(value)
        elif isinstance(old, (dict, list)) or isinstance(value, (dict, list)):
            return f"{path} of the update is {_kind(value)}, and of the target {_kind(old)}"
        else:
            target[key] = value
    return ""


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else "a single value"


def _error(code: str, action: Action, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, action.location, truncate(message), truncate(hint))
