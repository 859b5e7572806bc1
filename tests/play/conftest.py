"""A running playground, and requests as its page sends them."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tools.shipped import ROOT
from translator.catalog.catalog import Catalog
from translator.play.server import HOST, TOKEN_HEADER, PlayServer
from translator.play.session import Session

EVENT = {
    "project": "p1",
    "data": {"event": "view", "item": "i1", "customer": "u1", "date": "2024-05-01T12:00:00Z"},
}


@dataclass
class Reply:
    """A reply of the server."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


class Page:
    """Sends requests as the page of a server does, unless told otherwise."""

    def __init__(self, server: PlayServer) -> None:
        self.server, self.port = server, server.server_port
        found = re.search(r'name="play-token" content="([^"]+)"', self.get("/").body.decode())
        assert found
        self.token = found[1]

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, None, headers)

    def post(self, action: str, data: Any = None, **changes: str | None) -> Reply:
        """Post to an action; `changes` replace headers, None removes one."""
        headers: dict[str, str | None] = {
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{self.port}",
            TOKEN_HEADER: self.token,
        }
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        given = {name: value for name, value in headers.items() if value is not None}
        body = data if isinstance(data, bytes) else json.dumps(data or {}).encode()
        return self.request("POST", f"/api/{action}", body, given)

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return Reply(reply.status, dict(reply.getheaders()), reply.read())
        finally:
            connection.close()

    def translate(self, event: Any = EVENT, **changes: Any) -> Any:
        text = event if isinstance(event, str) else json.dumps(event)
        request = {"source": "goshops", "target": "miso", "event": text, **changes}
        reply = self.post("evaluate", request)
        assert reply.status == 200, reply.body
        return reply.data


@contextmanager
def serving(session: Session) -> Iterator[Page]:
    errors: list[Exception] = []
    with PlayServer(session, 0, errors.append) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Page(server)
        finally:
            server.shutdown()
            thread.join()
            session.close()
    assert errors == []


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    """The page of a playground of the shipped formats, which may not write."""
    with serving(Session(Catalog())) as page:
        yield page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the caller with one mapping."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    text = (ROOT / "mappings" / "goshops.yaml").read_bytes()
    (folder / "goshops.yaml").write_bytes(text)
    return folder


@pytest.fixture
def writer(folder: Path) -> Iterator[Page]:
    """The page of a playground that may write into `folder`."""
    with serving(Session(Catalog(mappings=[folder]), writes=True)) as page:
        yield page
