"""What counts as stating a fact: other ways of writing keep a verdict, other values flip it."""

import pytest
from gold_rows import AGREED, CORPUS, DAY, MONEY, NAME, OPENING, PAGE
from pydantic import TypeAdapter

from eval.facts import Ground, printed, state, without_markers
from eval.questions import Fact
from rag import find_dates

FACT = TypeAdapter(Fact)
GROUND = Ground(OPENING, CORPUS.issued[PAGE])


def outcome(fact, text):
    return state(FACT.validate_python(fact), text, GROUND).outcome


@pytest.mark.parametrize(
    "said",
    ["总投资24亿元。", "总投资2400000000元", "２４ 亿元", "二十四亿元", "2,400,000,000元", "约24亿元", "24.0亿元"],
)
def test_another_way_of_writing_an_amount_keeps_the_verdict(said):
    assert outcome(MONEY, said) == "found"


@pytest.mark.parametrize("said", ["42亿元", "24万元", "2.4亿元", "240亿元", "24亿美元", "24", "投资很多"])
def test_another_amount_flips_it(said):
    assert outcome(MONEY, said) != "found"


@pytest.mark.parametrize("said", ["42亿元", "24万元"])
def test_another_amount_of_the_same_unit_is_a_conflict(said):
    assert outcome(MONEY, said) == "conflict"


def test_rounding_is_right_from_three_digits_on():
    fact = {"type": "quantity", "value": "2521525辆"}
    assert outcome(fact, "252万辆") == "found"
    assert outcome(fact, "300万辆") == "conflict"


@pytest.mark.parametrize("said", ["去年11月3日（2023年11月3日）开工", "2023-11-03", "二〇二三年十一月三日"])
def test_a_date_is_found_however_it_is_written(said):
    assert outcome(DAY, said) == "found"


@pytest.mark.parametrize("said", ["2022年11月3日", "2023年11月", "2023年11月4日", "去年11月3日"])
def test_another_a_coarser_or_a_relative_date_is_not_it(said):
    assert outcome(DAY, said) != "found"


def test_a_finer_date_gives_the_fields_that_are_asked_for():
    month = {"type": "date", "value": "2023-11", "fields": ["year", "month"]}
    assert outcome(month, "2023年11月3日") == "found"
    assert outcome({**month, "fields": ["month"]}, "11月3日") == "found"


def test_a_name_stands_or_does_not_and_a_number_in_it_stands_alone():
    assert outcome(NAME, "总工程师周远山") == "found"
    assert outcome(NAME, "总工程师周远") == "missing"
    road = {"type": "entity", "aliases": ["国道107"]}
    assert outcome(road, "国道107建成") == "found"
    assert outcome(road, "国道1071建成") == "missing"
    assert outcome({"type": "entity", "aliases": ["听證會"]}, "听证会") == "found"


@pytest.mark.parametrize(
    ("said", "expected"), [("代表同意", "found"), ("代表不同意", "conflict"), ("代表反对", "conflict"), ("无", "missing")]
)
def test_yes_is_not_a_part_of_no(said, expected):
    assert outcome(AGREED, said) == expected


def test_a_second_value_beside_the_right_one_is_disputed_unless_it_is_printed():
    fact = FACT.validate_python({"type": "quantity", "value": "2元"})
    assert state(fact, "票价2元，也有人说9元。", Ground("票价由2元调至3元")).disputed
    assert not state(fact, "票价由2元调至3元。", Ground("票价由2元调至3元")).disputed


def test_one_among_many_is_scattered():
    fact = FACT.validate_python(MONEY)
    many = "。".join(f"{n}亿元" for n in (24, 31, 32, 33, 34))
    assert state(fact, many, GROUND).scattered
    assert not state(fact, "24亿元。31亿元。", GROUND).scattered


def test_a_quote_proves_a_relative_date_by_the_day_of_issue():
    dates = [mention.range for mention in find_dates(OPENING, CORPUS.issued[PAGE])]
    assert printed(FACT.validate_python(DAY), OPENING, dates)
    assert not printed(FACT.validate_python(DAY), OPENING, [])


def test_markers_are_no_part_of_an_answer():
    assert without_markers("24亿元。[1]【2, 3】") == "24亿元。"
