"""Which tools were made from another lock than they have by now. Reads what each keeps of its lock; mends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from .model import Present, Wanted
from .resources import ComparesLocks, Resource


def relocked(
    wanted: Iterable[Wanted], present: Mapping[str, Present], resources: Mapping[str, Resource]
) -> frozenset[str]:
    """Ids of the tools of `wanted` that are there, but were made from another lock than theirs; starts no program.

    A tool that was made from none is not among them, nor one of whose lock nothing is kept: then nothing tells.
    """
    locked = ((item, present.get(item.id)) for item in wanted if item.lock_sha256)
    return frozenset(item.id for item, have in locked if have and _is_relocked(item, have, resources[item.kind]))


def _is_relocked(item: Wanted, have: Present, resource: Resource) -> bool:
    if not have.made_from:
        return False
    try:
        content = Path(have.made_from).read_bytes()
    except OSError:
        return False
    import hashlib

    if hashlib.sha256(content).hexdigest() == item.lock_sha256:
        return False
    return not (isinstance(resource, ComparesLocks) and resource.is_same_lock(content, Path(item.lock_file)))
