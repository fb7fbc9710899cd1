"""Chunks: whole sentences in order, within a budget of tokens."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_outlines import NAMES, MadePage, made_pages, read_page, read_seed, source_of
from test_articles import any_text

from rag.articles import split_articles
from rag.chunks import BUDGET, embedded_text, header, split_chunks
from rag.records import Article, Chunk, DateRange
from rag.sentences import split_sentences
from rag.text import squash
from rag.tokens import count_tokens

DAY = DateRange(date(1998, 8, 10), date(1998, 8, 10), "day")
LINES = "水渠修好了。\n\n渡口也建成了，乡亲们每天清晨坐船去镇里。\n\n茶园还要再等一年。"


def one(text: str, published: DateRange | None = None) -> tuple[Article, list[Chunk]]:
    (article,) = split_articles(text, source_of("page", published))
    return article, split_chunks(article, split_sentences(article, text))


def check_chunks(text: str, article: Article, budget: int) -> None:
    sentences = split_sentences(article, text)
    chunks = split_chunks(article, sentences, budget)
    body = [sentence for sentence in sentences if sentence.paragraph >= 0]
    assert [s for chunk in chunks for s in chunk.sentences] == body  # whole, in order, each once
    for chunk in chunks:
        assert chunk.sentences
        assert squash(chunk.text) == squash("".join(s.text for s in chunk.sentences))
        costs = [count_tokens(sentence.text) for sentence in chunk.sentences]
        assert sum(costs) <= budget or len(costs) == 1
    assert len({chunk.id for chunk in chunks}) == len(chunks)


@pytest.mark.parametrize("budget", [1, 40, BUDGET, 5000])
@pytest.mark.parametrize("name", ["seed", *NAMES])
def test_chunks_are_whole_sentences_within_the_budget(name, budget):
    page = read_seed() if name == "seed" else read_page(name)
    for article in page.articles:
        check_chunks(page.text, article, budget)


@settings(max_examples=40, deadline=None)
@given(made_pages(), st.integers(1, 300))
def test_chunks_of_made_pages_are_whole_sentences_within_the_budget(page: MadePage, budget: int):
    for article in split_articles(page.text, source_of("page")):
        check_chunks(page.text, article, budget)


@settings(max_examples=60, deadline=None)
@given(any_text)
def test_any_text_can_be_cut_into_chunks(text: str):
    for article in split_articles(text, source_of("page")):
        check_chunks(text, article, BUDGET)


def test_a_sentence_longer_than_the_budget_is_a_chunk_of_its_own():
    text = f"水渠修好了。{'清晨的渡口站满了看船的人，' * 15}大家笑了。茶园还要再等一年。"
    article, _ = one(text)
    sentences = split_sentences(article, text)
    chunks = split_chunks(article, sentences, 50)
    assert [len(chunk.sentences) for chunk in chunks] == [1, 1, 1]
    assert count_tokens(chunks[1].text) > 50


def test_ids_are_the_same_on_every_run():
    _, first = one(LINES)
    _, second = one(LINES)
    assert [chunk.id for chunk in first] == [chunk.id for chunk in second]


@pytest.mark.parametrize(
    "other",
    [
        LINES.replace("水渠", "渡槽"),
        "# 新渠通水\n\n" + LINES,
        "\n" + LINES,  # the same words at another place of the source
        LINES.replace("。\n\n茶园", "。茶园"),
    ],
)
def test_ids_differ_where_the_content_its_place_or_its_header_differs(other):
    assert not {chunk.id for chunk in one(LINES)[1]} & {chunk.id for chunk in one(other)[1]}


def test_ids_differ_between_sources_and_days_of_issue():
    article, chunks = one(LINES)
    ids = {chunk.id for chunk in chunks}
    assert not ids & {chunk.id for chunk in one(LINES, DAY)[1]}
    elsewhere = replace(article, source=source_of("another page"))
    moved = split_chunks(elsewhere, split_sentences(elsewhere, LINES))
    assert not ids & {chunk.id for chunk in moved}


def test_the_header_stands_in_what_is_embedded_and_not_in_the_text():
    article, chunks = one(f"# 新渠通水\n\n——访镇长贺兰\n\n{LINES}", DAY)
    assert header(article) == "新渠通水 | 访镇长贺兰 | 1998年8月10日"
    for chunk in chunks:
        assert embedded_text(chunk) == f"{header(article)}\n{chunk.text}"
        assert "新渠通水" not in chunk.text


def test_a_chunk_without_any_header_is_embedded_as_it_stands():
    _, chunks = one(LINES)
    assert [embedded_text(chunk) for chunk in chunks] == [chunk.text for chunk in chunks]


def test_paragraphs_stay_on_lines_of_their_own():
    _, (chunk,) = one(LINES)
    assert chunk.text.split("\n") == LINES.split("\n\n")


def test_a_section_heading_opens_the_chunk_of_what_stands_under_it():
    page = read_seed()
    article = page.articles[0]
    chunks = split_chunks(article, split_sentences(article, page.text))
    opening = [chunk for chunk in chunks if any(s.heading for s in chunk.sentences)]
    assert len(opening) == 2
    assert all(c.sentences[0].heading and len(c.sentences) > 1 for c in opening)


def test_an_article_without_a_body_gives_no_chunk():
    assert one("# 北渡镇新修水渠")[1] == []
