"""Gold rows: what is one, and what is told of one that is none."""

import json

import pytest
from gold_rows import absent, question

from eval.errors import BadData
from eval.questions import load, same_question


def test_a_row_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "gold.jsonl"
    rows = [question(article=[1, 2], must_pass=True), absent()]
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows), "utf-8")
    assert load([path]) == rows
    assert rows[0].slices == ("kind number", "article 1", "article 2", "must pass")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "riddle"}, "kind"),
        ({"facts": [{"type": "quantity"}]}, "facts.0.quantity.value"),
        ({"facts": [{"type": "date", "value": "去年", "fields": ["year"]}]}, "facts.0.date.value"),
        ({"slots": []}, "slots"),
    ],
)
def test_every_fault_is_told_with_its_line_and_field(tmp_path, change, told):
    path = tmp_path / "gold.jsonl"
    good = question()
    bad = good.model_dump(mode="json") | change
    path.write_text(good.model_dump_json() + "\n" + json.dumps(bad) + "\n", "utf-8")
    with pytest.raises(BadData, match=rf"(?s)line 2.*{told}"):
        load([path])


def test_an_empty_set_is_refused(tmp_path):
    (tmp_path / "gold.jsonl").write_text("\n", "utf-8")
    with pytest.raises(BadData, match="proves nothing"):
        load([tmp_path / "gold.jsonl"])


def test_marks_and_spaces_make_no_new_question_but_a_conversation_does():
    plain = question(question="大桥多长?")
    assert same_question(plain) == same_question(question(question="大桥 多长？"))
    said = question(question="大桥多长?", history=[{"role": "user", "content": "槐荫大桥"}])
    assert same_question(plain) != same_question(said)
