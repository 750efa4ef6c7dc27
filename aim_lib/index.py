"""Asks package indexes: redirects, second tries, and what an answer means. An artifact is never downloaded."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from .host import Host
from .indexes import Fetched, Package, Question, Registry, Reply, Unreachable
from .redact import without_credentials
from .wire import Answer, Hiccup, Refused, Untrusted, Wire, origin

HOPS = 5
LIMIT_BYTES = 64 * 2**20
MOVED = (301, 302, 303, 307, 308)
BUSY = (408, 425, 429, 500, 502, 503, 504)
CHECK = "check the network, the proxy and the index in your client's configuration, then run the same command again"
CERTIFICATES = "name your organisation's certificates in SSL_CERT_FILE (npm: NODE_EXTRA_CA_CERTS, pip: PIP_CERT)"


class Http:
    """Asks over the network; safe to be used by several threads. `close` it in the end.

    `timeout_s` bounds each wait for the network in seconds; `pause` waits, in seconds, before another of the `tries`.
    """

    def __init__(
        self,
        host: Host,
        *,
        timeout_s: float = 10.0,
        tries: int = 2,
        limit_bytes: int = LIMIT_BYTES,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tries = tries
        self.pause = pause
        self.wire = Wire(host, timeout_s, limit_bytes)

    def get(self, question: Question, etag: str = "") -> Fetched:
        """What the index says; no package when it still says what it said under `etag`. Raises Unreachable."""
        if question.registry.url.startswith("file:"):
            return Fetched(package=_from_folder(question))
        answer = self._patiently(question, etag)
        if answer.status == 304 and etag:
            return Fetched(package=None, etag=etag)
        return Fetched(package=_understood(question, answer), etag=answer.headers.get("etag", ""))

    def close(self) -> None:
        self.wire.close()

    def _patiently(self, question: Question, etag: str) -> Answer:
        """One answer; a failure of the network's is tried again, whatever else fails is not."""
        left = self.tries
        while True:
            left -= 1
            try:
                return self._follow(question, etag)
            except Hiccup as error:
                if left <= 0:
                    raise _unreachable(question, str(error)) from error
            except Untrusted as error:
                raise _unreachable(question, str(error), CERTIFICATES) from error
            except Refused as error:
                raise _unreachable(question, str(error)) from error
            self.pause(0.3)

    def _follow(self, question: Question, etag: str) -> Answer:
        """The answer at the end of all redirects. Credentials are for the index's own origin, and no other."""
        registry = question.registry
        url = registry.url.rstrip("/") + "/" + question.path
        headers = {"Accept": question.accept, "Accept-Encoding": "gzip", "User-Agent": "aim"}
        if etag:
            headers["If-None-Match"] = etag
        own = {"Authorization": registry.authorization} if registry.authorization else {}
        for _ in range(HOPS + 1):
            parts = _split(url)
            trusted = own if origin(parts) == origin(_split(registry.url)) else {}
            answer = self.wire.get(parts, {**headers, **trusted}, registry.certificates, registry.proxy)
            if answer.status in BUSY:
                raise Hiccup(f"it answers {answer.status}")
            if answer.status not in MOVED:
                return answer
            url = _following(url, answer.headers.get("location", ""))
        raise Refused("it redirects in circles")


def _following(url: str, location: str) -> str:
    following = urljoin(url, location)
    if url.startswith("https:") and not following.startswith("https:"):
        raise Refused("it redirects to an address without encryption")
    return following


def _from_folder(question: Question) -> Package:
    """A local index, as pip takes one: a folder a name, with an index.html."""
    from urllib.request import url2pathname

    root = Path(url2pathname(unquote(urlsplit(question.registry.url).path)))
    page = root / question.path / "index.html"
    try:
        body = page.read_bytes()
    except OSError:
        return Package(name=question.name, exists=False)
    return _understood(question, Answer(200, {"content-type": "text/html"}, body))


def _understood(question: Question, answer: Answer) -> Package:
    """What the answer says; raises Unreachable when it says nothing of packages."""
    if answer.status in (404, 410):
        return Package(name=question.name, exists=False)
    if answer.status in (401, 403):
        how = "with the credentials it was given" if question.registry.authorization else "without credentials"
        return Package(
            name=question.name, exists=False, unreadable=f"{_place(question.registry)} does not let us read it {how}"
        )
    if answer.status != 200:
        raise _unreachable(question, f"it answers {answer.status}")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        return question.read(Reply(kind, answer.body))
    except (ValueError, RecursionError) as error:  # msgspec's and Unicode's errors are ValueErrors
        raise _unreachable(question, "it answers with something else than package metadata") from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise Refused("that is not the address of an index")
    return parts


def _place(registry: Registry) -> str:
    return without_credentials(registry.url).rstrip("/") or "an index"


def _unreachable(question: Question, why: str, remedy: str = CHECK) -> Unreachable:
    return Unreachable(f"{_place(question.registry)} cannot be asked for {question.name}: {why}", remedy=remedy)
