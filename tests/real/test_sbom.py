"""What a release is made of, judged by CycloneDX's own strict schema, from its own library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
JUDGE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
trouble = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1], encoding="utf-8").read())
sys.exit(str(trouble) if trouble else 0)
"""
pytestmark = pytest.mark.real


@pytest.mark.parametrize("spoiled", [False, True])
def test_the_document_is_valid(tmp_path: Path, spoiled: bool) -> None:
    """And the judge is one: a document without its version is not."""
    path = tmp_path / "sbom.cdx.json"
    subprocess.run([sys.executable, str(ROOT / ".ci/sbom.py"), str(path)], check=True)
    if spoiled:
        path.write_text(
            path.read_text(encoding="utf-8").replace('"version": 1,', '"version": "one",'), encoding="utf-8"
        )
    judge = ["--with", "cyclonedx-python-lib[json-validation]>=11", "python", "-c", JUDGE, str(path)]

    done = subprocess.run(
        [sys.executable, "-m", "uv", "run", "--quiet", "--no-project", *judge],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert (done.returncode == 0) != spoiled, done.stderr
