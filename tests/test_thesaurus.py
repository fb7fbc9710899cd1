"""What readers say for what papers print: whole phrases, and the question in the paper's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.thesaurus import in_print, joined, printed, synonyms

TRADERS = "青塘市让近9万户个体工商户活得好。"


def test_a_word_that_serves_as_well_does_so_for_the_head_alone():
    assert "个体工商户" in synonyms()["小店"] and "小店" in synonyms()["个体工商户"]
    assert "小店" not in synonyms()["个体户"]
    assert printed()["小店"] == ("个体工商户",)


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        ([("摆", "v"), ("摊", "v"), ("的", "u"), ("人", "n")], ["摆摊的", "人"]),
        ([("摆", "v"), ("摊开", "v"), ("店", "n")], ["摆摊", "店"]),
        ([("小店", "n"), ("多", "a")], ["小店", "多"]),  # a word already
        ([("进城", "v"), ("务工人员", "n")], ["进城", "务工人员"]),  # each serves by itself
        ([("打", "v"), ("折扣", "n"), ("店", "n")], ["打折", "店"]),  # cut in the wrong place
        ([], []),
    ],
)
def test_a_phrase_that_was_cut_to_pieces_is_one_word(tokens, found):
    assert [word for word, _ in joined(tokens)] == found


@pytest.mark.parametrize(
    ("question", "sentence", "around", "worded"),
    [
        ("青塘有多少户小商户？", TRADERS, "", "青塘有多少户个体工商户？"),
        ("青塘有多少户小商户？", "青塘有9万户商贩。", "", "青塘有多少户小商户？"),  # nothing printed for it
        ("青塘有多少户小商户？", TRADERS, "小商户复苏", "青塘有多少户小商户？"),  # it is printed beside
        ("摆摊单干的有多少户？", TRADERS, "", "个体工商户的有多少户？"),  # once for both
        ("几成冷冻吃食出自青塘？", "冷链行业占六成。", "", "几成冷链吃食出自青塘？"),  # the longer phrase is printed nowhere
        ("", TRADERS, "", ""),
    ],
)
def test_a_question_takes_the_words_that_a_sentence_prints(question, sentence, around, worded):
    assert in_print(question, sentence, around) == worded


WORDS = st.sampled_from(sorted(printed()))
PIECES = st.lists(st.one_of(WORDS, st.text("青塘多少的3%", max_size=4)), max_size=6)


@given(PIECES)
def test_cut_words_lose_no_more_than_single_characters(pieces):
    text = "".join(pieces)
    told = [word for word, _ in joined([(char, "n") for char in text])]
    assert "".join(told) == text


@given(PIECES)
def test_a_sentence_that_prints_a_word_leaves_it(pieces):
    question = "".join(pieces)
    assert in_print(question, question, "") == question
