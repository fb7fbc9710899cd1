"""Characters: squash, fold and bare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text import bare, fold, squash

ANY = st.text(st.characters(exclude_categories=()), max_size=60)
TRADITIONAL = st.text("後頭發裡臺灣漢語乾隆著名\ud800\0\u3000㎡ﬁİA１", max_size=60)


@given(st.one_of(ANY, TRADITIONAL))
def test_fold_keeps_the_length_of_any_text(text: str):
    assert len(fold(text)) == len(text)


@given(st.one_of(ANY, TRADITIONAL))
def test_squash_removes_white_space_and_nothing_else(text: str):
    assert squash(text) == "".join(char for char in text if not char.isspace())
    assert squash(squash(text)) == squash(text)


@pytest.mark.parametrize("text", ["\ud800", "漢\udfff語", "a\ud83db"])
def test_a_lone_surrogate_does_not_stop_folding(text):
    folded = fold(text)
    assert "\ufffd" in folded
    folded.encode()  # and can be written


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１２３．５％", "123.5%"),
        ("ＡＢＣ　abc ABC", "abc abc abc"),
        ("（甲），乙：丙", "(甲),乙:丙"),
        ("漢語、頭髮、皇后、以後", "汉语、头发、皇后、以后"),
        ("臺灣與鄭州的發展", "台湾与郑州的发展"),
        ("乾隆年間的乾草", "乾隆年间的干草"),
        ("面积3㎡", "面积3㎡"),
        ("汉语", "汉语"),
        ("", ""),
    ],
)
def test_fold_gives_half_width_lower_case_simplified(text, folded):
    assert fold(text) == folded


@given(ANY)
def test_fold_leaves_white_space_where_it_is(text: str):
    folded = fold(text)
    assert all(new.isspace() == old.isspace() for new, old in zip(folded, text, strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“温度” 提升！", "温度提升"),
        ("鄭州，２０２４年", "郑州2024年"),
        ("《鹭洲 日报》", "鹭洲日报"),
        ("——访镇长贺兰", "访镇长贺兰"),
    ],
)
def test_bare_ignores_marks_spaces_width_and_script(one, other):
    assert bare(one) == bare(other)


def test_bare_tells_different_words_apart():
    assert bare("渡口") != bare("水渠")
    assert bare("27.1%") != bare("27.1")
