"""AIM itself: is there a newer release on the index? Asked only with `[health] release = true`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..host import Host
from ..model import Record, Status
from ..proc import Runner
from ..versions import order
from . import Facts, host_of, record
from ._flaws import Flaw, verdict

if TYPE_CHECKING:
    from ..indexes import Package, Question

ID = "release"
CODES = {
    "AIM-H180": "There is a newer release of AIM on the index that its own packages come from. Nothing is wrong with "
    "the one you have; newer ones know more tools and mend mistakes. Update it as you have installed it.",
}
PACKAGE = "aim-plus"
WAIT_S = 5.0


def check(facts: Facts, runner: Runner) -> Record:
    if not facts.has_release:
        return record(ID, Status.SKIPPED, "not asked for: health.release is false")
    if facts.is_offline:
        return record(ID, Status.SKIPPED, "bootstrap.offline is true")
    from ..indexes import NotAsked, Unreachable

    host = host_of(facts)
    try:
        found = _asked(host, facts.timeout_s)
    except (NotAsked, Unreachable) as reason:
        return record(ID, Status.SKIPPED, f"nobody could be asked: {reason}")
    if not found.latest or not facts.version:
        return record(ID, Status.SKIPPED, found.unreadable or f"the index has no {PACKAGE}")
    return verdict(ID, _flaws(found.latest, facts, host), f"{facts.version} is the newest", latest=found.latest)


def _flaws(latest: str, facts: Facts, host: Host) -> tuple[Flaw, ...]:
    try:
        is_newer = order("pypi", latest) > order("pypi", facts.version)
    except ValueError:
        return ()
    what = f"{PACKAGE} {latest} is out; this is {facts.version}"
    return (Flaw(code="AIM-H180", what=what, remedy=_remedy(host)),) if is_newer else ()


def _remedy(host: Host) -> str:
    """How it is updated, by where its Python lies."""
    place = host.python.replace("\\", "/")
    if "/pipx/venvs/" in place:
        return f"pipx upgrade {PACKAGE}"
    if "/uv/tools/" in place:
        return f"uv tool upgrade {PACKAGE}"
    return f"{host.python} -m pip install --upgrade {PACKAGE}"


def _asked(host: Host, timeout_s: float) -> Package:
    from ..indexes import Need
    from ..indexes import pypi as index

    return index.open(host, _Fetcher(host, timeout_s)).look_up(PACKAGE, Need.RELEASES, "pipx")


class _Fetcher:
    """One try by a member of `indexes`, and no memory of it."""

    def __init__(self, host: Host, timeout_s: float) -> None:
        self.host = host
        self.timeout_s = timeout_s

    def ask(self, question: Question) -> Package:
        from ..index import Http
        from ..indexes import Package

        http = Http(self.host, timeout_s=min(WAIT_S, self.timeout_s / 5), tries=1)
        try:
            return http.get(question).package or Package(name=question.name, exists=False)
        finally:
            http.close()
