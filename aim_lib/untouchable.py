"""What is never moved, linked or deleted: repositories, environments, packages, and what AI tools remember."""

from __future__ import annotations

import os
import re

from .listing import join

# Of what lies in them only what the table of caches names is one; a build may be all there is of something.
REPOSITORIES = (".git", ".hg", ".svn", ".jj", ".bzr")
PACKAGES = (".venv", "venv", "env", ".env", "node_modules", "bower_components", "site-packages", "dist-packages")
_AGENTS = (".claude", ".aider", ".jules", ".codex", ".gemini", ".cursor", ".continue", ".copilot")
HARD = frozenset((*REPOSITORIES, *PACKAGES, "dist", "build", *_AGENTS))
_HISTORY = (".aider.chat.history", ".aider.input.history", ".aider.llm.history")
# What makes a folder an environment, whatever it is called. uv, virtualenv and with them pipx put a CACHEDIR.TAG into
# each, and pipx one beside the interpreters that its tools run by.
ENVIRONMENTS = frozenset(("pyvenv.cfg", "conda-meta"))
_OWNED = re.compile(
    r"/(?:pipx/(?:venvs|py|shared)|uv/(?:tools|python)|(?:mise|\.asdf)/installs|(?:\.pyenv|\.nvm)/versions"
    r"|\.volta/tools|\.rustup/toolchains|pnpm/global)/"
)
# Below these a system puts its own things; a user's may be in /usr/local. On Windows behind the drive's letter.
_SYSTEM = (
    *("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/etc/", "/boot/", "/var/lib/"),
    *("/nix/", "/snap/", "/System/"),
)
_WINDOWS = (":/windows/", ":/program files/", ":/program files (x86)/", ":/programdata/")


def is_hard(path: str) -> bool:
    """Whether it is on the list of what is never touched, by the name of its last part."""
    name = os.path.basename(path)
    return name in HARD or name.startswith(_HISTORY)


def is_never_touched(path: str) -> bool:
    """Whether it is on that list, an environment, or what a manager of tools keeps; asks the disk."""
    return is_hard(path) or is_owned(path) or is_environment(path)


def is_environment(folder: str) -> bool:
    """Whether it is a virtual environment, whatever it is called; asks the disk."""
    return any(os.path.lexists(join(folder, name)) for name in ENVIRONMENTS)


def is_owned(path: str) -> bool:
    """Whether it lies where a system, or a manager of tools, keeps what it has installed."""
    below = f"{path.replace(os.sep, '/')}/"
    is_systems = below.startswith(_SYSTEM) and not below.startswith("/usr/local/")
    return is_systems or below[1:].lower().startswith(_WINDOWS) or _OWNED.search(below) is not None
