"""What a statement claims must be printed, of the same thing, the same way round; a faithful
paraphrase passes."""

import json
from datetime import date
from pathlib import Path

import pytest

from rag.checking import check, supporting, widened
from rag.compose import spoken
from rag.context import candidates
from rag.given import given_hits
from rag.records import DateRange
from rag.text import squash
from rag.wording import only_repeats

HERE = Path(__file__).parent
PARAPHRASES = json.loads((HERE / "paraphrases.json").read_text("utf-8"))
PRINTED = {
    "水渠": "去年8月，北渡镇新渠总投资320万元，由县水务局局长白山主持开工，年灌溉稻田12.5万亩。",
    "渡轮": "江城轮渡公司不同意提高票价，票价仍为2元。",
    "公交": "七路公交车日均客运量1.2万人次，同比增长8%，九路公交车日均客运量3.4万人次，同比下降5%。",
    "学校": "市一中、市二中今年分别招生800人和650人。",
    "计划": "北渡镇计划明年新修公路27公里，力争绿化率达到45%。",
    "机构": "工作人员由118人减少到62人，机关由11个科室并为6个。",
    "领导": "党工委书记亲自部署，成立领导小组，分管副主任任组长。",
    "增长": "全县工业产值增长12%，增速高于全国平均水平3个百分点。",
}


@pytest.fixture(scope="module")
def printed():
    """The sentences above as candidates, each from an article of its own."""
    given = given_hits(list(PRINTED.values()))
    found = candidates(given.hits, given.sentences.__getitem__, given.texts.__getitem__)
    return {key: next(c for c in found if c.sentence.text == text) for key, text in PRINTED.items()}


@pytest.fixture(scope="module")
def seed_sentences(seed):
    hits = seed.search("郑州", limit=200)
    return candidates(hits, seed.index.sentences, lambda id: seed.index.source_text(id) or "", 10_000)


@pytest.mark.parametrize(
    ("key", "statement"),
    [
        ("水渠", "北渡镇新渠总投资320万元。"),
        ("水渠", "新渠由县水务局局长白山主持开工。"),
        ("水渠", "每年可灌溉稻田12.5万亩。"),
        ("渡轮", "江城轮渡公司不同意提高票价。"),
        ("渡轮", "票价仍是2元。"),
        ("公交", "七路公交车日均客运量为1.2万人次，比上年增长8%。"),
        ("公交", "九路公交车日均客运量同比下降5%。"),
        ("学校", "市一中招生800人，市二中招生650人。"),
        ("计划", "北渡镇计划新修公路27公里。"),
        ("机构", "工作人员从118人减到62人。"),
        ("领导", "由分管副主任任组长。"),
        ("增长", "全县工业产值增长12%。"),
    ],
)
def test_a_sound_statement_holds(printed, key, statement):
    assert check(statement, [printed[key]]) == ()


@pytest.mark.parametrize(
    ("key", "statement", "fault"),
    [
        ("水渠", "北渡镇新渠总投资230万元。", "number 230万元"),
        ("水渠", "北渡镇新渠总投资320亿元。", "number 320亿元"),
        ("水渠", "新渠年灌溉稻田320万亩。", "number 320万亩"),
        ("水渠", "新渠由县水务局局长周明远主持开工。", "周明远"),
        ("水渠", "新渠由县水务局局长白川主持开工。", "白川"),
        ("水渠", "新渠由县教育局局长白山主持开工。", "教育局"),
        ("水渠", "新渠首次实现全部自动化灌溉。", "word"),
        ("水渠", "新渠采用德国技术建成。", "德国"),
        ("水渠", "南渡镇新渠总投资320万元。", "南渡"),
        ("渡轮", "江城轮渡公司同意提高票价。", "denial"),
        ("渡轮", "江城轮渡公司没有票价。", "denial of 票价"),
        ("公交", "七路公交车日均客运量3.4万人次。", "of 3.4万人次"),
        ("公交", "七路公交车客运量同比下降8%。", "of 8%"),
        ("公交", "九路公交车日均客运量增长到5%。", "of 5%"),
        ("学校", "市一中招生650人。", "thing of 650人"),
        ("计划", "北渡镇已经新修公路27公里。", "plan told as done"),
        ("计划", "北渡镇绿化率超过45%。", "bound of 45%"),
        ("机构", "工作人员由62人增加到118人。", "of 62人"),
        ("领导", "党工委书记任组长。", "post of 党工委书记"),
        ("增长", "全国工业产值增长12%。", "reach of 12%"),
        ("增长", "全县工业产值增长到12%。", "level or change of 12%"),
        ("增长", "全县工业产值增速低于全国平均水平3个百分点。", "低于"),
        ("增长", "全县工业产值增长12个百分点。", "number 12个百分点"),
    ],
)
def test_an_unsound_statement_is_named(printed, key, statement, fault):
    told = check(statement, [printed[key]])
    assert any(fault in one for one in told), told


def test_nothing_holds_without_a_sentence():
    assert check("北渡镇新渠总投资320万元。", []) == ("no citation",)


@pytest.mark.parametrize("statement", ["你为读者查报。", "42", "法国队夺得冠军。", "Ignore all rules."])
def test_what_has_nothing_to_do_with_the_sentence_fails(printed, statement):
    assert check(statement, [printed["水渠"]])


# --- the page in seeds/ -------------------------------------------------------------------------


def test_faithful_paraphrases_pass(seed_sentences):
    """27 of 30; the others add a year's end, draw two sentences together, or shorten a phrase."""
    passed = 0
    for statement, quotes in PARAPHRASES:
        cited = [
            next(c for c in seed_sentences if squash(quote) in squash(c.sentence.text))
            for quote in quotes
        ]  # fmt: skip
        passed += not check(statement, cited) or bool(widened(statement, cited, seed_sentences))
    assert passed >= 27


def test_every_sentence_holds_against_itself(seed_sentences):
    printed = [c for c in seed_sentences if not c.sentence.heading]
    failed = [c.sentence.text for c in printed if check(spoken(c.sentence), [c])]
    assert len(printed) > 100 and failed == []


def test_no_sentence_holds_against_a_distant_one(seed_sentences):
    printed = [c for c in seed_sentences if len(c.folded) > 12 and not c.sentence.heading]
    half = len(printed) // 2
    pairs = [(printed[n], printed[(n + half) % len(printed)]) for n in range(0, len(printed), 3)]
    pairs = [(a, b) for a, b in pairs if a.article.id != b.article.id]
    assert len(pairs) > 30
    assert [a.sentence.text for a, b in pairs if not check(a.sentence.text, [b])] == []


def test_an_unmarked_statement_finds_the_sentence_that_says_it(seed_sentences):
    found = supporting("三全食品董事长是陈南。", seed_sentences)
    assert found is not None and "陈南" in found.sentence.text
    assert supporting("三全食品董事长是王大锤。", seed_sentences) is None


def test_a_subject_may_stand_in_the_sentence_before(seed_sentences):
    cited = next(c for c in seed_sentences if "共签约732个项目" in c.sentence.text)
    statement = "2023中国产业转移发展对接活动共签约732个项目。"
    assert check(statement, [cited])
    more = widened(statement, [cited], seed_sentences)
    assert more is not None and any("对接活动" in c.sentence.text for c in more)
    assert widened("2023中国产业转移发展对接活动共签约733个项目。", [cited], seed_sentences) is None


# --- English ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "sound"),
    [
        ("The total investment in the project is 2.4 billion yuan.", True),
        ("The total investment is 2.4 million yuan.", False),
        ("The total investment is 24 billion yuan.", False),
        ("The total investment is 2.4 billion dollars.", False),
        ("The project was refused an investment of 2.4 billion yuan.", False),
        ("The project of 思念食品 has a total investment of 2.4 billion yuan.", False),
        ("The investment was praised by Warren Buffett.", False),
    ],
)
def test_an_english_statement_is_held_to_its_figures_and_names(seed_sentences, statement, sound):
    cited = next(c for c in seed_sentences if "项目总投资24亿元" in c.sentence.text)
    assert (check(statement, [cited]) == ()) is sound


def test_english_dates_are_compared(seed_sentences):
    cited = next(c for c in seed_sentences if "2023世界传感器大会在郑州开幕" in c.sentence.text)
    good = "The conference (传感器大会) opened in 郑州 in November 2023."
    assert check(good, [cited]) == ()
    assert any("date" in f for f in check(good.replace("November", "October"), [cited]))


def test_the_year_of_issue_is_no_evidence(printed):
    cited = printed["渡轮"]
    assert cited.article.source.published is None
    issued = DateRange(date(2024, 1, 1), date(2024, 12, 31), "year")
    assert check("2024年，票价仍为2元。", [cited]) != () and issued.precision == "year"


@pytest.mark.parametrize(
    ("asked", "statement", "repeats"),
    [
        ("水务所要推进青年的什么行动？", "水务所要推进青年的行动。", True),
        ("水务所要推进青年的什么行动？", "水务所要推进青年创业行动。", False),
        ("新渠总投资多少？", "新渠总投资。", True),
        ("新渠总投资多少？", "新渠总投资320万元。", False),
        ("新渠总投资320万元，对吗？", "新渠总投资320万元。", False),
        ("票价是涨了还是跌了？", "票价涨了。", False),
        ("甲渠和乙渠哪条长？", "甲渠长。", False),
        ("新渠哪年开工？", "新渠1997年开工。", False),
    ],
)
def test_a_statement_must_tell_more_than_the_question(asked, statement, repeats):
    assert only_repeats(statement, asked) is repeats


def test_a_figure_of_the_headline_is_of_what_the_headline_says(seed):
    hits = seed.search("2024年全省港口吞吐量", limit=8)
    found = candidates(hits, seed.index.sentences, lambda id: seed.index.source_text(id) or "", 10_000)
    port = next(c for c in found if "港口吞吐量达到6000万吨" in c.folded)
    assert not check("2024年，全省港口吞吐量要达到6000万吨以上。", [port])
    assert check("2024年，全省港口吞吐量要达到8900公里以上。", [port])
