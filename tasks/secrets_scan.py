"""Secrets that stand where they should not: `aim secrets scan`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ._app import asked, command, say

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.leak_hits import Values
    from aim_lib.leaks import Outcome, Search
    from aim_lib.model import Result

GROUP = "secrets"


@command(
    iterable=["path"],
    help={
        "path": "a folder or file; repeat for more (default: here, and where shells and AI tools leave keys)",
        "staged": "what is staged in Git, as a commit hook does",
        "places": "only where shells and AI tools leave keys",
        "install-hook": "have Git run this before each commit in this repository",
        "remove-hook": "undo that",
    },
)
def scan(
    app: App,
    path: Iterable[str] | None = None,
    staged: bool = False,
    places: bool = False,
    install_hook: bool = False,
    remove_hook: bool = False,
) -> Result:
    """Look for the vault's own values, and for keys of known providers, in the clear: exit 5 when there are any."""
    from aim_lib import leak_report, leaks
    from aim_lib.errors import BadConfig

    paths = tuple(path or ())
    if ((staged or install_hook or remove_hook) and (paths or places)) or sum((staged, install_hook, remove_hook)) > 1:
        raise BadConfig("one thing at a time", remedy="aim secrets scan [PATH], --places, --staged or --install-hook")
    if install_hook or remove_hook:
        return _hook(app, is_wanted=install_hook)
    allow = tuple(app.settings.config.secrets.scan_allow)
    search = leaks.Search(values=_values(app, is_quick=staged), allow=allow)
    outcome = _searched(app, search, paths, is_staged=staged, is_places=places)
    app.audit.write("secret.scan", f"{len(outcome.findings)} found", details={"findings": len(outcome.findings)})
    return leak_report.result(outcome)


def _searched(app: App, search: Search, paths: tuple[str, ...], *, is_staged: bool, is_places: bool) -> Outcome:
    from aim_lib import leaks

    if is_staged:
        return leaks.in_staged(search, app.host)
    trees = [leaks.in_tree(one, search, app.host) for one in paths or (() if is_places else (".",))]
    return leaks.together([*trees, *(() if paths else (leaks.in_places(search, app.host),))])


def _values(app: App, *, is_quick: bool) -> Values | None:
    """The vault's values; its fingerprints, which tell less, where opening it is not for now, or cannot be done."""
    from aim_lib import leak_prints, leak_values
    from aim_lib.errors import AimError

    from ._vault import keep_prints, own_vault, prints_file

    vault = own_vault(app)
    prints = leak_prints.load(prints_file(app))
    names = vault.names()
    if not names or (is_quick and prints is not None):
        return leak_prints.prepare(prints) if prints else None
    try:
        pairs = [(name, value.reveal()) for name, value in vault.get(names).items()]
    except AimError as error:
        say(f"  note: the vault cannot be opened ({error.message}): its fingerprints are looked for")
        return leak_prints.prepare(prints) if prints else None
    app.redactor.learn(value for _, value in pairs)
    if not asked().dry_run:
        keep_prints(app, pairs)
    return leak_values.know(pairs)


def _hook(app: App, *, is_wanted: bool) -> Result:
    from aim_lib import files, leak_git, leak_hook
    from aim_lib.model import Delete, Move, Record, Result, Status, Write

    folder = leak_git.hooks_folder(app.host)
    texts = [
        place.read_text(encoding="utf-8", errors="surrogateescape") if place.is_file() else None
        for place in (folder / leak_hook.NAME, folder / leak_hook.KEPT)
    ]
    make = leak_hook.install_steps if is_wanted else leak_hook.remove_steps
    steps = make(str(folder), *texts)
    for step in () if asked().dry_run else steps:
        match step:
            case Write():
                files.write_text(Path(step.path), step.text, step.mode)
            case Move():
                files.move(Path(step.source), Path(step.path))
            case Delete():
                files.delete(Path(step.path))
    said = "looks for secrets before each commit" if is_wanted else "is as it was"
    status = Status.CHANGED if steps else Status.OK
    return Result(records=(Record(id="hook", status=status, title=str(folder / leak_hook.NAME), detail=said),))
