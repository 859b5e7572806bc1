"""`translator.spark` translates frames on a real Spark as the library does."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as f

from translator import Catalog, TranslationError, Translator, TranslatorError
from translator.spark import count_losses, translate, translate_column

ROOT = Path(__file__).resolve().parents[2]
CART = {
    "project": "shop-1",
    "data": {
        "event": "cart",
        "item": "SKU-1",
        "customer": "ada",
        "date": "2024-05-01T12:00:00Z",
    },
}
TWO_ITEMS = {
    "type": "add_to_cart",
    "user_id": "ada",
    "timestamp": "2024-05-01T12:00:00Z",
    "product_ids": ["SKU-1", "SKU-2"],
    "quantities": [1, 2],
}
LIKE = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "like"}


def cart(item: str) -> dict[str, Any]:
    return {**CART, "data": {**CART["data"], "item": item}}  # type: ignore[dict-item]


def to_miso(event: dict[str, Any]) -> dict[str, Any]:
    output: dict[str, Any] = Translator("goshops", "miso").translate(event)
    return output


def loaded(rows: list[Any]) -> list[Any]:
    """Parse the events of collected rows, sorted by the product."""
    events = [json.loads(row.event) for row in rows if row.event is not None]
    return sorted(events, key=lambda event: str(event["product_ids"]))


@pytest.mark.parametrize("large", ["false", "true"])
def test_each_value_stands_alone(spark: Any, large: str) -> None:
    """Nulls and blanks have no row, and neither line ends nor bad values affect other rows."""
    events = [cart(f"SKU-{number}") for number in range(9)]
    values = [json.dumps(event).encode() for event in events]
    values[1] = json.dumps(events[1], indent=2).encode()  # with line ends
    values[2] = values[2].replace(b" ", b"\r")
    values[3] = json.dumps(cart("Käse ☕"), ensure_ascii=False).encode()
    bad = {b'{"project"': "invalid-json", b"\xff\xfe": "not-utf8", b"{}": "invalid-event"}
    rows = [(value,) for value in [*values, None, b"", b" \n", *bad]]
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", large)
    frame = spark.createDataFrame(rows, "value binary").repartition(2)
    result = translate(frame, "goshops", "miso").collect()
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", "false")
    expected = [*map(to_miso, [*events[:3], cart("Käse ☕"), *events[4:]])]
    assert loaded(result) == sorted(expected, key=lambda event: str(event["product_ids"]))
    rejects = [row.reject for row in result if row.event is None]
    assert Counter(reject.code for reject in rejects) == Counter(bad.values())
    assert {reject.event for reject in rejects} >= {'{"project"', "{}"}
    assert all(row.reject is None for row in result if row.event is not None)


def test_a_column_keeps_the_other_columns(spark: Any) -> None:
    """Each row keeps its key, and has all its events in order, or the reject, or null."""
    values = [json.dumps(TWO_ITEMS), None, "{", "", json.dumps(TWO_ITEMS, indent=1)]
    rows = [
        (offset, None if value is None else value.encode()) for offset, value in enumerate(values)
    ]
    frame = spark.createDataFrame(rows, "offset int, value binary").repartition(2)
    column = translate_column(frame, "miso", "goshops", params={"project": "shop-1"})
    result = {
        row.offset: row.result for row in frame.select("offset", column.alias("result")).collect()
    }
    assert result[1] is None and result[3] is None
    assert result[2].events is None and result[2].reject.code == "invalid-json"
    expected = Translator("miso", "goshops", params={"project": "shop-1"}).translate_all(TWO_ITEMS)
    for offset in (0, 4):
        assert [json.loads(event) for event in result[offset].events] == expected
        assert result[offset].reject is None


def test_params_come_from_columns(spark: Any) -> None:
    """A param may be a column: strings, numbers, timestamps and bytes; null means not given."""
    spark.conf.set("spark.sql.session.timeZone", "America/Lima")
    time = datetime(2024, 5, 1, 12, tzinfo=UTC)
    rows = [(json.dumps(LIKE), b"ada", 7, time), (json.dumps(LIKE), None, 8, time)]
    frame = spark.createDataFrame(rows, "value string, key binary, number int, at timestamp")
    by_key = translate(frame, "aisquare", "miso", params={"user": f.col("key"), "time": frame.at})
    events = [json.loads(row.event) for row in by_key.collect()]
    assert sorted(event.get("user_id", "") for event in events) == ["", "ada"]
    assert {datetime.fromisoformat(event["timestamp"]) for event in events} == {time}
    params = {"user": frame.number, "time": "2024-05-01T12:00:00Z"}
    column = translate_column(frame, "aisquare", "miso", params=params)
    result = frame.select(column.alias("result")).select(f.explode("result.events")).collect()
    assert sorted(json.loads(row.col)["user_id"] for row in result) == ["7", "8"]


def test_structs_are_written_as_json(spark: Any) -> None:
    """A column of structs is translated like the JSON that Spark writes of it."""
    schema = (
        "project string, data struct<event: string, item: string, customer: string, date: string>"
    )
    row = (CART["project"], tuple(CART["data"].values()))  # type: ignore[attr-defined]
    frame = spark.createDataFrame([(row,), (None,)], f"`an.event` struct<{schema}>")
    assert loaded(translate(frame, "goshops", "miso", column="an.event").collect()) == [
        to_miso(CART)
    ]
    column = translate_column(frame, "goshops", "miso", column="an.event")
    first, second = (row.result for row in frame.select(column.alias("result")).collect())
    assert [json.loads(event) for event in first.events] == [to_miso(CART)]
    assert second is None


def test_losses_are_summed_by_path(spark: Any) -> None:
    """The counts are those of the library, over all partitions."""
    lines = [json.dumps(TWO_ITEMS)] * 9 + [json.dumps(TWO_ITEMS | {"product_ids": ["A"]})]
    frame = spark.createDataFrame([(line,) for line in lines], "value string").repartition(3)
    result = count_losses(frame, "miso", "goshops", params={"project": "shop-1"}).collect()
    translator = Translator("miso", "goshops", params={"project": "shop-1"})
    expected = translator.translate_lines("\n".join(lines).encode(), losses=True).losses
    assert expected["lost", "$.quantities[]"] > len(lines)
    assert {(row.kind, row.path): row["count"] for row in result} == expected


def test_own_formats_travel_by_content(spark: Any, tmp_path: Path) -> None:
    """Workers need no files of the caller's folders."""
    specs, mappings = tmp_path / "specs", tmp_path / "mappings"
    specs.mkdir()
    mappings.mkdir()
    spec, mapping = specs / "shop.json", mappings / "shop.yaml"
    spec.write_bytes((ROOT / "specs" / "goshops.json").read_bytes())
    text = (ROOT / "mappings" / "goshops.yaml").read_text(encoding="utf-8")
    mapping.write_text(text.replace("goshops", "shop"), encoding="utf-8")
    catalog = Catalog(specs=[specs], mappings=[mappings])
    frame = spark.createDataFrame([(json.dumps(CART),)], "value string")
    result = translate(frame, "shop", "interaction", catalog=catalog)
    spec.unlink()
    mapping.unlink()
    (row,) = result.collect()
    assert json.loads(row.event)["action"] == "add_to_cart"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "goshop"}, "unknown-format .*goshops"),
        ({"column": "valu"}, "no column 'valu'; did you mean 'value'"),
        ({"column": "number"}, "'number' has the type int"),
        ({"params": {"zone": "UTC"}}, "unknown-param .*'zone'"),
        ({"params": {"timezone": "Mars"}}, "invalid-param .*timezone"),
        ({"params": ["timezone"]}, "invalid-param"),
        ({"allow": ["anything"]}, "unknown-opt-in .*anything"),
        ({"crosswalks": {"items": []}}, "invalid-crosswalk .*'items'"),
    ],
)
@pytest.mark.parametrize("function", [translate, translate_column, count_losses])
def test_wrong_arguments_raise_before_the_job(
    spark: Any, function: Any, arguments: dict[str, Any], message: str
) -> None:
    """A wrong format, column, type of column, param, opt-in or crosswalk raises on the driver."""
    frame = spark.createDataFrame([("{}", 1)], "value string, number int")
    with pytest.raises(TranslatorError, match=message):
        function(frame, **{"source": "goshops", "target": "miso", **arguments})


def test_names_of_params_from_columns_are_checked(spark: Any) -> None:
    """A param that the pair does not have raises on the driver, though its value is a column."""
    frame = spark.createDataFrame([("{}", "UTC")], "value string, zone string")
    with pytest.raises(TranslationError, match=r"unknown-param .*'zone'"):
        translate(frame, "goshops", "miso", params={"zone": frame.zone})


def test_counting_losses_takes_constant_params(spark: Any) -> None:
    """Losses are counted over whole batches, so that params cannot differ by row."""
    frame = spark.createDataFrame([("{}", "UTC")], "value string, zone string")
    with pytest.raises(TranslatorError, match="constant"):
        count_losses(frame, "goshops", "miso", params={"timezone": frame.zone})
