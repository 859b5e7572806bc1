"""The server answers its own page only, and names no file of the computer."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from tests.play.conftest import Page, serving
from translator.catalog.catalog import Catalog
from translator.play.server import HOST, MAX_REQUEST, PlayServer
from translator.play.session import Session


@pytest.mark.parametrize("path", ["/", "/play.css", "/play.js", "/editor.js", "/icon.svg"])
def test_files_of_the_page(page: Page, path: str) -> None:
    """Each file of the page is served, with a policy that allows nothing from elsewhere."""
    reply = page.get(path)
    assert reply.status == 200
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy and "http" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert b"http://" not in reply.body.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in reply.body


def test_the_page_has_no_inline_code(page: Page) -> None:
    """The page has neither inline scripts nor handlers nor styles, which the policy refuses."""
    text = page.get("/").body.decode()
    assert "<style" not in text and "style=" not in text
    assert " onclick" not in text and "{{" not in text
    assert text.count("<script") == text.count('src="/play.js"')


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml", "/static/page.html", "/page.html", "//etc/passwd",
        "/%2e%2e/etc/passwd",
        "/play.js/../../server.py", "/..%2fserver.py", "/api/start", "http:",
    ],
)  # fmt: skip
def test_other_paths(page: Page, path: str) -> None:
    """A path that is none of the page's own is not found, whatever it looks like."""
    reply = page.get(path)
    assert (reply.status, reply.data) == (404, {"error": "there is no such page"})


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:1", "evil.localhost", ""])
def test_other_hosts(page: Page, host: str) -> None:
    """A host that is not the server's own is refused, so that no name can lead here."""
    assert page.get("/", Host=host).status == 403
    assert page.post("start", Host=host).status == 403


def test_localhost(page: Page) -> None:
    """The page may be opened as localhost too."""
    host = f"localhost:{page.port}"
    assert page.get("/", Host=host).status == 200
    assert page.post("start", Host=host, Origin=f"http://{host}").status == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Origin": "http://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"X_Play_Token": None}, 403),
        ({"X_Play_Token": "guess"}, 403),
        ({"X_Play_Token": "gu\xe9ss"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": None}, 415),
        ({"Content_Length": "none"}, 411),
        ({"Content_Length": str(MAX_REQUEST + 1)}, 413),
        ({"Content_Length": "9" * 400}, 413),
        ({"Content_Length": "-1"}, 411),
    ],
    ids=str,
)
def test_requests_of_other_pages(page: Page, changes: dict[str, Any], status: int) -> None:
    """A request needs the page's origin, its token, JSON, and a size within the limit."""
    reply = page.post("start", **changes)
    assert reply.status == status
    assert reply.data["error"]


def test_each_run_has_its_own_token(page: Page) -> None:
    """The token of one run is refused by another."""
    with serving(Session(Catalog())) as other:
        assert other.token != page.token
        assert other.post("start", X_Play_Token=page.token).status == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b"1"])
def test_bodies_that_are_no_object(page: Page, body: bytes) -> None:
    """A body that is not a JSON object is refused."""
    reply = page.request("POST", "/api/start", body, {
        "Content-Type": "application/json", "X-Play-Token": page.token,
    })  # fmt: skip
    assert (reply.status, reply.data) == (400, {"error": "the body must be a JSON object"})


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("pair", {}),
        ("pair", {"source": "goshops", "target": "../../etc"}),
        ("pair", {"source": ["goshops"], "target": "miso"}),
        ("evaluate", {"source": "goshops", "target": "miso", "event": 1}),
        ("evaluate", {"source": "goshops", "target": "miso", "params": []}),
        ("evaluate", {"source": "goshops", "target": "miso", "allow": [1]}),
        ("evaluate", {"source": "goshops", "target": "miso", "number": "1"}),
        ("evaluate", {"source": "goshops", "target": "miso", "texts": {"goshops.yaml": 1}}),
        ("check", {"source": "goshops", "target": "miso", "texts": {"goshops.yaml": "\ud800"}}),
        ("save", {"source": "goshops", "target": "miso", "mapping": "/etc/passwd"}),
    ],
    ids=str,
)
def test_requests_that_make_no_sense(page: Page, action: str, data: dict[str, Any]) -> None:
    """A request with values of other kinds is refused with a message."""
    reply = page.post(action, data)
    assert reply.status == 400
    assert "Traceback" not in reply.data["error"]


def test_unknown_actions_and_methods(page: Page) -> None:
    """Other actions and methods are refused as JSON."""
    assert page.post("nothing").status == 404
    reply = page.request("DELETE", "/", None, {})
    assert reply.status == 501 and reply.data["error"]


def test_bugs_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error reaches the terminal, but not the page."""
    errors: list[Exception] = []
    session = Session(Catalog())

    def fail(_: Any) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(session, "start", fail)
    with serving(session) as page:
        page.server.report = errors.append
        reply = page.post("start")
        page.server.report = None
    assert reply.status == 500
    assert b"secret" not in reply.body and b"Traceback" not in reply.body
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_only_this_computer_is_served(page: Page) -> None:
    """The server listens on 127.0.0.1."""
    assert page.server.socket.getsockname()[0] == HOST == "127.0.0.1"


def test_a_port_in_use(page: Page) -> None:
    """A port that another server has cannot be used."""
    with pytest.raises(OSError, match="in use"):
        PlayServer(Session(Catalog()), page.port)


def test_lines_that_are_not_http(page: Page) -> None:
    """What is not HTTP gets an error, and the server goes on."""
    with socket.create_connection((HOST, page.port), timeout=60) as connection:
        connection.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        reply = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"Traceback" not in reply
    assert json.loads(page.post("start").body)["targets"]
