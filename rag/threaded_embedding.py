"""An embedding model that blocks, as LlamaIndex's `BaseEmbedding`: one method does all the work."""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field, PrivateAttr


class ThreadedEmbedding(BaseEmbedding):
    """`embed` does the work; the async methods wait for it in a thread. `_lock` is for what is made
    at the first text."""

    # LlamaIndex's default of 10 would leave a core idle at the end of every tenth text.
    embed_batch_size: int = Field(default=64, gt=0, le=2048)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @abstractmethod
    def embed(self, texts: list[str], *, query: bool) -> list[list[float]]:
        """One unit vector for each text, in order; the model's own prefix is added."""

    def _get_query_embedding(self, query: str) -> list[float]:
        return self.embed([query], query=True)[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self.embed([text], query=False)[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts, query=False)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)
