"""An amount may be of a whole, or of something else, than what is asked about."""

from datetime import date

import pytest

from rag.belonging import of_another, of_another_place, told_of_the_past
from rag.dates import find_dates
from rag.questions import analyse
from rag.text import fold

ROADS = "青北、云塘等4个、312公里高速公路项目建成通车。"
DEALS = "青塘高新区与青塘光华计算机公司、云崖软件公司等企业达成合作，签下24个单子，总金额300亿元。"
WHOLE = "确保青安高速北渡段等11个项目年内建成通车，全省高速公路通车总里程达到8900公里以上。"


@pytest.mark.parametrize(
    ("asked", "sentence", "another"),
    [
        ("云塘高速这一条通车里程有多少公里？", ROADS, True),
        ("青北、云塘等高速公路项目一共多少公里？", ROADS, False),
        ("几个高速公路项目建成通车？", ROADS, False),
        ("跟光华计算机单独签的那一单是多少钱？", DEALS, True),
        ("青塘高新区签了多少个单子？", DEALS, False),
        ("主题教育以来台账列了多少项？", "主题教育开展以来，制定台账，涉及教育、卫生等各领域事项21项。", False),
        ("台账里教育方面有多少项？", "今年以来，制定台账，涉及教育、卫生等各领域事项21项。", True),
        ("青安高速北渡段全长多少公里？", WHOLE, True),
        ("高速公路通车总里程要达到多少公里？", WHOLE, False),
        ("全省高速公路通车多少公里？", WHOLE, False),
        ("青安高速北渡段什么时候通车？", WHOLE, False),
        ("北渡大桥总投资多少钱？", "推动北渡大桥年内建成通车。", False),
    ],
)
def test_an_amount_of_another(asked, sentence, another):
    part = analyse(asked, date(2024, 1, 1)).parts[0]
    assert of_another(part, fold(sentence)) is another


@pytest.mark.parametrize(
    ("asked", "sentence", "another"),
    [
        ("柳河港扩容要投资多少？", "计划投资2亿元，将南浦港中心港区打造成为现代化港口。", True),
        ("南浦港要投资多少？", "计划投资2亿元，将南浦港中心港区打造成为现代化港口。", False),
        ("柳河机场要投资多少？", "计划投资2亿元，将南浦港中心港区打造成为现代化港口。", False),
        ("港口吞吐量多少？", "南浦港吞吐量达到60万吨。", False),
        ("柳河港扩容要投资多少？", "该港计划投资2亿元。", False),
    ],
)
def test_a_harbour_of_another_place_is_another(asked, sentence, another):
    assert of_another_place(analyse(asked, date(2024, 1, 1)).parts[0], fold(sentence)) is another


@pytest.mark.parametrize(
    ("asked", "sentence", "past"),
    [
        ("2024年客运量计划增长多少？", "2023年前11个月，客运量增长9%。", True),
        ("2023年客运量增长多少？", "2023年前11个月，客运量增长9%。", False),
        ("2024年客运量增长了多少？", "2023年客运量增长9%。", False),  # no plan is asked for
        ("客运量计划增长多少？", "2023年客运量增长9%。", False),
        ("2024年客运量计划增长多少？", "客运量增长9%。", False),
        ("2024年客运量计划增长多少？", "2023年客运量3亿人次，2024年计划增长9%。", False),
    ],
)
def test_what_a_year_brought_is_no_plan_for_the_next(asked, sentence, past):
    part = analyse(asked, date(2024, 1, 1)).parts[0]
    assert told_of_the_past(part, find_dates(sentence, None)) is past
