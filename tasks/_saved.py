"""Keeps a plan in a file for `aim install --plan`, and says whether what is planned now is still that plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.inventory import Inventory
    from aim_lib.model import Wanted
    from aim_lib.plan import Plan
    from aim_lib.saved import SavedPlan, Scope


def keep(app: App, file: str, scope: Scope, wanted: tuple[Wanted, ...], found: Inventory, made: Plan) -> None:
    """Save a plan in `file`."""
    from aim_lib import saved

    saved.save(_path(app, file), _capture(app, scope, wanted, found, made))


def kept(app: App, file: str, *, is_alone: bool) -> SavedPlan:
    """The plan in `file`. Raises BadConfig unless the option `is_alone`, and what `saved.load` does."""
    from aim_lib import saved
    from aim_lib.errors import BadConfig

    if not is_alone:
        raise BadConfig("--plan goes alone: the file says what is done", remedy=f"aim install --plan {file}")
    return saved.load(_path(app, file))


def agreement(app: App, file: str, then: SavedPlan, wanted: tuple[Wanted, ...]) -> Callable[[Plan, Inventory], None]:
    """Raises NotAsWanted, with every difference, for a plan that is not the one in `file`."""
    from aim_lib import saved

    def agreed(made: Plan, found: Inventory) -> None:
        saved.require_same(then, _capture(app, then.scope, wanted, found, made, then.present), file)

    return agreed


def _capture(
    app: App, scope: Scope, wanted: tuple[Wanted, ...], found: Inventory, made: Plan, also: Iterable[str] = ()
) -> SavedPlan:
    from aim_lib import __version__, saved

    now = app.world(found)
    moment = saved.Moment(host=app.host, wanted=wanted, world=now, plan=made, aim_version=__version__)
    return saved.capture(moment, scope, app.redactor.text, also)


def _path(app: App, file: str) -> Path:
    return app.host.cwd / Path(file).expanduser()
