"""What a scenario file cannot say: that the document for people from InvokeBuild is true, and small cases apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_scenarios import play

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "from-invokebuild.md"
SCENARIOS = sorted((ROOT / "tests" / "scenarios").glob("engine_*.txt"))
ENGINE = "-- invoke.yaml --\ntasks: {executor_class: aim_lib.engine.executor.GraphExecutor}\n-- tasks.py --\n"


def fenced(language: str) -> list[str]:
    """The document's blocks of code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def played() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in SCENARIOS)


@pytest.mark.parametrize("place", range(len(fenced("python"))))
def test_every_example_runs_in_a_scenario(place: int) -> None:
    """Line by line, comments and all."""
    assert fenced("python")[place] in played()


def test_every_session_of_the_document_is_played() -> None:
    """Its commands are run in a scenario, and the lines below them are expected there."""
    lines = "\n".join(fenced("console")).splitlines()
    expected = set(played().splitlines())
    unknown = [line for line in lines if line and not is_expected(line, expected)]

    assert len(lines) > 10
    assert unknown == []


def is_expected(line: str, expected: set[str]) -> bool:
    text = re.sub(r"\d+\.\d s", "[SECONDS] s", line)
    return line in expected if line.startswith("$ ") else bool({f"> {text}", f"2> {text}", f"err {text}"} & expected)


def test_every_scenario_is_in_the_table() -> None:
    """And the table names no other."""
    named = set(re.findall(r"`(engine_\w+)`", DOCUMENT.read_text(encoding="utf-8")))

    assert named == {path.stem for path in SCENARIOS}


def test_what_follows_a_task_comes_right_behind_it(tmp_path: Path) -> None:
    """InvokeBuild appends -After to the jobs of the target, before whatever comes after the target."""
    script = """\
from aim_lib.engine import task


@task
def build(c):
    print("build")


@task
def lint(c):
    print("lint")


@task(after="build")
def sign(c):
    print("sign")


@task(pre=[build, lint])
def test(c):
    print("test")
"""

    play(f"$ invoke test\n> build\n> sign\n> lint\n> test\n{ENGINE}{script}", tmp_path)


def test_functions_are_asked_once(tmp_path: Path) -> None:
    """InvokeBuild evaluates -Inputs once, before -Outputs, so that it can prepare what the outputs need."""
    script = """\
from pathlib import Path

from aim_lib.engine import task


@task
def first(c):
    print("first")


def inputs():
    print("inputs")
    return Path().glob("*.yaml")


def outputs():
    print("outputs")
    return []


@task(pre=[first], inputs=inputs, outputs=outputs)
def build(c):
    print("build")
"""

    play(f"$ invoke build\n> first\n> inputs\n> outputs\n> build\n{ENGINE}{script}", tmp_path)


SETTINGS = """\
from aim_lib.engine import namespace, task


@task
def breaks(c):
    raise SystemExit("no")


@task
def docs(c):
    print("docs")


ns = namespace(__name__)
ns.configure({"engine": {"keep_going": False}})
"""


def test_a_variable_sets_an_option_of_every_run(tmp_path: Path) -> None:
    """As Invoke has it for settings that are known: INVOKE_ENGINE_KEEP_GOING."""
    play(f"env INVOKE_ENGINE_KEEP_GOING=1\n$ invoke breaks docs\n? 1\n> docs\n{ENGINE}{SETTINGS}", tmp_path)


def test_a_namespace_sets_an_option_of_every_run(tmp_path: Path) -> None:
    """Without a file beside tasks.py."""
    settings = SETTINGS.replace("False", "True")

    play(f"$ invoke breaks docs\n? 1\n> docs\n{ENGINE}{settings}", tmp_path)


def test_a_list_with_an_empty_tuple_as_default(tmp_path: Path) -> None:
    """The annotation says that it can be given again, not the default."""
    script = """\
from aim_lib.engine import task


@task
def build(c, define: list[str] = ()):
    print(*define)
"""

    play(f"$ invoke build --define a=1 --define b=2\n> a=1 b=2\n{ENGINE}{script}", tmp_path)


def test_help_of_an_argument_is_in_the_document(tmp_path: Path) -> None:
    """`tasks.list --json` says what `--help` says."""
    script = """\
from aim_lib.engine import namespace, task


@task(help={"server": "where to"})
def deploy(c, server="test"):
    print(server)


ns = namespace(__name__)
"""

    play(f"$ invoke tasks.list --json\njson tasks.0.arguments.0.help = where to\n{ENGINE}{script}", tmp_path)


def test_inputs_can_be_opened_from_a_subfolder(tmp_path: Path) -> None:
    """The task stays in the folder of the caller, and its files are named from there."""
    script = """\
import sys
from pathlib import Path

from aim_lib.engine import task


@task(inputs="*.yaml", outputs="made")
def build(c):
    print(len(Path(c.inputs[0]).read_text()) > 0)
    Path(c.outputs[0]).touch()


@task
def below(c):
    Path("sub").mkdir()
    with c.cd("sub"):
        c.run([sys.executable, "-m", "invoke", "build"])
"""

    play(f"$ invoke below\n> True\nexists made\n$ invoke build\nout nothing\n{ENGINE}{script}", tmp_path)


def test_a_failing_hook_of_the_run_leaves_honest_states(tmp_path: Path) -> None:
    """What was never begun is cancelled: its state is one of those that the record counts."""
    script = """\
from aim_lib.engine import on_enter_run, task


@on_enter_run
def enter(run):
    raise RuntimeError("no licence")


@task
def build(c):
    print("never")
"""

    play(
        "$ invoke build --json\n? 1\njson result = aborted\njson tasks.0.state = cancelled\n"
        f"json totals.cancelled = 1\n{ENGINE}{script}",
        tmp_path,
    )


def test_exit_hooks_see_the_state_after_a_failing_enter_hook(tmp_path: Path) -> None:
    """The task has failed by then."""
    script = """\
from aim_lib.engine import on_enter_task, on_exit_task, task


@on_enter_task
def enter(state):
    raise RuntimeError("no licence")


@on_exit_task
def leave(state):
    print("exit", state.state)


@task
def build(c):
    print("never")
"""

    play(f"$ invoke build\n? 1\n> exit failed\n{ENGINE}{script}", tmp_path)


def test_a_tree_never_runs_what_it_is_asked_about(tmp_path: Path) -> None:
    """`invoke tasks.tree deploy` is what InvokeBuild's Show-BuildTree Deploy is typed as."""
    script = """\
from aim_lib.engine import namespace, task


@task
def deploy(c):
    open("deployed", "w").close()


ns = namespace(__name__)
"""

    play(f"$ invoke tasks.tree deploy\n? 2\nout nothing\nabsent deployed\n{ENGINE}{script}", tmp_path)


def test_a_task_that_leaves_with_a_code_says_so(tmp_path: Path) -> None:
    """Else only its code tells what happened."""
    script = """\
from aim_lib.engine import task


@task
def leaves(c):
    raise SystemExit(42)
"""

    play(f"$ invoke leaves\n? 42\nerr left with exit 42\n{ENGINE}{script}", tmp_path)


def test_a_single_incremental_task_says_why_it_runs(tmp_path: Path) -> None:
    """As InvokeBuild does: missing output, out-of-date output."""
    script = """\
from pathlib import Path

from aim_lib.engine import task


@task(inputs="tasks.py", outputs="out.txt")
def build(c):
    Path("out.txt").touch()


@task
def remove(c):
    Path("out.txt").unlink()
"""

    play(f"$ invoke build\n$ invoke remove\n$ invoke build\nerr out.txt is missing\n{ENGINE}{script}", tmp_path)
