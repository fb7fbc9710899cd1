"""The header over a page: found in many forms, and news never taken for one."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.mastheads import read_masthead
from rag.records import DateRange

PAGES = Path(__file__).parent / "pages"
DAY = DateRange(date(1998, 8, 10), date(1998, 8, 10), "day")
STORY = "\n\n北渡镇新修水渠\n\n本报讯 北渡镇昨日新修水渠。\n"


@pytest.mark.parametrize(
    ("header", "publication", "published", "page"),
    [
        ("某某晚报 1998年8月10日 星期一 第04版 要闻", "某某晚报", DAY, "04"),
        ("# 鹭洲日报　A03　民生新闻\n一九九八年八月十日", "鹭洲日报", DAY, "A03"),
        ("鹭洲日报\n1998年8月10日 星期一 农历戊寅年六月十九\n第4版", "鹭洲日报", DAY, "4"),
        ("《鹭洲日报》1998.8.10 第二十一版 责任编辑：甲乙 校对：丙丁", "鹭洲日报", DAY, "21"),
        ("03 鹭洲日报 1998年8月10日", "鹭洲日报", DAY, "03"),
        ("1998-08-10 鹭洲晚报 A3 版", "鹭洲晚报", DAY, "A3"),
        ("1998/8/10｜云崖商报｜B12", "云崖商报", DAY, "B12"),
        ("1998年8月10日 星期一", None, DAY, None),
        ("第四版 经济新闻", None, None, "4"),
        ("云崖时报 第9版", "云崖时报", None, "9"),
        ("版次：05\n1998年8月10日", None, DAY, "05"),
    ],
)
@pytest.mark.parametrize("before", ["", "\r\n\r\n", "\u3000\n"])
def test_headers_in_many_forms(header, publication, published, page, before):
    text = before + header + STORY
    found = read_masthead(text)
    assert found is not None
    assert (found.publication, found.published, found.page) == (publication, published, page)
    assert text[found.start : found.end] == header


@pytest.mark.parametrize(
    "text",
    [
        "",
        "北渡镇新修水渠",
        "1998年8月10日\n北渡镇新修水渠",
        "鹭洲日报1998年8月10日讯 北渡镇新修水渠。",
        "鹭洲日报记者 1998年8月10日报道",
        "1998年8月10日，鹭洲日报第4版刊登了一封读者来信。",
        "鹭洲日报 1998年2月30日 第4版",
        "全市教育系统第4版实施方案发布",
        "第4版权利说明",
        "4版",
        "鹭洲日报\n云崖日报 1998年8月10日",
        "鹭洲日报 1998年8月10日 第4版" + " " * 90 + "要闻",
        "鹭洲日报 1998年8月10日 北渡 水渠 今日 开工",
        "# 昨日要闻\n北渡镇新修水渠",
        "2024年全省交通运输 重点工作重点敲定",
    ],
)
def test_news_is_no_header(text):
    assert read_masthead(text) is None


def test_a_header_far_below_the_top_is_not_looked_for():
    assert read_masthead(STORY * 4 + "\n鹭洲日报 1998年8月10日 第4版\n") is None


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.txt")), ids=lambda path: path.stem)
def test_fixture_pages(path):
    text = path.read_text("utf-8")
    found = read_masthead(text)
    first = text.lstrip().splitlines()[0]
    if "版" in first and "年" in first:
        assert found and found.publication and found.published and found.page
        assert found.publication in first and str(found.published.start.year) in first
    else:
        assert found is None


@given(
    st.lists(
        st.sampled_from(
            ["鹭洲日报", "1998年8月10日", "星期一", "第4版", "要闻", "A3", "讯", "北渡", "，", " ", "\n",
             "\r\n", "0", "廿", "《", "》", "责编", "总第9期", "农历"]
        ),
        max_size=20,
    ).map("".join)
)  # fmt: skip
def test_any_mixture_ends_in_whole_lines_or_nothing(text):
    found = read_masthead(text)
    if found is not None:
        header = text[found.start : found.end]
        assert header and header == header.strip()
        assert not text[: found.start].strip()
        assert text[found.end :].lstrip(" \u3000")[:1] in ("", "\r", "\n")


def test_a_long_line_of_numbers_is_read_in_reasonable_time():
    assert read_masthead("一" * 1_000_000 + "\n" + "1" * 99) is None
