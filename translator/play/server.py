"""Serve the playground on 127.0.0.1, to pages of its own only.

Any page that a browser shows can send requests to 127.0.0.1. So the host must be the server's own
(a name that leads here by DNS is refused), and a request needs the token that only the playground's
own page has. No part of a request is used as a path of the file system.
"""

from __future__ import annotations

import html
import json
import secrets
import socketserver
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final

from translator.errors import TranslatorError
from translator.play.session import Refusal, Session

HOST: Final = "127.0.0.1"

MAX_REQUEST: Final = 4 * 1024 * 1024
"""Maximum number of bytes of a request's body."""

TOKEN_HEADER: Final = "X-Play-Token"

_STATIC: Final = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/play.css": ("play.css", "text/css; charset=utf-8"),
    "/play.js": ("play.js", "text/javascript; charset=utf-8"),
    "/editor.js": ("editor.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""The files of the page, by path."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class PlayServer(ThreadingHTTPServer):
    """An HTTP server for the page of a session.

    `report` is called with an error that the server does not expect. `port` 0 picks a free port.
    Raises `OSError` if the port cannot be used.
    """

    daemon_threads = True
    # On Windows, the option would let two servers share a port.
    allow_reuse_address = sys.platform != "win32"

    def __init__(
        self, session: Session, port: int = 0, report: Callable[[Exception], None] | None = None
    ) -> None:
        self.session, self.report = session, report
        self.token = secrets.token_urlsafe(32)
        static = files("translator.play") / "static"
        self.static = {
            path: ((static / name).read_bytes(), kind) for path, (name, kind) in _STATIC.items()
        }
        page, kind = self.static["/"]
        token = html.escape(self.token).encode()
        self.static["/"] = (page.replace(b"{{token}}", token), kind)
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind the socket, without asking the network for the host's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore connections that break; other errors are reported by the handler."""

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_port}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that requests may name."""
        names = [f"{name}:{self.server_port}" for name in (HOST, "localhost")]
        return tuple(names)


class _Handler(BaseHTTPRequestHandler):
    server: PlayServer
    protocol_version = "HTTP/1.1"
    server_version = "translator-play"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Send a file of the page."""
        if not self._check_host():
            return
        path = self.path.partition("?")[0]
        if path not in self.server.static:
            self._send_error(404, "there is no such page")
            return
        self._send(200, *self.server.static[path])

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Answer a request of the page."""
        self.close_connection = True  # unless the body was read
        if not self._check_host() or not self._check_origin():
            return
        session = self.server.session
        actions: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "/api/start": session.start,
            "/api/pair": session.pair,
            "/api/evaluate": session.evaluate,
            "/api/check": session.check,
            "/api/save": session.save,
        }
        if self.path not in actions:
            self._send_error(404, "there is no such page")
            return
        request = self._read_request()
        if request is None:
            return
        try:
            reply = actions[self.path](request)
        except Refusal as refusal:
            self._send_error(refusal.status, refusal.message)
        except TranslatorError as error:
            self._send_error(422, str(error))
        except Exception as error:
            if self.server.report is not None:
                self.server.report(error)
            self._send_error(500, "this is a bug in translator; the terminal shows the details")
        else:
            self._send_json(200, reply)

    def _check_host(self) -> bool:
        hosts = self.headers.get_all("Host") or []
        if len(hosts) == 1 and hosts[0].lower() in self.server.hosts:
            return True
        self.close_connection = True
        self._send_error(403, f"open {self.server.url} instead")
        return False

    def _check_origin(self) -> bool:
        """Refuse what another page could have sent."""
        origin = self.headers.get("Origin")
        token = self.headers.get(TOKEN_HEADER, "")
        if origin is not None and origin not in [f"http://{host}" for host in self.server.hosts]:
            self._send_error(403, "requests from other pages are refused")
        elif not secrets.compare_digest(token.encode(), self.server.token.encode()):
            self._send_error(403, "the page is of an earlier run; reload it")
        elif self.headers.get_content_type() != "application/json":
            self._send_error(415, "the body must be application/json")
        else:
            return True
        return False

    def _read_request(self) -> dict[str, Any] | None:
        """Read the body, a JSON object; None if it was refused."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._send_error(411, "the request needs a Content-Length")
            return None
        if len(length) > 9 or int(length) > MAX_REQUEST:
            limit = MAX_REQUEST // 1024 // 1024
            self._send_error(413, f"the event and the mappings are larger than {limit} MiB")
            return None
        body = self.rfile.read(int(length))
        self.close_connection = False
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            self._send_error(400, "the body must be a JSON object")
            return None
        return request

    def _send_error(self, status: int, message: str) -> None:
        self._send_json(status, {"error": message})

    def _send_json(self, status: int, data: dict[str, Any]) -> None:
        # Lone surrogates are escaped, so that the reply can always be encoded.
        body = json.dumps(data, default=str).encode()
        self._send(status, body, "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send the error of a request that is not HTTP, or has another method, as JSON."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or ""
        self._send_error(code, message or "the request is not understood")

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""
