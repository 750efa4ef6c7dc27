"""What every task shares: the App, the options of the run, how a Result is shown, and how to ask a person."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aim_lib.engine.deferred import DeferredTask

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.engine.options import Options
    from aim_lib.engine.run import Run
    from aim_lib.model import Result


def command(**settings: Any) -> Callable[[Callable[..., Result]], DeferredTask]:
    """Make an Invoke task of a function `(app, …) -> Result`: build the App, call, keep and show the Result.

    Takes what Invoke's `@task` takes, and `lenient`: run with the built-in defaults when the configuration is wrong,
    for commands whose work it is to say so.
    """
    return functools.partial(_as_task, settings.pop("lenient", False), settings)


def _as_task(lenient: bool, settings: dict[str, Any], body: Callable[..., Result]) -> DeferredTask:
    @functools.wraps(body)
    def shown(_context: Any, *args: Any, **kwargs: Any) -> Result:
        import msgspec

        from ._recording import recorded

        run = current_run()
        app = the_app(lenient=lenient)
        with recorded(app, run.current or body.__name__, is_dry=run.options.dry_run) as outcome:
            said = outcome.result = body(app, *args, **kwargs)
        result = msgspec.structs.replace(said, command=run.current or said.command or body.__name__)
        run.results.append(result)
        _show(result, run)
        return result

    return DeferredTask(shown, settings)


def said_by(task: DeferredTask, app: App, **arguments: Any) -> Result:
    """What another command says: its Result alone, neither shown nor put on record."""
    body: Any = task.body
    said: Result = body.__wrapped__(app, **arguments)
    return said


def current_run() -> Run:
    """The run that goes on; imported late, for a listing has none."""
    from aim_lib.engine.run import current_run as engines

    return engines()


def the_app(*, lenient: bool = False) -> App:
    """The App of this run, built when first needed; see `command` for `lenient`."""
    run = current_run()
    if "app" not in run.memory:
        from aim_lib import app, host
        from aim_lib.redact import mask_credentials

        engines = run.redact
        run.redact = lambda text: mask_credentials(engines(text))  # a mistake in aim.toml is quoted
        _check_format(run.options.format)
        run.on_end.append(lambda code: _finish(run, code))
        run.has_document = True
        flags = {"bootstrap": {"offline": True}} if run.options.offline else None
        built = app.build(host.current(), lenient=lenient, flags=flags)
        run.redact = lambda text: built.redactor.text(engines(text))
        built.audit.say = say_always
        run.memory["app"] = built
    found: App = run.memory["app"]
    return found


def config_key(_context: Any) -> str:
    """What the steps of bootstrap depend on: under another configuration `--resume` does them again."""
    import msgspec

    return msgspec.json.encode(the_app().settings.config, order="deterministic").decode()


def asked() -> Options:
    """What was asked for the whole run: dry run, format, quiet, yes."""
    return current_run().options


def chain_option(name: str) -> bool:
    """Whether `bootstrap` was given the switch `name`; its steps ask, for Invoke tells them nothing of it."""
    return bool(current_run().arguments.get("bootstrap", {}).get(name))


def say(line: str) -> None:
    """A line for people, on stderr: never mixed with a result."""
    if not asked().quiet:
        sys.stderr.write(f"{current_run().redact(line)}\n")
        sys.stderr.flush()


def say_always(line: str) -> None:
    """As `say`, also when the run is quiet: a warning."""
    sys.stderr.write(f"{current_run().redact(line)}\n")
    sys.stderr.flush()


def usual_python() -> str:
    """The Python ("3.12") that tools are built with unless they say another: the one that runs us."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def confirm(question: str) -> bool:
    """Ask on a terminal; without one, or in CI, the answer is what `--yes` says."""
    host = the_app().host
    if asked().yes or not host.is_interactive or host.in_ci:
        return asked().yes
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _check_format(name: str) -> None:
    from aim_lib import catalog
    from aim_lib.errors import BadConfig
    from aim_lib.mistakes import did_you_mean
    from aim_lib.reports import format_of

    known = [format_of(member) for member in catalog.members("aim_lib.reports")]
    if name not in known:
        current_run().options.format = "terminal"
        raise BadConfig(f"--format {name!r} is not known{did_you_mean(name, known)}", remedy="--format terminal")
    if name in catalog.added("aim_lib.reports"):
        try:
            catalog.load("aim_lib.reports", name)
        except BadConfig:
            current_run().options.format = "terminal"
            raise


def _show(result: Result, run: Run) -> None:
    if run.options.format != "terminal" or (run.options.quiet and not result.exit_code):
        return
    from aim_lib.engine.summary import look_of, print_out
    from aim_lib.reports import terminal

    print_out(run.redact(terminal.render(result, look_of(sys.stdout, the_app().host))))


def _finish(run: Run, code: int) -> None:
    """At the end of the run: the one document, when a document was asked for."""
    if run.options.format == "terminal":
        return
    from aim_lib import catalog, host
    from aim_lib.engine.summary import look_of, print_out
    from aim_lib.reports import member_of

    report = catalog.load("aim_lib.reports", member_of(run.options.format))
    look = look_of(sys.stdout, host.current(), host.iso(host.utc_now()))
    whole = _whole(run, code)
    print_out(run.redact(report.render(whole, look)))
    if run.options.format == "github":
        from ._stepping import add_summary

        add_summary(host.current(), whole, look, run)


def _whole(run: Run, code: int) -> Result:
    """One Result for the run: the requested task's own, with what its chain and its failure add."""
    import msgspec

    from aim_lib.engine.run import FAILED
    from aim_lib.model import Record, Result, Status

    asked_for = [result for result in run.results if result.command in run.requested]
    last = asked_for[-1] if asked_for else Result(command=" ".join(run.requested))
    records = tuple(record for result in run.results for record in result.records)
    failures = tuple(
        Record(
            id=state.name,
            status=Status.FAILED,
            title=state.name,
            detail="\n".join((state.reason, *state.details)),
            remedy=state.remedy,
        )
        for state in run.states
        if state.state == FAILED and state.reason
    )
    return msgspec.structs.replace(last, records=(*records, *failures), exit_code=code)
