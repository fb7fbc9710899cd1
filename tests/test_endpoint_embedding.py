"""An embedding model at an endpoint: batched, retried, asked once for a text, and measured."""

import asyncio
import sqlite3

import numpy as np
import pytest
from embedding_server import EmbeddingServer

from rag import Assistant, Config, IndexMismatch, ModelUnavailable
from rag.embedding import OnnxE5Embedding, configured_embedder, embedding_identity
from rag.endpoint_embedding import EndpointEmbedding
from rag.errors import ConfigError

PAGE = "江城晚报 2021年3月5日 星期五 第02版 要闻\n\n# 渡口恢复夜航\n\n本报讯 江城渡口昨日恢复夜航，末班船推迟到22时30分。\n"


@pytest.fixture
def server():
    with EmbeddingServer() as running:
        yield running


@pytest.fixture
def config(server, tmp_path):
    return Config(
        data_dir=tmp_path / "data", embedding="pairs-1", embedding_url=server.base_url,
        embedding_batch=3, embedding_timeout=5, model_retries=2,
    )  # fmt: skip


@pytest.fixture
def embedder(config):
    return configured_embedder(config)


def test_vectors_come_in_the_order_of_the_texts_and_have_unit_length(embedder, server):
    texts = [f"第{n}版要闻" for n in range(7)]
    vectors = np.array(embedder.get_text_embedding_batch(texts))
    wanted = np.array([server.vector(text) for text in texts])
    assert np.allclose(vectors, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-6)
    assert [len(body["input"]) for body in server.asked] == [3, 3, 1]
    assert {body["model"] for body in server.asked} == {"pairs-1"}


def test_a_text_is_asked_for_once_also_by_the_next_process(embedder, server, config):
    first = embedder.embed(["夜航", "渡口", "夜航"], query=False)
    assert server.texts == ["夜航", "渡口"]
    again = configured_embedder(config)
    assert again.embed(["渡口", "夜航"], query=False) == [first[1], first[0]]
    assert len(server.asked) == 1
    assert embedding_identity(again) == ("EndpointEmbedding/pairs-1", 96)


def test_another_model_has_vectors_of_its_own(embedder, server, config):
    embedder.embed(["夜航"], query=False)
    configured_embedder(config.model_copy(update={"embedding": "pairs-2"})).embed(["夜航"], query=False)
    assert [body["model"] for body in server.asked] == ["pairs-1", "pairs-2"]


def test_a_query_and_a_passage_of_an_e5_differ_by_their_prefix(server, config):
    e5 = configured_embedder(config.model_copy(update={"embedding": "intfloat/multilingual-e5-base"}))
    e5.get_query_embedding("夜航")
    e5.get_text_embedding("夜航")
    assert asyncio.run(e5.aget_query_embedding("夜航")) == e5.get_query_embedding("夜航")
    assert server.texts == ["query: 夜航", "passage: 夜航"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refused_call_is_tried_again(embedder, server, status):
    server.script = [(status, {"Retry-After": "0.1"}), (status, {"Retry-After": "0.1"})]
    assert len(embedder.get_text_embedding("夜航")) == 96
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "calls", "says"),
    [(401, 1, "WENBAO_EMBEDDING_KEY"), (404, 1, "correct WENBAO_EMBEDDING"),
     (400, 1, "WENBAO_EMBEDDING_BATCH"), (429, 3, "429"), (500, 3, "status 500")],
)  # fmt: skip
def test_a_call_that_fails_says_what_to_do(embedder, server, status, calls, says):
    server.script = [(status, {"Retry-After": "0.05"})] * 5
    with pytest.raises(ModelUnavailable, match=says):
        embedder.get_text_embedding("夜航")
    assert len(server.asked) == calls


def test_what_came_before_a_failure_is_not_asked_for_again(embedder, server):
    server.script = [(200, {}), (400, {})]
    texts = [f"第{n}版" for n in range(5)]
    with pytest.raises(ModelUnavailable):
        embedder.embed(texts, query=False)
    embedder.embed(texts, query=False)
    assert [len(body["input"]) for body in server.asked] == [3, 2, 2]


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[1:],
        lambda rows: [{**row, "embedding": row["embedding"][:50]} for row in rows],
        lambda rows: [{**row, "embedding": [0.0] * 96} for row in rows],
        lambda rows: [{**row, "embedding": [1e400] * 96} for row in rows],
        lambda rows: [{**rows[0], "embedding": rows[0]["embedding"][:9]}, *rows[1:]],
        lambda rows: [],
    ],
    ids=["a row too few", "shorter", "zeros", "infinite", "uneven", "none"],
)
def test_vectors_of_another_shape_are_refused(embedder, server, change):
    embedder.embed(["要闻"], query=False)
    server.shape = change
    with pytest.raises(ModelUnavailable, match="pairs-1"):
        embedder.embed(["夜航", "渡口"], query=False)
    server.shape = lambda rows: rows
    assert len(embedder.embed(["夜航"], query=False)[0]) == 96


def test_no_endpoint_there_is_told(tmp_path):
    nowhere = Config(
        data_dir=tmp_path, embedding="pairs-1", embedding_url="http://127.0.0.1:9/v1", model_retries=0
    )  # fmt: skip
    with pytest.raises(ModelUnavailable, match="wenbao doctor"):
        configured_embedder(nowhere).embed(["夜航"], query=False)


def test_a_name_without_a_folder_or_an_endpoint_is_a_wrong_setting(tmp_path, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="WENBAO_EMBEDDING_URL"):
        configured_embedder(Config(data_dir=tmp_path, embedding="no-such-model"))


def test_a_folder_is_a_model_on_this_machine(tmp_path):
    found = configured_embedder(Config(data_dir=tmp_path, embedding=str(tmp_path)))
    assert isinstance(found, OnnxE5Embedding) and found.folder == tmp_path


def test_a_cache_that_cannot_be_used_is_done_without(server, tmp_path, caplog):
    broken = tmp_path / "embedded.db"
    broken.write_bytes(b"no database at all" * 99)
    embedder = EndpointEmbedding("pairs-1", key="k", base_url=server.base_url, cache=broken)
    assert len(embedder.embed(["夜航"], query=False)[0]) == 96
    assert "embedded anew" in caplog.text


def test_pages_are_read_and_questions_answered_with_it(config, server, tmp_path):
    file = tmp_path / "page.txt"
    file.write_text(PAGE, encoding="utf-8")
    with Assistant.open(config) as assistant:
        assert assistant.ingest([file]).added
        answer = assistant.ask("江城渡口的末班船推迟到几点？")
        assert "22时30分" in answer.text and answer.citations
        calls = len(server.asked)
        assert assistant.ask("江城渡口的末班船推迟到几点？").text == answer.text
        assert len(server.asked) == calls
    with sqlite3.connect(config.data_dir / "embedded.db") as kept:
        assert kept.execute("select count(*) from vectors").fetchone()[0] >= 3
    with pytest.raises(IndexMismatch):
        Assistant.open(Config(data_dir=config.data_dir))
