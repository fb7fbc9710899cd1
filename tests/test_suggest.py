"""Questions offered to the reader: made from the pages, and answered by them."""

import pytest
from conftest import assert_located

from rag.records import Sentence
from rag.suggest import questions_of


def asked(text, heading=False):
    return list(questions_of(Sentence("s", "a", text, 0, len(text), heading=heading)))


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("全镇水渠灌溉稻田14.1万亩。", "全镇水渠灌溉稻田多少万亩？"),
        ("据介绍,北渡镇工业增加值增长15%左右,快于全县。", "北渡镇工业增加值增长多少？"),
        ("北渡镇粮仓共有职工312人。", "北渡镇粮仓共有职工多少人？"),
    ],
)
def test_a_figure_is_asked_for_with_the_words_around_it(text, question):
    assert asked(text) == [question]


@pytest.mark.parametrize(
    "text",
    [
        "其中灌溉稻田的水渠共有14.1万亩。",  # of what?
        "将新建水渠灌溉稻田14.1万亩。",  # who?
        "北渡镇召开第三次水利建设工作会议。",  # a name
        "北渡镇有4个村、12个组的稻田灌溉了。",  # the other figure stands in the question
        "增长15%。",
    ],
)
def test_what_would_not_stand_alone_is_not_asked(text):
    assert asked(text) == []


def test_headings_are_not_asked_for():
    assert asked("全镇水渠灌溉稻田14.1万亩", heading=True) == []


def test_every_question_offered_is_answered_from_the_page(seed):
    offered = seed.suggest(limit=6)
    assert len(offered) == len(set(offered)) == 6
    for question in offered:
        answer = seed.ask(question)
        assert answer.grounding == "grounded"
        assert_located(answer, seed.index.source_text)


def test_questions_near_a_refused_one_share_its_subject(seed):
    assert any("招商引资" in question for question in seed.suggest("郑州招商引资引进了几家航空公司？"))


def test_an_empty_index_offers_nothing(quick):
    assert quick.suggest() == [] == quick.suggest("稻田")
