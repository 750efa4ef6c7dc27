"""pip's and uv's own settings: what counts more, where credentials go, and that they are never in an address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aim_lib.host import Host
from aim_lib.pipconf import DEFAULT, Source, pip_files, read_pip, read_uv, split_credentials
from tests.fakes import host


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def urls(source: Source) -> list[str]:
    return [url for url, _ in source.registries]


def machine(home: Path, **env: str) -> Host:
    return host("linux", home, env)


def test_nothing_said_means_pypi(tmp_path: Path) -> None:
    """And that nobody chose it."""
    found = read_pip(machine(tmp_path))

    assert (urls(found), found.is_chosen) == ([DEFAULT], False)


def test_files_in_pips_order(tmp_path: Path) -> None:
    """The machine's, the user's legacy and own, the environment's; the last that says it counts."""
    on = machine(tmp_path)
    places = pip_files(on)
    seen = []
    for number, place in enumerate(places):
        write(place, f"[global]\nindex-url = https://{number}.example/simple\n")
        seen += urls(read_pip(on))

    assert [str(place.relative_to(tmp_path)) for place in places] == [
        "etc/xdg/pip/pip.conf",
        "etc/pip.conf",
        ".pip/pip.conf",
        ".config/pip/pip.conf",
        "venv/pip.conf",
    ]
    assert seen == [f"https://{number}.example/simple" for number in range(5)]


def test_a_named_file_replaces_the_users(tmp_path: Path) -> None:
    """`PIP_CONFIG_FILE`, as in pip; `/dev/null` switches all files off."""
    named = tmp_path / "named.conf"
    write(named, "[install]\nindex-url = https://named.example/\n[global]\nindex-url = https://less.example/\n")
    write(tmp_path / ".config/pip/pip.conf", "[global]\nextra-index-url = https://user.example/\n")

    assert urls(read_pip(machine(tmp_path, PIP_CONFIG_FILE=str(named)))) == ["https://named.example/"]
    assert urls(read_pip(machine(tmp_path, PIP_CONFIG_FILE="/dev/null"))) == [DEFAULT]


def test_a_variable_counts_most(tmp_path: Path) -> None:
    """And extra indexes come after the first, in their order."""
    write(tmp_path / ".config/pip/pip.conf", "[global]\nindex-url = https://file.example/\n")
    on = machine(
        tmp_path, PIP_INDEX_URL="https://a.example/", PIP_EXTRA_INDEX_URL="https://b.example/ file:///srv/simple"
    )

    assert urls(read_pip(on)) == ["https://a.example/", "https://b.example/", "file:///srv/simple"]


def test_no_index_leaves_nothing_to_ask(tmp_path: Path) -> None:
    """`PIP_NO_INDEX=1`."""
    found = read_pip(machine(tmp_path, PIP_NO_INDEX="1"))

    assert (found.registries, found.is_chosen) == ((), True)


def test_certificates_and_proxy_are_pips(tmp_path: Path) -> None:
    """`cert` of a file or `PIP_CERT`, and the variable that requests knows."""
    write(tmp_path / ".config/pip/pip.conf", "[global]\ncert = /one.pem\nproxy = http://proxy.example:3128\n")

    found = read_pip(machine(tmp_path, REQUESTS_CA_BUNDLE="/two.pem"))

    assert (found.certificates, found.proxy) == (("/one.pem", "/two.pem"), "http://proxy.example:3128")


def test_credentials_leave_the_address(tmp_path: Path) -> None:
    """They become a header, percent-decoded, and are in no repr."""
    found = read_pip(machine(tmp_path, PIP_INDEX_URL="https://ada:p%40ss-w0rd@a.example/simple?t=1"))

    assert found.registries == (("https://a.example/simple", "Basic YWRhOnBAc3MtdzByZA=="),)
    assert "p%40ss" not in repr(found)
    assert "YWRhOn" not in repr(found)


def test_netrc_serves_who_has_none(tmp_path: Path) -> None:
    """By host; an address with its own keeps them."""
    write(tmp_path / ".netrc", "machine a.example login ada password from-netrc\n")
    on = machine(tmp_path, PIP_INDEX_URL="https://a.example/", PIP_EXTRA_INDEX_URL="https://b:c@a.example/x")

    assert [bool(login) for _, login in read_pip(on).registries] == [True, True]
    assert read_pip(on).registries[0][1] == "Basic YWRhOmZyb20tbmV0cmM="
    assert read_pip(on).registries[1][1] == "Basic Yjpj"


@pytest.mark.parametrize("url", ["https://user:pa/ss@a.example/", "not an address", "https://"])
def test_a_wrong_address_is_not_repeated(url: str) -> None:
    """A password with a slash in it would show in the part after the host."""
    with pytest.raises(ValueError, match=r"^not the address of an index$"):
        split_credentials(url)


def test_a_broken_file_is_pips_to_tell(tmp_path: Path) -> None:
    """It is passed over here."""
    write(tmp_path / ".config/pip/pip.conf", "index-url = no section\n")

    assert urls(read_pip(machine(tmp_path))) == [DEFAULT]


def test_windows_and_macos_have_their_own_places() -> None:
    """%ALLUSERSPROFILE%, %APPDATA%; /Library."""
    windows = pip_files(host("windows", Path("C:/ada"), {"APPDATA": "C:/ada/roaming", "ALLUSERSPROFILE": "C:/all"}))
    mac = pip_files(replace(host("macos", Path("/Users/ada")), root=Path("/")))

    assert [str(path) for path in windows[:3]] == [
        "C:/all/pip/pip.ini",
        "C:/ada/pip/pip.ini",
        "C:/ada/roaming/pip/pip.ini",
    ]
    assert str(mac[0]) == "/Library/Application Support/pip/pip.conf"


def test_uv_asks_its_default_last(tmp_path: Path) -> None:
    """The order of uv: what is added comes first."""
    on = machine(
        tmp_path,
        UV_DEFAULT_INDEX="https://d.example/",
        UV_INDEX_URL="https://old.example/",
        UV_INDEX="mine=https://m.example/ https://n.example/",
        UV_EXTRA_INDEX_URL="https://e.example/",
    )

    assert urls(read_uv(on)) == [
        "https://m.example/",
        "https://n.example/",
        "https://e.example/",
        "https://d.example/",
    ]


def test_uvs_files_and_logins(tmp_path: Path) -> None:
    """The user's file over the machine's; a named index gets the login of its variables."""
    write(tmp_path / "etc/uv/uv.toml", 'index-url = "https://machine.example/"\noffline = true\n')
    named = '[[index]]\nname = "my-own"\nurl = "https://own.example/"\n'
    text = f'{named}[[index]]\nurl = "https://d.example/"\ndefault = true\n'
    write(tmp_path / ".config/uv/uv.toml", text)
    on = machine(tmp_path, UV_INDEX_MY_OWN_USERNAME="ada", UV_INDEX_MY_OWN_PASSWORD="p/@w")

    found = read_uv(on)

    assert found.registries == (("https://own.example/", "Basic YWRhOnAvQHc="), ("https://d.example/", ""))
    assert found.is_offline


def test_uv_without_files(tmp_path: Path) -> None:
    """`UV_NO_CONFIG` and `UV_CONFIG_FILE`."""
    write(tmp_path / ".config/uv/uv.toml", "no-index = true")
    write(tmp_path / "named.toml", 'index-url = "https://named.example/"')

    assert read_uv(machine(tmp_path)).registries == ()
    assert urls(read_uv(machine(tmp_path, UV_NO_CONFIG="1"))) == [DEFAULT]
    assert urls(read_uv(machine(tmp_path, UV_CONFIG_FILE=str(tmp_path / "named.toml")))) == ["https://named.example/"]
