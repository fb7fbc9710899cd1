"""The gate: yes, no and too little to tell, on scores made up and on the real assistant spoilt."""

import re
from dataclasses import replace

import numpy as np
import pytest
from gold_rows import PAGE, REFUSAL, absent, answer, failed, question, reply
from scripted_server import ScriptedServer

from eval import gate, settings
from eval.baseline import Baseline, measured
from eval.corpus import Corpus, day_range
from eval.running import reply_of
from eval.scoring import score
from eval.variants import CHEATS, SPOILT, opened
from rag import Assistant, Config

RULES = settings.read_settings()
LINES = [f"第{n}座桥在青塘开工，总投资24亿元，长1.2公里。" for n in range(150)]
TEXT = "\n\n".join(LINES)
CORPUS = Corpus({PAGE: TEXT}, {PAGE: day_range("2024")})


def printed(n):
    start = TEXT.index(LINES[n])
    return {"source": PAGE, "start": start, "end": start + len(LINES[n]), "quote": LINES[n]}


QUESTIONS = [question(f"q{n}", article=1 + n % 3, evidence=[printed(n)]) for n in range(150)]
OTHERS = [absent(f"n{n}") for n in range(80)]
BY_ID = {q.id: q for q in (*QUESTIONS, *OTHERS)}


def told(n):
    """The right answer to question n."""
    cited = {"marker": 1, "title": "", "published": "2024", **printed(n)}
    return answer(LINES[n], (), citations=[cited], passages=[{"number": 1, "text": LINES[n], **printed(n)}])


def made(wrong=(), invented=()):
    """Scores with some answers refused and some refusals answered."""
    replies = [reply(q.id, REFUSAL if q.id in wrong else told(n)) for n, q in enumerate(QUESTIONS)]
    replies += [reply(q.id, told(0) if q.id in invented else REFUSAL) for q in OTHERS]
    return score([*QUESTIONS, *OTHERS], replies, CORPUS)


def baseline_of(scores):
    return Baseline({}, measured(scores), ())


QUICK = RULES.model_copy(update={"gate": RULES.gate.model_copy(update={"resamples": 2000})})


def judged(scores, old=None):
    return gate.judge(scores, baseline_of(old or made()), QUICK, CORPUS)


def ids(prefix, numbers):
    return {f"{prefix}{n}" for n in numbers}


def test_the_same_again_passes():
    verdict = judged(made())
    assert (verdict.status, verdict.findings) == (gate.PASS, ())


def test_what_got_better_passes():
    old = made(wrong=ids("q", range(12)))
    assert judged(made(), old).status == gate.PASS


def test_many_lost_is_a_regression_and_names_the_slice():
    verdict = judged(made(wrong=ids("q", range(0, 60, 3))))
    assert verdict.status == gate.REGRESSION
    assert any(f.where == "slice" and f.told.startswith("article 1, answers: lost 20") for f in verdict.findings)


def test_a_few_lost_is_inconclusive():
    verdict = judged(made(wrong=ids("q", range(4))))
    assert verdict.status == gate.INCONCLUSIVE
    assert "answers" in {f.where for f in verdict.findings}


def test_answers_to_what_the_page_does_not_say_are_a_regression():
    verdict = judged(made(invented=ids("n", range(20))))
    assert verdict.status == gate.REGRESSION
    assert any("absent, refusals" in f.told for f in verdict.findings)


def test_one_lost_must_pass_question_is_a_regression():
    scores = made(wrong={"q7"})
    marked = [
        replace(s, question=s.question.model_copy(update={"must_pass": s.question.id == "q7"}))
        for s in scores
    ]
    findings = judged(marked).findings
    assert findings[0].where == "must pass" and findings[0].told.startswith("q7 ")


def test_a_citation_off_by_one_is_a_regression():
    replies = [reply(q.id, told(n)) for n, q in enumerate(QUESTIONS)]
    replies[3].answer["citations"][0]["start"] += 1
    replies += [reply(q.id, REFUSAL) for q in OTHERS]
    verdict = judged(score([*QUESTIONS, *OTHERS], replies, CORPUS))
    assert verdict.findings[0].where == "citations located"


def test_too_many_errors_are_told_as_such():
    replies = [failed(q.id) if n < 3 else reply(q.id, told(n)) for n, q in enumerate(QUESTIONS)]
    replies += [reply(q.id, REFUSAL) for q in OTHERS]
    verdict = judged(score([*QUESTIONS, *OTHERS], replies, CORPUS))
    assert verdict.status == gate.ERRORS
    assert verdict.findings[0].told.startswith("3 of 230 replies")


def test_a_floor_fails_whatever_the_baseline_says():
    bad = made(wrong=ids("q", range(60)))
    verdict = judged(bad, bad)
    assert verdict.status == gate.REGRESSION
    assert "floor 80%" in verdict.findings[0].told


def flipped(seed, share):
    """A system whose verdicts come out another way on some questions, as a model's do."""
    chance = np.random.default_rng(seed)
    usual = {q.id for n, q in enumerate(QUESTIONS) if n % 10 == 0}
    moved = {q.id for q in QUESTIONS if chance.random() < share * (0.9 if q.id in usual else 0.1)}
    return made(wrong=usual ^ moved, invented={q.id for q in OTHERS if chance.random() < 0.05})


def test_twenty_runs_of_the_same_noisy_system_never_fail():
    old = flipped(99, 0.3)
    found = [judged(flipped(seed, 0.3), old).status for seed in range(20)]
    assert gate.REGRESSION not in found


def test_a_loss_of_ten_points_is_seen_through_the_noise():
    old = flipped(99, 0.3)
    found = []
    for seed in range(10):
        chance = np.random.default_rng(1000 + seed)
        lost = {q.id for q in QUESTIONS if chance.random() < 0.14}
        wrong = {s.question.id for s in flipped(seed, 0.3) if s.question.answerable and s.refused}
        found.append(judged(made(wrong=wrong | lost), old).status)
    assert gate.PASS not in found and found.count(gate.REGRESSION) >= 8


# --- the real assistant, whole and spoilt ----------------------------------------------------------


@pytest.fixture(scope="module")
def gold():
    """Every must-pass question and every eighth other one."""
    rows = RULES.questions()
    others = [q for q in rows if not q.must_pass]
    return [q for q in rows if q.must_pass] + others[::8]


@pytest.fixture(scope="module")
def seeds():
    return RULES.corpus()


def scores_of(system, gold, seeds):
    return score(gold, [reply_of(system, q, 0, 60.0) for q in gold], seeds)


@pytest.fixture(scope="module")
def whole(seed, gold, seeds):
    return baseline_of(scores_of(seed, gold, seeds))


def verdict_of(system, whole, gold, seeds):
    return gate.judge(scores_of(system, gold, seeds), whole, RULES, seeds)


def lost_slices(verdict):
    return [change for change in verdict.slices if change.lost > change.won]


@pytest.mark.slow
def test_the_assistant_twice_is_no_difference(seed, whole, gold, seeds):
    verdict = verdict_of(seed, whole, gold, seeds)
    assert {d.won + d.lost for d in verdict.differences.values()} == {0}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHEATS)
def test_a_system_that_cheats_fails(name, seed, whole, gold, seeds):
    verdict = verdict_of(CHEATS[name].system(seed), whole, gold, seeds)
    assert verdict.status == gate.REGRESSION and lost_slices(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["no-dates", "shifted", "misplaced", "units"])
def test_spoilt_answers_fail_or_are_doubted(name, seed, whole, gold, seeds):
    verdict = verdict_of(SPOILT[name].system(seed), whole, gold, seeds)
    assert verdict.status in (gate.REGRESSION, gate.INCONCLUSIVE) and lost_slices(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["top-1", "timid", "bold", "no-lexical"])
def test_a_spoilt_setting_fails_or_is_doubted(
    name, seed_index, embedder, whole, gold, seeds
):
    config = Config(data_dir=seed_index, **SPOILT[name].config)
    with Assistant.open(config, embedder=embedder) as assistant:
        verdict = verdict_of(SPOILT[name].system(assistant), whole, gold, seeds)
    assert verdict.status in (gate.REGRESSION, gate.INCONCLUSIVE) and lost_slices(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unstitched", "article-lost"])
def test_spoilt_pages_fail_or_are_doubted(name, tmp_path, embedder, whole, gold, seeds):
    for source, text in seeds.texts.items():
        (tmp_path / "pages").mkdir()
        (tmp_path / "pages" / source).write_bytes(SPOILT[name].pages(text).encode())
    with Assistant.open(Config(data_dir=tmp_path / "index"), embedder=embedder) as assistant:
        assistant.ingest([tmp_path / "pages"])
        verdict = verdict_of(assistant, whole, gold, seeds)
    assert verdict.status in (gate.REGRESSION, gate.INCONCLUSIVE) and lost_slices(verdict)


def obedient(request):
    """A model that does as it is told: with the rules it marks what it says, without them it chats."""
    texts = [message["content"] for message in request["messages"]]
    question = texts[-1].splitlines()[-1]
    rows = re.findall(r"(?m)^\[(\d+)\] (.+?)[。；;]?$", "\n".join(texts))
    if not rows:
        return question
    number, told = max(rows, key=lambda row: len(set(row[1]) & set(question)))
    if "编号" in texts[0]:
        return f"{told}[{number}]。"
    return f"您好，很高兴为您解答！据我了解，{told}。希望对您有所帮助！"


@pytest.mark.slow
def test_prompts_that_say_nothing_fail_or_are_doubted(tmp_path, gold, seeds):
    with ScriptedServer() as server:
        server.script = [obedient]
        setup = {"model": "obedient", "base_url": server.base_url, "api_key": "none"}
        with opened("as-is", seeds, tmp_path / "whole", **setup) as (_, system):
            told = scores_of(system, gold, seeds)
        with opened("bare-prompts", seeds, tmp_path / "bare", **setup) as (_, system):
            verdict = verdict_of(system, baseline_of(told), gold, seeds)
    assert sum(s.written for s in told) > 20
    assert verdict.status == gate.REGRESSION
    assert any("written" in change.name for change in lost_slices(verdict))


@pytest.mark.slow
def test_an_assistant_that_forgets_what_was_said_fails_or_is_doubted(seed, seeds):
    rows = [q for q in RULES.questions() if q.kind == "follow-up"]
    whole = baseline_of(scores_of(seed, rows, seeds))
    verdict = verdict_of(SPOILT["forgetful"].system(seed), whole, rows, seeds)
    # On a single page a bare 董事长叫什么？ means only one person, so few are lost.
    assert verdict.status in (gate.REGRESSION, gate.INCONCLUSIVE)
    assert any(change.name == "kind follow-up, answers" for change in lost_slices(verdict))
