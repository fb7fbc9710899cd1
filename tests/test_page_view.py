"""What the source panel lights is what was cited, whatever the place and however it was stitched."""

import re
from datetime import date

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import DateRange, Page, Sentence, Source, squash
from rag.articles import split_articles
from rag.sentences import split_sentences
from ui.view import citation_view

FILES = [*sorted((ROOT / "seeds").glob("*.txt")), *sorted((ROOT / "tests" / "pages").glob("*.txt"))]


def page_of(path) -> tuple[Page, dict[str, tuple[Sentence, ...]]]:
    text = path.read_bytes().decode("utf-8-sig")
    issued = DateRange(date(2024, 2, 1), date(2024, 2, 1), "day")
    source = Source(path.name, str(path), "临江日报", issued, "3", "0")
    articles = tuple(split_articles(text, source))
    return Page(source, text, articles), {a.id: split_sentences(a, text) for a in articles}


PAGES = {path.name: page_of(path) for path in FILES}
each_page = pytest.mark.parametrize("name", PAGES)


def lit(runs) -> str:
    return "".join(run["text"] for run in runs if run["mark"])


def everything_lit(view) -> str:
    heads = [view["article"][kind] or [] for kind in ("column", "title", "subtitle", "byline")]
    body = [run for paragraph in view["paragraphs"] for run in paragraph["runs"]]
    return lit([run for head in heads for run in head] + body)


@each_page
def test_every_sentence_of_a_body_is_lit_to_the_character(name):
    page, sentences = PAGES[name]
    for article in page.articles:
        for sentence in sentences[article.id]:
            view = citation_view(page, sentence.start, sentence.end, sentences.__getitem__)
            assert lit(view["raw"]) == page.text[sentence.start : sentence.end]
            if not sentence.heading:
                assert view["article"]["id"] == article.id
                assert squash(everything_lit(view)) == squash(sentence.text)


@each_page
def test_a_cited_heading_is_lit_where_it_stands(name):
    page, sentences = PAGES[name]
    for article in page.articles:
        for head in article.heads:
            view = citation_view(page, head.start, head.end, sentences.__getitem__)
            owners = [a.id for a in page.articles if head in a.heads]  # a column may have several
            assert view["article"]["id"] in owners
            # Marks around a heading are not part of it as it is shown.
            assert re.sub(r"\W", "", head.text) in re.sub(r"\W", "", everything_lit(view))


@each_page
def test_the_body_and_the_raw_page_are_shown_whole(name):
    page, sentences = PAGES[name]
    for article in page.articles:
        start = article.spans[0].source_start if article.spans else 0
        view = citation_view(page, start, start + 1, sentences.__getitem__)
        assert "".join(run["text"] for run in view["raw"]) == page.text
        if view["article"] and view["article"]["id"] == article.id:
            lines = ["".join(run["text"] for run in p["runs"]) for p in view["paragraphs"]]
            assert lines == [line for line in article.body.split("\n") if line]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_range_lights_only_characters_of_that_range(data):
    page, sentences = PAGES[data.draw(st.sampled_from(sorted(PAGES)))]
    length = len(page.text)
    start = data.draw(st.integers(-5, length + 5))
    end = data.draw(st.integers(-5, length + 5))
    view = citation_view(page, start, end, sentences.__getitem__)
    assert lit(view["raw"]) == page.text[view["start"] : view["end"]] == view["quote"]
    if view["article"]:
        body = lit([run for paragraph in view["paragraphs"] for run in paragraph["runs"]])
        assert re.search(".*?".join(map(re.escape, squash(body))), squash(view["quote"]), re.S)


def test_a_relative_date_is_explained_at_its_own_characters():
    page, sentences = PAGES["000_de716d9866afb0a4.txt"]
    for article in page.articles:
        place = article.spans[0].source_start
        view = citation_view(page, place, place + 1, sentences.__getitem__)
        explained = [run for p in view["paragraphs"] for run in p["runs"] if "date" in run]
        wanted = [m for s in sentences[article.id] if not s.heading for m in s.dates if m.relative]
        assert "".join(run["text"] for run in explained) == "".join(m.text for m in wanted)
    assert any(m.text == "去年11月24日" for s in sentences[page.articles[0].id] for m in s.dates)


def test_a_place_outside_of_every_article_shows_the_raw_page_alone():
    source = Source("a.txt", "a.txt", None, None, None, "0")
    view = citation_view(Page(source, "报头\n", ()), 0, 2, lambda _: ())
    assert (view["article"], view["paragraphs"], lit(view["raw"])) == (None, [], "报头")
    assert view["published"] is None and view["inferred"] is False


def test_of_a_very_long_page_only_what_is_near_is_shown():
    text = "\n".join(f"第{n}段写到了河堤上的第{n}棵柳树，树下有人在下棋。" for n in range(1800))
    source = Source("long.txt", "long.txt", None, None, None, "0")
    articles = tuple(split_articles(text, source))
    page = Page(source, text, articles)
    sentences = {a.id: split_sentences(a, text) for a in articles}
    start = text.index("第900段")
    view = citation_view(page, start, start + 18, sentences.__getitem__)
    assert view["cut"] and view["raw_cut"]
    assert squash(everything_lit(view)) == lit(view["raw"]) == text[start : start + 18]
    assert sum(len(run["text"]) for run in view["raw"]) < 50_000
