"""Folders that are made once per user and kept: built aside, checked, renamed into place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

MANIFEST = "manifest.json"
_LOCK_SECONDS = 300  # a build takes three seconds; a busy machine may need many more


def cached_folder(root: Path, key: str, build: Callable[[Path], None]) -> Path:
    """The folder `root/key`, made by `build` unless a whole one is there already.

    `build` fills an empty folder. Nobody sees that folder before it is complete: it is renamed
    into place under a lock, so that of several processes one builds and the others wait. A folder
    that is damaged (a file missing, resized or, once its time has changed, with other content) is
    built again. Raises OSError (filelock's Timeout is one) and whatever `build` raises.
    """
    folder = root / key
    if is_whole(folder):  # without the lock, so that a read-only cache serves
        return folder
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / f"{key}.lock", timeout=_LOCK_SECONDS):
        if not is_whole(folder):
            _build(root, folder, build)
    return folder


def is_whole(folder: Path) -> bool:
    """Whether every file is as it was when the folder was built.

    Sizes are always compared; content only where the time of change differs (a copied cache),
    because hashing 80 MB at each start would cost more than loading the model.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        checks = [_unchanged(folder / name, **noted) for name, noted in manifest.items()]
        return bool(checks) and all(checks)
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def _unchanged(file: Path, *, size: int, mtime_ns: int, sha256: str) -> bool:
    found = file.stat()
    if found.st_size != size:
        return False
    return found.st_mtime_ns == mtime_ns or _sha256(file) == sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _build(root: Path, folder: Path, build: Callable[[Path], None]) -> None:
    for left_over in root.glob(f".{folder.name}.*"):  # of a build that was killed; we hold the lock
        shutil.rmtree(left_over, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=root))
    try:
        build(aside)
        _write_manifest(aside)
        if folder.exists():
            shutil.rmtree(folder)
        aside.chmod(0o755)  # mkdtemp made it private; a shared cache may be read by others
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_manifest(folder: Path) -> None:
    noted = {}
    for file in sorted(folder.iterdir()):
        with file.open("rb") as stream:
            os.fsync(stream.fileno())  # the rename must not reach the disk before the content
        found = file.stat()
        noted[file.name] = {
            "size": found.st_size,
            "mtime_ns": found.st_mtime_ns,
            "sha256": _sha256(file),
        }
    (folder / MANIFEST).write_text(json.dumps(noted, indent=1), encoding="utf-8")
