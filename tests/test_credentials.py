"""Which secrets can be had: vault after vault, and no value anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from aim_lib import catalog, credentials
from aim_lib.credentials import Fetched, Presence
from aim_lib.errors import Failed, NotPermitted, Unavailable
from aim_lib.model import Status
from aim_lib.secret import Secret
from aim_lib.vaults import Vault

from .fakes import ScriptedRunner, host

VALUE = "sk-never-shown-to-anybody"


@dataclass(slots=True)
class MemoryVault:
    """Holds what it is given; with a `reason` it cannot be used. Remembers which names it was asked for."""

    name: str
    kept: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    asked: list[frozenset[str]] = field(default_factory=list)

    def has(self, names: Iterable[str]) -> frozenset[str]:
        wanted = frozenset(names)
        self.asked.append(wanted)
        if self.reason:
            raise Unavailable(self.reason)
        return wanted & self.kept.keys()

    def store(self, name: str, value: str) -> None:
        if self.reason:
            raise Unavailable(self.reason)
        self.kept[name] = value


def locate(variables: Iterable[str], *vaults: Vault, **aliases: str) -> Presence:
    return credentials.locate(variables, aliases, vaults)


# --- finding ----------------------------------------------------------------------------------------------------


def test_the_first_vault_that_holds_it_wins() -> None:
    """The chain is asked in order: what the first has is not looked for in the second."""
    first, second = MemoryVault("first", {"A": VALUE}), MemoryVault("second", {"A": VALUE, "B": VALUE})

    found = locate(["A", "B"], first, second)

    assert found.where == {"A": "first", "B": "second"}
    assert second.asked == [frozenset({"B"})]


def test_nothing_missing_asks_nobody() -> None:
    """A vault costs a process or a prompt: none is asked once everything is found, or when nothing is."""
    first, second = MemoryVault("first", {"A": VALUE}), MemoryVault("second")

    locate(["A"], first, second)
    locate([], first)

    assert len(first.asked) == 1
    assert second.asked == []


def test_a_vault_is_asked_once_for_all() -> None:
    """All names go in one question, however many there are."""
    vault = MemoryVault("only")

    locate(["A", "B", "C", "A"], vault)

    assert vault.asked == [frozenset("ABC")]


def test_an_alias_is_looked_for_too() -> None:
    """In a vault a secret may lie under its own name or its alias; it is reported by its variable."""
    vault = MemoryVault("only", {"anthropic": VALUE, "OPENAI_API_KEY": VALUE})

    found = locate(
        ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"], vault, ANTHROPIC_API_KEY="anthropic", OPENAI_API_KEY="openai"
    )

    assert found.where == {"ANTHROPIC_API_KEY": "only", "OPENAI_API_KEY": "only"}


def test_an_alias_belongs_to_its_variable() -> None:
    """The name of one secret in a vault says nothing about another variable."""
    vault = MemoryVault("only", {"anthropic": VALUE})

    assert locate(["OPENAI_API_KEY"], vault, ANTHROPIC_API_KEY="anthropic").where == {}


def test_a_vault_that_cannot_be_used_is_passed_over() -> None:
    """ "Not mine" is no failure: the next is asked, and the reason is kept."""
    found = locate(["A"], MemoryVault("locked", reason="nobody unlocked it"), MemoryVault("open", {"A": VALUE}))

    assert found.where == {"A": "open"}
    assert found.silent == {"locked": "nobody unlocked it"}


def test_a_vault_that_is_broken_is_not_passed_over() -> None:
    """Only "not mine" goes on to the next: any other error is one."""

    class Broken(MemoryVault):
        def has(self, names: Iterable[str]) -> frozenset[str]:
            raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        locate(["A"], Broken("broken"), MemoryVault("open", {"A": VALUE}))


def test_a_presence_has_no_values() -> None:
    """What is said about secrets is where they lie."""
    assert VALUE not in repr(locate(["A"], MemoryVault("only", {"A": VALUE})))


# --- telling ----------------------------------------------------------------------------------------------------


def test_records_name_required_secrets_first() -> None:
    """Required ones that are missing have failed with a remedy; others that are missing are skipped without."""
    presence = Presence(where={"HERE": "keyring"}, silent={})

    records = credentials.records(["HERE", "GONE"], ["ALSO", "HERE"], presence)

    assert [(record.id, record.status) for record in records] == [
        ("secret:HERE", Status.OK),
        ("secret:GONE", Status.FAILED),
        ("secret:ALSO", Status.SKIPPED),
    ]
    assert records[0].detail == "in the keyring"
    assert [bool(record.remedy) for record in records] == [False, True, False]


def test_records_say_why_a_vault_was_silent() -> None:
    """Whoever misses a secret sees which vault could not be asked, and why."""
    presence = Presence(where={}, silent={"keyring": "it is locked"})

    (record,) = credentials.records(["GONE"], [], presence)

    assert "keyring: it is locked" in record.detail


def test_a_secret_is_told_once() -> None:
    """A name that is declared twice has one record."""
    records = credentials.records(["A", "A"], ["A", "B", "B"], Presence(where={}, silent={}))

    assert [record.title for record in records] == ["A", "B"]


# --- storing ----------------------------------------------------------------------------------------------------


def test_the_first_vault_that_takes_it_keeps_it() -> None:
    """Storing goes along the chain until a vault keeps it, and says which."""
    locked, first, second = MemoryVault("locked", reason="it is"), MemoryVault("first"), MemoryVault("second")

    name = credentials.store("A", VALUE, [locked, first, second])

    assert name == "first"
    assert first.kept == {"A": VALUE}
    assert second.kept == {}


def test_a_secret_that_nobody_keeps_is_a_failure() -> None:
    """Every reason is told, with what to do instead; the value is in none of it."""
    vaults = [MemoryVault("one", reason="it is locked"), MemoryVault("two", reason="it is full")]

    with pytest.raises(Failed, match="A could not be stored") as error:
        credentials.store("A", VALUE, vaults)

    assert error.value.details == ("one: it is locked", "two: it is full")
    assert error.value.remedy == "set A in the environment"
    assert VALUE not in f"{error.value!r}{error.value.details}"


# --- the chain --------------------------------------------------------------------------------------------------


def test_the_chain_names_every_vault() -> None:
    """A vault in the folder that the chain does not name would never be asked."""
    assert sorted(credentials.CHAIN) == list(catalog.members("aim_lib.vaults"))
    assert {name for names in credentials.WRITABLE.values() for name in names} <= set(credentials.CHAIN)


def test_vaults_are_opened_in_the_order_of_the_chain() -> None:
    """The environment of this very run comes before anything that is stored."""
    vaults = credentials.open_vaults(host(env={"A": VALUE}), ScriptedRunner())

    assert [vault.name for vault in vaults] == ["environment", "vault", "keyring"]
    assert locate(["A"], *vaults).where == {"A": "environment"}


# --- values -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ReadableVault(MemoryVault):
    """A memory vault whose values can be had."""

    def get(self, names: Iterable[str]) -> dict[str, Secret]:
        held = self.has(names)
        return {name: Secret(self.kept[name]) for name in held}

    def why_not(self, name: str) -> str:
        return f"{name} was never here"


def fetch(variables: Iterable[str], *vaults: Vault, profile: str = "", **aliases: str) -> Fetched:
    return credentials.fetch(variables, aliases, vaults, profile)


def test_values_come_from_the_first_vault_that_has_them() -> None:
    """In order, each vault asked once and only for what is still missing."""
    first, second = ReadableVault("first", {"A": "one"}), ReadableVault("second", {"A": "two", "B": VALUE})

    found = fetch(["A", "B"], first, second)

    assert {name: value.reveal() for name, value in found.values.items()} == {"A": "one", "B": VALUE}
    assert found.where == {"A": "first", "B": "second"}
    assert second.asked == [frozenset("B")]
    assert VALUE not in repr(found)


def test_every_miss_explains_itself() -> None:
    """Which vault was asked and why it had nothing: unavailable, absent, or one that gives no values."""
    locked, empty, mute = (
        ReadableVault("locked", reason="it is"),
        ReadableVault("empty"),
        MemoryVault("mute", {"A": "x"}),
    )

    found = fetch(["A"], locked, empty, mute)

    assert found.misses == {
        "A": ("locked: it is", "empty: A was never here", "mute: its values cannot be read"),
    }


def test_what_was_found_has_no_misses() -> None:
    """That the first vault had nothing is no news once the second has it."""
    assert fetch(["A"], ReadableVault("first"), ReadableVault("second", {"A": VALUE})).misses == {}


def test_an_alias_and_a_profile() -> None:
    """NAME@PROFILE before NAME, the variable's own name before its alias; without the profile none of its secrets."""
    vault = ReadableVault("only", {"A@work": "1", "alias@work": "2", "alias": "3", "A": "4"})

    assert credentials.candidates("A", {"A": "alias"}, "work") == ("A@work", "alias@work", "A", "alias")
    assert fetch(["A"], vault, profile="work", A="alias").values["A"].reveal() == "1"
    assert fetch(["A"], vault, A="alias").values["A"].reveal() == "4"
    assert fetch(["B"], vault, profile="work", B="alias").values["B"].reveal() == "2"


def test_a_vault_that_fails_ends_the_search() -> None:
    """A vault that has the secret and cannot give it is no reason to take an older one from the next."""

    class Closed(ReadableVault):
        def get(self, names: Iterable[str]) -> dict[str, Secret]:
            raise NotPermitted("the key is locked away")

    with pytest.raises(NotPermitted, match="the key is locked away"):
        fetch(["A"], Closed("closed"), ReadableVault("next", {"A": "old"}))


def test_a_plugin_s_plain_text_becomes_a_secret() -> None:
    """Whatever a vault gives, it is wrapped before anybody can print it."""

    class Plain(MemoryVault):
        def get(self, names: Iterable[str]) -> dict[str, str]:
            return self.kept

    assert type(fetch(["A"], Plain("plain", {"A": VALUE})).values["A"]) is Secret


def test_the_vault_s_own_key_is_given_to_nobody() -> None:
    """Neither by its variable nor as the alias of another, which a cloned project may have written."""
    vaults = credentials.open_vaults(host(env={"AIM_AGE_KEY": VALUE}), ScriptedRunner(), ["environ"])
    plugin = ReadableVault("theirs", {"AIM_AGE_KEY": VALUE, "age-identity": VALUE})

    by_name = fetch(["AIM_AGE_KEY"], *vaults, plugin)
    by_alias = fetch(["A", "B"], *vaults, plugin, A="AIM_AGE_KEY", B="age-identity")

    assert by_name.values == by_alias.values == {}
    assert by_name.misses["AIM_AGE_KEY"][0] == "environment: it is the vault's own key, and given to nobody"
    assert locate(["AIM_AGE_KEY"], *vaults).where == {}


# --- a child's environment --------------------------------------------------------------------------------------


def test_a_child_gets_values_by_variable() -> None:
    """Under the names that the child knows, from wherever they lie."""
    vault = ReadableVault("only", {"alias": VALUE})

    assert credentials.env_for(["A"], {"A": "alias"}, [vault]) == {"A": VALUE}


def test_a_child_without_its_secret() -> None:
    """Which are missing, what every vault said about each, and how to store the first."""
    vaults = [ReadableVault("locked", reason="it is"), ReadableVault("empty", {"B": VALUE})]

    with pytest.raises(Failed) as error:
        credentials.env_for(["A", "B", "C"], {}, vaults)

    assert error.value.message == "secrets are missing: A, C"
    assert error.value.details == (
        "A: locked: it is",
        "A: empty: A was never here",
        "C: locked: it is",
        "C: empty: C was never here",
    )
    assert error.value.remedy == "store it: aim secrets set A"


def test_a_value_that_no_variable_can_hold() -> None:
    """NUL ends a variable: that is said here, not by a crash when the child is started."""
    with pytest.raises(Failed, match="the value of A has a NUL character") as error:
        credentials.env_for(["A"], {}, [ReadableVault("only", {"A": f"{VALUE}\0more"})])

    assert VALUE not in f"{error.value}{error.value.remedy}"
