"""Many tools at once: small questions first, every unknown name told, a silent index no reason to lose the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from aim_lib.errors import AimError, CommandFailed
from aim_lib.indexes import Need, NotAsked, Package, Release, Unreachable
from aim_lib.lookup import Names, check_names, in_pool, require_known, resolve_all
from aim_lib.model import Wanted
from aim_lib.policy import Policy
from aim_lib.resolution import Ask
from aim_lib.suggestions import Catalogue, Known
from tests.fakes import NOON

ECOSYSTEMS: Mapping[str, Any] = {"npm": "npm", "pipx": "pypi", "brew": "brew"}
KNOWN = Catalogue(
    (Known("Gemini CLI", {"npm": "@google/gemini-cli"}, ("gemini-cli",)),), {"npm:gemini": "a utility for screenshots"}
)


@dataclass
class Shelf:
    """A desk that knows packages by name; an error instead of one is raised. `asked` are (name, need)."""

    packages: Mapping[str, Any]
    asked: list[tuple[str, Need]] = field(default_factory=list)

    def look_up(self, ask: Ask, need: Need) -> Package:
        self.asked.append((ask.name, need))
        found = self.packages.get(ask.name, Package(name=ask.name, exists=False))
        if isinstance(found, Exception):
            raise found
        package: Package = found[need] if isinstance(found, dict) else found
        return package


def ask(name: str, **fields: Any) -> Ask:
    return Ask(**{"id": f"npm:{name}", "kind": "npm", "name": name, "ecosystem": "npm", "have": "1.0.0", **fields})


def package(*versions: str, needs: str = "", **fields: Any) -> Package:
    releases = tuple(Release(version=version, needs=needs) for version in versions)
    return Package(**{"name": "x", "releases": releases, "latest": versions[-1], **fields})


def wanted(*names: str, kind: str = "npm") -> list[Wanted]:
    return [Wanted(kind=kind, name=name) for name in names]


def names(shelf: Shelf, *asked: str, declared: list[Wanted] | None = None) -> Names:
    return check_names(wanted(*asked), ECOSYSTEMS, shelf, KNOWN, NOON, declared or ())  # type: ignore[arg-type]


def test_the_latest_alone_when_that_is_enough() -> None:
    """One small question a tool; the rest only where something is open."""
    shelf = Shelf(
        {
            "easy": package("2.0.0", is_partial=True),
            "hard": {
                Need.LATEST: package("2.0.0", needs=">=22", is_partial=True),
                Need.RELEASES: package("1.5.0", "2.0.0"),
            },
        }
    )

    found = resolve_all([ask("easy"), ask("hard")], shelf, Policy(), NOON, lambda: "20.0.0")  # type: ignore[arg-type]

    assert [one.allowed for one in found.resolutions] == ["2.0.0", "2.0.0"]
    assert sorted(shelf.asked) == [("easy", Need.LATEST), ("hard", Need.LATEST), ("hard", Need.RELEASES)]


def test_a_silent_index_leaves_the_others() -> None:
    """Each tool by itself, and who is not asked apart."""
    shelf = Shelf({"a": Unreachable("down"), "b": package("2.0.0"), "c": NotAsked("no index")})

    found = resolve_all([ask("a"), ask("b"), ask("c")], shelf, Policy(), NOON)  # type: ignore[arg-type]

    assert [one.id for one in found.resolutions] == ["npm:b"]
    assert {key: str(error) for key, error in found.silent.items()} == {"npm:a": "down"}
    assert found.not_asked == {"npm:c": "no index"}


def test_a_node_that_fails_is_unknown() -> None:
    """Then every release runs."""

    def fails() -> str:
        raise AimError("no")

    found = resolve_all([ask("a")], Shelf({"a": package("2.0.0", needs=">=99")}), Policy(), NOON, fails)  # type: ignore[arg-type]

    assert found.resolutions[0].allowed == "2.0.0"


def test_every_unknown_name_is_told() -> None:
    """All at once, with what was meant, in one error of code 4."""
    found = names(Shelf({"fine": package("1.0.0")}), "gemini-cli", "fine", "acme-toool", declared=wanted("acme-tool"))

    with pytest.raises(CommandFailed) as raised:
        require_known(found)

    assert raised.value.message == "2 names are unknown to their indexes"
    assert raised.value.details == (
        "npm:gemini-cli: npm has no such package; did you mean @google/gemini-cli?",
        "npm:acme-toool: npm has no such package; did you mean acme-tool?",
    )
    assert (raised.value.exit_code, raised.value.remedy) == (4, "correct the names in aim.toml; nothing was touched")
    assert found.unknown[0].facts == {"suggestions": ["@google/gemini-cli"]}


def test_a_name_is_not_suggested_for_itself() -> None:
    """What was asked for and is unknown is no suggestion for its neighbour either."""
    found = names(Shelf({}), "acme-toool", "acme-tool", declared=wanted("acme-toool", "acme-tool"))

    assert [record.detail for record in found.unknown] == ["npm has no such package"] * 2


def test_known_names_pass() -> None:
    """Nothing is raised, nothing is said."""
    found = names(Shelf({"fine": package("1.0.0")}), "fine")

    require_known(found)
    assert found == Names()


def test_silence_and_closed_doors_are_notes() -> None:
    """The installer will tell; each index is named once."""
    shelf = Shelf(
        {
            "a": Unreachable("https://npm.example cannot be asked"),
            "b": Unreachable("https://npm.example cannot be asked"),
            "c": Package(name="c", exists=False, unreadable="closed"),
            "d": NotAsked("never mind"),
        }
    )

    found = names(shelf, "a", "b", "c", "d")

    assert found.unknown == ()
    assert found.notes == ("names were not all checked: https://npm.example cannot be asked", "npm:c: closed")


def test_what_else_a_user_should_hear() -> None:
    """Another thing of that name, deprecated, brand new."""
    shelf = Shelf(
        {"gemini": package("1.0.0", deprecated="use y", created=NOON - timedelta(days=3)), "old": package("1.0.0")}
    )

    assert names(shelf, "gemini", "old").notes == (
        "npm:gemini is a utility for screenshots",
        "npm:gemini is deprecated: use y",
        "npm:gemini is new: its first release is 3 days old",
    )


def test_answers_keep_their_order() -> None:
    """Also with more questions than threads, and with failures among them."""

    def question(number: int) -> Any:
        if number % 7 == 0:
            return lambda: (_ for _ in ()).throw(AimError(str(number)))
        return lambda: number

    said = in_pool([question(number) for number in range(50)], width=3)

    assert [str(each) for each in said] == [str(number) for number in range(50)]
