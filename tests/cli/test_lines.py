"""What stands in the files: compressed, in bodies of requests, or with params of their own."""

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
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
}
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.decompress,
    "zst": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


@pytest.mark.parametrize("end", PACK)
@pytest.mark.parametrize("jobs", [1, 2])
def test_compressed(run: Run, events: Path, tmp_path: Path, end: str, jobs: int) -> None:
    """By the ends of their names, events are read and events and rejects written compressed."""
    packed = tmp_path / f"events.ndjson.{end}"
    packed.write_bytes(PACK[end](events.read_bytes()))
    out, rejects = tmp_path / f"out.{end}", tmp_path / f"rejects.{end}"
    plain = run("translate", "goshops", "miso", events, "--rejects", tmp_path / "rejects")
    result = run(
        "translate", "goshops", "miso", packed, "-o", out, "--rejects", rejects, "--jobs", jobs
    )
    assert (result.code, result.err) == (plain.code, plain.err)
    assert UNPACK[end](out.read_bytes()).decode() == plain.out
    assert UNPACK[end](rejects.read_bytes()) == (tmp_path / "rejects").read_bytes()


@pytest.mark.parametrize("end", PACK)
@pytest.mark.parametrize("jobs", [1, 2])
def test_cut_short(run: Run, one: Path, tmp_path: Path, end: str, jobs: int) -> None:
    """Of a file that was cut, what is there is translated, -o is not written, and it is told."""
    text, noise = one.read_text(), random.Random(1)
    lines = [text.replace("SKU-1", noise.randbytes(20).hex()) for _ in range(6000)]
    data = PACK[end]("".join(lines).encode())
    packed, out = tmp_path / f"events.{end}", tmp_path / "out.ndjson"
    packed.write_bytes(data[:-5])
    shown = run("translate", "goshops", "miso", packed, "--jobs", jobs)
    kept = run("translate", "goshops", "miso", packed, "-o", out, "--jobs", jobs)
    assert (shown.code, kept.code) == (74, 74)
    assert len(shown.events) > 100
    counts, why = shown.complaints
    assert counts.startswith(f"read {len(shown.events)}, written {len(shown.events)}, ")
    at = f"stopped at line {len(shown.events)}"
    assert (
        why == f"translator: reading failed: the compressed data of {packed} ends too early; {at}"
    )
    assert kept.complaints[-1] == f"{why}; {out} was not written"
    assert not out.exists()


def test_not_named_for_it(run: Run, one: Path, tmp_path: Path) -> None:
    """A compressed file by another name is a reject that says how to name it."""
    file = tmp_path / "events"
    file.write_bytes(gzip.compress(one.read_bytes(), mtime=0))
    assert "give the file a name that ends in .gz" in run("translate", "goshops", "miso", file).err


def test_zstd_is_missing(run: Run, one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what zstd takes, exit code 2 and what to install, before anything is read."""

    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(compression, "import_module", absent)
    packed = one.with_name("one.zst")
    packed.write_bytes(b"")
    for arguments in ((packed,), (one, "-o", one.with_name("out.zst"))):
        result = run("translate", "goshops", "miso", *arguments)
        assert (result.code, result.out) == (2, "")
        assert "pip install 'event-translator[zstd]'" in result.err
    assert not one.with_name("out.zst").exists()


def test_envelope_written(run: Run, events: Path) -> None:
    """--envelope writes bodies of the target, of at most so many events as --batch says."""
    plain = run("translate", "goshops", "miso", events, "-q").events
    result = run("translate", "goshops", "miso", events, "--envelope")
    assert result.events == [{"data": plain}]
    assert result.complaints[-1] == "read 3, written 2, rejected 1 (invalid-event 1)"
    batched = run("translate", "goshops", "miso", events, "--envelope", "--batch", 1)
    assert batched.events == [{"data": [event]} for event in plain]


@pytest.mark.parametrize("jobs", [1, 2])
def test_envelope_read(run: Run, events: Path, tmp_path: Path, jobs: int) -> None:
    """--envelope reads bodies of the source; each bad event in them is a reject of its own."""
    file = tmp_path / "bodies.ndjson"
    body = run("translate", "goshops", "miso", events, "--envelope", "-q").events[0]
    body["data"].insert(1, {"type": "viewed"})
    file.write_text(f"{json.dumps(body)}\n{json.dumps(body['data'][0])}\n")
    rejects = tmp_path / "rejects.ndjson"
    result = run(
        "translate", "miso", "goshops", file, "--envelope", "--rejects", rejects, "--jobs", jobs
    )
    assert [one["data"]["item"] for one in result.events] == ["SKU-1", "SKU-2"]
    found = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(one["line"], one["code"], one["path"]) for one in found] == [
        (1, "invalid-event", "$.data[1].type"),
        (2, "invalid-body", "$"),
    ]
    assert found[0]["event"] == {"type": "viewed"}
    assert result.err == "read 4, written 2, rejected 2 (invalid-body 1, invalid-event 1)\n"


def test_envelope_cut_off(run: Run, one: Path, tmp_path: Path) -> None:
    """On standard output the body that was open when a run ended early is closed."""
    packed = tmp_path / "events.gz"
    packed.write_bytes(gzip.compress(one.read_bytes())[:-3])
    result = run("translate", "goshops", "miso", packed, "--envelope")
    assert result.code == 74
    assert [len(body["data"]) for body in result.events] == [1]


@pytest.mark.parametrize(
    ("pair", "options", "says"),
    [
        (("goshops", "cobi"), ["--envelope"], "neither goshops nor cobi has request bodies"),
        (("goshops", "miso"), ["--batch", "5"], "give --envelope too"),
        (("goshops", "miso"), ["--envelope", "--batch", "10001"], "at most 10000 events"),
        (("goshops", "miso"), ["--envelope", "--batch", "0"], "is not a number from 1 to"),
        (("miso", "goshops"), ["--envelope", "--batch", "5"], "goshops has no request bodies"),
        (("miso", "goshops"), ["--envelope", "--wrapped"], "either way, not both"),
    ],
)
def test_what_cannot_be(
    run: Run, one: Path, pair: tuple[str, str], options: list[str], says: str
) -> None:
    """Options that do not fit the formats or one another are refused before anything is read."""
    result = run("translate", *pair, one, *options)
    assert (result.code, result.out) == (2, "")
    assert says in result.err


def test_wrapped(run: Run, tmp_path: Path) -> None:
    """--wrapped reads events with params, which go before those of the command."""
    view = {"resource_type": "ai_note", "resource_id": 15, "interaction_type": "view"}
    file = tmp_path / "wrapped.ndjson"
    params = [{}, {"user": "ada"}, {"user": 5}]
    file.write_text("".join(json.dumps({"event": view, "params": one}) + "\n" for one in params))
    result = run("translate", "aisquare", "miso", file, "--wrapped", "--param", "user=all")
    assert [event["user_id"] for event in result.events] == ["all", "ada"]
    assert result.complaints[0].startswith("line 3: invalid-param at $.params: the param 'user'")
    enveloped = run("translate", "aisquare", "miso", file, "--wrapped", "--envelope", "-q")
    assert [len(body["data"]) for body in enveloped.events] == [2]
