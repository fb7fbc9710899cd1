"""A page's articles: the seed, the invented pages with their outlines, and pages made up at random."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_outlines import NAMES, SEED, MadePage, faults, made_pages, read_page, read_seed, source_of

from rag.articles import split_articles
from rag.records import Article
from rag.text import squash

COLUMN = "书记访谈 / 学习贯彻市委十二届五次全会暨市委经济工作会议精神"
SEVEN = [
    {
        "title": "项目为王以链聚产 加快建设国家先进制造业高地",
        "column": None, "subtitle": None, "byline": None,
        "sections": ["借力借势 搭建高效沟通招商渠道", "重金奖励 加快建设国家先进制造业高地"],
        "first": "去年11月24日,比亚迪第600万辆", "last": "既非偶然,亦非运气。",
    },
    {
        "title": "2024年全省交通运输 重点工作重点敲定",
        "column": None, "subtitle": "高速公路通车总里程达到8900公里以上", "byline": "记者 张倩",
        "sections": [],
        "first": "本报讯(记者 张倩)记者从昨日", "last": "省级开发区连通水平。",
    },
    {
        "title": "全方位打造民生幸福人社新标杆",
        "column": COLUMN, "subtitle": "访市人力资源和社会保障局局长王素梅",
        "byline": "本报记者 李娜 见习记者 陶然",
        "sections": [],
        "first": "“市委十二届五次全会暨市委经济工作会议,将兜牢", "last": "贡献人社力量。",
    },
    {
        "title": "奋力推动全市房地产市场平稳健康发展",
        "column": COLUMN, "subtitle": "访市住房保障和房地产管理局党组书记、局长赵凯",
        "byline": "见习记者 孙雪莹",
        "sections": [],
        "first": "“市委十二届五次全会暨市委经济工作会议是在全市上下", "last": "城市现代化建设。",
    },
    {
        "title": "以更加奋发有为状态推进市场监管工作",
        "column": COLUMN, "subtitle": "访市市场监管局党组书记、局长姚志伟",
        "byline": "本报记者 李爱琴",
        "sections": [],
        "first": "“市委十二届五次全会暨市委经济工作会议,主题鲜明", "last": "现代化建设大局。",
    },
    {
        "title": "锚定“两个确保” 实施“三大工程”",
        "column": COLUMN, "subtitle": "访市商务局党组书记、局长王保来",
        "byline": "本报记者 成燕 通讯员 郭家栋",
        "sections": [],
        "first": "“市委十二届五次全会暨市委经济工作会议是贯彻中央", "last": "总额达5500亿元。",
    },
    {
        "title": "全力保障供暖 提升民生“温度”",
        "column": "学思想 强党性 重实践 建新功 / 郑东新区", "subtitle": None,
        "byline": "本报记者 覃岩峰 通讯员 刘小晖",
        "sections": [],
        "first": "日前,一则“关于小区暖气低温运行的告知”", "last": "最现实的利益问题。",
    },
]  # fmt: skip
STITCHED = [
    (0, "全市共谋划实施900个工业项目,1至10月"),
    (0, "总金额300亿元,金额占比超八成"),
    (2, "推动人才队伍素质齐升,为国家中心城市"),
    (3, "开工建设配售型保障性住房3700套以上"),
    (4, "推进“标准郑州”建设,2024年争创国家级"),
    (5, "开展元旦、春节“跨年焕新”消费季"),
]
FRAGMENTS = [
    "本报讯", "# 北渡镇新修水渠", "——访镇长贺兰", "本报记者 尹水生", "（记者 毛竹）", "（下转本版）", "（上接本版）",
    "去年6月，水渠修好了。", "水渠", "▲ 村里装了路灯", "【鹭洲电】", "| 产业 | 增加值 |", "一、先算账", "**云崖：渡口重建** ",
    "图为新渠。", "责任编辑 贺兰", "***", "“", "。", "\n", "\n\n", "\r\n", "\u3000\u3000", " ", "\ufeff", "\u200b", "\u2028", "\ud800",
]  # fmt: skip

any_text = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(FRAGMENTS)).map("".join))


def offsets(article: Article) -> list[int]:
    """The source offset of every character of the body that the page printed."""
    return [n for s in article.spans for n in range(s.source_start, s.source_start + s.length)]


def split(text: str) -> list[Article]:
    return split_articles(text, source_of("page"))


def described(article: Article) -> dict[str, object]:
    return {
        "title": article.title, "column": article.column, "subtitle": article.subtitle,
        "byline": article.byline,
        "sections": [article.body[start:end] for start, end in article.sections],
    }  # fmt: skip


def test_the_seed_gives_exactly_the_seven_articles():
    found = [described(article) for article in read_seed().articles]
    assert found == [{k: v for k, v in a.items() if k not in ("first", "last")} for a in SEVEN]


@pytest.mark.parametrize("number", range(7))
def test_articles_of_the_seed_begin_and_end_with_their_own_words(number):
    article = read_seed().articles[number]
    assert article.body.startswith(SEVEN[number]["first"])
    assert article.body.endswith(SEVEN[number]["last"])


@pytest.mark.parametrize(("number", "phrase"), STITCHED)
def test_paragraphs_of_the_seed_cut_by_columns_are_whole_again(number, phrase):
    assert phrase in read_seed().articles[number].body


def test_no_heading_or_closing_byline_of_the_seed_stands_in_a_body():
    articles = read_seed().articles
    for article in articles:
        paragraphs = article.body.split("\n")
        for other in articles:
            names = {other.title, other.subtitle, *(other.column or "").split(" / ")} - {None, ""}
            assert not any(p in names or p.startswith(("#", "——")) for p in paragraphs)
            if other.byline != "记者 张倩":  # stands in the lead, which is part of the body
                assert not other.byline or other.byline not in article.body
        assert "上接一版" not in article.body


@pytest.mark.parametrize("name", NAMES)
def test_invented_pages_match_their_outlines(name):
    assert faults(read_page(name)) == []


def test_a_wrong_outline_would_be_noticed():
    page = read_page("05_split_on_page")
    first = {**page.outline["articles"][0], "rejoined": ["没有印在这里的话"]}
    wrong = replace(page, outline={"articles": [first, *page.outline["articles"][1:]]})
    assert len(faults(wrong)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "北渡镇昨日新修水渠，村民都来看。",
        "北渡镇昨日新修水渠，\n村民都来看。",
        "水渠修好了。\n\n渡口也建好了。\n\n茶园还要再等一年。",
        "the canal is open. everybody came to see it.",
        "水",
    ],
)
def test_a_text_without_structure_is_one_article(text):
    (article,) = split(text)
    assert (article.title, article.byline, article.sections) == ("", None, ())
    assert squash(article.body) == squash(text)


def test_a_text_without_a_title_takes_the_one_given_with_its_source():
    source = replace(source_of("row"), title="新渠通水")
    (article,) = split_articles("北渡镇昨日新修水渠，村民都来看。", source)
    assert (article.title, article.heads) == ("新渠通水", ())


@pytest.mark.parametrize("text", ["", " \n\r\n\u3000\t", "\ufeff", "-----\n***", "\u200b\n"])
def test_a_text_without_words_has_no_article(text):
    assert split(text) == []


def test_a_page_that_is_only_a_heading_is_an_article_without_a_body():
    (article,) = split("# 北渡镇新修水渠")
    assert (article.title, article.body, article.spans) == ("北渡镇新修水渠", "", ())


@pytest.mark.parametrize("name", ["seed", *NAMES])
def test_crlf_gives_the_same_articles_as_lf(name):
    text = (read_seed() if name == "seed" else read_page(name)).text.replace("\r\n", "\n")
    crlf = text.replace("\n", "\r\n")
    assert [(*described(a).values(), a.body) for a in split(crlf)] == [
        (*described(a).values(), a.body) for a in split(text)
    ]


def test_the_seed_is_read_without_touching_its_file():
    before = SEED.read_bytes()
    assert read_seed().text.encode() == before == SEED.read_bytes()


def test_ids_of_articles_are_stable_and_different():
    ids = [article.id for article in read_seed().articles]
    assert ids == [article.id for article in read_seed().articles]
    assert len(set(ids)) == 7


@settings(max_examples=80, deadline=None)
@given(made_pages())
def test_made_pages_give_back_their_articles_and_whole_paragraphs(page: MadePage):
    found = split(page.text)
    assert [a.title for a in found] == [a.title for a in page.articles]
    assert [a.byline for a in found] == [a.byline for a in page.articles]
    assert [a.subtitle or "" for a in found] == [a.subtitle.lstrip("—") for a in page.articles]
    assert [tuple(a.body.split("\n")) for a in found] == [a.paragraphs for a in page.articles]


@settings(max_examples=60, deadline=None)
@given(made_pages())
def test_no_character_of_a_made_page_is_lost_or_doubled(page: MadePage):
    found = split(page.text)
    printed = [n for a in found for n in offsets(a)]
    printed += [n for a in found for head in a.heads for n in range(head.start, head.end)]
    assert len(printed) == len(set(printed))
    left = "".join(c for n, c in enumerate(page.text) if n not in set(printed))
    assert set(left) <= set("#— \r\n")


@pytest.mark.parametrize("name", ["seed", *NAMES])
def test_every_character_of_a_body_stands_in_the_source(name):
    page = read_seed() if name == "seed" else read_page(name)
    check_spans(page.text, page.articles)


@settings(max_examples=60, deadline=None)
@given(made_pages())
def test_every_character_of_a_made_body_stands_in_the_source(page: MadePage):
    check_spans(page.text, split(page.text))


@settings(max_examples=300, deadline=None)
@given(any_text)
def test_any_text_gives_sound_articles(text: str):
    check_spans(text, split(text))


def check_spans(text: str, articles: list[Article]) -> None:
    seen: list[int] = []
    for article in articles:
        body = list(article.body)
        for span in article.spans:
            end, source_end = span.start + span.length, span.source_start + span.length
            assert article.body[span.start : end] == text[span.source_start : source_end]
            body[span.start : end] = [""] * span.length
        assert set(body) <= {"", "\n"}  # only the line feeds between paragraphs are added
        assert article.spans == tuple(sorted(article.spans, key=lambda span: span.start))
        assert sum(s.length for s in article.spans) == len(article.body) - body.count("\n")
        for head in article.heads:
            assert text[head.start : head.end] == head.text
        seen += offsets(article)
        assert offsets(article) == sorted(offsets(article))
    assert len(seen) == len(set(seen))
