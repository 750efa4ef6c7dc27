"""The files of the predecessors under `data/migration` and what becomes of them; run as a module it writes that anew.

Each folder there is a project as it was; beside it stand `after.toml`, `after.windows.toml` and `left.txt`.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from aim_lib import predecessors
from aim_lib.leak_shapes import has_shape
from aim_lib.migrate_document import Migration, settled, together
from aim_lib.migrate_toml import draft
from aim_lib.mistakes import find_mistakes
from tests.fakes import host

FOLDER = Path(__file__).parent / "data" / "migration"
SYSTEMS = {"linux": "after.toml", "windows": "after.windows.toml"}
HOMES = {"linux": Path("/home/ada"), "windows": Path("C:/Users/ada")}


def cases() -> list[str]:
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def sources(case: str) -> list[Path]:
    """The old files of a case, in the order in which they count."""
    return sorted(path for path in (FOLDER / case).rglob("*") if path.is_file() and not is_result(path))


def is_result(path: Path) -> bool:
    return path.name in (*SYSTEMS.values(), "left.txt")


def migrated(paths: list[Path], system: str = "linux") -> Migration:
    """As `aim config migrate` does it, on a machine of Ada's."""
    machine = host(system, HOMES[system])
    ground = predecessors.ground_of(machine, HOMES[system] / "project", keeps_places=False)
    registry = {"AIM_REGISTRY_PATH": "~/.AIM_ai-tools-registry"}  # else it would be the folder of this test

    def read(path: Path) -> Migration:
        told = replace(ground, variables=registry)
        return predecessors.translated(path, path.name, told, lambda text: has_shape(text.encode()))

    return settled(together(read(path) for path in paths), find_mistakes)


def results(case: str) -> dict[str, str]:
    """What stands beside the files of a case, by name."""
    told = {file: migrated(sources(case), system) for system, file in SYSTEMS.items()}
    texts = {file: draft("", made.carried, "aim.toml").text for file, made in told.items()}
    lines = [f"{'!' if each.is_loss else '-'} {each.origin}: {each.why}\n" for each in told["after.toml"].left]
    return {**texts, "left.txt": "".join(lines)}


def main() -> None:
    for case in cases():
        for name, text in results(case).items():
            (FOLDER / case / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
