"""Write what a release is made of: a CycloneDX 1.6 document of AIM and of everything in requirements.lock.

    python .ci/sbom.py dist/sbom.cdx.json

Ours and not a tool's: the lock is the whole truth already, and a generator would be one more thing to trust and to pin.
Without a date and with a serial number made from its content, the same lock gives the same bytes;
tests/real/test_sbom.py has the document judged by CycloneDX's own strict schema.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: *; *(?P<marker>[^\\]+?))? *\\?$")
HASH = re.compile(r"^ +--hash=sha256:([0-9a-f]{64})")


def document(version: str, direct: list[str], lock: str) -> dict[str, Any]:
    """The document; `direct` are the names that AIM itself asks for."""
    found = components(lock)
    root = {
        "type": "application",
        "bom-ref": f"pkg:pypi/aim-plus@{version}",
        "name": "aim-plus",
        "version": version,
        "purl": f"pkg:pypi/aim-plus@{version}",
        "licenses": [{"license": {"id": "MIT"}}],
    }
    own = {canonical(name) for name in direct}
    body = {
        "metadata": {"component": root},
        "components": found,
        "dependencies": [
            {"ref": root["bom-ref"], "dependsOn": [each["bom-ref"] for each in found if each["name"] in own]}
        ],
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    head = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
    }
    return {**head, **body}


def components(lock: str) -> list[dict[str, Any]]:
    """Every pinned package with the hashes of its files and when it is needed. Raises SystemExit for another line."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lock.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if pinned := PINNED.match(line):
            found.append(component(pinned))
        elif (hashed := HASH.match(line)) and found:
            files = found[-1]["externalReferences"][0]["hashes"]
            files.append({"alg": "SHA-256", "content": hashed[1]})
        else:
            raise SystemExit(f"requirements.lock:{number} is neither a pinned package nor a hash: {line.strip()}")
    return found


def component(pinned: re.Match[str]) -> dict[str, Any]:
    name, version = canonical(pinned["name"]), pinned["version"]
    marker = [{"name": "aim:environment-marker", "value": pinned["marker"]}] if pinned["marker"] else []
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "externalReferences": [
            {"type": "distribution", "url": f"https://pypi.org/project/{name}/{version}/", "hashes": []}
        ],
        **({"properties": marker} if marker else {}),
    }


def canonical(name: str) -> str:
    """A name as indexes compare it (PEP 503); of a requirement its name."""
    return re.sub(r"[-_.]+", "-", re.split(r"[ ;<>=!~\[]", name, maxsplit=1)[0]).lower()


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = re.search(r'__version__ = "(.+)"', (ROOT / "aim_lib/__init__.py").read_text(encoding="utf-8"))
    if version is None or len(sys.argv) != 2:
        raise SystemExit(__doc__)
    made = document(version[1], project["dependencies"], (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target}: {len(made['components'])} components\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
