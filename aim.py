#!/usr/bin/env python3
"""Make .venv beside this file from the hash-locked dependencies, then run a task in it: python3 aim.py [words].

Standard library only, one file, in a syntax that Python 2.7 can parse, so that an old Python answers with a sentence.
Words are forwarded to `python -m aim_lib` as they are; only a leading `test` is short for `dev test`.
AIM_VENV names another folder for the environment; AIM_NO_WAIT=1 gives up when another aim.py is setting it up.
"""
# Old Pythons parse neither annotations nor f-strings, so mypy reads type comments; aim_lib.host is not installed yet.
# ruff: noqa: ANN001, ANN201, ANN204, RUF005, TID251, UP031, UP036

import hashlib
import os
import re
import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "error: AIM needs Python 3.11 or newer; this is %s: start aim.py with a newer one, such as python3.12 aim.py\n"
        % sys.version.split()[0]
    )
    sys.exit(3)

from pathlib import Path

ROOT = Path(__file__).resolve().parent
__path__ = [str(ROOT / "aim_compat")]  # imported in a checkout, this is also the package `aim` that the wheel has
LOCK, STAMP, SCRATCH = ".aim-lock", ".aim-stamp", ".aim-tmp"  # inside the venv; LOCK also says that it is ours
LOCKED = {"runtime": ("requirements.lock",), "dev": ("requirements.lock", "requirements-dev.lock")}  # last: installed
PATIENCE_S = 600
AGAIN = "run the same command again, it repairs what is half done"
# What an installer or the system said -> what that means, what to do, exit code. The first match counts.
CAUSES = {
    r"hash mismatch|do not match the hashes": (
        "a download was refused, for it is not the file that was locked (hash mismatch)",
        "try without a mirror or proxy in between; if it stays, report it: a published file has changed",
        5,
    ),
    r"no space left|not enough space|quota exceeded": ("the disk is full", "free some space, then " + AGAIN, 4),
    r"permission denied|read-only file system|access is denied|operation not permitted|winerror 5\b": (
        "a folder may not be written",
        "set AIM_VENV to a folder you may write (UV_CACHE_DIR for uv's cache), or clone to another place",
        7,
    ),
    r"certificate|unknownissuer": (
        "the certificate of the package index is not trusted",
        "set SSL_CERT_FILE to your company's CA bundle, or UV_SYSTEM_CERTS=false for the list inside uv",
        4,
    ),
    r"dns error|name resolution|not known|getaddrinfo|error sending request|failed to fetch|urlopen error|max retries"
    r"|could not connect|connection (?:refused|reset|broken|error)|timed out|unreachable|proxyerror": (
        "the package index cannot be reached",
        "check the network (a proxy: HTTPS_PROXY; a mirror: PIP_INDEX_URL and UV_DEFAULT_INDEX), then " + AGAIN,
        4,
    ),
}


class Stop(Exception):
    """The set-up cannot go on; printed as `error: ...` and `fix: ...`, never as a traceback."""

    def __init__(self, message, remedy, code):
        # type: (str, str, int) -> None
        super().__init__(message)
        self.remedy, self.code = remedy, code


def stop_for(failure, said):
    # type: (str, str) -> Stop
    """Add to a failure what it means, judged by what the one who failed said."""
    for pattern, (meaning, remedy, code) in CAUSES.items():
        if re.search(pattern, said, re.IGNORECASE):
            return Stop("%s: %s" % (failure, meaning), remedy, code)
    return Stop(failure, AGAIN + "; if it stays, report it with the lines above", 4)


def say(line):
    # type: (str) -> None
    sys.stderr.write("aim: %s\n" % line)
    sys.stderr.flush()


def program(venv, name):
    # type: (Path, str) -> Path
    return venv / "Scripts" / (name + ".exe") if os.name == "nt" else venv / "bin" / name


def digest(wanted):
    # type: (str) -> str
    """Name a dependency set together with the state of the project it is, or would be, installed from."""
    total = hashlib.sha256(os.fsencode(ROOT))
    for name in ("pyproject.toml", "aim.py") + LOCKED[wanted]:
        total.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return "%s %s" % (wanted, total.hexdigest())


def identity(venv):
    # type: (Path) -> str
    """Name the Python and the place a venv is made for; its scripts carry absolute paths, so it cannot be moved."""
    number, build = sys.version.split(None, 1)
    return "Python %s at %s\n%s" % (number, venv, build)


def read_stamp(venv):
    # type: (Path) -> tuple[str, str]
    """Return what was installed, and for which identity; empty strings when no set-up has finished."""
    try:
        text = (venv / STAMP).read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return "", ""
    installed, _, made_for = text.partition("\n")
    return installed, made_for


def find_fault(venv):
    # type: (Path) -> str
    """Say why a venv cannot be kept; empty when it can."""
    installed, made_for = read_stamp(venv)
    if not installed:
        return "the last set-up did not finish"
    if made_for != identity(venv):
        return "it was made by " + made_for.partition("\n")[0]
    if not all(os.access(program(venv, name), os.X_OK) for name in ("python", "uv")):
        return "its python or uv is gone"
    return ""


def is_ready(venv, wanted):
    # type: (Path, str) -> bool
    """Answer without starting a process. The dev set serves for runtime too."""
    enough = ("dev",) if wanted == "dev" else ("dev", "runtime")
    return not find_fault(venv) and read_stamp(venv)[0] in [digest(name) for name in enough]


def call(argv, lock):
    # type: (list[str], int) -> tuple[int, str]
    """Run one command of the set-up; return its exit code and all it printed.

    It inherits the lock: an installer that outlives a killed aim.py keeps the next one waiting.
    """
    import subprocess

    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_USER="0")
    env.update(UV_REQUIRE_HASHES="0", UV_NO_VERIFY_HASHES="0")  # said per command: the project itself has no hash
    env.setdefault("PIP_RETRIES", "2")
    if not {"SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS"} & set(env):
        env["UV_SYSTEM_CERTS"] = "true"  # a company proxy's CA is in the system's store only, where pip looks too
    kept = () if os.name == "nt" else (lock,)
    out, none = subprocess.PIPE, subprocess.DEVNULL
    child = subprocess.Popen(argv, cwd=ROOT, env=env, stdin=none, stdout=out, stderr=subprocess.STDOUT, pass_fds=kept)
    with child:
        output = child.communicate()[0].decode("utf-8", "replace")
    return child.returncode, output


def run(what, argv, lock):
    # type: (str, list[str], int) -> None
    """Run one command of the set-up; when it fails, show its last lines and stop. `what` names it."""
    code, output = call(argv, lock)
    if code:
        for line in [line for line in output.splitlines() if line.strip()][-8:]:
            say("| " + line)
        raise stop_for("%s failed (exit code %d)" % (what, code), output)


def find_pip(venv, lock):
    # type: (Path, int) -> list[str]
    """Return the start of a pip command that installs into the venv; empty when this Python has none that can."""
    from importlib.util import find_spec

    python = str(program(venv, "python"))
    base = getattr(sys, "_base_executable", "") or sys.executable
    version = re.match(r"pip (\d+)\.(\d+)", call([base, "-m", "pip", "--version"], lock)[1])
    if version and (int(version.group(1)), int(version.group(2))) >= (22, 3):  # 22.3 brought --python
        return [base, "-m", "pip", "--python", python]
    try:
        bundled = find_spec("ensurepip._bundled")  # Debian without python3-venv has ensurepip, but not its wheels
    except ImportError:
        bundled = None
    if not bundled:
        return []
    run("adding pip to the environment", [python, "-m", "ensurepip", "--default-pip"], lock)
    return [python, "-m", "pip"]


def wheel_platform():
    # type: () -> str
    """Return a pattern for the platform part of the name of uv's wheel for this machine."""
    import platform
    import sysconfig

    system, machine = sysconfig.get_platform(), platform.machine()
    libc = "musllinux" if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")) else "manylinux"
    if system.startswith("win"):
        return re.escape(system.replace("-", "_"))
    if system.startswith("linux") and machine in ("x86_64", "aarch64"):
        return r'[^"/]*%s_[0-9_]+_%s[^"/]*' % (libc, machine)
    if system.startswith("macosx") and machine in ("x86_64", "arm64"):
        return r"macosx_[0-9_]+_%s" % machine
    raise Stop("this Python has no pip, and uv is not published for %s" % system, "install pip for this Python", 3)


def download(url):
    # type: (str) -> tuple[bytes, str]
    """Return the content and the final address of a page; a failure of any kind is an OSError."""
    from http.client import HTTPException
    from urllib.request import Request, urlopen

    accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.1, */*;q=0.01"
    try:
        with urlopen(Request(url, headers={"Accept": accept}), timeout=60) as page:
            return page.read(), page.geturl()
    except (ValueError, HTTPException) as error:
        raise OSError(str(error))  # noqa: B904 (`from` is no syntax in Python 2; so below)


def fetch_uv(venv, pin, version):
    # type: (Path, str, str) -> Path
    """Take uv out of its wheel without any installer. The hashes in the lock file decide what is accepted."""
    import io
    import zipfile
    from urllib.parse import urljoin

    mirrors = [os.environ.get(name, "") for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")]
    index = next(filter(None, mirrors), "https://pypi.org/simple/").rstrip("/") + "/uv/"
    failure = "this Python has no pip, and uv cannot be fetched from %s" % index.rpartition("@")[2]
    # One pattern for both forms of an index page, JSON (PEP 691) and HTML (PEP 503)
    link = r'(?:"url"\s*:\s*|href\s*=\s*)"([^"#]*/uv-%s-py3-none-%s\.whl)["#]' % (re.escape(version), wheel_platform())
    try:
        page, address = download(index)
        found = re.search(link, page.decode("utf-8", "replace"))
        wheel = download(urljoin(address, found.group(1)))[0] if found else b""
    except OSError as error:
        raise stop_for("%s (%s)" % (failure, error), str(error))  # noqa: B904
    if not found:
        raise Stop("%s: it has no uv %s for this machine" % (failure, version), "install pip for this Python", 3)
    if hashlib.sha256(wheel).hexdigest() not in pin:
        raise stop_for("fetching uv %s failed" % version, "hash mismatch")
    uv = venv / SCRATCH / program(venv, "uv").name
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        uv.write_bytes(archive.read("uv-%s.data/scripts/%s" % (version, uv.name)))
    uv.chmod(0o755)
    return uv


def find_uv(venv, lock_file, lock):
    # type: (Path, Path, int) -> str
    """Return a uv that can fill the venv: its own, installed by pip if need be; fetched; or the one on PATH."""
    import shutil

    own, wish = program(venv, "uv"), venv / SCRATCH / "uv.txt"
    if own.exists():
        return str(own)
    pin = re.search(r"(?ms)^uv==([^\s;\\]+).*?(?=^\S|\Z)", lock_file.read_text(encoding="utf-8", errors="replace"))
    if not pin:
        raise Stop("%s does not pin uv" % lock_file, "restore the file: git checkout -- %s" % lock_file, 2)
    say("installing uv %s" % pin.group(1))
    wish.parent.mkdir(exist_ok=True)
    wish.write_text(pin.group(0), encoding="utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", str(wish)]
    try:
        pip = find_pip(venv, lock)
        if not pip:
            return str(fetch_uv(venv, pin.group(0), pin.group(1)))
        run("installing uv", pip + ["install"] + options, lock)
    except Stop as stop:
        other = shutil.which("uv")
        if stop.code == 5 or not other:  # what was tampered with is a reason to stop, not to look elsewhere
            raise
        say("%s; trying %s" % (stop, other))
        return other
    return str(own)


def make(venv, fault):
    # type: (Path, str) -> None
    """Make an empty venv in place of whatever is there, except the lock this run is holding."""
    import shutil

    try:
        from venv import EnvBuilder
    except ImportError:
        raise Stop("this Python has no venv module", "install it (Debian: apt install python3-venv)", 3)  # noqa: B904
    leftovers = [path for path in venv.iterdir() if path.name != LOCK]
    title = "making %s%s (Python %s)" % (venv, " anew" if leftovers else "", sys.version.split()[0])
    say("%s: %s" % (title, fault) if leftovers else title)
    for path in leftovers:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    try:
        EnvBuilder(symlinks=os.name != "nt", with_pip=False).create(venv)
    except ValueError as error:  # a colon in the path, which PATH could not hold
        raise Stop(str(error), "set AIM_VENV to another folder", 2)  # noqa: B904


def install(venv, wanted, lock):
    # type: (Path, str, int) -> None
    """Make the venv hold exactly the locked packages, and the project itself, editable."""
    import shutil

    lock_file = ROOT / LOCKED[wanted][-1]
    uv, common = find_uv(venv, lock_file, lock), ["--quiet", "--python", str(program(venv, "python"))]
    say("installing the packages of %s" % lock_file.name)
    run("installing the packages", [uv, "pip", "sync"] + common + ["--require-hashes", str(lock_file)], lock)
    # A sync removes the project, which is in no lock; what builds it (hatchling, editables) is in the lock.
    options = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    run("installing the project", [uv, "pip", "install"] + common + options, lock)
    shutil.rmtree(venv / SCRATCH, ignore_errors=True)


def has_lock(lock):
    # type: (int) -> bool
    """Try to take the lock. The system gives it back when the last process holding it ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def wait_for(lock, venv):
    # type: (int, Path) -> None
    import time

    deadline = time.monotonic() + (0 if os.environ.get("AIM_NO_WAIT") else PATIENCE_S)
    is_said = False
    while not has_lock(lock):
        if time.monotonic() >= deadline:
            raise Stop("another aim.py is setting up %s" % venv, "wait until it has finished, then run it again", 9)
        if not is_said:
            say("waiting for another aim.py, which is setting up %s" % venv)
        is_said = True
        time.sleep(0.1)


def set_up(venv, wanted):
    # type: (Path, str) -> None
    """Ask what is missing, take the lock, ask again, act; the stamp comes last, in one move."""
    if venv.is_dir() and any(venv.iterdir()) and not (venv / LOCK).exists():
        other = ROOT / ".venv.aim"
        raise Stop("%s exists and was not made by aim.py" % venv, "move it away, or set AIM_VENV=%s" % other, 2)
    venv.mkdir(parents=True, exist_ok=True)
    stamp, new = venv / STAMP, venv / (STAMP + ".new")
    lock = os.open(venv / LOCK, os.O_RDWR | os.O_CREAT)
    try:
        wait_for(lock, venv)
        if is_ready(venv, wanted):
            return
        fault, installed = find_fault(venv), read_stamp(venv)[0]
        wanted = "dev" if installed.startswith("dev") else wanted  # what a developer has is not taken away
        stamp.unlink(missing_ok=True)  # from here on a killed run leaves a venv that the next one does not trust
        done = digest(wanted)  # before: a file that changes meanwhile makes the next run look again
        if fault:
            make(venv, fault)
        install(venv, wanted, lock)
        new.write_text("%s\n%s" % (done, identity(venv)), encoding="utf-8", errors="surrogateescape")
        new.replace(stamp)
    finally:
        os.close(lock)


def start(venv, words):
    # type: (Path, list[str]) -> int
    """Hand over to the project; -P keeps the current folder, which may be anyone's, out of its imports."""
    python = str(program(venv, "python"))
    argv = [python, "-P", "-m", "aim_lib"] + (["dev"] if words[0] == "test" else []) + words
    if os.name != "nt":
        os.execv(python, argv)  # noqa: S606 (no shell is the point)
    import subprocess

    child = subprocess.Popen(argv)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child got it too, and decides
            continue


def main(words):
    # type: (list[str]) -> int
    first = next((word for word in words if not word.startswith("-")), "")
    wanted = "dev" if first in ("test", "dev") or first.startswith("dev.") else "runtime"
    venv = Path(os.environ.get("AIM_VENV") or ROOT / ".venv").resolve()
    try:
        if not is_ready(venv, wanted):
            set_up(venv, wanted)
        return start(venv, words or ["bootstrap"])
    except Stop as stop:
        failure = stop
    except KeyboardInterrupt:
        failure = Stop("interrupted", AGAIN, 130)
    except OSError as error:
        failure = stop_for("cannot use %s (%s)" % (venv, error), str(error))
    sys.stderr.write("error: %s\nfix: %s\n" % (failure, failure.remedy))
    return failure.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
