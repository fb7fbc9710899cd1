"""The closer look at the best hits."""

from dataclasses import replace
from datetime import date

import pytest

from rag.records import Article, Chunk, DateMention, DateRange, Hit, Sentence, Source
from rag.rerank import rerank, reread, sought

QUESTION = "北渡镇水渠灌溉稻田多少亩？"


def hit(name, *sentences, body="", title=""):
    source = Source(name, name, None, None, None, name)
    texts = tuple(Sentence(f"{name}{n}", name, t, 0, len(t)) for n, t in enumerate(sentences))
    article = Article(name, source, None, title, None, None, body or "".join(sentences), ())
    return Hit(Chunk(name, article, texts, "".join(sentences)), 0.0, {"dense": 1})


def order(*hits, legs=None, frequency=None, total=100):
    legs = legs or {}
    legs = {h.chunk.id: legs.get(h.chunk.id, (0.0, 0.0)) for h in hits}
    counted = frequency or {}
    terms = sought(QUESTION, lambda terms: {t: counted.get(t, 1) for t in terms}, total)
    ranked = rerank(terms, hits, legs)
    return [h.chunk.id for h in ranked]


TERMS = sought(QUESTION, lambda terms: dict.fromkeys(terms, 1), 100)
FULL = hit("full", "北渡镇的水渠灌溉稻田14.1万亩。")
SPREAD = hit("spread", "北渡镇今年修路。", "别处的水渠要灌溉果园。", "云崖县种稻田。")
HALF = hit("half", "北渡镇今年修好了水渠。")


def test_more_of_the_question_is_better():
    assert order(HALF, FULL) == ["full", "half"]


def test_one_sentence_with_all_of_it_beats_several_with_a_piece_each():
    assert order(SPREAD, FULL) == ["full", "spread"]


def test_what_the_rest_of_the_article_and_its_title_say_counts():
    same = "今年灌溉稻田14.1万亩。"
    bare, inside = hit("bare", same), hit("inside", same, body=f"北渡镇修好了水渠。{same}")
    titled = hit("titled", same, title="北渡镇修好水渠")
    assert order(bare, inside) == ["inside", "bare"]
    assert order(bare, titled) == ["titled", "bare"]


def test_a_rare_word_counts_for_more_than_a_common_one():
    common, rare = hit("common", "稻田今年丰收。"), hit("rare", "水渠今年修好。")
    assert order(common, rare, frequency={"稻田": 90, "水渠": 2}) == ["rare", "common"]
    assert order(common, rare, frequency={"稻田": 2, "水渠": 90}) == ["common", "rare"]


@pytest.mark.parametrize("leg", [(3.0, 0.0), (0.0, 3.0)])
def test_between_equals_the_first_stage_decides(leg):
    twin = hit("twin", *(s.text for s in FULL.chunk.sentences))
    assert order(FULL, twin, legs={"twin": leg}) == ["twin", "full"]


def test_ranks_are_kept_and_scores_fall():
    ranked = rerank(TERMS, [HALF, FULL], {"half": (0.0, 0.0), "full": (0.0, 0.0)})
    assert ranked[0].score > ranked[1].score and ranked[0].ranks == {"dense": 1}


@pytest.mark.parametrize("question", ["", "？？？", "的了吗"])
def test_a_question_without_words_is_left_to_the_first_stage(question):
    legs = {"half": (1.0, 0.0), "full": (0.0, 0.0)}
    terms = sought(question, lambda terms: dict.fromkeys(terms, 1), 100)
    ranked = rerank(terms, [FULL, HALF], legs)
    assert [h.chunk.id for h in ranked] == ["half", "full"]


def test_what_is_judged_to_answer_comes_before_what_has_more_of_the_words():
    judged = []

    def judge(sentences):
        judged.extend(sentences)
        return [20.0 if "14.1万亩" in sentence.text else -20.0 for sentence in sentences]

    wordy = hit("wordy", "北渡镇的水渠灌溉稻田多少亩，还没有人量过。", title="水渠")
    tells = hit("tells", "北渡镇前年修渠。", "镇上的水渠灌溉稻田14.1万亩。", "另有果园。")
    legs = {"wordy": (0.0, 0.0), "tells": (0.0, 0.0)}
    ranked = rerank(TERMS, [wordy, tells], legs)
    assert [h.chunk.id for h in ranked] == ["wordy", "tells"]
    assert [h.chunk.id for h in reread(TERMS, ranked, judge)] == ["tells", "wordy"]
    assert [j.text for j in judged] == [wordy.chunk.sentences[0].text, tells.chunk.sentences[1].text]
    assert judged[0].heading == "水渠"


def test_the_sentence_with_the_rest_of_the_question_is_read_beside_the_fullest():
    judged = []
    named = hit("named", "北渡镇的水渠是一条老渠。", "天气晴朗。", "它灌溉稻田14.1万亩。")
    other = hit("other", "北渡镇的水渠灌溉稻田多少亩，还没有人量过。")
    legs = {"named": (0.0, 0.0), "other": (0.0, 0.0)}
    reread(TERMS, rerank(TERMS, [named, other], legs), lambda s: (judged.extend(s), [0.0, 0.0])[1])
    pair = {(j.text, j.around) for j in judged}
    assert pair == {
        ("北渡镇的水渠是一条老渠。", "它灌溉稻田14.1万亩。"), ("北渡镇的水渠灌溉稻田多少亩，还没有人量过。", ""),
    }  # fmt: skip


def test_what_is_far_below_the_first_is_not_read():
    judged = []
    near = [hit(f"near{n}", f"北渡镇的水渠灌溉稻田{n}万亩。") for n in (1, 2, 3)]
    far = hit("far", "南渡镇有集市。")
    ranked = rerank(TERMS, [*near, far], {h.chunk.id: (0.0, 0.0) for h in [*near, far]})
    order = reread(TERMS, ranked, lambda s: (judged.extend(s), [0.0] * len(s))[1])
    assert len(judged) == 3
    assert order[-1].chunk.id == "far"


def test_a_fine_sentence_about_another_subject_does_not_come_first():
    ours = hit("ours", "北渡镇的水渠在镇东。", "今年修好。")
    theirs = hit("theirs", "南洼的河灌溉稻田多少亩，共14.1万亩稻田得到灌溉。")
    terms = replace(TERMS, rarity={term: 5.0 if term in ("水渠", "北渡镇", "北渡") else 1.0 for term in TERMS.rarity})
    ranked = rerank(terms, [ours, theirs], {"ours": (0.0, 0.0), "theirs": (0.0, 0.0)})
    assert ranked[0].chunk.id == "ours"
    order = reread(terms, ranked, lambda s: [8.0 if "14.1" in j.text else -6.0 for j in s])
    assert order[0].chunk.id == "ours"


def test_one_article_alone_is_not_judged():
    def judge(sentences):
        raise AssertionError("there is nothing to choose")

    assert reread(TERMS, [FULL], judge) == [FULL]


def test_what_happened_at_the_time_asked_for_comes_first():
    def told(name, day):
        made = hit(name, "北渡镇的水渠灌溉稻田14.1万亩。")
        mention = DateMention("8月", 0, 0, DateRange(day, day, "day"), False)
        sentence = replace(made.chunk.sentences[0], dates=(mention,))
        return replace(made, chunk=replace(made.chunk, sentences=(sentence,)))

    then, later = told("b", date(2023, 8, 9)), told("a", date(2024, 8, 9))
    asked = DateRange(date(2023, 8, 1), date(2023, 8, 31), "month")
    terms = sought(QUESTION, lambda terms: dict.fromkeys(terms, 1), 100, [asked])
    legs = {"a": (0.0, 0.0), "b": (0.0, 0.0)}
    assert [h.chunk.id for h in rerank(terms, [later, then], legs)] == ["b", "a"]
    assert [h.chunk.id for h in rerank(TERMS, [later, then], legs)] == ["a", "b"]
