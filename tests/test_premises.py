"""What a question takes for granted is held against print."""

import pytest

from rag.premises import leaves_open, opposed


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("为什么产量下降了", "产量增长8%。"), ("投资为什么低于全省平均水平", "投资增速高于全省平均水平。"),
        ("大桥项目为什么取消", "大桥项目今年开工。"), ("局长的前任是谁", "局长骆远洲说。"),
        ("为什么没有把修路列入计划", "修路列入了今年的计划。"),
        ("创建文明城市失败，是哪些指标没过关", "青塘深化文明城市创建成果。"),
        ("15个小区还有三个没供上暖，是哪三个", "15个小区已全部供暖。"),
        ("15个小区一冬天都没通上暖，是谁被问责了", "15个小区已全部供暖。"),
        ("青塘不再搞旧房改造，理由是什么", "青塘今年完成旧房改造238个。"),
    ],
)  # fmt: skip
def test_a_false_premise_is_seen(asked, sentence):
    assert opposed(asked, sentence, "", sentence) == 1.0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("为什么产量下降了", "因旱情，产量下降8%。"), ("大桥项目为什么取消", "因资金不足，项目被叫停。"),
        ("为什么没有开工", "因资金不足，项目未能开工。"),
        ("创建为什么失败", "两项指标未达到，创建失败。"), ("大桥投资多少", "大桥投资8亿元。"),
    ],
)  # fmt: skip
def test_a_sound_question_is_not(asked, sentence):
    assert opposed(asked, sentence, "", sentence) == 0.0


def test_a_slogan_that_is_only_named_is_left_open():
    assert leaves_open("“1+3”政策中的“3”分别指什么", "构建“1+3”政策体系，推进人才高地建设。", "")
    assert leaves_open("“三项行动”分别是什么", "全市将开展“三项行动”，推动发展。", "")
    assert not leaves_open("“三项行动”分别是什么", "全市将开展“三项行动”，即修路、治水、植树。", "")
    assert not leaves_open("“贯彻第三次大会精神的关键之年”指的是哪一年", "今年是贯彻第三次大会精神的关键之年。", "")
    assert not leaves_open("“三项行动”什么时候开展", "全市5月开展“三项行动”。", "")


def test_what_else_there_is_of_a_number_of_things_is_open_where_none_are_listed():
    named = "修路是今年八项重点任务之一，要求协调发展、增进福祉。"
    assert leaves_open("八项重点任务，其余七项是什么？", named, "")
    assert not leaves_open("其余两项工作是什么？", "今年要做修路、治水、植树三项工作。", "")
    assert not leaves_open("其余两项工作何时做？", "今年要修路。", "")


def test_a_thing_kept_out_of_a_plan_is_open_where_print_names_it_as_part_of_it():
    sentence = "会议将修建城东水厂作为重点任务之一，要求最大限度减少停水。"
    assert opposed("会议为什么没有把修建城东水厂列入重点任务？", sentence, "", sentence) == 1.0


def test_why_something_is_not_done_is_open_where_the_article_tells_that_it_is_done():
    article = "临澜区决定解决城东供热问题。截至12月8日,15个小区已全部供热。困难不少。"
    sentence = "临澜区决定解决城东供热问题。"
    assert opposed("为什么城东不供热?", sentence, article, article) == 1.0
    assert opposed("城东15个小区到现在都没供上热,是卡在哪儿?", sentence, article, article) == 1.0
    denied = article + "城北3个小区仍未供热。"
    assert opposed("为什么城东不供热?", sentence, denied, denied) == 0.0
