"""An example of a package that adds to AIM: notes, each one a text file with a version in its first line."""

from pathlib import Path

from aim_lib.host import Host


def notes_folder(host: Host) -> Path:
    """Where the notes lie: $NOTES_FOLDER, or `notes` in the home."""
    return Path(host.get("NOTES_FOLDER") or host.home / "notes")
