"""Why a tool is not as wanted, in one short phrase, and who moved it as far as the disk tells. Pure."""

from __future__ import annotations

import re

from . import versions
from .model import Present, Wanted
from .pythons import wrong_python

RELOCKED = "its lock has changed"


def reason(
    item: Wanted, have: Present | None, ecosystem: versions.Ecosystem, installed: str = "", *, is_relocked: bool = False
) -> str:
    """Why `item` has to be changed, or "". `installed` is the version we last installed, "" when that is not known.

    `is_relocked` is whether it was made from another lock than the one it has by now.
    """
    if have is None:
        return "missing"
    if have.flaw:
        return f"broken: {have.flaw}"
    off = _version_reason(item, have.version, ecosystem)
    if off:
        mover = moved(have, ecosystem, installed)
        return f"{off}: {mover}" if mover else off
    wrong = wrong_python(item, have)
    if wrong:
        return f"wrong Python: {wrong}"
    lacking = sorted({_bare(extra) for extra in item.extras} - {_bare(extra) for extra in have.extras})
    if lacking:
        return f"lacks {', '.join(lacking)}"
    return have.misplaced(item.layout) or (RELOCKED if is_relocked else "")


def moved(have: Present, ecosystem: versions.Ecosystem, installed: str = "") -> str:
    """Who changed the version of `have` since it was installed, or "" when nobody did, or nothing tells.

    Its manager's receipt is compared with what is there: where they differ, it was changed inside its package, which
    is what a tool does that updates itself. Where they agree, on another version than we installed, it was another
    updater.
    """
    now, receipt = have.version, have.receipt
    if receipt and not versions.is_same(ecosystem, receipt, now):
        how = "updated itself" if versions.is_above(ecosystem, now, receipt) else "changed inside its package"
        return f"{how} from {receipt} to {now}"
    if installed and not versions.is_same(ecosystem, installed, now):
        return f"moved by another updater from {installed} to {now}"
    return ""


def _version_reason(item: Wanted, version: str, ecosystem: versions.Ecosystem) -> str:
    want = item.version or item.request
    if versions.accepts(ecosystem, want, version):
        return ""
    if item.version and not versions.exact(ecosystem, item.request):
        return "drifted from the lock"
    one = versions.exact(ecosystem, want)
    if not one:
        return f"outside {want}"
    return "above the wanted version" if versions.is_above(ecosystem, version, one) else "below the wanted version"


def _bare(requirement: str) -> str:
    """The normalised name of a requirement, without its extras and version."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]).lower()
