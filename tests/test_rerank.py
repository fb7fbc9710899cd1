"""The closer look at the best hits."""

from dataclasses import replace
from datetime import date

import pytest

from rag.records import Article, Chunk, DateMention, DateRange, Hit, Sentence, Source
from rag.rerank import rerank, reread, sought
from rag.text import fold

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
    return [h.chunk.id for h in rerank(terms, hits, legs)]


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
    first, second = rerank(TERMS, [HALF, FULL], {"half": (0.0, 0.0), "full": (0.0, 0.0)})
    assert first.score > second.score and first.ranks == {"dense": 1}


def test_between_equals_the_likeness_of_the_tokens_decides():
    twin = hit("twin", *(s.text for s in FULL.chunk.sentences))
    legs = {"full": (0.0, 0.0), "twin": (0.0, 0.0)}
    for near, best in (({"full": 0.7, "twin": 0.6}, "full"), ({"full": 0.6, "twin": 0.7}, "twin")):
        assert rerank(TERMS, [FULL, twin], legs, near)[0].chunk.id == best


@pytest.mark.parametrize("question", ["", "？？？", "的了吗"])
def test_a_question_without_words_is_left_to_the_first_stage(question):
    legs = {"half": (1.0, 0.0), "full": (0.0, 0.0)}
    terms = sought(question, lambda terms: dict.fromkeys(terms, 1), 100)
    assert [h.chunk.id for h in rerank(terms, [FULL, HALF], legs)] == ["half", "full"]


def reread_by(judge, ranked, terms=TERMS, most=4):
    """The order after reading, and what was read; an article's sentences are those of its hit."""
    judged = []
    told = {hit.chunk.article.id: hit.chunk.sentences for hit in ranked}
    order = reread(terms, ranked, told.__getitem__, lambda s: (judged.extend(s), list(map(judge, s)))[1], most)
    return [hit.chunk.id for hit in order], judged


def likes_the_figure(sentence):
    return 20.0 if "14.1万亩" in sentence.text else -20.0


def ranked(*hits, terms=TERMS):
    return rerank(terms, hits, {hit.chunk.id: (0.0, 0.0) for hit in hits})


def test_what_is_judged_to_answer_comes_before_what_has_more_of_the_words():
    wordy = hit("wordy", "北渡镇的水渠灌溉稻田多少亩，还没有人量过。", title="水渠")
    tells = hit("tells", "北渡镇前年修渠。", "镇上的水渠灌溉稻田14.1万亩。", "另有果园。")
    before = ranked(wordy, tells)
    assert [h.chunk.id for h in before] == ["wordy", "tells"]
    order, judged = reread_by(likes_the_figure, before)
    assert order == ["tells", "wordy"]
    assert judged[0].heading == "水渠"


def test_the_fullest_sentence_is_read_after_the_end_of_the_one_before():
    named = hit("named", "天气晴朗。", f"{'镇上还修了桥，' * 7}北渡镇的水渠是一条老渠。", "稻田由它灌溉14.1万亩。", "别处有果园。")
    _, judged = reread_by(lambda s: 0.0, ranked(named, HALF), most=2)
    assert [(s.text, s.around) for s in judged if "稻田" in s.text] == []
    _, judged = reread_by(lambda s: 0.0, ranked(named, HALF), most=24)
    (told,) = (s for s in judged if "14.1" in s.text)
    assert told.around.endswith("北渡镇的水渠是一条老渠。") and len(told.around) == 50


def test_where_more_is_read_an_article_counts_for_the_best_of_its_sentences():
    named = hit("named", "天气晴朗。", "北渡镇的水渠是一条老渠。", "它灌溉稻田14.1万亩。")
    other = hit("other", "北渡镇的水渠灌溉稻田多少亩，还没有人量过。")
    assert reread_by(likes_the_figure, ranked(named, other))[0] == ["other", "named"]
    order, judged = reread_by(likes_the_figure, ranked(named, other), most=24)
    assert order == ["named", "other"]
    assert {s.text for s in judged} == {
        fold(text)
        for text in ("北渡镇的水渠是一条老渠。", "它灌溉稻田14.1万亩。", "北渡镇的水渠灌溉稻田多少亩，还没有人量过。")
    }


def test_sentences_of_the_article_that_no_hit_holds_are_read_too():
    part, other = hit("part", "北渡镇的水渠是一条老渠。"), hit("other", "北渡镇的水渠灌溉果园。")
    whole = {"part": hit("part", "北渡镇的水渠是一条老渠。", "北渡镇的水渠灌溉稻田14.1万亩。"), "other": other}
    told = {name: one.chunk.sentences for name, one in whole.items()}
    order = reread(TERMS, ranked(other, part), told.__getitem__, lambda read: list(map(likes_the_figure, read)))
    assert [h.chunk.id for h in order] == ["part", "other"]


def test_a_long_sentence_is_read_where_the_question_is():
    long = hit("long", f"{'镇上还修了桥，' * 30}水渠灌溉稻田14.1万亩，{'又种了树，' * 30}完。")
    _, judged = reread_by(lambda s: 0.0, ranked(long, HALF))
    assert all(len(s.text) <= 100 for s in judged)
    assert any("14.1万亩" in s.text for s in judged)


def test_what_is_far_below_the_first_is_not_read():
    near = [hit(f"near{n}", f"北渡镇的水渠灌溉稻田{n}万亩。") for n in (1, 2, 3)]
    far = hit("far", "南渡镇有集市。")
    order, judged = reread_by(lambda s: 0.0, ranked(*near, far))
    assert len(judged) == 3
    assert order[-1] == "far"


def test_an_article_that_is_gone_meanwhile_is_read_as_far_as_it_is_at_hand():
    read = []
    order = reread(TERMS, ranked(HALF, FULL), lambda id: (), lambda s: (read.extend(s), [0.0] * len(s))[1])
    assert [h.chunk.id for h in order] == ["full", "half"]
    assert len(read) == 2


@pytest.mark.parametrize(("most", "read"), [(1, 1), (2, 2), (6, 6), (12, 12), (23, 12), (24, 24)])
def test_no_more_is_read_than_was_said(most, read):
    near = (hit(f"h{n:02}", f"北渡镇的水渠灌溉稻田{n}万亩。", f"那里的稻田有{n}万亩。") for n in range(30))
    assert len(reread_by(lambda s: 0.0, ranked(*near), most=most)[1]) == read


def test_a_fine_sentence_about_another_subject_does_not_come_first():
    ours = hit("ours", "北渡镇的水渠在镇东。", "今年修好。")
    theirs = hit("theirs", "南洼的河灌溉稻田多少亩，共14.1万亩稻田得到灌溉。")
    terms = replace(TERMS, rarity={term: 5.0 if term in ("水渠", "北渡镇", "北渡") else 1.0 for term in TERMS.rarity})
    before = ranked(ours, theirs, terms=terms)
    assert before[0].chunk.id == "ours"
    order, _ = reread_by(lambda s: 8.0 if "14.1" in s.text else -6.0, before, terms)
    assert order[0] == "ours"


def test_one_article_alone_is_not_judged():
    def judge(sentences):
        raise AssertionError("there is nothing to choose")

    assert reread(TERMS, [FULL], lambda id: (), judge) == [FULL]


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
