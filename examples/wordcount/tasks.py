"""Builds wordcount. `invoke --list` names the tasks, `invoke tasks.tree --name all` shows how they hang together."""

import compileall
import html
import shutil
import sys
import zipapp
from pathlib import Path

from aim_lib.engine import namespace, safe, task

HERE = Path(__file__).parent
DIST = HERE / "dist"
PACKED = DIST / "wordcount.pyz"


@task
def check(c):
    """Does every module compile?"""
    if not compileall.compile_dir(HERE / "wordcount", quiet=1):
        raise SystemExit("a module does not compile")


@task
def scratch_folder(c):
    """A folder for what the tests write."""
    (HERE / "scratch").mkdir(exist_ok=True)


@task
def remove_scratch(c):
    """Leave nothing of the tests behind."""
    shutil.rmtree(HERE / "scratch", ignore_errors=True)


@task(pre=[check, scratch_folder], finally_=[remove_scratch], timeout_s=120)
def test(c):
    """Run the tests; the scratch folder goes away also when they fail."""
    with c.cd(HERE):
        c.run([sys.executable, "-m", "unittest", "discover", "--quiet", "--start-directory", "tests", "-t", "."])


@task(inputs="docs/*.md", outputs=lambda page: Path("dist/docs") / f"{page.stem}.html", each=True)
def docs(c):
    """Each page of docs/ as HTML; only pages that have changed."""
    for source, target in zip(c.inputs, c.outputs, strict=True):
        page = HERE / target
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<pre>{html.escape((HERE / source).read_text(encoding='utf-8'))}</pre>\n", encoding="utf-8")
        print(f"{source} -> {target}")


@task
def spelling(c):
    """Words we have agreed not to use. May fail: it stops nobody."""
    found = [page.name for page in (HERE / "docs").glob("*.md") if "utilize" in page.read_text(encoding="utf-8")]
    if found:
        raise SystemExit(f"say 'use' in {', '.join(found)}")


@task(pre=[check], inputs="wordcount/**/*.py", outputs="dist/wordcount.pyz")
def pack(c):
    """The package as one file that Python runs."""
    DIST.mkdir(exist_ok=True)
    only_sources = lambda path: path.suffix == ".py" or path.name == "wordcount"  # noqa: E731
    staged = HERE / "scratch-pack"
    shutil.copytree(HERE / "wordcount", staged / "wordcount", ignore=shutil.ignore_patterns("__pycache__"))
    try:
        zipapp.create_archive(staged, PACKED, main="wordcount.cli:main", filter=only_sources)
    finally:
        shutil.rmtree(staged)


@task(pre=[pack], retries=1)
def smoke(c):
    """What was packed counts three words."""
    said = c.run([sys.executable, PACKED, "--text", "one two three"], hide=True).stdout.strip()
    if said != "3":
        raise SystemExit(f"it says {said!r} and not '3'")


@task(pre=[test, docs, smoke, safe(spelling)], default=True)
def all(c):  # noqa: A001 - the name people type
    """Everything that must hold before a release."""


@task(pre=[all], confirm="Copy the packed file into release/?", when=lambda: (PACKED.exists(), "nothing is packed"))
def release(c):
    """Put the packed file where others find it."""
    (HERE / "release").mkdir(exist_ok=True)
    shutil.copy2(PACKED, HERE / "release")
    print("release/wordcount.pyz")


@task
def clean(c):
    """Remove everything that was made."""
    for made in ("dist", "release", "scratch"):
        shutil.rmtree(HERE / made, ignore_errors=True)


ns = namespace(__name__)
