"""A statement holds iff each of its numbers, dates and names stands in what it cites."""

from datetime import date

import pytest

from rag.dates import find_dates
from rag.records import DateRange, Sentence
from rag.verify import faults

ISSUED = DateRange(date(2024, 1, 1), date(2024, 12, 31), "year", inferred=True)


def sentence(text: str, frame: DateRange | None = None) -> Sentence:
    frames = find_dates("2023年", None)[0] if frame else None
    return Sentence("s", "a", text, 0, len(text), tuple(find_dates(text, ISSUED)), frames)


def faults_of(statement: str, *cited: str, header: str = "") -> tuple[str, ...]:
    return faults(statement, [sentence(text) for text in cited], ISSUED, header)


SANQUAN = "去年3月15日,三全食品董事长陈南表示,航空港项目总投资24亿元,年产能达50万吨。"
INDUSTRY = "2023年,1至10月,全市工业投资同比增长27.1%,高于全国(8.9%)平均水平18.2个百分点。"
FAIR = "去年9月,第十四届中国河南国际投资贸易洽谈会在郑州开幕,签约合作项目100个。"


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        (SANQUAN, SANQUAN),
        ("三全食品航空港项目总投资24亿元。[1]", SANQUAN),
        ("总投资二十四亿元", SANQUAN),
        ("总投资2,400,000,000元", SANQUAN),
        ("总投资２４亿元", SANQUAN),
        ("2023年3月15日,陈南表示", SANQUAN),
        ("去年3月15日（2023年3月15日）,陈南表示", SANQUAN),
        ("2023年3月,陈南表示", SANQUAN),
        ("2023年,陈南表示", SANQUAN),
        ("工业投资增长27.1%，高18.2个百分点【1】", INDUSTRY),
        ("第14届洽谈会签约100个项目", FAIR),
        ("航空港項目總投資24億元", SANQUAN),
        ("没有数字的一句话。", SANQUAN),
    ],
)
def test_what_stands_there_holds(statement, cited):
    assert faults_of(statement, cited) == ()


@pytest.mark.parametrize(
    ("statement", "cited", "wrong"),
    [
        ("总投资42亿元", SANQUAN, "number 42亿元"),
        ("总投资2.4亿元", SANQUAN, "number 2.4亿元"),
        ("总投资24万元", SANQUAN, "number 24万元"),
        ("总投资24亿美元", SANQUAN, "number 24亿美元"),
        ("年产能达50亿吨", SANQUAN, "number 50亿吨"),
        ("年产能达50万辆", SANQUAN, "number 50万辆"),
        ("工业投资增长27.1个百分点", INDUSTRY, "number 27.1个百分点"),
        ("高于全国18.2%", INDUSTRY, "number 18.2%"),
        ("第十五届洽谈会签约100个项目", FAIR, "number 第十五届"),
        ("2022年3月15日，陈南表示", SANQUAN, "date 2022年3月15日"),
        ("2023年3月16日，陈南表示", SANQUAN, "date 2023年3月16日"),
        ("前年3月15日，陈南表示", SANQUAN, "date 前年3月15日"),
        ("2023年9月10日，洽谈会开幕", FAIR, "date 2023年9月10日"),
        ("洽谈会在洛阳开幕", FAIR, "name 洛阳"),
        ("三全食品董事长王素梅表示", SANQUAN, "name 王素梅"),
        ("三全食品董事长（王素梅）表示", SANQUAN, "name 王素梅"),
    ],
)
def test_what_was_swapped_is_named(statement, cited, wrong):
    assert faults_of(statement, cited) == (wrong,)


def test_nothing_holds_without_a_citation():
    assert faults("总投资24亿元", [], ISSUED) == ("no citation",)


def test_evidence_may_stand_in_several_sentences_and_the_header():
    statement = "市商务局局长王保来说，洽谈会签约100个项目，总投资24亿元。"
    assert any("王保" in fault for fault in faults_of(statement, SANQUAN, FAIR))
    assert faults_of(statement, SANQUAN, FAIR, header="——访市商务局局长王保来") == ()


def test_the_frame_of_a_sentence_counts_as_its_date():
    framed = sentence("同比增长6%。", ISSUED)
    assert faults("2023年同比增长6%。", [framed], ISSUED) == ()
    assert faults("2022年同比增长6%。", [framed], ISSUED) == ("date 2022年",)


def test_every_fault_is_told():
    told = faults_of("2021年，洛阳的项目总投资25亿元。", SANQUAN)
    assert [fault.split()[0] for fault in told] == ["number", "date", "name"]
