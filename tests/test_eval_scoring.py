"""Verdicts: one for every reply, errors and all."""

import pytest
from gold_rows import (
    CORPUS,
    DAY,
    MONEY,
    NAME,
    OPENING,
    REFUSAL,
    absent,
    answer,
    failed,
    question,
    reply,
)

from eval.errors import BadData
from eval.scoring import judge, longest, score
from eval.totals import rates


def verdict(text, **given):
    return judge(question(**given), text, False, CORPUS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OPENING, "right"),
        ("槐荫大桥总投资42亿元。", "conflict"),
        ("24亿元，另一说42亿元。", "conflict"),
        ("大桥已开工。", "missing"),
        (OPENING * 12, "partly"),
    ],
)
def test_an_answer_gets_the_verdict_it_deserves(text, expected):
    assert verdict(text) == expected


def test_half_of_the_facts_is_partly():
    assert verdict("总工程师是周远山。", facts=[NAME, MONEY]) == "partly"
    assert verdict(f"{OPENING}总工程师是周远山。", facts=[NAME, MONEY]) == "right"


def test_a_date_has_to_be_told_so_that_a_reader_understands_it():
    assert verdict(OPENING, facts=[DAY]) == "missing"
    assert verdict(OPENING.replace("，", "（2023年11月3日），", 1), facts=[DAY]) == "right"


def test_what_the_page_does_not_say_is_rightly_refused_or_invented():
    scores = score([absent("a"), absent("b")], [reply("a", REFUSAL), reply("b")], CORPUS)
    assert [s.verdict for s in scores] == ["right", "invented"]


@pytest.mark.parametrize(
    "given", [answer("版面没有写到。", grounding="refused"), answer("没" * 400, (), grounding="refused")]
)
def test_a_refusal_that_cites_or_goes_on_and_on_is_none(given):
    assert score([absent("a")], [reply("a", given)], CORPUS)[0].verdict == "invented"


def test_a_cause_is_told_along_the_way_from_question_to_answer():
    questions = [question(id) for id in "abcd"]
    replies = [
        reply("a", REFUSAL),
        reply("b", answer("没有写到。", (), grounding="refused", passages=answer()["passages"])),
        reply("c", answer("大桥已开工。", (), passages=answer()["passages"])),
        reply("d", answer("总投资42亿元。")),
    ]
    assert [s.cause for s in score(questions, replies, CORPUS)] == [
        "evidence not retrieved",
        "evidence retrieved, but refused",
        "evidence retrieved, but not cited",
        "evidence cited, but the answer is not right",
    ]


def test_errors_and_timeouts_keep_their_place_in_every_denominator():
    questions = [question("a"), question("b"), absent("c"), absent("d")]
    replies = [reply("a"), failed("b"), reply("c", REFUSAL), failed("d", "ConnectionError: gone")]
    scores = score(questions, replies, CORPUS)
    found = rates(scores)
    assert (found["answers right"].value, found["answers right"].n) == (0.5, 2)
    assert (found["rightly refused"].value, found["rightly refused"].n) == (0.5, 2)
    assert (found["evidence cited"].value, found["evidence cited"].n) == (0.5, 2)
    assert (found["evidence in top 5"].value, found["errors"].value) == (0.5, 0.5)


def test_a_missing_or_a_strange_reply_is_an_error_and_never_left_out():
    with pytest.raises(BadData, match="1 of 2 replies are missing"):
        score([question("a"), question("b")], [reply("a")], CORPUS)
    with pytest.raises(BadData, match="belong to no question"):
        score([question("a")], [reply("a"), reply("z")], CORPUS)


def test_the_length_allowed_grows_with_the_evidence():
    assert longest(question()) == 300
    assert longest(question(evidence=[{**question().evidence[0].model_dump(), "quote": "长" * 200}])) == 550
