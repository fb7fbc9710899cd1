"""Markers in every form a model writes, cut anywhere: text to show, statements, their sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.markers import MarkerReader, once

KNOWN = range(1, 10)


def read(text: str, sizes: list[int] | None = None) -> tuple[str, MarkerReader]:
    """What is shown of a text that comes in pieces of these sizes, and its reader."""
    reader, shown, place = MarkerReader(KNOWN), "", 0
    for size in sizes or [len(text) or 1]:
        shown += reader.feed(text[place : place + size])
        place += size
    return shown + reader.feed(text[place:]) + reader.close(), reader


@pytest.mark.parametrize(
    ("marker", "numbers"),
    [
        ("[3]", (3,)),
        ("[3][5]", (3, 5)),
        ("[3] [5]", (3, 5)),
        ("[3,5]", (3, 5)),
        ("[3、5]", (3, 5)),
        ("[3；5]", (3, 5)),
        ("[3-5]", (3, 4, 5)),
        ("[3～5]", (3, 4, 5)),
        ("【3】", (3,)),
        ("【3，5】", (3, 5)),
        ("［３］", (3,)),
        ("〔3〕", (3,)),
        ("[^3]", (3,)),
        ("[ 3 ]", (3,)),
        ("[3][3]", (3,)),
    ],
)
def test_a_marker_is_read_in_every_form(marker, numbers):
    for text in (f"总投资24亿元{marker}。", f"总投资24亿元。{marker}"):
        _, reader = read(text)
        assert [said.numbers for said in reader.said] == [numbers]
        assert reader.said[0].text == "总投资24亿元。"


@pytest.mark.parametrize("marker", ["[0]", "[99]", "[12,30]", "【88】"])
def test_unknown_numbers_are_dropped(marker):
    shown, reader = read(f"总投资24亿元{marker}。")
    assert shown == "总投资24亿元。"
    assert reader.said[0].numbers == ()


def test_known_numbers_stay_beside_unknown_ones():
    assert read("甲。[2,99]")[1].said[0].numbers == (2,)


@pytest.mark.parametrize("text", ["[2023年]", "数组[i]", "（1）", "[一]", "[12345]", "[]", "a[", "["])
def test_what_is_no_marker_is_text(text):
    shown, reader = read(f"见{text}")
    assert shown == f"见{text}"
    assert all(not said.numbers for said in reader.said)


def test_a_marker_behind_the_full_stop_belongs_to_the_sentence_before():
    _, reader = read("甲。[1]乙。[2][3]丙[4]。丁")
    assert [(s.text, s.numbers) for s in reader.said] == [
        ("甲。", (1,)), ("乙。", (2, 3)), ("丙。", (4,)), ("丁", ()),
    ]  # fmt: skip


def test_a_marker_on_a_line_of_its_own_belongs_to_the_line_before():
    assert read("甲\n[1]\n乙[2]")[1].said[0].numbers == (1,)


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("增长0.3个百分点[1]。", ["增长0.3个百分点。"]),
        ("It rose by 0.3 points [1]. It fell. [2]", ["It rose by 0.3 points.", "It fell."]),
        ("他说：“好。”[1]后来呢？[2]", ["他说：“好。”", "后来呢？"]),
        ("- **甲**[1]\n- 乙[2]", ["甲", "乙"]),
        ("1. 甲[1]\n2. 乙[2]", ["甲", "乙"]),
        ("3.5亿元[1]。", ["3.5亿元。"]),
        ("## 答\n甲。", ["答", "甲。"]),
        ("甲！！！[1]乙", ["甲！！！", "乙"]),
        ("。。。", []),
        ("", []),
    ],
)
def test_statements_end_where_sentences_end(text, statements):
    assert [said.text for said in read(text)[1].said] == statements


def test_shown_markers_count_from_one_in_order_of_appearance():
    shown, reader = read("甲[7]。乙[3][7]。")
    assert shown == "甲[1]。乙[2][1]。"
    assert reader.order == [7, 3]


def test_a_statement_can_be_shown_again_with_other_markers():
    _, reader = read("甲[7]，乙[3]。")
    assert reader.said[0].shown({7: 4, 3: 9}.__getitem__) == "甲[4]，乙[9]。"


def test_a_stream_that_broke_off_leaves_its_last_statement_unfinished():
    reader = MarkerReader(KNOWN)
    reader.feed("甲。[1]乙的一")
    reader.close(whole=False)
    assert [said.whole for said in reader.said] == [True, False]


@pytest.mark.parametrize("text", ["![图](http://x.invalid/a.png)", "<img src=x>", "<script>"])
def test_neither_image_nor_tag_is_ever_shown(text):
    for sizes in ([1] * len(text), None):
        shown, _ = read(text, sizes)
        assert "![" not in shown and "<" not in shown


@given(
    st.lists(st.sampled_from(["甲", "乙。", "[1]", "[2", "，3]", "【4】", "99]", "\n", ".", " ", "!", "["]), max_size=20),
    st.lists(st.integers(1, 5), max_size=30),
)
def test_where_the_stream_is_cut_does_not_matter(parts, sizes):
    text = "".join(parts)
    shown, reader = read(text, sizes or None)
    whole, other = read(text)
    assert (shown, reader.said, reader.order) == (whole, other.said, other.order)


def test_a_statement_that_is_made_again_counts_once():
    reader = MarkerReader({1, 2})
    reader.feed("江城有桥。[1]\n江城有渡口。[2]\n江城有桥。[1]\n")
    reader.close()
    assert [said.text for said in once(reader.said)] == ["江城有桥。", "江城有渡口。"]
