"""An amount may be of a whole, or of something else, than what is asked about."""

from datetime import date

import pytest

from rag.belonging import of_another
from rag.questions import analyse
from rag.text import fold

ROADS = "青北、云塘等4个、312公里高速公路项目建成通车。"
DEALS = "青塘高新区与青塘光华计算机公司、云崖软件公司等企业达成合作，签下24个单子，总金额300亿元。"
WHOLE = "确保青安高速北渡段等11个项目年内建成通车，全省高速公路通车总里程达到8900公里以上。"


@pytest.mark.parametrize(
    ("asked", "sentence", "another"),
    [
        ("云塘高速这一条通车里程有多少公里？", ROADS, True),
        ("青北、云塘等高速公路项目一共多少公里？", ROADS, False),
        ("几个高速公路项目建成通车？", ROADS, False),
        ("跟光华计算机单独签的那一单是多少钱？", DEALS, True),
        ("青塘高新区签了多少个单子？", DEALS, False),
        ("主题教育以来台账列了多少项？", "主题教育开展以来，制定台账，涉及教育、卫生等各领域事项21项。", False),
        ("台账里教育方面有多少项？", "今年以来，制定台账，涉及教育、卫生等各领域事项21项。", True),
        ("青安高速北渡段全长多少公里？", WHOLE, True),
        ("高速公路通车总里程要达到多少公里？", WHOLE, False),
        ("全省高速公路通车多少公里？", WHOLE, False),
        ("青安高速北渡段什么时候通车？", WHOLE, False),
        ("北渡大桥总投资多少钱？", "推动北渡大桥年内建成通车。", False),
    ],
)
def test_an_amount_of_another(asked, sentence, another):
    part = analyse(asked, date(2024, 1, 1)).parts[0]
    assert of_another(part, fold(sentence)) is another
