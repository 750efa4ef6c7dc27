"""What is in the wheel and the source archive; built here, installed nowhere."""

from __future__ import annotations

import email
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from aim_lib import __version__

ROOT = Path(__file__).resolve().parents[1]


def build(source: Path, target: Path, *kinds: str) -> Path:
    """Build `source` with the hatchling of this environment, without the network; returns `target`."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target), *kinds]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return target


def content(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def files(dist: Path) -> dict[str, bytes]:
    """What is in the wheel."""
    return content(next(dist.glob("*.whl")))


@pytest.fixture(scope="module")
def metadata(files: dict[str, bytes]) -> Message:
    """What the wheel says of itself."""
    return email.message_from_string(files[f"aim_plus-{__version__}.dist-info/METADATA"].decode())


def test_nothing_but_our_package_reaches_site_packages(files: dict[str, bytes]) -> None:
    """No top-level `tasks` or `tests` in anyone's site-packages; `aim` is the package of the predecessor's imports."""
    tops = {name.partition("/")[0] for name in files}

    assert tops == {"aim", "aim_lib", f"aim_plus-{__version__}.dist-info"}
    assert {"aim/__main__.py", "aim/bridge.py", "aim/environment/health.py"} <= files.keys()


def test_every_task_module_is_in_the_wheel(files: dict[str, bytes]) -> None:
    """The task modules and `tasks.py` are the package `aim_lib.builtin_tasks`."""
    folder = "aim_lib/builtin_tasks/"

    shipped = {name.removeprefix(folder) for name in files if name.startswith(folder)}

    assert shipped == {"__init__.py", *(path.name for path in (ROOT / "tasks").glob("*.py"))}
    assert {"_app.py", "install.py", "bootstrap.py"} <= shipped
    assert files[f"{folder}__init__.py"] == (ROOT / "tasks.py").read_bytes()


def test_the_built_in_configuration_is_in_the_wheel(files: dict[str, bytes]) -> None:
    """What `config/` holds comes along as data of the package."""
    assert files["aim_lib/builtin_config/default.toml"] == (ROOT / "config" / "default.toml").read_bytes()


def test_every_module_of_the_library_is_in_the_wheel(files: dict[str, bytes]) -> None:
    """A folder that packaging forgot would be missed only on a user's machine."""
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "aim_lib").rglob("*.py")}

    assert ours <= set(files)


def test_the_completion_scripts_are_in_the_wheel(files: dict[str, bytes]) -> None:
    """They are data, read from beside the module that fills them in."""
    folder = "aim_lib/engine/scripts"
    ours = {f"{folder}/{path.name}": path.read_bytes() for path in (ROOT / folder).iterdir()}

    shipped = {name: text for name, text in files.items() if name.startswith(f"{folder}/")}

    assert shipped == ours
    assert len(ours) == 4


def test_the_wheel_brings_the_command(files: dict[str, bytes]) -> None:
    """Installing it puts `aim` on PATH."""
    entry_points = files[f"aim_plus-{__version__}.dist-info/entry_points.txt"].decode()

    assert "aim = aim_lib.entry:main" in entry_points


def test_the_metadata_is_that_of_the_sources(metadata: Message) -> None:
    """Version, oldest Python and the front page of the wheel are what the repository says."""
    assert (metadata["Name"], metadata["Version"]) == ("aim-plus", __version__)
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_wheel_is_typed_as_it_claims(files: dict[str, bytes], metadata: Message) -> None:
    """The classifier "Typing :: Typed" is a promise that py.typed keeps."""
    claims = "Typing :: Typed" in (metadata.get_all("Classifier") or [])

    assert claims
    assert "aim_lib/py.typed" in files


def test_the_source_archive_builds_the_same_wheel(dist: Path, tmp_path: Path, files: dict[str, bytes]) -> None:
    """A distributor who starts from the source archive gets the wheel that we publish."""
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        if hasattr(tarfile, "data_filter"):  # from 3.11.4; Debian 12 has 3.11.2
            archive.extraction_filter = staticmethod(tarfile.data_filter)
        archive.extractall(tmp_path)  # noqa: S202 - made by ourselves a moment ago

    target = build(tmp_path / f"aim_plus-{__version__}", tmp_path / "dist", "-t", "wheel")

    assert content(next(target.glob("*.whl"))) == files


def test_the_source_archive_holds_what_the_launcher_needs(dist: Path) -> None:
    """aim.py is in the source archive, so the locked dependencies it installs must be too."""
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"aim.py", "requirements.lock", "requirements-dev.lock"} <= names
