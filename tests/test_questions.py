"""What a question asks for, about what."""

from datetime import date

import pytest

from rag.questions import analyse

TODAY = date(2024, 1, 5)


def terms(question):
    return {term.text for term in analyse(question, TODAY).terms}


@pytest.mark.parametrize(
    ("question", "wanted"),
    [("养老方面人社局今年准备做些啥？", "人社局"), ("住建局今年修几条路？", "住建局"), ("卫健委主任是谁？", "卫健委")],
)
def test_a_short_name_of_an_office_is_one_term(question, wanted):
    assert wanted in terms(question)


def test_the_office_is_not_drawn_into_the_word_before():
    assert terms("村里没水喝怎么办？") & {"水喝", "么办"} == set()


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("我写论文要用:2023年北渡镇产粮多少？", "2023年北渡镇产粮多少？"),
        ("帮我查一下：北渡镇产粮多少？", "北渡镇产粮多少？"),
        ("请问：镇长是谁？", "镇长是谁？"),
        ("我市今年的目标是：什么？", "我市今年的目标是：什么？"),
        ("陶远请大家做的是：什么事？", "陶远请大家做的是：什么事？"),
        ("北渡镇：产粮多少？", "北渡镇：产粮多少？"),
    ],
)
def test_what_is_said_before_a_question_is_left_out(typed, asked):
    assert analyse(typed, TODAY).text == asked


def test_a_part_that_names_its_own_subject_is_a_question_of_its_own():
    _, second = analyse("青塘大桥投资多少？青塘县水务局又建了多少公里管网？", date(2024, 1, 1)).parts
    assert second.alone == "青塘县水务局建了多少公里管网"
    assert second.shared == ()
    assert analyse("大桥投资多少，长度多少？", date(2024, 1, 1)).parts[1].alone == ""


@pytest.mark.parametrize(
    ("question", "unit"), [("How many hectares does the park cover?", "ha"), ("How many km of road are built?", "km")]
)
def test_an_english_unit_is_asked_for_in_the_paper_s(question, unit):
    assert analyse(question, date(2024, 1, 1)).parts[0].units == {unit}


def test_a_time_that_is_compared_with_is_not_asked_of():
    (asked,) = analyse("今年比去年多修多少公里路？", date(2024, 5, 1)).dates
    assert asked.text == "今年"
