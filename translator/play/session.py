"""What the page of the playground asks for, as data for JSON: formats, a pair, results, saving.

The page names formats and mappings, never files. The only files that are written are those of
mappings in the caller's folders.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from threading import Lock
from typing import Any, Final, NamedTuple

from translator.analysis.explain import Explanation
from translator.catalog.catalog import Catalog, FormatPair
from translator.catalog.discovery import MappingKey, route_keys, routes_from
from translator.crosswalk import Crosswalk
from translator.errors import Diagnostic, MappingError, SpecError, TranslationError
from translator.language.examples import Example
from translator.play.checker import Checker
from translator.play.evaluate import Evaluator
from translator.report.events_page import render_event_svg
from translator.report.explain import to_data

Data = dict[str, Any]

MAX_EVENTS: Final = 200
"""Maximum number of events of the caller's file, and of examples of a mapping, in the menu."""

_MAX_LABEL: Final = 60


class Refusal(Exception):
    """A request cannot be met: the status of the reply, and a message for its user."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


class Start(NamedTuple):
    """What the page shows first: a pair of formats, and events from the caller's file."""

    source: str = ""
    target: str = ""
    events: tuple[str, ...] = ()
    file: str = ""


class Arguments(NamedTuple):
    """Params and opt-ins to begin a pair with, and the crosswalks that always apply."""

    params: Mapping[str, Any]
    allow: Sequence[str]
    crosswalks: Mapping[str, Crosswalk]


class Session:
    """The playground of one process; `arguments` gives the arguments of a pair of formats.

    Requests may come from several threads; they take turns. Only complete checks, which take
    longer, run beside the others.
    """

    def __init__(
        self,
        catalog: Catalog,
        start: Start = Start(),  # noqa: B008
        *,
        writes: bool = False,
        arguments: Callable[[str, str], Arguments] | None = None,
    ) -> None:
        self._catalog, self._start, self._writes = catalog, start, writes
        self._arguments = arguments or (lambda source, target: Arguments({}, (), {}))
        self._evaluator, self._checker = Evaluator(catalog), Checker(catalog.folders)
        self._evaluating, self._checking, self._saving = Lock(), Lock(), Lock()
        self._latest: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        """End the process that checks mappings."""
        self._checker.close()

    def start(self, _: Data) -> Data:
        """Return the formats, the targets of each, and what to show first."""
        keys = self._catalog.folders.mapping_files()
        formats = self._catalog.formats()
        targets = {
            name: sorted(set(routes_from(name, keys)).intersection(formats)) for name in formats
        }
        source = self._start.source or next((name for name in formats if targets[name]), "")
        target = self._start.target or next(iter(targets.get(source, ())), "")
        return {
            "targets": {name: names for name, names in targets.items() if names},
            "source": source,
            "target": target,
            "event": next(iter(self._start.events), ""),
            "writes": self._writes,
        }

    def pair(self, request: Data) -> Data:
        """Return the mappings of the route between two formats, and examples of events."""
        route = self._route(request)
        mappings = [self._describe_mapping(key) for key in route_keys(route)]
        params, allow, _ = self._arguments(route[0], route[-1])
        return {
            "route": route,
            "mappings": mappings,
            "examples": self._examples(route),
            "params": {name: str(value) for name, value in params.items()},
            "allow": list(allow),
        }

    def evaluate(self, request: Data) -> Data:
        """Translate an event with the texts of mappings; see `Evaluator.evaluate`.

        A request that a later one of the same page has overtaken is refused.
        """
        route = self._route(request)
        texts, names = self._texts(request, route)
        event = _string(request, "event")
        params = _object(request, "params")
        allow = request.get("allow", [])
        if not isinstance(allow, list) or not all(isinstance(name, str) for name in allow):
            raise Refusal(400, "'allow' must be a list of strings")
        tables = self._arguments(route[0], route[-1]).crosswalks
        with self._turn("evaluate", request, self._evaluating):
            result = self._evaluator.evaluate(route, texts, names, event, params, allow, tables)
        explanation = result.explanation
        return {
            "findings": list(map(_finding_data, result.findings)),
            "pair": result.pair and _pair_data(result.pair, tables),
            "eventError": result.event_error,
            "argumentError": result.argument_error,
            "explanation": explanation and to_data(explanation),
            "kept": explanation and _count_kept(explanation),
            "picture": explanation and render_event_svg(self._catalog, explanation),
        }

    def check(self, request: Data) -> Data:
        """Return the findings of the mappings of a route; see `Evaluator.check`."""
        route = self._route(request)
        texts, names = self._texts(request, route)
        if request.get("complete"):
            with self._turn("complete", request, self._checking):
                findings = self._checker.check(route, texts, names)
        else:
            with self._turn("check", request, self._evaluating):
                findings = self._evaluator.check(route, texts, names, complete=False)
        return {"findings": list(map(_finding_data, findings))}

    @contextmanager
    def _turn(self, action: str, request: Data, lock: Lock) -> Iterator[None]:
        """Wait for a lock; refuse a request that a later one of the same page has overtaken."""
        page, number = (action, _string(request, "page")), request.get("number", 0)
        if not isinstance(number, int):
            raise Refusal(400, "'number' must be a number")
        self._latest[page] = max(number, self._latest.pop(page, 0))
        while len(self._latest) > MAX_EVENTS:
            del self._latest[next(iter(self._latest))]
        with lock:
            if self._latest.get(page, 0) > number:
                raise Refusal(409, "a later request has overtaken this one")
            yield

    def save(self, request: Data) -> Data:
        """Write the text of a mapping to its file, unless the file has changed since it was read.

        `seen` is the hash of the file as the page knows it. A file that has changed is a conflict,
        and the reply has its text.
        """
        route = self._route(request)
        texts, names = self._texts(request, route)
        name, seen = _string(request, "mapping"), _string(request, "seen")
        key = next((key for key in route_keys(route) if names[key] == name), None)
        if key is None:
            raise Refusal(400, f"the route has no mapping {name!r}")
        if problem := self._why_not_written(key):
            raise Refusal(403, problem)
        path = self._catalog.folders.mapping_files()[key]
        with self._saving:
            current = self._read(key)
            if _hash(current) != seen:
                problem = f"{name} has changed on disk since this page read it"
                return {"conflict": problem, "text": current, "seen": _hash(current)}
            text = texts[key]
            if "\r\n" in current:  # browsers have only line feeds
                text = text.replace("\r\n", "\n").replace("\n", "\r\n")
            try:
                _replace_file(os.path.realpath(path), text.encode())
            except OSError as error:
                raise Refusal(500, f"cannot write {path}: {error.strerror}") from error
        return {"seen": _hash(text), "saved": path}

    def _route(self, request: Data) -> list[str]:
        source, target = _string(request, "source"), _string(request, "target")
        try:
            return self._catalog.route(source, target)
        except TranslationError as error:
            raise Refusal(400, error.message) from error
        except SpecError as error:
            raise Refusal(422, str(error)) from error

    def _texts(
        self, request: Data, route: Sequence[str]
    ) -> tuple[dict[MappingKey, str], dict[MappingKey, str]]:
        """Return the texts of the mappings of a route, edited or as on disk, and their names."""
        edited = _object(request, "texts")
        texts: dict[MappingKey, str] = {}
        names: dict[MappingKey, str] = {}
        for key in route_keys(route):
            names[key] = self._name(key)
            text = edited.get(names[key])
            if text is not None and not isinstance(text, str):
                raise Refusal(400, "'texts' must have strings")
            texts[key] = self._read(key) if text is None else text
            try:
                texts[key].encode()
            except UnicodeEncodeError:
                problem = f"{names[key]} has a lone surrogate, not a character"
                raise Refusal(400, problem) from None
        return texts, names

    def _name(self, key: MappingKey) -> str:
        return os.path.basename(self._catalog.folders.mapping_files()[key])

    def _read(self, key: MappingKey) -> str:
        path = self._catalog.folders.mapping_files()[key]
        try:
            with open(path, encoding="utf-8", newline="") as file:
                return file.read()
        except OSError as error:
            raise Refusal(422, f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise Refusal(422, f"{path} is not UTF-8; save it as UTF-8") from error

    def _describe_mapping(self, key: MappingKey) -> Data:
        text = self._read(key)
        why_not = self._why_not_written(key)
        return {"name": self._name(key), "text": text, "seen": _hash(text), "whyNot": why_not}

    def _why_not_written(self, key: MappingKey) -> str:
        """Say why a mapping cannot be saved; empty if it can."""
        folders = self._catalog.folders
        path = folders.mapping_files()[key]
        if not self._writes:
            return "nothing is saved without --write; start `translator play` with it"
        given = [folder for folder, kinds in folders.given.items() if "mapping" in kinds]
        if os.path.normpath(os.path.dirname(path)) not in given:
            advice = "copy it to a folder of your own, and name that with --mappings"
            return f"{os.path.basename(path)} is a shipped mapping; {advice}"
        if os.path.dirname(os.path.realpath(path)) not in map(os.path.realpath, given):
            return f"{path} is a link to a file outside the folders of --mappings"
        return ""

    def _examples(self, route: Sequence[str]) -> list[Data]:
        """List the events of the caller's file and the examples of the mappings of a route."""
        source, examples = route[0], list[Data]()
        if source == self._start.source or not self._start.source:
            for number, text in enumerate(self._start.events, 1):
                examples.append(
                    {"group": self._start.file, "label": f"line {number}", "event": text}
                )
        key = route_keys(route)[0]
        with suppress(MappingError):
            mapping = self._catalog.mapping(key)
            for example in self._catalog.examples(key)[:MAX_EVENTS]:
                events = example.left if mapping.left == source else example.right
                if example.applies(to_left=mapping.right == source) and events:
                    examples.append(_example_data(example, events[0]))
        return examples


def _example_data(example: Example, event: Any) -> Data:
    file, line, *_ = example.location
    label = f"{example.about or 'example'}, line {line}"
    if example.refusal_code:
        label += f" (refused: {example.refusal_code})"
    return {
        "group": f"examples/{os.path.basename(file)}",
        "label": label,
        "event": json.dumps(event, ensure_ascii=False, indent=2),
        "params": {name: str(value) for name, value in example.arguments.get("params", {}).items()},
        "allow": list(example.arguments.get("allow", ())),
    }


def _finding_data(finding: Diagnostic) -> Data:
    location = finding.location
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
    }


def _pair_data(pair: FormatPair, crosswalks: Mapping[str, Crosswalk]) -> Data:
    return {
        "params": list(map(asdict, pair.params)),
        "optIns": list(pair.opt_ins),
        "crosswalks": [name for name in pair.crosswalks if name in crosswalks],
    }


def _count_kept(explanation: Explanation) -> int:
    return sum(leaf.outcome == "kept" for leaf in explanation.read)


def _string(request: Data, name: str) -> str:
    value = request.get(name, "")
    if not isinstance(value, str):
        raise Refusal(400, f"{name!r} must be a string")
    return value


def _object(request: Data, name: str) -> dict[str, Any]:
    value = request.get(name, {})
    if not isinstance(value, dict):
        raise Refusal(400, f"{name!r} must be an object")
    return value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _replace_file(path: str, data: bytes) -> None:
    """Replace the content of a file at once; a failure leaves it as it was. Raises `OSError`."""
    mode = os.stat(path).st_mode
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".play-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
