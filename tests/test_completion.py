"""Completion on Tab: what is offered, when the cache is made anew, and the scripts; bash runs for real."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from invoke import Collection
from invoke import task as stock_task

import aim_lib
from aim_lib.collect import task_folder
from aim_lib.engine import complete, completion, namespace, task
from aim_lib.errors import BadConfig
from aim_lib.host import current

from . import fakes

LIBRARY = Path(aim_lib.__file__).parents[1]
COMPLETE = complete.__file__
BASH = shutil.which("bash", path="/bin:/usr/bin:/usr/local/bin")
NASTY = 'it\'s a "folder" of $HOME, `ls` \\ & co; é'
POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="bash, links to programs, and modes are POSIX's")
# Under this a program tells on its last line of stderr what processes it started.
WATCH = """
import runpy, sys
started = []
STARTS = ("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system")
sys.addaudithook(lambda event, args: event in STARTS and started.append(event))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
sys.stderr.write(" ".join(started))
"""


# --- what is offered ---------------------------------------------------------------------------------------------


@task(aliases=["make"], help={"target": "what to build"})
def build(c: Any, target: str = "debug", colour: bool = True, define: list[str] | None = None) -> None:
    """Build it.

    In a second paragraph: how.
    """


@task(help={"name": "of the test"})
def check(c: Any, name: str, loud: bool = False) -> None:
    """Run \x1b[31mone test."""


@stock_task
def plain(c: Any) -> None:
    """A task of stock Invoke."""


def as_task(made: Any) -> Any:
    """Ours makes a Task and says only that it can be called."""
    return made


def project() -> Collection:
    """Tasks at the top, a group with a default, one without, and the group `tasks`."""
    root = namespace(__name__)
    for name, default in (("site", True), ("db", False)):
        group = Collection(name)
        group.add_task(as_task(build), name="make_it", default=default)
        group.add_task(as_task(check), name="check")
        root.add_collection(group)
    return root


def known(collection: Collection, *, is_bundled: bool = False) -> dict[str, Any]:
    """What complete.py finds in the cache about these tasks."""
    core = completion.core_arguments(is_bundled=is_bundled)
    content: dict[str, Any] = json.loads(json.dumps(completion.describe(collection, core)))
    return content


@pytest.fixture(scope="module")
def tasks() -> dict[str, Any]:
    return known(project())


def offered(content: dict[str, Any], typed: str, *, spaced: bool = False) -> dict[str, str]:
    """What fits the last word of `typed`, the words behind the program's name, and what each does."""
    *before, last = typed.split(" ")
    line = complete.Line(content, is_spaced=spaced)
    for word in before:
        line.see(word)
    return {value: text for value, text in line.candidates(last).items() if value.startswith(last)}


def test_every_task_is_offered_by_its_dotted_names(tasks: dict[str, Any]) -> None:
    """Its aliases and the groups with a default are names, too."""
    names = set(offered(tasks, "")) - set(offered(tasks, "tasks"))

    assert names == {
        *("build", "make", "check", "plain"),
        *("site", "site.make-it", "site.check", "db.make-it", "db.check"),
        *("site.make", "db.make"),
    }


def test_a_task_is_said_in_one_line(tasks: dict[str, Any]) -> None:
    """The first of its text, without what a terminal would obey."""
    said = offered(tasks, "")

    assert said["build"] == "Build it."
    assert said["check"] == "Run  [31mone test."


def test_what_comes_behind_a_task_is_the_next_one(tasks: dict[str, Any]) -> None:
    """Invoke takes any number of them on a line."""
    assert "check" in offered(tasks, "build --target x ")


def test_options_of_the_task_come_with_their_help(tasks: dict[str, Any]) -> None:
    """Then those of the whole run, and --help."""
    found = offered(tasks, "build --")

    assert [*found][:4] == ["--target", "--colour", "--no-colour", "--define"]
    assert found["--target"] == "what to build"
    assert found["--keep-going"].startswith("after a failure")
    assert "--help" in found
    assert "--list" not in found


def test_short_options_are_offered_behind_one_dash(tasks: dict[str, Any]) -> None:
    """And long ones beside them."""
    found = offered(tasks, "build -")

    assert {"-t", "--target"} <= set(found)
    assert not {each for each in offered(tasks, "build --") if not each.startswith("--")}


def test_a_stock_task_takes_no_options_of_ours(tasks: dict[str, Any]) -> None:
    """Only tasks of the engine know those of the whole run."""
    assert set(offered(tasks, "plain --")) == {"--help"}


def test_what_was_given_is_not_offered_again(tasks: dict[str, Any]) -> None:
    """Unless it may be given more than once."""
    found = offered(tasks, "build -t x --define a --")

    assert "--target" not in found
    assert "--define" in found


def test_the_options_of_the_program_come_before_a_task(tasks: dict[str, Any]) -> None:
    """Those that Invoke keeps for completion itself are left out."""
    found = offered(tasks, "--")

    assert {"--list", "--echo", "--search-root"} <= set(found)
    assert "--complete" not in found


@pytest.mark.parametrize(
    "typed", ["build --target ", "build -t ", "build --target=", "check ", "--config ", "build -- "]
)
def test_where_nothing_is_known_the_shell_offers_files(tasks: dict[str, Any], typed: str) -> None:
    """An option or argument with a free value, and all behind a double dash."""
    assert offered(tasks, typed) == {}


@pytest.mark.parametrize("typed", ["check unit ", "check --name unit ", "check --name=unit "])
def test_an_argument_is_asked_for_once(tasks: dict[str, Any], typed: str) -> None:
    """As a bare word or by its name; then other tasks may come."""
    assert "build" in offered(tasks, typed)


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("build --output ", {"group", "prefix"}),
        ("build --output=", {"--output=group", "--output=prefix"}),
        ("build --output=p", {"--output=prefix"}),
        ("build --format ", {"terminal", "json", "junit", "github", "markdown", "html"}),
        ("--list-format ", {"flat", "nested", "json"}),
        ("--list ", {"site", "db", "tasks"}),
        ("tasks.completion ", {"bash", "zsh", "fish", "pwsh"}),
        ("tasks.completion --shell ", {"bash", "zsh", "fish", "pwsh"}),
    ],
)
def test_known_values_are_offered(tasks: dict[str, Any], typed: str, values: set[str]) -> None:
    """Behind a blank or an equals sign."""
    assert set(offered(tasks, typed)) == values


@pytest.mark.parametrize("typed", ["tasks.plan ", "tasks.explain ", "tasks.tree --name ", "--help "])
def test_names_of_tasks_are_values(tasks: dict[str, Any], typed: str) -> None:
    """For who asks about a task; by its full name only."""
    found = set(offered(tasks, typed))

    assert {"build", "site.make-it", "tasks.plan"} <= found
    assert "make" not in found


def test_a_name_that_would_need_quotes_is_not_offered() -> None:
    """What is inserted stands on a command line as it is."""
    root = Collection()
    root.add_task(as_task(build), name="a; rm -rf b", aliases=("$(c)", "fine"))
    root.add_task(as_task(check), name="good")

    assert set(offered(known(root), "")) == {"good"}


def test_spaced_commands_are_offered_word_by_word() -> None:
    """A group says what is in it; dotted names are for who types a dot."""
    content = known(project(), is_bundled=True)

    first = offered(content, "", spaced=True)
    assert {"build", "make", "site", "db", "tasks"} <= set(first)
    assert not {each for each in first if "." in each}
    assert first["db"] == "make-it, check"
    assert set(offered(content, "db ", spaced=True)) == {"make-it", "check", "make"}
    assert set(offered(content, "db.", spaced=True)) == {"db.make-it", "db.check", "db.make"}


@pytest.mark.parametrize("before", ["", "--json ", "--jobs 2 "])
def test_a_spaced_command_takes_options_before_and_behind_it(before: str) -> None:
    """Those of the whole run in both places."""
    content = known(project(), is_bundled=True)

    assert "--define" in offered(content, f"{before}site make-it --d", spaced=True)
    assert "--dry-run" in offered(content, f"{before}site make-it --d", spaced=True)
    assert "--dry-run" in offered(content, f"{before}--d", spaced=True)


def test_a_spaced_command_takes_names_of_tasks() -> None:
    """`tasks plan` and the like; the words so far are not taken for a task."""
    content = known(project(), is_bundled=True)

    assert set(offered(content, "tasks plan site", spaced=True)) == {"site.make-it", "site.check"}
    assert offered(content, "tasks plan build ", spaced=True) == {}


@pytest.mark.parametrize("typed", ["nothing ", "nothing --", "site nothing "])
def test_nothing_is_offered_for_an_unknown_command(typed: str) -> None:
    """It may be one of the project's own, which is not looked into."""
    content = known(project(), is_bundled=True)

    assert [each for each in offered(content, typed, spaced=True) if not each.startswith("--")] == []


# --- the cache ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder that the test stands in."""
    made = tmp_path / "project"
    made.mkdir()
    (made / "tasks.py").write_text(tasks_py("first"), encoding="utf-8")
    monkeypatch.chdir(made)
    return made


def tasks_py(*names: str, above: str = "") -> str:
    """The text of a tasks.py with tasks of these names."""
    bodies = "".join(f"@task\ndef {name}(c):\n    pass\n" for name in names)
    return f"from invoke import task\n{above}\n{bodies}"


def ask(cache: Path, *words: str, source: str = "", options: Sequence[str] = (), **env: str) -> list[str]:
    """What complete.py prints for bash; it must say nothing else and end well."""
    command = [sys.executable, "-I", "-S", *options, COMPLETE, "bash", str(cache), source, "program", *words]
    own = {**current().env, "PYTHONPATH": str(LIBRARY), **env}
    ended = subprocess.run(command, env=own, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return ended.stdout.split()


def cached(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.json"))


def test_the_tasks_of_the_nearest_project_upward_are_offered(folder: Path, tmp_path: Path) -> None:
    """As `invoke` would find them."""
    (folder / "a" / "b").mkdir(parents=True)
    os.chdir(folder / "a" / "b")

    assert ask(tmp_path / "cache", "") == ["first"]


def test_stock_invoke_offers_the_same_names(folder: Path, tmp_path: Path) -> None:
    """Groups, aliases, defaults and names with underscores among them."""
    (folder / "tasks.py").write_text(
        "from invoke import Collection, task\n"
        "@task(aliases=['two'])\ndef one_task(c, x_y=1):\n    pass\n"
        "inner = Collection('in_ner')\ninner.add_task(one_task, default=True)\n"
        "ns = Collection(one_task, inner)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "invoke", "--complete", "--", "invoke "]
    stock = subprocess.run(command, env=dict(current().env), capture_output=True, text=True, check=True)

    ours = ask(tmp_path / "cache", "")

    assert sorted(ours) == sorted(stock.stdout.split())
    assert len(ours) == 5


def test_a_package_of_tasks_is_found(folder: Path, tmp_path: Path) -> None:
    """tasks/__init__.py in place of tasks.py, with a module beside it."""
    (folder / "tasks.py").unlink()
    (folder / "tasks").mkdir()
    (folder / "tasks" / "__init__.py").write_text("from .more import *\n", encoding="utf-8")
    (folder / "tasks" / "more.py").write_text(tasks_py("inside"), encoding="utf-8")

    assert ask(tmp_path / "cache", "") == ["inside"]


@pytest.mark.parametrize("words", [("-c", "other"), ("--collection=other",), ("-e", "-c", "other")])
def test_another_collection_may_be_named(folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """By Invoke's own option."""
    (folder / "other.py").write_text(tasks_py("elsewhere"), encoding="utf-8")

    assert ask(tmp_path / "cache", *words, "") == ["elsewhere"]


def test_another_folder_may_be_named(folder: Path, tmp_path: Path) -> None:
    """Quoted as bash hands it over."""
    (tmp_path / "it's there").mkdir()
    (tmp_path / "it's there" / "tasks.py").write_text(tasks_py("there"), encoding="utf-8")

    assert ask(tmp_path / "cache", "--search-root", '"../it\'s there"', "") == ["there"]
    assert ask(tmp_path / "cache", "-r", r"../it\'s\ there", "") == ["there"]


def test_an_option_of_a_task_is_not_taken_for_invokes_own(folder: Path, tmp_path: Path) -> None:
    """`-c` behind a task is that task's."""
    (folder / "other.py").write_text(tasks_py("elsewhere"), encoding="utf-8")

    assert ask(tmp_path / "cache", "first", "-c", "other", "") == ["first"]


@POSIX_ONLY
def test_the_cache_is_the_users_own(folder: Path, tmp_path: Path) -> None:
    """Modes 0600 in 0700; one file for each project."""
    ask(tmp_path / "cache", "")

    (file,) = cached(tmp_path / "cache")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("source", ["", completion.AIM[1]])
def test_a_warm_answer_starts_no_process(folder: Path, tmp_path: Path, source: str) -> None:
    """The first one does, which shows that the test would see it."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        WATCH,
        COMPLETE,
        "bash",
        str(tmp_path / "cache"),
        source,
        "program",
        "",
    ]
    env = {**current().env, "PYTHONPATH": str(LIBRARY)}

    cold, warm = (subprocess.run(command, env=env, capture_output=True, text=True, check=True) for _ in range(2))

    assert "subprocess.Popen" in cold.stderr
    assert warm.stderr == ""
    assert warm.stdout == cold.stdout != ""


def test_a_warm_answer_imports_three_modules(folder: Path, tmp_path: Path) -> None:
    """json, os and binascii, with what those import; nothing of ours."""
    ask(tmp_path / "cache", "")
    words = [COMPLETE, "bash", str(tmp_path / "cache"), "", "program", ""]
    warm = imported(*words)

    assert warm - imported("-c", "import __future__, json, os, binascii") == set()
    assert "json" in warm


def imported(*words: str) -> set[str]:
    """The modules that a run of Python imports."""
    command = [sys.executable, "-I", "-S", "-X", "importtime", *words]
    ended = subprocess.run(command, env=dict(current().env), capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}


def test_edited_tasks_are_seen(folder: Path, tmp_path: Path) -> None:
    """Also when the file keeps its size."""
    ask(tmp_path / "cache", "")

    (folder / "tasks.py").write_text(tasks_py("fifth"), encoding="utf-8")

    assert ask(tmp_path / "cache", "") == ["fifth"]


@pytest.mark.parametrize(
    ("above", "change"),
    [
        ("from more.inner import *", ("more/inner.py", tasks_py("second"))),
        ("exec(open('more/text.txt').read())", ("more/text.txt", tasks_py("second"))),
        ("for each in Path('more').glob('*.task'): exec(each.read_text())", ("more/new.task", tasks_py("second"))),
        ("for each in os.listdir('more/made'): exec(f'@task\\ndef {each}(c): pass')", ("more/made/second", "")),
    ],
)
def test_a_change_of_what_was_read_is_seen(folder: Path, tmp_path: Path, above: str, change: tuple[str, str]) -> None:
    """A module, a file that was read, a folder that was listed."""
    (folder / "more" / "made").mkdir(parents=True)
    (folder / "more" / "inner.py").write_text("", encoding="utf-8")
    (folder / "more" / "text.txt").write_text("", encoding="utf-8")
    head = "import os\nfrom pathlib import Path\n"
    (folder / "tasks.py").write_text(tasks_py("first", above=head + above), encoding="utf-8")
    before = ask(tmp_path / "cache", "")

    (folder / change[0]).write_text(change[1], encoding="utf-8")

    assert before == ["first"]
    assert sorted(ask(tmp_path / "cache", "")) == ["first", "second"]


def test_a_nearer_tasks_file_is_seen(folder: Path, tmp_path: Path) -> None:
    """It is another project."""
    (folder / "inner").mkdir()
    os.chdir(folder / "inner")
    before = ask(tmp_path / "cache", "")

    (folder / "inner" / "tasks.py").write_text(tasks_py("nearer"), encoding="utf-8")

    assert before == ["first"]
    assert ask(tmp_path / "cache", "") == ["nearer"]


def test_an_environment_in_the_project_is_not_looked_after(folder: Path, tmp_path: Path) -> None:
    """It holds thousands of files, and its tools come and go."""
    installed = folder / "env" / "lib" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "far_away.py").write_text("", encoding="utf-8")
    above = f"import sys\nsys.path.append({str(installed)!r})\nimport far_away, near"
    (folder / "near.py").write_text("", encoding="utf-8")
    (folder / "tasks.py").write_text(tasks_py("first", above=above), encoding="utf-8")

    ask(tmp_path / "cache", "")

    stamps = json.loads(cached(tmp_path / "cache")[0].read_text(encoding="utf-8"))["stamps"]
    below = {Path(path).relative_to(folder).as_posix() for path, *_ in stamps if Path(path).is_relative_to(folder)}
    assert below - {"invoke.yaml", "invoke.yml", "invoke.json", "invoke.py"} == {".", "tasks.py", "near.py"}


def test_what_changes_while_it_is_read_is_not_relied_on(folder: Path, tmp_path: Path) -> None:
    """The JSON may show an older state than the file has now."""
    above = "from pathlib import Path\nPath(__file__).touch()"
    (folder / "tasks.py").write_text(tasks_py("first", above=above), encoding="utf-8")

    answer = ask(tmp_path / "cache", "")

    stamps = json.loads(cached(tmp_path / "cache")[0].read_text(encoding="utf-8"))["stamps"]
    assert answer == ["first"]
    assert [str(folder / "tasks.py"), None, None] in stamps


@pytest.mark.parametrize(
    "text", ["def", "raise SystemExit(3)", "import nothing_of_that_name", "print('x')\n1 / 0", "import os; os.abort()"]
)
def test_broken_tasks_offer_nothing_and_say_nothing(folder: Path, tmp_path: Path, text: str) -> None:
    """Until they are mended."""
    (folder / "tasks.py").write_text(text, encoding="utf-8")
    broken = ask(tmp_path / "cache", "")

    (folder / "tasks.py").write_text(tasks_py("mended"), encoding="utf-8")

    assert broken == []
    assert ask(tmp_path / "cache", "") == ["mended"]


def test_tasks_may_print_while_they_are_loaded(folder: Path, tmp_path: Path) -> None:
    """None of that reaches the prompt."""
    above = "import os, sys\nprint('noise'); print('noise', file=sys.stderr); os.system('echo noise')"
    (folder / "tasks.py").write_text(tasks_py("first", above=above), encoding="utf-8")

    assert ask(tmp_path / "cache", "") == ["first"]


def test_without_a_project_nothing_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no process is started for it."""
    monkeypatch.chdir(tmp_path)

    assert ask(tmp_path / "cache", "-c", "no_such_collection_anywhere", "") == []
    assert cached(tmp_path / "cache") == []


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "{}", '{"format": 1, "key": ["another"]}', '{"format": 0}', "\udcff"]
)
def test_a_damaged_cache_is_made_anew(folder: Path, tmp_path: Path, damage: str) -> None:
    """One of another project or another version counts as damaged."""
    ask(tmp_path / "cache", "")
    (file,) = cached(tmp_path / "cache")
    whole = file.read_text(encoding="utf-8")

    file.write_text(damage, encoding="utf-8", errors="surrogateescape")

    assert ask(tmp_path / "cache", "") == ["first"]
    assert file.read_text(encoding="utf-8") == whole


def test_a_cache_that_cannot_be_written_is_no_trouble(folder: Path, tmp_path: Path) -> None:
    """Nothing is offered then, and nothing is said."""
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")

    assert ask(tmp_path / "cache", "") == []


def test_the_tasks_of_aim_are_offered_without_those_of_the_project(folder: Path, tmp_path: Path) -> None:
    """Nothing in the folder one stands in is run: neither its tasks nor modules that lie in wait for our imports."""
    trap = f"open({str(tmp_path / 'sprung')!r}, 'a').close()\n"
    for name in ("tasks.py", "json.py", "subprocess.py", "invoke.py", "sitecustomize.py"):
        (folder / name).write_text(trap, encoding="utf-8")
    (folder / "aim_lib").mkdir()
    (folder / "aim_lib" / "__init__.py").write_text(trap, encoding="utf-8")
    path = os.pathsep.join(["", str(LIBRARY)])  # what PYTHONPATH=$PYTHONPATH:… often makes of an unset one

    found = ask(tmp_path / "cache", "tasks", "", source=completion.AIM[1], PYTHONPATH=path)

    assert found == ["list", "plan", "explain", "tree", "completion"]
    assert not (tmp_path / "sprung").exists()


def test_the_cache_of_aim_knows_the_files_of_its_tasks(tmp_path: Path) -> None:
    """An upgrade changes them, and with them what is offered."""
    ask(tmp_path / "cache", "", source=completion.AIM[1])

    stamps = json.loads(cached(tmp_path / "cache")[0].read_text(encoding="utf-8"))["stamps"]
    names = {Path(path).name for path, *_ in stamps}
    assert {"install.py", "tasks.py", "options.py", "completion.py", "program.py"} <= names
    assert [path for path, _, size in stamps if size is None] == [str(task_folder())]


# --- the scripts -------------------------------------------------------------------------------------------------


def filled(shell: str, python: str = "/usr/bin/python3", cache: str = "/tmp/cache") -> str:
    return completion.fill(shell, *completion.INVOKE[:1], (python, COMPLETE, cache, completion.INVOKE[1]))


def test_a_shell_that_is_not_known_is_refused() -> None:
    """With those that are."""
    with pytest.raises(BadConfig) as caught:
        completion.script("powershell", fakes.host())

    assert caught.value.message == "--shell 'powershell' is not known; did you mean 'pwsh'?"
    assert caught.value.remedy == "--shell bash, zsh, fish or pwsh"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "pwsh"])
def test_a_script_names_the_interpreter_that_printed_it(shell: str) -> None:
    """And the cache folder; no blank is left, and `invoke` has a short name."""
    host = fakes.host()
    result = completion.script(shell, host)

    assert host.python in result.text
    assert str(host.folders.cache) in result.text
    assert not re.search(r"@[A-Z]+@", result.text)
    assert result.body["programs"] == ["invoke", "inv"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "pwsh"])
def test_a_script_is_ascii(shell: str) -> None:
    """Whatever the encoding between us and the shell is, the paths arrive."""
    text = filled(shell, python=f"/home/José {NASTY}\n/日本/python", cache="/tmp/\udcff/\U0001f600")

    assert text.isascii()
    assert "\n/" not in text


def test_aim_prints_a_script_for_itself(tmp_path: Path) -> None:
    """And nothing on stderr; a shell reads it at its start, also where the configuration is wrong."""
    (tmp_path / "aim.toml").write_text("wrong", encoding="utf-8")
    command = [sys.executable, "-m", "aim_lib", "tasks", "completion", "--shell", "bash"]
    env = {**current().env, "PYTHONPATH": str(LIBRARY)}

    ended = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert ended.stderr == ""
    assert ended.stdout.splitlines()[-1] == "complete -o default -F _complete_aim aim"
    assert f"'{completion.AIM[1]}'" in ended.stdout


def test_invoke_prints_a_script_for_itself(folder: Path) -> None:
    """From the tasks that `namespace` adds to a project's own."""
    (folder / "tasks.py").write_text(
        "from aim_lib.engine import namespace\nns = namespace(__name__)\n", encoding="utf-8"
    )
    (folder / "invoke.yaml").write_text(
        "tasks: {executor_class: aim_lib.engine.executor.GraphExecutor}", encoding="utf-8"
    )
    command = [sys.executable, "-m", "invoke", "tasks.completion", "--shell", "bash"]
    env = {**current().env, "PYTHONPATH": str(LIBRARY)}

    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines()[-1] == "complete -o default -F _complete_invoke invoke inv"


# --- bash --------------------------------------------------------------------------------------------------------

# What readline does on Tab: it cuts the line, calls the function, and replaces the last part by what comes back.
TAB = """
line=$1; shift
COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_complete_invoke
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def own_python(tmp_path: Path) -> str:
    """An interpreter with our library in a folder whose name has all that a shell could stumble over."""
    place = tmp_path / NASTY
    venv.EnvBuilder(symlinks=True, with_pip=False).create(place)
    site = next((place / "lib").glob("python*/site-packages"))
    spec = importlib.util.find_spec("invoke")
    assert spec is not None
    assert spec.origin is not None
    (site / "ours.pth").write_text(f"{LIBRARY}\n{Path(spec.origin).parents[1]}\n", encoding="utf-8")
    return str(place / "bin" / "python")


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project of one task of the engine, and the cache about it."""
    made = tmp_path_factory.mktemp("bash")
    (made / "project").mkdir()
    above = f"import sys; sys.path.append({str(LIBRARY)!r})\nfrom aim_lib.engine import task"
    (made / "project" / "tasks.py").write_text(tasks_py("first", above=above), encoding="utf-8")
    return made


@pytest.fixture
def warm(projects: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The script for bash with the cache that those tests share; the test stands in their project."""
    monkeypatch.chdir(projects / "project")
    return filled("bash", sys.executable, str(projects / "cache"))


def tab(script: str, line: str, *words: str, shell: Sequence[str] = ()) -> list[str]:
    """What bash is told to offer for `line`, cut into `words` as readline does."""
    assert BASH is not None
    command = [BASH, "--norc", "--noprofile", *shell, "-c", script + TAB, "bash", line, *words]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(LIBRARY)}
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return [word for word in ended.stdout.split("\n") if word]


@POSIX_ONLY
def test_bash_offers_tasks_from_anywhere(folder: Path, tmp_path: Path, own_python: str) -> None:
    """The interpreter, the cache and the project lie in folders of difficult names."""
    there = tmp_path / f"project {NASTY}"
    folder.rename(there)
    os.chdir(there)
    script = filled("bash", own_python, str(tmp_path / f"cache {NASTY}"))

    assert tab(script, "invoke fi", "invoke", "fi") == ["first"]
    assert cached(tmp_path / f"cache {NASTY}") != []


@POSIX_ONLY
@pytest.mark.parametrize(
    ("line", "words", "found"),
    [
        ("invoke first --ou", ("invoke", "first", "--ou"), ["--output"]),
        ("invoke first --output=", ("invoke", "first", "--output", "="), ["group", "prefix"]),
        ("invoke first --output=gr", ("invoke", "first", "--output", "=", "gr"), ["group"]),
        ("invoke   first  --output  gr", ("invoke", "first", "--output", "gr"), ["group"]),
        ("invoke first --output=gr", ("invoke", "first", "--output=gr"), ["group"]),  # as bash 3.2 cuts it
        ("invoke first a:", ("invoke", "first", "a", ":"), []),
        ("invoke 'fir", ("invoke", "'fir"), ["first"]),
        ("invoke first; fir", ("invoke", "first;", "fir"), ["first"]),
        ("invoke nothing", ("invoke", "nothing"), []),
    ],
)
def test_bash_puts_the_words_together(warm: str, line: str, words: tuple[str, ...], found: list[str]) -> None:
    """It cuts at equals signs and colons, and is told only what replaces the last part."""
    assert tab(warm, line, *words) == found


@POSIX_ONLY
def test_bash_looks_only_at_what_stands_before_the_cursor(warm: str) -> None:
    """Whatever comes behind it is not asked about."""
    moved = warm.replace("_complete_invoke() {", "_complete_invoke() { COMP_POINT=9", 1)

    assert tab(moved, "invoke fix first", "invoke", "fix") == ["first"]


@POSIX_ONLY
def test_bash_offers_files_when_the_interpreter_is_gone(folder: Path, tmp_path: Path) -> None:
    """It is told nothing, and says nothing."""
    script = filled("bash", str(tmp_path / "removed" / "python"))

    assert tab(script, "invoke ", "invoke", "") == []
    assert "complete -o default" in script


@POSIX_ONLY
@pytest.mark.parametrize("text", ["", NASTY, "a\nb\t", "\udcff\u2019", "-n", "!!", "~", "x" * 300])
def test_bash_reads_a_quoted_path_as_it_was(text: str) -> None:
    """Whatever it holds."""
    command = [str(BASH), "-c", f"printf %s {completion.quote(text, 'bash')}"]
    ended = subprocess.run(command, capture_output=True, check=True)

    assert os.fsdecode(ended.stdout) == text


# --- PowerShell --------------------------------------------------------------------------------------------------


def parsed(script: str) -> Any:
    """The tree that a grammar of PowerShell makes of a script."""
    grammar = pytest.importorskip("tree_sitter_powershell", reason="the grammar is a dev dependency")
    tree_sitter = pytest.importorskip("tree_sitter", reason="the grammar is a dev dependency")
    return tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(script.encode()).root_node


def nodes(root: Any, kind: str) -> list[str]:
    """The texts of all nodes of a kind, in order."""
    found = [root.text.decode()] if root.type == kind else []
    return found + [text for child in root.children for text in nodes(child, kind)]


@pytest.mark.parametrize(
    "path", ["/usr/bin/python3", r"C:\Program Files\it's\python.exe", "C:\\José \u2019\\日本\U0001f600"]
)
def test_the_powershell_script_is_powershell(path: str) -> None:
    """A grammar finds nothing wrong in it, whatever the folders are called."""
    root = parsed(filled("pwsh", python=path, cache=path))

    assert not root.has_error
    assert "Register-ArgumentCompleter" in nodes(root, "command_name")
    assert "$cursorPosition" in nodes(root, "variable")


def test_the_powershell_grammar_finds_mistakes() -> None:
    """An unbalanced quote in a path would be one; this shows that the check sees it."""
    assert parsed(filled("pwsh").replace("'/usr", "'it's /usr")).has_error


def test_powershell_reads_a_quoted_path_as_it_was() -> None:
    """Its strings double the quotes; other characters come by their numbers."""
    said = completion.quote("it's José", "pwsh")

    assert said == "('' + 'it''s Jos' + [char]0x00e9)"
    assert nodes(parsed(f"& {said} -I"), "verbatim_string_characters") == ["''", "'it''s Jos'"]
    assert completion.quote("plain", "pwsh") == "'plain'"


def test_powershell_sends_all_in_one_word(folder: Path, tmp_path: Path) -> None:
    """Base64 there, JSON in ASCII back: empty words, quotes and encodings survive."""
    (folder / "tasks.py").write_text(tasks_py("first").replace("    pass", "    'Größe'"), encoding="utf-8")
    words = ["pwsh", str(tmp_path / "cache"), "", "invoke", ""]
    request = base64.b64encode("\0".join(words).encode()).decode()
    env = {**current().env, "PYTHONPATH": str(LIBRARY)}

    command = [sys.executable, "-I", "-S", COMPLETE, "--base64", request]
    ended = subprocess.run(command, env=env, capture_output=True, check=True)

    assert ended.stdout.isascii()
    assert json.loads(ended.stdout) == [{"text": "first", "help": "Größe"}]


@pytest.mark.parametrize(
    "words", [(), ("bash",), ("--base64",), ("--base64", "?"), ("bash", "/tmp", "no:such", "x", "")]
)
def test_whatever_it_is_given_it_ends_in_silence(words: tuple[str, ...], tmp_path: Path) -> None:
    """A prompt is no place for a traceback."""
    command = [sys.executable, "-I", "-S", COMPLETE, *words]
    ended = subprocess.run(command, env=dict(current().env), cwd=tmp_path, capture_output=True, check=True)

    assert (ended.stdout, ended.stderr) == (b"", b"")
