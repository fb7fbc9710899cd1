"""Wenbao: ask a newspaper's pages.

    from rag import Assistant, Config

    with Assistant.open(Config(data_dir=".wenbao")) as assistant:
        assistant.ingest(["seeds"])
        print(assistant.ask("三全食品董事长是谁？").text)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.catalogue import SourceEntry
from rag.config import Config
from rag.dates import describe, find_dates
from rag.errors import (
    ConfigError,
    IndexBusy,
    IndexDamaged,
    IndexEmpty,
    IndexMismatch,
    ModelUnavailable,
    SourceError,
    WenbaoError,
)
from rag.quantities import Quantity, find_quantities, same_quantity
from rag.records import (
    Answer,
    Article,
    Chunk,
    Citation,
    DateMention,
    DateRange,
    Hit,
    Page,
    Passage,
    Sentence,
    Source,
    Statement,
)
from rag.text import squash

if TYPE_CHECKING:
    from rag.assistant import Assistant, Event
    from rag.ingest import IngestReport

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "Chunk",
    "Citation",
    "Config",
    "ConfigError",
    "DateMention",
    "DateRange",
    "Event",
    "Hit",
    "IndexBusy",
    "IndexDamaged",
    "IndexEmpty",
    "IndexMismatch",
    "IngestReport",
    "ModelUnavailable",
    "Page",
    "Passage",
    "Quantity",
    "Sentence",
    "Source",
    "SourceEntry",
    "SourceError",
    "Statement",
    "WenbaoError",
    "describe",
    "find_dates",
    "find_quantities",
    "same_quantity",
    "squash",
]
_LATE = {"Assistant": "rag.assistant", "Event": "rag.assistant", "IngestReport": "rag.ingest"}


def __getattr__(name: str) -> object:
    """Assistant and its kin are loaded on first use: LlamaIndex takes two seconds to import, which
    `wenbao --help` and whoever only wants Config or the records need not wait for."""
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
