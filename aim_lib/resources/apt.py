"""Commands from Debian and Ubuntu packages, changed by apt-get as root; what is there is read from dpkg's database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from .. import dpkg
from ..host import Host
from ..model import Lane, Present, Run, Step, Wanted
from ..versions import ANY, Ecosystem, is_above
from . import Diagnosis, Options, Steps, command_flaw
from ._apt_by_hand import by_hand
from ._apt_failures import diagnose

IS_TOOL = True
PLATFORMS = ("linux",)
IS_SHARED = True
ECOSYSTEM: Ecosystem = "deb"

# Another apt, such as the unattended upgrades after a start, holds dpkg's lock for minutes: apt itself waits for it.
LOCK_WAIT_S = 120
# The user's own changes to configuration files stay: nobody is there to be asked.
DPKG_OPTIONS = ("--force-confdef", "--force-confold")
# The system's programs alone: maintainer scripts call `python3` and must not get one of the user's.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Its messages are translated unless told otherwise, and we read them.
ENV = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "PATH": PATH}

UNCONFIGURED = {
    "unpacked": "it is unpacked but not configured",
    "half-configured": "its configuration was interrupted or failed",
}
FLAWS = {"half-installed": "an earlier installation of it was interrupted", **UNCONFIGURED}
ABSENT = ("not-installed", "config-files")


class Around(NamedTuple):
    """What each package is looked at with: the machine's architecture, dependencies, names in /usr/bin and `info`."""

    native: str
    automatic: frozenset[tuple[str, str]]
    programs: frozenset[str]
    info: frozenset[str]
    folder: str


class Apt:
    """apt on one machine. dpkg has one lock for the whole system, so changes go one by one.

    Each change says `--no-remove`, and removals go through dpkg, which refuses to remove what others need: no other
    package ever goes away with what was asked for.
    """

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="apt", width=1)
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        self.database = host.root / "var" / "lib" / "dpkg"
        self.programs = host.root / "usr" / "bin"
        self.bin_folders = (self.programs,)
        self.unsuitable = self._why_not()

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        """Every installed package; commands are those in /usr/bin, and only of what somebody asks for.

        Their lists are ten times as large as the database itself. Without the names that are asked for, those count
        that did not come as a dependency.
        """
        if self.unsuitable:
            return ()
        stanzas = dpkg.read_stanzas(self.database)
        around = self._around(stanzas)
        found = (self._present(each, around) for each in stanzas if each.status not in ABSENT)
        return tuple(sorted(found, key=lambda present: present.name))

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        do = [
            *self._mended(have),
            *self._refreshed(),
            self._install(wanted.name, _spec(wanted, version), have, version),
        ]
        do += self._marked(wanted.name, have, "pinned")
        return self._steps(tuple(do), self._restore(wanted.name, have))

    def remove(self, have: Present) -> Steps:
        do = (
            *([self._dpkg("--configure", "-a")] if dpkg.journal(self.database) else []),
            self._erase("--remove", have.name),
        )
        return self._steps(do, self._restore(have.name, have))

    def hold(self, have: Present, *, is_held: bool) -> Steps:
        hold, free = (self._run("apt-mark", verb, have.name) for verb in ("hold", "unhold"))
        return self._steps((hold if is_held else free,), (free if is_held else hold,))

    def diagnose(self, output: str) -> Diagnosis:
        return diagnose(output)

    def _why_not(self) -> str:
        if self.host.system == "linux" and (self.database / "status").is_file():
            return ""
        return 'apt is for Debian and Ubuntu; for other machines say platforms = ["linux"] or optional = true'

    # --- reading ------------------------------------------------------------------------------------------------

    def _around(self, stanzas: tuple[dpkg.Stanza, ...]) -> Around:
        info = self.database / "info"
        return Around(
            native=dpkg.own_architecture(stanzas),
            automatic=dpkg.automatic_packages(self.host.root / "var" / "lib" / "apt" / "extended_states"),
            programs=dpkg.names_in(self.programs),
            info=dpkg.names_in(info),
            folder=str(info),
        )

    def _present(self, stanza: dpkg.Stanza, around: Around) -> Present:
        is_foreign = stanza.architecture not in (around.native, "all", "")
        of_architecture = f"{stanza.package}:{stanza.architecture}"
        # That of a package which may be there for several architectures names its own.
        listing = next((name for name in (of_architecture, stanza.package) if f"{name}.list" in around.info), "")
        is_automatic = stanza[:2] in around.automatic
        name = of_architecture if is_foreign else stanza.package
        is_asked = not is_automatic if self.options.names is None else f"apt:{name}" in self.options.names
        where = f"{around.folder}/{listing or stanza.package}.list"
        commands = self._commands(where) if is_asked and listing else ()
        marks = {"automatic": is_automatic, "pinned": stanza.want == "hold"}
        return Present(
            kind="apt",
            name=name,
            version=stanza.version,
            where=where,
            commands=commands,
            flaw=self._flaw(stanza, commands, around.programs),
            traits=tuple(mark for mark, is_set in marks.items() if is_set),
        )

    def _commands(self, listing: str) -> tuple[str, ...]:
        # Where /bin is /usr/bin, older packages still list their files in the former.
        folders = ("/usr/bin/", "/bin/") if (self.host.root / "bin").is_symlink() else ("/usr/bin/",)
        return dpkg.names_below(Path(listing), folders)

    def _flaw(self, stanza: dpkg.Stanza, commands: tuple[str, ...], programs: frozenset[str]) -> str:
        if stanza.status in FLAWS:
            return FLAWS[stanza.status]
        if stanza.error == "reinstreq":
            return "dpkg wants it to be installed again"
        absent = [command for command in commands if command not in programs]
        return command_flaw(absent, self.programs, self.host.root)

    # --- steps --------------------------------------------------------------------------------------------------

    def _install(self, name: str, spec: str, have: Present | None, version: str) -> Run:
        words = ["--no-install-recommends", "--no-remove"]
        words += _again(have)
        if have and version and is_above(ECOSYSTEM, have.version, version):
            words.append("--allow-downgrades")
        if have and "pinned" in have.traits:  # it loses the hold by that: `_marked` brings it back
            words.append("--allow-change-held-packages")
        return self._apt("install", *words, spec)

    def _mended(self, have: Present | None) -> list[Step]:
        """Steps that finish what dpkg left: apt refuses everything while an interrupted dpkg has a journal."""
        if dpkg.journal(self.database):
            return [self._dpkg("--configure", "-a")]
        return [self._dpkg("--configure", have.name)] if have and have.flaw in UNCONFIGURED.values() else []

    def _refreshed(self) -> list[Step]:
        """A container's image often has no package lists at all: then every name would be unknown."""
        lists = dpkg.names_in(self.host.root / "var" / "lib" / "apt" / "lists")
        return [] if any("_Packages" in name for name in lists) else [self._apt("update")]

    def _marked(self, name: str, have: Present | None, trait: str) -> list[Step]:
        """A step that sets one of apt's own marks again, when it was set."""
        verb = {"pinned": "hold", "automatic": "auto"}[trait]
        return [self._run("apt-mark", verb, name)] if have and trait in have.traits else []

    def _restore(self, name: str, have: Present | None) -> tuple[Step, ...]:
        if have is None or not have.version:
            # Settings that an earlier installation left are the user's: only what was not there before goes wholly.
            left = any(
                each.package == name and each.status == "config-files" for each in dpkg.read_stanzas(self.database)
            )
            return (self._erase("--remove" if left else "--purge", name),)
        words = ["--no-install-recommends", "--no-remove", "--allow-downgrades", "--allow-change-held-packages"]
        step = self._apt("install", *words, *_again(have), f"{name}={have.version}")
        return (step, *self._marked(name, have, "pinned"), *self._marked(name, have, "automatic"))

    def _apt(self, verb: str, *words: str) -> Run:
        settings = [f"DPkg::Lock::Timeout={LOCK_WAIT_S}", "Dpkg::Use-Pty=0"]
        settings += [f"Dpkg::Options::={option}" for option in DPKG_OPTIONS]
        settings += ["APT::Get::Download=0"] if self.options.offline else []
        return self._run("apt-get", verb, "-y", "-q", *(word for each in settings for word in ("-o", each)), *words)

    def _dpkg(self, *words: str) -> Run:
        return self._run("dpkg", *DPKG_OPTIONS, *words)

    def _erase(self, verb: str, name: str) -> Run:
        """dpkg keeps what it was interrupted in until it is installed again, unless told otherwise."""
        return self._dpkg("--force-remove-reinstreq", verb, name)

    def _run(self, program: str, *words: str) -> Run:
        argv = (str(self.programs / program), *words)
        if not self.host.is_root and self.options.has_sudo:
            # sudo passes no environment on
            argv = ("sudo", "-n", "env", *(f"{name}={value}" for name, value in ENV.items()), *argv)
        return Run(argv=argv, env=tuple(ENV.items()), timeout_s=self.options.timeout_s)

    def _steps(self, do: tuple[Step, ...], undo: tuple[Step, ...]) -> Steps:
        may = self.host.is_root or self.options.has_sudo
        return Steps(
            do=do,
            undo=undo,
            by_hand="" if may else by_hand(do, DPKG_OPTIONS, has_sudo=self.host.which("sudo") is not None),
        )


def open(host: Host, options: Options) -> Apt:  # noqa: A001 - the folder's contract
    return Apt(host, options)


def _again(have: Present | None) -> list[str]:
    """A package that was never configured cannot be reinstalled ("No file name for"): configuring it is enough."""
    return ["--reinstall"] if have and have.flaw and have.flaw not in UNCONFIGURED.values() else []


def _spec(wanted: Wanted, version: str) -> str:
    """What to tell apt-get: a file, the name at `version`, the name and a pattern it knows, or the bare name."""
    if wanted.source:
        return wanted.source
    if version:
        return f"{wanted.name}={version}"
    is_prefix = re.fullmatch(r"=*\s*[\w.+~:-]+\*", wanted.request)
    return f"{wanted.name}={wanted.request.lstrip('= ')}" if is_prefix and wanted.request not in ANY else wanted.name
