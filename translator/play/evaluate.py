"""Translate one event with mappings that are being edited, and find what is wrong with them.

Nothing here reads or writes files of mappings: their text is an argument. What was compiled is
cached by these texts.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from translator.analysis.check import check_mapping_with_specs
from translator.analysis.compiling import check_pair
from translator.analysis.explain import Explanation, explain_event
from translator.analysis.knowledge import matches_choice
from translator.catalog.catalog import Catalog, FormatPair, read_mapping
from translator.catalog.discovery import MappingKey, route_keys
from translator.compiler.specialize import Choice, enumerate_choices, find_selectors
from translator.crosswalk import Crosswalk
from translator.engine.planner import Planner
from translator.engine.translator import Translator
from translator.errors import Diagnostic, MappingError, TranslationError
from translator.language import nodes
from translator.language.metaschema import validate_mapping
from translator.language.yaml_tree import parse_yaml
from translator.streaming.ndjson import Unreadable, read_line

Texts = Mapping[MappingKey, str]
"""The texts of the mappings of a route."""

Names = Mapping[MappingKey, str]
"""The names of their files, for messages."""

_CACHED: Final = 32

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of one evaluation.

    `findings` are those of the mappings. `pair` describes the pair of formats, and `explanation`
    the translation; each is None if the mappings, or the event, have errors. `event_error` says
    why the event is not JSON, `argument_error` why a param or an opt-in is refused.
    """

    findings: tuple[Diagnostic, ...]
    pair: FormatPair | None = None
    explanation: Explanation | None = None
    event_error: str = ""
    argument_error: str = ""


class Evaluator:
    """Evaluates events and mappings of the formats in a catalog; not safe for threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._given: dict[MappingKey, nodes.Mapping] = {}
        self._mappings = _Cache[nodes.Mapping | MappingError]()
        self._routes = _Cache[_Route | tuple[Diagnostic, ...]]()
        self._static = _Cache[tuple[Diagnostic, ...]]()
        self._complete = _Cache[tuple[Diagnostic, ...]]()

    def evaluate(
        self,
        route: Sequence[str],
        texts: Texts,
        names: Names,
        event: str,
        params: Mapping[str, Any],
        allow: Sequence[str],
        crosswalks: Mapping[str, Crosswalk],
    ) -> Evaluation:
        """Translate `event`, the text of a JSON value, along a route.

        The findings are errors, with which nothing can be translated; `check` finds the others.
        """
        compiled = self._route(route, texts, names)
        if isinstance(compiled, tuple):
            return Evaluation(compiled, event_error=read_event(event)[1])
        value, event_error = read_event(event)
        if event_error:
            return Evaluation(compiled.findings, compiled.pair, event_error=event_error)
        try:
            explanation = compiled.explain(value, params, allow, crosswalks)
        except TranslationError as error:
            return Evaluation(compiled.findings, compiled.pair, argument_error=error.message)
        except MappingError as error:
            return Evaluation((*compiled.findings, *error.diagnostics), compiled.pair)
        return Evaluation(compiled.findings, compiled.pair, explanation)

    def check(
        self, route: Sequence[str], texts: Texts, names: Names, *, complete: bool = True
    ) -> tuple[Diagnostic, ...]:
        """Return the findings of the mappings, as `translator check` does without examples.

        Unless `complete`, those are missing that only compiling every kind of event reveals.
        """
        compiled = self._route(route, texts, names)
        findings = list(compiled if isinstance(compiled, tuple) else compiled.findings)
        keys = route_keys(route)
        for key in keys:
            mapping = self._mapping(key, texts[key], names[key])
            if not isinstance(mapping, MappingError):
                findings += self._check_mapping(mapping, texts[key], complete)
        if complete and len(keys) > 1 and isinstance(compiled, _Route):
            findings += check_pair(compiled.catalog, route[0], route[-1])
        return tuple(dict.fromkeys(findings))

    def _check_mapping(
        self, mapping: nodes.Mapping, text: str, complete: bool
    ) -> tuple[Diagnostic, ...]:
        def find() -> tuple[Diagnostic, ...]:
            catalog = self._catalog.with_mapping(mapping)
            return tuple(check_mapping_with_specs(catalog, mapping, (), compiles=complete))

        cache = self._complete if complete else self._static
        return cache.find((mapping.left, mapping.right, text), find)

    def _route(
        self, route: Sequence[str], texts: Texts, names: Names
    ) -> _Route | tuple[Diagnostic, ...]:
        return self._routes.find(
            _key(route, texts), lambda: self._compile_route(route, texts, names)
        )

    def _compile_route(
        self, route: Sequence[str], texts: Texts, names: Names
    ) -> _Route | tuple[Diagnostic, ...]:
        """Check the mappings of a route; return the findings if they have errors."""
        for name in route:
            for for_output in (False, True):
                self._catalog.event_type(name, for_output=for_output)
            self._catalog.check_usable(name)
        findings: list[Diagnostic] = []
        is_usable = True
        for key in route_keys(route):
            mapping = self._mapping(key, texts[key], names[key])
            known: Sequence[Diagnostic] = ()
            if isinstance(mapping, MappingError):
                known = mapping.diagnostics
            elif self._given.get(key) is not mapping:
                # What was found out about the other mapping of the route is still true.
                self._catalog = self._catalog.with_mapping(mapping)
                self._given[key] = mapping
            findings += known
            with suppress(MappingError):
                findings += validate_mapping(parse_yaml(texts[key], names[key]), known)
            if not isinstance(mapping, MappingError):
                known = self._catalog.mapping_errors(mapping)
                findings += known
            is_usable = is_usable and not known
        catalog, pair = self._catalog, None
        try:
            pair = catalog.pair(route[0], route[-1]) if is_usable else None
        except MappingError as error:
            findings += error.diagnostics
        unique = tuple(dict.fromkeys(findings))
        return _Route(catalog, pair, unique) if pair else unique

    def _mapping(self, key: MappingKey, text: str, name: str) -> nodes.Mapping | MappingError:
        def parse() -> nodes.Mapping | MappingError:
            try:
                return read_mapping(text.encode(), name, key)
            except MappingError as error:
                return error

        return self._mappings.find((key, text), parse)


def read_event(text: str) -> tuple[Any, str]:
    """Return the JSON value of a text, and an error if it is not a JSON value."""
    if not text.strip():
        return None, "there is no event; write one, or choose an example"
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return None, "the event has a lone surrogate, not a character"
    value = read_line(data, is_first=False)
    if not isinstance(value, Unreadable):
        return value, ""
    message = value.message
    if value.code == "invalid-json":
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            message = f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        except RecursionError:
            message = "not JSON: nested too deep"
    return None, message


class _Route:
    """The mappings of a route without errors, and translators of the kinds of events."""

    def __init__(
        self, catalog: Catalog, pair: FormatPair, findings: tuple[Diagnostic, ...]
    ) -> None:
        self.catalog, self.pair, self.findings = catalog, pair, findings
        self._translators = _Cache[_KindTranslator]()

    @cached_property
    def choices(self) -> list[Choice]:
        """The kinds of events of the source."""
        steps = self.catalog.steps(self.pair.source, self.pair.target)
        source_type = self.catalog.event_type(self.pair.source, for_output=False)
        return list(enumerate_choices(source_type, find_selectors(source_type, steps), steps))

    def explain(
        self,
        event: Any,
        params: Mapping[str, Any],
        allow: Sequence[str],
        crosswalks: Mapping[str, Crosswalk],
    ) -> Explanation:
        """Explain the translation of an event. Raises `TranslationError` for an invalid argument.

        Params, opt-ins and crosswalks that the pair does not have are ignored.
        """
        names = {use.name for use in self.pair.params}
        params = {name: value for name, value in params.items() if name in names}
        allow = [name for name in allow if name in self.pair.opt_ins]
        tables = {name: crosswalks[name] for name in self.pair.crosswalks if name in crosswalks}
        selected = self._select(event)
        given = tuple(sorted((name, json.dumps(value)) for name, value in params.items()))
        key = (selected and tuple(map(id, selected)), given, tuple(sorted(allow)), tuple(tables))
        translator = self._translators.find(
            key, lambda: _KindTranslator(self.catalog, self.pair, params, allow, tables, selected)
        )
        return explain_event(translator, event)

    def _select(self, event: Any) -> list[Choice] | None:
        """Return the kinds to compile for an event: its own, if it is sure that it has one."""
        if not isinstance(event, dict):
            return self.choices[:1]
        if selected := [choice for choice in self.choices if matches_choice(event, choice)]:
            return selected
        validator = Planner(self.catalog, self.pair.source, self.pair.target).event_validator
        # An invalid event is refused by the code of any kind.
        return self.choices[:1] if validator.violations(event) else None


class _KindTranslator(Translator[dict[str, Any]]):
    """A translator of some kinds of events only, which is compiled in a fraction of the time."""

    def __init__(
        self,
        catalog: Catalog,
        pair: FormatPair,
        params: Mapping[str, Any],
        allow: Sequence[str],
        crosswalks: Mapping[str, Crosswalk],
        selected: Sequence[Choice] | None,
    ) -> None:
        self._selected = selected
        super().__init__(
            pair.source,
            pair.target,
            params=params,
            crosswalks=crosswalks,
            allow=allow,
            catalog=catalog,
        )

    @cached_property
    def _planner(self) -> Planner:
        assert isinstance(self._catalog, Catalog)
        planner = Planner(self._catalog, self.source, self.target)
        planner.selected = self._selected
        return planner


class _Cache(OrderedDict[Hashable, _Value]):
    """Remembers the values that were used last."""

    def find(self, key: Hashable, compute: Callable[[], _Value]) -> _Value:
        """Return the value of a key, which is computed if it is not there."""
        if key not in self:
            self[key] = compute()
            while len(self) > _CACHED:
                self.popitem(last=False)
        self.move_to_end(key)
        return self[key]


def _key(route: Sequence[str], texts: Texts) -> Hashable:
    return tuple(route), tuple(texts[key] for key in route_keys(route))
