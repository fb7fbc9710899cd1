"""A question of two things is taken apart so that each half can be asked alone."""

from datetime import date

import pytest

from rag.questions import analyse

TODAY = date(2024, 1, 31)


def pair_of(question):
    return list(joins.questions) if (joins := analyse(question, TODAY).joins) else []


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("青塘市粮食和油料的产量是多少？", "青塘市粮食的产量是多少", "青塘市油料的产量是多少"),
        ("《渡口》的导演和编剧是谁？", "《渡口》的导演是谁", "《渡口》的编剧是谁"),
        ("青塘大桥开工的时间和地点", "青塘大桥开工的时间是什么时候", "青塘大桥开工的地点在哪里"),
        ("青塘水务局局长和青塘教育局局长是谁？", "青塘水务局局长是谁", "青塘教育局局长是谁"),
        ("青塘今年的外贸目标和社会零售总额目标是多少？", "青塘今年的外贸目标是多少", "青塘今年的社会零售总额目标是多少"),
        ("西岭县与东岭县游客数量是多少", "西岭县游客数量是多少", "东岭县游客数量是多少"),
    ],
)
def test_two_things_joined_may_be_asked_for_alone(question, first, second):
    assert pair_of(question) == [first, second]


def test_two_times_joined_may_be_asked_for_alone():
    found = analyse("2021年和2022年青塘市棉花产量", TODAY)
    assert [[d.text for d in part.dates] for part in found.pair] == [["2021年"], ["2022年"]]


@pytest.mark.parametrize(
    "question",
    [
        "青塘市和西岭县的贸易额是多少", "青塘市和西岭县之间有多远", "青塘和西岭、东岭的产量是多少",
        "去年惠及了多少户居民", "怎么帮助企业和商户", "青塘市的产量是多少", "多少", "和",
    ],
)  # fmt: skip
def test_what_is_asked_of_both_together_stays_whole(question):
    assert pair_of(question) == []


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("甲城和乙城2023年的粮食产量分别是多少？", ["甲城的粮食产量是多少", "乙城的粮食产量是多少"]),
        ("甲厂、乙厂各有多少人？", ["甲厂有多少人?", "乙厂有多少人?"]),
        ("哪天开工，投资多少？", ["哪天开工", "投资多少"]),
    ],
)
def test_what_stands_behind_both_is_asked_of_each(question, parts):
    assert [part.text.replace(" ", "") for part in analyse(question, TODAY).parts] == parts


def test_two_things_told_in_two_sentences_are_both_answered(assistant):
    texts = ["去年，青塘市粮食产量达到42万吨，比上年增长3%。", "去年，青塘市油料产量达到7万吨，与上年持平。"]
    answer = assistant.read("青塘市去年粮食和油料的产量是多少？", texts)
    assert "42万吨" in answer.text and "7万吨" in answer.text


def test_what_print_joins_too_stays_whole(assistant):
    texts = ["青塘市住房和城乡建设局局长骆远洲说，今年要改造8个老旧小区。", "青塘市城乡规划院院长陆敏之也到了会。"]
    answer = assistant.read("青塘市住房和城乡建设局局长是谁？", texts)
    assert "骆远洲" in answer.text and "陆敏之" not in answer.text
