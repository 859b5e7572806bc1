"""`translator play`: how the playground starts and ends."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT
from translator.play.server import PlayServer

Run = Callable[..., Any]
Spawn = Callable[..., "subprocess.Popen[bytes]"]


def read_port(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout
    line = process.stdout.readline().decode()
    found = re.fullmatch(
        r"serving the playground on http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends it\)\n", line
    )
    assert found, line
    return int(found[1])


def test_play_until_interrupted(spawn: Spawn, event_file: Path) -> None:
    """The page is served until Ctrl-C, whose exit code is that of the other commands."""
    process = spawn("play", "goshops", "miso", event_file, "--no-open", "--port", "0")
    port = read_port(process)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/")
    page = connection.getresponse().read().decode()
    token = re.findall('name="play-token" content="([^"]+)"', page)[0]
    headers = {"Content-Type": "application/json", "X-Play-Token": token}
    connection.request("POST", "/api/start", b"{}", headers)
    start = json.loads(connection.getresponse().read())
    connection.close()
    assert (start["source"], start["target"]) == ("goshops", "miso")
    assert json.loads(start["event"]) == json.loads(event_file.read_text())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were opened in a browser; the server does not wait for requests."""
    urls: list[str] = []
    monkeypatch.setattr("webbrowser.open", urls.append)
    monkeypatch.setattr(PlayServer, "serve_forever", lambda self: None)
    return urls


def test_open(run: Run, opened: list[str]) -> None:
    """The page opens in the browser, unless --no-open says otherwise."""
    result = run("play", "--port", "0")
    assert (result.code, result.err) == (0, "")
    assert [url in result.out for url in opened] == [True]
    assert run("play", "--port", "0", "--no-open").code == 0
    assert len(opened) == 1


def test_file_alone(run: Run, opened: list[str], event_file: Path) -> None:
    """FILE may be named without formats, and after options."""
    assert run("play", event_file, "--port", "0").code == 0
    assert run("play", "goshops", "miso", "--port", "0", event_file).code == 0


def test_port_in_use(run: Run, opened: list[str]) -> None:
    """A port in use is an error that names another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("play", "--port", port)
    assert result.code == 2
    assert f"cannot serve on 127.0.0.1:{port}" in result.err
    assert "--port 0" in result.err
    assert opened == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--port", "65536"], "is not a port"),
        (["--port", "-1"], "argument"),
        (["goshops"], "there is no such file"),
        (["goshops", "mars"], "there is no format 'mars'"),
        (["goshops", "goshops"], "the same"),
        (["goshops", "miso", "missing.ndjson"], "cannot read"),
        (["--mappings", "missing"], "there is no such folder"),
        (["--write"], "name it with --mappings"),
        (["--crosswalk", "items"], "does not have the form NAME=VALUE"),
        (["--crosswalk", "items=missing.csv"], "cannot read 'missing.csv'"),
    ],
    ids=str,
)
def test_wrong_usage(run: Run, opened: list[str], arguments: list[str], problem: str) -> None:
    """Wrong arguments are reported before anything is served."""
    result = run("play", *arguments)
    assert result.code == 2
    assert problem in result.err
    assert result.out == ""


@pytest.mark.parametrize("option", [True, False])
def test_crosswalks(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event_file: Path, option: bool
) -> None:
    """Crosswalks of the option apply, and those of the configuration."""
    item = json.loads(event_file.read_text())["data"]["item"]
    (tmp_path / "items.csv").write_text(f"goshops,miso\n{item},other\n", encoding="utf-8")
    config = tmp_path / "mine.toml"
    config.write_text('[pairs.goshops.miso]\ncrosswalks = {items = "items.csv"}\n', "utf-8")
    replies: list[Any] = []

    def serve(server: PlayServer) -> None:
        event = event_file.read_text()
        request = {"source": "goshops", "target": "miso", "event": event}
        replies.append(server.session.evaluate(request))

    monkeypatch.setattr(PlayServer, "serve_forever", serve)
    given = ["--crosswalk", f"items={tmp_path / 'items.csv'}"] if option else ["--config", config]
    assert run("play", "--port", "0", "--no-open", *given).code == 0
    (reply,) = replies
    assert reply["pair"]["crosswalks"] == ["items"]
    assert reply["explanation"]["events"][0]["product_ids"] == ["other"]


def test_write_with_a_folder(run: Run, opened: list[str]) -> None:
    """--write is accepted with a folder of mappings."""
    folder = ROOT / "mappings"
    assert run("play", "--port", "0", "--write", "--mappings", folder).code == 0
