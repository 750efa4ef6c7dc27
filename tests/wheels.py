"""A package index on loopback that serves small wheels, may want a password, and can lie about a file."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WHO = "ada:s3cret-of-ada"
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=3.9\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(name: str, version: str, needs: tuple[str, ...] = (), says: str = "", *, has_command: bool = True) -> bytes:
    """A wheel whose command NAME prints its name and version."""
    info = f"{name}-{version}.dist-info/"
    body = f"__version__ = {version!r}\ndef main():\n    print('{name} {version}{says}')\n"
    files = {
        f"{name}.py": body,
        f"{info}METADATA": METADATA.format(name=name, version=version)
        + "".join(f"Requires-Dist: {need}\n" for need in needs),
        f"{info}WHEEL": WHEEL,
    }
    if has_command:
        files[f"{info}entry_points.txt"] = f"[console_scripts]\n{name} = {name}:main\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)  # of no date: the same wheel has the same bytes
        archive.writestr(zipfile.ZipInfo(f"{info}RECORD"), "".join(f"{path},,\n" for path in (*files, f"{info}RECORD")))
    return made.getvalue()


@dataclass(slots=True)
class Index:
    """What is served, by file name; those in `swapped` are served with other bytes than they had."""

    port: int = 0
    wants_password: bool = False
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple"

    @property
    def url_with_password(self) -> str:
        return self.url.replace("//", f"//{WHO}@")

    def add(self, name: str, version: str, *needs: str, says: str = "", has_command: bool = True) -> None:
        """Publish a version, or other bytes under the name of one."""
        self.files[f"{name}-{version}-py3-none-any.whl"] = wheel(name, version, needs, says, has_command=has_command)

    def answer(self, path: str) -> tuple[str, bytes] | None:
        last = path.rstrip("/").rpartition("/")[2]
        if last in self.files:
            return "application/octet-stream", self.files[last]
        found = {name: body for name, body in self.files.items() if name.startswith(f"{last}-")}
        links = (
            f'<a href="/files/{name}#sha256={hashlib.sha256(body).hexdigest()}">{name}</a>'
            for name, body in found.items()
        )
        return ("text/html", "\n".join(links).encode()) if found else None


@contextmanager
def serving() -> Iterator[Index]:
    """An empty index, for as long as the block lasts."""
    index = Index()
    expected = "Basic " + base64.b64encode(WHO.encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if index.wants_password and self.headers.get("Authorization") != expected:
                return self._say(401, "text/plain", b"")
            found = index.answer(self.path)
            return self._say(200, *found) if found else self._say(404, "text/plain", b"")

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def _say(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if code == 401:
                self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the test says what went wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
