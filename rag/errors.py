"""Every error Wenbao raises on purpose.

    WenbaoError
    ├── ConfigError        a setting is unknown, misspelt or out of range
    ├── SourceError        one file or row cannot be read (collected per file during an ingest)
    ├── IndexEmpty         a question was put to an index that holds nothing
    ├── IndexMismatch      the index was built with another embedding model or splitter
    ├── IndexBusy          another process is writing and did not finish in time
    ├── IndexDamaged       the parts of the index on disk do not agree
    └── ModelUnavailable   an embedding or language model cannot be loaded or reached

A message says what happened and what to do next.
"""


class WenbaoError(Exception):
    """The root: catch this to catch whatever Wenbao raises on purpose."""


class ConfigError(WenbaoError):
    """A setting is unknown, misspelt or out of range."""


class SourceError(WenbaoError):
    """One file, or one row of a file, cannot be read; the message is the reason alone."""


class IndexEmpty(WenbaoError):
    """A question was put to an index that holds nothing."""


class IndexMismatch(WenbaoError):
    """The index was built with another embedding model, dimension or splitter."""


class IndexBusy(WenbaoError):
    """Another process holds the write lock and did not let go in time."""


class IndexDamaged(WenbaoError):
    """The vectors and the catalogue on disk do not agree and could not be reconciled."""


class ModelUnavailable(WenbaoError):
    """An embedding or language model cannot be loaded or reached."""
