"""The coverage of each leaf, on small formats and against explanations of events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.tools.arguments import callers
from tests.tools.shipped import PAIR_PARAMS, UNREACHABLE
from translator import Catalog, TranslationError, Translator
from translator.analysis.coverage import LeafCoverage, PairCoverage, coverage
from translator.analysis.explain import Explanation, OutputLeaf, explain_event
from translator.crosswalk import Crosswalk
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, field_path, format_path
from translator.paths import Path as FieldPath

EXAMPLES = Path(__file__).parents[2] / "examples"
CATALOG = Catalog()
CROSSWALKS = {
    frozenset(("aisquare", "cobi")): Crosswalk.from_csv(EXAMPLES / "items.csv"),
    frozenset(("aisquare", "xapi")): Crosswalk(
        [{"aisquare": "ai_note:7", "xapi": "courses/intro"}]
    ),
}
"""Crosswalks of items, by the formats whose examples they relate."""

Json = Any

WITHOUT_EXAMPLE = UNREACHABLE | {
    ("miso", "snowplow"), ("personalize", "snowplow"), ("xapi", "cobi"),
}  # fmt: skip
"""Pairs that translate no example of the source."""

BACK = ("log", "acme")

STRING = {"type": "string"}


@cache
def shipped(source: str, target: str) -> PairCoverage:
    return coverage(CATALOG, source, target)


def leaf(flow: PairCoverage, path: str) -> LeafCoverage:
    (result,) = (item for item in flow.leaves if format_path(item.path) == path)
    return result


def links(flow: PairCoverage) -> list[tuple[str, str, str]]:
    return [(format_path(a.source), format_path(a.target), a.reach) for a in flow.links]


def object_of(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def cover(
    folder: Path, left: Json, right: Json, rules: str, route: tuple[str, str] = ("acme", "log")
) -> PairCoverage:
    for name, schema in (("acme", left), ("log", right)):
        document = {
            "openapi": "3.1.0",
            "info": {"title": "Test", "version": "1"},
            "paths": {},
            "x-event": "#/components/schemas/Event",
            "components": {"schemas": {"Event": schema}},
        }
        (folder / f"{name}.json").write_text(json.dumps(document))
    (folder / "acme--log.yaml").write_text(f"version: 1\nbetween: [acme, log]\n{rules}")
    return coverage(Catalog(specs=[folder], mappings=[folder]), *route)


# --- small formats --------------------------------------------------------------------------------


def test_a_copied_object_reaches_leaf_by_leaf(tmp_path: Path) -> None:
    """Each leaf of a copied object reaches a field of its own, or is lost if there is none."""
    left = object_of(
        page=object_of(url=STRING, title=STRING, tags={"type": "array", "items": STRING})
    )
    right = object_of(at=object_of(url=STRING, tags={"type": "array", "items": STRING}))
    rules = "fields:\n  page: at\nlost:\n  acme:\n    page.title: log has no titles\n"
    flow = cover(tmp_path, left, right, rules)
    assert links(flow) == [
        ("page.url", "at.url", "exact"),
        ("page.tags[]", "at.tags[]", "exact"),
    ]
    title = leaf(flow, "page.title")
    assert (title.reach, title.because) == ("lost", "log has no titles")


def test_free_keys_and_values_are_separate_leaves(tmp_path: Path) -> None:
    """The keys and the values of an object with free keys reach the target independently."""
    left = object_of(tags={"type": "object", "additionalProperties": STRING})
    right = object_of(labels={"type": "array", "items": object_of(name=STRING, text=STRING)})
    both = '  "tags{value}": "labels[].text"\n  "tags{key}": "labels[].name"\n'
    flow = cover(tmp_path, left, right, f"fields:\n{both}")
    assert set(links(flow)) == {
        ("tags{value}", "labels[].text", "exact"),
        ("tags{key}", "labels[].name", "exact"),
    }
    assert [(format_path(item.path), item.read_by_key) for item in flow.leaves] == [
        ("tags{value}", False),
        ("tags{key}", True),
    ]
    back = cover(tmp_path, left, right, f"fields:\n{both}", BACK)
    assert ("labels[].name", "tags{key}", "exact") in links(back)


def test_a_free_key_read_by_name_is_a_leaf(tmp_path: Path) -> None:
    """A free key that a rule reads by name has its own leaf; the other keys are lost."""
    left = object_of(extra={"type": "object", "additionalProperties": STRING})
    rules = "fields:\n  extra.shop: shop\nlost:\n  acme:\n    extra: log keeps nothing else\n"
    flow = cover(tmp_path, left, object_of(shop=STRING), rules)
    assert links(flow) == [("extra.shop", "shop", "exact")]
    assert leaf(flow, "extra.shop").read_by_key
    others = leaf(flow, "extra{value}")
    assert (others.read_by_key, others.reach, others.because) == (
        False,
        "lost",
        "log keeps nothing else",
    )


def test_a_value_map_reaches_as_its_worst_row(tmp_path: Path) -> None:
    """A value map is approximate in the direction of an approximation, and exact in the other."""
    left = object_of(mood={**STRING, "enum": ["good", "bad"]})
    right = object_of(face={**STRING, "enum": ["smile", "grin", "frown"]})
    rules = (
        "fields:\n  mood:\n    is: face\n    values: {good: smile, bad: frown}\n"
        "    approximate:\n      - {from: grin, to: good, because: a grin is near a smile}\n"
    )
    assert links(cover(tmp_path, left, right, rules)) == [("mood", "face", "exact")]
    back = leaf(cover(tmp_path, left, right, rules, BACK), "face")
    assert (back.reach, back.because) == ("approximate", "a grin is near a smile")


def test_a_param_hides_no_opt_in(tmp_path: Path) -> None:
    """A field that a param fills is linked to the source of a later opt-in as well."""
    left = {**object_of(who=STRING), "required": ["who"]}
    rules = (
        "params:\n  user: {fills: who, to: acme, about: the user}\n"
        "fields:\n  who:\n    is: user\n    or:\n"
        "      - {is: visitor, opt_in: visitors, because: a visitor is no user}\n"
    )
    flow = cover(tmp_path, left, object_of(user=STRING, visitor=STRING), rules, BACK)
    assert links(flow) == [("user", "who", "exact"), ("visitor", "who", "opt-in")]
    assert leaf(flow, "visitor").because == "a visitor is no user"
    assert [(field.target, field.how, field.name) for field in flow.filled_fields] == [
        (("who",), "param", "user")
    ]


def test_a_template_links_all_its_fields(tmp_path: Path) -> None:
    """Each field that a template joins is linked to the joined string, and back."""
    left = object_of(kind={**STRING, "enum": ["a", "b"]}, number={"type": "integer"})
    rules = 'fields:\n  kind, number: {is: id, as: {template: "{kind}:{number}"}}\n'
    there = cover(tmp_path, left, object_of(id=STRING), rules)
    assert links(there) == [("kind", "id", "exact"), ("number", "id", "exact")]
    back = cover(tmp_path, left, object_of(id=STRING), rules, BACK)
    assert links(back) == [("id", "kind", "exact"), ("id", "number", "exact")]


def strict_translator(folder: Path) -> Translator:
    catalog = Catalog(specs=[folder], mappings=[folder])
    return Translator("acme", "log", catalog=catalog, strict=True)


def test_a_row_of_several_values_loses_the_value(tmp_path: Path) -> None:
    """A field is lost if its row matches several of its values, unless another rule writes it."""
    left = object_of(
        type={**STRING, "enum": ["see"]}, kind={**STRING, "enum": ["shop", "tag", "web"]}
    )
    left["required"] = ["type", "kind"]
    right = object_of(action={**STRING, "enum": ["view", "visit"]}, about=STRING)
    rules = (
        "rows:\n  what:\n    exact:\n"
        "      - [{type: see, kind: [shop, tag]}, {action: view}]\n"
        "      - [{type: see, kind: web}, {action: visit}]\n"
    )
    kind = leaf(cover(tmp_path, left, right, rules), "kind")
    assert [(outcome.kind, outcome.reach) for outcome in kind.outcomes] == [
        ("see shop", "lost"),
        ("see tag", "lost"),
        ("see web", "exact"),
    ]
    written = cover(tmp_path, left, right, f"{rules}fields:\n  kind: about\n")
    assert {outcome.reach for outcome in leaf(written, "kind").outcomes} == {"exact"}
    assert strict_translator(tmp_path).translate_all({"type": "see", "kind": "shop"})
    cover(tmp_path, left, right, rules)
    strict = strict_translator(tmp_path)
    assert strict.translate_all({"type": "see", "kind": "web"})
    with pytest.raises(TranslationError) as error:
        strict.translate_all({"type": "see", "kind": "shop"})
    assert (error.value.code, error.value.path) == ("would-lose", "$.kind")


# --- shipped formats -----------------------------------------------------------------------------


def test_a_leaf_has_one_of_five_reaches() -> None:
    """A leaf reaches a target exactly, approximately, by an opt-in, carried, or not at all."""
    assert leaf(shipped("goshops", "miso"), "data.item").reach == "exact"
    project = leaf(shipped("goshops", "miso"), "project")
    assert project.reach == "carried"
    restored = leaf(shipped("miso", "goshops"), "context.custom_context.goshops_project")
    assert [use.operation for use in restored.links[0].uses] == ["restored", "same"]
    anonymous = leaf(shipped("interaction", "goshops"), "actor.anonymous_id")
    assert (anonymous.reach, anonymous.kinds_by_reach["opt-in"]) == ("opt-in", 9)
    visitor = leaf(shipped("cobi", "goshops"), "user_id")
    assert (visitor.reach, visitor.because) == (
        "opt-in",
        "an anonymous id names a visitor, not a customer",
    )
    approximate = {(a.source, a.target): a.reach for a in shipped("interaction", "cobi").links}
    assert approximate[("actor", "id"), ("user_id",)] == "approximate"


def test_kinds_of_events_are_counted_by_reach() -> None:
    """A leaf counts the kinds of events that can have it, and refused kinds separately."""
    action = leaf(shipped("miso", "goshops"), "type")
    counts = {"exact": 4, "approximate": 2, "opt-in": 3, "refused": 30}
    assert action.kinds_by_reach == counts
    assert action.reach == "exact"
    rating = leaf(shipped("miso", "goshops"), "rating")
    assert (rating.reach, rating.kinds_by_reach) == ("lost", {"refused": 1})
    assert rating.because.startswith("its events are refused: ")
    reaches = {kind.kind: kind.reach for kind in shipped("goshops", "miso").kind_outcomes}
    assert reaches == {"view": "exact", "like": "exact", "cart": "exact", "purchase": "exact"}


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
def test_only_inexact_outcomes_have_reasons(source: str, target: str) -> None:
    """An outcome has a reason exactly if it is not `exact`."""
    flow = shipped(source, target)
    for item in flow.leaves:
        for outcome in item.outcomes:
            assert bool(outcome.because) == (outcome.reach != "exact"), outcome
    for kind in flow.kind_outcomes:
        assert bool(kind.because) == (kind.reach != "exact"), kind


@pytest.mark.parametrize(("source", "target"), PAIR_PARAMS)
def test_explanations_agree_with_the_coverage(source: str, target: str) -> None:
    """Each written value of an event has a link, and each outcome of a leaf has one that fits."""
    flow = shipped(source, target)
    link_ends = {(link.source, link.target) for link in flow.links}
    filled = {field.target for field in flow.filled_fields}
    arguments = callers()[1].keywords(source, target)
    # Opt-ins take effect only without the param that fills the same field.
    params = {name: value for name, value in arguments["params"].items() if name != "user"}
    variants = [arguments, {**arguments, "params": params}]
    if items := CROSSWALKS.get(frozenset((source, target))):
        variants.append({**arguments, "crosswalks": {"items": items}})
    lines = (EXAMPLES / f"{source}.ndjson").read_bytes().splitlines()
    explanations = [
        explanation
        for variant in variants
        for explanation in islice(explain_lines(Translator(source, target, **variant), lines), 12)
    ]
    assert bool(explanations) == ((source, target) not in WITHOUT_EXAMPLE)
    for written in (leaf for explanation in explanations for leaf in explanation.written):
        for path in written.sources:
            assert any(
                reads(path, start) and is_instance(written.path, end) for start, end in link_ends
            ), (path, written.path)
        if written.value == {} and not written.sources:  # an element of which nothing is known
            assert any(is_instance(written.path, end) for _, end in link_ends), written
        elif not written.sources and not fills_by_param(written):
            # A param may also fill a field only because another one was not given.
            assert any(is_instance(written.path, end) for end in filled), written
    for read in (leaf for explanation in explanations for leaf in explanation.read):
        read_leaf = leaf_of(flow, read.path)
        if read_leaf is None:  # the spec allows more fields than it describes
            assert (read.outcome, read.because) == ("lost", "no rule reads it"), read
            continue
        outcomes = read_leaf.outcomes
        reaches = {link.reach for outcome in outcomes for link in outcome.links}
        # A leaf without links may be implied by what is written.
        reaches |= {outcome.reach for outcome in outcomes if not outcome.links} - {"lost"}
        match read.outcome:
            case "kept":
                assert reaches - {"carried"}, read
            case "carried":
                assert "carried" in reaches, read
            case "approximated":
                assert reaches & {"approximate", "opt-in"}, read


def fills_by_param(written: OutputLeaf) -> bool:
    return [use.operation for use in written.uses][:1] == ["param"]


def explain_lines(translator: Translator, lines: list[bytes]) -> Iterator[Explanation]:
    """Yield the explanations of the events that are not refused."""
    for line in lines:
        explanation = explain_event(translator, json.loads(line))
        if explanation.refusal is None:
            yield explanation


def leaf_of(flow: PairCoverage, json_path: str) -> LeafCoverage | None:
    """Return the leaf that a JSON path is an instance of, preferring those read by key."""
    leaves = sorted(flow.leaves, key=lambda item: not item.read_by_key)
    return next((item for item in leaves if is_instance(json_path, item.path)), None)


def reads(json_path: str, leaf_path: FieldPath) -> bool:
    """Whether a JSON path is an instance of a leaf, or of the list or object around it."""
    whole = leaf_path
    while whole[-1] in (LIST_ITEM, MAP_ENTRY, KEY, VALUE):
        whole = whole[:-1]
    return is_instance(json_path, leaf_path) or is_instance(json_path, whole)


def is_instance(json_path: str, path: FieldPath) -> bool:
    return _is_instance(field_path(json_path), path)


def _is_instance(instance: FieldPath, path: FieldPath) -> bool:
    if not path or not instance:
        return not path or LIST_ITEM not in path
    if path[0] == MAP_ENTRY:
        return _is_instance(instance[1:], path[2:])
    return path[0] == instance[0] and _is_instance(instance[1:], path[1:])
