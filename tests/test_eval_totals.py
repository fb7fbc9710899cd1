"""Rates with their intervals, and nothing that is no number."""

import json

from gold_rows import CORPUS, REFUSAL, absent, answer, failed, question, reply

from eval.scoring import score
from eval.settings import Price
from eval.totals import latency, rate, rates, refusal_table, slices, summary, tokens


def scored(questions, replies, repeats=1):
    return score(questions, replies, CORPUS, repeats)


def test_a_rate_carries_its_interval_and_its_n():
    found = rate(80, 100)
    assert (found.value, found.n) == (0.8, 100)
    assert round(found.low, 3) == 0.711 and round(found.high, 3) == 0.867  # Wilson's


def test_a_rate_over_nothing_is_none():
    assert rate(0, 0).value is None
    assert rates(scored([absent("a")], [reply("a", REFUSAL)]))["answers right"].value is None


def test_repeats_are_averaged_and_do_not_count_as_more_questions():
    wrong = answer("总投资42亿元。")
    replies = [reply("a"), reply("a", wrong, 1), reply("b"), reply("b", None, 1)]
    found = rates(scored([question("a"), question("b")], replies, 2))["answers right"]
    assert (found.value, found.n) == (0.75, 2)


def test_the_refusals_stand_in_a_table_of_two_by_two_with_errors_apart():
    questions = [question("a"), question("b"), absent("c"), absent("d")]
    replies = [reply("a"), reply("b", REFUSAL), reply("c", REFUSAL), failed("d")]
    assert refusal_table(scored(questions, replies)) == {
        "says": {"answered": 1, "refused": 1, "error": 0},
        "does not say": {"answered": 0, "refused": 1, "error": 1},
    }


def test_slices_are_counted_apart():
    found = slices(scored([question("a"), absent("b")], [reply("a"), reply("b")]))
    assert {name: (r.value, r.n) for name, r in found.items()} == {
        "kind absent": (0.0, 1), "kind number": (1.0, 1), "article 1": (1.0, 1)
    }  # fmt: skip


def test_tokens_cost_what_their_model_costs():
    paid = answer(usage={"prompt_tokens": 1_000_000, "completion_tokens": 500_000})
    scores = scored([question("a")], [reply("a", paid)])
    assert tokens(scores, Price(prompt=2, completion=8))["cost"] == 6.0
    assert tokens(scores, None)["cost"] is None


def test_latency_leaves_errors_out_and_says_over_how_many():
    scores = scored([question("a"), question("b")], [reply("a"), failed("b")])
    assert latency(scores)["waited"] == {"p50": 0.03, "p95": 0.03, "n": 1}


def test_a_summary_of_nothing_but_errors_is_still_json_without_nan():
    scores = scored([question("a"), absent("b")], [failed("a"), failed("b")])
    told = summary(scores, {}, None)
    assert json.loads(json.dumps(told, allow_nan=False))["verdicts"]["error"] == 2
