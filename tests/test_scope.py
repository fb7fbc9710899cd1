"""Which part of the archive may answer."""

from datetime import date

import pytest
from conftest import assert_refused, write_rows

from rag.scope import EVERYTHING, Scope

ROWS = [
    {"id": "a", "publication": "北渡晚报", "published": "1998-08-10", "text": "水渠今年灌溉稻田14.1万亩。"},
    {"id": "b", "publication": "南坞日报", "published": "1998-08-11", "text": "水渠今年灌溉稻田9.7万亩。"},
    {"id": "c", "text": "水渠今年灌溉稻田3.3万亩。"},
]


@pytest.fixture
def papers(assistant, tmp_path):
    assistant.ingest(write_rows(tmp_path / "rows.jsonl", ROWS))
    return assistant


def found(assistant, **scope):
    return {hit.chunk.article.source.id[-1] for hit in assistant.search("水渠 稻田", **scope)}


def test_everything_needs_no_condition():
    assert EVERYTHING.rows() == ("", ()) and EVERYTHING.days is None


def test_an_open_end_reaches_to_the_end_of_time():
    assert Scope(since=date(1998, 8, 10)).days == (19980810, 99991231)
    assert Scope(until=date(1998, 8, 10)).days == (10101, 19980810)


@pytest.mark.parametrize(
    ("scope", "sources"),
    [
        ({}, {"a", "b", "c"}),
        ({"publication": "北渡晚报"}, {"a"}),
        ({"publication": "北渡"}, set()),
        ({"publication": "南坞日报", "since": date(1998, 8, 11)}, {"b"}),
        ({"publication": "北渡晚报", "since": date(1998, 8, 11)}, set()),
        ({"publication": "' OR 1=1 --"}, set()),
        ({"until": date(1998, 8, 10)}, {"a"}),
    ],
)
def test_only_what_is_in_the_scope_is_found(papers, scope, sources):
    assert found(papers, **scope) == sources


def test_only_the_publication_asked_for_answers(papers):
    answer = papers.ask("水渠灌溉稻田多少亩？", publication="南坞日报")
    assert "9.7万亩" in answer.text and len(answer.citations) == 1
    assert_refused(papers.ask("水渠灌溉稻田多少亩？", publication="西屏早报"))


@pytest.mark.parametrize(
    "column", ["书记访谈", "书记访谈 / 学习贯彻市委十二届五次全会暨市委经济工作会议精神"]
)
def test_a_column_is_named_whole_or_by_one_of_its_names(seed, column):
    hits = seed.search("人才", limit=30, column=column)
    assert hits and {hit.chunk.article.column[:4] for hit in hits} == {"书记访谈"}
    assert not seed.search("人才", column="书记")


def test_a_refusal_counts_only_what_was_in_the_scope(papers, seed):
    told = papers.ask("水渠有几座桥梁？", publication="北渡晚报").text
    assert "1个版面" in told and "1998年8月10日" in told and "11日" not in told
    assert "没有已收录的版面" in papers.ask("水渠有几座桥梁？", since=date(2020, 1, 1)).text
    assert "4篇文章" in seed.ask("武汉房价多少？", column="书记访谈").text
