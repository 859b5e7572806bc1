"""`translate_as` returns an instance of a generated model of the target."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import pytest

from translator import TranslationError, Translator, TranslatorError, translate, translate_as

goshops, miso = (import_module(f"translator.generated.{name}") for name in ("goshops", "miso"))

EVENT: dict[str, Any] = {
    "project": "p1",
    "data": {"event": "view", "item": "SKU-1", "customer": "u1", "date": "2024-05-01T12:00:00Z"},
}


class MyView(miso.ProductDetailPageViewInteraction):  # type: ignore[misc, name-defined]
    """A model that is derived from a generated one."""


@pytest.mark.parametrize(
    "model", [miso.ProductDetailPageViewInteraction, miso.Interaction, MyView], ids=repr
)
def test_the_event_becomes_an_instance(model: Any) -> None:
    """The instance has what `translate` returns, and no more."""
    for instance in (
        translate_as(EVENT, "goshops", "miso", model),
        Translator("goshops", "miso").translate_as(EVENT, model),
    ):
        assert isinstance(instance, miso.ProductDetailPageViewInteraction)
        assert isinstance(instance, MyView) == (model is MyView)
        dumped = instance.model_dump(exclude_unset=True)
        assert dumped == translate(EVENT, "goshops", "miso")


def test_params_and_options_are_those_of_translate() -> None:
    """`translate_as` takes params and options as `translate` does."""
    like = {
        "type": "like",
        "user_id": "ada",
        "product_ids": ["A"],
        "timestamp": "2024-05-01T12:00:00Z",
    }
    params = {"project": "shop-1"}
    model = goshops.Interaction
    assert translate_as(like, "miso", "goshops", model, params=params).project == "shop-1"
    assert Translator("miso", "goshops").translate_as(like, model, params).project == "shop-1"
    with pytest.raises(TranslationError) as caught:
        translate_as(EVENT, "goshops", "aisquare", model, strict=True)
    assert caught.value.code != "invalid-model"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (goshops.Interaction, "Interaction is not a model of miso; use one of the module 'miso'"),
        (dict, "dict is not a model of miso"),
        (None, "None is not a model of miso"),
        ([], r"\[\] is not a model of miso"),
        (miso.LikeInteraction, "the miso event is not a LikeInteraction: type: Input should be"),
        (miso.InteractionUpload, "the miso event is not a InteractionUpload: data: Field required"),
    ],
    ids=["of the source", "no model", "none", "a list", "of another kind", "of a request body"],
)
def test_a_model_that_does_not_fit_is_refused(model: Any, message: str) -> None:
    """A model of another format, or of another kind of event, is refused with its name."""
    with pytest.raises(TranslationError, match=message) as caught:
        translate_as(EVENT, "goshops", "miso", model)
    assert caught.value.code == "invalid-model"


def test_missing_pydantic_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pydantic, the error names the extra that installs it."""
    monkeypatch.setitem(sys.modules, "pydantic", None)
    with pytest.raises(TranslatorError, match=r"pip install 'event-translator\[models\]'"):
        translate_as(EVENT, "goshops", "miso", miso.LikeInteraction)


def test_the_class_can_have_a_type_argument() -> None:
    """`Translator[...]` can be written in annotations that are evaluated."""
    assert Translator[dict[str, Any]].__args__ == (dict[str, Any],)
