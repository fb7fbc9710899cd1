"""Is everything there that an answer needs? Python, disk, model files, index, endpoint."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.config import Config
from rag.embedding import configured_embedder, embedding_identity
from rag.errors import WenbaoError
from rag.index import Index, built_with
from rag.llm import Message, Model, model_name
from rag.sentences import SPLITTER
from rag.tokens import count_tokens

_ROOM = 200 * 2**20
_PATIENCE = 20.0  # seconds for the first word of a model


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `detail` says what was found and, where not ok, what to do."""

    name: str
    ok: bool
    detail: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(config: Config) -> list[Check]:
    """All checks, in order; a check that fails does not stop the next."""
    return [
        _tried("python", _python),
        _tried("disk", lambda: _disk(config.data_dir)),
        _tried("tokenizer", lambda: (True, f"tables found; 全市 is {count_tokens('全市')} tokens")),
        _tried("embedding", lambda: _embedding(config)),
        _tried("index", lambda: _index(config)),
        _tried("endpoint", lambda: _endpoint(config)),
    ]


def _tried(name: str, look: Callable[[], tuple[bool, str]]) -> Check:
    try:
        return Check(name, *look())
    except (WenbaoError, OSError, ImportError) as exc:
        return Check(name, False, str(exc))


def _python() -> tuple[bool, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return fine, version if fine else f"{version}; Wenbao needs 3.11 or newer"


def _disk(folder: Path) -> tuple[bool, str]:
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return False, f"{there} cannot be written; set WENBAO_DATA_DIR to a folder of yours"
    if free < _ROOM:
        return False, f"only {free // 2**20} MiB free at {there}; make room for at least 200 MiB"
    return True, f"{free // 2**20} MiB free at {there}"


def _embedding(config: Config) -> tuple[bool, str]:
    embedder = configured_embedder(config)
    name, dimension = embedding_identity(embedder)
    length = len(embedder.get_query_embedding("试"))
    return length == dimension, f"{name}, {length} dimensions"


def _index(config: Config) -> tuple[bool, str]:
    if not (config.data_dir / "catalogue.db").exists():
        return True, f"none yet in {config.data_dir}; make one: wenbao ingest seeds"
    manifest = built_with(configured_embedder(config), SPLITTER)
    with Index.open(config.data_dir, manifest, lock_timeout=config.lock_timeout) as index:
        wrong = index.check()
        if wrong:
            return False, "; ".join(wrong) + "; mend it: wenbao ingest --rebuild PATH"
        return True, f"{len(index.sources())} sources, {index.size()} chunks in {config.data_dir}"


def _endpoint(config: Config) -> tuple[bool, str]:
    """The model that writes answers says a word; a local one is loaded for it."""
    if model_name(config) is None:
        if config.base_url:
            return True, "OPENAI_BASE_URL is set but no WENBAO_MODEL: answers are extractive"
        return True, "none set: answers are extractive"
    model = Model.open(config)
    assert model is not None  # a name was given
    started = time.monotonic()
    try:
        with closing(model.stream([Message("user", "你好")], until=started + _PATIENCE)) as stream:
            next(stream, None)
    finally:
        model.close()
    kind = "chat" if model.chat else "completion"
    return True, f"{model.name} ({kind}) answers after {time.monotonic() - started:.1f} s"
