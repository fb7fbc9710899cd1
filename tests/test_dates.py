"""What newspapers call days, and which days they are."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.dates import annotate, describe, find_dates, infer_year, parse_published, question_dates
from rag.records import DateMention, DateRange

SEED = Path(__file__).parents[1] / "seeds" / "000_de716d9866afb0a4.txt"
DAY = DateRange(date(2024, 1, 5), date(2024, 1, 5), "day")  # a Friday
MONTH = DateRange(date(2024, 1, 1), date(2024, 1, 31), "month")
YEAR = DateRange(date(2024, 1, 1), date(2024, 12, 31), "year")


def issue(iso: str) -> DateRange:
    found = parse_published(iso)
    assert found is not None
    return found


def spoken(mention: DateMention) -> str:
    return str(mention.range) + ("~" if mention.range.vague else "")


def found(text: str, issued: DateRange | None = DAY, previous: DateRange | None = None):
    """`mention=range` for every date, a vague range marked by `~`."""
    return [f"{m.text}={spoken(m)}" for m in find_dates(text, issued, previous)]


def one(text: str, issued: DateRange | None = DAY, previous: DateRange | None = None) -> str:
    (mention,) = find_dates(text, issued, previous)
    return spoken(mention)


# --- relative words, by what is known of the issue -----------------------------------------------

WINDOW = "2023-12-21/2024-01-05~"
RELATIVE = [
    # wording, issue of 5 January 2024, issue of January 2024, issue of 2024; "" is left out
    ("去年", "2023", "2023", "2023"),
    ("前年", "2022", "2022", "2022"),
    ("大前年", "2021", "2021", "2021"),
    ("今年", "2024", "2024", "2024"),
    ("明年", "2025", "2025", "2025"),
    ("后年", "2026", "2026", "2026"),
    ("上年", "2023", "2023", "2023"),
    ("年内", "2024", "2024", "2024"),
    ("去年11月24日", "2023-11-24", "2023-11-24", "2023-11-24"),
    ("去年12月下旬", "2023-12-21/2023-12-31", "2023-12-21/2023-12-31", "2023-12-21/2023-12-31"),
    ("去年上半年", "2023-01-01/2023-06-30", "2023-01-01/2023-06-30", "2023-01-01/2023-06-30"),
    ("去年底", *["2023-11-01/2023-12-31~"] * 3),
    ("今年年初", *["2024-01-01/2024-02-29~"] * 3),
    ("本月", "2024-01", "2024-01", "2024~"),
    ("上月", "2023-12", "2023-12", "2024~"),
    ("上个月", "2023-12", "2023-12", "2024~"),
    ("下月", "2024-02", "2024-02", "2024~"),
    ("上月28日", "2023-12-28", "2023-12-28", "2024~"),
    ("本月中旬", "2024-01-11/2024-01-20", "2024-01-11/2024-01-20", "2024~"),
    ("月初", "2024-01-01/2024-01-10~", "2024-01-01/2024-01-10~", "2024~"),
    ("月底", "2024-01-21/2024-01-31~", "2024-01-21/2024-01-31~", "2024~"),
    ("昨日", "2024-01-04", "2024-01~", "2024~"),
    ("昨天", "2024-01-04", "2024-01~", "2024~"),
    ("昨晚", "2024-01-04", "2024-01~", "2024~"),
    ("前日", "2024-01-03", "2024-01~", "2024~"),
    ("前天", "2024-01-03", "2024-01~", "2024~"),
    ("今日", "2024-01-05", "2024-01~", "2024~"),
    ("今天", "2024-01-05", "2024-01~", "2024~"),
    ("明日", "2024-01-06", "2024-01~", "2024~"),
    ("明天", "2024-01-06", "2024-01~", "2024~"),
    ("日前", WINDOW, "2024-01~", "2024~"),
    ("近日", WINDOW, "2024-01~", "2024~"),
    ("近期", WINDOW, "2024-01~", "2024~"),
    ("截至目前", "2024-01-05~", "2024-01~", "2024~"),
    ("上周", "2023-12-25/2023-12-31", "", ""),
    ("本周", "2024-01-01/2024-01-07", "", ""),
    ("下周", "2024-01-08/2024-01-14", "", ""),
    ("上周五", "2023-12-29", "", ""),
    ("上周日", "2023-12-31", "", ""),
    ("本周末", "2024-01-06/2024-01-07", "", ""),
    ("周一", "2024-01-01", "", ""),
    ("星期五", "2024-01-05", "", ""),
    ("星期六", "2023-12-30", "", ""),
    ("近三年", "2021-01-01/2024-01-05~", "2021-01-01/2024-01-31~", "2021-01-01/2024-12-31~"),
    ("五年来", "2019-01-01/2024-01-05~", "2019-01-01/2024-01-31~", "2019-01-01/2024-12-31~"),
]


@pytest.mark.parametrize(("wording", "by_day", "by_month", "by_year"), RELATIVE)
def test_a_relative_word_means_what_the_issue_allows(wording, by_day, by_month, by_year):
    for issued, expected in ((DAY, by_day), (MONTH, by_month), (YEAR, by_year)):
        mentions = find_dates(f"{wording},甲河市开了会。", issued)
        assert [m.text for m in mentions] == ([wording] if expected else [])
        assert [spoken(m) for m in mentions] == ([expected] if expected else [])
        assert all(m.relative for m in mentions)


@pytest.mark.parametrize("wording", [row[0] for row in RELATIVE])
def test_a_relative_word_without_an_issue_is_left_out(wording):
    assert find_dates(f"{wording},甲河市开了会。", None) == []


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("同年", "2023"),
        ("同年9月", "2023-09"),
        ("当年", "2023"),
        ("次年3月", "2024-03"),
        ("同月", "2023-11"),
        ("同月28日", "2023-11-28"),
        ("当月", "2023-11"),
        ("当日", "2023-11-24"),
        ("当天", "2023-11-24"),
        ("次日", "2023-11-25"),
        ("同期", "2023-11-24"),
        ("25日", "2023-11-25"),
    ],
)
def test_a_word_pointing_back_takes_the_date_named_before(wording, expected):
    before = issue("2023-11-24")
    assert one(f"{wording},双方签约。", issue("2025-06-01"), before) == expected
    mentions = find_dates(f"2023年11月24日,展会开幕,{wording},双方签约。", YEAR)
    assert [spoken(m) for m in mentions] == ["2023-11-24", expected]


def test_a_word_pointing_back_to_nothing_is_left_out():
    assert find_dates("同年9月,当日,次日,同月,同期", DAY) == []


def test_the_same_year_reaches_over_paragraphs_and_chains():
    text = "去年6月,甲会开幕。\n同年9月,乙会开幕。\n同年11月,丙会开幕。"
    assert found(text, YEAR) == ["去年6月=2023-06", "同年9月=2023-09", "同年11月=2023-11"]


# --- expressions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("2023年11月24日", "2023-11-24"),
        ("２０２３年１１月２４日", "2023-11-24"),
        ("2023 年 11 月 24 日", "2023-11-24"),
        ("二〇二三年十一月二十四日", "2023-11-24"),
        ("二零二三年十一月廿四日", "2023-11-24"),
        ("一九九八年三月", "1998-03"),
        ("2023-11-24", "2023-11-24"),
        ("2023/11/24", "2023-11-24"),
        ("2023.11.24", "2023-11-24"),
        ("23年11月", "2023-11"),
        ("98年3月", "1998-03"),
        ("2023年", "2023"),
        ("2023年度", "2023"),
        ("2023年全年", "2023"),
        ("2023年前11个月", "2023-01-01/2023-11-30"),
        ("2023年1至10月", "2023-01-01/2023-10-31"),
        ("2023年一季度", "2023-01-01/2023-03-31"),
        ("2023年第三季度", "2023-07-01/2023-09-30"),
        ("2023年前三季度", "2023-01-01/2023-09-30"),
        ("2023年下半年", "2023-07-01/2023-12-31"),
        ("2023年2月上旬", "2023-02-01/2023-02-10"),
        ("2023年2月下旬", "2023-02-21/2023-02-28"),
        ("2023年2月底", "2023-02-21/2023-02-28~"),
        ("2023年末", "2023-11-01/2023-12-31~"),
        ("2021年至2023年", "2021-01-01/2023-12-31"),
        ("2023—2024年", "2023-01-01/2024-12-31"),
        ("2023年11月至2024年2月", "2023-11-01/2024-02-29"),
        ("2023年11月24日至26日", "2023-11-24/2023-11-26"),
        ("2023年11月24至26日", "2023-11-24/2023-11-26"),
        ("2023年12月28日至1月3日", "2023-12-28/2024-01-03"),
        ("2023年12月28日至次年1月3日", "2023-12-28/2024-01-03"),
        ("2023年11月至3月", "2023-11-01/2024-03-31"),
        ("20世纪90年代", "1990-01-01/1999-12-31"),
        ("上世纪八十年代", "1980-01-01/1989-12-31"),
        ("90年代", "1990-01-01/1999-12-31"),
        ("2010年代", "2010-01-01/2019-12-31"),
        ("“十四五”期间", "2021-01-01/2025-12-31"),
        ("“十四五”", "2021-01-01/2025-12-31"),
        ("十三五时期", "2016-01-01/2020-12-31"),
        ("“一五”期间", "1953-01-01/1957-12-31"),
    ],
)
def test_an_absolute_date_needs_no_issue(wording, expected):
    for issued in (None, DAY, YEAR):
        (mention,) = find_dates(f"他说,{wording},甲河通车。", issued)
        assert (mention.text, spoken(mention), mention.relative) == (wording, expected, False)


@pytest.mark.parametrize(
    ("wording", "issued", "expected"),
    [
        ("11月24日", "2023-12-01", "2023-11-24"),
        ("11月24号", "2023-12-01", "2023-11-24"),
        ("24日", "2023-11-25", "2023-11-24"),
        ("24号", "2023-11-25", "2023-11-24"),
        ("31日", "2024-01-02", "2023-12-31"),
        ("11月", "2023-12-01", "2023-11"),
        ("1至10月", "2023-11-20", "2023-01-01/2023-10-31"),
        ("1-10月", "2023-11-20", "2023-01-01/2023-10-31"),
        ("1～10月", "2023-11-20", "2023-01-01/2023-10-31"),
        ("1月至10月", "2023-11-20", "2023-01-01/2023-10-31"),
        ("前11个月", "2023-12-20", "2023-01-01/2023-11-30"),
        ("一季度", "2023-04-20", "2023-01-01/2023-03-31"),
        ("上半年", "2023-07-20", "2023-01-01/2023-06-30"),
        ("前三季度", "2023-10-20", "2023-01-01/2023-09-30"),
        ("12月下旬", "2023", "2023-12-21/2023-12-31"),
        ("12月28日至1月3日", "2023", "2023-12-28/2024-01-03"),
        ("全年", "2023-12-28", "2023"),
        # told as past, so it cannot be of the year of issue
        ("11月24日", "2024-01-05", "2023-11-24"),
        ("1至10月", "2024-01-05", "2023-01-01/2023-10-31"),
        ("前11个月", "2024-01-05", "2023-01-01/2023-11-30"),
        ("下半年", "2024-01-05", "2023-07-01/2023-12-31"),
        ("年底", "2024-01-05", "2023-11-01/2023-12-31~"),
        ("全年", "2024-01-05", "2023"),
    ],
)
def test_a_date_without_a_year_is_of_the_year_of_issue_or_the_one_before(wording, issued, expected):
    (mention,) = find_dates(f"{wording},全市增长9%。", issue(issued))
    assert (mention.text, spoken(mention), mention.relative) == (wording, expected, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上半年将建成甲桥。", "2024-01-01/2024-06-30"),
        ("11月24日将开幕。", "2024-11-24"),
        ("力争年底通车。", "2024-11-01/2024-12-31~"),
        ("计划于12月开工。", "2024-12"),
    ],
)
def test_a_plan_stays_in_the_year_of_issue(text, expected):
    assert one(text, DAY) == expected


def test_the_year_named_before_in_the_sentence_is_carried():
    text = "2023年,全市谋划900个项目,1至10月,投资增长27.1%,6月开工。"
    expected = ["2023年=2023", "1至10月=2023-01-01/2023-10-31", "6月=2023-06"]
    assert found(text, issue("2024-12-20")) == expected


def test_a_new_sentence_is_of_the_year_of_issue_again():
    assert found("2022年,甲桥通车。11月24日,乙桥通车。", issue("2024-12-20"))[1] == (
        "11月24日=2024-11-24"
    )


def test_a_new_sentence_keeps_the_year_told_of_where_the_issue_cannot_be_meant():
    text = "2021年,甲桥开工。11月24日,乙桥开工。"
    assert found(text, DAY)[1] == "11月24日=2021-11-24"
    assert found(text, YEAR)[1] == "11月24日=2021-11-24"


def test_a_new_paragraph_is_of_the_year_of_issue_again():
    assert found("2021年,甲桥开工。\n11月24日,乙桥开工。", YEAR)[1] == "11月24日=2024-11-24"


def test_the_whole_year_is_the_one_told_of_in_the_paragraph():
    text = "2022年前11个月,客运量增长。栾甲高速通车。全年改建公路834公里。"
    assert found(text, issue("2024-06-01"))[-1] == "全年=2022"
    assert one("全年改建公路834公里。", YEAR, issue("2023")) == "2023"


def test_a_year_measured_against_is_not_the_year_told_of():
    assert found("比2021年增长8%,11月24日,会议召开。", issue("2024-12-20"))[1] == (
        "11月24日=2024-11-24"
    )
    assert found("与去年相比,3月更暖。", issue("2024-12-20"))[1] == "3月=2024-03"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年1至10月,投资比上年同期增长。", "2022-01-01/2022-10-31"),
        ("2024年1至2月,投资比去年同期增长。", "2023-01-01/2023-02-28"),
        ("2023年1至2月,投资高于2020年同期。", "2020-01-01/2020-02-29"),
        ("2023年,投资比上年增长。", "2022"),
    ],
)
def test_the_same_period_is_that_of_the_period_told_of(text, expected):
    assert spoken(find_dates(text, DAY)[-1]) == expected


def test_the_same_period_is_not_that_of_another_paragraph():
    assert found("2023年6月19日,开馆。\n蚊虫密度比去年同期高。")[1] == "去年同期=2023~"


def test_a_day_behind_a_day_is_of_the_same_month_even_if_still_to_come():
    assert found("1月9日至11日,大会召开。") == ["1月9日至11日=2024-01-09/2024-01-11"]
    assert found("1月20日、22日,大会召开。")[1] == "22日=2024-01-22"


@pytest.mark.parametrize(
    "text", ["1998年8月10日 星期一", "1998年8月10日　星期一", "8月10日（周一）"]
)
def test_a_weekday_behind_its_day_is_no_second_date(text):
    assert len(find_dates(text, DAY)) == 1


def test_a_name_that_begins_with_a_year_mentions_the_year():
    (mention,) = find_dates("2023世界灯塔大会在甲河开幕。", DAY)
    assert (mention.text, str(mention.range), mention.relative) == ("2023", "2023", False)


def test_days_listed_together_are_each_found():
    assert found("去年11月24、25日,展会举行。") == ["去年11月24=2023-11-24", "25日=2023-11-25"]


def test_a_range_that_would_end_on_no_day_stays_two_dates():
    assert len(find_dates("2024年12月28日至2月29日", DAY)) == 2


def test_traditional_characters_are_read():
    assert found("後年,去年底")[0] == "後年=2026"


@pytest.mark.parametrize(
    ("issued", "wording", "expected"),
    [
        ("2024-01-01", "昨日", "2023-12-31"),
        ("2024-01-01", "前天", "2023-12-30"),
        ("2023-12-31", "明日", "2024-01-01"),
        ("2024-03-01", "昨天", "2024-02-29"),
        ("2023-03-01", "昨天", "2023-02-28"),
        ("2024-01-31", "下月", "2024-02"),
        ("2023-12-15", "下月", "2024-01"),
        ("2024-01-02", "上周", "2023-12-25/2023-12-31"),
    ],
)
def test_years_and_february_end_where_they_should(issued, wording, expected):
    assert one(wording, issue(issued)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2月31日", "2023年2月31日", "2023年2月29日", "1900年2月29日", "2023-13-01", "2023/2/30",
        "11月31日", "2月30至31日", "13月24日",
    ],
)  # fmt: skip
def test_a_day_that_does_not_exist_is_no_date(text):
    assert find_dates(text, DAY) == []


def test_a_leap_day_is_a_date():
    assert one("2024年2月29日") == "2024-02-29"
    assert one("2000年2月29日") == "2000-02-29"


NO_DATES = """
第124日 3年 三年行动 用时3个多月 连续10个月 为期5天 国道2023 2023个 2023元 2023.5亿元 1.2023
0371-20231124 13820231124 万年历 百年老店 青少年 青少年初中 日均 月球 星期 每星期一 文明年货
建成后年产能 不同年龄 目前 3号楼24号 国道107和312 1800年的历史 13700户 安全年会 以上周边
目前日均 第24号文件 3.5月 “1345项目” 每周一 周一至周五 一周一次 过去年味 2023套 2023万辆 共3日
5日内 10日游 每年3月15日 农历三月 三个月 半年 两年内 多年来 十年前 四季度假村 24号楼 24号线
如今年轻人 说明年份 合同年限 合同期 今日头条 如今日益 2023人 第一次年会 一次年会 G2023
编号2023-1145 产后年轻 历史同期
"""


@pytest.mark.parametrize("text", NO_DATES.split())
def test_what_only_looks_like_a_date_is_none(text):
    assert find_dates(text, DAY) == []
    assert find_dates(f"据介绍,{text},记者获悉。", DAY) == []


# --- the real page -------------------------------------------------------------------------------

SEED_DATES = [
    ("去年11月24日,比亚迪第600万辆", "去年11月24日", "2023-11-24"),
    ("去年3月15日,三全食品航空港", "去年3月15日", "2023-03-15"),
    ("2023年,全市共谋划实施900个", "2023年", "2023"),
    ("1至10月,全市工业投资同比", "1至10月", "2023-01-01/2023-10-31"),
    ("去年6月,2023中国产业转移", "去年6月", "2023-06"),
    ("2023中国产业转移发展对接活动", "2023", "2023"),
    ("同年9月,以“开放合作共赢", "同年9月", "2023-09"),
    ("同年11月,2023世界传感器大会", "同年11月", "2023-11"),
    ("2023世界传感器大会在郑州", "2023", "2023"),
    ("去年1至10月,全市新签约", "去年1至10月", "2023-01-01/2023-10-31"),
    ("2024年全省交通运输", "2024年", "2024"),
    ("昨日召开的全省交通运输", "昨日", "2024~"),
    ("2024年,全省交通基础设施计划投资1400亿元以上,持续", "2024年", "2024"),
    ("2023年前11个月,全省公路", "2023年前11个月", "2023-01-01/2023-11-30"),
    ("全年新改建普通干线公路", "全年", "2023"),
    ("2024年,全省交通基础设施计划投资1400亿元以上,综合", "2024年", "2024"),
    ("年内,我省计划投资200亿元", "年内", "2024"),
    ("年内建成通车,全省高速公路", "年内", "2024"),
    ("2024年经济工作的九项重点", "2024年", "2024"),
    ("今年人社工作的重要性", "今年", "2024"),
    ("今年经济工作“坚持稳中求进”", "今年", "2024"),
    ("2024年经济工作确定了行动纲领", "2024年", "2024"),
    ("2024年,是贯彻党的二十大精神", "2024年", "2024"),
    ("“十四五”规划目标任务", "“十四五”", "2021-01-01/2025-12-31"),
    ("2024年工作,市住房保障", "2024年", "2024"),
    ("明年经济工作,扎实推进", "明年", "2025"),
    ("2023年,在市委市政府的坚强", "2023年", "2023"),
    ("2024年争创国家级、省级标准化", "2024年", "2024"),
    ("2024年全市万人高价值发明", "2024年", "2024"),
    ("2024年,全系统将以更加", "2024年", "2024"),
    ("2023年全市经济工作,对", "2023年", "2023"),
    ("2024年经济工作进行了部署", "2024年", "2024"),
    ("2024年,全市商务系统", "2024年", "2024"),
    ("2024年社会消费品零售总额", "2024年", "2024"),
    ("2024年举办展览200场", "2024年", "2024"),
    ("2024年新签约招商引资项目", "2024年", "2024"),
    ("日前,一则“关于小区", "日前", "2024~"),
    ("2023年12月8日,白沙区域", "2023年12月8日", "2023-12-08"),
]


def stitched_seed() -> str:
    text = SEED.read_text(encoding="utf-8-sig")
    for cut in ("项|目,1至10月", "2024|年争创", "亿|元,金额", "齐|升,为国家", "元旦、|春节"):
        left, right = cut.split("|")
        assert f"{left}\n\n{right}" in text
        text = text.replace(f"{left}\n\n{right}", left + right)
    return text


def test_every_date_of_the_real_page_is_found_and_none_besides():
    text = stitched_seed()
    mentions = find_dates(text, YEAR)
    assert [(m.text, spoken(m)) for m in mentions] == [(w, r) for _, w, r in SEED_DATES]
    for mention, (words, _, _) in zip(mentions, SEED_DATES, strict=True):
        assert text[mention.start :].startswith(words)


def test_the_real_page_was_issued_in_2024():
    expected = replace(YEAR, inferred=True)
    assert infer_year(SEED.read_text(encoding="utf-8-sig")) == expected
    assert infer_year(stitched_seed()) == expected


def test_what_rests_on_an_inferred_issue_is_inferred_too():
    issued = replace(YEAR, inferred=True)
    relative, absolute = find_dates("去年6月,开工。2023年9月,通车。", issued)
    assert (relative.range.inferred, absolute.range.inferred) == (True, False)
    assert [m.range.inferred for m in find_dates("2023年,投资增长,6月开工。", issued)] == [
        False
    ] * 2


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("去年郑东签了多少项目?", ["去年=2023"]),
        ("今年的目标是什么?", ["今年=2024"]),
        ("上个月开了什么会?", ["上个月=2023-12"]),
        ("昨天谁来了?", ["昨天=2024-01-04"]),
        ("2023年8月发生了什么?", ["2023年8月=2023-08"]),
        ("2023年1至10月投资增长多少?", ["2023年1至10月=2023-01-01/2023-10-31"]),
        ("董事长是谁?", []),
        ("What happened last year?", ["last year=2023"]),
        ("How much was invested in 2023?", ["2023=2023"]),
        ("Who came in November 2023?", ["November 2023=2023-11"]),
        ("Which car rolled out on Nov 24, 2023?", ["Nov 24, 2023=2023-11-24"]),
        ("Which car rolled out on 24 November 2023?", ["24 November 2023=2023-11-24"]),
        ("What was signed on 2023-11-24?", ["2023-11-24=2023-11-24"]),
        ("What was signed in 2023-11?", ["2023-11=2023-11"]),
        ("Who spoke yesterday?", ["yesterday=2024-01-04"]),
        ("Who speaks tomorrow?", ["tomorrow=2024-01-06"]),
        ("What opened last month?", ["last month=2023-12"]),
        ("What opened last week?", ["last week=2023-12-25/2023-12-31"]),
        ("And the year before last?", ["the year before last=2022"]),
        ("Growth in the first half of 2023?", ["first half of 2023=2023-01-01/2023-06-30"]),
        ("Growth in Q3 2023?", ["Q3 2023=2023-07-01/2023-09-30"]),
        ("Projects from 2021 to 2023?", ["2021 to 2023=2021-01-01/2023-12-31"]),
        ("What opened in May?", ["May=2023-05"]),
        ("May I ask about the 2023 yuan subsidy on road G107?", []),
    ],
)
def test_a_question_names_its_dates_in_chinese_or_english(question, expected):
    mentions = question_dates(question, date(2024, 1, 5))
    assert [f"{m.text}={spoken(m)}" for m in mentions] == expected
    assert all(question[m.start : m.end] == m.text for m in mentions)


# --- the day of issue ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-05", "2024-01-05"),
        ("2024/1/5", "2024-01-05"),
        ("2024.1.5", "2024-01-05"),
        ("2024年1月5日", "2024-01-05"),
        (" ２０２４年１月５日 ", "2024-01-05"),
        ("2024年1月5日 星期五", "2024-01-05"),
        ("2024-01", "2024-01"),
        ("2024年1月", "2024-01"),
        ("2024", "2024"),
        ("2024年", "2024"),
        ("20240105", "2024-01-05"),
        ("2024-01-05T08:00:00+08:00", "2024-01-05"),
        ("2024-01-05 08:00", "2024-01-05"),
        ("二〇二四年一月五日", "2024-01-05"),
        ("二〇二四年十二月三十一日", "2024-12-31"),
    ],
)
def test_a_printed_day_of_issue_is_read(value, expected):
    assert str(parse_published(value)) == expected


@pytest.mark.parametrize(
    "value",
    ["", "昨日", "2024-13", "2024-02-30", "20241305", "202401", "0001", "第3版", "24", "2024-"],
)
def test_what_is_no_day_of_issue_is_none(value):
    assert parse_published(value) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲河市召开会议,部署明年工作。", None),
        ("", None),
        ("抗日战争1945年胜利,老战士讲述往事。", None),
        ("抗日战争1945年胜利,甲河1949年解放,1958年建成水库。", None),
        ("今年是2022年,全市目标是通车三条路。", 2022),
        ("今年,市里谋划了一批项目,2022年计划投资50亿元,力争2022年通车。", 2022),
        ("2023年,全市投资增长8%。2024年,全市计划新建学校3所。", 2024),
        ("去年6月,2020灯塔大会在甲河开幕。", 2021),
        ("2021年1至11月,产值同比增长5%。“做好明年工作”,会议要求。2022年力争增长6%。", 2022),
        ("到2035年,力争建成强市。到2030年,确保达峰。", None),
        ("到2035年,力争建成强市。2019年,投资增长5%。2020年计划投资9亿元。", 2020),
        ("比2018年增长5%,高于2017年。", None),
        ("2019年完成投资5亿元,2020年完成6亿元,2021年完成7亿元。2022年,计划完成8亿元。", 2022),
        ("2016年计划投资5亿元。2021年计划投资9亿元。", None),
        ("本报2018年3月7日讯 甲河春耕开始。", 2018),
        ("截至2017年5月8日,已签约8家。2017年,将再签约5家。", 2017),
        ("1905电影网讯3月10日,影片完成拍摄,票房同比增长。1905电影网获悉,发行已完成。", None),
        ("国道2023米处正在施工,共2024个桩。", None),
        ("去年比2019年增长5%。", None),
    ],
)
def test_the_year_of_issue_is_worked_out_or_left_open(text, expected):
    inferred = infer_year(text)
    assert (inferred.start.year if inferred else None) == expected
    assert inferred is None or (inferred.inferred and inferred.precision == "year")


# --- for readers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "precision", "expected"),
    [
        ((2023, 11, 24), (2023, 11, 24), "day", "2023年11月24日"),
        ((2023, 11, 1), (2023, 11, 30), "month", "2023年11月"),
        ((2023, 1, 1), (2023, 12, 31), "year", "2023年"),
        ((2023, 1, 1), (2023, 10, 31), "range", "2023年1月至10月"),
        ((2023, 12, 1), (2024, 2, 29), "range", "2023年12月至2024年2月"),
        ((2021, 1, 1), (2025, 12, 31), "range", "2021年至2025年"),
        ((2023, 12, 28), (2024, 1, 3), "range", "2023年12月28日至2024年1月3日"),
        ((2023, 11, 24), (2023, 12, 3), "range", "2023年11月24日至12月3日"),
        ((2023, 12, 1), (2023, 12, 10), "range", "2023年12月1日至10日"),
    ],
)
def test_a_range_is_described_in_chinese(start, end, precision, expected):
    assert describe(DateRange(date(*start), date(*end), precision)) == expected


@pytest.mark.parametrize(
    ("text", "issued", "expected"),
    [
        ("去年11月24日,下线。", DAY, "去年11月24日（2023年11月24日）,下线。"),
        ("2023年,1至10月,增长。", YEAR, "2023年,1至10月（2023年1月至10月）,增长。"),
        ("昨日,开会。", YEAR, "昨日（2024年，未写明日期）,开会。"),
        ("去年底,开会。", YEAR, "去年底（约2023年11月至12月）,开会。"),
        ("日前,开会。", DAY, "日前（约2023年12月21日至2024年1月5日）,开会。"),
        ("2023年11月24日,下线。", DAY, "2023年11月24日,下线。"),
    ],
)
def test_relative_mentions_are_annotated_and_others_untouched(text, issued, expected):
    assert annotate(text, find_dates(text, issued)) == expected


# --- for any text --------------------------------------------------------------------------------

WORDS = """
去年 今年 明年 前年 同年 当年 次年 上年 本月 上月 月底 年初 年底 全年 年内 昨日 今日 明日 日前 近期
当日 次日 同期 上周 周五 星期三 一季度 上半年 前三季度 前11个月 1至10月 11月 24日 24号 2月31日
2023年 2024 二〇二三年 十一月 二十四日 23年 2023-11-24 2023/2/30 “十四五”期间 90年代 近三年
五年来 截至目前 至 - — 、 , 。 ; 比 将 万 个 元 国道 世界 1 31 . 零 十 月 日 年 度 初 昨 ㎡
Nov 2023 last year in
"""
PIECES = [*WORDS.split(), " ", "\n", "last year", "in 2023"]
MIXED = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES)).map("".join))
DAYS = st.dates()
ISSUES = st.one_of(
    st.none(),
    DAYS.map(lambda at: DateRange(at, at, "day")),
    DAYS.map(lambda at: DateRange(at.replace(day=1), at.replace(day=28), "month")),
    DAYS.map(lambda at: DateRange(date(at.year, 1, 1), date(at.year, 12, 31), "year")),
)


@settings(max_examples=300, deadline=None)
@given(MIXED, ISSUES, ISSUES)
def test_mentions_of_any_text_are_its_own_words_in_order(text, issued, previous):
    mentions = find_dates(text, issued, previous)
    end = 0
    for mention in mentions:
        assert mention.text and text[mention.start : mention.end] == mention.text
        assert mention.start >= end
        assert mention.range.start <= mention.range.end
        assert describe(mention.range)
        end = mention.end


@settings(max_examples=150, deadline=None)
@given(MIXED, ISSUES)
def test_taking_the_insertions_out_gives_the_text_back(text, issued):
    mentions = find_dates(text, issued)
    annotated, position = annotate(text, mentions), 0
    for mention in (m for m in mentions if m.relative):
        position = mention.end + position
        close = annotated.index("）", position)
        assert annotated[position] == "（"
        annotated = annotated[:position] + annotated[close + 1 :]
        position = 0
    assert annotated == text


@settings(max_examples=150, deadline=None)
@given(MIXED, DAYS)
def test_questions_published_dates_and_years_never_fail(text, today):
    for mention in question_dates(text, today):
        assert text[mention.start : mention.end] == mention.text
    parse_published(text)
    infer_year(text)


CHINESE_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")


def in_chinese(n: int) -> str:
    tens, ones = divmod(n, 10)
    ten = ("" if tens < 2 else str(tens)) + "十" if tens else ""
    return (ten + (str(ones) if ones else "")).translate(CHINESE_DIGITS)


NOTATIONS = [
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year}年{d.month:02}月{d.day:02}日",
    lambda d: (
        f"{str(d.year).translate(CHINESE_DIGITS)}年{in_chinese(d.month)}月{in_chinese(d.day)}日"
    ),
    lambda d: d.isoformat(),
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
]


@settings(max_examples=150, deadline=None)
@given(st.dates(date(1800, 1, 1), date(2099, 12, 31)), st.sampled_from(NOTATIONS), ISSUES)
def test_an_explicit_date_is_read_back_from_every_notation(at, write, issued):
    text = f"本报讯,{write(at)},甲桥通车。"
    (mention,) = find_dates(text, issued)
    assert mention.text == write(at)
    assert mention.range == DateRange(at, at, "day")
    assert parse_published(write(at)) == DateRange(at, at, "day")


@settings(max_examples=60, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)))
def test_yesterday_is_always_one_day_before_the_issue(at):
    (mention,) = find_dates("昨日", DateRange(at, at, "day"))
    assert mention.range.start == mention.range.end == at - timedelta(1)


@pytest.mark.parametrize(
    "unit",
    [
        "去年11月24日,同年9月;12月28日至1月3日。昨日,2023年 ",
        "1月",
        "2",
        "一",
        "24日、",
        "至",
        "年",
        " ",
    ],
)
def test_a_hundred_thousand_characters_take_seconds(unit):
    text = unit * (100_000 // len(unit))
    begun = time.process_time()
    find_dates(text, DAY)
    infer_year(text)
    assert time.process_time() - begun < 15  # a quadratic search takes minutes


def test_a_year_told_twice_is_one_date_with_its_day():
    (mention,) = find_dates("1993年（民国82年）1月24日停播", DAY)
    assert mention.text == "1993年（民国82年）1月24日"
    assert (mention.range.start, mention.relative) == (date(1993, 1, 24), False)
