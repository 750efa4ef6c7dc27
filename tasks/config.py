"""Configuration: what counts, where it came from, is it right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ._app import asked, command

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Record, Result


@command(default=True, help={"origin": "say which file each value came from"})
def show(app: App, origin: bool = False) -> Result:
    """The merged configuration as TOML; with --origin, where each value came from."""
    import msgspec
    import tomli_w

    from aim_lib.config import DEFAULT_FILE
    from aim_lib.model import Result, Table

    merged = msgspec.to_builtins(app.settings.config)
    body = {"config": merged, "origins": dict(app.settings.origins)}
    if not origin:
        return Result(text=tomli_w.dumps(merged), body=body)
    rows = [(key, _shown(value), app.settings.origins.get(key, DEFAULT_FILE)) for key, value in _leaves(merged)]
    return Result(table=Table(columns=("key", "value", "from"), rows=tuple(rows)), body=body)


@command(lenient=True)
def validate(app: App) -> Result:
    """Check every configuration file, and every plugin; every mistake is reported, exit 2."""
    from aim_lib import catalog, config, plugins
    from aim_lib.model import Result

    broken = catalog.refused_anywhere()
    if broken:
        error = plugins.unusable(broken)
        error.details = tuple(dict.fromkeys((*error.details, *app.settings.problems)))
        raise error
    if app.settings.problems:
        config.load_config(app.host)  # says so with its own words
    left = {layer.name: layer.left for layer in app.settings.layers}
    records = [_valid(name, left.get(name, ())) for name in app.config_files()]
    return Result(records=tuple(records), body={"files": app.config_files()})


def _valid(name: str, left: tuple[str, ...]) -> Record:
    """How one file is; of a predecessor's not all is of use here."""
    from aim_lib.model import Record, Status

    if not left:
        return Record(id=name, status=Status.OK, title=name, detail="valid")
    count = "1 of its keys is" if len(left) == 1 else f"{len(left)} of its keys are"
    detail = f"valid; {count} of no use here"
    return Record(id=name, status=Status.OK, title=name, detail=detail, remedy="aim config migrate says which, and why")


@command()
def trust(app: App) -> Result:
    """Consent to the code that this project's aim.toml would have us build and run; until the file changes."""
    from aim_lib import injection
    from aim_lib.errors import BadConfig
    from aim_lib.model import Record, Result, Status

    if app.settings.project is None:
        raise BadConfig("there is no aim.toml here or above", remedy="go to the project's folder, or: aim init")
    files = app.settings.project_files
    if not asked().dry_run:
        injection.remember(app)
    said = "trusted until it changes"
    return Result(
        records=tuple(Record(id="trust", status=Status.CHANGED, title=str(file), detail=said) for file in files)
    )


@command(help={"output": "write it to this file instead of stdout"})
def schema(app: App, output: str = "") -> Result:
    """The JSON schema of aim.toml, for editors."""
    import json

    from aim_lib import files
    from aim_lib.model import Record, Result, Status
    from aim_lib.schema import json_schema

    document = json_schema()
    text = json.dumps(document, indent=2) + "\n"
    if not output:
        return Result(text=text, body={"schema": document})
    files.write_text(Path(output), text)
    record = Record(id="schema", status=Status.CHANGED, title=output, detail="written", where=output)
    return Result(records=(record,), body={"schema": document})


def _leaves(tree: dict[str, object], path: tuple[str, ...] = ()) -> list[tuple[str, object]]:
    from aim_lib.mistakes import dotted

    found: list[tuple[str, object]] = []
    for key, value in tree.items():
        here = (*path, key)
        is_tool = here[0] == "tools" and len(here) > 2
        found += _leaves(value, here) if isinstance(value, dict) and value and not is_tool else [(dotted(here), value)]
    return found


def _shown(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
