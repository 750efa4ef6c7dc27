"""npm's own settings for its registries: the environment, the user's npmrc, and the npmrc of its global prefixes.

Addresses leave this module without credentials; those are in the header beside them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .host import Host
from .pipconf import basic, split_credentials

DEFAULT = "https://registry.npmjs.org/"
_PREFIX = "npm_config_"


@dataclass(frozen=True, slots=True)
class NpmSettings:
    """Every setting by npm's name for it, the ones that count most on top."""

    values: Mapping[str, str] = field(repr=False)
    certificates: tuple[str, ...] = ()

    @property
    def is_offline(self) -> bool:
        return self.values.get("offline", "") == "true"

    def registry_of(self, scope: str) -> str:
        """The registry of a scope (with its "@"), or the one of all names; ends with "/"; "" when it is no URL."""
        url = self.values.get(f"{scope}:registry", "") if scope else ""
        try:
            return split_credentials(url or self.values.get("registry") or DEFAULT)[0].rstrip("/") + "/"
        except ValueError:
            return ""

    def authorization(self, url: str) -> str:
        """The header for `url`: credentials are kept by place, `//host/path/:_authToken`, the longest path first."""
        for place in _places(url):
            token = self.values.get(f"{place}:_authToken", "")
            if token:
                return f"Bearer {token}"
            if self.values.get(f"{place}:_auth"):
                return f"Basic {self.values[f'{place}:_auth']}"
            name, secret = self.values.get(f"{place}:username", ""), self.values.get(f"{place}:_password", "")
            if name and secret:
                return basic(name, _decoded(secret))
        return self._from_url(url)

    def proxy_for(self, url: str) -> str:
        """npm's own proxy, "" when it names none."""
        plain = self.values.get("proxy", "")
        return plain if url.startswith("http://") else self.values.get("https-proxy", "") or plain

    def _from_url(self, url: str) -> str:
        """Credentials that somebody wrote into the registry's own address."""
        for key, value in self.values.items():
            if key == "registry" or key.endswith(":registry"):
                try:
                    bare, authorization = split_credentials(value)
                except ValueError:
                    continue
                if bare.rstrip("/") + "/" == url:
                    return authorization
        return ""


def read_npmrc(host: Host) -> NpmSettings:
    """npm's settings as `npm --global` has them; a project's npmrc does not count there."""
    above = _from_environment(host)
    user = _ini(Path(above.get("userconfig") or host.home / ".npmrc"), host)
    files = [_ini(path, host) for path in global_files(host, {**user, **above})]
    values: dict[str, str] = {}
    for layer in (*reversed(files), user, above):
        values.update(layer)
    given = (host.get("NODE_EXTRA_CA_CERTS"), values.get("cafile", ""))
    return NpmSettings(values, tuple(dict.fromkeys(path for path in given if path)))


def variables_in_files(host: Host) -> frozenset[str]:
    """The variables that the user's own settings refer to, as `${NAME}`: who wrote that lets npm have them."""
    above = _from_environment(host)
    user = Path(above.get("userconfig") or host.home / ".npmrc")
    texts = (_text(path) for path in (user, *global_files(host, above)))
    return frozenset(name for text in texts for name in re.findall(r"\$\{(\w+)\??\}", text))


def global_files(host: Host, values: Mapping[str, str]) -> tuple[Path, ...]:
    """The npmrc of the machine: the one named, else those of the chosen prefix, of ours and of node's own."""
    if values.get("globalconfig"):
        return (Path(values["globalconfig"]).expanduser(),)
    node = host.which("node")
    # node lies in PREFIX/bin, on Windows in PREFIX itself
    own = [node.parent if host.is_windows else node.parent.parent] if node else []
    chosen = [Path(values["prefix"]).expanduser()] if values.get("prefix") else []
    folders = dict.fromkeys([*chosen, host.folders.data / "npm", *own])
    return tuple(folder / "etc" / "npmrc" for folder in folders)


def _from_environment(host: Host) -> dict[str, str]:
    """`npm_config_*` in any case; "_" stands for "-" save in credentials' keys."""
    found: dict[str, str] = {}
    for name in sorted(host.env):
        if not name.lower().startswith(_PREFIX) or not host.get(name):
            continue
        key = name[len(_PREFIX) :]
        is_plain = not key.startswith(("//", "@"))
        found[re.sub(r"(?<!^)_", "-", key.lower()) if is_plain else key] = host.get(name)
    return found


def _ini(path: Path, host: Host) -> dict[str, str]:
    return dict(_pairs(_text(path), host))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _pairs(text: str, host: Host) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.lstrip().startswith((";", "#")):
            yield _expanded(key.strip(), host), _expanded(value.strip().strip("\"'"), host)


def _expanded(text: str, host: Host) -> str:
    """`${NAME}` as the environment has it; a variable that is not set stays as it is written, as in npm."""
    home = {"HOME": str(host.home)}
    return re.sub(r"\$\{(\w+)\??\}", lambda found: host.get(found[1]) or home.get(found[1], found[0]), text)


def _places(url: str) -> Iterator[str]:
    """`//host/a/b/`, `//host/a/`, `//host/`."""
    parts = urlsplit(url)
    path = [part for part in parts.path.split("/") if part]
    for count in range(len(path), -1, -1):
        yield f"//{parts.netloc}/{''.join(f'{part}/' for part in path[:count])}"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:  # also for text that is no UTF-8
        return ""
