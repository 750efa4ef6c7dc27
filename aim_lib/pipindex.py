"""Which index the Python packages of a kind come from, and pip's index in uv's words, for uv reads nothing of pip's.

pipx and our Node.js, which our uv installs, follow pip: a company's package would else be asked of the public index,
where a stranger may have its name. Who has told uv itself of an index has the last word. `uv tool` is uv's own and
follows uv. Installing, locking and looking for versions all go by this. Not for display: addresses may hold passwords.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .host import Host

if TYPE_CHECKING:
    from .pipconf import Source

MARK = "AIM_INDEX"  # in a step's environment, "pip": this program is to ask the indexes that pip would ask
UV_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX", "UV_CONFIG_FILE")
UV_KEYS = ("index", "index-url", "extra-index-url", "no-index", "pip")


def mark(kind: str) -> dict[str, str]:
    """What a step of this kind has in its environment; `index_env` makes variables of it when it is performed."""
    return {} if kind == "uv" else {MARK: "pip"}


def index_source(kind: str, host: Host) -> Source:
    """The indexes that a kind's packages come from."""
    from .pipconf import read_pip, read_uv  # brings configparser: a look at what is installed needs none of it

    if kind == "uv" or _is_uv_told(host):
        return read_uv(host)
    pip = read_pip(host)
    return pip if pip.is_chosen else read_uv(host)


def index_env(host: Host) -> dict[str, str]:
    """Variables that make uv ask what pip would; {} when pip is told nothing, or uv has been told by itself."""
    from .pipconf import is_on, pip_values

    if _is_uv_told(host):
        return {}
    chosen = pip_values(host)
    if is_on(chosen.get("no-index", "")):
        return {"UV_NO_INDEX": "1", "UV_FIND_LINKS": ",".join(chosen.get("find-links", "").split())}
    env = {
        "UV_DEFAULT_INDEX": chosen.get("index-url", ""),
        "UV_INDEX": " ".join(chosen.get("extra-index-url", "").split()),
    }
    return {name: value for name, value in env.items() if value}


def _is_uv_told(host: Host) -> bool:
    from .pipconf import uv_values

    return any(host.get(name) for name in UV_VARIABLES) or any(key in UV_KEYS for key in uv_values(host))
