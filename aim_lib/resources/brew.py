"""Homebrew on macOS and Linux: formulae and casks. brew installs what its list has today, and nothing older.

So an exact version can be reached when brew has just that one, when it still lies beside the one in use, or as a
formula of its own (`python@3.12`); any other is refused before anything is touched, as far as brew's list is known.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ..errors import BadConfig, CommandFailed
from ..host import Host, is_executable
from ..model import Lane, Link, Present, Run, Step, Wanted
from ..versions import accepts, is_above
from . import Diagnosis, Options, Steps, refuse_offline, sweep
from ._brew_failures import diagnose
from ._brew_list import offered, other_name
from ._brew_prefix import CASKS, CORE, NOT_LINKED, everything, files, tap_of, token, versions_beside

IS_TOOL = True
PLATFORMS = ("linux", "macos")
ECOSYSTEM: Final = "brew"
INSTALLER = (  # https://brew.sh
    '/bin/bash -c "$(curl -fsSL https://raw.githubusercontent.com/Homebrew/install/HEAD/install.sh)"'
)
FETCHING = ("install", "reinstall", "upgrade", "update")


class Brew:
    """Homebrew on one machine: one change at a time, because formulae share dependencies and brew locks each."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="brew", width=1)
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        self.program = _program(host)
        # brew asks no variable for its prefix: it is two folders above the brew that was called (bin/brew, `pwd -P`)
        self.prefix = self.program.parent.resolve().parent if self.program else None
        self.unsuitable = self._why_not()
        self.remedy = INSTALLER if self.unsuitable and not host.is_windows else ""
        self.bin_folders = (self.prefix / "bin",) if self.prefix else ()

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        return everything(self.prefix) if self.prefix else ()

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        """Raises BadConfig for another name of a thing, CommandFailed for a version that brew is known not to have."""
        return refuse_offline(
            self._reach(wanted, have, version), self.options, "Homebrew", ("install", "reinstall", "upgrade", "update")
        )

    def _reach(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        name = wanted.name
        if have is None:
            self._check_name(name)
            do = (*self._prepared(name, version), self._brew("install", name, have))
        elif have.version and accepts(ECOSYSTEM, version or wanted.request, have.version):
            do = (*sweep(have), self._brew("link" if _is_unlinked(have) else "reinstall", name, have))
        elif beside := self._beside(have, version or wanted.request):
            return self._unpinned(have, self._switch(have, beside))
        elif have.version:
            do = (*self._prepared(name, version), *sweep(have), self._brew("upgrade", name, have))
        else:
            do = (*self._prepared(name, version), self._uninstall(name, have), self._brew("install", name, have))
        return self._unpinned(have, Steps(do=do, undo=self._restore(name, have)))

    def remove(self, have: Present) -> Steps:
        pin = (self._brew("pin", have.name, have),) if "pinned" in have.traits else ()
        return Steps(do=(self._uninstall(have.name, have),), undo=(self._brew("install", have.name, have), *pin))

    def hold(self, have: Present, *, is_held: bool) -> Steps:
        pin, unpin = (self._brew(verb, have.name, have) for verb in ("pin", "unpin"))
        return Steps(do=(pin if is_held else unpin,), undo=(unpin if is_held else pin,))

    def diagnose(self, output: str) -> Diagnosis:
        return diagnose(output)

    def _why_not(self) -> str:
        if self.host.is_windows:
            return "Homebrew does not run on Windows"
        if self.program is None:
            usual = "/opt/homebrew or /usr/local" if self.host.system == "macos" else "/home/linuxbrew/.linuxbrew"
            return f"brew is not on PATH and HOMEBREW_PREFIX is not set (Homebrew is usually in {usual})"
        return ""

    def _check_name(self, name: str) -> None:
        """Refuse a name under which the thing would not be found again."""
        real = other_name(self.host, name)
        if not real and "/" not in name:
            real = next((have.name for have in self.find() if _is_from_a_tap(have) and token(have.name) == name), "")
        if real:
            raise BadConfig(f"{name} is what Homebrew calls {real}", remedy=f'write "{real}" in aim.toml')

    def _prepared(self, name: str, version: str) -> tuple[Step, ...]:
        """`brew update` when `version` is newer than brew's list. Raises CommandFailed when it is older than that."""
        there = offered(self.host, name) if version else ""
        if not there or accepts(ECOSYSTEM, version, there):
            return ()
        if is_above(ECOSYSTEM, version, there):
            return (self._run("update"),)
        raise CommandFailed(
            f"{name} {version} cannot be had: Homebrew has {there}, and installs no older version",
            remedy=f'write "{there}" or "*" in aim.toml; formulae that keep an old version: brew search {name}@',
        )

    # --- switching between versions -----------------------------------------------------------------------------

    def _beside(self, have: Present, want: str) -> Path | None:
        """The newest version of a formula that would do and lies beside the one in use, or None."""
        if "cask" in have.traits or not have.version:
            return None
        best: Path | None = None
        for other in versions_beside(Path(have.where)):
            is_better = best is None or is_above(ECOSYSTEM, other.name, best.name)
            best = other if is_better and accepts(ECOSYSTEM, want, other.name) else best
        return best

    def _switch(self, have: Present, keg: Path) -> Steps:
        """To a version that is there, by links alone: brew itself can no longer choose among versions."""
        is_linked = "linked" in have.traits
        unlink = (self._brew("unlink", have.name, have),) if is_linked else ()
        back = self._links_to(Path(have.where), is_linked=is_linked)
        return Steps(do=(*unlink, *self._links_to(keg, is_linked=is_linked)), undo=(*unlink, *back))

    def _links_to(self, keg: Path, *, is_linked: bool) -> tuple[Step, ...]:
        """Links that make `keg` the version in use: opt, and when it is linked brew's record and the commands."""
        if self.prefix is None:
            return ()
        places = {self.prefix / "opt" / keg.parent.name: keg}
        if is_linked:
            places[self.prefix / "var" / "homebrew" / "linked" / keg.parent.name] = keg
            for folder in ("bin", "sbin"):
                places |= {self.prefix / folder / name: keg / folder / name for name in files(keg / folder)}
        return tuple(Link(path=str(path), target=os.path.relpath(keg, path.parent)) for path, keg in places.items())

    def _restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        """Steps back to `have`. The former version of a formula is kept, so links are enough.

        `brew uninstall` would remove that version when the upgrade to undo never came to anything. An older cask
        cannot be had again: what brew has is put in its place.
        """
        if have is None or not have.version:
            return (self._uninstall(name, have),)
        if "cask" in have.traits:
            return (self._brew("reinstall", name, have),)
        return self._links_to(Path(have.where), is_linked="linked" in have.traits)

    # --- brew ---------------------------------------------------------------------------------------------------

    def _unpinned(self, have: Present | None, steps: Steps) -> Steps:
        """`steps` for something that may be pinned: brew neither upgrades nor reinstalls what is."""
        if have is None or "pinned" not in have.traits:
            return steps
        unpin, pin = self._brew("unpin", have.name, have), self._brew("pin", have.name, have)
        return Steps(do=(unpin, *steps.do, pin), undo=(*steps.undo, pin))

    def _uninstall(self, name: str, have: Present | None) -> Run:
        # --force: every version, also a pinned or half installed one, and no complaint when there is none
        return self._brew("uninstall", name, have, "--force")

    def _brew(self, verb: str, name: str, have: Present | None, *words: str) -> Run:
        flag = _flag(name, have)
        has_flag = verb in ("install", "reinstall", "upgrade", "uninstall") or flag == ("--cask",)
        return self._run(verb, *words, *(flag if has_flag else ()), _spelled(name))

    def _run(self, *words: str) -> Run:
        env = {
            "HOMEBREW_NO_INSTALL_CLEANUP": "1",  # an undo needs the former version
            "HOMEBREW_NO_ENV_HINTS": "1",
            "HOMEBREW_NO_EMOJI": "1",
            "HOMEBREW_NO_COLOR": "1",
        }
        argv = (str(self.program or "brew"), *words)
        return Run(argv=argv, env=tuple(env.items()), timeout_s=self.options.timeout_s)


def open(host: Host, options: Options) -> Brew:  # noqa: A001 - the folder's contract
    return Brew(host, options)


def _program(host: Host) -> Path | None:
    if host.is_windows:
        return None
    told = Path(host.get("HOMEBREW_PREFIX") or "/nowhere") / "bin" / "brew"
    return host.which("brew") or (told if is_executable(told) else None)


def _spelled(name: str) -> str:
    """How a name is given to brew: in full only when it is of somebody's tap, which brew then taps and trusts."""
    return token(name) if tap_of(name) in (CORE, CASKS) else name


def _flag(name: str, have: Present | None) -> tuple[str, ...]:
    """Which of the two it is; of something new from a tap only brew knows."""
    if tap_of(name) == CASKS or (have and "cask" in have.traits):
        return ("--cask",)
    return ("--formula",) if have or tap_of(name) == CORE else ()


def _is_unlinked(have: Present) -> bool:
    return have.flaw.startswith(NOT_LINKED)


def _is_from_a_tap(have: Present) -> bool:
    return tap_of(have.name) not in (CORE, CASKS)
