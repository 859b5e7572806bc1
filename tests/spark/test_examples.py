"""`spark-submit` runs the examples as the page shows them, on files in a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "spark"


def submit(script: str, *arguments: Path) -> None:
    """Run an example with two threads."""
    command = [str(Path(sys.executable).parent / "spark-submit"), "--master", "local[2]"]
    command += ["--conf", "spark.ui.enabled=false", str(EXAMPLES / script), *map(str, arguments)]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert completed.returncode == 0, completed.stderr[-4000:]


def event(item: str, date: str = "2024-05-01T12:00:00Z", **data: Any) -> dict[str, Any]:
    data = {"event": "cart", "item": item, "customer": "ada", "date": date, **data}
    return {"project": "shop-1", "data": data}


def read_lines(folder: Path, pattern: str) -> list[Any]:
    """Parse the lines of all files that Spark wrote into a folder."""
    files = sorted(folder.glob(pattern))
    assert files, f"no {pattern} in {folder}"
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def write_lines(file: Path) -> None:
    """Write two events, one of them with a carriage return, and two bad lines."""
    good = [
        json.dumps(event("A")).replace(" ", "\r"),
        json.dumps(event("B", "2024-05-01T12:00:00")),
    ]
    bad = ['{"project"', json.dumps(event("C", customer=7))]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([good[0], "", bad[0], good[1], bad[1]]) + "\n", newline="\n")


def check_outputs(events: Path, rejects: Path, pattern: str) -> None:
    """Compare outputs with the two good events and the two bad lines."""
    outputs = {item["product_ids"][0]: item for item in read_lines(events, f"{pattern}.txt")}
    assert outputs.keys() == {"A", "B"}
    assert outputs["B"]["timestamp"] == "2024-05-01T12:00:00-05:00"
    refused = {item["code"]: item for item in read_lines(rejects, f"{pattern}.json")}
    assert refused.keys() == {"invalid-json", "invalid-event"}
    assert refused["invalid-json"]["event"] == '{"project"'
    assert refused["invalid-event"]["path"] == "$.data.customer"


def test_batch(tmp_path: Path) -> None:
    """The batch job writes events and rejects."""
    write_lines(tmp_path / "input.ndjson")
    submit("batch.py", tmp_path / "input.ndjson", tmp_path / "events", tmp_path / "rejects")
    check_outputs(tmp_path / "events", tmp_path / "rejects", "part-*")


def test_streaming(tmp_path: Path) -> None:
    """The streaming job translates new files only, when it is run again."""
    folders = [tmp_path / name for name in ("input", "events", "rejects", "checkpoint")]
    write_lines(folders[0] / "first.ndjson")
    submit("streaming.py", *folders)
    check_outputs(folders[1], folders[2], "batch=0/part-*")
    (folders[0] / "second.ndjson").write_text(json.dumps(event("D")) + "\n")
    submit("streaming.py", *folders)
    (output,) = read_lines(folders[1], "batch=1/part-*.txt")
    assert output["product_ids"] == ["D"]


def test_parquet(tmp_path: Path) -> None:
    """The Parquet job keeps the key of each row; the time zone is that of the row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    payloads = [event("A", "2024-05-01T12:00:00"), event("B"), None, {}]
    rows = [
        {
            "id": number,
            "payload": None if value is None else json.dumps(value),
            "zone": "America/Lima",
        }
        for number, value in enumerate(payloads)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "input.parquet")
    submit("parquet.py", tmp_path / "input.parquet", tmp_path / "output")
    table = pa.concat_tables(map(pq.read_table, sorted((tmp_path / "output").glob("*.parquet"))))
    results = {row["id"]: row for row in table.to_pylist()}
    (first,) = map(json.loads, results[0]["events"])
    assert first["timestamp"] == "2024-05-01T12:00:00-05:00"
    assert len(results[1]["events"]) == 1 and results[1]["reject"] is None
    assert results[2] == {"id": 2, "events": None, "reject": None}
    assert results[3]["events"] is None and results[3]["reject"]["code"] == "invalid-event"
