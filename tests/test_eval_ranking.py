"""Ranks, and the plain ranker that ours has to beat."""

from eval.ranking import Bm25, rank_of, ranking_columns, reciprocal


def test_ranks_become_rates():
    found = ranking_columns([1, 3, None], (1, 5))
    assert (found["hit@1"].value, found["hit@5"].value) == (1 / 3, 2 / 3)
    assert reciprocal([1, 2, None]) == 0.5 and reciprocal([]) == 0.0


def test_the_first_gold_document_counts():
    assert rank_of(["b", "c"], ["a", "c", "b"]) == 2 and rank_of(["z"], ["a"]) is None


def test_bm25_finds_the_document_with_the_words():
    ranker = Bm25({"a": "槐荫大桥今日开工", "b": "青塘今日多云", "c": "票价听证会举行"})
    assert ranker.search("听证会何时举行", 2)[0] == "c"
