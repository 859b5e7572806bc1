"""Params as arguments of a call: values may differ on every call."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from translator import TranslationError, Translator, translate, translate_all
from translator.catalog.discovery import Folders

EVENT = {"resource_type": "quest", "resource_id": 7, "interaction_type": "view"}
CALLS = 100_000


def params_of(number: int) -> dict[str, str]:
    return {
        "user": f"u-{number}",
        "time": f"2024-05-01T12:{number // 60 % 60:02}:{number % 60:02}Z",
    }


def test_each_call_uses_its_own_params() -> None:
    """Values of an earlier call never reach a later one."""
    for number in range(100):
        output = translate(EVENT, "aisquare", "miso", params=params_of(number))
        assert (output["user_id"], output["timestamp"]) == tuple(params_of(number).values())
        assert translate_all(EVENT, "aisquare", "miso", params=params_of(number)) == [output]


def test_params_of_a_call_take_precedence() -> None:
    """Params of one event are added to the translator's own, and override them."""
    translator = Translator("aisquare", "miso", params={"user": "own"})
    assert translator.translate(EVENT)["user_id"] == "own"
    output = translator.translate(EVENT, {"user": "ada", "time": "2024-05-01T12:00:00Z"})
    assert (output["user_id"], output["timestamp"]) == ("ada", "2024-05-01T12:00:00Z")
    output = translator.translate(EVENT, {"user": None, "time": "2024-05-01T12:00:00Z"})
    assert (output["user_id"], output["timestamp"]) == ("own", "2024-05-01T12:00:00Z")
    assert "timestamp" not in translator.translate(EVENT, {})


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"user": 7}, "invalid-param"),
        ({"user": "\ud800"}, "invalid-param"),
        ({"time": "yesterday"}, "invalid-param"),
        ({"usr": "ada"}, "unknown-param"),
        ({7: "ada"}, "invalid-param"),
        ("user", "invalid-param"),
        ([("user", "ada")], "invalid-param"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"strict": True}, {"validate": False}])
def test_params_of_a_call_are_checked(params: Any, code: str, options: dict[str, Any]) -> None:
    """Params of a call are refused as params of a translator are, whatever came before."""
    translator = Translator("aisquare", "miso", params={"user": "own"}, **options)
    calls = (
        translator.translate,
        translator.translate_all,
        translator.translate_with_losses,
        lambda event, values: translate(event, "aisquare", "miso", params=values, **options),
    )
    for call in calls:
        for _ in range(2):
            with pytest.raises(TranslationError) as caught:
                call(EVENT, params)
            assert caught.value.code == code


def test_an_event_that_becomes_several_takes_params() -> None:
    """With params, `translate_all` returns several events and `translate` refuses them."""
    event = {
        "type": "add_to_cart", "user_id": "u", "timestamp": "2024-05-01T12:00:00Z",
        "product_ids": ["a", "b"],
    }  # fmt: skip
    translator = Translator("miso", "goshops")
    for project in ("one", "two"):
        events = translator.translate_all(event, {"project": project})
        assert [output["project"] for output in events] == [project, project]
        with pytest.raises(TranslationError) as caught:
            translator.translate(event, {"project": project})
        assert caught.value.code == "several-events"
        single = {**event, "product_ids": ["a"]}
        assert translator.translate(single, {"project": project})["project"] == project


@pytest.mark.nightly
def test_distinct_params_do_not_grow_the_process() -> None:
    """A hundred thousand calls with distinct values use no more memory."""

    def calls(first: int, count: int) -> Iterator[object]:
        for number in range(first, first + count):
            yield translate(EVENT, "aisquare", "miso", params=params_of(number))

    for _ in calls(0, 1000):
        pass
    gc.collect()
    tracemalloc.start()
    try:
        for _ in calls(1000, CALLS):
            pass
        gc.collect()
        current, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert current < 100_000


def test_threads_with_different_params_share_a_translator() -> None:
    """Calls with different params in several threads do not affect one another."""
    translator = Translator("aisquare", "miso")

    def run(number: int) -> bool:
        params = params_of(number)
        if number % 2:
            del params["time"]
        output: dict[str, Any] = translator.translate(EVENT, params)
        return output["user_id"] == params["user"] and output.get("timestamp") == params.get("time")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(4000)))


def test_opt_ins_from_a_generator_apply_to_every_program(tmp_path: Path) -> None:
    """`allow` may be a generator, also with a plan cache and with params of a call."""
    folders = Folders(cache_dir=str(tmp_path / "plans"))
    allow = (name for name in ["content-as-view"])
    translator = Translator("miso", "goshops", allow=allow, catalog=folders)
    event = {
        "type": "read", "user_id": "u", "timestamp": "2024-05-01T12:00:00Z", "product_ids": ["a"],
    }  # fmt: skip
    assert translator.translate(event, {"project": "p"})["data"]["event"] == "view"
