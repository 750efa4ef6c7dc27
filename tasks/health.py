"""Health: is this environment fit to work in?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._app import asked, command
from ._health import chosen, look
from ._scheduled import told_of_change

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

CHOOSING = {
    "only": "the id of a check to run; repeat for more",
    "skip": "the id of a check to leave out; repeat for more",
    "profile": "what this kind of work asks: one of [health.profiles]",
}


@command(
    default=True,
    lenient=True,
    iterable=["only", "skip"],
    help={
        **CHOOSING,
        "strict": "degraded exits 1 too",
        "fix": "heal what can be healed: shows the plan, does it with --yes, and looks again",
        "scheduled": "tell of a change since the last such run by [alerts]: what health schedule starts",
    },
)
def check(
    app: App,
    strict: bool = False,
    only: Iterable[str] | None = None,
    skip: Iterable[str] | None = None,
    profile: str = "",
    fix: bool = False,
    scheduled: bool = False,
) -> Result:
    """Run every check: healthy and degraded exit 0, unhealthy 1."""
    choice = chosen(app, profile=profile, only=only, skip=skip, strict=strict)
    if fix:
        from ._healing import heal

        return heal(app, choice)
    found = look(app, choice)
    return told_of_change(app, found) if scheduled and not asked().dry_run else found


@command(lenient=True, iterable=["only", "skip"], help=CHOOSING)
def verify(app: App, only: Iterable[str] | None = None, skip: Iterable[str] | None = None, profile: str = "") -> Result:
    """Pass or fail, in a few lines: anything but healthy exits 1."""
    import msgspec

    from aim_lib.model import Status

    found = look(app, chosen(app, profile=profile, only=only, skip=skip, strict=True))
    bad = tuple(record for record in found.records if record.status in (Status.WARNED, Status.FAILED))
    if asked().format != "terminal":
        return found
    return msgspec.structs.replace(found, records=bad, groups=())


@command(
    lenient=True,
    iterable=["only", "skip"],
    help={**CHOOSING, "output": "write it to this file: .json, .html, .md or .xml; default: JSON on stdout"},
)
def report(
    app: App,
    output: str = "",
    only: Iterable[str] | None = None,
    skip: Iterable[str] | None = None,
    profile: str = "",
) -> Result:
    """The whole report as a document, to keep or to send."""
    from ._health_file import reported

    return reported(app, look(app, chosen(app, profile=profile, only=only, skip=skip)), output)


@command(lenient=True, words=("code",), help={"code": "such as AIM-H012, or H012, or 12; default: list all"})
def explain(app: App, code: str = "") -> Result:
    """What a code of a finding means, why it matters, and what to do."""
    from aim_lib import findings
    from aim_lib.model import Result, Table

    known = findings.table()
    if not code:
        rows = tuple((each.code, each.check, each.title) for each in known.values())
        listed = [{"code": each.code, "check": each.check, "title": each.title} for each in known.values()]
        return Result(table=Table(columns=("code", "check", "what was found"), rows=rows), body={"codes": listed})
    found = findings.find(code, known)
    from ._health_file import explained

    return explained(found)
