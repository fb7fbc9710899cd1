"""Turns: who may write, who may look at the vectors, and who holds which connection.

- `WriteLock`: one writer at a time, between processes and between threads.
- `Gate`: many may look at the vectors or one may change them.
- `Database`: SQLite connections, each lent to one thread at a time.

The locks belong to the operating system, so they fall when their holder is killed.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexBusy, IndexDamaged, SourceError

_IDLE_CONNECTIONS = 8


class WriteLock:
    """The right to write an index, held between processes and between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._holder = path.with_suffix(".pid")  # for the message alone; the lock is the truth

    @contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        """Raises: `IndexBusy` when another writer has not finished within `timeout` seconds."""
        # A lock object of its own for each holder: two threads that shared one would both get in.
        lock = FileLock(self.path, timeout=timeout)
        try:
            lock.acquire()
        except Timeout as exc:
            raise IndexBusy(
                f"{self._who()} has been writing to {self.path.parent} for over {timeout:g} s; "
                "wait for it to finish, or stop it (what it has committed is kept), and try again."
            ) from exc
        except OSError as exc:
            raise IndexDamaged(
                f"{self.path} cannot be locked: {exc}. Check that the folder can be written, or "
                "choose another data_dir."
            ) from exc
        try:
            self._holder.write_text(str(os.getpid()))
            yield
        finally:
            lock.release()

    def _who(self) -> str:
        try:
            holder = self._holder.read_text()
        except OSError:
            return "Another process"
        return "This very process" if holder == str(os.getpid()) else f"Process {holder}"


class Gate:
    """Many may look or one may change, between processes.

    It is the lock of an empty SQLite file: readers hold a read transaction, a writer an exclusive
    one. This works alike on every system Python's sqlite3 runs on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def passed(self, *, alone: bool, wait: float) -> Iterator[bool]:
        """Whether the gate let us through within `wait` seconds; the block is inside then."""
        # Opened each time (0.1 ms): the folder may have been deleted and made again meanwhile.
        with closing(sqlite3.connect(self._path, timeout=wait, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE" if alone else "BEGIN")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError:
                yield False
            else:
                yield True


class Database:
    """Connections to one SQLite file, lent to one thread at a time.

    SQLite's own errors come out as `IndexBusy` (another process holds the file) or
    `IndexDamaged`; text that UTF-8 cannot hold and ids that clash come out as `SourceError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False
        self._opened: tuple[int, int, int] | None = None

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection on which every read sees the same committed state."""
        with self._lent("BEGIN") as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection whose writes become visible, and durable, all together at the end."""
        with self._lent("BEGIN IMMEDIATE") as connection:
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _lent(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._translated():
            connection = self._take()
            try:
                connection.execute(begin)
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        file = self.path.stat()
        # Connections made before a fork, or to a file that was deleted since, are of no use.
        opened = (os.getpid(), file.st_dev, file.st_ino)
        with self._guard:
            if self._closed:
                raise ValueError(f"The index in {self.path.parent} is closed; open it again.")
            if self._opened != opened:
                self._idle, self._opened = [], opened
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",  # never makes an empty file
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA synchronous = FULL")  # an acknowledged page survives a power cut
        connection.execute("PRAGMA mmap_size = 268435456")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed and len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError as exc:
            raise SourceError(
                f"the text holds half of a surrogate pair at character {exc.start}, which no file "
                "can store; write the text as valid UTF-8"
            ) from exc
        except sqlite3.IntegrityError as exc:
            raise SourceError(f"an id of this source is already used by another ({exc})") from exc
        except FileNotFoundError as exc:
            raise IndexDamaged(
                f"{self.path} is gone; open the index again, and ingest the pages again."
            ) from exc
        except sqlite3.DatabaseError as exc:
            if "locked" in str(exc) or "busy" in str(exc):
                raise IndexBusy(f"{self.path} stays locked ({exc}); try again shortly.") from exc
            raise IndexDamaged(
                f"{self.path} cannot be used: {exc}. Check that the folder can be written and the "
                f"disk is not full; else delete {self.path.parent} and ingest the pages again."
            ) from exc
