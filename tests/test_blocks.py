"""Blocks: what a printed paragraph looks like by its own wording, and where its lines stand."""

import pytest
from hypothesis import given
from page_outlines import NAMES, read_page
from test_articles import any_text

from rag.blocks import is_closed, jump, kind_of, read_lines, split_blocks


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("北渡镇新修水渠", "heading"),
        ("水渠通了，渡口呢？", "heading"),
        ("水渠修好了。", "body"),
        ("北渡镇的水渠从去年6月修到今年6月，全长12.5公里，一共有3,400户人家用上了水，乡亲们都说好", "body"),
        ("——访镇长贺兰", "dash"),
        ("本报记者 尹水生 通讯员 毛竹", "byline"),
        ("（见习记者 段春晖）", "byline"),
        ("文/图 本报记者 贺兰", "byline"),
        ("记者从镇里了解到，水渠修好了。", "body"),
        ("▲ 村里昨日装了路灯，一共120盏。", "brief"),
        ("| 产业 | 增加值 |", "table"),
        ("茶园  52.3  17.8", "table"),
        ("村口" + "     水渠边的渡口。" * 60 + " 完", "body"),  # a pattern that tried every way would not end
        ("图为新修的水渠。", "furniture"),
        ("责任编辑 贺兰 校对 毛竹", "furniture"),
        ("（下转本版右下）", "jump"),
        ("-----", "rule"),
    ],
)
def test_a_paragraph_looks_like_what_it_is(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "closed"),
    [("水渠通了。", True), ("“通了！”", True), ("名单如下：", True), ("The end.", True), ("水渠通", False),
     ("增长12.", False), ("北渡、", False), ("长12公里，", False)],
)  # fmt: skip
def test_only_a_closing_mark_closes_a_paragraph(text, closed):
    assert is_closed(text) is closed


def test_a_jump_note_is_read_at_either_end():
    assert jump("（上接一版）水渠修好了。") == "上接一版"
    assert jump("水渠修好了。(下转第3版)") == "下转第3版"
    assert jump("水渠（上接旧渠）修好了。") is None


@pytest.mark.parametrize("text", ["## 水渠", "**水渠**", "\ufeff水渠", "\u3000\u3000水渠 \u200b\r\n", "# \ufeff水渠"])
def test_a_line_knows_where_its_words_stand(text):
    (line,) = read_lines(text)
    assert (line.text, text[line.start : line.end]) == ("水渠", "水渠")


@given(any_text)
def test_lines_of_any_text_stand_where_they_say_and_have_no_blank_ends(text: str):
    before = 0
    for line in read_lines(text):
        assert text[line.start : line.end] == line.text == line.text.strip() != ""
        assert line.start >= before
        before = line.end


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_page_stands_in_one_block(name):
    text = read_page(name).text
    printed = [line for block in split_blocks(text) for line in block.lines]
    assert [(x.start, x.text) for x in printed] == [(x.start, x.text) for x in read_lines(text)]


def test_a_hard_wrapped_page_is_gathered_into_paragraphs():
    blocks = split_blocks(read_page("08_ocr_hard_wrapped").text)
    assert any("最后一块顶棚合拢，370户摊主" in block.text for block in blocks)
    assert max(len(block.lines) for block in blocks) >= 3
