"""The package indexes that your tools come from: do they answer? Asked only with `[health] network = true`."""

from __future__ import annotations

from functools import partial

from ..model import Record, Status
from ..proc import Runner
from . import Facts, host_of, record
from ._flaws import Flaw, verdict

ID = "network"
CODES = {
    "AIM-H140": "A package index that your tools come from does not answer, or not as an index. Nothing can be "
    "installed or updated from it, and versions cannot be compared. The message says which address was asked, by "
    "your own client's configuration, and what came of it.",
    "AIM-H141": "A package index answers, but does not let you in. It asks for credentials and is given none, or "
    "yours have been revoked, so nothing can be installed from it. Log in again with the client whose index it is.",
}
CLOSED = (401, 403, 407)
BROKEN = 500
BUSY = 429


def check(facts: Facts, runner: Runner) -> Record:
    if not facts.has_network:
        return record(ID, Status.SKIPPED, "not asked for: health.network is false")
    if facts.is_offline:
        return record(ID, Status.SKIPPED, "bootstrap.offline is true")
    from ..together import ask_together
    from ._asking import Asker, places

    host = host_of(facts)
    asked = [place for place in places(facts, host) if not place.url.startswith("file:")]
    if not asked:
        return record(ID, Status.OK, "no index is asked by your tools' managers")
    with Asker(host, facts.timeout_s) as asker:
        answers = ask_together([partial(asker.ask, place) for place in asked])
    flaws = []
    for place, said in zip(asked, answers, strict=True):
        if said.why or (said.status >= BROKEN or said.status == BUSY):
            why = said.why or f"it answers {said.status}"
            what = f"{place.shown} ({place.ecosystem}) cannot be asked: {why}"
            remedy = said.remedy or "try again later, or name another index in your client's configuration"
            flaws.append(Flaw(code="AIM-H140", what=what, remedy=remedy, status=Status.FAILED))
        elif said.status in CLOSED:
            what = f"{place.shown} ({place.ecosystem}) does not let you in: it answers {said.status}"
            remedy = "npm login" if place.ecosystem == "npm" else "put your credentials for it into ~/.netrc"
            flaws.append(Flaw(code="AIM-H141", what=what, remedy=remedy, status=Status.FAILED))
    return verdict(ID, flaws, f"answering: {', '.join(place.shown for place in asked)}")
