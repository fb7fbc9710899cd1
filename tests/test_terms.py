"""Terms: a question finds a text by the same words, pairs, numbers and dates."""

import pytest

from rag.terms import pairs, query_names, query_pairs, query_words, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("产值1,204.5万吨", {"1204.5", "1204.5万吨"}, id="thousands comma"),
        pytest.param("总值2319.4 亿元", {"2319.4", "2319.4亿元"}, id="unit after a space"),
        pytest.param("增长27.1%", {"27.1", "27.1%"}, id="per cent"),
        pytest.param("增长２７．１％", {"27.1", "27.1%"}, id="full width"),
        pytest.param("下降0.3个百分点", {"0.3", "0.3个百分点"}, id="percentage points"),
        pytest.param("第７届", {"7", "7届"}, id="counted"),
        pytest.param("有1,2,3三种", {"1", "2", "3"}, id="a list is no thousands comma"),
        pytest.param("约3.5.6版", {"3.5.6", "3", "5", "6"}, id="a version"),
    ],
)
def test_a_number_is_kept_whole_and_with_its_unit(text, expected):
    assert expected <= set(words(text))


@pytest.mark.parametrize("text", ["2023年11月24日", "2023 年 11 月 24 日", "2023-11-24"])
def test_a_date_gives_its_parts_and_the_joined_forms(text):
    found = words(text)
    assert {"2023年", "11月", "24日", "2023年11月", "11月24日", "2023年11月24日"} <= set(found)
    assert "24" not in found and "11" not in found


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        pytest.param("1204.5万吨", "1,204.5 万吨", id="comma and space"),
        pytest.param("8月16日", "2023 年 8 月 16 日", id="date without its year"),
        pytest.param("16日", "8月16日", id="a day without its month"),
        pytest.param("2023年", "2023年度", id="year"),
        pytest.param("北渡鎮", "北渡镇", id="traditional characters"),
        pytest.param("ＧＰＳ", "gps", id="full width letters"),
        pytest.param("q9器件", "Q9 + 发光器件", id="a code"),
        pytest.param("abc-12", "ABC-12型", id="a code with a hyphen"),
    ],
)
def test_question_and_text_share_a_term(asked, printed):
    shared = set(query_words(asked)) & set(words(printed))
    shared |= set(query_pairs(asked)) & set(pairs(printed))
    assert shared


def test_words_have_two_characters_or_are_figures_and_letters():
    found = words("鹭洲湾的渡船在5月开通，A座和b座")
    assert all(len(word) > 1 or word.isascii() for word in found)
    assert {"渡船", "开通", "a", "b"} <= set(found)


def test_pairs_stop_at_everything_that_is_no_chinese_character():
    assert pairs("云崖县，3户a家") == ["云崖", "崖县", "户", "家"]


@pytest.mark.parametrize(
    "question", ["松陂乡水渠有多少？", "松陂乡的水渠是什么？", "请问谁修松陂乡水渠"]
)
def test_what_only_asks_is_not_searched_for(question):
    assert {"松陂", "水渠"} <= set(query_pairs(question))
    terms = set(query_words(question)) | set(query_pairs(question))
    assert terms.isdisjoint({"多少", "什么", "请问", "的水", "谁修", "问谁"})


def test_terms_of_a_question_come_once():
    assert query_words("水渠水渠水渠") == list(dict.fromkeys(query_words("水渠水渠水渠")))
    assert query_pairs("渠渠渠渠") == ["渠渠"]


@pytest.mark.parametrize(
    ("question", "name"),
    [("萱侬律占地面积多大？", "萱侬律"), ("阿閦佛又称之为什么？", "阿閦佛"), ("蓍的别名是什么？", "蓍")],
)
def test_a_name_that_the_segmenter_cuts_to_pieces_is_looked_for_whole(question, name):
    assert name in query_names(question)


@pytest.mark.parametrize("question", ["去年水渠修了多少公里？", "哪里的水渠最长？", "这是谁的？", "在的了是"])
def test_characters_that_only_join_make_no_name(question):
    assert query_names(question) == []


@pytest.mark.parametrize("text", ["", "  \n\t", "，。！", "🙂", "\ud800", "\x00", "㎡㎡", "𠮷野家"])
def test_strange_text_gives_terms_or_none(text):
    for view in (words, pairs, query_words, query_pairs, query_names):
        assert all(isinstance(term, str) and term for term in view(text))
