"""`translator contract`: what survives the way there and back, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def read(run: Run, *arguments: str) -> Any:
    """The contract as programs get it."""
    found = run("contract", *arguments, "--output-format", "json")
    assert found.code == 0
    assert found.err == ""
    return json.loads(found.out)


def leaf(data: Any, kind: str, path: str) -> Any:
    """One leaf of one kind of event."""
    (promise,) = (one for one in data["kinds"] if one["kind"] == kind)
    (found,) = (one for one in promise["leaves"] if one["path"] == path)
    return found


def test_text_says_what_becomes_of_each_leaf(run: Run) -> None:
    """The text has a row for each leaf: its status, its conditions, where it is lost and why."""
    found = run("contract", "goshops", "cobi")
    assert found.code == 0
    lines = [" ".join(line.split()) for line in found.out.splitlines()]
    assert lines[0] == (
        "goshops -> interaction -> cobi -> interaction -> goshops: 1 of 4 kinds of events come back"
    )
    assert "data.item exact comes back as it was" in lines
    assert (
        "project changed something else stands in its place: param project there, "
        "interaction -> cobi: only what Cobi itself sent is carried back to it"
    ) in lines
    assert any(
        line.startswith(
            "data.customer conditional comes back if it fits student_id; else param user back, "
            "interaction -> goshops: "
        )
        for line in lines
    )


def test_text_says_which_values_survive(run: Run) -> None:
    """The text says of each value of an enum whether it comes back, and why one is refused."""
    lines = [" ".join(one.split()) for one in run("contract", "goshops", "cobi").out.splitlines()]
    assert "data.event 'view' exact" in lines
    assert any(
        line.startswith("data.event 'like' refused") and "Cobi records no opinions" in line
        for line in lines
    )
    lines = [" ".join(one.split()) for one in run("contract", "miso", "goshops").out.splitlines()]
    assert "type 'bookmark' changed: 'like'" in lines


def test_text_says_which_params_are_needed(run: Run) -> None:
    """The text tells a param that a kind of event always needs from one that it may need."""
    lines = [one.strip() for one in run("contract", "goshops", "cobi").out.splitlines()]
    assert any(one.startswith("needs item_type on the way there: ") for one in lines)
    assert any(one.startswith("needs project on the way back: ") for one in lines)
    assert any(one.startswith("may need timezone on the way there: ") for one in lines)


def test_data_says_what_the_text_says(run: Run) -> None:
    """For programs a leaf has its status, conditions, what stands instead, and its loss."""
    data = read(run, "goshops", "cobi")
    assert data["there"] == ["goshops", "interaction", "cobi"]
    assert data["params"] == ["item_type", "project", "time", "timezone", "user"]
    assert leaf(data, "view", "project") == {
        "path": "project",
        "status": "changed",
        "conditions": [],
        "instead": ["param project"],
        "loss": {
            "way": "there",
            "step": "interaction -> cobi",
            "because": "only what Cobi itself sent is carried back to it",
            "rule": "",
        },
    }
    needs = {one["param"]: one for one in data["kinds"][0]["needs"]}
    assert {name: (one["way"], one["always"]) for name, one in needs.items()} == {
        "item_type": ("there", True),
        "timezone": ("there", False),
        "project": ("back", True),
        "user": ("back", False),
    }
    values = {one["value"]: one["statuses"] for one in data["values"]}
    assert values == {"view": ["exact"], "like": [], "cart": [], "purchase": []}


def test_conditions_name_what_decides(run: Run) -> None:
    """A leaf that another member may displace says which, and one of a form when it is taken."""
    data = read(run, "interaction", "cobi")
    item = leaf(data, "view", "items[].id")
    assert item["conditions"][0] == "carried.cobi.item_id is absent"
    assert item["instead"] == ["carried.cobi.item_id"]
    assert "items[].id is absent" in leaf(data, "view", "facets[].id")["conditions"]


def test_an_approximation_is_blamed_with_its_rule(run: Run) -> None:
    """A value that is changed names the step, the reason and the rule that changes it."""
    found = leaf(read(run, "aisquare", "goshops"), "bookmark", "interaction_type")
    assert found["instead"] == ["'like'"]
    assert found["loss"]["step"] == "interaction -> goshops"
    assert "goshops.yaml:" in found["loss"]["rule"]


def test_only_named_params_are_taken_as_given(run: Run) -> None:
    """With --param, no other param is given: events that need one do not come back."""
    every = read(run, "goshops", "cobi")
    assert every["kinds"][0]["leaves"]
    some = read(run, "goshops", "cobi", "--param", "item_type", "--param", "project")
    assert some["params"] == ["item_type", "project"]
    assert leaf(some, "view", "data.customer")["instead"] == []
    none = read(run, "goshops", "cobi", "--param", "")
    assert none["params"] == []
    assert not any(one["leaves"] for one in none["kinds"])


def test_a_crosswalk_brings_ids_back(run: Run) -> None:
    """An id that no other format takes comes back through a crosswalk, as it was."""
    pair = ("aisquare", "cobi", "--crosswalk", "items")
    assert read(run, *pair)["crosswalks"] == ["items"]
    assert leaf(read(run, *pair), "view", "resource_id")["status"] == "exact"


def test_opt_ins_are_named(run: Run) -> None:
    """A kind that is refused without an opt-in names it, and not once it is allowed."""

    def opt_ins(*more: str) -> list[str]:
        kinds = read(run, "miso", "goshops", *more)["kinds"]
        (found,) = (one["opt_ins"] for one in kinds if one["kind"] == "read")
        return list(found)

    assert opt_ins() == ["content-as-view"]
    assert opt_ins("--allow", "content-as-view") == []


def test_unknown_names_are_refused(run: Run) -> None:
    """A param, an opt-in or a crosswalk that no mapping on the way has is refused by name."""
    for option, what in (("--param", "param"), ("--allow", "opt-in"), ("--crosswalk", "crosswalk")):
        found = run("contract", "goshops", "cobi", option, "itms")
        assert found.code == 2
        assert found.out == ""
        assert f"there is no {what} 'itms'" in found.err
