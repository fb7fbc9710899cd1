"""Citations and passages against the evidence, in characters of the page."""

from gold_rows import CORPUS, ENGINEER, OPENING, TEXT, place

from eval.questions import Evidence
from eval.spans import cited, is_located, retrieved

GOLD = [Evidence.model_validate(place(OPENING)), Evidence.model_validate(place(ENGINEER))]


def moved(row, by):
    return row | {"start": row["start"] + by, "end": row["end"] + by}


def test_a_quote_is_located_over_a_line_break_and_not_one_character_off():
    assert is_located(place(ENGINEER), CORPUS)
    assert not is_located(moved(place(ENGINEER), 1), CORPUS)
    assert not is_located(place(ENGINEER) | {"source": "elsewhere.txt"}, CORPUS)
    assert not is_located(place(OPENING) | {"end": place(OPENING)["start"], "quote": ""}, CORPUS)


def test_only_located_quotes_cover_evidence():
    assert cited([place(OPENING)], GOLD, CORPUS).covered == 1
    found = cited([moved(place(OPENING), 1)], GOLD, CORPUS)
    assert (found.cited, found.located, found.covered) == (1, 0, 0)


def test_a_clause_of_the_evidence_covers_it_and_another_sentence_does_not():
    start = TEXT.index("总投资24亿元")
    clause = {"source": GOLD[0].source, "start": start, "end": start + 7, "quote": "总投资24亿元"}
    assert cited([clause], GOLD[:1], CORPUS).covered == 1
    assert cited([place(ENGINEER)], GOLD[:1], CORPUS).precise == 0


def test_the_same_thing_printed_twice_may_be_cited_at_either_place():
    other = place(ENGINEER)
    del other["source"]
    gold = Evidence.model_validate(place(OPENING) | {"also": [other]})
    assert cited([place(ENGINEER)], [gold], CORPUS).covered == 1


def test_retrieval_counts_new_evidence_once_and_its_rank():
    elsewhere = moved(place(OPENING), 100)
    found = retrieved([elsewhere, place(OPENING), place(OPENING), place(ENGINEER)], GOLD)
    assert (found.rank, found.covered[1], found.covered[3]) == (2, 0.0, 1.0)
    assert 0 < found.ndcg < 1
    perfect = retrieved([place(OPENING), place(ENGINEER)], GOLD)
    assert (perfect.rank, perfect.ndcg, perfect.covered[1]) == (1, 1.0, 0.5)


def test_nothing_retrieved_is_nought_and_no_fault():
    found = retrieved([], GOLD)
    assert (found.rank, found.ndcg, set(found.covered.values())) == (None, 0.0, {0.0})
