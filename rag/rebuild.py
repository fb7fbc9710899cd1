"""Emptying an index, for when it was built with another model or splitter."""

from __future__ import annotations

import shutil
from pathlib import Path

from rag.locking import WriteLock

_KEPT = "write.lock"


def remove_index(path: Path, lock_timeout: float) -> None:
    """Delete the index in a folder, and nothing there that is not of the index.

    Raises IndexBusy when another process is writing to it.
    """
    if not (path / "catalogue.db").exists():
        return
    with WriteLock(path / _KEPT).held(lock_timeout):
        for entry in path.iterdir():
            if not entry.name.startswith(("catalogue.db", "vectors")):
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
