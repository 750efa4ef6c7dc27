"""What each command leaves in the event log by itself, beside the events of what it does.

A command that changes something, or touches secrets, is announced before it begins: where that cannot be put on record
it does not begin. One that only looks at the machine says so afterwards. A dry run leaves nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aim_lib.app import App
    from aim_lib.model import Result

ANNOUNCED = frozenset(
    {
        *("adopt", "bootstrap", "prepare", "init", "install", "sync-versions", "version.sync", "pin", "version.pin"),
        *("unpin", "run", "config.trust", "tools.install", "tools.uninstall", "tools.update", "update.all"),
        *("secrets.ensure", "secrets.init", "secrets.export", "secrets.import"),
        *("secrets.backup", "secrets.restore", "secrets.recipients", "secrets.run", "secrets.scan", "secrets.set"),
        *("secrets.rotate", "secrets.get", "secrets.delete", "secrets.rename"),
        *("audit.rotate", "audit.import-legacy", "support.bundle", "ai.run"),
        *("health.schedule", "health.unschedule", "env.apply"),
    }
)
LOOKED = frozenset(
    {
        *("status", "plan", "verify", "tools.verify", "tools.list", "version.check", "update.check", "export", "ci"),
        *("health.check", "health.verify", "health.report", "check"),
        *("env.show", "env.doctor", "ai.status", "ai.route", "ai.validate"),
        *("secrets.status", "secrets.list", "audit.verify", "audit.export"),
    }
)
# Announced, and done all the same while `aim.enabled` is false: they change nothing but what is AIM's own.
UNHELD = ("secrets.", "audit.", "config.", "ai.")
ALSO_UNHELD = frozenset({"run", "init", "unpin"})
# They read our own files alone, or, those of `dev`, the repository of AIM itself.
SILENT = frozenset(
    {
        *("config.show", "config.validate", "config.schema", "audit.show", "audit.query", "audit.stats"),
        *("health.explain", "preflight"),  # the second writes its events itself: it is a function for programs, too
        "env.activate",
        *("tasks.list", "tasks.plan", "tasks.explain", "tasks.tree", "tasks.completion"),
    }
)
# Commands that end with an event of their own kind instead of `read.machine`.
OWN_TYPES = {
    "health.check": "health.check",
    "health.verify": "health.check",
    "health.report": "health.check",
    "check": "health.check",
    "secrets.status": "read.secrets",
    "secrets.list": "read.secrets",
    "audit.verify": "log.verified",
    "audit.export": "log.exported",
}


class Outcome:
    """What the command has said in the end."""

    result: Result | None = None


def refuse_when_off(app: App, name: str) -> None:
    """Raises NotPermitted for a command that changes the machine while `aim.enabled` is false."""
    if app.settings.config.aim.enabled or name not in ANNOUNCED or name in ALSO_UNHELD or name.startswith(UNHELD):
        return
    from aim_lib.errors import NotPermitted

    where = app.settings.origins.get("aim.enabled", "the configuration")
    raise NotPermitted(
        f"AIM is switched off, {name} changes nothing: aim.enabled is false ({where})",
        remedy="set enabled = true in [aim], or for one run: AIM_AIM_ENABLED=true",
    )


@contextlib.contextmanager
def recorded(app: App, name: str, *, is_dry: bool) -> Iterator[Outcome]:
    """Put a command on record. Raises NotPermitted, before it begins, when it must be and cannot, or AIM is off."""
    outcome = Outcome()
    if not is_dry:
        refuse_when_off(app, name)
    if is_dry or name in SILENT or name not in ANNOUNCED | LOOKED:
        yield outcome
        return
    from aim_lib.errors import AimError, Interrupted, OurBug

    if name in ANNOUNCED:
        app.audit.write("run.began", f"aim {name.replace('.', ' ')}", details={"command": name})
    try:
        yield outcome
    except AimError as error:
        told = {"operation": name, "error": error.message, "exit_code": error.exit_code, "remedy": error.remedy}
        app.audit.write("error", f"{name}: {error.message}", severity="error", details=told)
        raise
    except KeyboardInterrupt:
        told = {"operation": name, "error": "interrupted", "exit_code": Interrupted.exit_code}
        app.audit.write("error", f"{name}: interrupted", severity="warning", details=told)
        raise
    except Exception as error:
        told = {"operation": name, "error": type(error).__name__, "exit_code": OurBug.exit_code}
        app.audit.write("error", f"{name}: {type(error).__name__}", severity="critical", details=told)
        raise
    if name in LOOKED and outcome.result is not None:
        _looked(app, name, outcome.result)


def _looked(app: App, name: str, result: Result) -> None:
    told: dict[str, object] = {"command": name, "exit_code": result.exit_code}
    message = f"aim {name.replace('.', ' ')}"
    if OWN_TYPES.get(name) == "health.check":
        found = result.body.get("health", result.body)
        counts = dict(found.get("summary", {}))
        told |= {"status": found.get("overall_status"), "passed": counts.get("pass"), "failed": counts.get("fail")}
        message = f"{told['status']}: {', '.join(f'{count} {word}' for word, count in counts.items())}"
    severity = "warning" if result.exit_code or told.get("status", "healthy") != "healthy" else "info"
    app.audit.write(OWN_TYPES.get(name, "read.machine"), message, severity=severity, details=told)
