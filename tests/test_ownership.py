"""Whose each copy of a command is, and what that means for ours."""

from __future__ import annotations

import pytest

from aim_lib.model import Status
from aim_lib.ownership import OFF_PATH, Claim, Owned, Seen, findings, owners

OURS = Claim(
    id="pipx:ruff",
    kind="pipx",
    name="ruff",
    version="0.14.1",
    where="/h/pipx/venvs/ruff",
    folder="/h/bin",
    commands=("ruff",),
)
HERE = Seen(command="ruff", path="/h/bin/ruff", real="/h/pipx/venvs/ruff/bin/ruff", place=1)
TWIN = Claim(
    id="uv:ruff", kind="uv", name="ruff", version="1", where="/h/u/ruff", folder="/h/u/bin", commands=("ruff",)
)


def seen(path: str, real: str = "", place: int = 0, **more: str) -> Seen:
    return Seen(command="ruff", path=path, real=real or path, place=place, **more)


def owner(one: Seen, *claims: Claim) -> Owned:
    return owners([one], claims or (OURS,))["ruff"][0]


def told(*copies: Seen, claims: tuple[Claim, ...] = (OURS,)) -> list[tuple[str, bool]]:
    """Whose copies are found to be amiss, and whether they are ahead."""
    found = findings("pipx:ruff", ["ruff"], owners(copies, claims))
    return [(finding.other.manager, finding.is_shadow) for finding in found]


@pytest.mark.parametrize(
    ("path", "real", "manager", "name", "removal"),
    [
        ("/o/bin/x", "/o/pipx/venvs/black/bin/x", "pipx", "black", "pipx uninstall black"),
        ("/o/bin/x", "/o/uv/tools/black/bin/x", "uv", "black", "uv tool uninstall black"),
        (
            "/usr/local/bin/claude",
            "/usr/local/lib/node_modules/@anthropic-ai/claude-code/cli.js",
            "npm",
            "@anthropic-ai/claude-code",
            "npm uninstall -g --prefix /usr/local @anthropic-ai/claude-code",
        ),
        ("/opt/homebrew/bin/x", "/opt/homebrew/Cellar/ruff/0.14.1/bin/x", "brew", "ruff", "brew uninstall ruff"),
        ("/h/.cargo/bin/x", "", "cargo", "", ""),
        ("/h/m/mise/shims/x", "/usr/bin/mise", "mise", "", ""),
        ("/x/x", "/h/mise/installs/pipx-ruff/0.1/bin/x", "mise", "pipx-ruff", "mise uninstall pipx-ruff@0.1"),
        ("/h/.volta/bin/x", "/h/.volta/bin/volta-shim", "volta", "x", "volta uninstall x"),
        ("/snap/bin/x", "/usr/bin/snap", "snap", "x", "sudo snap remove x"),
        ("/h/.nvm/versions/node/v20/bin/x", "", "nvm", "", ""),
        (r"C:\U\a\scoop\shims\x.exe", "", "scoop", "x", "scoop uninstall x"),
        (r"C:\U\a\AppData\Roaming\npm\x.cmd", "", "unknown", "", ""),
        (r"C:\Windows\System32\x.exe", "", "the system", "", ""),
        ("/usr/bin/x", "", "the system", "", ""),
        ("/usr/local/bin/x", "", "unknown", "", ""),
    ],
)
def test_a_strangers_place_tells_its_manager(path: str, real: str, manager: str, name: str, removal: str) -> None:
    """With its name there, and how that manager removes it."""
    found = owner(seen(path, real))

    assert (found.manager, found.name, found.removal) == (manager, name, removal)


def test_what_leads_into_ours_is_ours() -> None:
    """Wherever the link lies."""
    found = owner(HERE)

    assert (found.id, found.manager, found.version) == ("pipx:ruff", "pipx", "0.14.1")


def test_what_lies_as_it_is_in_its_folder_is_ours() -> None:
    """pnpm and cargo, and all on Windows, put files there and no links."""
    found = owner(seen("/h/bin/ruff"))

    assert found.id == "pipx:ruff"


def test_a_debian_package_and_an_environment_are_told() -> None:
    """Which of them was seen when the file was looked at."""
    package, environment = seen("/usr/bin/ruff", package="ruff"), seen("/e/bin/ruff", environment="/e")

    assert [owner(each).removal for each in (package, environment)] == ["sudo apt remove ruff", "deactivate"]


def test_the_first_copy_of_another_is_a_shadow() -> None:
    """A shell runs it instead of ours."""
    assert told(seen("/usr/local/bin/ruff"), HERE) == [("unknown", True)]


def test_a_second_name_of_ours_is_no_other_copy() -> None:
    """Both lead to one file."""
    assert told(seen("/other/ruff", HERE.real), HERE) == []


def test_a_broken_link_ahead_shadows_nothing() -> None:
    """A shell goes on to the next."""
    assert told(seen("/x/ruff", note="broken"), HERE) == []


def test_nothing_is_a_shadow_while_ours_is_not_on_path() -> None:
    """That it is absent is the finding then."""
    away = seen(HERE.path, HERE.real, OFF_PATH)

    assert told(seen("/usr/local/bin/ruff"), away) == []


def test_the_same_by_another_manager_is_a_duplicate() -> None:
    """Ahead or not: both would be kept, and one forgotten."""
    twin = seen("/h/u/bin/ruff", "/h/u/ruff/bin/ruff", 2)

    assert told(HERE, twin, claims=(OURS, TWIN)) == [("uv", False)]


@pytest.mark.parametrize("path", ["/usr/bin/ruff", "/h/mise/shims/ruff", "/usr/local/bin/ruff"])
def test_what_the_system_or_a_shim_has_behind_ours_is_no_news(path: str) -> None:
    """Other programs of the system may need it."""
    assert told(HERE, seen(path, place=2)) == []


def test_shims_of_one_switcher_and_what_they_start_are_one_copy() -> None:
    """Every shim leads to the same program, and starts what lies in another folder of PATH."""
    found = owners([seen("/h/mise/shims/ruff", "/usr/bin/mise"), seen("/h/mise/installs/ruff/1/bin/ruff")], [])

    assert len({copy.group for copy in found["ruff"]}) == 1


def test_a_shadow_is_a_warning_with_two_ways_out() -> None:
    """Remove the other, or put ours first."""
    (finding,) = findings("pipx:ruff", ["ruff"], owners([seen("/c/Cellar/ruff/1/bin/ruff"), HERE], [OURS]))

    assert finding.phrase == "shadowed by /c/Cellar/ruff/1/bin/ruff (Homebrew)"
    assert finding.record.status is Status.WARNED
    assert finding.record.detail == "ruff is /c/Cellar/ruff/1/bin/ruff, of Homebrew, ahead of ours, /h/bin/ruff"
    assert finding.record.remedy == "brew uninstall ruff, or put /h/bin first on PATH"


def test_nobody_is_told_to_remove_what_is_the_systems() -> None:
    """PATH is what has to change."""
    (finding,) = findings("pipx:ruff", ["ruff"], owners([seen("/usr/bin/ruff"), HERE], [OURS]))

    assert finding.remedy == "put /h/bin first on PATH"
