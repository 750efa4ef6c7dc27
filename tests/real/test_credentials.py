"""Registries that want a password, which the user's own pip, uv and npm settings have: honoured, and shown nowhere."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .world import REGISTRIES, Done, World

SECRETS = ("s3cret-of-ada", "T0KEN-of-ada")
BASIC = f"Basic {base64.b64encode(f'ada:{SECRETS[0]}'.encode()).decode()}"
BEARER = f"Bearer {SECRETS[1]}"
WHEEL = "locked_away-1.0-py3-none-any.whl"
COMMAND = "#!/usr/bin/env node\nconsole.log('1.0.0')\n"

pytestmark = [pytest.mark.real]


@dataclass(slots=True)
class Registry:
    """A package index and an npm registry that answer only who says the password; `asked` are (path, was allowed)."""

    address: str = ""
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def answer(self, path: str, said: str) -> tuple[int, bytes]:
        is_allowed = said in (BASIC, BEARER)
        self.asked.append((path, is_allowed))
        if not is_allowed:
            return 401, b""
        body = self.content(path)
        return (200, body) if body else (404, b"{}")

    def content(self, path: str) -> bytes:
        match path.strip("/"):
            case "simple/locked-away":
                return f'<!DOCTYPE html><a href="/files/{WHEEL}">{WHEEL}</a>'.encode()
            case name if name == f"files/{WHEEL}":
                return wheel()
            case "npm/locked-away":
                return self.packument()
            case "npm/locked-away.tgz":
                return tarball()
        return b""

    def packument(self) -> bytes:
        digest = base64.b64encode(hashlib.sha512(tarball()).digest()).decode()
        dist = {"tarball": f"http://{self.address}/npm/locked-away.tgz", "integrity": f"sha512-{digest}"}
        one = {"name": "locked-away", "version": "1.0.0", "bin": {"locked-node": "cli.js"}, "dist": dist}
        return json.dumps(
            {"name": "locked-away", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": one}}
        ).encode()

    def url(self, path: str, password: str = SECRETS[0]) -> str:
        return f"http://ada:{password}@{self.address}/{path}"


def wheel() -> bytes:
    info = "locked_away-1.0.dist-info/"
    files = {
        "locked_away.py": "def main():\n    print('1.0')\n",
        f"{info}METADATA": "Metadata-Version: 2.1\nName: locked-away\nVersion: 1.0\n",
        f"{info}WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}entry_points.txt": "[console_scripts]\nlocked-away = locked_away:main\n",
    }
    files[f"{info}RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{info}RECORD"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def tarball() -> bytes:
    manifest = {"name": "locked-away", "version": "1.0.0", "bin": {"locked-node": "cli.js"}}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in (("package.json", json.dumps(manifest)), ("cli.js", COMMAND)):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def registry() -> Iterator[Registry]:
    """The registry, on a port of its own."""
    made = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, body = made.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(code)
            if code == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="ada"')
            kind = "text/html" if self.path.startswith("/simple") else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the server's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def bare(new_world: Callable[..., World]) -> World:
    """A home whose environment says nothing of any registry."""
    world = new_world()
    names = {name.upper() for name in REGISTRIES} | {"PIP_CONFIG_FILE"}
    env = {name: value for name, value in world.env.items() if name.upper() not in names}
    caches = {name: str(world.root / name) for name in ("UV_CACHE_DIR", "npm_config_cache")}
    return World(world.root, {**env, **caches, "AIM_BOOTSTRAP_RETRIES": "0", "AIM_TRUST": "1"})


def with_settings(manager: str, world: World, registry: Registry, password: str = "", token: str = "") -> World:
    """The user's own settings for one package manager, in the place where that user would have them."""
    password, token = password or SECRETS[0], token or SECRETS[1]
    if manager == "uv":
        return world.with_env(UV_INDEX_URL=registry.url("simple", password))
    if manager == "pipx":  # a file of pip's, which uv below our pipx does not read
        (world.home / ".config" / "pip").mkdir(parents=True, exist_ok=True)
        text = f"[global]\nindex-url = {registry.url('simple', password)}\n"
        (world.home / ".config" / "pip" / "pip.conf").write_text(text)
        return world
    text = f"registry=http://{registry.address}/npm/\n//{registry.address}/npm/:_authToken={token}\n"
    (world.home / ".npmrc").write_text(text)
    return world


def leaks(world: World, *said: Done) -> list[str]:
    """Where a secret can be read: in what was said, or in a file that AIM writes."""
    forms = (*SECRETS, BASIC.partition(" ")[2])
    files = [path for path in (*world.own.rglob("*"), *world.project.rglob("*")) if path.is_file()]
    declared = world.project / "aim.toml"
    texts = {str(path): path.read_text(errors="replace") for path in files if path != declared}
    texts |= {f"output {place}": done.text for place, done in enumerate(said)}
    return [where for where, text in texts.items() if any(form in text for form in forms)]


@pytest.mark.parametrize("manager", ["pipx", "uv", "npm"])
def test_the_user_s_own_registry_is_asked(manager: str, bare: World, registry: Registry) -> None:
    """With the password that the user's settings have; it is in no output, lock, journal or log."""
    bare.declare(f'[tools.{manager}]\nlocked-away = "*"\n')
    world = with_settings(manager, bare, registry)

    said = [world.aim("plan", "--json"), world.aim("install"), world.aim("pin"), world.aim("verify", "--json")]
    said += [world.aim("version", "check", "--json"), world.aim("config", "show")]

    assert [done.exit_code for done in said] == [0] * 6, "\n".join(done.text for done in said)
    assert any(is_allowed for _, is_allowed in registry.asked)
    assert leaks(world, *said) == []


@pytest.mark.parametrize("manager", ["pipx", "uv", "npm"])
@pytest.mark.parametrize("form", ["", "--json"])
def test_a_failure_tells_no_secret(manager: str, form: str, bare: World, registry: Registry) -> None:
    """A name that is not there: the installer's words are shown without the address's password."""
    bare.declare(f'[tools.{manager}]\nlocked-out = "*"\n')
    world = with_settings(manager, bare, registry)

    done = world.aim("install", *form.split())

    assert done.exit_code == 4, done.text
    assert "no such package" in done.text
    assert leaks(world, done) == []


@pytest.mark.parametrize("manager", ["pipx", "uv", "npm"])
def test_no_other_registry_is_asked_when_it_refuses(manager: str, bare: World, registry: Registry) -> None:
    """With a wrong password the install fails: nobody falls back to the public index, where a stranger may have it."""
    bare.declare(f'[tools.{manager}]\nlocked-away = "*"\n')
    world = with_settings(manager, bare, registry, password="wr0ng-of-ada", token="wr0ng-of-ada")

    done = world.aim("install")

    assert done.exit_code == 4, done.text
    assert registry.asked
    assert "wr0ng-of-ada" not in done.text + (world.own / "logs" / "audit.jsonl").read_text()


def test_the_address_of_a_source_is_shown_without_it(bare: World, registry: Registry) -> None:
    """A `source` with a password is installed from, and no plan, document or log repeats it."""
    bare.declare(f'[tools.uv]\nlocked-away = {{ source = "{registry.url(f"files/{WHEEL}")}" }}\n')

    said = [bare.aim("plan", "--json"), bare.aim("install", "--json"), bare.aim("config", "show", "--json")]
    (bare.bin / "locked-away").unlink()
    said += [bare.aim("plan", "--json"), bare.aim("install"), bare.aim("sync-versions", "--dry-run", "--json")]

    assert [done.exit_code for done in said] == [0] * 6, "\n".join(done.text for done in said)
    assert f"http://[redacted]@{registry.address}" in said[0].text
    assert leaks(bare, *said) == []
