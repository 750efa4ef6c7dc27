"""What wastes this machine's disk: equal files, caches, links that lead nowhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aim_lib.quantities import counted

from ._app import asked, command, confirm
from ._arranging import arrange
from ._scanning import filter_of, helpers_of, kinds_of, large_enough, misplaced, scope_of, ward_of

if TYPE_CHECKING:
    from pathlib import Path

    from aim_lib.app import App
    from aim_lib.cache_sizes import Size
    from aim_lib.caches import Cache
    from aim_lib.model import Result

WHERE = {
    "path": "a folder; repeat for more (default: scan.roots of the configuration, else this folder)",
    "exclude": 'leave out names such as "*.iso" or paths such as "~/music"; repeat for more',
}
WHICH = {
    "min-size": "compare only files of at least so many KB",
    "extension": "compare only files that end so; repeat for more",
    "limit": "how many groups to show of each sort; 0 is all (the document always has all)",
    "fresh": "read every file again, whatever is remembered",
}
THRESHOLD = "only caches of at least so many MB"
LISTS = ["path", "exclude", "extension"]


@command(
    default=True,
    iterable=LISTS,
    help={**WHERE, **WHICH, "threshold": THRESHOLD},
)
def all(  # noqa: A001 - the command's name
    app: App,
    path: Iterable[str] | None = None,
    min_size: int = -1,
    extension: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    threshold: float = -1.0,
    limit: int = 10,
    fresh: bool = False,
) -> Result:
    """Equal files and folders, caches, links that lead nowhere: by one walk."""
    from aim_lib.cache_report import everything_result
    from aim_lib.scanner import find_everything

    which = filter_of(app, min_size, extension)
    memory, kinds = _memory(app, fresh=fresh), kinds_of(app)
    found = find_everything(scope_of(app, path, exclude), which, memory, _now_ns(app), kinds, helpers_of(app))
    wanted = {each.path for each in misplaced(app, (each for each, _ in found.caches))}
    listed = large_enough(app, (pair for pair in found.caches if pair[0].path in wanted), threshold)
    return everything_result(found, str(app.host.cwd), limit, listed, is_document=asked().format != "terminal")


@command(iterable=LISTS, help={**WHERE, **WHICH})
def duplicates(
    app: App,
    path: Iterable[str] | None = None,
    min_size: int = -1,
    extension: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    limit: int = 20,
    fresh: bool = False,
) -> Result:
    """Files with the same content, folded to whole folders where these are equal."""
    from aim_lib.scan_report import duplicates_result
    from aim_lib.scanner import find_duplicates

    which = filter_of(app, min_size, extension)
    memory = _memory(app, fresh=fresh)
    found = find_duplicates(scope_of(app, path, exclude), which, memory, _now_ns(app), helpers_of(app))
    return duplicates_result(found, str(app.host.cwd), limit, is_document=asked().format != "terminal")


@command(
    aliases=["misplaced"],
    iterable=["path", "exclude"],
    help={**WHERE, "threshold": THRESHOLD},
)
def caches(
    app: App, path: Iterable[str] | None = None, exclude: Iterable[str] | None = None, threshold: float = -1.0
) -> Result:
    """Caches in projects, with what says that they are ones: those that lie where caches belong are not told."""
    from aim_lib.cache_report import caches_result
    from aim_lib.cache_sizes import size_of
    from aim_lib.caches import found_in, search
    from aim_lib.scanner import rules_for

    kinds, scope = kinds_of(app), scope_of(app, path, exclude)
    found = misplaced(app, found_in(search(scope.roots, rules_for(scope), kinds), kinds))
    is_streamed = _is_streamed()
    sized = _streamed(app, found, threshold) if is_streamed else [(each, size_of(each.path)) for each in found]
    listed, is_document = large_enough(app, sized, threshold), asked().format != "terminal"
    return caches_result(listed, str(app.host.cwd), is_document=is_document, is_streamed=is_streamed)


@command(
    iterable=["path", "exclude"],
    help={
        **WHERE,
        "threshold": THRESHOLD,
        "duplicates": "not caches: let equal files share their blocks where the file system can (btrfs, xfs)",
        "hardlink": "with --duplicates: where it cannot, make them names of one file",
    },
)
def clean(
    app: App,
    path: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    threshold: float = -1.0,
    duplicates: bool = False,
    hardlink: bool = False,
) -> Result:
    """Move caches to quarantine, from where `aim cache restore` has them back; asks first, --yes answers."""
    if duplicates or hardlink:
        return _shared(app, path, exclude, duplicates=duplicates, hardlink=hardlink)
    import msgspec

    from aim_lib import quarantine
    from aim_lib.cache_report import left_records
    from aim_lib.cache_sizes import size_of
    from aim_lib.caches import found_in, search
    from aim_lib.errors import NotPermitted
    from aim_lib.scan_report import size_text
    from aim_lib.scanner import rules_for
    from aim_lib.walking import mount_points

    kinds, scope, ward = kinds_of(app), scope_of(app, path, exclude), ward_of(app)

    def found() -> list[tuple[Cache, Size]]:
        here = misplaced(app, found_in(search(scope.roots, rules_for(scope), kinds), kinds))
        return large_enough(app, ((each, size_of(each.path)) for each in here), threshold)

    mounts, first = mount_points() or frozenset(), found()
    fit = [(each, size) for each, size in first if not quarantine.why_not(each, mounts)]
    total = size_text(sum(size.size_bytes for _, size in fit))
    if fit and not asked().dry_run and not confirm(f"move {counted(len(fit), 'cache')}, {total}, to quarantine?"):
        remedy = "aim scan clean --dry-run shows the plan, aim scan clean --yes does it"
        raise NotPermitted(f"this would move {counted(len(fit), 'cache')}, {total}, to quarantine", remedy=remedy)
    result = arrange(
        app, [ward.kind()], lambda: quarantine.clearing(ward, found(), mounts), "there is nothing to clean"
    )
    return msgspec.structs.replace(result, records=(*result.records, *left_records(first, mounts)))


@command(iterable=["path"], help={"path": "one of the files, or a folder they are in; repeat for more (default: all)"})
def unshare(app: App, path: Iterable[str] | None = None) -> Result:
    """Give files that `aim scan clean --duplicates` made to share blocks of their own again."""
    from ._sharing import separate

    return separate(app, path)


# --- how they are done --------------------------------------------------------------------------------------------


def _shared(
    app: App, path: Iterable[str] | None, exclude: Iterable[str] | None, *, duplicates: bool, hardlink: bool
) -> Result:
    from aim_lib.errors import BadConfig

    from ._sharing import share

    if not duplicates:
        raise BadConfig("--hardlink goes with --duplicates", remedy="aim scan clean --duplicates --hardlink")
    return share(app, scope_of(app, path, exclude), filter_of(app, -1, None), with_hardlinks=hardlink)


def _memory(app: App, *, fresh: bool) -> Path | None:
    """Where what was read is remembered; a dry run remembers nothing."""
    return None if fresh or asked().dry_run else app.host.folders.cache / "scan"


def _now_ns(app: App) -> int:
    return int(app.clock().timestamp() * 1_000_000_000)


def _is_streamed() -> bool:
    """Whether somebody watches: then names come first, and sizes as they are known."""
    return asked().format == "terminal" and not asked().quiet and sys.stdout.isatty()


def _streamed(app: App, found: list[Cache], threshold: float) -> list[tuple[Cache, Size]]:
    """All names at once; then each with its size, those that are large enough."""
    from aim_lib.cache_report import cache_line
    from aim_lib.cache_sizes import size_of
    from aim_lib.engine.summary import print_out
    from aim_lib.pathtext import shown

    cwd = str(app.host.cwd)
    print_out(app.redactor.text("".join(f"  {shown(each.path, cwd)}\n" for each in found)))
    sized: list[tuple[Cache, Size]] = []
    for each in found:
        pair = (each, size_of(each.path))
        sized.append(pair)
        if large_enough(app, [pair], threshold):
            print_out(f"{app.redactor.text(cache_line([pair], cwd))}\n")
    return sized
