"""No test touches the real home, PATH, keyring or network unless it brings its own."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from . import listed

OURS = (
    "AIM_",
    "XDG_",
    "PIPX_",
    "UV_",
    "NPM_CONFIG",
    "npm_config",
    "PNPM_",
    "pnpm_config",
    "CARGO_",
    "RUSTUP_",
    "CI",
    "GITHUB_",
    "INVOKE_",
    "DBUS_",
    "NO_COLOR",
    "FORCE_COLOR",
)


def _unread() -> list[str]:
    """What only Windows has; there the files that it cannot run."""
    if os.name != "nt":
        return ["windows"]
    names = listed.whole_files(listed.patterns(is_wine=listed.is_wine()))
    return [name.removeprefix("tests/") for name in names]


collect_ignore = _unread()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On Windows the tests that tests/windows.txt lists are left out."""
    if os.name != "nt":
        return
    choice = listed.choose((item.nodeid for item in items), listed.patterns(is_wine=listed.is_wine()))
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in choice.left_out])
    items[:] = [item for item in items if item.nodeid in choice.run]
    told = os.environ.get(listed.REPORT)  # noqa: TID251 - of the lane, which reads it
    if told and getattr(config, "workerinput", {}).get("workerid", "gw0") == "gw0":
        choice.write(Path(told))


def _no_network(*_: object) -> NoReturn:
    raise AssertionError("a test without the `real` mark may not use the network")


@pytest.fixture(autouse=True)
def nothing_real(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty home and PATH, a keyring that refuses, no network."""
    if request.node.get_closest_marker("real"):
        return
    for name in list(os.environ):  # noqa: TID251 - the test's own environment
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    home = tmp_path / "home-of-no-one"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    monkeypatch.setattr(socket.socket, "connect_ex", _no_network)
