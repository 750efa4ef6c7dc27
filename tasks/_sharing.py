"""Equal files made to share their blocks, and on their own again: asked, planned, done, told."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from ._app import asked, confirm
from ._arranging import arrange
from ._scanning import helpers_of

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Change, Record, Result
    from aim_lib.scanner import Filter, Scope
    from aim_lib.share_plan import Register, Sharing


def share(app: App, scope: Scope, which: Filter, *, with_hardlinks: bool) -> Result:
    """Let equal files share. Raises NotPermitted when nobody has said yes."""
    import msgspec

    from aim_lib.errors import NotPermitted
    from aim_lib.scan_report import size_text
    from aim_lib.scanner import find_duplicates
    from aim_lib.share_plan import sharing

    register = _register(app)

    def found() -> Sharing:
        seen = find_duplicates(scope, which, None, 0, helpers_of(app))
        return sharing(seen.tree, seen.compared.groups, register, with_hardlinks=with_hardlinks)

    first = found()
    groups = counted(len(first.changes), "group")
    what = f"let {groups} of equal files share their blocks, {size_text(first.freed)} to be had"
    if first.changes and not asked().dry_run and not confirm(f"{what}?"):
        words = f"aim scan clean --duplicates{' --hardlink' * with_hardlinks}"
        raise NotPermitted(f"this would {what}", remedy=f"{words} --dry-run shows the plan, {words} --yes does it")
    result = arrange(app, [register.kind()], lambda: tuple(found().changes), "no equal files can be made to share")
    return msgspec.structs.replace(result, records=(*result.records, *_left(first)))


def separate(app: App, path: Iterable[str] | None) -> Result:
    """Give files that were made to share blocks of their own again. Raises BadConfig for a path of which none were."""
    from pathlib import Path

    from aim_lib.errors import BadConfig
    from aim_lib.share_plan import separating
    from aim_lib.walking import is_in

    register = _register(app)
    folders = [os.path.normpath(app.host.cwd / Path(each).expanduser()) for each in path or ()]
    for folder in folders:
        if not any(is_in(name, folder) for each in register.all() for name in (each.source, *each.paths)):
            raise BadConfig(f"nothing of {folder} was made to share", remedy="aim scan unshare --dry-run")

    def planned() -> tuple[Change, ...]:
        chosen = [
            each
            for each in register.all()
            if not folders or any(is_in(name, folder) for name in (each.source, *each.paths) for folder in folders)
        ]
        return separating(register, chosen)

    return arrange(app, [register.kind()], planned, "nothing was made to share")


def _register(app: App) -> Register:
    from aim_lib.share_plan import Register

    return Register(app.host.folders.state / "shared", app.clock())


def _left(found: Sharing) -> tuple[Record, ...]:
    """What stays as it is: one line for each reason, not for each file."""
    from aim_lib.model import Record, Status

    return tuple(
        Record(id=f"left:{why}", status=Status.SKIPPED, title=counted(count, "file"), detail=why)
        for why, count in sorted(found.left.items())
        if count
    )
