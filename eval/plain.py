"""The plain pipeline that ours is measured against: LlamaIndex as its first example shows it.

SentenceSplitter with its defaults, VectorStoreIndex on Chroma, and the very embedding model that
the assistant uses. Nothing of it is tuned, and nothing is held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import chromadb
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import Document
from llama_index.vector_stores.chroma import ChromaVectorStore

from rag.embedding import default_embedder

_NAME = "plain_pipeline"
_DOCUMENTS_AT_ONCE = 200  # Chroma takes 5,461 rows a call, and a killed run loses no more than these


def _splitter() -> SentenceSplitter:
    """With its defaults but for the sentence tokenizer of nltk: that one finds no sentence in
    Chinese text, so the splitter's own pattern does all the work either way, and it refuses to read
    its word lists where an installer has hard-linked them."""
    return SentenceSplitter(chunking_tokenizer_fn=lambda text: [text])


class PlainPipeline:
    """Use `opened`. Documents are kept in a folder, so that a run that was cut off goes on."""

    def __init__(self, collection: chromadb.Collection, embedder: BaseEmbedding) -> None:
        self._collection = collection
        store = ChromaVectorStore(chroma_collection=collection)
        self._index = VectorStoreIndex(
            nodes=[], storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=embedder, transformations=[_splitter()],
        )  # fmt: skip

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator[PlainPipeline]:
        client: Any = chromadb.PersistentClient(str(folder))  # its annotations lack close()
        try:
            collection = client.get_or_create_collection(
                _NAME, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            yield cls(collection, default_embedder())
        finally:
            client.close()

    def ingest(
        self, documents: Mapping[str, str], progress: Callable[[int], object] | None = None
    ) -> int:
        """Split, embed and store what is not there yet; returns how many chunks there are."""
        known = self._known()
        splitter = _splitter()
        rest = iter([(id, text) for id, text in documents.items() if id not in known])
        if progress:
            progress(len(known & documents.keys()))
        while batch := list(islice(rest, _DOCUMENTS_AT_ONCE)):
            nodes = splitter.get_nodes_from_documents(
                [Document(text=text, id_=id, metadata={"document": id},
                          excluded_embed_metadata_keys=["document"]) for id, text in batch]
            )  # fmt: skip
            self._index.insert_nodes(nodes)
            if progress:
                progress(len(batch))
        return self._collection.count()

    def _known(self) -> set[str]:
        found: set[str] = set()
        count, page = self._collection.count(), 5000
        for offset in range(0, count, page):  # one call cannot take more than some 30,000
            rows = self._collection.get(limit=page, offset=offset, include=["metadatas"])
            found.update(str(row["document"]) for row in rows["metadatas"] or ())
        return found

    def search(self, query: str, limit: int) -> list[str]:
        """The documents of the best chunks, best first, each chunk's once."""
        hits = self._index.as_retriever(similarity_top_k=limit).retrieve(query)
        return [str(hit.node.metadata["document"]) for hit in hits]

    def texts(self, query: str, limit: int) -> Sequence[str]:
        """The best chunks themselves."""
        hits = self._index.as_retriever(similarity_top_k=limit).retrieve(query)
        return [hit.node.get_content() for hit in hits]
