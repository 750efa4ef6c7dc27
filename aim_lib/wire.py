"""One request over HTTP, on connections that are kept: the only module that opens any.

On the standard library's `http.client`: it keeps connections alive, which `urllib.request` does not, and it follows no
redirect by itself, so that who may see the credentials is decided in `index`. Import this late: it brings `ssl`.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult

from .host import Host
from .proxies import Proxy, proxy_for

WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "its name cannot be resolved"),
    (TimeoutError, "no answer in time"),
    (ConnectionRefusedError, "it refuses the connection"),
    (ConnectionError, "the connection was lost"),
    (http.client.HTTPException, "the answer broke off"),
)
Key = tuple[str, str, int, Proxy | None, tuple[str, ...]]


class Hiccup(Exception):
    """The network or the server for a moment: worth a second try."""


class Refused(Exception):
    """No second try would help; the text says why and repeats no credentials."""


class Untrusted(Refused):
    """The certificate of the other side is vouched for by nobody we trust."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, unpacked; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Connections by origin; safe to be used by several threads.

    `timeout_s` bounds each wait in seconds, four of them a whole answer; `limit_bytes` its size, packed and unpacked.
    """

    def __init__(self, host: Host, timeout_s: float, limit_bytes: int) -> None:
        self.host = host
        self.timeout_s = timeout_s
        self.limit_bytes = limit_bytes
        self._idle: dict[Key, list[http.client.HTTPConnection]] = {}
        self._trust: dict[tuple[str, ...], ssl.SSLContext] = {}
        self._mutex = threading.Lock()

    def get(
        self, parts: SplitResult, headers: Mapping[str, str], certificates: tuple[str, ...] = (), proxy: str = ""
    ) -> Answer:
        """The answer to one request, whatever its status. Raises Hiccup and Refused."""
        through = proxy_for(self.host, parts, proxy)
        if through and through.problem:
            raise Refused(through.problem)
        key = (*origin(parts), through, certificates)
        while True:
            connection, is_used = self._connection(key)
            try:
                return self._exchange(connection, key, parts, headers)
            except ssl.SSLCertVerificationError as error:
                raise Untrusted("its certificate is not trusted") from error
            except (OSError, http.client.HTTPException) as error:
                if not is_used:  # an idle connection may have been closed by the other side in the meantime
                    raise Hiccup(_words(error)) from error
            except ValueError:
                # Its text repeats the header, and with it the credentials.
                raise Refused("its address or credentials hold what HTTP does not allow") from None

    def post(self, parts: SplitResult, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to what is sent once, whatever its status. Raises Hiccup and Refused."""
        through = proxy_for(self.host, parts, "")
        if through and through.problem:
            raise Refused(through.problem)
        key = (*origin(parts), through, ())
        connection, _ = self._connection(key)
        try:
            return self._exchange(connection, key, parts, headers, body)
        except ssl.SSLCertVerificationError as error:
            raise Untrusted("its certificate is not trusted") from error
        except (OSError, http.client.HTTPException) as error:
            raise Hiccup(_words(error)) from error
        except ValueError:
            raise Refused("its address holds what HTTP does not allow") from None

    def close(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def _connection(self, key: Key) -> tuple[http.client.HTTPConnection, bool]:
        """A connection for `key`, and whether it has been used before."""
        with suppress(KeyError, IndexError):
            return self._idle[key].pop(), True
        scheme, name, port, proxy, certificates = key
        place = (proxy.host, proxy.port) if proxy else (name, port)
        if scheme == "http":
            return http.client.HTTPConnection(*place, timeout=self.timeout_s), False
        made = http.client.HTTPSConnection(*place, timeout=self.timeout_s, context=self._context(certificates))
        if proxy:
            made.set_tunnel(name, port, headers=dict(proxy.headers))
        return made, False

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        key: Key,
        parts: SplitResult,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Answer:
        """Ask, or send a `body`, and read; the connection is kept when it may be, closed otherwise."""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        proxy = key[3] if parts.scheme == "http" else None
        if proxy:
            target = f"http://{parts.netloc.rpartition('@')[2]}{target}"
        is_reusable = False
        try:
            told = {**headers, **(proxy.headers if proxy else {})}
            connection.request("GET" if body is None else "POST", target, body, told)
            with connection.getresponse() as response:
                said = self._read(response)
                is_reusable = not response.will_close
                lower = {name.lower(): value for name, value in response.getheaders()}
        finally:
            self._idle.setdefault(key, []).append(connection) if is_reusable else connection.close()
        unpacked = _inflated(said, self.limit_bytes) if lower.get("content-encoding") == "gzip" else said
        return Answer(response.status, lower, unpacked)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        """The whole body, in bounded time and memory."""
        end = time.monotonic() + 4 * self.timeout_s
        parts, size = [], 0
        while part := response.read(2**16):
            parts.append(part)
            size += len(part)
            if size > self.limit_bytes:
                raise _too_large(self.limit_bytes)
            if time.monotonic() > end:
                raise TimeoutError
        if response.length:  # read() with a size does not mind what is missing
            raise http.client.IncompleteRead(b"")
        return b"".join(parts)

    def _context(self, certificates: tuple[str, ...]) -> ssl.SSLContext:
        """Whose certificates are trusted: the system's, and those that the variables and the client's files add."""
        paths = (*certificates, *filter(None, [self.host.get("SSL_CERT_FILE")]))
        trusted = tuple(sorted({str(Path(path).expanduser().resolve()) for path in paths}))
        with self._mutex:  # reading all of a system's certificates takes longer than asking an index
            if trusted not in self._trust:
                context = ssl.create_default_context()
                for path in trusted:
                    _trust(context, Path(path))
                self._trust[trusted] = context
            return self._trust[trusted]


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Whom a request goes to: scheme, host and port."""
    return parts.scheme, str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)


def _trust(context: ssl.SSLContext, path: Path) -> None:
    with suppress(OSError):  # not there, or no certificates: nothing is added
        if path.is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)


def _inflated(raw: bytes, limit_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(raw, limit_bytes)
    except zlib.error as error:
        raise Hiccup("the answer is damaged") from error
    if unpacker.unconsumed_tail:
        raise _too_large(limit_bytes)
    if not unpacker.eof:
        raise Hiccup("the answer broke off")
    return body


def _too_large(limit_bytes: int) -> Refused:
    return Refused(f"its answer is larger than {limit_bytes} bytes")


def _words(error: Exception) -> str:
    return next((words for kind, words in WORDS if isinstance(error, kind)), "the network failed")
