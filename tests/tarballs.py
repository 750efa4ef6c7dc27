"""npm packages made by hand: their tarballs, npm's cache with them, and a folder that is locked to them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def member(path: str, text: str | bytes | None = "", mode: int = 0o644, **more: Any) -> tuple[tarfile.TarInfo, bytes]:
    """A file of a tarball, or a folder where `text` is None; `more` are further fields of its header."""
    content = text.encode() if isinstance(text, str) else text or b""
    info = tarfile.TarInfo(path)
    info.mode, info.size = mode, len(content)
    info.type = tarfile.DIRTYPE if text is None else tarfile.REGTYPE
    for name, value in more.items():
        setattr(info, name, value)
    return info, content


def tarball(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(made.getvalue(), mtime=0)


def files(**texts: str) -> bytes:
    """A tarball with these files; "__" stands for "/", and "_" for the dot of an ending."""
    names = {name: name.replace("__", "/").replace("_", ".") for name in texts}
    return tarball(*(member(f"package/{names[name]}", text) for name, text in texts.items()))


@dataclass
class Locked:
    """A build that asks for the tool "cow" 1.0.0, and an npm's cache."""

    root: Path
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def modules(self) -> Path:
        return self.build / "node_modules"

    def add(self, name: str, packed: bytes | None = None, **entry: Any) -> Path:
        """Lock a package, at its place below node_modules; where its content lies."""
        packed = files(package_json="{}") if packed is None else packed
        digest = hashlib.sha512(packed).digest()
        place = f"node_modules/{name}"
        file = f"https://registry.npmjs.org/{name.rpartition('node_modules/')[2]}/-/x-1.0.0.tgz"
        integrity = f"sha512-{base64.b64encode(digest).decode()}"
        self.entries[place] = {"version": "1.0.0", "resolved": file, "integrity": integrity, **entry}
        text = digest.hex()
        content = self.cache / "_cacache" / "content-v2" / "sha512" / text[:2] / text[2:4] / text[4:]
        content.parent.mkdir(parents=True, exist_ok=True)
        content.write_bytes(packed)
        return content

    def write(self) -> Path:
        """The files that AIM puts into a build; the build."""
        self.build.mkdir(exist_ok=True)
        wanted = {"dependencies": {"cow": "1.0.0"}}
        packages = {"": {"name": "own", **wanted}, **self.entries}
        lock = {"name": "own", "lockfileVersion": 3, "requires": True, "packages": packages}
        (self.build / "package.json").write_text(json.dumps({"name": "own", "private": True, **wanted}))
        (self.build / "package-lock.json").write_text(json.dumps(lock))
        return self.build
