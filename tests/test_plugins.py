"""Members that other packages bring: found, refused when they cannot be used, switched off."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aim_lib import catalog, config, credentials, plugins
from aim_lib.errors import BadConfig
from aim_lib.inventory import take_inventory
from aim_lib.plugins import Plugin
from aim_lib.resources import Options

from .fakes import ScriptedRunner, host

CHECK = "ID = {name!r}\ndef check(facts, runner): ...\n"
RESOURCE = "IS_TOOL, ECOSYSTEM = True, 'pypi'\ndef open(host, options): return {returned}\n"
Install = Callable[..., None]


def info(folder: Path, distribution: str, entry_points: str) -> None:
    """An installed distribution by its records alone."""
    made = folder / f"{distribution}.dist-info"
    made.mkdir(parents=True)
    (made / "entry_points.txt").write_text(entry_points, encoding="utf-8")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package of one module into this very Python, until the end of the test."""
    folder = tmp_path / "lib" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(folder))
    made: list[str] = []

    def put(group: str, name: str, text: str, module: str = "a_stranger", distribution: str = "a_stranger-1.0") -> None:
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
        made.append(module)
        info(folder, distribution, f"[{group}]\n{name} = {module}\n")
        plugins.installed.cache_clear()
        plugins.trouble.cache_clear()

    yield put
    plugins.trouble.cache_clear()
    monkeypatch.undo()
    plugins.installed.cache_clear()
    for module in made:
        sys.modules.pop(module, None)


def test_entry_points_of_our_groups_are_found(tmp_path: Path) -> None:
    """Those of other groups, comments and packages without any are passed over."""
    text = "[console_scripts]\nx = y:z\n\n[aim.checks]\n# one\n; two\ndisk = a.disk\nfan=a.fan\n[aim.unknown]\nq = r\n"
    info(tmp_path, "a_b-1.0", text)
    (tmp_path / "c-2.0.dist-info").mkdir()

    found = list(plugins.find([tmp_path, tmp_path / "absent"]))

    assert found == [
        Plugin("aim.checks", "disk", "a.disk", "a-b 1.0"),
        Plugin("aim.checks", "fan", "a.fan", "a-b 1.0"),
    ]


def test_a_distribution_counts_where_it_is_found_first(tmp_path: Path) -> None:
    """As an import has it: what stands behind is hidden."""
    info(tmp_path / "one", "a-1.0", "[aim.checks]\nx = first\n")
    info(tmp_path / "two", "A-2.0", "[aim.checks]\nx = second\n")

    found = [plugin.module for plugin in plugins.find([tmp_path / "one", tmp_path / "two"])]

    assert found == ["first"]


def test_a_folder_that_is_not_installed_brings_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloned project on `sys.path` may hold what it likes."""
    info(tmp_path / "project", "evil-1.0", "[aim.checks]\nx = evil\n")
    monkeypatch.syspath_prepend(str(tmp_path / "project"))
    plugins.installed.cache_clear()

    found = [plugin for plugin in plugins.installed() if plugin.distribution == "evil 1.0"]

    assert found == []


def test_a_plugin_is_a_member(install: Install) -> None:
    """It stands in the sorted table beside our own."""
    install("aim.checks", "mine", CHECK.format(name="mine"))

    assert catalog.members("aim_lib.checks") == tuple(sorted((*catalog.own("aim_lib.checks"), "mine")))
    assert catalog.load("aim_lib.checks", "mine").__name__ == "a_stranger"
    assert "mine" in catalog.table("aim_lib.checks")
    assert catalog.refused("aim_lib.checks") == ()


@pytest.mark.parametrize("value", ["0", "false", "Off"])
def test_plugins_can_be_switched_off(value: str, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """With AIM_PLUGINS=0 there are none, and nothing is wrong with them."""
    install("aim.checks", "mine", "1 / 0")
    monkeypatch.setenv("AIM_PLUGINS", value)
    plugins.installed.cache_clear()

    assert catalog.members("aim_lib.checks") == catalog.own("aim_lib.checks")
    assert catalog.refused_anywhere() == ()


@pytest.mark.parametrize(
    ("group", "name", "text", "why"),
    [
        ("aim.checks", "drift", CHECK.format(name="drift"), "drift is the name of one of AIM's own"),
        ("aim.reports", "json", "def render(result, look): ...", "json is the name of one of AIM's own"),
        ("aim.checks", "Mine", CHECK.format(name="Mine"), "its name must begin with a small letter"),
        ("aim.checks", "mine", "import nothing_of_this_name", "it cannot be imported: ModuleNotFoundError"),
        ("aim.checks", "mine", "raise SystemExit(0)", "it cannot be imported: SystemExit"),
        ("aim.checks", "mine", "from aim_lib.errors import *\nraise Failed('no')", "it cannot be imported: no"),
        ("aim.checks", "mine", "ID = 'other'", 'it has no ID = "mine"; it has no check(facts, runner)'),
        ("aim.reports", "mine", "def render(result): ...", "its render does not take (result, look)"),
    ],
)
def test_what_cannot_be_used_is_refused(group: str, name: str, text: str, why: str, install: Install) -> None:
    """The line names the distribution, the entry point and what is wrong; our own members are as they were."""
    install(group, name, text)
    package = group.replace("aim.", "aim_lib.")

    (line,) = catalog.refused(package)

    assert line.startswith(f"a-stranger 1.0: {group} {name} = a_stranger: {why}")
    assert catalog.refused_anywhere() == (line,)
    assert tuple(catalog.table(package)) == catalog.own(package)


def test_two_of_one_name_are_both_refused(install: Install) -> None:
    """Nobody guesses which was meant."""
    install("aim.checks", "mine", CHECK.format(name="mine"))
    install("aim.checks", "mine", CHECK.format(name="mine"), "b_stranger", "b_stranger-2.0")

    lines = catalog.refused("aim_lib.checks")

    assert ["b-stranger 2.0 brings one" in lines[0], "a-stranger 1.0 brings one" in lines[1]] == [True, True]
    assert "mine" not in catalog.members("aim_lib.checks")


def test_loading_a_broken_one_says_what_to_do(install: Install) -> None:
    """Exit 2, with the package to mend and the way to do without."""
    install("aim.reports", "mine", "")

    with pytest.raises(BadConfig, match="a plugin cannot be used: a-stranger") as error:
        catalog.load("aim_lib.reports", "mine")

    assert error.value.exit_code == 2
    assert error.value.details == ("a-stranger 1.0: aim.reports mine = a_stranger: it has no render(result, look)",)
    assert error.value.remedy == (
        "mend a-stranger or uninstall it from AIM's environment; AIM_PLUGINS=0 leaves all plugins out"
    )


def test_a_broken_resource_is_told_before_mistakes(install: Install, tmp_path: Path) -> None:
    """Whoever reads the configuration hears of it: what its tables mean nobody knows."""
    install("aim.resources", "mine", "")

    with pytest.raises(BadConfig, match="a plugin cannot be used: a-stranger"):
        config.load_config(host(home=tmp_path))


def test_a_plugin_s_kind_may_be_declared(install: Install, tmp_path: Path) -> None:
    """`[tools.mine]` is checked by the rules of the ecosystem it names."""
    install("aim.resources", "mine", RESOURCE.format(returned="None"))
    (tmp_path / "aim.toml").write_text('[tools.mine]\nthing = ">=1,<2"\nother = "^1"\n', encoding="utf-8")

    with pytest.raises(BadConfig) as error:
        config.load_config(host(home=tmp_path))

    assert len(error.value.details) == 1
    assert "tools.mine.other" in error.value.details[0]


@pytest.mark.parametrize(
    ("returned", "why"),
    [("1 / 0", "ZeroDivisionError: division by zero"), ("None", "what its open returns has no lane, unsuitable,")],
)
def test_a_resource_that_cannot_be_opened_is_named(returned: str, why: str, install: Install, tmp_path: Path) -> None:
    """What a stranger's code raises is not a bug of ours."""
    install("aim.resources", "mine", RESOURCE.format(returned=returned))

    with pytest.raises(BadConfig) as error:
        take_inventory(host(home=tmp_path), Options())

    assert error.value.details[0].startswith(f"a-stranger 1.0: aim.resources mine = a_stranger: {why}")


def test_a_resource_that_cannot_look_is_named(install: Install, tmp_path: Path) -> None:
    """Also when it fails only later, in a thread."""
    parts = "lane unsuitable is_off notes bin_folders prerequisite change remove diagnose"
    returned = f"type('R', (), {{**dict.fromkeys({parts!r}.split(), ''), 'find': lambda self: 1 / 0}})()"
    install("aim.resources", "mine", RESOURCE.format(returned=returned))

    with pytest.raises(BadConfig) as error:
        take_inventory(host(home=tmp_path), Options())

    assert "ZeroDivisionError" in error.value.details[0]


def test_a_plugin_s_vault_comes_last(install: Install) -> None:
    """The environment and the keyring are asked first."""
    install("aim.vaults", "mine", "class V:\n    name = 'mine'\ndef open(host, runner): return V()\n")

    found = [vault.name for vault in credentials.open_vaults(host(), ScriptedRunner())]

    assert found == ["environment", "vault", "keyring", "mine"]


def test_a_broken_vault_is_not_passed_over(install: Install) -> None:
    """A secret that lies there would count as missing."""
    install("aim.vaults", "mine", "")

    with pytest.raises(BadConfig, match="a-stranger"):
        credentials.open_vaults(host(), ScriptedRunner())
