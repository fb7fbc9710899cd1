"""Two articles that tell the same thing differently are both quoted; other differences are none."""

import pytest
from conftest import write_rows

from rag.conflicts import note


def told(seed, question, *texts):
    return seed.read(question, list(texts))


@pytest.mark.parametrize(
    ("question", "texts", "both"),
    [
        (
            "北渡镇新渠总投资多少？",
            ["北渡镇新渠总投资320万元，全长27公里。", "北渡镇新渠总投资350万元，全长27公里。"],
            ("320万元", "350万元"),
        ),
        (
            "七路公交车哪天开通？",
            ["七路公交车2023年5月1日正式开通运营。", "七路公交车2023年6月1日正式开通运营。"],
            ("5月1日", "6月1日"),
        ),
        (
            "鹭洲水务公司董事长是谁？",
            ["鹭洲水务公司董事长陈一舟出席开工仪式并讲话。", "鹭洲水务公司董事长刘建国出席开工仪式并讲话。"],
            ("陈一舟", "刘建国"),
        ),
    ],
)
def test_both_sides_are_quoted(seed, question, texts, both):
    answer = told(seed, question, *texts)
    assert all(word in answer.text for word in both)
    assert answer.text.startswith(note(False)) and len(answer.citations) == 2


def test_the_newer_side_comes_first(assistant, tmp_path):
    rows = [
        {"id": n, "published": f"2023-05-{day}", "text": f"北渡镇新渠总投资{n}万元，全长27公里。"}
        for n, day in ((320, "03"), (350, "20"))
    ]
    assistant.ingest(write_rows(tmp_path / "rows.jsonl", rows))
    text = assistant.ask("北渡镇新渠总投资多少？").text
    assert text.index("350万元") < text.index("320万元")


def test_the_better_supported_side_comes_first(seed):
    one = "北渡镇新渠总投资320万元，全长27公里。"
    other = "北渡镇新渠总投资350万元，全长27公里。"
    text = told(seed, "北渡镇新渠总投资多少？", one, other, other, other).text
    assert text.index("350万元") < text.index("320万元")


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        # the same figure; another thing; another year; another place
        ("北渡镇新渠总投资多少？", ["北渡镇新渠总投资320万元。", "据悉，北渡镇新渠总投资320万元。"]),
        ("北渡镇新渠总投资多少？", ["北渡镇新渠总投资320万元。", "北渡镇新桥总投资350万元。"]),
        ("2023年北渡镇稻田灌溉多少亩？", ["2023年北渡镇稻田灌溉12万亩。", "2022年北渡镇稻田灌溉14万亩。"]),
        ("北渡镇新渠总投资多少？", ["北渡镇新渠总投资320万元。", "南河镇水库年供水350万吨。"]),
        ("北渡镇新渠在哪里？", ["北渡镇新渠在县城以北。"]),
    ],
)
def test_what_is_no_contradiction_is_not_called_one(seed, question, texts):
    assert note(False) not in told(seed, question, *texts).text


def test_nothing_on_one_page_contradicts_itself(seed):
    for question in ("三全食品航空港工业园区项目总投资多少？", "2023世界传感器大会在哪里开幕？", "市商务局局长是谁？"):
        assert note(False) not in seed.ask(question).text
