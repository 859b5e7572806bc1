"""`translator contract`: what survives a round trip, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def contract_data(run: Run, *arguments: str) -> Any:
    result = run("contract", *arguments, "--output-format", "json")
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


def contract_lines(run: Run, *arguments: str) -> list[str]:
    """Return the lines of the text, with single spaces between words."""
    result = run("contract", *arguments)
    assert result.code == 0
    return [" ".join(line.split()) for line in result.out.splitlines()]


def promised_leaf(data: Any, kind: str, path: str) -> Any:
    (promise,) = (promise for promise in data["kinds"] if promise["kind"] == kind)
    (leaf,) = (leaf for leaf in promise["leaves"] if leaf["path"] == path)
    return leaf


def test_text_has_a_row_for_each_leaf(run: Run) -> None:
    """A row shows the status of a leaf, its conditions, the step that loses it, and why."""
    lines = contract_lines(run, "goshops", "cobi")
    assert lines[0] == (
        "goshops -> interaction -> cobi -> interaction -> goshops: 1 of 4 kinds of events return"
    )
    assert "data.item exact returns unchanged" in lines
    assert (
        "project changed is replaced by param project forward, "
        "interaction -> cobi: Cobi has no place for values of other formats"
    ) in lines
    assert any(
        line.startswith(
            "data.customer conditional returns if it fits student_id; else param user return, "
            "interaction -> goshops: "
        )
        for line in lines
    )


def test_text_shows_which_values_survive(run: Run) -> None:
    """The text shows whether each enum value returns, and why a value is refused."""
    lines = contract_lines(run, "goshops", "cobi")
    assert "data.event 'view' exact" in lines
    assert any(
        line.startswith("data.event 'like' refused") and "Cobi records no opinions" in line
        for line in lines
    )
    assert "type 'bookmark' changed: 'like'" in contract_lines(run, "miso", "goshops")


def test_text_shows_which_params_are_needed(run: Run) -> None:
    """The text distinguishes params that are always needed from those that may be needed."""
    lines = contract_lines(run, "goshops", "cobi")
    assert any(line.startswith("needs item_type in the forward direction: ") for line in lines)
    assert any(line.startswith("needs project in the return direction: ") for line in lines)
    assert any(line.startswith("may need timezone in the forward direction: ") for line in lines)


def test_data_of_a_leaf(run: Run) -> None:
    """In JSON, a leaf has its status, its conditions, what replaces it, and its loss."""
    data = contract_data(run, "goshops", "cobi")
    assert data["there"] == ["goshops", "interaction", "cobi"]
    assert data["params"] == ["item_type", "project", "time", "timezone", "user"]
    assert promised_leaf(data, "view", "project") == {
        "path": "project",
        "status": "changed",
        "conditions": [],
        "instead": ["param project"],
        "loss": {
            "way": "there",
            "step": "interaction -> cobi",
            "because": "Cobi has no place for values of other formats",
            "rule": "",
        },
    }
    needs = {need["param"]: need for need in data["kinds"][0]["needs"]}
    assert {name: (need["way"], need["always"]) for name, need in needs.items()} == {
        "item_type": ("there", True),
        "timezone": ("there", False),
        "project": ("back", True),
        "user": ("back", False),
    }
    values = {value["value"]: value["statuses"] for value in data["values"]}
    assert values == {"view": ["exact"], "like": [], "cart": [], "purchase": []}


def test_conditions_name_the_deciding_field(run: Run) -> None:
    """A leaf that another field may replace names that field in its conditions."""
    data = contract_data(run, "interaction", "cobi")
    item = promised_leaf(data, "view", "items[].id")
    assert item["conditions"][0] == "carried.cobi.item_id is absent"
    assert item["instead"] == ["carried.cobi.item_id"]
    assert "items[].id is absent" in promised_leaf(data, "view", "facets[].id")["conditions"]


def test_a_changed_value_names_its_rule(run: Run) -> None:
    """A changed value names the step and the rule that change it."""
    leaf = promised_leaf(contract_data(run, "aisquare", "goshops"), "bookmark", "interaction_type")
    assert leaf["instead"] == ["'like'"]
    assert leaf["loss"]["step"] == "interaction -> goshops"
    assert "goshops.yaml:" in leaf["loss"]["rule"]


def test_only_named_params_are_given(run: Run) -> None:
    """With --param, other params are not given, and events that need one do not return."""
    every = contract_data(run, "goshops", "cobi")
    assert every["kinds"][0]["leaves"]
    some = contract_data(run, "goshops", "cobi", "--param", "item_type", "--param", "project")
    assert some["params"] == ["item_type", "project"]
    assert promised_leaf(some, "view", "data.customer")["instead"] == []
    none = contract_data(run, "goshops", "cobi", "--param", "")
    assert none["params"] == []
    assert not any(promise["leaves"] for promise in none["kinds"])


def test_a_crosswalk_brings_ids_back(run: Run) -> None:
    """An id that the target does not accept returns unchanged through a crosswalk."""
    pair = ("aisquare", "cobi", "--crosswalk", "items")
    assert contract_data(run, *pair)["crosswalks"] == ["items"]
    assert promised_leaf(contract_data(run, *pair), "view", "resource_id")["status"] == "exact"


def test_opt_ins_are_named(run: Run) -> None:
    """A kind that needs an opt-in names it, unless it is allowed."""

    def opt_ins(*more: str) -> list[str]:
        kinds = contract_data(run, "miso", "goshops", *more)["kinds"]
        (promise,) = (promise for promise in kinds if promise["kind"] == "read")
        return list(promise["opt_ins"])

    assert opt_ins() == ["content-as-view"]
    assert opt_ins("--allow", "content-as-view") == []


def test_unknown_names_are_refused(run: Run) -> None:
    """A param, opt-in or crosswalk that no mapping on the route has is refused."""
    for option, noun in (("--param", "param"), ("--allow", "opt-in"), ("--crosswalk", "crosswalk")):
        result = run("contract", "goshops", "cobi", option, "itms")
        assert (result.code, result.out) == (2, "")
        assert f"there is no {noun} 'itms'" in result.err
