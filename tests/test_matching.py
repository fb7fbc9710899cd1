"""How a question's words stand in a text: by another name, too."""

import pytest

from rag.matching import sibling, spelled_out


@pytest.mark.parametrize(
    ("question", "printed"),
    [
        ("青塘市房管局的局长是哪位？", "住房保障和房地产管理局"),
        ("人社局今年做什么？", "人力资源和社会保障局"),
        ("青塘市住房和城乡建设局在哪里？", "住建局"),
    ],
)
def test_an_office_is_also_looked_for_under_its_other_names(question, printed):
    wider = spelled_out(question)
    assert wider.startswith(question)
    assert printed in wider.split()


def test_a_reader_s_phrase_is_also_looked_for_in_the_paper_s_words():
    asked = "从青塘坐汽车出门的有多少人次？"
    assert "公路" in spelled_out(asked).split()
    assert spelled_out(asked, everyday=False) == asked


@pytest.mark.parametrize("question", ["青塘大桥花了多少钱？", "局长说了什么？", ""])
def test_a_question_that_names_no_office_stays_as_it_is(question):
    assert spelled_out(question) == question


@pytest.mark.parametrize(
    ("question", "sentence", "other"),
    [
        ("第十三届青塘商洽会在哪里举行？", "第14届青塘商洽会在北渡开幕。", 1.0),
        ("第14届青塘商洽会在哪里举行？", "第十四届青塘商洽会在北渡开幕。", 0.0),
        ("第500万辆车哪天下线？", "去年11月24日，第600万辆车下线。", 1.0),
        ("第500万辆车哪天下线？", "从第500万辆到第600万辆用时3个月。", 0.0),
        ("第14届商洽会签了几批？", "第一批项目签约。", 0.0),
    ],
)
def test_another_one_of_those_that_are_counted_is_another(question, sentence, other):
    assert sibling(question, sentence, question) == other
