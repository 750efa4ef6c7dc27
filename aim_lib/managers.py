"""By which folder each package manager is known, and how it removes what it has put there. Pure: text only."""

from __future__ import annotations

from typing import NamedTuple

SYSTEM = "the system"
Told = tuple[str, str, str, str]  # manager, name and version there, removal; "" for what a place does not tell


class Rule(NamedTuple):
    """A folder's name by which a manager is known: what follows it in a path are the name and the version there."""

    mark: str
    manager: str
    removal: str = ""
    has_name: bool = True
    has_version: bool = False


# Of a folder of shims, by the path itself: where its links lead is the one program that stands behind them all.
SHIMS = (
    Rule("/mise/shims/", "mise", has_name=False),
    Rule("/.asdf/shims/", "asdf", has_name=False),
    Rule("/.volta/bin/", "volta", "volta uninstall {name}"),
    Rule("/volta/bin/", "volta", "volta uninstall {name}"),
    Rule("/.pyenv/shims/", "pyenv", has_name=False),
    Rule("/pyenv-win/shims/", "pyenv", has_name=False),
    Rule("/.nodenv/shims/", "nodenv", has_name=False),
    Rule("/.rbenv/shims/", "rbenv", has_name=False),
    Rule("/fnm_multishells/", "fnm", has_name=False),
    Rule("/snap/bin/", "snap", "sudo snap remove {name}"),
    Rule("/scoop/shims/", "scoop", "scoop uninstall {name}"),
    Rule("/chocolatey/bin/", "choco", "choco uninstall {name}"),
    Rule("/winget/links/", "winget", "winget uninstall --command {name}"),
    Rule("/windowsapps/", "winget-alias", "turn its app execution alias off in the Settings", has_name=False),
)
# Of what is really there, outermost manager first: mise installs by pipx and npm, and is asked first.
PLACES = (
    Rule("/mise/installs/", "mise", "mise uninstall {name}@{version}", has_version=True),
    Rule("/.asdf/installs/", "asdf", "asdf uninstall {name} {version}", has_version=True),
    Rule("/.volta/tools/image/packages/", "volta", "volta uninstall {name}"),
    Rule("/.pyenv/versions/", "pyenv", has_name=False),
    Rule("/pipx/venvs/", "pipx", "pipx uninstall {name}"),
    Rule("/uv/tools/", "uv", "uv tool uninstall {name}"),
    Rule("/uv/data/tools/", "uv", "uv tool uninstall {name}"),
    Rule("/pnpm/global/", "pnpm", has_name=False),
    Rule("/yarn/global/node_modules/", "yarn", "yarn global remove {name}"),
    Rule("/.bun/install/global/node_modules/", "bun", "bun remove --global {name}"),
    Rule("/lib/node_modules/", "npm", "npm uninstall -g --prefix {root} {name}"),
    Rule("/npm/node_modules/", "npm", "npm uninstall -g {name}"),
    Rule("/node_modules/", "project", has_name=False),
    Rule("/.nvm/versions/node/", "nvm", has_name=False),
    Rule("/cellar/", "brew", "brew uninstall {name}", has_version=True),
    Rule("/caskroom/", "brew", "brew uninstall --cask {name}", has_version=True),
    Rule("/scoop/apps/", "scoop", "scoop uninstall {name}", has_version=True),
    Rule("/chocolatey/lib/", "choco", "choco uninstall {name}"),
    Rule("/.cargo/bin/", "cargo", has_name=False),
    Rule("/go/bin/", "go", has_name=False),
    # By their makers' own installers.
    Rule("/share/claude/versions/", "native", has_name=False),
    Rule("/.claude/local/", "native", has_name=False),
    Rule("/cursor-agent/versions/", "native", has_name=False),
    Rule("/.opencode/bin/", "native", has_name=False),
    Rule("/nix/store/", "nix", has_name=False),
    Rule("/.nix-profile/", "nix", has_name=False),
)
SYSTEM_FOLDERS = ("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/lib/", "/usr/share/", "c:/windows/")


def by_place(path: str, real: str) -> Told | None:
    """Whose a command is by where it lies (`path`) and where its links lead (`real`); None when that does not tell."""
    here, there = slashed(path), slashed(real)
    known = _by_rule(here, SHIMS) or _by_rule(there, PLACES) or _by_rule(here, PLACES)
    is_system = there.lower().startswith(SYSTEM_FOLDERS)
    return known or ((SYSTEM, "", "", "") if is_system else None)


def is_shim(path: str) -> bool:
    """Whether it lies in a folder of shims, each of which starts what its manager then chooses."""
    lowered = slashed(path).lower()
    return any(rule.mark in lowered for rule in SHIMS)


def _by_rule(path: str, rules: tuple[Rule, ...]) -> Told | None:
    lowered = path.lower()
    for rule in rules:
        at = lowered.find(rule.mark)
        if at >= 0:
            return _told(rule, path[:at], path[at + len(rule.mark) :])
    return None


def _told(rule: Rule, root: str, rest: str) -> Told:
    parts = rest.split("/")
    size = 2 if parts[0].startswith("@") else 1
    name = "/".join(parts[:size]).removesuffix(".exe").removesuffix(".cmd") if rule.has_name else ""
    version = parts[size] if rule.has_version and len(parts) > size else ""
    return rule.manager, name, version, rule.removal.format(name=name, version=version, root=word(root))


def slashed(path: str) -> str:
    """A path with slashes of one kind."""
    return path.replace("\\", "/")


def word(path: str) -> str:
    """A path as a word of a command line."""
    return f'"{path}"' if " " in path else path
