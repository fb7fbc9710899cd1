"""Names and kinds of thing that a question asks about and print has nowhere."""

from datetime import date

import pytest

from rag.questions import analyse
from rag.text import fold
from rag.unprinted import unprinted

ARTICLE = fold("本报讯 临澜市今年开通国际客货航线5条，出口总额突破200亿元，洛汀公交新增车辆300辆，豫东片区同步施工。GDP增长6.4%。")


def against(question, article=ARTICLE, page=""):
    part = analyse(question, date(2024, 1, 1)).parts[0]
    return unprinted(part.text, part.terms, article, page)


@pytest.mark.parametrize(
    "question",
    [
        "临澜地铁今年要开通几条线？", "今年生猪出栏多少万头？", "洛阳今年开通几条航线？", "武汉工厂的产能是多少？",
        "《石头船记》的作者是谁？", "用Python怎么排序？", "西安市的出口总额是多少？",
    ],
)  # fmt: skip
def test_a_thing_or_a_place_that_stands_nowhere_speaks_against_an_answer(question):
    assert against(question) >= 0.9


@pytest.mark.parametrize(
    "question",
    [
        "临澜市今年开通几条国际航线？", "出口总额突破多少？", "卖到国外的货值多少钱？", "新增多少辆公交车？",
        "临澜去年GDP增长多少？", "河南东部的片区什么时候施工？", "今年上门服务多少次？", "中国的航线有几条？",
    ],
)  # fmt: skip
def test_what_print_has_in_some_words_does_not(question):
    assert not against(question)


def test_a_place_elsewhere_on_the_page_will_do():
    assert against("洛阳今年开通几条航线？", page="洛阳晚报 要闻") < 0.1
