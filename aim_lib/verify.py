"""Is each tool there, at its version, does its command answer, and is it the one a shell would run? Mends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from . import copies, origins, ownership, reasons, versions
from .errors import AimError
from .host import Host
from .inventory import Inventory
from .model import Present, Record, Status, Wanted
from .proc import Runner
from .shells import absent_from_path, path_line, start_file
from .together import ask_together

ANSWER_S = 60.0  # a node CLI of 90 MB takes seconds on a cold disk
CANNOT_RUN = (126, 127)


@dataclass(frozen=True, slots=True)
class Verifier:
    """What verifying needs: the real host, the inventory, version rules, and a runner for the commands' answers."""

    host: Host
    found: Inventory
    ecosystems: Mapping[str, versions.Ecosystem]
    runner: Runner
    owners: Mapping[str, tuple[ownership.Owned, ...]] = field(default_factory=dict)  # found out by verify itself


def verify(wanted: Iterable[Wanted], verifier: Verifier) -> tuple[Record, ...]:
    """One Record per tool, in the order given, one for each that is there twice, one for folders that PATH lacks."""
    items = tuple(wanted)
    knowing = replace(verifier, owners=_owners(items, verifier))
    records = ask_together([partial(_verify_one, item, knowing) for item in items])
    twins = (finding.record for item in items for finding in _findings(item, knowing) if not finding.is_shadow)
    return (*records, *twins, *path_records(verifier.host, _folders_in_use(items, verifier)))


def path_records(host: Host, folders: Iterable[Path]) -> tuple[Record, ...]:
    """A warning when `folders` are not on the real PATH, with the line to add; () when all are."""
    absent = absent_from_path(host, folders)
    if not absent:
        return ()
    file = start_file(host)
    where = f"  (in {file})" if file else ""
    listed = ", ".join(map(str, absent))
    return (
        Record(
            id="path",
            status=Status.WARNED,
            title="PATH",
            detail=f"not on it: {listed}",
            remedy=path_line(host, absent) + where,
        ),
    )


def _verify_one(item: Wanted, verifier: Verifier) -> Record:
    have = verifier.found.present.get(item.id)
    trouble, remedy = _trouble(item, have, verifier)
    if trouble:
        return Record(id=item.id, status=Status.FAILED, title=item.name, detail=trouble, remedy=remedy)
    version = have.version if have else ""
    where = have.where if have else ""
    return Record(
        id=item.id, status=Status.OK, title=item.name, detail=version, where=where, facts={"version": version}
    )


def _trouble(item: Wanted, have: Present | None, verifier: Verifier) -> tuple[str, str]:
    if have is None:
        return "is not installed", f"aim install {item.name}"
    if have.flaw:
        return have.flaw, f"aim install {item.name}"
    want = item.version or item.request
    if not versions.accepts(verifier.ecosystems[item.kind], want, have.version):
        return f"{have.version} is there, {want} is wanted", "aim sync-versions"
    if item.lock_flaw:
        return item.lock_flaw, f"aim pin {item.name}"
    if origins.relocked([item], verifier.found.present, verifier.found.resources):
        return reasons.RELOCKED, "aim sync-versions"
    for command in item.commands or have.commands:
        trouble, remedy = _command_trouble(command, item, have, verifier)
        if trouble:
            return trouble, remedy
    for finding in _findings(item, verifier):
        if finding.is_shadow:
            return finding.detail, _way_out(finding, verifier.host)
    return _answer_trouble(item, have, verifier)


def _command_trouble(command: str, item: Wanted, have: Present, verifier: Verifier) -> tuple[str, str]:
    ours = _ours(command, have, verifier)
    if ours is None:
        return f"it brings no command {command}", f"correct its commands in aim.toml, or: aim install {item.name}"
    first = verifier.host.with_path_first(*verifier.found.bin_folders).which(command)
    if first is None or first.resolve() != ours.resolve():
        return f"{command} is {first}, not {ours}", f"remove {first}"
    return "", ""


def _findings(item: Wanted, verifier: Verifier) -> tuple[ownership.Finding, ...]:
    have = verifier.found.present.get(item.id)
    return ownership.findings(item.id, item.commands or (have.commands if have else ()), verifier.owners)


def _way_out(finding: ownership.Finding, host: Host) -> str:
    """Remove the other copy, or the line that puts ours first."""
    line = path_line(host, [Path(finding.ours).parent])
    return f"{finding.removal}, or: {line}" if finding.removal else line


def _owners(items: Iterable[Wanted], verifier: Verifier) -> Mapping[str, tuple[ownership.Owned, ...]]:
    found = verifier.found
    here = ((item.commands, found.present.get(item.id)) for item in items)
    commands = {command for commands, have in here if have for command in commands or have.commands}
    return copies.whose(verifier.host, commands, found.present.values(), found.command_folders)


def _answer_trouble(item: Wanted, have: Present, verifier: Verifier) -> tuple[str, str]:
    commands = item.commands or have.commands
    if not commands or not item.smoke:
        return "", ""
    command = item.name if item.name in commands else commands[0]
    program = _ours(command, have, verifier)
    env = verifier.host.with_path_first(*verifier.found.bin_folders).env
    try:
        answer = verifier.runner.run((str(program), *item.smoke), env=env, timeout_s=ANSWER_S)
    except AimError as error:
        return f"{command} cannot be started: {error.message}", f"aim install {item.name}"
    asked = " ".join((command, *item.smoke))
    if answer.timed_out:
        return (
            f"`{asked}` did not answer within {ANSWER_S:.0f} s",
            f'set smoke = ["--help"] for {item.name} in aim.toml',
        )
    if answer.exit_code:
        last = answer.last_words(1)
        hint = "" if answer.exit_code in CANNOT_RUN else f"; if that is its way, set smoke = [] for {item.name}"
        return f"`{asked}` ended with exit {answer.exit_code}: {last}", f"aim install {item.name}{hint}"
    return "", ""


def _ours(command: str, have: Present, verifier: Verifier) -> Path | None:
    folder = have.bin_folder or verifier.found.resources[have.kind].bin_folders[0]
    only = replace(verifier.host, env={**verifier.host.env, "PATH": str(folder)})
    return only.which(command)


def _folders_in_use(items: Iterable[Wanted], verifier: Verifier) -> tuple[Path, ...]:
    kinds = dict.fromkeys(item.kind for item in items if item.id in verifier.found.present)
    return tuple(dict.fromkeys(folder for kind in kinds for folder in verifier.found.resources[kind].bin_folders))
