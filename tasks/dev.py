"""Work on AIM itself; only in its own repository."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from aim_lib.engine import task

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable


@task(
    help={
        "real": "the tests that start real installers and use the network",
        "keyword": "only tests matching this expression",
    }
)
def test(c: Any, real: bool = False, keyword: str = "") -> None:
    """Run the test suite; with --real, the tests against real installers instead."""
    chosen = ["tests/real", "--dist=loadgroup"] if real else ["tests", "--ignore=tests/real", "--dist=worksteal"]
    _python("-m", "pytest", "-q", "-n2", *chosen, *(["-k", keyword] if keyword else []))


@task
def lint(c: Any) -> None:
    """ruff: rules and formatting."""
    paths = ["aim_lib", "tasks", "tasks.py", "aim.py", "tests", "docs/conf.py", "docs/_make", ".ci"]
    _python("-m", "ruff", "check", *paths)
    _python("-m", "ruff", "format", "--check", *paths)


@task
def types(c: Any) -> None:
    """mypy, strict."""
    _python("-m", "mypy")


@task
def contracts(c: Any) -> None:
    """Who may import whom (import-linter)."""
    _python("-m", "tests.contracts.imports")


@task
def wheel(c: Any) -> None:
    """Build the wheel and the sdist into dist/."""
    _python("-m", "uv", "build", "--quiet", "--out-dir", str(ROOT / "dist"), str(ROOT))


@task(help={"documents": "play all scenarios for the keys of JSON documents, too: takes minutes"})
def reference(c: Any, documents: bool = False) -> None:
    """Write the pages of docs/reference/ anew, from the code."""
    if documents:
        _python("-m", "tests.said_documents")
    _python("-m", "docs._make")


@task
def docs(c: Any) -> None:
    """Build the site of docs/ into build/docs; a warning is an error."""
    _python("-m", "docs._make", "--check")
    venv, site = ROOT / "build" / "docs-venv", ROOT / "build" / "docs"
    _python("-m", "uv", "venv", "--quiet", "--allow-existing", "--python", PYTHON, str(venv))
    lock = str(ROOT / "requirements-docs.lock")
    _python("-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--python", str(venv), lock)
    _run(_program(venv, "python"), "-m", "sphinx", "-q", "-W", "--keep-going", str(ROOT / "docs"), str(site))
    sys.stdout.write(f"{site / 'index.html'}\n")


@task
def sbom(c: Any) -> None:
    """Write dist/aim_plus-VERSION.cdx.json: what a release is made of (CycloneDX)."""
    from aim_lib import __version__

    _python(".ci/sbom.py", f"dist/aim_plus-{__version__}.cdx.json")


@task(help={"upgrade": "to the newest that pyproject.toml allows; else what is locked stays"})
def locks(c: Any, upgrade: bool = False) -> None:
    """Write requirements.lock, requirements-dev.lock and requirements-docs.lock anew from pyproject.toml."""
    how = ("--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate")
    ours = {"requirements.lock": ["build"], "requirements-dev.lock": ["dev", "build"]}
    for name, groups in {**ours, "requirements-docs.lock": ["docs"]}.items():
        chosen = [word for group in groups for word in ("--group", group)]
        chosen += ["pyproject.toml"] if name in ours else []  # the site's environment has nothing of AIM's own
        more = ["--upgrade"] if upgrade else []
        _python("-m", "uv", "pip", "compile", *how, *more, *chosen, "--output-file", name)


@task(help={"check": "exit 4 when docs/picture.svg is not what would be written"})
def picture(c: Any, check: bool = False) -> None:
    """Write docs/picture.svg, the screenshot of the README, from real commands in a home that is always the same."""
    _python("-m", "tests.picture", *(["--check"] if check else []))


@task(
    help={
        "rounds": "measured rounds of each command",
        "only": "one of the suites alone",
        "keep": "keep the ratios as those of this version, in docs/bench/",
        "report": "measure nothing: write docs/bench.md with its plot from what was kept",
    }
)
def bench(c: Any, rounds: int = 15, only: str = "", keep: bool = False, report: bool = False) -> None:
    """The speed budgets, each beside its rival in the same run."""
    if report:
        _python("-m", "tests.bench_report")
        return
    more = [*(["--only", only] if only else []), *(["--keep"] if keep else [])]
    _python("-m", "tests.bench", "--rounds", str(rounds), *more)


@task(positional=["folder"], help={"folder": "where to", "count": "how many"})
def events(c: Any, folder: str, count: int = 1_000_000) -> None:
    """Make an event log of any size, most of it in sealed segments, to ask it questions."""
    _python("-m", "tests.event_logs", folder, str(count))


@task(positional=["folder"], help={"folder": "where to; about 1.5 GB"})
def tree(c: Any, folder: str) -> None:
    """Make a tree of more than 60,000 files of real packages to scan, the same whenever it is made."""
    _python("-m", "tests.scan_trees", folder)


@task(help={"minutes": "no round begins after that many"})
def soak(c: Any, minutes: int = 10) -> None:
    """The properties with many more examples, round after round."""
    _python("-m", "tests.soak", "--minutes", str(minutes))


def _program(venv: Path, name: str) -> str:
    return str(venv / "Scripts" / f"{name}.exe" if sys.platform == "win32" else venv / "bin" / name)  # noqa: TID251


def _python(*words: str) -> None:
    """Run our Python, as `_run` does."""
    _run(PYTHON, *words)


def _run(*argv: str) -> None:
    """Run a program in the repository with the user's own terminal; ends the task with its exit code class."""
    from aim_lib import host
    from aim_lib.errors import CommandFailed
    from aim_lib.proc import run_attached

    code = run_attached(argv, env=host.current().env, cwd=ROOT)
    if code:
        raise CommandFailed(f"{' '.join(argv[1:4])} ended with exit {code}", remedy="read its output above")
