"""One vault file on disk: read without a lock, changed under one, checked before it is written and after.

A user's own vault is closed to others, and its last version lies beside it. A team's is a committed file like
any other: its lock and its last version are kept in our own folders.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from . import age, private_files, secret_notes, sops_file, sops_opened
from .age import Keys
from .errors import BadConfig, Failed, NotAsWanted
from .files import PRIVATE_FILE, make_folder
from .host import Folders
from .sops_file import Sealed
from .sops_opened import Opened

TEAM_MODE, TEAM_FOLDER = 0o644, 0o755
# For who removes a recipient: what a new data key cannot do.
OLD_COPIES = "older copies of the file stay readable to who was removed: rotate the secrets that matter"


class VaultFile(msgspec.Struct, frozen=True):
    """`keys` is asked when something must be decrypted, not before."""

    path: Path
    lock: Path
    previous: Path
    keys: Callable[[], Keys]
    clock: Callable[[], datetime]
    is_private: bool = True

    def read(self) -> Sealed | None:
        """The document without its key; None when there is none. Raises NotPermitted, NotAsWanted, Unsupported."""
        # Windows does not replace a file that somebody is reading, nor lets one be read that is being replaced.
        if private_files.IS_POSIX or not self.path.exists():
            return self._read()
        with private_files.locked(self.lock):
            return self._read()

    def _read(self) -> Sealed | None:
        content = private_files.read(self.path, is_private=self.is_private)
        if content is None and self.is_private and self.previous.exists():
            raise NotAsWanted(f"{self.path} is gone, but the version before is there", remedy=sops_file.RESTORE)
        return None if content is None else sops_file.parse(content, str(self.path))

    def open(self) -> Opened | None:
        """The document with its key, its MAC checked; None when there is none. Raises what `read` and the keys do."""
        sealed = self.read()
        return None if sealed is None else sops_opened.open_sealed(sealed, self.keys())

    def _open(self) -> Opened | None:
        sealed = self._read()
        return None if sealed is None else sops_opened.open_sealed(sealed, self.keys())

    def change(self, edit: Callable[[Opened], Opened]) -> Opened:
        """Put `edit` of the document in its place, made when there is none; returns what is there now.

        Raises what `edit` and the keys raise, LockHeld, NotPermitted, Failed: the file is then as it was.
        """
        with private_files.locked(self.lock):
            before = self._open()
            after = edit(before if before is not None else self._new())
            content = sops_opened.dump(after, secret_notes.stamp(self.clock()))
            return self._put(content)

    def restore_previous(self) -> Opened:
        """Change places with the version before. Raises Failed when there is none, and what opening it does."""
        with private_files.locked(self.lock):
            content = private_files.read(self.previous)
            if content is None:
                raise Failed(f"there is no version before of {self.path}", remedy="aim secrets restore FILE")
            return self._put(content)

    def put_aside(self) -> Path | None:
        """Rename the file and the version before it, after this moment; where to, None when there is no file."""
        with private_files.locked(self.lock):
            at = self.clock().strftime("%Y%m%d-%H%M%S")
            found = [path for path in (self.path, self.previous) if path.exists()]
            for path in found:
                path.rename(path.with_name(f"{path.stem}.lost-{at}{path.suffix}"))
            return self.path.with_name(f"{self.path.stem}.lost-{at}{self.path.suffix}") if found else None

    def _new(self) -> Opened:
        recipients = self.keys().recipients[:1]
        if not recipients:
            raise BadConfig("a vault cannot be made for an SSH key alone", remedy="aim secrets init")
        return sops_opened.new(str(self.path), recipients)

    def _put(self, content: bytes) -> Opened:
        """Write what certainly can be opened again, and see that it arrived."""
        opened = sops_opened.open_sealed(sops_file.parse(content, str(self.path)), self.keys())
        had_one = self.path.exists()
        mode = PRIVATE_FILE if self.is_private else _mode_of(self.path)
        if not self.is_private:
            make_folder(self.path.parent, TEAM_FOLDER)
        private_files.replace(self.path, content, previous=self.previous, mode=mode)
        if private_files.read(self.path, is_private=self.is_private) != content:
            if had_one:
                private_files.replace(self.path, private_files.read(self.previous) or b"", mode=mode)
            raise Failed(
                f"{self.path} did not keep what was written; the version before is back", remedy="check the disk"
            )
        return opened

    def add_recipients(self, recipients: Sequence[str]) -> Opened:
        """Encrypt the file to these as well. Raises BadConfig for what is no public key."""
        for recipient in recipients:
            age.check_recipient(recipient)
        return self.change(lambda opened: sops_opened.with_recipients(opened, self.keys(), recipients))

    def remove_recipient(self, recipient: str) -> Opened:
        """Encrypt the file anew, with a new data key, to all others. Old copies of it stay readable to who was removed.

        Raises Failed when it is none of them, BadConfig when nobody, or we ourselves, would be left out.
        """
        return self.change(lambda opened: self._without(opened, recipient))

    def _without(self, opened: Opened, recipient: str) -> Opened:
        there, keys = opened.sealed.recipients, self.keys()
        if recipient not in there:
            shown = ", ".join(there)
            raise Failed(f"{self.path} is not encrypted to {recipient[:80]}", remedy=f"it is to one of: {shown}")
        left = [other for other in there if other != recipient]
        if keys.recipients and not set(left) & set(keys.recipients):
            raise BadConfig(f"you could no longer read {self.path} yourself", remedy="let another recipient do that")
        return sops_opened.rekeyed(opened, left)


def _mode_of(path: Path) -> int:
    """That of a file, which version control may have given it, or that of a new one."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return TEAM_MODE


def own(folder: Path, name: str, keys: Callable[[], Keys], clock: Callable[[], datetime]) -> VaultFile:
    """The user's own vault in `folder`; its lock and its last version lie beside it."""
    path = folder / name
    return VaultFile(path, folder / f".{name}.lock", path.with_suffix(f".previous{path.suffix}"), keys, clock)


def shared(path: Path, folders: Folders, keys: Callable[[], Keys], clock: Callable[[], datetime]) -> VaultFile:
    """A team's vault at `path`; what is beside it is not touched."""
    key = hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    folder = folders.data / "secrets" / "shared"
    return VaultFile(path, folder / f".{key}.lock", folder / f"{key}.previous.json", keys, clock, is_private=False)
