"""What is measured of a question beside a sentence."""

from datetime import date

import pytest

from rag.context import candidates
from rag.features import NAMES, measure
from rag.given import given_hits
from rag.questions import analyse

TODAY = date(2024, 1, 10)


def measured(asked: str, text: str) -> dict[str, float]:
    """The features of the first sentence of a text."""
    given = given_hits([text])
    found = candidates(given.hits, given.sentences.__getitem__, given.texts.__getitem__)
    first = min(found, key=lambda c: c.sentence.start)
    question = analyse(asked, TODAY)
    return dict(zip(NAMES, measure(question, question.parts[0], first), strict=True))


@pytest.mark.parametrize(
    ("asked", "sentence", "conflict"),
    [
        ("青塘商洽会签了多少钱的项目？", "青塘商洽会力争签约额达7500亿元。", 1.0),
        ("青塘商洽会签了多少钱的项目？", "青塘商洽会签约100个项目，总金额2182亿元。", 0.0),
        ("青塘商洽会计划签多少钱的项目？", "青塘商洽会力争签约额达7500亿元。", 0.0),
        ("修路是为了什么？", "修路计划带动周边发展。", 0.0),
    ],
)
def test_what_was_done_is_not_told_by_a_plan(asked, sentence, conflict):
    assert measured(asked, sentence)["tense_conflict"] == conflict


@pytest.mark.parametrize(
    ("asked", "sentence", "conflict"),
    [
        ("青塘2023年全年工业投资增长多少？", "2023年1至10月，青塘工业投资增长27.1%。", 1.0),
        ("青塘2023年工业投资增长多少？", "2023年1至10月，青塘工业投资增长27.1%。", 0.0),
        ("青塘2023年全年工业投资增长多少？", "2023年，青塘工业投资增长27.1%。", 0.0),
        ("青塘全年工业投资增长多少？", "青塘工业投资增长27.1%。", 0.0),
    ],
)
def test_a_whole_year_is_not_told_by_some_months_of_it(asked, sentence, conflict):
    assert measured(asked, sentence)["dates_conflict"] == conflict
