"""What many tests share: the page in seeds/ ingested once with the real model, and counting fakes."""

import json
import os
import shutil
from pathlib import Path

import pytest
from browser import chromium
from llama_index.core.base.embeddings.base import BaseEmbedding

from eval.stress_index import hashed_vector
from rag import Assistant, Config
from rag.embedding import default_embedder
from rag.text import squash

ROOT = Path(__file__).parent.parent
for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "WENBAO_MODEL"):
    os.environ.pop(name, None)  # a developer's own model must not answer in the tests
SEEDS = ROOT / "seeds"
PAGE = "000_de716d9866afb0a4.txt"


class CountingEmbedding(BaseEmbedding):
    """Hashes pairs of characters; stops with an error once `left` texts have been embedded."""

    model_name: str = "hashed pairs"
    left: int | None = None
    seen: int = 0

    def _get_text_embedding(self, text: str) -> list[float]:
        if self.left is not None and self.seen >= self.left:
            raise ConnectionError("the embedder has gone away")
        self.seen += 1
        return hashed_vector(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return hashed_vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return hashed_vector(query)


@pytest.fixture(scope="module")
def browser():
    """One for a module: while it is open, asyncio.run does not work in this thread."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def embedder() -> BaseEmbedding:
    """The local model, loaded once."""
    return default_embedder()


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory, embedder) -> Path:
    """A data directory that holds the seed page; copy it before you change it."""
    folder = tmp_path_factory.mktemp("seed") / "index"
    with Assistant.open(Config(data_dir=folder), embedder=embedder) as made:
        report = made.ingest([SEEDS])
    assert report.added == [PAGE] and not report.failed
    return folder


@pytest.fixture(scope="session")
def seed(seed_index, embedder):
    """An assistant that has read the seed page; not to be changed."""
    with Assistant.open(Config(data_dir=seed_index), embedder=embedder) as assistant:
        yield assistant


@pytest.fixture
def seed_copy(seed_index, tmp_path) -> Path:
    """A copy of the seed page's data directory, to be changed at will."""
    return Path(shutil.copytree(seed_index, tmp_path / "copy"))


@pytest.fixture
def assistant(tmp_path, embedder):
    """An assistant over an empty index, with the real model."""
    with Assistant.open(Config(data_dir=tmp_path / "index"), embedder=embedder) as made:
        yield made


@pytest.fixture
def quick(tmp_path):
    """An assistant over an empty index whose vectors are hashed from the text."""
    config = Config(data_dir=tmp_path / "index")
    with Assistant.open(config, embedder=CountingEmbedding()) as made:
        yield made


def write_rows(path: Path, rows) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def assert_located(answer, text_of) -> None:
    """Every citation's place in its source holds its quote; `text_of` takes a source id."""
    assert answer.citations
    for citation in answer.citations:
        text = text_of(citation.source.id)
        assert squash(text[citation.start : citation.end]) == squash(citation.quote)


def assert_refused(answer) -> None:
    assert (answer.grounding, answer.citations, answer.statements) == ("refused", (), ())
    assert answer.text
