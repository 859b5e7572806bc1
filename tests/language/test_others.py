"""`others: skip`: one value without an equivalent does not refuse the whole event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.small_formats import STRING, event_schema, small_catalog
from translator import Catalog, Translator, check
from translator.errors import TranslationError

MAPPING = """
fields:
  sku: item
  platform:
    is: device
    values: {ios: apple, web: browser}
    others: skip
    refuse: [{of: l, from: test, because: tests are no events}]
"""
ENUM = {"type": "string", "enum": ["ios", "web", "tvOS", "test"]}
DEVICES = {"type": "string", "enum": ["apple", "browser"]}


def make_catalog(folder: Path, platform: dict[str, Any]) -> Catalog:
    left = event_schema({"sku": STRING, "platform": platform})
    right = event_schema({"item": STRING, "device": DEVICES})
    return small_catalog(folder, {"l": left, "r": right}, l__r=MAPPING)


@pytest.mark.parametrize("platform", [STRING, ENUM])
def test_a_value_that_is_not_listed_is_lost(tmp_path: Path, platform: dict[str, Any]) -> None:
    """It is reported as lost, and strict mode refuses the event."""
    catalog = make_catalog(tmp_path, platform)
    assert not [each for each in check(catalog) if "l--r" in each.location.file]
    translator = Translator("l", "r", catalog=catalog)
    event = {"sku": "A", "platform": "tvOS"}
    result = translator.translate_with_losses(event)
    assert [translator.translate(event)] == result.events == [{"item": "A"}]
    assert [(loss.kind, loss.path, loss.because) for loss in result.losses] == [
        ("lost", "$.platform", "its rule lists no equivalent of the value")
    ]
    with pytest.raises(TranslationError, match="would-lose"):
        Translator("l", "r", catalog=catalog, strict=True).translate(event)
    assert translator.translate({"platform": "ios"}) == {"device": "apple"}


@pytest.mark.parametrize("platform", [STRING, ENUM])
def test_a_value_under_refuse_is_refused(tmp_path: Path, platform: dict[str, Any]) -> None:
    """`refuse` takes precedence over `others`."""
    translator = Translator("l", "r", catalog=make_catalog(tmp_path, platform))
    with pytest.raises(TranslationError, match="tests are no events"):
        translator.translate({"platform": "test"})
