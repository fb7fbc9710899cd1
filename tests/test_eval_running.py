"""Asking: what fails is a reply, what was cut off goes on, nothing is asked twice."""

import threading
import time
from dataclasses import dataclass, field, replace

import pytest
from gold_rows import CORPUS, absent, question

from eval.answers import read_answers
from eval.errors import BadData
from eval.manifest import Manifest
from eval.running import read_manifest, run
from eval.scoring import score
from eval.totals import rates
from rag import Answer, ModelUnavailable

MANIFEST = Manifest("as-is", "now", "r", "d", "c", "i", "p", "1", None, {}, {}, 1, 0)


@dataclass
class Scripted:
    """Refuses, except where it is told to fail or to sleep; remembers what it was asked."""

    failing: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question, *, history=None):
        with self.lock:
            self.asked.append(question)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            trouble = self.failing.get(question)
            if isinstance(trouble, Exception):
                raise trouble
            time.sleep(trouble or 0.01)
            return Answer.refusal(question, f"没有写到 {len(history or [])}")
        finally:
            with self.lock:
                self.at_once -= 1


def asked(tmp_path, system, questions, **options):
    options = {"quiet": True, "timeout": 0.5} | options
    manifest = options.pop("manifest", MANIFEST)
    return run(system, questions, tmp_path / "run", manifest, **options)


QUESTIONS = [question(f"q{n}") for n in range(4)] + [absent(f"n{n}") for n in range(4)]


def test_errors_and_timeouts_are_replies_and_keep_the_denominator(tmp_path):
    system = Scripted({QUESTIONS[1].question: ModelUnavailable("no endpoint"), QUESTIONS[5].question: 3.0})
    replies = asked(tmp_path, system, QUESTIONS)
    told = {reply.id: reply.error for reply in replies if reply.error}
    assert told["q1"] == "ModelUnavailable: no endpoint" and told["n1"].startswith("timeout: ")
    found = rates(score(QUESTIONS, replies, CORPUS))
    assert found["answers right"].n == 4 and found["rightly refused"].n == 4
    assert found["rightly refused"].value == 0.75 and found["errors"].value == 0.25


def test_a_run_that_was_cut_off_goes_on_and_tries_errors_again(tmp_path):
    first = Scripted({QUESTIONS[2].question: ConnectionError("gone")})
    asked(tmp_path, first, QUESTIONS[:3])
    with (tmp_path / "run" / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "q3", "sam')  # a kill in the middle of a line
    second = Scripted()
    replies = asked(tmp_path, second, QUESTIONS)
    assert sorted(second.asked) == sorted(q.question for q in QUESTIONS[2:])
    assert len(replies) == len(QUESTIONS) and not any(reply.error for reply in replies)
    written = read_answers(tmp_path / "run" / "answers.jsonl")
    assert {reply.key for reply in written} == {(q.id, 0) for q in QUESTIONS}


def test_another_run_is_not_mixed_in(tmp_path):
    asked(tmp_path, Scripted(), QUESTIONS[:1])
    with pytest.raises(BadData, match="another run"):
        asked(tmp_path, Scripted(), QUESTIONS[:1], manifest=replace(MANIFEST, corpus="other"))


def test_repeats_are_samples_of_their_own(tmp_path):
    replies = asked(tmp_path, Scripted(), QUESTIONS[:2], manifest=replace(MANIFEST, repeats=3))
    assert sorted(r.key for r in replies) == [(id, n) for id in ("q0", "q1") for n in range(3)]


def test_no_more_are_asked_at_once_than_was_said(tmp_path):
    system = Scripted()
    asked(tmp_path, system, QUESTIONS, workers=3)
    assert 1 < system.most_at_once <= 3


def test_the_conversation_so_far_is_handed_over(tmp_path):
    said = [{"role": "user", "content": "槐荫大桥"}, {"role": "assistant", "content": "嗯"}]
    replies = asked(tmp_path, Scripted(), [question(history=said)])
    assert replies[0].answer["text"] == "没有写到 2"


def test_a_folder_without_a_run_says_how_to_make_one(tmp_path):
    with pytest.raises(BadData, match="python -m eval run"):
        read_manifest(tmp_path)


def test_a_broken_line_in_the_middle_is_told(tmp_path):
    asked(tmp_path, Scripted(), QUESTIONS[:2])
    path = tmp_path / "run" / "answers.jsonl"
    path.write_text("nonsense\n" + path.read_text("utf-8"), "utf-8")
    with pytest.raises(BadData, match="line 1"):
        read_answers(path)
