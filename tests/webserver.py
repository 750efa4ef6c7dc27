"""A web server on loopback for tests: pages by path, what was asked of it, and the ways in which servers fail."""

from __future__ import annotations

import _socket
import gzip
import http.server
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `claimed` is the length it claims when that is not the truth; `is_silent` says nothing at all."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    claimed: int | None = None
    is_silent: bool = False


@dataclass(slots=True)
class Server:
    """Pages by path; of several for one path each is given once, the last for ever.

    `asked` are (path, headers), `sent` the bodies that came.
    """

    url: str = ""
    pages: dict[str, list[Page]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    mutex: threading.Lock = field(default_factory=threading.Lock)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def put(self, path: str, *pages: Page) -> None:
        self.pages[path] = list(pages)

    def take(self, path: str) -> Page:
        with self.mutex:
            left = self.pages.get(path, [Page(b"{}", 404)])
            return left.pop(0) if len(left) > 1 else left[0]


def packed(body: bytes, **headers: str) -> Page:
    """A page sent with gzip."""
    return Page(gzip.compress(body), headers={"Content-Encoding": "gzip", **headers})


def on_loopback_only(own: socket.socket, address: Any) -> None:
    """For `socket.connect` in tests that bring a server of their own."""
    assert address[0] == "127.0.0.1", "only loopback"
    _socket.socket.connect(own, address)


@contextmanager
def serving() -> Iterator[Server]:
    """A server while the block runs."""
    server = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def do_GET(self) -> None:
            server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            page = server.take(self.path)
            if page.is_silent:
                server.released.wait(30)
                self.close_connection = True
                return
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body) if page.claimed is None else page.claimed))
            self.end_headers()
            self.wfile.write(page.body)
            self.close_connection = page.claimed is not None

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(http.server.ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A client that gives up is what some tests are about."""

    with Quiet(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        try:
            yield server
        finally:
            server.released.set()
            listening.shutdown()
            thread.join()
