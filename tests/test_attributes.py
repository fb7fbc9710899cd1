"""Attributes that are known by their look: a sentence without it does not tell them."""

import pytest

from rag.attributes import looks_other


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("青塘图书馆的电话是多少？", "青塘图书馆新馆昨日开放。"),
        ("投诉缺斤短两该打哪个电话？", "市场监管局严查缺斤短两。"),
        ("下线的车是什么车型？", "第30万辆新能源汽车在青塘工厂下线。"),
        ("那辆公交车是什么颜色？", "新公交车投入运营。"),
        ("周明远今年多大年纪？", "馆长周明远表示，新馆藏书60万册。"),
        ("周明远是什么学历？", "馆长周明远表示，新馆藏书60万册。"),
        ("申请保障房需要满足什么条件？", "青塘今年筹集保障房1.5万套以上。"),
        ("申请补贴要带什么材料？", "青塘今年发放补贴3亿元。"),
        ("暖气费怎么收？", "小区已全部供暖。"),
        ("图书馆的网址是什么？", "青塘图书馆新馆昨日开放。"),
    ],
)
def test_a_sentence_without_the_look_of_it_tells_something_else(question, sentence):
    assert looks_other(question, sentence, "")


@pytest.mark.parametrize(
    ("question", "sentence", "near"),
    [
        ("青塘图书馆的电话是多少？", "咨询请拨0000-1234567。", ""),
        ("下线的车是什么车型？", "下线的是北风A7轿车。", ""),
        ("周明远今年多大年纪？", "周明远生于1970年。", ""),
        ("申请保障房需要满足什么条件？", "申请人须年满18周岁。", ""),
        ("申请保障房需要满足什么条件？", "一、有本市户籍；", "申请人应当符合："),  # told before it
        ("暖气费怎么收？", "居民用户每平方米1.9元。", ""),
        # Named, but not asked for.
        ("具备供热条件的小区有多少个？", "15个小区已全部供热。", ""),
        ("12345热线去年受理了多少件？", "去年受理诉求20万件。", ""),
        ("图书馆藏书多少册？", "新馆藏书60万册。", ""),
    ],
)
def test_one_that_has_it_or_is_not_asked_for_it_does_not(question, sentence, near):
    assert not looks_other(question, sentence, near)
