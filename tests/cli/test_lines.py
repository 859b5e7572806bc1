"""Input and output lines: compressed, in request bodies, or with their own params."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from translator.streaming import compression

Run = Callable[..., Any]
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
}
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.decompress,
    "zst": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


@pytest.mark.parametrize("extension", COMPRESS)
@pytest.mark.parametrize("jobs", [1, 2])
def test_compressed(run: Run, events: Path, tmp_path: Path, extension: str, jobs: int) -> None:
    """The extension of each file decides whether it is read or written compressed."""
    compressed = tmp_path / f"events.ndjson.{extension}"
    compressed.write_bytes(COMPRESS[extension](events.read_bytes()))
    out, rejects = tmp_path / f"out.{extension}", tmp_path / f"rejects.{extension}"
    plain = run("translate", "goshops", "miso", events, "--rejects", tmp_path / "rejects")
    result = run(
        "translate", "goshops", "miso", compressed, "-o", out, "--rejects", rejects, "--jobs", jobs
    )
    assert (result.code, result.err) == (plain.code, plain.err)
    assert DECOMPRESS[extension](out.read_bytes()).decode() == plain.out
    assert DECOMPRESS[extension](rejects.read_bytes()) == (tmp_path / "rejects").read_bytes()


@pytest.mark.parametrize("extension", COMPRESS)
@pytest.mark.parametrize("jobs", [1, 2])
def test_truncated_file(
    run: Run, event_file: Path, tmp_path: Path, extension: str, jobs: int
) -> None:
    """The start of a truncated file is translated, the error is reported, and -o is not written."""
    line, noise = event_file.read_text(), random.Random(1)
    lines = [line.replace("SKU-1", noise.randbytes(20).hex()) for _ in range(6000)]
    data = COMPRESS[extension]("".join(lines).encode())
    compressed, out = tmp_path / f"events.{extension}", tmp_path / "out.ndjson"
    compressed.write_bytes(data[:-5])
    printed = run("translate", "goshops", "miso", compressed, "--jobs", jobs)
    saved = run("translate", "goshops", "miso", compressed, "-o", out, "--jobs", jobs)
    assert (printed.code, saved.code) == (74, 74)
    assert len(printed.events) > 100
    counts, reason = printed.error_lines
    assert counts.startswith(f"read {len(printed.events)}, written {len(printed.events)}, ")
    assert reason == (
        f"translator: reading failed: the compressed data of {compressed} ends too early; "
        f"stopped at line {len(printed.events)}"
    )
    assert saved.error_lines[-1] == f"{reason}; {out} was not written"
    assert not out.exists()


def test_compressed_file_without_extension(run: Run, event_file: Path, tmp_path: Path) -> None:
    """A compressed file without its extension is rejected with advice to rename it."""
    file = tmp_path / "events"
    file.write_bytes(gzip.compress(event_file.read_bytes(), mtime=0))
    assert "give the file a name that ends in .gz" in run("translate", "goshops", "miso", file).err


def test_zstd_is_not_installed(run: Run, event_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a zstd library, the command exits with 2 and names the package to install."""

    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(compression, "import_module", fail)
    compressed = event_file.with_name("event.zst")
    compressed.write_bytes(b"")
    for arguments in ((compressed,), (event_file, "-o", event_file.with_name("out.zst"))):
        result = run("translate", "goshops", "miso", *arguments)
        assert (result.code, result.out) == (2, "")
        assert "pip install 'event-translator[zstd]'" in result.err
    assert not event_file.with_name("out.zst").exists()


def test_envelope_written(run: Run, events: Path) -> None:
    """--envelope writes request bodies, and --batch limits the events per body."""
    plain = run("translate", "goshops", "miso", events, "-q").events
    result = run("translate", "goshops", "miso", events, "--envelope")
    assert result.events == [{"data": plain}]
    assert result.error_lines[-1] == "read 3, written 2, rejected 1 (invalid-event 1)"
    batched = run("translate", "goshops", "miso", events, "--envelope", "--batch", 1)
    assert batched.events == [{"data": [event]} for event in plain]


@pytest.mark.parametrize("jobs", [1, 2])
def test_envelope_read(run: Run, events: Path, tmp_path: Path, jobs: int) -> None:
    """--envelope reads request bodies, and rejects each invalid event separately."""
    file = tmp_path / "bodies.ndjson"
    body = run("translate", "goshops", "miso", events, "--envelope", "-q").events[0]
    body["data"].insert(1, {"type": "viewed"})
    file.write_text(f"{json.dumps(body)}\n{json.dumps(body['data'][0])}\n")
    rejects = tmp_path / "rejects.ndjson"
    result = run(
        "translate", "miso", "goshops", file, "--envelope", "--rejects", rejects, "--jobs", jobs
    )
    assert [event["data"]["item"] for event in result.events] == ["SKU-1", "SKU-2"]
    rejected = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(reject["line"], reject["code"], reject["path"]) for reject in rejected] == [
        (1, "invalid-event", "$.data[1].type"),
        (2, "invalid-body", "$"),
    ]
    assert rejected[0]["event"] == {"type": "viewed"}
    assert result.err == "read 4, written 2, rejected 2 (invalid-body 1, invalid-event 1)\n"


def test_envelope_of_an_aborted_run(run: Run, event_file: Path, tmp_path: Path) -> None:
    """When a run ends early, the open body on standard output is closed."""
    compressed = tmp_path / "events.gz"
    compressed.write_bytes(gzip.compress(event_file.read_bytes())[:-3])
    result = run("translate", "goshops", "miso", compressed, "--envelope")
    assert result.code == 74
    assert [len(body["data"]) for body in result.events] == [1]


@pytest.mark.parametrize(
    ("pair", "options", "message"),
    [
        (("goshops", "cobi"), ["--envelope"], "neither goshops nor cobi has request bodies"),
        (("goshops", "miso"), ["--batch", "5"], "it requires --envelope"),
        (("goshops", "miso"), ["--envelope", "--batch", "10001"], "at most 10000 events"),
        (("goshops", "miso"), ["--envelope", "--batch", "0"], "is not a number from 1 to"),
        (("miso", "goshops"), ["--envelope", "--batch", "5"], "goshops has no request bodies"),
        (("miso", "goshops"), ["--envelope", "--wrapped"], "cannot be combined"),
    ],
)
def test_conflicting_options(
    run: Run, event_file: Path, pair: tuple[str, str], options: list[str], message: str
) -> None:
    """Options that conflict with the formats or each other are refused before reading events."""
    result = run("translate", *pair, event_file, *options)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_wrapped(run: Run, tmp_path: Path) -> None:
    """--wrapped reads events with params, which take precedence over those of the command."""
    view = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "view"}
    file = tmp_path / "wrapped.ndjson"
    params = [{}, {"user": "ada"}, {"user": 5}]
    file.write_text(
        "".join(json.dumps({"event": view, "params": values}) + "\n" for values in params)
    )
    result = run("translate", "aisquare", "miso", file, "--wrapped", "--param", "user=all")
    assert [event["user_id"] for event in result.events] == ["all", "ada"]
    assert result.error_lines[0].startswith("line 3: invalid-param at $.params: the param 'user'")
    enveloped = run("translate", "aisquare", "miso", file, "--wrapped", "--envelope", "-q")
    assert [len(body["data"]) for body in enveloped.events] == [2]
