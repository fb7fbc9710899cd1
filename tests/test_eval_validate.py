"""What is found wrong with a gold set, and that nothing is wrong with ours."""

import pytest
from gold_rows import CORPUS, DAY, MONEY, NAME, OPENING, absent, place, question

from eval import settings, stages
from eval.settings import Balance
from eval.validate import faults

LOOSE = Balance(answerable=0, unanswerable=0, even=0.0)


def test_a_sound_set_has_no_faults():
    rows = [question(facts=[MONEY, DAY]), absent()]
    assert faults(rows, CORPUS, LOOSE) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (question(evidence=[{**place(OPENING), "start": 1}]), "holds"),
        (question(evidence=[{**place(OPENING), "source": "x.txt"}]), "no page x.txt"),
        (question(facts=[{"type": "quantity", "value": "42亿元"}]), "does not state"),
        (question(facts=[NAME]), "does not state"),
        (question(facts=[{**DAY, "value": "2022-11-03"}]), "does not state"),
        (question(facts=[]), "needs facts"),
        (question(kind="follow-up"), "messages before it"),
        (absent(facts=[MONEY]), "neither facts nor evidence"),
    ],
)
def test_a_fault_is_told_with_the_row(row, told):
    found = faults([row], CORPUS, LOOSE)
    assert any(fault.startswith(f"{row.id}: ") and told in fault for fault in found), found


def test_repeated_ids_and_questions_are_told():
    rows = [question("a"), question("a", question="另一问"), question("b", question="另一问？")]
    told = "\n".join(faults(rows, CORPUS, LOOSE))
    assert "2 rows have this id" in told and "the same question as a" in told


def test_a_lopsided_set_is_told():
    rows = [*(question(f"a{n}") for n in range(9)), question("b", article=2)]
    balance = Balance(answerable=20, unanswerable=1, even=0.6, kinds={"date": 1})
    told = "\n".join(faults(rows, CORPUS, balance))
    assert "10 answerable questions; at least 20" in told
    assert "0 unanswerable questions; at least 1" in told
    assert "0 questions of kind date" in told
    assert "article 2 has 1" in told


def test_the_gold_set_of_this_project_is_sound():
    questions, _ = stages.check(settings.read_settings())
    assert sum(q.answerable for q in questions) >= 200
