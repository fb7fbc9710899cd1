"""Emptying an index, for when it was built with another model or splitter, or is damaged."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from rag.errors import IndexDamaged
from rag.locking import WriteLock

_OURS = re.compile(r"catalogue\.(?:db|new)(?:-wal|-shm|-journal)?|vectors-[0-9a-f]+|vectors\.lock")
_SQLITE = b"SQLite format 3\0"
_MARK = slice(68, 72)  # of the header: the application's own number, "WenB"


def remove_index(path: Path, lock_timeout: float) -> None:
    """Delete the index in a folder, and nothing there that is not of the index.

    Raises IndexBusy when another process is writing to it, IndexDamaged when the catalogue there
    is a file of something else.
    """
    catalogue = path / "catalogue.db"
    if not catalogue.is_file():
        return
    with catalogue.open("rb") as file:
        head = file.read(100)
    if not head.startswith(_SQLITE) or head[_MARK] != b"WenB":
        raise IndexDamaged(
            f"{catalogue} is no Wenbao catalogue, or its beginning is destroyed. Choose another "
            "data_dir, or delete that file yourself if it is of no use."
        )
    with WriteLock(path / "write.lock").held(lock_timeout):
        for entry in path.iterdir():
            if not _OURS.fullmatch(entry.name):
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
