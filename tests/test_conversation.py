"""Twelve conversations of three turns: follow-ups find the right article, by rules and by a model."""

import json
from pathlib import Path

import pytest
from scripted_server import Reply, ScriptedServer, prompt_of

from rag import Assistant, Config
from rag.prompts import ABSENT

CONVERSATIONS = json.loads((Path(__file__).parent / "conversations.json").read_text("utf-8"))
LEAST = 0.9


def hold(assistant, conversation, on_turn=lambda turn: None):
    """(found the right article, holds what was asked for) of each follow-up."""
    history, outcomes = [], []
    for number, turn in enumerate(conversation):
        on_turn(turn)
        answer = assistant.ask(turn["ask"], history=history)
        if number:
            title = answer.passages[0].chunk.article.title
            outcomes.append((turn["article"] in title, turn["holds"] in answer.text))
        history += [
            {"role": "user", "content": turn["ask"]},
            {"role": "assistant", "content": answer.text},
        ]
    return outcomes


def shares(outcomes) -> tuple[float, float]:
    return tuple(sum(column) / len(outcomes) for column in zip(*outcomes, strict=True))


def test_there_are_twelve_conversations_of_three_turns():
    assert [len(conversation) for conversation in CONVERSATIONS] == [3] * 12


def test_by_rules_follow_ups_find_the_right_article(seed):
    found, answered = shares([o for c in CONVERSATIONS for o in hold(seed, c)])
    assert found >= LEAST and answered >= 0.8


def test_by_a_model_follow_ups_find_the_right_article(seed_index, embedder):
    with ScriptedServer() as server:
        config = Config(data_dir=seed_index, model="scripted", base_url=server.base_url, api_key="k")
        current = {}

        def reply(request):
            rewriting = "【最后一问】" in prompt_of(request)
            return current["alone"] if rewriting else ""  # and the paper's own words for the answer

        def on_turn(turn):
            current.update({"alone": turn["ask"]} | turn)
            server.reset(reply)

        with Assistant.open(config, embedder=embedder) as assistant:
            found, answered = shares([o for c in CONVERSATIONS for o in hold(assistant, c, on_turn)])
    assert found >= LEAST and answered >= 0.8


@pytest.fixture
def talking(seed_index, embedder):
    with ScriptedServer() as server:
        config = Config(
            data_dir=seed_index, model="scripted", base_url=server.base_url, api_key="k", history_tokens=200
        )
        with Assistant.open(config, embedder=embedder) as assistant:
            yield server, assistant


BEFORE = [
    {"role": "user", "content": "三全食品航空港工业园区项目总投资多少？"},
    {"role": "assistant", "content": "24亿元。"},
]


@pytest.mark.parametrize(
    "made",
    [
        "思念食品航空港工业园区项目的启动仪式是哪天举行的？",  # nobody spoke of it
        "2019年3月9日以后投了99亿元的三全食品项目启动仪式是哪天举行的？",
        "",
        "启动仪式于3月15日举行。\n另外……",
        "三" * 500,
    ],
)
def test_a_rewriting_that_adds_something_is_not_used(talking, made):
    server, assistant = talking
    server.reset(made, ABSENT)
    assistant.ask("它的启动仪式是哪天举行的？", history=BEFORE)
    assert "三全食品航空港工业园区项目" in prompt_of(server.asked[-1])


def test_a_rewriting_that_fails_leaves_the_rules(talking):
    server, assistant = talking
    server.reset(Reply(status=400))
    answer = assistant.ask("它的启动仪式是哪天举行的？", history=BEFORE)
    assert "3月15日" in answer.text and answer.mode == "extractive"


def test_of_a_long_history_only_the_end_is_sent(talking):
    server, assistant = talking
    history = [{"role": "user", "content": f"第{n}问：北渡镇新渠总投资多少？"} for n in range(200)] + BEFORE
    server.reset("三全食品航空港工业园区项目的启动仪式是哪天举行的？", ABSENT)
    assistant.ask("它的启动仪式是哪天举行的？", history=history)
    sent = prompt_of(server.asked[0])
    assert "24亿元" in sent and "第0问" not in sent and len(sent) < 1200


def test_a_question_that_stands_alone_costs_no_rewriting(talking):
    server, assistant = talking
    server.reset(ABSENT)
    assistant.ask("三全食品董事长是谁？", history=BEFORE)
    assert len(server.asked) == 1
