"""Paths that select elements of a list: by index, as the only one, or by the value of a field."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check, contract
from translator.errors import MappingError, TranslationError

Json = Any
MakeCatalog = Callable[..., Catalog]

INTEGER = {"type": "integer"}
STRINGS = {"type": "array", "items": STRING}


def list_of(properties: Json, *required: str) -> Json:
    return {"type": "array", "items": event_schema(properties, list(required))}


KIND = {"type": "string", "enum": ["a", "b"]}
ITEMS = list_of({"id": STRING, "rank": INTEGER}, "id")
FACETS = list_of({"kind": KIND, "id": STRING}, "kind")
LEFT = {"first": STRING, "second": STRING, "rank": INTEGER, "all": STRINGS, "one": STRING}
RIGHT = {"items": ITEMS, "facets": FACETS, "tags": STRINGS}
SPECS = {"l": event_schema(LEFT), "r": event_schema(RIGHT)}


@pytest.fixture
def make(tmp_path: Path) -> MakeCatalog:
    """Return a function that makes the catalog of two formats and a mapping."""

    def make_catalog(rules: str, specs: Json = SPECS, **more: str) -> Catalog:
        text = f"version: 2\nbetween: [l, r]\n{rules}"
        return small_catalog(tmp_path, specs, l__r=text, **more)

    return make_catalog


def fields(**rules: str) -> str:
    return "fields:\n" + "".join(f'  "{left}": {right}\n' for left, right in rules.items())


def findings(catalog: Catalog, *codes: str) -> list[str]:
    return [
        f"{each.code} {each.message}"
        for each in check(catalog)
        if each.code in codes or (not codes and each.code != "unaccounted-member")
    ]


def translate(catalog: Catalog, event: Json, source: str, target: str) -> Json:
    """Translate an event; with losses and as a line of a stream, the output is the same."""
    translator = Translator(source, target, catalog=catalog)
    output = translator.translate(event)
    assert translator.translate_with_losses(event).events == [output]
    for with_losses in (False, True):
        lines = translator.translate_lines(json.dumps(event).encode() + b"\n", losses=with_losses)
        assert json.loads(lines.events) == output, lines.rejects
    return output


def losses(catalog: Catalog, event: Json, source: str, target: str) -> list[tuple[str, str, str]]:
    result = Translator(source, target, catalog=catalog).translate_with_losses(event)
    return [(loss.kind, loss.path, loss.because) for loss in result.losses]


INDEXES = fields(first='"items[0].id"', second='"items[1].id"')


def test_an_index_selects_an_element(make: MakeCatalog) -> None:
    """`[0]` and `[1]` are read and written as these elements."""
    catalog = make(INDEXES)
    left, right = {"first": "A", "second": "B"}, {"items": [{"id": "A"}, {"id": "B"}]}
    assert translate(catalog, left, "l", "r") == right
    assert translate(catalog, right, "r", "l") == left
    assert translate(catalog, {"items": [{"id": "A"}]}, "r", "l") == {"first": "A"}
    assert translate(catalog, {"items": []}, "r", "l") == {}
    assert translate(catalog, {}, "l", "r") == translate(catalog, {}, "r", "l") == {}
    assert findings(catalog) == []


def test_gaps_close_when_indexes_are_written(make: MakeCatalog) -> None:
    """An element without a value is left out, and the next one is reported as normalised."""
    catalog = make(fields(second='"tags[1]"', first='"tags[0]"'))
    assert translate(catalog, {"second": "B"}, "l", "r") == {"tags": ["B"]}
    assert translate(catalog, {"first": "A", "second": "B"}, "l", "r") == {"tags": ["A", "B"]}
    reason = "an element before it is absent, so it moves up"
    assert losses(catalog, {"second": "B"}, "l", "r") == [("normalised", "$.second", reason)]
    assert losses(catalog, {"first": "A", "second": "B"}, "l", "r") == []


def test_several_fields_of_one_element(make: MakeCatalog) -> None:
    """Rules that name one index write one element; what it requires has to be there."""
    catalog = make(fields(first='"items[0].id"', rank='"items[0].rank"'))
    right = {"items": [{"id": "A", "rank": 3}]}
    assert translate(catalog, {"first": "A", "rank": 3}, "l", "r") == right
    assert translate(catalog, right, "r", "l") == {"first": "A", "rank": 3}
    with pytest.raises(TranslationError, match="unmappable-value"):
        translate(catalog, {"rank": 3}, "l", "r")


def test_the_last_element_is_only_read(make: MakeCatalog) -> None:
    """`[last]` is read in `else`; a rule cannot write it."""
    rule = '{is: "tags[0]", else: [{to: l, is: "items[last].id", approximate: last, because: x}]}'
    catalog = make(fields(first=rule))
    event = {"items": [{"id": "A"}, {"id": "B"}]}
    assert translate(catalog, event, "r", "l") == {"first": "B"}
    assert ("approximated", "$.items[1].id", "x") in losses(catalog, event, "r", "l")
    assert translate(catalog, {**event, "tags": ["T"]}, "r", "l") == {"first": "T"}
    catalog = make(fields(first='"tags[last]"'))
    assert findings(catalog, "selection-overlap") == [
        "selection-overlap `tags[last]` cannot be written: its index is not known"
    ]


def test_the_only_element(make: MakeCatalog) -> None:
    """`[only]` is a list of one; a list of several is refused."""
    catalog = make(fields(one='"tags[only]"'))
    assert translate(catalog, {"one": "T"}, "l", "r") == {"tags": ["T"]}
    assert translate(catalog, {"tags": ["T"]}, "r", "l") == {"one": "T"}
    assert translate(catalog, {"tags": []}, "r", "l") == {}
    with pytest.raises(TranslationError, match=r"unmappable-value at \$.tags"):
        translate(catalog, {"tags": ["T", "U"]}, "r", "l")
    assert findings(catalog, "unaccounted-member") == [
        "unaccounted-member l field `all[]` is not mapped to r",
        *(
            f"unaccounted-member l field `{name}` is not mapped to r"
            for name in ("first", "rank", "second")
        ),
        *(
            f"unaccounted-member r field `{name}` is not mapped to l"
            for name in ("facets[].id", "facets[].kind", "items[].id", "items[].rank")
        ),
    ]


FILTERS = fields(**{"all[]": '"facets[kind=a].id"', "one": '"facets[kind=b][0].id"'})


def test_a_filter_selects_by_a_field(make: MakeCatalog) -> None:
    """`[kind=a]` reads the elements with this kind, and writes it into those it writes."""
    catalog = make(FILTERS)
    left = {"all": ["1", "2"], "one": "3"}
    facets = [{"kind": "a", "id": "1"}, {"kind": "a", "id": "2"}, {"kind": "b", "id": "3"}]
    assert translate(catalog, left, "l", "r") == {"facets": facets}
    assert translate(catalog, {"facets": facets}, "r", "l") == left
    assert translate(catalog, {"facets": facets[::-1]}, "r", "l") == {**left, "all": ["2", "1"]}
    assert translate(catalog, {"facets": facets[2:]}, "r", "l") == {"one": "3"}
    assert translate(catalog, {"facets": facets[:1]}, "r", "l") == {"all": ["1"]}
    assert translate(catalog, {"one": "3"}, "l", "r") == {"facets": facets[2:]}
    assert translate(catalog, {}, "l", "r") == {}
    assert losses(catalog, left, "l", "r") == losses(catalog, {"facets": facets}, "r", "l") == []
    assert findings(catalog) == []


def test_a_filter_compares_what_the_spec_allows(make: MakeCatalog) -> None:
    """A field that the elements lack and a value it cannot have are findings."""
    catalog = make(fields(**{"all[]": '"facets[sort=a].id"', "one": '"facets[kind=c][0].id"'}))
    assert findings(catalog, "unknown-member", "unknown-value") == [
        "unknown-member `facets[sort=a]` compares 'sort', which the elements do not have",
        "unknown-value `facets[kind=c][0]` selects nothing: 'kind' cannot be 'c'",
    ]


def test_a_filter_compares_numbers(make: MakeCatalog) -> None:
    """The value of a filter has the type of its field."""
    catalog = make(fields(**{"all[]": '"items[rank=1].id"'}))
    event = {"items": [{"id": "A", "rank": 1}, {"id": "B", "rank": 2}, {"id": "C"}]}
    assert translate(catalog, event, "r", "l") == {"all": ["A"]}
    assert translate(catalog, {"all": ["A"]}, "l", "r") == {"items": [{"id": "A", "rank": 1}]}


@pytest.mark.parametrize(
    "rules",
    [
        {"first": '"tags[0]"', "one": '"tags[only]"'},
        {"first": '"tags[0]"', "all[]": '"tags[]"'},
        {"first": '"facets[kind=a][0].id"', "all[]": '"facets[kind=a].id"'},
        {"first": '"facets[0].id"', "all[]": '"facets[kind=a].id"'},
    ],
)
def test_selections_that_may_overlap(make: MakeCatalog, rules: dict[str, str]) -> None:
    """Two selections that may write the same element are a finding."""
    assert len(findings(make(fields(**rules)), "selection-overlap")) == 1


def test_an_undeclared_selection(make: MakeCatalog) -> None:
    """A name that is no selection of the list is refused."""
    with pytest.raises(MappingError, match=r"selection-unknown.*'items' has no selection 'carts'"):
        make(fields(first='"items[carts].id"')).steps("l", "r")


def test_elements_that_no_rule_reads(make: MakeCatalog) -> None:
    """`check` reports the elements that no selection selects, as `[*]`."""
    rules = INDEXES + "lost:\n  r: {tags: t, facets: f, 'items[0].rank': x, 'items[1].rank': x}\n"
    assert [each for each in findings(make(rules), "unaccounted-member") if " r " in each] == [
        "unaccounted-member r field `items[*].id` is not mapped to l",
        "unaccounted-member r field `items[*].rank` is not mapped to l",
    ]


def test_the_contract_knows_that_elements_move(make: MakeCatalog) -> None:
    """What is behind an element that may be absent does not surely return."""
    catalog = make(fields(first='"tags[0]"', **{"all[]": '"tags[*]"'}))
    (promise,) = contract(catalog, "l", "r").promises
    statuses = {leaf.path: leaf.status for leaf in promise.leaves}
    assert (statuses["first"], statuses["all[]"]) == ("exact", "conditional")
    (promise,) = contract(catalog, "r", "l").promises
    assert promise.spread == ()


def test_the_contract_names_the_selection(make: MakeCatalog) -> None:
    """A leaf of the list survives if its element is selected."""
    catalog = make(INDEXES + FILTERS.removeprefix("fields:\n"))
    (promise,) = contract(catalog, "r", "l").promises
    leaves = {leaf.path: leaf for leaf in promise.leaves}
    assert leaves["items[].id"].conditions == ("it is in items[0]", "it is in items[1]")
    (promise,) = contract(catalog, "l", "r").promises
    statuses = {leaf.path: leaf.status for leaf in promise.leaves}
    assert statuses == {
        "first": "exact",
        "second": "conditional",
        "rank": "lost",
        "all[]": "exact",
        "one": "exact",
    }


LOSSES = [
    # rules of the mapping; its lost entries; the event of the right; its losses
    (INDEXES, "", {"items": [{"id": "A"}, {"id": "B"}]}, []),
    (INDEXES, "", {"items": [{"id": "A"}, {"id": "B"}, {"id": "C"}]}, ["items[2].id: no rule"]),
    (INDEXES, "items: more", {"items": [{"id": "A"}] * 3}, ["items[2].id: more"]),
    (INDEXES, "'items[*]': more", {"items": [{"id": "A"}] * 3}, ["items[2].id: more"]),
    (INDEXES, "", {"items": [{"id": "A", "rank": 1}]}, ["items[0].rank: no rule"]),
    (
        INDEXES,
        "items: more, 'items[0].rank': first, 'items[].rank': ranks",
        {"items": [{"id": "A", "rank": 1}, {"id": "A", "rank": 1}, {"id": "C", "rank": 1}]},
        [
            "items[0].rank: first",
            "items[1].rank: ranks",
            "items[2].id: more",
            "items[2].rank: ranks",
        ],
    ),
    (FILTERS, "", {"facets": [{"kind": "a", "id": "1"}, {"kind": "b", "id": "2"}]}, []),
    (
        FILTERS,
        "'facets[kind=b]': only one, facets: other",
        {"facets": [{"kind": "b", "id": "1"}, {"kind": "b", "id": "2"}]},
        ["facets[1].kind: only one", "facets[1].id: only one"],
    ),
    (
        fields(one='"facets[kind=b][0].id"'),
        "'facets[kind=a].id': an a, facets: other",
        {"facets": [{"kind": "a", "id": "1"}, {"kind": "b", "id": "2"}]},
        ["facets[0].kind: other", "facets[0].id: an a"],
    ),
    (INDEXES, "items: more", {"items": []}, []),
]


@pytest.mark.parametrize(("rules", "lost", "event", "expected"), LOSSES)
def test_losses_of_elements(
    make: MakeCatalog, rules: str, lost: str, event: Json, expected: list[str]
) -> None:
    """A leaf is lost for the reason of its element: the entry that is most specific."""
    catalog = make(rules + f"lost:\n  r: {{{lost}}}\n")
    found = losses(catalog, event, "r", "l")
    lines = [
        f"{path.removeprefix('$.')}: {because}" for kind, path, because in found if kind == "lost"
    ]
    assert [line.replace("no rule reads it", "no rule") for line in lines] == expected
    again = losses(catalog, event, "r", "l")
    assert again == found


def test_losses_depend_on_the_values_that_select(make: MakeCatalog) -> None:
    """Two events of one shape have different losses if their elements are of other kinds."""
    rules = fields(one='"facets[kind=b][0].id"') + "lost: {r: {'facets[kind=a]': an a}}\n"
    translator = Translator("r", "l", catalog=make(rules))
    reasons = [
        [loss.because for loss in translator.translate_with_losses({"facets": facets}).losses]
        for facets in (
            [{"kind": "b", "id": "1"}, {"kind": "a", "id": "2"}],
            [{"kind": "b", "id": "1"}, {"kind": "b", "id": "2"}],
        )
    ]
    assert reasons == [["an a"] * 2, ["no rule reads it"] * 2]


OBJECT = {"type": "object", "additionalProperties": True}
PAGE = event_schema({"title": STRING, "url": STRING}, additionalProperties=False)
REST_SPECS = {
    "l": event_schema(
        {
            "params": {**event_schema({"value": INTEGER, "page": PAGE}), **OBJECT},
            "entities": list_of({"schema": STRING, "id": STRING}),
        }
    ),
    "r": event_schema(
        {
            "revenue": INTEGER,
            "title": STRING,
            "ids": STRINGS,
            "carried": event_schema({"params": OBJECT, "entities": list_of({})}),
        }
    ),
}
REST_SPECS["r"]["properties"]["carried"]["properties"]["entities"]["items"] = OBJECT
RESTS = """
fields:
  params.value: revenue
  params.page.title: title
  "params{*}": carried.params
  "entities[schema=x].id": "ids[]"
  "entities[*]": "carried.entities[]"
lost: {r: {"carried.entities[]{value}": the left has only two fields}}
"""


def test_the_rest_of_an_object(make: MakeCatalog) -> None:
    """`{*}` reads the fields that no path names, also in objects named in part, and writes them."""
    catalog = make(RESTS, REST_SPECS)
    left = {"params": {"value": 3, "page": {"title": "T", "url": "U"}, "deep": [{"a": 1}]}}
    carried = {"params": {"page": {"url": "U"}, "deep": [{"a": 1}]}}
    right = {"revenue": 3, "title": "T", "carried": carried}
    assert translate(catalog, left, "l", "r") == right
    assert translate(catalog, right, "r", "l") == left
    assert losses(catalog, left, "l", "r") == losses(catalog, right, "r", "l") == []
    plain = {"params": {"value": 3, "page": {"title": "T"}}}
    assert translate(catalog, plain, "l", "r") == {"revenue": 3, "title": "T"}
    assert losses(catalog, {"params": {}}, "l", "r") == [
        ("normalised", "$.params", "an empty object has no field to select")
    ]
    assert findings(catalog, "unaccounted-member", "stale-reason") == []
    (promise,) = contract(catalog, "l", "r").promises
    assert {leaf.status for leaf in promise.leaves if "params" in leaf.path} == {"exact"}


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"value": 3}, "$.carried.params.value"),
        ({"page": {"title": "T"}}, "$.carried.params.page.title"),
        ({"page": {"url": 3}}, "$.carried.params"),
    ],
)
def test_the_rest_cannot_write_what_rules_name(make: MakeCatalog, params: Json, path: str) -> None:
    """A carried field that a path names is refused, even where no rule writes it."""
    translator = Translator("r", "l", catalog=make(RESTS, REST_SPECS))
    with pytest.raises(TranslationError) as caught:
        translator.translate({"carried": {"params": params}})
    assert (caught.value.code, caught.value.path) == ("unmappable-value", path)


def test_the_rest_of_a_list(make: MakeCatalog) -> None:
    """`[*]` reads the elements that no selection of the list selects, and writes them last."""
    catalog = make(RESTS, REST_SPECS)
    others = [{"schema": "y", "id": "2"}, {"id": "3"}]
    left = {"entities": [{"schema": "x", "id": "1"}, *others]}
    right = {"ids": ["1"], "carried": {"entities": others}}
    assert translate(catalog, left, "l", "r") == right
    assert translate(catalog, right, "r", "l") == left
    assert translate(catalog, {"entities": left["entities"][::-1]}, "l", "r") == {
        **right,
        "carried": {"entities": others[::-1]},
    }
    assert losses(catalog, left, "l", "r") == losses(catalog, right, "r", "l") == []
    with pytest.raises(TranslationError, match=r"unmappable-value at \$.carried.entities\[0\]"):
        translate(catalog, {"carried": {"entities": [{"schema": "x"}]}}, "r", "l")


def test_the_elements_behind_indexes(make: MakeCatalog) -> None:
    """`[*]` beside indexes is all other elements."""
    catalog = make(fields(first='"tags[0]"', second='"tags[2]"', **{"all[]": '"tags[*]"'}))
    assert translate(catalog, {"tags": ["A", "B", "C", "D"]}, "r", "l") == {
        "first": "A",
        "second": "C",
        "all": ["B", "D"],
    }
    assert translate(catalog, {"tags": ["A"]}, "r", "l") == {"first": "A"}
    back = {"first": "A", "second": "C", "all": ["B", "D"]}
    assert translate(catalog, back, "l", "r") == {"tags": ["A", "C", "B", "D"]}
    filtered = fields(one='"facets[kind=b][0].id"', **{"all[]": '"facets[*].id"'})
    facets = [{"kind": kind, "id": str(number)} for number, kind in enumerate("abab")]
    event = {"facets": facets}
    assert translate(make(filtered), event, "r", "l") == {"one": "1", "all": ["0", "2", "3"]}


HUB = event_schema({"items": ITEMS, "facets": FACETS, "tags": STRINGS})
PRODUCTS = list_of({"id": STRING, "first": STRING, "second": STRING}, "id")
FAR_LEFT = event_schema(
    {"tag1": STRING, "tag2": STRING, "as": STRINGS, "b": STRING, "sku": STRING, "tags": STRINGS}
)
FAR_RIGHT = event_schema(
    {"one": STRING, "two": STRING, "all": STRINGS, "bs": STRINGS, "a": STRING, "pairs": FACETS}
)
TAGS = fields(tag1='"tags[0]"', tag2='"tags[1]"')
KINDS = fields(**{"as[]": '"facets[kind=a].id"', "b": '"facets[kind=b][0].id"'})
FUSED: list[tuple[str, str, Json, Json]] = [
    # the rules of a format with the hub; those of another; an event; its translation
    (TAGS, fields(one='"tags[0]"', two='"tags[1]"'), {"tag2": "B"}, {"one": "B"}),
    (TAGS, fields(two='"tags[1]"'), {"tag1": "A", "tag2": "B"}, {"two": "B"}),
    (TAGS, fields(one='"tags[only]"'), {"tag2": "B"}, {"one": "B"}),
    (TAGS, fields(**{"all[]": '"tags[]"'}), {"tag1": "A", "tag2": "B"}, {"all": ["A", "B"]}),
    (TAGS, fields(all="tags"), {"tag2": "B"}, {"all": ["B"]}),
    (fields(tags="tags"), fields(two='"tags[1]"'), {"tags": ["A", "B"]}, {"two": "B"}),
    (fields(**{"tags[]": '"tags[]"'}), fields(two='"tags[1]"'), {"tags": ["A", "B"]}, {"two": "B"}),
    (
        KINDS,
        fields(**{"bs[]": '"facets[kind=b].id"', "a": '"facets[kind=a][0].id"'}),
        {"as": ["1", "2"], "b": "3"},
        {"bs": ["3"], "a": "1"},
    ),
    (KINDS, fields(**{"bs[]": '"facets[kind=b].id"'}), {"as": ["1"]}, {}),
    (
        KINDS,
        fields(**{"pairs[].kind": '"facets[].kind"', "pairs[].id": '"facets[].id"'}),
        {"as": ["1"], "b": "3"},
        {"pairs": [{"kind": "a", "id": "1"}, {"kind": "b", "id": "3"}]},
    ),
    (KINDS, fields(a='"facets[0].kind"'), {"b": "3"}, {"a": "b"}),
    (KINDS, fields(a='"facets[0].kind"'), {}, {}),
    (
        fields(sku='"items[only].id"'),
        'each: "items[]"\n' + fields(one='"items[].id"'),
        {"sku": "A"},
        {"one": "A"},
    ),
]


@pytest.mark.parametrize(("rules", "far_rules", "event", "expected"), FUSED)
def test_lists_that_one_mapping_writes_and_another_reads(
    tmp_path: Path, rules: str, far_rules: str, event: Json, expected: Json
) -> None:
    """Elements that one mapping writes by selections are found by those of the next."""
    specs = {"near": FAR_LEFT, "far": FAR_RIGHT, "interaction": HUB}
    texts = {
        name: f"version: 2\nbetween: [{name}, interaction]\n{text}"
        for name, text in (("near", rules), ("far", far_rules))
    }
    catalog = small_catalog(tmp_path, specs, **texts)
    assert translate(catalog, event, "near", "far") == expected


def test_elements_that_are_not_known_in_advance(tmp_path: Path) -> None:
    """A combination that the compiler cannot fuse is refused, never a wrong answer."""
    specs = {"near": FAR_LEFT, "far": FAR_RIGHT, "interaction": HUB}
    far = fields(**{"bs[]": '"facets[*].id"', "a": '"facets[kind=a][0].id"'})
    texts = {
        name: f"version: 2\nbetween: [{name}, interaction]\n{text}"
        for name, text in (("near", KINDS), ("far", far))
    }
    catalog = small_catalog(tmp_path, specs, **texts)
    with pytest.raises(MappingError, match=r"far.yaml.*selection-built.*is not known"):
        Translator("near", "far", catalog=catalog).translate({})


@pytest.mark.parametrize("condition", ["items", "items[].id"])
def test_a_condition_counts_what_selections_write(make: MakeCatalog, condition: str) -> None:
    """A condition on a list is about its elements, by whatever selection they are written."""
    rank = f'{{is: rank, when: [{{}}, {{"{condition}": $present}}]}}'
    specs = {**SPECS, "r": event_schema({**RIGHT, "rank": INTEGER})}
    catalog = make(fields(first='"items[0].id"', second='"items[1].id"', rank=rank), specs)
    event = {"second": "B", "rank": 1}
    assert translate(catalog, event, "l", "r") == {"items": [{"id": "B"}], "rank": 1}
    assert translate(catalog, {"rank": 1}, "l", "r") == {}
    event = {"items": [{"id": "A"}], "rank": 1}
    assert translate(catalog, event, "r", "l") == {"first": "A", "rank": 1}
    assert translate(catalog, {"rank": 1}, "r", "l") == {}


def test_a_rule_with_a_selection_has_a_condition(make: MakeCatalog) -> None:
    """Elements that a condition excludes are not written; the condition is the reason."""
    rules = fields(
        first='{is: "facets[kind=a][0].id", when: {one: x}}',
        second='"facets[kind=b][0].id"',
        one='"tags[only]"',
    )
    catalog = make(rules)
    a, b = {"kind": "a", "id": "A"}, {"kind": "b", "id": "B"}
    event = {"first": "A", "second": "B", "one": "x"}
    assert translate(catalog, event, "l", "r") == {"facets": [a, b], "tags": ["x"]}
    assert translate(catalog, {"facets": [a, b], "tags": ["x"]}, "r", "l") == event
    event["one"] = "y"
    assert translate(catalog, event, "l", "r") == {"facets": [b], "tags": ["y"]}
    assert ("lost", "$.first", "it is written only with one x") in losses(catalog, event, "l", "r")
    output = translate(catalog, {"facets": [a, b], "tags": ["y"]}, "r", "l")
    assert output == {"second": "B", "one": "y"}


def test_a_row_excludes_what_selections_write(make: MakeCatalog) -> None:
    """Where a row needs a list to be absent, no selection of it is written."""
    specs = {
        "l": event_schema({"first": STRING, "type": {"enum": ["view", "browse"]}}),
        "r": event_schema({"items": ITEMS, "type": {"enum": ["v"]}}),
    }
    rows = (
        "rows:\n  what:\n    exact:\n"
        "      - [{type: view}, {type: v, items: $present}]\n"
        "      - [{type: browse}, {type: v, items: $absent}]\n"
    )
    catalog = make(rows + fields(first='"items[0].id"'), specs)
    assert findings(catalog, "unwritten-value") == []
    viewed, browsed = {"type": "v", "items": [{"id": "A"}]}, {"type": "v"}
    assert translate(catalog, {"type": "view", "first": "A"}, "l", "r") == viewed
    assert translate(catalog, {"type": "browse", "first": "A"}, "l", "r") == browsed
    assert translate(catalog, viewed, "r", "l") == {"type": "view", "first": "A"}
    assert translate(catalog, browsed, "r", "l") == {"type": "browse"}


def test_a_route_reads_as_a_whole_what_selections_write(make: MakeCatalog) -> None:
    """Between two mappings, a codec and a condition take a list that selections wrote."""
    path = '{is: "tags[]", as: {split: {at: "/"}}}'
    second = '{is: rank, when: [{}, {"facets[].id": $present}]}'
    more = f"version: 2\nbetween: [c, r]\nfields:\n  path: {path}\n  rank: {second}\n"
    specs = {
        **SPECS,
        "r": event_schema({**RIGHT, "rank": INTEGER}),
        "c": event_schema({"path": STRING, "rank": INTEGER}),
    }
    rules = fields(
        first='"tags[0]"', second='"tags[1]"', rank="rank", **{"all[]": '"facets[kind=a].id"'}
    )
    catalog = make(rules, specs, c__r=more)
    event = {"first": "A", "second": "B", "rank": 1, "all": ["x"]}
    assert translate(catalog, event, "l", "c") == {"path": "A/B", "rank": 1}
    assert translate(catalog, {"rank": 1, "all": []}, "l", "c") == {}
    assert translate(catalog, {"second": "B"}, "l", "c") == {"path": "B"}
    assert translate(catalog, {"path": "A/B"}, "c", "l") == {"first": "A", "second": "B"}


def test_the_rest_of_an_object_has_a_condition(make: MakeCatalog) -> None:
    """Fields that `{*}` does not write because of a condition are not refused."""
    rest = {"type": "object", "additionalProperties": STRING}
    specs = {
        "l": event_schema({"rest": rest, "one": STRING, "name": STRING}),
        "r": event_schema({"all": {**rest, "properties": {"name": STRING}}, "one": STRING}),
    }
    rules = fields(rest='{is: "all{*}", when: {one: x}}', name="all.name", one="one")
    catalog = make(rules, specs)
    event = {"rest": {"a": "A"}, "one": "x", "name": "N"}
    assert translate(catalog, event, "l", "r") == {"all": {"a": "A", "name": "N"}, "one": "x"}
    event = {"rest": {"name": "M"}, "one": "y"}
    assert translate(catalog, event, "l", "r") == {"one": "y"}
    with pytest.raises(TranslationError, match="name"):
        Translator("l", "r", catalog=catalog).translate({"rest": {"name": "M"}, "one": "x"})


def test_a_value_of_several_elements_names_those_that_exist(make: MakeCatalog) -> None:
    """What a codec makes of elements that selections wrote comes from those that are present."""
    path = '{is: "tags[]", as: {split: {at: "/"}}}'
    more = f"version: 2\nbetween: [c, r]\nfields:\n  path: {path}\n"
    specs = {**SPECS, "c": event_schema({"path": STRING})}
    catalog = make(fields(first='"tags[0]"', second='"tags[1]"'), specs, c__r=more)
    found = losses(catalog, {"second": "B"}, "l", "c")
    assert {path for _, path, _ in found} == {"$.second"}


@pytest.mark.parametrize("path", ["facets[kind=a]", "facets[kind=a][0]"])
def test_whole_elements_of_which_a_selection_sets_a_field(make: MakeCatalog, path: str) -> None:
    """A selection that writes a field of an element does not write the element whole."""
    specs = {"l": event_schema({"all": FACETS, "one": FACETS["items"]})}
    left = '"all[]"' if path.endswith("a]") else "one"
    catalog = make(f'fields: {{{left}: "{path}"}}', {**SPECS, **specs})
    findings = [each for each in check(catalog) if each.code == "selection-whole"]
    assert [each.location.line for each in findings] == [3]
    with pytest.raises(MappingError, match="selection-whole"):
        Translator("l", "r", catalog=catalog)
