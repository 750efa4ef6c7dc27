"""The page of environment variables: those with a name of their own, described here, and those that stand for keys."""

from __future__ import annotations

from collections.abc import Iterator

from aim_lib.schema import json_schema
from docs._make.settings import default
from docs._make.tables import code, plain, table

HEAD = """# Environment variables

What AIM reads of the environment beside what every program heeds (`HOME`, `PATH`, `NO_COLOR`, `CI`, `XDG_*_HOME`,
proxies and certificates) and what package managers are told (`PIP_INDEX_URL`, `UV_DEFAULT_INDEX`, `npm_config_…`).

"""
READ = {
    "AIM_CONFIG_DIR": "Folder of your own `aim.toml` and of the lock of the built-in list",
    "AIM_STATE_DIR": "Folder of the machine lock, the journal, consents, and what AIM remembers of its runs",
    "AIM_DATA_DIR": "Folder of the vault, of isolated npm tools and of the Node.js that AIM provides",
    "AIM_LOG_DIR": "Folder of the event log and of bug reports",
    "AIM_CACHE_DIR": "Folder of what may be deleted at any time: answers of package indexes, completions",
    "AIM_DRY_RUN": "`1`: every command is a dry run",
    "AIM_OFFLINE": "`1`: use no network; short for `AIM_BOOTSTRAP_OFFLINE`, which has the last word",
    "AIM_TRUST": "`1`: consent, for this run, to the code that a project's `aim.toml` has AIM build and run (CI)",
    "AIM_PLUGINS": "`0`: no plugins",
    "AIM_AGE_KEY": "The key of the vault itself; passed to no program",
    "AIM_AGE_KEY_FILE": "A file with the key of the vault, also an SSH key",
    "AIM_BACKUP_PASSPHRASE": "The passphrase for `aim secrets backup` and `restore`, where nobody can be asked",
    "AIM_VENV": "The folder in which `aim.py` makes its environment; default: `.venv` beside it",
    "AIM_NO_WAIT": "`1`: `aim.py` gives up (exit 9) when another `aim.py` is setting up the environment",
    "AIM_REGISTRY_PATH": "For programs of the predecessor: the folder of its registry, for `aim.registry`",
}
SET = {
    "AIM_RUN": "The mark of a run, in every program it starts: by it a killed run's leftovers are known",
    "AIM_SESSION_ID": "One run and all it starts, in the event log; set it yourself to join several runs",
    "AIM_HELD_TURN": "Whoever is asked in an AI tool's turn may ask others without waiting",
    "AIM_NOTICE_TITLE": "The title of a notice, for the program that shows it on the desktop",
    "AIM_NOTICE_TEXT": "Its text",
    "AIM_INDEX": "Which indexes an installer is to ask",
}
# Names that stand in the code and are no variable that is read: kept from every program, for others may use it.
NEITHER = {"AIM_AGE_PASSPHRASE"}
KEYS = """
## For keys of the configuration

Every single value of a fixed table can be set for one run: `AIM_BOOTSTRAP_JOBS=1 aim install`. They count over every
file.

"""


def page() -> str:
    """The whole page as Markdown."""
    texts = [HEAD, table(("variable", "means"), ((code(name), says) for name, says in READ.items()))]
    texts += ["\n## Set by AIM\n\n", table(("variable", "means"), ((code(name), says) for name, says in SET.items()))]
    return "".join([*texts, KEYS, table(("variable", "key", "default", "means"), _keys())])


def _keys() -> Iterator[tuple[str, str, str, str]]:
    schema = json_schema()
    for name, entry in schema["properties"].items():
        if "$ref" not in entry:
            continue
        for key, value in schema["$defs"][entry["$ref"].rpartition("/")[2]]["properties"].items():
            if "enum" in value or value.get("type") in ("string", "boolean", "integer", "number"):
                variable = f"AIM_{name}_{key}".upper()
                yield code(variable), code(f"{name}.{key}"), default(value), plain(value.get("description", ""))
