"""A second printed line bears out the first."""

from datetime import date

from rag.context import candidates
from rag.given import given_hits
from rag.questions import analyse
from rag.support import supporting

PLAN = "2024年，全省投资1400亿元以上，港口更加完善；通车高速公路643公里，新改建农村公路5000公里。去年修路800公里。"


def support(asked: str, wanted: str, text: str = PLAN) -> str | None:
    given = given_hits([text])
    found = candidates(given.hits, given.sentences.__getitem__, given.texts.__getitem__)
    best = next(c for c in found if wanted in c.sentence.text)
    second = supporting(analyse(asked, date(2024, 1, 10)).parts[0], best, found)
    return second.sentence.text if second else None


def test_the_year_of_a_clause_is_cited_from_where_it_is_printed():
    told = support("通车高速公路643公里是哪一年的计划？", "643公里")
    assert told and told.startswith("2024年")


def test_a_sentence_with_its_own_date_needs_no_other():
    assert support("哪一年修路800公里？", "800公里") is None


def test_a_figure_needs_no_other_sentence():
    assert support("通车高速公路多少公里？", "643公里") is None


def test_a_holder_of_an_office_is_cited_from_the_headline_too():
    text = "——访市水务局局长骆远洲\n\n“今年要新建管网30公里，”市水务局局长骆远洲说，并介绍了全年的各项安排。"
    assert support("水务局局长是谁？", "今年要新建", text) == "——访市水务局局长骆远洲"
