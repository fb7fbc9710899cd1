"""Files and folders as given -> the files to read, in order; and opening one without a trap.

Nothing is read here but names and folders. Sorted, so that two runs see the same order; with an
explicit stack, so that no depth of folders is too deep; and each folder once, so that links in a
circle come to an end.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from rag.errors import SourceError

NOTES = "sources.toml"
KNOWN_ENDINGS = ".txt, .md, .jsonl, .jsonl.gz"
_TEXT = (".txt", ".md")
_ROWS = (".jsonl", ".jsonl.gz")
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

Kind = Literal["text", "rows", "notes"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or row that was not read; `reason` says what is wrong and what to do.

    `path` is the file's, for a row too, whose line number stands in the reason.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read. `id` is its path below the ingested root, for notes that of their folder
    ("" for the root). `only`: notes that stand beside a file given by name are read for it alone.
    """

    id: str
    path: str
    kind: Kind
    only: str = ""


def kind_of(path: str) -> Kind | None:
    """What the ending says a file holds; None for an ending that is not read."""
    name = path.lower()
    if name.endswith(_TEXT):
        return "text"
    return "rows" if name.endswith(_ROWS) else None


def walk(root: str) -> Iterator[Found | Failure]:
    """The files below `root` in sorted order, a folder's notes before its files; or the one file.

    Below a folder, hidden entries and unknown endings are passed over; links are followed, each
    folder once. A root that is missing, has an unknown ending or holds nothing to read is a
    Failure, and so is a folder that cannot be listed.
    """
    stack = [("", root)]
    visited: set[tuple[int, int]] = set()
    nothing = True
    while stack:
        id, path = stack.pop()
        try:
            info = _look(path)
            if not stat.S_ISDIR(info.st_mode):
                nothing = False
                yield from _file(id, path, info)
                continue
            if (info.st_dev, info.st_ino) in visited:
                continue
            visited.add((info.st_dev, info.st_ino))
            names = _readable_names(path)
        except SourceError as exc:
            nothing = False
            yield Failure(shown(path), str(exc))
            continue
        if NOTES in names:
            yield Found(id, os.path.join(path, NOTES), "notes")
        below = [(f"{id}/{name}" if id else name, name) for name in names if name != NOTES]
        stack.extend((child, os.path.join(path, name)) for child, name in reversed(below))
    if nothing:
        yield Failure(shown(root), f"no readable files in this folder; read are {KNOWN_ENDINGS}")


def open_file(path: str) -> BinaryIO:
    """The file, open for reading. Never blocks: pipes and devices are refused. Raises SourceError
    with the reason."""
    _refuse_special(_look(path))
    try:
        # The flag is for a pipe put there since the look, which would wait for its writer.
        file = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        return os.fdopen(file, "rb")
    except OSError as exc:
        raise SourceError(_why(exc, path)) from exc


def read_bytes(path: str, limit: int) -> bytes:
    """The bytes of a file of at most `limit` bytes. Raises SourceError with the reason."""
    with open_file(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            if size <= limit:
                data = file.read(limit + 1)  # the size may be wrong: a file that grows, or /proc
                size = len(data)
        except OSError as exc:
            raise SourceError(_why(exc, path)) from exc
    if size > limit:
        raise SourceError(f"over the size limit: {size:,} bytes, allowed are {limit:,}; split it")
    return data


def shown(path: str) -> str:
    """A path that can be printed and stored: bytes that are no UTF-8 become question marks."""
    return path.encode("utf-8", "replace").decode()


def _file(id: str, path: str, info: os.stat_result) -> Iterator[Found | Failure]:
    """One file; for one given by name (no id yet) the notes beside it first."""
    try:
        _refuse_special(info)
    except SourceError as exc:
        yield Failure(path, str(exc))
        return
    kind = kind_of(path)
    if kind is None:
        yield Failure(path, f"unknown ending: {_ending(path)}; read are {KNOWN_ENDINGS}")
        return
    if not id:
        id = os.path.basename(path)
        notes = os.path.join(os.path.dirname(path), NOTES)
        if os.path.lexists(notes):
            yield Found("", notes, "notes", only=id)
    yield Found(id, path, kind)


def _readable_names(folder: str) -> list[str]:
    """The sorted names in a folder that may lead to something to read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".")
                and (kind_of(entry.name) or entry.name == NOTES or _is_folder(entry))
            )
    except OSError as exc:
        raise SourceError(_why(exc, folder)) from exc


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle: no folder
        return False


def _look(path: str) -> os.stat_result:
    try:
        path.encode("utf-8")
        return os.stat(path)
    except UnicodeEncodeError as exc:
        raise SourceError("its name is not UTF-8; rename it") from exc
    except ValueError as exc:
        raise SourceError("missing: no path can hold a NUL character; check it") from exc
    except OSError as exc:
        raise SourceError(_why(exc, path)) from exc


def _refuse_special(info: os.stat_result) -> None:
    for test, what in _SPECIAL:
        if test(info.st_mode):
            raise SourceError(f"not an ordinary file but {what}; save what it gives as a file")


def _why(exc: OSError, path: str) -> str:
    """The reason for an error of the operating system."""
    if isinstance(exc, PermissionError):
        return "permission denied; make it readable for the user who ingests"
    if exc.errno == errno.ELOOP:
        return "missing: its links lead in a circle; remove or correct them"
    if isinstance(exc, FileNotFoundError) and os.path.islink(path):
        return f"missing: it links to {shown(os.readlink(path))}, which is not there"
    if isinstance(exc, FileNotFoundError | NotADirectoryError):
        return "missing: there is no such file or folder; check the path"
    return f"cannot be read: {exc.strerror or exc}"


def _ending(path: str) -> str:
    return os.path.splitext(path)[1] or "none"
