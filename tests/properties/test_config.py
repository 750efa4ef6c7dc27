"""Precedence is total: of all layers that set a key the highest wins, and its origin says so."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from aim_lib.config import DEFAULT_FILE, Settings, load_config
from aim_lib.schema import Config
from tests.fakes import host

from . import BOUNDED

KEYS: dict[str, st.SearchStrategy[Any]] = {
    "bootstrap.node": st.sampled_from(["auto", "system", "none"]),
    "bootstrap.node_version": st.from_regex(r"[1-9]\.[0-9]", fullmatch=True),
    "bootstrap.jobs": st.integers(1, 32),
    "bootstrap.retries": st.integers(0, 10),
    "bootstrap.timeout_s": st.floats(0.5, 5000.0).map(lambda number: round(number, 2)),
    "bootstrap.lock_timeout_s": st.floats(0.0, 50.0).map(lambda number: round(number, 2)),
    "health.min_python": st.from_regex(r"3\.[0-9]{1,2}", fullmatch=True),
    "audit.enabled": st.booleans(),
    "aim.enabled": st.booleans(),
}
layers = st.lists(st.sampled_from(sorted(KEYS)), unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: KEYS[name] for name in names})
)
tools = st.dictionaries(st.sampled_from(["ruff", "black", "httpie"]), st.sampled_from(["1.0", ">=1,<3", "*"]))


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        table, _, name = key.partition(".")
        tree.setdefault(table, {})[name] = value
    return tree


def loaded(
    root: Path, user: dict[str, Any], project: dict[str, Any], env: dict[str, Any], flags: dict[str, Any]
) -> Settings:
    machine = host(home=root, env={f"AIM_{key.replace('.', '_')}".upper(): str(value) for key, value in env.items()})
    for path, values in ((machine.folders.config / "aim.toml", user), (root / "aim.toml", project)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tomli_w.dumps(values), encoding="utf-8")
    return load_config(machine, nested(flags))


@BOUNDED
@given(layers, layers, layers, layers)
def test_the_highest_layer_that_sets_a_key_wins(
    user: dict[str, Any], project: dict[str, Any], env: dict[str, Any], flags: dict[str, Any]
) -> None:
    """Default < user < project < environment < command line, for every key by itself."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        settings = loaded(root, nested(user), nested(project), env, flags)

        names = [str(root / "aim" / "config" / "aim.toml"), str(root / "aim.toml"), "environment", "command line"]
        ordered = list(zip(names, (user, project, env, flags), strict=True))
        defaults = msgspec.to_builtins(Config())
        for key in KEYS:
            table, _, name = key.partition(".")
            setters = [(layer, values[key]) for layer, values in ordered if key in values]
            origin, value = setters[-1] if setters else (None, defaults[table][name])
            assert getattr(getattr(settings.config, table), name) == value
            assert settings.origins.get(key) == origin


@BOUNDED
@given(st.none() | tools, st.none() | tools)
def test_tools_are_layered_one_by_one(user: dict[str, str] | None, project: dict[str, str] | None) -> None:
    """Each tool comes from the highest file that names it; the built-in list counts only when no file has one."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        declared = [{"tools": {"pipx": values}} if values is not None else {} for values in (user, project)]
        settings = loaded(root, declared[0], declared[1], {}, {})

        assert settings.project == root / "aim.toml"
        found = settings.config.tools.get("pipx", {})
        if user is None and project is None:
            assert {origin for key, origin in settings.origins.items() if key.startswith("tools.")} == {DEFAULT_FILE}
        else:
            assert found == {**(user or {}), **(project or {})}
        for name in project or {}:
            assert settings.origins[f"tools.pipx.{name}"] == str(root / "aim.toml")
