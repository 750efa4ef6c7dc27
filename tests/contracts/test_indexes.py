"""What every package index must do: real answers, three signals kept apart, credentials never shown or given away."""

from __future__ import annotations

import json
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aim_lib import catalog
from aim_lib.errors import AimError
from aim_lib.host import Host
from aim_lib.index import Http
from aim_lib.indexcache import Cache, Remembering
from aim_lib.indexes import Need, NotRemembered, Package, Unreachable
from tests.fakes import NOON, host
from tests.webserver import Page, Server, on_loopback_only, packed, serving

DATA = Path(__file__).parents[1] / "data" / "indexes"
MEMBERS = catalog.members("aim_lib.indexes")
USER, PASSWORD = "ada", "s3cr3t-w0rd"


@dataclass
class Bench:
    """One member over HTTP on loopback; `now` is what the clock says, `pauses` how often a second try was made."""

    member: str
    server: Server
    on: Host
    http: Http
    pauses: list[float]
    hours: float = 0.0
    is_offline: bool = False

    @property
    def case(self) -> dict[str, Any]:
        return case(self.member)

    def look_up(self, name: str, need: Need = Need.RELEASES) -> Package:
        def clock() -> Any:
            return NOON + timedelta(hours=self.hours)

        fetcher = Remembering(Cache(self.on.folders.cache), clock, lambda: self.http, is_offline=self.is_offline)
        index = catalog.load("aim_lib.indexes", self.member).open(self.on, fetcher)
        found: Package = index.look_up(name, need, self.case["kind"])
        return found

    @property
    def name(self) -> str:
        """A package that is there, and the path of its releases."""
        return str(next(iter(self.case["packages"])))

    @property
    def path(self) -> str:
        return str(next(iter(self.case["pages"])))

    @property
    def body(self) -> bytes:
        return self.server.pages[self.path][0].body

    @property
    def kind(self) -> str:
        return str(self.case["pages"][self.path][1])


def case(member: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / member / "case.json").read_text(encoding="utf-8"))
    return found


def lay_out(member: str, server: Server, home: Path, *, with_login: bool = False) -> Host:
    """A machine whose client is told to use `server`, with a user and a password in the address if asked."""
    login = server.url.replace("://", f"://{USER}:{PASSWORD}@")

    def filled(text: str) -> str:
        return text.replace("{URL}", server.url).replace("{LOGIN}", login).replace("{HOME}", str(home))

    about = case(member)
    for path, text in about.get("login_files" if with_login else "files", {}).items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(filled(text), encoding="utf-8")
    env = {name: filled(value) for name, value in about["login" if with_login else "env"].items()}
    return host("linux", home, env)


def serve_all(member: str, server: Server) -> None:
    for path, (file, kind) in case(member)["pages"].items():
        server.put(path, Page((DATA / member / file).read_bytes(), headers={"Content-Type": kind, "ETag": '"one"'}))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(socket.socket, "connect", on_loopback_only)
    with serving() as running:
        yield running


@pytest.fixture
def bench(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Bench]]:
    """Makes the bench of a member, with the pages of its case."""
    made: list[Http] = []

    def make(member: str, *, with_login: bool = False, **settings: Any) -> Bench:
        serve_all(member, server)
        on = lay_out(member, server, tmp_path, with_login=with_login)
        pauses: list[float] = []
        made.append(Http(on, **{"timeout_s": 5.0, **settings}, pause=pauses.append))
        return Bench(member, server, on, made[-1], pauses)

    yield make
    for http in made:
        http.close()


everyone = pytest.mark.parametrize("member", MEMBERS)


@everyone
def test_a_member_is_complete(member: str) -> None:
    """It says whose rules it follows, and has a case with packages."""
    module = catalog.load("aim_lib.indexes", member)

    assert module.ECOSYSTEM in ("pypi", "npm", "cargo")
    assert case(member)["packages"]


@everyone
def test_real_answers_are_read(member: str, bench: Callable[..., Bench]) -> None:
    """Releases by the ecosystem's own order, the latest, what is withdrawn and what is needed."""
    on = bench(member)

    for name, expected in on.case["packages"].items():
        package = on.look_up(name)
        withdrawn = {one.version: one.yanked or one.deprecated for one in package.releases}
        assert [one.version for one in package.releases] == expected["versions"]
        assert package.latest == expected["latest"]
        assert {version: why for version, why in withdrawn.items() if why} == expected["withdrawn"]
        assert {one.version: one.needs for one in package.releases}.items() >= expected["needs"].items()


@everyone
def test_dates_are_aware_or_unknown(member: str, bench: Callable[..., Bench]) -> None:
    """A mirror without dates is no failure, and a date without a zone is none."""
    on = bench(member)

    found = [one.uploaded for name in on.case["packages"] for one in on.look_up(name, Need.DATES).releases]

    assert all(date is None or date.tzinfo is not None for date in found)


@everyone
def test_names_are_asked_for_at_their_place(member: str, bench: Callable[..., Bench]) -> None:
    """Scopes, capitals, dots and dashes."""
    on = bench(member)

    for name, path in on.case["paths"].items():
        on.look_up(name)
        assert on.server.paths[-1] == path


@everyone
@pytest.mark.parametrize("status", [404, 410])
def test_an_unknown_name_is_not_there(member: str, status: int, bench: Callable[..., Bench]) -> None:
    """Not there is an answer: nothing is raised, and nothing is tried again."""
    on = bench(member)
    on.server.put(on.path, Page(b"no", status))

    package = on.look_up(on.name)

    assert (package.exists, package.unreadable, on.pauses) == (False, "", [])


@everyone
@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_door_is_not_an_absence(member: str, status: int, bench: Callable[..., Bench]) -> None:
    """Some registries answer so for private names nobody has: nothing is known, and no credentials are shown."""
    on = bench(member, with_login=True)
    on.server.put(on.path, Page(b"no", status))

    package = on.look_up(on.name)

    assert not package.exists
    assert "does not let us read it with the credentials it was given" in package.unreadable
    assert PASSWORD not in repr(package)


@everyone
def test_credentials_are_sent(member: str, bench: Callable[..., Bench]) -> None:
    """Those in the address, as a header; never in the path."""
    on = bench(member, with_login=True)

    on.look_up(on.name)

    (path, headers) = on.server.asked[-1]
    assert headers["authorization"] == "Basic YWRhOnMzY3IzdC13MHJk"
    assert USER not in path


@everyone
def test_another_host_does_not_see_them(member: str, bench: Callable[..., Bench]) -> None:
    """A redirect to another origin is followed without the header."""
    on = bench(member, with_login=True)
    with serving() as other:
        other.put("/there", Page(on.body, headers={"Content-Type": on.kind}))
        on.server.put(on.path, Page(status=302, headers={"Location": f"{other.url}/there"}))

        package = on.look_up(on.name)

    assert package.exists
    assert [path for path, headers in other.asked if "authorization" in headers] == []
    assert other.paths == ["/there"]


@everyone
def test_the_same_host_does(member: str, bench: Callable[..., Bench]) -> None:
    """A redirect within the index keeps the header."""
    on = bench(member, with_login=True)
    on.server.put("/moved", Page(on.body, headers={"Content-Type": on.kind}))
    on.server.put(on.path, Page(status=301, headers={"Location": "/moved"}))

    on.look_up(on.name)

    assert "authorization" in on.server.asked[-1][1]


@everyone
def test_gzip_is_unpacked(member: str, bench: Callable[..., Bench]) -> None:
    """We say that we take it."""
    on = bench(member)
    on.server.put(on.path, packed(on.body, **{"Content-Type": on.kind}))

    package = on.look_up(on.name)

    assert package.exists
    assert on.server.asked[-1][1]["accept-encoding"] == "gzip"


@everyone
def test_a_hiccup_is_tried_once_more(member: str, bench: Callable[..., Bench]) -> None:
    """500, then the answer."""
    on = bench(member)
    on.server.put(on.path, Page(status=500), Page(on.body, headers={"Content-Type": on.kind}))

    package = on.look_up(on.name)

    assert (package.exists, len(on.pauses)) == (True, 1)


FAILURES = {
    "500 twice": (Page(status=500), "it answers 500"),
    "a body cut off": (Page(b'{"na', claimed=5000), "the answer broke off"),
    "truncated JSON": (Page(b'{"files": [{"filena'), "something else than package metadata"),
    "HTML instead": (Page(b"<html>Sign in to the network</html>"), "something else than package metadata"),
    "no gzip in gzip": (Page(b"plain", headers={"Content-Encoding": "gzip"}), "the answer is damaged"),
    "a huge body": (Page(b" " * 70000), "larger than 65536 bytes"),
    "a packed bomb": (packed(b" " * 200000), "larger than 65536 bytes"),
    "a strange status": (Page(status=418), "it answers 418"),
    "a silent server": (Page(is_silent=True), "no answer in time"),
    "a circle": (Page(status=302, headers={"Location": "?again"}), "it redirects in circles"),
    "a redirect to a file": (
        Page(status=302, headers={"Location": "file:///etc/passwd"}),
        "not the address of an index",
    ),
}


@everyone
@pytest.mark.parametrize("failure", FAILURES)
def test_anything_else_is_unreachable(member: str, failure: str, bench: Callable[..., Bench]) -> None:
    """One error that names the index and the package, with a remedy, and no credentials in any form."""
    page, words = FAILURES[failure]
    on = bench(member, with_login=True, limit_bytes=65536, timeout_s=0.3 if page.is_silent else 5.0)
    kind = {"Content-Type": "text/html" if "HTML" in failure else on.kind}
    served = Page(page.body, page.status, {**kind, **page.headers}, page.claimed, page.is_silent)
    on.server.put(on.path, served)
    on.server.put(f"{on.path}?again", served)

    with pytest.raises(Unreachable) as raised:
        on.look_up(on.name)

    shown = f"{raised.value!r} {raised.value} {raised.value.remedy} {raised.value.__cause__!r}"
    assert words in raised.value.message
    assert on.server.url in raised.value.message
    assert on.name in raised.value.message
    assert raised.value.remedy
    assert PASSWORD not in shown
    assert "YWRhOnMzY3" not in shown


@everyone
def test_nobody_there_is_unreachable(member: str, bench: Callable[..., Bench]) -> None:
    """A port that nobody listens on, at the second try, too."""
    on = bench(member, with_login=True)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    gone = Server(url=f"http://127.0.0.1:{port}")
    on.on = lay_out(member, gone, on.on.home, with_login=True)

    with pytest.raises(Unreachable, match="it refuses the connection") as raised:
        on.look_up(on.name)

    assert (raised.value.exit_code, len(on.pauses)) == (4, 1)


@everyone
def test_an_answer_is_remembered_for_an_hour(member: str, bench: Callable[..., Bench]) -> None:
    """Within it nothing is asked; after it the index is asked whether it is still so."""
    on = bench(member)
    first = on.look_up(on.name)
    asked = len(on.server.asked)
    on.hours = 0.99
    again = on.look_up(on.name)
    assert (again, len(on.server.asked)) == (first, asked)

    on.hours = 1.01
    on.server.put(on.path, Page(status=304))

    assert on.look_up(on.name) == first
    assert on.server.asked[-1][1]["if-none-match"] == '"one"'


@everyone
def test_offline_only_the_cache_answers(member: str, bench: Callable[..., Bench]) -> None:
    """However old; what it does not have is said."""
    on = bench(member)
    first = on.look_up(on.name)
    asked = len(on.server.asked)
    on.is_offline, on.hours = True, 1000

    assert on.look_up(on.name) == first
    with pytest.raises(NotRemembered, match="unheard-of is not in the cache"):
        on.look_up("unheard-of")
    assert len(on.server.asked) == asked


@everyone
def test_the_cache_is_private_and_tells_nothing(member: str, bench: Callable[..., Bench]) -> None:
    """Files for us alone, without an address, a user or a password in name or content."""
    on = bench(member, with_login=True)

    on.look_up(on.name)

    (file,) = on.on.folders.cache.rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    whole = f"{file.name} {file.read_text(encoding='utf-8')}"
    assert not [word for word in (PASSWORD, USER + ":", "127.0.0.1", "YWRhOnMzY3") if word in whole]


@everyone
def test_a_damaged_cache_is_asked_anew(member: str, bench: Callable[..., Bench]) -> None:
    """A file that was cut is as if it were not there."""
    on = bench(member)
    first = on.look_up(on.name)
    (file,) = on.on.folders.cache.rglob("*.json")
    file.write_bytes(file.read_bytes()[:40])

    assert on.look_up(on.name) == first


@everyone
def test_what_is_missing_is_not_remembered(member: str, bench: Callable[..., Bench]) -> None:
    """It may be published in a minute."""
    on = bench(member)
    page = on.server.pages[on.path][0]
    on.server.put(on.path, Page(b"no", 404))
    assert not on.look_up(on.name).exists
    on.server.put(on.path, page)

    assert on.look_up(on.name).exists


@everyone
def test_what_authors_write_cannot_steer_a_terminal(member: str, bench: Callable[..., Bench]) -> None:
    """Reasons and needs are one line of printable text."""
    on = bench(member)
    nasty = json.dumps("\x1b]0;owned\x07 so\nwhat " + "x" * 500)
    text = on.body.decode()
    for key in ("yanked", "deprecated", "requires-python", "rust_version"):
        text = text.replace(f'"{key}": ', f'"{key}": {nasty}, "was": ').replace(
            f'"{key}":"', f'"{key}":{nasty},"was":"'
        )
    on.server.put(on.path, Page(text.encode(), headers={"Content-Type": on.kind}))

    package = on.look_up(on.name)

    said = [text for one in package.releases for text in (one.yanked, one.deprecated, one.needs)]
    assert all(text.isprintable() and len(text) <= 200 for text in said)


@everyone
def test_many_at_once_share_connections(member: str, bench: Callable[..., Bench]) -> None:
    """Asked from eight threads, every answer is its own."""
    on = bench(member)
    found: list[Package | AimError] = []
    threads = [threading.Thread(target=lambda: found.append(on.look_up(on.name, Need.DATES))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one == found[0] for one in found] == [True] * 8
