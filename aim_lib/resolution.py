"""What a request would get, what would run here, what is newest, and why they differ. Pure: judges what indexes say."""

from __future__ import annotations

import re
from datetime import datetime

from . import policy as policies
from . import versions
from .indexes import Need, Package, Release
from .model import Frozen
from .policy import Policy

DAY_S = 86400.0
RUNTIMES = {"npm": "node", "pypi": "Python", "cargo": "Rust"}


class Ask(Frozen, frozen=True):
    """One tool to resolve. `have` is "" when absent; `runtime` the version of its Python or Node, "" when unknown."""

    id: str
    kind: str
    name: str
    ecosystem: versions.Ecosystem
    request: str = "*"
    have: str = ""
    runtime: str = ""


class Resolution(Frozen, frozen=True):
    """What is known of one tool.

    `version`: what its installer would take for the request today; `allowed`: the newest that request and policy let
    it have ("" for none); `compatible`: the newest that runs here and is not withdrawn; `published`: the newest there
    is. `why` says why `published` is not what it would get. `age_days` is that of `allowed`, None when the index tells
    no dates; `unreadable` is why nothing is known.
    """

    id: str
    name: str
    have: str = ""
    exists: bool = True
    version: str = ""
    allowed: str = ""
    compatible: str = ""
    published: str = ""
    why: str = ""
    age_days: float | None = None
    deprecated: str = ""
    unreadable: str = ""
    warning: str = ""

    @property
    def is_newer_allowed(self) -> bool:
        """Whether an update within request and policy would bring something newer than what is there."""
        return bool(self.have and self.allowed and self.allowed != self.have)


def need(ask: Ask, policy: Policy) -> Need:
    """How much of the package to ask for at first."""
    if policy.cooldown_days:
        return Need.DATES
    return Need.LATEST if policy.max_major is None else Need.RELEASES


def is_enough(ask: Ask, package: Package, policy: Policy) -> bool:
    """Whether a package of which only the latest release is known answers all of `resolve`'s questions."""
    if not package.is_partial or not package.releases:
        return True
    latest = package.releases[-1]
    request = ask.request if policy.respect_pins else "*"
    one = versions.exact(ask.ecosystem, request)
    is_there = bool(one) and ask.have in ("", one)
    return _runs(ask, latest) and (is_there or versions.accepts(ask.ecosystem, request, latest.version))


def resolve(ask: Ask, package: Package, policy: Policy, now: datetime) -> Resolution:
    """Judge one tool by what its index says."""
    if not package.exists:
        return Resolution(id=ask.id, name=ask.name, have=ask.have, exists=False, unreadable=package.unreadable)
    request = ask.request if policy.respect_pins else "*"
    allowed = _newest_allowed(ask, request, package, policy, now)
    compatible, published = _preferred(ask, "*", package), _published(ask, package)
    release = _release(package, allowed)
    age = age_days(release, now)
    return Resolution(
        id=ask.id,
        name=ask.name,
        have=ask.have,
        version=_preferred(ask, ask.request, package),
        allowed=allowed,
        compatible=compatible,
        published=published,
        why=_why(ask, request, package, policy, now, allowed, published),
        age_days=age,
        deprecated=_deprecated(package, ask.have or published),
        warning="age unknown: its index tells no dates" if policy.cooldown_days and age is None and allowed else "",
    )


def age_days(release: Release | None, now: datetime) -> float | None:
    """Days since it was published, never below 0; None when nobody says."""
    if release is None or release.uploaded is None:
        return None
    return max(0.0, (now - release.uploaded).total_seconds() / DAY_S)


def _preferred(ask: Ask, request: str, package: Package) -> str:
    """What an installer takes for `request` by its ecosystem's own rules, or "".

    npm takes the tag `latest`, however unfit, when it is asked for; for a range it takes the latest when that fits and
    runs here, else the newest that does. Versions that are exact are taken even when withdrawn.
    """
    one = versions.exact(ask.ecosystem, request)
    if one:
        there = (each.version for each in package.releases if versions.is_same(ask.ecosystem, one, each.version))
        return next(there, one if package.is_partial else "")
    if ask.ecosystem == "npm":
        return _as_npm_chooses(ask, request, package)
    # From the newest down, and no further than needed: a package has hundreds of releases.
    return next((each.version for each in reversed(package.releases) if _suits(ask, request, each)), "")


def _as_npm_chooses(ask: Ask, request: str, package: Package) -> str:
    """https://github.com/npm/npm-pick-manifest: the latest tag, then engines and deprecation, then the version."""
    if request == "latest":
        return package.latest
    latest = _release(package, package.latest)
    if latest and _suits(ask, request, latest):
        return latest.version
    newest = package.releases[::-1]
    running = next((one.version for one in newest if _runs(ask, one) and _matches(ask, request, one)), "")
    return running or next((one.version for one in newest if _matches(ask, request, one)), "")


def _newest_allowed(ask: Ask, request: str, package: Package, policy: Policy, now: datetime) -> str:
    """The newest of what fits that policy lets pass; never older than what is there."""
    top = _cap(ask, package)
    # Of an exact request only the latest release is fetched: what is there as asked is allowed without a look.
    known = ask.have if package.is_partial and versions.exact(ask.ecosystem, request) == ask.have else ""
    for release in reversed(package.releases):
        if ask.have and versions.is_above(ask.ecosystem, ask.have, release.version):
            return known
        if top and versions.is_above(ask.ecosystem, release.version, top):
            continue  # above the author's "latest": a preview under another tag
        if _suits(ask, request, release) and not _objection(ask, release, policy, now):
            return release.version
    return known


def _cap(ask: Ask, package: Package) -> str:
    """npm's `latest` when it runs here: then nothing above it is anyone's update."""
    latest = _release(package, package.latest)
    return package.latest if ask.ecosystem == "npm" and latest and _runs(ask, latest) else ""


def _objection(ask: Ask, release: Release, policy: Policy, now: datetime) -> str:
    return policies.verdict(policy, ask.id, ask.have, release.version, ask.ecosystem, age_days(release, now))


def _published(ask: Ask, package: Package) -> str:
    return package.latest or (package.releases[-1].version if package.releases else "")


def _why(ask: Ask, request: str, package: Package, policy: Policy, now: datetime, allowed: str, published: str) -> str:
    """Why it would not get the newest: all that stands against that release."""
    if not published or published == (allowed or ask.have):
        return ""
    release = _release(package, published)
    if release is None:
        return ""
    reasons = (
        _unmet(ask, release),
        _withdrawn(release),
        f"{published} is a pre-release" if versions.is_prerelease(ask.ecosystem, published) else "",
        _objection(ask, release, policy, now),
        "" if versions.accepts(ask.ecosystem, request, published) else f"{request} is asked for",
    )
    return "; ".join(filter(None, reasons))


def _unmet(ask: Ask, release: Release) -> str:
    if _needs_met(ask, release):
        return ""
    return f"{release.version} needs {RUNTIMES[ask.ecosystem]} {release.needs}, here is {ask.runtime}"


def _withdrawn(release: Release) -> str:
    if release.yanked:
        return f"{release.version} is yanked{'' if release.yanked == 'yanked' else f': {release.yanked}'}"
    return f"{release.version} is deprecated: {release.deprecated}" if release.deprecated else ""


def _deprecated(package: Package, version: str) -> str:
    """The author's words on the version that counts, else on the package."""
    release = _release(package, version)
    return (release.deprecated if release else "") or package.deprecated


def _suits(ask: Ask, request: str, release: Release) -> bool:
    """Whether `release` fits the request and runs here, and its author stands by it."""
    if versions.exact(ask.ecosystem, request):
        return _matches(ask, request, release)
    return _matches(ask, request, release) and _runs(ask, release)


def _matches(ask: Ask, request: str, release: Release) -> bool:
    if versions.is_prerelease(ask.ecosystem, release.version) and not _names_prerelease(ask, request):
        return False
    return versions.accepts(ask.ecosystem, request, release.version)


def _names_prerelease(ask: Ask, request: str) -> bool:
    """A request that itself names a pre-release lets them in: `>=2.0rc1`, `^2.0.0-beta.1`."""
    pattern = r"\d(a|b|rc|\.dev)\d" if ask.ecosystem == "pypi" else r"\d-[0-9A-Za-z]"
    return bool(re.search(pattern, request))


def _runs(ask: Ask, release: Release) -> bool:
    return not release.yanked and not release.deprecated and _needs_met(ask, release)


def _needs_met(ask: Ask, release: Release) -> bool:
    """Whether the runtime will do; unknown or unreadable needs do not stand in the way, as in npm and pip."""
    if not release.needs or not ask.runtime or ask.ecosystem == "cargo":
        return True
    needs = re.sub(r"([<>=~^]) +", r"\1", release.needs)  # "> = 18" is written by nobody, ">= 18" by many
    if versions.problem(ask.ecosystem, needs):
        return True
    return versions.accepts(ask.ecosystem, needs, ask.runtime)


def _release(package: Package, version: str) -> Release | None:
    return next((one for one in package.releases if one.version == version), None)
