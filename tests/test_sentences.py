"""Sentences: where they end, what they know, and promise 1 for every one of them."""

import itertools
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from page_outlines import NAMES, MadePage, made_pages, read_page, read_seed, source_of
from test_articles import any_text

from rag.articles import split_articles
from rag.records import Article, DateRange, Sentence
from rag.sentences import MAX_LENGTH, cut_points, split_sentences
from rag.text import squash

YEAR_2024 = DateRange(date(2024, 1, 1), date(2024, 12, 31), "year")


def cut(text: str) -> list[str]:
    points = cut_points(text)
    return [text[a:b] for a, b in zip([0, *points], points, strict=False)]


def split(text: str, published: DateRange | None = YEAR_2024) -> tuple[Sentence, ...]:
    """The sentences of a text that is one article."""
    (article,) = split_articles(text, source_of("page", published))
    return split_sentences(article, text)


def check_promise(text: str, article: Article) -> None:
    """Every sentence is found where it says, and together they are the whole body."""
    sentences = split_sentences(article, text)
    for sentence in sentences:
        assert squash(text[sentence.start : sentence.end]) == squash(sentence.text)
        assert sentence.text == sentence.text.strip() != ""
        assert sentence.article_id == article.id
    assert len({sentence.id for sentence in sentences}) == len(sentences)
    body = [sentence for sentence in sentences if sentence.paragraph >= 0]
    assert squash("".join(s.text for s in body)) == squash(article.body)
    assert all(a.end <= b.start for a, b in itertools.pairwise(body))
    heads = [head for head in article.heads if head.kind != "column"]
    assert [(s.start, s.text) for s in sentences if s.paragraph < 0] == [(h.start, h.text) for h in heads]


@pytest.mark.parametrize("name", ["seed", *NAMES])
def test_every_sentence_of_a_page_stands_where_it_says(name):
    page = read_seed() if name == "seed" else read_page(name)
    for article in page.articles:
        check_promise(page.text, article)


@settings(max_examples=60, deadline=None)
@given(made_pages())
def test_every_sentence_of_a_made_page_stands_where_it_says(page: MadePage):
    for article in split_articles(page.text, source_of("page")):
        check_promise(page.text, article)


@settings(max_examples=200, deadline=None)
@given(any_text)
@example("渡口 \ufeff\r水渠")  # a mark of no width behind white space
def test_every_sentence_of_any_text_stands_where_it_says(text: str):
    for article in split_articles(text, source_of("page")):
        check_promise(text, article)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("水渠通了。渡口建了！茶园呢？再等等；", ["水渠通了。", "渡口建了！", "茶园呢？", "再等等；"]),
        ("他说：“水渠通了。”大家笑了。", ["他说：“水渠通了。”", "大家笑了。"]),
        ("“渡口建了！”“茶园呢？”", ["“渡口建了！”", "“茶园呢？”"]),
        ("他说：『“通了。”』走了。", ["他说：『“通了。”』", "走了。"]),
        ("真的吗？！是的。", ["真的吗？！", "是的。"]),
        ("增长0.3个百分点。占27.1%;共8.9%", ["增长0.3个百分点。", "占27.1%;", "共8.9%"]),
        ("版本1.2.3。完", ["版本1.2.3。", "完"]),
        ("The canal is open. All came.", ["The canal is open.", " All came."]),
        ("共三项（水渠通了。渡口建了。）都完成。又一项。", ["共三项（水渠通了。渡口建了。）都完成。", "又一项。"]),
        ("（全文完。）下一篇。", ["（全文完。）下一篇。"]),
        ("缺了一半（括号。下一句。", ["缺了一半（括号。", "下一句。"]),
        ("没有句号", ["没有句号"]),
    ],
)  # fmt: skip
def test_a_sentence_ends_where_a_reader_ends_it(text, sentences):
    assert cut(text) == sentences


@given(st.text("水渠通。；！？“”（）0123.,%，个", max_size=120))
def test_cutting_keeps_every_character_and_no_number_is_cut(text: str):
    pieces = cut(text)
    assert "".join(pieces) == text
    for before, after in itertools.pairwise(pieces):
        assert not (before[-1] in "0123456789.," and after[0] in "0123456789.,")


@pytest.mark.parametrize("name", ["0.3个百分点", "27.1%", "2319.4亿元", "105.4%", "8700.1亿吨公里"])
def test_numbers_of_the_seed_stay_whole(name):
    page = read_seed()
    sentences = [s for a in page.articles for s in split_sentences(a, page.text)]
    assert page.text.count(name) == sum(sentence.text.count(name) for sentence in sentences)


@pytest.mark.parametrize("filler", ["水", "水渠，", "12", "1,234,567", "水渠3,400户", "12.5", "渠 "])
def test_a_long_text_without_full_stops_is_cut_within_the_limit(filler):
    text = filler * (1500 // len(filler))
    pieces = cut(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= MAX_LENGTH
    assert len(pieces) <= 15


def test_a_long_text_is_cut_after_commas_but_not_those_inside_numbers():
    pieces = cut("全镇3,400户人家共修渠12.5公里，" * 60)
    assert len(pieces) > 1
    assert all(piece.endswith("公里，") for piece in pieces)


def test_without_a_comma_a_long_text_is_cut_beside_a_number_not_within():
    for shift in range(9):
        pieces = cut("水" * (MAX_LENGTH - shift) + "12345.75公里" + "渠" * 500)
        assert any("12345.75" in piece for piece in pieces)


def test_dates_are_resolved_against_the_day_of_issue():
    first, second, third = split("去年6月水渠通水。同年9月渡口建成。今年再建茶园。")
    assert [str(d.range) for s in (first, second, third) for d in s.dates] == ["2023-06", "2023-09", "2024"]
    assert all(s.text[d.start : d.end] == d.text for s in (first, second, third) for d in s.dates)


def test_a_date_reaches_over_the_parts_of_its_printed_sentence_and_no_further():
    parts = split("去年6月，水渠通水；全长12.5公里；渡口也建成。茶园还没有动。")
    assert [p.frame and str(p.frame.range) for p in parts] == [None, "2023-06", "2023-06", None]
    assert [p.printed for p in parts] == [0, 0, 0, 1]


def test_a_date_without_definite_days_is_no_frame():
    parts = split("近日，水渠通水；全长12.5公里。")
    assert parts[0].dates[0].range.vague
    assert parts[1].frame is None


def test_a_decimal_before_a_semicolon_ends_no_printed_sentence():
    assert [s.printed for s in split("渠长12公里；坡度1.5；宽3米。又一条。")] == [0, 0, 0, 1]


def test_paragraphs_and_printed_sentences_are_numbered_over_the_article():
    sentences = split("水渠通了。渡口建了。\n\n茶园还要等一年；乡亲们不着急。\n\n路灯亮了。")
    assert [s.paragraph for s in sentences] == [0, 0, 1, 1, 2]
    assert [s.printed for s in sentences] == [0, 1, 2, 2, 3]


def test_titles_subtitles_bylines_and_sections_are_headings():
    page = read_seed()
    marked = [s for s in split_sentences(page.articles[0], page.text) if s.heading]
    assert [(s.text, s.paragraph >= 0) for s in marked] == [
        ("项目为王以链聚产 加快建设国家先进制造业高地", False),
        ("借力借势 搭建高效沟通招商渠道", True),
        ("重金奖励 加快建设国家先进制造业高地", True),
    ]
    heads = [s.text for s in split_sentences(page.articles[3], page.text) if s.heading]
    assert heads == ["奋力推动全市房地产市场平稳健康发展", "访市住房保障和房地产管理局党组书记、局长赵凯", "见习记者 孙雪莹"]


def test_a_sentence_printed_at_two_places_is_two_sentences_of_one_print():
    page = read_page("05_split_on_page")
    sentences = split_sentences(page.articles[0], page.text)
    (before,) = (s for s in sentences if s.text.endswith("复原的一条木帆船"))
    (after,) = (s for s in sentences if s.text.startswith("下水那天"))
    assert (before.printed, before.paragraph) == (after.printed, after.paragraph)
    assert "县中医院" in page.text[before.end : after.start]


def test_a_sentence_over_a_column_break_is_one_sentence():
    page = read_seed()
    (found,) = (s for s in split_sentences(page.articles[0], page.text) if "900个工业项目" in s.text)
    assert "\n" in page.text[found.start : found.end]
    assert "\n" not in found.text


def test_every_row_of_a_table_is_one_sentence():
    page = read_page("04_all_hash_pipe_table")
    rows = [s for s in split_sentences(page.articles[0], page.text) if s.text.startswith("|")]
    assert [row.text.split("|")[1].strip() for row in rows[2:]] == ["新材料", "装备制造", "食品加工", "纺织服装", "建材"]
    assert rows[-1].text == "| 建材 | 18.8 | -3.7 |"
    assert len({row.paragraph for row in rows}) == len(rows)


def test_an_article_without_a_body_has_only_its_heading():
    (only,) = split("# 北渡镇新修水渠")
    assert (only.text, only.start, only.heading) == ("北渡镇新修水渠", 2, True)
