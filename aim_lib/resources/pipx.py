"""Python applications installed by pipx: ours, embedded; the home is the user's own when their pipx can share it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import environments, pipindex
from ..host import Host
from ..model import Change, Copy, Delete, Lane, Present, Run, Step, Wanted
from ..pythons import wrong_python
from . import Batch, Diagnosis, Locking, Options, Steps, diagnose, own_tools, subfolders, sweep
from . import _pipx_batch as batches
from . import _pipx_home as home_of
from . import _pipx_receipt as receipts
from . import _pylock as pylock
from . import _python_tools as tools
from ._retired import put_environment_back

IS_TOOL = True
ECOSYSTEM = "pypi"


class Pipx:
    """pipx on one machine. Parallel installs are safe from 1.16, which ours is."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="pipx", width=4)
        self.unsuitable = ""
        self.is_off = False
        self.fewest = 2
        self.home, bin_folder, self.notes = home_of.choose(host)
        self.bin_folders = (bin_folder,)

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        venvs = self.home / "venvs"
        found = ((folder, receipts.read(folder)) for folder in subfolders(venvs))
        # One made with --suffix is a second copy, under a name that nobody can declare: it is not what `ruff` means.
        whole = tuple(self._read(each, receipt) for each, receipt in found if not receipts.main(receipt).get("suffix"))
        return tools.with_orphans("pipx", whole, venvs, self.bin_folders[0])

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        python = tools.chosen_python(self.host, wanted.python)
        there, lock = tools.environment_of(have), self._lock_place(wanted)
        chosen = (*(("--python", python) if python else ()), *(("--lock", str(lock)) if lock else ()))
        spec = (*chosen, tools.requirement(wanted, version))
        do: list[Step] = [*sweep(have), *self._keep_lock(wanted, lock, there), *self._reach(wanted, spec, there)]
        if wanted.extras and not lock:  # what is locked takes no more in, but has them in its lock
            do.append(self._run("inject", wanted.name, *wanted.extras))
        is_rebuilt = there is not None and _is_other_now(there, wanted)
        return Steps(do=tuple(do), undo=self._restore(wanted.name, there, is_rebuilt=is_rebuilt))

    def remove(self, have: Present) -> Steps:
        if tools.environment_of(have) is None:
            return tools.remove_orphan(have)
        undo = self._restore(have.name, have, is_rebuilt="locked" in have.traits)
        return Steps(do=(*sweep(have), self._run("uninstall", have.name)), undo=undo)

    def salvage(self, have: Present) -> tuple[Step, ...]:
        unused = self._unused_lock(have)
        if unused:  # pipx failed, and has put the old environment back itself: only the copy of its lock is too much
            return (Delete(path=str(unused)),)
        if self.host.is_windows:
            return ()
        return put_environment_back(self.home / ".trash", have, self.bin_folders[0])

    def batch(self, changes: Sequence[Change]) -> Batch | None:
        """One pipx for several locked tools that are not there yet."""
        return batches.together(changes, self.home)

    def locking(self, wanted: Wanted, have: Present | None, version: str, folder: Path) -> Locking | None:
        return pylock.locking(self.host, wanted, have, version, folder, self.options)

    def hold(self, have: Present, *, is_held: bool) -> Steps:
        """`pipx pin` also keeps what was injected; it takes one name, and changes nothing but the mark."""
        if ("pinned" in have.traits) == is_held:
            return Steps(do=(), undo=())
        verbs = ("pin", "unpin") if is_held else ("unpin", "pin")
        do, undo = (self._run(verb, have.name) for verb in verbs)
        return Steps(do=(do,), undo=(undo,))

    def diagnose(self, output: str) -> Diagnosis:
        return pylock.refusal(output) or diagnose("the package", output, "PyPI")

    def _reach(self, wanted: Wanted, spec: tuple[str, ...], have: Present | None) -> tuple[Step, ...]:
        if have is None:
            return (self._install(wanted, *spec),)
        if _must_go(have, wanted, spec[-1]):
            anew = (self._run("uninstall", wanted.name), self._install(wanted, *spec))
            return (*self._forget(have), *anew, *self._belongings(have, wanted))
        if wanted.lock_file:  # made anew from the lock by pipx itself, which keeps the old one until that has worked
            return (self._run("install", "--force", *spec),)
        if have.flaw or _is_local(spec[-1]):
            return (*_dead_library(have), self._run("install", "--force", *spec))
        # Without --upgrade pipx skips an installed app with exit 0, whatever version was asked for.
        step = self._run("install", "--upgrade", *spec)
        if "pinned" in have.traits:  # a pinned app is "not upgraded", again with exit 0
            return (self._run("unpin", wanted.name), step, self._run("pin", wanted.name))
        return (step,)

    def _forget(self, have: Present) -> tuple[Step, ...]:
        """uv's cache shares its files with the environments: what was altered there in place is altered in both."""
        clean = ("cache", "clean", have.name)
        return (tools.run_uv(self.host, self.options, clean, {}),) if "altered" in have.traits else ()

    def _belongings(self, have: Present, wanted: Wanted | None = None) -> tuple[Step, ...]:
        """What an environment made anew lacks: what was injected into the former one, and its pin.

        But for what `wanted` says itself of what goes with it: its lock does not take more in.
        """
        receipt = receipts.read(Path(have.where))
        is_closed = wanted is not None and bool(wanted.lock_file)
        asked = () if is_closed else receipts.injected(receipt, wanted.extras if wanted else ())
        steps = [self._run("inject", have.name, *asked)] if asked else []
        return (*steps, *([self._run("pin", have.name)] if "pinned" in have.traits else []))

    def _install(self, wanted: Wanted, *spec: str) -> Run:
        # pip reads a pylock.toml only since 26, and pipx's own pip may be older: what is locked is installed by uv.
        return self._run("install", *(("--backend", "uv") if wanted.lock_file else ()), *spec)

    def _lock_place(self, wanted: Wanted) -> Path | None:
        """Where the copy of a lock stays: pipx notes its path, and reads it again when it repairs the tool."""
        if not wanted.lock_file:
            return None
        return self._locks(wanted.name) / wanted.lock_sha256[:12] / pylock.file_name(wanted.name)

    def _keep_lock(self, wanted: Wanted, place: Path | None, have: Present | None) -> tuple[Step, ...]:
        if place is None:
            return ()
        used = {place.parent, receipts.recorded_lock(have).parent if have else place.parent}
        stale = (folder for folder in subfolders(self._locks(wanted.name)) if folder not in used)
        copy = Copy(source=wanted.lock_file, path=str(place), sha256=wanted.lock_sha256)
        return (copy, *(Delete(path=str(folder)) for folder in stale))

    def _unused_lock(self, have: Present) -> Path | None:
        """The copy of a lock that is younger than the environment, which therefore was not made from it."""
        receipt, used = Path(have.where) / receipts.FILE_NAME, receipts.recorded_lock(have).parent
        if not receipt.is_file():
            return None
        made = receipt.stat().st_mtime_ns
        copies = (each for each in subfolders(self._locks(have.name)) if each != used)
        return next((each for each in copies if _is_younger(each / pylock.file_name(have.name), made)), None)

    def _locks(self, name: str) -> Path:
        return self.home / "aim-locks" / environments.normal(name)

    def _restore(self, name: str, have: Present | None, *, is_rebuilt: bool) -> tuple[Step, ...]:
        if have is None or not have.version:
            return (self._run("uninstall", name),)
        receipt = receipts.read(Path(have.where))
        # Over an environment that is locked by now, `install --force` would install that lock again.
        before = receipts.as_before(have, receipt) if is_rebuilt else ("--force",)
        first = (Delete(path=have.where),) if is_rebuilt else ()
        install = self._run("install", *before, receipts.as_it_was(name, have))
        # The exact install rewrites the receipt: put back the request the user had made.
        kept = tools.keep_receipt(Path(have.where) / receipts.FILE_NAME)
        return (*first, install, *self._belongings(have), *kept)

    def _run(self, *words: str) -> Run:
        path = self.host.path_of(own_tools(self.host), *self.host.path)
        env = {
            **tools.uv_env(self.host, self.options),
            **pipindex.mark("pipx"),
            "PIPX_HOME": str(self.home),
            "PIPX_BIN_DIR": str(self.bin_folders[0]),
            "PIPX_DISABLE_SHARED_LIBS_AUTO_UPGRADE": "1",
            "USE_EMOJI": "0",
            "PATH": path,
        }
        # -P: a json.py in the folder we happen to stand in is not what pipx means to import.
        argv = (self.host.python, "-P", "-m", "pipx", *words)
        return Run(argv=argv, env=tuple(env.items()), timeout_s=self.options.timeout_s)

    def _read(self, folder: Path, receipt: dict[str, Any]) -> Present:
        main = receipts.main(receipt)
        name = str(main.get("package") or folder.name)
        commands = tuple(main.get("apps") or ())
        own = tools.Environment(folder, name)
        noted = str(main.get("package_version") or "")
        marks = {"altered": own.doubt, "pinned": main.get("pinned"), "locked": main.get("lock_file")}
        return Present(
            kind="pipx",
            name=name,
            version=own.version,
            where=str(folder),
            commands=commands,
            recorded=str(main.get("package_or_url") or ""),
            receipt="" if noted == own.version else noted,
            flaw=own.flaw(receipt, commands, self.bin_folders[0]) or receipts.shared_flaw(own, receipt),
            extras=receipts.extras(receipt, own, name),
            traits=tuple(mark for mark, is_set in marks.items() if is_set),
            python=own.python,
            made_from=receipts.lock_of(receipt),
        )


def open(host: Host, options: Options) -> Pipx:  # noqa: A001 - the folder's contract
    return Pipx(host, options)


def _is_other_now(have: Present, wanted: Wanted) -> bool:
    """Whether an environment was made from another lock or by another Python than it will be."""
    return bool(wanted.lock_file or "locked" in have.traits or wrong_python(wanted, have))


def _must_go(have: Present, wanted: Wanted, spec: str) -> bool:
    """Whether pipx would not change an environment that is there, but for its --force or --upgrade do nothing, or less.

    --upgrade on a once locked one, or on one whose receipt tells of another version than is there, is a silent no-op
    with exit 0, and --force takes the old lock (pipx 1.18). --force ignores --python, keeps to pip where the
    environment was made by pip, takes one without a receipt for such, and leaves lying what it did not install.
    """
    if have.flaw == tools.INTERRUPTED or "altered" in have.traits or wrong_python(wanted, have):
        return True
    if wanted.lock_file:
        return receipts.read(Path(have.where)).get("backend") != "uv"
    return "locked" in have.traits or bool(have.receipt and not have.flaw and not _is_local(spec))


def _is_younger(file: Path, moment_ns: int) -> bool:
    return file.is_file() and file.stat().st_mtime_ns > moment_ns


def _is_local(spec: str) -> bool:
    return spec.startswith(("/", ".")) or "://" in spec


def _dead_library(have: Present) -> tuple[Step, ...]:
    """Away with the packages of a Python that is gone: --force leaves them beside those of the next."""
    if not have.python or not tools.has_dead_python(have):
        return ()
    library = Path(have.where) / "lib" / f"python{environments.minor(have.python)}"
    return (Delete(path=str(library)),) if library.is_dir() else ()
