"""Whether the kind of thing asked for stands in a sentence."""

from datetime import date

import pytest

from rag.answers import another_office, may_date, may_measure, may_place, names_holder, tells_office
from rag.questions import analyse
from rag.records import Sentence
from rag.text import fold


@pytest.mark.parametrize(
    ("asked", "sentence", "may"),
    [
        ("北渡大桥总投资多少钱？", "推动201省道北渡大桥年内建成通车。", False),
        ("北渡大桥总投资多少钱？", "北渡大桥总投资3.2亿元。", True),
        ("北渡大桥总投资多少钱？", "北渡大桥投资超过3亿。", True),
        ("新厂占地多少亩？", "新厂总投资24亿元，是第八个基地。", False),
        ("新厂占地多少亩？", "新厂占地12公顷。", True),
        ("大桥长多少公里？", "大桥长900米。", True),
        ("北渡镇有多少户通暖？", "北渡镇的小区已全部通暖。", True),
        ("比重是多少？", "占三分之一。", True),
        ("How much did the bridge cost?", "推动北渡大桥年内建成通车。", True),
    ],
)
def test_a_sum_or_a_size_is_not_told_by_a_sentence_without_one(asked, sentence, may):
    question = analyse(asked, date(2024, 1, 1))
    assert may_measure(question, question.parts[0], fold(sentence)) is may


@pytest.mark.parametrize(
    ("asked", "sentence", "near", "may"),
    [
        ("新馆建在哪个区？", "新馆在高新技术服务业集聚区开工。", "", False),
        ("新馆建在哪个区？", "新馆在北塬区开工。", "", True),
        ("新馆建在哪个区？", "新馆上月开工。", "北塬区去年修路。", True),
        ("新馆建在哪里？", "新馆上月开工。", "", True),
        ("随便哪个区都能办吗？", "全市通办。", "", True),
    ],
)
def test_a_district_is_not_told_where_none_is_named(asked, sentence, near, may):
    part = analyse(asked, date(2024, 1, 1)).parts[0]
    assert may_place(part, fold(sentence), fold(near)) == may


@pytest.mark.parametrize(
    ("asked", "sentence", "may"),
    [
        ("陶远什么时候当上馆长的？", "馆长陶远表示，新馆要办成市民的书房。", False),
        ("陶远什么时候当上馆长的？", "陶远3月当上馆长。", True),
        ("新馆哪天闭馆？", "新馆逢周一闭馆。", True),
        ("新馆由谁管理？", "馆长陶远表示，新馆要办成市民的书房。", True),
    ],
)
def test_a_time_is_not_told_by_a_sentence_without_one(asked, sentence, may):
    part = analyse(asked, date(2024, 1, 1)).parts[0]
    assert may_date(part, Sentence("s", "a", sentence, 0, len(sentence)), fold(sentence)) == may


def test_the_holder_of_the_very_office_is_named():
    assert names_holder("北渡市教育局局长是谁？", "——访市教育局党组书记、局长陶远") == "陶远"
    assert names_holder("北渡市教育局局长是谁？", "副局长陶远说。") == ""


def test_the_head_of_another_body_is_another_office():
    assert another_office("北渡市房管局的局长是哪位？", "访市市场监管局党组书记、局长陶远", "")
    assert not another_office("北渡市房管局局长是谁？", "市住房保障和房地产管理局局长陶远说。", "")


@pytest.mark.parametrize(
    ("asked", "sentence", "tells"),
    [
        ("骆远洲担任什么职务？", "市水务局局长骆远洲说，水厂今年建成。", True),
        ("骆远洲是谁？", "市水务局局长骆远洲说，水厂今年建成。", True),
        ("骆远洲担任什么职务？", "骆远洲说，水厂今年建成。", False),
        ("骆远洲说了什么？", "市水务局局长骆远洲说，水厂今年建成。", False),
    ],
)
def test_the_office_of_a_person_stands_right_before_the_name(asked, sentence, tells):
    assert tells_office(analyse(asked, date(2024, 1, 1)).parts[0], fold(sentence)) is tells
