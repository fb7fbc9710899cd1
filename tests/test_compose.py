"""The sentence's own words with its dates resolved, and where they are printed."""

from datetime import date

import pytest

from rag.compose import cite, header_text, joined, opening, spoken
from rag.dates import find_dates
from rag.features import Candidate
from rag.given import given_hits
from rag.records import Article, DateRange, Sentence, Source, Statement

YEAR = DateRange(date(2024, 1, 1), date(2024, 12, 31), "year")
DAY = DateRange(date(1998, 8, 10), date(1998, 8, 10), "day")


def sentence(text: str, *, frame: str = "", issued: DateRange = YEAR) -> Sentence:
    mention = find_dates(frame, issued)[0] if frame else None
    return Sentence("s", "a", text, 3, 3 + len(text), tuple(find_dates(text, issued)), mention)


def article(**fields) -> Article:
    source = Source(
        "页.txt", "/页.txt", "鹭洲日报", DAY, "4", "f" * 64, fields.pop("row_title", None)
    )
    empty = {"column": None, "title": "", "subtitle": None, "byline": None, "body": "", "spans": ()}
    return Article("a", source, **(empty | fields))


@pytest.mark.parametrize(
    ("text", "frame", "wanted"),
    [
        ("去年11月24日,新车下线。", "", "去年11月24日（2023年11月24日）,新车下线。"),
        ("2023年11月24日,新车下线。", "", "2023年11月24日,新车下线。"),
        ("水运货运量增长6%;", "2024年", "水运货运量增长6%（2024年）。"),
        ("水运货运量增长6%。", "2024年", "水运货运量增长6%（2024年）。"),
        ("“水运货运量增长6%。”", "2024年", "“水运货运量增长6%（2024年）。”"),
        ("水运货运量增长6%……", "2024年", "水运货运量增长6%（2024年）……"),
        ("“水运货运量增长6%”", "", "“水运货运量增长6%”。"),
        ("他说：", "", "他说。"),
        ("全省通车643公里", "", "全省通车643公里。"),
        ("去年增长多少？", "", "去年（2023年）增长多少？"),
    ],
)
def test_a_sentence_is_spoken_as_one(text, frame, wanted):
    assert spoken(sentence(text, frame=frame)) == wanted


def test_the_quote_stays_as_printed():
    text = "去年,北渡镇新修水渠27.1公里。"
    printed = article(title="新渠", body=text)
    statements, citations = cite([candidate(printed, sentence(text, issued=DAY))])
    assert statements[0].text == "去年（1997年）,北渡镇新修水渠27.1公里。"
    assert statements[0].supported and statements[0].markers == (1,)
    (cited,) = citations
    assert (cited.marker, cited.quote, cited.start, cited.end) == (1, text, 3, 3 + len(text))
    assert (cited.title, cited.published, cited.source.id) == ("新渠", DAY, "页.txt")


def candidate(printed: Article, said: Sentence) -> Candidate:
    return Candidate(said, printed, said.text, "", "", printed.body, printed.body, (), 1.0)


def test_markers_count_from_one_in_order():
    said = [sentence(f"第{n}中学新修校舍{n}00间。") for n in (1, 2, 3)]
    statements, citations = cite([candidate(article(), s) for s in said])
    assert [c.marker for c in citations] == [1, 2, 3]
    assert joined(statements) == "".join(f"第{n}中学新修校舍{n}00间。[{n}]" for n in (1, 2, 3))


def test_a_statement_with_a_fault_is_not_part_of_the_answer():
    sound, unsound = (
        Statement("水渠27公里。", (1,)),
        Statement("水渠72公里。", (2,), ("number 72公里",)),
    )
    assert joined([sound, unsound]) == "水渠27公里。[1]"
    assert joined([unsound]) == ""
    assert joined([Statement("无出处。", ())]) == ""


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"title": "新渠", "row_title": "行", "body": "正文。"}, "新渠"),
        ({"row_title": "行的标题", "body": "正文。"}, "行的标题"),
        ({"body": "北渡镇新修水渠。\n第二段。"}, "北渡镇新修水渠。"),
        (
            {"body": "北渡镇今年新修的水渠全长二十七公里有余，受益农户九百三十户。"},
            "北渡镇今年新修的水渠全长二十七公里有余，…",
        ),
    ],
)
def test_an_article_is_named_by_what_it_has(fields, title):
    printed = article(**fields)
    _, (cited,) = cite([candidate(printed, sentence("正文。"))])
    assert cited.title == title
    assert opening(printed).rstrip("…") in printed.body


def test_the_header_holds_what_is_printed_above_and_below():
    printed = article(title="新渠", subtitle="记北渡", column="乡情", byline="记者 白山")
    assert header_text(printed) == "新渠 记北渡 乡情 记者 白山"
    assert header_text(article()) == ""


def test_every_sentence_of_a_text_is_sound_against_itself():
    text = (
        "去年1至10月,全市签约2319.4亿元,完成年度目标的105.4%;同比增长6%。日前,北渡镇（鹭洲）通车。"
    )
    given = given_hits([text])
    said = [s for sentences in given.sentences.values() for s in sentences]
    printed = given.hits[0].chunk.article
    statements, _ = cite([candidate(printed, s) for s in said])
    assert len(statements) >= 2 and all(statement.supported for statement in statements)


def test_clauses_one_behind_the_other_keep_their_semicolon():
    page = "修路3条；建桥2座；植树1万棵。"
    hits = given_hits([page]).hits
    clauses = hits[0].chunk.sentences
    made = [Candidate(s, hits[0].chunk.article, s.text, "", "", "", "", ()) for s in clauses]
    assert joined(cite(made[:2])[0]) == "修路3条；[1]建桥2座。[2]"
    assert joined(cite([made[0], made[2]])[0]) == "修路3条。[1]植树1万棵。[2]"
