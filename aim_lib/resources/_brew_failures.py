"""What brew says when it fails. It speaks English in every locale, and so does the curl it starts."""

from __future__ import annotations

from . import Diagnosis
from ._explain import Failure, explain

AGAIN = "then run the same command again"
NAMED = r'No available (?:formula or cask|formula|cask) with the name "(?P<name>[^"\s]+)"'
TABLE = (
    Failure(
        "disk",
        r"No space left on device|curl: \(23\)|Failure writing output",
        "the disk is full while installing the package",
        f"free some space (brew cleanup helps), {AGAIN}",
    ),
    Failure(
        "trust",
        r"Refusing to load (?P<what>formula|cask) (?P<name>[^\s'\"]+) from untrusted tap",
        "{name} is of a tap that brew was not told to trust",
        "if you trust its authors: brew trust --{what} {name}",
    ),
    Failure(
        "hash",
        r"SHA-?256 mismatch|sha256 mismatch|[Cc]hecksum mismatch|different checksum",
        "the package is not the file that Homebrew names: its hash differs",
        f"brew update, {AGAIN}; if it stays so, do not install it",
    ),
    Failure(
        "tls",
        r"SSL certificate problem|curl: \((51|58|60|77|83|90|91)\)|[Ss]elf[- ]signed certificate",
        "the package: the certificate of the server is not trusted",
        "name your CA bundle in ~/.curlrc (cacert = ...), and set HOMEBREW_CURLRC=1",
    ),
    Failure(
        "name",
        r"Formulae found in multiple taps",
        "several taps have a formula called the package",
        "write its full name in aim.toml: user/tap/formula",
    ),
    Failure(
        "name",
        r"Found a cask named \"(?P<name>[^\"]+)\" instead",
        "{name} is a cask, not a formula",
        'write "homebrew/cask/{name}" in aim.toml',
    ),
    Failure(
        "name",
        rf"{NAMED}(?: \([^)]*\))?\.? +Did you mean (?P<guess>[^?\n]+)",
        "Homebrew has nothing called {name}",
        "check the name in aim.toml; Homebrew has {guess}",
    ),
    Failure(
        "name",
        rf"{NAMED}|Cask '(?P<cask>[^']+)' is unavailable|No available (formula|cask|tap)",
        "Homebrew has nothing called {name}",
        "check the name in aim.toml",
    ),
    Failure(
        "permission",
        r"Running Homebrew as root",
        "brew does not run as root",
        "run this as the user who owns Homebrew",
    ),
    Failure(
        "permission",
        r"not writable by your|is not writable|Permission denied|Operation not permitted|EACCES|"
        r"sudo: (a terminal is required|a password is required|\d+ incorrect)",
        "brew may not write while installing the package",
        "brew doctor names the folders and the chown that mends them",
    ),
    Failure(
        "link",
        r"conflicting formulae are installed[\s\S]*?brew unlink (?P<owner>[^\s`]+)",
        "the package and {owner} cannot be there at once",
        f"brew unlink {{owner}}, {AGAIN}",
    ),
    Failure(
        "link",
        r"Target (?P<target>\S+)\s+is a symlink belonging to (?P<owner>\S+?)\.(?:\s|$)",
        "the package is installed but not linked: {target} belongs to {owner}",
        f"brew unlink {{owner}}, {AGAIN}",
    ),
    Failure(
        "link",
        r"Target (?P<target>\S+)\s+already exists",
        "the package is installed but not linked: {target} is there already",
        f"remove {{target}} if it is not needed, {AGAIN}",
    ),
    Failure(
        "link",
        r"Could not symlink|`brew link` step did not complete|Cannot link",
        "the package is installed but not linked",
        "brew link --dry-run names what is in its way",
    ),
    Failure(
        "busy",
        r"has already locked|Another (active )?Homebrew (update )?process",
        "another brew is at work",
        f"wait until it ends, {AGAIN}",
    ),
    Failure(
        "pinned",
        r"is pinned\. You must unpin|Not upgrading \d+ pinned",
        "the package is pinned",
        f"brew unpin it, {AGAIN}",
    ),
    Failure(
        "exists",
        r"already an? [\w ]+ at '(?P<target>[^']+)'",
        "the package: {target} is there already, and not brew's",
        "remove it, or let brew take it over with brew install --cask --adopt",
    ),
    Failure(
        "needed",
        r"Refusing to uninstall[\s\S]*?required by (?P<owner>[\s\S]+?), which",
        "the package is needed by {owner}",
        "remove that first, or keep the package in aim.toml",
    ),
    Failure(
        "gone",
        r"has been disabled",
        "the package was disabled by Homebrew",
        "brew info says what replaces it; change aim.toml",
    ),
    Failure(
        "platform",
        r"(macOS|Linux) is required for this software|requires (macOS|Linux)|depends on hardware architecture|"
        r"no bottle available",
        "the package is not made for this machine",
        "limit it in aim.toml: platforms = [...]",
    ),
    Failure(
        "download",
        r"returned error: 404|HTTP status: 404|404 Not Found",
        "the package: its file is no longer where Homebrew's list has it",
        f"brew update, {AGAIN}",
    ),
    Failure(
        "network",
        r"curl: \((5|6|7|16|18|28|35|52|55|56|92)\)|Could not resolve|Failed to connect|Connection (refused|reset)|"
        r"returned error: (429|5\d\d)|[Oo]peration timed out|Network is unreachable|Cannot download non-corrupt",
        "the package: Homebrew's servers cannot be reached",
        "check the network, then run again",
    ),
    Failure(
        "build",
        r"built from source|Failed executing|did not build|nsatisfied requirements? failed|active developer path",
        "the package could not be built",
        "on macOS: xcode-select --install; else read the build's output above",
    ),
)
UNNAMED = {"name": "the package", "owner": "something else", "target": "a file", "what": "formula", "guess": "others"}


def diagnose(output: str) -> Diagnosis:
    """What brew's output means, with the names and suggestions that it gives itself."""
    return explain(TABLE, output, UNNAMED, "read brew's output above")
