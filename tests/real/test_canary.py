"""A secret is stored, used, exported, rotated and mishandled: nobody finds it but who asked for it.

It is looked for raw and encoded: in every file that is left, in everything that was said, and in the arguments of every
program while it ran.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import psutil
import pytest

from ..checkout import with_checkout
from .world import World

pytestmark = pytest.mark.real

CANARY = 'sk-c4nary-"7/+&% \\é-0123456789abcdefXYZ'
SECOND = "sk-s3cond-<8>/+&%-fedcba9876543210QRS"
AIM = (sys.executable, "-m", "aim_lib")
SHOW = """
import base64, os, urllib.parse
key = os.environ["API_KEY"]
print(key, base64.b64encode(b"x" + key.encode()).decode(), key.encode().hex(), urllib.parse.quote(key))
"""
CRASH = """
import sys
from aim_lib import audit
def broken(*_, **__):
    raise RuntimeError("planted")
audit.Audit.write = broken
from aim_lib.cli import main
sys.argv = ["aim", *sys.argv[1:]]
main()
"""


def written(value: str) -> set[bytes]:
    """A value as it may stand somewhere: made here, by no code of ours."""
    raw = value.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), quote(value).encode(), quote(value, safe="").encode()}
    found |= {quote_plus(value).encode(), json.dumps(value)[1:-1].encode(), repr(value)[1:-1].encode()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        found.add(encoded[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6])
    return found | {form.replace(b"+", b"-").replace(b"/", b"_") for form in found}


FORMS = frozenset(written(CANARY) | written(SECOND))
# Of a test beside this one, at the same time: the watch of the other must not see it.
DECOY = "sk-d3coy-+/&%-0123456789abcdefXYZ"


def betrayed(content: bytes, forms: frozenset[bytes] = FORMS) -> list[bytes]:
    return [form for form in forms if form in content]


@dataclass(slots=True)
class Watch:
    """Looks at the arguments of every process that is there, over and over."""

    forms: frozenset[bytes]
    looks: int = 0
    seen: list[str] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self._end.is_set():
            self.looks += 1
            for process in psutil.process_iter():
                with contextlib.suppress(psutil.Error):
                    words = "\0".join(process.cmdline()).encode("utf-8", "surrogateescape")
                    self.seen += [process.name()] if betrayed(words, self.forms) else []

    def end(self) -> None:
        self._end.set()


@contextlib.contextmanager
def watching(forms: frozenset[bytes] = FORMS) -> Iterator[Watch]:
    watch = Watch(forms)
    thread = threading.Thread(target=watch.look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join()


@dataclass(frozen=True, slots=True)
class Home:
    """Where commands are given a value by a pipe, as a person's shell would; `said` is all that they answered."""

    world: World
    said: list[bytes]

    def aim(
        self, *words: str, give: str = "", code: int = 0, is_private: bool = False, program: tuple[str, ...] = AIM
    ) -> bytes:
        """Run a command; what a `private` one says on stdout is for who asked."""
        done = subprocess.run(
            [*program, *words],
            cwd=self.world.project,
            env=with_checkout(self.world.env),
            input=give.encode(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode() + done.stdout.decode()
        self.said.append(done.stderr if is_private else done.stdout + done.stderr)
        return done.stdout

    def left(self, forms: frozenset[bytes] = FORMS) -> list[str]:
        """Every file of the home that has the value in it, the vault and its backups aside: they are encrypted."""
        files = (path for path in self.world.root.rglob("*") if path.is_file() and not path.is_symlink())
        return [str(path) for path in files if betrayed(path.read_bytes(), forms)]


def test_a_value_is_found_nowhere(world: World) -> None:
    """Whatever is done with it, also what fails, crashes, or is debugged."""
    world.declare('[tools]\n[secrets]\nrequired = ["API_KEY"]\n[secrets.scopes]\nsh = ["API_KEY"]\n')
    user = world.own / "config" / "aim.toml"
    user.parent.mkdir(parents=True, exist_ok=True)
    user.write_text('[secrets.scopes]\nsh = ["API_KEY"]\n')
    here = Home(world.with_env(AIM_TRUST="1", AIM_BACKUP_PASSPHRASE="a passphrase of this test"), [])

    with watching() as watch:
        use(here)
        misuse(here)
    (world.root / "out").unlink(missing_ok=True)

    assert watch.looks > 10
    assert watch.seen == []
    assert here.left() == []
    assert [part for part in here.said if betrayed(part)] == []


def use(here: Home) -> None:
    """What one does with a secret."""
    here.aim("secrets", "init", "--identity", "file", "--yes")
    here.aim("secrets", "set", "API_KEY", "--stdin", "--description", "for tests", give=CANARY)
    assert here.aim("secrets", "get", "API_KEY", is_private=True) == CANARY.encode() + b"\n"
    for words in (
        ("secrets",),
        ("secrets", "list"),
        ("secrets", "ensure"),
        ("status",),
        ("health", "--only", "secrets_vault"),
    ):
        here.aim(*words)
        here.aim(*words, "--json")
    told = here.aim("run", "API_KEY", "--", sys.executable, "-c", SHOW)
    assert b"[redacted]" in told
    here.aim("secrets", "run", "--", "sh", "-c", 'env; echo "$API_KEY" >&2; exit 3', code=3)
    here.aim("secrets", "export", "--shell", "bash", is_private=True)
    here.aim("secrets", "export", "--output", str(here.world.root / "out"))
    (here.world.root / "out").unlink()
    here.aim("secrets", "backup", "all.age")
    here.aim("secrets", "rotate", "API_KEY", "--stdin", "--expires", "90d", give=SECOND)
    here.aim("secrets", "rename", "API_KEY", "NEW_KEY")
    here.aim("secrets", "restore", "all.age")
    here.aim("secrets", "scan", "--json", ".")
    here.aim("secrets", "recipients")
    here.aim("secrets", "delete", "NEW_KEY", "--yes")


def misuse(here: Home) -> None:
    """What goes wrong with it."""
    here.aim("secrets", "set", "bad/name", "--stdin", give=CANARY, code=2)
    here.aim("secrets", "set", "API_KEY", "--stdin", "--expires", "tomorrow", give=CANARY, code=2)
    here.aim("secrets", "rotate", "API_KEY", "--stdin", give=CANARY, code=1)
    here.aim("secrets", "import", "/dev/stdin", give='{"A": "' + SECOND, code=2)
    here.aim("run", "API_KEY", "--", "no-such-program", code=3)
    here.aim("run", "API_KEY", "--", "sh", "-c", 'echo "$API_KEY"; kill -9 $$', code=137)
    debugged = Home(here.world.with_env(INVOKE_DEBUG="1"), here.said)
    debugged.aim("secrets", "set", "DEBUGGED", "--stdin", give=SECOND)
    debugged.aim("run", "DEBUGGED", "--", "sh", "-c", "env")
    here.aim("secrets", "set", "CRASHED", "--stdin", give=CANARY, code=70, program=(sys.executable, "-c", CRASH))
    here.aim("run", "API_KEY", "--", "true", code=70, program=(sys.executable, "-c", CRASH))
    vault = next((here.world.own / "data").rglob("vault.json"))
    vault.write_text(vault.read_text().replace("ENC[AES256_GCM,data:", "ENC[AES256_GCM,data:AAAA", 1))
    here.aim("run", "API_KEY", "--", "true", code=5)
    here.aim("secrets", "list")


def test_the_search_would_find_it(world: World) -> None:
    """The watch sees an argument, and the search a file: else the test above could not fail."""
    here, forms = Home(world, []), frozenset(written(DECOY))
    (world.root / "leak").write_bytes(base64.b64encode(b"xx" + DECOY.encode()))

    with watching(forms) as watch:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(1)", DECOY], check=True)

    assert here.left(forms) == [str(world.root / "leak")]
    assert watch.seen
