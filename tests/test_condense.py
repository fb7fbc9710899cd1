"""A follow-up borrows the last question; whatever stands alone is left as it is."""

import pytest

from rag.condense import content_of, standalone

BEFORE = "三全食品航空港工业园区项目总投资多少？"
HISTORY = [
    {"role": "user", "content": "郑州有几个产业集群？"},
    {"role": "assistant", "content": "6个。"},
    {"role": "user", "content": BEFORE},
    {"role": "assistant", "content": "24亿元，其他的没有写到。"},
]


@pytest.mark.parametrize(
    "question",
    [
        "那年产能呢？",
        "它建成后年产能是多少？",
        "该项目的年产能是多少？",
        "其董事长是谁？",
        "年产能呢",
        "另外，在哪里？",
        "When was it built?",
        "And the capacity?",
    ],
)
def test_a_question_that_points_back_borrows_the_last_one(question):
    made = standalone(question, HISTORY)
    assert made.startswith(BEFORE.rstrip("？")) and made.endswith(question)


@pytest.mark.parametrize(
    "question",
    [
        "三全食品董事长是谁？",
        "2024年全省多式联运货运量要增长多少？",
        "这样的项目在全省一共有多少个，分别位于哪些城市，总投资是多少亿元？",
        "Who is the chairman of Sanquan Food?",
        "",
    ],
)
def test_a_question_that_stands_alone_is_left(question):
    assert standalone(question, HISTORY) == question


@pytest.mark.parametrize(
    "history",
    [None, [], [{"role": "assistant", "content": "你好。"}], [{"role": "user", "content": ""}]],
)
def test_without_a_question_before_nothing_is_borrowed(history):
    assert standalone("那年产能呢？", history) == "那年产能呢？"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("问", "问"),
        (None, ""),
        ([{"type": "text", "text": "问"}, {"type": "text", "text": "报"}], "问报"),
        ([{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": None}], ""),
        (["问"], ""),
    ],
)
def test_messages_hold_text_or_parts(content, text):
    assert content_of({"role": "user", "content": content}) == text


def test_a_message_without_content_is_empty():
    assert content_of({"role": "user"}) == ""
