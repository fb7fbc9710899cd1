"""What the judging is trained on: sound questions over invented articles, and ones made by rule."""

import json
import random
from pathlib import Path

import pytest

from eval.cloze import questions
from eval.fit_cases import TRAINING
from rag.text import squash

FILES = sorted(TRAINING.glob("*.jsonl"))
TEXTS = [
    f"青塘市第{n}座水厂开工，总投资{n}.4亿元。局长骆远洲表示，水厂预计2025年{n}月建成，每天供水{n}7万吨。"
    f"去年全市新建管网{n}30公里，改造老旧小区{n}8个。在云崖县举行的会上，{n}家企业签了约。"
    for n in range(1, 10)
]


def rows_of(path: Path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_answer_stands_in_its_article_and_only_there_are_answers(path):
    for row in rows_of(path):
        text = squash(row["text"])
        for asked in row["questions"]:
            assert bool(asked["quotes"]) == bool(asked["slots"]) == asked["answerable"]
            printed = squash("".join(asked["quotes"]))
            assert all(squash(quote) in text for quote in asked["quotes"])
            assert all(any(squash(w) in printed for w in slot) for slot in asked["slots"]), asked


def test_no_question_is_asked_twice_of_an_article():
    for path in FILES:
        for row in rows_of(path):
            asked = [q["question"] for q in row["questions"]]
            assert len(asked) == len(set(asked))


def test_a_made_question_does_not_hold_its_answer_and_its_sentence_does():
    found = list(questions(TEXTS, random.Random(1)))
    right = [one for one in found if one.right]
    assert len(right) >= 8
    for one in right:
        assert one.wording in one.right.text and one.wording not in one.question
        assert all(one.wording not in other.text for other in one.wrong)


def test_a_twin_asks_for_what_the_article_does_not_print():
    found = list(questions(TEXTS, random.Random(1)))
    twins = [one for one in found if one.right is None]
    assert twins
    originals = {one.wrong[0].text for one in twins}
    assert originals <= {one.right.text for one in found if one.right}


def test_the_same_seed_makes_the_same_questions():
    first, second = (list(questions(TEXTS, random.Random(3))) for _ in range(2))
    assert first == second
