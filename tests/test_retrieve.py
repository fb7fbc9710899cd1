"""Two legs fused by their standard scores; what several papers printed is shown once."""

import pytest
from conftest import write_rows

from rag.embedding import embedded_question
from rag.late_interaction import Embedded
from rag.retrieve import search, standard_scores
from rag.text import fold

WIRE = "新华社江城8月10日电 北渡镇新修水渠全长27.1公里，受益农户930户。"


def close(scores, wanted):
    return scores.keys() == wanted.keys() and all(
        scores[id] == pytest.approx(pair) for id, pair in wanted.items()
    )


def test_the_scores_of_each_leg_are_standardised():
    # dense: mean .8, deviation .1; lexical: mean 10, deviation 5
    scores = standard_scores([("a", 0.9), ("b", 0.7)], [("b", 15.0), ("a", 5.0)])
    assert close(scores, {"a": (1, -1), "b": (-1, 1)})


def test_what_a_leg_did_not_find_counts_as_its_worst():
    scores = standard_scores([("a", 0.9), ("b", 0.7)], [("c", 15.0), ("b", 5.0)])
    assert close(scores, {"a": (1, -1), "b": (-1, -1), "c": (-1, 1)})


@pytest.mark.parametrize(
    ("dense", "lexical", "wanted"),
    [
        ([], [], {}),
        ([("a", 0.9), ("b", 0.7)], [], {"a": (1, 0), "b": (-1, 0)}),
        ([], [("a", 3.0), ("b", 1.0)], {"a": (0, 1), "b": (0, -1)}),
        ([("a", 0.5)], [("a", 7.0)], {"a": (0, 0)}),
        ([("a", 0.5), ("b", 0.5)], [], {"a": (0, 0), "b": (0, 0)}),
    ],
)
def test_a_leg_may_be_empty_or_even(dense, lexical, wanted):
    assert close(standard_scores(dense, lexical), wanted)


def test_the_scores_do_not_depend_on_the_scale_of_a_leg():
    dense, lexical = [("a", 0.9), ("b", 0.7), ("c", 0.1)], [("c", 9.0), ("a", 4.0)]
    stretched = [(id, 100 * score + 3) for id, score in lexical]
    assert close(standard_scores(dense, stretched), standard_scores(dense, lexical))


def test_ranks_tell_each_leg_s_place(seed):
    hits = seed.search("三全食品董事长陈南", limit=5)
    best = hits[0]
    assert best.ranks["lexical"] == 1 and best.ranks["dense"] >= 1
    assert set(best.ranks) == {"dense", "lexical"} and "陈南" in best.chunk.text


@pytest.mark.parametrize("leg", ["dense", "lexical"])
def test_one_leg_may_search_alone(seed, leg):
    question = "三全食品董事长陈南"
    vector = seed._embedder.get_query_embedding(question)
    hits = search(seed.index, lambda: Embedded(vector), question, 5, legs=leg)
    assert hits and all(set(hit.ranks) == {leg} for hit in hits)


def test_where_the_tokens_are_known_the_likest_passages_are_looked_at(seed):
    question = "三全食品董事长陈南"
    plain = Embedded(seed._embedder.get_query_embedding(question))
    asked = embedded_question(seed._embedder, question)
    judge = seed._reader.judge(question)
    found = [search(seed.index, lambda one=one: one, question, 5, judge=judge) for one in (plain, asked)]
    assert all("陈南" in hits[0].chunk.text for hits in found)
    assert [hit.score for hit in found[0]] != [hit.score for hit in found[1]]
    unread = [search(seed.index, lambda one=one: one, question, 5) for one in (plain, asked)]
    assert unread[0] == unread[1]


def test_a_wire_story_in_several_papers_is_one_hit(quick, tmp_path):
    rows = [{"id": n, "text": WIRE} for n in range(6)]
    rows.append({"id": "wide", "text": WIRE.replace("，", " ，").replace("27", "２７")})
    rows.append({"id": "other", "text": "云崖县试种茶树，北渡镇新修水渠的农户也来参加。"})
    quick.ingest(write_rows(tmp_path / "rows.jsonl", rows))
    hits = quick.search("北渡镇新修水渠", limit=8)
    assert len(hits) == 2
    assert len({hit.chunk.text for hit in hits}) == 2


def test_the_limit_holds(seed):
    assert [len(seed.search("郑州", limit=n)) for n in (1, 3, 7)] == [1, 3, 7]
    assert len(seed.search("郑州", limit=1000)) == len(
        {h.chunk.id for h in seed.search("郑州", limit=1000)}
    )


@pytest.mark.parametrize("query", ["8900公里", "８９００公里", "王素梅", "盾構機"])
def test_an_exact_word_is_among_the_first(seed, query):
    hits = seed.search(query, limit=3)
    assert any(fold(query) in fold(hit.chunk.text) for hit in hits)


def test_a_search_shows_every_article_before_a_second_piece_of_one(seed):
    hits = seed.search("郑州2024年的目标", limit=10)
    articles = [hit.chunk.article.id for hit in hits]
    several = len(set(articles))
    assert several > 3 and len(set(articles[:several])) == several
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
