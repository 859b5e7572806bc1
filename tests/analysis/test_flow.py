"""What of a source reaches a target, leaf by leaf: against made formats, and against events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.tools.arguments import callers
from translator import Catalog, TranslationError, Translator
from translator.analysis.coverage import Flow, LeafCoverage, trace_flow
from translator.analysis.explain import Explanation, explain_event
from translator.crosswalk import Crosswalk
from translator.engine.losses import field_path
from translator.paths import LIST_ITEM, MAP_ENTRY, format_path
from translator.paths import Path as Member

EXAMPLES = Path(__file__).parents[2] / "examples"
CATALOG = Catalog()
PAIRS = [(pair.source, pair.target) for pair in CATALOG.pairs()]
CROSSED = {"aisquare", "cobi"}
"""The formats whose items the crosswalk of the examples relates."""

Json = Any

TEXT = {"type": "string"}


@cache
def shipped(source: str, target: str) -> Flow:
    return trace_flow(CATALOG, source, target)


def leaf(found: Flow, path: str) -> LeafCoverage:
    (one,) = (one for one in found.leaves if format_path(one.path) == path)
    return one


def lines(found: Flow) -> list[tuple[str, str, str]]:
    return [(format_path(a.source), format_path(a.target), a.reach) for a in found.links]


def of(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def flowing(folder: Path, left: Json, right: Json, rules: str, way: str = "acme log") -> Flow:
    for name, schema in (("acme", left), ("log", right)):
        document = {
            "openapi": "3.1.0",
            "info": {"title": "Made for a test", "version": "1"},
            "paths": {},
            "x-event": "#/components/schemas/Event",
            "components": {"schemas": {"Event": schema}},
        }
        (folder / f"{name}.json").write_text(json.dumps(document))
    (folder / "acme--log.yaml").write_text(f"version: 1\nbetween: [acme, log]\n{rules}")
    source, target = way.split()
    return trace_flow(Catalog(specs=[folder], mappings=[folder]), source, target)


# --- on made formats -----------------------------------------------------------------------------


def test_a_copied_object_reaches_leaf_by_leaf(tmp_path: Path) -> None:
    """What stands in a copied object reaches its own place, and is lost where there is none."""
    left = of(page=of(url=TEXT, title=TEXT, tags={"type": "array", "items": TEXT}))
    right = of(at=of(url=TEXT, tags={"type": "array", "items": TEXT}))
    rules = "fields:\n  page: at\nlost:\n  acme:\n    page.title: log has no titles\n"
    found = flowing(tmp_path, left, right, rules)
    assert lines(found) == [
        ("page.url", "at.url", "exact"),
        ("page.tags[]", "at.tags[]", "exact"),
    ]
    title = leaf(found, "page.title")
    assert (title.reach, title.because) == ("lost", "log has no titles")


def test_free_keys_and_values_reach_apart(tmp_path: Path) -> None:
    """A key and a value of an object with free keys are two things that may reach the target."""
    left = of(tags={"type": "object", "additionalProperties": TEXT})
    right = of(labels={"type": "array", "items": of(name=TEXT, text=TEXT)})
    both = '  "tags{value}": "labels[].text"\n  "tags{key}": "labels[].name"\n'
    found = flowing(tmp_path, left, right, f"fields:\n{both}")
    assert set(lines(found)) == {
        ("tags{value}", "labels[].text", "exact"),
        ("tags{key}", "labels[].name", "exact"),
    }
    assert [(format_path(one.path), one.read_by_key) for one in found.leaves] == [
        ("tags{value}", False),
        ("tags{key}", True),
    ]
    back = flowing(tmp_path, left, right, f"fields:\n{both}", "log acme")
    assert ("labels[].name", "tags{key}", "exact") in lines(back)


def test_a_member_read_by_name_from_free_keys_is_told_apart(tmp_path: Path) -> None:
    """What rules read by its key is a line of its own; the other keys are lost with the reason."""
    left = of(extra={"type": "object", "additionalProperties": TEXT})
    rules = "fields:\n  extra.shop: shop\nlost:\n  acme:\n    extra: log keeps nothing else\n"
    found = flowing(tmp_path, left, of(shop=TEXT), rules)
    assert lines(found) == [("extra.shop", "shop", "exact")]
    assert leaf(found, "extra.shop").read_by_key
    others = leaf(found, "extra{value}")
    assert (others.read_by_key, others.reach, others.because) == (
        False,
        "lost",
        "log keeps nothing else",
    )


def test_values_looked_up_at_run_time_are_as_good_as_the_worst_row(tmp_path: Path) -> None:
    """A table with approximations in this direction is approximate, in the other it is exact."""
    left = of(mood={**TEXT, "enum": ["good", "bad"]})
    right = of(face={**TEXT, "enum": ["smile", "grin", "frown"]})
    rules = (
        "fields:\n  mood:\n    is: face\n    values: {good: smile, bad: frown}\n"
        "    approximate:\n      - {from: grin, to: good, because: a grin is near a smile}\n"
    )
    assert lines(flowing(tmp_path, left, right, rules)) == [("mood", "face", "exact")]
    back = leaf(flowing(tmp_path, left, right, rules, "log acme"), "face")
    assert (back.reach, back.because) == ("approximate", "a grin is near a smile")


def test_a_param_hides_no_opt_in(tmp_path: Path) -> None:
    """A member that a param fills before an opt-in does is reached by the opt-in as well."""
    left = {**of(who=TEXT), "required": ["who"]}
    rules = (
        "params:\n  user: {fills: who, to: acme, about: the user}\n"
        "fields:\n  who:\n    is: user\n    or:\n"
        "      - {is: visitor, opt_in: visitors, because: a visitor is no user}\n"
    )
    found = flowing(tmp_path, left, of(user=TEXT, visitor=TEXT), rules, "log acme")
    assert lines(found) == [("user", "who", "exact"), ("visitor", "who", "opt-in")]
    assert leaf(found, "visitor").because == "a visitor is no user"
    assert [(one.target, one.how, one.name) for one in found.filled_fields] == [
        (("who",), "param", "user")
    ]


def test_several_members_in_one_all_reach_it(tmp_path: Path) -> None:
    """The members that a template joins each have a line to the text they are in, and back."""
    left = of(kind={**TEXT, "enum": ["a", "b"]}, number={"type": "integer"})
    rules = 'fields:\n  kind, number: {is: id, as: {template: "{kind}:{number}"}}\n'
    there = flowing(tmp_path, left, of(id=TEXT), rules)
    assert lines(there) == [("kind", "id", "exact"), ("number", "id", "exact")]
    back = flowing(tmp_path, left, of(id=TEXT), rules, "log acme")
    assert lines(back) == [("id", "kind", "exact"), ("id", "number", "exact")]


def test_a_row_tells_no_one_of_several_values(tmp_path: Path) -> None:
    """A member of which a row takes any of several values is lost, unless a rule writes it."""
    left = of(type={**TEXT, "enum": ["see"]}, kind={**TEXT, "enum": ["shop", "tag", "web"]})
    left["required"] = ["type", "kind"]
    right = of(action={**TEXT, "enum": ["view", "visit"]}, about=TEXT)
    rules = (
        "rows:\n  what:\n    exact:\n"
        "      - [{type: see, kind: [shop, tag]}, {action: view}]\n"
        "      - [{type: see, kind: web}, {action: visit}]\n"
    )
    kind = leaf(flowing(tmp_path, left, right, rules), "kind")
    assert [(fate.kind, fate.reach) for fate in kind.outcomes] == [
        ("see shop", "lost"),
        ("see tag", "lost"),
        ("see web", "exact"),
    ]
    written = flowing(tmp_path, left, right, f"{rules}fields:\n  kind: about\n")
    assert {fate.reach for fate in leaf(written, "kind").outcomes} == {"exact"}
    catalog = Catalog(specs=[tmp_path], mappings=[tmp_path])
    assert Translator("acme", "log", catalog=catalog, strict=True).translate_all(
        {"type": "see", "kind": "shop"}
    )
    flowing(tmp_path, left, right, rules)
    strict = Translator(
        "acme", "log", catalog=Catalog(specs=[tmp_path], mappings=[tmp_path]), strict=True
    )
    assert strict.translate_all({"type": "see", "kind": "web"})
    with pytest.raises(TranslationError, match=r"\$\.kind lost"):
        strict.translate_all({"type": "see", "kind": "shop"})


# --- on the shipped formats ----------------------------------------------------------------------


def test_each_way_of_reaching_is_told_apart() -> None:
    """A leaf reaches exactly, approximately, by an opt-in, carried or not at all."""
    assert leaf(shipped("goshops", "miso"), "data.item").reach == "exact"
    project = leaf(shipped("goshops", "miso"), "project")
    assert (project.reach, project.worst) == ("carried", "carried")
    restored = leaf(shipped("miso", "goshops"), "context.custom_context.goshops_project")
    assert [use.operation for use in restored.links[0].uses] == ["restored", "same"]
    anonymous = leaf(shipped("interaction", "goshops"), "actor.anonymous_id")
    assert (anonymous.reach, anonymous.kinds_by_reach["opt-in"]) == ("opt-in", 10)
    city = leaf(shipped("cobi", "goshops"), "user_id")
    assert (city.reach, city.because) == (
        "opt-in",
        "an anonymous id names a visitor, not a customer",
    )
    approximate = {(a.source, a.target): a.reach for a in shipped("interaction", "cobi").links}
    assert approximate[("actor", "id"), ("user_id",)] == "approximate"


def test_kinds_of_events_are_counted_apart() -> None:
    """A leaf is counted in each kind of event that can hold it, and those refused apart."""
    action = leaf(shipped("miso", "goshops"), "type")
    found = {"exact": 3, "approximate": 3, "opt-in": 3, "refused": 22}
    assert action.kinds_by_reach == found
    assert (action.reach, action.worst) == ("exact", "opt-in")
    rating = leaf(shipped("miso", "goshops"), "rating")
    assert (rating.reach, rating.kinds_by_reach) == ("lost", {"refused": 1})
    assert rating.because.startswith("its events are refused: ")
    events = {event.kind: event.reach for event in shipped("goshops", "miso").kind_outcomes}
    assert events == {"view": "exact", "like": "exact", "cart": "exact", "purchase": "approximate"}


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_reasons_are_the_mappings(source: str, target: str) -> None:
    """What is not exact says why, and what is exact needs no reason."""
    found = shipped(source, target)
    for one in found.leaves:
        for fate in one.outcomes:
            assert bool(fate.because) == (fate.reach != "exact"), fate
    for event in found.kind_outcomes:
        assert bool(event.because) == (event.reach != "exact"), event


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_examples_go_where_the_flow_says(source: str, target: str) -> None:
    """What is written for an event came by a line of the flow, and what is kept has one."""
    found = shipped(source, target)
    drawn = {(link.source, link.target) for link in found.links}
    supplied = {supply.target for supply in found.filled_fields}
    given = callers()[1].keywords(source, target)
    # Without the param, opt-ins come into use that it keeps from being used.
    without = {**given, "params": {k: v for k, v in given["params"].items() if k != "user"}}
    items = {"crosswalks": {"items": Crosswalk.from_csv(EXAMPLES / "items.csv")}}
    callings = [given, without, given | items] if {source, target} == CROSSED else [given, without]
    made = [Translator(source, target, **one) for one in callings]
    lines = (EXAMPLES / f"{source}.ndjson").read_bytes().splitlines()
    told = [one for translator in made for one in islice(translated(translator, lines), 12)]
    assert told
    for written in (written for one in told for written in one.written):
        for path in written.sources:
            assert any(covers(start, path) and covers(end, written.path) for start, end in drawn), (
                path,
                written.path,
            )
        if not written.sources:
            assert any(covers(end, written.path) for end in supplied), written
    for read in (read for one in told for read in one.read):
        fates = own(found, read.path).outcomes
        ways = {link.reach for fate in fates for link in fate.links}
        match read.outcome:
            case "kept":
                assert ways - {"carried"}, read
            case "carried":
                assert "carried" in ways, read
            case "approximated":
                assert ways & {"approximate", "opt-in"}, read


def translated(made: Translator, lines: list[bytes]) -> Iterator[Explanation]:
    """The explanations of the events that are not refused."""
    for line in lines:
        one = explain_event(made, json.loads(line))
        if one.refusal is None:
            yield one


def own(found: Flow, place: str) -> LeafCoverage:
    """The leaf of which a JSON path is an instance: one that is named before others."""
    instance = field_path(place)
    return next(
        one
        for named in (True, False)
        for one in found.leaves
        if one.read_by_key == named and _covers(one.path, instance)
    )


def covers(path: Member, place: str) -> bool:
    """Whether a JSON path is an instance of a member."""
    return _covers(path, field_path(place))


def _covers(path: Member, place: Member) -> bool:
    if not path or not place:
        return not path or LIST_ITEM not in path
    if path[0] == MAP_ENTRY:
        return _covers(path[2:], place[1:])
    return path[0] == place[0] and _covers(path[1:], place[1:])
