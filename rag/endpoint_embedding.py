"""Text -> vector through an OpenAI-compatible endpoint, each text once.

The only file that knows how such an endpoint embeds. Vectors are kept by the hash of the text as it
was sent, in a file beside the index: a page that is read again, or a sentence that is compared in
a second question, costs no call.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr

from rag.endpoint_errors import Fault, translated
from rag.errors import ModelUnavailable
from rag.threaded_embedding import ThreadedEmbedding

if TYPE_CHECKING:
    from openai import OpenAI

Vectors = NDArray[np.float32]
_SAID: dict[Fault, str] = {
    "timeout": "{name} did not embed in time; raise WENBAO_EMBEDDING_TIMEOUT",
    "key": "{name} refused the key; correct WENBAO_EMBEDDING_KEY or OPENAI_API_KEY",
    "missing": "the endpoint has no {name}; correct WENBAO_EMBEDDING or its address",
    "busy": "{name} embeds no more for now (429); run the command again later",
    "status": "{name} answered with status {status}; see the log, or lower WENBAO_EMBEDDING_BATCH",
    "connection": "the connection to {name} failed; run: wenbao doctor",
    "other": "{name} gave no vectors ({kind}); see the log",
}
_log = logging.getLogger("wenbao.embedding")


class EndpointEmbedding(ThreadedEmbedding):
    """The model `model_name` at an endpoint: float32, L2-normalised, cached, `batch` texts a call.

    `query_prefix` and `passage_prefix` go before what is sent, for models that want them. 429, 5xx
    and lost connections are tried `retries` times more, as the `openai` client does, Retry-After
    honoured. Every vector must have the length of the first one ever received. ModelUnavailable
    says what failed and what to do. Safe to share between threads.
    """

    query_prefix: str = ""
    passage_prefix: str = ""
    _client: OpenAI = PrivateAttr()
    _cache: _Cache = PrivateAttr()
    _batch: int = PrivateAttr()

    def __init__(
        self, model_name: str, *, key: str, base_url: str | None, cache: Path, batch: int = 32,
        timeout: float = 60.0, retries: int = 2, query_prefix: str = "", passage_prefix: str = "",
    ) -> None:  # fmt: skip
        super().__init__(model_name=model_name)
        self.query_prefix, self.passage_prefix = query_prefix, passage_prefix
        from openai import OpenAI  # takes a second to import, and only who has an endpoint needs it

        self._client = OpenAI(api_key=key, base_url=base_url, timeout=timeout, max_retries=retries)
        self._cache = _Cache(cache, model_name)
        self._batch = batch

    @classmethod
    def class_name(cls) -> str:
        return "EndpointEmbedding"

    def embed(self, texts: list[str], *, query: bool) -> list[list[float]]:
        """What the cache does not hold is asked for once, in batches, and kept as each arrives."""
        prefix = self.query_prefix if query else self.passage_prefix
        sent = [prefix + text for text in texts]
        known = self._cache.find(sent)
        wanted = [text for text in dict.fromkeys(sent) if text not in known]
        for at in range(0, len(wanted), self._batch):
            batch = wanted[at : at + self._batch]
            found = dict(zip(batch, self._ask(batch), strict=True))
            self._cache.keep(found)
            known |= found
        return [known[text].tolist() for text in sent]

    def _ask(self, texts: list[str]) -> Vectors:
        try:
            reply = self._client.embeddings.create(
                input=texts, model=self.model_name, encoding_format="float"
            )
            rows = sorted(reply.data, key=lambda row: row.index)
            vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        except Exception as exc:  # the client's errors, and a reply that holds no rows of numbers
            raise translated(exc, self.model_name, _SAID) from exc
        length = self._cache.dimension or (vectors.shape[1] if vectors.ndim == 2 else 0)
        sizes = np.linalg.norm(vectors, axis=-1) if vectors.ndim == 2 else np.zeros(1)
        if vectors.shape != (len(texts), length) or not (np.isfinite(sizes) & (sizes > 0)).all():
            raise ModelUnavailable(
                f"{self.model_name} gave vectors of shape {vectors.shape} for {len(texts)} texts, "
                f"where {length} numbers each are expected; name the right model in "
                "WENBAO_EMBEDDING, or build the index anew: wenbao ingest --rebuild PATH"
            )
        return np.asarray(vectors / sizes[:, None], np.float32)


class _Cache:
    """Vectors by model and text, in one SQLite file; one that cannot be used is done without."""

    def __init__(self, path: Path, model: str) -> None:
        self._model = model
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._opened(path)
        except (OSError, sqlite3.Error) as exc:
            _log.warning("%s cannot be used (%s); every text is embedded anew", path, exc)
            self._db = self._opened(Path(":memory:"))
        weakref.finalize(self, self._db.close)
        self.dimension = self._first_length()

    @staticmethod
    def _opened(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=normal")
        db.execute("create table if not exists vectors (key blob primary key, vector blob) without rowid")
        db.execute("create table if not exists models (model text primary key, dimension integer)")
        return db

    def _first_length(self) -> int:
        found = self._db.execute("select dimension from models where model = ?", (self._model,))
        return int((found.fetchone() or (0,))[0])

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._model}\n{text}".encode("utf-8", "replace")).digest()

    def find(self, texts: Sequence[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        with self._lock:
            for text in dict.fromkeys(texts):
                query = self._db.execute("select vector from vectors where key = ?", (self._key(text),))
                if row := query.fetchone():
                    found[text] = np.frombuffer(row[0], np.float32)
        return found

    def keep(self, vectors: dict[str, Vectors]) -> None:
        rows = [(self._key(text), vector.tobytes()) for text, vector in vectors.items()]
        self.dimension = self.dimension or len(next(iter(vectors.values())))
        try:
            with self._lock, self._db:
                self._db.execute("begin")
                self._db.executemany("insert or replace into vectors values (?, ?)", rows)
                self._db.execute("insert or ignore into models values (?, ?)", (self._model, self.dimension))
        except sqlite3.Error as exc:  # a full disk must not cost the vectors that were paid for
            _log.warning("vectors cannot be kept: %s", exc)
