"""Feedback becomes candidates; facts are never taken from an answer."""

import json

import pytest
from gold_rows import OPENING, REFUSAL, answer, question

from eval.candidates import candidates, write
from eval.errors import BadData
from eval.questions import Question

GOOD = {"id": "aaaaaaaa1", "time": "t", "question": "大桥多长？", "answer": answer(), "verdict": "right", "word": ""}
BAD = {"id": "bbbbbbbb2", "time": "t", "question": "谁设计的？", "answer": REFUSAL, "verdict": "wrong", "word": "有写"}


def feedback(tmp_path, *rows):
    path = tmp_path / "feedback.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_wrong_ones_come_first_and_carry_what_was_cited(tmp_path):
    made = [Question.model_validate(row) for row in candidates(feedback(tmp_path, GOOD, BAD), [])]
    assert [q.id for q in made] == ["c-bbbbbbbb", "c-aaaaaaaa"]
    assert "有写" in made[0].note and made[1].evidence[0].quote == OPENING
    assert all(q.facts == () and q.checked == "candidate" for q in made)


def test_known_and_repeated_questions_are_left_out(tmp_path):
    known = [question(question="大桥多长?")]
    assert [r["id"] for r in candidates(feedback(tmp_path, GOOD, BAD, BAD), known)] == ["c-bbbbbbbb"]


def test_a_line_that_is_no_feedback_is_told(tmp_path):
    with pytest.raises(BadData, match="line 2"):
        candidates(feedback(tmp_path, GOOD, {"id": "x"}), [])


def test_they_are_written_as_lines(tmp_path):
    gold = tmp_path / "gold.jsonl"
    gold.write_text(question().model_dump_json() + "\n", "utf-8")
    assert write(feedback(tmp_path, GOOD), [gold], tmp_path / "out" / "new.jsonl") == 1
    assert "大桥多长" in (tmp_path / "out" / "new.jsonl").read_text("utf-8")
