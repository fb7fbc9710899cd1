"""Public sets, on made-up rows in their form: the tasks, the caps, the figures of others beside ours."""

import json

import pytest
from gold_rows import write_lines

from eval import external, external_cmrc, external_crud, external_rgb, public_sets
from eval.errors import BadData
from eval.external import Table, counted, first_sentences, states

ROW = {
    "id": 0, "query": "槐荫大桥总投资多少？", "answer": ["24亿元"],
    "positive": [f"槐荫大桥总投资24亿元。第{n}篇。" for n in range(5)],
    "negative": [f"青塘今日多云，最高气温{n}度。" for n in range(9)],
}  # fmt: skip
BOTH = {
    "id": 1, "query": "槐荫大桥总投资多少，全长多少？", "answer": [["24亿元", "24亿"], "1.2公里"],
    "positive": [["槐荫大桥总投资24亿元。"], ["槐荫大桥全长1.2公里。", "全长1.2公里的槐荫大桥。"]],
    "negative": ROW["negative"],
}  # fmt: skip
FALSE = {
    "id": 2, "query": "槐荫大桥总投资多少？", "answer": "24亿元", "fakeanswer": "42亿元",
    "positive_wrong": ["槐荫大桥总投资42亿元。"] * 3, "positive": [], "negative": [],
}  # fmt: skip


def test_a_reply_counts_by_its_first_three_sentences():
    assert first_sentences("一。[1]二！三？四。") == "一。二！三？"
    assert first_sentences("只有一句") == "只有一句"


def test_every_part_of_an_answer_has_to_stand_in_any_of_its_wordings():
    slots = external_rgb.slots(BOTH["answer"])
    assert states("总投资 24 亿，全长1.2 公里", slots)
    assert not states("总投资24亿", slots)


@pytest.mark.parametrize(("noise", "bad"), [(0, 0), (0.2, 1), (0.4, 2), (0.5, 3), (0.8, 4)])
def test_noise_is_the_share_of_passages_without_the_answer(noise, bad):
    docs = external_rgb.mixed(ROW, noise)
    assert len(docs) == 5 and sum("气温" in doc for doc in docs) == bad
    assert docs == external_rgb.mixed(ROW, noise)


def test_where_passages_are_few_the_others_fill_up():
    few = ROW | {"positive": ROW["positive"][:2]}
    assert sum("气温" in doc for doc in external_rgb.mixed(few, 0)) == 3
    clear = ROW | {"negative": ROW["negative"][:1]}
    assert sum("气温" in doc for doc in external_rgb.mixed(clear, 0.8)) == 1


@pytest.mark.parametrize("noise", [0, 0.4, 0.8])
def test_integration_keeps_one_passage_of_each_group(noise):
    docs = "".join(external_rgb.mixed(BOTH, noise))
    assert "24亿元" in docs and "1.2公里" in docs


@pytest.mark.slow
def test_the_tasks_of_rgb_are_told_by_their_columns(tmp_path, seed):
    files = [write_lines(tmp_path / f"{n}.jsonl", [row]) for n, row in enumerate((ROW, BOTH, FALSE))]
    tables = external_rgb.tables(seed, files)
    assert [table.title for table in tables] == [
        "RGB, noise", "RGB, rejection", "RGB, integration", "RGB, falsified passages",
    ]  # fmt: skip
    noise = tables[0].rows["Wenbao"]
    assert list(noise) == ["0", "0.2", "0.4", "0.6", "0.8"] and noise["0"].value == 1.0
    assert tables[1].rows["Wenbao"]["refused"].value == 1.0
    assert tables[3].rows["Wenbao"]["what the passages say"].value == 1.0


def test_rows_of_another_form_are_told(tmp_path):
    with pytest.raises(BadData, match="no RGB rows"):
        external_rgb.tables(None, [write_lines(tmp_path / "x.jsonl", [{"a": 1}])])
    with pytest.raises(BadData, match="CMRC"):
        external_cmrc.read(write_lines(tmp_path / "y.json", [{"a": 1}]))
    with pytest.raises(BadData, match="question, answer and gold"):
        news = write_lines(tmp_path / "n.jsonl", [{"id": "a", "text": "一"}])
        external_crud.read(news, write_lines(tmp_path / "q.jsonl", [{"a": 1}]), tmp_path, None)


@pytest.mark.slow
def test_cmrc_finds_the_paragraph_and_reads_it(tmp_path):
    asked = {"question": "槐荫大桥总投资多少？", "answers": [{"text": "24亿元"}]}
    data = {"data": [{"paragraphs": [
        {"context": "槐荫大桥总投资24亿元，2026年建成。", "qas": [asked]},
        {"context": "青塘今日多云，最高气温8度。", "qas": []},
    ]}]}  # fmt: skip
    (tmp_path / "cmrc.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    found, reading = external_cmrc.tables(tmp_path / "cmrc.json")
    assert found.rows["Wenbao"]["hit@1"].value == 1.0 and found.facts["MRR"] == "1.000"
    assert reading.rows["Wenbao"]["in the first sentence"].value == 1.0


def news_of(tmp_path):
    rows = [{"id": f"n{n}", "published": "2023-08-16", "text": f"第{n}号桥今日开工，总投资{n + 11}亿元。"} for n in range(12)]
    asked = [{"id": f"q{n}", "question": f"第{n}号桥总投资多少？", "answer": f"{n + 11}亿元", "gold": [f"n{n}"]} for n in range(6)]
    return write_lines(tmp_path / "news.jsonl", rows), write_lines(tmp_path / "qa.jsonl", asked)


@pytest.mark.slow
def test_crud_stands_beside_bm25_and_the_plain_pipeline_and_goes_on_where_it_stopped(tmp_path):
    news = external_crud.read(*news_of(tmp_path), tmp_path / "kept", None)
    found, answers = external_crud.tables(news, tmp_path / "kept", plain=True)
    assert len(found.rows) == 3
    assert all(row["hit@10"].value == 1.0 for row in found.rows.values())
    assert found.facts["ingest"].startswith("12 new")
    assert answers.rows["Wenbao"]["the answer stands in the reply"].n == 6
    again, _ = external_crud.tables(news, tmp_path / "kept", plain=True)
    assert again.facts["ingest"].startswith("0 new") and again.facts["articles"] == "12"


def test_a_part_of_crud_keeps_questions_whose_articles_it_holds(tmp_path):
    news = external_crud.read(*news_of(tmp_path), tmp_path / "kept", 8)
    assert len(news.texts) == 8 and len(news.asked) == 4
    assert {id for row in news.asked for id in row["gold"]} <= set(news.texts)
    assert len(news.file.read_text("utf-8").splitlines()) == 8


def test_others_figures_stand_below_ours_in_every_form(tmp_path):
    table = Table("RGB, noise", {"Wenbao": {"0": counted([True, False])}}, "RGB, noise", "n", {"x": "1"})
    page = external.write(tmp_path, "rgb", [table], {"files": "<file>"})
    html, text = page.read_text("utf-8"), (tmp_path / "rgb.md").read_text("utf-8")
    assert "&lt;file&gt;" in html and "Qwen-7B-Chat" in html and "95.67" in text
    assert "| **Wenbao** | 50.0 [" in text and "ChatGPT" in external.printed([table])
    assert json.loads((tmp_path / "rgb.json").read_text("utf-8"))["tables"][0]["ours"]["Wenbao"][0]["n"] == 2


def test_a_file_that_is_not_there_is_skipped_with_a_message(tmp_path):
    with pytest.raises(BadData, match="skipped: no file"):
        public_sets.run("rgb", [tmp_path / "none.jsonl"])
