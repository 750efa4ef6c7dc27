"""Which proxy a request goes through."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from aim_lib.proxies import Proxy, proxy_for
from tests.fakes import host

TARGET = urlsplit("https://pypi.org/simple/")


def test_without_variables_there_is_none() -> None:
    """The connection is direct."""
    assert proxy_for(host(), TARGET) is None


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_the_variables_everyone_knows(variable: str) -> None:
    """In either case, with the login as a header and not in the repr."""
    found = proxy_for(host(env={variable: "http://ada:s3cr3t@proxy.example:3128"}), TARGET)

    assert found is not None
    assert (found.host, found.port) == ("proxy.example", 3128)
    assert found.headers == {"Proxy-Authorization": "Basic YWRhOnMzY3IzdA=="}
    assert "s3cr3t" not in repr(found)
    assert "YWRhOn" not in repr(found)


def test_plain_http_has_its_own() -> None:
    """`HTTPS_PROXY` is not for it."""
    on = host(env={"HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "b:2"})

    assert proxy_for(on, urlsplit("http://x.example/")) == Proxy("b", 2)


def test_a_clients_own_counts_more() -> None:
    """pip's, npm's or cargo's setting."""
    assert proxy_for(host(env={"HTTPS_PROXY": "http://a:1"}), TARGET, "http://c:3") == Proxy("c", 3)


@pytest.mark.parametrize(
    ("listed", "is_exempt"),
    [
        ("pypi.org", True),
        (".org", True),
        ("*.org", True),
        ("other.example, pypi.org", True),
        ("pypi.org:443", True),
        ("PyPI.org", True),
        ("*", True),
        ("pypi.org:8443", False),
        ("ypi.org", False),
        ("files.pypi.org", False),
        (",", False),
    ],
)
def test_no_proxy_exempts(listed: str, is_exempt: bool) -> None:
    """A host, a domain above it, with its port or without."""
    on = host(env={"HTTPS_PROXY": "http://a:1", "NO_PROXY": listed})

    assert (proxy_for(on, TARGET) is None) == is_exempt


@pytest.mark.parametrize("text", ["socks5://a:1", "https://a:1", "http://a:port", "http://"])
def test_what_we_cannot_use_is_said(text: str) -> None:
    """Instead of going around it."""
    found = proxy_for(host(env={"HTTPS_PROXY": text}), TARGET)

    assert found is not None
    assert "proxy" in found.problem
